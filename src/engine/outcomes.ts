/** What became of the jobs of a worker: decided (`job/states.ts`), recorded (`settle.ts`), and told in this process. */
import type { Job } from '../job/define.ts'
import { defaultDelay } from '../job/retry.ts'
import { decide, isFinalChange, leavesRecord, type Outcome } from '../job/states.ts'
import type { ClaimedJob, Followed, Note } from '../storage/contract.ts'
import { eventOfEnd } from './events.ts'
import { type Fate, type Settled, Settler } from './settle.ts'
import type { WorkerOptions } from './worker-options.ts'

export interface OutcomesOptions
  extends Pick<WorkerOptions, 'storage' | 'runtime' | 'events' | 'backoff' | 'onFinished' | 'forgotten'> {
  /** Id of the present lease. */
  readonly worker: () => string
  /** One is recorded, or refused; nobody has been told of it yet. */
  readonly onSettled: (settled: Settled, fate: Fate) => void
  readonly onFollowed: (followed: Followed) => void
  /** A job that came back is due in `delay` milliseconds. */
  readonly onBack: (delay: number) => void
}

export class Outcomes {
  readonly #options: OutcomesOptions
  /** Of the present lease; made with its first outcome. */
  #settler: Settler | null = null

  constructor(options: OutcomesOptions) {
    this.#options = options
  }

  /** @param took milliseconds; null where its handler never started */
  record(job: ClaimedJob, outcome: Outcome, took: number | null, definition?: Job, note: Note | null = null): void {
    const { storage, runtime, events, worker, forgotten, onFollowed } = this.#options
    this.#settler ??= new Settler(
      storage,
      worker(),
      runtime,
      events,
      (settled, fate) => this.#settled(settled, fate),
      onFollowed,
    )
    const change = decide(job, outcome, () => this.#delay(job, definition))
    if (job.forgets && isFinalChange(change) && change.forget) {
      const { to: state, output, reason, error } = change
      forgotten.announce(job.id, { job: job.job, attempt: job.attempt, state, output, reason, error })
    }
    this.#settler.push({ job, note, change, took })
  }

  /** Gives back what has not started. */
  release(jobs: readonly ClaimedJob[]): void {
    for (const job of jobs) this.record(job, { kind: 'release', started: false }, null)
  }

  /** Resolves when all that was told is recorded, or given up. */
  async drained(): Promise<void> {
    await this.#settler?.drained()
  }

  /** Nothing of this lease will be recorded any more. */
  giveUp(): void {
    this.#settler?.giveUp()
  }

  /** Nothing of the lease that was lost will be recorded; what comes is of the next one. */
  loseLease(): void {
    this.giveUp()
    this.#settler = null
  }

  /** A backoff function is the user's own; when it fails, the job must still come back. */
  #delay(job: ClaimedJob, definition: Job | undefined): number {
    const { runtime, events, backoff } = this.#options
    try {
      return (definition?.options.backoff ?? backoff)(job.attempt, runtime.random)
    } catch (error) {
      events.emit('worker:trouble', { error, during: `asking the backoff of job "${job.job}"` })
      return defaultDelay(job.attempt, runtime.random)
    }
  }

  #settled(settled: Settled, fate: Fate): void {
    const { job, change } = settled
    const { events, onSettled, onFinished, onBack, forgotten } = this.#options
    onSettled(settled, fate)
    if (fate === 'refused') {
      if (job.forgets) forgotten.unsaid(job.id)
      return events.emit('job:lease_lost', events.identify(job))
    }
    if (fate === 'cancelled') {
      onFinished(change.id)
      return events.emit('job:cancelled', events.identify(job))
    }
    if (isFinalChange(change)) {
      onFinished(change.id)
      events.emit(eventOfEnd(change.to), events.ended(job, change.error))
    } else {
      onBack(change.delay)
      if (!leavesRecord(change)) return // given back, not tried
      events.emit('job:retrying', { ...events.identify(job), error: change.error, delay: change.delay })
    }
  }
}
