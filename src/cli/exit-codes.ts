/** Loads nothing, because the supervisor of a worker loads it. */
import type { ErrorCode } from '../job/errors.ts'

/** What a command says to the shell, once. `docs/cli.md` shows the same table. */
export const exitCodes = Object.freeze({
  ok: 0,
  error: 1,
  usage: 2,
  notFound: 3,
  conflict: 5,
  unreachable: 6,
  jobFailed: 7,
  timeout: 124,
  interrupted: 130,
})

/** Codes that mean more than `error`. */
export const exitCodeOfError: Readonly<Partial<Record<ErrorCode, number>>> = {
  aborted: exitCodes.interrupted,
  cluster_archived: exitCodes.conflict,
  cluster_unknown: exitCodes.notFound,
  config_invalid: exitCodes.usage,
  dependency_circle: exitCodes.usage,
  duration_invalid: exitCodes.usage,
  flow_not_found: exitCodes.notFound,
  idempotency_conflict: exitCodes.conflict,
  input_invalid: exitCodes.usage,
  instant_invalid: exitCodes.usage,
  job_duplicate: exitCodes.usage,
  job_failed: exitCodes.jobFailed,
  job_invalid: exitCodes.usage,
  job_needed: exitCodes.conflict,
  job_state: exitCodes.conflict,
  job_not_found: exitCodes.notFound,
  job_unknown: exitCodes.notFound,
  lock_held: exitCodes.conflict,
  locks_unreachable: exitCodes.unreachable,
  option_invalid: exitCodes.usage,
  option_unknown: exitCodes.usage,
  parent_not_found: exitCodes.notFound,
  payload_not_json: exitCodes.usage,
  payload_too_large: exitCodes.usage,
  schedule_busy: exitCodes.conflict,
  schedule_invalid: exitCodes.usage,
  schedule_not_found: exitCodes.notFound,
  schedule_state: exitCodes.conflict,
  storage_invalid: exitCodes.usage,
  storage_unreachable: exitCodes.unreachable,
  wait_timeout: exitCodes.timeout,
}
