/** Jobs that wait and are not started any more, because their time to be started is over. */
import type { Promotion } from '../contract.ts'
import type { SqlDatabase } from './database.ts'
import { endWaiting, nothingFollowed } from './edges.ts'

/**
 * What expires first. Some of it may be running; that is looked at outside, or a planner without statistics would read
 * the whole table. More than so many running ones delay the others: they are not started, only called expired later.
 */
const expiringFirst = (jobs: string): string =>
  `select id, worker, expires_at from ${jobs} where expires_at is not null order by expires_at limit 1000`

export const nextExpiry = (jobs: string): string =>
  `select min(expires_at) from (${expiringFirst(jobs)}) expiring where worker is null`

/** Waiting jobs whose time to be started is over. */
export async function expirable(db: SqlDatabase, limit: number): Promise<string[]> {
  const rows = await db.read(
    `select id from (${expiringFirst(db.table('jobs'))}) expiring
     where expires_at <= ${db.now(1)} and worker is null order by expires_at limit $2`,
    [db.clock(), limit],
  )
  return rows.map((row) => String(row.id))
}

/** Ends those of the jobs that nobody started meanwhile. */
export function expire(db: SqlDatabase, ids: readonly string[]): Promise<Pick<Promotion, 'expired' | 'followed'>> {
  if (ids.length === 0) return Promise.resolve({ expired: [], followed: nothingFollowed })
  return db.transaction(async (query) => {
    const rows = await query(
      `select id, job, attempt from ${db.table('jobs')}
       where ${db.anyOf('id', 2)} and expires_at <= ${db.now(1)} and worker is null order by id${db.lock.skip}`,
      [db.clock(), ids],
    )
    const expired = rows.map((row) => ({ id: String(row.id), job: String(row.job), attempt: Number(row.attempt) }))
    const own = expired.map(({ id }) => id)
    const followed = own.length > 0 ? await endWaiting(db, query, own, 'expired', null) : nothingFollowed
    return { expired, followed }
  })
}
