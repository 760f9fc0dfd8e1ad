import type { Attempt } from './attempt.ts'
import type { RunningTable } from './running-table.ts'
import type { Runtime, Timer } from './runtime.ts'

/**
 * The timeouts of all running attempts behind one timer: thousands of short jobs set it once. The lease thread sees
 * them in a table, should this loop be blocked when one is over.
 */
export class Deadlines {
  readonly #runtime: Runtime
  readonly #running = new Set<Attempt>()
  readonly #table: RunningTable | null
  #timer: Timer | null = null
  #due = Number.POSITIVE_INFINITY
  #idle: (() => void) | null = null

  constructor(runtime: Runtime, table: RunningTable | null) {
    this.#runtime = runtime
    this.#table = table
  }

  get running(): ReadonlySet<Attempt> {
    return this.#running
  }

  add(attempt: Attempt): void {
    this.#running.add(attempt)
    if (this.#table !== null) attempt.slot = this.#table.add(attempt.job, watchedUntil(attempt))
    if (attempt.deadline < this.#due) this.#set(attempt.deadline)
  }

  /** The deadline of a running attempt has changed. */
  changed(attempt: Attempt): void {
    this.#table?.move(attempt.slot, watchedUntil(attempt))
    if (attempt.deadline < this.#due) this.#set(attempt.deadline)
  }

  delete(attempt: Attempt): void {
    if (this.#running.delete(attempt)) this.#table?.delete(attempt.slot)
    if (this.#running.size === 0) this.#idle?.()
  }

  /** True when nothing runs any more; false when `ms` were over first. */
  ended(ms: number): Promise<boolean> {
    if (this.#running.size === 0) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = this.#runtime.after(ms, () => resolve(false))
      this.#idle = () => {
        timer.cancel()
        resolve(true)
      }
    })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
    this.#due = Number.POSITIVE_INFINITY
  }

  #set(due: number): void {
    this.#timer?.cancel()
    this.#due = due
    this.#timer = this.#runtime.after(due - this.#runtime.elapsed(), () => this.#fire())
  }

  #fire(): void {
    this.stop()
    const now = this.#runtime.elapsed()
    let next = Number.POSITIVE_INFINITY
    for (const attempt of [...this.#running]) {
      if (attempt.deadline <= now) attempt.timeOut()
      if (!this.#running.has(attempt)) continue
      next = Math.min(next, attempt.deadline)
    }
    if (next < this.#due) this.#set(next)
  }
}

/** An attempt that may finish after its timeout may also block the loop for longer. */
const watchedUntil = ({ job, deadline }: Attempt): number =>
  job.onTimeout === 'mark' ? Number.POSITIVE_INFINITY : deadline
