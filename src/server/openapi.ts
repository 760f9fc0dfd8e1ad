/** The OpenAPI document, made from the table of operations. */
import { type OpenAPI, OpenAPIGenerator } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { api, operations } from '../api/index.ts'
import { errorCodes } from '../job/errors.ts'

type Document = Awaited<ReturnType<OpenAPIGenerator['generate']>>

const about = `Jobs, schedules and workers of a Rota server. Times are ISO 8601 in UTC; durations are milliseconds or text such as \`5m\`.
Errors are \`application/problem+json\` with a \`code\`. Sign in with \`POST auth/login\`, or send an API key: \`Authorization: Bearer …\`.`

/** The document; made once. */
export async function openApiDocument(version: string): Promise<Document> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] })
  const document = await generator.generate(api, {
    info: { title: 'Rota', version, description: about, license: { name: 'MIT' } },
    servers: [{ url: 'api', description: 'beside this document' }],
    tags: [...new Set(operations().map(({ path }) => path.split('/')[1] as string))].map((name) => ({ name })),
    security: [{ bearer: [] }],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The token of a session, or an API key.' },
      },
      schemas: { Problem: problem },
    },
  })
  for (const own of operations()) describe(document, own)
  return document
}

const problem: OpenAPI.SchemaObject = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened, why, and what to do.' },
    code: { type: 'string', enum: Object.keys(errorCodes) },
    field: { type: 'string', description: 'What of the request is at fault.' },
    issues: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
}

/** What the schemas do not say: parameters that many operations share, who may call, and that it may go wrong. */
function describe(document: Document, { method, path, meta }: ReturnType<typeof operations>[number]): void {
  const item = document.paths?.[path] as Record<string, Record<string, unknown>> | undefined
  const operation = item?.[method.toLowerCase()]
  if (operation === undefined) return
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  })
  const more = [
    ...(meta.cluster
      ? [
          {
            name: 'cluster',
            in: 'query',
            required: false,
            description: 'Name of the cluster.',
            schema: { type: 'string' },
          },
        ]
      : []),
    ...(meta.repeatable && method === 'POST'
      ? [header('Idempotency-Key', 'A repeated request with the same key gets the first answer again.')]
      : []),
    ...(meta.etag === 'takes' || meta.etag === 'both'
      ? [header('If-Match', 'The ETag that was seen; 412 where it is another by now.')]
      : []),
  ]
  if (more.length > 0) operation.parameters = [...((operation.parameters as unknown[] | undefined) ?? []), ...more]
  const responses = operation.responses as Record<string, { headers?: object }>
  if ((meta.etag === 'gives' || meta.etag === 'both') && responses[200])
    responses[200].headers = { ...responses[200].headers, ETag: { schema: { type: 'string' } } }
  responses.default = {
    description: 'What is wrong, as a problem.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  } as never
  operation['x-permission'] = meta.permission
  if (meta.permission === 'public') operation.security = []
}
