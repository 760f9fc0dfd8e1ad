/** What SQLite in a file alone has to do: its write-ahead log stays bounded, and nobody notices how. */
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Storage } from '../../src/index.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { aJob } from '../support/job.ts'

let folder: string
let file: string
let writer: Storage
/** Has its own connection, as the lease thread does. */
let keeper: Storage
let outside: DatabaseSync
beforeEach(async () => {
  folder = temporaryFolder('log')
  file = join(folder, 'rota.db')
  writer = sqlite({ file })
  keeper = sqlite({ file })
  await writer.migrate()
  await keeper.migrate()
  outside = new DatabaseSync(file)
})
afterEach(async () => {
  outside.close()
  await writer.close()
  await keeper.close()
  rmSync(folder, { recursive: true })
})

const input = JSON.stringify('x'.repeat(100_000))
let stored = 0
beforeEach(() => {
  stored = 0
})

/** Each job takes 27 pages, 110 kB, of the log. */
async function store(jobs: number): Promise<void> {
  for (let n = 0; n < jobs; n += 10) await writer.insert(Array.from({ length: 10 }, () => ({ ...aJob(null), input })))
  stored += jobs
}

const log = () => {
  const row = outside.prepare('pragma wal_checkpoint(noop)').get()
  return { pages: Number(row?.log), copied: Number(row?.checkpointed) }
}
const size = () => statSync(`${file}-wal`).size
const count = () => outside.prepare('select count(*) as n from jobs').get()?.n

function allIsThere(): void {
  expect(count()).toBe(stored)
  expect(outside.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
}

test('a COMMIT leaves the copying to upkeep', async () => {
  await store(60)
  const { pages } = log()
  expect(pages).toBeGreaterThan(1_000)
  expect(log().copied).toBe(0)
  await keeper.upkeep()
  expect(log()).toEqual({ pages, copied: pages })
  allIsThere()
})

test('a long log of which a little is left to copy is begun anew', async () => {
  await store(200)
  outside.exec('begin')
  count() // from here on it sees nothing new, so the rest cannot be copied
  await store(10)
  await keeper.upkeep()
  outside.exec('commit')
  const { pages, copied } = log()
  expect([pages > 4_000, pages - copied > 0, pages - copied < 500]).toEqual([true, true, true])
  await keeper.upkeep()
  await store(10)
  expect(log().pages).toBeLessThan(1_000)
  allIsThere()
})

test('several do upkeep while others write', async () => {
  for (let round = 0; round < 3; round++) {
    await Promise.all([store(400), keeper.upkeep(), writer.upkeep(), keeper.upkeep()])
    await Promise.all([store(20), keeper.upkeep(), writer.upkeep()])
  }
  allIsThere()
})

test('where nobody does upkeep, the log is bounded as well', async () => {
  for (let n = 0; n < 6; n++) {
    await store(200)
    expect(size()).toBeLessThan(70e6)
  }
  expect(stored * 100_000).toBeGreaterThan(100e6)
  allIsThere()
})

test("a long reader keeps what it sees, is in nobody's way, and the file shrinks when it is gone", async () => {
  await store(20)
  outside.exec('begin')
  expect(count()).toBe(20)
  for (let n = 0; n < 5; n++) {
    await store(160)
    await keeper.upkeep()
  }
  expect(size()).toBeGreaterThan(80e6)
  expect(count()).toBe(20)
  outside.exec('commit')
  await keeper.upkeep()
  await store(20)
  expect(log().pages).toBeLessThan(1_000)
  expect(size()).toBeLessThan(68e6)
  allIsThere()
})
