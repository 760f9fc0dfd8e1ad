/**
 * The lease of a worker: proof that it is alive, renewed every third of its length.
 *
 * none → held (registered; renewed again and again) → lost (refused, or not renewed in time) → held under a new id …
 * → ended. The handlers have to hear of the loss before another worker may start their jobs, so the clock for it runs
 * here, and a network that answers nothing does not stop it.
 */
import type { Storage, WorkerBeat } from '../storage/contract.ts'
import type { Emitter } from './events.ts'
import type { Runtime, Timer } from './runtime.ts'

export interface LeaseOptions {
  readonly storage: Storage
  readonly runtime: Runtime
  readonly events: Emitter
  /** What the worker tells of itself; `lease` is its length in milliseconds. */
  readonly beat: Omit<WorkerBeat, 'id'>
}

/** Share of the lease after which it counts as lost, leaving the rest for the handlers to react. */
const lostAfter = 0.85

export class Lease {
  readonly #options: LeaseOptions
  readonly #onLost: (old: string) => void
  readonly #onRegained: () => void
  #id = ''
  #registered = false
  #beating: Promise<unknown> = Promise.resolve()
  #renewal: Timer | null = null
  #expiry: Timer | null = null
  /** On the engine's clock; when it passes the lease counts as lost. */
  #deadline = 0
  #ended = false

  /**
   * @param onLost called at once with the old id, when the new one is in place but not registered
   * @param onRegained called when the new id is registered
   */
  constructor(options: LeaseOptions, onLost: (old: string) => void, onRegained: () => void) {
    this.#options = options
    this.#onLost = onLost
    this.#onRegained = onRegained
  }

  /** Id of the worker, as long as it does not lose the lease. */
  get id(): string {
    return this.#id
  }

  /** Looks at the clock: when the process stood still, an answer may be here before the timer that tells of the loss. */
  check(): void {
    if (this.#options.runtime.elapsed() >= this.#deadline) this.#lose()
  }

  async start(): Promise<void> {
    const { runtime, beat } = this.#options
    this.#id = runtime.id()
    const before = runtime.elapsed()
    await this.#beat()
    this.#registered = true
    this.#holdFrom(before)
    this.#renewIn(beat.lease / 3)
  }

  /** No more renewals; the worker is gone for the others. */
  async end(): Promise<void> {
    this.#ended = true
    this.#renewal?.cancel()
    this.#expiry?.cancel()
    await this.#beating.catch(() => {}) // one that is under way would register it again
    await this.#leave(this.#id)
  }

  #beat(): Promise<boolean> {
    const beating = this.#options.storage.heartbeat({ id: this.#id, ...this.#options.beat })
    this.#beating = beating
    return beating
  }

  #leave(id: string): Promise<void> {
    const { storage, events } = this.#options
    return storage.leave(id).catch((error) => events.emit('worker:trouble', { error, during: 'leaving' }))
  }

  #renewIn(ms: number): void {
    if (this.#ended) return
    this.#renewal?.cancel()
    this.#renewal = this.#options.runtime.after(ms, () => void this.#renew())
  }

  async #renew(): Promise<void> {
    const { runtime, events, beat } = this.#options
    const before = runtime.elapsed()
    // After a blocked event loop this may come before the expiry: renewing now would only keep our jobs from the others.
    if (before >= this.#deadline) return this.#lose()
    const id = this.#id
    try {
      const renewed = await this.#beat()
      if (this.#ended || id !== this.#id) return // lost meanwhile: the new id has renewals of its own
      if (!renewed) return this.#lose()
      this.#holdFrom(before)
      this.#renewIn(beat.lease / 3)
      if (!this.#registered) this.#onRegained()
      this.#registered = true
    } catch (error) {
      events.emit('worker:trouble', { error, during: 'renewing the lease' })
      if (id === this.#id) this.#renewIn(beat.lease / 15)
    }
  }

  #holdFrom(instant: number): void {
    if (this.#ended) return
    const { runtime, beat } = this.#options
    this.#deadline = instant + beat.lease * lostAfter
    this.#expiry?.cancel()
    this.#expiry = runtime.after(this.#deadline - runtime.elapsed(), () => this.#lose())
  }

  #lose(): void {
    if (this.#ended) return
    const { runtime } = this.#options
    const old = this.#id
    this.#id = runtime.id()
    this.#registered = false
    this.#holdFrom(runtime.elapsed()) // a beat of the new id that is never answered is given up like any other
    // Also an id whose registration was never answered: the storage may know it, and then we have claimed under it.
    this.#onLost(old)
    void this.#leave(old)
    this.#renewIn(0)
  }
}
