/**
 * The protocol of remote workers. A server keeps nothing that another one lacks: the worker is a row of the storage, and what becomes of its
 * jobs is decided from what the storage says it holds.
 */

import { publishAll } from '../../engine/definitions.ts'
import { jsonOf } from '../../engine/notes.ts'
import { ownLane, ownLaneOf, sharedLanes } from '../../engine/own-lane.ts'
import { systemRuntime } from '../../engine/runtime.ts'
import { parseDuration } from '../../job/duration.ts'
import { isRotaError, RotaError } from '../../job/errors.ts'
import type { LogLevel } from '../../job/log.ts'
import { duration } from '../../job/options.ts'
import { fromJson, toJson } from '../../job/payload.ts'
import { priorityOfRank } from '../../job/priority.ts'
import type { Outcome, StoredError } from '../../job/states.ts'
import { cleanText } from '../../job/text.ts'
import type { ClaimedJob, HeldJob, Note, Signal, WorkerLane } from '../../storage/contract.ts'
import { type CallContext, checkLane } from '../call.ts'
import { limits } from '../remote/claims.ts'
import { manifestsOf } from '../remote/definitions.ts'
import { identities } from '../remote/identity.ts'
import { leaseLost } from '../remote/outcomes.ts'
import { remotePlaces } from '../remote/place.ts'
import { implementer } from './implementer.ts'

export interface WorkerProtocolParts {
  /** Of the server; ids of workers are signed with a key made of it. */
  readonly secret: string
  /** Fires when the server closes: whoever waits gets an answer. */
  readonly closing: AbortSignal
}

/** Milliseconds. */
const lease = { usual: 30_000, least: 5_000, most: 600_000 }

export function workerProtocolRouter({ secret, closing }: WorkerProtocolParts) {
  const { workers: os } = implementer
  const { give, read } = identities(secret)
  const runtime = systemRuntime()
  const place = remotePlaces(runtime, closing)

  /** What `complete`, `fail` and `release` have in common. */
  const record = async (context: CallContext, input: EndTold, outcome: Outcome, delay: number | null = null) => {
    const worker = read(context, input.id)
    const { outcomes } = await place(context.cluster)
    const { job, fence } = input
    return { status: await outcomes.record(worker, { job, fence, outcome, delay, note: noteOf(input) }) }
  }

  const note = async (context: CallContext, id: string, told: Note) => {
    const worker = read(context, id)
    const { storage } = await place(context.cluster)
    const [held] = await storage.held(worker, [told.id])
    if (held?.fence !== told.fence) throw leaseLost(told.id)
    await storage.note(worker, [told])
    return { status: 'recorded' as const }
  }

  return {
    register: os.register.handler(async ({ input, context }) => {
      const shared = Object.entries(input.lanes).map(([name, concurrency]) => ({ name, concurrency }))
      checkShared(context, shared)
      const length = leaseOf(input.lease)
      const { storage, workers } = await place(context.cluster)
      const manifests = await manifestsOf(context, input.jobs)
      await publishAll(storage, manifests)
      const id = runtime.id()
      const own = { name: ownLane(id), concurrency: Math.max(...shared.map(({ concurrency }) => concurrency)) }
      const jobs = manifests.map(({ job }) => job)
      const name = input.name ?? 'remote worker'
      await workers.register({ id, name, lanes: [...shared, own], jobs, schedules: [], lease: length })
      return { worker: give(context, id), id, lease: length, ownLane: own.name }
    }),
    claim: os.claim.handler(async ({ input, context }) => {
      const worker = read(context, input.id)
      const { workers, claims, outcomes } = await place(context.cluster)
      const { lanes: served, jobs } = await workers.renewIfDue(worker)
      for (const { name } of sharedLanes(served)) checkLane(context, name)
      const lanes = roomsOf(served, input.lanes)
      if (lanes.length === 0) return { jobs: [] }
      const { signal: gone, isStillIn } = context
      const wait = waitOf(input.wait)
      const asked = { worker, lanes, jobs, suspect: input.suspect, wait, gone, closing, isStillIn }
      const claimed = await claims.claim(asked)
      if (claimed[0] !== undefined) outcomes.hear(claimed[0].claimedAt)
      return { jobs: claimed.map(claimedView) }
    }),
    hints: os.hints.handler(async ({ input, context }) => {
      const worker = read(context, input.id)
      const { workers, claims } = await place(context.cluster)
      const { lanes } = await workers.renewIfDue(worker)
      const asked = { worker, wait: waitOf(input.wait), gone: context.signal, closing }
      const names = lanes.map(({ name }) => name)
      return { lanes: await claims.hint(asked, names) }
    }),
    heartbeat: os.heartbeat.handler(async ({ input, context }) => {
      const worker = read(context, input.id)
      const { storage, workers } = await place(context.cluster)
      if (input.renew !== false) await workers.renew(worker)
      const [signals, held] = await Promise.all([storage.signals(worker), input.held ? storage.held(worker) : null])
      return { ...signalsView(signals), ...(held !== null && { held: held.map(heldView) }) }
    }),
    progress: os.progress.handler(({ input: { id, job, fence, percent, message }, context }) =>
      note(context, id, { id: job, fence, progress: progressOf({ percent, message }), logs: [] }),
    ),
    log: os.log.handler(({ input: { id, job, fence, lines }, context }) =>
      note(context, id, { id: job, fence, progress: null, logs: lines.map(lineOf) }),
    ),
    complete: os.complete.handler(({ input, context }) =>
      record(context, input, completed(input, context.cluster.connection.payloadLimit)),
    ),
    fail: os.fail.handler(({ input, context }) => {
      const delay = input.retryIn === undefined ? null : parseDuration(input.retryIn, 'retryIn')
      return record(context, input, failed(input), delay)
    }),
    release: os.release.handler(({ input, context }) => record(context, input, givenBack(input))),
    leave: os.leave.handler(async ({ input, context }) => {
      const worker = read(context, input.id)
      const { workers } = await place(context.cluster)
      await workers.leave(worker)
      return { status: 'left' as const }
    }),
  }
}

// --- what comes in

/** @throws RotaError `not_allowed`, `request_invalid` */
function checkShared(context: CallContext, lanes: readonly WorkerLane[]): void {
  if (lanes.length === 0) throw new RotaError('request_invalid', 'lanes: name one at least.', { field: 'lanes' })
  for (const { name } of lanes) checkLane(context, name)
  const own = ownLaneOf(lanes)
  if (own === null) return
  const message = `lanes: "${own}" has the form of a lane that belongs to one worker. The server gives it one.`
  throw new RotaError('request_invalid', message, { field: 'lanes' })
}

function leaseOf(given: number | string | undefined): number {
  const ms = duration(lease.least)(given ?? lease.usual, 'lease')
  if (ms <= lease.most) return ms
  throw new RotaError('option_invalid', `lease: it is at most ${lease.most / 60_000} minutes.`, { field: 'lease' })
}

const waitOf = (given: number | string | undefined): number =>
  Math.min(limits.wait, given === undefined ? 0 : parseDuration(given, 'wait'))

/** How many of each lane: as asked for, of those that the worker registered. Its own lane comes along. */
function roomsOf(served: readonly WorkerLane[], asked: Readonly<Record<string, number>> | undefined) {
  const most = asked === undefined ? 0 : Math.max(0, ...Object.values(asked))
  const own = ownLaneOf(served)
  const limitOf = ({ name, concurrency }: WorkerLane): number => {
    if (asked === undefined) return concurrency
    if (Object.hasOwn(asked, name)) return asked[name] as number
    return name === own ? Math.min(concurrency, most) : 0
  }
  let left = limits.jobs
  return served.flatMap((lane) => {
    const limit = Math.min(limitOf(lane), left)
    left -= limit
    return limit > 0 ? [{ name: lane.name, limit }] : []
  })
}

interface LineTold {
  readonly seq: number
  readonly ago?: number | undefined
  readonly level: LogLevel
  readonly message: string
  readonly data?: unknown
}

interface ProgressTold {
  readonly percent: number
  readonly message?: string | null | undefined
}

interface EndTold {
  readonly id: string
  readonly job: string
  readonly fence: number
  readonly logs?: readonly LineTold[] | undefined
  readonly progress?: ProgressTold | undefined
}

function noteOf({ job, fence, logs = [], progress }: EndTold): Note | null {
  if (logs.length === 0 && progress === undefined) return null
  return { id: job, fence, progress: progress === undefined ? null : progressOf(progress), logs: logs.map(lineOf) }
}

const lineOf = ({ seq, ago = 0, level, message, data }: LineTold) => ({
  seq,
  ago: Math.round(ago),
  level,
  message: cleanText(message, 8_000),
  data: data === undefined ? null : jsonOf(data),
})

const progressOf = ({ percent, message }: ProgressTold) => ({
  percent,
  message: message == null ? null : cleanText(message, 8_000),
})

const reasonOf = (text: string): string => cleanText(text, 500)

interface CompleteTold {
  readonly output?: unknown
  readonly late?: boolean | undefined
  readonly discard?: string | undefined
}

/**
 * What cannot be stored has failed, as where the worker is one of ours; what is only too large the worker may make smaller.
 *
 * @throws RotaError `payload_too_large`
 */
function completed({ output, late, discard }: CompleteTold, limit: number): Outcome {
  if (discard !== undefined) return { kind: 'discard', reason: reasonOf(discard) }
  try {
    const json = toJson(output, 'output', limit)
    return late ? { kind: 'success', output: json, reason: 'timed_out' } : { kind: 'success', output: json }
  } catch (error) {
    if (!isRotaError(error, 'payload_not_json')) throw error
    const reason = 'result_not_storable'
    const message = `The handler ended, but its result cannot be stored. ${error.message}`
    return { kind: 'failure', error: { name: 'RotaError', code: reason, message }, reason, retryable: false }
  }
}

interface FailTold {
  readonly error: { name?: string | undefined; message: string; code?: string | undefined; stack?: string | undefined }
  readonly reason?: string | undefined
  readonly retryable?: boolean | undefined
}

function failed({ error, reason, retryable = true }: FailTold): Outcome {
  const stored: StoredError = {
    name: cleanText(error.name ?? 'Error', 200),
    message: cleanText(error.message, 2_000),
    ...(error.code !== undefined && { code: cleanText(error.code, 200) }),
    ...(error.stack !== undefined && { stack: cleanText(error.stack, 8_000) }),
  }
  const why = reason === undefined ? (retryable ? null : 'non_retryable') : reasonOf(reason)
  return { kind: 'failure', error: stored, reason: why, retryable }
}

interface ReleaseTold {
  readonly in?: number | string | undefined
  readonly started?: boolean | undefined
  readonly cancelled?: string | undefined
}

function givenBack({ in: delay, started = false, cancelled }: ReleaseTold): Outcome {
  if (cancelled !== undefined) return { kind: 'cancel', reason: reasonOf(cancelled) }
  if (delay !== undefined) return { kind: 'snooze', delay: parseDuration(delay, 'in') }
  return { kind: 'release', started }
}

// --- what goes out

const claimedView = ({ priority, dueAt, createdAt, claimedAt, schedule, input, metadata, ...job }: ClaimedJob) => ({
  ...job,
  priority: priorityOfRank(priority),
  dueAt: new Date(dueAt),
  enqueuedAt: new Date(createdAt),
  claimedAt: new Date(claimedAt),
  schedule: schedule && { ...schedule, slot: schedule.slot === null ? null : new Date(schedule.slot) },
  metadata: metadata ?? {},
  input: fromJson(input),
})

const heldView = ({ worker: _, ...job }: HeldJob) => job

const signalsView = (signals: readonly Signal[]) => ({
  cancel: signals.flatMap((one) =>
    one.kind === 'cancel' ? [{ job: one.id, fence: one.fence, reason: one.reason }] : [],
  ),
  pause: signals.flatMap((one) => (one.kind === 'pause' ? [one.lane] : [])),
  drain: signals.some(({ kind }) => kind === 'drain'),
})
