/**
 * What is asked of workers: of jobs in their hands, because nobody else writes their rows, of lanes, and to drain. A signal about a
 * job belongs to one start of it, so it is read while that lasts and is nothing but a row to remove afterwards.
 */
import type { Applied, Signal } from '../contract.ts'
import type { Query, Row, SqlDatabase } from './database.ts'
import { drained, drainSignal } from './drain.ts'
import { endWaiting, joinFollowed, nothingFollowed } from './edges.ts'
import { pausedLanes, pauseSignal } from './lanes.ts'

export async function askCancel(db: SqlDatabase, query: Query, ids: readonly string[], reason: string): Promise<void> {
  if (ids.length === 0) return
  await query(
    `insert into ${db.table('signals')} (worker, job_id, fence, kind, reason, created_at)
     select worker, id, fence, 'cancel', cast($3 as text), ${db.now(1)} from ${db.table('jobs')}
     where ${db.anyOf('id', 2)} and worker is not null
     on conflict (worker, job_id, fence, kind) do nothing`,
    [db.clock(), ids, reason],
  )
}

export async function signals(db: SqlDatabase, worker: string): Promise<Signal[]> {
  const rows = await db.read(
    `select s.kind, cast(s.job_id as text) as about, s.fence, s.reason from ${db.table('signals')} s
     join ${db.table('jobs')} j on j.id = s.job_id and j.fence = s.fence and j.worker = s.worker where s.worker = $1
     union all ${pausedLanes(db)} union all ${drained(db)}`,
    [worker],
  )
  return rows.map(signalOf)
}

function signalOf(row: Row): Signal {
  if (row.kind === 'drain') return drainSignal
  return row.kind === 'pause' ? pauseSignal(row) : cancelSignal(row)
}

const cancelSignal = (row: Row): Signal => ({
  kind: 'cancel',
  id: String(row.about),
  fence: Number(row.fence),
  reason: String(row.reason),
})

/** Jobs that were just given back, though somebody had asked for their end meanwhile, are over, with what follows from it. */
export async function endAsked(
  db: SqlDatabase,
  query: Query,
  worker: string,
  returned: readonly { readonly id: string; readonly fence: number }[],
): Promise<Pick<Applied, 'cancelled' | 'followed'>> {
  if (returned.length === 0) return { cancelled: [], followed: nothingFollowed }
  const rows = await query(
    `select job_id, fence, reason from ${db.table('signals')} where worker = $1 and ${db.anyOf('job_id', 2)}`,
    [worker, returned.map(({ id }) => id)],
  )
  const cancelled: string[] = []
  let followed = nothingFollowed
  for (const { job_id, fence, reason } of rows) {
    if (!returned.some((one) => one.id === job_id && one.fence === Number(fence))) continue
    followed = joinFollowed(followed, await endWaiting(db, query, [String(job_id)], 'cancelled', String(reason)))
    cancelled.push(String(job_id))
  }
  return { cancelled, followed }
}

/** Signals are read while their job runs; a day later none of them does. */
export async function removeOldSignals(db: SqlDatabase): Promise<void> {
  const old = await db.read(
    `select 1 as found from ${db.table('signals')} where created_at < ${db.now(1)} - 86400000 limit 1`,
    [db.clock()],
  )
  if (old.length > 0)
    await db.write(`delete from ${db.table('signals')} where created_at < ${db.now(1)} - 86400000`, [db.clock()])
}
