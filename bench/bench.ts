/** What every workload uses: the servers, how long to measure, and the ways to measure a side. */
import type { Check, Figure, Unit } from './figures.ts'
import { median } from './figures.ts'
import { type Counts, Process } from './processes.ts'
import { cpuOf, type Servers, urlFor } from './servers.ts'
import { onPostgres } from './sides/postgres.ts'
import { monotonic, type Side } from './sides/side.ts'

export interface Bench {
  readonly servers: Servers
  readonly runs: number
  readonly quick: boolean
  /** Something more is done: what comes now. */
  step(what: string): void
}

export interface Workload {
  readonly id: string
  readonly title: string
  readonly about: string
  /** One that takes so long is measured once, whatever is asked for. */
  readonly once?: boolean
  /** So many steps will be told, in each run. */
  run(bench: Bench): Promise<{ readonly figures: readonly Figure[]; readonly checks: readonly Check[] }>
}

export const takesPart = (bench: Bench) => (side: Side) => side.store !== 'redis' || bench.servers.redis !== null

/** Measures all sides once, then once more in another order, and so on: what disturbs the machine disturbs all. */
export async function inTurns<S extends { readonly name: string }, T>(
  bench: Bench,
  sides: readonly S[],
  measure: (side: S) => Promise<T>,
): Promise<Map<string, T[]>> {
  const results = new Map(sides.map((side) => [side.name, [] as T[]]))
  for (let run = 0; run < bench.runs; run++)
    for (let turn = 0; turn < sides.length; turn++) {
      const side = sides[(turn + run) % sides.length] as S
      bench.step(`run ${run + 1} of ${bench.runs}: ${side.name}`)
      try {
        results.get(side.name)?.push(await measure(side))
      } catch (error) {
        // A peer may not be up to it; the report shows that it has no figure.
        console.error(`${side.name} failed: ${error instanceof Error ? error.message : error}`)
      }
    }
  return results
}

/** The same with every side in each of some conditions, in turns too. For each condition: what `figure` takes. */
export async function inConditions<S extends { readonly name: string }, C extends { readonly name: string }, T>(
  bench: Bench,
  sides: readonly S[],
  conditions: readonly C[],
  measure: (side: S, condition: C) => Promise<T>,
): Promise<(condition: C) => ReadonlyMap<string, readonly T[]>> {
  const nameOf = (side: S, condition: C) => `${side.name}: ${condition.name}`
  const pairs = sides.flatMap((side) =>
    conditions.map((condition) => ({ name: nameOf(side, condition), side, condition })),
  )
  const measured = await inTurns(bench, pairs, ({ side, condition }) => measure(side, condition))
  return (condition) => new Map(sides.map((side) => [side.name, measured.get(nameOf(side, condition)) ?? []]))
}

export function figure<T>(
  name: string,
  unit: Unit,
  better: Figure['better'],
  results: ReadonlyMap<string, readonly T[]>,
  value: (one: T) => number | undefined,
): Figure {
  const columns = [...results].map(
    ([side, list]) => [side, list.map(value).filter((one) => one !== undefined)] as const,
  )
  return { name, unit, better, values: Object.fromEntries(columns.filter(([, list]) => list.length > 0)) }
}

/** The median of a side in a figure. NaN when it did not take part, so that no check of it holds. */
export const of = (one: Figure, side: Side | string): number => {
  const values = one.values[typeof side === 'string' ? side : side.name]
  return values === undefined ? Number.NaN : median(values)
}

export const atLeast = (text: string, value: number, bound: number): Check => ({ text, value, bound, better: 'more' })
export const atMost = (text: string, value: number, bound: number): Check => ({ text, value, bound, better: 'less' })

/** The value below which a share of all lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export interface StoreOptions {
  /** URL of another store than the usual one. */
  readonly store?: string
  /** The store is as it should be; do not empty it. */
  readonly keep?: boolean
}

interface ProcessOptions extends StoreOptions {
  /** Where the processes find the store, when it is not where it is. */
  readonly through?: string
  /** Another build of what they run. */
  readonly file?: string
}

/** Processes of a side on an empty store, for as long as `work` takes; it is told where the store is. */
export async function withProcesses<T>(
  bench: Bench,
  side: Side,
  count: number,
  work: (processes: readonly Process[], store: string) => Promise<T>,
  { store = urlFor(side, bench.servers), keep = false, through = store, file }: ProcessOptions = {},
): Promise<T> {
  if (!keep) await side.reset(store)
  const processes = Array.from({ length: count }, () => new Process(side, through, file))
  try {
    return await work(processes, store)
  } finally {
    await Promise.all(processes.map((one) => one.end()))
  }
}

export interface DrainOptions extends StoreOptions {
  readonly jobs: number
  readonly workers: number
  /** Of each lane. */
  readonly concurrency?: number
  readonly handlerMs?: number
  readonly lanes?: number
  /** Where the workers find the store, when it is not where it is. */
  readonly through?: string
  /** Done before the jobs are stored, while nobody works. Gives what ends it after the drain. */
  readonly before?: (store: string) => Promise<() => Promise<void>>
  /** So many jobs are in other hands all the while; `before` has seen to it. */
  readonly beside?: number
}

export interface Drained {
  readonly perSecond: number
  /** Microseconds of CPU for each job. */
  readonly serverCpu: number
  readonly clientCpu: number
  /** Bytes of write-ahead log for each job; undefined elsewhere than on PostgreSQL. */
  readonly wal: number | undefined
  /**
   * The share of the slots in which a handler ran, in per cent, from the first start to the last end; undefined for
   * handlers that take no time.
   */
  readonly busy: number | undefined
}

const warmUp = 30_000

/** Jobs are stored, then workers that are warm begin and work until nothing is left. */
export function drain(bench: Bench, side: Side, options: DrainOptions): Promise<Drained> {
  const { jobs, workers, handlerMs = 0, lanes, concurrency = side.concurrency, before, beside = 0 } = options
  const { store = urlFor(side, bench.servers), through = store, keep = false } = options
  return withProcesses(
    bench,
    side,
    workers,
    (working) =>
      withProcesses(
        bench,
        side,
        1,
        async ([producer]) => {
          if (producer === undefined) throw new Error('no process')
          const bulk = (count: number) =>
            producer.tell('bulk', { count, ...(lanes !== undefined && { options: { lanes } }) })
          const all = <T>(tell: (one: Process) => Promise<T>) => Promise.all(working.map(tell))
          const counts = () => all((one) => one.tell('counts'))
          const begin = () =>
            all((one) => one.tell('work', { concurrency, handlerMs, ...(lanes !== undefined && { lanes }) }))
          const untilDrained = async (count: number) => {
            for (let done = 0; done < count; await pause(10)) done = sum(await counts(), 'ended')
            while ((await side.left(store)) > beside) await pause(5)
          }

          await bulk(warmUp * workers)
          await begin()
          await untilDrained(warmUp * workers)
          await all((one) => one.tell('rest'))

          if (side.store === 'postgres') await onPostgres(store, 'checkpoint') // so that none falls into the measurement
          const after = await before?.(store)
          try {
            await bulk(jobs)
            if (side.store === 'postgres') await onPostgres(store, 'analyze') // as autovacuum has done before long
            const cpu = await cpuNow(bench, side, working)
            const wal = await walNow(side, store)
            const start = monotonic()
            await begin()
            await untilDrained(jobs)
            const ms = monotonic() - start
            const cpuAfter = await cpuNow(bench, side, working)
            const walAfter = await walNow(side, store)
            return {
              perSecond: (jobs / ms) * 1_000,
              serverCpu: ((cpuAfter.server - cpu.server) * 1_000) / jobs,
              clientCpu: (cpuAfter.clients - cpu.clients) / jobs,
              wal: wal === undefined || walAfter === undefined ? undefined : (walAfter - wal) / jobs,
              busy: handlerMs > 0 ? busyShare(await counts(), concurrency * (lanes ?? 1) * workers) : undefined,
            }
          } finally {
            await after?.()
          }
        },
        { store, keep: true },
      ),
    { store, through, keep },
  )
}

function busyShare(counts: readonly Counts[], slots: number): number {
  const first = Math.min(...counts.map((one) => one.firstStart))
  const last = Math.max(...counts.map((one) => one.lastEnd))
  return (sum(counts, 'busy') / ((last - first) * slots)) * 100
}

const sum = (counts: readonly Counts[], what: keyof Counts): number =>
  counts.reduce((total, one) => total + one[what], 0)

/** Milliseconds of the server and microseconds of the processes. */
export async function cpuNow(bench: Bench, side: Side, processes: readonly Process[]) {
  const { postgres, redis } = bench.servers
  const pid = side.store === 'postgres' ? postgres.pid : side.store === 'redis' ? redis?.pid : undefined
  const usage = await Promise.all(processes.map((one) => one.tell('usage')))
  return { server: pid === undefined ? 0 : cpuOf(pid), clients: usage.reduce((sum, one) => sum + one.cpu, 0) }
}

export async function walNow(side: Side, url: string): Promise<number | undefined> {
  if (side.store !== 'postgres') return undefined
  return Number((await onPostgres(url, `select pg_current_wal_insert_lsn() - '0/0' as bytes`))[0]?.bytes)
}

export interface Paced {
  readonly p50: number
  readonly p99: number
  readonly count: number
  /** Share of one core in per cent. */
  readonly producerCpu: number
  readonly workerCpu: number
  readonly serverCpu: number
}

interface PacedOptions extends StoreOptions {
  readonly perSecond: number
  readonly count: number
  readonly warm?: number
}

/** Single jobs at a steady rate from one process, while another one works. */
export function paced(
  bench: Bench,
  side: Side,
  { perSecond, count, warm = 200, ...where }: PacedOptions,
): Promise<Paced> {
  return withProcesses(
    bench,
    side,
    2,
    async ([producer, worker]) => {
      if (producer === undefined || worker === undefined) throw new Error('no process')
      await worker.tell('work', { concurrency: side.concurrency, handlerMs: 0, latency: true })
      const untilAll = async (wanted: number) => {
        while ((await worker.tell('counts')).ended < wanted) await pause(20)
      }
      await producer.tell('paced', { perSecond, count: warm })
      await untilAll(warm)
      await pause(200)
      await worker.tell('latencies')
      const before = await Promise.all([producer, worker].map((one) => cpuNow(bench, side, [one])))
      const ms = await producer.tell('paced', { perSecond, count })
      const after = await Promise.all([producer, worker].map((one) => cpuNow(bench, side, [one])))
      await untilAll(warm + count)
      const latencies = await worker.tell('latencies')
      const share = (n: 0 | 1) => ((after[n]?.clients ?? 0) - (before[n]?.clients ?? 0)) / ms / 10
      return {
        p50: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
        count: latencies.length,
        producerCpu: share(0),
        workerCpu: share(1),
        serverCpu: (((after[0]?.server ?? 0) - (before[0]?.server ?? 0)) / ms) * 100,
      }
    },
    where,
  )
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
