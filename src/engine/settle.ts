/**
 * Gathers the outcomes of a worker and writes them in batches.
 *
 * idle → gathering (until the event loop turns) → writing (one batch under way; what ends meanwhile gathers) → …
 * A batch whose write fails because the database is away is written again until it succeeds or the worker is given up:
 * the guard makes the repetition harmless.
 */
import { type Change, isFinalState } from '../job/states.ts'
import type { ClaimedJob, Storage } from '../storage/contract.ts'
import type { Emitter } from './events.ts'
import type { Runtime } from './runtime.ts'

const largestBatch = 1_000
const longestPause = 2_000

export interface Settled {
  readonly job: ClaimedJob
  readonly change: Change
}

export class Settler {
  readonly #storage: Storage
  readonly #worker: string
  readonly #runtime: Runtime
  readonly #events: Emitter
  readonly #onSettled: (settled: Settled, refused: boolean) => void
  #waiting: Settled[] = []
  #writing: Promise<void> | null = null
  #givenUp = false

  constructor(
    storage: Storage,
    worker: string,
    runtime: Runtime,
    events: Emitter,
    onSettled: (settled: Settled, refused: boolean) => void,
  ) {
    this.#storage = storage
    this.#worker = worker
    this.#runtime = runtime
    this.#events = events
    this.#onSettled = onSettled
  }

  push(settled: Settled): void {
    this.#waiting.push(settled)
    this.#writing ??= new Promise((resolve) => this.#runtime.soon(() => void this.#writeAll().then(resolve)))
  }

  /** Resolves when all that was pushed is written, or given up. */
  async drained(): Promise<void> {
    while (this.#writing !== null) await this.#writing
  }

  /** The lease is lost: nothing of this worker can be recorded any more. */
  giveUp(): void {
    this.#givenUp = true
  }

  async #writeAll(): Promise<void> {
    let pause = 50
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, largestBatch)
      for (let again = false; ; again = true) {
        if (this.#givenUp) {
          for (const settled of batch) this.#onSettled(settled, true)
          break
        }
        try {
          const { refused } = await this.#storage.apply(
            this.#worker,
            batch.map((settled) => settled.change),
          )
          const lost = refused.length > 0 ? await this.#reallyRefused(batch, refused, again) : null
          for (const settled of batch) this.#onSettled(settled, lost?.has(settled.job.id) ?? false)
          pause = 50
          break
        } catch (error) {
          this.#events.emit('worker:trouble', { error, during: 'recording outcomes' })
          await new Promise<void>((resolve) => this.#runtime.after(pause, resolve))
          pause = Math.min(pause * 2, longestPause)
        }
      }
    }
    this.#writing = null
  }

  /** After a lost answer, what is refused may be what the first try has written already. */
  async #reallyRefused(
    batch: readonly Settled[],
    refused: readonly string[],
    again: boolean,
  ): Promise<ReadonlySet<string>> {
    const lost = new Set(refused)
    if (!again) return lost
    const fences = new Map(batch.map(({ change }) => [change.id, change.fence]))
    for (const record of await this.#storage.get(refused)) {
      const ours = isFinalState(record.state) ? record.worker === this.#worker : record.worker === null
      if (ours && record.fence === fences.get(record.id)) lost.delete(record.id)
    }
    return lost
  }
}
