/** The history's partitions come and go while readers and settlements are under way. */
import assert from 'node:assert/strict'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest'
import { type RunningPostgres, startPostgres } from '../../test/support/postgres.ts'
import { freshCursors, makeJobs, succeeded } from './job.ts'
import { codeOf, dropPartition, settleMakingPartitions } from './partitions.ts'
import { addPartition, connect, createSchema, type PostgresStore, storeOn } from './postgres-store.ts'
import { designs } from './sql-file.ts'

const schema = 'rota_partitions'
const day = 86_400_000
let server: RunningPostgres

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

describe.each(designs)('%s: the partitioned history', (design) => {
  let worker: PostgresStore
  let keeper: pg.Client
  let reader: pg.Client

  beforeEach(async () => {
    await createSchema(server.url, schema, design)
    worker = storeOn(await connect(server.url, schema), design)
    keeper = await connect(server.url, schema)
    reader = await connect(server.url, schema)
    // Nothing here may wait for the reader; what would is an error instead of a test that hangs.
    await worker.client.query(`set lock_timeout = '2s'`)
    return () => Promise.all([worker.client.end(), keeper.end(), reader.end()])
  })

  async function settleOne(keepSucceededMs = day): Promise<number> {
    await worker.insert(makeJobs(1, 'main').map((job) => ({ ...job, keepSucceededMs })))
    const claimed = await worker.claim('w', freshCursors('main', [2]), 1)
    return (await settleMakingPartitions(worker, 'w', succeeded(claimed))).length
  }

  async function openReader(): Promise<void> {
    await reader.query('begin')
    await reader.query('select count(*) from finished_jobs')
  }

  test('a partition is attached beside an open reader, and settling goes on', async () => {
    await settleOne()
    await openReader()
    await keeper.query(`set lock_timeout = '500ms'`)
    await addPartition(keeper, design, Date.now() + 20 * day)
    assert.equal(await settleOne(20 * day), 1)
    await reader.query('commit')
  })

  test('PARTITION OF would wait for that reader', async () => {
    await openReader()
    await keeper.query(`set lock_timeout = '100ms'`)
    const create = 'create table too_eager partition of finished_jobs for values from (0) to (1)'
    await assert.rejects(keeper.query(create), (error) => codeOf(error) === '55P03')
    await reader.query('commit')
  })

  test('a partition is dropped once its readers are gone, and nobody waits longer than a try', async () => {
    const name = await addPartition(keeper, design, Date.now() - 5 * day)
    await openReader()
    let dropped = false
    const dropping = dropPartition(keeper, name, 200).then((failed) => {
      dropped = true
      return failed
    })
    let slowest = 0
    for (let n = 0; n < 50; n += 1) {
      const start = performance.now()
      assert.equal(await settleOne(), 1)
      slowest = Math.max(slowest, performance.now() - start)
    }
    assert.equal(dropped, false)
    assert.ok(slowest < 500, `a settlement took ${slowest.toFixed(0)} ms`)
    await reader.query('commit')
    assert.ok((await dropping) > 0)
    assert.equal(await settleOne(), 1)
  })

  test('a detach gives up under its lock timeout and succeeds after the reader', async () => {
    const name = await addPartition(keeper, design, Date.now() - 5 * day)
    await openReader()
    await keeper.query(`set lock_timeout = '50ms'`)
    const detach = () => keeper.query(`alter table finished_jobs detach partition "${name}"`)
    await assert.rejects(detach(), (error) => codeOf(error) === '55P03')
    await reader.query('commit')
    await detach()
    assert.equal(await settleOne(), 1)
  })

  test('a missing partition is made, and the settlement is retried', async () => {
    await worker.insert(makeJobs(1, 'main').map((job) => ({ ...job, keepSucceededMs: 40 * day })))
    const outcomes = succeeded(await worker.claim('w', freshCursors('main', [2]), 1))
    await assert.rejects(worker.settle('w', outcomes), (error) => codeOf(error) === '23514')
    assert.equal((await settleMakingPartitions(worker, 'w', outcomes)).length, 1)
  })

  test('two that miss the same partition both settle', async () => {
    const other = storeOn(await connect(server.url, schema), design)
    await worker.insert(makeJobs(2, 'main').map((job) => ({ ...job, keepSucceededMs: 50 * day })))
    const mine = succeeded(await worker.claim('w', freshCursors('main', [2]), 1))
    const theirs = succeeded(await other.claim('o', freshCursors('main', [2]), 1))
    const settled = await Promise.all([
      settleMakingPartitions(worker, 'w', mine),
      settleMakingPartitions(other, 'o', theirs),
    ])
    await other.client.end()
    assert.deepEqual(
      settled.map((rows) => rows.length),
      [1, 1],
    )
  })
})
