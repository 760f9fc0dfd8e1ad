/** `rota.jobs` of a server. */
import type { Client } from '../../client/index.ts'
import { iso } from '../../client/request.ts'
import { jobFailed, waitTimeout } from '../../engine/wait.ts'
import type { AttemptView, JobExplained, JobId, JobView, LinkView, LogView, Purged } from '../../index.ts'
import { defined } from '../../job/defined.ts'
import { parseDuration } from '../../job/duration.ts'
import { isRotaError } from '../../job/errors.ts'
import { checkJobId } from '../../job/id.ts'
import { oneOf, oneOrMore } from '../../job/options.ts'
import { finalStates } from '../../job/states.ts'
import type { Desk, PurgeAsked } from '../desk.ts'
import { pause } from '../signals.ts'
import { type Answer, once, orNull, revived } from './wire.ts'

type Options<Verb extends keyof Desk['jobs']> = NonNullable<Parameters<Desk['jobs'][Verb]>[1]>

export const jobView = (job: Answer<'jobs', 'get'>): JobView =>
  ({
    ...revived(job, ['dueAt', 'enqueuedAt', 'startedAt', 'finishedAt', 'expiresAt']),
    schedule: job.schedule && revived(job.schedule, ['slot']),
  }) as JobView

export async function findJob({ jobs }: Client, id: string): Promise<JobView | null> {
  const found = await orNull(jobs.get({ id: checkJobId(id) }), 'job_not_found')
  return found && jobView(found)
}

export function remoteJobs(client: Client): Desk['jobs'] {
  const { jobs } = client
  const links = async (id: string) => {
    const { parents, children } = await jobs.links({ id: checkJobId(id) })
    const view = (list: typeof parents): LinkView[] => list.map((link) => ({ ...link, job: jobView(link.job) }))
    return { parents: view(parents), children: view(children) }
  }
  const edited = <Status extends string>({ id, status }: { readonly id: string; readonly status: Status }) => ({
    id: id as JobId,
    status,
  })
  return {
    list: async (options = {}) => {
      const page = await jobs.list(options)
      return { jobs: page.jobs.map(jobView), next: page.next }
    },
    attempts: async (id) => {
      const { attempts } = await jobs.attempts({ id: checkJobId(id) })
      return attempts.map((one) => revived(one, ['startedAt', 'endedAt']) as AttemptView)
    },
    parents: async (id) => (await links(id)).parents,
    children: async (id) => (await links(id)).children,
    logs: async (id, { limit, cursor } = {}) => {
      const { lines, next } = await jobs.logs(defined({ id: checkJobId(id), limit, cursor }))
      return { lines: lines.map((line) => revived(line, ['at']) as LogView), next }
    },
    explain: async (id) => {
      const explained = await jobs.explain({ id: checkJobId(id) })
      const waitsFor = explained.waitsFor.map((one) => revived(one, ['until']))
      return { ...revived(explained, ['since']), waitsFor } as JobExplained
    },
    cancel: async (id, { reason }: Options<'cancel'> = {}) =>
      edited(await jobs.cancel(defined({ id: checkJobId(id), reason }), once())),
    retry: async (id) => edited(await jobs.retry({ id: checkJobId(id) }, once())),
    run: async (id) => edited(await jobs.run({ id: checkJobId(id) }, once())),
    reschedule: async (id, { in: delay, at }) => {
      const to = defined({ in: delay, at: at && iso(at, 'at') })
      return edited(await jobs.reschedule({ id: checkJobId(id), ...to }, once()))
    },
    update: async (id, { at, expiresAt, ...changes }) => {
      const times = defined({ at: at && iso(at, 'at'), expiresAt: expiresAt && iso(expiresAt, 'expiresAt') })
      await jobs.update({ id: checkJobId(id), ...changes, ...times })
      return edited({ id, status: 'updated' })
    },
    delete: remoteDelete(client),
    purge: (options) => purge(client, options),
  }
}

/** A server deletes one at a time. Several go in rounds, because a job that others wait for goes only after those. */
function remoteDelete({ jobs }: Client): Desk['jobs']['delete'] {
  const one = async (id: string) => ({ id: id as JobId, status: (await jobs.delete({ id: checkJobId(id) })).status })
  const all = async (ids: readonly JobId[]) => {
    const done = new Map<JobId, 'deleted' | 'not_found' | 'needed' | 'running'>(ids.map((id) => [id, 'needed']))
    for (let progress = true; progress; ) {
      progress = false
      for (const [id] of [...done].filter(([, status]) => status === 'needed')) {
        const status = await one(id).then(({ status }) => status, refusal)
        done.set(id, status)
        progress ||= status === 'deleted'
      }
    }
    return [...done].map(([id, status]) => ({ id, status }))
  }
  return ((asked: JobId | readonly JobId[]) =>
    typeof asked === 'string' ? one(asked) : all(asked)) as Desk['jobs']['delete']
}

function refusal(error: unknown): 'not_found' | 'needed' | 'running' {
  if (isRotaError(error, 'job_needed')) return 'needed'
  if (isRotaError(error, 'job_not_found')) return 'not_found'
  if (isRotaError(error, 'job_state')) return 'running'
  throw error
}

/** So many at most in one call. */
const batch = 10_000

/** Call by call, until there are no more; to count is one call, which ends at 10 000. */
async function purge({ jobs }: Client, options: PurgeAsked): Promise<Purged> {
  const { olderThan, filter, limit = Number.POSITIVE_INFINITY, dryRun = false, signal, onProgress } = options
  const state = options.state === undefined ? undefined : oneOrMore(oneOf(finalStates))(options.state, 'state')
  let found = 0
  let deleted = 0
  for (;;) {
    const request = {
      olderThan,
      dryRun,
      limit: Math.min(batch, limit - found),
      ...defined({ state: state && [...state], filter }),
    }
    const page = await jobs.purge(request, { ...once(), ...defined({ signal }) })
    found += page.found
    deleted += page.deleted
    onProgress?.({ found, deleted })
    // What others still wait for stays and would be found for ever.
    if (!page.more || dryRun || found >= limit || page.deleted === 0) return { found, deleted, more: page.more }
  }
}

/** Milliseconds: of one look, which a server answers sooner when the job is over, and of the pause while it is away. */
const patience = { look: 25_000, away: 1_000 }

/** `rota.result`: look after look, until the job is over or the time is. A server that is away for a while ends no wait that has begun. */
export async function resultOf(client: Client, id: string, options: NonNullable<Parameters<Desk['result']>[1]> = {}) {
  const { signal = new AbortController().signal } = options
  const timeout = options.timeout === undefined ? null : parseDuration(options.timeout, 'timeout')
  const end = timeout === null ? Number.POSITIVE_INFINITY : performance.now() + timeout
  const jobId = checkJobId(id)
  for (let begun = false; ; begun = true) {
    // The first look does not wait: it finds out whether there is such a server, and such a job.
    const wait = begun ? Math.min(patience.look, Math.max(0, Math.ceil(end - performance.now()))) : 0
    const look = client.jobs.result({ id: jobId, timeout: `${wait}ms` }, { signal })
    const seen = await (begun ? orNull(look, 'server_unreachable') : look)
    if (seen?.over) return seen.state === 'succeeded' ? seen.output : Promise.reject(await failureOf(client, jobId))
    if (performance.now() >= end) throw waitTimeout(id, timeout as number)
    if (seen === null) await pause(patience.away, signal)
  }
}

async function failureOf({ jobs }: Client, id: string) {
  const job = await jobs.get({ id })
  return jobFailed(id, job as Parameters<typeof jobFailed>[1])
}
