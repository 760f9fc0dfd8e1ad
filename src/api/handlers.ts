/** What can be run: definitions in the code of workers, and those that are stored; and what targets of requests report. */
import { z } from 'zod'
import { methods } from '../kinds/http/methods.ts'
import { jobOptions, unique } from './job-options.ts'
import { open, operating, viewing } from './operation.ts'
import * as s from './schemas.ts'

const tags = ['handlers']
const count = z.number().int()

const handler = z.object({
  id: z.string(),
  kind: z.enum(['code', 'http']),
  local: z.boolean().describe('Whether the server itself has its code.'),
  enabled: z.boolean().describe('False for a stored one that is neither enqueued nor started.'),
  description: z.string().nullable(),
  owner: z.string().nullable(),
  origin: z.enum(['code', 'api', 'cli', 'portal']),
  version: count.nullable().describe('Of a stored one; null for code.'),
  createdAt: s.instantOut.nullable(),
  updatedAt: s.instantOut.nullable(),
  options: z.object({
    lane: z.string(),
    priority: s.priority,
    retries: count,
    timeout: z.number(),
    onTimeout: z.string(),
    onLapse: z.string(),
    expiresIn: z.number().nullable(),
    keepSucceeded: z.number(),
    keepFailed: z.number(),
    metadata: s.json,
    unique: s.json,
  }),
  needsCode: z.enum(['unique']).nullable().describe('What of it only its own code can do.'),
  input: s.json.describe('JSON Schema of its input; null where none is known.'),
  http: s.json.describe('The request that its jobs make, of its secrets only the names; null for code.'),
})

const texts = z.record(z.string().max(200), z.string().max(4_000))

/** As `HttpOptions`, which says what each of them means; it is checked there. */
const http = z.strictObject({
  method: z.enum(methods).optional(),
  url: z.string().min(1).max(8_000),
  query: z.record(z.string().max(500), z.union([z.string(), z.number(), z.boolean()])).optional(),
  headers: texts.optional(),
  secretHeaders: z
    .record(z.string().max(200), z.union([z.string().max(4_000), z.literal(true)]))
    .optional()
    .describe('Write-only; `true` keeps the value that is stored. All are kept where this is left out.'),
  body: s.json.optional(),
  contentType: z.string().max(200).optional(),
  success: z
    .strictObject({
      status: z.array(z.union([count, z.string().max(20)])).optional(),
      bodyContains: z.union([z.string(), z.array(z.string())]).optional(),
      bodyLacks: z.union([z.string(), z.array(z.string())]).optional(),
      json: z.array(z.strictObject({ path: z.string().max(500), equals: s.json })).optional(),
    })
    .optional(),
  retry: z.enum(['transient', 'all']).optional(),
  redirects: count.min(0).max(10).optional(),
  async: z.strictObject({ deadline: s.durationIn }).optional(),
  maxResponse: count.optional(),
  keepResponse: count.optional(),
  breaker: z
    .union([z.literal(false), z.strictObject({ failures: count.optional(), pause: s.durationIn.optional() })])
    .optional(),
  signingKeys: z.array(z.string().max(200)).max(2).optional().describe('Write-only. One is made where there is none.'),
})

const backoff = z.union([
  z.enum(['fixed', 'linear', 'exponential']),
  z.strictObject({
    type: z.enum(['fixed', 'linear', 'exponential']),
    delay: s.durationIn.optional(),
    base: s.durationIn.optional(),
    max: s.durationIn.optional(),
    jitter: z.number().min(0).max(1).optional(),
  }),
])

const changed = <S extends string>(...statuses: readonly [S, ...S[]]) =>
  z.object({ id: z.string(), status: z.enum(statuses), version: count })

const signingKey = z.string().nullable().describe('The key that was made for it, shown only here; null where none was.')

export const handlerOperations = {
  list: viewing(undefined)
    .route({
      method: 'GET',
      path: '/handlers',
      tags,
      summary: 'What can be run: definitions that are stored, and those that this server or any worker has told of',
    })
    .output(z.object({ handlers: z.array(handler).readonly() })),
  get: viewing(undefined, { etag: 'gives' })
    .route({ method: 'GET', path: '/handlers/{id}', tags, summary: 'One definition' })
    .input(s.nameParams)
    .output(handler),
  put: operating(undefined, { etag: 'both' })
    .route({
      method: 'PUT',
      path: '/handlers/{id}',
      tags,
      summary: 'Store a definition that makes a request, or put it in the place of what there is',
    })
    .input(
      z.strictObject({
        id: s.name,
        kind: z.literal('http').optional(),
        http,
        description: z.string().min(1).max(500).optional(),
        owner: z.string().min(1).max(200).optional(),
        enabled: z.boolean().optional(),
        input: z.record(z.string(), s.json).optional().describe('JSON Schema of its input.'),
        ...jobOptions,
        backoff: backoff.optional(),
        unique: unique.nullable().optional(),
      }),
    )
    .output(changed('created', 'updated', 'unchanged').extend({ signingKey })),
  enable: operating(undefined, { repeatable: 'stored' })
    .route({ method: 'POST', path: '/handlers/{id}/enable', tags, summary: 'Let it be enqueued and started again' })
    .input(s.nameParams)
    .output(changed('enabled', 'unchanged')),
  disable: operating(undefined, { repeatable: 'stored' })
    .route({
      method: 'POST',
      path: '/handlers/{id}/disable',
      tags,
      summary: 'Enqueue and start nothing of it any more; what waits stays, what runs goes on',
    })
    .input(s.nameParams)
    .output(changed('disabled', 'unchanged')),
  delete: operating(undefined, { etag: 'takes' })
    .route({ method: 'DELETE', path: '/handlers/{id}', tags, summary: 'Remove a stored definition; its jobs stay' })
    .input(s.nameParams)
    .output(changed('deleted')),
  versions: viewing(undefined)
    .route({
      method: 'GET',
      path: '/handlers/{id}/versions',
      tags,
      summary: 'What a stored definition was, newest first',
    })
    .input(
      z.strictObject({
        id: s.name,
        cursor: z.coerce.number<number>().int().min(1).optional(),
        limit: s.limit(100, 20),
      }),
    )
    .output(
      z.object({
        versions: z
          .array(
            z.object({
              version: count,
              at: s.instantOut,
              by: z.string().nullable(),
              enabled: z.boolean(),
              definition: s.json.describe('Without secrets; null where it was removed.'),
            }),
          )
          .readonly(),
        next: count.nullable(),
      }),
    ),
  rotateKey: operating(undefined)
    .route({
      method: 'POST',
      path: '/handlers/{id}/rotate-key',
      tags,
      summary: 'Sign its requests with another key; the one before signs beside it until the next change',
    })
    .input(z.strictObject({ id: s.name, key: z.string().max(200).optional() }))
    .output(changed('updated').extend({ signingKey: z.string() })),
}

export const reportOperations = {
  create: open()
    .route({
      method: 'POST',
      path: '/reports/{token}',
      tags: ['reports'],
      summary: 'A target tells how the work ended that it had taken; the address comes with the request',
    })
    .input(
      z.strictObject({
        token: z.string().min(1).max(500),
        outcome: z.enum(['success', 'failure', 'ignore']),
        output: s.json.optional().describe('The result of the job, with `success`.'),
        message: z.string().optional().describe('Why, with `failure` and `ignore`.'),
        retry: z.boolean().optional().describe('False with `failure`: the job is not tried again.'),
      }),
    )
    .output(z.object({ job: s.jobId, status: z.enum(['taken', 'repeated']) })),
}
