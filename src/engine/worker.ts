/**
 * A worker: claims jobs for its lanes, runs them, has their outcomes recorded, and keeps its lease.
 *
 * new → working → draining (no more claims; what runs may end) → stopped.
 * While working it may lose its lease: then every handler is aborted, nothing of it is recorded, and it goes on as a
 * new worker with a new id.
 */
import { RotaError } from '../job/errors.ts'
import { type Outcome, release } from '../job/states.ts'
import type { ClaimedJob, Signal } from '../storage/contract.ts'
import { Attempt, type AttemptSetting } from './attempt.ts'
import { Claims } from './claims.ts'
import { Counting } from './counting.ts'
import { Deadlines } from './deadlines.ts'
import type { Lane } from './lane.ts'
import { Lease } from './lease.ts'
import { Looking } from './looking.ts'
import { Maintenance } from './maintenance.ts'
import { AttemptNotes, NoteWriter } from './notes.ts'
import { Outcomes } from './outcomes.ts'
import { isServedBy } from './own-lane.ts'
import { RollUp } from './roll-up.ts'
import { RunningTable } from './running-table.ts'
import { type Timer, within } from './runtime.ts'
import type { Fate, Settled } from './settle.ts'
import { Signals } from './signals.ts'
import { Suspect } from './suspect.ts'
import type { WorkerOptions } from './worker-options.ts'

/** A claimed job may wait this long for a slot before it is given back. */
const longestQueueing = 500
/** Milliseconds that a stop waits beyond its grace: for handlers to react to their signal, and for the storage. */
const patience = { lastWords: 500, recording: 750, leaving: 250 }

export class Worker {
  readonly #options: WorkerOptions
  readonly #lanes: ReadonlyMap<string, Lane>
  readonly #deadlines: Deadlines
  readonly #looking: Looking
  readonly #maintenance: Maintenance
  readonly #lease: Lease
  readonly #claims: Claims
  readonly #signals: Signals
  readonly #notes: NoteWriter
  readonly #counting: Counting
  readonly #rollUp: RollUp
  readonly #outcomes: Outcomes
  readonly #setting: AttemptSetting
  #state: 'new' | 'working' | 'draining' | 'stopped' = 'new'
  /** Jobs that were claimed and whose outcome is not settled, with the fence: one may be ours again before we know that. */
  readonly #inHand = new Map<string, number>()
  readonly #suspect = new Suspect()
  #filling = false
  #pollTimer: Timer | null = null
  #pollAt = 0
  #unsubscribe: (() => Promise<void>) | null = null

  constructor(options: WorkerOptions) {
    this.#options = options
    const { storage, runtime, events, name, jobs, lanes, lease, endBlocked, poll, payloadLimit, middleware } = options
    this.#lanes = new Map(lanes.map((lane) => [lane.name, lane]))
    const slots = lanes.reduce((sum, lane) => sum + lane.concurrency, 0)
    const running = storage.url ? new RunningTable(slots) : null
    this.#deadlines = new Deadlines(runtime, running)
    const served = lanes.map((lane) => ({ name: lane.name, concurrency: lane.concurrency }))
    const beat = { name, lanes: served, jobs: jobs.ids, schedules: options.schedules, lease }
    this.#lease = new Lease(
      { storage, runtime, events, beat, running, endBlocked },
      (old) => this.#loseLease(old),
      () => this.#claims.soon(),
      () => this.#maintenance.lookAround(),
    )
    const worker = () => this.#lease.id
    this.#claims = new Claims({
      storage,
      runtime,
      poll,
      lease,
      jobs: () => jobs.ids,
      lanes: this.#lanes,
      worker,
      holds: ({ id, fence }) => this.#inHand.get(id) === fence,
      holdsSuspect: () => this.#suspect.isHeld,
      onJobs: (claimed) => this.#take(claimed),
      onSuspect: (job) => this.#takeSuspect(job),
      onLate: (old, late) => this.#giveBack(old, late),
      onTrouble: (error, during) => this.#report(error, during),
    })
    this.#signals = new Signals({
      storage,
      runtime,
      worker,
      holds: () => this.#inHand.size > 0,
      onSignal: (signal) => this.#obey(signal),
      onTrouble: (error) => this.#report(error, 'looking for signals'),
    })
    this.#notes = new NoteWriter(storage, runtime, worker, (error) => this.#report(error, 'writing logs'))
    this.#counting = new Counting({
      storage,
      runtime,
      worker,
      onTrouble: (error) => this.#report(error, 'writing counts'),
    })
    this.#rollUp = new RollUp({
      storage,
      runtime,
      counting: this.#counting,
      onTrouble: (error) => this.#report(error, 'adding up counts'),
    })
    this.#looking = new Looking(poll, lease, runtime.random)
    this.#maintenance = new Maintenance(
      {
        ...options,
        serves: (worker) => isServedBy(worker, lanes, jobs.ids),
        onLapsed: (job, to) => this.#counting.countLapse(job, to),
      },
      this.#looking,
      () => {
        this.#claims.soon()
        this.#claims.suspectSoon()
      },
    )
    this.#outcomes = new Outcomes({
      ...options,
      worker,
      onSettled: (settled, fate) => this.#settled(settled, fate),
      onFollowed: (followed) => this.#maintenance.follow(followed),
      onBack: (delay) => this.wake(delay),
    })
    this.#setting = {
      payloadLimit,
      middleware,
      family: options.family,
      servicesFor: (context) => options.services.forAttempt(context, (error, during) => this.#report(error, during)),
      notesOf: (job) => new AttemptNotes(job, this.#notes),
      onEnd: (attempt, outcome) => this.#ended(attempt, outcome),
    }
  }

  async start(): Promise<void> {
    await this.#lease.start()
    this.#state = 'working'
    this.#unsubscribe = await this.#options.storage.subscribe(
      (lanes) => this.#hint(lanes),
      (yes) => this.#hear(yes),
    )
    this.#pollLater()
    this.#maintenance.start()
    this.#rollUp.start()
    this.#claims.start()
  }

  /** Something was enqueued or changed by this process, due at an instant of the database's clock. */
  wakeForInstant(): void {
    if (this.#state === 'working') this.#maintenance.expect(0)
  }

  /** Something was enqueued by this process, due in `delay` milliseconds. */
  wake(delay: number): void {
    if (this.#state !== 'working') return
    if (delay > 0) this.#maintenance.expect(delay)
    else this.#claims.soon()
  }

  /** The schedules in the code of this process are others than before. */
  announce(schedules: readonly string[]): void {
    this.#lease.announce({ schedules })
  }

  /** It can run others than before. */
  know(): void {
    this.#lease.announce({ jobs: this.#options.jobs.ids })
    if (this.#state === 'working') this.#claims.soon()
  }

  /** Something was asked by this process of a job that runs, maybe here. */
  wakeForSignal(): void {
    this.#signals.hint()
  }

  /**
   * Ends claims, gives back what has not started, lets the rest end for `grace` milliseconds, then aborts it. Takes at
   * most about two seconds more, whatever the storage does; what could not be recorded by then lapses.
   */
  async stop(grace: number): Promise<void> {
    if (this.#state !== 'working') return
    const { runtime } = this.#options
    this.#state = 'draining'
    this.#pollTimer?.cancel()
    const ending = Promise.all([
      this.#claims.stop(),
      this.#maintenance.stop(),
      this.#rollUp.stop(),
      this.#unsubscribe?.(),
    ])
    const quiet = within(runtime, Math.max(grace, patience.lastWords), ending).then(() => this.#giveBackQueued())
    this.#giveBackQueued()
    if (!(await this.#deadlines.ended(grace))) {
      const why = new RotaError('aborted', 'The worker is stopping and the grace is over.')
      for (const attempt of this.#deadlines.running) attempt.stop(why)
      await this.#deadlines.ended(patience.lastWords)
      for (const attempt of [...this.#deadlines.running]) attempt.cutOff()
    }
    await quiet
    const recorded = Promise.all([this.#outcomes.drained(), this.#signals.stop(), this.#notes.stop()])
    await within(runtime, patience.recording, recorded)
    this.#outcomes.giveUp()
    this.#deadlines.stop()
    this.#state = 'stopped'
    await within(runtime, patience.leaving, Promise.all([this.#lease.end(), this.#counting.stop()]))
  }

  #giveBackQueued(): void {
    for (const own of [...this.#lanes.values(), this.#suspect])
      this.#outcomes.release(own.takeWaitingSince(Number.POSITIVE_INFINITY))
  }

  // --- what comes in

  #hint(lanes: readonly string[] | null): void {
    if (this.#state !== 'working') return
    if (lanes === null) {
      this.#maintenance.expect(0)
      this.#signals.hint()
      this.#claims.suspectSoon()
      this.#options.onHint()
    }
    if (lanes === null || lanes.some((name) => this.#lanes.has(name))) this.#claims.soon()
  }

  /** Where nothing is heard any more the next look must not be far off. */
  #hear(yes: boolean): void {
    this.#looking.hears = yes
    if (!yes && this.#state === 'working') this.#pollLater()
  }

  #pollLater(): void {
    const { runtime } = this.#options
    this.#pollTimer?.cancel()
    const { pause } = this.#looking
    this.#pollAt = runtime.elapsed() + pause
    this.#pollTimer = runtime.after(pause, () => {
      this.#poll()
      this.#pollLater()
    })
  }

  /** What waits here for a slot is given back by the poll, so that must not be far off. */
  #rouse(): void {
    const { runtime, poll } = this.#options
    this.#looking.looked(true)
    if (this.#state === 'working' && this.#pollAt > runtime.elapsed() + poll) this.#pollLater()
  }

  #poll(): void {
    this.#looking.looked(this.#inHand.size > 0)
    const oldest = this.#options.runtime.elapsed() - longestQueueing
    for (const lane of this.#lanes.values()) this.#outcomes.release(lane.takeWaitingSince(oldest))
    const stale = this.#suspect.takeWaitingSince(oldest)
    this.#outcomes.release(stale) // no slot became free for it
    this.#claims.soon()
    if (stale.length === 0) this.#claims.suspectSoon() // otherwise another worker may have it until the next poll
  }

  #take(claimed: readonly ClaimedJob[]): void {
    const [first] = claimed
    if (first !== undefined) {
      this.#rouse()
      this.#counting.hear(first.claimedAt)
    }
    const now = this.#options.runtime.elapsed()
    for (const job of claimed) {
      this.#inHand.set(job.id, job.fence)
      this.#lanes.get(job.lane)?.push(job, now)
    }
    if (this.#state === 'working') this.#fill()
  }

  #takeSuspect(job: ClaimedJob): void {
    this.#rouse()
    this.#counting.hear(job.claimedAt)
    this.#inHand.set(job.id, job.fence)
    this.#suspect.hold(job, this.#options.runtime.elapsed())
    if (this.#state === 'working') this.#fill()
  }

  #obey(signal: Signal): void {
    if (signal.kind === 'pause') return this.#giveBackPaused(signal.lane)
    if (signal.kind === 'drain') return this.#giveBackQueued() // its claims find nothing until it may go on
    const { id, fence, reason } = signal
    const attempt = [...this.#deadlines.running].find(({ job }) => job.id === id && job.fence === fence)
    if (attempt !== undefined) {
      const { runtime, cancelGrace } = this.#options
      if (attempt.cancel(reason, runtime.elapsed() + cancelGrace)) this.#deadlines.changed(attempt)
      return
    }
    let waiting = this.#suspect.remove(id, fence)
    for (const lane of this.#lanes.values()) waiting ??= lane.remove(id, fence)
    if (waiting !== null) this.#outcomes.record(waiting, { kind: 'cancel', reason }, null)
  }

  /** What waits here for a slot of a lane that was paused meanwhile. */
  #giveBackPaused(lane: string): void {
    this.#outcomes.release(this.#lanes.get(lane)?.takeWaitingSince(Number.POSITIVE_INFINITY) ?? [])
    if (this.#suspect.waiting?.lane === lane)
      this.#outcomes.release(this.#suspect.takeWaitingSince(Number.POSITIVE_INFINITY))
    if (this.#state === 'working') this.#fill() // one that lapsed twice may have waited for what is gone
  }

  // --- running

  /** Starts what fits into the free slots. Handlers that end at once are not allowed to recurse into it. */
  #fill(): void {
    if (this.#filling) return
    this.#lease.check() // takes away what must not start any more
    this.#filling = true
    try {
      this.#startSuspect()
      for (const lane of this.#lanes.values()) {
        for (let job = lane.take(); job !== null; job = lane.take()) this.#run(job)
      }
    } finally {
      this.#filling = false
    }
    if (this.#state === 'working') this.#claims.ifWanted()
  }

  #startSuspect(): void {
    const job = this.#suspect.waiting
    if (job === null) return
    const lane = this.#lanes.get(job.lane) as Lane
    const fetchedAhead = [...this.#lanes.values()].some((other) => other.queued > 0)
    if (lane.freeSlots === 0 || fetchedAhead) return
    this.#suspect.start()
    lane.occupy()
    this.#run(job)
  }

  #run(job: ClaimedJob): void {
    const { runtime, jobs, events } = this.#options
    const definition = jobs.get(job.job)
    const attempt = new Attempt(job, definition, runtime.elapsed(), this.#setting)
    this.#deadlines.add(attempt)
    this.#signals.watch()
    if (events.has('job:started')) events.emit('job:started', events.identify(job))
    attempt.start()
  }

  #ended(attempt: Attempt, outcome: Outcome | null): void {
    const { runtime } = this.#options
    const { job, definition, told } = attempt
    const lane = this.#lanes.get(job.lane) as Lane
    this.#deadlines.delete(attempt)
    const took = runtime.elapsed() - attempt.startedAt
    lane.free(took)
    const note = told === null ? null : told.end()
    if (outcome !== null) this.#outcomes.record(job, outcome, took, definition, note)
    if (this.#state !== 'working') return
    this.#fill()
    if (lane.room > 0 && this.#claims.mayHaveMore(lane.name)) this.#claims.soon()
  }

  #settled(settled: Settled, fate: Fate): void {
    const { job, change } = settled
    if (this.#inHand.get(job.id) === job.fence) this.#inHand.delete(job.id)
    if (this.#suspect.forget(job)) this.#claims.suspectSoon() // there may be more of its kind
    if (fate !== 'refused') this.#counting.count(settled, fate === 'cancelled' ? 'cancelled' : change.to)
  }

  /** Others may start our jobs soon: the handlers are told, and nothing of them is recorded. */
  #loseLease(old: string): void {
    const why = new RotaError(
      'lease_lost',
      'The worker could not renew its lease in time, so its jobs may run elsewhere.',
    )
    this.#outcomes.loseLease()
    this.#inHand.clear()
    this.#claims.forget()
    this.#counting.seal()
    const own = [...this.#lanes.values(), this.#suspect]
    const unstarted = own.flatMap((waiting) => waiting.takeWaitingSince(Number.POSITIVE_INFINITY))
    this.#suspect.forget()
    for (const attempt of [...this.#deadlines.running]) {
      attempt.abort(why)
      attempt.end(null)
      this.#options.events.emit('job:lease_lost', this.#options.events.identify(attempt.job))
    }
    this.#giveBack(old, unstarted)
  }

  /** What a lost lease held and never started needs not lapse; when it did already, the guard keeps this from harm. */
  #giveBack(worker: string, jobs: readonly ClaimedJob[]): void {
    const changes = jobs.map(release)
    if (changes.length > 0) this.#options.storage.apply(worker, changes).catch(() => {}) // then they lapse
  }

  #report(error: unknown, during: string): void {
    this.#options.events.emit('worker:trouble', { error, during })
  }
}
