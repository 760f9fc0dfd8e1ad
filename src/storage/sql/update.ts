/** New values for jobs that wait, in the transaction that holds their rows. */
import type { JobUpdate } from '../../job/edits.ts'
import { jobTag } from '../../job/tag.ts'
import { aside, codeOf } from './codes.ts'
import type { ColumnType, Query, SqlDatabase, SqlValue } from './database.ts'
import { relabelled } from './labels.ts'
import { finishedColumns, liveColumns } from './look.ts'
import { jobRecord } from './records.ts'

type Field = Exclude<keyof JobUpdate, 'at' | 'delay'>

/** Where each field is kept, and as what. */
const columns: Readonly<Record<Field, readonly [name: string, type: ColumnType]>> = {
  lane: ['lane', 'text'],
  priority: ['priority', 'integer'],
  maxAttempts: ['max_attempts', 'integer'],
  timeout: ['timeout', 'bigint'],
  expiresAt: ['expires_at', 'bigint'],
  input: ['input', 'json'],
  metadata: ['metadata', 'jsonb'],
}

/** Gives the ids of those that are not what was seen, and were left as they are. */
export async function update(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
  { set, ifMatch }: { readonly set: JobUpdate; readonly ifMatch: string | null },
): Promise<Set<string>> {
  const stale = await notAsSeen(db, query, ids, ifMatch)
  const own = ids.filter((id) => !stale.has(id))
  if (own.length === 0) return stale
  if (set.metadata === undefined) await write(db, query, own, set)
  else await relabelled(db, query, own, () => write(db, query, own, set))
  return stale
}

/** Those that are not what was seen, among what waits, runs or is over; none where nobody says what was seen. */
export async function notAsSeen(
  db: SqlDatabase,
  query: Query,
  ids: readonly string[],
  ifMatch: string | null,
): Promise<Set<string>> {
  if (ifMatch === null) return new Set()
  const rows = await query(
    `select ${liveColumns} from ${db.table('jobs')} where ${db.anyOf('id', 1)}
     union all select ${finishedColumns} from ${db.table('finished_jobs')} where ${db.anyOf('id', 1)}`,
    [ids],
  )
  return new Set(rows.map(jobRecord).flatMap((record) => (jobTag(record) === ifMatch ? [] : [record.id])))
}

async function write(db: SqlDatabase, query: Query, ids: readonly string[], set: JobUpdate): Promise<void> {
  const moves = set.at !== undefined || set.delay !== undefined
  const fields = (Object.keys(columns) as Field[]).filter((field) => set[field] !== undefined)
  const types: Record<string, ColumnType> = moves ? { at: 'bigint', delay: 'bigint' } : {}
  const row: Record<string, unknown> = moves ? { at: set.at ?? null, delay: set.delay ?? 0 } : {}
  const changes: string[] = []
  for (const field of fields) {
    const [name, type] = columns[field]
    types[name] = type
    row[name] = field === 'metadata' ? set.metadata && JSON.stringify(set.metadata) : set[field]
    changes.push(`${name} = n.${name}`)
  }
  const now = db.now(3)
  const due = `coalesce(n.at, ${now} + n.delay)`
  if (moves) changes.push(`run_at = ${due}`)
  const values: SqlValue[] = [JSON.stringify([row]), ids, ...(moves ? [db.clock()] : [])]
  await query(
    `update ${db.table('jobs')} as j set ${[...changes, `stage = ${stage(moves ? due : null, now)}`].join(', ')}
     from ${db.records(1, 'n', types)} where ${db.anyOf('j.id', 2)} and j.worker is null`,
    values,
  )
}

/** A blocked job stays blocked; one that was set aside is looked at anew, because others may know it where it goes. */
function stage(due: string | null, now: string): string {
  const kept = `when j.stage = ${codeOf('blocked')} then j.stage`
  if (due === null) return `case when j.stage = ${aside} then ${codeOf('ready')} else j.stage end`
  return `case ${kept} when ${due} > ${now} then ${codeOf('scheduled')} else ${codeOf('ready')} end`
}
