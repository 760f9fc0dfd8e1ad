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
  readonly #onLost: () => void
  #id = ''
  #renewal: Timer | null = null
  #expiry: Timer | null = null
  #ended = false

  /** @param onLost called at once; the lease takes a new id when it returns */
  constructor(options: LeaseOptions, onLost: () => void) {
    this.#options = options
    this.#onLost = onLost
  }

  /** Id of the worker, as long as it does not lose the lease. */
  get id(): string {
    return this.#id
  }

  async start(): Promise<void> {
    const { runtime } = this.#options
    this.#id = runtime.id()
    const before = runtime.elapsed()
    await this.#beat()
    this.#renewedAt(before)
    this.#renewIn(this.#options.beat.lease / 3)
  }

  /** No more renewals; the worker is gone for the others. */
  async end(): Promise<void> {
    this.#ended = true
    this.#renewal?.cancel()
    this.#expiry?.cancel()
    const { storage, events } = this.#options
    await storage.leave(this.#id).catch((error) => events.emit('worker:trouble', { error, during: 'leaving' }))
  }

  #beat(): Promise<boolean> {
    return this.#options.storage.heartbeat({ id: this.#id, ...this.#options.beat })
  }

  #renewIn(ms: number): void {
    if (this.#ended) return
    this.#renewal?.cancel()
    this.#renewal = this.#options.runtime.after(ms, () => void this.#renew())
  }

  async #renew(): Promise<void> {
    const { runtime, events, beat } = this.#options
    const before = runtime.elapsed()
    const id = this.#id
    try {
      const renewed = await this.#beat()
      if (this.#ended || id !== this.#id) return // lost meanwhile: the new id has renewals of its own
      if (!renewed) return this.#lose()
      this.#renewedAt(before)
      this.#renewIn(beat.lease / 3)
    } catch (error) {
      events.emit('worker:trouble', { error, during: 'renewing the lease' })
      if (id === this.#id) this.#renewIn(beat.lease / 15)
    }
  }

  #renewedAt(instant: number): void {
    if (this.#ended) return
    const { runtime, beat } = this.#options
    this.#expiry?.cancel()
    this.#expiry = runtime.after(instant + beat.lease * lostAfter - runtime.elapsed(), () => this.#lose())
  }

  #lose(): void {
    if (this.#ended) return
    this.#expiry?.cancel()
    this.#onLost()
    this.#id = this.#options.runtime.id()
    this.#renewIn(0) // registers the new id
  }
}
