/**
 * One try of one job, a pipeline: input → handler → outcome.
 *
 * running → ended. It ends once, by whatever comes first: the handler's result or exception, the timeout, or the loss
 * of the lease. What the handler does after that is ignored; its signal has fired by then.
 */
import { type JobContext, Verdict } from '../job/context.ts'
import { type Job, validate } from '../job/define.ts'
import type { Duration } from '../job/duration.ts'
import { isRotaError, RotaError } from '../job/errors.ts'
import type { Metadata } from '../job/options.ts'
import { fromJson, toJson } from '../job/payload.ts'
import { type Priority, priorityOfRank } from '../job/priority.ts'
import type { Outcome } from '../job/states.ts'
import type { ClaimedJob } from '../storage/contract.ts'
import { storedError } from './stored-error.ts'

/** `null` as outcome: nothing may be recorded, because the lease is lost. */
export type OnEnd = (attempt: Attempt, outcome: Outcome | null) => void

export class Attempt {
  readonly job: ClaimedJob
  readonly definition: Job
  /** When it started and when it must have ended, on the engine's monotonic clock. */
  readonly startedAt: number
  readonly deadline: number
  /** Where it stands in the table of what runs, for `Deadlines`. */
  slot = -1
  readonly #payloadLimit: number
  readonly #onEnd: OnEnd
  #ended = false
  #stopping = false
  #controller: AbortController | null = null
  #aborted: RotaError | null = null

  constructor(job: ClaimedJob, definition: Job, payloadLimit: number, now: number, onEnd: OnEnd) {
    this.job = job
    this.definition = definition
    this.startedAt = now
    this.deadline = now + job.timeout
    this.#payloadLimit = payloadLimit
    this.#onEnd = onEnd
  }

  /** Made only when a handler asks for it: most handlers that end in microseconds never do. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController()
      if (this.#aborted !== null) this.#controller.abort(this.#aborted)
    }
    return this.#controller.signal
  }

  start(): void {
    try {
      const input = validate(this.definition, fromJson(this.job.input))
      if (input instanceof Promise) input.then((late) => this.#run(late)).catch((error) => this.#fail(error))
      else this.#run(input)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Fires the signal of the handler; the try goes on until it ends by itself or by `end`. */
  abort(why: RotaError): void {
    this.#aborted ??= why
    this.#controller?.abort(why)
  }

  /** The worker stops and its grace is over: should the handler give up now, that is no failure of the job. */
  stop(why: RotaError): void {
    this.#stopping = true
    this.abort(why)
  }

  timeOut(): void {
    const error = new RotaError('timed_out', `The handler ran longer than its timeout of ${this.job.timeout} ms.`)
    this.abort(error)
    this.end({ kind: 'failure', error: storedError(error), reason: 'timed_out', retryable: true })
  }

  end(outcome: Outcome | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#onEnd(this, outcome)
  }

  #run(input: unknown): void {
    const result = this.definition.run(input, new Context(this))
    if (isThenable(result))
      result.then(
        (value) => this.#succeed(value),
        (error) => this.#fail(error),
      )
    else this.#succeed(result)
  }

  #succeed(value: unknown): void {
    if (this.#ended) return
    let outcome: Outcome
    try {
      if (value instanceof Verdict) outcome = value.outcome
      else outcome = { kind: 'success', output: toJson(value, 'result', this.#payloadLimit) }
    } catch (error) {
      const message = `The handler ended, but its result cannot be stored. ${storedError(error).message}`
      const why = new RotaError('result_not_storable', message)
      outcome = { kind: 'failure', error: storedError(why), reason: why.code, retryable: false }
    }
    this.end(outcome)
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    if (this.#stopping) return this.end({ kind: 'release' })
    const retryable = !isNonRetryable(error)
    this.end({ kind: 'failure', error: storedError(error), reason: retryable ? null : 'non_retryable', retryable })
  }
}

function isNonRetryable(error: unknown): boolean {
  try {
    return isRotaError(error, 'non_retryable')
  } catch {
    return false // a proxy that does not want to be looked at
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** What the handler sees of its attempt. Getters, so that a field nobody reads costs nothing. */
class Context implements JobContext {
  readonly #attempt: Attempt

  constructor(attempt: Attempt) {
    this.#attempt = attempt
  }

  get id(): string {
    return this.#attempt.job.id
  }
  get job(): string {
    return this.#attempt.job.job
  }
  get attempt(): number {
    return this.#attempt.job.attempt
  }
  get maxAttempts(): number {
    return this.#attempt.job.maxAttempts
  }
  get scheduledFor(): Date {
    return new Date(this.#attempt.job.dueAt)
  }
  get lateBy(): number {
    return Math.max(0, this.#attempt.job.claimedAt - this.#attempt.job.dueAt)
  }
  get enqueuedAt(): Date {
    return new Date(this.#attempt.job.createdAt)
  }
  get lane(): string {
    return this.#attempt.job.lane
  }
  get priority(): Priority {
    return priorityOfRank(this.#attempt.job.priority)
  }
  get metadata(): Metadata {
    return this.#attempt.job.metadata ?? {}
  }
  get signal(): AbortSignal {
    return this.#attempt.signal
  }
  get fence(): number {
    return this.#attempt.job.fence
  }
  get idempotencyKey(): string {
    return this.#attempt.job.id
  }
  snooze(delay: Duration): Verdict {
    return Verdict.snooze(delay)
  }
  discard(reason: string): Verdict {
    return Verdict.discard(reason)
  }
}
