/**
 * What Ctrl-C and the stop of a service do to a command.
 *
 * undisturbed → stopping (the first signal, or its supervisor is gone: the command ends in good order) → gone (a second
 * signal ends it at once).
 */
import { setTimeout } from 'node:timers/promises'
import { exitCodes } from './exit-codes.ts'
import { exitCodeAfter, hearStopSignals } from './stop-signals.ts'
import { tell, whenAlone } from './supervise.ts'

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

export function listenForStop(): Stop {
  const controller = new AbortController()
  let first: string | null = null
  const end = () => process.exit(exitCodes.interrupted)
  const stop = (name: string) => {
    if (first !== null) return end()
    first = name
    void tell({ ending: true })
    controller.abort()
  }
  const forget = hearStopSignals(stop, end)
  whenAlone(() => first === null && stop('disconnect'))
  return {
    signal: controller.signal,
    asked: new Promise((resolve) => controller.signal.addEventListener('abort', () => resolve(), { once: true })),
    exitCode: () => exitCodeAfter(first),
    forget,
  }
}

/** Waits, or less when `signal` fires; then the caller looks at the signal itself. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  setTimeout(ms, undefined, { signal }).catch(() => {})
