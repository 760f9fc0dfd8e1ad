/** Storing jobs that wait for others, and their flows: parents are held first, then jobs are written, then edges. */
import { decideEdge, type Parent, parentReasons, waitingInstead } from '../../job/parents.ts'
import { isFinalState, type State } from '../../job/states.ts'
import type { InsertResult, NewJob } from '../contract.ts'
import { codeOfOnFail, hasChildren } from './codes.ts'
import type { Query, SqlDatabase } from './database.ts'
import { block, endWaiting } from './edges.ts'
import { hold, storedBefore } from './hold.ts'

/** Most jobs have neither parents nor a flow, and pay for neither. */
export const isLinked = ({ parents, flow }: Pick<NewJob, 'parents' | 'flow'>): boolean =>
  parents.length > 0 || flow !== null

/**
 * Stores a batch in which some jobs are linked, in one transaction.
 *
 * @param store stores jobs, those with parents as `blocked`, and gives their results in order
 */
export async function insertLinked(
  db: SqlDatabase,
  query: Query,
  jobs: readonly NewJob[],
  retry: boolean,
  store: (jobs: readonly NewJob[]) => readonly InsertResult[] | Promise<readonly InsertResult[]>,
): Promise<InsertResult[]> {
  // What an earlier try has stored needs its parents no more; they may be gone.
  const old = retry ? await storedBefore(db, query, jobs) : new Set<string>()
  const { states, missing } = await holdParents(
    db,
    query,
    jobs.filter(({ id }) => !old.has(id)),
    jobs,
  )
  const whole = jobs.filter(({ id }) => !missing.has(id))
  const results = new Map((await store(whole)).map((result, i) => [whole[i]?.id as string, result]))
  const before = retry ? await linkedBefore(db, query, whole) : old
  const stored = whole.filter(
    ({ id, ...job }) => isLinked(job) && results.get(id)?.status === 'created' && !old.has(id) && !before.has(id),
  )
  await storeFlows(db, query, stored)
  const blocked = stored.filter(({ parents }) => parents.length > 0).map(({ id }) => id)
  if (blocked.length > 0) await link(db, query, blocked, ...(await withEarlier(db, query, stored, results, states)))
  return jobs.map(({ id }) => {
    const parent = missing.get(id)
    return parent === undefined ? (results.get(id) as InsertResult) : { status: 'orphan', id, parent }
  })
}

/** Jobs whose edges an earlier call with the same ids has written. */
async function linkedBefore(db: SqlDatabase, query: Query, jobs: readonly NewJob[]): Promise<Set<string>> {
  const rows = await query(`select distinct child from ${db.table('edges')} where ${db.anyOf('child', 1)}`, [
    jobs.map(({ id }) => id),
  ])
  return new Set(rows.map((row) => String(row.child)))
}

/** What a batch needs to know of the parents outside of it. */
interface Parents {
  /** By id; none of them can change until the transaction ends. */
  readonly states: ReadonlyMap<string, State>
  /** The parent that is missing, by the id of the child. */
  readonly missing: ReadonlyMap<string, string>
}

/**
 * Holds the parents of new jobs, and finds the jobs that cannot be stored without one. Of a flow that is made all or none
 * can; what a running job adds to its flow is a call of its own.
 */
async function holdParents(
  db: SqlDatabase,
  query: Query,
  jobs: readonly NewJob[],
  batch: readonly NewJob[],
): Promise<Parents> {
  const own = new Set(batch.map(({ id }) => id))
  const outside = [...new Set(jobs.flatMap(({ parents }) => parents.map(({ id }) => id)))].filter((id) => !own.has(id))
  const states = outside.length > 0 ? await hold(db, query, outside) : new Map<string, State>()
  const missing = new Map<string, string>()
  const lost = new Map<string, string>()
  for (const { id, parents, flow } of jobs) {
    const parent = parents.find((one) => !own.has(one.id) && !states.has(one.id))
    if (parent === undefined) continue
    missing.set(id, parent.id)
    if (flow?.name) lost.set(flow.id, parent.id)
  }
  for (const { id, flow } of jobs) {
    const parent = flow?.name ? lost.get(flow.id) : undefined
    if (parent !== undefined && !missing.has(id)) missing.set(id, parent)
  }
  return { states, missing }
}

/**
 * Where a job of a flow was not stored because an earlier one with its key counts, that one is waited for. If it is gone and
 * was to leave nothing, it has succeeded.
 */
async function withEarlier(
  db: SqlDatabase,
  query: Query,
  stored: readonly NewJob[],
  results: ReadonlyMap<string, InsertResult>,
  states: ReadonlyMap<string, State>,
): Promise<[jobs: readonly NewJob[], states: ReadonlyMap<string, State>]> {
  const instead = new Map([...results].flatMap(([id, result]) => (result.id === id ? [] : [[id, result.id] as const])))
  const waited = stored.flatMap(({ parents }) => parents.flatMap(({ id }) => instead.get(id) ?? []))
  if (waited.length === 0) return [stored, states]
  const here = new Set(stored.map(({ id }) => id))
  const outside = [...new Set(waited)].filter((id) => !here.has(id))
  const found = await hold(db, query, outside)
  const gone = new Map(outside.filter((id) => !found.has(id)).map((id) => [id, 'succeeded'] as const))
  const resolved = waitingInstead(stored, instead)
  return [resolved, new Map([...states, ...found, ...gone])]
}

/** Writes the edges of jobs, of which some were just stored as `blocked`, and releases or ends those that need not wait. */
async function link(
  db: SqlDatabase,
  query: Query,
  blocked: readonly string[],
  jobs: readonly NewJob[],
  states: ReadonlyMap<string, State>,
): Promise<void> {
  const edges = jobs.flatMap(({ id, parents }) => parents.map((parent) => ({ ...parent, child: id })))
  const verdict = ({ id, onFail }: Parent) => {
    const state = states.get(id)
    return state !== undefined && isFinalState(state) ? decideEdge(onFail, state) : 'open'
  }
  const open = edges.filter((edge) => verdict(edge) === 'open')
  const unsatisfied = edges.filter((edge) => verdict(edge) !== 'satisfied')
  await query(
    `insert into ${db.table('edges')} (parent, child, on_fail, open)
     select parent, child, on_fail, open from ${db.records(1, 'n', { parent: 'uuid', child: 'uuid', on_fail: 'integer', open: 'integer' })} where true
     on conflict (parent, child) do nothing`,
    [
      JSON.stringify(
        edges.map((edge) => ({
          parent: edge.id,
          child: edge.child,
          on_fail: codeOfOnFail(edge.onFail),
          open: verdict(edge) === 'satisfied' ? 0 : 1,
        })),
      ),
    ],
  )
  // Also of those that refuse their child at once: it may be retried, and waits for them then.
  await markParents(db, query, [...new Set(unsatisfied.map(({ id }) => id))])
  const refused = new Set(edges.filter((edge) => verdict(edge) === 'cancel').map(({ child }) => child))
  const blockers = new Map<string, number>()
  for (const id of blocked) if (!refused.has(id)) blockers.set(id, 0)
  for (const { child } of open) if (!refused.has(child)) blockers.set(child, (blockers.get(child) ?? 0) + 1)
  await block(db, query, blockers)
  if (refused.size > 0) await endWaiting(db, query, [...refused], 'cancelled', parentReasons.failed)
}

async function storeFlows(db: SqlDatabase, query: Query, jobs: readonly NewJob[]): Promise<void> {
  const names = new Map(jobs.flatMap(({ flow }) => (flow?.name ? [[flow.id, flow.name] as const] : [])))
  if (names.size === 0) return
  await query(
    `insert into ${db.table('flows')} (id, name, created_at)
     select id, name, ${db.now(2)} from ${db.records(1, 'n', { id: 'uuid', name: 'text' })} where true on conflict (id) do nothing`,
    [JSON.stringify([...names].map(([id, name]) => ({ id, name }))), db.clock()],
  )
}

async function markParents(db: SqlDatabase, query: Query, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  for (const table of ['jobs', 'finished_jobs']) {
    await query(
      `update ${db.table(table)} set flags = flags | ${hasChildren} where ${db.anyOf('id', 1)} and flags & ${hasChildren} = 0`,
      [ids],
    )
  }
}
