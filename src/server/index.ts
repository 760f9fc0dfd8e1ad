/// <reference lib="esnext.disposable" preserve="true" />
/** The server: REST API, OpenAPI document and events, as a fetch handler that any framework can mount, or listening by itself. */

import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { operations } from '../api/index.ts'
import { loadSecret, sameSecret, secretFileOf } from '../engine/secret.ts'
import { version } from '../engine/version.ts'
import type { Cluster, Rota } from '../index.ts'
import type { Duration } from '../job/duration.ts'
import { isRotaError, RotaError } from '../job/errors.ts'
import * as check from '../job/options.ts'
import type { Storage } from '../storage/contract.ts'
import { isLoopbackName, type Peer } from './address.ts'
import { createSessions } from './auth/sessions.ts'
import { createThrottle } from './auth/throttle.ts'
import { pathBelowBase } from './base-path.ts'
import { docsCss, docsHtml, docsJs } from './docs-page.ts'
import { Events } from './events.ts'
import { createHttp, stopping } from './http.ts'
import { type Listening, type ListenOptions, listen } from './listen.ts'
import { openApiDocument } from './openapi.ts'
import { type ServerOptions, serverOptions } from './options.ts'
import { createPeople } from './people.ts'
import { Portal } from './portal.ts'
import { problemOf } from './problem.ts'
import { createRouter } from './router.ts'

export type { OidcProvider } from './auth/sessions.ts'
export type { Listening, ListenOptions } from './listen.ts'
export type { ServerOptions } from './options.ts'

/** A Rota server. */
export interface Server extends AsyncDisposable {
  /**
   * Answers a request: for Hono (`app.mount`), Next and whatever speaks fetch.
   *
   * @param env what the framework knows of the connection; of `@hono/node-server` the address is taken
   */
  fetch(request: Request, env?: unknown): Promise<Response>
  /** The same for Express (`app.use('/rota', server.node)`), Fastify and `node:http`. */
  node(request: IncomingMessage, response: ServerResponse): Promise<void>
  /**
   * Listens by itself.
   *
   * @throws RotaError `port_taken`, `option_invalid`
   */
  listen(options?: ListenOptions): Promise<Listening>
  /**
   * Whether the first administrator is still to come, and the token that makes one, which is told only once: null where it was told before.
   *
   * @param options.newToken makes another in the place of one that got lost. @default false
   */
  setup(options?: { readonly newToken?: boolean }): Promise<{ readonly open: boolean; readonly token: string | null }>
  /** Ends its streams and stops to listen. The Rota goes on. @param options.grace how long answers under way may take. @default '5s' */
  close(options?: { readonly grace?: Duration }): Promise<void>
}

const policy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  baseUri: ["'self'"], // the portal names its own place, see `portal.ts`
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
}

/**
 * A server for the jobs of a Rota.
 *
 * @throws RotaError `option_invalid`, `option_unknown`; `secret_invalid` with the first request, or from `listen`
 * @example
 * await using server = createServer(rota)
 * const { url } = await server.listen({ port: 0 }) // any that is free; 4480 unless told otherwise
 */
export function createServer(rota: Rota, options: ServerOptions = {}): Server {
  const set = serverOptions(options)
  checkTable(operations())
  const closing = new AbortController()
  const events = new Events()
  const defaultCluster = rota.cluster(
    (rota.clusters.find(({ isDefault }) => isDefault) ?? rota.clusters[0])?.name ?? '',
  )
  const open = async () => (await defaultCluster.connection.open()).storage
  const people = createPeople(open)
  let listening: Listening | null = null
  let loopbackOnly = false

  const report = (error: unknown): string => {
    const id = crypto.randomUUID().slice(0, 8)
    if (set.onError) set.onError(error, id)
    else process.stderr.write(`rota: ${id} ${clean(error)}\n`)
    return id
  }

  const toAll = (tell: (connection: Cluster['connection']) => void) => {
    for (const { name } of rota.clusters) tell(rota.cluster(name).connection)
  }
  const givenSecret = set.secret
  if (givenSecret !== undefined) toAll(({ secret }) => secret.adopt(givenSecret))
  toAll((connection) => {
    connection.serverUrl ??= set.url ?? null
  })

  const begin = async () => {
    const storage = await open()
    const secret = await secretFor(storage, set)
    if (!isOfMoment(set)) toAll((connection) => connection.secret.adopt(secret))
    const url = set.url ?? 'http://localhost'
    const sessions = createSessions({ open, secret, url, oidc: set.oidc ?? [] })
    const parts = {
      people,
      sessions,
      throttle: createThrottle(),
      registration: set.registration ?? 'closed',
      oidc: set.oidc ?? [],
    }
    const router = createRouter({
      ...parts,
      rota,
      events,
      closing: closing.signal,
      secret,
      keepsSecret: !isOfMoment(set),
      demo: set.demo ?? null,
    })
    const answer = createHttp({
      rota,
      cluster: defaultCluster,
      router,
      people,
      sessions,
      trustLocal: set.trustLocal ?? false,
      proxies: set.proxies ?? [],
      url: set.url === undefined ? null : new URL(set.url).origin,
      report,
      record: (entry) =>
        open()
          .then((storage) => storage.audit([entry]))
          .catch(report)
          .then(() => {}),
      now: Date.now,
      closing: closing.signal,
    })
    return { answer, sessions }
  }
  let begun: ReturnType<typeof begin> | null = null
  const ready = () => {
    begun ??= begin()
    begun.catch(() => {
      begun = null // a later request tries again
    })
    return begun
  }

  /** What is wrong with the secret is for whoever reads the log. */
  const notSetUp = (error: unknown): never => {
    if (!isRotaError(error, 'secret_invalid')) throw error
    report(error)
    throw new RotaError('secret_invalid', 'The server is not set up as it should be. Its log says more.')
  }

  const app = new Hono<{ Bindings: Env }>({
    getPath: (request, { env }: { env?: Env } = {}) => env?.path ?? new URL(request.url).pathname,
  })
  app.use(
    secureHeaders({
      contentSecurityPolicy: policy,
      xFrameOptions: 'DENY',
      referrerPolicy: 'no-referrer',
      strictTransportSecurity: false,
    }),
  )
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => {
    const why = await notReady(open, closing.signal)
    return why === null ? c.json({ status: 'ready' }) : c.json({ status: 'not ready', why }, 503)
  })
  let document: Promise<unknown> | null = null
  app.get('/openapi.json', async (c) => {
    document ??= openApiDocument(version())
    return c.json((await document) as object)
  })
  app.get('/docs', (c) => c.html(docsHtml))
  app.get('/docs/docs.css', (c) => c.body(docsCss, 200, { 'content-type': 'text/css; charset=utf-8' }))
  app.get('/docs/docs.js', (c) => c.body(docsJs, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
  app.all('/api/*', async (c) => {
    const { answer } = await ready().catch(notSetUp)
    const response = await answer(c.req.raw, c.env.path.slice('/api'.length), c.env.peer)
    response.headers.set('cache-control', 'no-store')
    return response
  })
  const portal = new Portal()
  app.get('*', async (c, next) => (await portal.answer(c.env.path, c.req.raw)) ?? next())
  app.notFound(() =>
    problem(
      new RotaError('route_unknown', 'There is nothing here. The API is below /api, its description at /openapi.json.'),
    ),
  )
  app.onError((error) =>
    problem(
      error instanceof RotaError
        ? error
        : new RotaError('internal', `Something went wrong. The log of the server has it under ${report(error)}.`),
    ),
  )

  const names = [...(set.hosts ?? []), ...(set.url === undefined ? [] : [new URL(set.url).hostname])]
  const isOurHost = (host: string) =>
    isLoopbackName(host) || names.some((name) => name.toLowerCase() === host.toLowerCase().replace(/:\d+$/, ''))

  const fetch = async (request: Request, env?: unknown): Promise<Response> => {
    const path = pathBelowBase(new URL(request.url).pathname, set.basePath)
    if (path === null) return problem(new RotaError('route_unknown', 'There is nothing here.'))
    const host = request.headers.get('host') ?? new URL(request.url).host
    if ((loopbackOnly || set.hosts !== undefined) && !isOurHost(host)) return problem(hostRefused(host))
    if (!closing.signal.aborted) return app.fetch(request, { path, peer: peerOf(env) })
    // A connection that stays open would bring the next request to a server that is going.
    const last = path.startsWith('/api/') ? problem(stopping()) : await app.fetch(request, { path, peer: peerOf(env) })
    last.headers.set('connection', 'close')
    return last
  }
  const listener = getRequestListener((request, env) => fetch(request, env), { overrideGlobalObjects: false })

  return {
    fetch,
    node(request, response) {
      const home = withSlash(request)
      if (home === null) return Promise.resolve(listener(readBefore(request), response))
      response.writeHead(302, { location: home, 'cache-control': 'no-store' }).end()
      return Promise.resolve()
    },
    async listen(where = {}) {
      if (listening !== null)
        throw new RotaError(
          'option_invalid',
          `listen: this server listens on ${listening.url} already. Make another one.`,
          {
            field: 'port',
          },
        )
      await ready()
      listening = await listen(listener, where, { trustLocal: set.trustLocal ?? false })
      loopbackOnly = listening.loopback
      const own = set.url ?? (isReachable(listening.url) ? listening.url : null)
      toAll((connection) => {
        connection.serverUrl = own
      })
      return listening
    },
    async setup({ newToken = false } = {}) {
      const first = await people.setup()
      return newToken && first.open && first.token === null
        ? { open: true, token: await people.newSetupToken() }
        : first
    },
    async close({ grace = '5s' } = {}) {
      const ms = check.duration()(grace, 'grace')
      closing.abort()
      events.stop()
      await listening?.close(ms)
    },
    [Symbol.asyncDispose]() {
      return this.close()
    },
  }
}

/** Where a framework has read the body already (`express.json()`), it is what that has made of it. */
function readBefore(request: IncomingMessage & { body?: unknown; rawBody?: Buffer }): IncomingMessage {
  if (request.readableEnded && request.body !== undefined) request.rawBody ??= Buffer.from(JSON.stringify(request.body))
  return request
}

/** Where Express was asked for `/rota`: the portal is at `/rota/`, or it would not find its files. Null for anything else. */
function withSlash({ method, url, originalUrl }: IncomingMessage & { originalUrl?: string }): string | null {
  const [path = '', ...query] = (originalUrl ?? '').split('?')
  if (!['GET', 'HEAD'].includes(method ?? '') || !/^\/(?:\?|$)/.test(url ?? '') || path === '' || path.endsWith('/'))
    return null
  return [`${path.replace(/^\/+/, '/')}/`, ...query].join('?')
}

interface Env {
  /** Below the base path. */
  readonly path: string
  readonly peer: Peer
}

/** @throws RotaError `internal` for an operation that does not say who may call it */
export function checkTable(table: ReturnType<typeof operations>): void {
  const open = table.filter(({ meta }) => meta.permission === undefined).map(({ id }) => id)
  if (open.length === 0) return
  throw new RotaError(
    'internal',
    `These operations have no permission, so the server does not start: ${open.join(', ')}.`,
  )
}

/** Whether somebody else could call it: on all addresses of a machine it is none. */
const isReachable = (url: string): boolean => !['0.0.0.0', '[::]'].includes(new URL(url).hostname)

/** In development no session has to outlive the process, and no file is left behind. */
const isOfMoment = ({ trustLocal, secret }: ServerOptions): boolean =>
  trustLocal === true && (secret ?? process.env.ROTA_SECRET) === undefined

async function secretFor(storage: Storage, set: ServerOptions): Promise<string> {
  const given = set.secret ?? process.env.ROTA_SECRET
  if (isOfMoment(set)) return randomBytes(32).toString('base64url')
  const secret = await loadSecret(given, set.secretFile ?? secretFileOf(storage.description))
  await sameSecret(storage, secret, { now: Date.now(), replace: set.newSecret ?? false })
  return secret
}

/** What `@hono/node-server` tells of the connection. */
function peerOf(env: unknown): Peer {
  const socket = (env as { incoming?: IncomingMessage } | undefined)?.incoming?.socket
  return { address: socket?.remoteAddress ?? null, encrypted: socket !== undefined && 'encrypted' in socket }
}

async function notReady(open: () => Promise<Storage>, closing: AbortSignal): Promise<string | null> {
  if (closing.aborted) return 'it is stopping'
  try {
    const { pending } = await (await open()).migrations()
    return pending.length === 0 ? null : `migrations are missing: ${pending.join(', ')}`
  } catch (error) {
    return error instanceof RotaError ? error.code : 'the storage does not answer'
  }
}

function problem(error: RotaError): Response {
  const body = problemOf(error)
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { 'content-type': 'application/problem+json', 'x-content-type-options': 'nosniff' },
  })
}

const hostRefused = (host: string) =>
  new RotaError(
    'host_refused',
    `host: "${host.slice(0, 100)}" is not a name of this server. Add it to \`hosts\` (--host-name), if it is.`,
    {
      field: 'host',
    },
  )

/** An error for the log, without the password of a connection string. */
function clean(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return text.replace(/(\w+:\/\/[^\s:/@]+):[^\s@/]+@/g, '$1:***@')
}
