/** One request, without a stored definition: what it is stands in the input of its job. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { defineJob, type Job } from '../job/define.ts'
import { isRotaError, RotaError } from '../job/errors.ts'
import type { HttpResponse } from '../kinds/http/result.ts'
import { checkHttp, type HttpOptions, type HttpSpec } from '../kinds/http/spec.ts'
import type { Kind } from '../kinds/kind.ts'

/** A request that one job makes. It is stored as it is, so it has no secrets: put those into a definition (`rota.handlers.put`). */
export type HttpRequest = Omit<HttpOptions, 'secretHeaders' | 'signingKeys'>

const input: StandardSchemaV1<HttpRequest, HttpRequest> = {
  '~standard': {
    version: 1,
    vendor: 'rota',
    validate(value) {
      try {
        const { secrets } = checkHttp(value, 'request')
        if (/(^|[^{])\{\{\s*input\b/.test(JSON.stringify(value))) throw noInput()
        if (secrets.headers !== undefined || secrets.signingKeys !== undefined) throw noSecrets()
        return { value: value as HttpRequest }
      } catch (error) {
        if (!isRotaError(error)) throw error
        const path = error.field?.split('.').slice(1)
        return { issues: [{ message: error.message, ...(path && path.length > 0 && { path }) }] }
      }
    },
  },
}

const noInput = () =>
  new RotaError(
    'option_invalid',
    'request: {{input…}} stands for the input of a definition, and this request is the input itself. Write the value, or store a definition.',
    { field: 'request' },
  )

const noSecrets = () =>
  new RotaError(
    'option_invalid',
    'request: its input is stored as it is, so it takes no secrets. Store a definition with secret headers, and enqueue that: `rota.handlers.put`, `rota handlers put`.',
    { field: 'request.secretHeaders' },
  )

/**
 * The definition of a single request: every Rota knows it, and any worker that makes requests (`http` of createRota) carries it out.
 *
 * @example await rota.enqueue(httpRequest, { method: 'GET', url: 'https://example.com/ping' }, { in: '5m' })
 */
export const httpRequest: Job<HttpRequest, HttpResponse> = defineJob({
  id: 'http',
  input,
  run: (): HttpResponse => {
    throw new RotaError('job_unknown', 'This process makes no requests.')
  },
})

/** The same, for a worker that makes them. */
export const runnableRequest = (kind: Kind<HttpSpec>): Job => ({
  ...(httpRequest as Job),
  run: (request, context) => kind.run({ spec: kind.read(request), secrets: {} }, null, context),
})
