/**
 * Tells requests that wait when there may be something to claim: one subscription for each cluster, and what this process itself stores. A
 * hint may be lost, so whoever waits also looks once a second.
 */
import type { Cluster } from '../../index.ts'

/** Milliseconds between looks without a hint. */
export const lookEvery = 1_000

type Heard = ReadonlySet<string> | 'any' | null

/** Listens from its making on, so that no hint is lost between a look and the wait for the next one. */
export class Ear {
  readonly #lanes: ReadonlySet<string>
  readonly #onClose: (ear: Ear) => void
  #heard: Heard = null
  #wake: (() => void) | null = null

  constructor(lanes: readonly string[], onClose: (ear: Ear) => void) {
    this.#lanes = new Set(lanes)
    this.#onClose = onClose
  }

  hear(lanes: readonly string[] | null): void {
    const ours = lanes?.filter((lane) => this.#lanes.has(lane))
    if (ours?.length === 0) return
    this.#heard = ours === undefined || this.#heard === 'any' ? 'any' : new Set([...(this.#heard ?? []), ...ours])
    this.#wake?.()
  }

  /** What was heard since the last call, after at most `ms` milliseconds or when the signal fires; null for nothing. */
  async next(ms: number, signal: AbortSignal): Promise<Heard> {
    if (this.#heard === null && !signal.aborted) await this.#wait(ms, signal)
    const heard = this.#heard
    this.#heard = null
    return heard
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done)
      this.#wake = done
    })
  }

  close(): void {
    this.#onClose(this)
  }
}

export class Hints {
  readonly #cluster: Cluster
  readonly #ears = new Set<Ear>()
  #listening: Promise<() => Promise<void>> | null = null
  #stopped = false

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async listen(lanes: readonly string[]): Promise<Ear> {
    const ear = new Ear(lanes, (closed) => this.#ears.delete(closed))
    this.#ears.add(ear)
    if (!this.#stopped) await this.#begin().catch(() => {}) // the looks without a hint go on
    return ear
  }

  async stop(): Promise<void> {
    this.#stopped = true
    const end = await this.#listening?.catch(() => null)
    await end?.()
  }

  #begin(): Promise<unknown> {
    this.#listening ??= this.#subscribe()
    this.#listening.catch(() => {
      this.#listening = null // the next one tries again
    })
    return this.#listening
  }

  async #subscribe(): Promise<() => Promise<void>> {
    const { connection } = this.#cluster
    const { storage } = await connection.open()
    const tell = (lanes: readonly string[] | null) => {
      for (const ear of this.#ears) ear.hear(lanes)
    }
    const unsubscribe = await storage.subscribe(tell)
    const unlisten = connection.onDue(() => tell(null))
    return async () => {
      unlisten()
      await unsubscribe()
    }
  }
}
