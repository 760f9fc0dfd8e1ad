/** What people ask of stored jobs, and what time ends. Each runs in one transaction that holds the rows it changes. */
import { type Edit, mayEdit } from '../../job/edits.ts'
import type { FinalState, State } from '../../job/states.ts'
import type { Edited, Promotion, Signal } from '../contract.ts'
import { codeOf, liveState, stateOf } from './codes.ts'
import type { Query, SqlDatabase } from './database.ts'
import { keptColumns } from './records.ts'

export function edit(db: SqlDatabase, ids: readonly string[], wish: Edit): Promise<Edited[]> {
  if (ids.length === 0) return Promise.resolve([])
  return db.transaction(async (query) => {
    const found = await lockAll(db, query, ids)
    const done = ids.filter((id) => {
      const state = found.get(id)
      return state !== undefined && mayEdit(wish.kind, state)
    })
    if (done.length > 0) await carryOut(db, query, done, wish, found)
    return ids.map((id) => ({ id, from: found.get(id) ?? null }))
  })
}

/** The state of each job that exists; none of them can change until the transaction ends. */
async function lockAll(db: SqlDatabase, query: Query, ids: readonly string[]): Promise<Map<string, State>> {
  const found = new Map<string, State>()
  const missing = () => ids.filter((id) => !found.has(id))
  const lock = async (state: string, table: string) => {
    const rows = await query(
      `select id, ${state} as state from ${db.table(table)} where ${db.anyOf('id', 1)} order by id${db.lock.wait}`,
      [missing()],
    )
    for (const row of rows) found.set(String(row.id), stateOf(row.state))
  }
  // While we wait for a row it may move to the history, or back by a retry. One statement for both places sees it in one.
  for (;;) {
    await lock(liveState, 'jobs')
    if (missing().length > 0) await lock('state', 'finished_jobs')
    if (missing().length === 0) return found
    const somewhere = await query(
      `select id from ${db.table('jobs')} where ${db.anyOf('id', 1)}
       union all select id from ${db.table('finished_jobs')} where ${db.anyOf('id', 1)}`,
      [missing()],
    )
    if (somewhere.length === 0) return found
  }
}

async function carryOut(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
  wish: Edit,
  found: ReadonlyMap<string, State>,
): Promise<void> {
  switch (wish.kind) {
    case 'cancel':
      await endWaiting(db, query, ids, 'cancelled', wish.reason)
      return signal(
        db,
        query,
        ids.filter((id) => found.get(id) === 'running'),
        wish.reason,
      )
    case 'retry':
      return startAnew(db, query, ids)
    case 'reschedule':
      return reschedule(db, query, ids, wish)
    case 'delete':
      for (const table of ['jobs', 'finished_jobs'])
        await query(`delete from ${db.table(table)} where ${db.anyOf('id', 1)}`, [ids])
      return forget(db, query, ids)
  }
}

/** Moves jobs that no worker holds to the history. */
export async function endWaiting(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
  state: FinalState,
  reason: string | null,
): Promise<void> {
  const rows = `${db.table('jobs')} where ${db.anyOf('id', 2)} and worker is null`
  await query(
    `insert into ${db.table('finished_jobs')} (${keptColumns}, state, reason, finished_at, keep_until)
     select ${keptColumns}, ${codeOf(state)}, cast($3 as text), ${db.now(1)}, ${db.now(1)} + keep_failed from ${rows}`,
    [db.clock(), ids, reason],
  )
  await query(`delete from ${db.table('jobs')} where ${db.anyOf('id', 1)} and worker is null`, [ids])
}

async function signal(db: SqlDatabase, query: Query, ids: readonly string[], reason: string): Promise<void> {
  if (ids.length === 0) return
  await query(
    `insert into ${db.table('signals')} (worker, job_id, fence, kind, reason, created_at)
     select worker, id, fence, 'cancel', cast($3 as text), ${db.now(1)} from ${db.table('jobs')}
     where ${db.anyOf('id', 2)} and worker is not null
     on conflict (worker, job_id, fence, kind) do nothing`,
    [db.clock(), ids, reason],
  )
}

/** As a job is when it comes, but for what was counted to tell its starts apart. */
const renewed: Readonly<Record<string, string>> = {
  worker: 'null',
  claimed_at: 'null',
  attempt: '0',
  lapses: '0',
  expires_at: 'null',
  progress: 'null',
}

async function startAnew(db: SqlDatabase, query: Query, ids: readonly string[]): Promise<void> {
  const columns = keptColumns.split(/,\s*/)
  const values = columns.map((column) => (column === 'run_at' ? db.now(1) : (renewed[column] ?? column)))
  await query(
    `insert into ${db.table('jobs')} (${columns.join(', ')}, stage)
     select ${values.join(', ')}, ${codeOf('ready')} from ${db.table('finished_jobs')} where ${db.anyOf('id', 2)}
     on conflict (id) do nothing`,
    [db.clock(), ids],
  )
  await query(`delete from ${db.table('finished_jobs')} where ${db.anyOf('id', 1)}`, [ids])
}

async function reschedule(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
  { at, delay }: { readonly at: number | null; readonly delay: number },
): Promise<void> {
  const due = `coalesce(cast($3 as bigint), ${db.now(1)} + cast($4 as bigint))`
  await query(
    `update ${db.table('jobs')} set run_at = ${due},
       stage = case when ${due} > ${db.now(1)} then ${codeOf('scheduled')} else ${codeOf('ready')} end
     where ${db.anyOf('id', 2)} and worker is null`,
    [db.clock(), ids, at, delay],
  )
}

/** What belongs to jobs that are gone. */
async function forget(db: SqlDatabase, query: Query, ids: readonly string[]): Promise<void> {
  for (const table of ['attempts', 'logs', 'signals'])
    await query(`delete from ${db.table(table)} where ${db.anyOf('job_id', 1)}`, [ids])
}

export async function signals(db: SqlDatabase, worker: string): Promise<Signal[]> {
  const rows = await db.read(
    `select s.job_id, s.fence, s.reason from ${db.table('signals')} s
     join ${db.table('jobs')} j on j.id = s.job_id and j.fence = s.fence and j.worker = s.worker where s.worker = $1`,
    [worker],
  )
  return rows.map((row) => ({
    id: String(row.job_id),
    fence: Number(row.fence),
    kind: 'cancel' as const,
    reason: String(row.reason),
  }))
}

/** Jobs that were just given back, though somebody had asked for their end meanwhile, are over. Gives their ids. */
export async function endAsked(
  db: SqlDatabase,
  query: Query,
  worker: string,
  returned: readonly { readonly id: string; readonly fence: number }[],
): Promise<string[]> {
  const rows = await query(
    `select job_id, fence, reason from ${db.table('signals')} where worker = $1 and ${db.anyOf('job_id', 2)}`,
    [worker, returned.map(({ id }) => id)],
  )
  const cancelled: string[] = []
  for (const { job_id, fence, reason } of rows) {
    if (!returned.some((one) => one.id === job_id && one.fence === Number(fence))) continue
    await endWaiting(db, query, [String(job_id)], 'cancelled', String(reason))
    cancelled.push(String(job_id))
  }
  return cancelled
}

/** Signals are read while their job runs; a day later none of them does. */
export async function removeOldSignals(db: SqlDatabase): Promise<void> {
  const old = await db.read(
    `select 1 as found from ${db.table('signals')} where created_at < ${db.now(1)} - 86400000 limit 1`,
    [db.clock()],
  )
  if (old.length > 0)
    await db.write(`delete from ${db.table('signals')} where created_at < ${db.now(1)} - 86400000`, [db.clock()])
}

/**
 * What expires first. Some of it may be running; that is looked at outside, or a planner without statistics would read
 * the whole table. More than so many running ones delay the others: they are not started, only called expired later.
 */
const expiringFirst = (jobs: string): string =>
  `select id, worker, expires_at from ${jobs} where expires_at is not null order by expires_at limit 1000`

export const nextExpiry = (jobs: string): string =>
  `select min(expires_at) from (${expiringFirst(jobs)}) expiring where worker is null`

/** Waiting jobs whose time to be started is over. */
export async function expirable(db: SqlDatabase, limit: number): Promise<string[]> {
  const rows = await db.read(
    `select id from (${expiringFirst(db.table('jobs'))}) expiring
     where expires_at <= ${db.now(1)} and worker is null order by expires_at limit $2`,
    [db.clock(), limit],
  )
  return rows.map((row) => String(row.id))
}

/** Ends those of the jobs that nobody started meanwhile. */
export function expire(db: SqlDatabase, ids: readonly string[]): Promise<Promotion['expired']> {
  return db.transaction(async (query) => {
    const rows = await query(
      `select id, job, attempt from ${db.table('jobs')}
       where ${db.anyOf('id', 2)} and expires_at <= ${db.now(1)} and worker is null order by id${db.lock.skip}`,
      [db.clock(), ids],
    )
    const expired = rows.map((row) => ({ id: String(row.id), job: String(row.job), attempt: Number(row.attempt) }))
    if (expired.length > 0) {
      const own = expired.map(({ id }) => id)
      await endWaiting(db, query, own, 'expired', null)
    }
    return expired
  })
}
