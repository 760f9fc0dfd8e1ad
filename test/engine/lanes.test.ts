/** Lanes are paused, go on and are looked at, from any process; and what a job waits for is told. */
import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type JobId, type Rota, type RotaOptions } from '../../src/index.ts'
import { blocking } from '../support/blocking.ts'
import { until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

const nothing = defineJob({ id: 'nothing', run: () => 'done' })

onEveryStorage('lanes', ({ url, shared }) => {
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: url(), ...options })
    rotas.push(rota)
    return rota
  }
  /** Another process, where the storage can be shared; another object in this one stands for it. */
  const elsewhere = (rota: Rota) => (shared ? rotaWith() : rota)
  const states = async (rota: Rota) => (await rota.jobs.list({ limit: 1_000 })).jobs.map(({ state }) => state)

  test('nothing of a paused lane starts; what runs goes on, and what was fetched ahead is given back', async () => {
    const slow = blocking()
    const rota = rotaWith({ jobs: [nothing, slow.job], lanes: { default: 1, side: 1 }, poll: '1m' })
    const other = elsewhere(rota)
    await rota.start()
    await rota.enqueueMany(
      nothing,
      Array.from({ length: 50 }, () => undefined),
    )
    await until('it has learnt that jobs are quick', async () => (await rota.jobs.stats()).finished.succeeded === 50)
    await other.lanes.pause('default') // so that they are claimed together
    const { id } = await rota.enqueue(slow.job, undefined, { priority: 'critical' })
    await rota.enqueueMany(
      nothing,
      Array.from({ length: 30 }, () => undefined),
    )
    await other.lanes.resume('default')
    await slow.began
    expect((await states(rota)).filter((state) => state === 'running').length).toBeGreaterThan(1)
    expect(await other.lanes.pause('default', { reason: 'a deploy' })).toEqual({ name: 'default', status: 'paused' })
    await until('only what runs is held', async () => {
      const all = await states(rota)
      return all.filter((state) => state === 'running').length === 1 && all.filter((s) => s === 'ready').length === 30
    })
    const beside = await rota.enqueue(nothing, undefined, { lane: 'side' })
    expect(await rota.result(beside.id)).toBe('done')
    slow.end()
    expect(await rota.result(id)).toBe('done')
    expect((await rota.jobs.stats()).live).toMatchObject({ ready: 30, running: 0 })
    await other.lanes.resume('default')
    await until('all ran', async () => (await rota.jobs.stats()).finished.succeeded === 82)
    expect((await rota.jobs.list({ limit: 1_000 })).jobs.every(({ attempt }) => attempt === 1)).toBe(true)
  })

  test('a lane that goes on is worked on at once, whoever let it go on', async () => {
    const rota = rotaWith({ jobs: [nothing], poll: '1h' })
    const other = elsewhere(rota)
    await other.lanes.pause('default')
    await rota.start()
    const { id } = await rota.enqueue(nothing)
    const idle = await rota.enqueue(nothing, undefined, { lane: 'nobody' })
    await until('it was looked for', async () => (await rota.jobs.explain(id)).waitsFor.length === 1)
    expect((await rota.job(id))?.state).toBe('ready')
    expect(await other.lanes.resume('default')).toEqual({ name: 'default', status: 'resumed' })
    expect(await rota.result(id, { timeout: '10s' })).toBe('done')
    expect(await other.lanes.resume('default')).toEqual({ name: 'default', status: 'unchanged' })
    expect((await rota.job(idle.id))?.state).toBe('ready')
  })

  test('lanes are listed with their jobs, their slots and their pause', async () => {
    const slow = blocking()
    const rota = rotaWith({ jobs: [slow.job], lanes: { mail: 2, idle: 3 } })
    await rota.start()
    await rota.enqueueMany(slow.job, [undefined, undefined, undefined], { lane: 'mail' })
    await slow.began
    await rota.enqueue(slow.job, undefined, { lane: 'mail', in: '1h' })
    await rota.lanes.pause('closed', { reason: 'for good' })
    await until('both slots are taken', async () => (await states(rota)).filter((s) => s === 'running').length === 2)
    const lane = { paused: null, waiting: 0, scheduled: 0, running: 0, workers: 1, oldestDueAt: null }
    expect(await elsewhere(rota).lanes.list()).toEqual([
      {
        ...lane,
        name: 'closed',
        paused: { reason: 'for good', since: expect.any(Date) },
        workers: 0,
        concurrency: 0,
      },
      { ...lane, name: 'idle', concurrency: 3 },
      {
        ...lane,
        name: 'mail',
        waiting: 1,
        scheduled: 1,
        running: 2,
        concurrency: 2,
        oldestDueAt: expect.any(Date),
      },
    ])
    expect((await rota.workers())[0]?.lanes).toEqual([
      { name: 'mail', concurrency: 2 },
      { name: 'idle', concurrency: 3 },
    ])
    slow.end()
  })

  test('what cannot be a lane or a reason is refused', async () => {
    const rota = rotaWith()
    await expect(rota.lanes.pause('no lane')).rejects.toMatchObject({ code: 'option_invalid', field: 'lane' })
    await expect(rota.lanes.resume('')).rejects.toMatchObject({ code: 'option_invalid', field: 'lane' })
    await expect(rota.lanes.pause('a', { reason: 'x'.repeat(501) })).rejects.toMatchObject({ code: 'option_invalid' })
    await expect(rota.lanes.pause('a', { why: 'x' } as never)).rejects.toMatchObject({ code: 'option_unknown' })
    expect(await rota.lanes.list()).toEqual([])
  })

  test('a job is explained from its first second to its last', async () => {
    const slow = blocking()
    const moody = defineJob({
      id: 'moody',
      backoff: { type: 'fixed', delay: '1h' },
      run: (_, ctx) => {
        if (ctx.fence === 1) throw new Error('not today')
        return ctx.snooze('2h')
      },
    })
    const rota = rotaWith({ jobs: [slow.job, moody], lanes: { default: 1 }, cancelGrace: '1m', poll: '50ms' })
    const other = elsewhere(rota)
    const why = async (id: JobId) => (await other.jobs.explain(id)).waitsFor
    const codes = async (id: JobId) => (await why(id)).map(({ code }) => code)

    const unknown = '00000000-0000-7000-8000-000000000000' as never
    await expect(other.jobs.explain(unknown)).rejects.toMatchObject({ code: 'job_not_found' })
    const tries = await rota.enqueue(moody)
    expect(await codes(tries.id)).toEqual(['no_worker'])
    await rota.start()
    await until('it failed', async () => (await rota.job(tries.id))?.state === 'scheduled')
    expect(await why(tries.id)).toEqual([
      {
        code: 'backoff',
        message: expect.stringContaining('Try 1 of 4 failed (not today); it is due at'),
        fix: 'To run it now, make it due.',
        command: `rota jobs run ${tries.id}`,
        until: (await rota.job(tries.id))?.dueAt,
      },
    ])
    await other.jobs.run(tries.id)
    await until('it snoozed', async () => (await codes(tries.id))[0] === 'snoozed')

    const running = await rota.enqueue(slow.job)
    await slow.began
    expect(await why(running.id)).toMatchObject([{ code: 'running', until: expect.any(Date) }])
    const behind = await rota.enqueue(slow.job, undefined, { expiresIn: '1h' })
    const last = await rota.enqueue(slow.job, undefined, { priority: 'low' })
    await rota.enqueue(slow.job)
    // It may have been fetched ahead, because the jobs before it were quick; then it is given back.
    await until('it waits', async () => (await codes(behind.id)).join() === 'slots_busy,expires')
    const turn = /^The only slot of lane "default" is taken, and (1 job comes|2 jobs come) before it\.$/
    await until('its turn is told', async () => turn.test((await why(last.id))[0]?.message ?? ''))
    await other.jobs.cancel(running.id, { reason: 'enough' })
    expect(await why(running.id)).toMatchObject([
      { code: 'cancel_asked', message: expect.stringContaining('enough') },
      { code: 'running' },
    ])
    slow.end()
    await until('it is over', async () => (await codes(running.id))[0] === 'succeeded')
  })
})
