/** What runs statements in a transaction of the application. */
import type { Row } from '../sql/database.ts'
import { describeTx, has, isKnex, isKysely, kyselyQuery, txInvalid } from '../sql/tx.ts'
import type { PostgresValue, Run } from './pool.ts'

const accepted =
  'a client of pg after BEGIN, the sql of postgres.js in sql.begin, a transaction of Kysely, Drizzle or Knex on PostgreSQL, or { query(text, values) → { rows } }'

/** @throws RotaError `tx_invalid` for anything else than a transaction of PostgreSQL */
export async function runIn(tx: unknown): Promise<Run> {
  const query = await queryIn(tx)
  return (text, values = []) => query(text, values.map(asText))
}

/**
 * Takes the lock that an insert takes, because outside of a transaction the server refuses that: so a pool, or a transaction that is
 * over, is found out before anything is stored, whatever library it is of.
 */
export async function checkOpen(run: Run, schema: string): Promise<void> {
  try {
    await run(`lock table ${schema}.jobs in row exclusive mode`)
  } catch (error) {
    throw explained(error)
  }
}

type TextQuery = (text: string, values: readonly (string | null)[]) => Promise<readonly Row[]>

async function queryIn(tx: unknown): Promise<TextQuery> {
  if (isKnex(tx)) {
    if (tx.isTransaction !== true) refuse(notOpen)
    return clientQuery(await tx.client.acquireConnection())
  }
  if (typeof tx === 'function' && has(tx, 'unsafe')) {
    return async (text, values) => (await tx.unsafe(text, values)) as readonly Row[]
  }
  if (isKysely(tx)) {
    if (!tx.getExecutor().adapter.supportsTransactionalDdl) refuse('this Kysely is on another database')
    return (text, values) => kyselyQuery(tx, text, values)
  }
  if (isDrizzle(tx)) {
    const { session } = tx
    return async (text, values) =>
      rowsOf(await session.prepareQuery({ sql: text, params: values }, undefined, undefined, false).execute())
  }
  return clientQuery(tx)
}

function clientQuery(tx: unknown): TextQuery {
  if (!has(tx, 'query')) refuse(`${describeTx(tx)} is no transaction of PostgreSQL`)
  return async (text, values) => rowsOf(await tx.query(text, values))
}

/** Some drivers give the rows as they are. */
const rowsOf = (result: unknown): readonly Row[] =>
  Array.isArray(result) ? result : ((result as { rows?: readonly Row[] } | null)?.rows ?? [])

interface DrizzleTransaction {
  readonly session: {
    prepareQuery(query: object, fields: undefined, name: undefined, arrays: boolean): { execute(): Promise<unknown> }
  }
}

const isDrizzle = (tx: unknown): tx is DrizzleTransaction => {
  if (!has(tx, 'execute', 'transaction')) return false
  const [session, dialect] = [Reflect.get(tx, 'session'), Reflect.get(tx, 'dialect')] as [unknown, object | undefined]
  const kind: unknown = dialect && Reflect.get(dialect.constructor, Symbol.for('drizzle:entityKind'))
  return has(session, 'prepareQuery') && kind === 'PgDialect'
}

/**
 * Every value as text, which every driver passes on as it is: each has its own idea of a list or of JSON, and the server reads text for
 * whatever type the statement asks for.
 */
function asText(value: PostgresValue): string | null {
  if (value === null) return null
  if (typeof value !== 'object') return String(value)
  if (value instanceof Uint8Array) throw new TypeError('A statement with binary values is for connections of our own.')
  return `{${value.map((one) => (one === null ? 'null' : quoted(String(one)))).join(',')}}`
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

const notOpen = 'no transaction is open on it (or it is a pool, which gives each statement another connection)'

/** The errors of a library may hold those of the server. */
function explained(error: unknown): unknown {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } }
  const is = (...states: string[]) => states.includes(String(code)) || states.includes(String(cause?.code))
  if (is('25P01')) return txInvalid(notOpen, accepted, error)
  if (is('42P01', '3F000'))
    return txInvalid(
      'the tables of Rota are not in the database of this transaction, or were made after it began',
      'a transaction on the database that Rota is on (`storage`, or `cluster`), begun after `rota.migrations.up()`',
      error,
    )
  return error
}

function refuse(why: string): never {
  throw txInvalid(why, accepted)
}
