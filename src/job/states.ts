/**
 * What can become of a job. One table of states, one pure function that decides; storage only applies the change if
 * the row is still what the decision saw.
 *
 *   blocked ──→ scheduled ←─→ ready ──→ running ──→ succeeded | failed | cancelled | expired
 *                   ↑           ↑          │
 *                   │           └──────────┤ released, lapsed
 *                   └──────────────────────┘ retry, snooze
 *   what waits may be cancelled or expire; what is over may be started anew by hand: ready, or blocked by its parents
 */
export const states = Object.freeze({
  blocked: { final: false, next: ['scheduled', 'ready', 'cancelled', 'expired'], means: 'waits for other jobs' },
  scheduled: { final: false, next: ['ready', 'cancelled', 'expired'], means: 'waits for its time' },
  ready: { final: false, next: ['running', 'scheduled', 'cancelled', 'expired'], means: 'waits for a free worker' },
  running: {
    final: false,
    next: ['succeeded', 'failed', 'cancelled', 'expired', 'scheduled', 'ready'],
    means: 'is in the hands of a worker',
  },
  succeeded: { final: true, next: ['ready'], means: 'returned a result' },
  failed: { final: true, next: ['ready'], means: 'has no attempts left, or must not be tried again' },
  cancelled: { final: true, next: ['ready', 'blocked'], means: 'was stopped or discarded on purpose' },
  expired: { final: true, next: ['ready', 'blocked'], means: 'was not started in time' },
} as const)

/** Where a job is on its way; see `docs/states.md`. */
export type State = keyof typeof states
/** A state in which a job is over. */
export type FinalState = { [S in State]: (typeof states)[S]['final'] extends true ? S : never }[State]

/** Every state, in the order in which a job comes by. */
export const allStates = Object.freeze(Object.keys(states) as State[])
export const isFinalState = (state: State): state is FinalState => states[state].final
/** Those of a job that is over. */
export const finalStates = Object.freeze(allStates.filter(isFinalState))

/** A job whose lease ran out this often is given up: something in it kills its workers. */
export const maxLapses = 3

/** A job whose lease ran out this often is the one, or was beside it: a worker takes such jobs one at a time. */
export const suspectAfter = 2

/** What the decision needs to know of a claimed job. */
export interface Claim {
  readonly id: string
  readonly fence: number
  readonly attempt: number
  readonly maxAttempts: number
  readonly lapses: number
  readonly onLapse: OnLapse
  /** Nothing is kept of it when it succeeds. */
  readonly forgets: boolean
}

/** What a lease that ran out means for the job: another start, or, for at most one start, its end. */
export const onLapses = Object.freeze(['retry', 'fail'] as const)
/** Start it elsewhere, or end it. */
export type OnLapse = (typeof onLapses)[number]

/** An error as it is stored with a job. */
export interface StoredError {
  /** The class of the error. */
  readonly name: string
  /** Its text. */
  readonly message: string
  /** What programs tell it by, where it has one. */
  readonly code?: string
  /** Where it was thrown. */
  readonly stack?: string
}

/** How an attempt ended. */
export type Outcome =
  /** `reason` tells what was unusual about it, such as `timed_out`. */
  | { readonly kind: 'success'; readonly output: string | null; readonly reason?: string }
  /** `retryable: false` fails the job whatever attempts are left. With `delay` the next try comes not before these milliseconds. */
  | {
      readonly kind: 'failure'
      readonly error: StoredError
      readonly reason: string | null
      readonly retryable: boolean
      readonly delay?: number
    }
  /** The job is to be run again later; uses no attempt. */
  | { readonly kind: 'snooze'; readonly delay: number; readonly reason?: SnoozeReason }
  /** The handler asked never to be run again. */
  | { readonly kind: 'discard'; readonly reason: string }
  /** Somebody asked for the end of the running job. */
  | { readonly kind: 'cancel'; readonly reason: string }
  /** The worker gives the job back, before its handler ran or (`started`) in the middle; uses no attempt. */
  | { readonly kind: 'release'; readonly started: boolean }
  /** The lease of the worker ran out; uses no attempt, but a lapse. */
  | { readonly kind: 'lapse' }

/** Why a job comes back later without having used an attempt: its handler asked for it, its target reports later, or is not to be called now. */
export const snoozeReasons = Object.freeze(['snoozed', 'awaiting_report', 'circuit_open'] as const)
export type SnoozeReason = (typeof snoozeReasons)[number]

interface GuardedChange {
  readonly id: string
  readonly fence: number
  readonly reason: string | null
  readonly error: StoredError | null
}

/** The job is over. */
export interface FinalChange extends GuardedChange {
  readonly to: FinalState
  /** JSON text. */
  readonly output: string | null
  /** Nothing is kept of the job, unless others wait for its outcome. */
  readonly forget?: true
}

/** The job goes back to wait. */
export interface ReturnChange extends GuardedChange {
  readonly to: 'scheduled' | 'ready'
  /** Milliseconds from now; 0 for `ready`. */
  readonly delay: number
  /** Tries used so far, as the row shall say. */
  readonly attempt: number
  readonly lapses: number
}

/** What storage has to write, if job, fence and worker are still what the decision saw. */
export type Change = FinalChange | ReturnChange

export const isFinalChange = (change: Change): change is FinalChange => states[change.to].final

/** Whether the try is worth a record of its own: a plain success is not, nor a job given back before it ran. */
export const leavesRecord = (change: Change): boolean => change.error !== null || change.reason !== null

/**
 * Decides what becomes of a claimed job. Pure.
 *
 * @param delay milliseconds until the next attempt, asked only when there is one
 */
export function decide(job: Claim, outcome: Outcome, delay: () => number): Change {
  const { id, fence, attempt, lapses } = job
  const finish = (to: FinalState, reason: string | null, output: string | null, error: StoredError | null) => ({
    to,
    id,
    fence,
    reason,
    output,
    error,
  })
  switch (outcome.kind) {
    case 'success': {
      const success = finish('succeeded', outcome.reason ?? null, outcome.output, null)
      return job.forgets ? { ...success, forget: true } : success
    }
    case 'cancel':
      return finish('cancelled', outcome.reason, null, null)
    case 'discard':
      return finish('cancelled', `discarded: ${outcome.reason}`, null, null)
    case 'failure': {
      const { error, reason } = outcome
      if (!outcome.retryable || attempt >= job.maxAttempts) return finish('failed', reason, null, error)
      return { ...later(Math.max(delay(), outcome.delay ?? 0)), id, fence, attempt, lapses, error, reason }
    }
    case 'snooze':
      return {
        ...later(outcome.delay),
        ...{ id, fence, attempt: attempt - 1, lapses, error: null, reason: outcome.reason ?? 'snoozed' },
      }
    case 'release':
      if (outcome.started && job.onLapse === 'fail') return finish('failed', 'interrupted', null, interrupted)
      return { to: 'ready', delay: 0, id, fence, attempt: attempt - 1, lapses, error: null, reason: null }
    case 'lapse': {
      const error = {
        name: 'RotaError',
        code: 'lease_lost',
        message: 'The worker stopped renewing its lease while it ran this job.',
      }
      if (job.onLapse === 'fail') return finish('failed', 'lapsed', null, error)
      if (lapses + 1 >= maxLapses) return finish('failed', 'abandoned', null, error)
      return { to: 'ready', delay: 0, id, fence, attempt: attempt - 1, lapses: lapses + 1, error, reason: 'lapsed' }
    }
  }
}

const interrupted: StoredError = {
  name: 'RotaError',
  code: 'aborted',
  message: 'Its worker stopped while it ran this job, which must not be started twice.',
}

/** Gives a job back whose handler never started. */
export const release = (job: Claim): Change => decide(job, { kind: 'release', started: false }, () => 0)

/** The lease of the worker ran out while it held the job. */
export const lapse = (job: Claim): Change => decide(job, { kind: 'lapse' }, () => 0)

const later = (delay: number) => ({ to: delay > 0 ? ('scheduled' as const) : ('ready' as const), delay })
