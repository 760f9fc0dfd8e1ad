/**
 * The way of a request: which operation → who asks → may they → its body → the operation → its answer. Everything that goes wrong on the
 * way is a problem (`problem.ts`).
 */
import { StandardOpenAPIHandler, StandardOpenAPIMatcher } from '@orpc/openapi/standard'
import { type AnyRouter, isProcedure, ORPCError } from '@orpc/server'
import { toFetchBody, toFetchHeaders } from '@orpc/standard-server-fetch'
import { operations } from '../api/index.ts'
import type { OperationMeta } from '../api/operation.ts'
import type { Cluster, Rota } from '../index.ts'
import { RotaError } from '../job/errors.ts'
import type { NewAuditEntry } from '../storage/contract.ts'
import { type Origin, originReader, type Peer } from './address.ts'
import { readBody } from './body.ts'
import { byOf, type CallContext } from './call.ts'
import { callerOf, checkAllowed, checkOrigin, type GuardOptions } from './guard.ts'
import { type Problem, problemOf, toProblem } from './problem.ts'
import { once } from './repeats.ts'

export interface HttpOptions extends GuardOptions {
  readonly rota: Rota
  /** Where a request goes that names no cluster. */
  readonly cluster: Cluster
  /** The implemented table. */
  readonly router: AnyRouter
  readonly proxies: readonly string[]
  /** The origin by which people reach it from outside: its pages are ours, as are those of the address that a request names. */
  readonly url: string | null
  /** Writes an error to the log and gives an id by which it is found there. */
  readonly report: (error: unknown) => string
  /** Writes to the audit log what belongs to no other change. */
  readonly record: (entry: NewAuditEntry) => Promise<void>
  readonly now: () => number
  /** Fires when the server closes. */
  readonly closing: AbortSignal
}

export const stopping = () => new RotaError('closed', 'The server is stopping. Try again in a moment.')

/** Milliseconds that an operation may take which says nothing else. */
const patience = 30_000

export function createHttp(options: HttpOptions) {
  const { rota, router, report } = options
  const matcher = new StandardOpenAPIMatcher()
  matcher.init(router)
  const handler = new StandardOpenAPIHandler(router, {
    clientInterceptors: [keepFailure],
  } as ConstructorParameters<typeof StandardOpenAPIHandler>[1])
  const readOrigin = originReader(options.proxies)
  const methods = methodsByPath()

  /** @param path below `/api` */
  return async function answer(request: Request, path: string, peer: Peer): Promise<Response> {
    const { headers, method } = request
    const reply: CallContext['reply'] = { headers: {}, cookies: [] }
    const ending = new AbortController()
    let context: CallContext | null = null
    let known: readonly string[] = []
    try {
      const origin = fromOutside(readOrigin(headers, peer), headers, options.url)
      const match = await matcher.match(method, path as `/${string}`)
      if (match === undefined || !isProcedure(match.procedure)) throw unknownRoute(method, path, methods)
      const { meta } = match.procedure['~orpc'] as { meta: OperationMeta }
      const operation = match.path.join('.')
      const caller = await callerOf(headers, origin, options)
      const url = new URL(request.url)
      if (url.pathname.includes('%00') || url.search.includes('%00')) throw noText
      let { cluster } = options
      context = {
        operation,
        caller,
        get cluster() {
          return cluster
        },
        origin,
        headers,
        search: url.search,
        get signal() {
          return AbortSignal.any([request.signal, ending.signal, options.closing]) // most operations never ask for it
        },
        get gone() {
          return request.signal
        },
        isStillIn: async () => (await callerOf(headers, origin, options)) !== null,
        reply,
      }
      checkOrigin(caller, method, headers, [ownOrigin(url, origin), ...(options.url === null ? [] : [options.url])])
      checkAllowed(caller, meta)
      const asked = askedCluster(url)
      if (meta.cluster === true && asked !== null) cluster = rota.cluster(asked)
      known = fieldsOf(match.procedure)
      const body = method === 'GET' || method === 'HEAD' ? undefined : await readBody(request, operation)
      const response = await run(context, url, method, path, body, meta, ending)
      for (const cookie of reply.cookies) response.headers.append('set-cookie', cookie)
      return response
    } catch (error) {
      if (options.closing.aborted) return problemResponse(problemOf(stopping()), error)
      const problem = toProblem(error, known, report)
      if (context?.caller && denials.includes(problem.code)) await options.record(denial(context, problem))
      return problemResponse(problem, error)
    }
  }

  async function run(
    context: CallContext,
    url: URL,
    method: string,
    path: string,
    body: unknown,
    meta: OperationMeta,
    ending: AbortController,
  ): Promise<Response> {
    const { caller, operation, reply, headers } = context
    const execute = async () => {
      url.pathname = path
      const lazy = { method, url, headers: {}, signal: ending.signal, body: async () => body }
      const { matched, response } = await handler.handle(lazy, { context } as never)
      if (!matched) throw unknownRoute(method, path, methods)
      if (response.status >= 400) throw reply.failure ?? unreadable
      return response
    }
    const key = headers.get('idempotency-key')
    if (key === null || meta.repeatable !== 'stored') {
      const { status, headers: own, body: answered } = await inTime(execute(), meta.patience ?? patience, ending)
      return respond(reply.status ?? status, answered, { ...plainHeaders(own), ...reply.headers })
    }
    const { storage } = await context.cluster.connection.open()
    const asked = { key, operation, caller, request: [path, body ?? null] }
    // Whoever waits may be told that it takes too long; the work goes on, and its answer is kept all the same.
    const working = once(storage, asked, options.now(), async () => {
      const { status, body: answered } = await execute()
      return { status: reply.status ?? status, body: answered }
    })
    const given = await inTime(working, meta.patience ?? patience, ending)
    return respond(given.status, given.body, reply.headers)
  }
}

/** What went wrong in an operation, as it was thrown: the codec would tell it in its own words. */
async function keepFailure({ next, context }: { readonly next: () => Promise<unknown>; readonly context: unknown }) {
  try {
    return await next()
  } catch (error) {
    ;(context as CallContext).reply.failure = error
    throw error
  }
}

const noText = new RotaError('request_invalid', 'The address has a NUL (%00), which no text here may have.')

const unreadable = new RotaError(
  'request_invalid',
  'The request cannot be read: its address or its query is malformed.',
)

/** Denials of whoever is known are written down; of strangers only that they did not sign in, which is throttled. */
const denials: readonly string[] = ['not_allowed', 'origin_refused']

const denial = (context: CallContext, { detail }: Problem): NewAuditEntry => ({
  ...byOf(context),
  target: '',
  outcome: 'denied',
  before: null,
  after: JSON.stringify({ why: detail }),
})

function methodsByPath(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { method, path } of operations()) found.set(path, [...(found.get(path) ?? []), method])
  return found
}

function unknownRoute(method: string, path: string, methods: ReadonlyMap<string, readonly string[]>): RotaError {
  const shape = [...methods.keys()].find((one) => new RegExp(`^${one.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path))
  const hint = shape === undefined ? '' : ` There is ${methods.get(shape)?.join(', ')} of this path.`
  return new RotaError(
    'route_unknown',
    `There is no operation ${method} /api${path.slice(0, 200)}.${hint} /openapi.json has all.`,
  )
}

/** The cluster that the address names; it is no part of what the operation takes. */
function askedCluster({ searchParams }: URL): string | null {
  const asked = searchParams.get('cluster')
  searchParams.delete('cluster')
  return asked
}

/** Who came by the address for people outside came as that says, also where the proxy does not tell. */
const fromOutside = (origin: Origin, headers: Headers, url: string | null): Origin =>
  url !== null && headers.get('host') === new URL(url).host && url.startsWith('https:')
    ? { ...origin, protocol: 'https' }
    : origin

const ownOrigin = ({ host }: URL, { protocol }: Origin): string => `${protocol}://${host}`

/** Names that the body or the query takes, to suggest from. */
function fieldsOf(procedure: { readonly '~orpc': { readonly inputSchema?: unknown } }): readonly string[] {
  const schema = procedure['~orpc'].inputSchema as { readonly shape?: object } | undefined
  return Object.keys(schema?.shape ?? {})
}

async function inTime<T>(work: Promise<T>, ms: number, ending: AbortController): Promise<T> {
  if (!Number.isFinite(ms)) return work
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new RotaError('request_timeout', `The request was not answered within ${ms / 1_000} seconds.`)
      ending.abort(error)
      reject(error)
    }, ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const plainHeaders = (headers: object): Record<string, string> =>
  Object.fromEntries([...toFetchHeaders(headers as never)].map(([name, value]) => [name, value]))

function respond(status: number, body: unknown, own: Record<string, string>): Response {
  const isProblem = status >= 400
  if (body !== undefined && (typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body))) {
    const type = isProblem ? 'application/problem+json' : 'application/json'
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': type, ...own } })
  }
  const headers = new Headers(own)
  const stream = toFetchBody(body as never, headers, { eventIteratorKeepAliveInterval: 15_000 })
  return new Response(stream as ConstructorParameters<typeof Response>[0], {
    status: body === undefined && status === 200 ? 204 : status,
    headers,
  })
}

function problemResponse(problem: Problem, error: unknown): Response {
  const thrown = error instanceof ORPCError ? error.cause : error
  const retryAfter = (thrown as { retryAfter?: number } | null)?.retryAfter
  const asks = problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}
  return respond(problem.status, problem, { ...asks, ...(retryAfter && { 'retry-after': String(retryAfter) }) })
}
