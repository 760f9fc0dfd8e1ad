/**
 * Whether something may have changed, with hardly a look at the data.
 *
 * Schedules, lanes and workers are few rows: what people see of them is summed up or hashed, so that the renewal of a lease is no
 * change of the workers. Of jobs only the server knows at once: its snapshot is another one after each transaction that
 * writes, whatever it writes and in whatever database, so of jobs this tells too much rather than too little, renewals too. The counters
 * of `pg_stat_user_tables` would tell of our tables alone, but they come up to 10 s late (measured on 18.4: a session that
 * has handed its counts in within the last second and is idle then keeps the next ones for so long).
 */
import type { Storage } from '../contract.ts'
import { nowMs, type Session } from './session.ts'

export async function pulse({ run, schema, now }: Session): ReturnType<Storage['pulse']> {
  const hashed = (columns: string, order: string) =>
    `hashtextextended(coalesce(string_agg(concat_ws(' ', ${columns}), ',' order by ${order}), ''), 0)`
  const [row] = await run(
    `select cast(pg_current_snapshot() as text) as jobs,
       (select concat_ws(' ', count(*), sum(version), max(updated_at)) from ${schema}.schedules) as schedules,
       (select ${hashed('name, paused_at, reason', 'name')} from ${schema}.lanes where paused_at is not null) as lanes,
       (select ${hashed('id, name, lanes, jobs, schedules, draining', 'id')} from ${schema}.workers
        where dead = 0 and lease_until > ${nowMs(1)}) as workers`,
    [now()],
    true,
  )
  const of = (topic: string): string => String(row?.[topic])
  return { jobs: of('jobs'), schedules: of('schedules'), lanes: of('lanes'), workers: of('workers') }
}
