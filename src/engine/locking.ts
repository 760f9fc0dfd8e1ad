/**
 * `rota.lock`: functions that run while this process holds a lock of the cluster.
 *
 * open → closing (calls that wait are refused, functions may end within the grace; then their signals fire) → closed (the
 * lock of a function that goes on all the same is not renewed any more, and runs out).
 */
import type { Duration } from '../job/duration.ts'
import { RotaError, show } from '../job/errors.ts'
import { lockHints } from '../job/option-hints.ts'
import * as check from '../job/options.ts'
import { defaults } from '../job/options.ts'
import type { LockStore } from '../storage/contract.ts'
import { type HeldLock, lockLost, takeLock, type Wanted } from './held-lock.ts'
import { type Runtime, within } from './runtime.ts'

/** For how long, and who waits for whom. */
export interface LockOptions {
  /**
   * The lock runs out this long after its holder was last heard of; while the function runs it is renewed every third of it.
   * At least 1 s. @default '30s'
   */
  readonly ttl?: Duration
  /** How long to wait while another holds it; 0 does not wait. Those who wait are in no order. @default 0 */
  readonly wait?: Duration
  /** Ends the wait with `aborted`; once the function runs, its `lock.signal` fires with this one's reason. */
  readonly signal?: AbortSignal
  /** Which cluster is asked. @default the default cluster */
  readonly cluster?: string
}

/** What the function gets that runs while the lock is held. */
export interface Lock {
  /** As it was given. */
  readonly name: string
  /**
   * The fencing token: a whole number, larger than that of every holder of this name before. Send it along with what you
   * write, and refuse there what comes with a smaller one than was seen: then a holder that stood still and does not
   * know that it lost the lock does no harm.
   */
  readonly token: number
  /**
   * Fires as soon as it is not sure any more that the lock is held, before another can have it: with a RotaError
   * `lock_lost`, with `closed` when this Rota stops, or with the reason of the call's own `signal`.
   */
  readonly signal: AbortSignal
  /** Whether the lock is held, by the clock of this machine at this moment: right also just after the event loop was blocked. */
  readonly held: boolean
}

/** A function that runs under a lock. */
export type Locked<T> = (lock: Lock) => T | Promise<T>

/** Milliseconds between two tries: they get longer, by chance anything between the half and all of it. */
const again = { first: 20, growth: 1.5, longest: 500 }
/** Milliseconds in which functions may end whose signal has fired. */
const lastWords = 250

export class Locking {
  readonly #open: () => Promise<LockStore>
  readonly #runtime: Runtime
  readonly #closed: () => RotaError
  /** Nobody gets a lock any more. */
  readonly #closing = new AbortController()
  /** Who has one gives it up. */
  readonly #ending = new AbortController()
  /** Each with what ends when its function has ended and it is released. */
  readonly #held = new Map<HeldLock, Promise<unknown>>()

  /** @param open gives where the locks are */
  constructor(open: () => Promise<LockStore>, runtime: Runtime, closed: () => RotaError) {
    this.#open = open
    this.#runtime = runtime
    this.#closed = closed
  }

  async lock<T>(name: string, options: Omit<LockOptions, 'cluster'>, work: Locked<T>): Promise<T> {
    check.text(200)(name, 'name')
    const { ttl, wait, signal } = check.checkOptions('lock', options, lockChecks, lockHints)
    check.func(work, 'work')
    const wanted = { name: `rota:lock:${name}`, ttl: ttl ?? defaults.lockTtl, shown: show(name) }
    const held = await this.#take(wanted, wait ?? defaults.lockWait, signal ?? null)
    const running = this.#hold(name, held, signal ?? null, work)
    this.#held.set(held, running)
    try {
      return await running
    } finally {
      this.#held.delete(held)
    }
  }

  /** @param grace milliseconds */
  async stop(grace: number): Promise<void> {
    this.#closing.abort(this.#closed())
    const ended = () => Promise.allSettled(this.#held.values())
    await within(this.#runtime, grace, ended())
    this.#ending.abort(this.#closed())
    await within(this.#runtime, lastWords, ended())
    for (const held of this.#held.keys()) held.abandon()
  }

  async #hold<T>(name: string, held: HeldLock, own: AbortSignal | null, work: Locked<T>): Promise<T> {
    const signal = AbortSignal.any([held.signal, this.#ending.signal, ...(own === null ? [] : [own])])
    const lock: Lock = {
      name,
      token: held.token,
      signal,
      get held() {
        return held.held
      },
    }
    try {
      const value = await work(lock)
      const ours = await held.release()
      // Whoever ignores the signal is told at the end. A function that has failed has said more than this.
      held.signal.throwIfAborted()
      if (!ours) throw lockLost(show(name), 'at the end it was not held any more')
      return value
    } finally {
      await held.release()
    }
  }

  /** Tries until it has the lock, and once more when the wait is over. */
  async #take(wanted: Wanted, wait: number, signal: AbortSignal | null): Promise<HeldLock> {
    const runtime = this.#runtime
    const giveUp = AbortSignal.any([this.#closing.signal, ...(signal === null ? [] : [signal])])
    const until = runtime.elapsed() + wait
    for (let pause = again.first; ; pause = Math.min(pause * again.growth, again.longest)) {
      this.#throwIfGivenUp(signal, wanted)
      const left = until - runtime.elapsed()
      const held = await this.#try(wanted, giveUp).catch((error) => {
        if (left <= 0 || giveUp.aborted || !passes(error)) throw error
        return null
      })
      if (held !== null) return held
      this.#throwIfGivenUp(signal, wanted)
      if (left <= 0) throw lockHeld(wanted, wait)
      await sleep(runtime, Math.min(left, pause * (0.5 + runtime.random() / 2)), giveUp)
    }
  }

  /** Null as well when the call was given up; what comes then is released. */
  async #try(wanted: Wanted, giveUp: AbortSignal): Promise<HeldLock | null> {
    const taking = this.#open().then((store) => takeLock(store, wanted, this.#runtime))
    const givenUp = Promise.withResolvers<null>()
    const stop = () => givenUp.resolve(null)
    giveUp.addEventListener('abort', stop)
    try {
      const held = await Promise.race([taking, givenUp.promise])
      if (!giveUp.aborted) return held
      taking.then((late) => late?.release()).catch(() => {})
      return null
    } finally {
      giveUp.removeEventListener('abort', stop)
    }
  }

  #throwIfGivenUp(signal: AbortSignal | null, { shown }: Wanted): void {
    if (this.#closing.signal.aborted) throw this.#closed()
    if (!signal?.aborted) return
    const message = `The call gave up waiting for the lock ${shown}. The function was not run.`
    throw new RotaError('aborted', message, { cause: signal.reason })
  }
}

const lockChecks = { ttl: check.duration(1_000), wait: check.duration(), signal: check.signal }

/** Trouble on the way to the locks, that may be over soon. */
const passes = (error: unknown): boolean =>
  error instanceof RotaError && ['storage_unreachable', 'locks_unreachable'].includes(error.code)

function lockHeld({ shown }: Wanted, wait: number): RotaError {
  const hint = wait === 0 ? " To wait for it, give { wait: '10s' }." : ''
  const how = wait === 0 ? 'is held by another' : `was held by others for the ${wait} ms that this call waited`
  return new RotaError('lock_held', `The lock ${shown} ${how}, so the function was not run.${hint}`)
}

/** Wakes early when the signal fires. */
function sleep(runtime: Runtime, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      timer.cancel()
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const timer = runtime.after(ms, wake)
    signal.addEventListener('abort', wake)
    if (signal.aborted) wake()
  })
}
