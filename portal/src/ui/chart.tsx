/**
 * Charts over time. Those of one group share their cursor: pointing at one shows the values of that moment in all of them, in the legends.
 * The drawing itself (uPlot) is loaded when the first chart is shown.
 */
import { useEffect, useMemo, useState } from 'react'
import { useStore } from '../data/store.ts'
import { cx } from '../lib/cx.ts'
import { later } from '../lib/later.tsx'
import type { Drawing, Line } from './chart/drawing.ts'
import { pointedOf } from './chart/pointed.ts'

export { pointedOf } from './chart/pointed.ts'

const Plot = later(() => import('./chart/plot.tsx'))

export interface ChartSeries extends Line {
  /** What the legend shows where nothing is pointed at. */
  readonly idle: number | null
}

export interface ChartProps extends Omit<Drawing, 'lines'> {
  readonly series: readonly ChartSeries[]
  /** What is seen, in words, for those who do not see it. */
  readonly summary: string
}

/** Pixels of the drawing, whatever is in it. */
const height = 190

const coming = <div className="breathing absolute inset-x-0 top-2 bottom-6 rounded bg-hover" />

export function Chart({ series, summary, ...drawing }: ChartProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const toggle = (id: string) => {
    const next = new Set(hidden)
    if (!next.delete(id)) next.add(id)
    setHidden(next)
  }
  const lines = useMemo(() => series.filter(({ id }) => !hidden.has(id)), [series, hidden])
  useEffect(() => Plot.load(), []) // beside the data
  return (
    <div className="min-w-0">
      <Legend
        series={series}
        hidden={hidden}
        onToggle={toggle}
        group={drawing.group}
        format={drawing.format}
        stacked={drawing.kind === 'stack'}
      />
      <div role="img" aria-label={summary} className="relative w-full overflow-hidden" style={{ height }}>
        {drawing.times.length === 0 ? coming : <Plot {...drawing} lines={lines} height={height} waiting={coming} />}
      </div>
    </div>
  )
}

interface LegendProps extends Pick<ChartProps, 'series' | 'group' | 'format'> {
  readonly hidden: ReadonlySet<string>
  readonly onToggle: (id: string) => void
  readonly stacked: boolean
}

/** Names, strokes and values; pressed, a series is left out. */
function Legend({ series, hidden, onToggle, group, format, stacked }: LegendProps) {
  const pointed = useStore(pointedOf(group))
  return (
    <div className="mb-1 flex flex-wrap gap-x-1 gap-y-0.5">
      {series.map(({ id, label, color, dash, values, idle }) => {
        const value = pointed === null ? idle : (values[pointed] ?? null)
        const shown = !hidden.has(id)
        return (
          <button
            key={id}
            type="button"
            aria-pressed={shown}
            onClick={() => onToggle(id)}
            className={cx(
              '-ml-1 inline-flex h-6 items-center gap-1.5 rounded px-1.5 text-xs hover:bg-hover',
              !shown && 'opacity-50',
            )}
          >
            <svg width="14" height="10" aria-hidden>
              {stacked ? (
                <rect x="2" width="10" height="10" rx="2" style={{ fill: `var(${color})` }} />
              ) : (
                <line
                  x1="0"
                  y1="5"
                  x2="14"
                  y2="5"
                  strokeWidth="2.2"
                  strokeDasharray={dash?.join(' ')}
                  style={{ stroke: `var(${color})` }}
                />
              )}
            </svg>
            <span className={cx('text-soft', !shown && 'line-through')}>{label}</span>
            <span className="tabular min-w-9 text-left font-medium">{value === null ? '–' : format(value)}</span>
          </button>
        )
      })}
    </div>
  )
}
