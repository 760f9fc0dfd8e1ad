import { rmSync } from 'node:fs'
import { join } from 'node:path'
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
    return { connect: () => postgres({ url: server.url, schema, clock }), shared: true }
  })
})
