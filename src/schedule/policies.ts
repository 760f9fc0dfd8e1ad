/** The rules of a schedule beside its times, each with its default. */
import { RotaError, show } from '../job/errors.ts'
import { checkOptions, duration, integer } from '../job/options.ts'

export const overlaps = ['allow', 'skip', 'queue', 'replace'] as const
/**
 * What becomes of a run while an earlier one of the same schedule is not over. `allow`: both run. `skip`: it is skipped, and recorded so.
 * `queue`: it waits. `replace`: those are cancelled, and it waits until they have ended.
 */
export type Overlap = (typeof overlaps)[number]

/**
 * What becomes of runs whose time passed while nobody could start them. `skip`: nothing. `once`: one run for all of them.
 * `{ all: { max } }`: a run for each, of the latest `max` (1 to 1000).
 */
export type Misfire = 'skip' | 'once' | { readonly all: { readonly max: number } }

export const runOns = ['one', 'every'] as const
/** `one`: one run for each slot in the cluster. `every`: one on each live worker that serves the lane. */
export type RunOn = (typeof runOns)[number]

/** Each run starts this much later, by chance: any of `min` to `max` milliseconds. */
export interface Jitter {
  readonly min: number
  readonly max: number
}

/** What applies where a schedule says nothing. */
export const scheduleDefaults = Object.freeze({
  timezone: 'UTC',
  overlap: 'allow',
  misfire: 'once',
  runOn: 'one',
  /** A slot that is later than this was missed, even if it is the latest one. Milliseconds. */
  grace: 60_000,
  /** How long skipped and missed slots are kept. Milliseconds. */
  keepSkips: 30 * 86_400_000,
  /** Runs that one call of `backfill` makes at most. */
  backfillLimit: 1_000,
} as const)

export function checkMisfire(value: unknown, field: string): Misfire {
  if (value === 'skip' || value === 'once') return value
  if (typeof value === 'object' && value !== null && 'all' in value) {
    const { all } = checkOptions(field, value, {
      all: (max, name) => checkOptions(`${field}.${name}`, max, { max: integer(1, 1_000) }),
    })
    if (all?.max !== undefined) return { all: { max: all.max } }
  }
  const message = `${field}: ${show(value)} is not allowed. It must be 'skip', 'once' or { all: { max: 100 } } with max from 1 to 1000.`
  throw new RotaError('option_invalid', message, { field })
}

/** `'30s'`: from nothing to that; `{ min: '10s', max: '30s' }`, both included. */
export function checkJitter(value: unknown, field: string): Jitter {
  if (typeof value !== 'object' || value === null) return { min: 0, max: duration()(value, field) }
  const { min = 0, max } = checkOptions(field, value, { min: duration(), max: duration() })
  if (max !== undefined && min <= max) return { min, max }
  const why = max === undefined ? '"max" is missing' : `"min" (${min} ms) is more than "max" (${max} ms)`
  throw new RotaError('option_invalid', `${field}: ${why}. Write { min: '10s', max: '30s' }, both included.`, { field })
}
