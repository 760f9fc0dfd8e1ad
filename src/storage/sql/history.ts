import type { FinalState } from '../../job/states.ts'
import { codeOf } from './codes.ts'
import type { Query, SqlDatabase } from './database.ts'
import { keptColumns } from './records.ts'

/** Moves jobs that no worker holds to the history. */
export async function endWaiting(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
  state: FinalState,
  reason: string | null,
): Promise<void> {
  const rows = `${db.table('jobs')} where ${db.anyOf('id', 2)} and worker is null`
  await query(
    `insert into ${db.table('finished_jobs')} (${keptColumns}, state, reason, finished_at, keep_until)
     select ${keptColumns}, ${codeOf(state)}, cast($3 as text), ${db.now(1)}, ${db.now(1)} + keep_failed from ${rows}`,
    [db.clock(), ids, reason],
  )
  await query(`delete from ${db.table('jobs')} where ${db.anyOf('id', 1)} and worker is null`, [ids])
}
