/** Workers count what they do, somebody adds it up, and everybody can read it. */
import { randomUUID } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { counterOf, newTally, tallyText } from '../../src/engine/counters.ts'
import { recordTime } from '../../src/engine/histogram.ts'
import { floorTo, presentOf, rollHours, rollMinutes } from '../../src/engine/roll-up.ts'
import { Rota } from '../../src/engine/rota.ts'
import { systemRuntime } from '../../src/engine/runtime.ts'
import { defineJob, type RotaOptions, type Storage, type } from '../../src/index.ts'
import { openStorage } from '../../src/storage/open.ts'
import { until } from '../support/condition.ts'
import { aJob } from '../support/job.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

type Mood = 'fine' | 'never' | 'away' | 'twice'
const moody = defineJob({
  id: 'moody',
  input: type<Mood>(),
  retries: 1,
  backoff: { type: 'fixed', delay: 0 },
  run: (mood, ctx) => {
    if (mood === 'never' || (mood === 'twice' && ctx.attempt === 1)) throw new Error('no luck')
    return mood === 'away' ? ctx.discard('no need') : 'done'
  },
})

/** What comes every ten seconds or every minute comes a hundred times as often; a lease of ten minutes is not touched by that. */
function hurried() {
  const real = systemRuntime()
  const after = (ms: number, work: () => void) => real.after(ms >= 10_000 && ms <= minute ? ms / 100 : ms, work)
  return { ...real, after }
}

const written = (succeeded: number, time = 5): string => {
  const tally = newTally()
  const counter = counterOf(tally, 'default', 'moody')
  counter.succeeded = succeeded
  for (let i = 0; i < succeeded; i++) recordTime(counter.run, time)
  return tallyText(tally)
}

onEveryStorage('statistics', ({ url, shared }) => {
  const rotaOn = (storage: string | Storage, options: RotaOptions = {}) => {
    const rota = new Rota({ storage, jobs: [moody], poll: '50ms', lease: '10m', ...options }, hurried())
    rotas.push(rota)
    return rota
  }
  const opened = async () => {
    const storage = await openStorage(url())
    await storage.migrate()
    return { storage, rota: rotaOn(storage), now: await presentOf(storage) }
  }
  const counted = async (rota: Rota) => (await rota.stats()).totals.succeeded
  const workers = async (storage: Storage) => {
    const rows = await storage.counters('minute', 0, 2 ** 52)
    return rows.map(({ worker }) => worker)
  }

  test('tell how tries ended, how long they waited and took, and how many jobs there are', async () => {
    const { rota } = await opened()
    await rota.start()
    await rota.enqueueMany(moody, ['fine', 'fine', 'never', 'away', 'twice', 'fine'])
    await rota.enqueue(moody, 'fine', { lane: 'nobody' })
    await until('all is written', async () => (await counted(rota)) === 4 && (await rota.stats()).totals.failed === 1)
    await until('somebody looked at the lanes', async () =>
      (await rota.stats()).points.some((one) => one.waiting === 1),
    )
    const { totals, points, jobs, step } = await rota.stats()
    expect(totals).toMatchObject({ succeeded: 4, failed: 1, retried: 2, cancelled: 1, snoozed: 0, lapsed: 0 })
    expect(totals.run?.p50).toBeLessThan(10_000)
    expect(totals.wait?.max).toBeLessThan(10_000)
    expect(step).toBe('1m')
    expect([60, 61]).toContain(points.length)
    expect(points.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(4)
    expect(jobs).toMatchObject([{ job: 'moody', succeeded: 4, failed: 1 }])
    expect((await rota.stats({ lane: 'nobody' })).totals).toMatchObject({ succeeded: 0, run: null })
    expect((await rota.stats({ job: 'other' })).jobs).toEqual([])
    expect(await rota.counts()).toMatchObject({ counts: { succeeded: 4, failed: 1, ready: 1 }, cappedAt: 10_000 })
  })

  test.runIf(shared)('are written when a worker stops, and those of the next one come to it', async () => {
    for (const sum of [3, 6]) {
      const rota = rotaOn(url())
      await rota.start()
      await rota.enqueueMany(moody, ['fine', 'fine', 'fine'])
      await until('all are over', async () => (await rota.jobs.stats()).finished.succeeded === sum)
      await rota.stop()
    }
    const { storage, rota } = await opened()
    expect(await counted(rota)).toBe(6)
    expect(new Set(await workers(storage)).size).toBe(2)
  })

  test('a worker that has lost its lease goes on in a row of its own', async () => {
    const { storage } = await opened()
    const rota = rotaOn(storage, { lease: '1s' })
    await rota.start()
    await rota.enqueue(moody, 'fine')
    await until('it is written', async () => (await counted(rota)) === 1)
    const [old] = await rota.workers()
    await storage.leave(old?.id ?? '')
    await until('it has another id', async () => (await rota.workers()).some(({ id }) => id !== old?.id))
    await rota.enqueue(moody, 'fine')
    await until('it is written, too', async () => (await counted(rota)) === 2)
    expect(await workers(storage)).toContain(old?.id)
    expect(new Set(await workers(storage)).size).toBe(2)
  })

  test('a worker that died is counted by the one that gave its job back', async () => {
    const { storage } = await opened()
    const rota = rotaOn(storage, { lease: '1s' })
    await rota.start()
    await rota.enqueue(moody, 'fine')
    await until('the time is known', async () => (await rota.jobs.stats()).finished.succeeded === 1)
    const dead = randomUUID()
    const lanes = [{ name: 'default', concurrency: 1 }]
    await storage.heartbeat({ id: dead, name: 'dead', lanes, jobs: ['note'], schedules: [], lease: 200 })
    await storage.insert([{ ...aJob(null), onLapse: 'fail' }])
    const claim = { worker: dead, lanes: [{ name: 'default', limit: 1 }], jobs: ['note'], suspect: false }
    expect(await storage.claim(claim)).toHaveLength(1)
    await until('it is written', async () => (await rota.stats()).totals.lapsed === 1)
    expect((await rota.stats({ job: 'note' })).totals).toMatchObject({ failed: 1, lapsed: 1, succeeded: 0 })
  })

  test('two workers that add up at the same time, or twice, come to the same', async () => {
    const { storage, rota, now } = await opened()
    const began = floorTo(now - 20 * hour, hour)
    const minutes = [began, began + 5 * minute, began + hour, floorTo(now, minute) - 5 * minute]
    const rows = minutes.flatMap((at) =>
      ['worker-a', 'worker-b'].map((worker, i) => ({ span: 'minute' as const, at, worker, data: written(i + 1) })),
    )
    await storage.count(rows)
    const look = () => rota.stats({ from: new Date(began), to: new Date(now), step: '1h' })
    const before = await look()
    expect(before.totals).toMatchObject({ succeeded: 12, run: { p50: 5, max: 5 } })
    const both = async () => {
      const one = async () => {
        await rollMinutes(storage, now)
        for (let from = 0; from < floorTo(now - 10 * minute, hour); ) from = await rollHours(storage, now, from)
      }
      await Promise.all([one(), one()])
      await rollMinutes(storage, now) // who found the other at it leaves it to the next minute
    }
    await both()
    expect(await workers(storage)).toEqual(['', '', '', ''])
    const hours = await storage.counters('hour', 0, 2 ** 52)
    expect(hours.map(({ at }) => at)).toEqual([began, began + hour])
    expect(await look()).toEqual(before)
    await both()
    expect(await storage.counters('hour', 0, 2 ** 52)).toEqual(hours)
    expect(await look()).toEqual(before)
  })

  test('what is written late is found with the next hour, and nothing is counted twice', async () => {
    const { storage, rota, now } = await opened()
    const at = floorTo(now - 3 * hour, hour)
    const row = { span: 'minute', at, worker: 'worker-a' } as const
    await storage.count([{ ...row, data: written(2) }])
    const rolledTo = await rollHours(storage, at + 80 * minute, at)
    expect(rolledTo).toBe(at + hour)
    await storage.count([
      { ...row, data: written(3) },
      { ...row, worker: 'worker-b', data: written(4) },
    ])
    await rollHours(storage, at + 140 * minute, rolledTo)
    const { totals } = await rota.stats({ from: new Date(at), to: new Date(at + hour), step: '1h' })
    expect(totals.succeeded).toBe(6)
  })

  test('of more than two days come from hours; no point is missing', async () => {
    const { storage, rota, now } = await opened()
    const at = floorTo(now - 20 * day, hour)
    const recent = floorTo(now - 2 * hour, minute)
    await storage.count([
      { span: 'hour', at, worker: '', data: written(2, 1_000) },
      { span: 'hour', at: at + day, worker: '', data: '{"v":99}' },
      { span: 'minute', at: recent, worker: 'worker-a', data: written(3, 2_000) },
    ])
    const month = await rota.stats({ from: new Date(now - 30 * day), to: new Date(now) })
    expect(month.step).toBe('1h')
    expect([720, 721]).toContain(month.points.length)
    expect(month.totals).toMatchObject({ succeeded: 5, run: { max: 2_007 } })
    expect(month.points.find((point) => point.at.getTime() === at)).toMatchObject({ succeeded: 2, waiting: null })
    const byDay = await rota.stats({ from: new Date(now - 40 * day), to: new Date(now), step: '1d' })
    expect([40, 41]).toContain(byDay.points.length)
    expect(byDay.totals).toEqual(month.totals)
    const wrong = [
      [{ from: new Date(now - 41 * day), to: new Date(now) }, 'option_invalid', 'from'],
      [{ from: new Date(now), to: new Date(now) }, 'option_invalid', 'from'],
      [{ from: new Date(now - 3 * day), step: '5m' }, 'option_invalid', 'step'],
      [{ from: new Date(now - 4 * day), to: new Date(now - 4 * day + hour), step: '1m' }, 'option_invalid', 'step'],
      [{ step: '2m' }, 'option_invalid', 'step'],
      [{ since: 1 }, 'option_unknown', 'since'],
    ] as const
    for (const [options, code, field] of wrong)
      await expect(rota.stats(options as object)).rejects.toMatchObject({ code, field })
  })
})
