/**
 * What any worker does for all: scheduled jobs become ready when their time has come and others expire, jobs of dead
 * workers are given back, jobs that nobody knows are set aside, and what was kept long enough goes. Every worker does it; the storage sees to it that nothing is done twice.
 */
import { type FinalState, isFinalChange, lapse, type State } from '../job/states.ts'
import type { Followed, HeldJob, Storage, WorkerRecord } from '../storage/contract.ts'
import { type Emitter, eventOfEnd, type Told } from './events.ts'
import type { Looking } from './looking.ts'
import type { Runtime, Timer } from './runtime.ts'

const batch = 1_000
/** In leases. */
const census = 0.6
/** Milliseconds between looks for what was kept long enough; between bites there is only a breath. */
const purgePause = { first: 5_000, idle: 60_000, bites: 50 }

export interface MaintenanceOptions {
  readonly storage: Storage
  readonly runtime: Runtime
  readonly events: Emitter
  readonly lease: number
  /** Whether a worker does all that this one does. */
  readonly serves: (worker: WorkerRecord) => boolean
  /** A worker was lost while it had a job in its hands: id of the definition, and where the job went. */
  readonly onLapsed: (job: string, to: State) => void
  /** Called for jobs that are over. */
  readonly onFinished: (id: string) => void
  readonly onFireIn: (delay: number) => void
  readonly onCensus: (workers: readonly WorkerRecord[]) => void
}

export class Maintenance {
  readonly #options: MaintenanceOptions
  readonly #looking: Looking
  readonly #onReady: () => void
  #promoting: Promise<void> = Promise.resolve()
  #sweeping: Promise<void> = Promise.resolve()
  #promoteAt = Number.POSITIVE_INFINITY
  #promoteTimer: Timer | null = null
  #sweepTimer: Timer | null = null
  #purging: Promise<void> = Promise.resolve()
  #purgeTimer: Timer | null = null
  #censusAt = 0
  #stopped = true

  constructor(options: MaintenanceOptions, looking: Looking, onReady: () => void) {
    this.#options = options
    this.#looking = looking
    this.#onReady = onReady
  }

  start(): void {
    this.#stopped = false
    this.expect(0)
    this.#sweeping = this.#sweep()
    this.#purgeIn(purgePause.first * (1 + this.#options.runtime.random()))
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#promoteTimer?.cancel()
    this.#sweepTimer?.cancel()
    this.#purgeTimer?.cancel()
    await this.#purging
    await this.#promoting
    await this.#sweeping
  }

  /** The worker can run others than before: what was set aside for want of them may come back. */
  lookAround(): void {
    if (this.#stopped) return
    this.#censusAt = 0
    this.#sweepTimer?.cancel()
    this.#sweeping = this.#sweeping.then(() => this.#sweep())
  }

  /** A scheduled job is due in `delay` milliseconds. */
  expect(delay: number): void {
    const at = this.#options.runtime.elapsed() + delay
    if (this.#stopped || at >= this.#promoteAt) return
    this.#promoteAt = at
    this.#promoteTimer?.cancel()
    this.#promoteTimer = this.#options.runtime.after(delay, () => {
      this.#promoteAt = Number.POSITIVE_INFINITY
      this.#promoting = this.#promoting.then(() => this.#promoteDue())
    })
  }

  async #promoteDue(): Promise<void> {
    const { storage, events } = this.#options
    let next = this.#looking.promotion
    try {
      const { promoted, expired, followed, nextDueIn, nextFireIn } = await storage.promote(batch)
      if (nextFireIn !== null) this.#options.onFireIn(nextFireIn)
      for (const job of expired) this.#onOver({ ...job, error: null }, 'expired')
      this.follow(followed)
      if (promoted > 0) this.#onReady()
      next = Math.max(promoted, expired.length) === batch ? 0 : Math.min(next, nextDueIn ?? next)
    } catch (error) {
      events.emit('worker:trouble', { error, during: 'promoting scheduled jobs' })
    }
    // A job that is due and was not promoted is in other hands; a short pause keeps this from spinning.
    this.expect(Math.max(1, next))
  }

  async #sweep(): Promise<void> {
    const { storage, runtime, events, lease } = this.#options
    let soon = false
    try {
      const lapsed = await storage.sweep(batch)
      await this.#giveBack(lapsed)
      soon = lapsed.length === batch || (runtime.elapsed() >= this.#censusAt && (await this.#census()))
    } catch (error) {
      events.emit('worker:trouble', { error, during: 'giving back the jobs of dead workers' })
    }
    if (this.#stopped) return
    this.#sweepTimer?.cancel()
    this.#sweepTimer = runtime.after(soon ? 0 : this.#looking.shared(lease / 6), () => {
      this.#sweeping = this.#sweep()
    })
  }

  /** Who else there is, and which jobs nobody knows. True when there may be more of those. */
  async #census(): Promise<boolean> {
    const { storage, runtime, lease, serves, onCensus } = this.#options
    const workers = await storage.workers()
    onCensus(workers)
    this.#looking.workers = Math.max(1, workers.length)
    this.#looking.likes = Math.max(1, workers.filter(serves).length)
    const { aside, back } = await storage.setAside(batch)
    if (back > 0) this.#onReady()
    const more = Math.max(aside, back) >= batch
    this.#censusAt = more ? 0 : runtime.elapsed() + lease * census
    return more
  }

  #purgeIn(ms: number): void {
    if (this.#stopped) return
    this.#purgeTimer = this.#options.runtime.after(ms, () => {
      this.#purging = this.#purge()
    })
  }

  async #purge(): Promise<void> {
    const { storage, events } = this.#options
    let more = false
    try {
      more = await storage.purge(batch)
    } catch (error) {
      events.emit('worker:trouble', { error, during: 'removing what was kept long enough' })
    }
    this.#purgeIn(more ? purgePause.bites : purgePause.idle)
  }

  async #giveBack(lapsed: readonly HeldJob[]): Promise<void> {
    const { storage } = this.#options
    for (const [worker, jobs] of Map.groupBy(lapsed, (job) => job.worker)) {
      const changes = jobs.map(lapse)
      const { refused, cancelled, followed } = await storage.apply(worker, changes)
      this.follow(followed)
      for (const [i, change] of changes.entries()) {
        const { id, job, attempt } = jobs[i] as HeldJob
        if (!refused.includes(id)) this.#options.onLapsed(job, cancelled.includes(id) ? 'cancelled' : change.to)
        if (cancelled.includes(id)) this.#onOver({ id, job, attempt, error: null }, 'cancelled')
        else if (isFinalChange(change) && !refused.includes(id))
          this.#onOver({ id, job, attempt, error: change.error }, change.to)
      }
    }
    if (lapsed.length > 0) this.#onReady()
  }

  /** What came of the end of jobs for those that waited for them. */
  follow({ released, cancelled }: Followed): void {
    for (const job of cancelled) this.#onOver({ ...job, error: null }, 'cancelled')
    if (released === 0) return
    this.expect(0) // some may have a time to wait for
    this.#onReady()
  }

  #onOver(job: Told['job:failed'], state: FinalState): void {
    this.#options.onFinished(job.id)
    this.#options.events.emit(eventOfEnd(state), job)
  }
}
