/**
 * One try of one job, a pipeline: input → middleware → handler → outcome.
 *
 * running → (asked to end: timed out, cancelled, or the worker stops; its signal has fired) → ended. It ends once, by
 * whatever comes first: the handler's result or exception, the end of the patience with it, or the loss of the lease.
 * What the handler does after that is ignored.
 */
import { type JobContext, Verdict } from '../job/context.ts'
import { type Job, validate } from '../job/define.ts'
import { isRotaError, RotaError } from '../job/errors.ts'
import { fromJson, toJson } from '../job/payload.ts'
import type { Services } from '../job/services.ts'
import type { Outcome } from '../job/states.ts'
import type { ClaimedJob } from '../storage/contract.ts'
import { Context, type Family } from './context.ts'
import { type RunLayer, throughRun } from './middleware.ts'
import type { AttemptNotes } from './notes.ts'
import type { AttemptServices } from './services.ts'
import { storedError } from './stored-error.ts'

/** What all attempts of a worker share. */
export interface AttemptSetting {
  readonly payloadLimit: number
  readonly middleware: readonly RunLayer[]
  readonly family: Family
  readonly servicesFor: (context: () => JobContext) => AttemptServices
  readonly notesOf: (job: ClaimedJob) => AttemptNotes
  /** `null` as outcome: nothing may be recorded, because the lease is lost. */
  readonly onEnd: (attempt: Attempt, outcome: Outcome | null) => void
}

export class Attempt {
  readonly job: ClaimedJob
  readonly definition: Job
  /** When it started and when it must have ended, on the engine's monotonic clock. */
  readonly startedAt: number
  deadline: number
  /** Where it stands in the table of what runs, for `Deadlines`. */
  slot = -1
  readonly #setting: AttemptSetting
  #ended = false
  #stopping = false
  #late = false
  #cancelled: string | null = null
  #controller: AbortController | null = null
  #aborted: RotaError | null = null
  #notes: AttemptNotes | null = null
  #services: AttemptServices | null = null

  constructor(job: ClaimedJob, definition: Job, now: number, setting: AttemptSetting) {
    this.job = job
    this.definition = definition
    this.startedAt = now
    this.deadline = now + job.timeout
    this.#setting = setting
  }

  /** Where its log lines and progress go; null when it has told nothing yet. */
  get told(): AttemptNotes | null {
    return this.#notes
  }

  get family(): Family {
    return this.#setting.family
  }

  get ended(): boolean {
    return this.#ended
  }

  notes(): AttemptNotes {
    this.#notes ??= this.#setting.notesOf(this.job)
    if (this.#ended) this.#notes.end() // a handler that goes on has nothing more to tell
    return this.#notes
  }

  /** Made only when a handler asks for it: most handlers that end in microseconds never do. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController()
      if (this.#aborted !== null) this.#controller.abort(this.#aborted)
    }
    return this.#controller.signal
  }

  /** Made only when a handler asks for them, and theirs until it has ended, also when the try was over before. */
  get services(): Services {
    this.#services ??= this.#setting.servicesFor(() => new Context(this))
    return this.#services.services
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

  /** Somebody wants it to end, at `deadline` at the latest. False when that was said before. */
  cancel(reason: string, deadline: number): boolean {
    if (this.#cancelled !== null) return false
    this.#cancelled = reason
    this.deadline = Math.min(this.deadline, deadline)
    this.abort(new RotaError('cancelled', `The job was cancelled: ${reason}`))
    return true
  }

  /** No more patience: the slot is needed, or the worker goes. */
  cutOff(): void {
    this.end(
      this.#cancelled === null ? { kind: 'release', started: true } : { kind: 'cancel', reason: this.#cancelled },
    )
  }

  /** Its deadline has come. */
  timeOut(): void {
    if (this.#cancelled !== null) return this.cutOff()
    if (this.job.onTimeout === 'mark') {
      this.#late = true
      this.deadline = Number.POSITIVE_INFINITY
      return
    }
    const error = new RotaError('timed_out', `The handler ran longer than its timeout of ${this.job.timeout} ms.`)
    this.abort(error)
    this.end({ kind: 'failure', error: storedError(error), reason: 'timed_out', retryable: true })
  }

  end(outcome: Outcome | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#setting.onEnd(this, outcome)
  }

  #run(input: unknown): void {
    const { middleware } = this.#setting
    const result =
      middleware.length === 0
        ? this.#handle(input)
        : throughRun(
            middleware,
            (seen) => new Context(this, seen),
            input,
            (changed) => this.#handle(changed),
          )
    if (isThenable(result))
      result.then(
        (value) => this.#succeed(value),
        (error) => this.#fail(error),
      )
    else this.#succeed(result)
  }

  /** A schema or middleware may have waited until the try was asked to end: then it may run elsewhere, and starts no more. */
  #handle(input: unknown): unknown {
    if (this.#aborted !== null) throw this.#aborted
    return this.definition.run(input, new Context(this))
  }

  #succeed(value: unknown): void {
    if (!this.#ended) this.#record(value)
    this.#services?.end()
  }

  #record(value: unknown): void {
    let outcome: Outcome
    try {
      if (value instanceof Verdict) {
        if (value.outcome.kind === 'failure') return this.#endFailed(value.outcome)
        outcome = value.outcome
      } else {
        const output = toJson(value, 'result', this.#setting.payloadLimit)
        outcome = this.#late ? { kind: 'success', output, reason: 'timed_out' } : { kind: 'success', output }
      }
    } catch (error) {
      const message = `The handler ended, but its result cannot be stored. ${storedError(error).message}`
      const why = new RotaError('result_not_storable', message)
      outcome = { kind: 'failure', error: storedError(why), reason: why.code, retryable: false }
    }
    this.end(outcome)
  }

  #fail(error: unknown): void {
    if (!this.#ended) this.#recordFailure(error)
    this.#services?.end()
  }

  #recordFailure(error: unknown): void {
    const retryable = !isNonRetryable(error)
    const reason = retryable ? null : 'non_retryable'
    this.#endFailed({ kind: 'failure', error: storedError(error), reason, retryable })
  }

  #endFailed(failure: Extract<Outcome, { kind: 'failure' }>): void {
    if (this.#stopping || this.#cancelled !== null) return this.cutOff()
    this.end({ ...failure, reason: failure.reason ?? (this.#late ? 'timed_out' : null) })
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
