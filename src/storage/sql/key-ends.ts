/** The end of keys: after their job and their window, or with a job that is deleted. */
import type { Query, SqlDatabase } from './database.ts'
import { type KeyRow, uniqueScope } from './key-plan.ts'
import { removeKeys } from './keys.ts'

/** Before the jobs: whoever stores locks keys first, too. */
export async function lockKeysOf(db: SqlDatabase, query: Query, ids: readonly string[]): Promise<void> {
  await query(
    `select scope, key from ${db.table('keys')} where ${db.anyOf('job_id', 1)} order by scope, key${db.lock.wait}`,
    [ids],
  )
}

/** A job that was deleted does not count any more; an idempotency key still tells that its call was answered. */
export async function forgetUnique(db: SqlDatabase, query: Query, ids: readonly string[]): Promise<void> {
  await query(`delete from ${db.table('keys')} where ${db.anyOf('job_id', 1)} and scope like '${uniqueScope}%'`, [ids])
}

/** Milliseconds until a key whose job is not over is looked at again. */
const restOfKeys = 600_000

/**
 * Removes keys that ran out and whose job is over; gives how many it looked at. Those of other jobs make place for what
 * comes behind them.
 */
export function purgeKeys(db: SqlDatabase, limit: number): Promise<number> {
  return db.transaction(async (query) => {
    const rows = await query(
      `select scope, key, ${db.now(1)} as now, (select run_at from ${db.table('jobs')} where id = job_id) as run_at
       from ${db.table('keys')} where look_at <= ${db.now(1)} order by look_at limit $2${db.lock.skip}`,
      [db.clock(), limit],
    )
    const keys = rows.map((row) => ({
      scope: String(row.scope),
      key: String(row.key),
      live: row.run_at !== null,
      lookAt: Math.max(Number(row.now) + restOfKeys, Number(row.run_at)),
    }))
    const [over, live] = [keys.filter((key) => !key.live), keys.filter((key) => key.live)]
    if (over.length > 0) await removeKeys(db, query, over)
    if (live.length > 0) await lookLater(db, query, live)
    return rows.length
  })
}

async function lookLater(
  db: SqlDatabase,
  query: Query,
  keys: readonly Pick<KeyRow, 'scope' | 'key' | 'lookAt'>[],
): Promise<void> {
  await query(
    `update ${db.table('keys')} as k set look_at = n."lookAt"
     from ${db.records(1, 'n', { scope: 'text', key: 'text', lookAt: 'bigint' })} where k.scope = n.scope and k.key = n.key`,
    [JSON.stringify(keys)],
  )
}
