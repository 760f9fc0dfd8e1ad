/**
 * The protocol of remote workers. A server keeps nothing that another one lacks: the worker is a row of the storage, and what becomes of its
 * jobs is decided from what the storage says it holds.
 */

import { leases } from '../../api/workers.ts'
import { ownLane, ownLaneOf, sharedLanes } from '../../engine/own-lane.ts'
import { systemRuntime } from '../../engine/runtime.ts'
import { parseDuration } from '../../job/duration.ts'
import { RotaError } from '../../job/errors.ts'
import { duration } from '../../job/options.ts'
import type { Outcome } from '../../job/states.ts'
import type { Note, WorkerLane } from '../../storage/contract.ts'
import { type CallContext, checkLane } from '../call.ts'
import { limits } from '../remote/claims.ts'
import { publishTold } from '../remote/definitions.ts'
import { identities } from '../remote/identity.ts'
import { leaseLost } from '../remote/outcomes.ts'
import { remotePlaces } from '../remote/place.ts'
import { completed, type EndTold, failed, givenBack, lineOf, noteOf, progressOf } from '../remote/told.ts'
import { claimedView, heldView, signalsView } from '../remote/view.ts'
import { implementer } from './implementer.ts'

export interface WorkerProtocolParts {
  /** Of the server; ids of workers are signed with a key made of it. */
  readonly secret: string
  /** Fires when the server closes: whoever waits gets an answer. */
  readonly closing: AbortSignal
}

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
      const { workers } = await place(context.cluster)
      await publishTold(context, input.jobs)
      const id = runtime.id()
      const own = { name: ownLane(id), concurrency: Math.max(...shared.map(({ concurrency }) => concurrency)) }
      const jobs = input.jobs.map(({ id: job }) => job)
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
      const { gone, isStillIn } = context
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
      const asked = { worker, wait: waitOf(input.wait), gone: context.gone, closing }
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
  const ms = duration(leases.least)(given ?? leases.usual, 'lease')
  if (ms <= leases.most) return ms
  throw new RotaError('option_invalid', `lease: it is at most ${leases.most / 60_000} minutes.`, { field: 'lease' })
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
