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
const keptOfRow = kept.replaceAll(/\w+/g, 'j.$&')

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
    `with gone as (
       delete from ${schema}.jobs j
       using unnest($3::uuid[], $4::int[], $5::smallint[], $6::text[], $7::json[], $8::json[])
         as o (id, fence, state, reason, output, error)
       where j.id = o.id and j.fence = o.fence and j.worker = $2
       returning ${keptOfRow}, o.state, o.reason, o.output, o.error
     )
     insert into ${schema}.finished_jobs (${kept}, state, reason, output, error, finished_at, keep_until)
     select ${kept}, state, reason, output, error, now,
       now + case state when ${codeOf('succeeded')} then keep_succeeded else keep_failed end
     from gone, (select ${nowMs(1)} as now) clock
     returning id`,
    [
      now,
      worker,
      changes.map((change) => change.id),
      changes.map((change) => change.fence),
      changes.map((change) => codeOf(change.to)),
      changes.map((change) => change.reason),
      changes.map((change) => change.output),
      changes.map((change) => change.error && JSON.stringify(change.error)),
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
    `update ${schema}.jobs j set worker = null, claimed_at = null, stage = o.stage, attempt = o.attempt, lapses = o.lapses,
       run_at = case o.delay when 0 then j.run_at else ${nowMs(1)} + o.delay end
     from unnest($3::uuid[], $4::int[], $5::smallint[], $6::bigint[], $7::smallint[], $8::smallint[])
       as o (id, fence, stage, delay, attempt, lapses)
     where j.id = o.id and j.fence = o.fence and j.worker = $2
     returning j.id`,
    [
      now,
      worker,
      changes.map((change) => change.id),
      changes.map((change) => change.fence),
      changes.map((change) => codeOf(change.to)),
      changes.map((change) => change.delay),
      changes.map((change) => change.attempt),
      changes.map((change) => change.lapses),
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
    `insert into ${schema}.attempts (job_id, fence, attempt, worker, started_at, ended_at, state, reason, error)
     select j.id, j.fence, j.attempt, j.worker, j.claimed_at, ${nowMs(1)}, o.state, o.reason, o.error
     from unnest($3::uuid[], $4::int[], $5::smallint[], $6::text[], $7::json[]) as o (id, fence, state, reason, error)
     join ${schema}.jobs j on j.id = o.id and j.fence = o.fence and j.worker = $2`,
    [
      now,
      worker,
      changes.map((change) => change.id),
      changes.map((change) => change.fence),
      changes.map((change) => codeOf(change.to)),
      changes.map((change) => change.reason),
      changes.map((change) => change.error && JSON.stringify(change.error)),
    ],
    true,
  )
}
