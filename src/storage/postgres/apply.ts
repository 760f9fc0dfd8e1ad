/** Writing what became of jobs, guarded by (id, fence, worker). */
import type { Change } from '../../job/states.ts'
import { codeOf } from '../sql/codes.ts'
import { nowMs } from './insert.ts'
import type { Run } from './pool.ts'

type Final = Extract<Change, { output: string | null }>
type Back = Exclude<Change, Final>

const isFinal = (change: Change): change is Final => 'output' in change

/** A change that leaves an attempt record, or puts the job back, needs more than the one statement of a plain end. */
export const isPlain = (changes: readonly Change[]): boolean =>
  changes.every((change) => isFinal(change) && change.error === null && change.reason === null)

const kept = `id, job, lane, priority, run_at, created_at, worker, claimed_at, fence, attempt, max_attempts, lapses, timeout,
  keep_succeeded, keep_failed, expires_at, flags, traceparent, limit_key, input, metadata`

/**
 * The rows of a batch, guarded. The pair test stands as `… is true`, because a planner may turn a plain one into a join
 * with the whole table; `array(select …)` keeps its estimate of the rows the same in every plan.
 */
const guarded = `id = any (array(select id from change)) and worker = $2
  and ((id, fence) in (select id, fence from change)) is true`

/** Gives the ids that were written. Without `isPlain` it has to run in a transaction. */
export async function applyChanges(
  run: Run,
  schema: string,
  now: number | null,
  worker: string,
  changes: readonly Change[],
): Promise<Set<string>> {
  const done = new Set<string>()
  const noted = changes.filter((change) => change.error !== null || change.reason !== null)
  if (noted.length > 0) await noteAttempts(run, schema, now, worker, noted)
  const final = changes.filter(isFinal)
  if (final.length > 0) for (const id of await moveToHistory(run, schema, now, worker, final)) done.add(id)
  const back = changes.filter((change): change is Back => !isFinal(change))
  if (back.length > 0) for (const id of await putBack(run, schema, now, worker, back)) done.add(id)
  return done
}

async function moveToHistory(
  run: Run,
  schema: string,
  now: number | null,
  worker: string,
  changes: readonly Final[],
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
      now,
      worker,
      asRows(changes, ({ reason, output, error }) => [
        ['reason', reason],
        ['output', rawJson(output)],
        ['error', error],
      ]),
    ],
    true,
  )
  return rows.map((row) => String(row.id))
}

async function putBack(
  run: Run,
  schema: string,
  now: number | null,
  worker: string,
  changes: readonly Back[],
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
      now,
      worker,
      asRows(changes, ({ delay, attempt, lapses }) => [
        ['delay', delay],
        ['attempt', attempt],
        ['lapses', lapses],
      ]),
    ],
    true,
  )
  return rows.map((row) => String(row.id))
}

async function noteAttempts(
  run: Run,
  schema: string,
  now: number | null,
  worker: string,
  changes: readonly Change[],
): Promise<void> {
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
      now,
      worker,
      asRows(changes, ({ reason, error }) => [
        ['reason', reason],
        ['error', error],
      ]),
    ],
    true,
  )
}

/** JSON text that goes into a row as it is, because parsing and printing it again would cost time and change numbers. */
const rawJson = (json: string | null): { readonly raw: string } | null => (json === null ? null : { raw: json })

type Field = readonly [name: string, value: unknown]

/** `[{"id":…,"fence":…,"state":…, …}]`; fields that are null are left out. */
function asRows<C extends Change>(changes: readonly C[], fieldsOf: (change: C) => readonly Field[]): string {
  const rows = changes.map((change) => {
    let row = `{"id":"${change.id}","fence":${change.fence},"state":${codeOf(change.to)}`
    for (const [name, value] of fieldsOf(change)) {
      if (value !== null) row += `,"${name}":${isRaw(value) ? value.raw : JSON.stringify(value)}`
    }
    return `${row}}`
  })
  return `[${rows.join(',')}]`
}

const isRaw = (value: unknown): value is { raw: string } =>
  typeof value === 'object' && value !== null && 'raw' in value
