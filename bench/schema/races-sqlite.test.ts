/** The same races on SQLite, where the write lock decides them, for both designs. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, test } from 'vitest'
import { temporaryFolder } from '../../test/support/folder.ts'
import { drainInProcesses } from './drain-sqlite.ts'
import { flowsOn } from './flow-sqlite.ts'
import { chunks, freshCursors, makeJobs, succeeded } from './job.ts'
import { designs } from './sql-file.ts'
import { createSqliteSchema, openSqliteStore, type SqliteStore } from './sqlite-store.ts'

const priorities = [0, 1, 2, 3, 4]

describe.each(designs)('%s on SQLite', (design) => {
  let path = ''
  let stores: SqliteStore[] = []

  beforeEach(() => {
    const folder = temporaryFolder('races')
    path = join(folder, 'jobs.db')
    createSqliteSchema(path, design)
    stores = []
    return () => {
      for (const store of stores) store.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  function open(): SqliteStore {
    const store = openSqliteStore(path, design)
    stores.push(store)
    return store
  }

  function count(store: SqliteStore, from: string): number {
    return (store.db.prepare(`select count(*) as n from ${from}`).get() as { n: number }).n
  }

  test('settle by id loses no outcome to a concurrent update of the same rows', async () => {
    const [worker, other] = [open(), open()]
    await worker.write(() => worker.insert(makeJobs(500, 'main')))
    const claimed = await worker.write(() => worker.claim('w', freshCursors('main', priorities), 500))
    other.db.exec('begin immediate; update jobs set flags = flags | 1')
    const settling = worker.write(() => worker.settle('w', succeeded(claimed)))
    await untilRetried(worker)
    other.db.exec('commit')
    assert.equal((await settling).length, 500)
    assert.equal(count(worker, 'finished_jobs where flags = 1'), 500)
  })

  test('a wrong fence or a wrong worker settles nothing', async () => {
    const store = open()
    await store.write(() => store.insert(makeJobs(10, 'main')))
    const claimed = await store.write(() => store.claim('w', freshCursors('main', priorities), 10))
    const stale = succeeded(claimed).map((outcome, n) => ({ ...outcome, fence: n === 0 ? 1 : 2 }))
    assert.equal((await store.write(() => store.settle('another', succeeded(claimed)))).length, 0)
    assert.equal((await store.write(() => store.settle('w', stale))).length, 1)
    assert.equal(count(store, 'jobs'), 9)
  })

  test('an insert retried after the first one finished does not run twice', async () => {
    const [first, second] = [open(), open()]
    const jobs = makeJobs(50, 'main')
    await first.write(() => first.insert(jobs.slice(0, 40)))
    const claimed = await first.write(() => first.claim('w', freshCursors('main', priorities), 20))
    first.db.exec('begin immediate')
    first.settle('w', succeeded(claimed))
    const retried = flowsOn(second, design).insertAgain(jobs)
    await untilRetried(second)
    first.db.exec('commit')
    await retried
    assert.equal(count(first, 'jobs'), 30)
    assert.equal(count(first, 'jobs join finished_jobs using (id)'), 0)
  })

  test('a child inserted while its parents settle is never stranded', async () => {
    const [worker, client] = [open(), open()]
    const [settler, inserter] = [flowsOn(worker, design), flowsOn(client, design)]
    for (let round = 0; round < 60; round += 1) {
      const parents = makeJobs(3, 'main')
      const [child] = makeJobs(1, 'children')
      assert.ok(child)
      await worker.write(() => worker.insert(parents))
      const claimed = await worker.write(() => worker.claim('w', freshCursors('main', priorities), 3))
      const ids = parents.map((parent) => parent.id)
      const settle = async () => {
        for (const part of chunks(succeeded(claimed), 2)) {
          await settler.settleAndRelease('w', part)
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      const insert = () => inserter.insertChild(child, ids)
      const halfway = () => new Promise((resolve) => setImmediate(resolve)).then(insert)
      await Promise.all(
        [
          [insert(), settle()],
          [settle(), insert()],
          [settle(), halfway()],
        ][round % 3] ?? [],
      )
    }
    const children = await worker.write(() => worker.claim('w', freshCursors('children', priorities), 100))
    assert.equal(children.length, 60)
  })

  test.each([2, 4])('%i processes claim and settle 20 000 jobs, each exactly once', async (processes) => {
    const store = open()
    const jobs = makeJobs(20_000, 'main', [2, 0, 4, 1, 3])
    for (const part of chunks(jobs, 5_000)) await store.write(() => store.insert(part))
    const { drained } = await drainInProcesses(path, design, processes, 200, {})
    const settled = drained.flatMap((part) => part.settled)
    assert.equal(settled.length, 20_000)
    assert.deepEqual(new Set(settled), new Set(jobs.map((job) => job.id)))
    assert.equal(count(store, 'jobs'), 0)
    assert.equal(count(store, 'finished_jobs where fence = 1'), 20_000)
  })
})

/** Polls until the store has met the held lock. */
async function untilRetried(store: SqliteStore): Promise<void> {
  const deadline = performance.now() + 10_000
  while (store.retryCount() === 0) {
    if (performance.now() > deadline) throw new Error('The lock was never met.')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
