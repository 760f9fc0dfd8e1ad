/** Rota and the application on one copy of SQLite, that of better-sqlite3. */
import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { sql } from 'drizzle-orm'
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import knex from 'knex'
import { CamelCasePlugin, Kysely, SqliteDialect } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRota, defineJob } from '../../src/index.ts'
import { isBusy, isFileError } from '../../src/storage/sqlite/faults.ts'
import { type SqliteOptions, sqlite } from '../../src/storage/sqlite/index.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { aJob } from '../support/job.ts'
import { byHand, type Library, transactionPromises } from './promises.ts'

let folder: string
beforeEach(() => {
  folder = temporaryFolder('better')
})
afterEach(() => rmSync(folder, { recursive: true }))
const file = () => join(folder, 'rota.db')
const storage = () => sqlite({ file: file(), driver: Database })
const job = defineJob({ id: 'job', run: () => {} })

const openDrizzle = () => drizzle({ client: new Database(file()) as never })

const libraries: Readonly<Record<string, () => Library>> = {
  'better-sqlite3'() {
    const db = new Database(file())
    const closed = new Database(file())
    closed.close()
    return {
      name: 'better-sqlite3',
      transaction: (work) => byHand(db, () => work(db)),
      mistakes: [db, closed, { prepare: () => {}, exec: () => {}, inTransaction: 1 }],
      close: () => void db.close(),
    }
  },
  'better-sqlite3 that gives bigints'() {
    const db = new Database(file()).defaultSafeIntegers()
    return {
      name: 'better-sqlite3',
      transaction: (work) => byHand(db, () => work(db)),
      mistakes: [],
      close: () => void db.close(),
    }
  },
  Kysely() {
    const db = new Kysely<unknown>({
      dialect: new SqliteDialect({ database: new Database(file()) }),
      plugins: [new CamelCasePlugin()],
    })
    return {
      name: 'Kysely',
      transaction: (work) => db.transaction().execute((tx) => work(tx)),
      mistakes: [db],
      close: () => db.destroy(),
    }
  },
  Knex() {
    const db = knex({ client: 'better-sqlite3', connection: { filename: file() }, useNullAsDefault: true })
    return {
      name: 'Knex',
      transaction: (work) => db.transaction((tx) => work(tx)),
      mistakes: [db],
      close: () => db.destroy(),
    }
  },
  'the handle below Drizzle'() {
    const db = openDrizzle()
    return {
      name: 'Drizzle',
      transaction: (work) => byHand(db.$client, () => work(db.$client)),
      mistakes: [db, db.$client],
      close: () => void db.$client.close(),
    }
  },
}

describe.each(Object.keys(libraries))('%s', (name) => {
  transactionPromises({ storage, open: libraries[name] as () => Library })
})

test('a transaction of Drizzle is over before enqueue has begun, and the error says what works', async () => {
  const rota = createRota({ storage: storage() })
  await rota.migrations.up()
  const db = openDrizzle()
  db.run(sql`create table orders (item text)`)
  const calls: Promise<unknown>[] = []
  const refused = { code: 'tx_invalid', message: expect.stringMatching(/synchronous.*db\.\$client/) }
  const inside = (tx: Pick<BetterSQLite3Database, 'run'>) => {
    tx.run(sql`insert into orders values ('book')`)
    calls.push(expect(rota.enqueue(job, undefined, { tx })).rejects.toMatchObject(refused))
  }
  db.transaction(inside)
  db.$client.exec('begin immediate') // though another is open by now
  await Promise.all(calls)
  db.$client.exec('commit')
  expect((await rota.jobs.list({})).jobs).toEqual([])
  db.$client.close()
  await rota.stop()
})

test('a synchronous transaction of better-sqlite3 likewise', async () => {
  const rota = createRota({ storage: storage() })
  await rota.migrations.up()
  const db = new Database(file())
  const calls: Promise<unknown>[] = []
  db.transaction(() => {
    calls.push(rota.enqueue(job, undefined, { tx: db }))
  })()
  await expect(calls[0]).rejects.toMatchObject({ code: 'tx_invalid', message: expect.stringMatching(/synchronous/) })
  db.close()
  await rota.stop()
})

test('Knex gives the connection of a transaction that is over to the next, which does not get the jobs of the first', async () => {
  const rota = createRota({ storage: storage() })
  await rota.migrations.up()
  const db = libraries.Knex?.() as Library
  let over = {}
  await db.transaction(async (tx) => {
    over = tx
  })
  await db.transaction(() =>
    expect(rota.enqueue(job, undefined, { tx: over })).rejects.toMatchObject({ code: 'tx_invalid' }),
  )
  expect((await rota.jobs.list({})).jobs).toEqual([])
  await db.close()
  await rota.stop()
})

test('a transaction of node:sqlite is refused, and the error names the driver', async () => {
  const rota = createRota({ storage: storage() })
  await rota.migrations.up()
  const db = new DatabaseSync(file())
  await byHand(db, () =>
    expect(rota.enqueue(job, undefined, { tx: db })).rejects.toMatchObject({
      code: 'tx_invalid',
      message: expect.stringMatching(/^tx: this Rota runs on .*`driver`/),
    }),
  )
  expect((await rota.jobs.list({})).jobs).toEqual([])
  db.close()
  await rota.stop()
})

test('in one process a file is opened by one copy only, by whatever path', async () => {
  const link = join(folder, 'link.db')
  const better = storage()
  await better.migrate()
  symlinkSync(file(), link)
  const node = sqlite({ file: link })
  const refused = { code: 'option_invalid', field: 'driver', message: expect.stringMatching(/lose commits/) }
  await expect(node.migrate()).rejects.toMatchObject(refused)
  const second = storage()
  await second.migrate()
  await better.close()
  await expect(node.migrate()).rejects.toMatchObject(refused)
  await second.close()
  await node.migrate()
  await expect(better.migrate()).rejects.toMatchObject({ code: 'storage_closed' })
  const third = storage()
  await expect(third.migrate()).rejects.toMatchObject(refused)
  await node.close()
  await third.migrate()
  await third.close()
})

test('a Rota hears at once what another has stored', async () => {
  let runs = 0
  const counted = defineJob({ id: 'counted', run: () => void runs++ })
  const worker = createRota({ storage: storage(), jobs: [counted], poll: '1m' })
  const rota = createRota({ storage: storage() })
  await worker.start()
  await rota.enqueueMany(counted, [undefined, undefined, undefined])
  const stored = performance.now()
  await until('they were run', () => runs === 3, 5_000)
  expect(performance.now() - stored).toBeLessThan(1_000)
  await rota.stop()
  await worker.stop()
})

test('the lease is renewed by the event loop: no thread opens the file with node:sqlite', async () => {
  const place = storage()
  expect(place.url).toBe(null)
  const worker = createRota({ storage: place, jobs: [job], lease: '1s' })
  await worker.start()
  const ends = async () => (await worker.workers())[0]?.leaseUntil?.getTime() ?? 0
  const first = await ends()
  await until('it was renewed', async () => (await ends()) > first)
  await worker.stop()
})

test('while another writes it waits, and holds up nobody', async () => {
  const [writer, reader, other] = [storage(), storage(), new Database(file())]
  await writer.migrate()
  other.exec('begin immediate')
  const began = performance.now()
  let stored = false
  const call = writer.insert([aJob(null)]).then(() => {
    stored = true
  })
  for (let n = 0; n < 20; n++) expect((await reader.stats()).live.ready).toBe(0)
  expect(stored).toBe(false)
  expect(performance.now() - began).toBeLessThan(4_000) // the busy timeout of better-sqlite3 is 5 s
  other.exec('commit')
  await call
  expect((await reader.stats()).live.ready).toBe(1)
  other.close()
  await writer.close()
  await reader.close()
})

test('a file that cannot be used is named as such', async () => {
  for (const wrong of [join(folder, 'no folder', 'rota.db'), folder, import.meta.filename]) {
    const store = sqlite({ file: wrong, driver: Database })
    await expect(store.migrate()).rejects.toMatchObject({
      code: 'storage_unreachable',
      message: expect.stringContaining(wrong),
    })
    await store.close()
  }
})

test('errors by number and by name mean the same', () => {
  const [busy, broken, other] = [
    [{ errcode: 5 }, { errcode: 517 }, { code: 'SQLITE_BUSY_SNAPSHOT' }, { code: 'SQLITE_LOCKED_SHAREDCACHE' }],
    [{ errcode: 778 }, { code: 'SQLITE_IOERR_WRITE' }, { code: 'SQLITE_FULL' }, { code: 'UNKNOWN_SQLITE_ERROR_778' }],
    [{ errcode: 19 }, { code: 'SQLITE_CONSTRAINT_UNIQUE' }, { code: 'SQLITE_ERROR' }, new TypeError('x'), null],
  ]
  for (const error of busy) expect([error, isBusy(error), isFileError(error)]).toEqual([error, true, false])
  for (const error of broken) expect([error, isBusy(error), isFileError(error)]).toEqual([error, false, true])
  for (const error of other) expect([error, isBusy(error), isFileError(error)]).toEqual([error, false, false])
})

test('upkeep copies the log by the same copy of SQLite', async () => {
  const store = storage()
  await store.migrate()
  const input = JSON.stringify('x'.repeat(100_000))
  for (let n = 0; n < 20; n++) await store.insert(Array.from({ length: 10 }, () => ({ ...aJob(null), input })))
  const outside = new Database(file())
  outside.exec('begin')
  outside.prepare('select count(*) from jobs').all() // so that a rest is left, which a second connection copies
  await store.insert([{ ...aJob(null), input }])
  await store.upkeep()
  outside.exec('commit')
  await store.upkeep()
  await store.insert([aJob(null)])
  const [log] = outside.prepare('pragma wal_checkpoint(noop)').all() as { log: number }[]
  expect(log?.log).toBeLessThan(1_000)
  expect(outside.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  outside.close()
  await store.close()
})

test.each<[string, unknown]>([
  ['node:sqlite', DatabaseSync],
  ['a function', () => new Database(file())],
  ['no function', 'better-sqlite3'],
])('%s is no driver', async (_, driver) => {
  const open = async () => {
    const store = sqlite({ file: file(), driver } as SqliteOptions)
    await store.migrate().finally(() => store.close())
  }
  await expect(open()).rejects.toMatchObject({ code: 'option_invalid', field: 'driver' })
})
