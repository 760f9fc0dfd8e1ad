import { RotaError } from '../../job/errors.ts'
import type { MigrationStatus } from '../contract.ts'
import type { Query, SqlDatabase } from './database.ts'

/** One step of the schema. Published steps are never edited, only followed by others. */
export interface Migration {
  readonly name: string
  readonly statements: readonly string[]
}

/** Applies what is missing, in one transaction under `lock`, so that several processes may start at once. */
export async function migrate(
  db: SqlDatabase,
  steps: readonly Migration[],
  lock: readonly string[],
): Promise<MigrationStatus> {
  const before = await status(db, steps)
  if (before.pending.length === 0) return before
  return db.transaction(async (query) => {
    for (const statement of lock) await query(statement)
    const done = await appliedNames(db, query)
    for (const step of steps) {
      if (done.includes(step.name)) continue
      for (const statement of step.statements) await query(statement)
      await query(`insert into ${db.table('migrations')} (name, applied_at) values ($2, ${db.now(1)})`, [
        db.clock(),
        step.name,
      ])
    }
    return { applied: steps.map((step) => step.name), pending: [] }
  })
}

/** @throws RotaError `storage_newer` when the database knows steps that this code does not */
export async function status(db: SqlDatabase, steps: readonly Migration[]): Promise<MigrationStatus> {
  const done = await appliedNames(db, db.read)
  const known = steps.map((step) => step.name)
  const newer = done.filter((name) => !known.includes(name))
  if (newer.length > 0) {
    const message = `The database has the migration "${newer.at(-1)}", which this version of Rota does not know. Upgrade this process.`
    throw new RotaError('storage_newer', message)
  }
  return { applied: done, pending: known.filter((name) => !done.includes(name)) }
}

async function appliedNames(db: SqlDatabase, query: Query): Promise<string[]> {
  if (!(await db.exists('migrations', query))) return []
  const rows = await query(`select name from ${db.table('migrations')} order by name`)
  return rows.map((row) => String(row.name))
}
