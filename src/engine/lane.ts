import { defaults } from '../job/options.ts'
import type { ClaimedJob } from '../storage/contract.ts'

/** How much claimed work a lane may hold beyond its slots: enough to hide a round trip, too little to hoard. */
const heldWork = 100
/** Of all lanes of a worker together, as far as each gets a hundred. */
const largestPrefetch = 900

/**
 * The slots of one lane in one worker, and the claimed jobs that wait for them. Jobs are fetched ahead only as far as
 * the measured duration of recent ones shows that they start within about 100 ms.
 */
export class Lane {
  readonly name: string
  readonly concurrency: number
  running = 0
  readonly #largestPrefetch: number
  #queue: { job: ClaimedJob; since: number }[] = []
  #head = 0
  /** Mean duration of recent jobs in milliseconds; null until one has ended. */
  #mean: number | null = null

  /** @param lanes how many the worker has */
  constructor(name: string, concurrency: number = defaults.concurrency, lanes = 1) {
    this.name = name
    this.concurrency = concurrency
    this.#largestPrefetch = Math.max(100, Math.floor(largestPrefetch / lanes))
  }

  get queued(): number {
    return this.#queue.length - this.#head
  }

  get freeSlots(): number {
    return Math.max(0, this.concurrency - this.running)
  }

  /** How many more jobs to claim; 0 while what is held lasts, so that claims stay large. */
  get room(): number {
    const prefetch = this.#prefetch()
    return this.queued > prefetch / 2 ? 0 : Math.max(0, this.freeSlots + prefetch - this.queued)
  }

  push(job: ClaimedJob, now: number): void {
    this.#queue.push({ job, since: now })
  }

  /** The next job, when a slot is free for it. */
  take(): ClaimedJob | null {
    if (this.running >= this.concurrency || this.queued === 0) return null
    const { job } = this.#queue[this.#head++] as { job: ClaimedJob }
    if (this.#head > 512 && this.#head * 2 > this.#queue.length) this.#compact()
    this.running++
    return job
  }

  /** Takes a slot for a job that did not wait in the lane. */
  occupy(): void {
    this.running++
  }

  /** Gives up a slot after `ms` milliseconds of work. */
  free(ms: number): void {
    this.running--
    // Slow jobs count at once, fast ones slowly: holding too much work is worse than holding too little.
    const weight = this.#mean === null || ms > this.#mean ? 0.5 : 0.05
    this.#mean = this.#mean === null ? ms : this.#mean + (ms - this.#mean) * weight
  }

  /** Takes out the jobs that have been waiting for a slot since before `instant`: others may have one. */
  takeWaitingSince(instant: number): ClaimedJob[] {
    this.#compact()
    const stale = this.#queue.filter((entry) => entry.since <= instant)
    if (stale.length > 0) {
      this.#queue = this.#queue.filter((entry) => entry.since > instant)
      this.#mean = heldWork * this.concurrency // the estimate was wrong: fetch nothing ahead until it recovers
    }
    return stale.map((entry) => entry.job)
  }

  /** Takes out a job that waits for a slot. */
  remove(id: string, fence: number): ClaimedJob | null {
    this.#compact()
    const at = this.#queue.findIndex(({ job }) => job.id === id && job.fence === fence)
    return at < 0 ? null : (this.#queue.splice(at, 1)[0]?.job ?? null)
  }

  #prefetch(): number {
    if (this.#mean === null) return 0
    return Math.min(this.#largestPrefetch, Math.floor((this.concurrency * heldWork) / Math.max(this.#mean, 0.001)))
  }

  #compact(): void {
    this.#queue = this.#queue.slice(this.#head)
    this.#head = 0
  }
}
