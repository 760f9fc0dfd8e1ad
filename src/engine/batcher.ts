/**
 * Gathers items and sends them in batches, one batch at a time and without artificial delay.
 *
 * idle → gathering (until the event loop turns) → sending (what comes meanwhile gathers) → … → idle.
 */
import type { Runtime } from './runtime.ts'

/** A batch is full with so many jobs, or so many characters of JSON. One item may be larger by itself. */
export const largestBatch = { jobs: 1_000, characters: 4_000_000 } as const

export interface Weight {
  readonly jobs: number
  readonly characters: number
}

export class Batcher<Item> {
  readonly #runtime: Runtime
  readonly #weigh: (item: Item) => Weight
  readonly #send: (batch: readonly Item[]) => Promise<void>
  #waiting: Item[] = []
  #sending: Promise<void> | null = null

  /** @param send must not reject: it tells whoever waits for an item itself */
  constructor(runtime: Runtime, weigh: (item: Item) => Weight, send: (batch: readonly Item[]) => Promise<void>) {
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
    while (this.#waiting.length > 0) {
      const fit = firstThatFit(this.#waiting, this.#weigh)
      await this.#send(this.#waiting.splice(0, fit))
    }
    this.#sending = null
  }
}

/** How many items from the first on make one batch; at least one. */
export function firstThatFit<Item>(items: readonly Item[], weigh: (item: Item) => Weight): number {
  let jobs = 0
  let characters = 0
  for (const [i, item] of items.entries()) {
    const weight = weigh(item)
    jobs += weight.jobs
    characters += weight.characters
    if (i > 0 && (jobs > largestBatch.jobs || characters > largestBatch.characters)) return i
  }
  return items.length
}
