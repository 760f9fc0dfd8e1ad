/** Cancel, retry, reschedule, run now, delete, expiry: what people and time do to jobs, from any process. */
import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type Rota, type RotaOptions } from '../../src/index.ts'
import { blocking } from '../support/blocking.ts'
import { gate, until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

const nothing = defineJob({ id: 'nothing', run: () => 'done' })
const unknownId = '00000000-0000-7000-8000-000000000000' as never

onEveryStorage('control', ({ url, shared }) => {
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: url(), ...options })
    rotas.push(rota)
    return rota
  }
  /** Another process, where the storage can be shared; another object in this one stands for it. */
  const elsewhere = (rota: Rota) => (shared ? rotaWith() : rota)

  test('a waiting job is cancelled at once, and whoever waits for it hears of it', async () => {
    const rota = rotaWith({ jobs: [nothing] })
    const { id } = await rota.enqueue(nothing, undefined, { in: '1h' })
    const waiting = rota.result(id)
    waiting.catch(() => {})
    expect(await elsewhere(rota).jobs.cancel(id, { reason: 'not needed' })).toEqual({ id, status: 'cancelled' })
    await expect(waiting).rejects.toMatchObject({
      code: 'job_failed',
      message: expect.stringContaining('not needed'),
    })
    expect(await rota.job(id)).toMatchObject({ state: 'cancelled', reason: 'not needed', attempt: 0 })
    expect((await rota.jobs.cancel(id)).status).toBe('cancelled') // once more changes nothing
  })

  test('the signal of a running job fires within a second, wherever it runs; a handler that minds it ends cancelled', async () => {
    const began = gate()
    const polite = defineJob({
      id: 'polite',
      retries: 5,
      run: (_, ctx) => {
        began.open()
        return new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)))
      },
    })
    const rota = rotaWith({ jobs: [polite] })
    const cancelled: string[] = []
    rota.on('job:cancelled', ({ id }) => cancelled.push(id))
    await rota.start()
    const { id } = await rota.enqueue(polite)
    await began.opened
    const before = performance.now()
    expect(await elsewhere(rota).jobs.cancel(id, { reason: 'enough' })).toEqual({ id, status: 'cancelling' })
    await expect(rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    expect(performance.now() - before).toBeLessThan(3_000) // a second, on a machine that does nothing else
    expect(await rota.job(id)).toMatchObject({ state: 'cancelled', reason: 'enough', attempt: 1 })
    expect(cancelled).toEqual([id])
    expect((await rota.jobs.attempts(id)).map(({ to, reason }) => [to, reason])).toEqual([['cancelled', 'enough']])
  })

  test('a handler that ignores its cancel loses its slot after the grace, and its late result is refused', async () => {
    const stubborn = blocking()
    const rota = rotaWith({ jobs: [stubborn.job, nothing], lanes: { default: 1 }, cancelGrace: 50 })
    await rota.start()
    const { id } = await rota.enqueue(stubborn.job)
    await stubborn.began
    const next = await rota.enqueue(nothing)
    await elsewhere(rota).jobs.cancel(id)
    expect(await rota.result(next.id)).toBe('done') // the only slot is free again
    stubborn.end()
    expect(await rota.job(id)).toMatchObject({ state: 'cancelled', reason: 'cancelled', output: undefined })
  })

  test('a cancel does not lengthen the timeout', async () => {
    const began = gate()
    const stubborn = defineJob({
      id: 'stubborn',
      timeout: '300ms',
      run: () => {
        began.open()
        return new Promise(() => {})
      },
    })
    const rota = rotaWith({ jobs: [stubborn], cancelGrace: '1h' })
    await rota.start()
    const { id } = await rota.enqueue(stubborn)
    await began.opened
    await rota.jobs.cancel(id)
    await expect(rota.result(id, { timeout: '10s' })).rejects.toMatchObject({ code: 'job_failed' })
  })

  test('a handler that ends well after its cancel has succeeded', async () => {
    const began = gate()
    const thorough = defineJob({
      id: 'thorough',
      run: (_, ctx) => {
        began.open()
        return new Promise((resolve) => ctx.signal.addEventListener('abort', () => resolve(ctx.signal.reason.code)))
      },
    })
    const rota = rotaWith({ jobs: [thorough] })
    await rota.start()
    const { id } = await rota.enqueue(thorough)
    await began.opened
    await rota.jobs.cancel(id)
    expect(await rota.result(id)).toBe('cancelled')
  })

  if (shared) {
    test('a cancel outlives the worker that should have obeyed it', async () => {
      const stuck = blocking()
      const rota = rotaWith()
      const worker = rotaWith({ jobs: [stuck.job], cancelGrace: '1h' })
      await worker.start()
      const { id } = await rota.enqueue(stuck.job)
      await stuck.began
      await rota.jobs.cancel(id)
      await worker.stop({ grace: 0 })
      stuck.end()
      expect(await rota.job(id)).toMatchObject({ state: 'cancelled', reason: 'cancelled' })
    })
  }

  test('a cancel that meets a failure is told as a cancel', async () => {
    const [began, fail] = [gate(), gate()]
    const flaky = defineJob({
      id: 'flaky',
      backoff: { type: 'fixed', delay: '1h' },
      run: async () => {
        began.open()
        await fail.opened
        throw new Error('no luck')
      },
    })
    const rota = rotaWith({ jobs: [flaky] })
    const told: string[] = []
    for (const event of ['job:retrying', 'job:cancelled'] as const) rota.on(event, () => told.push(event))
    await rota.start()
    const { id } = await rota.enqueue(flaky)
    await began.opened
    const result = rota.result(id)
    fail.open() // before the worker has looked for signals
    await Promise.all([elsewhere(rota).jobs.cancel(id), expect(result).rejects.toMatchObject({ code: 'job_failed' })])
    await until('it is told', () => told.length > 0)
    if (told[0] === 'job:retrying')
      expect((await rota.jobs.cancel(id)).status).toBe('cancelled') // the failure was first
    else expect(told).toEqual(['job:cancelled'])
    expect(await rota.job(id)).toMatchObject({ state: 'cancelled' })
  })

  test('a stop in the middle ends what must not be started twice', async () => {
    const began = gate()
    const once = defineJob({
      id: 'once',
      onLapse: 'fail',
      run: () => {
        began.open()
        return new Promise(() => {})
      },
    })
    const rota = rotaWith({ jobs: [once], lanes: { default: 1 } })
    const ended: unknown[] = []
    rota.on('job:failed', ({ error }) => ended.push(error?.code))
    await rota.start()
    const { id } = await rota.enqueue(once)
    await began.opened
    await rota.stop({ grace: 0 })
    expect(ended).toEqual(['aborted'])
    if (shared) expect(await rotaWith().job(id)).toMatchObject({ state: 'failed', reason: 'interrupted', attempt: 1 })
  })

  test('what is over can be retried: it starts anew', async () => {
    let works = false
    const picky = defineJob({
      id: 'picky',
      retries: 0,
      run: (_, ctx) => {
        if (!works) throw new Error('not yet')
        return { attempt: ctx.attempt, fence: ctx.fence }
      },
    })
    const rota = rotaWith({ jobs: [picky] })
    await rota.start()
    const { id } = await rota.enqueue(picky)
    await expect(rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    works = true
    expect(await elsewhere(rota).jobs.retry(id)).toEqual({ id, status: 'ready' })
    await until('it is over', async () => (await rota.job(id))?.state === 'succeeded')
    expect(await rota.result(id)).toEqual({ attempt: 1, fence: 2 })
    expect((await rota.jobs.attempts(id)).map(({ to }) => to)).toEqual(['failed'])
  })

  test('a waiting job is put to another time, or run now', async () => {
    const rota = rotaWith({ jobs: [nothing], poll: '1m' })
    await rota.start()
    const far = await rota.enqueue(nothing, undefined, { in: '1h' })
    const near = await rota.enqueue(nothing, undefined, { in: '1h' })
    const other = elsewhere(rota)
    expect(await other.jobs.reschedule(far.id, { in: '300ms' })).toEqual({ id: far.id, status: 'rescheduled' })
    expect(await other.jobs.run(near.id)).toEqual({ id: near.id, status: 'ready' })
    expect(await rota.result(near.id, { timeout: '4s' })).toBe('done')
    expect(await rota.result(far.id, { timeout: '4s' })).toBe('done')
    const at = new Date(Date.now() + 3_600_000)
    const moved = await rota.enqueue(nothing, undefined, { in: '2h' })
    await rota.jobs.reschedule(moved.id, { at })
    expect(await rota.job(moved.id)).toMatchObject({ state: 'scheduled', dueAt: at })
  })

  test('a deleted job is forgotten', async () => {
    const rota = rotaWith({ jobs: [nothing] })
    const { id } = await rota.enqueue(nothing)
    expect(await rota.jobs.delete(id)).toEqual({ id, status: 'deleted' })
    expect(await rota.job(id)).toBeNull()
    await expect(rota.jobs.delete(id)).rejects.toMatchObject({ code: 'job_not_found' })
  })

  test('what cannot be done in a state is refused with the reason, and changes nothing', async () => {
    const slow = blocking()
    const rota = rotaWith({ jobs: [slow.job, nothing] })
    await rota.start()
    const over = await rota.enqueue(nothing)
    await rota.result(over.id)
    const running = await rota.enqueue(slow.job)
    await slow.began
    const refused = (message: string) => ({ code: 'job_state', message: expect.stringContaining(message) })
    await expect(rota.jobs.cancel(over.id)).rejects.toMatchObject(
      refused('is succeeded, so there is nothing to cancel'),
    )
    await expect(rota.jobs.retry(running.id)).rejects.toMatchObject(refused('is running'))
    await expect(rota.jobs.run(over.id)).rejects.toMatchObject(refused('Use `retry`'))
    await expect(rota.jobs.reschedule(running.id, { in: 5 })).rejects.toMatchObject(refused('is running'))
    await expect(rota.jobs.delete(running.id)).rejects.toMatchObject(refused('Cancel it first'))
    await expect(rota.jobs.cancel(unknownId)).rejects.toMatchObject({ code: 'job_not_found' })
    await expect(rota.jobs.reschedule(over.id, {})).rejects.toMatchObject({ code: 'option_invalid', field: 'at' })
    slow.end()
    await rota.result(running.id)
  })

  test('a job that was not started in time ends as expired', async () => {
    const brief = defineJob({ id: 'brief', expiresIn: '200ms', run: () => 'in time' })
    const slow = blocking()
    const rota = rotaWith({ jobs: [brief, slow.job], lanes: { default: 1 } })
    const expired: string[] = []
    rota.on('job:expired', ({ id }) => expired.push(id))
    await rota.start()
    expect(await rota.result((await rota.enqueue(brief)).id)).toBe('in time')
    await rota.enqueue(slow.job)
    await slow.began
    const { id } = await rota.enqueue(brief)
    const patient = await rota.enqueue(brief, undefined, { expiresAt: new Date(Date.now() + 3_600_000) })
    await expect(rota.result(id)).rejects.toMatchObject({
      code: 'job_failed',
      message: expect.stringContaining('expired'),
    })
    expect(await rota.job(id)).toMatchObject({ state: 'expired', attempt: 0 })
    expect(expired).toEqual([id])
    slow.end()
    expect(await rota.result(patient.id)).toBe('in time')
  })

  if (shared) {
    test('jobs that nobody knows are told so, stand in nobody’s way, and run once somebody does', async () => {
      const strange = defineJob({ id: 'strange', priority: 'critical', run: () => 'known now' })
      const rota = rotaWith({ jobs: [nothing], lease: '1s' })
      const ids = await rota.enqueueMany(
        strange,
        Array.from({ length: 3_000 }, () => undefined),
      )
      await rota.start()
      const known = await rota.enqueue(nothing)
      expect(await rota.result(known.id)).toBe('done')
      const { id } = ids[0] as (typeof ids)[0]
      await until('it is said why they wait', async () => (await rota.job(id))?.reason === 'job_unknown')
      expect(await rota.job(id)).toMatchObject({ state: 'ready', attempt: 0 })
      const knows = rotaWith({ jobs: [strange], lanes: { default: 100 }, lease: '1s' })
      await knows.start()
      await until('all ran', async () => (await rota.jobs.stats()).finished.succeeded === 3_001)
    })
  }
})
