/** `rota/postgres`: jobs in PostgreSQL. */
export type { PostgresOptions } from './connect.ts'
export type { PostgresClient, PostgresPool, PostgresQuery } from './pool.ts'
export { postgres } from './storage.ts'
