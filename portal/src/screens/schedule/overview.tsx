import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { HandlerLink } from '../../ui/link.tsx'
import { Card, Fact, Facts, Loaded } from '../../ui/page.tsx'
import { Ago } from '../../ui/time.tsx'
import { History } from './history.tsx'
import type { Schedule } from './model.ts'
import { NextRun } from './next-run.tsx'
import { RunList } from './run-list.tsx'

const ahead = 10

/** What comes next, and what became of the last slots. */
export function Overview({ schedule }: { readonly schedule: Schedule }) {
  const t = useTexts('schedule')
  const { id, job, description, owner, timezone, runs, lastAt } = schedule
  const next = useRead('schedules.next', { id, count: ahead })
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[23rem_minmax(0,1fr)]">
      <div className="min-w-0 space-y-4">
        <Card title={t('overview.facts')}>
          <Facts>
            {description !== null && <Fact name={t('overview.description')}>{description}</Fact>}
            <Fact name={t('overview.job')}>
              <HandlerLink id={job} />
            </Fact>
            <Fact name={t('overview.next')}>
              <NextRun schedule={schedule} />
            </Fact>
            <Fact name={t('overview.last')}>{lastAt === null ? t('never') : <Ago at={lastAt} />}</Fact>
            <Fact name={t('overview.runs')}>
              <span className="tabular">{runs}</span>
            </Fact>
            {owner !== null && <Fact name={t('overview.owner')}>{owner}</Fact>}
          </Facts>
        </Card>
        <Card title={t('overview.nextRuns', { zone: timezone })}>
          <div className="min-h-[21rem]">
            <Loaded of={next} rows={8}>
              {(data) =>
                data.runs.length === 0 ? (
                  <p className="text-[13px] text-soft">{t('overview.noNext')}</p>
                ) : (
                  <>
                    {schedule.state === 'paused' && (
                      <p className="mb-2 text-[13px] text-warn">{t('overview.ifResumed')}</p>
                    )}
                    <RunList label={t('overview.nextRuns', { zone: timezone })} runs={data.runs} />
                  </>
                )
              }
            </Loaded>
          </div>
        </Card>
      </div>
      <Card title={t('overview.lastRuns')} flush>
        <History id={id} />
      </Card>
    </div>
  )
}
