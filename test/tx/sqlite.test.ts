/** `{ tx }` with the libraries that people use, on SQLite in a file. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import BetterSqlite from 'better-sqlite3'
import knex from 'knex'
import { CamelCasePlugin, Kysely, type SqliteDatabase, SqliteDialect } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRota, defineJob } from '../../src/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { byHand, type Library, transactionPromises } from './promises.ts'

let folder: string
beforeEach(() => {
  folder = temporaryFolder('tx')
})
afterEach(() => rmSync(folder, { recursive: true }))
const file = () => join(folder, 'rota.db')
const url = () => `sqlite:${file()}`

const libraries: Readonly<Record<string, () => Library>> = {
  'node:sqlite'() {
    const db = new DatabaseSync(file(), { timeout: 5_000 })
    return {
      name: 'node:sqlite',
      transaction: (work) => byHand(db, () => work(db)),
      mistakes: [db, { query: async () => ({ rows: [] }) }, { prepare: () => {}, exec: () => {} }],
      close: () => db.close(),
    }
  },
  'Kysely over node:sqlite'() {
    const handle = new DatabaseSync(file())
    const db = new Kysely<unknown>({
      dialect: new SqliteDialect({ database: forKysely(handle) }),
      plugins: [new CamelCasePlugin()],
    })
    return {
      name: 'Kysely',
      transaction: (work) => db.transaction().execute((tx) => work(tx)),
      mistakes: [db],
      close: () => db.destroy(),
    }
  },
}

/** What Kysely needs of a SQLite, of the one that comes with Node. */
function forKysely(db: DatabaseSync): SqliteDatabase {
  return {
    close: () => db.close(),
    prepare(text) {
      const statement = db.prepare(text)
      const bound = (values: readonly unknown[]) => values as SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: (values) => statement.all(...bound(values)),
        run: (values) => statement.run(...bound(values)),
        iterate: (values) => statement.iterate(...bound(values)),
      }
    },
  }
}

describe.each(Object.keys(libraries))('%s', (name) => {
  transactionPromises({ storage: url, open: libraries[name] as () => Library })
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

describe('better-sqlite3 is a SQLite of its own', () => {
  test('it and that of Node write to one file at the same time, and a commit is lost', () => {
    const node = new DatabaseSync(file())
    node.exec('pragma journal_mode = wal; create table t (who)')
    const better = new BetterSqlite(file())
    better.exec(`begin immediate; insert into t values ('better')`)
    node.exec(`begin immediate; insert into t values ('node'); commit`)
    better.exec('commit')
    expect(better.prepare('select who from t').all()).toEqual([{ who: 'better' }]) // as soon as it is both, take it
    better.close()
    node.close()
  })

  const opened: Readonly<Record<string, (work: (tx: object) => Promise<unknown>) => Promise<unknown>>> = {
    async 'a Database'(work) {
      const db = new BetterSqlite(file())
      db.exec('begin immediate')
      await work(db).finally(() => db.close())
    },
    async Kysely(work) {
      const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: new BetterSqlite(file()) }) })
      await db
        .transaction()
        .execute(work)
        .finally(() => db.destroy())
    },
    async Knex(work) {
      const db = knex({ client: 'better-sqlite3', connection: { filename: file() }, useNullAsDefault: true })
      await db.transaction(work).finally(() => db.destroy())
    },
  }

  test.each(Object.keys(opened))(
    'so %s is refused where Rota runs on that of Node, and nothing is stored',
    async (name) => {
      const rota = createRota({ storage: url() })
      await rota.migrations.up()
      const open = opened[name] as (typeof opened)[string]
      const stored = open((tx) => rota.enqueue(job, undefined, { tx }))
      // Kysely does not show what it is over.
      const reason = name === 'Kysely' ? /^tx: the lock.*driver: Database/ : /^tx: this Rota.*driver: Database/
      await expect(stored).rejects.toMatchObject({
        code: 'tx_invalid',
        message: expect.stringMatching(reason),
      })
      expect((await rota.jobs.list({})).jobs).toEqual([])
      expect((await rota.enqueue(job)).status).toBe('created')
      await rota.stop()
    },
  )
})

test('a transaction that is over before enqueue has begun is refused', async () => {
  const rota = createRota({ storage: url() })
  await rota.migrations.up()
  const db = new DatabaseSync(file())
  db.exec('begin')
  const stored = rota.enqueue(job, undefined, { tx: db })
  db.exec('commit')
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
