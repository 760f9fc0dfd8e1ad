import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { CodeBlock } from '../../ui/copy.tsx'
import { JsonTree } from '../../ui/json.tsx'
import { JobLink } from '../../ui/link.tsx'
import { Fact, Facts, Loaded } from '../../ui/page.tsx'
import { StateBadge } from '../../ui/state.tsx'
import { Ago, Countdown, Took } from '../../ui/time.tsx'

/** One job, as it is at this moment; with what came of it when it is over. @param status what storing it did: `duplicate` gives an earlier one */
export function LiveJob({ id, status }: { readonly id: string; readonly status: string }) {
  const t = useTexts('handler')
  const job = useRead('jobs.get', { id }, { keep: false })
  return (
    <Loaded of={job} rows={4}>
      {(data) => {
        const { state, reason, attempt, maxAttempts, startedAt, finishedAt, dueAt, progress, error, output } = data
        return (
          <div className="space-y-3" aria-live="polite">
            <div className="flex flex-wrap items-center gap-2.5">
              <StateBadge state={state} />
              {reason !== null && <code className="min-w-0 break-all font-mono text-[12px] text-soft">{reason}</code>}
              <span className="min-w-0 truncate text-[13px]">
                <JobLink id={id} />
              </span>
            </div>
            {status !== 'created' && <p className="text-[13px] text-warn">{t(`try.status.${status}`)}</p>}
            <Facts>
              <Fact name={t('live.tries')}>{t('live.triesOf', { attempt, max: maxAttempts })}</Fact>
              {state === 'scheduled' && (
                <Fact name={t('live.due')}>
                  <Countdown to={dueAt} />
                </Fact>
              )}
              {startedAt !== null && (
                <Fact name={t('live.started')}>
                  <Ago at={startedAt} />
                </Fact>
              )}
              {startedAt !== null && finishedAt !== null && (
                <Fact name={t('live.took')}>
                  <Took ms={new Date(finishedAt).getTime() - new Date(startedAt).getTime()} />
                </Fact>
              )}
            </Facts>
            {progress !== null && finishedAt === null && (
              <div>
                <progress
                  className="h-1.5 w-full accent-[var(--accent)]"
                  max={100}
                  value={progress.percent}
                  aria-label={t('live.progress')}
                />
                <p className="break-words text-faint text-xs">{progress.message}</p>
              </div>
            )}
            {error !== null && (
              <div>
                <h3 className="mb-1 font-medium text-[13px]">{t('live.error')}</h3>
                <p className="break-words rounded-md bg-danger-soft px-3 py-2 text-[13px] text-danger">
                  {error.name}: {error.message}
                </p>
                {error.stack !== undefined && (
                  <details className="mt-2">
                    <summary className="rounded text-[13px] text-soft">{t('live.stack')}</summary>
                    <div className="mt-1.5">
                      <CodeBlock text={error.stack} label={t('live.stack')} />
                    </div>
                  </details>
                )}
              </div>
            )}
            {state === 'succeeded' && (
              <div>
                <h3 className="mb-1 font-medium text-[13px]">{t('live.result')}</h3>
                {output === null || output === undefined ? (
                  <p className="text-[13px] text-faint">{t('live.noResult')}</p>
                ) : (
                  <JsonTree value={output} label={t('live.result')} />
                )}
              </div>
            )}
          </div>
        )
      }}
    </Loaded>
  )
}
