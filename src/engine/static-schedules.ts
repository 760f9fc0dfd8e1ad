/**
 * Schedules that stand in the code of this process: from `rota.schedule` and from profiles.
 *
 * gathered → stored when the worker starts; what comes later is stored a moment after. As long as a live worker has one in its code it is
 * active; when the last such worker is gone the others make it inactive, and it comes back with the code. What it says is what the worker
 * said that started last.
 */
import { RotaError } from '../job/errors.ts'
import type { ScheduleRecord, Storage, WorkerRecord } from '../storage/contract.ts'
import type { Emitter } from './events.ts'
import type { Runtime } from './runtime.ts'
import { newVersion, planCode, planRetire, planReturn, type Wanted } from './schedule-plan.ts'

/** What stands in the code. Read when it is stored: a builder may still be at it. */
export type StaticSchedule = () => Wanted

export interface StaticOptions {
  readonly runtime: Runtime
  readonly events: Emitter
  /** Something was stored that may be due. */
  readonly onStored: () => void
  /** The ids are others than before. */
  readonly onIds: (ids: readonly string[]) => void
  /** Rejects where the input does not fit the schema of the job. */
  readonly check: (wanted: Wanted) => Promise<void>
  /** Lets one run now. */
  readonly trigger: (id: string) => Promise<unknown>
}

const chunk = 500
const mostTries = 30
/** A worker that comes and goes between two censuses is not seen, but what it had in its code is stored. */
const mostInVain = 10

export class StaticSchedules {
  readonly #options: StaticOptions
  readonly #entries = new Map<string, StaticSchedule>()
  /** Those that came after the start, and are not stored yet. */
  #late: StaticSchedule[] = []
  #storage: Storage | null = null
  #storing: Promise<void> = Promise.resolve()
  #seen = ''
  /** Censuses since we last looked that found the same workers. */
  #inVain = 0

  constructor(options: StaticOptions) {
    this.#options = options
  }

  /** @throws RotaError for one that says nothing about its times */
  get ids(): string[] {
    return [...this.#entries.values()].map((entry) => entry().id)
  }

  /** @throws RotaError `option_invalid` for a second one of the same id */
  add(id: string, entry: StaticSchedule): void {
    if (this.#entries.has(id)) {
      const message = `schedule: "${id}" stands in the code already. Give each schedule an id of its own.`
      throw new RotaError('option_invalid', message, { field: 'name' })
    }
    this.#entries.set(id, entry)
    if (this.#storage === null) return
    this.#late.push(entry)
    if (this.#late.length === 1) this.#options.runtime.soon(() => void this.#storeLate())
  }

  /** The worker has its lease. */
  async start(storage: Storage): Promise<void> {
    this.#storage = storage
    const wanted = await this.#sound([...this.#entries.values()])
    await this.#put(wanted, planCode)
    await this.#runNow(wanted)
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#storage = null
    await this.#storing
  }

  /** Who lives, as a worker just saw it: what none of them has in its code is retired, and ours is put again where others did that. */
  census(workers: readonly WorkerRecord[]): void {
    const seen = workers.map(({ id, schedules }) => `${id} ${schedules.length}`).join()
    if (this.#storage === null || (seen === this.#seen && ++this.#inVain < mostInVain)) return
    this.#inVain = 0
    this.#storing = this.#storing
      .then(async () => {
        await this.#put(
          [...this.#entries.values()].map((entry) => entry()),
          planReturn,
        )
        await this.#retire(new Set(workers.flatMap(({ schedules }) => schedules)))
        this.#seen = seen
      })
      .catch((error) => this.#trouble(error, 'looking which schedules are still in the code of a worker'))
  }

  async #storeLate(): Promise<void> {
    const late = this.#late.splice(0)
    try {
      const wanted = await this.#sound(late)
      this.#options.onIds(this.ids)
      await this.#put(wanted, planCode)
      await this.#runNow(wanted)
    } catch (error) {
      this.#trouble(error, 'storing schedules')
    }
  }

  /** Those whose input is right; of the others it is told. */
  async #sound(entries: readonly StaticSchedule[]): Promise<Wanted[]> {
    const sound: Wanted[] = []
    for (const entry of entries) {
      const wanted = entry()
      try {
        await this.#options.check(wanted)
        sound.push(wanted)
      } catch (error) {
        this.#trouble(error, `storing schedule "${wanted.id}"`)
      }
    }
    return sound
  }

  /** Those that run once at each start, unless somebody paused them. What stops them does not stop the process. */
  async #runNow(wanted: readonly Wanted[]): Promise<void> {
    const ids = wanted.filter(({ rule }) => rule.immediate).map(({ id }) => id)
    const query = { ids, jobs: null, states: ['active'] as const, origin: null, after: null, limit: ids.length }
    if (ids.length === 0 || this.#storage === null) return
    for (const { id } of (await this.#storage.schedules(query)).schedules)
      await this.#options.trigger(id).catch((error) => this.#trouble(error, `the immediate run of schedule "${id}"`))
  }

  async #put(wanted: readonly Wanted[], plan: typeof planCode): Promise<void> {
    let stored = false
    for (let from = 0; from < wanted.length; from += chunk) {
      const part = new Map(wanted.slice(from, from + chunk).map((one) => [one.id, one]))
      stored = (await this.#store(part, (record, now, id) => plan(part.get(id) as Wanted, record, now))) || stored
    }
    if (stored) this.#options.onStored()
  }

  async #retire(known: ReadonlySet<string>): Promise<void> {
    const storage = this.#storage
    const query = { ids: null, jobs: null, states: ['active'] as const, origin: 'code' as const, limit: chunk }
    for (let after: string | null = null; storage !== null; ) {
      const { now, schedules } = await storage.schedules({ ...query, after })
      const gone = schedules.filter(({ id }) => !known.has(id))
      await storage.saveSchedules(
        gone.flatMap((record) => {
          const plan = planRetire(record, now)
          return plan === null ? [] : [{ ...plan, version: record.version }]
        }),
      )
      if (schedules.length < chunk) return
      after = schedules.at(-1)?.id ?? null
    }
  }

  /** Stores what is planned for these, again for those that somebody changed meanwhile. */
  async #store(
    ids: ReadonlyMap<string, unknown>,
    plan: (record: ScheduleRecord | null, now: number, id: string) => ReturnType<typeof planCode>,
  ): Promise<boolean> {
    let left = [...ids.keys()]
    let stored = false
    for (let i = 0; i < mostTries && left.length > 0; i++) {
      const storage = this.#storage
      if (storage === null) break
      const query = { ids: left, jobs: null, states: null, origin: null, after: null, limit: chunk }
      const { now, schedules } = await storage.schedules(query)
      const records = new Map(schedules.map((record) => [record.id, record]))
      const saves = left.flatMap((id) => {
        const record = records.get(id) ?? null
        try {
          const planned = plan(record, now, id)
          return planned === null
            ? []
            : [{ ...planned, version: record?.version ?? null, firstVersion: newVersion(this.#options.runtime) }]
        } catch (error) {
          this.#trouble(error, `storing schedule "${id}"`)
          return []
        }
      })
      const saved = saves.length > 0 ? await storage.saveSchedules(saves) : []
      stored ||= saved.length > 0
      left = saves.map(({ id }) => id).filter((id) => !saved.includes(id))
    }
    return stored
  }

  #trouble(error: unknown, during: string): void {
    this.#options.events.emit('worker:trouble', { error, during })
  }
}
