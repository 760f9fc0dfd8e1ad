/** Workers that were asked to claim no more. Their row says so, and every claim reads it. */
import type { AuditBy, Signal } from '../contract.ts'
import { auditChange } from './audit.ts'
import type { SqlDatabase } from './database.ts'

export function drain(db: SqlDatabase, worker: string, on: boolean, by?: AuditBy): Promise<boolean> {
  const workers = db.table('workers')
  return db.transaction(async (query) => {
    const [row] = await query(
      `select draining from ${workers} where id = $2 and dead = 0 and lease_until > ${db.now(1)}${db.lock.wait}`,
      [db.clock(), worker],
    )
    if (row === undefined) return false
    const draining = Number(row.draining) === 1
    if (draining === on) return true
    await query(`update ${workers} set draining = $2 where id = $1`, [worker, on ? 1 : 0])
    await auditChange(db, query, by, `worker:${worker}`, { draining }, { draining: on })
    return true
  })
}

/** Part of the statement of `signals`, of the worker `$1`. */
export const drained = (db: SqlDatabase): string =>
  `select 'drain' as kind, '' as about, 0 as fence, '' as reason from ${db.table('workers')} where id = $1 and draining = 1`

export const drainSignal: Signal = Object.freeze({ kind: 'drain' })
