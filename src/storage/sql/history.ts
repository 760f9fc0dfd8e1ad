import type { FinalState } from '../../job/states.ts'
import { codeOf, stateOf } from './codes.ts'
import type { Query, Row, SqlDatabase } from './database.ts'
import { keptColumns } from './records.ts'

/** A job that ended, with what is needed to see what follows from it. */
export interface EndedRow {
  readonly id: string
  readonly job: string
  readonly attempt: number
  readonly state: FinalState
  readonly flags: number
}

/** Moves jobs that no worker holds to the history. What waits for them is left to `closeEdges`. */
export async function moveWaiting(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
  state: FinalState,
  reason: string | null,
): Promise<EndedRow[]> {
  const rows = `${db.table('jobs')} where ${db.anyOf('id', 2)} and worker is null`
  const moved = await query(
    `insert into ${db.table('finished_jobs')} (${keptColumns}, state, reason, finished_at, keep_until)
     select ${keptColumns}, ${codeOf(state)}, cast($3 as text), ${db.now(1)}, ${db.now(1)} + keep_failed from ${rows}
     returning id, job, attempt, state, flags`,
    [db.clock(), ids, reason],
  )
  await query(`delete from ${db.table('jobs')} where ${db.anyOf('id', 1)} and worker is null`, [ids])
  return moved.map(endedRow)
}

export const endedRow = (row: Row): EndedRow => ({
  id: String(row.id),
  job: String(row.job),
  attempt: Number(row.attempt),
  state: stateOf(row.state) as FinalState,
  flags: Number(row.flags),
})
