/** Workers: who is alive, and the protocol by which one works over HTTP, in any language (`docs/guides/remote-workers.md`). */
import { z } from 'zod'
import { logLevels } from '../job/log.ts'
import { onLapses } from '../job/states.ts'
import { onTimeouts } from '../job/timeout.ts'
import { jobOptions, unique } from './job-options.ts'
import { operating, viewing, working } from './operation.ts'
import * as s from './schemas.ts'

const tags = ['workers']
const protocol = ['worker protocol']

const lane = z.object({ name: z.string(), concurrency: z.number().int() })

const worker = z.object({
  id: s.uuid,
  name: z.string(),
  lanes: z.array(lane).readonly(),
  jobs: z.array(z.string()).readonly(),
  schedules: z.array(z.string()).readonly(),
  startedAt: s.instantOut,
  seenAt: s.instantOut,
  leaseUntil: s.instantOut,
  draining: z.boolean(),
})

/** As `register` gave it: the id of the worker and a proof that it was this key that registered it. */
const workerId = z.string().min(1).max(200).describe('As `register` gave it.')

/** Milliseconds that a lease may last, and does unless a worker says otherwise. */
export const leases = Object.freeze({ usual: 30_000, least: 5_000, most: 600_000 })

/** Which start of which job is meant. A call that comes after the lease is lost is refused: 409 `lease_lost`. */
const claim = { id: workerId, job: s.jobId, fence: z.number().int().min(1) }

const line = z.strictObject({
  seq: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .describe('Counts the lines of one start, so that a repeated call writes none twice.'),
  ago: z.number().min(0).max(86_400_000).optional().describe('Milliseconds before now.'),
  level: z.enum(logLevels),
  message: z.string().max(8_000),
  data: s.json.optional(),
})

const told = {
  logs: z.array(line).max(1_000).optional(),
  progress: z
    .strictObject({ percent: z.number().min(0).max(100), message: z.string().max(8_000).nullable().optional() })
    .optional(),
}

/** What a remote worker tells of a job that it knows. */
const definition = z.strictObject({
  id: s.name,
  ...jobOptions,
  expiresIn: s.durationIn.nullable().optional(),
  unique: unique.nullable().optional(),
  needsCode: z.literal('unique').optional().describe('Only the code of the worker can say the key of a unique job.'),
  input: z.record(z.string(), s.json).optional().describe('JSON Schema of its input.'),
})

/** What `decide` needs to know of a job in the hands of a worker. */
const held = z.object({
  id: s.jobId,
  job: z.string(),
  fence: z.number().int(),
  attempt: z.number().int(),
  maxAttempts: z.number().int(),
  lapses: z.number().int(),
  onLapse: z.enum(onLapses),
  forgets: z.boolean(),
})

const signals = z.object({
  cancel: z
    .array(z.object({ job: s.jobId, fence: z.number().int(), reason: z.string() }))
    .readonly()
    .describe('Jobs that are to end.'),
  pause: z.array(z.string()).readonly().describe('Lanes of which it is to start nothing more.'),
  drain: z.boolean().describe('It is to claim no more.'),
  held: z
    .array(held)
    .readonly()
    .optional()
    .describe('Asked for with `held`: what it has in hand. What it does not know of, it releases: an answer was lost.'),
})

const done = z.object({
  status: z.enum(['recorded', 'cancelled']).describe('`cancelled`: somebody had asked for its end meanwhile.'),
})

export const workerOperations = {
  list: viewing(undefined)
    .route({ method: 'GET', path: '/workers', tags, summary: 'The workers that hold a lease, in any process' })
    .output(z.object({ workers: z.array(worker).readonly() })),
  drain: operating(undefined)
    .route({
      method: 'POST',
      path: '/workers/{id}/drain',
      tags,
      summary: 'Let a worker claim no more; what it has in hand goes on',
    })
    .input(z.strictObject({ id: s.uuid }))
    .output(s.edited('draining')),
  resume: operating(undefined)
    .route({ method: 'POST', path: '/workers/{id}/resume', tags, summary: 'Let a drained worker go on' })
    .input(z.strictObject({ id: s.uuid }))
    .output(s.edited('working')),

  register: working()
    .route({
      method: 'POST',
      path: '/workers',
      tags: protocol,
      successStatus: 201,
      summary: 'Register a worker, with what it can run',
    })
    .input(
      z.strictObject({
        name: s.plainText(200).optional(),
        lanes: z
          .record(s.name, z.number().int().min(1).max(1_000))
          .describe('How many jobs of each lane it runs at a time.'),
        jobs: z.array(definition).min(1).max(1_000),
        lease: s.durationIn
          .optional()
          .describe('It has to be renewed within this time; 30 s unless told otherwise, 5 s to 10 min.'),
      }),
    )
    .output(
      z.object({
        worker: z.string().describe('For all other calls; good with the key that registered it.'),
        id: s.uuid.describe('As people see it.'),
        lease: z.number().describe('Milliseconds.'),
        ownLane: z.string().describe('A lane that nobody else serves: for what is to run on every worker.'),
      }),
    ),
  claim: working({ patience: 60_000 })
    .route({
      method: 'POST',
      path: '/workers/{id}/claim',
      tags: protocol,
      summary: 'Take due jobs, at most 1 000; waits up to `wait` (at most 30 s) for one',
    })
    .input(
      z.strictObject({
        id: workerId,
        lanes: z
          .record(s.name, z.number().int().min(0).max(1_000))
          .optional()
          .describe('How many of each lane; as registered unless told otherwise.'),
        suspect: z
          .boolean()
          .optional()
          .describe('Only one that lapsed twice (true), or none of those. Without it the server sees to that.'),
        wait: s.durationIn.optional(),
      }),
    )
    .output(
      z.object({
        jobs: z
          .array(
            z.object({
              id: s.jobId,
              job: z.string(),
              fence: z.number().int(),
              attempt: z.number().int(),
              maxAttempts: z.number().int(),
              lapses: z.number().int(),
              lane: z.string(),
              priority: s.priority,
              timeout: z.number().describe('Milliseconds.'),
              onTimeout: z.enum(onTimeouts),
              onLapse: z.enum(onLapses),
              dueAt: s.instantOut,
              enqueuedAt: s.instantOut,
              claimedAt: s.instantOut,
              flow: z.string().nullable(),
              schedule: z
                .object({ id: z.string(), slot: s.instantOut.nullable(), missed: z.number().int() })
                .nullable(),
              forgets: z.boolean(),
              metadata: s.metadataOut,
              input: s.json,
            }),
          )
          .readonly(),
      }),
    ),
  hints: working({ patience: 60_000 })
    .route({
      method: 'GET',
      path: '/workers/{id}/hints',
      tags: protocol,
      summary: 'Wait up to `wait` (at most 30 s) until there may be something to claim; claims nothing',
    })
    .input(z.strictObject({ id: workerId, wait: s.durationIn.optional() }))
    .output(
      z.object({
        lanes: z.array(z.string()).readonly().nullable().describe('Null: in any. None: the wait is over.'),
      }),
    ),
  heartbeat: working()
    .route({
      method: 'POST',
      path: '/workers/{id}/heartbeat',
      tags: protocol,
      summary: 'Renew the lease; tells what is asked of the worker',
    })
    .input(
      z.strictObject({
        id: workerId,
        renew: z.boolean().optional().describe('False: only tell what is asked of it. The lease stays as it is.'),
        held: z.boolean().optional().describe('Tell what it has in hand; a look at all jobs, so once in a lease.'),
      }),
    )
    .output(signals),
  progress: working()
    .route({ method: 'POST', path: '/workers/{id}/progress', tags: protocol, summary: 'Tell how far a job is' })
    .input(z.strictObject({ ...claim, percent: z.number().min(0).max(100), message: z.string().max(8_000).optional() }))
    .output(z.object({ status: z.literal('recorded') })),
  log: working()
    .route({ method: 'POST', path: '/workers/{id}/log', tags: protocol, summary: 'Write log lines of a job' })
    .input(z.strictObject({ ...claim, lines: z.array(line).min(1).max(1_000) }))
    .output(z.object({ status: z.literal('recorded') })),
  complete: working()
    .route({
      method: 'POST',
      path: '/workers/{id}/complete',
      tags: protocol,
      summary: 'A job is done: its result, or that it discards itself',
    })
    .input(
      z.strictObject({
        ...claim,
        output: s.json.optional(),
        late: z.boolean().optional(),
        discard: s.reason.optional(),
        ...told,
      }),
    )
    .output(done),
  fail: working()
    .route({
      method: 'POST',
      path: '/workers/{id}/fail',
      tags: protocol,
      summary: 'A try has failed: it is tried again as its retries allow',
    })
    .input(
      z.strictObject({
        ...claim,
        error: z.strictObject({
          name: z.string().max(200).optional(),
          message: z.string().max(20_000),
          code: z.string().max(200).optional(),
          stack: z.string().max(40_000).optional(),
        }),
        reason: s.reason.optional(),
        retryable: z.boolean().optional().describe('False: it fails whatever retries are left.'),
        retryIn: s.durationIn.optional().describe('Wait before the next try; the usual backoff unless told otherwise.'),
        ...told,
      }),
    )
    .output(done),
  release: working()
    .route({
      method: 'POST',
      path: '/workers/{id}/release',
      tags: protocol,
      summary: 'Give a job back without using up a try: at once, or later (snooze)',
    })
    .input(
      z.strictObject({
        ...claim,
        in: s.durationIn.optional().describe('Not before this time has passed.'),
        started: z.boolean().optional().describe('Its handler had begun.'),
        cancelled: s.reason.optional().describe('It ended because it was asked to.'),
        ...told,
      }),
    )
    .output(done),
  leave: working()
    .route({
      method: 'DELETE',
      path: '/workers/{id}',
      tags: protocol,
      summary: 'End the lease. What the worker still holds has lapsed and is given to others',
    })
    .input(z.strictObject({ id: workerId }))
    .output(z.object({ status: z.literal('left') })),
}
