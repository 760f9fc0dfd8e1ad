/** Counts for charts: what each worker counted in a minute, and what others made of these rows. */
import type { CounterRow } from '../contract.ts'
import type { Query, Row, SqlDatabase } from './database.ts'

const key = { span: 'text', at: 'bigint', worker: 'text' } as const
const columns = { ...key, data: 'text' } as const

/** Milliseconds that rows are kept. */
const kept: Readonly<Record<CounterRow['span'], number>> = { minute: 48 * 3_600_000, hour: 400 * 86_400_000 }

const keyOf = ({ span, at, worker }: CounterRow): string => `${span} ${at} ${worker}`

export async function count(db: SqlDatabase, query: Query, rows: readonly CounterRow[]): Promise<void> {
  if (rows.length === 0) return
  const last = new Map(rows.map((row) => [keyOf(row), row])) // one statement may not write a row twice
  await query(
    `insert into ${db.table('counters')} (span, at, worker, data) select span, at, worker, data
     from ${db.records(1, 'n', columns)} where true order by span, at, worker
     on conflict (span, at, worker) do update set data = excluded.data`,
    [JSON.stringify([...last.values()].map(({ span, at, worker, data }) => ({ span, at, worker, data })))],
  )
}

export async function counters(
  db: SqlDatabase,
  query: Query,
  span: CounterRow['span'],
  from: number,
  to: number,
  lock = '',
): Promise<CounterRow[]> {
  const rows = await query(
    `select span, at, worker, data from ${db.table('counters')}
     where span = $1 and at >= $2 and at < $3 order by at, worker${lock}`,
    [span, from, to],
  )
  return rows.map(counterRow)
}

const counterRow = (row: Row): CounterRow => ({
  span: row.span as CounterRow['span'],
  at: Number(row.at),
  worker: String(row.worker),
  data: String(row.data),
})

/** Who counts waits for the rows that are being merged, and nobody waits for a merge to begin one. */
export function mergeCounters(
  db: SqlDatabase,
  span: CounterRow['span'],
  from: number,
  to: number,
  merge: (rows: readonly CounterRow[]) => readonly CounterRow[],
): Promise<boolean> {
  return db.transaction(async (query) => {
    if (!(await db.tryLock(query, 'counters'))) return false
    const rows = await counters(db, query, span, from, to, db.lock.wait)
    if (rows.length === 0) return true
    await remove(db, query, rows)
    await count(db, query, merge(rows))
    return true
  })
}

async function remove(db: SqlDatabase, query: Query, rows: readonly (Row | CounterRow)[]): Promise<void> {
  await query(
    `delete from ${db.table('counters')} where (span, at, worker) in (select span, at, worker from ${db.records(1, 'n', key)})`,
    [JSON.stringify(rows.map(({ span, at, worker }) => ({ span, at, worker })))],
  )
}

/** A look first, so that nothing is written where nothing is old. True when there may be more. */
export async function purgeCounters(db: SqlDatabase, limit: number): Promise<boolean> {
  const old = Object.entries(kept).map(([span, ms]) => `(span = '${span}' and at < ${db.now(1)} - ${ms})`)
  const rows = await db.read(
    `select span, at, worker from ${db.table('counters')} where ${old.join(' or ')} limit $2`,
    [db.clock(), limit],
  )
  if (rows.length === 0) return false
  await remove(db, db.write, rows)
  return rows.length === limit
}
