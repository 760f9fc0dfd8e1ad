/** `runOn: 'every'`: one run of each slot on each live worker. Other objects in this process stand for other processes. */
import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type Rota, type RotaOptions } from '../../src/index.ts'
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
const patient = { lease: '30d', poll: '20ms' } as const
const ended = Promise.resolve()

onEveryStorage('a run on every worker', ({ url, shared }) => {
  let now = begin
  afterEach(() => {
    now = begin
  })
  /** `a 10`: where it ran, and its slot in minutes. */
  const ran: string[] = []
  afterEach(() => {
    ran.splice(0)
  })
  const processOf = async (name: string, options: RotaOptions = {}, until: Promise<void> = ended): Promise<Rota> => {
    const clean = defineJob({
      id: 'clean',
      run: (_, { scheduledFor, signal }) => {
        ran.push(`${name} ${(Number(scheduledFor) - begin) / minute}`)
        const aborted = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        return Promise.race([until, aborted])
      },
    })
    const storage = clocked(url(), () => now)
    const rota = createRota({ storage, jobs: [clean], worker: { name }, ...patient, ...options })
    rotas.push(rota)
    await rota.start()
    return rota
  }
  const every10m = { id: 'one', job: 'clean', when: { every: '10m' }, runOn: 'every' } as const
  const jobsOf = async (rota: Rota) => (await rota.jobs.list({ filter: { schedule: 'one' }, limit: 1_000 })).jobs
  const isOver = async (rota: Rota) => (await jobsOf(rota)).every(({ state }) => state === 'succeeded')
  /** All that is due so many minutes after the beginning is fired. */
  const at = async (rota: Rota, minutes: number) => {
    now = begin + minutes * minute
    await until('it is fired', async () => Number((await rota.schedules.get('one'))?.nextAt) > now)
  }

  test('it runs in one process, in a lane that is nobody else’s and that nobody is shown', async () => {
    const rota = await processOf('a')
    await rota.schedules.put(every10m)
    await at(rota, 10)
    await until('it ran', async () => ran.join() === 'a 10' && (await isOver(rota)))
    expect((await rota.workers())[0]?.lanes).toEqual([{ name: 'default', concurrency: 10 }])
    expect((await rota.lanes.list()).map(({ name }) => name)).toEqual(['default'])
    expect((await jobsOf(rota))[0]).toMatchObject({ schedule: { id: 'one', slot: new Date(now), missed: 0 } })
    expect(await rota.schedules.get('one')).toMatchObject({ runs: 1, lastAt: new Date(now), runOn: 'every' })
  })

  test('a slot for which nobody serves the lane is recorded as such', async () => {
    const rota = await processOf('a', { lanes: { side: 1 } })
    await rota.schedules.put(every10m)
    await rota.schedules.put({ ...every10m, id: 'mail', lane: 'side' })
    await at(rota, 10)
    await until('the other one ran', () => ran.join() === 'a 10')
    const slot = new Date(now)
    expect((await rota.schedules.history('one')).events).toEqual([
      { kind: 'skip', slot, from: slot, count: 1, reason: 'no_worker', message: null },
    ])
    expect(await rota.schedules.get('one')).toMatchObject({ runs: 0, lastAt: null })
  })

  if (!shared) return

  test('each of three gets one run of each slot, and one that left gets none', async () => {
    const [a, b, c] = [await processOf('a'), await processOf('b'), await processOf('c')]
    await a.schedules.put(every10m)
    for (const minutes of [10, 20, 30]) {
      await at(a, minutes)
      await until('all ran', async () => ran.length === (3 * minutes) / 10 && (await isOver(a)))
    }
    const expected = ['a', 'b', 'c'].flatMap((name) => [10, 20, 30].map((slot) => `${name} ${slot}`))
    expect(ran.toSorted()).toEqual(expected)
    expect((await jobsOf(a)).every(({ attempt, fence }) => attempt === 1 && fence === 1)).toBe(true)
    await b.stop()
    ran.splice(0)
    await at(a, 40)
    await until('two ran', async () => ran.length === 2 && (await isOver(c)))
    expect(ran.toSorted()).toEqual(['a 40', 'c 40'])
    expect(await a.schedules.get('one')).toMatchObject({ runs: 4 })
  })

  test('only those that serve its lane and know its job', async () => {
    const a = await processOf('a', { lanes: { mail: 1 } })
    await processOf('b')
    await processOf('c', { lanes: { default: 1, mail: 1 } })
    await processOf('d', { lanes: { mail: 1 }, jobs: [] })
    await a.schedules.put({ ...every10m, lane: 'mail' })
    await at(a, 10)
    await until('two ran', () => ran.length === 2)
    expect(ran.toSorted()).toEqual(['a 10', 'c 10'])
    expect((await jobsOf(a)).length).toBe(2)
  })

  test('of slots that were missed each worker gets what the policy says, once', async () => {
    const a = await processOf('a')
    await a.schedules.put({ ...every10m, misfire: { all: { max: 2 } } })
    await processOf('b')
    await at(a, 50)
    await until('all ran', async () => ran.length === 4 && (await isOver(a)))
    expect(ran.toSorted()).toEqual(['a 40', 'a 50', 'b 40', 'b 50'])
    const skips = (await a.schedules.history('one')).events.filter(({ kind }) => kind === 'skip')
    expect(skips).toMatchObject([{ count: 3, reason: 'missed' }])
    expect(await a.schedules.get('one')).toMatchObject({ runs: 2, lastAt: new Date(now) })
  })

  test('overlap is between the runs of one worker', async () => {
    const busy = Promise.withResolvers<void>()
    const skipped: number[] = []
    const all = [await processOf('a', {}, busy.promise), await processOf('b'), await processOf('c', {}, busy.promise)]
    const [a] = all as [Rota]
    for (const rota of all) rota.on('schedule:skipped', ({ slot }) => skipped.push((Number(slot) - begin) / minute))
    await a.schedules.put({ ...every10m, overlap: 'skip' })
    await at(a, 10)
    await until('all began', () => ran.length === 3)
    await until('one is over', async () => (await jobsOf(a)).some(({ state }) => state === 'succeeded'))
    await at(a, 20)
    await until('one ran again', () => ran.length === 4)
    expect(ran.toSorted()).toEqual(['a 10', 'b 10', 'b 20', 'c 10'])
    expect(await a.schedules.get('one')).toMatchObject({ runs: 2, lastAt: new Date(begin + 20 * minute) })
    expect(skipped).toEqual([20])
    expect(
      (await a.schedules.history('one')).events.map((event) => (event.kind === 'skip' ? event.reason : 'run')),
    ).toEqual(expect.arrayContaining(['run', 'overlap', 'run', 'run', 'run']))
    await a.schedules.put({ ...every10m, overlap: 'replace' })
    await at(a, 30)
    await until('each has a new one', () => ran.length === 7)
    expect(ran.slice(4).toSorted()).toEqual(['a 30', 'b 30', 'c 30'])
    busy.resolve()
  })

  test('a run for a worker that is gone expires, and nobody else takes it', async () => {
    const a = await processOf('a')
    const b = await processOf('b', { poll: '1h' })
    await a.schedules.put({ ...every10m, jitter: { min: '5m', max: '5m' }, maxRuns: 1 })
    await at(a, 10).catch(() => {})
    await until('both are stored', async () => (await jobsOf(a)).length === 2)
    await b.stop()
    now += 5 * minute
    await until('ours ran', () => ran.join() === 'a 10')
    now += 60 * minute
    await until('the other one expired', async () => (await jobsOf(a)).some(({ state }) => state === 'expired'))
    expect((await jobsOf(a)).map(({ state }) => state).toSorted()).toEqual(['expired', 'succeeded'])
    expect(ran).toEqual(['a 10'])
  })
})
