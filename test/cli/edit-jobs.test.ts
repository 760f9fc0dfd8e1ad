import { expect, test } from 'vitest'
import { until } from '../support/condition.ts'
import { newFolder, rota, start, writeConfig } from './command.ts'

const jobs = `
export default defineConfig({
  poll: '50ms',
  jobs: [
    defineJob({ id: 'picky', retries: 0, run: (_, ctx) => { if (ctx.fence === 1) throw new Error('once'); return 'fine' } }),
    defineJob({
      id: 'wait',
      run: (_, ctx) => {
        ctx.log.info('waiting \\x1b[31mred', { for: 'a signal' })
        ctx.progress(25, 'a quarter')
        return new Promise((_, no) => ctx.signal.addEventListener('abort', () => { ctx.log.warn('told to end'); no(ctx.signal.reason) }))
      },
    }),
  ],
})`

test('jobs are cancelled, retried, moved and deleted from another process, and their log is followed', async () => {
  const folder = newFolder()
  writeConfig(folder, jobs)
  const enqueue = async (...args: string[]) =>
    JSON.parse((await rota(folder, 'enqueue', ...args, '--json')).stdout).id as string
  const stateOf = async (id: string) => JSON.parse((await rota(folder, 'jobs', 'show', id, '--json')).stdout)

  const later = await enqueue('picky', '--in', '1h')
  expect(await rota(folder, 'jobs', 'reschedule', later, '--in', '2h')).toMatchObject({
    code: 0,
    stdout: `${later} rescheduled\n`,
  })
  const never = await enqueue('picky', '--in', '1h', '--expires-in', '2h')
  expect(await rota(folder, 'jobs', 'cancel', never, '--reason', 'no need', '--json')).toMatchObject({
    code: 0,
    stdout: `${JSON.stringify([{ id: never, status: 'cancelled' }], null, 2)}\n`,
  })
  expect(await stateOf(never)).toMatchObject({ state: 'cancelled', reason: 'no need' })

  const worker = start(['worker'], { cwd: folder })
  const waiting = await enqueue('wait')
  const following = start(['jobs', 'logs', '-f', waiting], { cwd: folder })
  await until('it runs', async () => (await stateOf(waiting)).progress?.percent === 25)
  expect((await rota(folder, 'jobs', 'show', waiting)).stdout).toMatch(/^progress\s+25 % a quarter$/m)
  expect((await rota(folder, 'jobs', 'delete', waiting)).code).toBe(5)
  expect(await rota(folder, 'jobs', 'cancel', waiting)).toMatchObject({ code: 0, stdout: `${waiting} cancelling\n` })
  const followed = await following.ended
  expect(followed).toMatchObject({ code: 0, stderr: '' })
  expect(followed.stdout.split('\n').map((line) => line.replace(/^\S+ \S+ {2}/, ''))).toEqual([
    'try 1  info   waiting [31mred {"for":"a signal"}',
    'try 1  warn   told to end',
    '',
  ])
  const lines = JSON.parse((await rota(folder, 'jobs', 'logs', waiting, '--json')).stdout)
  expect(lines).toMatchObject([{ level: 'info', data: { for: 'a signal' } }, { level: 'warn' }])

  await rota(folder, 'jobs', 'run', later)
  await until('it failed', async () => (await stateOf(later)).state === 'failed')
  expect(await rota(folder, 'jobs', 'retry', later)).toMatchObject({ code: 0, stdout: `${later} ready\n` })
  expect((await rota(folder, 'jobs', 'wait', later)).stdout).toBe('"fine"\n')

  const mixed = await rota(folder, 'jobs', 'delete', later, '00000000-0000-7000-8000-000000000000', waiting)
  expect(mixed).toMatchObject({ code: 3, stdout: `${later} deleted\n${waiting} deleted\n` })
  expect(mixed.stderr).toContain('[job_not_found]')
  expect((await rota(folder, 'jobs', 'logs', waiting)).code).toBe(3)
  worker.process.kill('SIGTERM')
  expect((await worker.ended).code).toBe(0)
})
