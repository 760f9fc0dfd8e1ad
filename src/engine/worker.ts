/**
 * A worker: claims jobs for its lanes, runs them, has their outcomes recorded, and keeps its lease.
 *
 * new → working → draining (no more claims; what runs may end) → stopped.
 * While working it may lose its lease: then every handler is aborted, nothing of it is recorded, and it goes on as a
 * new worker with a new id.
 */
import type { Job } from '../job/define.ts'
import { RotaError } from '../job/errors.ts'
import { defaults } from '../job/options.ts'
import { type Delay, parseBackoff } from '../job/retry.ts'
import { decide, isFinalChange, leavesRecord, type Outcome } from '../job/states.ts'
import type { ClaimedJob, Storage } from '../storage/contract.ts'
import { Attempt } from './attempt.ts'
import { Deadlines } from './deadlines.ts'
import { type Emitter, eventOfEnd, identify } from './events.ts'
import type { Lane } from './lane.ts'
import { Maintenance } from './maintenance.ts'
import type { Runtime, Timer } from './runtime.ts'
import { type Settled, Settler } from './settle.ts'

export interface WorkerOptions {
  readonly storage: Storage
  readonly runtime: Runtime
  readonly events: Emitter
  readonly jobs: ReadonlyMap<string, Job>
  readonly lanes: readonly Lane[]
  readonly name: string
  /** Milliseconds. */
  readonly lease: number
  /** Milliseconds between looks at the storage when no hint comes. */
  readonly poll: number
  /** UTF-8 bytes of a result. */
  readonly payloadLimit: number
  readonly defaultDelay: Delay
  /** Called for jobs that are over, once that is recorded. */
  readonly onFinished: (id: string) => void
}

const fallbackDelay = parseBackoff(defaults.backoff)
/** A claimed job may wait this long for a slot before it is given back. */
const longestQueueing = 500
/** After its grace is over a handler has this long to react to its signal. */
const lastWords = 1_000

export class Worker {
  readonly #options: WorkerOptions
  readonly #lanes: ReadonlyMap<string, Lane>
  readonly #deadlines: Deadlines
  readonly #maintenance: Maintenance
  #state: 'new' | 'working' | 'draining' | 'stopped' = 'new'
  #id = ''
  #settler: Settler
  #claiming: Promise<void> | null = null
  #claimAgain = false
  /** The last claim found less than it asked for. */
  #dry = false
  #filling = false
  #trouble = 0
  #timers = new Map<string, Timer>()
  #renewedAt = 0
  #unsubscribe: (() => Promise<void>) | null = null
  #idle: (() => void) | null = null

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#lanes = new Map(options.lanes.map((lane) => [lane.name, lane]))
    this.#deadlines = new Deadlines(options.runtime)
    this.#settler = this.#newSettler()
    this.#maintenance = new Maintenance(options, () => this.#claimSoon())
  }

  async start(): Promise<void> {
    await this.#register()
    this.#state = 'working'
    this.#unsubscribe = await this.#options.storage.subscribe((lanes) => this.#hint(lanes))
    this.#once('lease', this.#options.lease / 3, () => this.#renew())
    this.#once('poll', this.#options.poll, () => this.#poll())
    this.#maintenance.start()
    this.#claimSoon()
  }

  /** Something was enqueued by this process, due in `delay` milliseconds. */
  wake(delay: number): void {
    if (this.#state !== 'working') return
    if (delay > 0) this.#maintenance.expect(delay)
    else this.#claimSoon()
  }

  /** Ends claims, gives back what has not started, lets the rest end for `grace` milliseconds, then aborts it. */
  async stop(grace: number): Promise<void> {
    if (this.#state !== 'working') return
    this.#state = 'draining'
    for (const name of ['poll', 'claim']) this.#cancel(name)
    await this.#maintenance.stop()
    await this.#unsubscribe?.()
    await this.#claiming
    for (const lane of this.#lanes.values()) this.#release(lane.takeWaitingSince(Number.POSITIVE_INFINITY))
    if (!(await this.#runningEnded(grace))) {
      const why = new RotaError('aborted', 'The worker is stopping and the grace is over.')
      for (const attempt of this.#deadlines.running) attempt.stop(why)
      await this.#runningEnded(lastWords)
      for (const attempt of [...this.#deadlines.running]) attempt.end({ kind: 'release' })
    }
    const giveUp = this.#options.runtime.after(lastWords, () => this.#settler.giveUp())
    await this.#settler.drained()
    giveUp.cancel()
    this.#deadlines.stop()
    for (const name of [...this.#timers.keys()]) this.#cancel(name)
    this.#state = 'stopped'
    await this.#options.storage.leave(this.#id).catch((error) => this.#report(error, 'leaving'))
  }

  // --- claiming

  #hint(lanes: readonly string[] | null): void {
    if (this.#state !== 'working') return
    if (lanes === null) this.#maintenance.expect(0)
    if (lanes === null || lanes.some((name) => this.#lanes.has(name))) this.#claimSoon()
  }

  #poll(): void {
    const oldest = this.#options.runtime.elapsed() - longestQueueing
    for (const lane of this.#lanes.values()) this.#release(lane.takeWaitingSince(oldest))
    this.#claimSoon()
    this.#once('poll', this.#options.poll, () => this.#poll())
  }

  #claimSoon(): void {
    if (this.#claiming !== null) this.#claimAgain = true
    else if (this.#state === 'working' && !this.#timers.has('claim')) {
      this.#claiming = this.#claim().finally(() => {
        this.#claiming = null
        if (this.#claimAgain) this.#claimSoon()
      })
    }
  }

  async #claim(): Promise<void> {
    this.#claimAgain = false
    const { storage, runtime, jobs } = this.#options
    const lanes = [...this.#lanes.values()]
      .map(({ name, room }) => ({ name, limit: room }))
      .filter(({ limit }) => limit > 0)
    if (lanes.length === 0) return
    const worker = this.#id
    try {
      const claimed = await storage.claim({ worker, lanes, jobs: [...jobs.keys()] })
      this.#trouble = 0
      if (worker !== this.#id) return // the lease was lost meanwhile: they are another worker's by now
      const now = runtime.elapsed()
      const got = new Map<string, number>()
      for (const job of claimed) {
        this.#lanes.get(job.lane)?.push(job, now)
        got.set(job.lane, (got.get(job.lane) ?? 0) + 1)
      }
      // Where a lane got all it asked for there may be more; otherwise a hint or the poll will tell.
      this.#dry = !lanes.some(({ name, limit }) => got.get(name) === limit)
      if (!this.#dry) this.#claimAgain = true
      this.#fill()
    } catch (error) {
      this.#report(error, 'claiming')
      const pause = Math.min(this.#options.poll * 2 ** this.#trouble++, 10_000)
      this.#once('claim', pause, () => this.#claimSoon())
    }
  }

  // --- running

  /** Starts what fits into the free slots. Handlers that end at once are not allowed to recurse into it. */
  #fill(): void {
    if (this.#filling) return
    this.#filling = true
    try {
      for (const lane of this.#lanes.values()) {
        for (let job = lane.take(); job !== null; job = lane.take()) this.#run(job)
      }
    } finally {
      this.#filling = false
    }
    if (this.#state === 'working' && this.#claiming === null && this.#claimAgain) this.#claimSoon()
  }

  #run(job: ClaimedJob): void {
    const { runtime, jobs, payloadLimit, events } = this.#options
    const definition = jobs.get(job.job) as Job // a worker claims only what it knows
    const attempt = new Attempt(job, definition, payloadLimit, runtime.elapsed(), (ended, outcome) =>
      this.#ended(ended, outcome),
    )
    this.#deadlines.add(attempt)
    if (events.has('job:started')) events.emit('job:started', identify(job))
    attempt.start()
  }

  #ended(attempt: Attempt, outcome: Outcome | null): void {
    const { runtime } = this.#options
    const lane = this.#lanes.get(attempt.job.lane) as Lane
    this.#deadlines.delete(attempt)
    lane.free(runtime.elapsed() - attempt.startedAt)
    if (outcome !== null) this.#record(attempt.job, attempt.definition, outcome)
    if (this.#deadlines.running.size === 0) this.#idle?.()
    if (this.#state !== 'working') return
    this.#fill()
    if (!this.#dry && lane.room > 0) this.#claimSoon()
  }

  #record(job: ClaimedJob, definition: Job | undefined, outcome: Outcome): void {
    this.#settler.push({ job, change: decide(job, outcome, () => this.#delay(job, definition)) })
  }

  /** A backoff function is the user's own; when it fails, the job must still come back. */
  #delay(job: ClaimedJob, definition: Job | undefined): number {
    const { runtime, defaultDelay } = this.#options
    try {
      return (definition?.options.backoff ?? defaultDelay)(job.attempt, runtime.random)
    } catch (error) {
      this.#report(error, `asking the backoff of job "${job.job}"`)
      return fallbackDelay(job.attempt, runtime.random)
    }
  }

  #release(jobs: readonly ClaimedJob[]): void {
    for (const job of jobs) this.#record(job, undefined, { kind: 'release' })
  }

  #settled({ job, change }: Settled, refused: boolean): void {
    const { events, onFinished } = this.#options
    if (refused) return events.emit('job:lease_lost', identify(job))
    if (isFinalChange(change)) {
      onFinished(change.id)
      events.emit(eventOfEnd(change.to), { ...identify(job), error: change.error })
    } else {
      this.wake(change.delay)
      if (!leavesRecord(change)) return // given back, not tried
      events.emit('job:retrying', { ...identify(job), error: change.error, delay: change.delay })
    }
  }

  /** True when nothing runs any more; false when `ms` were over first. */
  #runningEnded(ms: number): Promise<boolean> {
    if (this.#deadlines.running.size === 0) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = this.#options.runtime.after(ms, () => resolve(false))
      this.#idle = () => {
        timer.cancel()
        resolve(true)
      }
    })
  }

  // --- lease

  async #register(): Promise<void> {
    this.#id = this.#options.runtime.id()
    this.#settler = this.#newSettler()
    const before = this.#options.runtime.elapsed()
    await this.#beat()
    this.#renewedAt = before
  }

  #beat(): Promise<boolean> {
    const { storage, name, jobs, lanes, lease } = this.#options
    return storage.heartbeat({
      id: this.#id,
      name,
      lanes: lanes.map((lane) => lane.name),
      jobs: [...jobs.keys()],
      lease,
    })
  }

  async #renew(): Promise<void> {
    const { runtime, lease } = this.#options
    const before = runtime.elapsed()
    let next = lease / 3
    try {
      if (await this.#beat()) this.#renewedAt = before
      else await this.#loseLease()
    } catch (error) {
      this.#report(error, 'renewing the lease')
      next = lease / 15
      // The handlers have to hear of it before another worker may start their jobs.
      if (runtime.elapsed() - this.#renewedAt > lease * 0.85) await this.#loseLease()
    }
    if (this.#state !== 'stopped') this.#once('lease', next, () => this.#renew())
  }

  async #loseLease(): Promise<void> {
    const why = new RotaError(
      'lease_lost',
      'The worker could not renew its lease in time, so its jobs may run elsewhere.',
    )
    this.#settler.giveUp()
    for (const lane of this.#lanes.values()) lane.takeWaitingSince(Number.POSITIVE_INFINITY)
    for (const attempt of [...this.#deadlines.running]) {
      attempt.abort(why)
      attempt.end(null)
      this.#options.events.emit('job:lease_lost', identify(attempt.job))
    }
    // Should this fail, the next renewal registers the new id.
    if (this.#state === 'working') await this.#register().catch((error) => this.#report(error, 'registering again'))
  }

  // --- timers

  #once(name: string, ms: number, work: () => unknown): void {
    this.#cancel(name)
    const run = () => {
      this.#timers.delete(name)
      work()
    }
    this.#timers.set(name, this.#options.runtime.after(ms, run))
  }

  #cancel(name: string): void {
    this.#timers.get(name)?.cancel()
    this.#timers.delete(name)
  }

  #newSettler(): Settler {
    const { storage, runtime, events } = this.#options
    return new Settler(storage, this.#id, runtime, events, (settled, refused) => this.#settled(settled, refused))
  }

  #report(error: unknown, during: string): void {
    this.#options.events.emit('worker:trouble', { error, during })
  }
}
