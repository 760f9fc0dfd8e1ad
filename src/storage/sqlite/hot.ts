/**
 * The statements every job passes through: insert, claim, apply, promote. Synchronous: each runs inside one write turn
 * of the connection.
 */
import type { Metadata } from '../../job/options.ts'
import { type Change, isFinalChange, leavesRecord, suspectAfter } from '../../job/states.ts'
import type { ClaimedJob, ClaimRequest, InsertResult, NewJob, Note } from '../contract.ts'
import { codeOf, codeOfLevel, flagsOf, hasChildren, hasChildrenOf, keepTombstones } from '../sql/codes.ts'
import type { Query } from '../sql/database.ts'
import { nextExpiry } from '../sql/expire.ts'
import { type EndedRow, endedRow } from '../sql/history.ts'
import { byClaimOrder, claimedColumns, claimedJob, keptColumns } from '../sql/records.ts'
import { nextFire } from '../sql/schedules.ts'
import type { SqliteConnection } from './connection.ts'

const insertJob = `insert into jobs (id, job, lane, priority, run_at, created_at, max_attempts, timeout,
    keep_succeeded, keep_failed, flags, expires_at, input, metadata, stage, flow, schedule, missed)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) on conflict (id) do nothing`

const isOver = 'select 1 as found from finished_jobs where id = $1 union all select 1 from tombstones where id = $1'

/** Jobs whose keys, if they have any, are taken. */
export function insert(db: SqliteConnection, now: number, jobs: readonly NewJob[], retry: boolean): InsertResult[] {
  const statement = db.statement(insertJob)
  return jobs.map((job) => {
    if (retry && db.all(isOver, [job.id]).length > 0) {
      return { id: job.id, status: 'created' }
    }
    const { changes } = statement.run(...rowOf(job, now))
    if (job.metadata !== null && Number(changes) === 1)
      for (const label of labelsOfJob(job.id, job.metadata)) db.statement(insertLabel).run(...label)
    return { id: job.id, status: Number(changes) === 1 || retry ? 'created' : 'duplicate' }
  })
}

const insertLabel = 'insert into labels (name, value, job_id) values ($1, $2, $3) on conflict do nothing'

/** As `labelsOf` reads them from the metadata, to remove them. */
const labelsOfJob = (id: string, metadata: Metadata): [name: string, value: string | number, id: string][] =>
  Object.entries(metadata).map(([name, value]) => [name, typeof value === 'boolean' ? String(value) : value, id])

function rowOf(job: NewJob, now: number): (string | number | null)[] {
  const runAt = job.at ?? now + job.delay
  return [
    job.id,
    job.job,
    job.lane,
    job.priority,
    runAt,
    now,
    job.maxAttempts,
    job.timeout,
    job.keepSucceeded,
    job.keepFailed,
    flagsOf(job),
    job.expiresAt ?? (job.expiresIn === null ? null : now + job.expiresIn),
    job.input,
    job.metadata && JSON.stringify(job.metadata),
    codeOf(job.parents.length > 0 ? 'blocked' : runAt > now ? 'scheduled' : 'ready'),
    job.flow?.id ?? null,
    job.schedule?.id ?? null,
    job.schedule?.missed ?? null,
  ]
}

/** The same on a connection of somebody else's. */
export async function insertWith(query: Query, now: number, jobs: readonly NewJob[]): Promise<InsertResult[]> {
  const results: InsertResult[] = []
  for (const job of jobs) {
    const rows = await query(`${insertJob} returning id`, rowOf(job, now))
    for (const label of rows.length === 1 ? labelsOfJob(job.id, job.metadata ?? {}) : [])
      await query(insertLabel, label)
    results.push({ id: job.id, status: rows.length === 1 ? 'created' : 'duplicate' })
  }
  return results
}

const claimJobs = (
  lapses: string,
) => `update jobs set worker = $1, claimed_at = $2, fence = fence + 1, attempt = attempt + 1
  where rowid in (
    select rowid from jobs
    where stage = ${codeOf('ready')} and worker is null and lapses ${lapses} ${suspectAfter} and lane = $3 and job in (select value from json_each($4))
      and (expires_at is null or expires_at > $2)
    order by priority, run_at, id limit $5)
  returning ${claimedColumns}`

const claimFresh = claimJobs('<')
const claimSuspect = claimJobs('>=')

export function claim(db: SqliteConnection, now: number, request: ClaimRequest): ClaimedJob[] {
  const alive = db.all(
    `select (select json_group_array(name) from lanes where paused_at is not null) as paused
     from workers where id = $1 and dead = 0 and draining = 0 and lease_until > $2`,
    [request.worker, now],
  )
  if (alive.length === 0) return []
  const paused: readonly string[] = JSON.parse(String(alive[0]?.paused))
  const claimed: ClaimedJob[] = []
  for (const lane of request.lanes) {
    if (request.suspect && claimed.length > 0) break
    if (paused.includes(lane.name)) continue
    const statement = request.suspect ? claimSuspect : claimFresh
    const limit = request.suspect ? 1 : lane.limit
    const rows = db.all(statement, [request.worker, now, lane.name, request.jobs, limit]).map(claimedJob)
    claimed.push(...rows)
  }
  return claimed.sort(byClaimOrder)
}

const guard = 'id = $1 and fence = $2 and worker = $3'

/** `$1`: `[[id, fence, state, reason, output, error], …]`. One statement for all is a third faster than one for each. */
const moveToHistory = `insert into finished_jobs (${keptColumns}, state, reason, output, error, finished_at, keep_until)
  select ${keptColumns.replace('id', 'jobs.id')}, c.value ->> 2, c.value ->> 3, c.value ->> 4, c.value ->> 5, $3,
    $3 + case c.value ->> 2 when ${codeOf('succeeded')} then coalesce(nullif(keep_succeeded, 0), keep_failed) else keep_failed end
  from json_each($1) c cross join jobs on jobs.id = c.value ->> 0 and fence = c.value ->> 1 and worker = $2
  returning id, job, attempt, state, flags`

const removeLive = 'delete from jobs where id in (select value from json_each($1))'

/** `$1`: `[[id, fence, …], …]`. What others wait for stays, and goes to the history. */
const removeForgotten = `delete from jobs where rowid in (
    select jobs.rowid from json_each($1) c cross join jobs on jobs.id = c.value ->> 0 and fence = c.value ->> 1 and worker = $2
    where flags & ${hasChildren} = 0)
  returning id`

/** Gives the ids of those of which nothing is left. */
function forget(db: SqliteConnection, now: number, worker: string, ends: readonly unknown[]): string[] {
  const gone = db.all(removeForgotten, [JSON.stringify(ends), worker]).map((row) => String(row.id))
  db.all(
    'insert into tombstones (id, expires_at) select value, $2 from json_each($1) where true on conflict do nothing',
    [gone, now + keepTombstones],
  )
  for (const table of ['attempts', 'logs'])
    db.all(`delete from ${table} where job_id in (select value from json_each($1))`, [gone])
  db.all('delete from edges where child in (select value from json_each($1))', [gone])
  return gone
}

const putBack = `update jobs set worker = null, claimed_at = null, stage = $4, run_at = case $5 when 0 then run_at else $6 end,
  attempt = $7, lapses = $8 where ${guard}`

const noteAttempt = `insert into attempts (job_id, fence, attempt, worker, started_at, ended_at, state, reason, error)
  select id, fence, attempt, worker, claimed_at, $4, $5, $6, $7 from jobs where ${guard}`

const noteProgress = `update jobs set progress = $4 where ${guard}`

const noteLine = `insert into logs (job_id, fence, seq, attempt, at, level, message, data)
  select id, fence, $4, attempt, $5, $6, $7, $8 from jobs where ${guard} on conflict (job_id, fence, seq) do nothing`

export function note(db: SqliteConnection, now: number, worker: string, notes: readonly Note[]): void {
  for (const { id, fence, progress, logs } of notes) {
    if (progress !== null) db.statement(noteProgress).run(id, fence, worker, JSON.stringify(progress))
    for (const { seq, ago, level, message, data } of logs)
      db.statement(noteLine).run(id, fence, worker, seq, now - ago, codeOfLevel(level), message, data)
  }
}

/** Gives the ids whose guard failed, and what ended with others waiting for it. */
export function apply(
  db: SqliteConnection,
  now: number,
  worker: string,
  changes: readonly Change[],
): { refused: string[]; parents: EndedRow[] } {
  const done = new Set<string>()
  const final: unknown[][] = []
  const forgotten: unknown[] = []
  let parents: EndedRow[] = []
  for (const change of changes) {
    const { id, fence, reason } = change
    const state = codeOf(change.to)
    const error = change.error && JSON.stringify(change.error)
    if (leavesRecord(change)) db.statement(noteAttempt).run(id, fence, worker, now, state, reason, error)
    if (isFinalChange(change)) {
      const end = [id, fence, state, reason, change.output, error]
      final.push(end)
      if (change.forget) forgotten.push(end)
    } else {
      const { delay, attempt, lapses } = change
      const put = db.statement(putBack).run(id, fence, worker, state, delay, now + delay, attempt, lapses)
      if (Number(put.changes) === 1) done.add(id)
    }
  }
  if (forgotten.length > 0) for (const id of forget(db, now, worker, forgotten)) done.add(id)
  const kept = forgotten.length > 0 ? final.filter(([id]) => !done.has(id as string)) : final
  if (kept.length > 0) {
    const moved = db.all(moveToHistory, [JSON.stringify(kept), worker, now])
    db.all(removeLive, [moved.map((row) => String(row.id))])
    for (const { id } of moved) done.add(String(id))
    parents = moved.filter(({ flags }) => hasChildrenOf(flags)).map(endedRow)
  }
  return { refused: changes.map((change) => change.id).filter((id) => !done.has(id)), parents }
}

export function promote(db: SqliteConnection, now: number, limit: number): number {
  const { changes } = db
    .statement(
      `update jobs set stage = ${codeOf('ready')} where rowid in (
        select rowid from jobs where stage = ${codeOf('scheduled')} and run_at <= $1 order by run_at limit $2)`,
    )
    .run(now, limit)
  return Number(changes)
}

/** When the next scheduled job is due, and when the next waiting one expires; a read, so that an idle worker writes nothing. */
export function nextDue(db: SqliteConnection): { run: number; expiry: number; fire: number } {
  const [row] = db.all(
    `select (select min(run_at) from jobs where stage = ${codeOf('scheduled')}) as run,
      (${nextExpiry('jobs')}) as expiry, (${nextFire('schedules')}) as fire`,
  )
  const of = (at: unknown) => Number(at ?? Number.POSITIVE_INFINITY)
  return { run: of(row?.run), expiry: of(row?.expiry), fire: of(row?.fire) }
}

/** Small bites, so that the write lock is held for milliseconds. Tells whether there is more to remove, and parents that are gone. */
export function purge(db: SqliteConnection, now: number, limit: number): { more: boolean; parents: string[] } {
  const old = `select rowid from finished_jobs where keep_until <= $1 limit $2`
  const gone = db.all(`delete from finished_jobs where rowid in (${old}) returning id, flags`, [now, limit])
  if (gone.length > 0) {
    const ids = gone.map((row) => String(row.id))
    for (const table of ['attempts', 'logs'])
      db.all(`delete from ${table} where job_id in (select value from json_each($1))`, [ids])
    db.all('delete from edges where child in (select value from json_each($1))', [ids])
  }
  const stones = db.all(
    'delete from tombstones where id in (select id from tombstones where expires_at <= $1 limit $2) returning 1 as gone',
    [now, limit],
  )
  const parents = gone.filter(({ flags }) => hasChildrenOf(flags)).map((row) => String(row.id))
  return { more: [gone, stones].some((rows) => rows.length === limit), parents }
}
