/**
 * Handing out jobs, all lanes of a worker in one statement.
 *
 * Running rows stay in the claim index (removing them would cost an index write per job), so a scan from its head would
 * meet them again each time. A cursor per lane remembers the last key that was claimed and the next claim starts
 * behind it. It is forgotten after a short batch and after 100 ms, or it would hide retries and higher priorities.
 */
import type { ClaimedJob, ClaimRequest } from '../contract.ts'
import { codeOf } from '../sql/codes.ts'
import { claimedColumns, claimedJob } from '../sql/records.ts'
import { nowMs } from './insert.ts'
import type { Run } from './pool.ts'

interface Cursor {
  readonly priority: number
  readonly dueAt: number
  readonly id: string
}

const start: Cursor = { priority: -1, dueAt: 0, id: '00000000-0000-0000-0000-000000000000' }
const cursorLife = 100

export class Claims {
  readonly #statement: string
  readonly #cursors = new Map<string, Cursor>()
  #forgetAt = 0

  constructor(schema: string) {
    this.#statement = `
      with picked as materialized (
        select p.ctid from unnest($3::text[], $4::int[], $5::smallint[], $6::bigint[], $7::uuid[])
          as w (lane, take, priority, run_at, id)
        cross join lateral (
          select j.ctid from ${schema}.jobs j
          where j.stage = ${codeOf('ready')} and j.worker is null and j.lane = w.lane and j.job = any($8::text[])
            and (j.priority, j.run_at, j.id) > (w.priority, w.run_at, w.id)
          order by j.priority, j.run_at, j.id
          limit w.take
          for update skip locked
        ) p
        where exists (select from ${schema}.workers where id = $2 and dead = 0 and lease_until > ${nowMs(1)})
      )
      update ${schema}.jobs set worker = $2, claimed_at = ${nowMs(1)}, fence = fence + 1, attempt = attempt + 1
      where ctid = any (array(select ctid from picked))
      returning ${claimedColumns}`
  }

  async claim(run: Run, now: number | null, request: ClaimRequest): Promise<ClaimedJob[]> {
    const { worker, lanes, jobs } = request
    if (performance.now() > this.#forgetAt) {
      this.#cursors.clear()
      this.#forgetAt = performance.now() + cursorLife
    }
    const keyOf = (lane: string) => `${worker} ${lane}`
    const cursors = lanes.map((lane) => this.#cursors.get(keyOf(lane.name)) ?? start)
    const rows = await run(
      this.#statement,
      [
        now,
        worker,
        lanes.map((lane) => lane.name),
        lanes.map((lane) => lane.limit),
        cursors.map((cursor) => cursor.priority),
        cursors.map((cursor) => cursor.dueAt),
        cursors.map((cursor) => cursor.id),
        jobs,
      ],
      true,
    )
    const claimed = rows.map(claimedJob)
    claimed.sort((a, b) => a.priority - b.priority || a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1)) // RETURNING has no order
    for (const lane of lanes) {
      const own = claimed.filter((job) => job.lane === lane.name)
      const last = own.at(-1)
      if (last !== undefined && own.length === lane.limit) this.#cursors.set(keyOf(lane.name), last)
      else this.#cursors.delete(keyOf(lane.name))
    }
    return claimed
  }
}
