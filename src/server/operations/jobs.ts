/** The operations on jobs and flows, by the same calls that applications use. */
import { jobView, listQuery } from '../../engine/view.ts'
import type { Enqueued, EnqueueOptions, FlowNode, Job, JobId, JobView, State } from '../../index.ts'
import { defined } from '../../job/defined.ts'
import { parseDuration } from '../../job/duration.ts'
import { RotaError } from '../../job/errors.ts'
import { jobNotFound } from '../../job/id.ts'
import { isFinalState } from '../../job/states.ts'
import { jobTag } from '../../job/tag.ts'
import { both, byOf, type CallContext, checkLane, inLanes } from '../call.ts'
import { definitionFor } from '../definition.ts'
import { implementer } from './implementer.ts'

const { jobs: os, flows: flowsOs } = implementer

/** A key that is limited to lanes does not learn that there are others. */
async function visible(context: CallContext, id: string): Promise<JobView> {
  const job = await context.cluster.job(id as JobId)
  if (job === null || !inLanes(context, job.lane)) throw jobNotFound(id)
  return job
}

/** What the filter asks for, of what the key may see. */
async function list(context: CallContext, input: ListInput, states: readonly State[] | null) {
  const query = listQuery(defined(input))
  const lanes = both(query.lanes, context.caller?.lanes ?? null)
  const { storage } = await context.cluster.connection.open()
  const page = await storage.list({ ...query, lanes, states: both(query.states, states) })
  return { jobs: page.jobs.map(jobView), next: page.next }
}

const pending: readonly State[] = ['ready', 'scheduled', 'blocked']

interface ListInput {
  readonly filter?: string | undefined
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** The job with the ETag of what is shown of it. */
async function tagged(context: CallContext, id: string): Promise<JobView> {
  const { storage } = await context.cluster.connection.open()
  const [record] = await storage.get([id])
  if (record === undefined || !inLanes(context, record.lane)) throw jobNotFound(id)
  context.reply.headers.etag = `"${jobTag(record)}"`
  return jobView(record)
}

/** The tag that the caller has seen; null where any will do. */
function ifMatch({ headers }: CallContext): string | null {
  const given = headers.get('if-match')
  return given === null || given === '*' ? null : given.replace(/^(W\/)?"(.*)"$/, '$2')
}

/** A limited key cannot wait for a job that it cannot see. */
async function checkParents(context: CallContext, after: EnqueueOptions['after']): Promise<void> {
  if (!context.caller?.lanes || after === undefined) return
  for (const id of after as readonly string[]) {
    const job = await context.cluster.job(id as JobId)
    if (job === null || !inLanes(context, job.lane))
      throw new RotaError('parent_not_found', `after: there is no job ${id}. Nothing was stored.`, { field: 'after' })
  }
}

/** Where an earlier job has the key of the call, a limited key may not learn which, if it runs in another lane. */
async function checkSeen(context: CallContext, stored: readonly Enqueued[]): Promise<void> {
  const earlier = stored.filter(({ status }) => status !== 'created').map(({ id }) => id)
  if (!context.caller?.lanes || earlier.length === 0) return
  const jobs = await context.cluster.jobs.getMany(earlier)
  if (jobs.every(({ lane }) => inLanes(context, lane))) return
  const message =
    'idempotencyKey or unique: the key belongs to a job in a lane that this key may not see. Use another one.'
  throw new RotaError('not_allowed', message, { field: 'idempotencyKey' })
}

export const jobRouter = {
  create: os.create.handler(async ({ input: { job, input, allowUnknown, idempotencyKey, ...options }, context }) => {
    const key = context.headers.get('idempotency-key') ?? idempotencyKey
    const definition = await definitionFor(context, job, { allowUnknown, unique: options.unique })
    const own = { ...defined(options), ...(key !== undefined && { idempotencyKey: key }) } as EnqueueOptions
    checkLane(context, own.lane ?? definition.lane)
    await checkParents(context, own.after)
    const stored = await context.cluster.enqueue(definition.job, input, own)
    await checkSeen(context, [stored])
    if (stored.status !== 'created') context.reply.status = 200
    context.reply.headers.location = `jobs/${stored.id}` // relative: nobody knows for sure where the server is mounted
    return stored
  }),
  createMany: os.createMany.handler(async ({ input: { job, inputs, allowUnknown, ...options }, context }) => {
    const definition = await definitionFor(context, job, { allowUnknown, unique: options.unique })
    const own = defined(options) as EnqueueOptions
    checkLane(context, own.lane ?? definition.lane)
    await checkParents(context, own.after)
    const stored = await context.cluster.enqueueMany(definition.job, inputs, own as object)
    await checkSeen(context, stored)
    return { jobs: stored }
  }),
  list: os.list.handler(({ input, context }) => list(context, input, null)),
  counts: os.counts.handler(({ context }) => context.cluster.counts()),
  pending: os.pending.handler(({ input, context }) => list(context, input, pending)),
  next: os.next.handler(async ({ input: { lane }, context }) => {
    const lanes = lane === undefined ? (context.caller?.lanes ?? [null]) : [lane]
    for (const one of lanes) if (one !== null) checkLane(context, one)
    const { storage } = await context.cluster.connection.open()
    const found = await Promise.all(lanes.map((one) => storage.next(one)))
    const [first] = found
      .filter((record) => record !== null)
      .sort((a, b) => a.priority - b.priority || a.dueAt - b.dueAt)
      .map(jobView)
    if (first === undefined) context.reply.status = 204
    return first
  }),
  get: os.get.handler(({ input: { id }, context }) => tagged(context, id)),
  update: os.update.handler(async ({ input: { id, ...changes }, context }) => {
    await visible(context, id)
    if (changes.lane !== undefined) checkLane(context, changes.lane)
    const seen = ifMatch(context)
    const options = seen === null ? {} : { ifMatch: seen }
    await context.cluster.as(byOf(context)).jobs.update(id as JobId, defined(changes), options)
    return tagged(context, id)
  }),
  delete: os.delete.handler(async ({ input: { id }, context }) => {
    await visible(context, id)
    const seen = ifMatch(context)
    return context.cluster.as(byOf(context)).jobs.delete(id as JobId, seen === null ? {} : { ifMatch: seen })
  }),
  retry: os.retry.handler(async ({ input: { id }, context }) => {
    await visible(context, id)
    return context.cluster.as(byOf(context)).jobs.retry(id as JobId)
  }),
  cancel: os.cancel.handler(async ({ input: { id, reason }, context }) => {
    await visible(context, id)
    return context.cluster.as(byOf(context)).jobs.cancel(id as JobId, defined({ reason }))
  }),
  run: os.run.handler(async ({ input: { id }, context }) => {
    await visible(context, id)
    return context.cluster.as(byOf(context)).jobs.run(id as JobId)
  }),
  reschedule: os.reschedule.handler(async ({ input: { id, ...to }, context }) => {
    await visible(context, id)
    return context.cluster.as(byOf(context)).jobs.reschedule(id as JobId, defined(to))
  }),
  purge: os.purge.handler(({ input: { limit = 10_000, ...options }, context }) =>
    context.cluster.as(byOf(context)).jobs.purge({ ...defined(options), limit, signal: context.signal }),
  ),
  explain: os.explain.handler(async ({ input: { id }, context }) => {
    await visible(context, id)
    return context.cluster.jobs.explain(id as JobId)
  }),
  logs: os.logs.handler(async ({ input: { id, ...page }, context }) => {
    await visible(context, id)
    return context.cluster.jobs.logs(id as JobId, defined(page))
  }),
  attempts: os.attempts.handler(async ({ input: { id }, context }) => {
    await visible(context, id)
    return { attempts: await context.cluster.jobs.attempts(id as JobId) }
  }),
  links: os.links.handler(async ({ input: { id }, context }) => {
    await visible(context, id)
    const { jobs } = context.cluster
    const [parents, children] = await Promise.all([jobs.parents(id as JobId), jobs.children(id as JobId)])
    const seen = ({ job }: { readonly job: JobView }) => inLanes(context, job.lane)
    return { parents: parents.filter(seen), children: children.filter(seen) }
  }),
  result: os.result.handler(async ({ input: { id, timeout }, context }) => {
    await visible(context, id)
    const output = timeout === undefined ? undefined : await endOf(context, id, timeout)
    const job = await context.cluster.job(id as JobId)
    if (job === null && output === undefined) throw jobNotFound(id)
    // Of one that succeeded and of which nothing is kept there is only what was told when it ended.
    const { state, reason, error } = job ?? { state: 'succeeded' as const, reason: null, error: null }
    const over = isFinalState(state)
    if (!over) context.reply.status = 202
    return { id, state, over, reason, output: (job === null ? output?.value : job.output) ?? null, error }
  }),
}

/** Milliseconds. */
const longestWait = 30_000

/** What ends a wait without a result: the job itself, the time, or that the server stops. */
const told: readonly string[] = ['job_failed', 'job_not_found', 'wait_timeout', 'aborted']

/** Waits for the end of a job, and gives what it returned; undefined where it has not succeeded by then. */
async function endOf(
  context: CallContext,
  id: string,
  timeout: string,
): Promise<{ readonly value: unknown } | undefined> {
  try {
    const options = { timeout: shorter(timeout), signal: context.signal }
    return { value: await context.cluster.result(id as JobId, options) }
  } catch (error) {
    if (!told.includes((error as RotaError).code)) throw error
    return undefined
  }
}

/** A bare number in an address is milliseconds, as everywhere. */
const shorter = (timeout: string): number =>
  Math.min(longestWait, parseDuration(/^\d+$/.test(timeout) ? Number(timeout) : timeout, 'timeout'))

export const flowRouter = {
  create: flowsOs.create.handler(async ({ input: { name, jobs }, context }) => {
    const definitions = new Map<string, Job>()
    for (const { job, unique, lane } of jobs) {
      const found = await definitionFor(context, job, { allowUnknown: false, unique })
      checkLane(context, lane ?? found.lane)
      checkNoKey(context, unique === undefined ? found.job.options.unique : unique)
      definitions.set(job, found.job)
    }
    const flow = await context.cluster.flow(name, (f) => {
      const nodes: Record<string, FlowNode> = Object.create(null)
      for (const { ref, job, input, after = [], ...options } of jobs) {
        if (ref in nodes) throw new RotaError('request_invalid', `jobs: two have the ref "${ref}".`, { field: 'jobs' })
        const parents = after.map((one) => nodes[one] ?? missing(one))
        const own = { ...defined(options), ...(parents.length > 0 && { after: parents }) }
        nodes[ref] = f.job(definitions.get(job) as Job<unknown>, input, own as object)
      }
      return nodes
    })
    return { ...flow, jobs: flow.jobs as Record<string, JobId> }
  }),
  list: flowsOs.list.handler(({ input, context }) => context.cluster.flows.list(defined(input))),
  get: flowsOs.get.handler(async ({ input: { id }, context }) => {
    const flow = await context.cluster.flows.get(id)
    if (flow === null) throw new RotaError('flow_not_found', `There is no flow ${id} (any more).`, { field: 'id' })
    return flow
  }),
  cancel: flowsOs.cancel.handler(({ input: { id, reason }, context }) =>
    context.cluster.as(byOf(context)).flows.cancel(id, defined({ reason })),
  ),
  retry: flowsOs.retry.handler(({ input: { id }, context }) => context.cluster.as(byOf(context)).flows.retry(id)),
}

/** In the place of a job of the flow an earlier one might count, of a lane that the key may not see. */
function checkNoKey({ caller }: CallContext, unique: object | null | undefined): void {
  if (!caller?.lanes || !unique) return
  const message = 'unique: in a flow of a key that is limited to lanes no job may have one. Send null.'
  throw new RotaError('not_allowed', message, { field: 'unique' })
}

function missing(ref: string): never {
  const message = `jobs: "after" names "${ref}", which no job before it has. Put jobs behind those they wait for.`
  throw new RotaError('request_invalid', message, { field: 'jobs' })
}
