/** One attempt of an HTTP job: render → may the origin be asked? → send and follow → judge → tell. */
import { isRotaError, RotaError } from '../../job/errors.ts'
import { defaults } from '../../job/options.ts'
import { type Admission, type Breaker, createBreaker, type Pass } from './breaker.ts'
import { type Followed, firstOf, follow } from './follow.ts'
import { dataOf, type Exchange, messageOf } from './log.ts'
import { createRedactor, type Redactor } from './redact.ts'
import { type Draft, type HttpCall, render } from './render.ts'
import { createSender, type Outgoing, type Sender } from './request.ts'
import { judge } from './response.ts'
import type { HttpResponse } from './result.ts'
import { createGuard, type Lookup } from './target.ts'

export type { HttpCall } from './render.ts'

/** What became of an attempt. */
export type HttpOutcome =
  | { readonly kind: 'done'; readonly output: HttpResponse }
  /** The target will report by itself, on the callback URL. */
  | { readonly kind: 'accepted'; readonly output: HttpResponse }
  /** `retryAfter`: milliseconds that the target asks to wait, null where it does not say. */
  | {
      readonly kind: 'failed'
      readonly error: RotaError
      readonly retryable: boolean
      readonly retryAfter: number | null
    }
  /** Nothing was sent, as the origin does not work at present. `delay`: milliseconds until it may be asked again. */
  | { readonly kind: 'circuit_open'; readonly delay: number }

export interface HttpRunnerOptions {
  /** What may be reached beside public addresses, as `checkAllow` takes it. */
  readonly allow: readonly string[]
  /** @default that of the operating system */
  readonly lookup?: Lookup | undefined
  /** Milliseconds on a clock that never goes back. @default `performance.now` */
  readonly now?: (() => number) | undefined
  /** Of Rota, for `user-agent`. */
  readonly version: string
  /** Bytes that a result may have as JSON: of an answer no more is kept. @default 128 KiB */
  readonly payloadLimit?: number | undefined
}

export interface HttpRunner {
  /** @throws the reason of the signal, when that has fired; all else is an outcome */
  run(call: HttpCall): Promise<HttpOutcome>
  /** Closes the connections that wait for another request. */
  close(): void
}

/** @throws RotaError `option_invalid` for what is wrong in `allow` */
export function createHttpRunner({
  allow,
  lookup,
  now = () => performance.now(),
  version,
  payloadLimit = defaults.payloadLimit,
}: HttpRunnerOptions): HttpRunner {
  const sender = createSender({ guard: createGuard({ allow, lookup }) })
  const breaker = createBreaker(now)
  return {
    async run(call) {
      call.context.signal.throwIfAborted()
      const draft = drafted(call, version)
      if (isRotaError(draft)) return failed(call, draft)
      const admission = admit(breaker, draft, call)
      if (admission.pass === null) return { kind: 'circuit_open', delay: admission.delay }
      return attempt(call, draft, admission.pass, { sender, now, payloadLimit })
    },
    close: () => sender.close(),
  }
}

function drafted(call: HttpCall, version: string): Draft | RotaError {
  try {
    return render(call, version)
  } catch (error) {
    if (isRotaError(error)) return error
    throw error
  }
}

const unguarded: Pass = { succeed() {}, fail() {}, release() {} }

/** Limits that are strict shut the origin for those who chose them, and for nobody else. */
function admit(breaker: Breaker, { url }: Draft, { spec }: HttpCall): Admission {
  if (spec.breaker === false) return { pass: unguarded }
  const { failures, pause } = spec.breaker
  return breaker.admit(`${url.origin} ${failures} ${pause}`, spec.breaker)
}

interface Means {
  readonly sender: Sender
  readonly now: () => number
  readonly payloadLimit: number
}

async function attempt(
  call: HttpCall,
  draft: Draft,
  pass: Pass,
  { sender, now, payloadLimit }: Means,
): Promise<HttpOutcome> {
  const { spec, context } = call
  const { signal } = context
  const redactor = createRedactor(secretsOf(call))
  const first = firstOf(draft)
  const start = now()
  const tell = (outcome: HttpOutcome, followed: Followed | null) =>
    log(call, first, outcome, followed, now() - start, redactor)
  // The engine ends the attempt as soon as its signal has fired, and hears nothing of it afterwards.
  const stopped = () =>
    tell({ kind: 'failed', error: stoppedBy(signal.reason), retryable: true, retryAfter: null }, null)
  signal.addEventListener('abort', stopped, { once: true })
  try {
    const followed = await follow(sender, draft, first, spec.redirects, { signal, maxResponse: spec.maxResponse })
    const outcome = outcomeOf(call, followed, redactor, payloadLimit)
    const { status } = followed.answer
    if (status >= 500 || status === 429) pass.fail()
    else pass.succeed()
    tell(outcome, followed)
    return outcome
  } catch (error) {
    if (signal.aborted) {
      if (isRotaError(signal.reason, 'timed_out')) pass.fail()
      throw signal.reason
    }
    if (!isRotaError(error)) throw error
    if (error.code === 'http_failed') pass.fail()
    const outcome = failed(call, error)
    tell(outcome, null)
    return outcome
  } finally {
    signal.removeEventListener('abort', stopped)
    pass.release()
  }
}

const stoppedBy = (reason: unknown): RotaError =>
  isRotaError(reason) ? reason : new RotaError('aborted', 'The request was given up.')

/** Whoever has the callback URL, or the token at its end, can say how the job ended. */
function secretsOf({ secrets, callback }: HttpCall): string[] {
  const url = callback?.url ?? ''
  return [...Object.values(secrets.headers), url, url.slice(url.lastIndexOf('/') + 1)].filter((one) => one !== '')
}

function outcomeOf(call: HttpCall, { answer, home }: Followed, redactor: Redactor, payloadLimit: number): HttpOutcome {
  const { spec } = call
  const accepted = spec.async !== undefined && answer.status === 202
  if (accepted && !home) return failed(call, new RotaError('http_status', nobodyReports))
  const judged = judge(accepted ? { ...spec, success: acceptedOnly } : spec, answer, redactor, payloadLimit, Date.now())
  if (judged.ok) return { kind: accepted ? 'accepted' : 'done', output: judged.output }
  const { error, retryable, retryAfter } = judged
  return { kind: 'failed', error, retryable, retryAfter }
}

const nobodyReports =
  'A redirect led to another origin, which answered 202; the callback URL does not go there, so nobody can report. Use the address it leads to in `url`.'

/** That the target takes the job is all that its first answer says; how it ended comes later. */
const acceptedOnly = { status: [202], bodyContains: [], bodyLacks: [], json: [] }

/** Of what another try will not change, only where everything is to be tried again. */
const failed = ({ spec }: HttpCall, error: RotaError): HttpOutcome => ({
  kind: 'failed',
  error,
  retryable: spec.retry === 'all' || error.code === 'http_failed',
  retryAfter: null,
})

function log(
  { context, secrets }: HttpCall,
  sent: Outgoing,
  outcome: HttpOutcome,
  followed: Followed | null,
  took: number,
  redactor: Redactor,
): void {
  const exchange: Exchange = {
    sent,
    hidden: [...Object.keys(secrets.headers).map((name) => name.toLowerCase()), 'rota-callback-url'],
    answer: followed?.answer ?? null,
    hops: followed?.hops ?? 0,
    ms: Math.round(took),
  }
  const status = followed === null ? '' : String(followed.answer.status)
  const ended = outcome.kind === 'failed' ? [status, outcome.error.code].filter(Boolean).join(' ') : status
  const level = outcome.kind === 'failed' ? 'warn' : 'info'
  context.log[level](messageOf(exchange, ended, redactor), dataOf(exchange, redactor))
}
