/** `rota.jobs`: what people look at and change. The same words as in the command line. */
import { type Duration, type Instant, parseInstant } from '../job/duration.ts'
import { type Edit, mayEdit } from '../job/edits.ts'
import { RotaError, show } from '../job/errors.ts'
import { checkJobId, type JobId, jobNotFound } from '../job/id.ts'
import * as check from '../job/options.ts'
import type { State } from '../job/states.ts'
import { cleanText } from '../job/text.ts'
import type { Edited, LogPosition, Stats, Storage } from '../storage/contract.ts'
import type { EditHints } from './edit-hints.ts'
import { explainJob, type JobExplained } from './explain.ts'
import { checkInput, ifMatchOf, type JobChanges, jobUpdate, type UpdateOptions } from './job-update.ts'
import type { ClusterSettings } from './options.ts'
import { type Purged, type PurgeOptions, purge, purgeOptions } from './purge.ts'
import {
  type AttemptView,
  attemptView,
  type JobView,
  jobView,
  type LinkView,
  type ListOptions,
  type LogView,
  linksOf,
  listQuery,
  logView,
} from './view.ts'

/** Which lines of a log to give. */
export interface LogOptions {
  /** @default 1000, from 1 to 10 000 */
  readonly limit?: number
  /** `next` of the page before. @default from the beginning */
  readonly cursor?: string
}

/** What an edit did. */
export interface JobEdited<Status extends string> {
  /** The job that was changed. */
  readonly id: JobId
  /** What was done, or of a running job asked for. */
  readonly status: Status
}

/** `rota.jobs`: looks at stored jobs, and changes them. The same words as in the command line. */
export class Jobs {
  readonly #open: () => Promise<Storage>
  readonly #hints: EditHints
  readonly #settings: Pick<ClusterSettings, 'mode' | 'jobs' | 'payloadLimit'>

  /** @internal */
  constructor(
    open: () => Promise<Storage>,
    hints: EditHints,
    settings: Pick<ClusterSettings, 'mode' | 'jobs' | 'payloadLimit'>,
  ) {
    this.#settings = settings
    this.#open = open
    this.#hints = hints
  }

  /** The job, or null when no such job is stored. */
  async get<Output>(id: JobId<Output>): Promise<JobView<unknown, Output> | null> {
    const [record] = await (await this.#open()).get([checkJobId(id)])
    return record ? (jobView(record) as JobView<unknown, Output>) : null
  }

  /** Those of these jobs that are stored, in any order. At most 1 000 ids at once keep it quick. */
  async getMany(ids: readonly JobId[]): Promise<JobView[]> {
    if (!Array.isArray(ids)) throw new RotaError('option_invalid', `ids: ${show(ids)} is not a list.`, { field: 'ids' })
    return (await (await this.#open()).get(ids.map(checkJobId))).map(jobView)
  }

  /**
   * Newest first. `next` tells where to go on, and is null when all was seen. Each call takes a bounded time: where no index
   * leads to what the filter asks for, it looks through some ten thousand jobs, so a page may be short, even empty, and still
   * have a `next`.
   *
   * @throws RotaError `option_invalid`, `option_unknown`, `duration_invalid` or `instant_invalid`, with a suggestion
   * @example
   * for (let cursor: string | null | undefined; cursor !== null; ) {
   *   const page = await rota.jobs.list({ filter: 'state:failed error:ECONN', ...(cursor && { cursor }) })
   *   for (const job of page.jobs) console.log(job.id)
   *   cursor = page.next
   * }
   */
  async list(options: ListOptions = {}): Promise<{ jobs: JobView[]; next: string | null }> {
    const query = listQuery(options)
    const { jobs, next } = await (await this.#open()).list(query)
    return { jobs: jobs.map(jobView), next }
  }

  /** The jobs that a job waits for, or waited for, by id. */
  async parents(id: JobId): Promise<LinkView[]> {
    return linksOf(await this.#open(), checkJobId(id), 'parent')
  }

  /** The jobs that wait for a job, or waited for it, by id. */
  async children(id: JobId): Promise<LinkView[]> {
    return linksOf(await this.#open(), checkJobId(id), 'child')
  }

  /** The tries of a job that had something to say; a plain success leaves none. */
  async attempts(id: JobId): Promise<AttemptView[]> {
    return (await (await this.#open()).attempts(checkJobId(id))).map(attemptView)
  }

  /** What the handlers of a job wrote with `ctx.log`, in the order of writing; at most half a second old while it runs. */
  async logs(id: JobId, options: LogOptions = {}): Promise<{ lines: LogView[]; next: string | null }> {
    const set = check.checkOptions('jobs.logs', options, { limit: check.integer(1, 10_000), cursor: check.text(40) })
    const limit = set.limit ?? check.defaults.logLimit
    const after = set.cursor === undefined ? null : positionOf(set.cursor)
    const records = await (await this.#open()).logs(checkJobId(id), after, limit)
    const last = records.at(-1)
    return { lines: records.map(logView), next: last ? `${last.fence}.${last.seq}` : (set.cursor ?? null) }
  }

  /**
   * Why a job is where it is: what it waits for, and what helps, as a command where one does. Also of a running job, and
   * of one that is over. The codes stand in `docs/explain.md`.
   *
   * @throws RotaError `job_not_found`
   * @example const [first] = (await rota.jobs.explain(id)).waitsFor // { code: 'lane_paused', command: 'rota lanes resume mail', … }
   */
  async explain(id: JobId): Promise<JobExplained> {
    return explainJob(await this.#open(), checkJobId(id), this.#settings.mode)
  }

  /**
   * The job that a worker would take next, if it knows all jobs: by priority, then by due time. Of one lane, or of all that are not paused;
   * null where none is ready. It may be gone a moment later.
   *
   * @param options.lane @default all lanes
   * @throws RotaError `option_invalid`, `option_unknown`
   */
  async next(options: { readonly lane?: string } = {}): Promise<JobView | null> {
    const { lane } = check.checkOptions('jobs.next', options, { lane: check.name })
    const record = await (await this.#open()).next(lane ?? null)
    return record && jobView(record)
  }

  /** How many jobs are in each state. Counts every row, so it takes longer the more are stored. */
  async stats(): Promise<Stats> {
    return (await this.#open()).stats()
  }

  /**
   * Ends a job. One that waits is over at once (`cancelled`). Of one that runs (`cancelling`) the `ctx.signal` fires within a
   * second, wherever it runs; when its handler has not ended after `cancelGrace` its slot is free and its result
   * refused. A handler that ends well all the same has succeeded.
   *
   * @param options.reason kept with the job, at most 500 characters. @default 'cancelled'
   * @throws RotaError `job_not_found`, or `job_state` when it ended otherwise before
   */
  async cancel(id: JobId, options: { readonly reason?: string } = {}): Promise<JobEdited<'cancelled' | 'cancelling'>> {
    const { reason } = check.checkOptions('jobs.cancel', options, { reason: check.text(500) })
    const { from } = await this.#edit(
      id,
      { kind: 'cancel', reason: cleanText(reason ?? check.defaults.cancelReason, 500) },
      ['cancelled'],
    )
    if (from === 'running') this.#hints.signalled()
    else this.#hints.over(id)
    return { id, status: from === 'running' ? 'cancelling' : 'cancelled' }
  }

  /**
   * Runs a job again that is over, however it ended: its tries and lapses count anew, what it had recorded goes, and it no
   * longer expires. One whose parents have not succeeded is `blocked` until they do: retry those, or the whole flow.
   *
   * @throws RotaError `job_not_found`, or `job_state` when it is not over
   */
  async retry(id: JobId): Promise<JobEdited<'ready' | 'blocked'>> {
    const { linked } = await this.#edit(id, { kind: 'retry' })
    this.#hints.due()
    return { id, status: linked === 'blocked' ? 'blocked' : 'ready' }
  }

  /**
   * Puts a waiting job to another time.
   *
   * @param to exactly one of `in` and `at`
   * @throws RotaError `job_not_found`, `job_state` when it runs or is over, `option_invalid`, `duration_invalid`, `instant_invalid`
   */
  async reschedule(
    id: JobId,
    to: { readonly in?: Duration; readonly at?: Instant },
  ): Promise<JobEdited<'rescheduled'>> {
    const set = check.checkOptions('jobs.reschedule', to, { in: check.duration(), at: parseInstant })
    if ((set.in === undefined) === (set.at === undefined))
      throw new RotaError('option_invalid', 'jobs.reschedule: give either "in" or "at".', { field: 'at' })
    await this.#edit(id, { kind: 'reschedule', at: set.at ?? null, delay: set.in ?? 0 })
    this.#hints.due()
    return { id, status: 'rescheduled' }
  }

  /**
   * Gives a waiting job other values; also one that waits for other jobs. Its keys and its schedule stay as they are, and so does the time it
   * was stored.
   *
   * @param options.ifMatch only if it is still what was looked at
   * @throws RotaError `job_not_found`, `job_state` when it runs or is over, `changed_meanwhile` with `ifMatch`, `input_invalid`,
   * `payload_not_json`, `payload_too_large`, `option_invalid`, `option_unknown`, `duration_invalid`, `instant_invalid`; nothing is changed then
   * @example await rota.jobs.update(id, { priority: 'high', lane: 'mail', in: '10m' }) // { id, status: 'updated' }
   */
  async update(id: JobId, changes: JobChanges, options: UpdateOptions = {}): Promise<JobEdited<'updated'>> {
    const { jobs, payloadLimit } = this.#settings
    const set = jobUpdate(changes, payloadLimit)
    const ifMatch = ifMatchOf(options)
    if (set.input !== undefined) {
      const [record] = await (await this.#open()).get([checkJobId(id)])
      if (record === undefined) throw jobNotFound(id)
      await checkInput(jobs.get(record.job), changes)
    }
    const { stale, linked } = await this.#edit(id, { kind: 'update', set, ifMatch })
    if (stale) throw changedMeanwhile(id)
    if (linked === 'needed') {
      const message = `Job ${id} is not changed: others wait for it as it is. Cancel those first, or cancel it and store another.`
      throw new RotaError('job_needed', message, { field: 'id' })
    }
    this.#hints.due()
    return { id, status: 'updated' }
  }

  /**
   * Makes a waiting job due now.
   *
   * @throws RotaError `job_not_found`, or `job_state` when it runs or is over
   */
  async run(id: JobId): Promise<JobEdited<'ready'>> {
    await this.#edit(id, { kind: 'reschedule', at: null, delay: 0 })
    this.#hints.due()
    return { id, status: 'ready' }
  }

  /**
   * Forgets a job with its attempts and logs. Its idempotency key stays taken. Several ids go together: a job that others wait
   * for goes with those; each result tells what became of one, and none throws.
   *
   * @param options.ifMatch only where it is still what was looked at: the ETag of the REST API
   * @throws RotaError `job_not_found`, `job_state` when it runs, `job_needed` when jobs that are not over wait for it, `changed_meanwhile`
   */
  async delete(id: JobId, options?: UpdateOptions): Promise<JobEdited<'deleted'>>
  async delete(ids: readonly JobId[]): Promise<JobEdited<'deleted' | 'not_found' | 'needed' | 'running'>[]>
  async delete(one: JobId | readonly JobId[], options: UpdateOptions = {}) {
    if (typeof one !== 'string' && Array.isArray(one)) return this.#deleteAll(one)
    const id = one as JobId
    const seen = ifMatchOf(options)
    const { linked, stale } = await this.#edit(id, { kind: 'delete', ...(seen !== null && { ifMatch: seen }) })
    if (stale) throw changedMeanwhile(id)
    if (linked === 'needed') {
      const message = `Job ${id} is not deleted: others still wait for it. Cancel those first, or delete them with it.`
      throw new RotaError('job_needed', message, { field: 'id' })
    }
    return { id, status: 'deleted' }
  }

  async #deleteAll(ids: readonly JobId[]) {
    const edited = await (await this.#open()).edit(ids.map(checkJobId), { kind: 'delete' })
    return edited.map(({ id, from, linked }) => {
      if (from === null) return { id, status: 'not_found' as const }
      if (from === 'running') return { id, status: 'running' as const }
      return { id, status: linked === 'needed' ? ('needed' as const) : ('deleted' as const) }
    })
  }

  /**
   * Deletes jobs that are over and have been for longer than `olderThan`, with all that belongs to them, some hundred at a time.
   * What somebody retries meanwhile stays. Retention does the same by itself when the time of a job has come.
   *
   * @throws RotaError `option_invalid`, `option_unknown`, `duration_invalid`, or `aborted` when the signal fired
   * @example await rota.jobs.purge({ state: 'failed', olderThan: '30d', filter: 'lane:mail' }) // { found: 12, deleted: 12, more: false }
   */
  async purge(options: PurgeOptions): Promise<Purged> {
    const checked = purgeOptions(options)
    return purge(await this.#open(), checked)
  }

  /** What the storage says, where the wish could be done or was done already. */
  async #edit(id: JobId, wish: Wish, done: readonly State[] = []): Promise<Edited> {
    const [edited] = await (await this.#open()).edit([checkJobId(id)], wish)
    if (edited === undefined || edited.from === null) throw jobNotFound(id)
    if (mayEdit(wish.kind, edited.from) || done.includes(edited.from)) return edited
    throw new RotaError('job_state', `Job ${id} is ${edited.from}, so ${refusals[wish.kind]}`, { field: 'id' })
  }
}

const changedMeanwhile = (id: JobId) =>
  new RotaError(
    'changed_meanwhile',
    `Job ${id} is not any more what was looked at, so nothing was done. Look again and repeat it.`,
    { field: 'ifMatch' },
  )

type Wish = Exclude<Edit, { readonly kind: 'purge' }>

/** A purge passes over what it may not delete. */
const refusals: Readonly<Record<Wish['kind'], string>> = {
  cancel: 'there is nothing to cancel.',
  retry: 'it cannot be retried: only what is over can. Use `run` for what waits.',
  reschedule: 'its time cannot be changed: only of what waits. Use `retry` for what is over.',
  update: 'it cannot be changed: only what waits.',
  delete: 'it cannot be deleted now. Cancel it first.',
}

function positionOf(cursor: string): LogPosition {
  const [, fence, seq] = /^(\d{1,9})\.(\d{1,9})$/.exec(cursor) ?? []
  if (fence !== undefined && seq !== undefined) return { fence: Number(fence), seq: Number(seq) }
  throw new RotaError('option_invalid', `cursor: ${show(cursor)} did not come from \`next\` of a page.`, {
    field: 'cursor',
  })
}
