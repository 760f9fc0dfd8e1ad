/** `{ tx }` with the libraries that people use, on a real PostgreSQL. */
import { DatabaseSync } from 'node:sqlite'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzleJs } from 'drizzle-orm/postgres-js'
import knex from 'knex'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import postgresJs from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRota, defineJob } from '../../src/index.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'
import { type Library, transactionPromises } from './promises.ts'

let server: RunningPostgres
let schemas = 0
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())
beforeEach(() => {
  schemas++
})
const url = () => `${server.url}?schema=tx_${schemas}`
const otherDatabase = new DatabaseSync(':memory:')
afterAll(() => otherDatabase.close())

/** Between BEGIN and COMMIT on one connection. */
async function byHand(query: (text: string) => Promise<unknown>, work: () => Promise<void>): Promise<void> {
  await query('begin')
  try {
    await work()
    await query('commit')
  } catch (error) {
    await query('rollback')
    throw error
  }
}

const libraries: Readonly<Record<string, () => Promise<Library>>> = {
  async 'pg, a client'() {
    const client = new pg.Client(server.url)
    await client.connect()
    const pool = new pg.Pool({ connectionString: server.url })
    return {
      name: 'pg',
      transaction: (work) =>
        byHand(
          (text) => client.query(text),
          () => work(client),
        ),
      mistakes: [pool, client],
      async close() {
        await client.end()
        await pool.end()
      },
    }
  },
  async 'pg, a client of a pool'() {
    const pool = new pg.Pool({ connectionString: server.url })
    return {
      name: 'pg',
      async transaction(work) {
        const client = await pool.connect()
        await byHand(
          (text) => client.query(text),
          () => work(client),
        ).finally(() => client.release())
      },
      mistakes: [pool, otherDatabase],
      close: () => pool.end(),
    }
  },
  async 'postgres.js'() {
    const sql = postgresJs(server.url, { transform: postgresJs.camel, onnotice: () => {} })
    return {
      name: 'postgres.js',
      transaction: async (work) => void (await sql.begin((tx) => work(tx))),
      mistakes: [sql],
      close: () => sql.end(),
    }
  },
  async 'postgres.js that fetches no types'() {
    const sql = postgresJs(server.url, { fetch_types: false, prepare: false })
    return {
      name: 'postgres.js',
      transaction: async (work) => void (await sql.begin((tx) => tx.savepoint((inner) => work(inner)))),
      mistakes: [sql],
      close: () => sql.end(),
    }
  },
  async Kysely() {
    const dialect = new PostgresDialect({ pool: new pg.Pool({ connectionString: server.url }) })
    const db = new Kysely<unknown>({ dialect, plugins: [new CamelCasePlugin()] })
    return {
      name: 'Kysely',
      transaction: (work) => db.transaction().execute((tx) => work(tx)),
      mistakes: [db],
      close: () => db.destroy(),
    }
  },
  async 'Drizzle on pg'() {
    const pool = new pg.Pool({ connectionString: server.url })
    const db = drizzlePg(pool)
    return {
      name: 'Drizzle',
      transaction: (work) => db.transaction((tx) => work(tx)),
      mistakes: [db],
      close: () => pool.end(),
    }
  },
  async 'Drizzle on postgres.js'() {
    const sql = postgresJs(server.url)
    const db = drizzleJs(sql)
    return {
      name: 'Drizzle',
      transaction: (work) => db.transaction((tx) => tx.transaction((inner) => work(inner))),
      mistakes: [db],
      close: () => sql.end(),
    }
  },
  async Knex() {
    const db = knex({ client: 'pg', connection: server.url })
    return {
      name: 'Knex',
      transaction: (work) => db.transaction((tx) => work(tx)),
      mistakes: [db],
      close: () => db.destroy(),
    }
  },
  async 'an object with query'() {
    const client = new pg.Client(server.url)
    await client.connect()
    const query = async (text: string, values: unknown[]) => (await client.query(text, values)).rows
    return {
      name: 'query',
      transaction: (work) =>
        byHand(
          (text) => client.query(text),
          () => work({ query }),
        ),
      mistakes: [],
      close: () => client.end(),
    }
  },
}

describe.each(Object.keys(libraries))('%s', (name) => {
  transactionPromises({ storage: url, open: libraries[name] as () => Promise<Library> })
})

test('another database is named as such', async () => {
  const client = new pg.Client(server.url)
  await client.connect()
  await client.query('create database elsewhere')
  const elsewhere = new pg.Client(server.url.replace('/postgres', '/elsewhere'))
  await elsewhere.connect()
  const job = defineJob({ id: 'job', run: () => {} })
  const rota = createRota({ storage: url() })
  await elsewhere.query('begin')
  const error = await rota.enqueue(job, undefined, { tx: elsewhere }).catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'tx_invalid', message: expect.stringMatching(/tables of Rota are not in/) })
  await rota.stop()
  await elsewhere.end()
  await client.end()
})

test('wake: false tells nobody, and goes with tx only', async () => {
  const client = new pg.Client(server.url)
  await client.connect()
  const listener = new pg.Client(server.url)
  await listener.connect()
  const heard: (string | undefined)[] = []
  listener.on('notification', ({ payload }) => heard.push(payload))
  await listener.query(`listen "rota_tx_${schemas}"`)
  const job = defineJob({ id: 'job', run: () => {} })
  const rota = createRota({ storage: url() })
  await rota.migrations.up()
  for (const options of [{ wake: false }, { lane: 'b' }, { in: '1h' }]) {
    await client.query('begin')
    await rota.enqueue(job, undefined, { ...options, tx: client })
    await client.query('commit')
  }
  await listener.query('select 1') // what was told before is heard by then
  expect(heard).toEqual(['["b"]', 'null'])
  await expect(rota.enqueue(job, undefined, { wake: false })).rejects.toMatchObject({
    code: 'option_invalid',
    field: 'wake',
  })
  await rota.stop()
  await listener.end()
  await client.end()
})

test('an error of the database is the error of the driver, and is not tried again', async () => {
  const client = new pg.Client(server.url)
  await client.connect()
  const job = defineJob({ id: 'job', run: () => {} })
  const rota = createRota({ storage: url() })
  await rota.migrations.up()
  await client.query('begin read only')
  await expect(rota.enqueue(job, undefined, { tx: client })).rejects.toMatchObject({ code: '25006' })
  await expect(rota.enqueue(job, undefined, { tx: client })).rejects.toMatchObject({ code: '25P02' })
  await client.query('rollback')
  await rota.stop()
  await client.end()
})
