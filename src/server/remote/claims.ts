/**
 * A claim for a remote worker: now, or when there is something within the time that it will wait. Whatever was claimed for somebody who is gone
 * meanwhile is given back at once.
 */
import { RotaError } from '../../job/errors.ts'
import { release, suspectAfter } from '../../job/states.ts'
import type { ClaimedJob, ClaimRequest, Storage } from '../../storage/contract.ts'
import { tooMany } from '../too-many.ts'
import { type Ear, type Hints, lookEvery } from './hints.ts'
import type { RemoteWorkers } from './workers.ts'

/** Jobs of one answer, requests that wait, in all and of one worker, and the milliseconds that one may wait. */
export const limits = { jobs: 1_000, waiting: 2_000, waitingOfOne: 100, wait: 30_000 }

export interface ClaimAsked extends Pick<ClaimRequest, 'worker' | 'lanes' | 'jobs'> {
  /** Undefined: those that lapsed too often come one at a time, and before the others. */
  readonly suspect: boolean | undefined
  /** Milliseconds. */
  readonly wait: number
  /** Fires when the client is gone before it was answered. */
  readonly gone: AbortSignal
  /** The server stops: whoever waits gets an answer now. */
  readonly closing: AbortSignal
  /** Whether who asked may still ask. */
  readonly isStillIn: () => Promise<boolean>
}

export class RemoteClaims {
  readonly #storage: Storage
  readonly #workers: RemoteWorkers
  readonly #hints: Hints
  /** How many requests of each worker wait. */
  readonly #waiting = new Map<string, number>()
  #all = 0

  constructor(storage: Storage, workers: RemoteWorkers, hints: Hints) {
    this.#storage = storage
    this.#workers = workers
    this.#hints = hints
  }

  /** @throws RotaError `worker_not_found`, `too_many_requests`, `sign_in_required` */
  async claim(asked: ClaimAsked): Promise<readonly ClaimedJob[]> {
    const claimed = asked.wait === 0 ? await this.#claimNow(asked) : await this.#claimWithin(asked)
    if (claimed.length === 0) return claimed
    if (asked.gone.aborted) {
      await this.#giveBack(asked.worker, claimed)
      return []
    }
    asked.gone.addEventListener('abort', () => void this.#giveBack(asked.worker, claimed), { once: true })
    return claimed
  }

  /** The lanes in which there may be something by now; null for any, none when the wait is over. */
  async hint(asked: Pick<ClaimAsked, 'worker' | 'wait' | 'gone' | 'closing'>, lanes: readonly string[]) {
    const heard = await this.#waitingFor(asked, lanes, (ear, signal) => ear.next(asked.wait, signal))
    return heard === 'any' ? null : [...(heard ?? [])]
  }

  #claimWithin(asked: ClaimAsked): Promise<readonly ClaimedJob[]> {
    const lanes = asked.lanes.map(({ name }) => name)
    const end = performance.now() + asked.wait
    return this.#waitingFor(asked, lanes, async (ear, signal) => {
      for (;;) {
        const claimed = await this.#claimNow(asked)
        const left = end - performance.now()
        if (claimed.length > 0 || left <= 0 || signal.aborted) return claimed
        await ear.next(Math.min(left, lookEvery), signal)
        if (signal.aborted) return []
        if (!(await asked.isStillIn())) throw new RotaError('sign_in_required', 'This key is good no more.')
        await this.#workers.renewIfDue(asked.worker)
      }
    })
  }

  async #claimNow({ worker, lanes, jobs, suspect }: ClaimAsked): Promise<readonly ClaimedJob[]> {
    const request = { worker, lanes, jobs }
    if (suspect !== undefined) return this.#storage.claim({ ...request, suspect })
    const alone = await this.#storage.claim({ ...request, suspect: true })
    if (alone.length > 0 && !(await this.#hasAnother(worker, alone))) return alone
    await this.#giveBack(worker, alone)
    return this.#storage.claim({ ...request, suspect: false })
  }

  /** A worker runs one at a time of those that may be what kills their workers. */
  async #hasAnother(worker: string, [claimed]: readonly ClaimedJob[]): Promise<boolean> {
    const held = await this.#storage.held(worker)
    return held.some(({ id, lapses }) => id !== claimed?.id && lapses >= suspectAfter)
  }

  async #giveBack(worker: string, jobs: readonly ClaimedJob[]): Promise<void> {
    if (jobs.length === 0) return
    await this.#storage.apply(worker, jobs.map(release)).catch(() => {}) // then they lapse
  }

  async #waitingFor<T>(
    { worker, gone, closing }: Pick<ClaimAsked, 'worker' | 'gone' | 'closing'>,
    lanes: readonly string[],
    wait: (ear: Ear, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const own = this.#waiting.get(worker) ?? 0
    if (own >= limits.waitingOfOne || this.#all >= limits.waiting) throw refused()
    this.#waiting.set(worker, own + 1)
    this.#all++
    const ear = await this.#hints.listen(lanes)
    try {
      return await wait(ear, AbortSignal.any([gone, closing]))
    } finally {
      ear.close()
      this.#all--
      const left = (this.#waiting.get(worker) ?? 1) - 1
      if (left > 0) this.#waiting.set(worker, left)
      else this.#waiting.delete(worker)
    }
  }
}

const refused = () =>
  tooMany(`Too many requests wait: at most ${limits.waitingOfOne} of one worker, ${limits.waiting} in all.`, 1)
