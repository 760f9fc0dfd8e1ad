/** How a call of the client becomes a request: its headers, its cluster, and what comes back. */
import type { ClientLink, ClientOptions } from '@orpc/client'
import { OpenAPILink } from '@orpc/openapi-client/fetch'
import { api, operationById } from '../api/index.ts'
import { isRotaError, RotaError } from '../job/errors.ts'
import { aborted, reach } from './reach.ts'
import { connected } from './stream.ts'

/** What may be said of one call: `rota.jobs.create(input, { context: { idempotencyKey } })`. */
export type CallContext = {
  /** A repeated call with it gives what the first one gave; then it is also tried again when the connection fails. 1 to 500 characters. */
  readonly idempotencyKey?: string
  /** What `etagOf` gave: refused with `changed_meanwhile` where somebody else was quicker. */
  readonly ifMatch?: string
  /** @default `cluster` of createClient */
  readonly cluster?: string
}

/** Where the server is, and who asks. */
export interface Server {
  /** With its path, without a slash at the end. */
  readonly url: string
  readonly token: () => Promise<string | null>
  readonly headers: () => Headers
  readonly fetch: (request: Request) => Promise<Response>
  readonly cluster: string | undefined
}

/** One call, from its beginning to its answer. */
type Call = CallContext & {
  readonly repeatable: boolean
  readonly secret: string | null
  answer?: Response
}

const etags = new WeakMap<object, string>()

/** The version of a job that the server gave with it, for `ifMatch`; undefined for what came without one. */
export function etagOf(answer: object): string | undefined {
  return etags.get(answer)
}

export function linkTo(server: Server): ClientLink<CallContext> {
  const link = new OpenAPILink<Call>(api, {
    url: ({ context }) => addressOf(server, context),
    headers: ({ context }) => headersOf(server, context),
    fetch: async (request, init, { context }) => {
      const { repeatable, secret } = context
      const way = { fetch: server.fetch, place: server.url, repeatable, secret }
      context.answer = await reach(new Request(request, init as RequestInit), way)
      return context.answer
    },
  })
  const once = async (path: readonly string[], input: unknown, options: ClientOptions<CallContext>) => {
    const secret = await server.token()
    const call: Call = { ...options.context, repeatable: isRepeatable(path, input, options.context), secret }
    try {
      const output = await link.call(path, input, { ...options, context: call })
      const etag = call.answer?.headers.get('etag')
      if (typeof output === 'object' && output !== null && etag) etags.set(output, etag)
      return output
    } catch (error) {
      if (isRotaError(error)) throw error
      if (options.signal?.aborted) throw aborted(options.signal)
      if (call.answer !== undefined)
        throw new RotaError('server_unreachable', `What ${server.url} answered cannot be read.`, { cause: error })
      const message = `${path.join('.')}: ${error instanceof Error ? error.message : String(error)}`
      throw new RotaError('request_invalid', message, { cause: error })
    }
  }
  return {
    call: (path, input, options) =>
      operationById.get(path.join('.'))?.meta.patience === Number.POSITIVE_INFINITY
        ? connected((signal, lastEventId) => once(path, input, { ...options, signal, lastEventId }), options.signal)
        : once(path, input, options),
  }
}

function addressOf({ url, cluster }: Server, context: Call): string {
  const name = context.cluster ?? cluster
  return `${url}/api${name === undefined ? '' : `?cluster=${encodeURIComponent(name)}`}`
}

function headersOf(server: Server, { idempotencyKey, ifMatch, secret }: Call): Headers {
  const headers = server.headers()
  if (secret !== null) headers.set('authorization', `Bearer ${secret}`)
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey)
  if (ifMatch !== undefined) headers.set('if-match', ifMatch)
  return headers
}

/** What only reads, and what the server does once however often it is asked. */
function isRepeatable(path: readonly string[], input: unknown, { idempotencyKey }: CallContext): boolean {
  const operation = operationById.get(path.join('.'))
  if (operation?.method === 'GET') return true
  const key = idempotencyKey ?? (input as { readonly idempotencyKey?: string } | undefined)?.idempotencyKey
  return key !== undefined && operation?.meta.repeatable !== undefined
}
