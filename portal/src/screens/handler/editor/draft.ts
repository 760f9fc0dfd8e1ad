/** What somebody writes of a definition: texts, as the fields hold them, from what is stored. */

import { durationText } from '../../../lib/time.ts'
import type { Handler } from '../../handlers/kind.ts'
import { type Definition, type SaidOptions, type Spec, specOf } from '../spec.ts'

export interface Row {
  readonly key: number
  readonly name: string
  readonly value: string
  /** What is stored, where that is no text: it stays as it is unless it is changed. */
  readonly was?: unknown
}

export interface SecretRow extends Row {
  readonly stored: boolean
  /** Another value for one that is stored. */
  readonly replace: boolean
}

export interface Draft {
  readonly id: string
  readonly description: string
  readonly owner: string
  readonly enabled: boolean
  readonly method: string
  readonly url: string
  readonly query: readonly Row[]
  readonly headers: readonly Row[]
  readonly secrets: readonly SecretRow[]
  readonly bodyAs: 'usual' | 'json' | 'text'
  readonly body: string
  readonly contentType: string
  readonly status: string
  readonly contains: readonly Row[]
  readonly lacks: readonly Row[]
  /** `name` is the path, `value` the JSON that has to stand there. */
  readonly rules: readonly Row[]
  readonly retry: string
  readonly redirects: string
  readonly isAsync: boolean
  readonly deadline: string
  readonly maxResponse: string
  readonly keepResponse: string
  readonly breaker: 'usual' | 'own' | 'off'
  readonly failures: string
  readonly pause: string
  readonly input: string
  readonly lane: string
  readonly priority: string
  readonly retries: string
  readonly timeout: string
  readonly backoff: string
  readonly base: string
  readonly longest: string
  readonly jitter: string
  readonly onTimeout: string
  readonly onLapse: string
  readonly expiresIn: string
  /** JSON of what has no field of its own: `unique`, `metadata`, `retention`. */
  readonly others: string
}

let keys = 0
export const row = (name = '', value = ''): Row => ({ key: ++keys, name, value })
export const secretRow = (name = '', stored = false): SecretRow => ({ ...row(name), stored, replace: false })

export const emptyDraft = (): Draft => ({
  id: '',
  description: '',
  owner: '',
  enabled: true,
  method: 'POST',
  url: '',
  query: [],
  headers: [],
  secrets: [],
  bodyAs: 'usual',
  body: '',
  contentType: '',
  status: '2xx',
  contains: [],
  lacks: [],
  rules: [],
  retry: 'transient',
  redirects: '0',
  isAsync: false,
  deadline: '1h',
  maxResponse: '',
  keepResponse: '',
  breaker: 'usual',
  failures: '5',
  pause: '30s',
  input: '',
  lane: '',
  priority: '',
  retries: '',
  timeout: '',
  backoff: '',
  base: '',
  longest: '',
  jitter: '',
  onTimeout: '',
  onLapse: '',
  expiresIn: '',
  others: '',
})

const json = (value: unknown): string => JSON.stringify(value, null, 2)
const rowsOf = (values: Readonly<Record<string, unknown>>): Row[] =>
  Object.entries(values).map(([name, value]) => ({ ...row(name, String(value)), was: value }))

/** What is stored, in fields. @param definition what its newest version said */
export function draftOf(handler: Handler, definition: Definition): Draft {
  const spec = specOf(handler) ?? definition.spec
  return {
    ...emptyDraft(),
    id: handler.id,
    description: handler.description ?? '',
    owner: handler.owner ?? '',
    enabled: handler.enabled,
    ...requestOf(spec),
    ...answerOf(spec),
    input: definition.input === null ? '' : json(definition.input),
    ...optionsOf(definition.options),
  }
}

function requestOf(spec: Spec): Partial<Draft> {
  const { body } = spec
  return {
    method: spec.method,
    url: spec.url,
    query: rowsOf(spec.query),
    headers: rowsOf(spec.headers),
    secrets: (spec.secretHeaders ?? []).map((name) => secretRow(name, true)),
    bodyAs: body === undefined ? 'usual' : typeof body === 'string' ? 'text' : 'json',
    body: body === undefined ? '' : typeof body === 'string' ? body : json(body),
    contentType: spec.contentType ?? '',
    redirects: String(spec.redirects),
    isAsync: spec.async !== undefined,
    ...(spec.async && { deadline: durationText(spec.async.deadline) }),
  }
}

/** Where no limit is written down, those of the server hold. */
export const usualLimits = { maxResponse: 1024 * 1024, keepResponse: 16 * 1024, failures: 5, pause: 30_000 } as const

function answerOf({ success, retry, maxResponse, keepResponse, breaker }: Spec): Partial<Draft> {
  const isUsual = breaker !== false && breaker.failures === usualLimits.failures && breaker.pause === usualLimits.pause
  return {
    status: success.status.join(', '),
    contains: success.bodyContains.map((text) => row('', text)),
    lacks: success.bodyLacks.map((text) => row('', text)),
    rules: success.json.map(({ path, equals }) => row(path, JSON.stringify(equals))),
    retry,
    maxResponse: maxResponse === usualLimits.maxResponse ? '' : String(maxResponse),
    keepResponse: keepResponse === usualLimits.keepResponse ? '' : String(keepResponse),
    breaker: breaker === false ? 'off' : isUsual ? 'usual' : 'own',
    ...(breaker !== false && { failures: String(breaker.failures), pause: durationText(breaker.pause) }),
  }
}

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value))

function optionsOf(options: SaidOptions): Partial<Draft> {
  const { lane, priority, retries, timeout, backoff, onTimeout, onLapse, expiresIn, ...others } = options
  const said = (typeof backoff === 'string' ? { type: backoff } : (backoff ?? {})) as SaidOptions
  return {
    lane: text(lane),
    priority: text(priority),
    retries: text(retries),
    timeout: durationText(timeout),
    backoff: text(said.type),
    base: durationText(said.delay ?? said.base),
    longest: durationText(said.max),
    jitter: text(said.jitter),
    onTimeout: text(onTimeout),
    onLapse: text(onLapse),
    expiresIn: durationText(expiresIn),
    others: Object.keys(others).length === 0 ? '' : json(others),
  }
}
