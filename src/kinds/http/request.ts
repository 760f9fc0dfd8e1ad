/** One request on the wire and its answer. Redirects are answers here. */
import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { type Body, readBody, textOf } from './body.ts'
import { codeOf, failedAt, faultOf } from './fault.ts'
import type { HeaderMap } from './headers.ts'
import type { Method } from './methods.ts'
import { type Guard, hostOf, type Vetted } from './target.ts'

export interface Outgoing {
  readonly method: Method
  readonly url: URL
  readonly headers: HeaderMap
  readonly body: Buffer | null
}

export interface Answer {
  readonly status: number
  /** In lower case, and several of a name as one, but cookies. */
  readonly headers: http.IncomingHttpHeaders
  readonly body: Body
  /** The body, where it says that it is text; null where it is anything else. */
  readonly text: string | null
}

/** Ends a request; `maxResponse` is in bytes. */
export interface Limits {
  readonly signal: AbortSignal
  readonly maxResponse: number
}

export interface Sender {
  /** @throws RotaError `target_refused`, `http_failed`; anything when the signal has fired */
  send(outgoing: Outgoing, limits: Limits): Promise<Answer>
  /** Closes the connections that wait for another request. */
  close(): void
}

export interface SenderOptions {
  readonly guard: Guard
  /** Milliseconds until a connection must stand, with the lookup of the name. @default 10 s */
  readonly connectTimeout?: number
}

const largestHeaders = 64 * 1024
/** Milliseconds: many servers close idle connections after 5 s, and a request that meets that is lost. */
const idle = 4_000
/** May be sent again where the target had closed an idle connection just then. */
const repeatable = ['GET', 'HEAD', 'PUT', 'DELETE']

/** Its connections are kept for itself, so that no other guard's request goes over one that this guard allowed. */
export function createSender({ guard, connectTimeout = 10_000 }: SenderOptions): Sender {
  const kept = { keepAlive: true, timeout: idle, maxFreeSockets: 64 }
  const agents = { 'http:': new http.Agent(kept), 'https:': new https.Agent(kept) }

  async function once(outgoing: Outgoing, limits: Limits): Promise<Answer | 'stale'> {
    const { url } = outgoing
    const cut = new AbortController()
    const give = () => cut.abort(limits.signal.reason)
    if (limits.signal.aborted) give()
    limits.signal.addEventListener('abort', give)
    const timer = setTimeout(
      () => cut.abort(failedAt(url.host, `no connection within ${connectTimeout} ms`)),
      connectTimeout,
    )
    let request: http.ClientRequest | null = null
    let begun = false
    try {
      const vetted = await unlessAborted(guard.vet(url), cut.signal)
      const opened = open(outgoing, vetted, agents[url.protocol as keyof typeof agents], cut.signal)
      request = opened.request
      onConnected(request, url, () => clearTimeout(timer))
      request.end(outgoing.body ?? undefined)
      const message = await opened.answered
      begun = true
      const { statusCode: status, headers } = message
      const body = await readBody(message, limits.maxResponse, url.host)
      return { status: status as number, headers, body, text: textOf(headers, body.bytes) }
    } catch (error) {
      if (cut.signal.aborted) throw cut.signal.reason
      if (!begun && request !== null && isStale(request, error)) return 'stale'
      throw error
    } finally {
      clearTimeout(timer)
      limits.signal.removeEventListener('abort', give)
    }
  }

  return {
    async send(outgoing, limits) {
      try {
        for (;;) {
          const answer = await once(outgoing, limits)
          if (answer !== 'stale') return answer
        }
      } catch (error) {
        throw faultOf(error, outgoing.url.host)
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

function open(
  { method, url, headers, body }: Outgoing,
  vetted: readonly Vetted[],
  agent: http.Agent,
  signal: AbortSignal,
) {
  const { promise: answered, resolve, reject } = Promise.withResolvers<http.IncomingMessage>()
  const { request: start } = url.protocol === 'https:' ? https : http
  const request = start({
    method,
    agent,
    signal,
    host: hostOf(url),
    port: url.port,
    path: url.pathname + url.search,
    headers: { host: url.host, ...headers, ...(body !== null && { 'content-length': body.length }) },
    maxHeaderSize: largestHeaders,
    lookup: answerWith(vetted),
  })
  request.once('response', resolve)
  request.on('error', reject)
  request.once('upgrade', (_, socket) => {
    socket.destroy()
    reject(failedAt(url.host, 'it wants to speak another protocol than HTTP'))
  })
  request.once('close', () => reject(new Error('closed without an answer')))
  return { request, answered }
}

function onConnected(request: http.ClientRequest, url: URL, connected: () => void): void {
  request.once('socket', (socket) => {
    if (request.reusedSocket) connected()
    else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected)
  })
}

/** What the guard has looked at, in whichever form Node asks for it. */
const answerWith =
  (vetted: readonly Vetted[]): LookupFunction =>
  (_, options, callback) => {
    const [first] = vetted as [Vetted]
    if (options.all) callback(null, [...vetted])
    else callback(null, first.address, first.family)
  }

const isStale = (request: http.ClientRequest, error: unknown): boolean =>
  request.reusedSocket && repeatable.includes(request.method) && ['ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '')

/** A lookup cannot be ended, only left alone. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
