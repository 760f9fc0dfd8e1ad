/**
 * What others ask of the jobs in the hands of this worker, read twice a second while it holds any, and sooner after a hint.
 *
 * idle → (a job starts) watching → (nothing is held any more) idle.
 */
import type { Signal, Storage } from '../storage/contract.ts'
import type { Runtime, Timer } from './runtime.ts'

const lookEvery = 500
/** Hints may come by the thousand. */
const leastPause = 50

export interface SignalOptions {
  readonly storage: Storage
  readonly runtime: Runtime
  readonly worker: () => string
  /** Whether there is anybody to tell. */
  readonly holds: () => boolean
  readonly onSignal: (signal: Signal) => void
  readonly onTrouble: (error: unknown) => void
}

export class Signals {
  readonly #options: SignalOptions
  #timer: Timer | null = null
  #dueAt = 0
  #looking: Promise<void> | null = null
  #stopped = false

  constructor(options: SignalOptions) {
    this.#options = options
  }

  /** A job starts. */
  watch(): void {
    if (this.#timer === null && this.#looking === null) this.#lookIn(lookEvery)
  }

  /** Something was asked, maybe of us. */
  hint(): void {
    if (this.#looking === null && this.#options.holds()) this.#lookIn(leastPause)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#looking
  }

  #lookIn(ms: number): void {
    const { runtime } = this.#options
    const at = runtime.elapsed() + ms
    if (this.#stopped || (this.#timer !== null && this.#dueAt <= at)) return
    this.#timer?.cancel()
    this.#dueAt = at
    this.#timer = runtime.after(ms, () => {
      this.#timer = null
      this.#looking = this.#look().finally(() => {
        this.#looking = null
        if (this.#options.holds()) this.#lookIn(lookEvery)
      })
    })
  }

  async #look(): Promise<void> {
    const { storage, worker, holds, onSignal, onTrouble } = this.#options
    const id = worker()
    if (!holds()) return
    try {
      const signals = await storage.signals(id)
      if (id === worker()) for (const signal of signals) onSignal(signal)
    } catch (error) {
      onTrouble(error)
    }
  }
}
