/** `rota.jobs.purge`: deletes what is over, page by page, so that no transaction is long and nothing is held up. */
import type { Duration } from '../job/duration.ts'
import { mayEdit } from '../job/edits.ts'
import { RotaError } from '../job/errors.ts'
import { everyJob, type FilterObject, parseFilter } from '../job/filter.ts'
import * as check from '../job/options.ts'
import { type FinalState, finalStates, isFinalState } from '../job/states.ts'
import type { ListQuery, Storage } from '../storage/contract.ts'

/** Which jobs that are over to delete. */
export interface PurgeOptions {
  /** How long the jobs have been over at least. */
  readonly olderThan: Duration
  /** How they ended. @default every way */
  readonly state?: FinalState | readonly FinalState[]
  /** Which of them, as in `jobs.list`. @default all */
  readonly filter?: string | FilterObject
  /** Delete at most so many, at least 1. @default no limit */
  readonly limit?: number
  /** Only count. @default false */
  readonly dryRun?: boolean
  /** Ends the purge after the batch under way. */
  readonly signal?: AbortSignal
  /** Called after each batch. */
  readonly onProgress?: (sofar: { readonly found: number; readonly deleted: number }) => void
}

/** What a purge did, or would do. */
export interface Purged {
  /** Jobs that are, or with `dryRun` would be, deleted. */
  readonly found: number
  /** Jobs that are gone: less than `found` where somebody else was faster, or others still wait for one. 0 with `dryRun`. */
  readonly deleted: number
  /** The limit was reached; there may be others. */
  readonly more: boolean
}

export interface CheckedPurge extends Pick<PurgeOptions, 'signal' | 'onProgress'> {
  readonly query: ListQuery
  readonly limit: number
  readonly dryRun: boolean
}

/** Jobs of one page and of one transaction. */
const batch = 500

/** @throws RotaError `option_invalid`, `option_unknown` or `duration_invalid` */
export function purgeOptions(options: PurgeOptions): CheckedPurge {
  const set = check.checkOptions('jobs.purge', options, {
    olderThan: check.duration(),
    state: check.oneOrMore(check.oneOf(finalStates)),
    filter: parseFilter,
    limit: check.integer(1, Number.MAX_SAFE_INTEGER),
    dryRun: check.boolean,
    signal: check.signal,
    onProgress: check.func,
  })
  const { olderThan, state, filter = everyJob, limit = Number.POSITIVE_INFINITY, dryRun = false } = set
  if (olderThan === undefined)
    throw new RotaError(
      'option_invalid',
      "jobs.purge: say how long the jobs have been over, such as olderThan: '30d'.",
      {
        field: 'olderThan',
      },
    )
  if (state !== undefined && filter.states !== null)
    throw new RotaError('option_invalid', 'jobs.purge: give the state once, as "state" or in the filter.', {
      field: 'state',
    })
  const open = filter.states?.find((one) => !isFinalState(one))
  if (open !== undefined) {
    const message = `filter state: "${open}" is not allowed. Only jobs that are over can be purged: ${finalStates.join(', ')}.`
    throw new RotaError('option_invalid', message, { field: 'filter' })
  }
  const states = filter.states ?? state ?? finalStates
  const query: ListQuery = { ...filter, states, overFor: olderThan, before: null, limit: batch }
  const { signal, onProgress } = set as Pick<PurgeOptions, 'signal' | 'onProgress'>
  return { query, limit, dryRun, ...(signal && { signal }), ...(onProgress && { onProgress }) }
}

export async function purge(
  storage: Storage,
  { query, limit, dryRun, signal, onProgress }: CheckedPurge,
): Promise<Purged> {
  let found = 0
  let deleted = 0
  for (let before: string | null = null; ; ) {
    if (signal?.aborted) throw aborted(deleted, signal)
    const page = await storage.list({ ...query, before, limit: Math.min(batch, limit - found) })
    const ids = page.jobs.map(({ id }) => id)
    found += ids.length
    if (!dryRun && ids.length > 0) {
      const edited = await storage.edit(ids, { kind: 'purge' })
      deleted += edited.filter(({ from, linked }) => from && mayEdit('purge', from) && linked !== 'needed').length
    }
    onProgress?.({ found, deleted })
    before = page.next
    if (before === null || found === limit) return { found, deleted, more: before !== null }
  }
}

const aborted = (deleted: number, signal: AbortSignal) =>
  new RotaError('aborted', `The purge was ended by its signal. ${deleted} jobs are deleted, the others are not.`, {
    cause: signal.reason,
  })
