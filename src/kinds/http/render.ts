/** A definition, an input and a job → what is to be sent. */
import { createHash } from 'node:crypto'
import type { JobContext } from '../../job/context.ts'
import { RotaError } from '../../job/errors.ts'
import { encodings } from './body.ts'
import { type HeaderMap, isHeaderValue, isPortable, merged } from './headers.ts'
import type { Outgoing } from './request.ts'
import { signed } from './signature.ts'
import type { HttpSpec } from './spec.ts'
import { isAbsent, parseTemplate, type Room, renderJson, renderText, type Scope } from './template.ts'
import { renderUrl } from './url.ts'

/** One attempt: what is to be sent, for whom, and with which secrets. */
export interface HttpCall {
  readonly spec: HttpSpec
  readonly secrets: { readonly headers: HeaderMap; readonly signingKeys: readonly string[] }
  readonly input: unknown
  readonly context: JobContext
  /** Where the target reports, and until when; for `async`. */
  readonly callback: { readonly url: string; readonly deadline: Date } | null
}

/** The first request, and what of it may be seen by its origin only. */
export interface Draft extends Omit<Outgoing, 'headers'> {
  /** Harmless anywhere. */
  readonly open: HeaderMap
  /** For the origin of `url`. The signature is of the body that goes with it. */
  readonly private: (body: Buffer | null) => HeaderMap
}

const at = 'http'
const longestBody = 1024 * 1024
const longestHeader = 16 * 1024

/** @throws RotaError `template_missing`, `template_invalid` */
export function render({ spec, secrets, input, context, callback }: HttpCall, version: string): Draft {
  const { id, job: name, attempt, scheduledFor, metadata } = context
  const scope: Scope = { input, job: { id, name, attempt, scheduledFor: scheduledFor.toISOString(), metadata } }
  const url = renderUrl(spec.url, spec.query, scope, at)
  const body = renderBody(spec, scope)
  const said = Object.entries(renderHeaders(spec.headers, scope))
  const open = merged(
    {
      'user-agent': `rota/${version}`,
      accept: 'application/json, */*;q=0.9',
      'accept-encoding': encodings,
      ...(body !== null && { 'content-type': typeOf(spec) }),
    },
    Object.fromEntries(said.filter(([name]) => isPortable(name))),
    ofJob(context),
  )
  const own = Object.fromEntries(said.filter(([name]) => !isPortable(name)))
  return {
    method: spec.method,
    url,
    body,
    open,
    private: (sent) => ({
      ...own,
      ...secrets.headers,
      ...signed(id, Date.now(), sent, secrets.signingKeys),
      ...(spec.async !== undefined && callback !== null && reporting(callback)),
    }),
  }
}

const ofJob = ({ id, job, attempt, scheduledFor, idempotencyKey, fence }: JobContext): HeaderMap => ({
  'rota-job': job,
  'rota-job-id': id,
  'rota-attempt': String(attempt),
  'rota-scheduled-for': scheduledFor.toISOString(),
  'idempotency-key': idempotencyKey,
  traceparent: `00-${id.replaceAll('-', '')}-${createHash('sha256').update(`${id}:${fence}`).digest('hex').slice(0, 16)}-01`,
})

const reporting = ({ url, deadline }: { readonly url: string; readonly deadline: Date }): HeaderMap => ({
  'rota-callback-url': url,
  'rota-callback-deadline': deadline.toISOString(),
})

function renderHeaders(headers: HeaderMap, scope: Scope): HeaderMap {
  const entries = Object.entries(headers).flatMap(([name, text]): [string, string][] => {
    const field = `${at}.headers.${name}`
    const template = parseTemplate(text, field)
    if (isAbsent(template, scope)) return []
    const value = renderText(template, scope, field, { left: longestHeader })
    if (!isHeaderValue(value)) {
      const message = `${field}: with the values of the templates it has a line break, a NUL or a character beyond Latin-1. Check the input, or send it in the body.`
      throw new RotaError('template_invalid', message, { field })
    }
    return [[name, value]]
  })
  return Object.fromEntries(entries)
}

function renderBody(spec: HttpSpec, scope: Scope): Buffer | null {
  if (spec.method === 'GET' || spec.method === 'HEAD') return null
  const field = `${at}.body`
  const room: Room = { left: longestBody }
  if (!('body' in spec)) {
    const sends = spec.method !== 'DELETE' && scope.input != null
    return sends ? bytesOf(JSON.stringify(scope.input), field) : null
  }
  if (typeof spec.body === 'string')
    return bytesOf(renderText(parseTemplate(spec.body, field), scope, field, room), field)
  return bytesOf(JSON.stringify(renderJson(spec.body, scope, field, room)), field)
}

function bytesOf(text: string, field: string): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length <= longestBody) return bytes
  const message = `${field}: ${bytes.length} bytes are more than the limit of ${longestBody}. Send an id or a URL instead of the data.`
  throw new RotaError('template_invalid', message, { field })
}

const typeOf = (spec: HttpSpec): string =>
  spec.contentType ?? (typeof spec.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json')
