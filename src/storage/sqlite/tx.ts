/** What runs statements in a transaction of the application. */
import type { Query, Row, SqlValue } from '../sql/database.ts'
import { describeTx, has, isKnex, isKysely, type KnexTransaction, kyselyQuery, txInvalid } from '../sql/tx.ts'

/**
 * On which copy of SQLite this Rota runs: transactions of another are refused. better-sqlite3 brings its own, and the locks of a file
 * belong to the process, so two copies in one process do not see each other's, write at the same time, and one of two commits is lost.
 */
export interface Copy {
  /** What opens a transaction on it, for messages. */
  readonly accepted: string
  /** Why one of another copy is refused, and what to do. */
  readonly refusal: string
  /** By what a handle of another copy is known. */
  readonly foreign: 'inTransaction' | 'isTransaction'
}

const lost = 'two copies of SQLite in one process lose commits of each other'

export const ofNode: Copy = {
  accepted: 'a DatabaseSync of node:sqlite after BEGIN IMMEDIATE, or a transaction of Kysely over one',
  refusal: `this Rota runs on the SQLite of Node, better-sqlite3 has a copy of its own, and ${lost}; to use better-sqlite3 let Rota run on it too, storage: sqlite({ file, driver: Database }) of 'rota/sqlite'`,
  foreign: 'inTransaction',
}

export const ofDriver: Copy = {
  accepted: 'a Database of the `driver` after BEGIN IMMEDIATE, or a transaction of Kysely or Knex over one',
  refusal: `this Rota runs on the copy of SQLite of its \`driver\`, that of Node is another, and ${lost}; open the file with the same driver, or leave out \`driver\` where nothing of this process uses better-sqlite3`,
  foreign: 'isTransaction',
}

/** @throws RotaError `tx_invalid` for anything else than a transaction of this copy of SQLite */
export async function queryIn(tx: unknown, copy: Copy): Promise<Query> {
  const query = await statementsIn(tx, copy)
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

async function statementsIn(tx: unknown, copy: Copy): Promise<Statements> {
  const refuse = (why: string): never => {
    throw txInvalid(why, copy.accepted)
  }
  if (isKysely(tx)) {
    if (!tx.isTransaction) refuse('this is Kysely outside of a transaction')
    if (tx.getExecutor().adapter.supportsTransactionalDdl) refuse('this Kysely is on another database')
    return (text, values) => kyselyQuery(tx, text, values)
  }
  if (isKnex(tx)) return knexStatements(tx, copy, refuse)
  if (isDrizzle(tx))
    refuse(
      'a transaction of Drizzle on SQLite is synchronous, so it is over before enqueue has begun. Run BEGIN IMMEDIATE and COMMIT yourself on the handle below, db.$client, and give that',
    )
  return handleStatements(tx, copy, refuse)
}

interface Handle {
  prepare(text: string): Statement
}

interface Statement {
  readonly reader?: boolean
  all(...values: Bound[]): Row[]
  run(...values: Bound[]): unknown
  safeIntegers?(on: boolean): unknown
  setReadBigInts?(on: boolean): unknown
}

/** A database handle of node:sqlite (`isTransaction`) or better-sqlite3 (`inTransaction`). */
function handleStatements(tx: unknown, copy: Copy, refuse: (why: string) => never): Statements {
  const isHandle = has(tx, 'prepare', 'exec')
  if (isHandle && typeof Reflect.get(tx, copy.foreign) === 'boolean') refuse(copy.refusal)
  const open: unknown = isHandle ? (Reflect.get(tx, 'isTransaction') ?? Reflect.get(tx, 'inTransaction')) : null
  if (typeof open !== 'boolean') refuse(`${describeTx(tx)} is no transaction of SQLite`)
  if (!open)
    refuse(
      'no transaction is open on this connection (one that takes a synchronous function is over before enqueue has begun)',
    )
  return (text, values) => {
    const statement = (tx as Handle).prepare(text)
    if (statement.reader !== false) return statement.all(...values)
    statement.run(...values) // better-sqlite3 tells the two apart
    return []
  }
}

/** After the end the connection is that of whoever is next, and Knex says so only of its own statements. */
async function knexStatements(tx: KnexTransaction, copy: Copy, refuse: (why: string) => never): Promise<Statements> {
  const checkOpen = () => {
    if (tx.isTransaction !== true || tx.isCompleted?.() === true) refuse('no transaction is open on this Knex')
  }
  checkOpen()
  const run = handleStatements(await tx.client.acquireConnection(), copy, refuse)
  return (text, values) => {
    checkOpen()
    return run(text, values)
  }
}

/** A database or a transaction of Drizzle, over better-sqlite3. */
function isDrizzle(tx: unknown): boolean {
  if (!has(tx, 'all', 'transaction')) return false
  const dialect = Reflect.get(tx, 'dialect') as object | undefined
  return (
    dialect !== undefined && Reflect.get(dialect.constructor, Symbol.for('drizzle:entityKind')) === 'SQLiteSyncDialect'
  )
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

export const notSeen = (copy: Copy) =>
  txInvalid(
    `the lock of this transaction is not seen by Rota. It is on another file, or by another copy of SQLite: ${copy.refusal}`,
    copy.accepted,
  )

const missingTables = (error: unknown) =>
  txInvalid(
    'the tables of Rota are not in the database of this transaction',
    'a transaction on the file that Rota is on (`storage`, or `cluster`)',
    error,
  )
