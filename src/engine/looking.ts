/**
 * How often a worker looks for what somebody tells as a rule: jobs to claim, scheduled ones that are due, dead workers.
 *
 * Where hints are heard, looks that find nothing make the next one later, and the workers that hold a lease share them: a
 * hundred idle ones ask the database about as often as a few. Whatever a worker believes of the others, it looks itself
 * within two leases.
 */
const longestBackoff = 5

export class Looking {
  readonly #poll: number
  readonly #longest: number
  /** Whether hints are heard at all. */
  hears = false
  /** How many workers held a lease when we last asked, this one included. */
  workers = 1
  #inVain = 0

  /** Both in milliseconds. */
  constructor(poll: number, lease: number) {
    this.#poll = poll
    this.#longest = 2 * lease
  }

  /** Milliseconds until the next look for jobs. */
  get pause(): number {
    return this.hears && this.#inVain > 0 ? this.shared(this.#poll * this.#inVain) : this.#poll
  }

  /** Milliseconds from one look to the next of something that any worker can do for all. */
  shared(ms: number): number {
    return Math.min(ms * this.workers, Math.max(ms, this.#longest))
  }

  /** Whether the next look is later than the poll says: when there is something to do it has to be made earlier. */
  get rests(): boolean {
    return this.pause > this.#poll
  }

  looked(found: boolean): void {
    this.#inVain = found ? 0 : Math.min(this.#inVain + 1, longestBackoff)
  }
}
