/**
 * The SQLite that a connection runs on: that of Node, or the copy that a driver of the application brings. A file
 * must be written by one copy in a process: docs/decisions/0010-transactions.md
 */
import { DatabaseSync } from 'node:sqlite'
import { RotaError } from '../../job/errors.ts'

export type Bound = string | number | null

/** `DatabaseSync` is one as it is, so nothing stands between the hot statements and node:sqlite. */
export interface Handle {
  readonly isTransaction: boolean
  exec(text: string): unknown
  prepare(text: string): Statement
  close(): unknown
}

/** Prepared from a text with `?1, ?2 …`. */
export interface Statement {
  all(...values: Bound[]): unknown[]
  get(...values: Bound[]): Readonly<Record<string, unknown>> | undefined
  run(...values: Bound[]): { readonly changes: number | bigint }
}

/** A class that opens SQLite files as better-sqlite3 does: `new Database('app.db')`. */
export type SqliteDriver = new (file: string) => SqliteDriverHandle

/** What Rota uses of a database of better-sqlite3. */
export interface SqliteDriverHandle {
  /** Whether a transaction is open on it. */
  readonly inTransaction: boolean
  /** Runs statements without values and without rows. */
  exec(text: string): unknown
  /** Makes a statement, with a `?` for each value. */
  prepare(text: string): SqliteDriverStatement
  /** Closes the file. */
  close(): unknown
}

/** What Rota uses of a statement of better-sqlite3. */
export interface SqliteDriverStatement {
  /** Whether it gives rows: it cannot be run otherwise then. */
  readonly reader: boolean
  /** Runs it and gives its rows. */
  all(...values: unknown[]): unknown[]
  /** Runs it and tells how many rows it has changed. */
  run(...values: unknown[]): { readonly changes: number | bigint }
}

export function openHandle(file: string, driver: SqliteDriver | null): Handle {
  return driver === null ? new DatabaseSync(file) : new DriverHandle(file, driver)
}

class DriverHandle implements Handle {
  readonly #db: SqliteDriverHandle

  constructor(file: string, driver: SqliteDriver) {
    if (driver.prototype === undefined) throw notADriver() // it cannot be called with `new`
    this.#db = new driver(file)
    if (typeof this.#db.inTransaction !== 'boolean') {
      this.#db.close?.()
      throw notADriver()
    }
    this.#db.exec('pragma busy_timeout = 0') // it waits five seconds by default, and the event loop with it
  }

  get isTransaction(): boolean {
    return this.#db.inTransaction
  }

  exec(text: string): void {
    this.#db.exec(text)
  }

  /** It takes `?1` for a name, so values are given in the order in which they stand in the text. */
  prepare(text: string): Statement {
    const order: number[] = []
    const positional = text.replace(/\?(\d+)/g, (_, n) => {
      order.push(Number(n) - 1)
      return '?'
    })
    const statement = this.#db.prepare(positional)
    const isInOrder = order.every((from, to) => from === to)
    const inOrder = (values: Bound[]) => (isInOrder ? values : order.map((n) => values[n] as Bound))
    const all = (...values: Bound[]): unknown[] => {
      if (statement.reader) return statement.all(...inOrder(values))
      statement.run(...inOrder(values))
      return []
    }
    return {
      all,
      get: (...values) => all(...values)[0] as ReturnType<Statement['get']>,
      run: (...values) => statement.run(...inOrder(values)),
    }
  }

  close(): void {
    this.#db.close()
  }
}

const notADriver = () =>
  new RotaError(
    'option_invalid',
    "driver: what it opens is no database of better-sqlite3. Give its class: `import Database from 'better-sqlite3'`, `driver: Database`. Without `driver` Rota runs on node:sqlite.",
    { field: 'driver' },
  )
