/** Writing what became of jobs, guarded by (id, fence, worker). */
import { type Change, type FinalChange, isFinalChange, leavesRecord, type ReturnChange } from '../../job/states.ts'
import type { Applied, Note } from '../contract.ts'
import { codeOf, codeOfLevel, hasChildren, hasChildrenOf, keepTombstones } from '../sql/codes.ts'
import type { Row } from '../sql/database.ts'
import { nothingFollowed } from '../sql/edges.ts'
import { type EndedRow, endedRow } from '../sql/history.ts'
import { keptColumns } from '../sql/records.ts'
import { int2Array, int4Array, textArray, uuidArray } from './binary.ts'
import { withPartitions } from './partitions.ts'
import { untilNotVictim } from './pool.ts'
import { type Database, nowMs, type Session } from './session.ts'

/**
 * The rows of a batch, guarded. The pair test stands as `… is true`, because a planner may turn a plain one into a join
 * with the whole table; `array(select …)` keeps its estimate of the rows the same in every plan.
 */
const guarded = `id = any (array(select id from change)) and worker = $2
  and ((id, fence) in (select id, fence from change)) is true`

/** What follows in the same transaction from jobs that went back to wait, and from the end of parents. */
export type FollowUp = (
  run: Session['run'],
  returned: readonly ReturnChange[],
  parents: readonly EndedRow[],
) => Promise<Pick<Applied, 'cancelled' | 'followed'>>

/** A batch of plain ends is one statement, any other a transaction; so is what ends while others wait for it. */
export function apply(
  database: Database,
  worker: string,
  changes: readonly Change[],
  notes: readonly Note[],
  followUp: FollowUp,
): Promise<Applied> {
  const plain =
    notes.length === 0 &&
    changes.length > 0 &&
    changes.every((change) => isFinalChange(change) && !change.forget && !leavesRecord(change))
  return withPartitions(database, async () => {
    let rest = changes
    if (plain) {
      const ended = new Set(await untilNotVictim(() => endPlain(database, worker, changes.filter(isFinalChange))))
      rest = changes.filter(({ id }) => !ended.has(id))
      if (rest.length === 0) return { refused: [], cancelled: [], followed: nothingFollowed }
    }
    return database.transaction(async (session) => {
      if (notes.length > 0) await note(session, worker, notes)
      return write(session, worker, rest, followUp)
    })
  })
}

async function write(
  session: Session,
  worker: string,
  changes: readonly Change[],
  followUp: FollowUp,
): Promise<Applied> {
  const noted = changes.filter(leavesRecord)
  if (noted.length > 0) await noteAttempts(session, worker, noted)
  const ends = changes.filter(isFinalChange)
  const leaving = ends.filter((change) => change.forget)
  const forgotten = new Set(leaving.length > 0 ? await forget(session, worker, leaving) : [])
  const final = ends.filter(({ id }) => !forgotten.has(id))
  const ended = final.length > 0 ? await moveToHistory(session, worker, final, '') : []
  const back = changes.filter((change) => !isFinalChange(change))
  const put = new Set(back.length > 0 ? await putBack(session, worker, back) : [])
  const returned = back.filter(({ id }) => put.has(id))
  const parents = ended.filter(({ flags }) => hasChildrenOf(flags)).map(endedRow)
  const done = new Set([...put, ...forgotten, ...ended.map(({ id }) => String(id))])
  const refused = done.size === changes.length ? [] : changes.map(({ id }) => id).filter((id) => !done.has(id))
  return { refused, ...(await followUp(session.run, returned, parents)) }
}

/** Those for which nobody waits, as the row says when it is deleted. Gives their ids. */
async function endPlain(session: Session, worker: string, changes: readonly FinalChange[]): Promise<Iterable<string>> {
  if (areBare(changes)) return endBare(session, worker, changes)
  const rows = await moveToHistory(session, worker, changes, `and flags & ${hasChildren} = 0`)
  return rows.map((row) => String(row.id))
}

/** Successes that left nothing but that, all with the same fence: what most handlers give at the first try. */
function areBare(changes: readonly FinalChange[]): boolean {
  const { fence } = changes[0] as FinalChange
  return changes.every(
    (change) => change.to === 'succeeded' && change.fence === fence && change.output === null && change.reason === null,
  )
}

/** As `moveToHistory` without anything to join: a fifth less work for the server. Tells apart only where one was refused. */
async function endBare(
  { run, schema, now }: Session,
  worker: string,
  changes: readonly FinalChange[],
): Promise<Iterable<string>> {
  const ids = changes.map(({ id }) => id)
  const [row] = await run(
    `with gone as (
       delete from ${schema}.jobs where id = any (array(select unnest($3::uuid[]))) and worker = $2 and fence = $4
         and flags & ${hasChildren} = 0 returning *
     ), kept as (
       insert into ${schema}.finished_jobs (${keptColumns}, state, finished_at, keep_until)
       select ${keptColumns}, ${codeOf('succeeded')}, clock.now, clock.now + coalesce(nullif(keep_succeeded, 0), keep_failed)
       from gone cross join (select ${nowMs(1)} as now) clock
       returning id
     )
     select case when (select count(*) from kept) < $5 then (select coalesce(json_agg(id), '[]') from kept) end as ids`,
    [now(), worker, uuidArray(ids), (changes[0] as FinalChange).fence, changes.length],
    true,
  )
  return row?.ids === null ? ids : (JSON.parse(String(row?.ids)) as string[])
}

async function moveToHistory(
  { run, schema, now }: Session,
  worker: string,
  changes: readonly FinalChange[],
  only: string,
): Promise<readonly Row[]> {
  return run(
    `with change as materialized (
       select * from unnest($3::uuid[], $4::int[], $5::smallint[], $6::text[], $7::json[], $8::json[])
         as c (id, fence, state, reason, output, error)
     ), gone as (
       delete from ${schema}.jobs where ${guarded} ${only} returning *
     )
     insert into ${schema}.finished_jobs (${keptColumns}, state, reason, output, error, finished_at, keep_until)
     select ${keptColumns.replace('fence', 'gone.fence')}, c.state, c.reason, c.output, c.error, clock.now,
       clock.now + case c.state when ${codeOf('succeeded')} then coalesce(nullif(keep_succeeded, 0), keep_failed) else keep_failed end
     from gone join change c using (id) cross join (select ${nowMs(1)} as now) clock
     returning id${only ? '' : ', job, attempt, state, flags'}`,
    [
      now(),
      worker,
      uuidArray(changes.map(({ id }) => id)),
      int4Array(changes.map(({ fence }) => fence)),
      int2Array(changes.map(({ to }) => codeOf(to))),
      textArray(
        'text',
        changes.map(({ reason }) => reason),
      ),
      textArray(
        'json',
        changes.map(({ output }) => output),
      ),
      textArray(
        'json',
        changes.map(({ error }) => asJson(error)),
      ),
    ],
    true,
  )
}

/** What others wait for stays, and goes to the history. Gives the ids of those of which nothing is left. */
async function forget(
  { run, schema, now }: Session,
  worker: string,
  changes: readonly FinalChange[],
): Promise<string[]> {
  const rows = await run(
    `with change as materialized (
       select * from json_to_recordset($3::json) as c (id uuid, fence int)
     ), gone as (
       delete from ${schema}.jobs where ${guarded} and flags & ${hasChildren} = 0 returning id
     ), stones as (
       insert into ${schema}.tombstones (id, expires_at) select id, ${nowMs(1)} + ${keepTombstones} from gone
       on conflict do nothing
     ), tries as (
       delete from ${schema}.attempts where job_id = any (array(select id from gone))
     ), lines as (
       delete from ${schema}.logs where job_id = any (array(select id from gone))
     ), links as (
       delete from ${schema}.edges where child = any (array(select id from gone))
     )
     select id from gone`,
    [now(), worker, asRows(changes, () => [])],
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

/** Writes what handlers told, for those of the jobs that are still in their hands. */
export async function note({ run, schema, now }: Session, worker: string, notes: readonly Note[]): Promise<void> {
  const held = `held as materialized (
       select id, fence, attempt from ${schema}.jobs
       where id = any (array(select id from told)) and worker = $2 and ((id, fence) in (select id, fence from told)) is true)`
  const lines = notes.flatMap(({ id, fence, logs }) =>
    logs.map((line) => ({ id, fence, ...line, level: codeOfLevel(line.level) })),
  )
  const steps = notes.filter(({ progress }) => progress !== null)
  if (lines.length > 0) {
    await run(
      `with told as materialized (
         select * from json_to_recordset($3::json)
           as t (id uuid, fence int, seq int, ago bigint, level smallint, message text, data text)
       ), ${held}
       insert into ${schema}.logs (job_id, fence, seq, attempt, at, level, message, data)
       select id, told.fence, seq, attempt, ${nowMs(1)} - ago, level, message, data::json from told join held using (id)
       on conflict (job_id, fence, seq) do nothing`,
      [now(), worker, JSON.stringify(lines)],
      true,
    )
  }
  if (steps.length > 0) {
    await run(
      `with told as materialized (
         select * from json_to_recordset($1::json) as t (id uuid, fence int, progress json)
       ), ${held}
       update ${schema}.jobs j set progress = told.progress from told
       where j.id = any (array(select id from held)) and j.id = told.id`,
      [JSON.stringify(steps.map(({ id, fence, progress }) => ({ id, fence, progress }))), worker],
      true,
    )
  }
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
