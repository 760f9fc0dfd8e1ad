/** What runs statements in a transaction of the application. */
import type { Query, Row, SqlValue } from '../sql/database.ts'
import { describeTx, has, isKysely, kyselyQuery, txInvalid } from '../sql/tx.ts'

const accepted = 'a DatabaseSync of node:sqlite after BEGIN IMMEDIATE, or a transaction of Kysely over one'

/** @throws RotaError `tx_invalid` for anything else than a transaction of SQLite */
export function queryIn(tx: unknown): Query {
  const query = statementsIn(tx)
  return async (text, values = []) => {
    const [positional, list] = inOrder(text, values)
    try {
      return await query(positional, list)
    } catch (error) {
      throw /no such table/.test((error as Error).message) ? missingTables(error) : error
    }
  }
}

type Bound = string | number | null
type Statements = (text: string, values: readonly Bound[]) => readonly Row[] | Promise<readonly Row[]>

function statementsIn(tx: unknown): Statements {
  if (isKysely(tx)) {
    if (!tx.isTransaction) refuse('this is Kysely outside of a transaction')
    if (tx.getExecutor().adapter.supportsTransactionalDdl) refuse('this Kysely is on another database')
    return (text, values) => kyselyQuery(tx, text, values)
  }
  return handleOf(tx)
}

interface Handle {
  prepare(text: string): { readonly reader?: boolean; all(...values: Bound[]): Row[]; run(...values: Bound[]): unknown }
}

/** A database handle of node:sqlite (`isTransaction`) or better-sqlite3 (`inTransaction`). */
function handleOf(tx: unknown): Statements {
  const open = has(tx, 'prepare', 'exec')
    ? (Reflect.get(tx, 'isTransaction') ?? Reflect.get(tx, 'inTransaction'))
    : null
  if (typeof open !== 'boolean') refuse(`${describeTx(tx)} is no transaction of SQLite`)
  if (!open)
    refuse(
      'no transaction is open on this connection (one that takes a synchronous function is over before enqueue has begun)',
    )
  return (text, values) => {
    const statement = (tx as unknown as Handle).prepare(text)
    if (statement.reader !== false) return statement.all(...values)
    statement.run(...values) // better-sqlite3 tells the two apart
    return []
  }
}

/** Drivers differ in what they make of `?1`, and agree on `?`. */
function inOrder(text: string, values: readonly SqlValue[]): [text: string, values: Bound[]] {
  const list: Bound[] = []
  const positional = text.replace(/\$(\d+)/g, (_, n) => {
    const value = values[Number(n) - 1] ?? null
    list.push(typeof value === 'object' && value !== null ? JSON.stringify(value) : value)
    return '?'
  })
  return [positional, list]
}

/**
 * better-sqlite3 brings a copy of SQLite of its own. The locks of a file belong to the process, so two copies in one process
 * do not see each other's, write at the same time, and one of two commits is lost.
 */
export const notSeen = () =>
  txInvalid(
    'the lock of this transaction is not seen by Rota. It is on another file, or by another copy of SQLite than that of Node (better-sqlite3 has one), and two copies in one process lose commits of each other',
    accepted,
  )

const missingTables = (error: unknown) =>
  txInvalid(
    'the tables of Rota are not in the database of this transaction',
    'a transaction on the file that Rota is on (`storage`, or `cluster`)',
    error,
  )

function refuse(why: string): never {
  throw txInvalid(why, accepted)
}
