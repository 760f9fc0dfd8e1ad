/** The thread that renews the lease, and what is done where there is none or it dies. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Emitter } from '../../src/engine/events.ts'
import { Lease } from '../../src/engine/lease.ts'
import { RunningTable, RunningView } from '../../src/engine/running-table.ts'
import { systemRuntime } from '../../src/engine/runtime.ts'
import { createRota, defineJob, type Storage } from '../../src/index.ts'
import { postgres } from '../../src/storage/postgres/index.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { leaseThreads } from '../support/leaks.ts'

let folder: string
beforeEach(() => {
  folder = temporaryFolder('lease-thread')
})
const leases: Lease[] = []
const storages: Storage[] = []
afterEach(async () => {
  for (const lease of leases.splice(0)) await lease.end()
  for (const storage of storages.splice(0)) await storage.close()
  rmSync(folder, { recursive: true })
})

/** A lease of one second over a file, and what it told. */
function leaseWith(threadFile?: URL) {
  const storage = sqlite({ file: join(folder, 'rota.db') })
  const events = new Emitter('default')
  const told: string[] = []
  events.on('worker:started', ({ leaseThread }) => told.push(`thread ${leaseThread}`))
  events.on('worker:trouble', ({ during }) => told.push(during))
  const lease = new Lease(
    {
      storage,
      runtime: systemRuntime(),
      events,
      beat: { name: 'w', lanes: [], jobs: [], schedules: [], lease: 1_000 },
      running: new RunningTable(10),
      endBlocked: false,
      threadFile,
    },
    () => told.push('lost'),
    () => {},
    () => {},
  )
  leases.push(lease)
  storages.push(storage)
  return { storage, lease, told }
}

/** Waits until it has been renewed for three times its length. */
async function renewedForLong(storage: Storage, id: string): Promise<void> {
  await until('it is renewed', async () => {
    const [worker] = await storage.workers()
    return worker !== undefined && worker.id === id && worker.seenAt - worker.startedAt > 3_000
  })
}

const threadThat = (code: string): URL => {
  const file = join(folder, 'thread.mjs')
  writeFileSync(file, code)
  return pathToFileURL(file)
}

const goesOn = 'keeping the lease in a thread of its own; the main thread renews it from now on'

test.each([
  ['is missing', () => pathToFileURL(join(folder, 'nowhere.mjs')), [goesOn, 'thread false']],
  ['does not load', () => threadThat('this is no JavaScript'), [goesOn, 'thread false']],
  ['ends at once', () => threadThat('process.exit(0)'), [goesOn, 'thread false']],
  [
    'dies when it is ready',
    () =>
      threadThat(
        `import { parentPort } from 'node:worker_threads'
        parentPort.postMessage({ say: 'ready' })
        setTimeout(() => { throw new Error('it dies') }, 200)`,
      ),
    [goesOn, 'thread true'],
  ],
  [
    'has no time to renew',
    () =>
      threadThat(
        `import { parentPort } from 'node:worker_threads'
        parentPort.on('message', ({ say }) => say === 'end' && parentPort.close())
        parentPort.postMessage({ say: 'ready' })`,
      ),
    ['thread true'],
  ],
])('a thread that %s: the main loop keeps the lease, and it is told once', async (_, file, expected) => {
  const { storage, lease, told } = leaseWith(file())
  await storage.migrate()
  await lease.start()
  const { id } = lease
  await renewedForLong(storage, id)
  expect([...told].sort()).toEqual([...expected].sort())
  expect(lease.id).toBe(id)
})

test('the thread renews alone, tells of a refusal, renews the next id too, and is gone after the end', async () => {
  const { storage, lease, told } = leaseWith()
  await storage.migrate()
  const beats: string[] = []
  const heartbeat = storage.heartbeat.bind(storage)
  storage.heartbeat = (beat) => {
    beats.push(beat.id)
    return heartbeat(beat)
  }
  await lease.start()
  const first = lease.id
  await renewedForLong(storage, first)
  expect(beats.length).toBeLessThan(4) // of nine: those before the thread was there
  if (process.platform === 'linux') expect(leaseThreads()).toBe(1)
  await storage.leave(first)
  await until('it has another id', () => lease.id !== first)
  await storage.sweep(10)
  await renewedForLong(storage, lease.id)
  expect(beats.filter((id) => id === lease.id)).toHaveLength(1)
  expect(told).toEqual(['thread true', 'lost'])
  await lease.end()
  expect(leaseThreads()).toBe(0)
})

test('the thread is gone after stop, and with it a process that never stops can end', async () => {
  const noop = defineJob({ id: 'noop', run: () => 1 })
  const rota = createRota({ storage: `sqlite:${join(folder, 'stopped.db')}`, jobs: [noop] })
  const started: unknown[] = []
  rota.on('worker:started', (event) => started.push(event))
  await rota.start()
  const [worker] = await rota.workers()
  expect(started).toEqual([{ cluster: 'default', id: worker?.id, name: 'worker', leaseThread: true }])
  expect(await rota.result((await rota.enqueue(noop)).id)).toBe(1)
  await rota.stop()
  expect(leaseThreads()).toBe(0)
})

test('only a storage that another thread can open has a url', () => {
  const file = join(folder, 'x.db')
  expect(sqlite({ file }).url).toBe(`sqlite:${file}`)
  expect(sqlite({ file: ':memory:' }).url).toBe(null)
  expect(sqlite({ file, clock: Date.now }).url).toBe(null)
  const url = 'postgres://me:secret@host/db'
  expect(postgres({ url }).url).toBe(`${url}?schema=rota`)
  expect(postgres({ url: `${url}?sslmode=require`, schema: 'jobs' }).url).toBe(`${url}?schema=jobs&sslmode=require`)
  expect(postgres({ url, clock: Date.now }).url).toBe(null)
  expect(postgres({ url: 'socket:/var/run?db=x' }).url).toBe(null)
  expect(postgres({ url }).description).not.toContain('secret')
})

test('the table of what runs: slots are taken, seen when overdue, let finish, and used again', () => {
  const table = new RunningTable(2)
  const view = new RunningView(table.buffer)
  const id = (n: number) => `01890a5d-ac96-774b-bcce-b30209${String(n).padStart(6, '0')}`
  expect(view.anyTaken).toBe(false)
  const a = table.add({ id: id(1), fence: 7 }, 1_000)
  const b = table.add({ id: id(2), fence: 2 ** 40 }, 2_000)
  expect(table.add({ id: id(3), fence: 1 }, 1)).toBe(-1)
  expect(view.overdue(1_000)).toEqual([])
  expect(view.overdue(1_001)).toEqual([{ id: id(1), fence: 7 }])
  expect(view.overdue(5_000)).toHaveLength(2)
  table.move(a, Number.POSITIVE_INFINITY)
  expect(view.overdue(5_000)).toEqual([{ id: id(2), fence: 2 ** 40 }])
  table.delete(b)
  expect([view.overdue(5_000), view.anyTaken]).toEqual([[], true])
  expect(table.add({ id: id(4), fence: 1 }, 3_000)).toBe(b)
  expect(view.overdue(5_000)).toEqual([{ id: id(4), fence: 1 }])
  table.delete(-1)
})
