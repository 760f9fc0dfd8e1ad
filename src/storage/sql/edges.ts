/**
 * Jobs that wait for others; `link.ts` stores them. `edges` has a row for each pair, open until the parent ended as the rule
 * demands; a blocked job counts its open edges in `blockers`; a parent has a flag, so that the end of any other job costs
 * nothing.
 *
 * Whoever writes an edge holds the row of its parent, and so does whoever ends the parent: one of them sees the other.
 * What happens after the wait for such a row is a statement of its own, because a statement sees the moment it began.
 */
import { decideEdge, parentReasons } from '../../job/parents.ts'
import type { FinalState } from '../../job/states.ts'
import type { EdgeRecord, Followed } from '../contract.ts'
import { codeOf, hasChildrenOf, onFailOf } from './codes.ts'
import type { Query, SqlDatabase } from './database.ts'
import { type EndedRow, moveWaiting } from './history.ts'
import { hold } from './hold.ts'

/** Says of waiting jobs how many open edges they have, and blocks them; those with none are released. */
export async function block(db: SqlDatabase, query: Query, blockers: ReadonlyMap<string, number>): Promise<void> {
  for (const [count, entries] of Map.groupBy(blockers, ([, n]) => n)) {
    const ids = entries.map(([id]) => id)
    if (count === 0) await release(db, query, ids)
    else
      await query(
        `update ${db.table('jobs')} set blockers = $2, stage = ${codeOf('blocked')} where ${db.anyOf('id', 1)}`,
        [ids, count],
      )
  }
}

/** It is due from the moment of its release on, or later where that was asked for. */
async function release(db: SqlDatabase, query: Query, ids: readonly string[]): Promise<void> {
  await query(
    `update ${db.table('jobs')} set blockers = 0,
       stage = case when run_at > ${db.now(1)} then ${codeOf('scheduled')} else ${codeOf('ready')} end,
       run_at = case when run_at > ${db.now(1)} then run_at else ${db.now(1)} end
     where ${db.anyOf('id', 2)} and stage = ${codeOf('blocked')}`,
    [db.clock(), ids],
  )
}

/** Ends jobs that no worker holds, and what follows from it. */
export async function endWaiting(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
  state: FinalState,
  reason: string | null,
): Promise<Followed> {
  const ended = await moveWaiting(db, query, ids, state, reason)
  return closeEdges(db, query, ended)
}

export const nothingFollowed: Followed = Object.freeze({ released: 0, cancelled: [] })

export const joinFollowed = (one: Followed, other: Followed): Followed => ({
  released: one.released + other.released,
  cancelled: [...one.cancelled, ...other.cancelled],
})

/** What waits for parents that were removed, though they had not ended as it demands, would wait for ever. */
export async function endOrphans(db: SqlDatabase, query: Query, parents: readonly string[]): Promise<void> {
  const rows = await query(`delete from ${db.table('edges')} where ${db.anyOf('parent', 1)} returning child, open`, [
    parents,
  ])
  const children = rows.filter(({ open }) => Number(open) === 1).map(({ child }) => String(child))
  const waiting = [...new Set(children)].sort()
  if (waiting.length > 0) await endWaiting(db, query, waiting, 'cancelled', parentReasons.gone)
}

/** Decides the open edges of jobs that ended in this transaction; children that are cancelled end likewise. */
export async function closeEdges(db: SqlDatabase, query: Query, ended: readonly EndedRow[]): Promise<Followed> {
  let released = 0
  const cancelled: EndedRow[] = []
  for (let level = ended.filter(({ flags }) => hasChildrenOf(flags)); level.length > 0; ) {
    const { satisfied, refused } = await decideEdges(db, query, level)
    released += await unblock(db, query, satisfied)
    const next = refused.length > 0 ? await moveWaiting(db, query, refused, 'cancelled', parentReasons.failed) : []
    cancelled.push(...next)
    level = next.filter(({ flags }) => hasChildrenOf(flags))
  }
  return { released, cancelled: cancelled.map(({ id, job, attempt }) => ({ id, job, attempt })) }
}

/** Closes the edges that are satisfied and gives their children, once for each edge, and the children to be cancelled. */
async function decideEdges(
  db: SqlDatabase,
  query: Query,
  ended: readonly EndedRow[],
): Promise<{ satisfied: string[]; refused: string[] }> {
  const states = new Map(ended.map(({ id, state }) => [id, state]))
  const edges = await query(
    `select parent, child, on_fail from ${db.table('edges')} where ${db.anyOf('parent', 1)} and open = 1`,
    [[...states.keys()]],
  )
  const decided = Object.groupBy(edges, ({ parent, on_fail }) =>
    decideEdge(onFailOf(on_fail), states.get(String(parent)) as FinalState),
  )
  const childrenOf = (rows: typeof edges = []) => rows.map(({ child }) => String(child))
  const satisfied = decided.satisfied ?? []
  if (satisfied.length > 0) {
    await query(
      `update ${db.table('edges')} set open = 0
       where (parent, child) in (select parent, child from ${db.records(1, 'n', { parent: 'uuid', child: 'uuid' })})`,
      [JSON.stringify(satisfied.map(({ parent, child }) => ({ parent, child })))],
    )
  }
  return { satisfied: childrenOf(satisfied), refused: [...new Set(childrenOf(decided.cancel))].sort() }
}

/** Each time a job is named one of its edges was closed. Tells how many wait for no other job any more. */
async function unblock(db: SqlDatabase, query: Query, children: readonly string[]): Promise<number> {
  if (children.length === 0) return 0
  const closed = new Map<string, number>()
  for (const id of children) closed.set(id, (closed.get(id) ?? 0) + 1)
  const rows = await query(
    `select id, blockers from ${db.table('jobs')}
     where ${db.anyOf('id', 1)} and stage = ${codeOf('blocked')} order by id${db.lock.wait}`,
    [[...closed.keys()].sort()],
  )
  const left = new Map(rows.map((row) => [String(row.id), Number(row.blockers) - (closed.get(String(row.id)) ?? 0)]))
  await block(db, query, left)
  return [...left.values()].filter((blockers) => blockers === 0).length
}

/** How many open edges jobs have that are to be retried, and whose parents none can end meanwhile. */
export async function openEdges(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const parents = await query(
    `select distinct parent from ${db.table('edges')} where ${db.anyOf('child', 1)} and open = 1`,
    [ids],
  )
  if (parents.length === 0) return new Map()
  await hold(
    db,
    query,
    parents.map((row) => String(row.parent)),
  )
  const rows = await query(
    `select child, count(*) as blockers from ${db.table('edges')}
     where ${db.anyOf('child', 1)} and open = 1 group by child`,
    [ids],
  )
  return new Map(rows.map((row) => [String(row.child), Number(row.blockers)]))
}

/** Those of these jobs for which others, that are not among them, are not over. */
export async function needed(db: SqlDatabase, query: Query, ids: readonly string[]): Promise<Set<string>> {
  const rows = await query(
    `select e.parent, e.child from ${db.table('edges')} e join ${db.table('jobs')} j on j.id = e.child
     where ${db.anyOf('e.parent', 1)}`,
    [ids],
  )
  const own = new Set(ids)
  return new Set(rows.filter((row) => !own.has(String(row.child))).map((row) => String(row.parent)))
}

export async function edges(db: SqlDatabase, ids: readonly string[]): Promise<EdgeRecord[]> {
  const rows = await db.read(
    `select parent, child, on_fail, open from ${db.table('edges')} where ${db.anyOf('parent', 1)} or ${db.anyOf('child', 1)}`,
    [ids],
  )
  return rows.map((row) => ({
    parent: String(row.parent),
    child: String(row.child),
    onFail: onFailOf(row.on_fail),
    open: Number(row.open) === 1,
  }))
}
