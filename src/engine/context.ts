import { type Definition, type JobContext, type ParentView, Verdict } from '../job/context.ts'
import type { Job } from '../job/define.ts'
import type { Duration } from '../job/duration.ts'
import type { EnqueueArguments, Enqueued } from '../job/enqueue-options.ts'
import { type ErrorCode, RotaError, show } from '../job/errors.ts'
import type { JobId } from '../job/id.ts'
import { type JobLog, logLevels } from '../job/log.ts'
import type { Metadata } from '../job/options.ts'
import { type Priority, priorityOfRank } from '../job/priority.ts'
import type { Services } from '../job/services.ts'
import type { ClaimedJob } from '../storage/contract.ts'
import type { AttemptNotes } from './notes.ts'

/** How a running job reaches those that it waited for, and stores others. */
export interface Family {
  parents(id: string): Promise<ParentView[]>
  enqueue<Input, Output>(
    parent: ClaimedJob,
    job: Job<Input, Output>,
    args: EnqueueArguments<Input>,
  ): Promise<Enqueued<Output>>
}

/** What a context needs of its attempt. */
interface Source {
  readonly job: ClaimedJob
  readonly signal: AbortSignal
  readonly family: Family
  /** The handler may go on, but nothing that it does counts any more. */
  readonly ended: boolean
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
    return new Date(this.#due)
  }
  get lateBy(): number {
    return Math.max(0, this.#attempt.job.claimedAt - this.#due)
  }
  get #due(): number {
    return this.#attempt.job.schedule?.slot ?? this.#attempt.job.dueAt
  }
  get missedCount(): number {
    return this.#attempt.job.schedule?.missed ?? 0
  }
  get schedule(): { readonly id: string; readonly slot: Date | null } | null {
    const { schedule } = this.#attempt.job
    if (schedule === null) return null
    return { id: schedule.id, slot: schedule.slot === null ? null : new Date(schedule.slot) }
  }
  get enqueuedAt(): Date {
    return new Date(this.#attempt.job.createdAt)
  }
  get startedAt(): Date {
    return new Date(this.#attempt.job.claimedAt)
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
  get flow(): string | null {
    return this.#attempt.job.flow
  }
  async parent<Output>(job: Definition<unknown, Output> | JobId<Output>): Promise<Output> {
    const wanted = typeof job === 'string' ? job : job?.id
    const all = await this.#attempt.family.parents(this.id)
    return outputOf(
      all.filter((one) => one.id === wanted || one.job === wanted) as ParentView<Output>[],
      wanted,
      this.id,
    )
  }
  async parents<Output>(job?: Definition<unknown, Output>): Promise<ParentView<Output>[]> {
    const all = await this.#attempt.family.parents(this.id)
    return all.filter((one) => job === undefined || one.job === job.id) as ParentView<Output>[]
  }
  async enqueue<Input, Output>(
    job: Definition<Input, Output>,
    ...args: EnqueueArguments<Input>
  ): Promise<Enqueued<Output>> {
    if (this.#attempt.ended) {
      const message =
        'ctx.enqueue: this try is over, so it may run again elsewhere, and nothing was stored. Mind ctx.signal.'
      throw new RotaError('lease_lost', message)
    }
    return this.#attempt.family.enqueue(this.#attempt.job, job as Job<Input, Output>, args)
  }
  snooze(delay: Duration): Verdict {
    return Verdict.snooze(delay)
  }
  discard(reason: string): Verdict {
    return Verdict.discard(reason)
  }
}

function outputOf<Output>(found: readonly ParentView<Output>[], wanted: string, child: string): Output {
  const [parent, another] = found
  const fail = (code: ErrorCode, why: string) => new RotaError(code, `ctx.parent: ${why}`, { field: 'job' })
  if (parent === undefined)
    throw fail('parent_not_found', `job ${child} waited for no ${show(wanted)}, or that is gone.`)
  if (another !== undefined)
    throw fail(
      'option_invalid',
      `job ${child} waited for ${found.length} jobs ${show(wanted)}. Use ctx.parents, or an id.`,
    )
  if (parent.state === 'succeeded') return parent.output as Output
  const why = parent.error?.message ?? 'it has no output'
  throw fail(
    'parent_failed',
    `${parent.job} ${parent.id} ${parent.state}: ${why}. Ask ctx.parents for its state first.`,
  )
}
