/**
 * What workers count for charts: per lane and job, how tries ended and how long they waited and ran; per lane, how many jobs there
 * were. Here it is added up, written and read. Pure.
 */
import type { CounterRow, LaneRecord } from '../storage/contract.ts'
import { addHistogram, emptyHistogram, type Histogram, histogramText, storedHistogram } from './histogram.ts'

/** How a try may end; what was only given back does not count. The order is that of the stored numbers, so new ones come last. */
export const tryEnds = Object.freeze(['succeeded', 'failed', 'retried', 'cancelled', 'snoozed', 'lapsed'] as const)
export type TryEnd = (typeof tryEnds)[number]

export interface Counter extends Record<TryEnd, number> {
  /** From due to claimed, of tries that started. Milliseconds. */
  readonly wait: Histogram
  /** How long tries took. Milliseconds. */
  readonly run: Histogram
}

/** How many jobs a lane had; nobody counted on beyond some limit. */
export type Depth = Readonly<Record<'waiting' | 'running' | 'scheduled', number>>

export interface Tally {
  /** By lane, by job; '' where there were too many, or nobody knows. */
  readonly lanes: Map<string, Map<string, Counter>>
  /** By lane, at the most; null where nobody looked. */
  depth: Map<string, Depth> | null
  /** Workers of which it is the sum, in short: of a worker that comes again nothing more is added. */
  readonly of: Set<string>
}

/** What shall be read of a tally. */
export interface Wanted {
  readonly lane: string | null
  readonly job: string | null
}

const all: Wanted = { lane: null, job: null }

export const newCounter = (): Counter => ({
  succeeded: 0,
  failed: 0,
  retried: 0,
  cancelled: 0,
  snoozed: 0,
  lapsed: 0,
  wait: emptyHistogram(),
  run: emptyHistogram(),
})

export const newTally = (): Tally => ({ lanes: new Map(), depth: null, of: new Set() })

/** The counter of a lane and a job, made where there is none. */
export function counterOf({ lanes }: Tally, lane: string, job: string): Counter {
  const jobs = lanes.get(lane) ?? new Map<string, Counter>()
  const counter = jobs.get(job) ?? newCounter()
  lanes.set(lane, jobs)
  jobs.set(job, counter)
  return counter
}

export function addCounter(into: Counter, from: Counter): void {
  for (const end of tryEnds) into[end] += from[end]
  addHistogram(into.wait, from.wait)
  addHistogram(into.run, from.run)
}

/** Tries add up; of depth the most counts, because several looked at the same jobs. */
export function addTally(into: Tally, from: Tally): void {
  for (const [lane, jobs] of from.lanes)
    for (const [job, counter] of jobs) addCounter(counterOf(into, lane, job), counter)
  if (from.depth !== null) into.depth = mostOf(into.depth ?? new Map(), from.depth)
  for (const worker of from.of) into.of.add(worker)
}

function mostOf(one: ReadonlyMap<string, Depth>, other: ReadonlyMap<string, Depth>): Map<string, Depth> {
  const most = new Map(one)
  for (const [lane, depth] of other) {
    const known = most.get(lane)
    most.set(lane, known === undefined ? depth : deeper(known, depth))
  }
  return most
}

const deeper = (a: Depth, b: Depth): Depth => ({
  waiting: Math.max(a.waiting, b.waiting),
  running: Math.max(a.running, b.running),
  scheduled: Math.max(a.scheduled, b.scheduled),
})

/** So many lanes are told apart; the rest is added up. */
const mostLanes = 200

/** @param label under which name a lane counts */
export function depthOf(lanes: readonly LaneRecord[], label: (lane: string) => string): Map<string, Depth> {
  const depth = new Map<string, Depth>()
  const deepest = lanes.toSorted((a, b) => b.waiting + b.running - a.waiting - a.running)
  for (const [i, { name, waiting, running, scheduled }] of deepest.entries()) {
    const lane = i < mostLanes ? label(name) : ''
    const known = depth.get(lane) ?? { waiting: 0, running: 0, scheduled: 0 }
    depth.set(lane, {
      waiting: known.waiting + waiting,
      running: known.running + running,
      scheduled: known.scheduled + scheduled,
    })
  }
  return depth
}

// --- as text

const version = 1

export function tallyText({ lanes, depth, of }: Tally): string {
  const counts = [...lanes].flatMap(([lane, jobs]) =>
    [...jobs].map(([job, counter]) => [
      lane,
      job,
      tryEnds.map((end) => counter[end]),
      histogramText(counter.wait),
      histogramText(counter.run),
    ]),
  )
  const depths =
    depth && [...depth].map(([lane, { waiting, running, scheduled }]) => [lane, waiting, running, scheduled])
  return JSON.stringify({ v: version, counts, ...(depths && { depth: depths }), ...(of.size > 0 && { of: [...of] }) })
}

/** Null where it is not understood: damaged, or of a later version. */
export function readTally(text: string, wanted = all): Tally | null {
  try {
    const { v, counts, depth, of } = JSON.parse(text)
    if (v !== version) return null
    const tally = newTally()
    for (const [lane, job, ends, wait, run] of counts) {
      if ((wanted.lane ?? lane) !== lane || (wanted.job ?? job) !== job) continue
      const counter = { ...newCounter(), wait: storedHistogram(wait), run: storedHistogram(run) }
      for (const [i, end] of tryEnds.entries()) counter[end] = whole(ends[i] ?? 0)
      addCounter(counterOf(tally, String(lane), String(job)), counter)
    }
    if (depth !== undefined) tally.depth = readDepth(depth, wanted)
    for (const worker of of ?? []) tally.of.add(String(worker))
    return tally
  } catch {
    return null
  }
}

function readDepth(stored: Iterable<[string, unknown, unknown, unknown]>, wanted: Wanted): Map<string, Depth> {
  const depth = new Map<string, Depth>()
  for (const [lane, waiting, running, scheduled] of stored) {
    if ((wanted.lane ?? lane) !== lane) continue
    depth.set(lane, { waiting: whole(waiting), running: whole(running), scheduled: whole(scheduled) })
  }
  return depth
}

function whole(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new TypeError('not a count')
}

// --- rows

/** Enough of an id to tell the workers of one minute apart: the end of a UUIDv7 is random. */
const short = (worker: string): string => worker.slice(-8)

/**
 * Adds up the rows of one minute. A worker counts once: what it wrote after its first row had been added up is a repetition of
 * that, with little more, and is left out.
 */
export function sumOfMinute(rows: readonly CounterRow[], wanted = all): Tally {
  const sum = newTally()
  const sums = rows.filter(({ worker }) => worker === '')
  for (const { data, worker } of [...sums, ...rows.filter((row) => row.worker !== '')]) {
    if (worker !== '' && sum.of.has(short(worker))) continue
    const tally = readTally(data, wanted)
    if (tally === null) continue
    addTally(sum, tally)
    if (worker !== '') sum.of.add(short(worker))
  }
  return sum
}

/** The rows of one minute as one; those that are not understood stay as they are, for whoever does. */
export function mergedMinute(rows: readonly CounterRow[]): readonly CounterRow[] {
  const [first] = rows
  const readable = rows.filter(({ data }) => readTally(data) !== null)
  const strange = rows.filter((row) => !readable.includes(row))
  if (first === undefined || readable.length === 0 || strange.some(({ worker }) => worker === '')) return rows
  const data = tallyText(sumOfMinute(readable))
  return [{ span: 'minute', at: first.at, worker: '', data }, ...strange]
}

/** What stands in the place of the minute rows of one hour: one for each minute, and one for the hour. */
export function mergedHour(rows: readonly CounterRow[], at: number): readonly CounterRow[] {
  if (rows.length === 0) return []
  const hour = newTally()
  const minutes = [...Map.groupBy(rows, (row) => row.at).values()]
  for (const minute of minutes) addTally(hour, sumOfMinute(minute))
  hour.of.clear() // nobody adds to it: it is written anew
  return [...minutes.flatMap(mergedMinute), { span: 'hour', at, worker: '', data: tallyText(hour) }]
}
