/**
 * What targets report that answer later: one row for a job, of its newest start that waits for a report. The job itself is scheduled for the end
 * of the wait; a report puts it to now, and the worker that claims it finds the report here.
 */
import type { AwaitedReport, Reported } from '../contract.ts'
import { codeOf } from './codes.ts'
import type { Query, Row, SqlDatabase } from './database.ts'

/** Milliseconds that a row is kept behind the end of the wait: for a worker that comes late. */
const keptBehind = 7 * 86_400_000

const columns = 'cast(job_id as text) as job, fence, attempt, until, outcome'

const recordOf = (row: Row): AwaitedReport => ({
  job: String(row.job),
  fence: Number(row.fence),
  attempt: Number(row.attempt),
  until: row.until === null ? null : Number(row.until),
  outcome: row.outcome === null ? null : String(row.outcome),
})

export interface Wait extends Pick<AwaitedReport, 'job' | 'fence' | 'attempt'> {
  /** Milliseconds. */
  readonly within: number
}

/** A report that came before stays. Null where a later start of the job waits already. */
export function awaitReport(db: SqlDatabase, wait: Wait): Promise<AwaitedReport | null> {
  return db.transaction(async (query) => {
    // It has been started in time; that its target takes long is another matter. Before the row of the wait, in the order of `report`.
    await query(
      `update ${db.table('jobs')} set expires_at = null where id = $1 and fence = $2 and expires_at is not null`,
      [wait.job, wait.fence],
    )
    return keepWait(db, query, wait)
  })
}

async function keepWait(
  db: SqlDatabase,
  query: Query,
  { job, fence, attempt, within }: Wait,
): Promise<AwaitedReport | null> {
  const [row] = await query(
    `insert into ${db.table('reports')} as r (job_id, fence, attempt, until, outcome, expires_at)
     values ($2, $3, $4, ${db.now(1)} + cast($5 as bigint), null, ${db.now(1)} + cast($6 as bigint))
     on conflict (job_id) do update set fence = excluded.fence, attempt = excluded.attempt, until = excluded.until,
       expires_at = excluded.expires_at, outcome = case when r.fence = excluded.fence then r.outcome end
     where r.fence <= excluded.fence
     returning ${columns}`,
    [db.clock(), job, fence, attempt, within, within + keptBehind],
  )
  return row === undefined ? null : recordOf(row)
}

export async function awaited(db: SqlDatabase, job: string): Promise<AwaitedReport | null> {
  const [row] = await db.read(`select ${columns} from ${db.table('reports')} where job_id = $1`, [job])
  return row === undefined ? null : recordOf(row)
}

/** The first report of a start counts. */
export function report(
  db: SqlDatabase,
  { job, fence, outcome }: { readonly job: string; readonly fence: number; readonly outcome: string },
): Promise<Reported> {
  return db.transaction(async (query) => {
    const [live] = await query(
      `select fence, attempt, worker, stage from ${db.table('jobs')} where id = $1${db.lock.wait}`,
      [job],
    )
    const [row] = await query(`select ${columns} from ${db.table('reports')} where job_id = $1${db.lock.wait}`, [job])
    const known = row === undefined ? null : recordOf(row)
    const repeated = known?.fence === fence && known.outcome !== null
    if (live === undefined || Number(live.fence) !== fence || (known !== null && known.fence > fence))
      return { status: repeated ? 'repeated' : 'gone', held: false }
    const held = live.worker !== null
    const waits = known?.fence === fence && known.until !== null
    if (!held && !waits) return { status: repeated ? 'repeated' : 'gone', held: false }
    const until = repeated ? known.until : await keep(db, query, { job, fence, attempt: Number(live.attempt), outcome })
    if (!held) await wake(db, query, job)
    // Who has not said yet that it waits finds the report when it does.
    return { status: repeated ? 'repeated' : 'taken', held: held && until !== null }
  })
}

async function keep(
  db: SqlDatabase,
  query: Query,
  { job, fence, attempt, outcome }: Omit<AwaitedReport, 'until'>,
): Promise<number | null> {
  const [row] = await query(
    `insert into ${db.table('reports')} as r (job_id, fence, attempt, until, outcome, expires_at)
     values ($2, $3, $4, null, $5, ${db.now(1)} + ${keptBehind})
     on conflict (job_id) do update set outcome = excluded.outcome,
       attempt = case when r.fence = excluded.fence then r.attempt else excluded.attempt end,
       until = case when r.fence = excluded.fence then r.until end, fence = excluded.fence
     returning until`,
    [db.clock(), job, fence, attempt, outcome],
  )
  return row?.until == null ? null : Number(row.until)
}

const wake = (db: SqlDatabase, query: Query, job: string) =>
  query(
    `update ${db.table('jobs')} set run_at = ${db.now(1)}, stage = ${codeOf('ready')}
     where id = $2 and worker is null and stage = ${codeOf('scheduled')}`,
    [db.clock(), job],
  )

/** Somebody wants these jobs to start anew: whatever is still reported of an earlier start does not count. */
export async function forgetReports(db: SqlDatabase, query: Query, jobs: readonly string[]): Promise<void> {
  await query(`delete from ${db.table('reports')} where ${db.anyOf('job_id', 1)}`, [jobs])
}

/** Tells whether there is more. */
export async function purgeReports(db: SqlDatabase, limit: number): Promise<boolean> {
  const over = `from ${db.table('reports')} where expires_at <= ${db.now(1)}`
  const found = await db.read(`select cast(job_id as text) as job ${over} limit $2`, [db.clock(), limit])
  if (found.length === 0) return false
  await db.write(`delete ${over} and ${db.anyOf('job_id', 2)}`, [db.clock(), found.map(({ job }) => String(job))])
  return found.length === limit
}
