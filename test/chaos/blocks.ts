/** Measures how long calls into SQLite, which are synchronous, keep a process from doing anything else. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import { percentile } from './report.ts'

/** Milliseconds. */
export interface Spread {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface Blocks {
  /** Of the event loop, with whatever else the machine has to do. */
  readonly delay: Spread
  /** Of all calls into SQLite within one turn of the event loop, by the clock on the wall. */
  readonly turn: Spread
  readonly commit: Spread
  /** Of single calls by kind, longest first. */
  readonly calls: readonly string[]
  /** Share of a processor that this process got while it measured. */
  readonly processor: number
}

const turns: number[] = []
const calls = new Map<string, number[]>()
let ofThisTurn = 0
let measuring = false

export function measureBlocks(): () => Blocks {
  wrap(DatabaseSync.prototype, 'exec', (sql) => sql)
  for (const method of ['all', 'run', 'get'] as const) wrap(StatementSync.prototype, method, null)
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  histogram.enable()
  const [start, used] = [performance.now(), process.cpuUsage()]
  measuring = true
  return () => {
    measuring = false
    histogram.disable()
    const { user, system } = process.cpuUsage(used)
    return {
      delay: { p50: histogram.percentile(50) / 1e6, p99: histogram.percentile(99) / 1e6, max: histogram.max / 1e6 },
      turn: spread(turns),
      commit: spread(calls.get('commit') ?? []),
      calls: [...calls]
        .sort(([, a], [, b]) => sum(b) - sum(a))
        .slice(0, 8)
        .map(([sql, times]) => `${sql}: ${JSON.stringify(rounded(spread(times)))} × ${times.length}`),
      processor: (user + system) / 1_000 / (performance.now() - start),
    }
  }
}

/** The real call, and a look at the clock before and after it. */
function wrap<T extends object>(target: T, method: keyof T, nameOf: ((first: string) => string) | null): void {
  const real = target[method] as (...args: unknown[]) => unknown
  const timed = function (this: { sourceSQL?: string }, ...args: unknown[]): unknown {
    if (!measuring) return real.apply(this, args)
    const before = performance.now()
    try {
      return real.apply(this, args)
    } finally {
      note(nameOf ? nameOf(String(args[0])) : String(this.sourceSQL), performance.now() - before)
    }
  }
  target[method] = timed as T[keyof T]
}

function note(sql: string, ms: number): void {
  if (ofThisTurn === 0) {
    setImmediate(() => {
      turns.push(ofThisTurn)
      ofThisTurn = 0
    })
  }
  ofThisTurn += ms
  const name = sql.replace(/\s+/g, ' ').slice(0, 40)
  const times = calls.get(name) ?? []
  times.push(ms)
  calls.set(name, times)
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const spread = (values: readonly number[]): Spread => ({
  p50: percentile(values, 0.5),
  p99: percentile(values, 0.99),
  max: percentile(values, 1),
})

export const rounded = ({ p50, p99, max }: Spread): Spread => ({
  p50: Number(p50.toFixed(2)),
  p99: Number(p99.toFixed(2)),
  max: Number(max.toFixed(2)),
})
