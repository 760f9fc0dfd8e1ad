/** What a run of the benchmark leaves: figures by workload, for the table, the Markdown report and its charts. */

/** One row: the same thing measured of several contestants. */
export interface Figure {
  /** `drain, 1 worker, history kept`. */
  readonly name: string
  readonly unit: Unit
  readonly better: 'more' | 'less'
  /** By name of the contestant: one value for each run. The figure is their median. */
  readonly values: Readonly<Record<string, readonly number[]>>
}

export type Unit = 'jobs/s' | 'jobs' | 's' | 'ms' | 'µs/job' | 'B/job' | 'statements/s' | '%' | 'MB' | 'B'

/** What should hold of the figures of a workload. */
export interface Check {
  /** `drain, 1 worker: 1.6 × graphile-worker`. */
  readonly text: string
  readonly value: number
  readonly bound: number
  /** Whether the value has to be at least or at most the bound. */
  readonly better: 'more' | 'less'
}

/** One workload with all who took part, measured in one go. */
export interface WorkloadResult {
  /** `W2`. */
  readonly id: string
  /** `Drain of 100 000 no-op jobs`. */
  readonly title: string
  /** How it was measured, one or two sentences. */
  readonly about: string
  /** ISO instant at which it ended. */
  readonly at: string
  readonly runs: number
  /** Whether it ran with the sizes of `--quick`, which are good for a look and no more. */
  readonly quick: boolean
  readonly figures: readonly Figure[]
  readonly checks: readonly Check[]
}

/** Who took part, and how it was set up. */
export interface Side {
  readonly name: string
  /** `12.35.0`. */
  readonly version: string
  /** `PostgreSQL 18.4`, `Redis 7.0.15 (no fsync: its default)`. */
  readonly store: string
  /** What is not default, in words. */
  readonly settings: string
}

export interface Results {
  /** `2 cores (name of the CPU), 24 GB, Linux 6.1, Node 24.21.0`. */
  readonly machine: string
  readonly sides: readonly Side[]
  readonly workloads: readonly WorkloadResult[]
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** JSON keeps what is no number as null; that holds nothing. */
export const holds = ({ value, bound, better }: Check): boolean =>
  Number.isFinite(value) && (better === 'more' ? value >= bound : value <= bound)
