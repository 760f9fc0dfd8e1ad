/** Whether a request is from Rota, and what it says. */
import { type Duration, parseDuration } from '../job/duration.ts'
import { RotaError } from '../job/errors.ts'
import { isSignedBy, readKeys } from './signature.ts'

/** A request as a framework has it, before its body was parsed: the signature is of the bytes. */
export interface RawRequest {
  /** By their names, in any case. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /** Every byte as it came: JSON that is written anew may be another text. */
  readonly body: string | Uint8Array
}

/** Where to tell how a job ended, when that takes longer than the request. */
export interface Callback {
  /** Whoever has it can end the job: it is a secret. */
  readonly url: string
  /** After it nothing is accepted any more. */
  readonly deadline: Date
}

/**
 * What a request of an HTTP job says. `id` and `body` are signed; the rest stands in headers beside them, and is as safe as the
 * connection.
 */
export interface Delivery {
  /** Id of the job, the same for every try. */
  readonly id: string
  /** Id of its definition. */
  readonly job: string
  /** 1 for the first try. */
  readonly attempt: number
  /** When the job was due. */
  readonly scheduledFor: Date
  /** The same for every try: what was done with it need not be done again. */
  readonly idempotencyKey: string
  /** As it came. */
  readonly body: string
  /** The JSON in the body; undefined where that is none. */
  readonly input: unknown
  /** Null where the answer to the request is the end of the job. */
  readonly callback: Callback | null
}

/** How strict the check is. */
export interface VerifyOptions {
  /** How old the request may be, and how far ahead its clock. @default '5m' */
  readonly tolerance?: Duration
}

/**
 * Checks the signature (Standard Webhooks) of a request that an HTTP job with `signingKeys` has sent, and reads it. Runs wherever
 * there is WebCrypto.
 *
 * @param request a `Request` whose body was not read yet, or headers and the body as it came
 * @param keys one of them must fit, so that they can be changed one after the other: `whsec_…`
 * @throws RotaError `signature_invalid`; `option_invalid` for a key that is none
 * @example
 * export async function POST(request: Request): Promise<Response> {
 *   const { id, input } = await verifyRequest(request, process.env.ROTA_SIGNING_KEY ?? '')
 *   return Response.json({ id, input })
 * }
 */
export async function verifyRequest(
  request: Request | RawRequest,
  keys: string | readonly string[],
  { tolerance = '5m' }: VerifyOptions = {},
): Promise<Delivery> {
  const within = parseDuration(tolerance, 'tolerance')
  const imported = await readKeys(keys)
  const header = headerIn(request.headers)
  const read = needed(header)
  const id = read('webhook-id')
  const timestamp = read('webhook-timestamp')
  const signatures = read('webhook-signature')
  checkTime(timestamp, within)
  const body = await bytesOf(request)
  if (!(await isSignedBy(imported, { id, timestamp, signatures, body })))
    fail('it was made with another key, or the body is another. Give the body as it came, not parsed and written anew.')
  return deliveryOf(id, new TextDecoder().decode(body), header)
}

type Header = (name: string) => string | null
type Read = (name: string) => string

function deliveryOf(id: string, body: string, header: Header): Delivery {
  const read = needed(header)
  const attempt = Number(read('rota-attempt'))
  const url = header('rota-callback-url')
  return {
    id,
    job: read('rota-job'),
    attempt: Number.isSafeInteger(attempt) ? attempt : fail('its header rota-attempt is no number.'),
    scheduledFor: dateOf(read, 'rota-scheduled-for'),
    idempotencyKey: read('idempotency-key'),
    body,
    input: parse(body),
    callback: url === null ? null : { url, deadline: dateOf(read, 'rota-callback-deadline') },
  }
}

/** By what they can do: a framework may have classes of its own, or those of another realm. */
const isHeaders = (headers: RawRequest['headers']): headers is Headers => typeof headers.get === 'function'

const isRequest = (request: Request | RawRequest): request is Request =>
  'arrayBuffer' in request && typeof request.arrayBuffer === 'function'

const headerIn =
  (headers: RawRequest['headers']): Header =>
  (name) => {
    if (isHeaders(headers)) return headers.get(name)
    const key = Object.keys(headers).find((one) => one.toLowerCase() === name)
    const value = key === undefined ? undefined : headers[key]
    return typeof value === 'string' ? value : (value?.[0] ?? null)
  }

/** @throws RotaError `signature_invalid` where there is no such header */
const needed =
  (header: Header): Read =>
  (name) =>
    header(name) ?? fail(`it has no header ${name}. Are \`signingKeys\` set in the definition?`)

function checkTime(timestamp: string, within: number): void {
  const sent = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1_000 : fail('its webhook-timestamp is no time.')
  const age = Date.now() - sent
  if (age > within) fail(`it was made ${Math.round(age / 1_000)} s ago, longer than the tolerance.`)
  if (-age > within) fail(`it is from ${Math.round(-age / 1_000)} s ahead. Do both machines have the right time?`)
}

function dateOf(read: Read, name: string): Date {
  const date = new Date(read(name))
  return Number.isNaN(date.getTime()) ? fail(`its header ${name} is no time.`) : date
}

async function bytesOf(request: Request | RawRequest): Promise<Uint8Array<ArrayBuffer>> {
  if (isRequest(request)) return new Uint8Array(await request.arrayBuffer())
  const { body } = request
  if (typeof body === 'string') return new TextEncoder().encode(body)
  if (ArrayBuffer.isView(body)) return Uint8Array.from(new Uint8Array(body.buffer, body.byteOffset, body.byteLength))
  return fail('its body was not given as a text or as bytes: frameworks that parse it must be told to leave it.')
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown
  } catch {
    return undefined
  }
}

function fail(why: string): never {
  throw new RotaError('signature_invalid', `The request was not accepted: ${why}`)
}
