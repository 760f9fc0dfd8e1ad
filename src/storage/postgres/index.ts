/** `rota/postgres`: jobs in PostgreSQL. */
export type { PostgresClient, PostgresPool, PostgresQuery } from './pool.ts'
export { type PostgresOptions, postgres } from './storage.ts'
