/**
 * Gathers items and sends them in batches without artificial delay: a batch is what gathered while the ones before were under
 * way.
 *
 * idle → gathering (until what runs now is done) → sending (what comes meanwhile gathers) → … → idle.
 */
import type { Runtime } from './runtime.ts'

/** A batch is full with so many jobs, or so many characters of JSON. One item may be larger by itself. */
export const largestBatch = { jobs: 1_000, characters: 4_000_000 } as const

/** How much an item adds to a batch. */
export interface Weigh<Item> {
  jobs(item: Item): number
  characters(item: Item): number
}

export class Batcher<Item> {
  readonly #runtime: Runtime
  readonly #weigh: Weigh<Item>
  readonly #send: (batch: readonly Item[]) => Promise<void>
  readonly #ways: number
  #waiting: Item[] = []
  #under = 0
  #gathering = false
  #drained: (() => void)[] = []

  /**
   * @param send must not reject: it tells whoever waits for an item itself
   * @param ways how many batches may be under way at a time
   */
  constructor(runtime: Runtime, weigh: Weigh<Item>, send: (batch: readonly Item[]) => Promise<void>, ways = 1) {
    this.#runtime = runtime
    this.#weigh = weigh
    this.#send = send
    this.#ways = ways
  }

  push(item: Item): void {
    this.#waiting.push(item)
    if (this.#gathering || this.#under === this.#ways) return
    this.#gathering = true
    this.#runtime.soon(() => {
      this.#gathering = false
      this.#sendWaiting()
    })
  }

  /** Resolves when all that was pushed is sent. */
  drained(): Promise<void> {
    if (this.#under === 0 && this.#waiting.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  #sendWaiting(): void {
    while (this.#waiting.length > 0 && this.#under < this.#ways) {
      this.#under++
      void this.#send(this.#waiting.splice(0, firstThatFit(this.#waiting, this.#weigh))).then(() => this.#sent())
    }
  }

  #sent(): void {
    this.#under--
    if (!this.#gathering) this.#sendWaiting()
    if (this.#under > 0 || this.#waiting.length > 0) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}

/** How many items from the first on make one batch; at least one. */
export function firstThatFit<Item>(items: readonly Item[], weigh: Weigh<Item>): number {
  let jobs = 0
  let characters = 0
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as Item
    jobs += weigh.jobs(item)
    characters += weigh.characters(item)
    if (i > 0 && (jobs > largestBatch.jobs || characters > largestBatch.characters)) return i
  }
  return items.length
}
