/**
 * Gathers items and sends them in batches, one batch at a time and without artificial delay: a batch is what gathered while the
 * one before was under way. Two at a time would be faster, but the database may commit the second first, and jobs would
 * start out of order.
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
  #waiting: Item[] = []
  #sending: Promise<void> | null = null

  /** @param send must not reject: it tells whoever waits for an item itself */
  constructor(runtime: Runtime, weigh: Weigh<Item>, send: (batch: readonly Item[]) => Promise<void>) {
    this.#runtime = runtime
    this.#weigh = weigh
    this.#send = send
  }

  push(item: Item): void {
    this.#waiting.push(item)
    this.#sending ??= new Promise((resolve) => this.#runtime.soon(() => void this.#sendAll().then(resolve)))
  }

  /** Resolves when all that was pushed is sent. */
  async drained(): Promise<void> {
    while (this.#sending !== null) await this.#sending
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0, firstThatFit(this.#waiting, this.#weigh)))
    this.#sending = null
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
