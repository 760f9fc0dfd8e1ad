/** What comes next, what runs now, and what failed last: eight to ten lines of each at the most, in places of one height. */
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useRead } from '../../data/read.ts'
import { useSlowRead } from '../../data/slow.ts'
import { useTexts } from '../../lib/texts.ts'
import { buttonClass } from '../../ui/button.tsx'
import { JobLink, ScheduleLink } from '../../ui/link.tsx'
import { Card, Loaded } from '../../ui/page.tsx'
import { Ago, Countdown } from '../../ui/time.tsx'

const shown = 8

export function Lists() {
  const t = useTexts('overview')
  const upcoming = useRead('schedules.upcoming', { limit: 10 })
  const running = useSlowRead('jobs.list', { filter: 'state:running', limit: shown }, 5_000)
  const failed = useRead('jobs.list', { filter: 'state:failed', limit: shown })
  return (
    <div className="mt-5 grid gap-3 lg:grid-cols-2 xl:grid-cols-3">
      <List title={t('next.title')} to="/schedules" all={t('next.all')}>
        <Loaded of={upcoming} rows={9}>
          {({ schedules }) => (
            <Rows rows={schedules.filter(({ nextAt }) => nextAt !== null)} none={t('next.none')}>
              {({ id, prose, nextAt }) => (
                <Row key={id} title={<ScheduleLink id={id} />} side={<Countdown to={nextAt as string} />}>
                  {prose}
                </Row>
              )}
            </Rows>
          )}
        </Loaded>
      </List>
      <List title={t('now.title')} to="/jobs" search={{ filter: 'state:running' }} all={t('now.all')}>
        <Loaded of={running} rows={9}>
          {({ jobs }) => (
            <Rows rows={jobs} none={t('now.none')}>
              {({ id, job, lane, startedAt, progress }) => (
                <Row key={id} title={<JobLink id={id}>{job}</JobLink>} side={startedAt && <Ago at={startedAt} />}>
                  {progress === null ? (
                    lane
                  ) : (
                    <Progress percent={progress.percent} message={progress.message} job={job} />
                  )}
                </Row>
              )}
            </Rows>
          )}
        </Loaded>
      </List>
      <List title={t('failed.title')} to="/failures" all={t('failed.all')}>
        <Loaded of={failed} rows={9}>
          {({ jobs }) => (
            <Rows rows={jobs} none={t('failed.none')}>
              {({ id, job, error, reason, finishedAt, enqueuedAt }) => (
                <Row key={id} title={<JobLink id={id}>{job}</JobLink>} side={<Ago at={finishedAt ?? enqueuedAt} />}>
                  {error?.message || error?.name || reason}
                </Row>
              )}
            </Rows>
          )}
        </Loaded>
      </List>
    </div>
  )
}

interface ListProps {
  readonly title: string
  readonly to: '/schedules' | '/jobs' | '/failures'
  readonly search?: Readonly<Record<string, string>>
  readonly all: string
  readonly children: ReactNode
}

const List = ({ title, to, search, all, children }: ListProps) => (
  <Card
    title={title}
    flush
    actions={
      <Link to={to} search={search as never} className={buttonClass('ghost', true)}>
        {all}
      </Link>
    }
  >
    <div role="group" tabIndex={0} aria-label={title} className="h-[23.5rem] overflow-y-auto outline-offset-[-2px]">
      {children}
    </div>
  </Card>
)

function Rows<T>({
  rows,
  none,
  children,
}: {
  readonly rows: readonly T[]
  readonly none: string
  readonly children: (row: T) => ReactNode
}) {
  if (rows.length === 0)
    return <p className="flex h-full items-center justify-center px-4 text-center text-[13px] text-faint">{none}</p>
  return <ul className="divide-y divide-line">{rows.map(children)}</ul>
}

const Row = ({
  title,
  side,
  children,
}: {
  readonly title: ReactNode
  readonly side: ReactNode
  readonly children: ReactNode
}) => (
  <li className="px-4 py-1.5 text-[13px]">
    <div className="flex items-baseline justify-between gap-3">
      <span className="flex min-w-0">{title}</span>
      <span className="tabular shrink-0 text-soft text-xs">{side}</span>
    </div>
    <div className="h-4.5 truncate text-faint text-xs">{children}</div>
  </li>
)

interface ProgressProps {
  readonly percent: number
  readonly message: string | null
  readonly job: string
}

const Progress = ({ percent, message, job }: ProgressProps) => (
  <span className="flex h-4.5 items-center gap-2">
    <span
      role="progressbar"
      aria-label={job}
      aria-valuenow={Math.round(percent)}
      aria-valuemin={0}
      aria-valuemax={100}
      className="h-1.5 w-24 shrink-0 overflow-hidden rounded-full bg-hover"
    >
      <span
        className="block h-full rounded-full bg-running"
        style={{ width: `${Math.min(100, Math.max(0, percent))}%` }}
      />
    </span>
    <span className="tabular w-9 shrink-0 text-right">{Math.round(percent)} %</span>
    {message !== null && <span className="min-w-0 truncate">{message}</span>}
  </span>
)
