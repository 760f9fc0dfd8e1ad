/**
 * What one worker counts of its own tries, minute by minute of the database's clock, and writes every ten seconds.
 *
 * The present minute counts → sealed when the next one begins or the lease is lost → gone when it is written. A row is always
 * written as a whole, so a write whose answer was lost is simply made again.
 */
import { type SnoozeReason, type State, snoozeReasons } from '../job/states.ts'
import type { ClaimedJob, CounterRow, Storage } from '../storage/contract.ts'
import { type Counter, counterOf, type Depth, newTally, type Tally, type TryEnd, tallyText } from './counters.ts'
import { recordTime } from './histogram.ts'
import { laneLabel } from './own-lane.ts'
import type { Runtime, Timer } from './runtime.ts'
import type { Settled } from './settle.ts'

export interface CountingOptions {
  readonly storage: Storage
  readonly runtime: Runtime
  /** Id of the worker, as long as it holds its lease. */
  readonly worker: () => string
  readonly onTrouble: (error: unknown) => void
}

/** What is counted of an outcome. */
export interface Counted extends Pick<Settled, 'change' | 'took'> {
  readonly job: Pick<ClaimedJob, 'job' | 'lane' | 'dueAt' | 'claimedAt'>
}

const minute = 60_000
/** Milliseconds between writes, while there is something new. */
const writePause = 10_000
/** What cannot be written for longer is given up. */
const mostSealed = 60
/** So many pairs of lane and job are told apart in a minute; of the others, only the lane. */
const mostPairs = 200
/** A clock that goes back less than this is one whose answers took longer. Milliseconds. */
const jitter = 5 * minute

interface Minute {
  readonly worker: string
  readonly at: number
  /** On the engine's clock. */
  readonly endsAt: number
  readonly tally: Tally
  pairs: number
  /** Grows with each change. */
  version: number
  /** The version that is stored. */
  stored: number
}

export class Counting {
  readonly #options: CountingOptions
  #minute: Minute | null = null
  #sealed: CounterRow[] = []
  /** The database's clock less ours, in milliseconds; null where nobody has told of it. */
  #offset: number | null = null
  #timer: Timer | null = null
  #writing: Promise<void> | null = null
  #stopped = false

  constructor(options: CountingOptions) {
    this.#options = options
  }

  /** The database's clock is here now. */
  hear(now: number): void {
    this.#offset = now - this.#options.runtime.elapsed()
  }

  /** The outcome of a job was written. */
  count({ job, change, took }: Counted, to: State): void {
    const end = tryEndOf(to, change.reason, change.error !== null)
    if (end === null) return
    const counter = this.#counter(job.lane, job.job)
    if (counter === null) return
    counter[end]++
    if (took === null) return
    recordTime(counter.wait, job.claimedAt - job.dueAt)
    recordTime(counter.run, took)
  }

  /** The lease of another worker ran out while it had this job, and that was written. */
  countLapse(job: string, to: State): void {
    const counter = this.#counter('', job)
    if (counter === null) return
    counter.lapsed++
    if (to === 'failed') counter.failed++
  }

  /** How many jobs there are in each lane. */
  sample(depth: ReadonlyMap<string, Depth>): void {
    const minute = this.#changed()
    if (minute !== null) minute.tally.depth = new Map(depth)
  }

  /** The worker has another id from now on. */
  seal(): void {
    const { worker = '', at = 0, tally = newTally(), version = 0, stored = 0 } = this.#minute ?? {}
    this.#minute = null
    if (version === stored) return
    this.#sealed.push({ span: 'minute', at, worker, data: tallyText(tally) })
    if (this.#sealed.length > mostSealed) this.#sealed.shift()
  }

  /** Writes what is new a last time. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#writing
    await this.#write()
  }

  #counter(lane: string, job: string): Counter | null {
    const minute = this.#changed()
    if (minute === null) return null
    const label = laneLabel(lane)
    const known = minute.tally.lanes.get(label)?.get(job)
    if (known !== undefined) return known
    const isCrowded = minute.pairs >= mostPairs
    if (!isCrowded) minute.pairs++
    return counterOf(minute.tally, label, isCrowded ? '' : job)
  }

  /** The present minute, which is about to change; null as long as nobody has told which it is. */
  #changed(): Minute | null {
    if (this.#offset === null) return null
    const elapsed = this.#options.runtime.elapsed()
    const goesOn = this.#minute !== null && elapsed < this.#minute.endsAt
    const minute = goesOn ? (this.#minute as Minute) : this.#begin(elapsed, elapsed + this.#offset)
    minute.version++
    if (this.#timer === null) this.#writeLater()
    return minute
  }

  #begin(elapsed: number, now: number): Minute {
    const before = this.#minute?.at ?? 0
    this.seal()
    // What was counted of a minute must not be written over by less.
    const instant = before - now < jitter ? Math.max(before + minute, now) : now
    const at = Math.floor(instant / minute) * minute
    const endsAt = elapsed + Math.max(1, at + minute - now)
    const worker = this.#options.worker()
    this.#minute = { worker, at, endsAt, tally: newTally(), pairs: 0, version: 0, stored: 0 }
    return this.#minute
  }

  // --- writing

  #writeLater(): void {
    if (this.#stopped || this.#writing !== null) return
    this.#timer = this.#options.runtime.after(writePause, () => {
      this.#timer = null
      this.#writing = this.#write().finally(() => {
        this.#writing = null
        if (this.#hasNew) this.#writeLater()
      })
    })
  }

  get #hasNew(): boolean {
    return this.#sealed.length > 0 || (this.#minute !== null && this.#minute.version !== this.#minute.stored)
  }

  async #write(): Promise<void> {
    if (!this.#hasNew) return
    const [sealed, present] = [this.#sealed, this.#minute]
    const rows = [...sealed]
    const version = present?.version ?? 0
    if (present !== null && version !== present.stored)
      rows.push({ span: 'minute', at: present.at, worker: present.worker, data: tallyText(present.tally) })
    try {
      await this.#options.storage.count(rows)
      this.#sealed = this.#sealed.filter((row) => !rows.includes(row))
      if (present !== null) present.stored = version
    } catch (error) {
      this.#options.onTrouble(error)
    }
  }
}

/** Null where it was given back, not tried. */
function tryEndOf(to: State, reason: string | null, isError: boolean): TryEnd | null {
  if (to === 'succeeded' || to === 'failed' || to === 'cancelled') return to
  if (snoozeReasons.includes(reason as SnoozeReason)) return 'snoozed'
  return isError ? 'retried' : null
}
