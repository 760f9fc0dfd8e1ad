/**
 * Leases are per worker: one row, renewed every third of the lease.
 *
 * A worker's row is alive (dead = 0) → dead (its lease ran out, `sweep` marked it) → gone (an hour later, or at once
 * when it left by itself). Dead never becomes alive again. The rows a dead worker holds are looked for several times,
 * at growing distances, because a claim that was under way may commit after the first look.
 */
import type { HeldJob, WorkerBeat } from '../contract.ts'
import type { SqlDatabase } from './database.ts'
import { heldJob } from './records.ts'

export async function heartbeat(db: SqlDatabase, beat: WorkerBeat): Promise<boolean> {
  const rows = await db.write(
    `insert into ${db.table('workers')} as w (id, name, lanes, jobs, schedules, started_at, seen_at, lease_until, dead, sweep_at)
     values ($2, $3, $4, $5, $7, ${db.now(1)}, ${db.now(1)}, ${db.now(1)} + $6, 0, 0)
     on conflict (id) do update set
       name = excluded.name, lanes = excluded.lanes, jobs = excluded.jobs, schedules = excluded.schedules,
       seen_at = excluded.seen_at, lease_until = excluded.lease_until
     where w.dead = 0 and w.lease_until > excluded.seen_at
     returning id`,
    [
      db.clock(),
      beat.id,
      beat.name,
      JSON.stringify(beat.lanes),
      JSON.stringify(beat.jobs),
      beat.lease,
      JSON.stringify(beat.schedules),
    ],
  )
  return rows.length === 1
}

export async function leave(db: SqlDatabase, worker: string): Promise<void> {
  // Not deleted: should a claim of it still be under way, the sweep finds the rows.
  await db.write(`update ${db.table('workers')} set lease_until = ${db.now(1)} - 1 where id = $2 and dead = 0`, [
    db.clock(),
    worker,
  ])
}

const heldColumns = 'id, job, worker, fence, attempt, max_attempts, lapses, flags'

/** No index of PostgreSQL knows the worker: all its jobs are a look at the whole table, those of some ids are not. */
export async function held(db: SqlDatabase, worker: string, ids?: readonly string[]): Promise<HeldJob[]> {
  const own = `select ${heldColumns} from ${db.table('jobs')} where worker = $1`
  const rows =
    ids === undefined ? await db.read(own, [worker]) : await db.read(`${own} and ${db.anyOf('id', 2)}`, [worker, ids])
  return rows.map(heldJob)
}

export async function sweep(db: SqlDatabase, limit: number): Promise<HeldJob[]> {
  const workers = db.table('workers')
  const expired = await db.read(
    `select 1 as found from ${workers} where lease_until < ${db.now(1)} and (dead = 0 or sweep_at <= ${db.now(1)}) limit 1`,
    [db.clock()],
  )
  if (expired.length === 0) return []
  return db.transaction(async (query) => {
    await query(`update ${workers} set dead = 1 where dead = 0 and lease_until < ${db.now(1)}`, [db.clock()])
    const dead = await query(`select id from ${workers} where dead = 1 and sweep_at <= ${db.now(1)} order by id`, [
      db.clock(),
    ])
    const ids = dead.map((row) => String(row.id))
    const rows = await query(`select ${heldColumns} from ${db.table('jobs')} where ${db.anyOf('worker', 1)} limit $2`, [
      ids,
      limit,
    ])
    if (rows.length === 0) {
      const later = `${db.now(1)} + 1000 + 3 * (${db.now(1)} - lease_until)`
      await query(`update ${workers} set sweep_at = ${later} where ${db.anyOf('id', 2)}`, [db.clock(), ids])
      await query(`delete from ${workers} where dead = 1 and lease_until < ${db.now(1)} - 3600000`, [db.clock()])
    }
    return rows.map(heldJob)
  })
}
