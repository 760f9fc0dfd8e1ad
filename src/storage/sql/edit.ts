/** What people ask of stored jobs, in one transaction that holds the rows it changes. */
import { type Edit, mayEdit } from '../../job/edits.ts'
import type { State } from '../../job/states.ts'
import type { AuditBy, Edited } from '../contract.ts'
import { auditChanges, editChanges } from './audit.ts'
import { codeOf } from './codes.ts'
import type { Query, SqlDatabase } from './database.ts'
import { block, endWaiting, needed, openEdges } from './edges.ts'
import { hold } from './hold.ts'
import { forgetUnique, lockKeysOf } from './key-ends.ts'
import { keptColumns } from './records.ts'
import { forgetReports } from './reports.ts'
import { askCancel } from './signals.ts'
import { notAsSeen, update } from './update.ts'

export function edit(db: SqlDatabase, ids: readonly string[], wish: Edit, by?: AuditBy): Promise<Edited[]> {
  if (ids.length === 0) return Promise.resolve([])
  return db.transaction(async (query) => {
    if (wish.kind === 'delete' || wish.kind === 'purge') await lockKeysOf(db, query, ids)
    const found = await hold(db, query, ids)
    const allowed = ids.filter((id) => {
      const state = found.get(id)
      return state !== undefined && mayEdit(wish.kind, state)
    })
    const asked = by === undefined ? nobody : await alreadyAsked(db, query, wish, found)
    const special = allowed.length > 0 ? await carryOut(db, query, allowed, wish, found) : none
    const edited = ids.map((id) => ({ id, from: found.get(id) ?? null, ...special.get(id) }))
    if (by !== undefined) await auditChanges(db, query, by, editChanges(wish, edited, asked))
    return edited
  })
}

const nobody: ReadonlySet<string> = new Set()

/** Running jobs whose cancel was asked for before: to ask again changes nothing. */
async function alreadyAsked(
  db: SqlDatabase,
  query: Query,
  wish: Edit,
  found: ReadonlyMap<string, State>,
): Promise<ReadonlySet<string>> {
  const running = [...found.keys()].filter((id) => found.get(id) === 'running')
  if (wish.kind !== 'cancel' || running.length === 0) return nobody
  const rows = await query(
    `select s.job_id from ${db.table('signals')} s join ${db.table('jobs')} j
       on j.id = s.job_id and j.fence = s.fence and j.worker = s.worker where ${db.anyOf('s.job_id', 1)} and s.kind = 'cancel'`,
    [running],
  )
  return new Set(rows.map(({ job_id }) => String(job_id)))
}

/** What else is to be told of a job, by its id: what its edges mean for it, or that it is not what was seen. */
type Special = ReadonlyMap<string, Pick<Edited, 'linked' | 'stale'>>

const none: Special = new Map()
const all = (ids: Iterable<string>, told: Pick<Edited, 'linked' | 'stale'>): Special =>
  new Map([...ids].map((id) => [id, told]))

async function carryOut(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
  wish: Edit,
  found: ReadonlyMap<string, State>,
): Promise<Special> {
  switch (wish.kind) {
    case 'cancel':
      await cancelHeld(db, query, ids, wish.reason, found)
      return none
    case 'retry':
      await forgetReports(db, query, ids)
      return all(await startAnew(db, query, ids), { linked: 'blocked' })
    case 'reschedule':
      await forgetReports(db, query, ids)
      await reschedule(db, query, ids, wish)
      return none
    case 'update': {
      const kept = await needed(db, query, ids)
      const own = ids.filter((id) => !kept.has(id))
      const { input, at, delay } = wish.set
      if (input !== undefined || at !== undefined || delay !== undefined) await forgetReports(db, query, own)
      return new Map([...all(kept, { linked: 'needed' }), ...all(await update(db, query, own, wish), { stale: true })])
    }
    case 'delete':
    case 'purge': {
      const seen = wish.kind === 'delete' ? (wish.ifMatch ?? null) : null
      const stale = await notAsSeen(db, query, ids, seen)
      const kept = await needed(db, query, ids)
      const gone = ids.filter((id) => !kept.has(id) && !stale.has(id))
      await forget(db, query, gone)
      await forgetUnique(db, query, gone)
      return new Map([...all(kept, { linked: 'needed' }), ...all(stale, { stale: true })])
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
  for (const table of ['attempts', 'logs', 'signals', 'reports'])
    await query(`delete from ${db.table(table)} where ${db.anyOf('job_id', 1)}`, [ids])
  for (const end of ['parent', 'child'])
    await query(`delete from ${db.table('edges')} where ${db.anyOf(end, 1)}`, [ids])
}
