import type { State } from '../../job/states.ts'
import type { NewJob } from '../contract.ts'
import { liveState, stateOf } from './codes.ts'
import type { Query, SqlDatabase } from './database.ts'

/** The state of each of these jobs that exists; none of them can change until the transaction ends. */
export async function hold(db: SqlDatabase, query: Query, ids: readonly string[]): Promise<Map<string, State>> {
  const found = new Map<string, State>()
  const missing = () => ids.filter((id) => !found.has(id))
  const lock = async (state: string, table: string) => {
    const rows = await query(
      `select id, ${state} as state from ${db.table(table)} where ${db.anyOf('id', 1)} order by id${db.lock.wait}`,
      [missing()],
    )
    for (const row of rows) found.set(String(row.id), stateOf(row.state))
  }
  // While we wait for a row it may move to the history, or back by a retry. One statement for both places sees it in one.
  for (;;) {
    await lock(liveState, 'jobs')
    if (missing().length > 0) await lock('state', 'finished_jobs')
    if (missing().length === 0) return found
    const somewhere = await query(
      `select id from ${db.table('jobs')} where ${db.anyOf('id', 1)}
       union all select id from ${db.table('finished_jobs')} where ${db.anyOf('id', 1)}`,
      [missing()],
    )
    if (somewhere.length === 0) return found
  }
}

/** Those of these jobs that an earlier try has stored, whatever became of them. */
export async function storedBefore(db: SqlDatabase, query: Query, jobs: readonly NewJob[]): Promise<Set<string>> {
  const among = db.anyOf('id', 1)
  const rows = await query(
    `select id from ${db.table('jobs')} where ${among} union all select id from ${db.table('finished_jobs')} where ${among}
     union all select id from ${db.table('tombstones')} where ${among}`,
    [jobs.map(({ id }) => id)],
  )
  return new Set(rows.map((row) => String(row.id)))
}
