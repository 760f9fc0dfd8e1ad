/** What people type about jobs that wait for each other; what it means is tested in `test/engine/flows.test.ts`. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRota, defineJob } from '../../src/index.ts'
import { newFolder, rota, writeConfig } from './command.ts'

const step = defineJob({ id: 'step', run: () => 'done' })
const bad = defineJob({
  id: 'bad',
  retries: 0,
  run() {
    throw new Error('out of paper')
  },
})

test('flows are listed, shown, cancelled and retried, and jobs told what they wait for', async () => {
  const folder = newFolder()
  writeConfig(folder, `export default defineConfig({ jobs: [defineJob({ id: 'step', run: () => 'done' })] })`)
  await using store = createRota({ storage: `sqlite:${join(folder, 'rota.db')}`, jobs: [step, bad], poll: '50ms' })
  const { id, jobs } = await store.flow('order', (f) => {
    const first = f.job(step)
    const second = f.job(bad, undefined, { after: first })
    return { first, second, third: f.job(step, undefined, { after: [first, second], onParentFail: 'wait' }) }
  })
  await store.start()
  await expect(store.result(jobs.second)).rejects.toThrow('out of paper')

  const [listed, none, shown, job] = await Promise.all([
    rota(folder, 'flows', 'list', 'order'),
    rota(folder, 'flows', 'list', 'other', '--json'),
    rota(folder, 'flows', 'show', id),
    rota(folder, 'jobs', 'show', jobs.third),
  ])
  expect(listed.stdout).toMatch(new RegExp(`^ID .*\\n${id} +stuck +order .* 1 blocked, 1 succeeded, 1 failed\\n$`))
  expect([none.code, none.stdout]).toEqual([0, '[]\n'])
  expect(none.stderr).toContain('no such flows in sqlite:')
  expect(
    shown.stdout
      .split('\n')
      .slice(7)
      .map((line) => line.replaceAll(/ {2,}/g, ' ')),
  ).toEqual([
    `1 ${jobs.first} succeeded step -`,
    `2 ${jobs.second} failed bad 1 out of paper`,
    `3 ${jobs.third} blocked step 1 (wait), 2 (wait)`,
    '',
  ])
  expect(job.stdout).toMatch(new RegExp(`after +${jobs.second} +failed +bad +wait`))
  expect(job.stdout).toMatch(new RegExp(`flow +${id}`))

  const [retried, unknown] = await Promise.all([
    rota(folder, 'flows', 'retry', id, '--json'),
    rota(folder, 'flows', 'cancel', '00000000-0000-7000-8000-000000000000'),
  ])
  expect(JSON.parse(retried.stdout)).toEqual([{ id, status: 'retried', changed: 1 }])
  expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('[flow_not_found]') })
  await expect(store.result(jobs.second)).rejects.toThrow('out of paper')
  const cancelled = await rota(folder, 'flows', 'cancel', id, '--reason', 'enough')
  expect(cancelled).toMatchObject({ code: 0, stdout: `${id} cancelled 1\n` })
  expect(await store.job(jobs.third)).toMatchObject({ state: 'cancelled', reason: 'enough' })
  expect((await rota(folder, 'flows', 'show', '00000000-0000-7000-8000-000000000000')).code).toBe(3)
}, 60_000)

test('a job is enqueued after others', async () => {
  const folder = newFolder()
  writeConfig(folder, `export default defineConfig({ jobs: [defineJob({ id: 'step', run: () => 'done' })] })`)
  const first = JSON.parse((await rota(folder, 'enqueue', 'step', '--json')).stdout)
  const second = await rota(folder, 'enqueue', 'step', '--after', first.id, '--on-parent-fail', 'run', '--json')
  const listed = await rota(folder, 'jobs', 'list', 'state:blocked', '--json')
  expect(JSON.parse(listed.stdout).map(({ id }: { id: string }) => id)).toEqual([JSON.parse(second.stdout).id])
  const wrong = await rota(folder, 'enqueue', 'step', '--after', '00000000-0000-7000-8000-000000000000')
  expect(wrong).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[parent_not_found]') })
  for (const empty of ['', ',', `${first.id},`])
    expect(await rota(folder, 'enqueue', 'step', '--after', empty)).toMatchObject({ code: 2, stdout: '' })
  const deleted = await rota(folder, 'jobs', 'delete', first.id)
  expect(deleted).toMatchObject({ code: 5, stderr: expect.stringContaining('[job_needed]') })
  const [one, two] = [first.id, JSON.parse(second.stdout).id]
  const both = await rota(folder, 'jobs', 'delete', one, two)
  expect(both).toMatchObject({ code: 0, stdout: `${one} deleted\n${two} deleted\n` })
}, 60_000)
