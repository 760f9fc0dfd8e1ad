/** What a server says when something is refused, as the error that the library throws itself. */
import { type ErrorCode, errorCodes, RotaError } from '../job/errors.ts'

/** The body of an answer that is no success: `application/problem+json`. */
export interface Problem {
  /** That of the answer. */
  readonly status: number
  /** The code in words. */
  readonly title?: string
  /** What happened, why, and what to do. */
  readonly detail?: string
  /** Of `docs/errors.md`, or of a newer server. */
  readonly code: string
  /** The option or path at fault. */
  readonly field?: string
  /** Each thing in which the request does not fit. */
  readonly issues?: readonly { readonly field: string; readonly message: string }[]
}

/** A code of a newer server that this version does not know. */
const codesOfStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'sign_in_required',
  403: 'not_allowed',
  404: 'route_unknown',
  408: 'request_timeout',
  413: 'request_too_large',
  429: 'too_many_requests',
}

/** The problem in an answer, or null where it has none. */
export function problemIn(text: string): Problem | null {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'
      ? (body as Problem)
      : null
  } catch {
    return null
  }
}

/** @returns its `cause` is the problem, with `status` and `issues` */
export function errorOf(problem: Problem, status: number): RotaError {
  const { code, field, detail, title } = problem
  const known = Object.hasOwn(errorCodes, code)
    ? (code as ErrorCode)
    : (codesOfStatus[status] ?? (status < 500 ? 'request_invalid' : 'internal'))
  const message = detail ?? title ?? `The server answered ${status} (${code}).`
  return new RotaError(known, message, { ...(typeof field === 'string' && { field }), cause: problem })
}
