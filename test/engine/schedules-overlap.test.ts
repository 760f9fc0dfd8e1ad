/** What becomes of a run of a schedule while an earlier one is not over. */
import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type JobId, type Overlap, type Rota, type RotaOptions } from '../../src/index.ts'
import { clocked } from '../support/clocked.ts'
import { until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

const minute = 60_000
const begin = Date.UTC(2027, 2, 1, 9)
/** Leases outlast every leap of the clock. */
const patient = { lease: '30d', poll: '20ms', cancelGrace: '10m' } as const

interface Run {
  /** In minutes. */
  readonly slot: number
  readonly id: JobId
  readonly signal: AbortSignal
  end(): void
}

/** A job whose runs last until they are ended, whatever their signal says. */
function lasting() {
  const runs: Run[] = []
  const open = new Set<Run>()
  let most = 0
  const job = defineJob({
    id: 'lasting',
    run: (_, { scheduledFor, signal, id }) =>
      new Promise<void>((resolve, reject) => {
        const end = () => {
          open.delete(run)
          if (signal.aborted) reject(signal.reason)
          else resolve()
        }
        const run: Run = { slot: (Number(scheduledFor) - begin) / minute, id: id as JobId, signal, end }
        most = Math.max(most, open.add(run).size)
        runs.push(run)
      }),
  })
  return {
    job,
    runs,
    /** The slots that began, in order. */
    slots: () => runs.map(({ slot }) => slot),
    most: () => most,
    endAll: () => runs.map(({ end }) => end()),
  }
}

onEveryStorage('overlap', ({ url, shared }) => {
  let now = begin
  afterEach(() => {
    now = begin
  })
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: clocked(url(), () => now), ...patient, ...options })
    rotas.push(rota)
    return rota
  }
  /** `10 run`, `20 overlap`, oldest first. */
  const told = async (rota: Rota) =>
    (await rota.schedules.history('one', { limit: 1_000 })).events
      .map((event) => `${(Number(event.slot) - begin) / minute} ${event.kind === 'run' ? 'run' : event.reason}`)
      .toReversed()
  const states = async (rota: Rota) =>
    (await rota.jobs.list({ filter: { schedule: 'one' } })).jobs.map(({ state }) => state).toReversed()

  const started = async (overlap: Overlap, options: RotaOptions = {}) => {
    const work = lasting()
    const rota = rotaWith({ jobs: [work.job], ...options })
    await rota.schedules.put({ id: 'one', job: work.job, when: { every: '10m' }, overlap })
    await rota.start()
    /** So many minutes after the beginning, all that is due is fired. */
    const at = async (minutes: number) => {
      now = begin + minutes * minute
      await until('it is fired', async () => Number((await rota.schedules.get('one'))?.nextAt) > now)
    }
    return { rota, work, at }
  }

  test('allow: they run at the same time', async () => {
    const { rota, work, at } = await started('allow')
    for (const slot of [10, 20, 30]) await at(slot)
    await until('all run', () => work.runs.length === 3)
    expect([work.most(), await told(rota)]).toEqual([3, ['10 run', '20 run', '30 run']])
    work.endAll()
  })

  test('skip: a run is left out, and recorded so, while an earlier one runs or waits', async () => {
    const { rota, work, at } = await started('skip')
    await rota.lanes.pause('default')
    await at(10)
    await at(20)
    expect(await told(rota)).toEqual(['10 run', '20 overlap'])
    await rota.lanes.resume('default')
    await until('it runs', () => work.runs.length === 1)
    await at(30)
    await at(40)
    work.endAll()
    await until('it is over', async () => (await states(rota))[0] === 'succeeded')
    await at(50)
    await until('the next one runs', () => work.runs.length === 2)
    expect(await told(rota)).toEqual(['10 run', '20 overlap', '30 overlap', '40 overlap', '50 run'])
    expect([work.slots(), work.most()]).toEqual([[10, 50], 1])
    expect(await rota.schedules.get('one')).toMatchObject({ runs: 2, lastAt: new Date(begin + 50 * minute) })
    work.endAll()
  })

  test('skip: a failure that will be tried again is not over', async () => {
    const flaky = defineJob({
      id: 'flaky',
      backoff: () => '15m',
      run: (_, ctx) => ctx.attempt === 1 && Promise.reject(),
    })
    const rota = rotaWith({ jobs: [flaky] })
    await rota.schedules.put({ id: 'one', job: flaky, when: { every: '10m' }, overlap: 'skip' })
    await rota.start()
    now += 10 * minute
    await until('it failed', async () => (await states(rota))[0] === 'scheduled')
    now += 10 * minute
    await until('the next one is left out', async () => (await told(rota)).length === 2)
    now += 6 * minute
    await until('it is tried again', async () => (await states(rota))[0] === 'succeeded')
    now += 4 * minute
    await until('the next one ran', async () => (await states(rota)).join() === 'succeeded,scheduled')
    expect(await told(rota)).toEqual(['10 run', '20 overlap', '30 run'])
  })

  test('queue: they run one after the other, in the order of their slots', async () => {
    const { rota, work, at } = await started('queue')
    for (const slot of [10, 20, 30, 40]) await at(slot)
    await until('the first one runs', () => work.runs.length === 1)
    expect(await states(rota)).toEqual(['running', 'blocked', 'blocked', 'blocked'])
    for (const n of [1, 2, 3]) {
      work.runs[n - 1]?.end()
      await until('the next one runs', () => work.runs.length === n + 1)
    }
    work.endAll()
    await until('all are over', async () => (await states(rota)).every((state) => state === 'succeeded'))
    expect([work.slots(), work.most()]).toEqual([[10, 20, 30, 40], 1])
    expect(await told(rota)).toEqual(['10 run', '20 run', '30 run', '40 run'])
  })

  test('queue: one goes on when the one before it failed', async () => {
    const order: number[] = []
    const failing = defineJob({
      id: 'failing',
      retries: 0,
      run: (_, ctx) => {
        order.push((Number(ctx.scheduledFor) - begin) / minute)
        throw new Error('no luck')
      },
    })
    const rota = rotaWith({ jobs: [failing] })
    await rota.schedules.put({
      id: 'one',
      job: failing,
      when: { every: '10m' },
      overlap: 'queue',
      misfire: { all: { max: 9 } },
    })
    now += 40 * minute
    await rota.start()
    await until('all failed', async () => (await states(rota)).join() === 'failed,failed,failed,failed')
    expect(order).toEqual([10, 20, 30, 40])
  })

  // Not yet: what waited for the one that is cancelled waits for nobody then.
  test('queue: when one that waits is cancelled, those behind it still wait for the one that runs', async () => {
    const { rota, work, at } = await started('queue')
    for (const slot of [10, 20, 30, 40]) await at(slot)
    await until('the first one runs', () => work.runs.length === 1)
    const { jobs } = await rota.jobs.list({ filter: { schedule: 'one' } })
    await rota.jobs.cancel(jobs[2]?.id as JobId) // 20
    await rota.jobs.cancel(jobs[1]?.id as JobId) // 30
    expect(await states(rota)).toEqual(['running', 'cancelled', 'cancelled', 'blocked'])
    work.runs[0]?.end()
    await until('the last one runs', () => work.runs.length === 2)
    expect([work.slots(), work.most()]).toEqual([[10, 40], 1])
    work.endAll()
  })

  // Not yet, for the same reason.
  test('queue: when one that waits expires, those behind it still wait for the one that runs', async () => {
    const { rota, work, at } = await started('queue')
    await rota.schedules.put({ id: 'one', job: work.job, when: { every: '10m' }, overlap: 'queue', expiresIn: '15m' })
    for (const slot of [10, 20, 30]) await at(slot)
    await until('the first one runs', () => work.runs.length === 1)
    now += 6 * minute
    await until('the second one expired', async () => (await states(rota))[1] === 'expired')
    expect(await states(rota)).toEqual(['running', 'expired', 'blocked'])
    work.endAll()
  })

  test('replace: all that run get their signal, and the new one begins when they have ended', async () => {
    const { rota, work, at } = await started('allow')
    await at(10)
    await at(20)
    await until('two run', () => work.runs.length === 2)
    await rota.schedules.put({ id: 'one', job: work.job, when: { every: '10m' }, overlap: 'replace' })
    await at(30)
    await until('both are told', () => work.runs.every(({ signal }) => signal.aborted))
    for (const { signal } of work.runs)
      expect(signal.reason).toMatchObject({
        code: 'cancelled',
        message: expect.stringContaining('replaced by a later run'),
      })
    expect(await states(rota)).toEqual(['running', 'running', 'blocked'])
    work.runs[0]?.end()
    await until('one has ended', async () => (await states(rota))[0] === 'cancelled')
    expect(await states(rota)).toEqual(['cancelled', 'running', 'blocked'])
    await at(40) // takes the place of the one that waits
    expect(await states(rota)).toEqual(['cancelled', 'running', 'cancelled', 'blocked'])
    work.runs[1]?.end()
    await until('the new one runs', () => work.runs.length === 3)
    expect([work.slots(), work.most()]).toEqual([[10, 20, 40], 2])
    const [first] = (await rota.jobs.list({ filter: { schedule: 'one' } })).jobs.toReversed()
    expect(first?.reason).toContain('replaced by a later run of its schedule')
    expect(await told(rota)).toEqual(['10 run', '20 run', '30 run', '40 run'])
    work.endAll()
  })

  if (shared)
    test('a worker that died with a run does not keep the others from theirs for ever', async () => {
      const work = lasting()
      const first = rotaWith({ jobs: [work.job] })
      await first.schedules.put({ id: 'one', job: work.job, when: { every: '10m' }, overlap: 'skip' })
      await first.start()
      now += 10 * minute
      await until('it runs', () => work.runs.length === 1)
      const after = lasting()
      const other = rotaWith({ jobs: [after.job] })
      now += 31 * 24 * 60 * minute // the lease of the first is over
      await other.start()
      await until('its run is given to the other', () => after.runs.length === 1)
      expect(after.slots()).toEqual([10])
      after.endAll()
      await until('that is over', async () => (await states(other)).every((state) => state === 'succeeded'))
      now += 10 * minute
      await until('a later slot runs', () => after.runs.length === 2)
      work.endAll()
      after.endAll()
    })

  if (shared)
    test('queue and skip count for the whole cluster', async () => {
      const work = lasting()
      const all = [1, 2, 3].map(() => rotaWith({ jobs: [work.job] }))
      const [rota] = all as [Rota]
      await rota.schedules.put({ id: 'one', job: work.job, when: { every: '10m' }, overlap: 'queue' })
      for (const one of all) await one.start()
      for (let n = 1; n <= 12; n++) {
        now = begin + n * 10 * minute
        await until('it is fired', async () => Number((await rota.schedules.get('one'))?.nextAt) > now)
      }
      for (let n = 1; n <= 12; n++) {
        await until('the next one runs', () => work.runs.length === n)
        work.runs[n - 1]?.end()
      }
      expect([work.most(), work.slots()]).toEqual([1, Array.from({ length: 12 }, (_, n) => (n + 1) * 10)])
    })
})
