/** Schedules that stand in the code: `rota.schedule` and profiles. Other objects in this process stand for other processes. */
import { afterEach, expect, test } from 'vitest'
import {
  createRota,
  defineJob,
  defineProfile,
  type JobId,
  type Profile,
  type Rota,
  type RotaOptions,
  type ScheduleBuilder,
  type,
} from '../../src/index.ts'
import { clocked } from '../support/clocked.ts'
import { until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

const nothing = defineJob({ id: 'nothing', run: () => {} })
const other = defineJob({ id: 'other', run: () => {} })
const minute = 60_000
const hour = 60 * minute
const begin = Date.UTC(2027, 2, 1, 9)
/** Who lives is looked at every 0.6 s. */
const attentive = { lease: '1s', poll: '50ms' } as const

onEveryStorage('static schedules', ({ url, shared }) => {
  let now = begin
  afterEach(() => {
    now = begin
  })
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: url(), jobs: [nothing, other], ...options })
    rotas.push(rota)
    return rota
  }
  const clockedRota = (options: RotaOptions = {}) =>
    rotaWith({ storage: clocked(url(), () => now), lease: '30d', poll: '20ms', ...options })
  const stateOf = async (rota: Rota, id: string) => (await rota.schedules.get(id))?.state

  const words: [name: string, say: (builder: ScheduleBuilder<never>) => unknown, said: object][] = [
    ['dailyAt', (s) => s.dailyAt('09:00:00', '18:30'), { when: { dailyAt: ['09:00:00', '18:30'] } }],
    ['everySeconds', (s) => s.everySeconds(30), { when: { every: 30_000 } }],
    ['everyMinutes', (s) => s.everyMinutes(15), { when: { every: 15 * minute } }],
    ['everyHours', (s) => s.everyHours(2), { when: { every: 2 * hour } }],
    ['every', (s) => s.every('90s'), { when: { every: 90_000 } }],
    [
      'anchor',
      (s) => s.every('1d', { anchor: '2027-01-01T05:00:00Z' }),
      { when: { every: 24 * hour, anchor: Date.UTC(2027, 0, 1, 5) } },
    ],
    ['cron', (s) => s.cron('0 9 * * 1-5'), { when: { cron: '0 9 * * 1-5' } }],
    [
      'quartz',
      (s) => s.cron('0 0 12 ? * FRI#1', { dialect: 'quartz' }),
      { when: { cron: '0 0 12 ? * FRI#1', dialect: 'quartz' } },
    ],
    ['natural', (s) => s.natural('every weekday at 9am'), { when: { natural: 'every weekday at 9am' } }],
    ['immediate', (s) => s.immediate().everyHours(1), { immediate: true, when: { every: hour } }],
    ['at-start', (s) => s.immediate(), { immediate: true, when: null, nextAt: null, state: 'active' }],
    ['weekdays', (s) => s.everyHours(1).weekdays(), { exclude: [{ weekdays: ['sat', 'sun'] }] }],
    [
      'exclude',
      (s) =>
        s
          .everyHours(1)
          .between('09:00', '17:00')
          .exclude({ dates: ['12-25'] }, { cron: '* 12 * * *' }),
      { exclude: [{ outside: ['09:00', '17:00'] }, { dates: ['12-25'] }, { cron: '* 12 * * *' }] },
    ],
    [
      'zone',
      (s) => s.dailyAt('02:30').timezone('Europe/Rome').dst({ gap: 'skip', repeat: 'both' }),
      { timezone: 'Europe/Rome', dst: { gap: 'skip', repeat: 'both' } },
    ],
    ['one-server', (s) => s.everyHours(1).onEveryServer().onOneServer(), { runOn: 'one' }],
    ['every-server', (s) => s.everyHours(1).onEveryServer(), { runOn: 'every' }],
    ['without', (s) => s.everyHours(1).withoutOverlapping(), { overlap: 'skip' }],
    ['overlap', (s) => s.everyHours(1).overlap('queue'), { overlap: 'queue' }],
    ['delay', (s) => s.everyHours(1).randomDelay(10, 30.5), { jitter: { min: 10_000, max: 30_500 } }],
    ['misfire', (s) => s.everyHours(1).misfire({ all: { max: 3 } }), { misfire: { all: { max: 3 } } }],
    [
      'limits',
      (s) => s.everyHours(1).startsAt('2099-01-01T00:00:00Z').endsAt(new Date('2099-02-01T00:00:00Z')).maxRuns(7),
      {
        ...{ startsAt: new Date('2099-01-01T00:00:00Z'), endsAt: new Date('2099-02-01T00:00:00Z'), maxRuns: 7 },
        nextAt: new Date('2099-01-01T00:00:00Z'),
      },
    ],
    ['input', (s) => s.everyHours(1).input({ to: 'Ada' } as never), { input: { to: 'Ada' } }],
    ['words', (s) => s.everyHours(1).describedAs('tidies up').owner('ada'), { description: 'tidies up', owner: 'ada' }],
    [
      'job-options',
      (s) =>
        s
          .everyHours(1)
          .priority('low')
          .lane('side')
          .retries(1)
          .timeout('1m')
          .options({ expiresIn: '1h', metadata: { a: 1 } }),
      { options: { priority: 'low', lane: 'side', retries: 1, timeout: '1m', expiresIn: '1h', metadata: { a: 1 } } },
    ],
  ]

  test('each word of the chain says what it says, and gives the chain', async () => {
    const rota = rotaWith({ lanes: { nobody: 1 } })
    for (const [name, say] of words) {
      const builder = rota.schedule(name, nothing)
      expect(say(builder as never)).toBe(builder)
    }
    expect((await rota.schedules.list()).schedules).toEqual([])
    await rota.start()
    for (const [name, , said] of words)
      expect(await rota.schedules.get(name)).toMatchObject({ origin: 'code', job: 'nothing', changed: false, ...said })
    expect((await rota.schedules.list({ origin: 'code' })).schedules.length).toBe(words.length)
  })

  test('a schedule is no promise', async () => {
    const builder = rotaWith().schedule('one', nothing).everyHours(1)
    expect('then' in builder).toBe(false)
    expect(await builder).toBe(builder)
  })

  const wrong: [string, (builder: ScheduleBuilder<never>) => unknown, { code: string; field?: string }][] = [
    ['a time of day', (s) => s.dailyAt('25:00'), { code: 'schedule_invalid', field: 'when.dailyAt[0]' }],
    ['no time of day', (s) => (s.dailyAt as () => unknown)(), { code: 'schedule_invalid', field: 'when.dailyAt' }],
    ['seconds', (s) => s.everySeconds(0.5), { code: 'option_invalid', field: 'everySeconds' }],
    ['minutes', (s) => s.everyMinutes(-1), { code: 'option_invalid', field: 'everyMinutes' }],
    ['hours', (s) => s.everyHours('2' as never), { code: 'option_invalid', field: 'everyHours' }],
    ['an interval', (s) => s.every('1ms'), { code: 'schedule_invalid', field: 'when.every' }],
    ['an anchor', (s) => s.every('1h', { anchor: 'noon' }), { code: 'instant_invalid', field: 'when.anchor' }],
    ['cron', (s) => s.cron('61 * * * *'), { code: 'schedule_invalid', field: 'when.cron' }],
    ['natural', (s) => s.natural('now and then'), { code: 'schedule_invalid', field: 'when.natural' }],
    ['two times', (s) => s.everyHours(1).dailyAt('09:00'), { code: 'schedule_invalid', field: 'when' }],
    ['a window', (s) => s.between('9', '17:00'), { code: 'schedule_invalid', field: 'exclude[0].outside[0]' }],
    ['a zone', (s) => s.timezone('Rome'), { code: 'schedule_invalid', field: 'timezone' }],
    ['dst', (s) => s.dst({ gap: 'last' } as never), { code: 'option_invalid' }],
    ['overlap', (s) => s.overlap('never' as never), { code: 'option_invalid', field: 'overlap' }],
    ['misfire', (s) => s.misfire('all' as never), { code: 'option_invalid', field: 'misfire' }],
    ['a delay', (s) => s.randomDelay(30, 10), { code: 'option_invalid', field: 'jitter' }],
    ['half a delay', (s) => (s.randomDelay as (min: number) => unknown)(30), { code: 'option_invalid', field: 'max' }],
    ['a delay in words', (s) => s.randomDelay('10s' as never, 30), { code: 'option_invalid', field: 'min' }],
    ['a start', (s) => s.startsAt('tomorrow'), { code: 'instant_invalid', field: 'startsAt' }],
    [
      'an end',
      (s) => s.startsAt('2099-01-01T00:00:00Z').endsAt('2098-01-01T00:00:00Z'),
      { code: 'option_invalid', field: 'startsAt' },
    ],
    ['runs', (s) => s.maxRuns(0), { code: 'option_invalid', field: 'maxRuns' }],
    ['the lane', (s) => s.lane('no lane'), { code: 'option_invalid', field: 'lane' }],
    ['the input', (s) => s.input(new Date() as never), { code: 'payload_not_json', field: 'input' }],
    ['an option', (s) => s.options({ in: '5m' } as never), { code: 'option_unknown', field: 'in' }],
  ]
  test('what is wrong is told at once', () => {
    const rota = rotaWith()
    for (const [what, say, error] of wrong) {
      const told = () => {
        try {
          return say(rota.schedule(what.replaceAll(' ', '-'), nothing) as never)
        } catch (thrown) {
          return thrown
        }
      }
      expect([what, told()]).toEqual([what, expect.objectContaining(error)])
    }
    expect(() => rota.schedule('no id', nothing)).toThrow('name: "no id"')
    expect(() => rota.schedule('one', { id: 'nothing' } as never)).toThrow(
      expect.objectContaining({ code: 'job_invalid' }),
    )
    const twin = defineJob({ id: 'nothing', run: () => {} })
    expect(() => rota.schedule('one', twin)).toThrow(expect.objectContaining({ code: 'job_duplicate', field: 'job' }))
  })

  test('one that says nothing about its times is told at the start', async () => {
    const rota = rotaWith()
    rota.schedule('one', nothing).onOneServer()
    await expect(rota.start()).rejects.toMatchObject({
      code: 'schedule_invalid',
      field: 'when',
      message: /schedule "one"/ as never,
    })
  })

  test('a function is a job of that name', async () => {
    const seen: unknown[] = []
    const rota = clockedRota({ jobs: [] })
    rota.schedule('health:check', (ctx) => void seen.push(ctx.job, ctx.schedule)).everyMinutes(10)
    await rota.start()
    now += 10 * minute
    await until('it ran', () => seen.length === 2)
    expect(seen).toEqual(['health:check', { id: 'health:check', slot: new Date(now) }])
  })

  test('what is said after the start is stored a moment later', async () => {
    const troubles: unknown[] = []
    const rota = rotaWith()
    rota.on('worker:trouble', ({ error }) => troubles.push(error))
    await rota.start()
    rota.schedule('late', nothing).everyHours(1).describedAs('said before it is stored')
    await until(
      'it is stored',
      async () => (await rota.schedules.get('late'))?.description === 'said before it is stored',
    )
    expect(() => rota.schedule('new', () => {})).toThrow(expect.objectContaining({ code: 'job_unknown', field: 'job' }))
    rota.schedule('empty', nothing)
    await until('that is told', () => troubles.length === 1)
    expect(troubles).toMatchObject([{ code: 'schedule_invalid', field: 'when' }])
  })

  test('immediate: once at each start, beside its slots', async () => {
    const seen: unknown[] = []
    const run = defineJob({ id: 'run', run: (_, { schedule }) => void seen.push(schedule?.slot) })
    const start = async () => {
      const rota = clockedRota({ jobs: [run] })
      rota.schedule('one', run).immediate().everyMinutes(10)
      rota.schedule('two', run).immediate()
      await rota.start()
      return rota
    }
    const rota = await start()
    await until('both ran', () => seen.length === 2)
    now += 10 * minute
    await until('its slot ran', () => seen.length === 3)
    expect(seen).toEqual([null, null, new Date(now)])
    expect(await rota.schedules.get('two')).toMatchObject({ state: 'active', prose: 'once at each start', runs: 0 })
    expect(await rota.schedules.next('two')).toEqual([])
    if (!shared) return
    seen.splice(0)
    await rota.schedules.pause('two', { for: '1h' })
    await rota.stop()
    const again = await start()
    await until('one ran again', () => seen.length === 1)
    now += hour
    await until('the pause is over', async () => (await stateOf(again, 'two')) === 'active')
    expect((await again.schedules.history('two')).events.length).toBe(1)
  })

  test('an immediate run that is refused is told, and the process works', async () => {
    const troubles: string[] = []
    const middleware = [{ enqueue: () => Promise.reject(new Error('not now')) }]
    const rota = rotaWith({ middleware })
    rota.on('worker:trouble', ({ during }) => troubles.push(during))
    rota.schedule('one', nothing).immediate().everyHours(1)
    await rota.start()
    expect(troubles).toEqual(['the immediate run of schedule "one"'])
    expect(await stateOf(rota, 'one')).toBe('active')
  })

  test('a profile: ids from the cluster, the profile and the job', async () => {
    const maint = defineProfile('maint', (s) => {
      s.add(nothing, { every: '1d' })
      s.add(other, 'every weekday at 9am', { id: 'HourlySync', overlap: 'skip', lane: 'side', owner: 'ada' })
    })
    const rota = createRota({ clusters: { sales: url() }, profiles: [maint] })
    rotas.push(rota)
    await rota.start()
    const { schedules } = await rota.schedules.list({ origin: 'code' })
    expect(schedules.map(({ id, job }) => [id, job])).toEqual([
      ['sales:maint:HourlySync', 'other'],
      ['sales:maint:nothing', 'nothing'],
    ])
    expect(schedules[0]).toMatchObject({ overlap: 'skip', options: { lane: 'side' }, owner: 'ada', input: undefined })
  })

  test('a profile with what it cannot hold is refused', () => {
    const add =
      (...args: unknown[]) =>
      () =>
        defineProfile('maint', (s) => (s.add as (...all: unknown[]) => void)(...args))
    const refused = (error: object) => expect.objectContaining(error)
    expect(add(nothing, { every: '1d' }, { input: 1 })).toThrow(refused({ code: 'option_invalid', field: 'input' }))
    expect(add(nothing, { every: '1ms' })).toThrow(refused({ code: 'schedule_invalid', field: 'when.every' }))
    expect(add(nothing, { every: '1d' }, { ovrlap: 'skip' })).toThrow(
      refused({ code: 'option_unknown', field: 'ovrlap' }),
    )
    expect(add({ id: 'x' }, { every: '1d' })).toThrow(refused({ code: 'job_invalid' }))
    expect(add(nothing, { every: '1d' }, { id: 'no id' })).toThrow(refused({ code: 'option_invalid', field: 'id' }))
    const twice = () =>
      defineProfile('maint', (s) => {
        s.add(nothing, { every: '1d' })
        s.add(nothing, { every: '1h' })
      })
    expect(twice).toThrow(refused({ code: 'option_invalid', field: 'id' }))
    expect(() => defineProfile('no name', () => {})).toThrow(refused({ code: 'option_invalid', field: 'name' }))
    expect(() => rotaWith({ profiles: ['maint'] as never })).toThrow(
      refused({ code: 'option_invalid', field: 'profiles' }),
    )
  })

  test('a schedule keeps its next slot when the process comes back with the same code', async () => {
    if (!shared) return
    const start = async (minutes: number) => {
      const rota = clockedRota()
      rota.schedule('one', nothing).everyMinutes(minutes)
      await rota.start()
      return rota
    }
    const first = await start(10)
    now += 4 * minute
    await first.stop()
    const second = await start(10)
    expect((await second.schedules.get('one'))?.nextAt).toEqual(new Date(begin + 10 * minute))
    await second.stop()
    const third = await start(20)
    expect((await third.schedules.get('one'))?.nextAt).toEqual(new Date(begin + 24 * minute))
  })

  test('what people change stays through deploys, until they take it back', async () => {
    const start = async (seconds: number, owner: string) => {
      const rota = rotaWith()
      rota.schedule('one', nothing).everySeconds(seconds).owner(owner).describedAs('v1').lane('side').priority('low')
      await rota.start()
      return rota
    }
    const first = await start(3_600, 'ada')
    const put = { id: 'one', job: nothing, when: { every: '2h' }, overlap: 'queue', lane: 'mail' } as const
    expect(await first.schedules.put(put)).toMatchObject({
      ...{ status: 'updated', origin: 'code', changed: true, when: { every: 2 * hour }, overlap: 'queue' },
      ...{ description: 'v1', owner: 'ada', options: { lane: 'mail', priority: 'low' } },
    })
    expect(await first.schedules.put({ ...put, owner: 'bob' })).toMatchObject({ owner: 'bob' })
    expect(await first.schedules.put({ ...put, owner: 'bob' })).toMatchObject({ status: 'unchanged' })
    const elsewhere = first.schedules.put({ ...put, job: other })
    await expect(elsewhere).rejects.toMatchObject({ code: 'option_invalid', field: 'job' })
    if (shared) await first.stop()
    const second = shared ? await start(30 * 60, 'cleo') : first
    expect(await second.schedules.get('one')).toMatchObject({
      when: { every: 2 * hour },
      overlap: 'queue',
      owner: 'bob',
    })
    const reset = await second.schedules.reset('one')
    expect(reset).toMatchObject({ status: 'updated', changed: false, overlap: 'allow', options: { lane: 'side' } })
    expect(reset).toMatchObject(
      shared ? { when: { every: hour / 2 }, owner: 'cleo' } : { when: { every: hour }, owner: 'ada' },
    )
    expect(await second.schedules.reset('one')).toMatchObject({ status: 'unchanged' })
  })

  test('one that was deleted comes back with the next start, and not before', async () => {
    const start = async () => {
      const rota = rotaWith(attentive)
      rota.schedule('one', nothing).everyHours(1)
      await rota.start()
      return rota
    }
    const first = await start()
    await first.schedules.delete('one')
    if (!shared) return
    const brief = rotaWith(attentive)
    brief.schedule('two', nothing).everyHours(1)
    await brief.start()
    await brief.stop() // maybe before anybody has seen it
    await until('what only that one had is retired', async () => (await stateOf(first, 'two')) === 'inactive')
    expect(await first.schedules.get('one')).toBeNull()
    await start()
    expect(await stateOf(first, 'one')).toBe('active')
  })

  if (!shared) return

  const hourly = (name: string) => defineProfile(name, (s) => s.add(nothing, { every: '1h' }))
  const processWith = async (...profiles: Profile[]) => {
    const rota = rotaWith({ ...attentive, profiles })
    await rota.start()
    return rota
  }

  test('inactive when it is gone from the code of every live worker, and back with it', async () => {
    const [p, q] = [hourly('p'), hourly('q')]
    const id = 'default:p:nothing'
    const both = [await processWith(p, q), await processWith(p, q)] as const
    const watcher = await processWith(q)
    await watcher.schedules.put({ id: 'dynamic', job: nothing, when: { every: '1h' } })
    await both[0].stop()
    await until('the census has seen it', async () => (await watcher.workers()).length === 2)
    await both[1].schedules.pause('default:q:nothing')
    expect(await stateOf(watcher, id)).toBe('active') // another one still has it
    await both[1].stop()
    await until('it is retired', async () => (await stateOf(watcher, id)) === 'inactive')
    expect(await watcher.schedules.get(id)).toMatchObject({
      ...{ state: 'inactive', reason: 'no live worker has it in its code', nextAt: null },
    })
    for (const call of ['pause', 'resume'] as const)
      await expect(watcher.schedules[call](id)).rejects.toMatchObject({ code: 'schedule_state' })
    expect(await watcher.schedules.next(id)).toEqual([])
    expect([await stateOf(watcher, 'dynamic'), await stateOf(watcher, 'default:q:nothing')]).toEqual([
      'active',
      'paused',
    ])
    await processWith(p)
    expect(await watcher.schedules.get(id)).toMatchObject({ state: 'active', reason: null, nextAt: expect.any(Date) })
  })

  test('one that is paused stays paused while nobody has it, and with what people changed', async () => {
    const [p, q] = [hourly('p'), hourly('q')]
    const [first, watcher] = [await processWith(p, q), await processWith(q)]
    const [a, b] = ['default:p:nothing', 'default:q:nothing']
    await first.schedules.put({ id: a, job: nothing, when: { every: '2h' } })
    await first.schedules.pause(a, { reason: 'mine' })
    await first.stop()
    const other = await processWith(hourly('r')) // so that there is something to see
    await other.stop()
    await until('what is gone is retired', async () => (await stateOf(watcher, 'default:r:nothing')) === 'inactive')
    expect(await watcher.schedules.get(a)).toMatchObject({ state: 'paused', reason: 'mine', when: { every: 2 * hour } })
    expect(await stateOf(watcher, b)).toBe('active')
    await processWith(p)
    expect(await watcher.schedules.get(a)).toMatchObject({ state: 'paused', changed: true })
    expect(await watcher.schedules.resume(a)).toMatchObject({ state: 'active', when: { every: 2 * hour } })
  })

  test('an override outlives the time in which nobody has it', async () => {
    const [p, q] = [hourly('p'), hourly('q')]
    const [first, watcher] = [await processWith(p), await processWith(q)]
    const id = 'default:p:nothing'
    await first.schedules.put({ id, job: nothing, when: { every: '2h' } })
    await first.stop()
    await until('it is retired', async () => (await stateOf(watcher, id)) === 'inactive')
    const changed = await watcher.schedules.put({ id, job: nothing, when: { every: '3h' } })
    expect(changed).toMatchObject({ status: 'updated', state: 'inactive', nextAt: null, when: { every: 3 * hour } })
    await processWith(p)
    expect(await watcher.schedules.get(id)).toMatchObject({ state: 'active', changed: true, when: { every: 3 * hour } })
  })

  test('a worker with old code that sees a new one does not bring its own back', async () => {
    const version = async (every: string, name: string) => {
      const rota = rotaWith({ ...attentive, worker: { name } })
      rota.schedule('one', nothing).every(every)
      rota.schedule(name, nothing).everyHours(1)
      await rota.start()
      return rota
    }
    const old = await version('1h', 'old')
    const fresh = await version('2h', 'fresh')
    const seen = await version('2h', 'gone')
    await seen.stop()
    // By the time somebody has retired what only that one had, each has looked who lives.
    await until('the census was taken', async () => (await stateOf(old, 'gone')) === 'inactive')
    expect((await fresh.schedules.get('one'))?.when).toEqual({ every: 2 * hour })
    await old.stop()
    await until('the old one is gone', async () => (await stateOf(fresh, 'old')) === 'inactive')
    expect((await fresh.schedules.get('one'))?.when).toEqual({ every: 2 * hour })
  })

  test('one that is said after the start is not retired by others', async () => {
    const [first, watcher] = [await processWith(), await processWith(hourly('q'))]
    first.schedule('late', nothing).everyHours(1)
    await until('it is stored', async () => (await stateOf(first, 'late')) === 'active')
    const gone = await processWith(hourly('r'))
    await gone.stop()
    await until('the census was taken', async () => (await stateOf(watcher, 'default:r:nothing')) === 'inactive')
    expect(await stateOf(watcher, 'late')).toBe('active')
  })

  test('one server or every server, said in the chain', async () => {
    const ran: string[] = []
    const work = (name: string) =>
      defineJob({ id: 'work', input: type<string>(), run: (to) => void ran.push(`${name} ${to}`) })
    const start = async (name: string) => {
      const job = work(name)
      const rota = clockedRota({ jobs: [job] })
      rota.schedule('each', job).everyMinutes(10).onEveryServer().input('each')
      rota.schedule('one', job).everyMinutes(10).onOneServer().input('one')
      await rota.start()
      return rota
    }
    const all = [await start('a'), await start('b'), await start('c')]
    now += 10 * minute
    await until('all ran', () => ran.length === 4)
    expect(ran.filter((text) => text.endsWith('each')).toSorted()).toEqual(['a each', 'b each', 'c each'])
    const { jobs } = await (all[0] as Rota).jobs.list({ filter: { schedule: 'one' } })
    expect(jobs.length).toBe(1)
    expect(await (all[0] as Rota).result(jobs[0]?.id as JobId)).toBeUndefined()
  })
})
