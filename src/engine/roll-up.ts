/**
 * What any worker does for all with what they count: about once a minute it looks how many jobs each lane has, adds up the minutes
 * that are over, and the hours. Whatever two workers do at the same time, or one does twice, comes to the same.
 */
import type { Storage } from '../storage/contract.ts'
import { depthOf, mergedHour, mergedMinute } from './counters.ts'
import type { Counting } from './counting.ts'
import { laneLabel } from './own-lane.ts'
import type { Runtime, Timer } from './runtime.ts'

const minute = 60_000
export const hour = 60 * minute
/** Milliseconds. No minute shall pass without a look at the lanes, so the pause is a little shorter, by chance. */
const pauses = { first: 20_000, idle: minute }
/** No job of a lane is counted beyond this. */
const countedUpTo = 1_000
/** Minutes are added up when they are so old, because workers write late; what comes later still is found with the hour. */
const minuteAge = { least: 3 * minute, most: 8 * minute }
/** After its end. */
const hourAge = 10 * minute
/** Minutes are purged after 48 hours, and an hour must not be made of what is left of it. */
export const oldestHour = 45 * hour
/** At a time. */
const mostHours = 6

export interface RollUpOptions {
  readonly storage: Storage
  readonly runtime: Runtime
  readonly counting: Counting
  readonly onTrouble: (error: unknown) => void
}

export class RollUp {
  readonly #options: RollUpOptions
  #timer: Timer | null = null
  #running: Promise<void> = Promise.resolve()
  /** All hours before are done. */
  #hour = 0
  #stopped = false

  constructor(options: RollUpOptions) {
    this.#options = options
  }

  start(): void {
    this.#next(pauses.first * (1 + this.#options.runtime.random()))
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#running
  }

  #next(ms: number): void {
    if (this.#stopped) return
    this.#timer = this.#options.runtime.after(ms, () => {
      this.#running = this.#run()
    })
  }

  async #run(): Promise<void> {
    const { storage, runtime, counting, onTrouble } = this.#options
    try {
      const now = await presentOf(storage)
      counting.hear(now)
      counting.sample(depthOf(await storage.lanes(countedUpTo), laneLabel))
      await rollMinutes(storage, now)
      this.#hour = await rollHours(storage, now, this.#hour)
    } catch (error) {
      onTrouble(error)
    }
    this.#next(pauses.idle * (0.75 + runtime.random() / 4))
  }
}

/** The clock of the database. Milliseconds since 1970. */
export async function presentOf(storage: Storage): Promise<number> {
  const none = { ids: [], jobs: null, states: null, origin: null, after: null, limit: 1 }
  return (await storage.schedules(none)).now
}

/** Adds up over all workers what they counted in minutes that are over. */
export async function rollMinutes(storage: Storage, now: number): Promise<void> {
  const [from, to] = [floorTo(now - minuteAge.most, minute), floorTo(now - minuteAge.least, minute)]
  const apart = (await storage.counters('minute', from, to)).filter(({ worker }) => worker !== '')
  for (const at of new Set(apart.map((row) => row.at)))
    await storage.mergeCounters('minute', at, at + minute, mergedMinute)
}

/**
 * Makes the rows of hours that are over, where nobody has. With each hour the one before is made anew, for what was written late.
 *
 * @param from hours before are not looked at
 * @returns where to go on
 */
export async function rollHours(storage: Storage, now: number, from: number): Promise<number> {
  const end = floorTo(now - hourAge, hour)
  const first = Math.max(from, floorTo(now - oldestHour, hour))
  const to = Math.min(end, first + mostHours * hour)
  if (first >= to) return first
  const done = new Set((await storage.counters('hour', first, to)).map((row) => row.at))
  for (let at = first; at < to; at += hour) {
    if (done.has(at)) continue
    for (const one of [at - hour, at])
      if (!(await storage.mergeCounters('minute', one, one + hour, (rows) => mergedHour(rows, one)))) return at
  }
  return to
}

export const floorTo = (ms: number, step: number): number => Math.floor(ms / step) * step
