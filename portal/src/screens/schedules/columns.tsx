import { useTexts } from '../../lib/texts.ts'
import { HandlerLink, ScheduleLink } from '../../ui/link.tsx'
import { ScheduleStateBadge } from '../../ui/schedule-state.tsx'
import { Badge } from '../../ui/state.tsx'
import type { Column } from '../../ui/table.tsx'
import { Countdown } from '../../ui/time.tsx'
import { RowActions } from '../schedule/actions.tsx'
import { expressionOf, type Schedule, whenOf } from '../schedule/model.ts'
import { NextRun } from '../schedule/next-run.tsx'
import { RecentStrip } from './strip.tsx'

type Texts = ReturnType<typeof useTexts>

export const columnsOf = (t: Texts): readonly Column<Schedule>[] => [
  { id: 'schedule', head: t('column.schedule'), width: 'minmax(7rem,2.2fr)', cell: (row) => <Name schedule={row} /> },
  {
    id: 'when',
    head: t('column.when'),
    width: 'minmax(8rem,2fr)',
    from: 'md',
    cell: (row) => <WhenCell schedule={row} />,
  },
  {
    id: 'job',
    head: t('column.job'),
    width: 'minmax(5rem,1.1fr)',
    from: 'lg',
    cell: (row) => <HandlerLink id={row.job} />,
  },
  { id: 'state', head: t('column.state'), width: '6.75rem', cell: (row) => <State schedule={row} /> },
  { id: 'next', head: t('column.next'), width: '6rem', from: 'sm', cell: (row) => <NextRun schedule={row} /> },
  {
    id: 'recent',
    head: t('column.recent'),
    width: 'minmax(5rem,13.25rem)',
    from: 'lg',
    cell: (row) => <RecentStrip id={row.id} />,
  },
  {
    id: 'origin',
    head: t('column.origin'),
    width: 'minmax(4rem,5.5rem)',
    from: 'xl',
    cell: (row) => <Origin schedule={row} />,
  },
  {
    id: 'actions',
    head: <span className="sr-only">{t('column.actions')}</span>,
    width: '4.25rem',
    right: true,
    cell: (row) => <RowActions schedule={row} />,
  },
]

const Two = ({ first, second }: { readonly first: React.ReactNode; readonly second: React.ReactNode }) => (
  <span className="block min-w-0">
    <span className="block truncate">{first}</span>
    <span className="block truncate text-faint text-xs">{second}</span>
  </span>
)

function Name({ schedule: { id, description, prose } }: { readonly schedule: Schedule }) {
  const second = description ?? <span className="md:hidden">{prose}</span>
  return <Two first={<ScheduleLink id={id} />} second={second} />
}

function WhenCell({ schedule }: { readonly schedule: Schedule }) {
  const { prose, timezone } = schedule
  const when = whenOf(schedule)
  const expression = expressionOf(when)
  return (
    <span title={prose}>
      <Two
        first={prose}
        second={
          expression !== null && (
            <>
              <code className="font-mono">{expression}</code>
              {when !== null && !('every' in when) && ` · ${timezone}`}
            </>
          )
        }
      />
    </span>
  )
}

/** Below it what a person or the server said of it, the whole of it when it is pointed at; on a small screen when it runs next. */
function State({ schedule }: { readonly schedule: Schedule }) {
  const t = useTexts('schedules')
  const { state, reason, resumesAt, nextAt } = schedule
  const said = reason === 'paused' ? null : reason
  return (
    <span className="block min-w-0" title={said ?? undefined}>
      <ScheduleStateBadge state={state} />
      {said !== null ? (
        <span className={below}>{said}</span>
      ) : resumesAt !== null ? (
        <span className={below}>
          {t('resumesIn')} <Countdown to={resumesAt} />
        </span>
      ) : (
        nextAt !== null && (
          <span className={`${below} sm:hidden`}>
            {t('in')} <Countdown to={nextAt} />
          </span>
        )
      )}
    </span>
  )
}

const below = 'mt-0.5 block truncate text-faint text-xs'

function Origin({ schedule: { origin, changed, owner } }: { readonly schedule: Schedule }) {
  const t = useTexts('schedules')
  return (
    <span
      className="block min-w-0"
      title={[t(`originHelp.${origin}`), changed ? t('changedHelp') : '', owner ?? ''].filter(Boolean).join(' ')}
    >
      <Badge tone={changed ? 'accent' : 'plain'}>
        {t(`origin.${origin}`)}
        {changed && ` · ${t('changed')}`}
      </Badge>
      {owner !== null && <span className={below}>{owner}</span>}
    </span>
  )
}
