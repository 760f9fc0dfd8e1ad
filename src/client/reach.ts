/** One request to the server and its answer: tried again where that is safe, and every failure a `RotaError`. */
import { RotaError } from '../job/errors.ts'
import { errorOf, type Problem, problemIn } from './problem.ts'

/** How a request reaches the server. */
export interface Way {
  readonly fetch: (request: Request) => Promise<Response>
  /** The address for messages. */
  readonly place: string
  /** It can be sent twice and be done once. */
  readonly repeatable: boolean
  /** What must not stand in any message. */
  readonly secret: string | null
}

const repeats = 3
/** Milliseconds before the first repeat; twice as long before each other. */
const firstPause = 100
/** A proxy says so of a server that it cannot reach. */
const gateways = [502, 503, 504]
const longestQuote = 200

/** @throws RotaError of the server; `server_unreachable`; `aborted` */
export async function reach(request: Request, way: Way): Promise<Response> {
  for (let tried = 0; ; tried++) {
    const last = !way.repeatable || tried === repeats
    const outcome = await once(last ? request : request.clone(), way)
    if (!('failed' in outcome)) return outcome.answer
    if (last || !outcome.passing) throw outcome.failed
    await pause(delayBefore(tried), request.signal)
  }
}

/** @param tried how often it failed before, 0 or more */
export const delayBefore = (tried: number, longest = 5_000): number =>
  Math.min(longest, firstPause * 2 ** tried) * (0.5 + Math.random() / 2)

type Outcome = { readonly answer: Response } | { readonly failed: RotaError; readonly passing: boolean }

async function once(request: Request, way: Way): Promise<Outcome> {
  try {
    const response = await way.fetch(request)
    const type = response.headers.get('content-type') ?? ''
    if (response.ok && type.startsWith('text/event-stream')) return { answer: response }
    return answered(response, type, await response.text(), way)
  } catch (error) {
    if (request.signal.aborted) return { failed: aborted(request.signal), passing: false }
    const message = `The server at ${way.place} cannot be reached: ${reasonOf(error, way)}. Is it running there, and is the address right?`
    return { failed: new RotaError('server_unreachable', message, { cause: error }), passing: true }
  }
}

function answered(response: Response, type: string, text: string, way: Way): Outcome {
  const { ok, status, headers } = response
  if (ok && (text === '' || type.startsWith('application/json')))
    return { answer: new Response(text === '' ? null : text, { status, headers }) }
  const problem = problemIn(text)
  if (!ok && problem !== null) return { failed: errorOf(problem, status), passing: isStopping(problem, status) }
  const elsewhere = headers.get('location')
  const came =
    elsewhere === null ? [status, type.split(';')[0], quoted(text)].join(' ').trim() : `${status} to ${elsewhere}`
  const message = `What answered at ${way.place} is no Rota server, or one that is not ready: ${withoutSecret(came, way)}`
  return {
    failed: new RotaError('server_unreachable', message, { cause: { status } }),
    passing: gateways.includes(status),
  }
}

/** Another server takes its place, or the same one starts again. */
const isStopping = ({ code }: Problem, status: number): boolean => status === 503 && code === 'closed'

/** On one line, and the beginning only: it may be a page. */
const quoted = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > longestQuote ? `${line.slice(0, longestQuote)}…` : line
}

const withoutSecret = (text: string, { secret }: Way): string =>
  secret === null ? text : text.replaceAll(secret, '***')

/** `fetch failed` says nothing: why stands in its cause, of which there may be one for each address of a name. */
function reasonOf(error: unknown, way: Way): string {
  for (let one: unknown = error; ; ) {
    if (!(one instanceof Error)) return withoutSecret(quoted(String(one)), way)
    const inner = one instanceof AggregateError ? one.errors[0] : one.cause
    if (inner === undefined) {
      const code = 'code' in one && typeof one.code === 'string' ? one.code : ''
      return withoutSecret(one.message.includes(code) ? one.message : `${one.message} (${code})`, way)
    }
    one = inner
  }
}

export const aborted = (signal: AbortSignal): RotaError =>
  new RotaError('aborted', 'The call was aborted. What it was to change may have been done, where it had been sent.', {
    cause: signal.reason,
  })

/** @throws RotaError `aborted` */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) throw aborted(signal)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  const abort = () => reject(aborted(signal as AbortSignal))
  signal?.addEventListener('abort', abort)
  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}
