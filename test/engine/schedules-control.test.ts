/** What people do with schedules: pause, resume, trigger, backfill, look at the history. */
import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type JobId, type Rota, type RotaOptions, type } from '../../src/index.ts'
import { clocked } from '../support/clocked.ts'
import { gate, until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

const nothing = defineJob({ id: 'nothing', run: () => {} })
const minute = 60_000
const begin = Date.UTC(2027, 2, 1, 9)
const after = (minutes: number) => new Date(begin + minutes * minute)
/** Leases outlast every leap of the clock. */
const patient = { lease: '30d', poll: '20ms' } as const
const every10m = { job: nothing, when: { every: '10m' } } as const

onEveryStorage('control of schedules', ({ url, shared }) => {
  let now = begin
  afterEach(() => {
    now = begin
  })
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: clocked(url(), () => now), jobs: [nothing], ...patient, ...options })
    rotas.push(rota)
    return rota
  }
  const history = async (rota: Rota, id = 'one') =>
    (await rota.schedules.history(id, { limit: 1_000 })).events.toReversed()
  /** Slots in minutes. */
  const runs = async (rota: Rota, id = 'one') =>
    (await history(rota, id)).flatMap((event) =>
      event.kind === 'run' && !event.triggered ? [(Number(event.slot) - begin) / minute] : [],
    )
  const jobsOf = async (rota: Rota, id = 'one') =>
    (await rota.jobs.list({ filter: { schedule: id }, limit: 1_000 })).jobs.toReversed()

  test('nothing runs while it is paused; what is left out is recorded once, with its number', async () => {
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', ...every10m })
    await rota.schedules.put({ id: 'beside', ...every10m })
    expect(await rota.schedules.pause('one', { reason: 'the bank is closed' })).toMatchObject({
      ...{ state: 'paused', reason: 'the bank is closed', nextAt: null, resumesAt: null, updatedAt: new Date(begin) },
    })
    await rota.start()
    now += 47 * minute
    await until('the other one ran', async () => (await runs(rota, 'beside')).length === 1)
    expect(await history(rota)).toEqual([])
    const resumed = await rota.schedules.resume('one')
    expect(resumed).toMatchObject({ state: 'active', reason: null, nextAt: after(50), resumesAt: null })
    const left = { kind: 'skip', from: after(10), slot: after(40), count: 4, reason: 'paused', message: null }
    expect(await history(rota)).toEqual([left])
    expect(await rota.schedules.resume('one')).toMatchObject({ status: 'unchanged', state: 'active' })
    now += 5 * minute
    await until('it goes on', async () => (await runs(rota)).join() === '50')
    expect((await history(rota))[0]).toEqual(left)
    await rota.schedules.pause('one')
    expect(await rota.schedules.resume('one')).toMatchObject({ nextAt: after(60) })
    expect((await history(rota)).length).toBe(2)
  })

  test('what was due and not fired when it was paused does not run', async () => {
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', ...every10m })
    now += 25 * minute
    await rota.schedules.pause('one')
    await rota.start()
    await rota.schedules.put({ id: 'beside', ...every10m })
    now += 10 * minute
    await until('another one runs', async () => (await runs(rota, 'beside')).length === 1)
    await rota.schedules.resume('one')
    expect(await history(rota)).toMatchObject([{ kind: 'skip', from: after(10), slot: after(30), count: 3 }])
  })

  test('a pause ends by itself, after so long or at an instant', async () => {
    const rota = rotaWith()
    for (const id of ['for', 'until', 'later']) await rota.schedules.put({ id, ...every10m })
    expect(await rota.schedules.pause('for', { for: '35m' })).toMatchObject({ reason: 'paused', resumesAt: after(35) })
    await rota.schedules.pause('until', { until: after(60) })
    await rota.schedules.pause('until', { reason: 'longer', until: after(40) })
    await rota.schedules.put({ id: 'later', ...every10m, when: { cron: '*/10 * * * *' }, startsAt: after(90) })
    await rota.schedules.pause('later', { for: '10m' })
    await rota.start()
    now += 42 * minute
    const view = async (id: string) => rota.schedules.get(id)
    for (const id of ['for', 'until', 'later'])
      await until('it goes on', async () => (await view(id))?.state === 'active')
    for (const id of ['for', 'until']) {
      expect(await view(id)).toMatchObject({ reason: null, nextAt: after(50), resumesAt: null, runs: 0 })
      expect(await history(rota, id)).toMatchObject([{ from: after(10), slot: after(40), count: 4, reason: 'paused' }])
    }
    expect(await view('later')).toMatchObject({ nextAt: after(90) })
    expect(await history(rota, 'later')).toEqual([])
    now += 8 * minute
    await until(
      'they run',
      async () => (await runs(rota, 'for')).join() === '50' && (await runs(rota, 'until')).join() === '50',
    )
    expect(await runs(rota, 'later')).toEqual([])
  })

  test('a pause with wrong options is refused', async () => {
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', ...every10m })
    const pause = (options: unknown) => rota.schedules.pause('one', options as never)
    await expect(pause({ for: '1h', until: after(5) })).rejects.toMatchObject({
      code: 'option_invalid',
      field: 'until',
    })
    await expect(pause({ for: 'long' })).rejects.toMatchObject({ code: 'duration_invalid', field: 'for' })
    await expect(pause({ until: '2027-01-31' })).rejects.toMatchObject({ code: 'instant_invalid', field: 'until' })
    await expect(pause({ reason: 'x'.repeat(501) })).rejects.toMatchObject({ code: 'option_invalid', field: 'reason' })
    await expect(pause({ why: 'x' })).rejects.toMatchObject({ code: 'option_unknown', field: 'why' })
    await expect(pause('x')).rejects.toMatchObject({ code: 'option_invalid' })
    expect(await rota.schedules.get('one')).toMatchObject({ state: 'active', updatedAt: new Date(begin) })
  })

  test('trigger lets it run once more, with its input; its slots stay as they are', async () => {
    const seen: unknown[] = []
    const echo = defineJob({
      id: 'echo',
      input: type<string>(),
      run: (input, { schedule, missedCount, metadata }) => void seen.push(input, schedule, missedCount, metadata),
    })
    const rota = rotaWith({ jobs: [echo] })
    await rota.schedules.put({
      id: 'one',
      job: echo,
      when: { every: '10m' },
      input: 'Ada',
      metadata: { by: 'schedule' },
    })
    await rota.start()
    const { id, status } = await rota.schedules.trigger('one')
    expect(status).toBe('created')
    await rota.result(id as JobId)
    expect(seen).toEqual(['Ada', { id: 'one', slot: null }, 0, { by: 'schedule' }])
    expect((await rota.job(id as JobId))?.schedule).toEqual({ id: 'one', slot: null, missed: 0 })
    expect(await rota.schedules.get('one')).toMatchObject({ runs: 0, lastAt: null, nextAt: after(10) })
    expect(await history(rota)).toMatchObject([{ kind: 'run', job: id, triggered: true, missed: 0 }])
    await rota.schedules.pause('one', { reason: 'why', until: after(90) })
    expect((await rota.schedules.trigger('one')).status).toBe('created')
    expect(await rota.schedules.get('one')).toMatchObject({ state: 'paused', reason: 'why', resumesAt: after(90) })
    await until('both ran', () => seen.length === 8)
  })

  test('trigger minds the overlap of the schedule', async () => {
    const [begun, end] = [gate(), gate()]
    const slow = defineJob({
      id: 'slow',
      run: (_, { signal }) => {
        begun.open()
        return Promise.race([
          end.opened,
          new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason))),
        ])
      },
    })
    const rota = rotaWith({ jobs: [slow] })
    const put = (overlap: 'allow' | 'skip' | 'queue' | 'replace') =>
      rota.schedules.put({ id: 'one', job: slow, when: { every: '10m' }, overlap })
    await put('skip')
    await rota.start()
    const first = await rota.schedules.trigger('one')
    await begun.opened
    expect(await rota.schedules.trigger('one')).toEqual({ id: null, status: 'skipped' })
    await put('queue')
    const queued = await rota.schedules.trigger('one')
    expect((await rota.job(queued.id as JobId))?.state).toBe('blocked')
    await put('replace')
    const last = await rota.schedules.trigger('one')
    const state = async ({ id }: { id: JobId | null }) => (await rota.job(id as JobId))?.state
    await until('the last one took the place of the others', async () => (await state(first)) === 'cancelled')
    expect(await state(queued)).toBe('cancelled')
    end.open()
    await rota.result(last.id as JobId)
    const triggered = (await history(rota)).map((event) => event.kind === 'run' && event.triggered)
    expect(triggered).toEqual([true, true, true])
  })

  test('trigger of a job with a key gives the earlier one, and records nothing', async () => {
    const once = defineJob({ id: 'once', lane: 'nowhere', unique: { key: () => 'mine' }, run: () => {} })
    const rota = rotaWith({ jobs: [once] })
    await rota.schedules.put({ id: 'one', job: once, when: { every: '10m' } })
    const { id } = await rota.schedules.trigger('one')
    expect(await rota.schedules.trigger('one')).toEqual({ id, status: 'duplicate' })
    expect(await history(rota)).toMatchObject([{ kind: 'run', job: id }])
  })

  test('backfill: a dry run tells the slots; then each runs once, however often it is asked for', async () => {
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', ...every10m })
    await rota.start()
    now += 10 * minute
    await until('one ran', async () => (await runs(rota)).length === 1)
    const range = { from: after(-30), to: after(10) }
    const slots = [-30, -20, -10, 0, 10].map(after)
    expect(await rota.schedules.backfill('one', { ...range, dryRun: true })).toEqual({
      ...{ slots, more: false, stored: 0, duplicates: 0, refused: [] },
    })
    expect(await runs(rota)).toEqual([10])
    expect(await rota.schedules.backfill('one', { ...range, limit: 2 })).toEqual({
      ...{ slots: slots.slice(0, 2), more: true, stored: 2, duplicates: 0, refused: [] },
    })
    await until('they are over', async () => (await jobsOf(rota)).every(({ state }) => state === 'succeeded'))
    expect(await rota.schedules.backfill('one', range)).toEqual({
      slots,
      more: false,
      stored: 2,
      duplicates: 3,
      refused: [],
    })
    expect(await rota.schedules.backfill('one', range)).toMatchObject({ stored: 0, duplicates: 5 })
    expect(await runs(rota)).toEqual([-30, -20, -10, 0, 10])
    expect((await history(rota)).length).toBe(5)
    const told = (await jobsOf(rota)).map(({ schedule }) => schedule?.slot)
    expect(told).toEqual(slots)
    expect(await rota.schedules.get('one')).toMatchObject({ runs: 1, lastAt: after(10), nextAt: after(20) })
  })

  test('backfill leaves alone what is still to come, and what was skipped may run after all', async () => {
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', ...every10m, misfire: 'skip' })
    now += 35 * minute
    await rota.start()
    await until('they are skipped', async () => (await history(rota)).length === 1)
    const { slots, stored } = await rota.schedules.backfill('one', { from: after(10), to: after(90) })
    expect([slots, stored]).toEqual([[10, 20, 30].map(after), 3])
    now += 5 * minute
    await until('the next one runs', async () => (await runs(rota)).join() === '10,20,30,40')
    expect((await history(rota)).filter(({ kind }) => kind === 'skip')).toMatchObject([{ count: 3, reason: 'missed' }])
  })

  test('backfill where runs may not overlap: one after the other, in order', async () => {
    const order: number[] = []
    let running = 0
    let most = 0
    const work = defineJob({
      id: 'work',
      run: async (_, { scheduledFor }) => {
        most = Math.max(most, ++running)
        order.push((Number(scheduledFor) - begin) / minute)
        await new Promise((resolve) => setImmediate(resolve))
        running--
      },
    })
    const rota = rotaWith({ jobs: [work] })
    await rota.schedules.put({ id: 'one', job: work, when: { every: '1m' }, overlap: 'skip' })
    now += 30_000
    const numbers = Array.from({ length: 700 }, (_, n) => n - 699)
    const range = { from: after(-699), to: after(0) }
    expect((await rota.schedules.backfill('one', { ...range, limit: 700 })).stored).toBe(700)
    expect((await jobsOf(rota)).filter(({ state }) => state === 'blocked').length).toBe(699)
    await rota.start()
    await until('all ran', () => order.length === 700, 50_000)
    expect([order, most]).toEqual([numbers, 1])
  })

  test('backfill with wrong options is refused', async () => {
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', ...every10m })
    const backfill = (options: unknown) => rota.schedules.backfill('one', options as never)
    const range = { from: after(0), to: after(60) }
    await expect(backfill({ to: after(0) })).rejects.toMatchObject({ code: 'option_invalid', field: 'from' })
    await expect(backfill({ from: after(0) })).rejects.toMatchObject({ code: 'option_invalid', field: 'to' })
    await expect(backfill({ from: after(1), to: after(0) })).rejects.toMatchObject({ code: 'option_invalid' })
    await expect(backfill({ ...range, limit: 10_001 })).rejects.toMatchObject({
      code: 'option_invalid',
      field: 'limit',
    })
    await expect(backfill({ ...range, from: 'then' })).rejects.toMatchObject({ code: 'instant_invalid', field: 'from' })
    await expect(backfill({ ...range, dry: true })).rejects.toMatchObject({ code: 'option_unknown', field: 'dry' })
    await expect(backfill(undefined)).rejects.toMatchObject({ code: 'option_invalid' })
    expect(await jobsOf(rota)).toEqual([])
  })

  test('history: runs and skips in one order, newest first, page by page', async () => {
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', ...every10m, misfire: { all: { max: 3 } } })
    await rota.start()
    for (const minutes of [10, 20, 70, 80]) {
      now = begin + minutes * minute
      await until('it is fired', async () => Number((await rota.schedules.get('one'))?.nextAt) > now)
    }
    await rota.schedules.pause('one')
    now += 30 * minute
    await rota.schedules.resume('one')
    now += 10 * minute
    await until('it goes on', async () => (await runs(rota)).at(-1) === 120)
    const words = (events: Awaited<ReturnType<typeof history>>) =>
      events.map((event) =>
        event.kind === 'run'
          ? `${(Number(event.slot) - begin) / minute}`
          : `${(Number(event.from) - begin) / minute}-${(Number(event.slot) - begin) / minute} ${event.count} ${event.reason}`,
      )
    const all = ['120', '90-110 3 paused', '80', '70', '60', '50', '30-40 2 missed', '20', '10']
    expect(words((await rota.schedules.history('one')).events)).toEqual(all)
    const paged: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Awaited<ReturnType<typeof rota.schedules.history>> = await rota.schedules.history('one', {
        limit: 2,
        ...(cursor && { cursor }),
      })
      paged.push(...words(page.events))
      cursor = page.next
    }
    expect(paged).toEqual(all)
    await expect(rota.schedules.history('one', { limit: 0 })).rejects.toMatchObject({ field: 'limit' })
    await expect(rota.schedules.history('one', { after: 1 } as never)).rejects.toMatchObject({ code: 'option_unknown' })
    expect((await rota.schedules.history('nobody')).events).toEqual([])
  })

  test('a cluster that is passive stores schedules and fires none; one that is archived stores none', async () => {
    const storage = () => (shared ? clocked(url(), () => now) : 'sqlite::memory:')
    const rota = rotaWith({
      storage: undefined,
      clusters: { default: { storage: clocked(url(), () => now), mode: 'passive' } },
    } as never)
    const { id } = await rota.schedules.put({ id: 'one', ...every10m })
    await rota.start()
    now += 10 * minute
    expect((await rota.schedules.trigger(id)).status).toBe('created') // by which time it would have fired
    expect(await rota.schedules.get('one')).toMatchObject({ state: 'active', nextAt: after(10), runs: 0 })
    expect(await runs(rota)).toEqual([])
    if (!shared) return
    const old = rotaWith({
      storage: undefined,
      clusters: { default: { storage: storage(), mode: 'archived' } },
    } as never)
    await old.start()
    expect((await old.schedules.list()).schedules.map((one) => one.id)).toEqual(['one'])
    expect((await old.schedules.next('one', 1)).length).toBe(1)
    const range = { from: after(-60), to: after(0) }
    expect((await old.schedules.backfill('one', { ...range, dryRun: true })).slots.length).toBe(7)
    const refused = { code: 'cluster_archived' }
    await expect(old.schedules.put({ id: 'two', ...every10m })).rejects.toMatchObject(refused)
    for (const call of ['delete', 'pause', 'resume', 'reset', 'trigger'] as const)
      await expect(old.schedules[call]('one')).rejects.toMatchObject(refused)
    await expect(old.schedules.backfill('one', range)).rejects.toMatchObject(refused)
    await rotaWith().start() // an active one in another process
    await until('that fires it', async () => (await runs(rota)).join() === '10')
  })

  test('in a cluster of several, each call goes to the one it names', async () => {
    const rota = rotaWith({
      storage: undefined,
      clusters: { default: 'sqlite::memory:', sales: clocked(url(), () => now) },
    } as never)
    const sales = rota.cluster('sales')
    await sales.schedules.put({ id: 'one', ...every10m })
    expect(await rota.schedules.get('one')).toBeNull()
    const told: string[] = []
    rota.on('schedule:fired', ({ cluster, schedule }) => told.push(`${cluster} ${schedule}`))
    await rota.start()
    now += 10 * minute
    await until('it fires', () => told.length > 0)
    expect(told).toEqual(['sales one'])
    expect((await rota.jobs.list({ filter: { schedule: 'one' } })).jobs).toEqual([])
  })
})
