/** The list of jobs as it was read, beside what the newest page says now. */
import type { Output } from '../../data/read.ts'
import type { Job } from './job.ts'

export type Page = Output<'jobs.list'>

export interface Changes {
  /** New ones above the first. */
  readonly fresh: number
  /** Those of the snapshot that the newest page would hold, and does not. */
  readonly left: number
  /** There are more new ones than the newest page holds. */
  readonly isMore: boolean
}

/** Pages that were read at different times may overlap. */
export function rowsOf(pages: readonly Page[]): Job[] {
  const byId = new Map<string, Job>()
  for (const { jobs } of pages) for (const job of jobs) if (!byId.has(job.id)) byId.set(job.id, job)
  return [...byId.values()]
}

/** The same pages with other jobs in them. */
export function mapJobs<P extends { readonly pages: readonly Page[] }>(
  of: P,
  change: (jobs: readonly Job[]) => readonly Job[],
): P {
  return { ...of, pages: of.pages.map((page) => ({ ...page, jobs: change(page.jobs) })) }
}

/** How many jobs are new at the top, and how many of the snapshot fit no more. */
export function changesOf(newest: Page | undefined, snapshot: readonly Page[] | undefined): Changes {
  if (newest === undefined || snapshot === undefined) return { fresh: 0, left: 0, isMore: false }
  const first = snapshot[0]?.jobs[0]
  const fresh = first === undefined ? newest.jobs.length : newest.jobs.filter(({ id }) => id > first.id).length
  const ids = new Set(newest.jobs.map(({ id }) => id))
  const oldest = newest.next === null ? '' : (newest.jobs.at(-1)?.id ?? newest.next)
  const left = rowsOf(snapshot).filter(({ id }) => id >= oldest && !ids.has(id)).length
  return { fresh, left, isMore: fresh === newest.jobs.length && newest.next !== null }
}
