import type { SqlDatabase } from '../sql/database.ts'
import type { LaneIndex } from '../sql/lanes.ts'

/** Running rows have an index of their own, and there are never more of them than slots. */
export const laneIndex = (db: SqlDatabase): LaneIndex => ({
  condition: 'worker is null',
  async held(lane) {
    const rows = await db.read(
      `select lane, worker, count(*) as jobs from jobs where worker is not null and ($1 is null or lane = $1)
       group by lane, worker`,
      [lane],
    )
    return rows.map((row) => ({ lane: String(row.lane), worker: String(row.worker), jobs: Number(row.jobs) }))
  },
})
