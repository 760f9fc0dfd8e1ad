/** The same as the charts, in numbers, newest first. */
import { useMemo } from 'react'
import { useTexts } from '../../lib/texts.ts'
import { count, duration } from '../../lib/time.ts'
import { Loading, None } from '../../ui/page.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { At } from '../../ui/time.tsx'
import type { Range } from './ranges.ts'
import type { Stats } from './stats.ts'

type Point = Stats['points'][number]

const number = (value: number | null) => (value === null ? <None /> : <span className="tabular">{count(value)}</span>)
const time = (ms: number | undefined) => (ms === undefined ? <None /> : <span className="tabular">{duration(ms)}</span>)
const idOf = ({ at }: Point) => at

export default function PointsTable({ stats, range }: { readonly stats: Stats | undefined; readonly range: Range }) {
  const t = useTexts('overview')
  const columns = useMemo<readonly Column<Point>[]>(() => {
    const column = (
      id: string,
      head: string,
      cell: Column<Point>['cell'],
      from?: Column<Point>['from'],
    ): Column<Point> => ({
      id,
      head,
      cell,
      width: 'minmax(3.5rem,1fr)',
      right: true,
      ...(from && { from }),
    })
    return [
      {
        id: 'at',
        head: t('column.at', { step: t(`step.${range.step}`) }),
        width: 'minmax(8.5rem,1.6fr)',
        cell: ({ at }) => <At at={at} seconds={false} />,
      },
      column('succeeded', t('series.succeeded'), (point) => number(point.succeeded)),
      column('failed', t('series.failed'), (point) => number(point.failed)),
      column('cancelled', t('series.cancelled'), (point) => number(point.cancelled), 'sm'),
      column('retried', t('series.retried'), (point) => number(point.retried), 'md'),
      column('waiting', t('series.waiting'), (point) => number(point.waiting), 'md'),
      column('running', t('series.running'), (point) => number(point.running), 'md'),
      column('scheduled', t('series.scheduled'), (point) => number(point.scheduled), 'lg'),
      ...(['wait', 'run'] as const).flatMap((what) =>
        (['p50', 'p99'] as const).map((rank) =>
          column(
            `${what}.${rank}`,
            t(`column.${what}`, { rank: t(`series.${rank}`) }),
            (point) => time(point[what]?.[rank]),
            'lg',
          ),
        ),
      ),
    ]
  }, [t, range.step])
  const rows = useMemo(() => [...(stats?.points ?? [])].reverse(), [stats])
  return (
    <div className="card min-h-[33rem] overflow-hidden">
      {stats === undefined ? (
        <Loading rows={14} />
      ) : (
        <Table label={t('view.tableLabel')} columns={columns} rows={rows} idOf={idOf} rowHeight={34} />
      )}
    </div>
  )
}
