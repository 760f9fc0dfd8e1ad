/** A worker process whose event loop is blocked, or that is halted as a whole, beside one that is well. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createRota, defineJob, type JobId, type Rota, type } from '../../src/index.ts'
import { openStorage } from '../../src/storage/open.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'
import type { Block, Ran } from './blocking-worker.ts'

let folder: string
let server: RunningPostgres
let made = 0
const children: ChildProcess[] = []
const rotas: Rota[] = []

beforeAll(async () => {
  folder = temporaryFolder('blocked')
  server = await startPostgres()
})
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
  for (const child of children.splice(0)) await killed(child)
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}

/** The same jobs as in `blocking-worker.ts`, done well. */
const well = async (_: unknown, ctx: { fence: number }): Promise<Ran> => ({ by: 'well', fence: ctx.fence })
const fixed = { type: 'fixed', delay: 10 } as const
const quick = defineJob({ id: 'quick', input: type<number>(), run: well })
const block = defineJob({ id: 'block', input: type<Block>(), retries: 1, backoff: fixed, run: well })
const wait = defineJob({ id: 'wait', input: type<number>(), run: well })

interface Setting {
  readonly storage: string
  readonly rota: Rota
  /** Starts the worker that blocks. */
  start(lease: string): Promise<ChildProcess>
  /** What it wrote so far. */
  ledger(): string[]
}

function setUp(storage: string, lease: string): Setting {
  const file = join(folder, `ledger-${++made}`)
  const rota = createRota({ storage, jobs: [quick, block, wait], lease, poll: '50ms', worker: { name: 'well' } })
  rotas.push(rota)
  return {
    storage,
    rota,
    ledger: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []),
    async start(length) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'blocking-worker.ts'), storage, file, length])
      children.push(child)
      let output = ''
      child.stdout.on('data', (text) => (output += text))
      child.stderr.on('data', (text) => (output += text))
      await until('the worker is ready', () => {
        if (child.exitCode !== null) throw new Error(`The worker ended: ${output}`)
        return output.includes('ready')
      })
      return child
    },
  }
}

/** The result, or what can be known about a job that does not end. */
async function resultOf<Output>(rota: Rota, id: JobId<Output>): Promise<Output> {
  try {
    return await rota.result(id, { timeout: '30s' })
  } catch (error) {
    const seen = { job: await rota.job(id), tries: await rota.jobs.attempts(id), workers: await rota.workers() }
    throw new Error(`${(error as Error).message} ${JSON.stringify(seen)} at ${new Date().toISOString()}`)
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

describe.each([
  ['SQLite file', () => `sqlite:${join(folder, `${++made}.db`)}`],
  ['PostgreSQL', () => `${server.url}?schema=blocked_${++made}`],
])('%s', (_, newStorage) => {
  test('a handler that blocks the event loop for three leases keeps its jobs', async () => {
    const { rota, start, ledger } = setUp(newStorage(), '1s')
    const { id } = await rota.enqueue(block, { ms: 3_300 })
    await start('1s')
    await until('it blocks', () => ledger().includes('blocking'))
    await rota.start() // from now on somebody would take its jobs
    expect(await resultOf(rota, id)).toEqual({ by: 'blocked', fence: 1 })
    expect(ledger()).toEqual(['blocking'])
    expect(await rota.job(id)).toMatchObject({ attempt: 1, lapses: 0 })
  })

  test('one that blocks it for ever times out; its neighbours end well elsewhere, without an attempt used', async () => {
    const { rota, start, ledger } = setUp(newStorage(), '1500ms')
    await rota.enqueueMany(quick, numbers(20), { priority: 'critical' }) // so quick that more is fetched ahead
    const waiting = await rota.enqueueMany(wait, numbers(2), { priority: 'high' })
    const stuck = await rota.enqueue(block, { ms: 1e9 }, { timeout: '500ms' })
    const ahead = await rota.enqueueMany(quick, numbers(30), { priority: 'low' })
    const child = await start('1500ms')
    await until('it blocks', () => ledger().length === 3)
    expect((await rota.jobs.stats()).live.running).toBeGreaterThan(3)
    await rota.start()
    const { id } = await rota.enqueue(quick, 0)
    expect(await resultOf(rota, id)).toMatchObject({ by: 'well' }) // others go on meanwhile

    expect(await resultOf(rota, stuck.id)).toEqual({ by: 'well', fence: 2 })
    expect(await rota.jobs.attempts(stuck.id)).toMatchObject([
      { attempt: 1, reason: 'timed_out', error: { message: expect.stringContaining('event loop') } },
    ])
    for (const one of [...waiting, ...ahead]) {
      expect(await resultOf(rota, one.id)).toMatchObject({ by: 'well' })
      expect(await rota.job(one.id)).toMatchObject({ attempt: 1, lapses: 0 })
      expect(await rota.jobs.attempts(one.id)).toEqual([])
    }
    expect((await rota.workers()).map((worker) => worker.name)).toEqual(['well'])
    expect(child.exitCode).toBe(null) // nobody supervises it, so it is left alone
  })

  test('a loop that comes back after that has lost its lease, tells its handlers, and goes on as another', async () => {
    const { rota, start, ledger } = setUp(newStorage(), '1s')
    const waiting = await rota.enqueue(wait, 0, { priority: 'high' })
    const stuck = await rota.enqueue(block, { ms: 2_500 }, { timeout: '200ms' })
    await start('1s')
    await until('it blocks', () => ledger().length === 2)
    const [before] = await rota.workers()
    await rota.start()
    expect(await resultOf(rota, stuck.id)).toEqual({ by: 'well', fence: 2 })
    expect(await resultOf(rota, waiting.id)).toMatchObject({ by: 'well' })
    await until('the handler was told', () => ledger().includes('aborted 0 lease_lost'))
    const ids = async () => (await rota.workers()).filter((worker) => worker.name === 'blocked').map(({ id }) => id)
    await until('it is back', async () => (await ids()).length === 1)
    expect(await ids()).not.toEqual([before?.id])
    expect(await rota.jobs.attempts(stuck.id)).toHaveLength(1)
    expect((await rota.job(stuck.id))?.output).toEqual({ by: 'well', fence: 2 })
  })

  test('a process that is halted for three leases: its late results are refused, its handlers are told', async () => {
    const { storage, rota, start, ledger } = setUp(newStorage(), '1s')
    const waiting = await rota.enqueueMany(wait, numbers(3))
    const child = await start('1s')
    await until('they run', () => ledger().length === 3)
    child.kill('SIGSTOP')
    const halted = performance.now()
    await rota.start()
    for (const { id } of waiting) expect(await resultOf(rota, id)).toEqual({ by: 'well', fence: 2 })
    await until('three leases are over', () => performance.now() - halted > 3_000)
    child.kill('SIGCONT')
    const told = waiting.map((_, n) => `aborted ${n} lease_lost`)
    await until('all handlers were told', () => told.every((line) => ledger().includes(line)))
    await until('it is back', async () => (await rota.workers()).length === 2)
    for (const { id } of waiting) {
      expect(await rota.job(id)).toMatchObject({ output: { by: 'well', fence: 2 }, attempt: 1, lapses: 1 })
      expect(await rota.jobs.attempts(id)).toMatchObject([{ reason: 'lapsed' }])
    }
    expect((await rota.jobs.stats()).finished).toMatchObject({ succeeded: 3, failed: 0 })
    const looker = await openStorage(storage)
    const [first] = await looker.get(waiting.map(({ id }) => id))
    expect(first?.fence).toBe(2)
    await looker.close()
  })
})
