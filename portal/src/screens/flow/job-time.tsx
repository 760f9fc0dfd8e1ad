import { useTexts } from '../../lib/texts.ts'
import { duration, useNow } from '../../lib/time.ts'
import { Took } from '../../ui/time.tsx'
import { type FlowJob, tookOf } from './flow.ts'

/** How long it took; of one that runs, how far it is or for how long it has run; of others, why they are so. */
export function JobTime({ job }: { readonly job: FlowJob }) {
  const t = useTexts('flow')
  const took = tookOf(job)
  if (job.state === 'running')
    return job.progress === null ? (
      <Since at={job.startedAt} />
    ) : (
      <span className="tabular">{Math.floor(job.progress.percent)} %</span>
    )
  if (job.state === 'succeeded' || job.state === 'failed') return took === null ? null : <Took ms={took} />
  if (job.state === 'ready' && job.attempt > 0) return t('tryNext', { count: job.attempt + 1 })
  return job.reason
}

function Since({ at }: { readonly at: string | null }) {
  const now = useNow()
  return at === null ? null : <span className="tabular">{duration(Math.max(0, now - new Date(at).getTime()))}</span>
}
