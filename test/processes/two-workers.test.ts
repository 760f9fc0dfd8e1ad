import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRota } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'
import { killer, note } from './ledger-worker.ts'

const jobs = 20_000
let folder: string
let server: RunningPostgres

beforeAll(async () => {
  folder = temporaryFolder('two-workers')
  server = await startPostgres()
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

interface Running {
  readonly child: ChildProcess
  readonly errors: () => string
  readonly exited: Promise<number | null>
}

async function startWorker(storage: string, ledger: string, lease = '30s'): Promise<Running> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'ledger-worker.ts'), storage, ledger, lease])
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (errors += chunk))
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  await until('the worker is ready', () => {
    if (child.exitCode !== null) throw new Error(`The worker ended: ${errors}`)
    return output.includes('ready')
  })
  return { child, errors: () => errors, exited }
}

const numbersIn = (ledger: string): number[] =>
  existsSync(ledger) ? readFileSync(ledger, 'utf8').split('\n').filter(Boolean).map(Number) : []

test.each([
  ['SQLite file', () => `sqlite:${join(folder, 'rota.db')}`],
  ['PostgreSQL', () => server.url],
])('two worker processes on one %s run 20 000 jobs, each exactly once', async (name, storageOf) => {
  const storage = storageOf()
  const ledgers = ['a', 'b'].map((worker) => join(folder, `${name.replace(' ', '-')}-${worker}.txt`)) as [
    string,
    string,
  ]
  const workers = await Promise.all(ledgers.map((ledger) => startWorker(storage, ledger)))
  const rota = createRota({ storage })
  for (let from = 0; from < jobs; from += 1_000) {
    await rota.enqueueMany(
      note,
      Array.from({ length: 1_000 }, (_, i) => ({ n: from + i })),
    )
  }
  await until('all jobs are over', async () => (await rota.jobs.stats()).finished.succeeded === jobs, 50_000)
  for (const { child } of workers) child.kill('SIGTERM')
  expect(await Promise.all(workers.map((worker) => worker.exited))).toEqual([0, 0])
  expect(workers.map((worker) => worker.errors())).toEqual(['', ''])

  const [a, b] = ledgers.map(numbersIn) as [number[], number[]]
  expect([...a, ...b].sort((x, y) => x - y)).toEqual(Array.from({ length: jobs }, (_, n) => n))
  expect(Math.min(a.length, b.length)).toBeGreaterThan(jobs / 20) // both had their share
  const { live, finished } = await rota.jobs.stats()
  expect([live.ready, live.running, finished.succeeded, finished.failed]).toEqual([0, 0, jobs, 0])
  await rota.stop()
})

test.each([
  ['SQLite file', () => `sqlite:${join(folder, 'killer.db')}`],
  ['PostgreSQL', () => `${server.url}?schema=killer`],
])('%s: a job that kills its process every time is abandoned; those around it end', async (name, storageOf) => {
  const storage = storageOf()
  const ledger = join(folder, `${name}-killer.txt`)
  const rota = createRota({ storage })
  const many = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ n: from + i }))
  await rota.enqueueMany(note, many(0, 50))
  const bad = await rota.enqueue(killer)
  await rota.enqueueMany(note, many(50, 2_000))
  const over = async () => {
    const { live } = await rota.jobs.stats()
    return live.ready + live.running + live.scheduled === 0
  }
  let deaths = 0
  for (; deaths < 10 && !(await over()); deaths++) {
    const { child, exited } = await startWorker(storage, ledger, '1s')
    await until('it died, or all is over', async () => child.exitCode !== null || (await over()))
    if (child.exitCode === null) child.kill('SIGTERM')
    await exited
  }
  expect(await rota.job(bad.id)).toMatchObject({ state: 'failed', reason: 'abandoned' })
  const failed = (await rota.jobs.list({ filter: 'state:failed' })).jobs
  expect(failed.map(({ job, reason, lapses }) => [job, reason, lapses])).toEqual([['killer', 'abandoned', 2]])
  expect((await rota.jobs.stats()).finished.succeeded).toBe(2_000)
  expect(deaths).toBeLessThanOrEqual(4)
  await rota.stop()
})
