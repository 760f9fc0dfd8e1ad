/** Errors as they go over the wire: `application/problem+json` (RFC 9457) with the code of the error. */
import { ORPCError } from '@orpc/server'
import { type ErrorCode, isRotaError, RotaError } from '../job/errors.ts'
import { suggest } from '../job/suggest.ts'

/** What is not in the table is a fault of the request: 422. */
const statuses: Readonly<Partial<Record<ErrorCode, number>>> = Object.freeze({
  account_taken: 409,
  changed_meanwhile: 412,
  closed: 503,
  cluster_archived: 409,
  cluster_unknown: 404,
  credentials_invalid: 401,
  demo_not_found: 404,
  flow_not_found: 404,
  handler_conflict: 409,
  handler_disabled: 409,
  handler_needed: 409,
  host_refused: 421,
  idempotency_conflict: 409,
  internal: 500,
  job_needed: 409,
  job_not_found: 404,
  job_state: 409,
  key_not_found: 404,
  lease_lost: 409,
  not_allowed: 403,
  option_invalid: 400,
  option_unknown: 400,
  origin_refused: 403,
  registration_closed: 403,
  report_invalid: 404,
  request_in_progress: 409,
  request_invalid: 400,
  request_timeout: 504,
  request_too_large: 413,
  payload_too_large: 413,
  duration_invalid: 400,
  instant_invalid: 400,
  route_unknown: 404,
  schedule_busy: 409,
  secret_invalid: 503,
  secret_missing: 503,
  schedule_not_found: 404,
  schedule_state: 409,
  sign_in_required: 401,
  storage_closed: 503,
  storage_not_migrated: 503,
  storage_newer: 503,
  storage_unreachable: 503,
  too_many_requests: 429,
  user_not_found: 404,
  worker_not_found: 404,
})

export const statusOf = (code: ErrorCode): number => statuses[code] ?? 422

/** The body of an error answer. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly field?: string
  /** Every thing that is wrong with a request. */
  readonly issues?: readonly { readonly field: string; readonly message: string }[]
}

export function problemOf(error: RotaError, issues?: Problem['issues']): Problem {
  const { code, field, message } = error
  return {
    type: `urn:rota:error:${code}`,
    title: code.replaceAll('_', ' '),
    status: statusOf(code),
    detail: message,
    code,
    ...(field !== undefined && { field }),
    ...(issues !== undefined && { issues }),
  }
}

/** What oRPC says of a request that does not fit. */
interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[]
  readonly code?: string
  readonly keys?: readonly string[]
}

/**
 * Any error as a problem. What is not ours is told as `internal` under an id, by which the log of the server has it: its text may hold
 * what nobody should see.
 *
 * @param known names that the operation takes, to suggest from
 */
export function toProblem(error: unknown, known: readonly string[], report: (error: unknown) => string): Problem {
  if (error instanceof ORPCError) {
    if (isRotaError(error.cause)) return problemOf(error.cause)
    const issues = (error.data as { readonly issues?: readonly Issue[] } | undefined)?.issues
    if (error.status === 400 && issues !== undefined) return invalidRequest(issues, known)
    if (error.status === 400) return problemOf(new RotaError('request_invalid', 'The request cannot be read.'))
    return toProblem(error.cause ?? new Error(error.message), known, report)
  }
  if (isRotaError(error)) return problemOf(error)
  const id = report(error)
  return problemOf(new RotaError('internal', `Something went wrong. The log of the server has it under ${id}.`))
}

function invalidRequest(issues: readonly Issue[], known: readonly string[]): Problem {
  const told = issues.slice(0, 20).map((issue) => {
    const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    const [unknown] = issue.keys ?? []
    const hint = unknown === undefined || path !== '' ? '' : suggest(unknown, known)
    return { field: unknown ?? path, message: `${issue.message}${hint}` }
  })
  const detail = told.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ')
  const error = new RotaError('request_invalid', `The request does not fit: ${detail}.`, {
    ...(told[0] && { field: told[0].field }),
  })
  return problemOf(error, told)
}
