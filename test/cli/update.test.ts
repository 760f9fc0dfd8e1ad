/** What people type to give waiting jobs other values and to drain workers, on both databases. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRota, defineJob, type Rota } from '../../src/index.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'
import { newFolder, rota, start } from './command.ts'

const nothing = defineJob({ id: 'nothing', run: () => {} })
const unknownId = '00000000-0000-7000-8000-000000000000'

function changes(url: (folder: string) => string): void {
  const open = (folder: string): Rota => createRota({ storage: url(folder), jobs: [nothing], poll: '50ms' })
  const place = (folder: string) => ['--storage', url(folder)]
  const run = (folder: string, ...args: string[]) => rota(folder, ...args, ...place(folder))

  test('waiting jobs get other values, of the right kind, and another input from where it is said', async () => {
    const folder = newFolder()
    await using store = open(folder)
    const [a, b] = (await store.enqueueMany(nothing, [undefined, undefined], { in: '1h' })).map(({ id }) => id) as [
      string,
      string,
    ]
    const flags = ['--priority', 'high', '--lane', 'mail', '--retries', '7', '--timeout', '90s', '--in', '0']
    expect(await run(folder, 'jobs', 'update', a, ...flags)).toEqual({ code: 0, stdout: `${a} updated\n`, stderr: '' })
    expect(await store.job(a)).toMatchObject({
      ...{ priority: 'high', lane: 'mail', maxAttempts: 8, timeout: 90_000, state: 'ready' },
    })
    const piped = await start(['jobs', 'update', a, b, '--input', '-', '--json', ...place(folder)], {
      cwd: folder,
      input: '{"n":1}',
    }).ended
    expect([piped.code, JSON.parse(piped.stdout)]).toEqual([0, [a, b].map((id) => ({ id, status: 'updated' }))])
    expect([(await store.job(a))?.input, (await store.job(b))?.input]).toEqual([{ n: 1 }, { n: 1 }])
    await store.jobs.cancel(b)
    const [none, wrong, over] = await Promise.all([
      run(folder, 'jobs', 'update', a),
      run(folder, 'jobs', 'update', a, '--input', '{n}'),
      run(folder, 'jobs', 'update', b, '--priority', 'low'),
    ])
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('name what to change') })
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--input: not JSON') })
    expect(over).toMatchObject({ code: 5, stderr: expect.stringContaining('[job_state]') })
  })

  test('a worker is drained and goes on by its id', async () => {
    const folder = newFolder()
    await using store = open(folder)
    await store.start()
    const [worker] = await store.workers()
    const id = worker?.id as string
    expect(await run(folder, 'workers', 'drain', id)).toEqual({ code: 0, stdout: `${id} draining\n`, stderr: '' })
    expect((await run(folder, 'workers', 'list')).stdout).toMatch(/ draining /)
    const resumed = await run(folder, 'workers', 'resume', id, '--json')
    expect(JSON.parse(resumed.stdout)).toEqual({ id, status: 'working' })
    expect((await store.workers()).map(({ draining }) => draining)).toEqual([false])
    const missing = await run(folder, 'workers', 'drain', unknownId)
    expect(missing).toMatchObject({ code: 3, stderr: expect.stringContaining('[worker_not_found]') })
  })
}

describe('SQLite', () => changes((folder) => `sqlite:${join(folder, 'rota.db')}`))

describe('PostgreSQL', () => {
  let server: RunningPostgres
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())
  changes(() => server.url)
})
