/** The features of DistributedJobScheduler: jobs that are managed, ordered, retried, shared among workers, and logged. */
import { expect, test } from 'vitest'
import { createRota, defineJob, type } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

onEveryStorage('DistributedJobScheduler', ({ url, shared }) => {
  test('a job is created, retrieved, updated and deleted', async () => {
    const report = defineJob({ id: 'report', input: type<{ month: number }>(), run: () => {} })
    await using rota = createRota({ storage: url() })
    const { id } = await rota.enqueue(report, { month: 7 }, { in: '1h' })
    expect(await rota.job(id)).toMatchObject({ state: 'scheduled', input: { month: 7 } })
    const at = new Date('2027-01-31T09:00:00Z')
    await rota.jobs.reschedule(id, { at })
    expect((await rota.job(id))?.dueAt).toEqual(at)
    await rota.jobs.delete(id)
    expect(await rota.job(id)).toBeNull()
  })

  test('jobs are executed by priority, then by creation time', async () => {
    const order: string[] = []
    const note = defineJob({ id: 'note', input: type<string>(), run: (name) => void order.push(name) })
    await using rota = createRota({ storage: url(), jobs: [note], lanes: { default: 1 } })
    for (const priority of ['low', 'high', 'medium', 'critical', 'veryLow'] as const)
      for (const n of [1, 2]) await rota.enqueue(note, `${priority} ${n}`, { priority })
    await rota.start()
    await until('all ran', () => order.length === 10)
    expect(order).toEqual(
      ['critical', 'high', 'medium', 'low', 'veryLow'].flatMap((priority) => [`${priority} 1`, `${priority} 2`]),
    )
  })

  test('a job is executed only after those it depends on are completed', async () => {
    const order: string[] = []
    const step = defineJob({
      id: 'step',
      input: type<string>(),
      retries: 0,
      run(name) {
        order.push(name)
        if (name === 'broken') throw new Error('broken')
      },
    })
    await using rota = createRota({ storage: url(), jobs: [step] })
    await rota.start()
    const extract = await rota.enqueue(step, 'extract', { in: '50ms' })
    const transform = await rota.enqueue(step, 'transform', { after: extract })
    const load = await rota.enqueue(step, 'load', { after: [extract, transform], priority: 'critical' })
    await rota.result(load.id)
    expect(order).toEqual(['extract', 'transform', 'load'])

    // A job that fails does not block the others for ever.
    const broken = await rota.enqueue(step, 'broken')
    const never = await rota.enqueue(step, 'never', { after: broken })
    const anyway = await rota.enqueue(step, 'anyway', { after: broken, onParentFail: 'run' })
    await rota.result(anyway.id)
    await expect(rota.result(never.id)).rejects.toMatchObject({ code: 'job_failed' })
    expect(await rota.job(never.id)).toMatchObject({ state: 'cancelled', attempt: 0 })
    expect(order).toEqual(['extract', 'transform', 'load', 'broken', 'anyway'])
  })

  test('a job that fails is retried up to its maximum, and every execution is logged', async () => {
    const flaky = defineJob({
      id: 'flaky',
      retries: 2,
      backoff: () => 1,
      run(_, { attempt, log }) {
        log.info(`try ${attempt}`)
        throw new Error(`failure ${attempt}`)
      },
    })
    await using rota = createRota({ storage: url(), jobs: [flaky] })
    await rota.start()
    const { id } = await rota.enqueue(flaky)
    await expect(rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    expect(await rota.job(id)).toMatchObject({ state: 'failed', attempt: 3, error: { message: 'failure 3' } })
    const tries = await rota.jobs.attempts(id)
    expect(tries.map((one) => [one.attempt, one.to, one.error?.message])).toEqual([
      [1, 'scheduled', 'failure 1'],
      [2, 'scheduled', 'failure 2'],
      [3, 'failed', 'failure 3'],
    ])
    expect(tries.every((one) => one.error?.stack?.includes('failure'))).toBe(true)
    const { lines } = await rota.jobs.logs(id)
    expect(lines.map((line) => [line.attempt, line.message])).toEqual([
      [1, 'try 1'],
      [2, 'try 2'],
      [3, 'try 3'],
    ])
  })

  test('the result of a job is stored, and pending jobs can be listed', async () => {
    const add = defineJob({ id: 'add', input: type<[number, number]>(), run: ([a, b]) => a + b })
    const { id } = await (async () => {
      await using rota = createRota({ storage: url(), jobs: [add] })
      await rota.start()
      const later = await rota.enqueue(add, [1, 1], { in: '1h' })
      const sum = await rota.enqueue(add, [20, 22])
      expect(await rota.result(sum.id)).toBe(42)
      const pending = await rota.jobs.list({ filter: 'state:ready,scheduled' })
      expect(pending.jobs.map((job) => job.id)).toEqual([later.id])
      expect(await rota.job(sum.id)).toMatchObject({ state: 'succeeded', output: 42 })
      return sum
    })()
    if (!shared) return
    await using another = createRota({ storage: url() }) // a process that only looks, long after
    expect(await another.result(id)).toBe(42)
  })

  if (shared) {
    test('several workers share the jobs, and none runs twice', async () => {
      const ran: string[] = []
      const note = defineJob({
        id: 'note',
        input: type<number>(),
        run: (n, ctx) => void ran.push(`${n} ${ctx.attempt}`),
      })
      const worker = (name: string) =>
        createRota({ storage: url(), jobs: [note], lanes: { default: 2 }, worker: { name } })
      await using one = worker('one')
      await using two = worker('two')
      const stored = await one.enqueueMany(
        note,
        Array.from({ length: 60 }, (_, i) => i),
      )
      await Promise.all([one.start(), two.start()])
      for (const { id } of stored) await one.result(id)
      expect(ran.sort()).toEqual(Array.from({ length: 60 }, (_, i) => `${i} 1`).sort())
      expect((await one.workers()).map(({ name }) => name).sort()).toEqual(['one', 'two'])
    })
  }
})
