/** `rota worker` runs under a supervisor: a handler that never lets go is ended, and another process takes its place. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createRota } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { bin, newFolder, rota, start, writeConfig } from './command.ts'

const jobs = `
import { appendFileSync } from 'node:fs'
const note = (what: string) => appendFileSync('ledger', what + ' ' + process.pid + '\\n')
const stuck = defineJob({ id: 'stuck', retries: 0, timeout: '500ms', run: () => { note('stuck'); for (;;); } })
const endless = defineJob({ id: 'endless', run: () => { note('endless'); for (;;); } })
const where = defineJob({ id: 'where', run: () => process.pid })
const ends: Record<string, () => void> = {
  throw: () => setTimeout(() => { throw new Error('nobody catches it') }),
  reject: () => void Promise.reject(new Error('nobody catches it')),
  exit: () => process.exit(3),
}
const breaking = defineJob({
  id: 'breaking',
  input: shape<string>(),
  run: (how, ctx) => {
    if (ctx.fence > 1) return process.pid
    note('breaking')
    ends[how]()
    return new Promise(() => {})
  },
})
const slow = defineJob({
  id: 'slow',
  run: async () => {
    note('slow')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    return 'done'
  },
})
const all = [stuck, endless, where, breaking, slow]
export default defineConfig({ storage: 'sqlite:rota.db', jobs: all, lease: '1500ms', poll: '50ms' })`

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
  expect(worker.stderr()).toMatch(/killed by SIGKILL: blocked by a handler, .*; another starts in 1 s/)
  await using store = createRota({ storage: `sqlite:${join(folder, 'rota.db')}` })
  expect(await store.job(id as never)).toMatchObject({ state: 'failed', reason: 'timed_out', attempt: 1, lapses: 0 })
  expect(isAlive(pid as number)).toBe(false)
  worker.process.kill('SIGTERM')
  expect((await worker.ended).code).toBe(0)
})

test.each([
  ['throw', 'ended with an uncaught exception'],
  ['reject', 'ended with an uncaught exception'],
  ['exit', 'ended with exit code 3 while it served'],
])('a process that a handler ends (%s) is replaced, and the job runs in the new one', async (how, what) => {
  const folder = newApplication()
  const worker = await work(folder)
  const done = await rota(folder, 'enqueue', 'breaking', '--data', JSON.stringify(how), '--wait')
  const [pid] = await pidsOf(folder, 'breaking')
  expect(done.code).toBe(0)
  expect(JSON.parse(done.stdout)).not.toBe(pid)
  expect(worker.stderr()).toContain(`the process that runs the jobs ${what}; another starts in 1 s`)
  worker.process.kill('SIGTERM')
  expect((await worker.ended).code).toBe(0)
})

test('a process that is killed each time before it serves is not started for ever', async () => {
  const folder = newFolder()
  writeConfig(folder, `process.kill(process.pid, 'SIGKILL')\nexport default defineConfig({})`)
  const { code, stderr } = await rota(folder, 'worker')
  expect(code).toBe(1)
  expect(stderr.match(/another starts in/g)).toHaveLength(3)
  expect(stderr).toMatch(/so did 3 before it, all before they served, and no other is started\n$/)
})

test('a grace longer than a timer of the platform lets a job end', async () => {
  const folder = newApplication()
  const worker = await work(folder, '--grace', '30d')
  const id = await enqueue(folder, 'slow')
  await pidsOf(folder, 'slow')
  worker.process.kill('SIGTERM')
  const { code, stderr } = await worker.ended
  expect(code).toBe(0)
  expect(stderr).not.toMatch(/Overflow|does not let go/)
  await using store = createRota({ storage: `sqlite:${join(folder, 'rota.db')}` })
  expect(await store.job(id as never)).toMatchObject({ state: 'succeeded', output: 'done' })
})

test('a process that is debugged by NODE_OPTIONS does the work itself', async () => {
  const folder = newApplication()
  const worker = start(['worker'], { cwd: folder, env: { NODE_OPTIONS: '--inspect=0' } })
  await until('it works', () => worker.stderr().includes('serving'))
  expect(JSON.parse((await rota(folder, 'enqueue', 'where', '--wait')).stdout)).toBe(worker.process.pid)
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

/** A worker below a shell that is killed while it waits, as npx leaves it. */
async function orphan(folder: string, command: string, env: Record<string, string>) {
  const script = `"$0" "$@" & echo $! > pid; wait`
  const shell = spawn('sh', ['-c', script, ...command.split(' '), process.execPath, bin, 'worker'].filter(Boolean), {
    cwd: folder,
    env: { ...withoutNpm(), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  shell.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const ended = new Promise<string>((done) => shell.stderr.on('close', () => done(stderr)))
  await until('it works', () => stderr.includes('serving'))
  shell.kill('SIGKILL')
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  return { pid, ended }
}

/** This test may itself run below npm. */
const withoutNpm = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))

test('a worker that npx started stops in good order when npx was killed', async () => {
  const folder = newApplication()
  const { ended } = await orphan(folder, '', { npm_lifecycle_event: 'npx' })
  const killed = performance.now()
  expect(await ended).toMatch(/npx that started this, is gone\nstopping: running jobs may end\n$/)
  expect(performance.now() - killed).toBeLessThan(3_000) // its stderr is closed, so both processes are gone
})

test.each([
  ['started without npm', '', {}],
  ['behind setsid', 'setsid', { npm_lifecycle_event: 'npx' }],
  ['behind nohup', 'nohup', {}],
])('a worker %s outlives who started it', async (_, command, env) => {
  const folder = newApplication()
  const { pid, ended } = await orphan(folder, command, env)
  const later = await rota(folder, 'enqueue', 'where', '--in', '1500ms', '--wait') // longer than it takes to look
  expect(later.code).toBe(0)
  expect(isAlive(pid)).toBe(true)
  process.kill(pid, 'SIGTERM')
  expect(await ended).toMatch(/stopping: running jobs may end\n$/)
  expect(await ended).not.toContain('npx')
})
