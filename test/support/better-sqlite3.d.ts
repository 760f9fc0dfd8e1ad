/** What tests and samples use of better-sqlite3, which comes without types. */
declare module 'better-sqlite3' {
  export default class Database {
    constructor(file: string, options?: { readonly timeout?: number })
    readonly inTransaction: boolean
    exec(text: string): this
    prepare(text: string): Statement
    transaction<T>(work: () => T): () => T
    defaultSafeIntegers(on?: boolean): this
    close(): this
  }

  export interface Statement {
    readonly reader: boolean
    all(...values: unknown[]): unknown[]
    run(...values: unknown[]): { readonly changes: number; readonly lastInsertRowid: number | bigint }
    iterate(...values: unknown[]): IterableIterator<unknown>
  }
}
