import type { InsertResult, NewJob } from '../contract.ts'
import { codeOf, flagsOf } from '../sql/codes.ts'
import type { Special, Store } from '../sql/insert.ts'
import { isPlain } from '../sql/insert.ts'
import { isLinked } from '../sql/link.ts'
import { payload } from './notify.ts'
import { untilNotVictim } from './pool.ts'
import { type Database, nowMs, type Session } from './session.ts'

/**
 * One statement for plain jobs; a transaction where keys have to be taken, jobs are linked, or an earlier call may have been
 * committed.
 */
export function insert(
  database: Database,
  jobs: readonly NewJob[],
  retry: boolean,
  special: Special,
): Promise<InsertResult[]> {
  if (!jobs.every(isPlain)) return database.transaction((session) => special(session.run, storeOn(session, retry)))
  if (retry) return database.transaction((session) => storeOn(session, retry)(jobs))
  return untilNotVictim(() => storeOn(database, retry)(jobs))
}

const storeOn =
  (session: Session, retry: boolean): Store =>
  async (jobs) => {
    const created = await insertJobs(session, jobs, retry)
    return jobs.map((job) => inserted(job, created.has(job.id) || retry))
  }

/**
 * In a transaction of the application, on its own connection. An error of the database has ended that transaction, and
 * whether it is tried again is for the application to say.
 *
 * @param channel where others listen; null tells nobody
 */
export async function insertWithin(
  session: Session,
  jobs: readonly NewJob[],
  special: Special,
  channel: string | null,
): Promise<InsertResult[]> {
  const store = storeOn(session, false)
  const results = await (jobs.every(isPlain) ? store(jobs) : special(session.run, store))
  // Delivered when the transaction is committed, so there is nothing to gather.
  if (channel !== null) await session.run('select pg_notify($1, $2)', [channel, payload(lanesToWake(jobs))])
  return results
}

/** Whoever promotes has to look anew when something is scheduled, maybe before what it knew of: null for all lanes. */
export function lanesToWake(jobs: readonly NewJob[]): readonly string[] | null {
  if (jobs.some((job) => job.at !== null || job.delay > 0)) return null
  return [...new Set(jobs.map((job) => job.lane))]
}

const inserted = (job: NewJob, created: boolean): InsertResult => ({
  id: job.id,
  status: created ? 'created' : 'duplicate',
})

/**
 * Stores jobs with one statement. `retry` tells that an earlier call with the same ids may have been committed: then
 * those that are over already must not run again. They are looked for by a second statement, because the first one
 * sees the moment at which it began and would miss a job that ended while it waited.
 */
async function insertJobs(
  { run, schema, now }: Session,
  jobs: readonly NewJob[],
  retry: boolean,
): Promise<Set<string>> {
  const list = <T>(pick: (job: NewJob) => T): T[] => jobs.map(pick)
  // Plain jobs travel without the columns of linked ones.
  const links = jobs.some(isLinked)
  const rows = await run(
    `insert into ${schema}.jobs (id, job, lane, priority, run_at, created_at, max_attempts, timeout, keep_succeeded,
       keep_failed, flags, expires_at, input, metadata, stage${links ? ', flow' : ''})
     select id, job, lane, priority, due, now, max_attempts, timeout, keep_succeeded, keep_failed, flags,
       coalesce(expires_at, now + expires_in), input, metadata,
       case ${links ? `when waits then ${codeOf('blocked')} ` : ''}when due > now then ${codeOf('scheduled')} else ${codeOf('ready')} end
       ${links ? ', flow' : ''}
     from (
       select n.*, now, coalesce(at, now + delay) as due
       from unnest($2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::bigint[], $7::bigint[], $8::smallint[],
         $9::bigint[], $10::bigint[], $11::bigint[], $12::int[], $13::bigint[], $14::bigint[], $15::json[], $16::jsonb[]
           ${links ? ', $17::bool[], $18::uuid[]' : ''})
         as n (id, job, lane, priority, at, delay, max_attempts, timeout, keep_succeeded, keep_failed, flags, expires_at,
           expires_in, input, metadata${links ? ', waits, flow' : ''}),
         (select ${nowMs(1)} as now) clock
     ) new
     on conflict (id) do nothing
     returning id`,
    [
      now(),
      list((job) => job.id),
      list((job) => job.job),
      list((job) => job.lane),
      list((job) => job.priority),
      list((job) => job.at),
      list((job) => job.delay),
      list((job) => job.maxAttempts),
      list((job) => job.timeout),
      list((job) => job.keepSucceeded),
      list((job) => job.keepFailed),
      list(flagsOf),
      list((job) => job.expiresAt),
      list((job) => job.expiresIn),
      list((job) => job.input),
      list((job) => job.metadata && JSON.stringify(job.metadata)),
      ...(links ? [list((job) => String(job.parents.length > 0)), list((job) => job.flow?.id ?? null)] : []),
    ],
    true,
  )
  if (retry) {
    const ids = list((job) => job.id)
    await run(
      `delete from ${schema}.jobs where id = any($1::uuid[]) and worker is null and id in
         (select id from ${schema}.finished_jobs where id = any($1::uuid[])
          union all select id from ${schema}.tombstones where id = any($1::uuid[]))`,
      [ids],
    )
  }
  return new Set(rows.map((row) => String(row.id)))
}
