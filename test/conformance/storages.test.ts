import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { postgres } from '../../src/storage/postgres/storage.ts'
import { sqlite } from '../../src/storage/sqlite/storage.ts'
import { storageConformance } from '../../src/testing/conformance.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'

describe('SQLite in a file', () => {
  storageConformance(test, async ({ clock }) => {
    const folder = temporaryFolder('conformance')
    return {
      connect: () => sqlite({ file: join(folder, 'rota.db'), clock }),
      shared: true,
      async transaction(work) {
        const db = new DatabaseSync(join(folder, 'rota.db'))
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
})

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
