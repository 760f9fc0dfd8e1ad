/** A job in the model of the storage: how it comes in, and as what it goes out. */
import { timeOfId } from '../../src/job/id.ts'
import type { OnLapse } from '../../src/job/states.ts'
import type { OnTimeout } from '../../src/job/timeout.ts'
import type { ClaimedJob, JobRecord, NewJob } from '../../src/storage/contract.ts'

export type Row = { -readonly [K in keyof JobRecord]: JobRecord[K] } & {
  readonly onTimeout: OnTimeout
  readonly onLapse: OnLapse
  readonly forgets: boolean
  readonly keepSucceeded: number
  readonly keepFailed: number
}

export function rowOf(job: NewJob, now: number): Row {
  const { idempotency: _, unique: _u, parents: _p, flow, schedule, at, delay, expiresIn, ...fields } = job
  const dueAt = at ?? now + delay
  const untouched = { attempt: 0, lapses: 0, fence: 0, worker: null, startedAt: null }
  const open = { finishedAt: null, reason: null, output: null, error: null, progress: null }
  const expiresAt = fields.expiresAt ?? (expiresIn === null ? null : now + expiresIn)
  const slot = schedule?.missed == null ? null : timeOfId(job.id)
  return {
    ...fields,
    ...untouched,
    ...open,
    flow: flow?.id ?? null,
    schedule: schedule && { id: schedule.id, slot, missed: schedule.missed ?? 0 },
    expiresAt,
    forgets: job.keepSucceeded === 0,
    state: dueAt > now ? 'scheduled' : 'ready',
    dueAt,
    createdAt: now,
  }
}

export function record(full: Row): JobRecord {
  const { onTimeout: _o, onLapse: _l, forgets: _g, keepSucceeded: _s, keepFailed: _f, ...row } = full
  return row
}

/** As a worker gets it. */
export function claimedJob(row: Row, claimedAt: number): ClaimedJob {
  const { id, job, lane, priority, fence, attempt, maxAttempts, lapses, onLapse, forgets, timeout, onTimeout } = row
  const { dueAt, createdAt, flow, schedule, input, metadata } = row
  const claim = { id, job, lane, priority, fence, attempt, maxAttempts, lapses, onLapse, forgets, timeout, onTimeout }
  return { ...claim, dueAt, createdAt, claimedAt, flow, schedule, input, metadata }
}
