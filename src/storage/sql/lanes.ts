/**
 * Lanes as people see them. A row in `lanes` is one that somebody paused at some time; the others are known by their jobs.
 * What waits is counted along the claim index, from the head of each lane and priority, and never beyond a limit.
 */
import { priorities } from '../../job/priority.ts'
import { suspectAfter } from '../../job/states.ts'
import type { AuditBy, JobRecord, LaneRecord, Pause, Signal, Standing } from '../contract.ts'
import { auditChange } from './audit.ts'
import { aside, codeOf } from './codes.ts'
import type { Query, Row, SqlDatabase } from './database.ts'

/** How each database finds its way in its claim indexes. */
export interface LaneIndex {
  /** What their condition says of running rows: `worker is null` where these are not among them. */
  readonly condition: string
  /** How many jobs workers have in their hands, by lane: of one lane, or (null) of all. */
  held(
    lane: string | null,
    limit: number,
  ): Promise<readonly { readonly lane: string; readonly worker: string; readonly jobs: number }[]>
}

const ready = `stage = ${codeOf('ready')}`
export const fresh = `${ready} and lapses < ${suspectAfter}`
export const suspect = `${ready} and lapses >= ${suspectAfter}`
export const ranks = `(values ${priorities.map((_, rank) => `(${rank})`).join(', ')}) rank`

export function pauseLane(db: SqlDatabase, lane: string, reason: string | null, by?: AuditBy): Promise<boolean> {
  if (by === undefined) return pause(db, db.write, lane, reason)
  return db.transaction(async (query) => {
    const before = await pausedBefore(db, query, lane, reason !== null)
    if (before === reason) return false // also where somebody makes its first row meanwhile
    const changed = await pause(db, query, lane, reason)
    if (changed) await auditChange(db, query, by, `lane:${lane}`, { paused: before }, { paused: reason })
    return changed
  })
}

/** Why it is paused, held until the transaction ends. To hold a lane that has no row takes one. */
async function pausedBefore(db: SqlDatabase, query: Query, lane: string, make: boolean): Promise<string | null> {
  if (make) await query(`insert into ${db.table('lanes')} (name) values ($1) on conflict (name) do nothing`, [lane])
  const [row] = await query(`select paused_at, reason from ${db.table('lanes')} where name = $1${db.lock.wait}`, [lane])
  return row === undefined || row.paused_at === null ? null : String(row.reason)
}

async function pause(db: SqlDatabase, query: Query, lane: string, reason: string | null): Promise<boolean> {
  const rows =
    reason === null
      ? await query(
          `update ${db.table('lanes')} set paused_at = null, reason = null
           where name = $1 and paused_at is not null returning name`,
          [lane],
        )
      : await query(
          `insert into ${db.table('lanes')} as l (name, paused_at, reason) values ($2, ${db.now(1)}, $3)
           on conflict (name) do update set
             paused_at = coalesce(l.paused_at, excluded.paused_at), reason = excluded.reason
           where l.paused_at is null or l.reason <> excluded.reason
           returning name`,
          [db.clock(), lane, reason],
        )
  return rows.length > 0
}

/** Part of the statement of `signals`. */
export const pausedLanes = (db: SqlDatabase): string =>
  `select 'pause' as kind, name as about, 0 as fence, '' as reason from ${db.table('lanes')} where paused_at is not null`

export const pauseSignal = (row: Row): Signal => ({ kind: 'pause', lane: String(row.about) })

type Counts = { -readonly [K in keyof LaneRecord]: LaneRecord[K] }

export async function lanes(db: SqlDatabase, index: LaneIndex, limit: number): Promise<LaneRecord[]> {
  const found = new Map<string, Counts>()
  const at = (name: string): Counts => {
    const lane = found.get(name) ?? { name, paused: null, waiting: 0, scheduled: 0, running: 0, oldestDueAt: null }
    found.set(name, lane)
    return lane
  }
  for (const row of await db.read(
    `select name, paused_at, reason from ${db.table('lanes')} where paused_at is not null`,
  ))
    at(String(row.name)).paused = pauseOf(row)
  for (const row of await waitingByLane(db, index, limit)) {
    const lane = at(String(row.lane))
    lane.waiting = Math.min(limit, lane.waiting + Number(row.waiting))
    if (row.oldest !== null) lane.oldestDueAt = Math.min(lane.oldestDueAt ?? Number(row.oldest), Number(row.oldest))
  }
  for (const row of await nextByLane(db, limit)) at(String(row.lane)).scheduled = Number(row.jobs)
  for (const { lane, jobs } of await index.held(null, limit))
    at(lane).running = Math.min(limit, at(lane).running + jobs)
  return [...found.values()]
    .filter(({ paused, waiting, scheduled, running }) => paused !== null || waiting + scheduled + running > 0)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * The lanes with rows of a kind, hopping from one to the next in an index that begins with the lane. `rows` is what the
 * condition of the index says and no more: a planner that takes the rows for few would read all and sort them.
 */
export const lanesWith = (jobs: string, rows: string): string =>
  `select (select lane from ${jobs} where ${rows} order by lane limit 1)
   union all
   select (select j.lane from ${jobs} j where ${rows} and j.lane > seen.lane order by j.lane limit 1)
   from seen where seen.lane is not null`

/** A row for each lane and priority, and for each lane with jobs out of the usual order. */
async function waitingByLane(db: SqlDatabase, { condition }: LaneIndex, limit: number): Promise<Row[]> {
  const jobs = db.table('jobs')
  const of = (rows: string, ranked: string, order: string, oldest: string) => {
    const own = `from ${jobs} where ${rows} and worker is null and lane = seen.lane ${ranked} order by ${order}`
    return db.read(
      `with recursive seen(lane) as (${lanesWith(jobs, rows)})
       select seen.lane, (select count(*) from (select 1 as one ${own} limit $1) part) as waiting,
         (select min(run_at) from (select run_at ${own} limit ${oldest}) part) as oldest
       from seen ${ranked === '' ? '' : `cross join ${ranks}`} where seen.lane is not null`,
      [limit],
    )
  }
  return [
    ...(await of(`${fresh} and ${condition}`, 'and priority = rank.column1', 'run_at, id', '1')),
    ...(await of(`${suspect} and ${condition}`, '', 'priority, run_at, id', '$1')),
    ...(await of(`stage = ${aside}`, '', 'job', '$1')),
  ]
}

/** Scheduled jobs are indexed by their time alone, so these are among the next ones of all lanes. */
const nextByLane = (db: SqlDatabase, limit: number): Promise<readonly Row[]> =>
  db.read(
    `select lane, count(*) as jobs from (
       select lane from ${db.table('jobs')} where stage = ${codeOf('scheduled')} order by run_at limit $1) due
     group by lane`,
    [limit],
  )

export async function standing(
  db: SqlDatabase,
  index: LaneIndex,
  { id, lane, priority, dueAt }: Pick<JobRecord, 'id' | 'lane' | 'priority' | 'dueAt'>,
  limit: number,
): Promise<Standing> {
  const [present] = await db.read(`select ${db.now(1)} as now`, [db.clock()])
  const [pause] = await db.read(
    `select paused_at, reason from ${db.table('lanes')} where name = $1 and paused_at is not null`,
    [lane],
  )
  const [before] = await db.read(
    `select count(*) as jobs from (
       select 1 as one from ${db.table('jobs')}
       where ${fresh} and worker is null and lane = $1 and (priority, run_at, id) < ($2, $3, $4)
       order by priority, run_at, id limit $5) ahead`,
    [lane, priority, dueAt, id, limit],
  )
  return {
    now: Number(present?.now),
    paused: pause === undefined ? null : pauseOf(pause),
    ahead: Number(before?.jobs),
    held: (await index.held(lane, limit)).map(({ worker, jobs }) => ({ worker, jobs })),
  }
}

const pauseOf = (row: Row): Pause => ({ reason: String(row.reason), since: Number(row.paused_at) })
