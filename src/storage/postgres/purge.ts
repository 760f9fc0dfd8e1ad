/**
 * Removing what was kept long enough: a whole partition at a time, because deleting its rows would cost as much as
 * writing them did. Dropping waits for every reader of the history and holds up whoever comes after, every settle too,
 * so it gives up after 50 ms, and says that there is nothing more for now: the next look is a minute later.
 */
import { hasChildren } from '../sql/codes.ts'
import type { SqlDatabase } from '../sql/database.ts'
import { endOrphans } from '../sql/edges.ts'
import { sqlState } from './pool.ts'
import { type Database, nowMs, type Session } from './session.ts'

const lockTimeout = '55P03'

/** True when there is more to remove at once. */
export async function purge(database: Database, db: SqlDatabase, limit: number): Promise<boolean> {
  const keys = Math.max(
    await removeExpired(database, 'keys', limit),
    await removeExpired(database, 'tombstones', limit),
  )
  const old = await database.run(
    `select name from ${database.schema}.partitions where to_ms <= ${nowMs(1)} order by to_ms limit 2`,
    [database.now()],
  )
  if (old.length === 0) return keys === limit
  try {
    await database.transaction((session) => dropPartition(db, session, String(old[0]?.name)))
  } catch (error) {
    if (sqlState(error) !== lockTimeout) throw error
    return false
  }
  return old.length > 1 || keys === limit
}

async function dropPartition(db: SqlDatabase, { run, schema }: Session, name: string): Promise<void> {
  const table = `${schema}.finished_jobs_${name}`
  await run(`select pg_advisory_xact_lock(hashtext($1))`, [`${schema}.partitions`])
  const mine = await run(`delete from ${schema}.partitions where name = $1 returning name`, [name])
  if (mine.length === 0) return // another worker was first
  await run(`select set_config('lock_timeout', '50ms', true)`)
  for (const other of ['attempts', 'logs'])
    await run(`delete from ${schema}.${other} o using ${table} f where o.job_id = f.id`)
  await run(`delete from ${schema}.edges e using ${table} f where e.child = f.id`)
  const parents = await run(`select id from ${table} where flags & ${hasChildren} <> 0`)
  if (parents.length > 0)
    await endOrphans(
      db,
      run,
      parents.map((row) => String(row.id)),
    )
  await run(`drop table ${table}`)
}

async function removeExpired({ run, schema, now }: Session, table: string, limit: number): Promise<number> {
  const rows = await run(
    `delete from ${schema}.${table} where ctid = any (array(
       select ctid from ${schema}.${table} where expires_at <= ${nowMs(1)} limit $2 for update skip locked)) returning 1 as gone`,
    [now(), limit],
  )
  return rows.length
}
