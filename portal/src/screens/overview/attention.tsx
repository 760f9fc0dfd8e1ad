/** What needs somebody, before anything else. It has the same height whatever there is, so that nothing below it moves. */
import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react'
import { useRead } from '../../data/read.ts'
import { useSlowNow, useSlowRead } from '../../data/slow.ts'
import { useTexts } from '../../lib/texts.ts'
import { Card } from '../../ui/page.tsx'
import { ErrorText } from '../../ui/problem.tsx'
import { Badge } from '../../ui/state.tsx'
import { Ago } from '../../ui/time.tsx'
import { NeedAction } from './need-action.tsx'
import { type Need, needsOf } from './needs.ts'

export interface AttentionProps {
  /** What is dear may be read: the rest is there. */
  readonly settled: boolean
  /** Nothing was ever stored: that no worker is there needs nobody yet. */
  readonly empty: boolean
}

export function Attention({ settled, empty }: AttentionProps) {
  const t = useTexts('overview')
  const now = useSlowNow()
  const lanes = useRead('lanes.list', undefined)
  const workers = useRead('workers.list', undefined)
  const upcoming = useRead('schedules.upcoming', { limit: 10 })
  const missed = useSlowRead('schedules.missed', {}, 30_000)
  const failures = useSlowRead('stats.failures', { filter: 'since:24h' }, 30_000, { enabled: settled })
  const reads = [lanes, workers, upcoming, missed]
  const error = [...reads, failures].find((read) => read.error !== null && read.data === undefined)?.error ?? null
  const known = lanes.data && workers.data && upcoming.data && missed.data
  const needs = known
    ? needsOf({
        lanes: lanes.data.lanes,
        workers: workers.data.workers.length,
        upcoming: upcoming.data,
        missed: missed.data.missed,
        failures: failures.data?.failures ?? [],
        now,
      }).filter(({ id }) => !(empty && id === 'no-worker'))
    : []
  const pending = error === null && (!known || failures.data === undefined)
  return (
    <Card
      title={t('attention')}
      actions={
        needs.length > 0 && (
          <Badge tone={needs.some(({ tone }) => tone === 'bad') ? 'bad' : 'warn'}>{needs.length}</Badge>
        )
      }
      flush
      className="flex flex-col"
    >
      <ul className="h-[12.5rem] divide-y divide-line overflow-y-auto" aria-label={t('attention')}>
        {error !== null && (
          <li className="p-3">
            <ErrorText error={error} />
          </li>
        )}
        {needs.map((need) => (
          <Row key={need.id} need={need} />
        ))}
        {pending && (
          <li className="px-4 py-3.5">
            <span
              role="status"
              aria-label={t('attentionLooking')}
              className="breathing block h-4 w-2/3 rounded bg-hover"
            />
          </li>
        )}
        {!pending && error === null && needs.length === 0 && (
          <li className="flex h-full items-center justify-center gap-2 px-4 text-soft">
            <CircleCheck className="size-5 text-good" aria-hidden />
            {t('attentionNone')}
          </li>
        )}
      </ul>
    </Card>
  )
}

function Row({ need: { tone, text, values, since, go } }: { readonly need: Need }) {
  const t = useTexts('overview')
  const Glyph = tone === 'bad' ? CircleAlert : TriangleAlert
  return (
    <li className="flex items-center gap-3 px-4 py-2">
      <Glyph
        className={`size-4 shrink-0 ${tone === 'bad' ? 'text-danger' : 'text-warn'}`}
        aria-label={t(`tone.${tone}`)}
      />
      <div className="min-w-0 flex-1 text-[13px] sm:flex sm:items-center sm:gap-3">
        <p className="line-clamp-2 min-w-0 flex-1 break-words">{t(`need.${text}`, values)}</p>
        {since !== null && <Ago at={since} className="text-faint text-xs" />}
      </div>
      <NeedAction go={go} />
    </li>
  )
}
