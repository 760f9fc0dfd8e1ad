/** What a server says when something is refused, as the error that the library throws itself. */
import { type ErrorCode, errorCodes, RotaError } from '../job/errors.ts'

/** The body of an answer that is no success: `application/problem+json`. */
export interface Problem {
  readonly status: number
  readonly title?: string
  readonly detail?: string
  readonly code: string
  readonly field?: string
  /** Where the request does not fit, one by one. */
  readonly issues?: readonly { readonly path?: string; readonly message?: string }[]
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
