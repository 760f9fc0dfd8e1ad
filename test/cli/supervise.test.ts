/** `rota worker` runs under a supervisor: a handler that never lets go is ended, and another process takes its place. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRota } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { newFolder, rota, start, writeConfig } from './command.ts'

const jobs = `
import { appendFileSync } from 'node:fs'
const note = (what: string) => appendFileSync('ledger', what + ' ' + process.pid + '\\n')
const stuck = defineJob({ id: 'stuck', retries: 0, timeout: '500ms', run: () => { note('stuck'); for (;;); } })
const endless = defineJob({ id: 'endless', run: () => { note('endless'); for (;;); } })
const where = defineJob({ id: 'where', run: () => process.pid })
export default defineConfig({ storage: 'sqlite:rota.db', jobs: [stuck, endless, where], lease: '1500ms', poll: '50ms' })`

function newApplication(): string {
  const folder = newFolder()
  writeConfig(folder, jobs)
  return folder
}

async function work(folder: string, ...flags: string[]) {
  const worker = start(['worker', ...flags], { cwd: folder })
  await until('it works', () => worker.stderr().includes('serving'))
  return worker
}

/** The processes that began this job, once one did. */
async function pidsOf(folder: string, job: string): Promise<number[]> {
  const ledger = join(folder, 'ledger')
  const pids = () =>
    (existsSync(ledger) ? readFileSync(ledger, 'utf8') : '')
      .split('\n')
      .filter((line) => line.startsWith(`${job} `))
      .map((line) => Number(line.split(' ')[1]))
  await until(`${job} has begun`, () => pids().length > 0)
  return pids()
}

const enqueue = async (folder: string, job: string): Promise<string> =>
  (await rota(folder, 'enqueue', job)).stdout.split(' ')[0] as string

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a process that a handler blocks for good is replaced; the job timed out, later ones run in the new process', async () => {
  const folder = newApplication()
  const worker = await work(folder)
  const id = await enqueue(folder, 'stuck')
  const [pid] = await pidsOf(folder, 'stuck')
  expect(pid).not.toBe(worker.process.pid)
  const done = await rota(folder, 'enqueue', 'where', '--wait')
  expect(JSON.parse(done.stdout)).not.toBe(pid)
  expect(worker.stderr()).toMatch(/killed by SIGKILL .*; another starts in 1 s/)
  await using store = createRota({ storage: `sqlite:${join(folder, 'rota.db')}` })
  expect(await store.job(id as never)).toMatchObject({ state: 'failed', reason: 'timed_out', attempt: 1, lapses: 0 })
  expect(isAlive(pid as number)).toBe(false)
  worker.process.kill('SIGTERM')
  expect((await worker.ended).code).toBe(0)
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 1],
] as const)('%s ends a handler that never lets go, after the grace and two seconds', async (signal, code) => {
  const folder = newApplication()
  const worker = await work(folder, '--grace', '500ms')
  await enqueue(folder, 'endless')
  const [pid] = await pidsOf(folder, 'endless')
  const asked = performance.now()
  worker.process.kill(signal)
  expect((await worker.ended).code).toBe(code)
  const took = performance.now() - asked
  expect(took).toBeGreaterThan(2_000)
  expect(took).toBeLessThan(4_000)
  expect(isAlive(pid as number)).toBe(false)
})

test('a second Ctrl-C ends it at once', async () => {
  const folder = newApplication()
  const worker = await work(folder)
  await enqueue(folder, 'endless')
  const [pid] = await pidsOf(folder, 'endless')
  const asked = performance.now()
  worker.process.kill('SIGINT')
  await until('it is another press', () => performance.now() - asked > 400)
  worker.process.kill('SIGINT')
  expect((await worker.ended).code).toBe(130)
  expect(performance.now() - asked).toBeLessThan(3_000)
  expect(isAlive(pid as number)).toBe(false)
})

test('a worker whose supervisor was killed stops in good order', async () => {
  const folder = newApplication()
  const worker = await work(folder)
  await using store = createRota({ storage: `sqlite:${join(folder, 'rota.db')}` })
  expect(await store.workers()).toHaveLength(1)
  worker.process.kill('SIGKILL')
  await worker.ended // its child had the same stderr
  expect(worker.stderr()).toContain('stopping: running jobs may end')
  const [left] = await store.workers()
  expect(left?.leaseUntil.getTime() ?? 0).toBeLessThan(Date.now())
  expect(left?.leaseUntil.getTime() ?? 0).toBeLessThan((left?.seenAt.getTime() ?? 0) + 1_400) // it was let go
})

test('a child that ends by itself is not replaced, and its exit code is the one of the command', async () => {
  const folder = newFolder()
  writeConfig(folder, 'setTimeout(() => process.exit(7), 10)\nexport default defineConfig({})')
  expect((await start(['worker'], { cwd: folder }).ended).code).toBe(7)
  const { code, stderr } = await rota(folder, 'worker', '--grace', 'soon')
  expect([code, stderr]).toEqual([2, expect.stringMatching(/--grace.*duration_invalid/)])
})

test('it tells when the main loop renews the lease', async () => {
  const folder = newFolder()
  writeConfig(folder, `export default defineConfig({ storage: 'sqlite::memory:' })`)
  const worker = await work(folder)
  expect(worker.stderr()).toContain('renewed on the main loop')
  worker.process.kill('SIGINT')
  expect((await worker.ended).code).toBe(130)
})

test('Ctrl-C in a terminal reaches both processes, and counts once', async () => {
  const worker = await work(newApplication())
  process.kill(-(worker.process.pid as number), 'SIGINT')
  const { code, stderr } = await worker.ended
  expect(code).toBe(130)
  expect(stderr).toMatch(/stopping: running jobs may end\n$/)
})
