/** What runs statements in a transaction of the application. */
import type { Query, Row, SqlValue } from '../sql/database.ts'
import { describeTx, has, isKnex, isKysely, kyselyQuery, txInvalid } from '../sql/tx.ts'

const accepted =
  'a DatabaseSync of node:sqlite or a Database of better-sqlite3 after BEGIN IMMEDIATE, or a transaction of Kysely or Knex over better-sqlite3'

/** @throws RotaError `tx_invalid` for anything else than a transaction of SQLite */
export async function queryIn(tx: unknown): Promise<Query> {
  const query = await statementsIn(tx)
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

async function statementsIn(tx: unknown): Promise<Statements> {
  if (isKnex(tx)) {
    if (tx.isTransaction !== true) refuse('knex itself is no transaction')
    return handleOf(await tx.client.acquireConnection())
  }
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

const missingTables = (error: unknown) =>
  txInvalid(
    'the tables of Rota are not in the database of this transaction',
    'a transaction on the file that Rota is on (`storage`, or `cluster`)',
    error,
  )

function refuse(why: string): never {
  throw txInvalid(why, accepted)
}
