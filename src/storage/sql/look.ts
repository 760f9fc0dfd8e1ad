import { isFinalState } from '../../job/states.ts'
import type { AttemptRecord, JobRecord, LogPosition, LogRecord, Stats, WorkerRecord } from '../contract.ts'
import { aside, liveState, stateOf } from './codes.ts'
import type { SqlDatabase } from './database.ts'
import { attemptRecord, jobRecord, logRecord, workerRecord } from './records.ts'

const both =
  'id, job, lane, priority, attempt, max_attempts, timeout, lapses, fence, worker, run_at, created_at, claimed_at, expires_at, flow, progress, input, metadata, schedule, missed'
/** Why a live job is in its state. */
export const liveReason = `case stage when ${aside} then 'job_unknown' end`
const none = `cast(null as bigint) as finished_at, ${liveReason} as reason, cast(null as json) as output, cast(null as json) as error`
export const liveColumns = `${both}, ${liveState} as state, ${none}`
export const finishedColumns = `${both}, state, finished_at, reason, output, error`

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
    `select id, name, lanes, jobs, schedules, started_at, seen_at, lease_until, draining from ${db.table('workers')}
     where dead = 0 and lease_until > ${db.now(1)} order by id`,
    [db.clock()],
  )
  return rows.map(workerRecord)
}
