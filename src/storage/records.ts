/**
 * What goes into a storage and what comes out: jobs as they are stored, handed out and looked at, and all that belongs to them.
 *
 * Times: every instant is milliseconds since 1970 by the clock of the database; callers pass delays, never instants of
 * their own clock, except `at` (what a person asked for).
 */
import type { Filter } from '../job/filter.ts'
import type { LogLevel, Progress } from '../job/log.ts'
import type { Metadata } from '../job/options.ts'
import type { OnParentFail, Parent } from '../job/parents.ts'
import type { Claim, FinalState, OnLapse, State, StoredError } from '../job/states.ts'
import type { OnTimeout } from '../job/timeout.ts'
import type { UniqueRule } from '../job/unique.ts'

/** A job to store. Everything is resolved, so that any process can move it on without its code. */
export interface NewJob {
  /** A UUIDv7 made by the client: storing the same id twice stores one job. */
  readonly id: string
  readonly job: string
  readonly lane: string
  /** 0 (critical) to 4 (veryLow). */
  readonly priority: number
  /** Due at this instant; exclusive with `delay`. */
  readonly at: number | null
  /** Due this many milliseconds from now; 0 for at once. */
  readonly delay: number
  readonly maxAttempts: number
  readonly timeout: number
  readonly onTimeout: OnTimeout
  readonly onLapse: OnLapse
  /** Not started any more from this instant on; exclusive with `expiresIn`. */
  readonly expiresAt: number | null
  /** Not started any more this many milliseconds from now on. */
  readonly expiresIn: number | null
  /** Milliseconds; 0 keeps nothing of a success, so that only `get` of another process tells that it is gone. */
  readonly keepSucceeded: number
  readonly keepFailed: number
  /** JSON text, or null for none. */
  readonly input: string | null
  readonly metadata: Metadata | null
  /** Within one job definition, one key stores one job; `hash` tells whether a repeated call asks for the same. */
  readonly idempotency: { readonly key: string; readonly hash: string; readonly keep: number } | null
  /** Jobs it waits for; they exist, or stand in the same call. Empty for most jobs. */
  readonly parents: readonly Parent[]
  /** The flow it belongs to; with its name where this call makes the flow. */
  readonly flow: { readonly id: string; readonly name: string | null } | null
  /** The schedule it is a run of. The time in `id` is the slot, unless `missed` is null: then nobody's clock asked for it. */
  readonly schedule: { readonly id: string; readonly missed: number | null } | null
  /** What the call means where an earlier job of the same definition has the key (`job/unique.ts`). Looked at after `idempotency`. */
  readonly unique: UniqueRule | null
}

/** What became of one job of an insert. */
export type InsertResult =
  /** Anything but `created`: the id is that of the earlier job. */
  | { readonly status: 'created' | 'duplicate' | 'replaced' | 'rescheduled'; readonly id: string }
  /** The idempotency key belongs to another body. */
  | { readonly status: 'conflict'; readonly id: string }
  /** Not stored, because there is no such parent. Of a flow nothing is stored then. */
  | { readonly status: 'orphan'; readonly id: string; readonly parent: string }

/** How jobs are stored. */
export interface InsertOptions {
  /** @default false */
  readonly retry?: boolean
  /** An open transaction of the application on the same database, recognised by its shape. @default one of our own */
  readonly tx?: unknown
  /** With `tx`: other processes hear of the jobs when it is committed. @default true */
  readonly wake?: boolean
}

/** How many jobs a worker can take, and which. */
export interface ClaimRequest {
  readonly worker: string
  /** How many jobs each lane can take now. */
  readonly lanes: readonly { readonly name: string; readonly limit: number }[]
  /** Definitions this worker knows; others are left alone. */
  readonly jobs: readonly string[]
  /**
   * False: jobs that lapsed once at most. True: one single job that lapsed more often (`suspectAfter`), of any of the lanes.
   * Such a job may be the one that kills its workers, so a worker takes them one at a time.
   */
  readonly suspect: boolean
}

/** A job in the hands of a worker. `attempt` and `fence` count this start already. */
export interface ClaimedJob extends Claim {
  readonly job: string
  readonly lane: string
  readonly priority: number
  readonly timeout: number
  readonly onTimeout: OnTimeout
  readonly dueAt: number
  readonly createdAt: number
  readonly claimedAt: number
  readonly flow: string | null
  readonly schedule: ScheduleOfJob | null
  readonly input: string | null
  readonly metadata: Metadata | null
}

/** Which run of which schedule a job is. */
export interface ScheduleOfJob {
  readonly id: string
  /** Milliseconds since 1970; null where a person asked for the run. */
  readonly slot: number | null
  /** Earlier slots that were missed and for which it stands. */
  readonly missed: number
}

/** A job in the hands of a worker, as the storage sees it. */
export interface HeldJob extends Claim {
  readonly job: string
  readonly worker: string
}

/** What a handler told since the last note. Written while its job runs, or together with its outcome. */
export interface Note {
  readonly id: string
  readonly fence: number
  readonly progress: Progress | null
  readonly logs: readonly NewLogLine[]
}

/** A line of a log, to be stored. */
export interface NewLogLine {
  /** Counts the lines of one try. */
  readonly seq: number
  /** Milliseconds before now. */
  readonly ago: number
  readonly level: LogLevel
  readonly message: string
  /** JSON text, or null for none. */
  readonly data: string | null
}

/** A line of a log, as it is stored. */
export interface LogRecord {
  readonly fence: number
  readonly attempt: number
  readonly seq: number
  readonly at: number
  readonly level: LogLevel
  readonly message: string
  readonly data: string | null
}

/** A place in the log of a job: lines behind it come next. */
export interface LogPosition {
  readonly fence: number
  readonly seq: number
}

/** What became of changes that were not simply written; ids of jobs. */
export interface Applied {
  /** Their guard failed: they were left as they are. */
  readonly refused: readonly string[]
  /** They would have gone back to wait, and were cancelled. */
  readonly cancelled: readonly string[]
  readonly followed: Followed
}

/** What became of jobs that waited for those that ended. */
export interface Followed {
  /** How many wait for nothing else any more. */
  readonly released: number
  /** Cancelled, because their rule says so. */
  readonly cancelled: readonly { readonly id: string; readonly job: string; readonly attempt: number }[]
}

/** That one job waits, or waited, for another. */
export interface EdgeRecord {
  /** Id of the job that is waited for. */
  readonly parent: string
  /** Id of the job that waits. */
  readonly child: string
  /** What becomes of the child when the parent ends without success. */
  readonly onFail: OnParentFail
  /** The parent has not ended in a way that the rule accepts. */
  readonly open: boolean
}

/** A flow, as it is stored. */
export interface FlowRecord {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  /** How many of its jobs are in each state; those that are gone do not count. */
  readonly jobs: Readonly<Record<State, number>>
}

/** Which flows to give; null for any. */
export interface FlowQuery {
  readonly ids: readonly string[] | null
  readonly names: readonly string[] | null
  /** Only ids below this one. */
  readonly before: string | null
  readonly limit: number
}

/** What somebody asks of a worker. */
export type Signal =
  /** To end a job that is in its hands. */
  | { readonly kind: 'cancel'; readonly id: string; readonly fence: number; readonly reason: string }
  /** To start nothing of a lane, and to give back what it fetched ahead; what runs goes on. */
  | { readonly kind: 'pause'; readonly lane: string }
  /** The same for all its lanes. */
  | { readonly kind: 'drain' }

/** The state in which a person's wish found the job; null where there is none. It was done if the state allows it. */
export interface Edited {
  readonly id: string
  readonly from: State | null
  /** `needed`: neither changed nor deleted, because others still wait for it. `blocked`: retried, and waits for its parents. */
  readonly linked?: 'needed' | 'blocked'
  /** It was not changed, because it is not what was seen (`ifMatch`). */
  readonly stale?: true
}

/** What time alone has done. */
export interface Promotion {
  /** How many scheduled jobs became ready. */
  readonly promoted: number
  /** Jobs that were not started in time, and are over. */
  readonly expired: readonly { readonly id: string; readonly job: string; readonly attempt: number }[]
  readonly followed: Followed
  /** In how many milliseconds (≥ 0) to look again; null when nothing waits for its time. */
  readonly nextDueIn: number | null
  /** In how many milliseconds (≥ 0) a schedule is due; null when none is. */
  readonly nextFireIn: number | null
}

/** A lane that a worker serves. */
export interface WorkerLane {
  readonly name: string
  /** How many of its jobs this worker runs at the same time. */
  readonly concurrency: number
}

/** What a worker tells when it registers or renews its lease. */
export interface WorkerBeat {
  readonly id: string
  readonly name: string
  readonly lanes: readonly WorkerLane[]
  readonly jobs: readonly string[]
  /** Ids of the schedules in its code. */
  readonly schedules: readonly string[]
  /** Milliseconds from now until the lease runs out. */
  readonly lease: number
}

/** A worker with a lease, as it is stored. */
export interface WorkerRecord {
  readonly id: string
  readonly name: string
  readonly lanes: readonly WorkerLane[]
  readonly jobs: readonly string[]
  readonly schedules: readonly string[]
  readonly startedAt: number
  readonly seenAt: number
  readonly leaseUntil: number
  /** It was asked to claim no more. */
  readonly draining: boolean
}

/** Why and since when (milliseconds since 1970) nothing of a lane starts. */
export interface Pause {
  readonly reason: string
  readonly since: number
}

/** A lane that is paused or has jobs which are not over. */
export interface LaneRecord {
  readonly name: string
  readonly paused: Pause | null
  /** Ready jobs, those set aside among them. */
  readonly waiting: number
  /** Of those that are due next in any lane. */
  readonly scheduled: number
  readonly running: number
  /** When the one that waits longest was due; null when none waits. */
  readonly oldestDueAt: number | null
}

/** What a ready job finds in its lane. */
export interface Standing {
  /** The present instant. */
  readonly now: number
  readonly paused: Pause | null
  /** Ready jobs that claims take before it. */
  readonly ahead: number
  /** How many jobs of the lane workers have in their hands. */
  readonly held: readonly { readonly worker: string; readonly jobs: number }[]
}

/** A try that has something to say; a success on the first try leaves none. */
export interface AttemptRecord {
  readonly attempt: number
  readonly fence: number
  readonly worker: string
  readonly startedAt: number
  readonly endedAt: number
  /** State the job went to. */
  readonly to: State
  readonly reason: string | null
  readonly error: StoredError | null
}

/** A stored job as people look at it, running or long over. */
export interface JobRecord {
  readonly id: string
  readonly job: string
  readonly state: State
  readonly lane: string
  readonly priority: number
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
  readonly flow: string | null
  readonly schedule: ScheduleOfJob | null
  readonly progress: Progress | null
  readonly input: string | null
  readonly output: string | null
  readonly error: StoredError | null
  readonly metadata: Metadata | null
}

/** Which jobs to list; null for any. */
export interface ListQuery extends Filter {
  /** Only jobs that have been over for at least so many milliseconds. */
  readonly overFor: number | null
  /** Only ids below this one: `next` of the page before. */
  readonly before: string | null
  readonly limit: number
}

/** Some of the jobs that a list asks for. */
export interface JobPage {
  readonly jobs: readonly JobRecord[]
  /** Where to go on; null when all was seen. A page may be short, even empty, and still have one. */
  readonly next: string | null
}

/** How many jobs are in each state. */
export interface Stats {
  /** Jobs that are not over, exactly. */
  readonly live: Readonly<Record<Exclude<State, FinalState>, number>>
  /** Jobs that are over and still kept. */
  readonly finished: Readonly<Record<FinalState, number>>
}

/** Which steps of its schema a database has. */
export interface MigrationStatus {
  /** Names of the steps it has. */
  readonly applied: readonly string[]
  /** Names of the steps it lacks. */
  readonly pending: readonly string[]
}
