/** Schedules as they are stored, and what happens with them when they are due. Instants are milliseconds since 1970. */
import type { Skip, SkipReason } from '../schedule/firing.ts'
import type { InsertResult, NewJob } from './records.ts'

/**
 * `active`: it is due again. `paused`: by a person. `inactive`: it came from the code, and no live worker has that code any more. `completed`:
 * it never runs again.
 */
export type ScheduleState = 'active' | 'paused' | 'inactive' | 'completed'

/** Where a schedule comes from: written down in the code of workers, or put at run time. */
export type ScheduleOrigin = 'code' | 'api'

/** What somebody says of a schedule. */
export interface NewSchedule {
  readonly id: string
  /** Id of the definition. */
  readonly job: string
  readonly state: ScheduleState
  readonly origin: ScheduleOrigin
  readonly owner: string | null
  /** Why it is in its state, where somebody said so. */
  readonly reason: string | null
  /** What was put, as JSON text. */
  readonly rule: string
  /** What people changed of a schedule from the code, as JSON text: it goes before `rule`. */
  readonly override: string | null
  /** Earlier runs that are not over matter when it is due. */
  readonly serial: boolean
  /** Intervals count from here. */
  readonly start: number
  /** The slot that is due next; of a paused schedule the moment at which it goes on. Null for never. */
  readonly nextAt: number | null
  /** The slot that was due next when it was paused. */
  readonly pausedFrom: number | null
}

/** A schedule, as it is stored. */
export interface ScheduleRecord extends NewSchedule {
  /** The latest slot that ran. */
  readonly lastAt: number | null
  /** How many runs it had. */
  readonly runs: number
  /** Grows with every change, firings among them: the guard of every write. */
  readonly version: number
  readonly createdAt: number
  /** When somebody changed it; firings do not count. */
  readonly updatedAt: number
}

/** A schedule to be written, if it is still in the version that was seen; null for one that is new. */
export interface ScheduleSave extends NewSchedule {
  readonly version: number | null
  /** With which version a new one begins: one that nobody can have seen of an earlier schedule of this id. @default 1 */
  readonly firstVersion?: number
  /** Slots that are known by now not to run. */
  readonly skips: readonly Skip[]
}

/** Which schedules to give; null for any. */
export interface ScheduleQuery {
  readonly ids: readonly string[] | null
  readonly jobs: readonly string[] | null
  readonly states: readonly ScheduleState[] | null
  readonly origin: ScheduleOrigin | null
  /** `id`. `next`: by the slot that is due next, and only those that have one; of paused ones the end of the pause. @default 'id' */
  readonly order?: 'id' | 'next'
  /** Only ids above this one, whatever the order. */
  readonly after: string | null
  readonly limit: number
}

/** Some of the schedules that a query asks for. */
export interface SchedulePage {
  /** The present instant. */
  readonly now: number
  readonly schedules: readonly ScheduleRecord[]
}

/** A run of a schedule that is not over. */
export interface LiveRun {
  readonly id: string
  readonly lane: string
}

/** A schedule whose time has come. */
export interface DueSchedule extends ScheduleRecord {
  /** Of serial schedules, oldest first; empty for others. */
  readonly live: readonly LiveRun[]
}

/** A place among the due schedules. */
export interface DuePosition {
  readonly nextAt: number
  readonly id: string
}

/** What a look for due schedules found. */
export interface Due {
  readonly now: number
  readonly schedules: readonly DueSchedule[]
  /** In how many milliseconds the next one is due that is not yet; null when there is none. */
  readonly nextDueIn: number | null
}

/** What becomes of a schedule that was due, written if it is still in this version. */
export interface Firing {
  readonly id: string
  readonly version: number
  readonly state: ScheduleState
  readonly reason: string | null
  readonly nextAt: number | null
  /** The latest slot that runs; null when none does. */
  readonly lastAt: number | null
  /** How many runs to count. */
  readonly runs: number
  readonly jobs: readonly NewJob[]
  readonly skips: readonly Skip[]
  /** Jobs to cancel, with a reason. */
  readonly cancel: readonly string[]
  /** Slots of the past: those that ran before, whatever became of them, do not run again. */
  readonly again: boolean
}

/** A firing that was written; its results in the order of its jobs. */
export interface Fired {
  readonly id: string
  readonly results: readonly InsertResult[]
}

/** Slots that did not run, as they are stored. */
export interface SkipRecord extends Skip {
  readonly at: number
}

/** Which skipped slots of all schedules to give. */
export interface NewestSkipsQuery {
  readonly reasons: readonly SkipReason[]
  /** Recorded at or after this instant. */
  readonly since: number
  readonly limit: number
}

/** Skipped slots of all schedules, newest records first. */
export interface NewestSkips {
  readonly skips: readonly (SkipRecord & { readonly schedule: string })[]
  /** There may be more: the limit was reached, or not all records were looked at. */
  readonly more: boolean
}
