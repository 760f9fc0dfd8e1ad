/**
 * Handing out jobs, all lanes of a worker in one statement.
 *
 * Running rows stay in the claim index (removing them would cost an index write per job), so a scan from its head would
 * meet them again each time. A cursor per lane and priority remembers the last key that was claimed and the next claim
 * starts behind it. Cursors are forgotten after a short batch and after 100 ms, or they would hide retries.
 */
import { defaults } from '../../job/options.ts'
import { priorities, priorityRank } from '../../job/priority.ts'
import { suspectAfter } from '../../job/states.ts'
import type { ClaimedJob, ClaimRequest } from '../contract.ts'
import { codeOf } from '../sql/codes.ts'
import type { Row } from '../sql/database.ts'
import { byClaimOrder, claimedJob } from '../sql/records.ts'
import { nowMs, type Session } from './session.ts'

interface Cursor {
  readonly dueAt: number
  readonly id: string
}

const start: Cursor = { dueAt: -(2 ** 53), id: '00000000-0000-0000-0000-000000000000' }
const cursorLife = 100
const ranks = priorities.map((_, rank) => rank)

export class ClaimCursors {
  readonly #fresh: string
  readonly #suspect: string
  /** By worker and lane; one cursor per priority. */
  readonly #cursors = new Map<string, Cursor[]>()
  #forgetAt = 0

  constructor(schema: string) {
    this.#fresh = claimStatement(schema, `j.lapses < ${suspectAfter}`, '')
    this.#suspect = claimStatement(schema, `j.lapses >= ${suspectAfter}`, 'limit 1')
  }

  async claim({ run, schema, now }: Session, request: ClaimRequest): Promise<ClaimedJob[]> {
    const { worker, lanes, jobs, suspect } = request
    if (performance.now() > this.#forgetAt) {
      this.#cursors.clear()
      this.#forgetAt = performance.now() + cursorLife
    }
    const behind = lanes.flatMap(({ name }, i) =>
      ranks.map((rank) => {
        const cursor = suspect ? undefined : this.#cursors.get(`${worker} ${name}`)?.[rank]
        return { n: i + 1, rank, ...(cursor ?? start) }
      }),
    )
    const rows = await run(
      suspect ? this.#suspect : this.#fresh,
      [
        now(),
        worker,
        lanes.map((lane) => lane.name),
        lanes.map((lane) => lane.limit),
        behind.map((cursor) => cursor.n),
        behind.map((cursor) => cursor.dueAt),
        behind.map((cursor) => cursor.id),
        behind.map((cursor) => cursor.rank),
        jobs,
      ],
      true,
    )
    const claimed = rows.map((row) => claimedRow(row, request))
    if (suspect) return claimed
    claimed.sort(byClaimOrder)
    // A cursor may have hidden jobs that came with an older due time: where a lane comes short, look without it.
    const short: { name: string; limit: number }[] = []
    for (const { name, limit } of lanes) {
      const got = claimed.filter((job) => job.lane === name)
      if (this.#remember(`${worker} ${name}`, got, limit)) short.push({ name, limit: limit - got.length })
    }
    if (short.length === 0) return claimed
    return [...claimed, ...(await this.claim({ run, schema, now }, { ...request, lanes: short }))].sort(byClaimOrder)
  }

  /** True when a cursor was given up because the lane came short behind it. */
  #remember(key: string, claimed: readonly ClaimedJob[], limit: number): boolean {
    if (claimed.length < limit) return this.#cursors.delete(key)
    const cursors = this.#cursors.get(key) ?? ranks.map(() => start)
    for (const job of claimed) cursors[job.priority] = job // in claim order, so the last one stays
    this.#cursors.set(key, cursors)
    return false
  }
}

/** What most jobs have: it comes as null, which neither side has to turn into text and back. */
const usual = {
  priority: priorityRank(defaults.priority),
  fence: 1,
  attempt: 1,
  max_attempts: defaults.retries + 1,
  lapses: 0,
  timeout: defaults.timeout,
  flags: 0,
} as const
const usualColumns = Object.entries(usual).map(([column, value]) => `nullif(${column}, ${value}) as ${column}`)

/** So do the first lane and the first job of the request, and a creation that was the due time. */
function claimedRow(row: Row, { lanes, jobs }: ClaimRequest): ClaimedJob {
  return claimedJob({
    id: row.id,
    job: row.job ?? jobs[0],
    lane: row.lane ?? lanes[0]?.name,
    priority: row.priority ?? usual.priority,
    fence: row.fence ?? usual.fence,
    attempt: row.attempt ?? usual.attempt,
    max_attempts: row.max_attempts ?? usual.max_attempts,
    lapses: row.lapses ?? usual.lapses,
    timeout: row.timeout ?? usual.timeout,
    flags: row.flags ?? usual.flags,
    run_at: row.run_at,
    created_at: row.created_at ?? row.run_at,
    claimed_at: row.claimed_at,
    flow: row.flow,
    input: row.input,
    metadata: row.metadata,
    schedule: row.schedule,
    missed: row.missed,
  })
}

/** `lapses` has to stand in the text as the partial index has it. */
const claimStatement = (schema: string, lapses: string, limit: string): string => `
      update ${schema}.jobs set worker = $2, claimed_at = ${nowMs(1)}, fence = fence + 1, attempt = attempt + 1
      where ctid = any (array(
        select picked.ctid
        from unnest($3::text[], $4::int[]) with ordinality as want (lane, take, n)
        cross join lateral (
          select due.ctid
          from unnest($5::smallint[], $6::bigint[], $7::uuid[], $8::smallint[]) as behind (n, run_at, id, priority)
          cross join lateral (
            select j.ctid from ${schema}.jobs j
            where j.stage = ${codeOf('ready')} and j.lane = want.lane and j.priority = behind.priority
              and (j.run_at, j.id) > (behind.run_at, behind.id)
              and j.worker is null and ${lapses} and j.job = any($9::text[])
              and (j.expires_at is null or j.expires_at > ${nowMs(1)})
            order by j.run_at, j.id
            limit want.take
            for update skip locked
          ) due
          where behind.n = want.n
          limit want.take
        ) picked
        where want.lane <> all (array(select name from ${schema}.lanes where paused_at is not null))
          and exists (select from ${schema}.workers where id = $2 and dead = 0 and draining = 0 and lease_until > ${nowMs(1)})
        ${limit}
      ))
      returning id, nullif(job, ($9::text[])[1]) as job, nullif(lane, ($3::text[])[1]) as lane, ${usualColumns.join(', ')},
        run_at, nullif(created_at, run_at) as created_at, claimed_at, flow, input, metadata, schedule, missed`
