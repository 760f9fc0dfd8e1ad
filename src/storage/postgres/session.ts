import type { LazyPool } from './connect.ts'
import { inTransaction, type Run, runOn, untilNotVictim, withoutNames } from './pool.ts'

/** Where a statement runs: on any connection of the pool, or on the one of a transaction. */
export interface Session {
  readonly run: Run
  /** Quoted, as it stands in statements. */
  readonly schema: string
  /** The injected clock, or null for the one of the database. */
  now(): number | null
}

export interface Database extends Session {
  /** Runs `work` between BEGIN and COMMIT, again when it was the victim of a deadlock or lost a name. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>
}

export function openDatabase(pool: LazyPool, description: string, schema: string, now: () => number | null): Database {
  const run = runOn(pool, description, pool.names)
  const transaction = <T>(work: (session: Session) => Promise<T>) =>
    inTransaction(pool, description, pool.names, (own) => work({ run: own, schema, now }))
  return {
    run: (...statement) => withoutNames(() => run(...statement)),
    schema,
    now,
    transaction: (work) => untilNotVictim(() => withoutNames(() => transaction(work))),
  }
}

/**
 * The time in milliseconds: the parameter, or the clock of the database. A subselect, so that a statement computes it once
 * and not for each row, which cost a job more than a microsecond.
 */
export const nowMs = (n: number): string =>
  `(select coalesce($${n}::bigint, (extract(epoch from now()) * 1000)::bigint))`
