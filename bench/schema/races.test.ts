/** The races that decide how rows are addressed, on a real PostgreSQL, for both designs. */
import assert from 'node:assert/strict'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest'
import { type RunningPostgres, startPostgres } from '../../test/support/postgres.ts'
import { drain, insertAll } from './drain-postgres.ts'
import { insertAgain, insertChild, settleAndRelease } from './flow-postgres.ts'
import { chunks, freshCursors, makeJobs, succeeded } from './job.ts'
import { connect, createSchema, type PostgresStore, storeOn } from './postgres-store.ts'
import { designs } from './sql-file.ts'

const schema = 'rota_races'
const priorities = [0, 1, 2, 3, 4]
let server: RunningPostgres

beforeAll(async () => {
  server = await startPostgres({ settings: { shared_buffers: '1GB', max_wal_size: '4GB' } })
})
afterAll(() => server.stop())

describe.each(designs)('%s on PostgreSQL', (design) => {
  let stores: PostgresStore[] = []

  beforeEach(async () => {
    await createSchema(server.url, schema, design)
    stores = []
    return async () => {
      await Promise.all(stores.map((store) => store.client.end()))
    }
  })

  async function open(): Promise<PostgresStore> {
    const store = storeOn(await connect(server.url, schema), design)
    stores.push(store)
    return store
  }

  async function count(store: PostgresStore, from: string): Promise<number> {
    return (await store.client.query(`select count(*)::int as n from ${from}`)).rows[0].n
  }

  /** Claims 500, touches their rows in an open transaction, starts `settle`, and commits only when it waits. */
  async function settleDuringUpdate(settle: (worker: PostgresStore, ids: string[]) => Promise<number>) {
    const [worker, other] = [await open(), await open()]
    await worker.insert(makeJobs(500, 'main'))
    const claimed = await worker.claim('w', freshCursors('main', priorities), 500)
    const ids = claimed.map((row) => row.id)
    await other.client.query('begin')
    await other.client.query('update jobs set flags = flags | 1 where id = any($1)', [ids])
    const settling = settle(worker, ids)
    await untilBlocked(other.client)
    await other.client.query('commit')
    return settling
  }

  test('settle by id loses no outcome to a concurrent update of the same rows', async () => {
    const settled = await settleDuringUpdate(async (worker, ids) => {
      const outcomes = succeeded(ids.map((id) => ({ id, lane: 'main', priority: 2, runAt: 0, fence: 1 })))
      return (await worker.settle('w', outcomes)).length
    })
    assert.equal(settled, 500)
    assert.equal(await count(stores[0] as PostgresStore, 'finished_jobs where flags = 1'), 500)
  })

  test('settle by ctid does lose them', async () => {
    const settled = await settleDuringUpdate(async (worker, ids) => {
      const found = await worker.client.query('select ctid::text from jobs where id = any($1)', [ids])
      const places = found.rows.map((row) => row.ctid)
      const deleted = await worker.client.query('delete from jobs where ctid = any($1::tid[]) and worker = $2', [
        places,
        'w',
      ])
      return deleted.rowCount ?? 0
    })
    assert.ok(settled < 500, `${settled} of 500 were settled`)
  })

  test('a wrong fence or a wrong worker settles nothing', async () => {
    const store = await open()
    await store.insert(makeJobs(10, 'main'))
    const claimed = await store.claim('w', freshCursors('main', priorities), 10)
    const stale = succeeded(claimed).map((outcome, n) => ({ ...outcome, fence: n === 0 ? 1 : 2 }))
    assert.equal((await store.settle('another', succeeded(claimed))).length, 0)
    assert.equal((await store.settle('w', stale)).length, 1)
    assert.equal(await count(store, 'jobs'), 9)
  })

  test('an insert retried after the first one finished does not run twice', async () => {
    const [first, second] = [await open(), await open()]
    const jobs = makeJobs(50, 'main')
    await first.insert(jobs.slice(0, 40))
    const claimed = await first.claim('w', freshCursors('main', priorities), 20)
    await first.client.query('begin')
    await first.settle('w', succeeded(claimed))
    const retried = insertAgain(second, jobs) // waits for the open settlement, whose rows it cannot see
    await untilBlocked(first.client)
    await first.client.query('commit')
    await retried
    assert.equal(await count(first, 'jobs'), 30)
    assert.equal(await count(first, 'jobs join finished_jobs using (id)'), 0)
  })

  test('a child inserted while its parents settle is never stranded', async () => {
    const [worker, client] = [await open(), await open()]
    for (let round = 0; round < 100; round += 1) {
      const parents = makeJobs(3, 'main')
      const child = makeJobs(1, 'children')[0] as (typeof parents)[number]
      await worker.insert(parents)
      const claimed = await worker.claim('w', freshCursors('main', priorities), 3)
      const ids = parents.map((parent) => parent.id)
      const pause = () => new Promise((resolve) => setTimeout(resolve, (round % 10) / 5))
      const settle = async () => {
        for (const part of chunks(succeeded(claimed), 2)) await settleAndRelease(worker, 'w', part)
      }
      await Promise.all([
        round % 2 ? pause().then(settle) : settle(),
        round % 2 ? insertChild(client, child, ids) : pause().then(() => insertChild(client, child, ids)),
      ])
    }
    const children = await worker.claim('w', freshCursors('children', priorities), 200)
    assert.equal(children.length, 100)
  })

  test('a child whose insert is open while the parent settles is released by the second statement', async () => {
    const [worker, client] = [await open(), await open()]
    const [parent, child] = makeJobs(2, 'main')
    assert.ok(parent && child)
    await worker.insert([parent])
    const claimed = await worker.claim('w', freshCursors('main', priorities), 1)
    await client.client.query('begin')
    const held = client.client.query('select id from jobs where id = $1 for update', [parent.id])
    await held
    const settling = settleAndRelease(worker, 'w', succeeded(claimed)) // its first statement waits for the child's
    await untilBlocked(client.client)
    await client.client.query('update jobs set flags = flags | 1 where id = $1', [parent.id])
    await client.insert([{ ...child, lane: 'children', blockers: 1 }])
    await client.client.query('insert into edges (parent, child) values ($1, $2)', [parent.id, child.id])
    await client.client.query('commit')
    await settling
    assert.equal((await worker.claim('w', freshCursors('children', priorities), 1)).length, 1)
  })

  test.each([2, 4])('%i connections claim and settle 20 000 jobs, each exactly once', async (connections) => {
    for (let n = 0; n < connections; n += 1) await open()
    const jobs = makeJobs(20_000, 'main', [2, 0, 4, 1, 3])
    await insertAll(stores[0] as PostgresStore, jobs, 500)
    const done = await Promise.all(stores.map((store, n) => drain(store, `worker-${n}`, 200)))
    assert.equal(
      done.reduce((sum, part) => sum + part, 0),
      20_000,
    )
    const [store] = stores as [PostgresStore]
    assert.equal(await count(store, 'jobs'), 0)
    assert.equal(await count(store, '(select distinct id from finished_jobs where fence = 1) as done'), 20_000)
    assert.equal(await count(store, 'finished_jobs'), 20_000)
  })
})

/** Polls until some session of the server waits for a lock. */
async function untilBlocked(client: pg.Client): Promise<void> {
  const deadline = performance.now() + 10_000
  while (performance.now() < deadline) {
    const { rows } = await client.query('select 1 from pg_locks where not granted')
    if (rows.length > 0) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error('No session waits for a lock.')
}
