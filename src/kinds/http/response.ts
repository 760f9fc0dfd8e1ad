/** Whether an answer is a success, and what is kept of it. */
import { isDeepStrictEqual } from 'node:util'
import { type ErrorCode, RotaError, show } from '../../job/errors.ts'
import { toJson } from '../../job/payload.ts'
import { cleanText } from '../../job/text.ts'
import { mediaTypeOf } from './body.ts'
import { parsePath, readPath } from './path.ts'
import type { Redactor } from './redact.ts'
import type { Answer } from './request.ts'
import type { HttpResponse } from './result.ts'
import { retryAfterOf } from './retry-after.ts'
import type { HttpSpec } from './spec.ts'

/** What is to become of the attempt. `retryAfter`: milliseconds that the target asks to wait. */
export type Judged =
  | { readonly ok: true; readonly output: HttpResponse }
  | { readonly ok: false; readonly error: RotaError; readonly retryable: boolean; readonly retryAfter: number | null }

const keptHeaders = ['content-type', 'content-length', 'date', 'etag', 'location', 'retry-after', 'x-request-id']
const longestHeader = 500
const quoted = 200
/** Bytes of a body as JSON, which is larger than its text where that is full of quotes and control characters. */
const mostKept = 96 * 1024

/**
 * @param payloadLimit bytes of JSON that the result of a job may have: what is kept is cut to fit
 * @param now milliseconds since 1970, where the answer has no date of its own
 */
export function judge(spec: HttpSpec, answer: Answer, redactor: Redactor, payloadLimit: number, now: number): Judged {
  const fault = wrongStatus(spec, answer, redactor) ?? wrongBody(spec, answer, redactor)
  if (fault === null) return { ok: true, output: keep(spec, answer, redactor, payloadLimit) }
  const retryable = spec.retry === 'all' || fault.passing
  return { ok: false, error: fault.error, retryable, retryAfter: retryAfterOf(answer.headers, now) }
}

interface Fault {
  readonly error: RotaError
  /** Another try may end otherwise. */
  readonly passing: boolean
}

const fault = (code: ErrorCode, message: string, passing: boolean): Fault => ({
  error: new RotaError(code, message),
  passing,
})

function wrongStatus(spec: HttpSpec, { status, body, text }: Answer, redactor: Redactor): Fault | null {
  if (spec.success.status.some((wanted) => fits(status, wanted))) return null
  const said = redactor.head(text ?? '', quoted, body.truncated)
  const line = cleanText(said.replace(/\s+/g, ' ').trim(), quoted)
  const passing = status < 300 || status >= 500 || [408, 425, 429].includes(status)
  return fault('http_status', `The target answered ${status}${line === '' ? '.' : `: ${line}`}`, passing)
}

function fits(status: number, wanted: number | string): boolean {
  if (typeof wanted === 'number') return status === wanted
  if (wanted.endsWith('xx')) return String(status)[0] === wanted[0]
  const [from, to] = wanted.split('-').map(Number) as [number, number]
  return status >= from && status <= to
}

/** Rules see what is kept: on the answer as it came they would tell, guess by guess, which secret a target sends back. */
function wrongBody(spec: HttpSpec, answer: Answer, redactor: Redactor): Fault | null {
  const { bodyContains, bodyLacks, json } = spec.success
  if (bodyContains.length + bodyLacks.length + json.length === 0) return null
  if (answer.body.truncated) {
    const message = `The answer is longer than ${spec.maxResponse} bytes, so its rules cannot be looked at. Raise \`maxResponse\`.`
    return fault('http_response_too_large', message, false)
  }
  const whole = redactor.text(answer.text ?? '')
  const rule = (name: string, why: string) =>
    fault('http_rule', `The answer does not fit success.${name}: ${why}`, true)
  const lacking = bodyContains.find((one) => !whole.includes(one))
  if (lacking !== undefined) return rule('bodyContains', `${show(lacking)} is not in it.`)
  const unwanted = bodyLacks.find((one) => whole.includes(one))
  if (unwanted !== undefined) return rule('bodyLacks', `${show(unwanted)} is in it.`)
  if (json.length === 0) return null
  const parsed = cleanJson(answer, redactor)
  if (parsed === undefined) return rule('json', 'it is no JSON, or its content-type does not say so.')
  for (const [i, { path, equals }] of json.entries()) {
    const value = readPath(parsed, parsePath(path) ?? [])
    if (isDeepStrictEqual(value, equals)) continue
    return rule(`json[${i}]`, `${path} is ${value === undefined ? 'absent' : show(value)}, not ${show(equals)}.`)
  }
  return null
}

/** @returns undefined where it is no JSON, or not all of it */
function parse({ headers, body, text }: Answer): unknown {
  if (text === null || body.truncated || !/^application\/json$|\+json$/.test(mediaTypeOf(headers))) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** @returns undefined also where it is nested so deeply that nobody can walk through it */
function cleanJson(answer: Answer, redactor: Redactor): unknown {
  const value = parse(answer)
  try {
    return value === undefined ? undefined : redactor.json(value)
  } catch {
    return undefined
  }
}

function keep(spec: HttpSpec, answer: Answer, redactor: Redactor, payloadLimit: number): HttpResponse {
  const { status, body, text } = answer
  const headers = keepHeaders(answer, redactor, payloadLimit / 2) // so that there is room for the body
  if (text === null) return { status, headers, body: null, truncated: body.truncated }
  const around = bytesOf({ status, headers, body: null, truncated: false })
  const most = Math.min(mostKept, payloadLimit - around)
  return { status, headers, ...keepText(spec, answer, text, redactor, most) }
}

/** None of them where they have more than `most` bytes. */
function keepHeaders({ headers }: Answer, redactor: Redactor, most: number): HttpResponse['headers'] {
  const kept = keptHeaders.flatMap((name): [string, string][] => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, cleanText(redactor.text(value), longestHeader)]] : []
  })
  const all = Object.fromEntries(kept)
  return bytesOf(all) > most ? {} : all
}

/** @param most bytes of JSON */
function keepText(
  { keepResponse }: HttpSpec,
  answer: Answer,
  text: string,
  redactor: Redactor,
  most: number,
): Pick<HttpResponse, 'body' | 'truncated'> {
  const { truncated } = answer.body
  if (text.length <= keepResponse) {
    const json = storable(parse(answer), redactor, most)
    if (json !== undefined) return { body: json, truncated }
  }
  const clean = redactor.head(text, keepResponse, truncated)
  const whole = clean.replaceAll('\0', '').toWellFormed()
  let kept = whole.slice(0, keepResponse).toWellFormed()
  while (kept !== '' && bytesOf(kept) > most) kept = kept.slice(0, kept.length >> 1).toWellFormed()
  const all = text.length <= keepResponse + redactor.longest && kept.length === whole.length
  return { body: kept, truncated: truncated || !all }
}

/** What no database holds as JSON, such as 1e999 or a name `__proto__`, is kept as the text it came as, and so is what is too large. */
function storable(value: unknown, redactor: Redactor, most: number): unknown {
  if (value === undefined) return undefined
  try {
    toJson(value, 'body', most)
  } catch {
    return undefined
  }
  const clean = redactor.json(value) // may be longer than what was said
  return bytesOf(clean) > most ? undefined : clean
}

const bytesOf = (json: unknown): number => Buffer.byteLength(JSON.stringify(json))
