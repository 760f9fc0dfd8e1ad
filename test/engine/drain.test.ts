/** A worker is asked to claim no more, from any process, and goes on when it may. */
import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type Rota, type RotaOptions } from '../../src/index.ts'
import { blocking } from '../support/blocking.ts'
import { until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

const nothing = defineJob({ id: 'nothing', run: () => 'done' })

onEveryStorage('draining', ({ url, shared }) => {
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: url(), ...options })
    rotas.push(rota)
    return rota
  }
  /** Another process, where the storage can be shared; another object in this one stands for it. */
  const elsewhere = (rota: Rota) => (shared ? rotaWith() : rota)
  const only = async (rota: Rota) => (await rota.workers())[0]?.id as string
  const states = async (rota: Rota) => (await rota.jobs.list({ limit: 1_000 })).jobs.map(({ state }) => state)

  test('what a drained worker runs goes on, what it fetched ahead is given back, and it goes on when it may', async () => {
    const slow = blocking()
    const rota = rotaWith({ jobs: [nothing, slow.job], lanes: { default: 1 }, poll: '1m' })
    const other = elsewhere(rota)
    await rota.start()
    const many = (count: number) => Array.from({ length: count }, () => undefined)
    await rota.enqueueMany(nothing, many(50))
    await until('it has learnt that jobs are quick', async () => (await rota.jobs.stats()).finished.succeeded === 50)
    await other.lanes.pause('default') // so that they are claimed together
    const { id } = await rota.enqueue(slow.job, undefined, { priority: 'critical' })
    await rota.enqueueMany(nothing, many(30))
    await other.lanes.resume('default')
    await slow.began
    expect((await states(rota)).filter((state) => state === 'running').length).toBeGreaterThan(1)
    const worker = await only(other)
    expect(await other.drainWorker(worker)).toEqual({ id: worker, status: 'draining' })
    expect((await other.workers()).map(({ draining }) => draining)).toEqual([true])
    await until('only what runs is held', async () => {
      const all = await states(rota)
      return all.filter((state) => state === 'running').length === 1 && all.filter((s) => s === 'ready').length === 30
    })
    slow.end()
    expect(await rota.result(id)).toBe('done')
    const waiting = await rota.enqueue(nothing, undefined, { priority: 'high' })
    expect((await rota.jobs.explain(waiting.id)).waitsFor[0]).toMatchObject({
      code: 'worker_draining',
      command: `rota workers resume ${worker}`,
    })
    expect((await rota.jobs.stats()).live).toMatchObject({ ready: 31, running: 0 })
    expect(await other.drainWorker(worker, false)).toEqual({ id: worker, status: 'working' })
    await until('all ran', async () => (await rota.jobs.stats()).finished.succeeded === 82)
    expect((await rota.jobs.list({ limit: 1_000 })).jobs.every(({ attempt }) => attempt === 1)).toBe(true)
  })

  test('an idle worker that drains claims nothing, and is at it at once when it may go on', async () => {
    const rota = rotaWith({ jobs: [nothing], poll: '1h' })
    const other = elsewhere(rota)
    await rota.start()
    const worker = await only(rota)
    await other.drainWorker(worker)
    const { id } = await rota.enqueue(nothing)
    await until('it is told', async () => (await other.jobs.explain(id)).waitsFor[0]?.code === 'worker_draining')
    expect((await rota.job(id))?.state).toBe('ready')
    await other.drainWorker(worker, false)
    expect(await rota.result(id, { timeout: '10s' })).toBe('done')
  })

  test('nobody is drained who is not there', async () => {
    const rota = rotaWith({ jobs: [nothing] })
    await rota.start()
    for (const id of ['00000000-0000-7000-8000-000000000000', 'nobody', 7 as unknown as string])
      await expect(rota.drainWorker(id)).rejects.toMatchObject({ code: 'worker_not_found', field: 'id' })
    await expect(rota.drainWorker(await only(rota), 'yes' as unknown as boolean)).rejects.toMatchObject({
      code: 'option_invalid',
    })
  })
})
