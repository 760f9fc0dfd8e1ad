/** Writing what became of jobs, guarded by (id, fence, worker). */
import { type Change, type FinalChange, isFinalChange, leavesRecord, type ReturnChange } from '../../job/states.ts'
import { codeOf } from '../sql/codes.ts'
import { makePartitions, missingPartition } from './partitions.ts'
import { sqlState, untilNotVictim } from './pool.ts'
import { type Database, nowMs, type Session } from './session.ts'

const kept = `id, job, lane, priority, run_at, created_at, worker, claimed_at, fence, attempt, max_attempts, lapses, timeout,
  keep_succeeded, keep_failed, expires_at, flags, traceparent, limit_key, input, metadata`

/**
 * The rows of a batch, guarded. The pair test stands as `… is true`, because a planner may turn a plain one into a join
 * with the whole table; `array(select …)` keeps its estimate of the rows the same in every plan.
 */
const guarded = `id = any (array(select id from change)) and worker = $2
  and ((id, fence) in (select id, fence from change)) is true`

/** Gives the ids that were written. A batch of plain ends is one statement, any other a transaction. */
export async function apply(database: Database, worker: string, changes: readonly Change[]): Promise<Set<string>> {
  const plain = changes.every((change) => isFinalChange(change) && !leavesRecord(change))
  for (;;) {
    try {
      if (plain) return await untilNotVictim(() => write(database, worker, changes))
      return await database.transaction((session) => write(session, worker, changes))
    } catch (error) {
      if (sqlState(error) !== missingPartition) throw error
      await database.transaction((session) => makePartitionsFor(session, changes))
    }
  }
}

async function write(session: Session, worker: string, changes: readonly Change[]): Promise<Set<string>> {
  const noted = changes.filter(leavesRecord)
  if (noted.length > 0) await noteAttempts(session, worker, noted)
  const final = changes.filter(isFinalChange)
  const moved = final.length > 0 ? await moveToHistory(session, worker, final) : []
  const back = changes.filter((change) => !isFinalChange(change))
  const returned = back.length > 0 ? await putBack(session, worker, back) : []
  return new Set([...moved, ...returned])
}

async function makePartitionsFor(session: Session, changes: readonly Change[]): Promise<void> {
  const rows = await session.run(
    `select distinct ${nowMs(1)} as now, keep_succeeded, keep_failed from ${session.schema}.jobs where id = any($2::uuid[])`,
    [session.now(), changes.map((change) => change.id)],
  )
  const now = Number(rows[0]?.now)
  const instants = rows.flatMap((row) => [now + Number(row.keep_succeeded), now + Number(row.keep_failed)])
  await makePartitions(session, now, instants)
}

async function moveToHistory(
  { run, schema, now }: Session,
  worker: string,
  changes: readonly FinalChange[],
): Promise<string[]> {
  const rows = await run(
    `with change as materialized (
       select * from json_to_recordset($3::json)
         as c (id uuid, fence int, state smallint, reason text, output json, error json)
     ), gone as (
       delete from ${schema}.jobs where ${guarded} returning *
     )
     insert into ${schema}.finished_jobs (${kept}, state, reason, output, error, finished_at, keep_until)
     select ${kept.replace('fence', 'gone.fence')}, c.state, c.reason, c.output, c.error, clock.now,
       clock.now + case c.state when ${codeOf('succeeded')} then keep_succeeded else keep_failed end
     from gone join change c using (id) cross join (select ${nowMs(1)} as now) clock
     returning id`,
    [
      now(),
      worker,
      asRows(changes, ({ reason, output, error }) => [
        ['reason', asJson(reason)],
        ['output', output],
        ['error', asJson(error)],
      ]),
    ],
    true,
  )
  return rows.map((row) => String(row.id))
}

async function putBack(
  { run, schema, now }: Session,
  worker: string,
  changes: readonly ReturnChange[],
): Promise<string[]> {
  const rows = await run(
    `with change as materialized (
       select * from json_to_recordset($3::json)
         as c (id uuid, fence int, state smallint, delay bigint, attempt smallint, lapses smallint)
     ), held as materialized (
       select id from ${schema}.jobs where ${guarded} for update
     )
     update ${schema}.jobs j set worker = null, claimed_at = null, stage = c.state, attempt = c.attempt, lapses = c.lapses,
       run_at = case c.delay when 0 then j.run_at else ${nowMs(1)} + c.delay end
     from change c where j.id = any (array(select id from held)) and j.id = c.id
     returning j.id`,
    [
      now(),
      worker,
      asRows(changes, ({ delay, attempt, lapses }) => [
        ['delay', String(delay)],
        ['attempt', String(attempt)],
        ['lapses', String(lapses)],
      ]),
    ],
    true,
  )
  return rows.map((row) => String(row.id))
}

async function noteAttempts({ run, schema, now }: Session, worker: string, changes: readonly Change[]): Promise<void> {
  await run(
    `with change as materialized (
       select * from json_to_recordset($3::json) as c (id uuid, fence int, state smallint, reason text, error json)
     ), held as materialized (
       select * from ${schema}.jobs where ${guarded} for update
     )
     insert into ${schema}.attempts (job_id, fence, attempt, worker, started_at, ended_at, state, reason, error)
     select id, held.fence, attempt, worker, claimed_at, ${nowMs(1)}, c.state, c.reason, c.error
     from held join change c using (id)`,
    [
      now(),
      worker,
      asRows(changes, ({ reason, error }) => [
        ['reason', asJson(reason)],
        ['error', asJson(error)],
      ]),
    ],
    true,
  )
}

type Field = readonly [name: string, json: string | null]

const asJson = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

/** `[{"id":…,"fence":…,"state":…, …}]`. Values are JSON text already, so that a result goes in as it is. */
function asRows<C extends Change>(changes: readonly C[], fieldsOf: (change: C) => readonly Field[]): string {
  const rows = changes.map((change) => {
    let row = `{"id":"${change.id}","fence":${change.fence},"state":${codeOf(change.to)}`
    for (const [name, json] of fieldsOf(change)) if (json !== null) row += `,"${name}":${json}`
    return `${row}}`
  })
  return `[${rows.join(',')}]`
}
