/**
 * What the shared SQL needs of a database. Statements are written once with `$1, $2 …`. The clock of the
 * database counts; tests inject another as a parameter.
 */
export type SqlValue = string | number | null | readonly string[] | readonly number[]
export type Row = Readonly<Record<string, unknown>>

/** How a column of `records` is read; `json` and `jsonb` come as JSON text. */
export type ColumnType = 'text' | 'uuid' | 'integer' | 'bigint' | 'json' | 'jsonb'

/** A statement that both databases understand, run in a transaction of its own or in the one it is called in. */
export type Query = (text: string, values?: readonly SqlValue[]) => Promise<readonly Row[]>

export interface SqlDatabase {
  /** For statements that change nothing. */
  readonly read: Query
  readonly write: Query
  /** For reads that stop after some rows of an index: they walk it in its order, whatever the statistics say. */
  walk<T>(work: (read: Query) => Promise<T>): Promise<T>
  /** All of it is committed, or nothing. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Schema-qualified name of a table. */
  table(name: string): string
  /** Whether a table exists. */
  exists(name: string, query: Query): Promise<boolean>
  /** `column` is one of the values of the list parameter `$n`. */
  anyOf(column: string, n: number): string
  /** The objects of the JSON array `$n` as rows, in their order, to stand behind `from`. */
  records(n: number, name: string, columns: Readonly<Record<string, ColumnType>>): string
  /** Ends a select whose rows are changed next: waits for whoever holds them, or passes them over. */
  readonly lock: { readonly wait: string; readonly skip: string }
  /** Keeps a name until the transaction ends; false at once where another transaction has it. */
  tryLock(query: Query, name: string): Promise<boolean>
  /** Whether an error of a statement says that a unique key is taken. */
  isTaken(error: unknown): boolean
  /** The current time in milliseconds: the parameter `$n`, or the clock of the database where that is null. */
  now(n: number): string
  /** The injected clock, or null. */
  clock(): number | null
  readonly find: Finder
}

/** Adds a parameter to a statement and gives its number. */
export type Bind = (value: SqlValue) => number

/** A condition on a row, for the statement that it is written for. */
export type Condition = (bind: Bind) => string

/** How a database finds what stands in the JSON of a job. None of it throws, whatever the JSON looks like. */
export interface Finder {
  /** `text` holds the parameter `$n`, which is in lower case; A–Z and a–z are the same. */
  contains(text: string, n: number): string
  /** The text, number or boolean at the path is one of the words. */
  inputHas(path: readonly string[], words: readonly string[]): Condition
  /** Of one row: no index is used. */
  metadataHas(key: string, words: readonly string[]): Condition
  readonly labels:
    | {
        /** The label of each job is a row of its own, in the order of ids: walk through `labels` with each of these. */
        readonly kind: 'table'
        of(key: string, words: readonly string[]): readonly Condition[]
        /** Statements that remove the labels of the live jobs `$1`, and write them, as their metadata stands. */
        readonly remove: string
        readonly write: string
      }
    | {
        /** An index of the history finds them, in no order. */
        readonly kind: 'index'
        metadataHas(key: string, words: readonly string[]): Condition
        /** The id, in its order, so that no other index is mixed in. */
        readonly id: string
        /** Runs statements that use such an index, whatever the statistics say. */
        force<T>(work: (read: Query) => Promise<T>): Promise<T>
      }
}
