/** What the fields say, as the server takes it; and what cannot be sent, by the field. */
import type { Input } from '../../../data/read.ts'
import type { Draft, Row } from './draft.ts'

export type Put = Input<'handlers.put'>
/** Keys of texts by fields, named as the server names them. */
export type FieldProblems = Readonly<Record<string, string>>

class Reading {
  readonly problems: Record<string, string> = {}

  problem(field: string, key: string): void {
    this.problems[field] ??= key
  }

  json(text: string, field: string): unknown {
    if (text.trim() === '') return undefined
    try {
      return JSON.parse(text)
    } catch {
      this.problem(field, 'bad.json')
      return undefined
    }
  }

  object(text: string, field: string): Record<string, unknown> | undefined {
    const value = this.json(text, field)
    if (value === undefined) return undefined
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
    this.problem(field, 'bad.object')
    return undefined
  }

  integer(text: string, field: string): number | undefined {
    const trimmed = text.trim()
    if (trimmed === '') return undefined
    if (/^\d{1,15}$/.test(trimmed)) return Number(trimmed)
    this.problem(field, 'bad.integer')
    return undefined
  }

  /** Of rows in which nothing stands nothing is sent. */
  entries<R extends Row, T>(rows: readonly R[], field: string, toValue: (row: R) => T): Record<string, T> {
    const written = rows.filter(({ name, value }) => name.trim() !== '' || value !== '')
    const names = written.map(({ name }) => name.trim().toLowerCase())
    if (names.includes('')) this.problem(field, 'bad.noName')
    if (new Set(names).size < names.length) this.problem(field, 'bad.twice')
    return Object.fromEntries(written.map((row) => [row.name.trim(), toValue(row)]))
  }
}

/** @returns `input` is only to be sent where there are no problems */
export function putOf(draft: Draft): { readonly input: Put; readonly problems: FieldProblems } {
  const reading = new Reading()
  if (draft.id.trim() === '') reading.problem('id', 'bad.needed')
  if (draft.url.trim() === '') reading.problem('http.url', 'bad.needed')
  const input = clean({
    id: draft.id.trim(),
    description: orNone(draft.description),
    owner: orNone(draft.owner),
    enabled: draft.enabled,
    http: httpOf(draft, reading),
    input: reading.object(draft.input, 'input'),
    ...othersOf(draft, reading),
    lane: orNone(draft.lane),
    priority: orNone(draft.priority),
    retries: reading.integer(draft.retries, 'retries'),
    timeout: orNone(draft.timeout),
    backoff: backoffOf(draft, reading),
    onTimeout: orNone(draft.onTimeout),
    onLapse: orNone(draft.onLapse),
    expiresIn: orNone(draft.expiresIn),
  })
  return { input: input as unknown as Put, problems: reading.problems }
}

const orNone = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim())

const clean = (said: object): object =>
  Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))

const known = ['unique', 'metadata', 'retention']

function othersOf({ others }: Draft, reading: Reading): Record<string, unknown> {
  const said = reading.object(others, 'others') ?? {}
  if (Object.keys(said).some((name) => !known.includes(name))) reading.problem('others', 'bad.others')
  return said
}

function httpOf(draft: Draft, reading: Reading): object {
  return clean({
    method: draft.method,
    url: draft.url.trim(),
    query: reading.entries(draft.query, 'http.query', ({ value, was }) =>
      was !== undefined && String(was) === value ? was : value,
    ),
    headers: reading.entries(draft.headers, 'http.headers', ({ value }) => value),
    secretHeaders: secretsOf(draft, reading),
    body: bodyOf(draft, reading),
    contentType: orNone(draft.contentType),
    success: successOf(draft, reading),
    retry: draft.retry,
    redirects: reading.integer(draft.redirects, 'http.redirects'),
    async: draft.isAsync ? { deadline: draft.deadline.trim() } : undefined,
    maxResponse: reading.integer(draft.maxResponse, 'http.maxResponse'),
    keepResponse: reading.integer(draft.keepResponse, 'http.keepResponse'),
    breaker: breakerOf(draft, reading),
  })
}

/** All of them are named, so that those go that were taken away. */
function secretsOf({ secrets }: Draft, reading: Reading): object {
  const shown = secrets.map((row) => (row.stored && !row.replace ? { ...row, value: '' } : row))
  if (shown.some(({ name, value, stored, replace }) => name.trim() !== '' && value === '' && (!stored || replace)))
    reading.problem('http.secretHeaders', 'bad.noSecret')
  return reading.entries(shown, 'http.secretHeaders', ({ value, stored, replace }) =>
    stored && !replace ? true : value,
  )
}

function bodyOf({ bodyAs, body, method }: Draft, reading: Reading): unknown {
  if (bodyAs === 'usual' || method === 'GET' || method === 'HEAD') return undefined
  if (bodyAs === 'text') return body
  if (body.trim() === '') reading.problem('http.body', 'bad.needed')
  return reading.json(body, 'http.body')
}

function successOf({ status, contains, lacks, rules }: Draft, reading: Reading): object {
  const texts = (rows: readonly Row[]) => rows.map(({ value }) => value).filter((text) => text !== '')
  const statuses = status
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((text) => (/^\d+$/.test(text) ? Number(text) : text))
  return clean({
    status: statuses.length === 0 ? undefined : statuses,
    bodyContains: texts(contains),
    bodyLacks: texts(lacks),
    json: rules
      .filter(({ name, value }) => name.trim() !== '' || value.trim() !== '')
      .map(({ name, value }, i) => {
        if (value.trim() === '') reading.problem('http.success.json', 'bad.equals')
        return { path: name.trim(), equals: reading.json(value, `http.success.json[${i}]`) }
      }),
  })
}

function breakerOf({ breaker, failures, pause }: Draft, reading: Reading): unknown {
  if (breaker === 'usual') return undefined
  if (breaker === 'off') return false
  return clean({ failures: reading.integer(failures, 'http.breaker.failures'), pause: orNone(pause) })
}

function backoffOf({ backoff, base, longest, jitter }: Draft, reading: Reading): unknown {
  if (backoff === '') return undefined
  const share = orNone(jitter)
  if (share !== undefined && !/^(0(\.\d+)?|1(\.0+)?|\.\d+)$/.test(share)) reading.problem('backoff.jitter', 'bad.share')
  const said = clean({
    [backoff === 'fixed' ? 'delay' : 'base']: orNone(base),
    max: backoff === 'fixed' ? undefined : orNone(longest),
    jitter: share === undefined ? undefined : Number(share),
  })
  return Object.keys(said).length === 0 ? backoff : { type: backoff, ...said }
}
