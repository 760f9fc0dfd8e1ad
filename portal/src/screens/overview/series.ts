/** The statistics of the server as series of charts. */
import { count, duration } from '../../lib/time.ts'
import type { ChartSeries } from '../../ui/chart.tsx'
import { type Range, unitLength } from './ranges.ts'
import { type Ending, rateOf, type Stats } from './stats.ts'
import { rateText } from './words.ts'

export type ChartName = 'throughput' | 'depth' | 'wait' | 'run'
type Texts = (key: string, values?: Record<string, unknown>) => string

export interface ChartData {
  readonly series: readonly ChartSeries[]
  readonly summary: string
}

const colors = {
  failed: '--danger',
  cancelled: '--cancelled',
  succeeded: '--good',
  waiting: '--ready',
  running: '--running',
  scheduled: '--scheduled',
  p50: '--accent',
  p90: '--scheduled',
  p99: '--warn',
} as const

const dashes: Readonly<Record<string, readonly number[]>> = {
  scheduled: [2, 3],
  running: [7, 3],
  p90: [7, 3],
  p99: [2, 3],
}

/** Without statistics: the same series, empty, so that the place of the charts is taken. */
export function chartsOf(stats: Stats | undefined, range: Range, t: Texts): Readonly<Record<ChartName, ChartData>> {
  const points = stats?.points ?? []
  const series = (id: keyof typeof colors, values: readonly (number | null)[], idle: number | null): ChartSeries => ({
    id,
    label: t(`series.${id}`),
    color: colors[id],
    values,
    idle,
    ...(dashes[id] && { dash: dashes[id] }),
  })
  const perUnit = unitLength[range.unit] / range.stepLength
  const ended = (what: Ending) =>
    series(
      what,
      points.map((point) => point[what] * perUnit),
      stats ? rateOf(stats, what, range, Date.now()) : null,
    )
  const deep = (what: 'waiting' | 'running' | 'scheduled') =>
    series(
      what,
      points.map((point) => point[what]),
      highest(points.map((point) => point[what])),
    )
  const slow = (of: 'wait' | 'run') => (rank: 'p50' | 'p90' | 'p99') =>
    series(
      rank,
      points.map((point) => point[of]?.[rank] ?? null),
      stats?.totals[of]?.[rank] ?? null,
    )
  const ranks = (of: 'wait' | 'run') => (['p50', 'p90', 'p99'] as const).map(slow(of))
  const chart = (name: ChartName, all: readonly ChartSeries[], format: (value: number) => string): ChartData => {
    const values = all.map(({ label, idle }) => `${label} ${idle === null ? '–' : format(idle)}`).join(', ')
    return { series: all, summary: t('chart.summary', { chart: t(`chart.${name}.${range.unit}`), values }) }
  }
  return {
    throughput: chart('throughput', [ended('failed'), ended('cancelled'), ended('succeeded')], rateText),
    depth: chart('depth', [deep('waiting'), deep('running'), deep('scheduled')], count),
    wait: chart('wait', ranks('wait'), duration),
    run: chart('run', ranks('run'), duration),
  }
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}
