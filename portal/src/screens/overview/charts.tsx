/** What was done in the chosen time, in four charts with one cursor, or as a table. */
import { lazy, Suspense, useMemo } from 'react'
import { useUrlText } from '../../data/url.ts'
import { useTexts } from '../../lib/texts.ts'
import { count, duration } from '../../lib/time.ts'
import { Chart, type ChartProps } from '../../ui/chart.tsx'
import { Card, Loading } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { Segments } from '../../ui/segments.tsx'
import { Readout } from './readout.tsx'
import { type ChartName, chartsOf } from './series.ts'
import type { Seen } from './stats.ts'
import { rateText } from './words.ts'

const PointsTable = lazy(() => import('./points-table.tsx')) // few ask for it

const group = 'overview'
const order: readonly ChartName[] = ['throughput', 'depth', 'wait', 'run']
/** `10 s`, not `10.0 s`: ticks are round. */
const roundTime = (ms: number): string => duration(ms).replace('.0 ', ' ')
const formats = { throughput: rateText, depth: count, wait: duration, run: duration } as const
const looks = {
  throughput: { kind: 'stack' },
  depth: { kind: 'lines', whole: true },
  wait: { kind: 'lines', scale: 'log', tick: roundTime },
  run: { kind: 'lines', scale: 'log', tick: roundTime },
} as const satisfies Record<ChartName, Partial<ChartProps>>

export function Charts({ seen }: { readonly seen: Seen }) {
  const t = useTexts('overview')
  const [view, setView] = useUrlText('view', 'charts')
  const { data, error } = seen.now
  const charts = useMemo(() => chartsOf(data, seen.range, t), [data, seen.range, t])
  const times = useMemo(() => data?.points.map(({ at }) => Date.parse(at)) ?? [], [data])
  const views = [
    ['charts', t('view.charts')],
    ['table', t('view.table')],
  ] as const
  return (
    <section aria-labelledby="charts" className="mt-5">
      <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-2">
        <h2 id="charts" className="font-semibold text-sm max-sm:flex-1">
          {t('charts')}
        </h2>
        <div className="min-h-4.5 min-w-0 flex-1 basis-40 max-sm:order-last max-sm:basis-full">
          <Readout group={group} times={times} step={seen.range.stepLength} range={seen.range.id} />
        </div>
        <Segments
          label={t('view.label')}
          value={view === 'table' ? 'table' : 'charts'}
          onChange={setView}
          options={views}
        />
      </div>
      {error !== null && data === undefined ? (
        <Problem error={error} />
      ) : view === 'table' ? (
        <Suspense fallback={<Loading rows={12} />}>
          <PointsTable stats={data} range={seen.range} />
        </Suspense>
      ) : (
        <div className="grid gap-3 lg:grid-cols-2">
          {order.map((name) => (
            <Card key={name} title={t(`chart.${name}.${seen.range.unit}`)}>
              <Chart
                group={group}
                times={times}
                step={seen.range.stepLength}
                format={formats[name]}
                series={charts[name].series}
                summary={charts[name].summary}
                {...looks[name]}
              />
            </Card>
          ))}
        </div>
      )}
    </section>
  )
}
