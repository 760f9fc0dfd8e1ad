import { type Duration, parseDuration } from './duration.ts'
import { RotaError, show } from './errors.ts'
import { type Check, type Checks, checkOptions, defaults, duration } from './options.ts'

/**
 * How long to wait before the next attempt.
 * - `'fixed'`: always 1 s · `'linear' | 'exponential'`: base 1 s, max 1 h, jitter 0.2
 * - `{ type: 'fixed', delay }`: always the same; with `jitter` up to that share shorter
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

const backoffDefaults = Object.freeze({ base: 1_000, max: 3_600_000, jitter: 0.2 })

/**
 * Checks a backoff once and makes the function that computes its delays.
 * With jitter j the delay is spread evenly over [delay × (1 - j), delay]: later is never later than `max`.
 *
 * @throws RotaError `option_invalid` or `duration_invalid`, naming `field`
 */
export function parseBackoff(backoff: Backoff, field = 'backoff'): Delay {
  if (typeof backoff === 'function') return (attempt) => parseDuration(backoff(attempt), field)
  const type = typeof backoff === 'string' ? backoff : (backoff as { type?: unknown } | null)?.type
  if (typeof type !== 'string' || !Object.hasOwn(kinds, type)) {
    const message = `${field}: ${show(type)} is not a kind of backoff. Use 'fixed', 'linear', 'exponential' or a function.`
    throw new RotaError('option_invalid', message, { field })
  }
  const { growth, checks } = kinds[type as keyof typeof kinds]
  const set: { delay?: number; base?: number; max?: number; jitter?: number } = checkOptions(
    field,
    typeof backoff === 'string' ? { type } : backoff,
    checks as Checks,
  )
  const { delay, base, max, jitter } = set
  if (typeof backoff !== 'string' && type === 'fixed' && delay === undefined) {
    throw new RotaError('option_invalid', `${field}.delay: it is required with type 'fixed'.`, {
      field: `${field}.delay`,
    })
  }
  const start = delay ?? base ?? backoffDefaults.base
  const longest = max ?? Math.max(start, backoffDefaults.max)
  const spread = jitter ?? (type === 'fixed' ? 0 : backoffDefaults.jitter)
  return (attempt, random) => Math.round(Math.min(longest, start * growth(attempt)) * (1 - spread * random()))
}

const share: Check<number> = (value, field) => {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw new RotaError('option_invalid', `${field}: ${show(value)} is not a number from 0 to 1.`, { field })
}

const type: Check<unknown> = (value) => value
const growing = { type, base: duration(), max: duration(), jitter: share }

const kinds = {
  fixed: { growth: () => 1, checks: { type, delay: duration(), jitter: share } },
  linear: { growth: (attempt: number) => attempt, checks: growing },
  exponential: { growth: (attempt: number) => 2 ** (attempt - 1), checks: growing },
}

/** What applies where nobody said otherwise. */
export const defaultDelay: Delay = parseBackoff(defaults.backoff)
