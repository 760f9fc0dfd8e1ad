import { allStates, finalStates, isFinalState, type State } from '../../job/states.ts'
import type { AttemptRecord, JobRecord, ListQuery, LogPosition, LogRecord, Stats, WorkerRecord } from '../contract.ts'
import { aside, codeOf, codesOf, liveState, stateOf } from './codes.ts'
import type { SqlDatabase, SqlValue } from './database.ts'
import { attemptRecord, jobRecord, logRecord, workerRecord } from './records.ts'

const both =
  'id, job, lane, priority, attempt, max_attempts, timeout, lapses, fence, worker, run_at, created_at, claimed_at, expires_at, flow, progress, input, metadata'
const none = `cast(null as bigint) as finished_at, case stage when ${aside} then 'job_unknown' end as reason, cast(null as json) as output, cast(null as json) as error`
const liveColumns = `${both}, ${liveState} as state, ${none}`
const finishedColumns = `${both}, state, finished_at, reason, output, error`

export async function get(db: SqlDatabase, ids: readonly string[]): Promise<JobRecord[]> {
  if (ids.length === 0) return []
  // One statement sees one moment: a job that is moving to the history is seen in exactly one of the two places.
  const rows = await db.read(
    `select ${liveColumns} from ${db.table('jobs')} where ${db.anyOf('id', 1)}
     union all
     select ${finishedColumns} from ${db.table('finished_jobs')} where ${db.anyOf('id', 1)}`,
    [ids],
  )
  return rows.map(jobRecord)
}

/** How many of the newest jobs are looked through before all are. */
const nearby = 2_000

/** Each part is limited before they are joined, so a page costs the same with a hundred million finished jobs. */
export async function list(db: SqlDatabase, query: ListQuery): Promise<JobRecord[]> {
  const values: SqlValue[] = [query.limit]
  const bind = (value: SqlValue) => values.push(value)
  const ago = (ms: number) => `${db.now(bind(db.clock()))} - $${bind(ms)}`
  const shared: string[] = []
  // One value is compared as such: only then an index on (column, id) gives its rows in order.
  const among = (column: string, list: readonly string[]) =>
    list.length === 1 ? `${column} = $${bind(list[0] as string)}` : db.anyOf(column, bind(list))
  if (query.jobs) shared.push(among('job', query.jobs))
  if (query.lanes) shared.push(among('lane', query.lanes))
  if (query.flow !== null) shared.push(`flow = $${bind(query.flow)}`)
  if (query.since !== null)
    shared.push(`created_at >= ${'at' in query.since ? `$${bind(query.since.at)}` : ago(query.since.ago)}`)
  const before = query.before === null ? [] : [`id < $${bind(query.before)}`]

  const where = (conditions: readonly string[]) => (conditions.length > 0 ? `where ${conditions.join(' and ')}` : '')
  const page = (rows: string, name: string, limit = '$1') =>
    `select * from (${rows} order by id desc limit ${limit}) ${name}`
  const ctes: string[] = []
  const parts: string[] = []

  // Most pages are full of the newest jobs. Without statistics a planner would take the filter for a rare one and sort
  // the whole table, so the newest are looked through first, and all of it only when they do not fill the page.
  const nearThenFar = (columns: string, name: string, own: readonly string[]) => {
    const table = db.table(name)
    const newest = `(select * from ${table} ${where(before)} order by id desc limit ${nearby})`
    const near = `near_${name}`
    ctes.push(
      `${near} as materialized (${page(`select ${columns} from ${newest} n ${where([...shared, ...own])}`, 'p')})`,
    )
    parts.push(`select * from ${near} where (select count(*) from ${near}) >= $1`)
    const unlessFilled = `(select case when count(*) >= $1 then 0 else $1 end from ${near})`
    parts.push(
      page(`select ${columns} from ${table} ${where([...before, ...shared, ...own])}`, `far_${name}`, unlessFilled),
    )
  }

  const { live, finished } = split(query.states)
  const waiting = live.filter((state) => state !== 'running')
  if (waiting.length > 0) {
    nearThenFar(liveColumns, 'jobs', live.length === 4 ? [] : ['worker is null', `stage in (${codes(waiting)})`])
  }
  if (live.includes('running') && live.length < 4) {
    // Few of very many: found first and sorted then, instead of walking by id through all that waits.
    const running = where([...before, ...shared, 'worker is not null'])
    ctes.push(`running as materialized (select ${liveColumns} from ${db.table('jobs')} ${running})`)
    parts.push(page('select * from running', 'running_page'))
  }
  if (finished.length > 0) {
    const own = finished.length === finalStates.length ? [] : [`state in (${codes(finished)})`]
    if (!finished.includes('succeeded')) own.push(`state <> ${codeOf('succeeded')}`) // as the partial index has it
    nearThenFar(finishedColumns, 'finished_jobs', own)
  }
  if (parts.length === 0) return []
  const withs = ctes.length > 0 ? `with ${ctes.join(',\n')}\n` : ''
  const rows = await db.read(`${withs}${parts.join('\nunion all\n')}\norder by id desc limit $1`, values)
  return rows.map(jobRecord)
}

// Codes come from our own table of states, so they may stand in the text; a partial index is only used that way.
const codes = (list: readonly State[]): string => codesOf(list).join(', ')

function split(asked: readonly State[] | null): { live: State[]; finished: State[] } {
  const all = [...new Set(asked ?? allStates)]
  return { live: all.filter((state) => !isFinalState(state)), finished: all.filter(isFinalState) }
}

export async function attempts(db: SqlDatabase, id: string): Promise<AttemptRecord[]> {
  const rows = await db.read(
    `select attempt, fence, worker, started_at, ended_at, state, reason, error
     from ${db.table('attempts')} where job_id = $1 order by fence`,
    [id],
  )
  return rows.map(attemptRecord)
}

export async function logs(
  db: SqlDatabase,
  id: string,
  after: LogPosition | null,
  limit: number,
): Promise<LogRecord[]> {
  const rows = await db.read(
    `select fence, attempt, seq, at, level, message, data from ${db.table('logs')}
     where job_id = $1 and (fence, seq) > ($2, $3) order by fence, seq limit $4`,
    [id, after?.fence ?? -1, after?.seq ?? -1, limit],
  )
  return rows.map(logRecord)
}

export async function stats(db: SqlDatabase): Promise<Stats> {
  const rows = await db.read(
    `select ${liveState} as state, count(*) as jobs from ${db.table('jobs')} group by 1
     union all
     select state, count(*) as jobs from ${db.table('finished_jobs')} group by 1`,
  )
  const live = { blocked: 0, scheduled: 0, ready: 0, running: 0 }
  const finished = { succeeded: 0, failed: 0, cancelled: 0, expired: 0 }
  for (const row of rows) {
    const state = stateOf(row.state)
    if (isFinalState(state)) finished[state] += Number(row.jobs)
    else live[state] += Number(row.jobs)
  }
  return { live, finished }
}

export async function workers(db: SqlDatabase): Promise<WorkerRecord[]> {
  const rows = await db.read(
    `select id, name, lanes, jobs, started_at, seen_at, lease_until from ${db.table('workers')}
     where dead = 0 and lease_until > ${db.now(1)} order by id`,
    [db.clock()],
  )
  return rows.map(workerRecord)
}
