/** A store that is filled once and kept in the temp folder for later runs. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../../test/support/postgres.ts'
import { type Dialect, postgresDialect, sqliteDialect } from '../seed/dialect.ts'
import { type Seeded, type Sizes, seed } from './seed.ts'

export const databases = ['sqlite', 'postgres'] as const
export type Database = (typeof databases)[number]

export interface Store {
  readonly database: Database
  /** As `createRota` takes it. */
  readonly storage: string
  /** Of the server of the database; null for SQLite. */
  readonly pid: number | null
  /** A connection for SQL; SQLite has it only while nobody else is at work. */
  dialect(): Promise<Dialect>
  readonly seeded: Seeded
  stop(): Promise<void>
}

/** Those of the benchmark; the rest is at its default. */
export const postgresSettings = { shared_buffers: '1GB', max_wal_size: '8GB' }

/** @param fresh fills it again */
export async function openStore(database: Database, sizes: Sizes, fresh: boolean): Promise<Store> {
  const folder = join(tmpdir(), `portal-bench-${database}-${sizes.live}-${sizes.history}`)
  const note = join(folder, 'seeded.json')
  if (fresh || !existsSync(note)) rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const file = join(folder, 'rota.db')
  const server =
    database === 'sqlite' ? null : await startPostgres({ folder: join(folder, 'data'), settings: postgresSettings })
  const store = {
    database,
    storage: server?.url ?? `sqlite:${file}`,
    pid: server?.pid ?? null,
    dialect: async () => (server === null ? sqliteDialect(file) : postgresDialect(server.url)),
    stop: async () => server?.stop(),
  }
  try {
    if (!existsSync(note)) writeFileSync(note, JSON.stringify(await seed(store, sizes)))
  } catch (error) {
    await store.stop()
    throw error
  }
  return { ...store, seeded: JSON.parse(readFileSync(note, 'utf8')) }
}
