/**
 * Fetches jobs for a worker.
 *
 * at rest → claiming → at rest, or claiming again when a hint came meanwhile or there may be more. After trouble it
 * pauses, longer each time. The answer of a claim may be lost while the storage has handed out the jobs: so after
 * trouble, and once per lease, it looks what the storage believes to be in the hands of the worker, and gives back
 * what is not.
 */
import { release } from '../job/states.ts'
import type { ClaimedJob, HeldJob, Storage } from '../storage/contract.ts'
import type { Lane } from './lane.ts'
import type { Runtime, Timer } from './runtime.ts'

export interface ClaimsOptions {
  readonly storage: Storage
  readonly runtime: Runtime
  /** Milliseconds of the first pause after trouble. */
  readonly poll: number
  /** Milliseconds. */
  readonly lease: number
  /** Ids of the definitions that the worker knows. */
  readonly jobs: () => readonly string[]
  readonly lanes: ReadonlyMap<string, Lane>
  /** Id of the worker, as long as it holds its lease. */
  readonly worker: () => string
  /** Whether a job was claimed and its outcome is not settled. */
  readonly holds: (job: HeldJob) => boolean
  /** A worker takes one job that lapsed twice at a time, and nothing ahead meanwhile. */
  readonly holdsSuspect: () => boolean
  readonly onJobs: (jobs: readonly ClaimedJob[]) => void
  readonly onSuspect: (job: ClaimedJob) => void
  /** Jobs that were claimed by a worker that has lost its lease meanwhile. */
  readonly onLate: (worker: string, jobs: readonly ClaimedJob[]) => void
  readonly onTrouble: (error: unknown, during: string) => void
}

const longestPause = 10_000
/** Jobs that come within so many milliseconds of each other are looked for again at once, without waiting for a hint. */
const dense = 2

export class Claims {
  readonly #options: ClaimsOptions
  #claiming: Promise<void> | null = null
  #claimingSuspect: Promise<void> | null = null
  #again = false
  #againSuspect = false
  #unsure = false
  #trouble = 0
  #foundAt = Number.NEGATIVE_INFINITY
  #pause: Timer | null = null
  #check: Timer | null = null
  #stopped = true
  /** Lanes whose last claim found less than it asked for. */
  readonly #dry = new Set<string>()

  constructor(options: ClaimsOptions) {
    this.#options = options
  }

  start(): void {
    this.#stopped = false
    this.#checkLater()
    this.soon()
  }

  /** Resolves when no claim is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#pause?.cancel()
    this.#check?.cancel()
    await Promise.all([this.#claiming, this.#claimingSuspect])
  }

  /** The worker has a new id, and nothing in its hands. */
  forget(): void {
    this.#unsure = false
  }

  soon(): void {
    if (this.#claiming !== null) this.#again = true
    else if (!this.#stopped && this.#pause === null) {
      this.#claiming = this.#claim().finally(() => {
        this.#claiming = null
        if (this.#again) this.soon()
      })
    }
  }

  /** Whether there may be more in a lane than was claimed. */
  mayHaveMore(lane: string): boolean {
    return !this.#dry.has(lane)
  }

  /** Now, when the worker has just become able to take more. */
  ifWanted(): void {
    if (this.#claiming === null && this.#again) this.soon()
  }

  suspectSoon(): void {
    if (this.#claimingSuspect !== null) this.#againSuspect = true
    else if (!this.#stopped && !this.#options.holdsSuspect() && !this.#unsure) {
      this.#againSuspect = false
      this.#claimingSuspect = this.#claimSuspect().finally(() => {
        this.#claimingSuspect = null
        if (this.#againSuspect) this.suspectSoon()
      })
    }
  }

  async #claim(): Promise<void> {
    this.#again = false
    const { storage, poll, runtime, jobs, worker, onJobs, onLate, onTrouble } = this.#options
    const id = worker()
    try {
      if (this.#unsure) await this.#giveBackUnknown()
      const lanes = this.#rooms()
      // What was hinted at for a lane without room is looked for when it has some.
      for (const name of this.#options.lanes.keys())
        if (!lanes.some((lane) => lane.name === name)) this.#dry.delete(name)
      if (lanes.length === 0) return
      const claimed = await storage.claim({ worker: id, lanes, jobs: jobs(), suspect: false })
      this.#trouble = 0
      if (id !== worker()) return onLate(id, claimed)
      const got = new Map<string, number>()
      for (const job of claimed) got.set(job.lane, (got.get(job.lane) ?? 0) + 1)
      // Where a lane got all it asked for there may be more; otherwise a hint or the poll will tell.
      for (const { name, limit } of lanes) {
        if (got.get(name) === limit) this.#dry.delete(name)
        else this.#dry.add(name)
      }
      const mayBeMore = lanes.some(({ name }) => !this.#dry.has(name))
      if ((claimed.length > 0 && this.#noteFound()) || mayBeMore) this.#again = true
      onJobs(claimed)
    } catch (error) {
      onTrouble(error, 'claiming')
      this.#unsure = true
      if (this.#stopped) return
      this.#pause = runtime.after(Math.min(poll * 2 ** this.#trouble++, longestPause), () => {
        this.#pause = null
        this.soon()
      })
    }
  }

  /** Jobs were found. Whether the last ones before were found a moment ago, too. */
  #noteFound(): boolean {
    const before = this.#foundAt
    this.#foundAt = this.#options.runtime.elapsed()
    return this.#foundAt - before < dense
  }

  #rooms(): { name: string; limit: number }[] {
    const { lanes, holdsSuspect } = this.#options
    return [...lanes.values()]
      .map((lane) => ({ name: lane.name, limit: holdsSuspect() ? lane.freeSlots - lane.queued : lane.room }))
      .filter(({ limit }) => limit > 0)
  }

  /**
   * For the lanes with a free slot; when there is nothing for them, for the full ones. There it waits for the next slot:
   * under a backlog fresh jobs take every slot at once, and what lapsed would never run.
   */
  async #claimSuspect(): Promise<void> {
    const lanes = [...this.#options.lanes.values()]
    const full = lanes.filter((lane) => lane.freeSlots === 0)
    try {
      if (!(await this.#claimSuspectFor(lanes.filter((lane) => lane.freeSlots > 0)))) await this.#claimSuspectFor(full)
    } catch (error) {
      this.#options.onTrouble(error, 'claiming a job that lapsed twice')
      this.#unsure = true
    }
  }

  /** False when there was none. */
  async #claimSuspectFor(lanes: readonly Lane[]): Promise<boolean> {
    if (lanes.length === 0 || this.#stopped) return false
    const { storage, jobs, worker, onSuspect, onLate } = this.#options
    const id = worker()
    const limits = lanes.map(({ name }) => ({ name, limit: 1 }))
    const [job] = await storage.claim({ worker: id, lanes: limits, jobs: jobs(), suspect: true })
    if (job === undefined) return false
    if (id === worker()) onSuspect(job)
    else onLate(id, [job])
    return true
  }

  /** What a lost answer put into our hands would wait for ever. */
  async #giveBackUnknown(): Promise<void> {
    const { storage, worker, holds } = this.#options
    const id = worker()
    await this.#claimingSuspect
    if (id !== worker()) return // all that the new one claims is known, or will be when the answer is here
    const held = await storage.held(id)
    if (id !== worker()) return
    const unknown = held.filter((job) => !holds(job))
    const changes = unknown.map(release)
    if (changes.length > 0) await storage.apply(id, changes)
    if (id !== worker()) return
    this.#unsure = false
    this.suspectSoon() // it had to wait
  }

  /** A claim that we gave up may be carried out later still. */
  #checkLater(): void {
    this.#check = this.#options.runtime.after(this.#options.lease, () => {
      this.#unsure = true
      this.soon()
      this.#checkLater()
    })
  }
}
