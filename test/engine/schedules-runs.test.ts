/** What a run of a schedule knows of its slot, and what the schedule says of its jobs. */
import { afterEach, expect, test } from 'vitest'
import {
  createRota,
  defineJob,
  type JobContext,
  type JobId,
  type Rota,
  type RotaOptions,
  type,
} from '../../src/index.ts'
import { clocked } from '../support/clocked.ts'
import { gate, until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

const nothing = defineJob({ id: 'nothing', run: () => {} })
const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const begin = Date.UTC(2027, 2, 1, 9)
/** Leases outlast every leap of the clock. */
const patient = { lease: '30d', poll: '20ms' } as const

const seenBy = ({ id, scheduledFor, lateBy, missedCount, schedule, attempt, fence }: JobContext) => ({
  ...{ id, scheduledFor, lateBy, missedCount, schedule, attempt, fence },
})

onEveryStorage('runs of schedules', ({ url, shared }) => {
  let now = begin
  afterEach(() => {
    now = begin
  })
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: clocked(url(), () => now), jobs: [nothing], ...patient, ...options })
    rotas.push(rota)
    return rota
  }
  /** What became of the slots, oldest first. */
  const history = async (rota: Rota, id = 'one') =>
    (await rota.schedules.history(id, { limit: 1_000 })).events.toReversed()
  const runsOf = async (rota: Rota, id = 'one') =>
    (await rota.jobs.list({ filter: { schedule: id }, limit: 1_000 })).jobs.toReversed()

  test('a run knows its slot, how late it is and what it stands for, also when it is tried again', async () => {
    const seen: ReturnType<typeof seenBy>[] = []
    const report = defineJob({
      id: 'report',
      backoff: () => 30 * second,
      input: type<{ to: string }>(),
      run(input, ctx) {
        seen.push(seenBy(ctx))
        if (ctx.attempt === 1) throw new Error('not yet')
        return input.to
      },
    })
    const rota = rotaWith({ jobs: [report] })
    const { schedules } = rota
    await schedules.put({ id: 'one', job: report, when: { every: '10m' }, input: { to: 'Ada' } })
    now += 35 * minute
    await rota.start()
    await until('it failed once', async () => (await runsOf(rota))[0]?.state === 'scheduled')
    now += minute
    await until('it is done', async () => (await runsOf(rota))[0]?.state === 'succeeded')
    const [job] = await runsOf(rota)
    const slot = new Date(begin + 30 * minute)
    expect(job).toMatchObject({ output: 'Ada', schedule: { id: 'one', slot, missed: 2 }, attempt: 2 })
    const same = { id: job?.id, scheduledFor: slot, missedCount: 2, schedule: { id: 'one', slot } }
    expect(seen).toEqual([
      { ...same, lateBy: 5 * minute, attempt: 1, fence: 1 },
      { ...same, lateBy: 6 * minute, attempt: 2, fence: 2 },
    ])
    expect(await rota.job(job?.id as JobId)).toEqual(job)
    expect(await schedules.get('one')).toMatchObject({ lastAt: slot, runs: 1, nextAt: new Date(begin + 40 * minute) })
    const run = { kind: 'run', slot, job: job?.id, state: 'succeeded', lateBy: 6 * minute, took: 0, missed: 2 }
    expect(await history(rota)).toMatchObject([
      {
        kind: 'skip',
        count: 2,
        reason: 'missed',
        from: new Date(begin + 10 * minute),
        slot: new Date(begin + 20 * minute),
      },
      { ...run, triggered: false },
    ])
  })

  test('a job that no schedule asked for tells none', async () => {
    const seen: unknown[] = []
    const plain = defineJob({
      id: 'plain',
      run: (_, { schedule, missedCount }) => void seen.push(schedule, missedCount),
    })
    const rota = rotaWith({ jobs: [plain] })
    await rota.start()
    const { id } = await rota.enqueue(plain)
    await rota.result(id)
    expect([seen, (await rota.job(id))?.schedule]).toEqual([[null, 0], null])
  })

  if (shared)
    test('a run that a dead worker leaves behind keeps its slot', async () => {
      const seen: ReturnType<typeof seenBy>[] = []
      const begun = gate()
      const never = Promise.withResolvers<void>()
      const slow = (stuck: boolean) =>
        defineJob({
          id: 'slow',
          run: (_, ctx) => {
            seen.push(seenBy(ctx))
            begun.open()
            return stuck ? never.promise : undefined
          },
        })
      const first = rotaWith({ jobs: [slow(true)] })
      await first.schedules.put({
        id: 'one',
        job: 'slow',
        when: { every: '10m' },
        endsAt: new Date(begin + 11 * minute),
      })
      await first.start()
      now += 10 * minute
      await begun.opened
      now += 31 * 24 * hour // its lease is over, and it does not know
      const other = rotaWith({ jobs: [slow(false)] })
      await other.start()
      await until('another one did it', async () => (await runsOf(other))[0]?.state === 'succeeded')
      const slot = new Date(begin + 10 * minute)
      const same = { scheduledFor: slot, schedule: { id: 'one', slot }, id: seen[0]?.id }
      expect(seen).toMatchObject([{ ...same, fence: 1 }, same])
      expect(seen[1]?.fence).toBeGreaterThan(1)
      never.resolve()
    })

  test('what the schedule says of its jobs goes before the definition, and that before the defaults', async () => {
    const job = defineJob({
      id: 'job',
      lane: 'nowhere',
      priority: 'low',
      retries: 5,
      timeout: '1m',
      metadata: { team: 'billing', region: 'eu', old: 1 },
      run: () => {},
    })
    const rota = rotaWith({ jobs: [job], defaults: { metadata: { app: 'shop', team: 'none' }, timeout: '2m' } })
    await rota.schedules.put({ id: 'plain', job, when: { every: '10m' } })
    await rota.schedules.put({
      ...{ id: 'own', job, when: { every: '10m' } },
      ...{ lane: 'elsewhere', priority: 'critical', retries: 0, timeout: '3s', expiresIn: '2h' },
      metadata: { region: 'us', old: null, run: 'x' },
    })
    await rota.start()
    now += 10 * minute
    await until('both are fired', async () => (await rota.jobs.list({})).jobs.length === 2)
    expect((await runsOf(rota, 'plain'))[0]).toMatchObject({
      ...{ lane: 'nowhere', priority: 'low', maxAttempts: 6, timeout: minute, expiresAt: null },
      metadata: { app: 'shop', team: 'billing', region: 'eu', old: 1 },
    })
    const [own] = await runsOf(rota, 'own')
    expect(own).toMatchObject({
      ...{ lane: 'elsewhere', priority: 'critical', maxAttempts: 1, timeout: 3 * second },
      expiresAt: new Date(now + 2 * hour),
    })
    expect(own?.metadata).toEqual({ app: 'shop', team: 'billing', region: 'us', run: 'x' })
  })

  test('a run that nobody starts in time expires, and that is told', async () => {
    const rota = rotaWith({ lanes: { side: 1 } })
    await rota.schedules.put({ id: 'one', job: nothing, when: { every: '10m' }, expiresIn: '5m', maxRuns: 1 })
    await rota.start()
    now += 10 * minute
    await until('it is stored', async () => (await runsOf(rota)).length === 1)
    now += 5 * minute
    await until('it expired', async () => (await runsOf(rota))[0]?.state === 'expired')
    expect(await history(rota)).toMatchObject([{ kind: 'run', state: 'expired', lateBy: null, took: null }])
  })

  test('a slot whose job has an earlier one with its key is recorded as a duplicate', async () => {
    const once = defineJob({ id: 'once', lane: 'nowhere', unique: { key: () => 'mine' }, run: () => {} })
    const rota = rotaWith({ jobs: [once] })
    await rota.schedules.put({ id: 'one', job: once, when: { every: '10m' } })
    await rota.start()
    for (let n = 1; n <= 3; n++) {
      now = begin + n * 10 * minute
      await until('it is fired', async () => (await history(rota)).length === n)
    }
    expect(await history(rota)).toMatchObject([
      { kind: 'run', slot: new Date(begin + 10 * minute) },
      { kind: 'skip', slot: new Date(begin + 20 * minute), count: 1, reason: 'duplicate' },
      { kind: 'skip', slot: new Date(begin + 30 * minute), count: 1, reason: 'duplicate' },
    ])
    expect((await rota.jobs.list({})).jobs.length).toBe(1)
  })

  test('it begins at its start, ends before its end, and after so many runs', async () => {
    const rota = rotaWith()
    const one = { job: nothing, when: { every: '10m' }, misfire: { all: { max: 100 } } } as const
    await rota.schedules.put({ ...one, id: 'late', startsAt: new Date(begin + 25 * minute) })
    await rota.schedules.put({ ...one, id: 'brief', endsAt: new Date(begin + 30 * minute) })
    await rota.schedules.put({ ...one, id: 'thrice', maxRuns: 3 })
    await rota.start()
    now += hour
    const over = async (id: string) => (await rota.schedules.get(id))?.state === 'completed'
    await until('two are over', async () => (await over('brief')) && (await over('thrice')))
    await until('one goes on', async () => (await history(rota, 'late')).length === 4)
    const slots = async (id: string) =>
      (await runsOf(rota, id)).map(({ schedule }) => (Number(schedule?.slot) - begin) / minute)
    expect(await slots('late')).toEqual([25, 35, 45, 55])
    expect(await slots('brief')).toEqual([10, 20])
    expect(await slots('thrice')).toEqual([40, 50, 60]) // the latest ones
    expect(await history(rota, 'thrice')).toMatchObject([{ kind: 'skip', count: 3, reason: 'missed' }, {}, {}, {}])
    expect(await rota.schedules.get('thrice')).toMatchObject({ runs: 3, nextAt: null, lastAt: new Date(begin + hour) })
    await rota.schedules.put({ ...one, id: 'next', startsAt: new Date(begin + 65 * minute) })
    now += 5 * minute
    await until('its first run is its start', async () => (await slots('next')).join() === '65')
  })

  test('only slots that run count for `maxRuns`', async () => {
    const [begun, end] = [gate(), gate()]
    const slow = defineJob({
      id: 'slow',
      run: () => {
        begun.open()
        return end.opened
      },
    })
    const rota = rotaWith({ jobs: [slow] })
    await rota.schedules.put({ id: 'one', job: slow, when: { every: '10m' }, overlap: 'skip', maxRuns: 2 })
    await rota.start()
    now += 10 * minute
    await begun.opened
    now += 10 * minute
    await until('it is skipped', async () => (await history(rota)).length === 2)
    expect(await rota.schedules.get('one')).toMatchObject({
      state: 'active',
      runs: 1,
      lastAt: new Date(begin + 10 * minute),
    })
    end.open()
    await until('it is over', async () => (await runsOf(rota))[0]?.state === 'succeeded')
    now += 10 * minute
    await until('it is fired again', async () => (await runsOf(rota)).length === 2)
    expect(await rota.schedules.get('one')).toMatchObject({ state: 'completed', runs: 2 })
  })

  test('a random delay is anything from `min` to `max`, both included, and the slot stays what it is', async () => {
    const late = defineJob({ id: 'late', lane: 'nowhere', run: () => {} })
    const rota = rotaWith({ jobs: [late] })
    const all = { job: late, when: { every: '1s' }, misfire: { all: { max: 1_000 } } } as const
    await rota.schedules.put({ ...all, id: 'wide', jitter: { min: '10s', max: '30s' } })
    await rota.schedules.put({ ...all, id: 'narrow', jitter: 2 })
    now += 1_000 * second
    await rota.start()
    const delays = async (id: string) =>
      (await runsOf(rota, id)).map(({ dueAt, schedule }) => Number(dueAt) - Number(schedule?.slot))
    await until('all are stored', async () => (await delays('wide')).length + (await delays('narrow')).length === 2_000)
    const wide = await delays('wide')
    expect(Math.min(...wide)).toBeGreaterThanOrEqual(10 * second)
    expect(Math.max(...wide)).toBeLessThanOrEqual(30 * second)
    const parts = Map.groupBy(wide, (delay) => Math.min(3, Math.floor((delay - 10 * second) / (5 * second))))
    for (const part of [0, 1, 2, 3]) expect(parts.get(part)?.length).toBeGreaterThan(170) // of 250, give or take 14
    const narrow = Map.groupBy(await delays('narrow'), (delay) => delay)
    expect([...narrow.keys()].toSorted()).toEqual([0, 1, 2])
    for (const delay of [0, 1, 2]) expect(narrow.get(delay)?.length).toBeGreaterThan(273) // of 333, give or take 15
  })

  test('what fires and what is left out is told', async () => {
    const rota = rotaWith()
    const told: unknown[] = []
    rota.on('schedule:fired', (event) => told.push(event))
    rota.on('schedule:skipped', (event) => told.push(event))
    await rota.schedules.put({ id: 'one', job: nothing, when: { every: '10m' } })
    now += 30 * minute
    await rota.start()
    await until('both are told', () => told.length === 2)
    const [job] = await runsOf(rota)
    expect(told).toEqual([
      { cluster: 'default', schedule: 'one', id: job?.id, slot: new Date(now), missed: 2 },
      {
        ...{ cluster: 'default', schedule: 'one', reason: 'missed', count: 2 },
        ...{ from: new Date(begin + 10 * minute), slot: new Date(begin + 20 * minute) },
      },
    ])
  })

  test('one whose job is known to nobody waits for somebody who knows it', async () => {
    const stranger = defineJob({ id: 'stranger', run: () => {} })
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', job: 'stranger', when: { every: '10m' } })
    await rota.schedules.put({ id: 'mine', job: nothing, when: { every: '10m' } })
    await rota.start()
    now += 10 * minute
    await until('ours is fired', async () => (await runsOf(rota, 'mine')).length === 1)
    expect(await runsOf(rota)).toEqual([])
    await expect(rota.schedules.trigger('one')).rejects.toMatchObject({
      code: 'job_unknown',
      field: 'job',
      message: expect.stringMatching(
        /^job: there is no definition "stranger"\. Known: .+\. A worker that has it tells/,
      ),
    })
    if (!shared) return
    await rotaWith({ jobs: [stranger] }).start()
    await until('it is fired', async () => (await runsOf(rota)).length === 1)
  })
})
