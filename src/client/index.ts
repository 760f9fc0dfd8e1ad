/** The typed client of a Rota server, for Node, browsers and whatever else has `fetch`. It loads no code of the server. */
import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import type { api } from '../api/index.ts'
import type { Enqueued, Job } from '../index.ts'
import { RotaError, show } from '../job/errors.ts'
import { type Check, checkOptions, func, text } from '../job/options.ts'
import { type CallContext, linkTo } from './link.ts'

export type { Role } from '../api/roles.ts'
export { type ErrorCode, errorCodes, isRotaError, RotaError } from '../job/errors.ts'
export { filterKeys } from '../job/filter.ts'
export { type Priority, priorities } from '../job/priority.ts'
export { allStates, type FinalState, finalStates, type State } from '../job/states.ts'
export { filterWord } from './filter-word.ts'
export { type CallContext, etagOf } from './link.ts'
export { mayCall } from './may.ts'
export type { Problem } from './problem.ts'

/** Every operation of the server as a function: `rota.jobs.list({ filter: 'state:failed' })`. Instants in answers are ISO texts. */
export type Client = ContractRouterClient<typeof api, CallContext>

/** Where the server is, and who asks. */
export interface ClientOptions {
  /** Its address, with the path under which it is mounted: `https://example.org/rota`. */
  readonly url: string
  /** An API key or the token of a session, or a function that gives it for each call. It travels in a header only. @default none */
  readonly token?: string | undefined | (() => string | undefined | Promise<string | undefined>)
  /** For each request, such as those that a proxy asks for. @default none */
  readonly headers?: Readonly<Record<string, string>>
  /** @default the one of the platform */
  readonly fetch?: (request: Request) => Promise<Response>
  /** The cluster of calls that name none. @default the default cluster of the server */
  readonly cluster?: string
}

/**
 * Calls a Rota server. Each function takes the input of its operation, and `{ signal, context }`.
 *
 * A call that only reads, and one with an idempotency key, is tried again up to 3 times when the connection fails or the server stops; others are not,
 * because nobody could tell whether they were done. `events.stream` connects again by itself and goes on behind what it has seen.
 *
 * @throws RotaError `option_invalid`, `option_unknown`. Calls throw what the server says, with its `code` and `field`;
 * `server_unreachable`, also where something else answers; `aborted`
 * @example
 * const rota = createClient({ url: 'http://127.0.0.1:4480', token: process.env.ROTA_TOKEN })
 * const { id } = await rota.jobs.create({ job: 'send-welcome', input: { name: 'Ada' } })
 * console.log((await rota.jobs.get({ id })).state) // → ready
 */
export function createClient(options: ClientOptions): Client {
  const { url, token, headers, fetch: send, cluster } = checkOptions('createClient', options, checks)
  if (url === undefined) throw new RotaError('option_invalid', 'url: it is required.', { field: 'url' })
  const own = new Headers(headers)
  return createORPCClient(
    linkTo({
      url,
      token: async () => tokenOf(typeof token === 'function' ? await token() : token),
      headers: () => new Headers(own),
      fetch: send ?? ((request) => fetch(request)),
      cluster,
    }),
  )
}

/** Options of `jobs.create`. */
type CreateOptions = Omit<Parameters<Client['jobs']['create']>[0], 'job' | 'input'>

/** Stores a job of one definition. The input may be left out where its schema takes `undefined`. */
export type StoreJob<J extends Job> =
  J extends Job<infer Input, infer Output>
    ? (
        ...args: undefined extends Input
          ? [input?: Input, options?: CreateOptions]
          : [input: Input, options?: CreateOptions]
      ) => Promise<Enqueued<Output>>
    : never

/**
 * Stores jobs of one definition with its types: what it takes, and what its result is. Of the definition only the type is needed.
 *
 * @example
 * const rota = createClient({ url: 'http://127.0.0.1:4480', token: process.env.ROTA_TOKEN })
 * const send = jobOf<typeof sendWelcome>(rota, 'send-welcome') // by `import type`, where the code is elsewhere
 * const { id } = await send({ name: 'Ada' }, { in: '5m' })
 */
export function jobOf<J extends Job>(client: Client, id: string): StoreJob<J> {
  const store = (input?: unknown, options?: CreateOptions) => client.jobs.create({ ...options, job: id, input })
  return store as StoreJob<J>
}

const address: Check<string> = (value, field) => {
  const refuse = (why: string) => new RotaError('option_invalid', `${field}: ${why}`, { field })
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw refuse(
      `${url ? show(url.protocol) : show(value)} is no address of a server. Write https://… or http://127.0.0.1:4480.`,
    )
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw refuse('the address of a server has no user, password, query or fragment. What is secret goes into `token`.')
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

const token: Check<NonNullable<ClientOptions['token']>> = (value) =>
  typeof value === 'function' ? (value as () => string) : (tokenOf(value) ?? '')

const headers: Check<Readonly<Record<string, string>>> = (value, field) => {
  try {
    return Object.fromEntries(new Headers(value as Record<string, string>))
  } catch {
    throw new RotaError('option_invalid', `${field}: these are no headers. Write { 'x-name': 'value' }.`, { field })
  }
}

const checks = {
  url: address,
  token,
  headers,
  fetch: func as Check<NonNullable<ClientOptions['fetch']>>,
  cluster: text(200),
}

/** Its value stands in no message: not even that of a header which cannot be made of it. */
function tokenOf(value: unknown): string | null {
  if (value === undefined || value === '') return null
  if (typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)) return value
  throw new RotaError(
    'option_invalid',
    'token: it is no text, or has characters that no token has, such as spaces or a line break.',
    {
      field: 'token',
    },
  )
}
