/**
 * Hears of what may be claimed: one request after the other that waits at the server. The next one is sent before anybody looks for what the
 * last one told, so nothing is missed between them; should it be, the poll finds it.
 *
 * waiting → told, or the wait is over → waiting …; (trouble) pausing → waiting; stopped at any time.
 */
import { delayBefore, pause } from '../client/reach.ts'

/** Milliseconds of one request; a proxy between may cut one that is longer. */
const wait = 25_000
const longestPause = 5_000

/**
 * @param ask resolves with lanes, or null for any
 * @param hears told whether the last request was answered
 * @returns the way to stop it
 */
export function listen(
  ask: (wait: number, signal: AbortSignal) => Promise<readonly string[] | null>,
  wake: (lanes: readonly string[] | null) => void,
  hears: (yes: boolean) => void,
): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  const request = () => {
    const asked = ask(wait, AbortSignal.any([signal, AbortSignal.timeout(2 * wait)]))
    asked.catch(() => {}) // whoever awaits it is told
    return asked
  }
  const loop = async () => {
    let asked = request()
    for (let failed = 0; !signal.aborted; ) {
      try {
        const lanes = await asked
        asked = request()
        failed = 0
        hears(true)
        if (lanes?.length !== 0) wake(lanes)
      } catch {
        if (signal.aborted) return
        if (failed === 0) hears(false)
        await pause(delayBefore(failed++, longestPause), signal).catch(() => {})
        asked = request()
      }
    }
  }
  const ended = loop()
  return async () => {
    stopping.abort()
    await ended
  }
}
