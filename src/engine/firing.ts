/**
 * Fires schedules: any process may, none has to be asked. Each looks when the next one is due, decides by `schedule/firing.ts`, and writes its
 * decision only if the schedule is still what it saw, so one of them wins and the others have done nothing.
 *
 * waiting (for the next due slot by the clock of the database, or a hint) → firing (batch by batch, until none is due) → waiting …
 */
import type { Job } from '../job/define.ts'
import { isRotaError } from '../job/errors.ts'
import { timeOfId } from '../job/id.ts'
import { cleanText } from '../job/text.ts'
import { decideFiring, decideOverlap, type Skip, waitedFor } from '../schedule/firing.ts'
import { scheduleDefaults } from '../schedule/policies.ts'
import type {
  DuePosition,
  DueSchedule,
  Fired,
  Locks,
  Firing as Outcome,
  Storage,
  WorkerRecord,
} from '../storage/contract.ts'
import type { Defaults } from './enqueue.ts'
import type { Emitter } from './events.ts'
import type { EnqueueLayer } from './middleware.ts'
import { ownLaneOf } from './own-lane.ts'
import type { Runtime, Timer } from './runtime.ts'
import { ServerLocks } from './schedule-locks.ts'
import { goesOn, pausedSkips } from './schedule-plan.ts'
import { type Effective, effective, sequenceFor } from './schedule-rule.ts'
import { SlotJobs, slotId } from './slot-jobs.ts'
import { type SlotRun, type Through, throughSlots } from './slot-middleware.ts'

const batch = 500
/** Batches that are written while the next one is read and decided. */
const inFlight = 2
/** Milliseconds. After a batch of which others took all they may go on alone for a while; by chance, so that two do not stay in step. */
const yieldFor = { least: 50, most: 300 }
/** Milliseconds until the next try after trouble, and between looks at what is due and stays so. */
const rest = 1_000

export interface FiringOptions {
  readonly storage: Storage
  readonly runtime: Runtime
  readonly events: Emitter
  readonly cluster: string
  /** Definitions by id: schedules of others are left to who knows them. */
  readonly jobs: ReadonlyMap<string, Job>
  /** Those that this process knows beside: built-in and stored ones, and what only workers of the remote protocol run, as they stand. */
  readonly remoteJobs: (now: number) => Promise<ReadonlyMap<string, Job>>
  readonly jobDefaults: Defaults
  readonly payloadLimit: number
  readonly middleware: readonly EnqueueLayer[]
  /** A lock service beside the database, or none. */
  readonly locks: Locks | null
  /** Jobs were stored that are due. */
  readonly onJobs: () => void
}

/** What is to be written for one schedule, before middleware has seen its jobs. */
interface Draft {
  readonly schedule: DueSchedule
  /** Milliseconds. */
  readonly late: number
  readonly outcome: Omit<Outcome, 'jobs' | 'skips' | 'lastAt' | 'runs'>
  readonly jobs: readonly SlotRun[]
  readonly skips: readonly Skip[]
  /** After so many slots that run it is over; null for any number. */
  readonly runsLeft: number | null
}

export class Firing {
  readonly #options: FiringOptions
  readonly #locks: ServerLocks
  #timer: Timer | null = null
  #at = Number.POSITIVE_INFINITY
  #firing: Promise<void> | null = null
  #again = false
  #stopped = true
  #remote: ReadonlyMap<string, Job> = new Map()
  /** The last look left something that is due. */
  #stuckUntil = 0

  constructor(options: FiringOptions) {
    this.#options = options
    this.#locks = new ServerLocks(options.locks, options.runtime)
  }

  start(): void {
    this.#stopped = false
    this.expect(0)
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#firing
  }

  /** A schedule is due in `delay` milliseconds. */
  expect(delay: number): void {
    const { runtime } = this.#options
    const at = runtime.elapsed() + delay
    if (this.#stopped || at >= this.#at) return
    this.#at = at
    this.#timer?.cancel()
    this.#timer = runtime.after(delay, () => {
      this.#at = Number.POSITIVE_INFINITY
      this.#fireNow()
    })
  }

  /** Somebody saw that one is due in `delay`; it may be one that is not for us. */
  hint(delay: number): void {
    const stuck = this.#stuckUntil - this.#options.runtime.elapsed()
    this.expect(delay > 0 ? delay : Math.max(0, stuck))
  }

  #fireNow(): void {
    if (this.#firing !== null) {
      this.#again = true
      return
    }
    this.#again = false
    this.#firing = this.#fireDue().then((next) => {
      this.#firing = null
      this.expect(this.#again ? 0 : next)
    })
  }

  /** Gives the milliseconds until the next look. */
  async #fireDue(): Promise<number> {
    const { storage, runtime, events, jobs, remoteJobs } = this.#options
    const writing = new Set<Promise<void>>()
    let after: DuePosition | null = null
    let [lost, won, stuck] = [0, 0, 0]
    const write = async (drafts: readonly Draft[]) => {
      const [taken, left] = await this.#write(drafts)
      won += taken
      lost += left
    }
    try {
      this.#remote = await remoteJobs(runtime.elapsed())
      const known = [...jobs.keys(), ...this.#remote.keys()]
      for (;;) {
        const due = await storage.dueSchedules(known, after, batch)
        const { drafts, failed } = await this.#decide(due.schedules, due.now)
        stuck += failed
        while (writing.size >= inFlight) await Promise.race(writing)
        if (drafts.length > 0) {
          const one: Promise<void> = write(drafts).finally(() => writing.delete(one))
          one.catch(() => {}) // told below
          writing.add(one)
        }
        const last = due.schedules.at(-1)
        if (this.#stopped || last === undefined || due.schedules.length < batch) {
          await Promise.all(writing)
          this.#stuckUntil = stuck + lost > 0 ? runtime.elapsed() + rest : 0
          if (lost > 0) return won > 0 ? 1 : this.#yield()
          return Math.max(
            1,
            Math.min(due.nextDueIn ?? Number.POSITIVE_INFINITY, stuck > 0 ? rest : Number.POSITIVE_INFINITY),
          )
        }
        after = { nextAt: last.nextAt as number, id: last.id }
        if (lost > 0 && won === 0) {
          await Promise.all(writing)
          return this.#yield()
        }
      }
    } catch (error) {
      events.emit('worker:trouble', { error, during: 'firing schedules' })
      await Promise.allSettled(writing)
      return rest
    }
  }

  /** Others are at it. */
  #yield(): number {
    return yieldFor.least + this.#options.runtime.random() * (yieldFor.most - yieldFor.least)
  }

  async #decide(
    schedules: readonly DueSchedule[],
    now: number,
  ): Promise<{ readonly drafts: readonly Draft[]; readonly failed: number }> {
    const { storage } = this.#options
    // One that cannot be understood, put by newer code, stands by itself.
    const readable = schedules.flatMap((schedule) =>
      this.#attempt(schedule, () => ({ schedule, spec: effective(schedule) })),
    )
    const workers = readable.some(({ spec }) => spec.runOn === 'every') ? await storage.workers() : []
    const made = new SlotJobs(this.#options.jobDefaults, this.#options.payloadLimit)
    const drafts = readable.flatMap(({ schedule, spec }) =>
      this.#attempt(schedule, () =>
        schedule.state === 'paused' ? resumed(schedule, spec, now) : this.#draft(schedule, spec, now, workers, made),
      ),
    )
    return { drafts, failed: schedules.length - drafts.length }
  }

  /** What comes of it, or nothing: then it is told. */
  #attempt<T>({ id }: DueSchedule, work: () => T): readonly T[] {
    try {
      return [work()]
    } catch (error) {
      this.#options.events.emit('worker:trouble', { error, during: `firing schedule "${id}"` })
      return []
    }
  }

  #draft(
    schedule: DueSchedule,
    spec: Effective,
    now: number,
    workers: readonly WorkerRecord[],
    maker: SlotJobs,
  ): Draft {
    const { runtime, jobs } = this.#options
    const { id, version } = schedule
    const runsLeft = spec.maxRuns === undefined ? null : Math.max(0, spec.maxRuns - schedule.runs)
    const job = (jobs.get(schedule.job) ?? this.#remote.get(schedule.job)) as Job // only schedules of known jobs are asked for
    const { runs, skips, nextAt } = decideFiring(sequenceFor(spec, schedule.start), spec.misfire, {
      due: schedule.nextAt as number,
      now,
      endsAt: spec.endsAt ?? null,
      runsLeft,
      grace: scheduleDefaults.grace,
    })
    const left: Skip[] = [...skips]
    const made: SlotRun[] = []
    const cancel: string[] = []
    const jitter = spec.jitter ?? { min: 0, max: 0 }
    const targets = targetsOf(schedule, spec, job, workers, this.#options.jobDefaults.lane)
    for (const target of targets) {
      const live = schedule.live.filter(({ lane }) => target.lane === null || lane === target.lane)
      const placed = decideOverlap(
        spec.overlap,
        runs,
        live.map((run) => run.id),
      )
      left.push(...placed.skips)
      cancel.push(...placed.cancel)
      const before: string[] = []
      for (const { slot, missed, behind, inTurn } of placed.runs) {
        const own = slotId(id, slot, target.worker)
        const at = slot + jitter.min + Math.floor(runtime.random() * (jitter.max - jitter.min + 1))
        const waits = inTurn ? [...behind, ...waitedFor(before)] : behind
        const where = { id: own, schedule: id, at, missed, lane: target.lane, behind: waits }
        try {
          made.push(maker.run(job, spec, where))
          before.push(own)
        } catch (error) {
          left.push(refused(slot, error))
        }
      }
    }
    if (targets.length === 0) left.push(...runs.map(({ slot }) => noWorker(slot)))
    const state = nextAt === null ? 'completed' : 'active'
    const outcome = { id, version, state, reason: null, nextAt, cancel, again: false } as const
    return { schedule, late: now - (schedule.nextAt as number), outcome, jobs: made, skips: left, runsLeft }
  }

  /** Gives how many were written, and how many not. */
  async #write(drafts: readonly Draft[]): Promise<[written: number, left: number]> {
    const taken = await this.#locks.take(drafts.map(({ schedule, late }) => ({ id: schedule.id, late })))
    try {
      const written = await this.#fire(drafts.filter(({ schedule }) => taken.mayFire(schedule.id)))
      return [written, drafts.length - written]
    } finally {
      await taken.release()
    }
  }

  /** Gives how many were written. */
  async #fire(drafts: readonly Draft[]): Promise<number> {
    if (drafts.length === 0) return 0
    const { middleware, cluster, events, onJobs } = this.#options
    const through = await throughSlots(
      middleware,
      drafts.flatMap(({ jobs }) => jobs),
      cluster,
      this.#options.runtime,
    )
    const outcomes = drafts.map((draft) => outcomeOf(draft, through))
    const fired = await this.#store(outcomes).catch((error) => {
      through.fail(error)
      throw error
    })
    through.settle(new Map(fired.flatMap(({ results }) => results).map((result) => [result.id, result])))
    if (fired.some(({ results }) => results.length > 0)) onJobs()
    if (events.has('schedule:fired') || events.has('schedule:skipped')) this.#tell(outcomes, fired)
    return fired.length
  }

  /** What the database refuses of one schedule must not hold up those beside it: then each is written by itself. */
  async #store(outcomes: readonly Outcome[]): Promise<readonly Fired[]> {
    const { storage, events } = this.#options
    try {
      return await storage.fire(outcomes)
    } catch (error) {
      if (outcomes.length === 1 || isRotaError(error)) throw error
      const fired: Fired[] = []
      for (const outcome of outcomes)
        try {
          fired.push(...(await storage.fire([outcome])))
        } catch (own) {
          events.emit('worker:trouble', { error: own, during: `firing schedule "${outcome.id}"` })
        }
      return fired
    }
  }

  #tell(outcomes: readonly Outcome[], fired: readonly Fired[]): void {
    const { events } = this.#options
    const written = new Map(fired.map((one) => [one.id, one.results]))
    for (const { id, jobs, skips } of outcomes) {
      const results = written.get(id)
      if (results === undefined) continue
      for (const [i, { id: job, schedule }] of jobs.entries())
        if (results[i]?.status === 'created')
          events.emit('schedule:fired', {
            schedule: id,
            id: job,
            slot: new Date(timeOfId(job)),
            missed: schedule?.missed ?? 0,
          })
      for (const { from, slot, count, reason } of skips)
        events.emit('schedule:skipped', { schedule: id, from: new Date(from), slot: new Date(slot), count, reason })
    }
  }
}

/** What is to be written, now that the middleware has let its jobs through or not. */
function outcomeOf({ outcome, jobs, skips, runsLeft }: Draft, { passed, refusals }: Through): Outcome {
  const stored = jobs.flatMap((job) => passed.get(job.stored.id) ?? [])
  const slots = new Set(stored.map(({ id }) => timeOfId(id)))
  const left = [
    ...skips,
    ...jobs.flatMap(({ stored: { id } }) => (refusals.has(id) ? [refused(timeOfId(id), refusals.get(id))] : [])),
  ]
  return {
    ...outcome,
    ...(runsLeft !== null && slots.size >= runsLeft && ({ state: 'completed', nextAt: null } as const)),
    lastAt: slots.size > 0 ? Math.max(...slots) : null,
    runs: slots.size,
    jobs: stored,
    skips: left.filter(({ slot }, i) => left.findIndex((other) => other.slot === slot) === i), // workers may skip the same one
  }
}

/** Where the runs of a slot go: to any worker, or one to each. */
interface Target {
  /** Id of the worker; '' for any. */
  readonly worker: string
  readonly lane: string | null
}

function targetsOf(
  { job: id }: DueSchedule,
  { runOn, options }: Effective,
  job: Job,
  workers: readonly WorkerRecord[],
  defaultLane: string,
): readonly Target[] {
  if (runOn === 'one') return [{ worker: '', lane: null }]
  const lane = options.lane ?? job.options.lane ?? defaultLane
  const serving = workers.filter((worker) => worker.jobs.includes(id) && worker.lanes.some(({ name }) => name === lane))
  // A process that has lost its lease, or believes so, comes back as another worker with the same lane; for a while both are known.
  const newest = new Map(
    serving.toSorted((a, b) => a.startedAt - b.startedAt).map((worker) => [ownLaneOf(worker.lanes), worker.id]),
  )
  return [...newest].flatMap(([own, worker]) => (own === null ? [] : [{ worker, lane: own }]))
}

/** A pause that was to end by itself is over: what it left out is told, and it goes on. */
function resumed(schedule: DueSchedule, spec: Effective, now: number): Draft {
  const { id, version } = schedule
  const outcome = { id, version, ...goesOn(schedule, now), reason: null, cancel: [], again: false } as const
  return { schedule, late: 0, outcome, jobs: [], skips: pausedSkips(schedule, spec, now), runsLeft: null }
}

const noWorker = (slot: number): Skip => ({ slot, from: slot, count: 1, reason: 'no_worker', message: null })

const refused = (slot: number, error: unknown): Skip => ({
  slot,
  from: slot,
  count: 1,
  reason: 'refused',
  message: cleanText(error instanceof Error ? error.message : error, 500),
})
