import { allStates, type State } from '../../job/states.ts'
import type { FlowQuery, FlowRecord } from '../contract.ts'
import { liveState, stateOf } from './codes.ts'
import type { SqlDatabase, SqlValue } from './database.ts'

export async function flows(db: SqlDatabase, { ids, names, before, limit }: FlowQuery): Promise<FlowRecord[]> {
  const values: SqlValue[] = [limit]
  const bind = (value: SqlValue) => values.push(value)
  const conditions = [
    ...(ids ? [db.anyOf('id', bind(ids))] : []),
    ...(names ? [db.anyOf('name', bind(names))] : []),
    ...(before === null ? [] : [`id < $${bind(before)}`]),
  ]
  const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''
  const rows = await db.read(
    `select id, name, created_at from ${db.table('flows')} ${where} order by id desc limit $1`,
    values,
  )
  const counts = await countJobs(
    db,
    rows.map((row) => String(row.id)),
  )
  return rows.map((row) => ({
    id: String(row.id),
    name: String(row.name),
    createdAt: Number(row.created_at),
    jobs: counts.get(String(row.id)) ?? nothing(),
  }))
}

const nothing = () => Object.fromEntries(allStates.map((state) => [state, 0])) as Record<State, number>

async function countJobs(db: SqlDatabase, ids: readonly string[]): Promise<Map<string, Record<State, number>>> {
  const counts = new Map<string, Record<State, number>>()
  if (ids.length === 0) return counts
  const rows = await db.read(
    `select flow, ${liveState} as state, count(*) as jobs from ${db.table('jobs')} where ${db.anyOf('flow', 1)} group by 1, 2
     union all
     select flow, state, count(*) as jobs from ${db.table('finished_jobs')} where ${db.anyOf('flow', 1)} group by 1, 2`,
    [ids],
  )
  for (const row of rows) {
    const own = counts.get(String(row.flow)) ?? nothing()
    own[stateOf(row.state)] += Number(row.jobs)
    counts.set(String(row.flow), own)
  }
  return counts
}

/** Flows of which nothing is left, among the oldest; one that was just made may not have its jobs yet. */
export async function removeEmptyFlows(db: SqlDatabase, limit: number): Promise<void> {
  const flows = db.table('flows')
  const oldest = `select id from ${flows} where created_at < ${db.now(1)} - 60000 order by id limit $2`
  const used = (table: string) => `exists (select 1 from ${db.table(table)} j where j.flow = old.id)`
  const empty = await db.read(
    `select id from (${oldest}) old where not ${used('jobs')} and not ${used('finished_jobs')}`,
    [db.clock(), limit],
  )
  if (empty.length > 0)
    await db.write(`delete from ${flows} where ${db.anyOf('id', 1)}`, [empty.map((row) => String(row.id))])
}
