import { useTexts } from '../../lib/texts.ts'
import { duration } from '../../lib/time.ts'
import { Copyable } from '../../ui/copy.tsx'
import { FlowLink, HandlerLink, ScheduleLink, shortId } from '../../ui/link.tsx'
import { Card, Fact, Facts } from '../../ui/page.tsx'
import { At } from '../../ui/time.tsx'
import type { Job } from '../jobs/job.ts'

/** How it is stored, and where it came from. */
export function JobFacts({ job }: { readonly job: Job }) {
  const t = useTexts('job')
  const time = (name: string, at: string | null) =>
    at !== null && (
      <Fact name={t(`facts.${name}`)}>
        <At at={at} />
      </Fact>
    )
  return (
    <Card title={t('facts.title')}>
      <Facts>
        <Fact name={t('facts.handler')}>
          <span className="flex min-w-0">
            <HandlerLink id={job.job} />
          </span>
        </Fact>
        <Fact name={t('facts.lane')}>{job.lane}</Fact>
        <Fact name={t('facts.priority')}>{t(`priority.${job.priority}`)}</Fact>
        <Fact name={t('facts.tries')}>
          <span className="tabular">{t('facts.triesOf', { used: job.attempt, most: job.maxAttempts })}</span>
        </Fact>
        <Fact name={t('facts.timeout')}>{duration(job.timeout)}</Fact>
        {job.reason !== null && <Fact name={t('facts.reason')}>{job.reason}</Fact>}
        {time('enqueued', job.enqueuedAt)}
        {time('due', job.dueAt)}
        {time('started', job.startedAt)}
        {time('finished', job.finishedAt)}
        {time('expires', job.expiresAt)}
        {job.lapses > 0 && <Fact name={t('facts.lapses')}>{t('facts.lapsesText', { count: job.lapses })}</Fact>}
        {job.worker !== null && (
          <Fact name={t('facts.worker')}>
            <Copyable text={job.worker} shown={shortId(job.worker)} />
          </Fact>
        )}
        {job.schedule !== null && (
          <Fact name={t('facts.schedule')}>
            <span className="flex min-w-0">
              <ScheduleLink id={job.schedule.id} />
            </span>
            {job.schedule.slot !== null && (
              <span className="block text-faint text-xs">
                {t('facts.slot')} <At at={job.schedule.slot} />
              </span>
            )}
            {job.schedule.missed > 0 && (
              <span className="block text-warn text-xs">{t('facts.missed', { count: job.schedule.missed })}</span>
            )}
          </Fact>
        )}
        {job.flow !== null && (
          <Fact name={t('facts.flow')}>
            <FlowLink id={job.flow} />
          </Fact>
        )}
        <Fact name={t('facts.trace')}>
          <Copyable text={job.id.replaceAll('-', '')} />
          <span className="block text-faint text-xs">{t('facts.traceHelp')}</span>
        </Fact>
      </Facts>
    </Card>
  )
}

export function Metadata({ job }: { readonly job: Job }) {
  const t = useTexts('job')
  const entries = Object.entries(job.metadata)
  return (
    <Card title={t('metadata.title')}>
      {entries.length === 0 ? (
        <p className="text-[13px] text-soft">{t('metadata.none')}</p>
      ) : (
        <Facts>
          {entries.map(([key, value]) => (
            <Fact key={key} name={<span className="block max-w-40 break-words">{key}</span>}>
              <code className="font-mono text-[12px]">{String(value)}</code>
            </Fact>
          ))}
        </Facts>
      )}
    </Card>
  )
}
