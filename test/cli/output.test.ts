import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createRota, defineJob } from '../../src/index.ts'
import { bin, newFolder, rota, start, writeConfig } from './command.ts'

const note = defineJob<unknown>({ id: 'note', run: () => {} })
const shell = promisify(execFile)

/** A store with this many jobs that nobody runs. */
async function folderWith(jobs: number, input: (i: number) => unknown): Promise<string> {
  const folder = newFolder()
  await using store = createRota({ storage: `sqlite:${join(folder, 'rota.db')}`, jobs: [note] })
  await store.enqueueMany(
    note,
    Array.from({ length: jobs }, (_, i) => input(i)),
  )
  return folder
}

test('a thousand large jobs go through a pipe whole', async () => {
  const folder = await folderWith(1_000, (i) => ({ i, text: 'x'.repeat(2_000) }))
  const { code, stdout } = await rota(folder, 'jobs', 'list', '--limit', '1000', '--json')
  expect(code).toBe(0)
  const listed = JSON.parse(stdout) as { input: { i: number } }[]
  expect(listed.map((job) => job.input.i)).toEqual(Array.from({ length: 1_000 }, (_, i) => 999 - i))
})

test('pages follow each other by cursor', async () => {
  const folder = await folderWith(25, (i) => ({ i }))
  const seen: number[] = []
  for (let cursor: string[] = []; ; ) {
    const { stdout } = await rota(folder, 'jobs', 'list', '--limit', '10', '--json', ...cursor)
    const page = JSON.parse(stdout) as { id: string; input: { i: number } }[]
    seen.push(...page.map((job) => job.input.i))
    if (page.length < 10) break
    cursor = ['--cursor', page.at(-1)?.id as string]
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => 24 - i))
})

test('a reader that leaves early is no error', async () => {
  const folder = await folderWith(1_000, () => ({ text: 'x'.repeat(2_000) }))
  const script = `"$1" "$2" jobs list --limit 1000 --json | head -n 1; echo "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = await shell('bash', ['-c', script, 'bash', process.execPath, bin], { cwd: folder })
  expect(stdout).toBe('[\n0\n')
  expect(stderr).not.toMatch(/EPIPE|Error/)
})

test('nothing stored commands the terminal, neither in tables nor in JSON', async () => {
  const folder = await folderWith(1, () => ({ text: 'a\x1b]0;b\x07c\x9b31md\u202ee\nf' }))
  const [{ id }] = JSON.parse((await rota(folder, 'jobs', 'list', '--json')).stdout)
  for (const args of [['list'], ['show', id], ['list', '--json'], ['show', id, '--json']]) {
    const { stdout } = await rota(folder, 'jobs', ...args)
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  }
  const [job] = JSON.parse((await rota(folder, 'jobs', 'list', '--json')).stdout)
  expect(job.input.text).toBe('a\x1b]0;b\x07c\x9b31md\u202ee\nf')
})

test('a password is never told', async () => {
  const folder = newFolder()
  writeConfig(folder, 'export default defineConfig({})') // without one a worker does not come as far as the storage
  const storage = 'postgres://ada:s3cret@127.0.0.1:1/none'
  for (const args of [['jobs', 'list'], ['worker'], ['dev', '--once'], ['migrate', 'status']]) {
    const byFlag = await rota(folder, ...args, '--storage', storage)
    const byEnvironment = await start(args, { cwd: folder, env: { DATABASE_URL: storage, ROTA_DEBUG: '1' } }).ended
    for (const { code, stdout, stderr } of [byFlag, byEnvironment]) {
      expect(code).toBe(6)
      expect(stdout + stderr).not.toContain('s3cret')
    }
  }
})

test('help has an example for every command, the version is the one of the package', async () => {
  const folder = newFolder()
  const commands = [
    [],
    ['dev'],
    ['worker'],
    ['enqueue'],
    ['jobs'],
    ['jobs', 'list'],
    ['jobs', 'show'],
    ['jobs', 'wait'],
    ['migrate'],
  ]
  for (const command of commands) {
    const { code, stdout } = await rota(folder, ...command, '--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(/Example:\n {2}\$ rota /)
  }
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  expect(await rota(folder, '--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
  expect(await rota(folder)).toMatchObject({ code: 2, stdout: '' })
})

test('migrate tells what is missing and brings it up to date', async () => {
  const folder = newFolder()
  const status = async (...args: string[]) => JSON.parse((await rota(folder, 'migrate', ...args, '--json')).stdout)
  const before = await status('status')
  expect(before.applied).toEqual([])
  expect(before.pending.length).toBeGreaterThan(0)
  expect(await status('--dry-run')).toEqual(before)
  expect(await status('up')).toEqual({ applied: before.pending, pending: [] })
  expect((await rota(folder, 'migrate', 'status')).stdout).toMatch(/^applied\s+001/m)
})
