import { Link } from '@tanstack/react-router'
import { Info } from 'lucide-react'
import { useRead } from '../../data/read.ts'
import { useTexts } from '../../lib/texts.ts'
import { CopyButton } from '../../ui/copy.tsx'
import type { Job } from '../jobs/job.ts'

/** That it runs is seen without being told. */
const silent = new Set(['running', 'starting'])

/** Why a job that is not over is where it is, and what helps. */
export function Explain({ job }: { readonly job: Job }) {
  const t = useTexts('job')
  const { data } = useRead('jobs.explain', { id: job.id })
  const isOfNow = data !== undefined && data.state === job.state
  const reasons = isOfNow ? data.waitsFor.filter(({ code }) => !silent.has(code)) : (data?.waitsFor ?? [])
  if (job.state === 'running' && (!isOfNow || reasons.length === 0)) return null
  return (
    <section
      aria-label={t('explain.title')}
      className="card flex min-h-16 gap-3 border-l-4 border-l-scheduled px-4 py-3"
    >
      <Info className="mt-0.5 size-4 shrink-0 text-scheduled" aria-hidden />
      <ul className="min-w-0 flex-1 space-y-3">
        {data === undefined && <li className="breathing h-5 rounded bg-hover" />}
        {data !== undefined && reasons.length === 0 && <li className="text-[13px]">{t('explain.starting')}</li>}
        {reasons.map((reason) => (
          <li key={`${reason.code} ${reason.message}`} className="text-[13px]">
            <p className="break-words font-medium">{reason.message}</p>
            <p className="break-words text-soft">
              {reason.fix} <Place code={reason.code} job={job} />
            </p>
            {reason.command !== null && (
              <p className="mt-1 flex min-w-0 items-center gap-1">
                <code className="min-w-0 break-all rounded bg-canvas px-1.5 py-0.5 font-mono text-[12px]">
                  {reason.command}
                </code>
                <CopyButton text={reason.command} label={t('explain.copy')} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

const lookUp = 'whitespace-nowrap rounded text-accent-ink underline underline-offset-2'

/** Where in the portal one looks further. */
function Place({ code, job }: { readonly code: string; readonly job: Job }) {
  const t = useTexts('job')
  if (['lane_paused', 'no_worker', 'slots_busy'].includes(code))
    return (
      <Link to="/lanes" className={lookUp}>
        {t('explain.lanes')}
      </Link>
    )
  if (code === 'worker_draining')
    return (
      <Link to="/workers" className={lookUp}>
        {t('explain.workers')}
      </Link>
    )
  if (code === 'handler_disabled' || code === 'circuit_open')
    return (
      <Link to="/handlers/$id" params={{ id: job.job }} className={lookUp}>
        {t('explain.handler')}
      </Link>
    )
  if (!['blocked', 'blocked_by_parent', 'parent_failed', 'parent_gone'].includes(code)) return null
  return (
    <Link to="." search={{ tab: 'links' } as never} className={lookUp}>
      {t('explain.links')}
    </Link>
  )
}
