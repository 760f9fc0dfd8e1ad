import { timeOfId } from '../../job/id.ts'
import type { Progress } from '../../job/log.ts'
import type { Metadata } from '../../job/options.ts'
import type { StoredError } from '../../job/states.ts'
import type {
  AttemptRecord,
  ClaimedJob,
  HeldJob,
  JobRecord,
  LogRecord,
  ScheduleOfJob,
  WorkerRecord,
} from '../contract.ts'
import { forgetsOf, levelOf, onLapseOf, onTimeoutOf, stateOf } from './codes.ts'
import type { Row } from './database.ts'

const text = (value: unknown): string => value as string
const textOrNull = (value: unknown): string | null => (value as string | null) ?? null
const numberOrNull = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value))
const parsed = <T>(value: unknown): T | null =>
  value === null || value === undefined ? null : (JSON.parse(value as string) as T)

/** Columns that a job takes along when it moves to the history. */
export const keptColumns = `id, job, lane, priority, run_at, created_at, worker, claimed_at, fence, attempt, max_attempts, lapses, timeout,
  keep_succeeded, keep_failed, expires_at, flags, traceparent, limit_key, flow, progress, input, metadata, schedule, missed`

/** Columns of a claimed job, in the order of the fields of `ClaimedJob`. */
export const claimedColumns =
  'id, job, lane, priority, fence, attempt, max_attempts, lapses, timeout, flags, run_at, created_at, claimed_at, flow, input, metadata, schedule, missed'

export function claimedJob(row: Row): ClaimedJob {
  return {
    id: text(row.id),
    job: text(row.job),
    lane: text(row.lane),
    priority: Number(row.priority),
    fence: Number(row.fence),
    attempt: Number(row.attempt),
    maxAttempts: Number(row.max_attempts),
    lapses: Number(row.lapses),
    onLapse: onLapseOf(row.flags),
    forgets: forgetsOf(row.flags),
    timeout: Number(row.timeout),
    onTimeout: onTimeoutOf(row.flags),
    dueAt: Number(row.run_at),
    createdAt: Number(row.created_at),
    claimedAt: Number(row.claimed_at),
    flow: textOrNull(row.flow),
    schedule: scheduleOf(row),
    input: textOrNull(row.input),
    metadata: parsed<Metadata>(row.metadata),
  }
}

/** The time of the id is the slot, where there is one. */
function scheduleOf({ id, schedule, missed }: Row): ScheduleOfJob | null {
  if (schedule === null || schedule === undefined) return null
  const slot = missed === null || missed === undefined ? null : timeOfId(text(id))
  return { id: text(schedule), slot, missed: Number(missed ?? 0) }
}

/** First by priority, then by due time; RETURNING has no order of its own. */
export const byClaimOrder = (a: ClaimedJob, b: ClaimedJob): number =>
  a.priority - b.priority || a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1)

export function heldJob(row: Row): HeldJob {
  return {
    id: text(row.id),
    job: text(row.job),
    worker: text(row.worker),
    fence: Number(row.fence),
    attempt: Number(row.attempt),
    maxAttempts: Number(row.max_attempts),
    lapses: Number(row.lapses),
    onLapse: onLapseOf(row.flags),
    forgets: forgetsOf(row.flags),
  }
}

export function jobRecord(row: Row): JobRecord {
  return {
    id: text(row.id),
    job: text(row.job),
    state: stateOf(row.state),
    lane: text(row.lane),
    priority: Number(row.priority),
    attempt: Number(row.attempt),
    maxAttempts: Number(row.max_attempts),
    timeout: Number(row.timeout),
    lapses: Number(row.lapses),
    fence: Number(row.fence),
    worker: textOrNull(row.worker),
    dueAt: Number(row.run_at),
    createdAt: Number(row.created_at),
    startedAt: numberOrNull(row.claimed_at),
    finishedAt: numberOrNull(row.finished_at),
    reason: textOrNull(row.reason),
    expiresAt: numberOrNull(row.expires_at),
    flow: textOrNull(row.flow),
    schedule: scheduleOf(row),
    progress: parsed<Progress>(row.progress),
    input: textOrNull(row.input),
    output: textOrNull(row.output),
    error: parsed<StoredError>(row.error),
    metadata: parsed<Metadata>(row.metadata),
  }
}

export function attemptRecord(row: Row): AttemptRecord {
  return {
    attempt: Number(row.attempt),
    fence: Number(row.fence),
    worker: text(row.worker),
    startedAt: Number(row.started_at),
    endedAt: Number(row.ended_at),
    to: stateOf(row.state),
    reason: textOrNull(row.reason),
    error: parsed<StoredError>(row.error),
  }
}

export function logRecord(row: Row): LogRecord {
  return {
    fence: Number(row.fence),
    attempt: Number(row.attempt),
    seq: Number(row.seq),
    at: Number(row.at),
    level: levelOf(row.level),
    message: text(row.message),
    data: textOrNull(row.data),
  }
}

export function workerRecord(row: Row): WorkerRecord {
  return {
    id: text(row.id),
    name: text(row.name),
    lanes: JSON.parse(text(row.lanes)),
    jobs: JSON.parse(text(row.jobs)),
    schedules: JSON.parse(text(row.schedules)),
    startedAt: Number(row.started_at),
    seenAt: Number(row.seen_at),
    leaseUntil: Number(row.lease_until),
    draining: Number(row.draining) === 1,
  }
}
