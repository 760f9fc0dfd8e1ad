/** A job as the screens show it. */
import { finalStates } from 'rota/client'
import type { Act } from '../../data/bulk.ts'
import type { Output } from '../../data/read.ts'

export type Job = Output<'jobs.get'>

export type { Priority } from 'rota/client'
export { allStates as states, priorities } from 'rota/client'

export const isOver = ({ state }: Pick<Job, 'state'>): boolean => finalStates.some((final) => final === state)

/** The instant that matters most of a job: when it is due, was started, or ended. */
export function momentOf(job: Job): { readonly kind: 'stored' | 'due' | 'started' | 'ended'; readonly at: string } {
  if (job.finishedAt !== null) return { kind: 'ended', at: job.finishedAt }
  if (job.state === 'running' && job.startedAt !== null) return { kind: 'started', at: job.startedAt }
  return job.state === 'blocked' ? { kind: 'stored', at: job.enqueuedAt } : { kind: 'due', at: job.dueAt }
}

/** What can be done with a job in its state, as the server has it; a command for something else is refused by it. */
export const acts: readonly Act[] = ['retry', 'run', 'reschedule', 'cancel', 'delete']

export function mayAct(act: Act, job: Pick<Job, 'state'>): boolean {
  if (act === 'retry') return isOver(job)
  if (act === 'cancel') return !isOver(job)
  if (act === 'delete') return job.state !== 'running'
  return act === 'run' ? job.state === 'scheduled' : job.state === 'scheduled' || job.state === 'ready'
}

/** Ids hold the time of their making: UUIDs of version 7. */
export const timeOfId = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
