/**
 * One SQLite handle of one process, and the turns in which it writes.
 *
 * idle → gathering (a write was asked for; more may join until the event loop turns) → writing (BEGIN IMMEDIATE, all
 * that gathered, each in a savepoint of its own, COMMIT) → idle or gathering. So an insert, the outcomes of a worker
 * and its next claim share one commit, and one bad write harms none of the others.
 *
 * Another process may hold the write lock. Waiting inside SQLite would block the event loop, so the busy timeout is 0
 * and we try again after 1–4 ms.
 */
import type { Row, SqlValue } from '../sql/database.ts'
import { enter } from './copies.ts'
import { closed, isBusy, isFileError, unreachable } from './faults.ts'
import { type Bound, type Handle, openHandle, type SqliteDriver, type Statement } from './handle.ts'

interface Waiting {
  readonly work: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** The write-ahead log; both are -1 while somebody else copies. */
export interface Log {
  readonly pages: number
  /** How many of them are in the database as well. */
  readonly copied: number
}

const patience = 30_000

const cachedStatements = 200

/**
 * Pages of the write-ahead log after which a COMMIT copies them into the database, on the event loop: only where no
 * thread does it in time (`checkpoints.ts`). And bytes to which the file shrinks after a long reader has blown it up.
 */
const longestLog = 16_000
const largestLog = 64 * 2 ** 20

export class SqliteConnection {
  /** The copy of SQLite that it runs on; null for that of Node. */
  readonly driver: SqliteDriver | null
  readonly #db: Handle
  readonly #file: string
  readonly #leave: () => void
  readonly #statements = new Map<string, Statement>()
  #waiting: Waiting[] = []
  #turn: Promise<void> | null = null
  #closed = false

  constructor(file: string, driver: SqliteDriver | null = null) {
    this.#file = file
    this.driver = driver
    this.#leave = enter(file, driver)
    try {
      this.#db = openHandle(file, driver)
    } catch (error) {
      this.#leave()
      throw unreachable(file, error)
    }
  }

  /** Settings that must come before the first table. */
  async prepare(): Promise<void> {
    await this.#patiently(() => {
      this.#db.exec('pragma busy_timeout = 0')
      // Later it would change nothing, and would have to wait for whoever writes.
      if (this.#db.prepare('pragma page_count').get()?.page_count === 0)
        this.#db.exec('pragma auto_vacuum = incremental')
      this.#db.exec('pragma journal_mode = wal')
      this.#db.exec('pragma synchronous = full; pragma temp_store = memory; pragma cache_size = -16000')
      this.#db.exec(`pragma wal_autocheckpoint = ${longestLog}; pragma journal_size_limit = ${largestLog}`)
    })
  }

  /** Runs in the next write transaction of this process. `work` may be synchronous or await only this connection. */
  write<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closed(this.#file))
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject })
      this.#turn ??= new Promise((done) => setImmediate(() => this.#takeTurns().then(done)))
    })
  }

  /** Runs outside of any write transaction of this process, so it sees only what is committed. */
  async read<T>(work: () => T): Promise<T> {
    while (this.#turn !== null) await this.#turn
    if (this.#closed) throw closed(this.#file)
    return this.#patiently(work)
  }

  /** All rows of a statement written with `$1, $2 …`; lists travel as JSON. */
  all(text: string, values: readonly SqlValue[] = []): Row[] {
    return this.statement(text).all(...values.map(bound)) as Row[]
  }

  /** Whether somebody holds the write lock of the file, as far as this copy of SQLite sees. */
  seesWriter(): boolean {
    if (this.#closed) throw closed(this.#file)
    if (this.#db.isTransaction) return false // then it is ours
    try {
      this.#db.exec('begin immediate; rollback')
      return false
    } catch (error) {
      if (isBusy(error)) return true
      throw error
    }
  }

  /** Changes with each commit of another connection to the file. */
  dataVersion(): number {
    return Number(this.statement('pragma data_version').get()?.data_version)
  }

  /** How many rows this connection has written. */
  ownChanges(): number {
    return Number(this.statement('select total_changes() as changes').get()?.changes)
  }

  /** `noop` only looks; before SQLite 3.51 it is a passive one. Not within a turn of this connection. */
  checkpoint(mode: 'noop' | 'passive'): Log {
    const row = this.statement(`pragma wal_checkpoint(${mode})`).get()
    return { pages: Number(row?.log), copied: Number(row?.checkpointed) }
  }

  statement(text: string): Statement {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = this.#db.prepare(text.replace(/\$(\d+)/g, '?$1'))
      if (this.#statements.size >= cachedStatements)
        this.#statements.delete(this.#statements.keys().next().value as string)
      this.#statements.set(text, statement)
    }
    return statement
  }

  /** Waits for the turn under way. */
  async close(): Promise<void> {
    while (this.#turn !== null) await this.#turn
    if (this.#closed) return
    this.#closed = true
    this.#statements.clear()
    this.#db.close()
    this.#leave()
  }

  async #takeTurns(): Promise<void> {
    while (this.#waiting.length > 0) {
      const turn = this.#waiting
      this.#waiting = []
      await this.#writeTogether(turn)
    }
    this.#turn = null
  }

  async #writeTogether(turn: readonly Waiting[]): Promise<void> {
    const settled: (() => void)[] = []
    try {
      await this.#patiently(() => this.#db.exec('begin immediate'))
      for (const { work, resolve, reject } of turn) {
        this.#db.exec('savepoint one')
        try {
          const pending = work()
          const value = pending instanceof Promise ? await pending : pending
          settled.push(() => resolve(value as never))
        } catch (error) {
          if (!this.#db.isTransaction) throw error // a full disk ends the whole transaction
          this.#db.exec('rollback to one')
          settled.push(() => reject(isFileError(error) ? unreachable(this.#file, error) : error))
        }
        this.#db.exec('release one')
      }
      this.#db.exec('commit')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback')
      for (const { reject } of turn) reject(unreachable(this.#file, error))
      return
    }
    for (const settle of settled) settle()
  }

  async #patiently<T>(work: () => T): Promise<T> {
    const start = performance.now()
    for (;;) {
      try {
        return work()
      } catch (error) {
        if (isFileError(error)) throw unreachable(this.#file, error)
        if (!isBusy(error)) throw error
        if (performance.now() - start > patience) throw unreachable(this.#file, error)
      }
      await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 3))
    }
  }
}

function bound(value: SqlValue): Bound {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}
