import type { Attempt } from './attempt.ts'
import type { Runtime, Timer } from './runtime.ts'

/** The timeouts of all running attempts behind one timer: thousands of short jobs set it once. */
export class Deadlines {
  readonly #runtime: Runtime
  readonly #running = new Set<Attempt>()
  #timer: Timer | null = null
  #due = Number.POSITIVE_INFINITY

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  get running(): ReadonlySet<Attempt> {
    return this.#running
  }

  add(attempt: Attempt): void {
    this.#running.add(attempt)
    this.changed(attempt)
  }

  /** The deadline of a running attempt has changed. */
  changed(attempt: Attempt): void {
    if (attempt.deadline < this.#due) this.#set(attempt.deadline)
  }

  delete(attempt: Attempt): void {
    this.#running.delete(attempt)
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
      else next = Math.min(next, attempt.deadline)
    }
    if (next < this.#due) this.#set(next)
  }
}
