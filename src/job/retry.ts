import { type Duration, parseDuration, show } from './duration.ts'
import { RotaError } from './errors.ts'

/**
 * How long to wait before the next attempt.
 * - `'fixed' | 'linear' | 'exponential'`: the kind with its defaults (base 1 s, max 1 h, jitter 0.2)
 * - `{ type: 'fixed', delay }`: always the same
 * - `{ type: 'linear', base, max, jitter }`: base, 2 × base, 3 × base …
 * - `{ type: 'exponential', base, max, jitter }`: base, 2 × base, 4 × base …
 * - a function of the attempt that failed (1 for the first) to a duration
 */
export type Backoff =
  | 'fixed'
  | 'linear'
  | 'exponential'
  | { readonly type: 'fixed'; readonly delay: Duration; readonly jitter?: number }
  | {
      readonly type: 'linear' | 'exponential'
      readonly base?: Duration
      readonly max?: Duration
      readonly jitter?: number
    }
  | ((attempt: number) => Duration)

/** Milliseconds to wait after the attempt (1 for the first) failed. `random` is in [0, 1). */
export type Delay = (attempt: number, random: () => number) => number

export const backoffDefaults = Object.freeze({ base: 1_000, max: 3_600_000, jitter: 0.2 })

/**
 * Checks a backoff once and makes the function that computes its delays.
 * With jitter j the delay is spread evenly over [delay × (1 - j), delay]: later is never later than `max`.
 *
 * @throws RotaError `option_invalid` or `duration_invalid`, naming `field`
 */
export function parseBackoff(backoff: Backoff, field = 'backoff'): Delay {
  if (typeof backoff === 'function') return (attempt) => parseDuration(backoff(attempt), field)
  const spec: Record<string, unknown> = typeof backoff === 'string' ? { type: backoff } : { ...backoff }
  const { type, jitter = backoffDefaults.jitter } = spec
  if (type !== 'fixed' && type !== 'linear' && type !== 'exponential') {
    const message = `${field}: ${show(type)} is not a kind of backoff. Use 'fixed', 'linear', 'exponential' or a function.`
    throw new RotaError('option_invalid', message, { field })
  }
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 1)) {
    throw new RotaError('option_invalid', `${field}.jitter: ${show(jitter)} is not a number from 0 to 1.`, { field })
  }
  const start = type === 'fixed' ? 'delay' : 'base'
  const base = parseDuration(spec[start] ?? backoffDefaults.base, `${field}.${start}`)
  const max = type === 'fixed' ? base : parseDuration(spec.max ?? backoffDefaults.max, `${field}.max`)
  const factor = {
    fixed: () => 1,
    linear: (attempt: number) => attempt,
    exponential: (attempt: number) => 2 ** (attempt - 1),
  }[type]
  // A plain `{ type: 'fixed', delay }` means exactly that delay.
  const spread = type === 'fixed' && spec.jitter === undefined ? 0 : jitter
  return (attempt, random) => Math.round(Math.min(max, base * factor(attempt)) * (1 - spread * random()))
}
