/**
 * The rows of remote workers: registered → renewed again and again → gone when their lease ran out or they left. What this process remembers of
 * a row spares a look at the storage; another server looks there once.
 */
import { RotaError } from '../../job/errors.ts'
import type { Storage, WorkerBeat } from '../../storage/contract.ts'
import { workerGone } from './identity.ts'

/** Renewals of a claim are made when this part of the lease has passed. */
const dueAfter = 0.1

interface Known {
  readonly beat: WorkerBeat
  /** By `now`. */
  renewedAt: number
}

export class RemoteWorkers {
  readonly #storage: Storage
  readonly #now: () => number
  readonly #known = new Map<string, Known>()

  /** @param now milliseconds that only grow */
  constructor(storage: Storage, now: () => number) {
    this.#storage = storage
    this.#now = now
  }

  async register(beat: WorkerBeat): Promise<void> {
    this.#forgetOld()
    const renewedAt = this.#now()
    if (!(await this.#storage.heartbeat(beat))) throw new RotaError('internal', 'A new worker was refused its lease.')
    this.#known.set(beat.id, { beat, renewedAt })
  }

  /** @throws RotaError `worker_not_found` when the lease ran out */
  async renew(id: string): Promise<WorkerBeat> {
    const { beat } = await this.#find(id)
    const renewedAt = this.#now()
    if (!(await this.#storage.heartbeat(beat))) {
      this.#known.delete(id)
      throw workerGone()
    }
    this.#known.set(id, { beat, renewedAt })
    return beat
  }

  /** The same where it is time for it. */
  async renewIfDue(id: string): Promise<WorkerBeat> {
    const known = this.#known.get(id)
    const isDue = known === undefined || this.#now() - known.renewedAt > known.beat.lease * dueAfter
    return isDue ? this.renew(id) : known.beat
  }

  leave(id: string): Promise<void> {
    this.#known.delete(id)
    return this.#storage.leave(id)
  }

  async #find(id: string): Promise<Known> {
    const known = this.#known.get(id)
    if (known !== undefined && !this.#isOld(known)) return known
    const record = (await this.#storage.workers()).find((one) => one.id === id)
    if (record === undefined) throw workerGone()
    const { name, lanes, jobs, schedules, seenAt, leaseUntil } = record
    return { beat: { id, name, lanes, jobs, schedules, lease: leaseUntil - seenAt }, renewedAt: this.#now() }
  }

  #forgetOld(): void {
    for (const [id, known] of this.#known) if (this.#isOld(known)) this.#known.delete(id)
  }

  readonly #isOld = ({ beat, renewedAt }: Known): boolean => this.#now() - renewedAt > beat.lease
}
