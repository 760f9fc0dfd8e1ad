/** Where a scenario takes place: an empty storage, and a way to look into its tables from outside. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { createRota } from '../../src/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'

export interface Place extends AsyncDisposable {
  readonly name: string
  readonly url: string
  /** For the files of the scenario. */
  readonly folder: string
  /** How many live rows there are of which this SQL is true. */
  live(where?: string): Promise<number>
}

export async function sqlitePlace(): Promise<Place> {
  const folder = temporaryFolder('chaos')
  const file = join(folder, 'rota.db')
  await migrated(`sqlite:${file}`)
  const db = new DatabaseSync(file, { readOnly: true })
  return {
    name: 'SQLite',
    url: `sqlite:${file}`,
    folder,
    live: async (where = 'true') => Number(db.prepare(`select count(*) as n from jobs where ${where}`).get()?.n),
    async [Symbol.asyncDispose]() {
      db.close()
      rmSync(folder, { recursive: true })
    },
  }
}

let made = 0

/** An own schema on a server that several places share. */
export async function postgresPlace(server: RunningPostgres): Promise<Place> {
  const folder = temporaryFolder('chaos')
  const schema = `chaos_${++made}`
  const url = `${server.url}?schema=${schema}`
  await migrated(url)
  const pool = new pg.Pool({ connectionString: server.url, max: 1 })
  pool.on('error', () => {}) // the server may be restarted
  return {
    name: 'PostgreSQL',
    url,
    folder,
    async live(where = 'true') {
      const { rows } = await pool.query(`select count(*)::int as n from ${schema}.jobs where ${where}`)
      return rows[0].n
    },
    async [Symbol.asyncDispose]() {
      await pool.end()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Runs a scenario on an empty place, which is gone afterwards. */
export async function onSqlite<T>(scenario: (place: Place) => Promise<T>): Promise<T> {
  await using place = await sqlitePlace()
  return await scenario(place)
}

export async function onPostgres<T>(scenario: (place: Place, server: RunningPostgres) => Promise<T>): Promise<T> {
  const server = await startPostgres()
  try {
    await using place = await postgresPlace(server)
    return await scenario(place, server)
  } finally {
    await server.stop()
  }
}

/** Before the processes come, so that a scenario does not begin with all of them waiting for the schema. */
async function migrated(storage: string): Promise<void> {
  const rota = createRota({ storage })
  await rota.migrations.up()
  await rota.stop()
}
