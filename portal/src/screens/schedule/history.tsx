import { useNavigate } from '@tanstack/react-router'
import { SkipForward } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { useTexts } from '../../lib/texts.ts'
import { Button } from '../../ui/button.tsx'
import { JobLink } from '../../ui/link.tsx'
import { Empty, Loaded, None } from '../../ui/page.tsx'
import { Badge, StateBadge } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { At, Took } from '../../ui/time.tsx'
import { useHistory } from '../schedules/use-pages.ts'
import type { Event } from './model.ts'

type Texts = ReturnType<typeof useTexts>

const columnsOf = (t: Texts): readonly Column<Event>[] => [
  {
    id: 'state',
    head: t('history.state'),
    width: '8rem',
    cell: (event) =>
      event.kind === 'run' ? (
        <StateBadge state={event.state} />
      ) : (
        <Badge tone="warn" className="h-6!">
          <SkipForward className="size-3.5" aria-hidden />
          {t('history.skipped')}
        </Badge>
      ),
  },
  {
    id: 'slot',
    head: t('history.slot'),
    width: 'minmax(9.75rem,1fr)',
    cell: (event) => (
      <>
        <At at={event.slot} />
        <span className="block truncate text-xs sm:hidden">
          {event.kind === 'run' ? <JobLink id={event.job} /> : t(`skipText.${event.reason}`)}
        </span>
      </>
    ),
  },
  {
    id: 'late',
    head: t('history.lateBy'),
    width: '5.5rem',
    right: true,
    from: 'md',
    cell: (event) => (event.kind === 'run' && event.lateBy !== null ? <Took ms={event.lateBy} /> : <None />),
  },
  {
    id: 'took',
    head: t('history.took'),
    width: '5.5rem',
    right: true,
    from: 'sm',
    cell: (event) => (event.kind === 'run' && event.took !== null ? <Took ms={event.took} /> : <None />),
  },
  {
    id: 'about',
    head: t('history.about'),
    width: 'minmax(9rem,2.5fr)',
    from: 'sm',
    cell: (event) => (event.kind === 'run' ? <RunText event={event} /> : <SkipText event={event} />),
  },
]

function RunText({ event }: { readonly event: Event & { kind: 'run' } }) {
  const t = useTexts('schedule')
  const notes = [
    event.triggered ? t('history.triggered') : null,
    event.missed > 0 ? t('history.standsFor', { count: event.missed }) : null,
    event.reason,
  ].filter(Boolean)
  return (
    <span className="block min-w-0">
      <JobLink id={event.job} />
      {notes.length > 0 && (
        <span className="block truncate text-faint text-xs" title={notes.join(' · ')}>
          {notes.join(' · ')}
        </span>
      )}
    </span>
  )
}

function SkipText({ event }: { readonly event: Event & { kind: 'skip' } }) {
  const t = useTexts('schedule')
  const text = t(`skipText.${event.reason}`)
  return (
    <span className="block min-w-0" title={[text, event.message].filter(Boolean).join(' ')}>
      <span
        className={
          event.count > 1 || event.message !== null ? 'block truncate' : 'line-clamp-2 whitespace-normal leading-snug'
        }
      >
        {text}
      </span>
      {(event.count > 1 || event.message !== null) && (
        <span className="block truncate text-faint text-xs">
          {event.count > 1 && (
            <>
              {t('history.several', { count: event.count })} <At at={event.from} />
            </>
          )}
          {event.count > 1 && event.message !== null && ' · '}
          {event.message}
        </span>
      )}
    </span>
  )
}

const idOf = (event: Event) => (event.kind === 'run' ? event.job : `skip ${event.from} ${event.slot} ${event.reason}`)

/** What became of its slots, newest first. */
export function History({ id }: { readonly id: string }) {
  const t = useTexts('schedule')
  const navigate = useNavigate()
  const { query, rows, more, hasMore, cut, isLoading } = useHistory(id)
  const columns = useMemo(() => columnsOf(t), [t])
  const open = useCallback(
    (event: Event) => {
      if (event.kind === 'run') void navigate({ to: '/jobs/$id', params: { id: event.job } })
    },
    [navigate],
  )
  return (
    <Loaded of={query} rows={10}>
      {() =>
        rows.length === 0 ? (
          <Empty kind="nothing" title={t('history.none')}>
            {t('history.noneText')}
          </Empty>
        ) : (
          <>
            <Table
              label={t('overview.lastRuns')}
              columns={columns}
              rows={rows}
              idOf={idOf}
              onOpen={open}
              onEnd={more}
              rowHeight={50}
            />
            <p className="flex min-h-9 items-center gap-3 px-4 py-1.5 text-faint text-xs">
              {cut ? t('history.cut', { count: rows.length }) : t('history.shown', { count: rows.length })}
              {hasMore && (
                <Button small busy={isLoading} onClick={more}>
                  {t('more')}
                </Button>
              )}
            </p>
          </>
        )
      }
    </Loaded>
  )
}
