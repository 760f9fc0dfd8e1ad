/** `rota/sqlite`: jobs in one SQLite file. */
export { type SqliteOptions, sqlite } from './storage.ts'
