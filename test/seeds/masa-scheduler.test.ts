/** The sample of MASA.Scheduler: a job with parameters that knows its ids and its time. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createRota, defineJob, type } from '../../src/index.ts'
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
})
