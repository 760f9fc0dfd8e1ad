import type { ParentView } from '../job/context.ts'
import { RotaError, show } from '../job/errors.ts'
import { everyJob, type FilterObject, filterKeys, parseFilter } from '../job/filter.ts'
import { checkCursor, type JobId } from '../job/id.ts'
import type { LogLevel, Progress } from '../job/log.ts'
import { listHints } from '../job/option-hints.ts'
import type { Metadata } from '../job/options.ts'
import * as check from '../job/options.ts'
import type { OnParentFail } from '../job/parents.ts'
import { fromJson } from '../job/payload.ts'
import { type Priority, priorityOfRank } from '../job/priority.ts'
import type { State, StoredError } from '../job/states.ts'
import type {
  AttemptRecord,
  EdgeRecord,
  JobRecord,
  ListQuery,
  LogRecord,
  Storage,
  WorkerLane,
  WorkerRecord,
} from '../storage/contract.ts'
import { sharedLanes } from './own-lane.ts'

/** A job as people and programs see it. As JSON its dates are ISO strings in UTC. */
export interface JobView<Input = unknown, Output = unknown> {
  /** As `enqueue` gave it. */
  readonly id: JobId<Output>
  /** Id of the definition. */
  readonly job: string
  /** Where it is on its way. */
  readonly state: State
  /** Why it is in this state, where that is not plain: `timed_out`, `abandoned`, `job_unknown`, `discarded: …`. */
  readonly reason: string | null
  /** The lane it runs in. */
  readonly lane: string
  /** Higher ones go first inside a lane. */
  readonly priority: Priority
  /** Tries used so far. */
  readonly attempt: number
  /** Tries in all: the first one and its retries. */
  readonly maxAttempts: number
  /** Milliseconds of its longest try. */
  readonly timeout: number
  /** How often a worker was lost while it ran the job; the third time ends it. */
  readonly lapses: number
  /** How often it was handed to a worker. */
  readonly fence: number
  /** Id of the worker that runs it, or ran it last. */
  readonly worker: string | null
  /** When it may run, or might have run, at the earliest. */
  readonly dueAt: Date
  /** When it was stored. */
  readonly enqueuedAt: Date
  /** When it was last handed to a worker; null when it never was. */
  readonly startedAt: Date | null
  /** When it was over; null while it is not. */
  readonly finishedAt: Date | null
  /** When it expires unless it was started before; null for never. */
  readonly expiresAt: Date | null
  /** What its handler told last. */
  readonly progress: Progress | null
  /** Id of the flow it belongs to, or null. */
  readonly flow: string | null
  /**
   * The schedule it is a run of, or null. `slot` is null where a person asked for the run; `missed` counts the earlier slots that were
   * missed and for which it stands.
   */
  readonly schedule: { readonly id: string; readonly slot: Date | null; readonly missed: number } | null
  /** That of the definition and of the call, merged. */
  readonly metadata: Metadata
  /** As it was stored: what was given to `enqueue`. */
  readonly input: Input
  /** The result of a job that succeeded. */
  readonly output: Output | undefined
  /** What its last try threw. */
  readonly error: StoredError | null
}

/** Another job that a job waits for, or that waits for it. */
export interface LinkView {
  /** The job at the other end. */
  readonly job: JobView
  /** What becomes of who waits when the other one ends without success. */
  readonly onParentFail: OnParentFail
  /** The parent has not ended as the rule demands. */
  readonly open: boolean
}

/** What is at the other end of the edges of a job; what is gone is left out. */
export async function linksOf(storage: Storage, id: string, end: 'parent' | 'child'): Promise<LinkView[]> {
  const edges = (await storage.edges([id])).filter((edge) => edge[end] !== id)
  const byId = new Map(edges.map((edge) => [edge[end], edge]))
  const records = (await storage.get([...byId.keys()])).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return records.map((record) => {
    const { onFail, open } = byId.get(record.id) as EdgeRecord
    return { job: jobView(record), onParentFail: onFail, open }
  })
}

/** The jobs that a job waited for, or waits for, by id. */
export async function parentsOf(storage: Storage, id: string): Promise<ParentView[]> {
  const edges = await storage.edges([id])
  const records = await storage.get(edges.filter(({ child }) => child === id).map(({ parent }) => parent))
  return records
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, job, state, output, error }) => ({ id, job, state, output: fromJson(output), error }))
}

/** One try of a job. */
export interface AttemptView {
  /** 1 for the first try. */
  readonly attempt: number
  /** Counts the starts of the job, also those that used no try. */
  readonly fence: number
  /** Id of the worker that ran it. */
  readonly worker: string
  /** When it was handed to the worker. */
  readonly startedAt: Date
  /** When its outcome was recorded. */
  readonly endedAt: Date
  /** The state the job went to. */
  readonly to: State
  /** What was unusual about it: `timed_out`, `snoozed` … */
  readonly reason: string | null
  /** What the handler threw. */
  readonly error: StoredError | null
}

const dateOrNull = (ms: number | null): Date | null => (ms === null ? null : new Date(ms))

export function jobView(record: JobRecord): JobView {
  return {
    id: record.id,
    job: record.job,
    state: record.state,
    reason: record.reason,
    lane: record.lane,
    priority: priorityOfRank(record.priority),
    attempt: record.attempt,
    maxAttempts: record.maxAttempts,
    timeout: record.timeout,
    lapses: record.lapses,
    fence: record.fence,
    worker: record.worker,
    dueAt: new Date(record.dueAt),
    enqueuedAt: new Date(record.createdAt),
    startedAt: dateOrNull(record.startedAt),
    finishedAt: dateOrNull(record.finishedAt),
    expiresAt: dateOrNull(record.expiresAt),
    progress: record.progress,
    flow: record.flow,
    schedule: record.schedule && { ...record.schedule, slot: dateOrNull(record.schedule.slot) },
    metadata: record.metadata ?? {},
    input: fromJson(record.input),
    output: fromJson(record.output),
    error: record.error,
  }
}

export function attemptView(record: AttemptRecord): AttemptView {
  return { ...record, startedAt: new Date(record.startedAt), endedAt: new Date(record.endedAt) }
}

/** One line that a handler wrote with `ctx.log`. */
export interface LogView {
  /** The try that wrote it. */
  readonly attempt: number
  /** The start that wrote it. */
  readonly fence: number
  /** When it was written. */
  readonly at: Date
  /** By which method of `ctx.log` it was written. */
  readonly level: LogLevel
  /** The text, cut after 8 000 characters. */
  readonly message: string
  /** What was given beside the message. */
  readonly data: unknown
}

export function logView({ seq, at, data, ...record }: LogRecord): LogView {
  return { ...record, at: new Date(at), data: fromJson(data) }
}

/** A worker that holds a lease, in any process. */
export interface WorkerView {
  /** Made anew with each start, and after a lost lease. */
  readonly id: string
  /** As in `worker: { name }`. */
  readonly name: string
  /** The lanes it serves, with the number of jobs it runs in each at the same time. */
  readonly lanes: readonly WorkerLane[]
  /** Ids of the definitions it knows. */
  readonly jobs: readonly string[]
  /** Ids of the schedules in its code. */
  readonly schedules: readonly string[]
  /** When it registered. */
  readonly startedAt: Date
  /** When it last renewed its lease. */
  readonly seenAt: Date
  /** When it is taken for dead unless it renews before. */
  readonly leaseUntil: Date
  /** It was asked to claim no more (`drainWorker`). */
  readonly draining: boolean
}

/** What an edit of a worker did. */
export interface WorkerEdited {
  /** The worker. */
  readonly id: string
  /** What it does from now on. */
  readonly status: 'draining' | 'working'
}

export const workerNotFound = (id: unknown): RotaError =>
  new RotaError(
    'worker_not_found',
    `There is no live worker ${show(id)}: \`rota workers list\` shows those there are.`,
    {
      field: 'id',
    },
  )

export function workerView(record: WorkerRecord): WorkerView {
  const { startedAt, seenAt, leaseUntil, lanes } = record
  return {
    ...record,
    lanes: sharedLanes(lanes),
    startedAt: new Date(startedAt),
    seenAt: new Date(seenAt),
    leaseUntil: new Date(leaseUntil),
  }
}

/** Which jobs to list. */
export interface ListOptions {
  /**
   * Which jobs: words such as `state:failed lane:mail since:1h metadata.team:billing error:"ECONN refused"`, where commas mean
   * *or* and several words *and*, or the same as an object. `docs/filters.md` has every key. @default all jobs
   */
  readonly filter?: string | FilterObject
  /** @default 50, from 1 to 1000 */
  readonly limit?: number
  /** `next` of the page before. @default the newest jobs */
  readonly cursor?: string
}

const hints = {
  ...Object.fromEntries(
    Object.keys(filterKeys).map((key) => {
      const name = key.replace(/\..*/, '') // metadata.<key>
      return [name, `it belongs into the filter: \`filter: { ${name}: … }\``]
    }),
  ),
  ...listHints,
}
const listChecks = { filter: parseFilter, limit: check.integer(1, 1_000), cursor: checkCursor }

/** @throws RotaError `option_invalid`, `option_unknown`, `duration_invalid` or `instant_invalid`, with a suggestion */
export function listQuery(options: ListOptions): ListQuery {
  const { filter, limit, cursor } = check.checkOptions('jobs.list', options, listChecks, hints)
  return {
    ...(filter ?? everyJob),
    overFor: null,
    before: cursor ?? null,
    limit: limit ?? check.defaults.listLimit,
  }
}
