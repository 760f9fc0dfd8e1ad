/**
 * What people may ask of a stored job, and in which states: one table for the library, the command line and every
 * storage. A storage does what is asked only if the job is in one of these states at that moment.
 */
import { allStates, finalStates, isFinalState, type State } from './states.ts'

export type Edit =
  /** A job that waits is over at once; of one that runs its worker is told. */
  | { readonly kind: 'cancel'; readonly reason: string }
  /** Starts anew: no attempt and no lapse used, due now, no longer bound to expire. */
  | { readonly kind: 'retry' }
  /** Due at an instant, or `delay` milliseconds from now. */
  | { readonly kind: 'reschedule'; readonly at: number | null; readonly delay: number }
  /** Forgets the job with all that belongs to it. */
  | { readonly kind: 'delete' }
  /** The same, but only if it is over: what somebody retried meanwhile stays. */
  | { readonly kind: 'purge' }

const from: Readonly<Record<Edit['kind'], readonly State[]>> = Object.freeze({
  cancel: allStates.filter((state) => !isFinalState(state)),
  retry: finalStates,
  reschedule: ['scheduled', 'ready'],
  delete: allStates.filter((state) => state !== 'running'),
  purge: finalStates,
})

export const mayEdit = (kind: Edit['kind'], state: State): boolean => from[kind].includes(state)
