/** Lanes, what can be run, clusters, figures, failures and events. */
import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { logLevels } from '../job/log.ts'
import { open, operating, signedIn, viewing } from './operation.ts'
import * as s from './schemas.ts'

const count = z.number().int()

export const laneOperations = {
  list: viewing('checked')
    .route({
      method: 'GET',
      path: '/lanes',
      tags: ['lanes'],
      summary: 'Lanes that are served, paused or have jobs; counted up to 1 000',
    })
    .output(
      z.object({
        lanes: z
          .array(
            z.object({
              name: z.string(),
              paused: z.object({ reason: z.string(), since: s.instantOut }).nullable(),
              waiting: count,
              scheduled: count,
              running: count,
              workers: count,
              concurrency: count,
              oldestDueAt: s.instantOut.nullable(),
            }),
          )
          .readonly(),
      }),
    ),
  pause: operating('checked', { repeatable: 'stored' })
    .route({
      method: 'POST',
      path: '/lanes/{id}/pause',
      tags: ['lanes'],
      summary: 'Start nothing of a lane any more; what runs goes on',
    })
    .input(z.strictObject({ id: s.name, reason: s.reason.optional() }))
    .output(z.object({ name: z.string(), status: z.literal('paused') })),
  resume: operating('checked', { repeatable: 'stored' })
    .route({ method: 'POST', path: '/lanes/{id}/resume', tags: ['lanes'], summary: 'Let a paused lane go on' })
    .input(s.nameParams)
    .output(z.object({ name: z.string(), status: z.enum(['resumed', 'unchanged']) })),
}

export const clusterOperations = {
  list: signedIn()
    .route({ method: 'GET', path: '/clusters', tags: ['clusters'], summary: 'The clusters of this server' })
    .output(
      z.object({
        clusters: z
          .array(
            z.object({ name: z.string(), mode: z.enum(['active', 'passive', 'archived']), isDefault: z.boolean() }),
          )
          .readonly(),
      }),
    ),
}

const percentiles = z.object({ p50: z.number(), p90: z.number(), p99: z.number(), max: z.number() }).nullable()
const figures = {
  succeeded: count,
  failed: count,
  retried: count,
  cancelled: count,
  snoozed: count.describe('Tries that asked to run again later.'),
  lapsed: count.describe('Tries that ended with their worker.'),
  wait: percentiles.describe('Milliseconds from due to started.'),
  run: percentiles.describe('Milliseconds that a try took.'),
}

export const statOperations = {
  get: viewing(undefined)
    .route({
      method: 'GET',
      path: '/stats',
      tags: ['stats'],
      summary: 'What was done, by time: rates and latencies for charts',
    })
    .input(
      z.strictObject({
        from: s.instantIn.optional().describe('An hour ago unless told otherwise; at most 40 days.'),
        to: s.instantIn.optional(),
        step: z.enum(['1m', '5m', '1h', '6h', '1d']).optional(),
        lane: s.name.optional(),
        job: s.name.optional(),
      }),
    )
    .output(
      z.object({
        step: z.enum(['1m', '5m', '1h', '6h', '1d']),
        points: z
          .array(
            z.object({
              at: s.instantOut,
              ...figures,
              waiting: count.nullable().describe('Ready jobs, where somebody looked; capped.'),
              running: count.nullable(),
              scheduled: count.nullable(),
            }),
          )
          .readonly(),
        totals: z.object(figures),
        jobs: z
          .array(z.object({ job: z.string(), ...figures }))
          .readonly()
          .describe('The 50 definitions with the most tries.'),
      }),
    ),
  failures: viewing('checked')
    .route({
      method: 'GET',
      path: '/failures',
      tags: ['stats'],
      summary: 'Failed jobs grouped by what went wrong; of the newest 2 000',
    })
    .input(z.strictObject({ filter: s.filter }))
    .output(
      z.object({
        failures: z
          .array(
            z.object({
              fingerprint: z.string(),
              job: z.string(),
              error: z.object({ name: z.string(), message: z.string(), code: z.string().nullable() }),
              count,
              firstAt: s.instantOut,
              lastAt: s.instantOut,
              newest: s.jobId,
            }),
          )
          .readonly(),
        looked: count.describe('How many failed jobs were looked at.'),
        more: z.boolean().describe('There are older ones.'),
      }),
    ),
}

/** What the stream of events tells. */
export const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('changed'), topics: z.array(z.enum(['jobs', 'schedules', 'lanes', 'workers'])) }),
  z.object({
    type: z.literal('log'),
    job: s.jobId,
    attempt: count,
    fence: count,
    at: s.instantOut,
    level: z.enum(logLevels),
    message: z.string(),
    data: s.json,
  }),
  z.object({ type: z.literal('reset') }).describe('Something was missed: look at everything anew.'),
])

export const eventOperations = {
  stream: viewing('checked', { patience: Number.POSITIVE_INFINITY })
    .route({
      method: 'GET',
      path: '/events',
      tags: ['events'],
      summary: 'Server-sent events: what changed, and log lines of the jobs in `logs`. Goes on behind `Last-Event-ID`',
    })
    .input(
      z.strictObject({
        logs: z.string().max(400).optional().describe('Up to 10 ids of jobs, with commas.'),
      }),
    )
    .output(eventIterator(event)),
}

export const statusOperations = {
  /** For whoever opens the portal for the first time. */
  get: open()
    .route({ method: 'GET', path: '/auth/status', tags: ['auth'], summary: 'What it takes to sign in here' })
    .output(
      z.object({
        setup: z.boolean().describe('There is no administrator yet.'),
        registration: z.boolean().describe('Anybody may register.'),
        providers: z.array(z.object({ id: z.string(), name: z.string() })).readonly(),
      }),
    ),
}

/** What is looked at to tell whether all is well. */
export const checkIds = Object.freeze(['migrations', 'clock', 'workers', 'lanes', 'schedules', 'secret'] as const)

const ms = z.number().int().describe('Milliseconds.')

export const systemOperations = {
  get: viewing(undefined)
    .route({
      method: 'GET',
      path: '/system',
      tags: ['system'],
      summary: 'What runs here, how it is set, and whether it is as it should be',
    })
    .output(
      z.object({
        version: z.string().describe('Of the server.'),
        node: z.string(),
        startedAt: s.instantOut.describe('When the process of the server started.'),
        storage: z.object({
          kind: z.string().describe('`sqlite` or `postgres`, as a rule.'),
          description: z.string().describe('What it is and where, without any password.'),
        }),
        migrations: z.object({ applied: z.array(z.string()).readonly(), pending: z.array(z.string()).readonly() }),
        retention: z
          .object({
            succeeded: ms.nullable(),
            failed: ms,
            skips: ms.describe('Skipped slots of schedules.'),
            audit: ms,
            idempotencyKeys: ms,
          })
          .describe(
            'How long it is kept, in milliseconds; null for not at all. Definitions and calls may say otherwise of their jobs.',
          ),
        defaults: z
          .object({
            lane: z.string(),
            priority: s.priority,
            retries: count,
            timeout: ms,
            expiresIn: ms.nullable(),
            lease: ms,
            poll: ms,
            payloadLimit: count.describe('Bytes.'),
          })
          .describe('What holds where nothing else is said, by the options of the server.'),
        clock: z
          .object({ server: s.instantOut, database: s.instantOut, skewMs: count })
          .nullable()
          .describe('Null where migrations are missing.'),
        checks: z
          .array(
            z.object({
              id: z.enum(checkIds),
              ok: z.boolean(),
              message: z.string(),
              fix: z.string().nullable().describe('What to do where it is not well.'),
            }),
          )
          .readonly()
          .describe('Where migrations are missing, only that.'),
      }),
    ),
}
