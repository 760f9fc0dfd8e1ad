/** What is over of people: old entries of the audit log, sessions and verifications that ran out. */
import type { SqlDatabase } from './database.ts'

/** Milliseconds that an entry of the audit log is kept: 400 days. */
export const keepAudit = 400 * 86_400_000

const tables = ['audit', 'sessions', 'verifications'] as const

const isOver = (db: SqlDatabase, table: (typeof tables)[number]): string =>
  table === 'audit' ? `at < ${db.now(1)} - ${keepAudit}` : `expires_at <= ${db.now(1)}`

/** One look at all of them first, so that nothing is written where nothing is over. Tells whether there is more. */
export async function purgePeople(db: SqlDatabase, limit: number): Promise<boolean> {
  const looks = tables.map(
    (table) => `select '${table}' as name where exists (select 1 from ${db.table(table)} where ${isOver(db, table)})`,
  )
  const found = new Set((await db.read(looks.join(' union all '), [db.clock()])).map(({ name }) => name))
  let more = false
  for (const table of tables) if (found.has(table)) more = (await remove(db, table, limit)) || more
  return more
}

async function remove(db: SqlDatabase, table: (typeof tables)[number], limit: number): Promise<boolean> {
  const name = db.table(table)
  return db.transaction(async (query) => {
    const rows = await query(`select id from ${name} where ${isOver(db, table)} limit $2${db.lock.skip}`, [
      db.clock(),
      limit,
    ])
    const ids = rows.map(({ id }) => id) as number[] | string[]
    await query(`delete from ${name} where ${db.anyOf('id', 1)}`, [ids])
    return ids.length === limit
  })
}
