/** Jobs: store, look, change. */
import { z } from 'zod'
import { logLevels } from '../job/log.ts'
import { onParentFails } from '../job/parents.ts'
import { jobOptions, unique } from './job-options.ts'
import { operating, viewing } from './operation.ts'
import * as s from './schemas.ts'

const tags = ['jobs']

/** A job as it is shown. */
export const job = z.object({
  id: s.jobId,
  job: z.string().describe('Id of the definition.'),
  state: s.state,
  reason: z.string().nullable(),
  lane: z.string(),
  priority: s.priority,
  attempt: z.number().int().describe('Tries used so far.'),
  maxAttempts: z.number().int(),
  timeout: z.number().describe('Milliseconds of its longest try.'),
  lapses: z.number().int(),
  fence: z.number().int(),
  worker: z.string().nullable(),
  dueAt: s.instantOut,
  enqueuedAt: s.instantOut,
  startedAt: s.instantOut.nullable(),
  finishedAt: s.instantOut.nullable(),
  expiresAt: s.instantOut.nullable(),
  progress: z.object({ percent: z.number(), message: z.string().nullable() }).nullable(),
  flow: z.string().nullable(),
  schedule: z
    .object({ id: z.string(), slot: s.instantOut.nullable(), missed: z.number().int() })
    .nullable()
    .describe('The schedule it is a run of.'),
  metadata: s.metadataOut,
  input: s.json,
  output: s.json,
  error: s.storedError.nullable(),
})

const optional = {
  in: s.durationIn.optional().describe('Run this long from now; exclusive with `at`.'),
  at: s.instantIn.optional(),
  ...jobOptions,
  expiresAt: s.instantIn.optional(),
  unique: unique.nullable().optional(),
  after: z.array(s.jobId).max(10_000).optional().describe('Jobs that have to be over first.'),
  onParentFail: z.enum(onParentFails).optional(),
  allowUnknown: z
    .boolean()
    .optional()
    .describe('Store it also where no worker has told of this job yet: it waits until one does.'),
}

const idempotencyKey = z
  .string()
  .min(1)
  .max(500)
  .optional()
  .describe('The same as the header `Idempotency-Key`: a repeated call gives the job of the first one.')

const enqueued = z.object({ id: s.jobId, status: z.enum(['created', 'duplicate', 'replaced', 'rescheduled']) })

const page = { cursor: s.cursor.optional(), limit: s.limit(1_000, 50) }
const jobs = z.object({
  jobs: z.array(job).readonly(),
  next: z
    .string()
    .nullable()
    .describe('`cursor` of the next page; null when all was seen. A page may be short and still have one.'),
})

export const jobOperations = {
  create: operating('checked', { repeatable: 'own' })
    .route({
      method: 'POST',
      path: '/jobs',
      tags,
      successStatus: 201,
      summary: 'Store a job: now, later, or after others',
    })
    .input(z.strictObject({ job: s.name, input: s.json.optional(), ...optional, idempotencyKey }))
    .output(enqueued),
  createMany: operating('checked', { repeatable: 'stored' })
    .route({
      method: 'POST',
      path: '/jobs/batch',
      tags,
      successStatus: 201,
      summary: 'Store up to 1 000 jobs of one definition',
    })
    .input(z.strictObject({ job: s.name, inputs: z.array(s.json).min(1).max(1_000), ...optional }))
    .output(z.object({ jobs: z.array(enqueued).readonly() })),
  list: viewing('checked')
    .route({ method: 'GET', path: '/jobs', tags, summary: 'List jobs, newest first' })
    .input(z.strictObject({ filter: s.filter, ...page }))
    .output(jobs),
  counts: viewing(undefined)
    .route({ method: 'GET', path: '/jobs/counts', tags, summary: 'How many jobs are in each state, capped' })
    .output(z.object({ counts: z.record(s.state, z.number().int()), cappedAt: z.number().int() })),
  pending: viewing('checked')
    .route({ method: 'GET', path: '/jobs/pending', tags, summary: 'List jobs that are not started yet' })
    .input(z.strictObject({ filter: s.filter, ...page }))
    .output(jobs),
  next: viewing('checked')
    .route({
      method: 'GET',
      path: '/jobs/next',
      tags,
      summary: 'The job that a claim would take next; it claims nothing. 204 where none is ready',
      spec: (spec) => ({ ...spec, responses: { ...spec.responses, 204: { description: 'No job is ready.' } } }),
    })
    .input(z.strictObject({ lane: s.name.optional() }))
    .output(job.optional()),
  get: viewing('checked', { etag: 'gives' })
    .route({ method: 'GET', path: '/jobs/{id}', tags, summary: 'A job, running or long over' })
    .input(s.jobParams)
    .output(job),
  update: operating('checked', { etag: 'both' })
    .route({ method: 'PUT', path: '/jobs/{id}', tags, summary: 'Change a job that waits; what is left out stays' })
    .input(
      z.strictObject({
        id: s.jobId,
        in: optional.in,
        at: optional.at,
        lane: optional.lane,
        priority: optional.priority,
        retries: optional.retries,
        timeout: optional.timeout,
        expiresAt: s.instantIn.nullable().optional(),
        input: s.json.optional(),
        metadata: s.metadataOut.optional(),
      }),
    )
    .output(job),
  delete: operating('checked', { etag: 'takes' })
    .route({ method: 'DELETE', path: '/jobs/{id}', tags, summary: 'Forget a job that does not run' })
    .input(s.jobParams)
    .output(s.edited('deleted')),
  retry: operating('checked', { repeatable: 'stored' })
    .route({ method: 'POST', path: '/jobs/{id}/retry', tags, summary: 'Run a job again that is over' })
    .input(s.jobParams)
    .output(s.edited('ready', 'blocked')),
  cancel: operating('checked', { repeatable: 'stored' })
    .route({
      method: 'POST',
      path: '/jobs/{id}/cancel',
      tags,
      summary: 'End a job: a waiting one at once, a running one by its signal',
    })
    .input(z.strictObject({ id: s.jobId, reason: s.reason.optional() }))
    .output(s.edited('cancelled', 'cancelling')),
  run: operating('checked', { repeatable: 'stored' })
    .route({ method: 'POST', path: '/jobs/{id}/run', tags, summary: 'Make a waiting job due now' })
    .input(s.jobParams)
    .output(s.edited('ready')),
  reschedule: operating('checked', { repeatable: 'stored' })
    .route({ method: 'POST', path: '/jobs/{id}/reschedule', tags, summary: 'Put a waiting job to another time' })
    .input(z.strictObject({ id: s.jobId, in: optional.in, at: optional.at }))
    .output(s.edited('rescheduled')),
  purge: operating(undefined, { repeatable: 'stored' })
    .route({
      method: 'POST',
      path: '/jobs/purge',
      tags,
      summary: 'Delete jobs that are over, at most 10 000 at a time',
    })
    .input(
      z.strictObject({
        olderThan: s.durationIn,
        state: z.array(s.finalState).min(1).optional(),
        filter: s.filter,
        limit: z.number().int().min(1).max(10_000).optional(),
        dryRun: z.boolean().optional(),
      }),
    )
    .output(z.object({ found: z.number().int(), deleted: z.number().int(), more: z.boolean() })),
  explain: viewing('checked')
    .route({ method: 'GET', path: '/jobs/{id}/explain', tags, summary: 'Why a job is where it is, and what helps' })
    .input(s.jobParams)
    .output(
      z.object({
        id: s.jobId,
        job: z.string(),
        lane: z.string(),
        state: s.state,
        since: s.instantOut,
        waitsFor: z
          .array(
            z.object({
              code: z.string(),
              message: z.string(),
              fix: z.string(),
              command: z.string().nullable(),
              until: s.instantOut.nullable(),
            }),
          )
          .readonly(),
      }),
    ),
  logs: viewing('checked')
    .route({
      method: 'GET',
      path: '/jobs/{id}/logs',
      tags,
      summary: 'What its handlers wrote, in the order of writing',
    })
    .input(z.strictObject({ id: s.jobId, cursor: z.string().max(40).optional(), limit: s.limit(10_000, 1_000) }))
    .output(
      z.object({
        lines: z
          .array(
            z.object({
              attempt: z.number().int(),
              fence: z.number().int(),
              at: s.instantOut,
              level: z.enum(logLevels),
              message: z.string(),
              data: s.json,
            }),
          )
          .readonly(),
        next: z.string().nullable().describe('`cursor` for what comes later; lines may come as long as the job runs.'),
      }),
    ),
  attempts: viewing('checked')
    .route({ method: 'GET', path: '/jobs/{id}/attempts', tags, summary: 'Its tries that had something to say' })
    .input(s.jobParams)
    .output(
      z.object({
        attempts: z
          .array(
            z.object({
              attempt: z.number().int(),
              fence: z.number().int(),
              worker: z.string(),
              startedAt: s.instantOut,
              endedAt: s.instantOut,
              to: s.state,
              reason: z.string().nullable(),
              error: s.storedError.nullable(),
            }),
          )
          .readonly(),
      }),
    ),
  links: viewing('checked')
    .route({
      method: 'GET',
      path: '/jobs/{id}/links',
      tags,
      summary: 'The jobs it waits for, and those that wait for it',
    })
    .input(s.jobParams)
    .output(z.object({ parents: z.array(link()).readonly(), children: z.array(link()).readonly() })),
  result: viewing('checked', { patience: 60_000 })
    .route({
      method: 'GET',
      path: '/jobs/{id}/result',
      tags,
      summary: 'What it returned; waits up to `timeout` (at most 30 s) for its end. 202 while it is not over',
      spec: (spec) => ({
        ...spec,
        responses: { ...spec.responses, 202: { ...spec.responses?.['200'], description: 'It is not over.' } },
      }),
    })
    .input(z.strictObject({ id: s.jobId, timeout: z.string().max(64).optional() }))
    .output(
      z.object({
        id: s.jobId,
        state: s.state,
        over: z.boolean(),
        reason: z.string().nullable(),
        output: s.json,
        error: s.storedError.nullable(),
      }),
    ),
}

function link() {
  return z.object({ job, onParentFail: z.enum(onParentFails), open: z.boolean() })
}

/** What may be said of a job in a flow: all but what concerns the call. */
const { after: _, allowUnknown: __, ...flowJob } = optional

const flow = z.object({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  enqueuedAt: s.instantOut,
  counts: z.record(s.state, z.number().int()),
})

const flowChanged = <S extends string>(status: S) =>
  z.object({ id: z.string(), status: z.literal(status), changed: z.number().int() })

export const flowOperations = {
  create: operating('checked', { repeatable: 'stored' })
    .route({
      method: 'POST',
      path: '/flows',
      tags: ['flows'],
      successStatus: 201,
      summary: 'Store jobs that wait for each other, all or none',
    })
    .input(
      z.strictObject({
        name: z.string().min(1).max(200),
        jobs: z
          .array(
            z.strictObject({
              ref: s.name.describe('By which other jobs of this call name it.'),
              job: s.name,
              input: s.json.optional(),
              after: z
                .array(z.string().min(1).max(100))
                .max(1_000)
                .optional()
                .describe('`ref`s of jobs that stand before it.'),
              ...flowJob,
            }),
          )
          .min(1)
          .max(1_000),
      }),
    )
    .output(z.object({ id: z.string(), name: z.string(), jobs: z.record(z.string(), s.jobId) })),
  list: viewing(undefined)
    .route({ method: 'GET', path: '/flows', tags: ['flows'], summary: 'List flows, newest first' })
    .input(z.strictObject({ name: z.string().max(200).optional(), ...page }))
    .output(z.object({ flows: z.array(flow).readonly(), next: z.string().nullable() })),
  get: viewing(undefined)
    .route({ method: 'GET', path: '/flows/{id}', tags: ['flows'], summary: 'A flow with its jobs' })
    .input(z.object({ id: z.string().max(100) }))
    .output(
      flow.extend({
        jobs: z.array(job).readonly(),
        edges: z
          .array(
            z.object({ parent: z.string(), child: z.string(), onParentFail: z.enum(onParentFails), open: z.boolean() }),
          )
          .readonly(),
      }),
    ),
  cancel: operating(undefined, { repeatable: 'stored' })
    .route({
      method: 'POST',
      path: '/flows/{id}/cancel',
      tags: ['flows'],
      summary: 'Cancel every job of a flow that is not over',
    })
    .input(z.strictObject({ id: z.string().max(100), reason: s.reason.optional() }))
    .output(flowChanged('cancelled')),
  retry: operating(undefined, { repeatable: 'stored' })
    .route({
      method: 'POST',
      path: '/flows/{id}/retry',
      tags: ['flows'],
      summary: 'Start every job of a flow anew that did not succeed',
    })
    .input(z.strictObject({ id: z.string().max(100) }))
    .output(flowChanged('retried')),
}
