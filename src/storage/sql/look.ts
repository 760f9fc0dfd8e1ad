import { finalStates, type State } from '../../job/states.ts'
import type { AttemptRecord, JobRecord, ListQuery, Stats, WorkerRecord } from '../contract.ts'
import { codeOf, liveState, stateOf } from './codes.ts'
import type { SqlDatabase, SqlValue } from './database.ts'
import { attemptRecord, jobRecord, workerRecord } from './records.ts'

const both =
  'id, job, lane, priority, attempt, max_attempts, lapses, fence, worker, run_at, created_at, claimed_at, input, metadata'
const none =
  'cast(null as bigint) as finished_at, null as reason, cast(null as json) as output, cast(null as json) as error'
const liveColumns = `${both}, ${liveState} as state, ${none}`
const finishedColumns = `${both}, state, finished_at, reason, output, error`

export async function get(db: SqlDatabase, ids: readonly string[]): Promise<JobRecord[]> {
  if (ids.length === 0) return []
  // One statement sees one moment: a job that is moving to the history is seen in exactly one of the two places.
  const rows = await db.query(
    `select ${liveColumns} from ${db.table('jobs')} where ${db.anyOf('id', 1)}
     union all
     select ${finishedColumns} from ${db.table('finished_jobs')} where ${db.anyOf('id', 1)}`,
    [ids],
  )
  return rows.map(jobRecord)
}

/** Both halves are limited before they are joined, so a page costs the same with a hundred million finished jobs. */
export async function list(db: SqlDatabase, query: ListQuery): Promise<JobRecord[]> {
  const values: SqlValue[] = [query.limit]
  const bind = (value: SqlValue) => values.push(value)
  const ago = (ms: number) => `${db.now(bind(db.clock()))} - $${bind(ms)}`
  const shared: string[] = []
  if (query.jobs) shared.push(db.anyOf('job', bind(query.jobs)))
  if (query.lanes) shared.push(db.anyOf('lane', bind(query.lanes)))
  if (query.since !== null)
    shared.push(`created_at >= ${'at' in query.since ? `$${bind(query.since.at)}` : ago(query.since.ago)}`)
  if (query.before !== null) shared.push(`id < $${bind(query.before)}`)

  const half = (columns: string, table: string, conditions: readonly string[]) => {
    const all = [...shared, ...conditions]
    const where = all.length > 0 ? `where ${all.join(' and ')}` : ''
    return `select * from (select ${columns} from ${db.table(table)} ${where} order by id desc limit $1) ${table}_half`
  }
  const finished = query.states?.filter((state) => isFinal(state))
  const live = query.states?.filter((state) => !isFinal(state))
  const halves: string[] = []
  if (live === undefined || live.length > 0) halves.push(half(liveColumns, 'jobs', live ? [liveCondition(live)] : []))
  if (finished === undefined || finished.length > 0) {
    const condition = finished && finished.length < finalStates.length ? [stateList('state', finished)] : []
    halves.push(half(finishedColumns, 'finished_jobs', condition))
  }
  if (halves.length === 0) return []
  const rows = await db.query(`${halves.join('\nunion all\n')}\norder by id desc limit $1`, values)
  return rows.map(jobRecord)
}

const isFinal = (state: State): boolean => (finalStates as readonly State[]).includes(state)

// Codes come from our own table of states, so they may stand in the text; a partial index is only used that way.
const stateList = (column: string, list: readonly State[]): string => `${column} in (${list.map(codeOf).join(', ')})`

function liveCondition(live: readonly State[]): string {
  const waiting = live.filter((state) => state !== 'running')
  const parts: string[] = []
  if (live.includes('running')) parts.push('worker is not null')
  if (waiting.length > 0) parts.push(`(worker is null and ${stateList('stage', waiting)})`)
  return `(${parts.join(' or ')})`
}

export async function attempts(db: SqlDatabase, id: string): Promise<AttemptRecord[]> {
  const rows = await db.query(
    `select attempt, fence, worker, started_at, ended_at, state, reason, error
     from ${db.table('attempts')} where job_id = $1 order by fence`,
    [id],
  )
  return rows.map(attemptRecord)
}

export async function stats(db: SqlDatabase): Promise<Stats> {
  const rows = await db.query(
    `select ${liveState} as state, count(*) as jobs from ${db.table('jobs')} group by 1
     union all
     select state, count(*) as jobs from ${db.table('finished_jobs')} group by 1`,
  )
  const live = { blocked: 0, scheduled: 0, ready: 0, running: 0 }
  const finished = { succeeded: 0, failed: 0, cancelled: 0, expired: 0 }
  for (const row of rows)
    Object.assign(isFinal(stateOf(row.state)) ? finished : live, { [stateOf(row.state)]: Number(row.jobs) })
  return { live, finished }
}

export async function workers(db: SqlDatabase): Promise<WorkerRecord[]> {
  const rows = await db.query(
    `select id, name, lanes, jobs, started_at, seen_at, lease_until from ${db.table('workers')} where dead = 0 order by id`,
  )
  return rows.map(workerRecord)
}
