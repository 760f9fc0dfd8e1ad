/**
 * What Ctrl-C and the stop of a service do to a command.
 *
 * undisturbed → stopping (the first signal, or its supervisor is gone: the command ends in good order) → gone (a second
 * signal ends it at once).
 */
import { exitCodes } from './exit-codes.ts'
import { whenAlone } from './supervise.ts'

export interface Stop {
  /** Fires with the first signal. */
  readonly signal: AbortSignal
  /** Resolves with the first signal. */
  readonly asked: Promise<void>
  /** The exit code it stands for: 130 for SIGINT, 0 for the others. */
  exitCode(): number
  /** Back to what the platform does. */
  forget(): void
}

const watched = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** One Ctrl-C arrives twice where npm, or our own launcher, passes on what the terminal sent to the whole group. */
const samePress = 300

export function listenForStop(): Stop {
  const controller = new AbortController()
  let first: { readonly name: string; readonly at: number } | null = null
  const hear = (name: NodeJS.Signals | 'disconnect') => {
    const now = performance.now()
    if (first === null) {
      first = { name, at: now }
      controller.abort()
    } else if (now - first.at > samePress) process.exit(exitCodes.interrupted)
  }
  for (const name of watched) process.on(name, hear)
  whenAlone(() => first === null && hear('disconnect'))
  return {
    signal: controller.signal,
    asked: new Promise((resolve) => controller.signal.addEventListener('abort', () => resolve(), { once: true })),
    exitCode: () => (first?.name === 'SIGINT' ? exitCodes.interrupted : exitCodes.ok),
    forget: () => {
      for (const name of watched) process.off(name, hear)
    },
  }
}

/** Waits, or less when `signal` fires; then the caller looks at the signal itself. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
