/** What was done, by time: read from what workers have counted, for charts and tables. */
import type { Instant } from '../job/duration.ts'
import { parseInstant } from '../job/duration.ts'
import { RotaError } from '../job/errors.ts'
import * as check from '../job/options.ts'
import type { CounterRow, Storage } from '../storage/contract.ts'
import { addCounter, type Counter, newCounter, readTally, sumOfMinute, type Tally, type Wanted } from './counters.ts'
import { type Percentiles, percentilesOf } from './histogram.ts'
import { floorTo, hour, presentOf } from './roll-up.ts'
import { pause, type Runtime } from './runtime.ts'

const minute = 60_000
const lengths = Object.freeze({ '1m': minute, '5m': 5 * minute, '1h': hour, '6h': 6 * hour, '1d': 24 * hour } as const)
/** How much time a point stands for. */
export type StatsStep = keyof typeof lengths
const steps = Object.keys(lengths) as StatsStep[]
/** So many points where the caller does not say how long each is. */
const pointsUnlessTold = 800
/** Milliseconds: how far one look reaches, and how long single minutes are kept. */
const longest = 40 * 24 * hour
const minutesKept = 48 * hour
const mostJobs = 50

/** What to look at. */
export interface StatsOptions {
  /** @default an hour before `to` */
  readonly from?: Instant
  /** At most 40 days after `from`. @default now */
  readonly to?: Instant
  /** Minutes are kept for 48 hours; what is older, or longer, is told by hours. Hours and days are those of UTC. @default what gives at most 800 points */
  readonly step?: StatsStep
  /** @default all */
  readonly lane?: string
  /** Id of a definition. @default all */
  readonly job?: string
}

/** How tries ended, as their workers have recorded it, and how long they took. */
export interface Figures {
  /** Jobs that have returned a result. */
  readonly succeeded: number
  /** Jobs that are over without success. */
  readonly failed: number
  /** Tries that failed and come again. */
  readonly retried: number
  /** By their handlers, or by people while a worker had them. */
  readonly cancelled: number
  /** Tries that asked to run again later. */
  readonly snoozed: number
  /** Tries that ended with their worker; not in the figures of a lane. */
  readonly lapsed: number
  /** From due to claimed; null where nothing started. */
  readonly wait: Percentiles | null
  /** How long a try took; null where nothing started. */
  readonly run: Percentiles | null
}

/** How many of them a worker has ended by itself. */
export const tries = (one: Figures): number => one.succeeded + one.failed + one.retried + one.cancelled + one.snoozed

/** Some time, and what was done in it. */
export interface StatsPoint extends Figures {
  /** When it begins. */
  readonly at: Date
  /** Ready jobs at the most, where somebody looked; not counted beyond 1 000 for each lane. Null for a single job. */
  readonly waiting: number | null
  /** Likewise, in the hands of workers. */
  readonly running: number | null
  /** Likewise, waiting for their time. */
  readonly scheduled: number | null
}

/** What was done, by time, in all, and by job. */
export interface StatsView {
  /** How much time each point stands for. */
  readonly step: StatsStep
  /** From the first to the last, also where nothing was done. */
  readonly points: readonly StatsPoint[]
  /** Of all points together. */
  readonly totals: Figures
  /** The 50 definitions with the most tries; `''` stands for more of them than a worker tells apart. */
  readonly jobs: readonly (Figures & { readonly job: string })[]
}

/** @throws RotaError `option_invalid`, `option_unknown`, `instant_invalid` */
export async function statistics(storage: Storage, runtime: Runtime, options: StatsOptions): Promise<StatsView> {
  const now = await presentOf(storage)
  const { from, to, step, ...wanted } = planned(options, now)
  const length = lengths[step]
  const sums = new Sums(from, to, length)
  const spans = length < hour ? minutesOf(storage, from, to, wanted) : hoursOf(storage, from, to, now, wanted)
  for await (const tallies of spans) {
    for (const [at, tally] of tallies) sums.add(at, tally)
    await pause(runtime, 0) // to add up a month takes a while
  }
  return { step, ...sums.view(wanted.job === null) }
}

function planned(options: StatsOptions, now: number) {
  const checks = { from: parseInstant, to: parseInstant, step: check.oneOf(steps), lane: check.name, job: check.name }
  const set = check.checkOptions('stats', options, checks)
  const to = set.to ?? now
  const from = set.from ?? to - hour
  if (from >= to) invalid('from', `it is not before "to".`)
  if (to - from > longest) invalid('from', 'it is more than 40 days before "to".')
  const hasMinutes = to - from <= minutesKept && from >= now - minutesKept
  const possible = steps.filter((one) => hasMinutes || lengths[one] >= hour)
  if (set.step !== undefined && !possible.includes(set.step))
    invalid('step', `minutes are kept for 48 hours. Use one of ${possible.join(', ')}.`)
  const step = set.step ?? (possible.find((one) => (to - from) / lengths[one] <= pointsUnlessTold) as StatsStep)
  const length = lengths[step]
  const end = floorTo(to - 1, length) + length
  return { from: floorTo(from, length), to: end, step, lane: set.lane ?? null, job: set.job ?? null }
}

function invalid(field: string, why: string): never {
  throw new RotaError('option_invalid', `${field}: ${why}`, { field })
}

type Tallies = (readonly [at: number, Tally])[]

/** An hour at a time; the next one is on its way while one is added up, a fifth less time for a day on PostgreSQL. */
async function* minutesOf(storage: Storage, from: number, to: number, wanted: Wanted): AsyncGenerator<Tallies> {
  const read = (at: number) => storage.counters('minute', at, Math.min(at + hour, to))
  let coming = read(from)
  for (let at = from; at < to; at += hour) {
    const rows = await coming
    if (at + hour < to) {
      coming = read(at + hour)
      coming.catch(() => {}) // told when it is waited for
    }
    yield [...Map.groupBy(rows, (row) => row.at)].map(([at, same]) => [at, sumOfMinute(same, wanted)] as const)
  }
}

/** A day at a time; hours that nobody has added up yet from their minutes. */
async function* hoursOf(
  storage: Storage,
  from: number,
  to: number,
  now: number,
  wanted: Wanted,
): AsyncGenerator<Tallies> {
  for (let at = from; at < to; at += 24 * hour) {
    const end = Math.min(at + 24 * hour, to, now)
    const rows = await storage.counters('hour', at, Math.max(at, end))
    yield rows.flatMap((row) => readable(row, wanted))
    const known = new Set(rows.map((row) => row.at))
    for (let open = Math.max(at, floorTo(now - minutesKept, hour)); open < end; open += hour)
      if (!known.has(open)) yield* minutesOf(storage, open, open + hour, wanted)
  }
}

function readable({ at, data }: CounterRow, wanted: Wanted): Tallies {
  const tally = readTally(data, wanted)
  return tally === null ? [] : [[at, tally]]
}

interface Point {
  readonly at: number
  readonly counter: Counter
  waiting: number | null
  running: number | null
  scheduled: number | null
}

class Sums {
  readonly #points: readonly Point[]
  readonly #from: number
  readonly #length: number
  readonly #jobs = new Map<string, Counter>()

  constructor(from: number, to: number, length: number) {
    this.#from = from
    this.#length = length
    this.#points = Array.from({ length: Math.ceil((to - from) / length) }, (_, i) => ({
      at: from + i * length,
      counter: newCounter(),
      waiting: null,
      running: null,
      scheduled: null,
    }))
  }

  add(at: number, { lanes, depth }: Tally): void {
    const point = this.#points[Math.floor((at - this.#from) / this.#length)] as Point
    for (const jobs of lanes.values()) {
      for (const [job, counter] of jobs) {
        const ofJob = this.#jobs.get(job) ?? newCounter()
        this.#jobs.set(job, ofJob)
        for (const sum of [point.counter, ofJob]) addCounter(sum, counter)
      }
    }
    if (depth === null) return
    for (const what of ['waiting', 'running', 'scheduled'] as const) {
      const all = [...depth.values()].reduce((sum, lane) => sum + lane[what], 0)
      point[what] = Math.max(point[what] ?? 0, all)
    }
  }

  /** @param hasDepth lanes were counted, and not what is asked for */
  view(hasDepth: boolean): Omit<StatsView, 'step'> {
    const jobs = [...this.#jobs].map(([job, counter]) => ({ job, ...figures(counter) }))
    const totals = newCounter()
    for (const counter of this.#jobs.values()) addCounter(totals, counter)
    return {
      points: this.#points.map(({ at, counter, waiting, running, scheduled }) => ({
        at: new Date(at),
        ...figures(counter),
        ...(hasDepth ? { waiting, running, scheduled } : { waiting: null, running: null, scheduled: null }),
      })),
      totals: figures(totals),
      jobs: jobs.sort((a, b) => tries(b) - tries(a) || (a.job < b.job ? -1 : 1)).slice(0, mostJobs),
    }
  }
}

const figures = ({ wait, run, ...ends }: Counter): Figures => ({
  ...ends,
  wait: percentilesOf(wait),
  run: percentilesOf(run),
})
