/** Ended in the middle, by whatever means, the demo goes on where it was: every file is done exactly once. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRota, type JobView, type Rota } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { newFolder, rota, start } from './command.ts'

const files = 3_000

function newTree(): string {
  const folder = newFolder()
  mkdirSync(join(folder, 'files'))
  for (let i = 0; i < files; i++) writeFileSync(join(folder, 'files', `${i}.txt`), `${i}\n`.repeat(500))
  return folder
}

const open = (folder: string): Rota => createRota({ storage: `sqlite:${join(folder, 'rota.db')}` })

async function succeeded(folder: string): Promise<number> {
  return (await allJobs(folder)).filter(({ state }) => state === 'succeeded').length
}

/** Those of the files: a demo that stays runs others beside. */
async function allJobs(folder: string): Promise<JobView[]> {
  await using store = open(folder)
  const all: JobView[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await store.jobs.list({ filter: 'job:hash-file', limit: 1_000, ...(cursor !== '' && { cursor }) })
    all.push(...page.jobs)
    cursor = page.next
  }
  return all
}

async function expectEachDoneOnce(folder: string): Promise<void> {
  const jobs = await allJobs(folder)
  expect(jobs).toHaveLength(files)
  expect(new Set(jobs.map((job) => (job.input as { path: string }).path)).size).toBe(files)
  expect(jobs.filter((job) => job.state !== 'succeeded' || job.output === undefined)).toEqual([])
}

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  '%s in the middle loses nothing and repeats nothing',
  async (signal) => {
    const folder = newTree()
    const first = start(['dev', 'files'], { cwd: folder })
    await until('some files are done', async () => (await succeeded(folder)) > 100)
    first.process.kill(signal)
    const { code, stdout, stderr } = await first.ended
    const done = await succeeded(folder)
    expect(done).toBeLessThan(files)
    expect(stdout).toBe('')
    if (signal !== 'SIGKILL') {
      expect(code).toBe(signal === 'SIGINT' ? 130 : 0)
      expect(stderr).toContain('start it again to go on where it was')
      expect((await allJobs(folder)).filter((job) => job.state === 'running')).toEqual([])
    }
    const again = performance.now()
    const second = await rota(folder, 'dev', 'files', '--once')
    expect(second.code).toBe(0)
    expect(performance.now() - again).toBeLessThan(20_000) // what a killed process held comes back soon
    expect(second.stdout).toContain('3,000 files hashed')
    const before = Number(/([\d,]+) files had been done before/.exec(second.stderr)?.[1]?.replace(',', ''))
    expect(before).toBeGreaterThanOrEqual(done)
    await expectEachDoneOnce(folder)
  },
  120_000,
)

test('two at the same time share the work and both see its end', async () => {
  const folder = newTree()
  const both = await Promise.all([rota(folder, 'dev', 'files', '--once'), rota(folder, 'dev', 'files', '--once')])
  for (const { code, stdout } of both) {
    expect(code).toBe(0)
    expect(stdout).toContain('3,000 files hashed')
  }
  await expectEachDoneOnce(folder)
}, 120_000)

test('without --once it stays until Ctrl-C, and does what comes meanwhile', async () => {
  const folder = newFolder()
  mkdirSync(join(folder, 'files'))
  writeFileSync(join(folder, 'files', 'a'), 'a')
  const demo = start(['dev', 'files'], { cwd: folder })
  await until('the files are done', () => demo.stderr().includes('Ctrl-C ends it'))
  writeFileSync(join(folder, 'b'), 'bb')
  const done = await rota(
    folder,
    'enqueue',
    'hash-file',
    '--data',
    JSON.stringify({ path: join(folder, 'b') }),
    '--wait',
  )
  expect(JSON.parse(done.stdout)).toMatchObject({ size: 2 })
  demo.process.kill('SIGINT')
  const { code, stdout } = await demo.ended
  expect(code).toBe(130)
  expect(stdout).toContain('1 file hashed')
})
