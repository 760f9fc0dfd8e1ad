/** A server on a port of its own, and people, keys and calls for it. */
import { z } from 'zod'
import type { PersonRole, Role } from '../../src/api/roles.ts'
import { createRota, defineJob, type Rota, type RotaOptions } from '../../src/index.ts'
import { createServer, type Server, type ServerOptions } from '../../src/server/index.ts'
import { createPeople, type Key, type NewKey, type People } from '../../src/server/people.ts'
import type { AuditBy, Storage } from '../../src/storage/contract.ts'

/** Signs the sessions of all servers in tests. */
export const testSecret = 'a secret of tests with more than 32 characters'
/** Of everybody that `person` makes. */
export const testPassword = 'correct horse battery'

/** The job that servers in tests know unless told otherwise. */
export const note = defineJob({ id: 'note', input: z.object({ text: z.string() }), run: ({ text }) => text })

export interface Asked {
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown
  /** A token or an API key. */
  readonly as?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The JSON of the text; null where it is none. */
  readonly body: Json
}

/** What a test reads from an answer: a mistake in it is a failure of the test. */
// biome-ignore lint/suspicious/noExplicitAny: answers are checked by what the test expects
export type Json = any

export interface TestServer extends AsyncDisposable {
  readonly rota: Rota
  readonly server: Server
  readonly storage: Storage
  readonly people: People
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** @param path with `/api` */
  call(method: string, path: string, asked?: Asked): Promise<Answer>
  /** As `call`, without a socket: from an address that the connection would have. */
  callFrom(address: string, method: string, path: string, asked?: Asked): Promise<Answer>
  /** Adds somebody and signs in. */
  person(
    role: PersonRole,
    email?: string,
  ): Promise<{ readonly id: string; readonly email: string; readonly token: string }>
  /** Adds an API key. */
  key(role: Role, own?: Omit<NewKey, 'name' | 'role'>): Promise<Key & { readonly key: string }>
}

export interface TestServerOptions extends Omit<ServerOptions, 'onError'> {
  /** @default 'sqlite::memory:' */
  readonly storage?: string
  readonly jobs?: RotaOptions['jobs']
  readonly rota?: RotaOptions
  readonly onError?: (error: unknown, id: string) => void
  /** @default any that is free on 127.0.0.1 */
  readonly host?: string
  readonly port?: number
}

/** Whoever prepares a test, for the audit log. */
export const byTest: AuditBy = { actor: { kind: 'cli', id: '', name: 'test' }, address: null, action: 'test.prepare' }

export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { storage: url = 'sqlite::memory:', jobs = [note], rota: more, host = '127.0.0.1', port = 0, ...own } = options
  const rota = createRota({ storage: url, jobs, ...more })
  const server = createServer(rota, { secret: testSecret, ...own })
  const listening = await server.listen({ port, host }).catch(async (error) => {
    await rota.stop()
    throw error
  })
  const { storage } = await rota.cluster('default').connection.open()
  const people = createPeople(async () => storage)
  let added = 0

  const call = async (method: string, path: string, asked: Asked = {}) =>
    answerOf(await fetch(listening.url + path, requestOf(method, asked)))

  return {
    rota,
    server,
    storage,
    people,
    url: listening.url,
    call,
    async callFrom(address, method, path, asked = {}) {
      const request = new Request(listening.url + path, requestOf(method, asked))
      return answerOf(await server.fetch(request, { incoming: { socket: { remoteAddress: address } } }))
    },
    async person(role, email = `${role}-${++added}@example.com`) {
      const { id } = await people.add({ email, password: testPassword, role }, byTest)
      const { body } = await call('POST', '/api/auth/login', { body: { email, password: testPassword } })
      return { id, email, token: body.token }
    },
    key: (role, more = {}) => people.addKey({ name: `${role}-key-${++added}`, role, ...more }, byTest),
    async [Symbol.asyncDispose]() {
      await server.close({ grace: 100 })
      await rota.stop()
    },
  }
}

function requestOf(method: string, { body, as, headers }: Asked): RequestInit {
  const own = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(as != null && { authorization: `Bearer ${as}` }),
    ...headers,
  }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { method, headers: own, redirect: 'manual', ...(body !== undefined && { body: text }) }
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response
  if (headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return { status, headers, text: '', body: null }
  }
  const text = await response.text()
  return { status, headers, text, body: jsonOf(text) }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
