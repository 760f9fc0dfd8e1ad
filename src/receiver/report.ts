/** Tells Rota how a job ended whose target took it with status 202. */
import { type ErrorCode, errorCodes, RotaError } from '../job/errors.ts'

/** How it ended. */
export type Report =
  | {
      readonly outcome: 'success'
      /** Any JSON; the result of the job. */
      readonly output?: unknown
    }
  | {
      readonly outcome: 'failure'
      /** What went wrong, for whoever looks at the job. */
      readonly message: string
      /** Whether it is tried again, as far as the job has tries left. @default true */
      readonly retry?: boolean
    }
  | {
      /** There was nothing to do: the job ends as cancelled. */
      readonly outcome: 'ignore'
      /** Why. */
      readonly message?: string
    }

const tries = 3
/** Milliseconds before the second try; twice as long before the third. */
const firstPause = 200
/** Milliseconds for each try: Rota writes the end of the job before it answers, and its database may be slow. */
const patience = 30_000

/**
 * Reports to the `callback` of a delivery. Sent up to three times where Rota cannot be reached, says nothing for 30 s or answers 5xx;
 * it counts once.
 *
 * @throws RotaError `server_unreachable`, or what Rota answers: that the deadline is over, or that the job has ended otherwise
 * @example
 * export async function finish({ callback }: Delivery): Promise<void> {
 *   if (callback !== null) await reportTo(callback, { outcome: 'success', output: { pages: 12 } })
 * }
 */
export async function reportTo(callback: { readonly url: string }, report: Report): Promise<void> {
  for (let tried = 1; ; tried++) {
    const failure = await send(callback.url, JSON.stringify(report))
    if (failure === null) return
    if (!failure.passing || tried === tries) throw failure.error
    await new Promise((resolve) => setTimeout(resolve, firstPause * 2 ** (tried - 1)))
  }
}

interface Failure {
  readonly error: RotaError
  readonly passing: boolean
}

async function send(url: string, body: string): Promise<Failure | null> {
  const headers = { 'content-type': 'application/json' }
  try {
    const signal = AbortSignal.timeout(patience)
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' })
    const text = await response.text()
    return response.ok ? null : { error: errorOf(response.status, text), passing: response.status >= 500 }
  } catch {
    return { error: unreachable('Rota cannot be reached at the callback URL.'), passing: true } // the URL is a secret
  }
}

function errorOf(status: number, text: string): RotaError {
  const { code, detail } = problemIn(text)
  if (typeof code !== 'string' || !Object.hasOwn(errorCodes, code))
    return unreachable(`What is at the callback URL answered ${status}.`)
  return new RotaError(code as ErrorCode, typeof detail === 'string' ? detail : errorCodes[code as ErrorCode])
}

const unreachable = (message: string): RotaError => new RotaError('server_unreachable', message)

function problemIn(text: string): { readonly code?: unknown; readonly detail?: unknown } {
  try {
    return (JSON.parse(text) as object | null) ?? {}
  } catch {
    return {}
  }
}
