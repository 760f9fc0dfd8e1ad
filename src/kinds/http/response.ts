/** Whether an answer is a success, and what is kept of it. */
import { isDeepStrictEqual } from 'node:util'
import { type ErrorCode, RotaError, show } from '../../job/errors.ts'
import { toJson } from '../../job/payload.ts'
import { cleanText } from '../../job/text.ts'
import { parsePath, readPath } from './path.ts'
import type { Redactor } from './redact.ts'
import type { Answer } from './request.ts'
import type { HttpResponse } from './result.ts'
import type { HttpSpec } from './spec.ts'

export type Verdict =
  | { readonly ok: true; readonly output: HttpResponse }
  | { readonly ok: false; readonly error: RotaError; readonly retryable: boolean; readonly retryAfter: number | null }

const keptHeaders = ['content-type', 'content-length', 'date', 'etag', 'location', 'retry-after', 'x-request-id']
const longestHeader = 500
const quoted = 200
/** Bytes of JSON: what is kept has to fit in the result of a job, however its characters are written. */
const mostKept = 96 * 1024
const day = 86_400_000

/** @param now milliseconds since 1970, where the answer has no date of its own */
export function judge(spec: HttpSpec, answer: Answer, redactor: Redactor, now: number): Verdict {
  const text = textOf(answer)
  const fault = wrongStatus(spec, answer, text, redactor) ?? wrongBody(spec, answer, text, redactor)
  if (fault === null) return { ok: true, output: keep(spec, answer, text, redactor) }
  const retryable = spec.retry === 'all' || fault.passing
  return { ok: false, error: fault.error, retryable, retryAfter: retryAfterOf(answer, now) }
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

function wrongStatus(spec: HttpSpec, { status, body }: Answer, text: string | null, redactor: Redactor): Fault | null {
  if (spec.success.status.some((wanted) => fits(status, wanted))) return null
  const said = redactor.text((text ?? '').slice(0, quoted + redactor.longest), body.truncated)
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

function wrongBody(spec: HttpSpec, answer: Answer, text: string | null, redactor: Redactor): Fault | null {
  const { bodyContains, bodyLacks, json } = spec.success
  if (bodyContains.length + bodyLacks.length + json.length === 0) return null
  if (answer.body.truncated) {
    const message = `The answer is longer than ${spec.maxResponse} bytes, so its rules cannot be looked at. Raise \`maxResponse\`.`
    return fault('http_response_too_large', message, false)
  }
  const whole = text ?? ''
  const rule = (name: string, why: string) =>
    fault('http_rule', `The answer does not fit success.${name}: ${why}`, true)
  const lacking = bodyContains.find((one) => !whole.includes(one))
  if (lacking !== undefined) return rule('bodyContains', `${show(lacking)} is not in it.`)
  const unwanted = bodyLacks.find((one) => whole.includes(one))
  if (unwanted !== undefined) return rule('bodyLacks', `${show(unwanted)} is in it.`)
  if (json.length === 0) return null
  const parsed = parse(answer, text)
  if (parsed === undefined) return rule('json', 'it is no JSON, or its content-type does not say so.')
  for (const [i, { path, equals }] of json.entries()) {
    const value = readPath(parsed, parsePath(path) ?? [])
    if (isDeepStrictEqual(value, equals)) continue
    const got = typeof value === 'string' ? redactor.text(value) : value
    return rule(`json[${i}]`, `${path} is ${value === undefined ? 'absent' : show(got)}, not ${show(equals)}.`)
  }
  return null
}

const mediaTypeOf = ({ headers }: Answer): string =>
  (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

const textual = /^(|text\/.*|application\/(json|xml|x-www-form-urlencoded|javascript|x-ndjson)|.*\+(json|xml))$/

/** UTF-8 of what says that it is text; null of all else. */
export const textOf = (answer: Answer): string | null =>
  textual.test(mediaTypeOf(answer)) ? new TextDecoder().decode(answer.body.bytes) : null

/** @returns undefined where it is no JSON, or not all of it */
function parse(answer: Answer, text: string | null): unknown {
  if (text === null || answer.body.truncated || !/^application\/json$|\+json$/.test(mediaTypeOf(answer)))
    return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function keep(spec: HttpSpec, answer: Answer, text: string | null, redactor: Redactor): HttpResponse {
  const { status, headers, body } = answer
  const kept = keptHeaders.flatMap((name): [string, string][] => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, cleanText(redactor.text(value), longestHeader)]] : []
  })
  return {
    status,
    headers: Object.fromEntries(kept),
    ...(text === null ? { body: null, truncated: body.truncated } : keepText(spec, answer, text, redactor)),
  }
}

function keepText(
  spec: HttpSpec,
  answer: Answer,
  text: string,
  redactor: Redactor,
): Pick<HttpResponse, 'body' | 'truncated'> {
  const { truncated } = answer.body
  if (text.length <= spec.keepResponse) {
    const json = storable(parse(answer, text), redactor)
    if (json !== undefined) return { body: json, truncated }
  }
  const clean = redactor.text(text.slice(0, spec.keepResponse + redactor.longest), truncated)
  const whole = clean.replaceAll('\0', '').toWellFormed()
  let kept = whole.slice(0, spec.keepResponse).toWellFormed()
  while (Buffer.byteLength(JSON.stringify(kept)) > mostKept) kept = kept.slice(0, kept.length >> 1).toWellFormed()
  const all = text.length <= spec.keepResponse + redactor.longest && kept.length === whole.length
  return { body: kept, truncated: truncated || !all }
}

/** What no database holds as JSON, such as 1e999 or a name `__proto__`, is kept as the text it came as. */
function storable(value: unknown, redactor: Redactor): unknown {
  if (value === undefined) return undefined
  try {
    toJson(value, 'body', mostKept)
    return redactor.json(value)
  } catch {
    return undefined
  }
}

/** Milliseconds that the target asks to wait: at most a day, null where it does not say. */
function retryAfterOf({ headers }: Answer, now: number): number | null {
  const said = headers['retry-after']?.trim() ?? ''
  if (/^\d+$/.test(said)) return Math.min(day, Number(said) * 1_000)
  const until = /\d\d:\d\d:\d\d/.test(said) ? Date.parse(said) : Number.NaN
  if (Number.isNaN(until)) return null
  const sent = Date.parse(headers.date ?? '')
  return Math.min(day, Math.max(0, until - (Number.isNaN(sent) ? now : sent)))
}
