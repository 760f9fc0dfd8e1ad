/**
 * A lock in the hands of this process.
 *
 * held (renewed every third of its time, more often while no answer comes) → lost (refused, or not renewed in time) → given up,
 * or held → released. The clock for the loss runs here, from before the call that was answered, and ends a tenth early:
 * whoever holds the lock has to hear of the loss before another can have it. Nothing leads back from lost.
 */
import { RotaError } from '../job/errors.ts'
import type { LockRequest, LockStore } from '../storage/contract.ts'
import { type Runtime, type Timer, within } from './runtime.ts'

/** Milliseconds that a release may take. Then the lock runs out by itself. */
const releasePatience = 2_000
/** Parts of the time of a lock. */
const part = { safe: 0.9, renewal: 1 / 3, again: 1 / 12 }

export class HeldLock {
  /** Larger than that of any owner before. */
  readonly token: number
  readonly #store: LockStore
  readonly #request: LockRequest
  readonly #runtime: Runtime
  readonly #shown: string
  readonly #lost = new AbortController()
  /** When the call left to which the lock is owed. */
  #since: number
  #over = false
  #renewal: Timer | null = null
  #expiry: Timer | null = null
  #releasing: Promise<boolean> | null = null

  /** @param shown what people call it */
  constructor(
    store: LockStore,
    request: LockRequest,
    answer: { readonly token: number; readonly since: number },
    runtime: Runtime,
    shown: string,
  ) {
    this.#store = store
    this.#request = request
    this.#runtime = runtime
    this.#shown = shown
    this.token = answer.token
    this.#since = answer.since
    this.#expire()
    this.#renewIn(this.#since + request.ttl * part.renewal - runtime.elapsed())
  }

  /** Fires when the lock is lost, and never after the release. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /** By the clock, also where a loop that was blocked has not heard of the loss yet. */
  get held(): boolean {
    this.#look()
    return !this.#over
  }

  /** Frees it. False when it may have been another's before; called again it does nothing more. */
  release(): Promise<boolean> {
    this.#end()
    this.#releasing ??= this.#unlock()
    return this.#releasing
  }

  /** No more renewals: it runs out by itself. */
  abandon(): void {
    this.#lose('nobody renews it any more')
  }

  /** The store knows; where it says nothing, the clock does. */
  async #unlock(): Promise<boolean> {
    let ours = this.#left > 0
    const unlocking = this.#store.unlock(this.#request.name, this.#request.owner).then((was) => {
      ours = was
    })
    await within(this.#runtime, releasePatience, unlocking)
    return ours
  }

  get #left(): number {
    return this.#since + this.#request.ttl * part.safe - this.#runtime.elapsed()
  }

  #look(): void {
    if (this.#left <= 0) this.#lose('it could not be renewed in time')
  }

  /** Again and again, because a timer may come a little early. */
  #expire(): void {
    this.#look()
    if (this.#over) return
    this.#expiry?.cancel()
    this.#expiry = this.#runtime.after(this.#left, () => this.#expire())
  }

  #renewIn(ms: number): void {
    this.#renewal?.cancel()
    this.#renewal = this.#runtime.after(ms, () => void this.#renew())
  }

  async #renew(): Promise<void> {
    this.#look() // after a blocked loop this may come before the expiry
    if (this.#over) return
    const { ttl } = this.#request
    const since = this.#runtime.elapsed()
    this.#renewIn(ttl * part.again) // whether or not this one is ever answered
    const renewed = await this.#store.renewLock(this.#request).catch(() => null)
    this.#look()
    if (this.#over || renewed === null) return
    if (!renewed) return this.#lose('it was taken away, or ran out')
    if (since < this.#since) return // another one was faster
    this.#since = since
    this.#expire()
    this.#renewIn(since + ttl * part.renewal - this.#runtime.elapsed())
  }

  #lose(why: string): void {
    if (this.#over) return
    this.#end()
    this.#lost.abort(lockLost(this.#shown, why))
  }

  #end(): void {
    this.#over = true
    this.#renewal?.cancel()
    this.#expiry?.cancel()
  }
}

export const lockLost = (shown: string, why: string): RotaError =>
  new RotaError('lock_lost', `The lock ${shown} is lost: ${why}. Another may hold it by now.`)

/** How the lock is stored, for how many milliseconds, and what people call it. */
export interface Wanted {
  readonly name: string
  readonly ttl: number
  readonly shown: string
}

/**
 * Tries once. Null when another holds the lock, and when the answer came too late to be of use.
 *
 * @throws what the store does; should the lock have been taken all the same, it is given back
 */
export async function takeLock(
  store: LockStore,
  { name, ttl, shown }: Wanted,
  runtime: Runtime,
): Promise<HeldLock | null> {
  const request = { name, owner: runtime.id(), ttl }
  const since = runtime.elapsed()
  const giveBack = () => void store.unlock(name, request.owner).catch(() => {})
  let token: number | null
  try {
    token = await store.lock(request)
  } catch (error) {
    giveBack()
    throw error
  }
  if (token === null) return null
  if (runtime.elapsed() - since < ttl * part.safe) return new HeldLock(store, request, { token, since }, runtime, shown)
  giveBack()
  return null
}
