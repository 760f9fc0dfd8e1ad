/** What people type to change and follow jobs; what the changes mean is tested in `test/engine/control.test.ts`. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRota, defineJob, type Rota } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { newFolder, rota, start } from './command.ts'

const nothing = defineJob({ id: 'nothing', run: () => {} })
const wait = defineJob({
  id: 'wait',
  run: (_, ctx) => {
    ctx.log.info('waiting \x1b[31mred', { for: 'a signal' })
    ctx.progress(25, 'a quarter')
    return new Promise((_, reject) =>
      ctx.signal.addEventListener('abort', () => {
        ctx.log.warn('told to end')
        reject(ctx.signal.reason)
      }),
    )
  },
})
const unknownId = '00000000-0000-7000-8000-000000000000'

const open = (folder: string): Rota =>
  createRota({ storage: `sqlite:${join(folder, 'rota.db')}`, jobs: [nothing, wait], poll: '50ms' })

test('jobs are changed by their ids: a line or an object each, and the exit code of the first that failed', async () => {
  const folder = newFolder()
  const edit = (...args: string[]) => rota(folder, 'jobs', ...args)
  await using store = open(folder)
  const [a, b, c] = (await store.enqueueMany(nothing, [undefined, undefined, undefined], { in: '1h' })).map(
    (stored) => stored.id,
  ) as [string, string, string]

  const [moved, cancelled] = await Promise.all([
    edit('reschedule', a, '--in', '2h'),
    edit('cancel', b, c, '--reason', 'no need', '--json'),
  ])
  expect(moved).toEqual({ code: 0, stdout: `${a} rescheduled\n`, stderr: '' })
  expect([cancelled.code, JSON.parse(cancelled.stdout)]).toEqual([0, [b, c].map((id) => ({ id, status: 'cancelled' }))])
  expect(await store.job(b)).toMatchObject({ state: 'cancelled', reason: 'no need' })
  expect(Number((await store.job(a))?.dueAt)).toBeGreaterThan(Date.now() + 5_400_000)

  const [retried, mixed] = await Promise.all([edit('retry', b), edit('run', c, a, unknownId)])
  expect(retried).toEqual({ code: 0, stdout: `${b} ready\n`, stderr: '' })
  expect(mixed).toMatchObject({ code: 5, stdout: `${a} ready\n` })
  expect(mixed.stderr).toMatch(/^rota: .* \[job_state\]\nrota: There is no job .* \[job_not_found\]\n$/)

  const deleted = await edit('delete', a, unknownId, c)
  expect(deleted).toMatchObject({ code: 3, stdout: `${a} deleted\n${c} deleted\n` })
  expect((await store.jobs.list()).jobs.map(({ id }) => id)).toEqual([b])
})

test('a running job is shown with its progress, its log is followed to its end, and another process cancels it', async () => {
  const folder = newFolder()
  await using store = open(folder)
  await store.start()
  const { id } = await store.enqueue(wait)
  const following = start(['jobs', 'logs', '-f', id], { cwd: folder })
  await until('it runs', async () => (await store.job(id))?.progress?.percent === 25)
  const [shown, refused] = await Promise.all([rota(folder, 'jobs', 'show', id), rota(folder, 'jobs', 'delete', id)])
  expect(shown.stdout).toMatch(/^progress\s+25 % a quarter$/m)
  expect(refused.code).toBe(5)
  expect(await rota(folder, 'jobs', 'cancel', id)).toMatchObject({ code: 0, stdout: `${id} cancelling\n` })
  const followed = await following.ended
  expect(followed).toMatchObject({ code: 0, stderr: '' })
  expect(followed.stdout.split('\n').map((line) => line.replace(/^\S+ \S+ {2}/, ''))).toEqual([
    'try 1  info   waiting [31mred {"for":"a signal"}',
    'try 1  warn   told to end',
    '',
  ])
  const silent = await store.enqueue(nothing)
  const [whole, lines, none, missing] = await Promise.all([
    rota(folder, 'jobs', 'logs', id, '--json'),
    rota(folder, 'jobs', 'logs', '-f', id, '--json'),
    rota(folder, 'jobs', 'logs', silent.id),
    rota(folder, 'jobs', 'logs', unknownId),
  ])
  expect(JSON.parse(whole.stdout)).toMatchObject([{ level: 'info', data: { for: 'a signal' } }, { level: 'warn' }])
  expect(
    lines.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(JSON.parse(whole.stdout))
  expect(none).toEqual({ code: 0, stdout: '', stderr: 'nothing was written\n' })
  expect(missing).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[job_not_found]') })
})
