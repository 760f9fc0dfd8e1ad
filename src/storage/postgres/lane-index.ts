import type { SqlDatabase } from '../sql/database.ts'
import { fresh, type LaneIndex, lanesWith, ranks, suspect } from '../sql/lanes.ts'

/**
 * No index knows the running rows. They stay where they were claimed, at the head of their lane and priority, so `limit`
 * rows from there on are looked at. One with a later due time than so many that wait is missed.
 */
export const laneIndex = (db: SqlDatabase): LaneIndex => ({
  condition: 'true',
  async held(lane, limit) {
    const jobs = db.table('jobs')
    const among = (rows: string, order: string, ranked: string) =>
      db.read(
        `with recursive seen(lane) as (${lane === null ? lanesWith(jobs, rows) : 'select cast($2 as text)'})
         select seen.lane, head.worker, count(*) as jobs from seen ${ranked === '' ? '' : `cross join ${ranks}`}
         cross join lateral (
           select worker from ${jobs} where ${rows} and lane = seen.lane ${ranked} order by ${order} limit $1) head
         where seen.lane is not null and head.worker is not null group by seen.lane, head.worker`,
        lane === null ? [limit] : [limit, lane],
      )
    const usual = await among(fresh, 'run_at, id', 'and priority = rank.column1')
    const rows = [...usual, ...(await among(suspect, 'priority, run_at, id', ''))]
    return rows.map((row) => ({ lane: String(row.lane), worker: String(row.worker), jobs: Number(row.jobs) }))
  },
})
