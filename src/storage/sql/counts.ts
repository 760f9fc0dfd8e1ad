/**
 * How many jobs are in each state, and which one comes next, in bounded time whatever is stored: each state is counted along
 * an index of its own and never beyond a limit.
 */
import type { JobRecord, StateCounts } from '../contract.ts'
import { aside, codeOf } from './codes.ts'
import type { SqlDatabase } from './database.ts'
import { fresh, type LaneIndex, lanesWith, suspect } from './lanes.ts'
import { liveColumns } from './look.ts'
import { jobRecord } from './records.ts'

/**
 * Nearly everything that is over has succeeded, so there is no index for that: the newest rows are looked through, so many
 * times as many as are to be counted. Where most of these have failed there may be more that succeeded than are counted.
 */
const walkOfSucceeded = 10

export async function counts(db: SqlDatabase, { held }: LaneIndex, limit: number): Promise<StateCounts> {
  const [jobs, finished] = [db.table('jobs'), db.table('finished_jobs')]
  const first = (rows: string, order: string) =>
    `(select count(*) from (select 1 as one from ${rows} order by ${order} limit $1) part)`
  const claimable = 'worker is null'
  const over = (state: 'failed' | 'cancelled' | 'expired') =>
    first(`${finished} where state = ${codeOf(state)} and state <> ${codeOf('succeeded')}`, 'id desc')
  const newest = `(select state from ${finished} order by id desc limit ${walkOfSucceeded} * $1) newest`
  const statement = `select ${first(`${jobs} where stage = ${codeOf('blocked')}`, 'id')} as blocked,
       ${first(`${jobs} where stage = ${codeOf('scheduled')}`, 'run_at')} as scheduled,
       ${first(`${jobs} where ${fresh} and ${claimable}`, 'lane, priority, run_at, id')} as fresh,
       ${first(`${jobs} where ${suspect} and ${claimable}`, 'lane, priority, run_at, id')} as suspect,
       ${first(`${jobs} where stage = ${aside}`, 'lane, job')} as aside,
       ${over('failed')} as failed, ${over('cancelled')} as cancelled, ${over('expired')} as expired,
       (select count(*) from (select 1 as one from ${newest} where state = ${codeOf('succeeded')} limit $1) part) as succeeded`
  const [row] = await db.walk((read) => read(statement, [limit]))
  const running = await runningOf(held, limit)
  const of = (name: string): number => Number(row?.[name])
  return {
    blocked: of('blocked'),
    scheduled: of('scheduled'),
    ready: Math.min(limit, of('fresh') + of('suspect') + of('aside')),
    running: Math.min(limit, running),
    succeeded: of('succeeded'),
    failed: of('failed'),
    cancelled: of('cancelled'),
    expired: of('expired'),
  }
}

/** Rows of each lane and priority in which running ones are looked for first. */
const firstLook = 1_000

/** Where hardly any of the first rows run, none of those behind do: only lanes with many are looked at up to the limit. */
async function runningOf(held: LaneIndex['held'], limit: number): Promise<number> {
  const few = Math.min(limit, firstLook)
  const byLane = Map.groupBy(await held(null, few), ({ lane }) => lane)
  let running = 0
  for (const [lane, workers] of byLane) {
    const seen = sumOf(workers)
    running += few < limit && seen > few / 2 ? sumOf(await held(lane, limit)) : seen
  }
  return running
}

const sumOf = (workers: readonly { readonly jobs: number }[]): number =>
  workers.reduce((sum, { jobs }) => sum + jobs, 0)

/** Those that lapsed often come after all others: a worker takes them alone. */
export async function next(db: SqlDatabase, index: LaneIndex, lane: string | null): Promise<JobRecord | null> {
  return (await firstOf(db, index, fresh, lane)) ?? (await firstOf(db, index, suspect, lane))
}

/** The first of each lane, and of these the first. @param rows as the claim index has them */
async function firstOf(
  db: SqlDatabase,
  { condition }: LaneIndex,
  rows: string,
  lane: string | null,
): Promise<JobRecord | null> {
  const jobs = db.table('jobs')
  const lanes = lane === null ? lanesWith(jobs, `${rows} and ${condition}`) : 'select cast($2 as text)'
  const order = 'order by priority, run_at, id limit 1'
  const [row] = await db.read(
    `with recursive seen(lane) as (${lanes}),
       heads(id) as (
         select (select j.id from ${jobs} j
           where ${rows} and worker is null and j.lane = seen.lane and (expires_at is null or expires_at > ${db.now(1)}) ${order})
         from seen where seen.lane is not null
           and not exists (select 1 from ${db.table('lanes')} paused where paused.name = seen.lane and paused_at is not null))
     select ${liveColumns} from ${jobs} where id in (select heads.id from heads) ${order}`,
    lane === null ? [db.clock()] : [db.clock(), lane],
  )
  return row === undefined ? null : jobRecord(row)
}
