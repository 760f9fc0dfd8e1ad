/**
 * The one job of a worker that lapsed twice: it may be the one that kills its workers.
 *
 * none → held (it waits until all that was fetched ahead has started, and for a slot) → started → none, when its outcome
 * is recorded. Not before: the next of its kind may kill this process, and the outcome would be lost.
 */
import type { ClaimedJob } from '../storage/contract.ts'

export class Suspect {
  #held: { readonly job: ClaimedJob; readonly since: number; started: boolean } | null = null

  get isHeld(): boolean {
    return this.#held !== null
  }

  hold(job: ClaimedJob, now: number): void {
    this.#held = { job, since: now, started: false }
  }

  /** The job that waits for its start; null when none does. */
  get waiting(): ClaimedJob | null {
    return this.#held === null || this.#held.started ? null : this.#held.job
  }

  start(): void {
    if (this.#held !== null) this.#held.started = true
  }

  /** Takes it out if it waits since `instant` or longer; a list, as of a lane. */
  takeWaitingSince(instant: number): ClaimedJob[] {
    const job = this.waiting
    if (job === null || this.#held === null || this.#held.since > instant) return []
    this.#held = null
    return [job]
  }

  remove(id: string, fence: number): ClaimedJob | null {
    const job = this.waiting
    if (job?.id !== id || job.fence !== fence) return null
    this.#held = null
    return job
  }

  /** The outcome of a job is recorded, or (without one) nothing will be. True when it was this one. */
  forget(job = this.#held?.job): boolean {
    if (this.#held === null || this.#held.job !== job) return false
    this.#held = null
    return true
  }
}
