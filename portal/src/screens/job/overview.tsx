import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { JsonTree } from '../../ui/json.tsx'
import { Card, Loaded } from '../../ui/page.tsx'
import { isOver, type Job } from '../jobs/job.ts'
import { Errors } from './errors.tsx'
import { Explain } from './explain.tsx'
import { JobFacts, Metadata } from './facts.tsx'
import { Timeline } from './timeline.tsx'
import { triesOf } from './tries.ts'

/** What happened to a job, what it was given, and what came of it. */
export function Overview({ job }: { readonly job: Job }) {
  const t = useTexts('job')
  const attempts = useRead('jobs.attempts', { id: job.id })
  const tries = triesOf(job, attempts.data?.attempts ?? [])
  const wentWrong = tries.some(({ error }) => error !== null)
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_21rem]">
      <div className="min-w-0 space-y-4">
        {!isOver(job) && <Explain job={job} />}
        {!isOver(job) && job.progress !== null && (
          <Progress percent={job.progress.percent} message={job.progress.message} />
        )}
        <Card title={t('timeline.title')}>
          <Loaded of={attempts} rows={2}>
            {() => <Timeline job={job} tries={tries} />}
          </Loaded>
        </Card>
        {wentWrong && (
          <Card title={t('error.title')} flush>
            <Errors tries={tries} />
          </Card>
        )}
        {job.output !== undefined && (
          <Card title={t('result.title')}>
            <JsonTree value={job.output} label={t('result.title')} />
          </Card>
        )}
        <Card title={t('input.title')}>
          {job.input === undefined ? (
            <p className="text-[13px] text-soft">{t('input.none')}</p>
          ) : (
            <JsonTree value={job.input} label={t('input.title')} />
          )}
        </Card>
      </div>
      <div className="min-w-0 space-y-4">
        <JobFacts job={job} />
        <Metadata job={job} />
      </div>
    </div>
  )
}

function Progress({ percent, message }: { readonly percent: number; readonly message: string | null }) {
  const t = useTexts('job')
  return (
    <section aria-label={t('progress.title')} className="card px-4 py-3">
      <div className="mb-1.5 flex items-baseline gap-3 text-[13px]">
        <span className="tabular w-12 font-semibold">{Math.floor(percent)} %</span>
        <span className="min-w-0 flex-1 truncate text-soft" title={message ?? undefined}>
          {message ?? t('progress.noMessage')}
        </span>
      </div>
      <div
        role="progressbar"
        aria-label={t('progress.title')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        className="h-2 overflow-hidden rounded-full bg-hover"
      >
        <div
          className="h-full rounded-full bg-running transition-[width] duration-500"
          style={{ width: `${percent}%` }}
        />
      </div>
    </section>
  )
}
