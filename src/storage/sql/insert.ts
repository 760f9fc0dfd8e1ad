/** Storing jobs that need more than a row of their own: keys that have to be taken, parents that they wait for, a flow. */
import type { InsertResult, NewJob } from '../contract.ts'
import type { Query, SqlDatabase } from './database.ts'
import { hasKey, insertKeyed } from './keys.ts'
import { insertLinked, isLinked } from './link.ts'

/** Inserts jobs whose keys, if they have any, are taken; those with parents as `blocked`. */
export type Store = (jobs: readonly NewJob[]) => Promise<InsertResult[]>
/** Inserts a batch in which some jobs are not plain, within a transaction. */
export type Special = (query: Query, store: Store) => Promise<InsertResult[]>

export const isPlain = (job: NewJob): boolean => !hasKey(job) && !isLinked(job)

/** Parents are looked for before keys are taken, so that a job which cannot be stored leaves no key behind. */
export function insertSpecial(
  db: SqlDatabase,
  query: Query,
  jobs: readonly NewJob[],
  retry: boolean,
  store: Store,
): Promise<InsertResult[]> {
  const keyed = async (some: readonly NewJob[]): Promise<InsertResult[]> =>
    some.some(hasKey) ? insertKeyed(db, query, some, retry, store) : some.length > 0 ? store(some) : []
  return jobs.some(isLinked) ? insertLinked(db, query, jobs, retry, keyed) : keyed(jobs)
}
