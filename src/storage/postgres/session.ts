import { inTransaction, type PostgresPool, type Run, runOn, untilNotVictim } from './pool.ts'

/** Where a statement runs: on any connection of the pool, or on the one of a transaction. */
export interface Session {
  readonly run: Run
  /** Quoted, as it stands in statements. */
  readonly schema: string
  /** The injected clock, or null for the one of the database. */
  now(): number | null
}

export interface Database extends Session {
  /** Runs `work` between BEGIN and COMMIT, again when it was the victim of a deadlock. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>
}

export function openDatabase(
  pool: Pick<PostgresPool, 'query' | 'connect'>,
  description: string,
  schema: string,
  now: () => number | null,
): Database {
  return {
    run: runOn(pool, description),
    schema,
    now,
    transaction: (work) => untilNotVictim(() => inTransaction(pool, description, (run) => work({ run, schema, now }))),
  }
}

/** The time in milliseconds: the parameter, or the clock of the database. */
export const nowMs = (n: number): string => `coalesce($${n}::bigint, (extract(epoch from now()) * 1000)::bigint)`
