/** The sample of MASA.Scheduler: a job with parameters that knows its ids and its time. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createRota, defineJob, type } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

onEveryStorage('MASA.Scheduler', ({ url }) => {
  test('MyExecuteJob gets its parameters, job id, task id and execution time, and returns "Success"', async () => {
    const seen: unknown[] = []
    const myExecuteJob = defineJob({
      id: 'MyExecuteJob',
      input: type<{ parameters: readonly string[] }>(),
      async run({ parameters }, context) {
        const [myParameter] = parameters
        const { id: jobId, job: definition, scheduledFor: executionTime } = context
        const taskId = `${jobId}/${context.attempt}` // a task is one try of a job
        seen.push([myParameter, definition, taskId, executionTime])
        return 'Success'
      },
    })
    await using rota = createRota({ storage: url(), jobs: [myExecuteJob] })
    await rota.start()
    const at = new Date(Date.now() - 1_000) // what is late still knows for when it was meant
    const { id } = await rota.enqueue(myExecuteJob, { parameters: ['first', 'second'] }, { at })
    expect(await rota.result(id)).toBe('Success')
    expect(seen).toEqual([['first', 'MyExecuteJob', `${id}/1`, at]])
  })

  test('a task that takes too long fails, or is only marked', async () => {
    const slow = (id: string, onTimeout: 'fail' | 'mark') =>
      defineJob({
        id,
        timeout: '50ms',
        onTimeout,
        retries: 0,
        async run() {
          await delay(150) // longer than it may
          return 'Success'
        },
      })
    const [strict, lenient] = [slow('strict', 'fail'), slow('lenient', 'mark')]
    await using rota = createRota({ storage: url(), jobs: [strict, lenient] })
    await rota.start()
    const failed = await rota.enqueue(strict)
    const marked = await rota.enqueue(lenient)
    await expect(rota.result(failed.id)).rejects.toMatchObject({ code: 'job_failed' })
    expect(await rota.result(marked.id)).toBe('Success')
    expect(await rota.job(failed.id)).toMatchObject({ state: 'failed', reason: 'timed_out' })
    expect(await rota.job(marked.id)).toMatchObject({ state: 'succeeded', reason: 'timed_out' })
  })

  test('the record of a run: its times, worker, tries and message', async () => {
    const broken = defineJob({
      id: 'broken',
      retries: 1,
      backoff: () => 1,
      metadata: { owner: 'billing' },
      run: () => {
        throw new Error('no connection')
      },
    })
    await using rota = createRota({ storage: url(), jobs: [broken], worker: { name: 'node-1' } })
    await rota.start()
    const { id } = await rota.enqueue(broken)
    await expect(rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    const record = await rota.job(id)
    expect(record).toMatchObject({ state: 'failed', attempt: 2, maxAttempts: 2, metadata: { owner: 'billing' } })
    expect(record?.finishedAt?.getTime()).toBeGreaterThanOrEqual(record?.startedAt?.getTime() as number)
    const [worker] = await rota.workers()
    expect(worker?.name).toBe('node-1')
    const tries = await rota.jobs.attempts(id)
    expect(tries.map((one) => [one.attempt, one.error?.message, one.worker === worker?.id])).toEqual([
      [1, 'no connection', true],
      [2, 'no connection', true],
    ])
    const { jobs } = await rota.jobs.list({ filter: 'state:failed job:broken since:1h' })
    expect(jobs.map((job) => job.id)).toEqual([id])
  })

  test('MyExecuteJob runs by its schedule, with a strategy for blocked and one for expired runs', async () => {
    const times: Date[] = []
    const myExecuteJob = defineJob({ id: 'MyExecuteJob', run: (_, ctx) => void times.push(ctx.scheduledFor) })
    await using rota = createRota({ storage: url(), jobs: [myExecuteJob] })
    await rota.schedules.put({ id: 'every-second', job: myExecuteJob, when: { cron: '* * * * * ?' }, overlap: 'queue' })
    const strategies = { parallel: 'allow', serial: 'queue', discard: 'skip', cover: 'replace' } as const
    for (const [id, overlap] of Object.entries(strategies))
      await rota.schedules.put({
        id,
        job: myExecuteJob,
        when: { cron: '0 0 12 ? * MON#1', dialect: 'quartz' },
        overlap,
      })
    for (const [id, misfire] of Object.entries({ ignore: 'skip', auto: 'once', each: { all: { max: 5 } } } as const))
      await rota.schedules.put({ id, job: myExecuteJob, when: { cron: '0 0 12 LW * ?', dialect: 'quartz' }, misfire })
    await rota.start()
    await until('it ran', () => times.length >= 2)
    expect(times.every((time) => time.getMilliseconds() === 0)).toBe(true)
    expect((await rota.schedules.get('discard'))?.prose).toContain('first Monday')
    expect((await rota.schedules.get('each'))?.misfire).toEqual({ all: { max: 5 } })
  })
})
