import { useMemo } from 'react'
import { useTexts } from '../../lib/texts.ts'
import { useNow } from '../../lib/time.ts'
import { JobLink, shortId } from '../../ui/link.tsx'
import { None } from '../../ui/page.tsx'
import { StateBadge } from '../../ui/state.tsx'
import type { Column } from '../../ui/table.tsx'
import { Ago, Took } from '../../ui/time.tsx'
import { type Job, momentOf } from './job.ts'

export function useJobColumns(): readonly Column<Job>[] {
  const t = useTexts('jobs')
  return useMemo(
    () => [
      { id: 'state', head: t('column.state'), width: '6.75rem', cell: (job) => <StateBadge state={job.state} /> },
      {
        id: 'job',
        head: t('column.job'),
        width: 'minmax(7rem,2.2fr)',
        cell: (job) => <JobLink id={job.id}>{job.job}</JobLink>,
      },
      {
        id: 'id',
        head: t('column.id'),
        width: '8.5rem',
        from: 'lg',
        cell: (job) => <code className="font-mono text-[12px] text-soft">{shortId(job.id)}</code>,
      },
      { id: 'lane', head: t('column.lane'), width: 'minmax(4.5rem,.5fr)', from: 'md', cell: (job) => job.lane },
      {
        id: 'priority',
        head: t('column.priority'),
        width: '4.5rem',
        from: 'xl',
        cell: (job) => (
          <span className={job.priority === 'medium' ? 'text-faint' : 'font-medium'}>
            {t(`priority.${job.priority}`)}
          </span>
        ),
      },
      {
        id: 'tries',
        head: t('column.tries'),
        width: '3.5rem',
        right: true,
        from: 'lg',
        cell: (job) => (
          <span className="tabular">
            {job.attempt}
            <span className="text-faint"> / {job.maxAttempts}</span>
          </span>
        ),
      },
      {
        id: 'took',
        head: t('column.took'),
        width: '6rem',
        right: true,
        from: 'md',
        cell: (job) => <Run job={job} />,
      },
      { id: 'when', head: t('column.when'), width: 'minmax(5.5rem,7.75rem)', cell: (job) => <When job={job} /> },
      { id: 'why', head: t('column.why'), width: 'minmax(6rem,2.6fr)', from: 'sm', cell: (job) => <Why job={job} /> },
    ],
    [t],
  )
}

function When({ job }: { readonly job: Job }) {
  const t = useTexts('jobs')
  const { kind, at } = momentOf(job)
  return (
    <>
      <span className="text-faint max-sm:hidden">{t(`moment.${kind}`)} </span>
      <Ago at={at} />
    </>
  )
}

/** How long the last try took; of a running one how far it is. */
function Run({ job }: { readonly job: Job }) {
  if (job.startedAt === null) return <None />
  if (job.state === 'running') return <Running startedAt={job.startedAt} percent={job.progress?.percent ?? null} />
  if (job.finishedAt === null) return <None />
  return <Took ms={Date.parse(job.finishedAt) - Date.parse(job.startedAt)} />
}

function Running({ startedAt, percent }: { readonly startedAt: string; readonly percent: number | null }) {
  const now = useNow()
  return (
    <span className="inline-flex w-full items-center justify-end gap-2">
      {percent !== null && (
        <span className="tabular text-running text-xs" title={`${percent} %`}>
          {Math.floor(percent)} %
        </span>
      )}
      <Took ms={Math.max(0, now - Date.parse(startedAt))} />
    </span>
  )
}

/** The message of the error, else why it is in its state. */
function Why({ job }: { readonly job: Job }) {
  if (job.error !== null)
    return (
      <span className={job.state === 'failed' ? 'text-danger' : 'text-soft'} title={job.error.message}>
        {job.error.message}
      </span>
    )
  if (job.state === 'running' && job.progress?.message) return <span className="text-soft">{job.progress.message}</span>
  return <span className="text-soft">{job.reason ?? ''}</span>
}
