/** What the two databases write differently where a bench fills tables by SQL, from numbers `i`. */
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

export interface Dialect {
  /** The table of the storage. */
  table(name: string): string
  hex(value: string, digits: number): string
  /** @param digits 32 hexadecimal ones */
  uuid(digits: string): string
  whole(value: string): string
  json(text: string): string
  jsonb(text: string): string
  /** What a `select` reads the numbers from: those from `first` to `last`, each as `i`. */
  numbers(first: number, last: number): string
  run(sql: string): Promise<void>
  close(): Promise<void>
}

/** @param file of a storage that is migrated */
export function sqliteDialect(file: string): Dialect {
  const db = new DatabaseSync(file)
  db.exec('pragma synchronous = off; pragma cache_size = -400000; pragma busy_timeout = 60000')
  return {
    table: (name) => name,
    hex: (value, digits) => `printf('%0${digits}x', ${value})`,
    uuid(digits) {
      const part = (from: number, length: number) => `substr(${digits}, ${from}, ${length})`
      return [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)].join(` || '-' || `)
    },
    whole: (value) => `cast(${value} as integer)`,
    json: (text) => text,
    jsonb: (text) => text,
    numbers: (first, last) =>
      `(with recursive n(i) as (select ${first} union all select i + 1 from n where i < ${last}) select i from n)`,
    async run(sql) {
      db.exec(sql)
    },
    async close() {
      db.exec('pragma wal_checkpoint(truncate)')
      db.close()
    },
  }
}

/** @param url of a storage that is migrated, in the schema `rota` */
export async function postgresDialect(url: string): Promise<Dialect> {
  const client = new pg.Client(url)
  await client.connect()
  return {
    table: (name) => `rota.${name}`,
    hex: (value, digits) => `lpad(to_hex((${value})::bigint), ${digits}, '0')`,
    uuid: (digits) => `(${digits})::uuid`,
    whole: (value) => `trunc(${value})::bigint`,
    json: (text) => `(${text})::json`,
    jsonb: (text) => `(${text})::jsonb`,
    numbers: (first, last) => `generate_series(${first}::bigint, ${last}) i`,
    async run(sql) {
      await client.query(sql)
    },
    close: () => client.end(),
  }
}
