/** The middleware around enqueue sees each run of a schedule, as it sees calls of `enqueue`. */
import { afterEach, expect, test } from 'vitest'
import {
  createRota,
  defineJob,
  type Enqueued,
  type Middleware,
  type Rota,
  type RotaOptions,
  type,
} from '../../src/index.ts'
import { clocked } from '../support/clocked.ts'
import { gate, until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
process.on('unhandledRejection', note)
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
  await new Promise((resolve) => setImmediate(resolve))
  expect(unhandled.splice(0)).toEqual([]) // each would end the process of an application
})

const minute = 60_000
const begin = Date.UTC(2027, 2, 1, 9)
/** Leases outlast every leap of the clock. */
const patient = { lease: '30d', poll: '20ms' } as const
const echo = defineJob({ id: 'echo', input: type<string>(), run: (text) => text })
const every10m = { job: echo, when: { every: '10m' }, input: 'Ada' } as const

onEveryStorage('middleware around schedules', ({ url, shared }) => {
  let now = begin
  afterEach(() => {
    now = begin
  })
  const rotaWith = (enqueue: NonNullable<Middleware['enqueue']> | null, options: RotaOptions = {}) => {
    const middleware = enqueue === null ? [] : [{ enqueue }]
    const rota = createRota({ storage: clocked(url(), () => now), jobs: [echo], middleware, ...patient, ...options })
    rotas.push(rota)
    return rota
  }
  const jobsOf = async (rota: Rota, id = 'one') =>
    (await rota.jobs.list({ filter: { schedule: id } })).jobs.toReversed()
  const next = async (rota: Rota, id = 'one') => Number((await rota.schedules.get(id))?.nextAt)

  test('it sees what the schedule says, changes it, and hears when it is stored', async () => {
    const heard: unknown[] = []
    const rota = rotaWith(async (call, go) => {
      heard.push(call)
      const stored = await go({
        input: `${call.input} Lovelace`,
        options: { ...call.options, priority: 'high', metadata: { ...call.options.metadata, tenant: 7 } },
      })
      heard.push(stored)
      return stored
    })
    await rota.schedules.put({ id: 'one', ...every10m, lane: 'nowhere', metadata: { by: 'schedule' } })
    await rota.start()
    now += 10 * minute
    await until('it is told', () => heard.length === 2)
    const [job] = await jobsOf(rota)
    const options = { lane: 'nowhere', metadata: { by: 'schedule' } }
    expect(heard).toEqual([
      { cluster: 'default', job: 'echo', input: 'Ada', options },
      { id: job?.id, status: 'created' },
    ])
    expect(job).toMatchObject({
      ...{ input: 'Ada Lovelace', lane: 'nowhere', priority: 'high', metadata: { by: 'schedule', tenant: 7 } },
      schedule: { id: 'one', slot: new Date(now), missed: 0 },
    })
    expect(await rota.schedules.get('one')).toMatchObject({ input: 'Ada', options })
    heard.splice(0)
    const { id } = await rota.schedules.trigger('one')
    await until('it is told', () => heard.length === 2)
    expect(heard).toMatchObject([{ input: 'Ada' }, { id, status: 'created' }])
    await rota.schedules.backfill('one', { from: new Date(begin - 20 * minute), to: new Date(begin) })
    await until('it is told of each', () => heard.length === 8)
    expect((await jobsOf(rota)).every(({ input }) => input === 'Ada Lovelace')).toBe(true)
  })

  test('what it refuses is recorded with its message, and counts as no run; others go on', async () => {
    let closed = true
    const told: unknown[] = []
    const rota = rotaWith(async (call, go) => {
      if (closed && call.input === 'Ada') throw new Error('the shop is closed')
      return go()
    })
    rota.on('schedule:skipped', ({ schedule, reason }) => told.push([schedule, reason]))
    await rota.schedules.put({ id: 'one', ...every10m, maxRuns: 1 })
    await rota.schedules.put({ id: 'two', ...every10m, input: 'Bob' })
    await rota.start()
    now += 10 * minute
    await until('both are fired', async () => (await next(rota)) > now && (await next(rota, 'two')) > now)
    const slot = new Date(now)
    expect((await rota.schedules.history('one')).events).toEqual([
      { kind: 'skip', slot, from: slot, count: 1, reason: 'refused', message: 'the shop is closed' },
    ])
    expect(await rota.schedules.get('one')).toMatchObject({ state: 'active', runs: 0, lastAt: null })
    expect((await rota.schedules.history('two')).events.map(({ kind }) => kind)).toEqual(['run'])
    expect(told).toEqual([['one', 'refused']])
    await expect(rota.schedules.trigger('one')).rejects.toThrow('the shop is closed')
    const range = { from: slot, to: slot }
    expect(await rota.schedules.backfill('one', range)).toMatchObject({
      ...{ stored: 0, duplicates: 0 },
      refused: [{ slot, message: 'the shop is closed' }],
    })
    closed = false
    now += 10 * minute
    await until('it runs', async () => (await rota.schedules.get('one'))?.state === 'completed')
    expect(await rota.schedules.get('one')).toMatchObject({ runs: 1, lastAt: new Date(now) })
  })

  test('a schedule that nobody can read holds up no other', async () => {
    const storage = clocked(url(), () => now)
    await storage.migrate()
    const wrong = { id: 'a-wrong', job: 'echo', state: 'active', origin: 'api', owner: null, reason: null } as const
    const due = {
      override: null,
      serial: false,
      start: begin,
      nextAt: begin,
      pausedFrom: null,
      version: null,
      skips: [],
    }
    await storage.saveSchedules([{ ...wrong, ...due, rule: 'of a later version' }])
    const rota = createRota({ storage, jobs: [echo], ...patient })
    rotas.push(rota)
    const troubles: string[] = []
    rota.on('worker:trouble', ({ during }) => troubles.push(during))
    await rota.schedules.put({ id: 'one', ...every10m })
    await rota.start()
    now += 10 * minute
    await until('the other is fired', async () => (await next(rota)) > now)
    expect(new Set(troubles)).toEqual(new Set(['firing schedule "a-wrong"']))
  })

  const odd: [string, NonNullable<Middleware['enqueue']>, string][] = [
    ['gives nothing', async () => undefined as never, 'gave undefined'],
    [
      'gives an id of its own',
      async () => ({ id: 'mine' as never, status: 'created' }) as Enqueued,
      'did not let it through',
    ],
    ['throws what no database can hold', () => Promise.reject(new Error('a\0b\ud800c')), 'ab\ufffdc'],
    ['makes the input too large', (_, go) => go({ input: 'x'.repeat(200) }), 'payload'],
    [
      'names an option that there is not',
      (call, go) => go({ options: { ...call.options, lain: 'x' } as never }),
      'lain',
    ],
  ]
  test.each(odd)('one that %s', async (_, enqueue, message) => {
    const rota = rotaWith(enqueue, { payloadLimit: 100 })
    await rota.schedules.put({ id: 'one', ...every10m })
    await rota.start()
    now += 10 * minute
    await until('it is fired', async () => (await next(rota)) > now)
    const [event] = (await rota.schedules.history('one')).events
    expect(event).toMatchObject({ kind: 'skip', reason: 'refused', message: expect.stringContaining(message) })
    expect(await jobsOf(rota)).toEqual([])
  })

  test('one that fails after it was stored changes nothing', async () => {
    const rota = rotaWith(async (_, go) => {
      await go()
      throw new Error('too late')
    })
    await rota.schedules.put({ id: 'one', ...every10m })
    await rota.start()
    now += 10 * minute
    await until('it ran', async () => (await jobsOf(rota))[0]?.state === 'succeeded')
    expect((await rota.schedules.history('one')).events).toMatchObject([{ kind: 'run' }])
  })

  test('a slow one makes it late, and what was changed meanwhile counts', async () => {
    const [asked, go] = [gate(), gate()]
    const rota = rotaWith(async (_, pass) => {
      asked.open()
      await go.opened
      return pass()
    })
    await rota.schedules.put({ id: 'one', ...every10m })
    await rota.schedules.put({ id: 'two', ...every10m })
    await rota.start()
    now += 10 * minute
    await asked.opened
    await rota.schedules.pause('one')
    go.open()
    await until('the other one ran', async () => (await jobsOf(rota, 'two'))[0]?.state === 'succeeded')
    expect(await jobsOf(rota)).toEqual([])
    await rota.schedules.resume('one')
    expect((await rota.schedules.history('one')).events).toMatchObject([{ kind: 'skip', reason: 'paused', count: 1 }])
  })

  if (shared)
    test('where another process was faster, it hears of the job of that one', async () => {
      const [asked, go] = [gate(), gate()]
      const heard: Enqueued[] = []
      const slow = rotaWith(async (_, pass) => {
        asked.open()
        await go.opened
        const stored = await pass()
        heard.push(stored)
        return stored
      })
      await slow.schedules.put({ id: 'one', ...every10m, lane: 'nowhere' })
      await slow.start()
      now += 10 * minute
      await asked.opened
      const quick = rotaWith(null)
      await quick.start()
      await until('the other one fired it', async () => (await next(quick)) > now)
      go.open()
      await until('it is told', () => heard.length > 0)
      const jobs = await jobsOf(quick)
      expect(heard).toEqual([{ id: jobs[0]?.id, status: 'duplicate' }])
      expect(jobs.length).toBe(1)
      expect((await quick.schedules.history('one')).events).toMatchObject([{ kind: 'run' }])
    })

  if (shared) return // ten seconds are enough once

  test('one that never ends is given up, and the slot refused', async () => {
    const never = Promise.withResolvers<void>()
    const rota = rotaWith(async (call, go) => {
      if (call.input === 'Ada') await never.promise
      return go()
    })
    await rota.schedules.put({ id: 'one', ...every10m })
    await rota.schedules.put({ id: 'two', ...every10m, input: 'Bob' })
    await rota.start()
    now += 10 * minute
    await until('both are fired', async () => (await next(rota)) > now && (await next(rota, 'two')) > now, 30_000)
    expect((await rota.schedules.history('one')).events).toMatchObject([
      { reason: 'refused', message: 'A middleware took longer than 10 s.' },
    ])
    expect((await rota.schedules.history('two')).events).toMatchObject([{ kind: 'run' }])
    never.resolve()
  })
})
