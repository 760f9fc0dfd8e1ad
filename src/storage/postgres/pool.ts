/**
 * What Rota needs of a PostgreSQL driver: the shape of `pg`'s Pool. A pool of the application's own fits as it is.
 *
 * Nothing here depends on the session of a connection, so it works behind PgBouncer in transaction mode: what a
 * statement leaves in a session is a name, and a pool that loses names goes without (`Names`).
 */
import { createHash } from 'node:crypto'
import { RotaError } from '../../job/errors.ts'
import type { Row, SqlValue } from '../sql/database.ts'

/** One statement. */
export interface PostgresQuery {
  /** A statement with a name is kept parsed by its connection. */
  readonly name?: string
  /** The SQL. */
  readonly text: string
  /** For `$1`, `$2` … A Buffer goes as it is, in the binary format of its type, as the JavaScript driver of `pg` sends it. */
  readonly values?: unknown[]
  /** Milliseconds. */
  readonly query_timeout?: number
  /** How a value of the database is read. */
  readonly types?: { getTypeParser(oid: number, format?: string): (text: string) => unknown }
}

/** One connection, for as long as it is taken out of its pool. */
export interface PostgresClient {
  /** Runs one statement. */
  query(query: PostgresQuery): Promise<{ rows: Row[] }>
  /** Gives it back to the pool; with true or an error it is closed. */
  release(destroy?: boolean | Error): void
  /** What PostgreSQL tells by NOTIFY, and the end of the connection. */
  on(event: 'notification', listener: (message: { channel: string; payload?: string | undefined }) => void): unknown
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown
}

/** A pool of connections, as `pg` makes it. */
export interface PostgresPool {
  /** Its size, where it tells. */
  readonly options?: { readonly max?: number | undefined }
  /** Runs one statement on any connection. */
  query(query: PostgresQuery): Promise<{ rows: Row[] }>
  /** Takes a connection out of the pool. */
  connect(): Promise<PostgresClient>
  /** Closes all connections. */
  end(): Promise<void>
  /** Trouble with a connection that nobody uses, and connections as they are made. */
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'connect', listener: (client: PostgresClient) => void): unknown
}

/**
 * A connection that breaks tells so by an event, and an event nobody listens to ends the process. The call under way
 * fails by itself, so there is nothing to do but to listen: on the pool for idle connections, on each client from its
 * first moment, because it may break between being made and being handed out.
 */
export function surviveBrokenConnections(pool: PostgresPool): void {
  if (listenedPools.has(pool)) return
  listenedPools.add(pool)
  pool.on('error', () => {})
  pool.on('connect', surviveBreaking)
}

const listenedPools = new WeakSet<PostgresPool>()
const listenedTo = new WeakSet<PostgresClient>()

/** A pool of the application's own may have made its connections before it came to us. */
function surviveBreaking(client: PostgresClient): void {
  if (listenedTo.has(client)) return
  listenedTo.add(client)
  client.on('error', () => {})
}

/** `prepared` statements are parsed and planned once per connection; the others with each call and its values. */
export type Run = (text: string, values?: readonly PostgresValue[], prepared?: boolean) => Promise<readonly Row[]>
/** Bytes are a value in the binary format of its type (`binary.ts`). */
export type PostgresValue = SqlValue | readonly (string | number | null)[] | Uint8Array

/** Integers of any size as numbers (all of ours are below 2⁵³), the rest as the text that it is. */
const integers = new Set([20, 21, 23])
const types = { getTypeParser: (oid: number) => (integers.has(oid) ? Number : (text: string) => text) }

/** Milliseconds. A network that swallows everything must not hold a call for ever, also in a pool of the application's own. */
const queryPatience = 30_000

const names = new Map<string, string>()

function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    name = `rota_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
    names.set(text, name)
  }
  return name
}

/** Whether prepared statements get names in a pool. Once it has lost one, no more, for as long as the pool lives. */
export interface Names {
  allowed: boolean
}

export function runOn(target: Pick<PostgresPool, 'query'>, description: string, names: Names): Run {
  return async (text, values = [], prepared = false) => {
    const query = { text, values: values as unknown[], types, query_timeout: queryPatience }
    try {
      return (await target.query(prepared && names.allowed ? { ...query, name: nameOf(text) } : query)).rows
    } catch (error) {
      if (lostNames.includes(sqlState(error))) names.allowed = false
      throw readable(error, description)
    }
  }
}

/**
 * invalid_sql_statement_name and duplicate_prepared_statement: behind a pooler in transaction mode the session is that of
 * whoever comes next, and so is the name. Also after a `discard all` of the application. Nothing of the statement was done.
 */
const lostNames = ['26000', '42P05']

/** Runs a statement or a whole transaction again when a name was lost. It has no names then, so once is enough. */
export async function withoutNames<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!lostNames.includes(sqlState(error))) throw error
    return work()
  }
}

/**
 * A process that is halted or blocked in the middle of a transaction would keep its locks, and with them everybody else,
 * for as long: the server ends it instead. Two statements in one message, so it costs nothing; local, so it suits a pooler.
 */
const begin = `begin; set local idle_in_transaction_session_timeout = '5s'`

/** Runs `work` between BEGIN and COMMIT on one connection. */
export async function inTransaction<T>(
  pool: Pick<PostgresPool, 'connect'>,
  description: string,
  names: Names,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error) => {
    throw readable(error, description)
  })
  surviveBreaking(client)
  const run = runOn(client, description, names)
  let broken = false
  try {
    await run(begin)
    const value = await work(run)
    await run('commit')
    return value
  } catch (error) {
    broken = error instanceof RotaError && !lostNames.includes(sqlState(error))
    if (!broken)
      await run('rollback').catch(() => {
        broken = true
      })
    throw error
  } finally {
    client.release(broken)
  }
}

const deadlock = '40P01'
const serialization = '40001'

/** Runs `work` again when the database chose it as the victim of a deadlock. */
export async function untilNotVictim<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (![deadlock, serialization].includes(sqlState(error))) throw error
      if (tries >= 20) throw unreachable(error, 'postgres')
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * tries))
    }
  }
}

/** The SQLSTATE of an error, also of one that was made readable. */
export function sqlState(error: unknown): string {
  const origin = error instanceof RotaError ? error.cause : error
  return String((origin as { code?: unknown } | null)?.code ?? '')
}

/**
 * Classes of errors that blame a value or a statement: data, cardinality, constraints, limits. Deadlocks and serialisation
 * failures (40) are dealt with by `untilNotVictim`. Anything else (a connection, a time limit, a full disk, a server that
 * starts, stops or became read-only) passes, and what was sent may or may not have been done.
 */
const blamesValue = /^(21|22|23|54|40)/

function readable(error: unknown, description: string): unknown {
  if (
    error instanceof RotaError ||
    blamesValue.test(sqlState(error)) ||
    error instanceof TypeError ||
    error instanceof RangeError
  ) {
    return error
  }
  return unreachable(error, description)
}

function unreachable(error: unknown, description: string): RotaError {
  const message = `${description}: ${(error as Error).message || sqlState(error)}. What was under way may or may not be stored.`
  return new RotaError('storage_unreachable', message, { cause: error })
}
