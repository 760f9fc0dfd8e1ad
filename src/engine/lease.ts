/**
 * The lease of a worker: proof that it is alive, renewed every third of its length.
 *
 * none → held (registered; renewed again and again) → lost (refused, not renewed in time, or given up by its thread)
 * → held under a new id … → ended. The handlers have to hear of the loss before another worker may start their jobs, so
 * the clock for it runs here, and a network that answers nothing does not stop it.
 *
 * A thread of its own renews it, so that a handler which blocks the event loop keeps its jobs (`lease-keeper.ts`). Until
 * that is ready, where there cannot be one, when it is late and when it is gone, this loop renews. Both write down in the `LeaseCell`
 * when they did, so a loop that comes back late sees whether it still holds the lease.
 */
import type { Storage, WorkerBeat } from '../storage/contract.ts'
import type { Emitter } from './events.ts'
import { LeaseCell } from './lease-cell.ts'
import { type LeaseKeeper, startKeeper } from './lease-keeper.ts'
import { type Announced, lookEvery } from './lease-messages.ts'
import type { RunningTable } from './running-table.ts'
import { type Runtime, type Timer, within } from './runtime.ts'

export interface LeaseOptions {
  readonly storage: Storage
  readonly runtime: Runtime
  readonly events: Emitter
  /** What the worker tells of itself; `lease` is its length in milliseconds. */
  readonly beat: Omit<WorkerBeat, 'id' | keyof Announced> & { -readonly [Name in keyof Announced]: Announced[Name] }
  /** What runs, for the thread to see; null where there cannot be a thread. */
  readonly running: RunningTable | null
  /** The thread may end the process when the event loop stays blocked. */
  readonly endBlocked: boolean
  /** Another file for the thread, for tests. */
  readonly threadFile?: URL | undefined
}

/** A lease shorter than this, in milliseconds, could end before the thread has started. */
const shortLease = 4_000

export class Lease {
  readonly #options: LeaseOptions
  readonly #onLost: (old: string) => void
  readonly #onRegained: () => void
  readonly #onAnnounced: () => void
  #announcing = false
  #id = ''
  #registered = false
  #keeper: LeaseKeeper | null = null
  #cell = new LeaseCell()
  #beating: Promise<unknown> = Promise.resolve()
  #renewal: Timer | null = null
  #expiry: Timer | null = null
  #sign: Timer | null = null
  #ended = false

  /**
   * @param onLost called at once with the old id, when the new one is in place but not registered
   * @param onRegained called when the new id is registered
   * @param onAnnounced called when the storage has what was announced
   */
  constructor(options: LeaseOptions, onLost: (old: string) => void, onRegained: () => void, onAnnounced: () => void) {
    this.#options = options
    this.#onAnnounced = onAnnounced
    this.#onLost = onLost
    this.#onRegained = onRegained
  }

  /** Id of the worker, as long as it does not lose the lease. */
  get id(): string {
    return this.#id
  }

  /** Looks at the clock: when the process stood still, an answer may be here before the timer that tells of the loss. */
  check(): void {
    const { runtime, beat } = this.#options
    if (this.#cell.left(beat.lease, runtime.elapsed()) <= 0) this.#lose()
  }

  /** From now on the worker tells this of itself. */
  announce(told: Partial<Announced>): void {
    Object.assign(this.#options.beat, told)
    this.#keeper?.announce(told)
    this.#announcing = true
    if (this.#registered) this.#renewIn(0)
  }

  async start(): Promise<void> {
    const { runtime, events, beat } = this.#options
    this.#id = runtime.id()
    const before = runtime.elapsed()
    await this.#beat()
    this.#registered = true
    this.#holdFrom(before)
    this.#renewIn(beat.lease / 3)
    this.#startKeeper()
    // Meanwhile this loop renews, so it may take longer than the lease.
    if (beat.lease < shortLease) await within(runtime, shortLease, this.#keeper?.started)
    events.emit('worker:started', { id: this.#id, name: beat.name, leaseThread: this.#keeper !== null })
  }

  /** No more renewals; the worker is gone for the others. */
  async end(): Promise<void> {
    this.#ended = true
    for (const timer of [this.#renewal, this.#expiry, this.#sign]) timer?.cancel()
    const threadEnded = this.#keeper?.end(this.#options.runtime) // a renewal of it that comes after `leave` is refused
    await this.#beating.catch(() => {}) // one that is under way would register it again
    await Promise.all([threadEnded, this.#leave(this.#id)])
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

  // --- renewing

  #renewIn(ms: number): void {
    if (this.#ended) return
    this.#renewal?.cancel()
    this.#renewal = this.#options.runtime.after(ms, () => void this.#renew())
  }

  async #renew(): Promise<void> {
    const { runtime, events, beat } = this.#options
    const before = runtime.elapsed()
    // After a blocked event loop this may come before the expiry: renewing now would only keep our jobs from the others.
    if (this.#cell.left(beat.lease, before) <= 0) return this.#lose()
    const [id, announcing] = [this.#id, this.#announcing]
    this.#announcing = false
    try {
      const renewed = await this.#beat()
      if (this.#ended || id !== this.#id) return // lost meanwhile: the new id has renewals of its own
      if (!renewed) return this.#lose()
      this.#cell.renewed(before)
      if (announcing) this.#onAnnounced()
      if (this.#registered) return this.#renewUnlessKept()
      this.#registered = true
      this.#keeper?.hold(id, this.#cell)
      this.#renewUnlessKept()
      this.#onRegained()
    } catch (error) {
      events.emit('worker:trouble', { error, during: 'renewing the lease' })
      this.#announcing ||= announcing
      if (id === this.#id) this.#renewIn(beat.lease / 15)
    }
  }

  #renewUnlessKept(): void {
    const { runtime, beat } = this.#options
    if (!this.#keeper?.ready) return this.#renewIn(beat.lease / 3)
    if (this.#ended) return
    this.#renewal?.cancel()
    this.#renewal = runtime.after(this.#keeperLateIn(), () => {
      if (this.#keeperLateIn() > 0) this.#renewUnlessKept()
      else void this.#renew()
    })
  }

  /** Milliseconds until the thread has missed a renewal; it may have much to do for the storage. */
  #keeperLateIn(): number {
    const { runtime, beat } = this.#options
    return this.#cell.renewedAt + beat.lease / 2 - runtime.elapsed()
  }

  // --- losing

  #holdFrom(instant: number): void {
    if (this.#ended) return
    this.#cell = new LeaseCell()
    this.#cell.renewed(instant)
    this.#expire()
  }

  /** The thread may have renewed it since this was set, also while the loop was blocked. */
  #expire(): void {
    const { runtime, beat } = this.#options
    const left = this.#cell.left(beat.lease, runtime.elapsed())
    if (left <= 0) return this.#lose()
    this.#expiry?.cancel()
    this.#expiry = runtime.after(left, () => this.#expire())
  }

  #lose(): void {
    if (this.#ended) return
    const { runtime } = this.#options
    const old = this.#id
    this.#cell.lose() // the thread renews it no more
    this.#id = runtime.id()
    this.#registered = false
    this.#holdFrom(runtime.elapsed()) // a beat of the new id that is never answered is given up like any other
    // Also an id whose registration was never answered: the storage may know it, and then we have claimed under it.
    this.#onLost(old)
    void this.#leave(old)
    this.#renewIn(0)
  }

  // --- the thread

  #startKeeper(): void {
    const { storage, runtime, events, beat, running, endBlocked, threadFile } = this.#options
    const url = storage.url ?? null
    const offset = runtime.offset()
    if (url === null || running === null || offset === null) return
    const task = { url, beat, running: running.buffer, offset, endBlocked }
    try {
      this.#keeper = startKeeper(
        task,
        {
          onReady: () => this.#registered && this.#renewUnlessKept(),
          onLost: (id) => id === this.#id && this.#lose(),
          onTrouble: (error) => this.#renewForKeeper(error),
          onUpkeepTrouble: (error) => events.emit('worker:trouble', { error, during: 'the upkeep of the storage' }),
          onGone: (error) => this.#goOnWithoutKeeper(error),
        },
        threadFile,
      )
    } catch (error) {
      return this.#goOnWithoutKeeper(error)
    }
    this.#keeper.hold(this.#id, this.#cell)
    this.#giveSigns(running)
  }

  /** That this loop turns. */
  #giveSigns(running: RunningTable): void {
    const { runtime, beat } = this.#options
    running.tick()
    this.#sign = runtime.after(lookEvery(beat.lease), () => this.#giveSigns(running))
  }

  /** Its connection may be cut while ours is not. */
  #renewForKeeper(error: unknown): void {
    this.#options.events.emit('worker:trouble', { error, during: 'renewing the lease in its thread' })
    if (this.#registered) this.#renewIn(0)
  }

  #goOnWithoutKeeper(error: unknown): void {
    this.#keeper = null
    this.#sign?.cancel()
    const during = 'keeping the lease in a thread of its own; the main thread renews it from now on'
    this.#options.events.emit('worker:trouble', { error, during })
    if (this.#registered) this.#renewIn(0)
  }
}
