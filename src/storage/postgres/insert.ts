import type { InsertResult, NewJob } from '../contract.ts'
import { codeOf, flagsOf } from '../sql/codes.ts'
import type { SqlDatabase } from '../sql/database.ts'
import { insertLinked, isLinked } from '../sql/edges.ts'
import { untilNotVictim } from './pool.ts'
import { type Database, nowMs, type Session } from './session.ts'

/**
 * One statement for plain jobs; a transaction where keys have to be taken, jobs are linked, or an earlier call may have been
 * committed.
 */
export function insert(
  database: Database,
  db: SqlDatabase,
  jobs: readonly NewJob[],
  retry: boolean,
): Promise<InsertResult[]> {
  const keyed = jobs.some((job) => job.idempotency !== null)
  if (jobs.some(isLinked)) {
    return database.transaction((session) =>
      insertLinked(db, session.run, jobs, retry, (whole) => insertKeyed(session, whole, retry)),
    )
  }
  if (keyed) return database.transaction((session) => insertKeyed(session, jobs, retry))
  const plain = async (session: Session) => {
    const created = await insertJobs(session, jobs, retry)
    return jobs.map((job) => inserted(job, created.has(job.id) || retry))
  }
  return retry ? database.transaction(plain) : untilNotVictim(() => plain(database))
}

async function insertKeyed(session: Session, jobs: readonly NewJob[], retry: boolean): Promise<InsertResult[]> {
  const firsts = firstOfEachKey(jobs)
  const repeated = firsts.length > 0 ? repeatedKeys(jobs, await takeKeys(session, firsts)) : new Map()
  const fresh = jobs.filter((job) => !repeated.has(job.id))
  const created = fresh.length > 0 ? await insertJobs(session, fresh, retry) : new Set()
  return jobs.map((job) => repeated.get(job.id) ?? inserted(job, created.has(job.id) || retry))
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

/**
 * Takes the idempotency keys of a batch in which each key stands once. Gives, for the jobs whose key belongs to an
 * earlier one, what that means for the call.
 */
async function takeKeys({ run, schema, now }: Session, jobs: readonly NewJob[]): Promise<Map<string, InsertResult>> {
  // In one order in all processes, so that two batches with the same keys wait for each other instead of deadlocking.
  const keyed = jobs
    .flatMap((job) => (job.idempotency ? [{ ...job.idempotency, id: job.id, scope: `idempotency:${job.job}` }] : []))
    .sort((a, b) => (a.scope + a.key < b.scope + b.key ? -1 : 1))
  const scopes = keyed.map((own) => own.scope)
  const keys = keyed.map((own) => own.key)
  await run(
    `insert into ${schema}.keys as k (scope, key, job_id, body_hash, expires_at)
     select scope, key, job_id, body_hash, ${nowMs(1)} + keep
     from unnest($2::text[], $3::text[], $4::uuid[], $5::text[], $6::bigint[]) as n (scope, key, job_id, body_hash, keep)
     on conflict (scope, key) do update set
       job_id = excluded.job_id, body_hash = excluded.body_hash, expires_at = excluded.expires_at
     where k.expires_at <= ${nowMs(1)}`,
    [now(), scopes, keys, keyed.map((own) => own.id), keyed.map((own) => own.hash), keyed.map((own) => own.keep)],
  )
  const owners = await run(
    `select scope, key, job_id, body_hash from ${schema}.keys k
     where (scope, key) in (select * from unnest($1::text[], $2::text[]))`,
    [scopes, keys],
  )
  const ownerOf = new Map(owners.map((row) => [`${row.scope}\0${row.key}`, row]))
  const taken = new Map<string, InsertResult>()
  for (const own of keyed) {
    const owner = ownerOf.get(`${own.scope}\0${own.key}`)
    if (owner === undefined || owner.job_id === own.id) continue
    taken.set(own.id, { id: String(owner.job_id), status: owner.body_hash === own.hash ? 'duplicate' : 'conflict' })
  }
  return taken
}

const keyOf = (job: NewJob): string => `${job.job}\0${job.idempotency?.key}`

/** A statement may meet each key once, so equal ones are resolved before: the first of them stands for all. */
function firstOfEachKey(jobs: readonly NewJob[]): NewJob[] {
  const first = new Map<string, NewJob>()
  for (const job of jobs) if (job.idempotency && !first.has(keyOf(job))) first.set(keyOf(job), job)
  return [...first.values()]
}

function repeatedKeys(jobs: readonly NewJob[], taken: ReadonlyMap<string, InsertResult>): Map<string, InsertResult> {
  const all = new Map(taken)
  const first = new Map(firstOfEachKey(jobs).map((job) => [keyOf(job), job]))
  for (const job of jobs) {
    const other = job.idempotency ? first.get(keyOf(job)) : undefined
    if (other === undefined || other === job) continue
    const owner = taken.get(other.id)?.id ?? other.id
    const same = other.idempotency?.hash === job.idempotency?.hash && taken.get(other.id)?.status !== 'conflict'
    all.set(job.id, { id: owner, status: same ? 'duplicate' : 'conflict' })
  }
  return all
}
