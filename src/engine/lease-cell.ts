/**
 * What both sides know of one lease of one worker: when it was last renewed, and whether it is lost.
 *
 * held → lost, by whichever side sees it first; a lost one never comes back, the next lease has a cell of its own.
 */

/** Share of the lease after which it counts as lost, leaving the rest for the handlers to react. */
const lostAfter = 0.85

export class LeaseCell {
  readonly buffer: SharedArrayBuffer
  /** The last renewal in microseconds, and 1 when it is lost. */
  readonly #words: BigInt64Array

  constructor(buffer = new SharedArrayBuffer(16)) {
    this.buffer = buffer
    this.#words = new BigInt64Array(buffer)
  }

  /** Instant of the main loop's clock, taken before the last renewal that succeeded was sent. */
  get renewedAt(): number {
    return Number(Atomics.load(this.#words, 0)) / 1_000
  }

  renewed(at: number): void {
    const micros = BigInt(Math.floor(at * 1_000))
    for (let seen = Atomics.load(this.#words, 0); seen < micros; ) {
      const found = Atomics.compareExchange(this.#words, 0, seen, micros)
      if (found === seen) return
      seen = found // the other side has renewed it meanwhile
    }
  }

  get isLost(): boolean {
    return Atomics.load(this.#words, 1) === 1n
  }

  lose(): void {
    Atomics.store(this.#words, 1, 1n)
  }

  /** Milliseconds until it counts as lost; negative when it does already. */
  left(lease: number, now: number): number {
    return this.isLost ? Number.NEGATIVE_INFINITY : this.renewedAt + lease * lostAfter - now
  }
}
