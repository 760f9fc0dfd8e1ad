/** What an explanation is made of: its codes, what it says, and the facts that it rests on. */
import type { State, StoredError } from './states.ts'

/** Every code of `explain`, once. `docs/explain.md` is generated from this table. */
export const explainCodes = Object.freeze({
  cluster_passive: 'The cluster accepts jobs and runs none, or (archived) is only read.',
  blocked: 'It waits for other jobs, and it cannot be seen for which.',
  blocked_by_parent: 'Another job has to end first.',
  parent_failed: 'A job that has to succeed first did not.',
  parent_gone: 'A job that has to end first is not stored any more.',
  scheduled: 'Its time has not come: it was asked for when it was enqueued or rescheduled.',
  backoff: 'A try failed, and the next one comes after a pause.',
  snoozed: 'Its handler asked to be run again later.',
  awaiting_report: 'Its target took the work and reports later how it ended.',
  circuit_open: 'The host that it calls did not answer well, again and again, so it is left alone for a while.',
  handler_disabled: 'Somebody disabled its definition.',
  lane_paused: 'Somebody paused its lane.',
  no_worker: 'No live worker serves its lane.',
  worker_draining: 'Every worker that could run it was asked to claim no more.',
  job_unknown: 'Workers serve its lane, and none of them knows its definition.',
  lapsed: 'It was lost with its worker before, so a worker takes it alone, one such job at a time.',
  slots_busy: 'Every slot of the workers that could run it is taken.',
  starting: 'Nothing holds it: a worker is about to take it.',
  expires: 'It ends as expired unless it is started in time.',
  running: 'A worker has it in its hands.',
  overdue: 'It runs longer than its timeout.',
  cancel_asked: 'Somebody asked for its end while it runs.',
  worker_lost: 'The worker that had it is gone; it is given back.',
  succeeded: 'It is over: it returned a result.',
  failed: 'It is over: no try is left, or it must not be tried again.',
  cancelled: 'It is over: it was stopped or discarded on purpose.',
  expired: 'It is over: it was not started in time.',
})

/** What may hold a job; see `docs/explain.md`. */
export type ExplainCode = keyof typeof explainCodes

/** One thing that a job waits for, or that is to be said of it. */
export interface Reason {
  readonly code: ExplainCode
  /** What it waits for, with names and times. */
  readonly message: string
  /** What helps, in words. */
  readonly fix: string
  /** The command that does it, where one does: `rota lanes resume mail`. */
  readonly command: string | null
  /** When it is over by itself, in milliseconds since 1970. */
  readonly until: number | null
}

export interface JobFact {
  readonly id: string
  readonly job: string
  readonly state: State
  readonly lane: string
  readonly attempt: number
  readonly maxAttempts: number
  readonly timeout: number
  readonly lapses: number
  readonly fence: number
  readonly worker: string | null
  readonly dueAt: number
  readonly createdAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly reason: string | null
  readonly expiresAt: number | null
  readonly error: StoredError | null
}

export interface WorkerFact {
  readonly id: string
  readonly name: string
  readonly lanes: readonly { readonly name: string; readonly concurrency: number }[]
  readonly jobs: readonly string[]
  readonly leaseUntil: number
  /** It was asked to claim no more. */
  readonly draining: boolean
}

export interface AttemptFact {
  readonly fence: number
  readonly attempt: number
  readonly endedAt: number
  readonly to: State
  readonly reason: string | null
  readonly error: StoredError | null
}

/** A job that has to end before another. */
export interface ParentFact {
  readonly id: string
  readonly job: string
  /** Null when it is not stored any more. */
  readonly state: State | null
  /** What becomes of the dependant when this one does not succeed. */
  readonly onFail: 'cancel' | 'run' | 'wait'
  readonly error: StoredError | null
}

/** All that the explanation rests on, as it was at `now`. */
export interface ExplainFacts {
  /** By the clock of the database. */
  readonly now: number
  readonly mode: 'active' | 'passive' | 'archived'
  readonly job: JobFact
  /** What the job depends on; none for a plain one. */
  readonly parents: readonly ParentFact[]
  /** Its tries that had something to say. */
  readonly attempts: readonly AttemptFact[]
  /** Those that hold a lease. */
  readonly workers: readonly WorkerFact[]
  readonly paused: { readonly reason: string; readonly since: number } | null
  /** Ready jobs that come before it, counted up to `countedUpTo`. */
  readonly ahead: number
  readonly countedUpTo: number
  /** How many jobs of its lane each worker has in its hands. */
  readonly held: readonly { readonly worker: string; readonly jobs: number }[]
  /** Its stored definition was disabled. */
  readonly disabled: boolean
  /** The reason of a cancel that its worker has not carried out. */
  readonly cancelAsked: string | null
}

export interface Explanation {
  /** Since when it is in its state. */
  readonly since: number
  readonly reasons: readonly Reason[]
}
