/**
 * Keys of jobs: within its scope a key belongs to one job, also after that is over. A batch locks its keys, always in the
 * same order, then the jobs that have them, and does with a handful of statements what its jobs would do one by one.
 */
import type { State } from '../../job/states.ts'
import type { InsertResult, NewJob } from '../contract.ts'
import { aside, codeOf, flagsOf, hasChildren, liveState, stateOf } from './codes.ts'
import type { Query, SqlDatabase } from './database.ts'
import { storedBefore } from './hold.ts'
import {
  type Found,
  type KeyRow,
  keysOf,
  lookAgain,
  nameOf,
  type Plan,
  planInserts,
  type Rewrite,
  uniqueOf,
} from './key-plan.ts'
import { relabelled } from './labels.ts'
import { forgetReports } from './reports.ts'

export const hasKey = ({ idempotency, unique }: NewJob): boolean => idempotency !== null || unique !== null

/**
 * Inserts a batch in which some have keys, within a transaction.
 *
 * @param store inserts the jobs that are new
 */
export async function insertKeyed(
  db: SqlDatabase,
  query: Query,
  jobs: readonly NewJob[],
  retry: boolean,
  store: (jobs: readonly NewJob[]) => Promise<readonly InsertResult[]>,
): Promise<InsertResult[]> {
  const { now, keys } = await takeKeys(db, query, jobs)
  // By a statement of its own: the one before may have waited for the earlier try.
  const stored = retry ? await storedBefore(db, query, jobs) : new Set<string>()
  const states = await statesOfOwners(db, query, jobs, { keys, stored })
  const plan = planInserts(jobs, { now, keys, states, stored, retry })
  await writePlan(db, query, plan)
  const inserted = plan.inserts.length > 0 ? await store(plan.inserts) : []
  const created = new Map(inserted.map((result) => [result.id, result]))
  return plan.results.map((result) => (result.status === 'created' ? (created.get(result.id) ?? result) : result))
}

/**
 * Locks the keys. Those that nobody has go to the first job that asks for them: mostly it stays so. The columns that come
 * back have one-word names, because a library may rename those of a caller's transaction.
 */
async function takeKeys(
  db: SqlDatabase,
  query: Query,
  jobs: readonly NewJob[],
): Promise<{ now: number; keys: Map<string, KeyRow> }> {
  const wanted = new Map<string, object>()
  for (const job of jobs)
    for (const key of keysOf(job)) {
      const look = Math.max(key.keep, lookAgain)
      if (!wanted.has(nameOf(key))) wanted.set(nameOf(key), { ...key, id: job.id, look })
    }
  // In one order in all processes, so that two batches with the same keys wait for each other instead of deadlocking.
  const rows = await query(
    `insert into ${db.table('keys')} as k (scope, key, job_id, call_id, body_hash, expires_at, look_at)
     select scope, key, id, id, hash, ${db.now(1)} + keep, ${db.now(1)} + look
     from ${db.records(2, 'n', { scope: 'text', key: 'text', id: 'uuid', hash: 'text', keep: 'bigint', look: 'bigint' })}
     where true order by scope, key
     on conflict (scope, key) do update set look_at = k.look_at
     returning scope, key, job_id as job, call_id as call, body_hash as hash, expires_at as expires, look_at as look,
       ${db.now(1)} as now`,
    [db.clock(), JSON.stringify([...wanted.values()])],
  )
  const keys = rows.map((row) => ({
    scope: String(row.scope),
    key: String(row.key),
    jobId: String(row.job),
    callId: String(row.call),
    hash: String(row.hash),
    expiresAt: Number(row.expires),
    lookAt: Number(row.look),
  }))
  return { now: Number(rows[0]?.now), keys: new Map(keys.map((row) => [nameOf(row), row])) }
}

/**
 * The states of the jobs that have the unique keys. One that waits and may be changed is locked: nobody claims or ends it until the
 * transaction ends.
 */
async function statesOfOwners(
  db: SqlDatabase,
  query: Query,
  jobs: readonly NewJob[],
  { keys, stored }: Pick<Found, 'keys' | 'stored'>,
): Promise<Map<string, State>> {
  const fresh = new Set(jobs.map(({ id }) => id).filter((id) => !stored.has(id)))
  const owners = new Set<string>()
  const changing = new Set<string>()
  for (const job of jobs) {
    const key = uniqueOf(job)
    const owner = key && keys.get(nameOf(key))?.jobId
    if (!owner || fresh.has(owner)) continue
    owners.add(owner)
    if (job.unique?.onConflict !== 'keep') changing.add(owner)
  }
  const states = new Map<string, State>()
  const look = async (ids: readonly string[], which: string, lock: string) => {
    if (ids.length === 0) return []
    // One that waits and has expired is never started, so it does not count, whether somebody has said so or not.
    const rows = await query(
      `select id, ${liveState} as state from ${db.table('jobs')} where ${db.anyOf('id', 2)} and ${which}
         and (worker is not null or expires_at is null or expires_at > ${db.now(1)}) order by id${lock}`,
      [db.clock(), ids],
    )
    return rows.map((row) => ({ id: String(row.id), state: stateOf(row.state) }))
  }
  // A job that runs is left alone: whoever ends it need not wait for us. When it went back to wait meanwhile we look again.
  for (let open = [...changing]; open.length > 0; ) {
    for (const { id, state } of await look(open, 'worker is null', db.lock.wait)) states.set(id, state)
    const others = await look(
      open.filter((id) => !states.has(id)),
      'true',
      '',
    )
    for (const { id, state } of others) if (state === 'running') states.set(id, state)
    open = others.flatMap(({ id, state }) => (state === 'running' ? [] : [id]))
  }
  const kept = [...owners].filter((id) => !changing.has(id))
  for (const { id, state } of await look(kept, 'true', '')) states.set(id, state)
  return states
}

async function writePlan(db: SqlDatabase, query: Query, { writtenKeys, unusedKeys, rewrites }: Plan): Promise<void> {
  if (writtenKeys.length > 0) await writeKeys(db, query, writtenKeys)
  if (unusedKeys.length > 0) await removeKeys(db, query, unusedKeys)
  const replaced = rewrites.filter(({ as }) => as !== null)
  const moved = rewrites.filter(({ as }) => as === null)
  if (rewrites.length > 0)
    await forgetReports(
      db,
      query,
      rewrites.map(({ id }) => id),
    )
  if (replaced.length > 0) await replace(db, query, replaced)
  if (moved.length > 0) await move(db, query, moved)
}

async function writeKeys(db: SqlDatabase, query: Query, keys: readonly KeyRow[]): Promise<void> {
  const columns = {
    scope: 'text',
    key: 'text',
    jobId: 'uuid',
    callId: 'uuid',
    hash: 'text',
    expiresAt: 'bigint',
  } as const
  await query(
    `update ${db.table('keys')} as k set job_id = n."jobId", call_id = n."callId", body_hash = n.hash,
       expires_at = n."expiresAt", look_at = n."lookAt"
     from ${db.records(1, 'n', { ...columns, lookAt: 'bigint' })} where k.scope = n.scope and k.key = n.key`,
    [JSON.stringify(keys)],
  )
}

export async function removeKeys(
  db: SqlDatabase,
  query: Query,
  keys: readonly Pick<KeyRow, 'scope' | 'key'>[],
): Promise<void> {
  await query(
    `delete from ${db.table('keys')}
     where (scope, key) in (select scope, key from ${db.records(1, 'n', { scope: 'text', key: 'text' })})`,
    [JSON.stringify(keys.map(({ scope, key }) => ({ scope, key })))],
  )
}

const dueColumns = { id: 'uuid', run_at: 'bigint' } as const

/** A blocked job stays blocked; one that was set aside is looked at anew. */
const stage = (db: SqlDatabase): string => `case when j.stage = ${codeOf('blocked')} then j.stage
    when n.run_at > ${db.now(1)} then ${codeOf('scheduled')}
    when n.run_at is not null or j.stage = ${aside} then ${codeOf('ready')} else j.stage end`

/** Like a job that comes anew, but for its id, its age, and what tells its starts apart. */
async function replace(db: SqlDatabase, query: Query, rewrites: readonly Rewrite[]): Promise<void> {
  const rows = rewrites.map(({ id, as, runAt }) => ({ ...columnsOf(as as NewJob), id, run_at: runAt }))
  const own = {
    lane: 'text',
    priority: 'integer',
    max_attempts: 'integer',
    timeout: 'bigint',
    keep_succeeded: 'bigint',
    keep_failed: 'bigint',
    flags: 'integer',
    expires_at: 'bigint',
    expires_in: 'bigint',
    input: 'json',
    metadata: 'jsonb',
  } as const
  const statement = `update ${db.table('jobs')} as j set lane = n.lane, priority = n.priority, max_attempts = n.max_attempts,
       timeout = n.timeout, keep_succeeded = n.keep_succeeded, keep_failed = n.keep_failed, flags = n.flags | (j.flags & ${hasChildren}),
       expires_at = coalesce(n.expires_at, ${db.now(1)} + n.expires_in), input = n.input, metadata = n.metadata,
       attempt = 0, lapses = 0, progress = null, run_at = coalesce(n.run_at, j.run_at), stage = ${stage(db)}
     from ${db.records(2, 'n', { ...dueColumns, ...own })} where j.id = n.id and j.worker is null`
  const ids = rows.map(({ id }) => id)
  await relabelled(db, query, ids, () => query(statement, [db.clock(), JSON.stringify(rows)]))
}

const columnsOf = (job: NewJob) => ({
  lane: job.lane,
  priority: job.priority,
  max_attempts: job.maxAttempts,
  timeout: job.timeout,
  keep_succeeded: job.keepSucceeded,
  keep_failed: job.keepFailed,
  flags: flagsOf(job),
  expires_at: job.expiresAt,
  expires_in: job.expiresIn,
  input: job.input,
  metadata: job.metadata && JSON.stringify(job.metadata),
})

async function move(db: SqlDatabase, query: Query, rewrites: readonly Rewrite[]): Promise<void> {
  await query(
    `update ${db.table('jobs')} as j set run_at = n.run_at, stage = ${stage(db)}
     from ${db.records(2, 'n', dueColumns)} where j.id = n.id and j.worker is null`,
    [db.clock(), JSON.stringify(rewrites.map(({ id, runAt }) => ({ id, run_at: runAt })))],
  )
}
