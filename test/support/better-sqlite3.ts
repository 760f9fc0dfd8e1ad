/** better-sqlite3, which comes without types. */
import { createRequire } from 'node:module'
import type { SqliteDatabase } from 'kysely'
import type { SqliteDriverHandle, SqliteDriverStatement } from '../../src/storage/sqlite/index.ts'

export interface BetterDatabase extends SqliteDriverHandle {
  prepare(text: string): SqliteDriverStatement & ReturnType<SqliteDatabase['prepare']>
  close(): void
  defaultSafeIntegers(on?: boolean): this
  transaction<T>(work: () => T): () => T
}

export const Database = createRequire(import.meta.url)('better-sqlite3') as new (file: string) => BetterDatabase
