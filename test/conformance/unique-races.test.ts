/** Keys under two connections at once. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { UniqueRule } from '../../src/job/unique.ts'
import type { ClaimedJob, InsertResult, ListQuery, NewJob, Storage } from '../../src/storage/contract.ts'
import type { PostgresPool } from '../../src/storage/postgres/pool.ts'
import { postgres } from '../../src/storage/postgres/storage.ts'
import { sqlite } from '../../src/storage/sqlite/storage.ts'
import { everything as all } from '../../src/testing/conformance/kit.ts'
import { countedPool } from '../cost/counted-pool.ts'
import { temporaryFolder } from '../support/folder.ts'
import { aJob } from '../support/job.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'

let server: RunningPostgres
let folder: string
beforeAll(async () => {
  server = await startPostgres()
  folder = temporaryFolder('races')
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const rule = (key: string, fields: Partial<UniqueRule> = {}): UniqueRule => ({
  key,
  within: 0,
  while: ['blocked', 'scheduled', 'ready', 'running'],
  onConflict: 'keep',
  due: false,
  ...fields,
})
const replacing = (key: string) => rule(key, { while: ['blocked', 'scheduled', 'ready'], onConflict: 'replace' })
const unique = (own: UniqueRule, fields: Partial<NewJob> = {}): NewJob => ({ ...aJob(null), unique: own, ...fields })
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

let made = 0
const places: Readonly<Record<string, () => () => Storage>> = {
  SQLite() {
    const file = join(folder, `${++made}.db`)
    return () => sqlite({ file })
  },
  'better-sqlite3'() {
    const file = join(folder, `${++made}.db`)
    return () => sqlite({ file, driver: Database })
  },
  PostgreSQL() {
    const schema = `races_${++made}`
    return () => postgres({ pool: watchedPool(), schema, listen: false })
  },
}

describe.each(Object.keys(places))('%s', (name) => {
  let a: Storage
  let b: Storage
  beforeEach(async () => {
    const connect = (places[name] as () => () => Storage)()
    a = connect()
    b = connect()
    await a.migrate()
  })
  afterEach(async () => {
    await a.close()
    await b.close()
    for (const pool of pools.splice(0)) await pool.end()
    deadlocks = []
  })

  test('of two that store the same key at the same time one has created it', async () => {
    for (const n of numbers(30)) {
      const both = await Promise.all([a, b].map((one) => one.insert([unique(rule(`k${n}`))])))
      const results = both.flat()
      expect(results.map(({ status }) => status).sort()).toEqual(['created', 'duplicate'])
      expect(new Set(results.map(({ id }) => id)).size).toBe(1)
    }
    expect((await a.stats()).live.ready).toBe(30)
  })

  test('batches with the same keys in any order, and deletes, come to an end without a deadlock', async () => {
    const keys = numbers(40).map((n) => replacing(`k${n}`))
    for (let round = 0; round < 10; round++) {
      const stored = await a.insert(keys.map((key) => unique(key)))
      const ids = stored.map(({ id }) => id)
      const [one, two] = await Promise.all([
        a.insert(keys.map((key) => unique(key))),
        b.insert(keys.toReversed().map((key) => unique(key))),
        a.edit(ids.slice(0, 20), { kind: 'delete' }),
        b.edit(ids.slice(10, 30).reverse(), { kind: 'delete' }),
      ])
      const left = [one, two].flatMap((results) => (results as readonly InsertResult[]).map(({ id }) => id))
      expect(left.length).toBe(80)
      await a.edit(left, { kind: 'delete' })
    }
    expect(deadlocks).toEqual([])
  })

  test('a replace against a claim: the change is run, by the same job or by one behind it', async () => {
    const worker = '01900000-0000-7000-8000-000000000001'
    await a.heartbeat({
      id: worker,
      name: 'test',
      lanes: [{ name: 'default', concurrency: 10 }],
      jobs: ['note'],
      schedules: [],
      lease: 60_000,
    })
    const claim = (storage: Storage) =>
      storage.claim({ worker, lanes: [{ name: 'default', limit: 10 }], jobs: ['note'], suspect: false })
    const seen = new Set<string>()
    for (const n of numbers(60)) {
      const first = unique(replacing(`k${n}`), { input: '"old"' })
      await a.insert([first])
      const [claimed, [result]] = await Promise.all([
        claim(a),
        b.insert([unique(replacing(`k${n}`), { input: '"new"' })]),
      ])
      const rest = await claim(a)
      const inputs = [...claimed, ...rest].map(({ input }) => input)
      seen.add(result?.status as string)
      if (result?.status === 'replaced') expect([inputs, result.id]).toEqual([['"new"'], first.id])
      else expect([inputs, result?.status]).toEqual([['"old"', '"new"'], 'created'])
      await a.apply(worker, [...claimed, ...rest].map(succeeded))
    }
    expect([...seen].filter((status) => !['replaced', 'created'].includes(status))).toEqual([])
  })

  test('keys go when their jobs are over, and not before', async () => {
    const waiting = numbers(20).map((n) => unique(rule(`live ${n}`), { delay: 9e8 }))
    await a.insert([...waiting, ...numbers(20).map((n) => unique(rule(`over ${n}`)))])
    const ids = (await a.list({ ...everything, states: ['ready'] })).jobs.map(({ id }) => id)
    await a.edit(ids, { kind: 'cancel', reason: 'over' })
    expect((await keys()).length).toBe(40)
    await setClock(-100_000)
    while (await a.purge(7));
    expect((await keys()).map((key) => key.startsWith('live'))).toEqual(numbers(20).map(() => true))
    await setClock(-1e9)
    while (await a.purge(7));
    expect((await keys()).length).toBe(20)
    await a.edit(
      waiting.map(({ id }) => id),
      { kind: 'delete' },
    )
    expect(await keys()).toEqual([])
  })

  const sql = async (text: string): Promise<Record<string, unknown>[]> => {
    if (name !== 'PostgreSQL') {
      const db = new (name === 'SQLite' ? DatabaseSync : Database)(join(folder, `${made}.db`))
      const rows = db.prepare(text).all() as Record<string, unknown>[]
      db.close()
      return rows
    }
    return postgresRows(text.replace('keys', `races_${made}.keys`))
  }
  const keys = async () => (await sql('select key from keys order by key')).map(({ key }) => String(key))
  /** As if so much time had passed since purge looked at the keys. */
  const setClock = (ms: number) => sql(`update keys set look_at = look_at + ${ms} returning key`)
})

test('the number of statements does not grow with the number of keys', async () => {
  const { pool, counts, end } = countedPool(server.url)
  const storage = postgres({ pool, schema: 'counted', listen: false })
  await storage.migrate()
  const cost = async (jobs: readonly NewJob[]) => {
    await storage.insert(jobs) // so that hints are not counted in one and not in the other
    const before = counts.all
    await storage.insert(jobs.map((job) => ({ ...unique(job.unique as UniqueRule), lane: 'quiet' })))
    return counts.all - before
  }
  const mixed = (count: number, of: string) =>
    numbers(count).map((n) =>
      unique(rule(`${of} ${n}`, { onConflict: (['keep', 'replace', 'reschedule'] as const)[n % 3] as 'keep' })),
    )
  const few = await cost(mixed(3, 'few'))
  expect(Math.abs((await cost(mixed(600, 'many'))) - few)).toBeLessThanOrEqual(1) // the hint
  expect(few).toBeLessThanOrEqual(10)
  await storage.close()
  await end()
})

const everything: ListQuery = { ...all, limit: 1_000 }

const succeeded = ({ id, fence, attempt, lapses }: ClaimedJob) =>
  ({ id, fence, attempt, lapses, to: 'succeeded', reason: null, output: null, error: null }) as const

async function postgresRows(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(server.url)
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}

/** What the server chose as victims; the storage tries again, and tells nobody. */
let deadlocks: string[] = []

function watchedPool(): PostgresPool {
  const pool = new pg.Pool({ connectionString: server.url })
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
    const watched = (...args: unknown[]) => {
      const answer = query(...args)
      answer?.catch?.((error) => error.code === '40P01' && deadlocks.push(error.message))
      return answer
    }
    client.query = watched as typeof client.query
  })
  pools.push(pool)
  return pool as unknown as PostgresPool
}
const pools: pg.Pool[] = []
