import { type JobContext, Verdict } from '../job/context.ts'
import type { Duration } from '../job/duration.ts'
import { RotaError, show } from '../job/errors.ts'
import { type JobLog, logLevels } from '../job/log.ts'
import type { Metadata } from '../job/options.ts'
import { type Priority, priorityOfRank } from '../job/priority.ts'
import type { Services } from '../job/services.ts'
import type { ClaimedJob } from '../storage/contract.ts'
import type { AttemptNotes } from './notes.ts'

/** What a context needs of its attempt. */
interface Source {
  readonly job: ClaimedJob
  readonly signal: AbortSignal
  readonly services: Services
  notes(): AttemptNotes
}

/** What the handler sees of its attempt. Getters, so that a field nobody reads costs nothing. */
export class Context implements JobContext {
  readonly #attempt: Source
  #log: JobLog | null = null
  /** For middleware; a handler gets its input beside the context. */
  readonly input: unknown

  constructor(attempt: Source, input?: unknown) {
    this.#attempt = attempt
    this.input = input
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
  get services(): Services {
    return this.#attempt.services
  }
  get fence(): number {
    return this.#attempt.job.fence
  }
  get idempotencyKey(): string {
    return this.#attempt.job.id
  }
  get log(): JobLog {
    this.#log ??= Object.fromEntries(
      logLevels.map((level) => [
        level,
        (message: string, data?: unknown) => this.#attempt.notes().say(level, message, data),
      ]),
    ) as JobLog
    return this.#log
  }
  progress(percent: number, message?: string): Promise<void> {
    if (typeof percent !== 'number' || !(percent >= 0 && percent <= 100)) {
      const text = `progress: ${show(percent)} is not allowed. It must be a number from 0 to 100.`
      return Promise.reject(new RotaError('option_invalid', text, { field: 'progress' }))
    }
    this.#attempt.notes().reach(percent, message)
    return Promise.resolve()
  }
  snooze(delay: Duration): Verdict {
    return Verdict.snooze(delay)
  }
  discard(reason: string): Verdict {
    return Verdict.discard(reason)
  }
}
