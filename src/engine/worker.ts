/**
 * A worker: claims jobs for its lanes, runs them, has their outcomes recorded, and keeps its lease.
 *
 * new → working → draining (no more claims; what runs may end) → stopped.
 * While working it may lose its lease: then every handler is aborted, nothing of it is recorded, and it goes on as a
 * new worker with a new id.
 *
 * A job that lapsed may be the one that killed its worker. A worker holds at most one of them (none → held, until all
 * that was fetched ahead has started → running), and fetches nothing ahead meanwhile, so that few die with it.
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
import { Lease } from './lease.ts'
import { Maintenance } from './maintenance.ts'
import { type Runtime, type Timer, within } from './runtime.ts'
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
/** Milliseconds that a stop waits beyond its grace: for handlers to react to their signal, and for the storage. */
const patience = { lastWords: 500, recording: 750, leaving: 250 }

export class Worker {
  readonly #options: WorkerOptions
  readonly #lanes: ReadonlyMap<string, Lane>
  readonly #deadlines: Deadlines
  readonly #maintenance: Maintenance
  #state: 'new' | 'working' | 'draining' | 'stopped' = 'new'
  readonly #lease: Lease
  /** Of the present lease; made with its first outcome. */
  #settler: Settler | null = null
  #claiming: Promise<void> | null = null
  #claimingLapsed: Promise<void> | null = null
  #claimAgain = false
  #claimLapsedAgain = false
  /** The answer of a claim was lost: the storage may hold jobs for us that we do not know of. */
  #claimLost = false
  /** Ids of the jobs that were claimed and whose outcome is not settled. */
  readonly #inHand = new Set<string>()
  /** The last claim found less than it asked for. */
  #dry = false
  #lapsed: { readonly job: ClaimedJob; readonly since: number; started: boolean } | null = null
  #filling = false
  #trouble = 0
  #timers = new Map<string, Timer>()
  #unsubscribe: (() => Promise<void>) | null = null
  #idle: (() => void) | null = null

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#lanes = new Map(options.lanes.map((lane) => [lane.name, lane]))
    this.#deadlines = new Deadlines(options.runtime)
    const { storage, runtime, events, name, jobs, lanes, lease } = options
    const beat = { name, lanes: lanes.map((lane) => lane.name), jobs: [...jobs.keys()], lease }
    this.#lease = new Lease(
      { storage, runtime, events, beat },
      (old) => this.#loseLease(old),
      () => this.#claimSoon(),
    )
    this.#maintenance = new Maintenance(options, () => {
      this.#claimSoon()
      this.#claimLapsedSoon()
    })
  }

  async start(): Promise<void> {
    await this.#lease.start()
    this.#state = 'working'
    this.#unsubscribe = await this.#options.storage.subscribe((lanes) => this.#hint(lanes))
    this.#once('poll', this.#options.poll, () => this.#poll())
    this.#maintenance.start()
    this.#claimSoon()
  }

  /** Something was enqueued by this process, due at an instant of the database's clock. */
  wakeForInstant(): void {
    if (this.#state === 'working') this.#maintenance.expect(0)
  }

  /** Something was enqueued by this process, due in `delay` milliseconds. */
  wake(delay: number): void {
    if (this.#state !== 'working') return
    if (delay > 0) this.#maintenance.expect(delay)
    else this.#claimSoon()
  }

  /**
   * Ends claims, gives back what has not started, lets the rest end for `grace` milliseconds, then aborts it. Takes at
   * most about two seconds more, whatever the storage does; what could not be recorded by then lapses.
   */
  async stop(grace: number): Promise<void> {
    if (this.#state !== 'working') return
    this.#state = 'draining'
    for (const name of ['poll', 'claim']) this.#cancel(name)
    const ending = Promise.all([this.#claiming, this.#claimingLapsed, this.#maintenance.stop(), this.#unsubscribe?.()])
    const quiet = within(this.#options.runtime, Math.max(grace, patience.lastWords), ending).then(() =>
      this.#giveBackQueued(),
    )
    this.#giveBackQueued()
    if (!(await this.#runningEnded(grace))) {
      const why = new RotaError('aborted', 'The worker is stopping and the grace is over.')
      for (const attempt of this.#deadlines.running) attempt.stop(why)
      await this.#runningEnded(patience.lastWords)
      for (const attempt of [...this.#deadlines.running]) attempt.end({ kind: 'release' })
    }
    await quiet
    await within(this.#options.runtime, patience.recording, this.#settler?.drained())
    this.#settler?.giveUp()
    this.#deadlines.stop()
    for (const name of [...this.#timers.keys()]) this.#cancel(name)
    this.#state = 'stopped'
    await within(this.#options.runtime, patience.leaving, this.#lease.end())
  }

  #giveBackQueued(): void {
    for (const lane of this.#lanes.values()) this.#release(lane.takeWaitingSince(Number.POSITIVE_INFINITY))
    if (this.#lapsed !== null && !this.#lapsed.started) {
      this.#release([this.#lapsed.job])
      this.#lapsed = null
    }
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
    const stale = this.#lapsed !== null && !this.#lapsed.started && this.#lapsed.since <= oldest ? this.#lapsed : null
    if (stale !== null) {
      this.#release([stale.job]) // no slot became free for it
      this.#lapsed = null
    }
    this.#claimSoon()
    if (stale === null) this.#claimLapsedSoon() // otherwise another worker may have it until the next poll
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
      .map((lane) => ({ name: lane.name, limit: this.#lapsed === null ? lane.room : lane.freeSlots - lane.queued }))
      .filter(({ limit }) => limit > 0)
    if (lanes.length === 0) return
    const worker = this.#lease.id
    try {
      if (this.#claimLost) await this.#giveBackUnknown()
      const claimed = await storage.claim({ worker, lanes, jobs: [...jobs.keys()], lapsed: false })
      this.#trouble = 0
      if (worker !== this.#lease.id) return this.#giveBack(worker, claimed) // the lease was lost meanwhile
      const now = runtime.elapsed()
      const got = new Map<string, number>()
      for (const job of claimed) {
        this.#inHand.add(job.id)
        this.#lanes.get(job.lane)?.push(job, now)
        got.set(job.lane, (got.get(job.lane) ?? 0) + 1)
      }
      // Where a lane got all it asked for there may be more; otherwise a hint or the poll will tell.
      this.#dry = !lanes.some(({ name, limit }) => got.get(name) === limit)
      if (!this.#dry) this.#claimAgain = true
      if (this.#state === 'working') this.#fill()
    } catch (error) {
      this.#report(error, 'claiming')
      this.#claimLost = true
      const pause = Math.min(this.#options.poll * 2 ** this.#trouble++, 10_000)
      this.#once('claim', pause, () => this.#claimSoon())
    }
  }

  #claimLapsedSoon(): void {
    if (this.#claimingLapsed !== null) this.#claimLapsedAgain = true
    else if (this.#state === 'working' && this.#lapsed === null && !this.#claimLost) {
      this.#claimLapsedAgain = false
      this.#claimingLapsed = this.#claimLapsed().finally(() => {
        this.#claimingLapsed = null
        if (this.#claimLapsedAgain) this.#claimLapsedSoon()
      })
    }
  }

  /**
   * For the lanes with a free slot; when there is nothing for them, for the full ones. There it waits for the next slot:
   * under a backlog fresh jobs take every slot at once, and what lapsed would never run.
   */
  async #claimLapsed(): Promise<void> {
    const lanes = [...this.#lanes.values()]
    const full = lanes.filter((lane) => lane.freeSlots === 0)
    try {
      if (!(await this.#claimLapsedFor(lanes.filter((lane) => lane.freeSlots > 0)))) await this.#claimLapsedFor(full)
    } catch (error) {
      this.#report(error, 'claiming a job that lapsed')
      this.#claimLost = true
    }
  }

  /** False when there was none. */
  async #claimLapsedFor(lanes: readonly Lane[]): Promise<boolean> {
    if (lanes.length === 0 || this.#state !== 'working') return false
    const { storage, jobs } = this.#options
    const worker = this.#lease.id
    const limits = lanes.map(({ name }) => ({ name, limit: 1 }))
    const [job] = await storage.claim({ worker, lanes: limits, jobs: [...jobs.keys()], lapsed: true })
    if (job === undefined) return false
    if (worker !== this.#lease.id) {
      this.#giveBack(worker, [job])
      return true
    }
    this.#inHand.add(job.id)
    this.#lapsed = { job, since: this.#options.runtime.elapsed(), started: false }
    if (this.#state === 'working') this.#fill()
    return true
  }

  /** What a lost answer put into our hands would wait for ever. */
  async #giveBackUnknown(): Promise<void> {
    await this.#claimingLapsed
    const worker = this.#lease.id
    const held = await this.#options.storage.held(worker)
    if (worker !== this.#lease.id) return
    const unknown = held.filter((job) => !this.#inHand.has(job.id))
    const changes = unknown.map((job) => decide(job, { kind: 'release' }, () => 0))
    if (changes.length > 0) await this.#options.storage.apply(worker, changes)
    this.#claimLost = false
  }

  // --- running

  /** Starts what fits into the free slots. Handlers that end at once are not allowed to recurse into it. */
  #fill(): void {
    if (this.#filling) return
    this.#filling = true
    try {
      this.#startLapsed()
      for (const lane of this.#lanes.values()) {
        for (let job = lane.take(); job !== null; job = lane.take()) this.#run(job)
      }
    } finally {
      this.#filling = false
    }
    if (this.#state === 'working' && this.#claiming === null && this.#claimAgain) this.#claimSoon()
  }

  #startLapsed(): void {
    const held = this.#lapsed
    const lane = held && this.#lanes.get(held.job.lane)
    const waiting = [...this.#lanes.values()].some((other) => other.queued > 0)
    if (!held || held.started || !lane || lane.freeSlots === 0 || waiting) return
    held.started = true
    lane.occupy()
    this.#run(held.job)
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
    if (attempt.job === this.#lapsed?.job) this.#lapsed = null
    if (this.#deadlines.running.size === 0) this.#idle?.()
    if (this.#state !== 'working') return
    this.#fill()
    if (attempt.job.lapses > 0) this.#claimLapsedSoon() // there may be more of its kind
    if (!this.#dry && lane.room > 0) this.#claimSoon()
  }

  #record(job: ClaimedJob, definition: Job | undefined, outcome: Outcome): void {
    const { storage, runtime, events } = this.#options
    this.#settler ??= new Settler(storage, this.#lease.id, runtime, events, (settled, refused) =>
      this.#settled(settled, refused),
    )
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
    this.#inHand.delete(job.id)
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

  /** Others may start our jobs soon: the handlers are told, and nothing of them is recorded. */
  #loseLease(old: string): void {
    const why = new RotaError(
      'lease_lost',
      'The worker could not renew its lease in time, so its jobs may run elsewhere.',
    )
    this.#settler?.giveUp()
    this.#settler = null
    this.#inHand.clear()
    this.#claimLost = false
    const unstarted = [...this.#lanes.values()].flatMap((lane) => lane.takeWaitingSince(Number.POSITIVE_INFINITY))
    if (this.#lapsed !== null && !this.#lapsed.started) unstarted.push(this.#lapsed.job)
    this.#lapsed = null
    for (const attempt of [...this.#deadlines.running]) {
      attempt.abort(why)
      attempt.end(null)
      this.#options.events.emit('job:lease_lost', identify(attempt.job))
    }
    this.#giveBack(old, unstarted)
  }

  /** What a lost lease held and never started needs not lapse; when it did already, the guard keeps this from harm. */
  #giveBack(worker: string, jobs: readonly ClaimedJob[]): void {
    const changes = jobs.map((job) => decide(job, { kind: 'release' }, () => 0))
    if (changes.length > 0) this.#options.storage.apply(worker, changes).catch(() => {}) // then they lapse
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

  #report(error: unknown, during: string): void {
    this.#options.events.emit('worker:trouble', { error, during })
  }
}
