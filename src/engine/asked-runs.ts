/** Runs of a schedule that a person asks for: one now, or slots of the past. */
import { RotaError, show } from '../job/errors.ts'
import { everyJob } from '../job/filter.ts'
import { timeOfId } from '../job/id.ts'
import { allStates, isFinalState } from '../job/states.ts'
import { waitedFor } from '../schedule/firing.ts'
import type { Firing, InsertResult, ScheduleRecord, Storage } from '../storage/contract.ts'
import { type Definitions, definitionUnknown } from './definitions.ts'
import type { EditHints } from './edit-hints.ts'
import type { ClusterSettings } from './options.ts'
import type { Runtime } from './runtime.ts'
import { effective } from './schedule-rule.ts'
import { type SlotJob, SlotJobs, slotId } from './slot-jobs.ts'
import { throughSlots } from './slot-middleware.ts'

/** What became of slots of the past. */
export interface Again {
  readonly stored: number
  readonly refused: readonly { readonly slot: Date; readonly message: string }[]
}

/** A run that a person asks for. */
type OwnRun = Pick<SlotJob, 'id' | 'at' | 'missed' | 'behind'>

const liveStates = allStates.filter((state) => !isFinalState(state))
/** Others may be at the same schedule; each of them gets it done in one of these tries. */
export const mostTries = 30

export class AskedRuns {
  readonly #hints: EditHints
  readonly #settings: ClusterSettings
  readonly #runtime: Runtime
  readonly #definitions: Definitions

  constructor(hints: EditHints, settings: ClusterSettings, runtime: Runtime, definitions: Definitions) {
    this.#definitions = definitions
    this.#hints = hints
    this.#settings = settings
    this.#runtime = runtime
  }

  /** Ids of its jobs that are not over, oldest first. */
  async live(storage: Storage, { id, serial }: ScheduleRecord): Promise<string[]> {
    if (!serial) return []
    const query = { ...everyJob, schedules: [id], states: liveStates, overFor: null, before: null, limit: 1_000 }
    const { jobs } = await storage.list(query)
    // By the clock of the database: ids of runs that people ask for come from other clocks.
    return jobs.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)).map((job) => job.id)
  }

  /** Null when the schedule was changed meanwhile. */
  async fire(
    storage: Storage,
    record: ScheduleRecord,
    runs: readonly OwnRun[],
    how: Pick<Firing, 'cancel' | 'again'>,
  ): Promise<{ readonly results: readonly InsertResult[]; readonly refusals: ReadonlyMap<string, unknown> } | null> {
    const { cluster, jobDefaults, payloadLimit, middleware } = this.#settings
    const job = (await this.#definitions.one(record.job))?.job
    if (job === undefined)
      throw definitionUnknown(record.job, await this.#definitions.ids(), {
        remedy: 'A worker that has it tells of it when it starts.',
      })
    const maker = new SlotJobs(jobDefaults, payloadLimit)
    const spec = effective(record)
    const made = runs.map((run) => maker.run(job, spec, { ...run, schedule: record.id, lane: null }))
    const { passed, refusals, settle, fail } = await throughSlots(middleware.enqueue, made, cluster, this.#runtime)
    const { id, version, state, reason, nextAt } = record
    if (!record.serial && !how.again) {
      // It waits for no other and cancels none, so nobody has to be stopped for it.
      const results = await storage.insert([...passed.values()]).catch((error) => {
        fail(error)
        throw error
      })
      settle(new Map(results.map((result) => [result.id, result])))
      this.#hints.due()
      return { results, refusals }
    }
    const firing = { id, version, state, reason, nextAt, lastAt: null, runs: 0, skips: [], ...how }
    const [fired] = await storage.fire([{ ...firing, jobs: [...passed.values()] }]).catch((error) => {
      fail(error)
      throw error
    })
    settle(new Map(fired?.results.map((result) => [result.id, result])))
    if (fired === undefined) return null
    this.#hints.due()
    return { results: fired.results, refusals }
  }

  /** Gives how many of these slots are stored, because they had not run before, and which of them a middleware refused. */
  async fireAgain(storage: Storage, id: string, slots: readonly number[]): Promise<Again> {
    const ids = slots.map((slot) => slotId(id, slot, ''))
    for (let i = 0; i < mostTries; i++) {
      const record = existing(await find(storage, id), id)
      // Each waits for the one before: not for one that is over since long.
      const known = new Set(record.serial ? (await storage.get(ids)).map((job) => job.id) : [])
      const before = await this.live(storage, record)
      const runs = slots.flatMap((at, n): OwnRun[] => {
        const own = ids[n] as string
        if (known.has(own)) return []
        const run = { id: own, at, missed: 0, behind: waitedFor(before) }
        if (record.serial) before.push(own)
        return [run]
      })
      if (runs.length === 0) return { stored: 0, refused: [] }
      const fired = await this.fire(storage, record, runs, { cancel: [], again: true })
      if (fired === null) continue
      const stored = fired.results.filter(({ status }) => status === 'created').length
      const refused = [...fired.refusals].map(([own, error]) => ({
        slot: new Date(timeOfId(own)),
        message: error instanceof Error ? error.message : String(error),
      }))
      return { stored, refused }
    }
    throw busy(id)
  }
}

export const byId = (id: string) => ({ ids: [id], jobs: null, states: null, origin: null, after: null, limit: 1 })

export const scheduleNotFound = (id: string): RotaError =>
  new RotaError('schedule_not_found', `There is no schedule ${show(id)}.`, { field: 'id' })

export function existing(record: ScheduleRecord | null, id: string): ScheduleRecord {
  if (record === null) throw scheduleNotFound(id)
  return record
}

export const busy = (id: string): RotaError =>
  new RotaError('schedule_busy', `The schedule ${show(id)} was changed again and again meanwhile. Try again.`, {
    field: 'id',
  })

/** The schedule as it is stored. */
export async function find(storage: Storage, id: string): Promise<ScheduleRecord | null> {
  return (await storage.schedules(byId(id))).schedules[0] ?? null
}
