import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import BetterSqlite from 'better-sqlite3'
import pg from 'pg'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { postgres } from '../../src/storage/postgres/storage.ts'
import { type SqliteDriver, sqlite } from '../../src/storage/sqlite/index.ts'
import { storageConformance } from '../../src/testing/conformance.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'

/** An application's own handle on the file. */
interface Handle {
  exec(text: string): unknown
  close(): unknown
}

function sqliteInAFile(open: new (file: string) => Handle, driver?: SqliteDriver): void {
  storageConformance(test, async ({ clock }) => {
    const folder = temporaryFolder('conformance')
    const file = join(folder, 'rota.db')
    return {
      connect: () => sqlite({ file, clock, ...(driver && { driver }) }),
      shared: true,
      async transaction(work) {
        const db = new open(file)
        try {
          db.exec('begin immediate')
          await work(db)
          db.exec('commit')
        } finally {
          db.close() // which rolls back what is not committed
        }
      },
      drop: async () => rmSync(folder, { recursive: true }),
    }
  })
}

describe('SQLite in a file', () => sqliteInAFile(DatabaseSync))

describe('SQLite in a file, by better-sqlite3', () => sqliteInAFile(BetterSqlite, BetterSqlite))

describe('SQLite in memory', () => {
  storageConformance(test, async ({ clock }) => ({ connect: () => sqlite({ file: ':memory:', clock }), shared: false }))
})

describe('PostgreSQL', () => {
  let server: RunningPostgres
  let schemas = 0
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())
  storageConformance(test, async ({ clock }) => {
    const schema = `conformance_${++schemas}`
    const transaction = async (work: (tx: unknown) => Promise<void>) => {
      const client = new pg.Client(server.url)
      await client.connect()
      try {
        await client.query('begin')
        await work(client)
        await client.query('commit')
      } finally {
        await client.end() // which rolls back what is not committed
      }
    }
    return { connect: () => postgres({ url: server.url, schema, clock }), shared: true, transaction }
  })
})
