/**
 * What the shared SQL needs of a database. Statements are written once with `$1, $2 …`. The clock of the
 * database counts; tests inject another as a parameter.
 */
export type SqlValue = string | number | null | readonly string[] | readonly number[]
export type Row = Readonly<Record<string, unknown>>

/** A statement that both databases understand, run in a transaction of its own or in the one it is called in. */
export type Query = (text: string, values?: readonly SqlValue[]) => Promise<readonly Row[]>

export interface SqlDatabase {
  /** For statements that change nothing. */
  readonly read: Query
  readonly write: Query
  /** All of it is committed, or nothing. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Schema-qualified name of a table. */
  table(name: string): string
  /** Whether a table exists. */
  exists(name: string, query: Query): Promise<boolean>
  /** `column` is one of the values of the list parameter `$n`. */
  anyOf(column: string, n: number): string
  /** The rows of the list of objects that is the JSON text `$n`, as they stand behind `from`. */
  records(n: number, columns: Readonly<Record<string, 'id' | 'text' | 'int'>>): string
  /** Ends a select whose rows are changed next: waits for whoever holds them, or passes them over. */
  readonly lock: { readonly wait: string; readonly skip: string }
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
