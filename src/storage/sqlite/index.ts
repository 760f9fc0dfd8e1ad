/** `rota/sqlite`: jobs in one SQLite file. */
export type { SqliteDriver, SqliteDriverHandle, SqliteDriverStatement } from './handle.ts'
export { type SqliteOptions, sqlite } from './storage.ts'
