import { expect, test } from 'vitest'
import { Rota } from '../../src/engine/rota.ts'
import { systemRuntime } from '../../src/engine/runtime.ts'
import { defineJob, type } from '../../src/index.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'
import { until } from '../support/condition.ts'

const day = 86_400_000

test('a worker removes what was kept long enough: successes after 7 days, failures after 30', async () => {
  let passed = 0
  const storage = sqlite({ file: ':memory:', clock: () => Date.now() + passed })
  const purge = storage.purge.bind(storage)
  let looks = 0
  storage.purge = async (limit) => {
    const more = await purge(limit)
    looks++
    return more
  }
  const real = systemRuntime()
  const hurried = { ...real, after: (ms: number, work: () => void) => real.after(ms / 100, work) }
  const echo = defineJob({
    id: 'echo',
    input: type<boolean>(),
    retries: 0,
    run: (fine) => {
      if (!fine) throw new Error('no luck')
    },
  })
  const rota = new Rota({ storage, jobs: [echo] }, hurried)
  await rota.start()
  await rota.enqueueMany(echo, [true, true, false])
  const states = async () => (await rota.jobs.list({})).jobs.map((job) => job.state).sort()
  await until('all are over', async () => (await states()).join() === 'failed,succeeded,succeeded')
  passed = 6.9 * day
  const before = looks
  await until('the worker looked twice', () => looks >= before + 2)
  expect(await states()).toEqual(['failed', 'succeeded', 'succeeded'])
  passed = 7.1 * day
  await until('the successes are gone', async () => (await states()).length === 1)
  expect(await states()).toEqual(['failed'])
  passed = 30.1 * day
  await until('the failure is gone too', async () => (await states()).length === 0)
  await rota.stop()
})
