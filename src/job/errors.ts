/**
 * Every error code of Rota, once: what it means and what to do. `docs/errors.md` is generated from this table.
 */
export const errorCodes = Object.freeze({
  aborted: 'The call was given an AbortSignal and it fired. Nothing that was stored is undone.',
  account_taken: 'Another record has this key already: an e-mail address, a name.',
  cancelled: 'Somebody cancelled the job while it ran. It is the reason of its signal.',
  changed_meanwhile: 'It is not any more what was looked at (If-Match). Look again and repeat the change.',
  cluster_archived: 'The cluster is archived: it can be read, and nothing can be changed in it.',
  cluster_unknown: 'No cluster of this name was given to createRota, or several were and the call names none.',
  closed: 'This Rota instance was stopped and closed. Create a new one.',
  config_invalid: 'The configuration file is missing, does not load, or exports something else than options.',
  credentials_invalid:
    'The e-mail address or the password is wrong. The message is the same whether the address is known or not.',
  demo_not_found: 'There are no data of a demo here, or this server is not the one of `rota dev`.',
  dependency_circle: 'Jobs of a flow wait for each other in a circle, so none of them could start. Nothing was stored.',
  duration_invalid: "A duration is a number of milliseconds or a string such as '250ms', '10s', '5m', '2h', '7d'.",
  flow_not_found: 'No flow with this id is stored here. Its jobs may have been deleted or their retention may be over.',
  handler_conflict: 'A definition of this id stands in the code of a worker, so none of this id can be stored.',
  handler_disabled: 'Somebody disabled the definition: nothing of it is enqueued or started until it is enabled again.',
  handler_needed:
    'Schedules start this definition, so it is not deleted. Delete them first, or disable the definition.',
  host_refused:
    'The request names another host than this server is on, as a page of another site would do by DNS rebinding. Add it to `hosts`.',
  http_failed:
    'The target of an HTTP job could not be reached, or did not answer as HTTP. The message has the host and the code of the fault.',
  http_response_too_large:
    'The rules of an HTTP job look into the body of the answer, and that is longer than `maxResponse`.',
  http_rule: 'The answer to an HTTP job does not fit its `success` rules. The message names the rule.',
  http_status: 'The target of an HTTP job answered with a status that `success.status` does not have.',
  idempotency_conflict: 'The same idempotency key was used before for this job with another input.',
  input_invalid: 'The input does not fit the schema of the job. Nothing was stored.',
  instant_invalid: 'An instant is a Date, an ISO 8601 string with a zone, or a Temporal.Instant.',
  internal: 'Something went wrong inside Rota. The log of the server has it under the id that the message names.',
  job_duplicate: 'Two job definitions have the same id. Ids are what stored jobs refer to, so each must be unique.',
  job_failed: 'The awaited job ended without success: failed, cancelled or expired.',
  job_invalid: 'What was given as a job was not made by defineJob.',
  job_needed:
    'Other jobs still wait for this one, so it is neither changed nor deleted. Cancel them first, or delete them with it.',
  job_not_found:
    'No job with this id is stored here. It may have been deleted or its retention may be over; with retention `none` nothing is kept of a success.',
  job_state: 'The job is in a state in which this cannot be done. The message says what can.',
  job_unknown:
    'No definition with this job id is known: neither to this process nor by what workers have told of theirs.',
  key_not_found: 'No API key with this id is stored here.',
  lease_lost: 'Another worker may own the job by now, so this outcome was not recorded.',
  lock_held: 'Somebody else held the lock for as long as the call would wait. The function was not run.',
  lock_lost:
    'The lock may belong to another by now. It is the reason of its signal, and what `lock` throws when the function ended all the same.',
  locks_unreachable:
    'The lock service (Redis) cannot be reached or refused the command, so nobody can tell who holds a lock.',
  middleware_invalid: 'A middleware called `next` twice, or its `enqueue` gave something else than `{ id, status }`.',
  needs_code:
    'The job has a key that its own code makes, so it can be stored only by a process that has the code, or with `unique` in the call.',
  non_retryable: 'Thrown by a handler: the job fails at once, whatever retries are left.',
  not_allowed: 'Whoever is signed in may not do this: the role, or the lanes of the key, do not allow it.',
  option_invalid: 'An option has a value that is not allowed. The message names the field and what it accepts.',
  option_unknown: 'There is no option of this name. The message names the nearest one.',
  origin_refused:
    'A page of another site sent this request with the cookie of a person who is signed in. It was not carried out.',
  parent_failed:
    'A job asked for the output of one that it waited for, and that one has none: it ended without success, or is gone.',
  parent_not_found: 'A job given in `after` is not stored here (any more). Nothing was stored.',
  password_weak: 'The password is too short or too long.',
  payload_not_json: 'The value cannot be stored as JSON without changing it. The message names the path.',
  payload_too_large: 'The value is larger than the payload limit. Store the data elsewhere and pass a reference.',
  port_taken: 'Another process listens on this port already. Stop it, or choose another with `--port`.',
  registration_closed:
    'Nobody can register here by themselves. An administrator adds people; the very first one comes from the machine itself or with the set-up token.',
  report_failed: 'The target took the work and reported later that it failed.',
  report_invalid: 'The address of a report is not one that Rota gave out, or nobody waits for this report (any more).',
  request_in_progress:
    'A request with the same Idempotency-Key is being carried out at this moment. Ask again a little later.',
  request_invalid: 'The request does not fit the operation. The message names the field and what it accepts.',
  request_timeout: 'The request was not answered in time. What it changes may have been done.',
  request_too_large: 'The request is larger than the server accepts: its body, its headers or its address.',
  result_not_storable: 'The handler returned something that cannot be stored as JSON without changing it.',
  route_unknown: 'There is no such operation: the path or the method is wrong. `/openapi.json` has all.',
  schedule_invalid:
    'An expression, a time of day, a time zone or a calendar cannot be understood, or can never run. The message names the place and the nearest thing that can.',
  schedule_busy: 'Others changed the schedule again and again while this call tried to. Try again.',
  schedule_not_found: 'No schedule with this id is stored here.',
  schedule_state: 'The schedule is in a state in which this cannot be done. The message says why.',
  secret_invalid:
    'The secret of the server is too short, cannot be read, or is another than that of the other servers of this storage.',
  secret_missing:
    'Secret headers and signing keys are encrypted with a secret that this process does not have: `secret` of createRota, or ROTA_SECRET.',
  server_unreachable:
    'The server cannot be reached, or what answered at its address is no Rota server. What was asked may or may not have been done.',
  service_failed: 'A service could not be made, so the try that asked for it has failed.',
  sign_in_required: 'Nobody is signed in: the token, the key or the session is missing, wrong, or over.',
  signature_invalid:
    'The signature of a request is missing, too old, or made with another key: it is not from Rota, or was changed on its way.',
  storage_closed: 'The storage was closed while the call was under way.',
  storage_invalid: 'The storage is not a known URL (sqlite:, postgres://) nor a Storage object.',
  storage_newer: 'The database was migrated by a newer version of Rota. Upgrade this process.',
  storage_not_migrated: 'The database has not been migrated and `migrate: false` is set. Run `rota migrate`.',
  storage_unreachable: 'The database cannot be reached. What was not acknowledged may or may not be stored.',
  target_refused:
    'An HTTP job may not reach this address: it is not public. Add the host or its network to `http.allow` where it is meant to be reached.',
  template_invalid:
    'A value cannot stand where a template puts it: a line break in a header, `..` in a path, or it makes the request too large.',
  template_missing: 'The input or the job has no value for a template. `{{input.name?}}` makes it optional.',
  timed_out: 'The handler ran longer than the timeout of the job.',
  too_many_requests: 'Too many tries, or too many streams. Try again after the time that `Retry-After` says.',
  tx_invalid:
    'What was given as `tx` is not an open transaction on the database that Rota is on. The message names what is.',
  user_not_found: 'No person with this id or e-mail address is known here.',
  wait_timeout: 'The wait was longer than its timeout. The job itself goes on.',
  worker_not_found: 'No live worker with this id.',
})

/** A name of `errorCodes`. */
export type ErrorCode = keyof typeof errorCodes

export interface RotaErrorDetails {
  /** The option, argument or path at fault, such as `in` or `input.user.name`. */
  readonly field?: string
  readonly cause?: unknown
}

/**
 * The one error class of Rota. Switch on `code`; the message says what happened, why, and what to do.
 *
 * @example
 * try {
 *   await rota.enqueue(sendWelcome, { name: 'Ada' }, { in: '5 minutes' })
 * } catch (error) {
 *   if (error instanceof RotaError && error.code === 'duration_invalid') console.error(error.field) // 'in'
 * }
 */
export class RotaError extends Error {
  /** Always this, also where two copies of the package are loaded. */
  override readonly name = 'RotaError'
  /** What went wrong, for programs: a name of `errorCodes`. */
  readonly code: ErrorCode
  /** The option, argument or path at fault, where there is one. */
  readonly field: string | undefined

  constructor(code: ErrorCode, message: string, details: RotaErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.field = details.field
  }
}

/** By name, not by class: an application, its configuration file and the command line may each load a copy of Rota. */
export function isRotaError(error: unknown, code?: ErrorCode): error is RotaError {
  const ours =
    error instanceof Error &&
    error.name === 'RotaError' &&
    'code' in error &&
    Object.hasOwn(errorCodes, String(error.code))
  return ours && (code === undefined || error.code === code)
}

/** A value in an error message: short, on one line, never throwing. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value)
  if (value === null || ['number', 'boolean', 'undefined', 'bigint'].includes(typeof value)) return String(value)
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}
