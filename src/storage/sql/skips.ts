/** The record of slots that did not run. */
import type { Skip } from '../../schedule/firing.ts'
import { scheduleDefaults } from '../../schedule/policies.ts'
import type { NewestSkips, NewestSkipsQuery, SkipRecord } from '../contract.ts'
import type { Query, Row, SqlDatabase } from './database.ts'

/** One slot has one record: what is known of it first stays. */
export async function insertSkips(
  db: SqlDatabase,
  query: Query,
  schedules: readonly { readonly id: string; readonly skips: readonly Skip[] }[],
): Promise<void> {
  const rows = schedules.flatMap(({ id, skips }) =>
    skips.map(({ slot, from, count, reason, message }) => ({
      schedule: id,
      slot,
      from_slot: from,
      count,
      reason,
      message,
    })),
  )
  if (rows.length === 0) return
  const columns = 'schedule, slot, from_slot, count, reason, message'
  await query(
    `insert into ${db.table('schedule_skips')} (${columns}, at) select ${columns}, ${db.now(1)}
     from ${db.records(2, 'n', { schedule: 'text', slot: 'bigint', from_slot: 'bigint', count: 'bigint', reason: 'text', message: 'text' })}
     where true on conflict (schedule, slot) do nothing`,
    [db.clock(), JSON.stringify(rows)],
  )
}

export async function skips(
  db: SqlDatabase,
  schedule: string,
  before: number | null,
  limit: number,
): Promise<SkipRecord[]> {
  const rows = await db.read(
    `select slot, from_slot, count, at, reason, message from ${db.table('schedule_skips')}
     where schedule = $1 and slot < $2 order by slot desc limit $3`,
    [schedule, before ?? 2 ** 53, limit],
  )
  return rows.map(skipRecord)
}

const skipRecord = (row: Row): SkipRecord => ({
  slot: Number(row.slot),
  from: Number(row.from_slot),
  count: Number(row.count),
  at: Number(row.at),
  reason: row.reason as SkipRecord['reason'],
  message: row.message === null ? null : String(row.message),
})

/** Records that are looked through for those of some reasons. */
const mostLookedAt = 10_000

export async function newestSkips(db: SqlDatabase, { reasons, since, limit }: NewestSkipsQuery): Promise<NewestSkips> {
  const newest = `select schedule, slot, from_slot, count, at, reason, message from ${db.table('schedule_skips')}
    where at >= $1 order by at desc limit $2`
  return db.walk(async (read) => {
    const rows = await read(
      `select * from (${newest}) looked where ${db.anyOf('reason', 3)} order by at desc, schedule desc, slot desc limit $4`,
      [since, mostLookedAt, reasons, limit + 1],
    )
    const found = rows.map((row) => ({ schedule: String(row.schedule), ...skipRecord(row) }))
    if (found.length > limit) return { skips: found.slice(0, limit), more: true }
    const older = `select at from ${db.table('schedule_skips')} where at >= $1 order by at desc limit 1 offset $2`
    return { skips: found, more: (await read(older, [since, mostLookedAt])).length > 0 }
  })
}

/** Removes records that were kept long enough; a look first, so that nothing is written where there are none. */
export async function purgeSkips(db: SqlDatabase, limit: number): Promise<boolean> {
  const table = db.table('schedule_skips')
  const old = `at < ${db.now(1)} - ${scheduleDefaults.keepSkips}`
  const rows = await db.read(`select schedule, slot from ${table} where ${old} limit $2`, [db.clock(), limit])
  if (rows.length === 0) return false
  await db.write(
    `delete from ${table} where (schedule, slot) in
       (select schedule, slot from ${db.records(1, 'n', { schedule: 'text', slot: 'bigint' })})`,
    [JSON.stringify(rows.map((row) => ({ schedule: String(row.schedule), slot: Number(row.slot) })))],
  )
  return rows.length === limit
}
