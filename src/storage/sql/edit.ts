/** What people ask of stored jobs, in one transaction that holds the rows it changes. */
import { type Edit, mayEdit } from '../../job/edits.ts'
import type { State } from '../../job/states.ts'
import type { Edited } from '../contract.ts'
import { codeOf } from './codes.ts'
import type { Query, SqlDatabase } from './database.ts'
import { block, endWaiting, needed, openEdges } from './edges.ts'
import { hold } from './hold.ts'
import { forgetUnique, lockKeysOf } from './key-ends.ts'
import { keptColumns } from './records.ts'
import { askCancel } from './signals.ts'

export function edit(db: SqlDatabase, ids: readonly string[], wish: Edit): Promise<Edited[]> {
  if (ids.length === 0) return Promise.resolve([])
  return db.transaction(async (query) => {
    if (wish.kind === 'delete' || wish.kind === 'purge') await lockKeysOf(db, query, ids)
    const found = await hold(db, query, ids)
    const allowed = ids.filter((id) => {
      const state = found.get(id)
      return state !== undefined && mayEdit(wish.kind, state)
    })
    const linked = allowed.length > 0 ? await carryOut(db, query, allowed, wish, found) : none
    return ids.map((id) => ({ id, from: found.get(id) ?? null, ...linked.get(id) }))
  })
}

/** What its edges mean for a job, by its id. */
type Linked = ReadonlyMap<string, Pick<Edited, 'linked'>>

const none: Linked = new Map()
const allLinked = (ids: Iterable<string>, linked: 'needed' | 'blocked'): Linked =>
  new Map([...ids].map((id) => [id, { linked }]))

async function carryOut(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
  wish: Edit,
  found: ReadonlyMap<string, State>,
): Promise<Linked> {
  switch (wish.kind) {
    case 'cancel':
      await cancelHeld(db, query, ids, wish.reason, found)
      return none
    case 'retry':
      return allLinked(await startAnew(db, query, ids), 'blocked')
    case 'reschedule':
      await reschedule(db, query, ids, wish)
      return none
    case 'delete':
    case 'purge': {
      const kept = await needed(db, query, ids)
      const gone = ids.filter((id) => !kept.has(id))
      await forget(db, query, gone)
      await forgetUnique(db, query, gone)
      return allLinked(kept, 'needed')
    }
  }
}

/** Within a transaction of the caller's; jobs that are over are left as they are. */
export async function cancel(db: SqlDatabase, query: Query, ids: readonly string[], reason: string): Promise<void> {
  const found = await hold(db, query, ids)
  const allowed = ids.filter((id) => mayEdit('cancel', found.get(id) ?? 'cancelled'))
  if (allowed.length > 0) await cancelHeld(db, query, allowed, reason, found)
}

async function cancelHeld(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
  reason: string,
  found: ReadonlyMap<string, State>,
): Promise<void> {
  await endWaiting(db, query, ids, 'cancelled', reason)
  const running = ids.filter((id) => found.get(id) === 'running')
  await askCancel(db, query, running, reason)
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

/** Gives the ids of those that have to wait for their parents. */
async function startAnew(db: SqlDatabase, query: Query, ids: readonly string[]): Promise<Iterable<string>> {
  const blocked = await openEdges(db, query, ids)
  const columns = keptColumns.split(/,\s*/)
  const values = columns.map((column) => (column === 'run_at' ? db.now(1) : (renewed[column] ?? column)))
  await query(
    `insert into ${db.table('jobs')} (${columns.join(', ')}, stage)
     select ${values.join(', ')}, ${codeOf('ready')} from ${db.table('finished_jobs')} where ${db.anyOf('id', 2)}
     on conflict (id) do nothing`,
    [db.clock(), ids],
  )
  await query(`delete from ${db.table('finished_jobs')} where ${db.anyOf('id', 1)}`, [ids])
  await block(db, query, blocked)
  return blocked.keys()
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

/** Removes jobs and what belongs to them. */
async function forget(db: SqlDatabase, query: Query, ids: readonly string[]): Promise<void> {
  for (const table of ['jobs', 'finished_jobs'])
    await query(`delete from ${db.table(table)} where ${db.anyOf('id', 1)}`, [ids])
  for (const table of ['attempts', 'logs', 'signals'])
    await query(`delete from ${db.table(table)} where ${db.anyOf('job_id', 1)}`, [ids])
  for (const end of ['parent', 'child'])
    await query(`delete from ${db.table('edges')} where ${db.anyOf(end, 1)}`, [ids])
}
