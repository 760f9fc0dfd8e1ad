/** What people ask of stored jobs, in one transaction that holds the rows it changes. */
import { type Edit, mayEdit } from '../../job/edits.ts'
import type { State } from '../../job/states.ts'
import type { Edited } from '../contract.ts'
import { codeOf, liveState, stateOf } from './codes.ts'
import type { Query, SqlDatabase } from './database.ts'
import { endWaiting } from './history.ts'
import { forgetUnique, lockKeysOf } from './key-ends.ts'
import { keptColumns } from './records.ts'
import { askCancel } from './signals.ts'

export function edit(db: SqlDatabase, ids: readonly string[], wish: Edit): Promise<Edited[]> {
  if (ids.length === 0) return Promise.resolve([])
  return db.transaction(async (query) => {
    if (wish.kind === 'delete') await lockKeysOf(db, query, ids)
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
      return askCancel(
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
      await forgetUnique(db, query, ids)
      return forget(db, query, ids)
  }
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
