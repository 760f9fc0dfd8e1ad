/** Whether a request is from Rota, and what it says. */
import { type Duration, parseDuration } from '../job/duration.ts'
import { RotaError } from '../job/errors.ts'
import { isSignedBy, readKeys } from './signature.ts'

/** A request as a framework has it, before its body was parsed: the signature is of the bytes. */
export interface RawRequest {
  /** By their names, in any case. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /** Every byte as it came: JSON that is written anew may be another text. */
  readonly body: string | Uint8Array | ArrayBuffer
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
  const header = headerIn(headersOf(request))
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
  const attempt = attemptOf(read('rota-attempt'))
  const url = header('rota-callback-url')
  return {
    id,
    job: read('rota-job'),
    attempt,
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

const isArrayBuffer = (body: unknown): body is ArrayBuffer =>
  Object.prototype.toString.call(body) === '[object ArrayBuffer]'

/** Whoever calls without types may give anything. */
function headersOf(request: Request | RawRequest | null | undefined): RawRequest['headers'] {
  const headers = typeof request === 'object' ? request?.headers : null
  return typeof headers === 'object' && headers !== null
    ? headers
    : fail('it was given without its headers. Give the request itself, or its headers and its body.')
}

const headerIn =
  (headers: RawRequest['headers']): Header =>
  (name) => {
    if (isHeaders(headers)) return headers.get(name) ?? null
    const own = Object.entries(headers).filter(([one]) => one.toLowerCase() === name)
    const values = own.flatMap(([, value]) => value ?? []).filter((one) => typeof one === 'string')
    if (name === 'webhook-signature') return values.length === 0 ? null : values.join(' ')
    const [first = null, ...others] = values
    return others.every((one) => one === first) ? first : fail(`it has several headers ${name}, which differ.`)
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

function attemptOf(text: string): number {
  const attempt = /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(attempt) ? attempt : fail('its header rota-attempt is no whole number from 1 on.')
}

const instant = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

function dateOf(read: Read, name: string): Date {
  const text = read(name)
  const date = new Date(instant.test(text) ? text : Number.NaN)
  return Number.isNaN(date.getTime()) ? fail(`its header ${name} is no time, such as 2027-01-31T09:00:00.000Z.`) : date
}

async function bytesOf(request: Request | RawRequest): Promise<Uint8Array<ArrayBuffer>> {
  if (isRequest(request)) return readWhole(request)
  const { body } = request
  if (typeof body === 'string') return new TextEncoder().encode(body)
  if (isArrayBuffer(body)) return new Uint8Array(body.slice(0))
  if (ArrayBuffer.isView(body)) return Uint8Array.from(new Uint8Array(body.buffer, body.byteOffset, body.byteLength))
  return fail('its body was not given as a text or as bytes: frameworks that parse it must be told to leave it.')
}

async function readWhole(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  if (request.bodyUsed)
    fail('its body was read already. Check it first, and take `body` or `input` from what comes back.')
  try {
    return new Uint8Array(await request.arrayBuffer())
  } catch {
    return fail('its body could not be read to its end.')
  }
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
