/**
 * What people may ask of a stored job, and in which states: one table for the library, the command line and every
 * storage. A storage does what is asked only if the job is in one of these states at that moment.
 */
import type { Metadata } from './options.ts'
import { allStates, finalStates, isFinalState, type State } from './states.ts'

export type Edit =
  /** A job that waits is over at once; of one that runs its worker is told. */
  | { readonly kind: 'cancel'; readonly reason: string }
  /** Starts anew: no attempt and no lapse used, due now, no longer bound to expire. */
  | { readonly kind: 'retry' }
  /** Due at an instant, or `delay` milliseconds from now. */
  | { readonly kind: 'reschedule'; readonly at: number | null; readonly delay: number }
  /** Takes other values where it waits; what is absent stays. Only where the job is still what `ifMatch` (`job/tag.ts`) says, unless that is null. */
  | { readonly kind: 'update'; readonly set: JobUpdate; readonly ifMatch: string | null }
  /** Forgets the job with all that belongs to it; only where it is still what `ifMatch` says, if that is given. */
  | { readonly kind: 'delete'; readonly ifMatch?: string }
  /** The same, but only if it is over: what somebody retried meanwhile stays. */
  | { readonly kind: 'purge' }

/** What can be changed of a job that waits. Instants and durations are milliseconds. */
export interface JobUpdate {
  readonly lane?: string
  /** 0 (critical) to 4 (veryLow). */
  readonly priority?: number
  /** Due at this instant, or `delay` from now. */
  readonly at?: number
  readonly delay?: number
  readonly maxAttempts?: number
  readonly timeout?: number
  /** Null for never. */
  readonly expiresAt?: number | null
  /** JSON text, or null for none. */
  readonly input?: string | null
  /** In the place of what there was. */
  readonly metadata?: Metadata | null
}

const from: Readonly<Record<Edit['kind'], readonly State[]>> = Object.freeze({
  cancel: allStates.filter((state) => !isFinalState(state)),
  retry: finalStates,
  reschedule: ['scheduled', 'ready'],
  update: ['blocked', 'scheduled', 'ready'],
  delete: allStates.filter((state) => state !== 'running'),
  purge: finalStates,
})

export const mayEdit = (kind: Edit['kind'], state: State): boolean => from[kind].includes(state)
