/**
 * How often a worker looks for what somebody tells as a rule: jobs to claim, scheduled ones that are due, dead workers.
 *
 * Where hints are heard, looks that find nothing make the next one later, and the workers that hold a lease share them: a
 * hundred idle ones ask the database about as often as a few. Whatever a worker believes of the others, they make no look of
 * its own later than two leases.
 */
const longestBackoff = 5
/** So many of the workers that share a look make it in the time in which one alone would: the others may be late, or dead. */
const lookers = 3

export class Looking {
  readonly #poll: number
  readonly #longest: number
  readonly #random: () => number
  /** Whether hints are heard at all. */
  hears = false
  /** How many workers held a lease when we last asked, this one included. */
  workers = 1
  /** How many of them serve all our lanes and jobs. */
  likes = 1
  #inVain = 0

  /** Times in milliseconds. */
  constructor(poll: number, lease: number, random: () => number) {
    this.#random = random
    this.#poll = poll
    this.#longest = 2 * lease
  }

  /** Milliseconds until the next look for jobs to claim. */
  get pause(): number {
    return this.#among(this.#backedOff, this.likes)
  }

  /** Milliseconds until the next look for scheduled jobs that are due. */
  get promotion(): number {
    return this.#among(this.#backedOff, this.workers)
  }

  /** Milliseconds from one look to the next of something that any worker can do for all, and nobody tells of. */
  shared(ms: number): number {
    return this.#share(ms, this.workers)
  }

  get #backedOff(): number {
    return this.#poll * Math.max(1, this.#inVain)
  }

  #among(ms: number, workers: number): number {
    return this.hears && this.#inVain > 0 ? this.#share(ms, workers) : this.#poll
  }

  #share(ms: number, workers: number): number {
    const among = Math.max(1, workers / lookers)
    // Those that began together must not go on looking together.
    return Math.min(ms * among, Math.max(ms, this.#longest)) * (among === 1 ? 1 : 0.75 + this.#random() / 4)
  }

  looked(found: boolean): void {
    this.#inVain = found ? 0 : Math.min(this.#inVain + 1, longestBackoff)
  }
}
