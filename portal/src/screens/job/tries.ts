/** The tries of a job, for the picture of them. A plain success leaves no record of its own: that one is made of the job. */
import type { Output } from '../../data/read.ts'
import type { JobState } from '../../ui/state.tsx'
import type { Job } from '../jobs/job.ts'

type Attempt = Output<'jobs.attempts'>['attempts'][number]

export interface Try {
  readonly attempt: number
  readonly fence: number
  readonly worker: string | null
  readonly startedAt: number
  /** Null while it runs. */
  readonly endedAt: number | null
  /** What became of the job with it. */
  readonly to: JobState
  readonly reason: string | null
  readonly error: Attempt['error']
}

/** Oldest first. */
export function triesOf(job: Job, attempts: readonly Attempt[]): Try[] {
  const tries: Try[] = attempts.map((one) => ({
    ...one,
    startedAt: Date.parse(one.startedAt),
    endedAt: Date.parse(one.endedAt),
  }))
  const isRunning = job.state === 'running'
  if (
    job.startedAt !== null &&
    (isRunning || job.finishedAt !== null) &&
    !tries.some(({ fence }) => fence === job.fence)
  )
    tries.push({
      attempt: job.attempt,
      fence: job.fence,
      worker: job.worker,
      startedAt: Date.parse(job.startedAt),
      endedAt: job.finishedAt === null ? null : Date.parse(job.finishedAt),
      to: job.state,
      reason: job.reason,
      error: job.error,
    })
  return tries.sort((a, b) => a.fence - b.fence)
}

/** How a try ended: a job that is to run again goes back to wait, for one of three reasons. */
export type Outcome = JobState | 'again' | 'snoozed' | 'lapsed'

export function outcomeOf({ to, error, reason, endedAt }: Try): Outcome {
  if (endedAt === null) return 'running'
  if (to !== 'scheduled' && to !== 'ready') return to
  if (reason === 'lapsed') return 'lapsed'
  return error !== null ? 'again' : 'snoozed'
}
