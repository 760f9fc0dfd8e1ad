/** Schedules are stored, changed, looked at and removed; what is wrong is told, and then nothing is stored. */
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createRota, defineJob, type Rota, type RotaOptions, type When } from '../../src/index.ts'
import { clocked } from '../support/clocked.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

const nothing = defineJob({ id: 'nothing', run: () => {} })
const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const begin = Date.UTC(2027, 2, 1, 9, 0, 30)

onEveryStorage('schedules', ({ url }) => {
  let now = begin
  const rotaWith = (options: RotaOptions = {}) => {
    now = begin
    const rota = createRota({ storage: clocked(url(), () => now), jobs: [nothing], ...options })
    rotas.push(rota)
    return rota
  }

  test('a schedule comes back as it was put, with every default', async () => {
    const rota = rotaWith()
    const put = await rota.schedules.put({ id: 'daily', job: nothing, when: { every: '1h' } })
    const { status, ...stored } = put
    expect(status).toBe('created')
    expect(stored).toEqual({
      id: 'daily',
      job: 'nothing',
      state: 'active',
      reason: null,
      origin: 'api',
      changed: false,
      owner: null,
      description: null,
      when: { every: hour },
      prose: 'every hour',
      immediate: false,
      timezone: 'UTC',
      dst: {},
      exclude: [],
      startsAt: null,
      endsAt: null,
      maxRuns: null,
      misfire: 'once',
      overlap: 'allow',
      jitter: null,
      runOn: 'one',
      input: undefined,
      options: {},
      nextAt: new Date(begin + hour),
      resumesAt: null,
      lastAt: null,
      runs: 0,
      createdAt: new Date(begin),
      updatedAt: new Date(begin),
    })
    expect(await rota.schedules.get('daily')).toEqual(stored)
    expect(await rota.schedules.get('nightly')).toBeNull()
  })

  test('everything that may be said is kept', async () => {
    const rota = rotaWith()
    const said = {
      timezone: 'Europe/Rome',
      dst: { gap: 'skip', repeat: 'both' },
      exclude: [{ weekdays: ['sat', 'sun'] }, { dates: ['12-25'] }],
      misfire: { all: { max: 7 } },
      overlap: 'queue',
      runOn: 'every',
      description: 'for the bank',
      owner: 'ada',
    } as const
    const { status } = await rota.schedules.put({
      ...said,
      id: 'a.b_c:d@e/f-1',
      job: nothing,
      when: { dailyAt: ['18:30', '09:00:10'] },
      startsAt: new Date(begin + day),
      endsAt: '2028-01-01T00:00:00+01:00',
      maxRuns: 12,
      jitter: { min: '1s', max: '2m' },
      input: { sub: 7 },
      priority: 'high',
      lane: 'mail',
      retries: 0,
      timeout: '1m',
      onTimeout: 'mark',
      onLapse: 'fail',
      expiresIn: '1h',
      metadata: { team: 'billing' },
      retention: { succeeded: '1d' },
    } as never)
    expect(status).toBe('created')
    expect(await rota.schedules.get('a.b_c:d@e/f-1')).toMatchObject({
      ...said,
      when: { dailyAt: ['18:30', '09:00:10'] },
      prose: 'every day at 09:00:10 and 18:30, except on sat and sun or on 12-25, Europe/Rome',
      startsAt: new Date(begin + day),
      endsAt: new Date('2027-12-31T23:00:00Z'),
      maxRuns: 12,
      jitter: { min: second, max: 2 * minute },
      input: { sub: 7 },
      options: {
        priority: 'high',
        lane: 'mail',
        retries: 0,
        timeout: '1m',
        onTimeout: 'mark',
        onLapse: 'fail',
        expiresIn: '1h',
        metadata: { team: 'billing' },
        retention: { succeeded: '1d' },
      },
      nextAt: new Date('2027-03-02T17:30:00Z'),
    })
  })

  const kinds: [When, object, string][] = [
    [{ every: '90s' }, { every: 90 * second }, '2027-03-01T09:02:00Z'],
    [
      { every: 90 * second, anchor: '2027-01-01T00:00:00Z' },
      { every: 90 * second, anchor: Date.UTC(2027, 0, 1) },
      '2027-03-01T09:01:30Z',
    ],
    [{ cron: '*/15 * * * *' }, { cron: '*/15 * * * *' }, '2027-03-01T09:15:00Z'],
    [{ cron: '40 0 9 * * *' }, { cron: '40 0 9 * * *' }, '2027-03-01T09:00:40Z'],
    [
      { cron: '0 0 12 L * ? 2027', dialect: 'quartz' },
      { cron: '0 0 12 L * ? 2027', dialect: 'quartz' },
      '2027-03-31T12:00:00Z',
    ],
    [{ natural: 'every weekday at 9am' }, { natural: 'every weekday at 9am' }, '2027-03-02T09:00:00Z'],
    [{ dailyAt: '09:00:31' }, { dailyAt: ['09:00:31'] }, '2027-03-01T09:00:31Z'],
    ['30 9 * * *', { cron: '30 9 * * *' }, '2027-03-01T09:30:00Z'],
    ['@daily', { cron: '@daily' }, '2027-03-02T00:00:00Z'],
    ['every day at 10:00', { natural: 'every day at 10:00' }, '2027-03-01T10:00:00Z'],
  ]
  test('every kind of `when`, also a bare text', async () => {
    const rota = rotaWith()
    for (const [i, [when, plain, next]] of kinds.entries()) {
      const { nextAt, ...view } = await rota.schedules.put({ id: `kind-${i}`, job: nothing, when })
      expect([view.when, nextAt]).toEqual([plain, new Date(next)])
      expect((await rota.schedules.next(`kind-${i}`, 1))[0]?.at).toEqual(new Date(next))
    }
  })

  test('put again: what is the same is unchanged, and what is not said goes back to its default', async () => {
    const rota = rotaWith()
    const one = { id: 'one', job: nothing, when: { every: '5m' }, overlap: 'skip', input: [1] } as const
    await rota.schedules.put(one)
    now += second
    const same = await rota.schedules.put({ ...one, when: { every: 5 * minute } })
    expect([same.status, same.updatedAt]).toEqual(['unchanged', new Date(begin)])
    const changed = await rota.schedules.put({ id: 'one', job: 'another', when: { every: '5m' }, owner: 'ada' })
    expect(changed).toMatchObject({
      ...{ status: 'updated', job: 'another', overlap: 'allow', owner: 'ada' },
      ...{ createdAt: new Date(begin), updatedAt: new Date(now) },
    })
    expect(changed.input).toBeUndefined()
  })

  test('the same times keep the slot that is next and the phase; other times begin anew', async () => {
    const rota = rotaWith()
    const one = { id: 'one', job: nothing, when: { every: '10m' } } as const
    await rota.schedules.put(one)
    now += 4 * minute
    const next = async (change: object) => Number((await rota.schedules.put({ ...one, ...change })).nextAt) - begin
    expect(await next({ input: 7, description: 'x', overlap: 'skip', jitter: '5s', misfire: 'skip' })).toBe(10 * minute)
    expect(await next({ endsAt: new Date(begin + hour) })).toBe(10 * minute)
    expect(await next({ when: { every: '20m' } })).toBe(24 * minute)
    now += minute
    expect(await next({ when: { every: '20m' }, priority: 'low' })).toBe(24 * minute)
    expect(await next({ when: { every: '20m' }, startsAt: new Date(begin + 7 * minute) })).toBe(7 * minute)
    expect(await next({ when: { every: '20m' }, exclude: { outside: ['09:30', '10:00'] } })).toBe(45 * minute)
  })

  test('a slot that was due and not fired is recorded when the times change', async () => {
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', job: nothing, when: { every: '10m' } })
    now += 35 * minute
    await rota.schedules.put({ id: 'one', job: nothing, when: { every: '10m' }, description: 'the same times' })
    expect((await rota.schedules.history('one')).events).toEqual([])
    expect((await rota.schedules.get('one'))?.nextAt).toEqual(new Date(begin + 10 * minute))
    await rota.schedules.put({ id: 'one', job: nothing, when: { every: '1d' } })
    expect((await rota.schedules.history('one')).events).toEqual([
      {
        ...{ kind: 'skip', reason: 'missed', message: 'the schedule was changed', count: 3 },
        ...{ from: new Date(begin + 10 * minute), slot: new Date(begin + 30 * minute) },
      },
    ])
  })

  test('one that is paused stays so, whatever is put', async () => {
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', job: nothing, when: { every: '10m' } })
    await rota.schedules.pause('one', { reason: 'a holiday', for: '1d' })
    now += minute
    const put = await rota.schedules.put({ id: 'one', job: nothing, when: { every: '1h' }, input: 1 })
    expect(put).toMatchObject({
      ...{ status: 'updated', state: 'paused', reason: 'a holiday', nextAt: null },
      ...{ resumesAt: new Date(begin + day), when: { every: hour } },
    })
    now += 2 * hour
    expect(await rota.schedules.resume('one')).toMatchObject({
      state: 'active',
      nextAt: new Date(begin + minute + 3 * hour),
    })
    const slots = { from: new Date(begin + minute + hour), slot: new Date(begin + minute + 2 * hour), count: 2 }
    expect((await rota.schedules.history('one')).events).toMatchObject([{ ...slots, reason: 'paused' }])
  })

  test('what is left out by a pause before its times change counts by the times that it had', async () => {
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', job: nothing, when: { every: '10m' } })
    await rota.schedules.pause('one')
    now += hour + second
    await rota.schedules.put({ id: 'one', job: nothing, when: { every: '1s' } })
    now += 10 * second
    await rota.schedules.resume('one')
    expect(
      (await rota.schedules.history('one')).events.map((event) => event.kind === 'skip' && [event.count, event.reason]),
    ).toEqual([
      [10, 'paused'],
      [6, 'paused'],
    ])
  })

  test('one that is over comes to life with other limits', async () => {
    const rota = rotaWith()
    const one = { id: 'one', job: nothing, when: { every: '10m' } } as const
    await rota.schedules.put({ ...one, endsAt: new Date(begin + 15 * minute) })
    now += hour
    await rota.start()
    await expect.poll(async () => (await rota.schedules.get('one'))?.state).toBe('completed')
    expect(await rota.schedules.next('one')).toEqual([])
    for (const change of ['pause', 'resume'] as const)
      await expect(rota.schedules[change]('one')).rejects.toMatchObject({ code: 'schedule_state', field: 'id' })
    expect(await rota.schedules.put(one)).toMatchObject({
      state: 'active',
      runs: 1,
      nextAt: new Date(begin + 70 * minute),
    })
    expect(await rota.schedules.put({ ...one, maxRuns: 1 })).toMatchObject({ state: 'completed', nextAt: null })
    expect(await rota.schedules.put({ ...one, maxRuns: 2 })).toMatchObject({ state: 'active' })
  })

  test('what is done to a view is done to nothing else', async () => {
    const rota = rotaWith()
    const shared = {
      job: nothing,
      when: { every: '1h' },
      exclude: [{ weekdays: ['sat'] }],
      metadata: { team: 'a' },
    } as const
    for (const id of ['one', 'two']) await rota.schedules.put({ id, ...shared })
    const view = (await rota.schedules.get('one')) as unknown as { exclude: unknown[]; options: { metadata: object } }
    view.exclude.push({ weekdays: ['sun'] })
    Object.assign(view.options.metadata, { team: 'b' })
    const other = await rota.schedules.get('two')
    expect([other?.exclude, other?.options.metadata]).toEqual([[{ weekdays: ['sat'] }], { team: 'a' }])
  })

  test('lists by job, state and origin, in pages', async () => {
    const rota = rotaWith()
    rota.schedule('coded', nothing).everyHours(1)
    const ids = Array.from({ length: 120 }, (_, i) => `s-${String(i).padStart(3, '0')}`)
    for (const [i, id] of ids.entries())
      await rota.schedules.put({ id, job: i % 3 === 0 ? nothing : `job-${i % 3}`, when: { every: '1h' } })
    await rota.schedules.pause('s-003')
    await rota.schedules.pause('s-004')
    const listed = async (options = {}) => (await rota.schedules.list(options)).schedules.map(({ id }) => id)
    expect(await listed()).toEqual(ids.slice(0, 50))
    const pages: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const { schedules, next } = await rota.schedules.list({ limit: 50, ...(cursor && { cursor }) })
      pages.push(...schedules.map(({ id }) => id))
      cursor = next
    }
    expect(pages).toEqual(ids)
    expect(await listed({ job: 'nothing', limit: 3 })).toEqual(['s-000', 's-003', 's-006'])
    expect((await listed({ job: ['job-1', 'job-2'], limit: 1_000 })).length).toBe(80)
    expect(await listed({ state: 'paused' })).toEqual(['s-003', 's-004'])
    expect(await listed({ state: ['paused', 'completed'], job: 'nothing' })).toEqual(['s-003'])
    expect(await listed({ origin: 'code' })).toEqual([])
    await rota.start()
    expect(await listed({ origin: 'code' })).toEqual(['coded'])
    expect((await listed({ origin: 'api', limit: 1_000 })).length).toBe(120)
    for (const wrong of [{ state: 'pausd' }, { limit: 0 }, { limit: 1_001 }, { origin: 'x' }, { jobs: 'nothing' }])
      await expect(rota.schedules.list(wrong as never)).rejects.toMatchObject({ code: /^option_/ as never })
  })

  test('one that is deleted is gone with the record of its slots; its jobs stay', async () => {
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', job: nothing, when: { every: '10m' } })
    const run = await rota.schedules.trigger('one')
    now += hour
    await rota.schedules.put({ id: 'one', job: nothing, when: { every: '1d' } })
    expect((await rota.schedules.history('one')).events.map(({ kind }) => kind).toSorted()).toEqual(['run', 'skip'])
    expect(await rota.schedules.delete('one')).toEqual({ id: 'one', status: 'deleted' })
    expect(await rota.schedules.get('one')).toBeNull()
    expect((await rota.schedules.history('one')).events.map(({ kind }) => kind)).toEqual(['run'])
    expect((await rota.jobs.list({ filter: { schedule: 'one' } })).jobs.map(({ id }) => id)).toEqual([run.id])
    const unknown = { code: 'schedule_not_found', field: 'id', message: 'There is no schedule "one".' }
    const { schedules } = rota
    for (const call of ['delete', 'pause', 'resume', 'reset', 'trigger', 'next'] as const)
      await expect(schedules[call]('one')).rejects.toMatchObject(unknown)
    const all = { from: new Date(begin), to: new Date(begin) }
    await expect(schedules.backfill('one', all)).rejects.toMatchObject(unknown)
    expect(await schedules.put({ id: 'one', job: nothing, when: { every: '1d' } })).toMatchObject({ status: 'created' })
  })

  test('the next runs, with the hours that a change of the clock moves', async () => {
    const rota = rotaWith()
    const rome = { job: nothing, timezone: 'Europe/Rome' }
    await rota.schedules.put({ ...rome, id: 'gap', when: { dailyAt: '02:30' }, startsAt: '2027-03-27T00:00:00Z' })
    expect(await rota.schedules.next('gap', 3)).toEqual([
      { at: new Date('2027-03-27T01:30:00Z'), local: '2027-03-27T02:30:00+01:00', shift: null },
      { at: new Date('2027-03-28T01:00:00Z'), local: '2027-03-28T03:00:00+02:00', shift: 'gap' },
      { at: new Date('2027-03-29T00:30:00Z'), local: '2027-03-29T02:30:00+02:00', shift: null },
    ])
    const both = { ...rome, id: 'both', when: { dailyAt: '02:30' }, dst: { repeat: 'both' } as const }
    await rota.schedules.put({ ...both, startsAt: '2027-10-31T00:00:00Z', endsAt: '2027-11-02T00:00:00Z' })
    expect(await rota.schedules.next('both')).toEqual([
      { at: new Date('2027-10-31T00:30:00Z'), local: '2027-10-31T02:30:00+02:00', shift: 'repeat' },
      { at: new Date('2027-10-31T01:30:00Z'), local: '2027-10-31T02:30:00+01:00', shift: 'repeat' },
      { at: new Date('2027-11-01T01:30:00Z'), local: '2027-11-01T02:30:00+01:00', shift: null },
    ])
    await rota.schedules.put({ id: 'two', job: nothing, when: { every: '1h' }, maxRuns: 2 })
    expect((await rota.schedules.next('two')).length).toBe(2)
    for (const n of [0, 1_001, 1.5, '5'])
      await expect(rota.schedules.next('two', n as never)).rejects.toMatchObject({ code: 'option_invalid', field: 'n' })
  })

  test('the next runs of one that is paused are those after its pause', async () => {
    const rota = rotaWith()
    await rota.schedules.put({ id: 'one', job: nothing, when: { every: '1h' } })
    await rota.schedules.pause('one', { until: new Date(begin + 150 * minute) })
    expect((await rota.schedules.next('one', 2)).map(({ at }) => Number(at) - begin)).toEqual([3 * hour, 4 * hour])
  })

  const wrong: [string, object, { code: string; field: string; message?: unknown }][] = [
    ['no `when`', { when: undefined }, { code: 'schedule_invalid', field: 'when' }],
    ['`when` null', { when: null }, { code: 'schedule_invalid', field: 'when' }],
    ['`when` without a kind', { when: {} }, { code: 'schedule_invalid', field: 'when' }],
    [
      'two kinds',
      { when: { every: '5m', cron: '* * * * *' } },
      {
        code: 'schedule_invalid',
        field: 'when',
        message: expect.stringContaining('every and cron do not go together'),
      },
    ],
    [
      'an anchor of cron',
      { when: { cron: '* * * * *', anchor: new Date() } },
      { code: 'schedule_invalid', field: 'when.anchor' },
    ],
    [
      'a dialect of an interval',
      { when: { every: '5m', dialect: 'quartz' } },
      { code: 'schedule_invalid', field: 'when.dialect' },
    ],
    ['a short interval', { when: { every: '999ms' } }, { code: 'schedule_invalid', field: 'when.every' }],
    ['no interval', { when: { every: 'often' } }, { code: 'duration_invalid', field: 'when.every' }],
    ['cron', { when: { cron: '61 * * * *' } }, { code: 'schedule_invalid', field: 'when.cron' }],
    ['natural', { when: { natural: 'every blue moon' } }, { code: 'schedule_invalid', field: 'when.natural' }],
    [
      'a time of day',
      { when: { dailyAt: ['09:00', '25:00'] } },
      { code: 'schedule_invalid', field: 'when.dailyAt[1]' },
    ],
    ['no time of day', { when: { dailyAt: [] } }, { code: 'schedule_invalid', field: 'when.dailyAt' }],
    ['a bare text like cron', { when: '* * * 13 *' }, { code: 'schedule_invalid', field: 'when' }],
    ['a bare text', { when: 'now and then' }, { code: 'schedule_invalid', field: 'when' }],
    ['a day that never comes', { when: { cron: '0 0 30 2 *' } }, { code: 'schedule_invalid', field: 'when.cron' }],
    [
      'a time that is left out whole',
      { when: { cron: '0 3 * * *' }, exclude: { outside: ['09:00', '17:00'] } },
      { code: 'schedule_invalid', field: 'exclude' },
    ],
    ['an end in the past', { endsAt: new Date(begin) }, { code: 'schedule_invalid', field: 'when' }],
    ['a zone', { timezone: 'Europe/Rom' }, { code: 'schedule_invalid', field: 'timezone' }],
    ['dst', { dst: { gap: 'first' } }, { code: 'option_invalid', field: 'gap' }],
    ['a calendar', { exclude: { days: ['sat'] } }, { code: 'schedule_invalid', field: 'exclude' }],
    [
      'a date',
      { exclude: [{ dates: ['12-25', '02-30'] }] },
      { code: 'schedule_invalid', field: 'exclude[0].dates[1]' },
    ],
    ['startsAt', { startsAt: '2027-01-31' }, { code: 'instant_invalid', field: 'startsAt' }],
    [
      'an end before the start',
      { startsAt: new Date(begin + hour), endsAt: new Date(begin + hour) },
      { code: 'option_invalid', field: 'startsAt' },
    ],
    ['maxRuns', { maxRuns: 0 }, { code: 'option_invalid', field: 'maxRuns' }],
    [
      'jitter',
      { jitter: { min: '30s', max: '10s' } },
      {
        code: 'option_invalid',
        field: 'jitter',
        message: expect.stringContaining('"min" (30000 ms) is more than "max"'),
      },
    ],
    ['jitter without max', { jitter: { min: '30s' } }, { code: 'option_invalid', field: 'jitter' }],
    ['misfire', { misfire: 'all' }, { code: 'option_invalid', field: 'misfire' }],
    ['misfire.all', { misfire: { all: { max: 1_001 } } }, { code: 'option_invalid', field: 'max' }],
    ['overlap', { overlap: 'skp' }, { code: 'option_invalid', field: 'overlap' }],
    ['runOn', { runOn: 'all' }, { code: 'option_invalid', field: 'runOn' }],
    ['description', { description: 'x'.repeat(501) }, { code: 'option_invalid', field: 'description' }],
    ['owner', { owner: 7 }, { code: 'option_invalid', field: 'owner' }],
    ['the id', { id: 'no id' }, { code: 'option_invalid', field: 'id' }],
    ['the job', { job: { id: 'nothing' } }, { code: 'job_invalid', field: 'job' }],
    ['the id of a job', { job: 'no job' }, { code: 'option_invalid', field: 'job' }],
    ['the lane', { lane: 'no lane' }, { code: 'option_invalid', field: 'lane' }],
    ['the timeout', { timeout: 'long' }, { code: 'duration_invalid', field: 'timeout' }],
    [
      'an unknown option',
      { overlaps: 'skip' },
      { code: 'option_unknown', field: 'overlaps', message: expect.stringContaining('did you mean "overlap"?') },
    ],
    [
      'the name in other tools',
      { tz: 'UTC' },
      { code: 'option_unknown', field: 'tz', message: expect.stringContaining('it is called "timezone"') },
    ],
    [
      'a kind beside `when`',
      { cron: '* * * * *' },
      { code: 'option_unknown', field: 'cron', message: expect.stringContaining('write when: { cron') },
    ],
    ['what only code may say', { immediate: true }, { code: 'option_unknown', field: 'immediate' }],
    ['a due time', { in: '5m' }, { code: 'option_unknown', field: 'in' }],
  ]
  test('what is wrong is named, and nothing is stored', async () => {
    const rota = rotaWith()
    for (const [what, change, error] of wrong) {
      const put = rota.schedules.put({ id: 'one', job: nothing, when: { every: '5m' }, ...change } as never)
      const told = await put.then(
        () => 'stored',
        ({ code, field, message }) => ({ what, code, field, message }),
      )
      expect(told).toEqual({ what, message: expect.stringContaining(''), ...error })
    }
    await expect(rota.schedules.put('one' as never)).rejects.toMatchObject({ code: 'option_invalid' })
    await expect(rota.schedules.put(undefined as never)).rejects.toMatchObject({ code: 'option_invalid' })
    expect((await rota.schedules.list()).schedules).toEqual([])
  })

  test('the input has to be one that the job takes, where the job is known, and small enough', async () => {
    const renew = defineJob({ id: 'renew', input: z.object({ sub: z.string() }), run: () => {} })
    const rota = rotaWith({ jobs: [renew], payloadLimit: 100 })
    const put = (job: unknown, input: unknown) =>
      rota.schedules.put({ id: 'one', job, input, when: { every: '5m' } } as never)
    for (const job of [renew, 'renew']) {
      await expect(put(job, { sub: 7 })).rejects.toMatchObject({
        code: 'input_invalid',
        field: expect.stringContaining('sub'),
      })
      await expect(put(job, undefined)).rejects.toMatchObject({ code: 'input_invalid' })
    }
    await expect(put('other', { sub: 'x'.repeat(91) })).rejects.toMatchObject({
      code: 'payload_too_large',
      field: 'input',
    })
    await expect(put('other', { on: new Date() })).rejects.toMatchObject({
      code: 'payload_not_json',
      field: 'input.on',
    })
    expect(await rota.schedules.get('one')).toBeNull()
    expect(await put('other', { sub: 7 })).toMatchObject({ status: 'created', job: 'other', input: { sub: 7 } })
    expect(await put('renew', { sub: '7' })).toMatchObject({ status: 'updated', job: 'renew', input: { sub: '7' } })
  })
})
