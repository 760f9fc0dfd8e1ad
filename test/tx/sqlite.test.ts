/** `{ tx }` with the libraries that people use, on SQLite in a file. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import BetterSqlite from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import knex from 'knex'
import { CamelCasePlugin, Kysely, SqliteDialect } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRota, defineJob } from '../../src/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type Library, transactionPromises } from './promises.ts'

let folder: string
beforeEach(() => {
  folder = temporaryFolder('tx')
})
afterEach(() => rmSync(folder, { recursive: true }))
const file = () => join(folder, 'rota.db')
const url = () => `sqlite:${file()}`

interface Handle {
  exec(text: string): unknown
}

async function byHand(db: Handle, work: () => Promise<void>): Promise<void> {
  db.exec('begin immediate')
  try {
    await work()
    db.exec('commit')
  } catch (error) {
    db.exec('rollback')
    throw error
  }
}

const libraries: Readonly<Record<string, () => Library>> = {
  'node:sqlite'() {
    const db = new DatabaseSync(file(), { timeout: 5_000 })
    return {
      name: 'node:sqlite',
      transaction: (work) => byHand(db, () => work(db)),
      mistakes: [db, { query: async () => ({ rows: [] }) }],
      close: () => db.close(),
    }
  },
  'better-sqlite3'() {
    const db = new BetterSqlite(file())
    return {
      name: 'better-sqlite3',
      transaction: (work) => byHand(db, () => work(db)),
      mistakes: [db],
      close: () => void db.close(),
    }
  },
  'the client of Drizzle'() {
    const db = drizzle(file())
    return {
      name: 'Drizzle',
      transaction: (work) => byHand(db.$client, () => work(db.$client)),
      mistakes: [db, db.$client],
      close: () => void db.$client.close(),
    }
  },
  'Kysely on better-sqlite3'() {
    const dialect = new SqliteDialect({ database: new BetterSqlite(file()) })
    const db = new Kysely<unknown>({ dialect, plugins: [new CamelCasePlugin()] })
    return {
      name: 'Kysely',
      transaction: (work) => db.transaction().execute((tx) => work(tx)),
      mistakes: [db],
      close: () => db.destroy(),
    }
  },
  'Knex on better-sqlite3'() {
    const db = knex({ client: 'better-sqlite3', connection: { filename: file() }, useNullAsDefault: true })
    return {
      name: 'Knex',
      transaction: (work) => db.transaction((tx) => work(tx)),
      mistakes: [db],
      close: () => db.destroy(),
    }
  },
}

describe.each(Object.keys(libraries))('%s', (name) => {
  transactionPromises({ url, open: libraries[name] as () => Library })
})

const job = defineJob({ id: 'job', unique: { key: () => 'k' }, run: () => {} })

test('another database is named as such', async () => {
  const rota = createRota({ storage: url() })
  const other = new DatabaseSync(':memory:')
  other.exec('begin')
  const error = await rota.enqueue(job, undefined, { tx: other }).catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'tx_invalid', message: expect.stringMatching(/tables of Rota are not in/) })
  other.close()
  await rota.stop()
})

test('a synchronous transaction is over before enqueue begins, and is refused', async () => {
  const rota = createRota({ storage: url() })
  await rota.migrations.up()
  const db = new BetterSqlite(file())
  const stored = db.transaction(() => rota.enqueue(job, undefined, { tx: db }))()
  await expect(stored).rejects.toMatchObject({ code: 'tx_invalid', message: expect.stringMatching(/synchronous/) })
  db.close()
  await rota.stop()
})

test('an error in the middle takes back what the call has done, and no more', async () => {
  const rota = createRota({ storage: url() })
  await rota.migrations.up()
  const db = new DatabaseSync(file())
  db.exec(`create table orders (id); create trigger full before insert on jobs begin select raise(abort, 'full'); end`)
  db.exec('begin immediate; insert into orders values (1)')
  await expect(rota.enqueue(job, undefined, { tx: db })).rejects.toThrow('full')
  db.exec('commit; drop trigger full')
  expect([db.prepare('select * from orders').all().length, db.prepare('select * from keys').all().length]).toEqual([
    1, 0,
  ])
  expect((await rota.enqueue(job)).status).toBe('created')
  db.close()
  await rota.stop()
})
