/** Schedules: written only if they are still what was seen, and found when they are due. */
import { deepEqual, equal } from 'node:assert/strict'
import type { ClaimedJob, NewestSkipsQuery, ScheduleQuery, ScheduleSave } from '../../storage/contract.ts'
import { type Cases, minute } from './kit.ts'
import { any, day, firing, hour, idsOf, run, save, skip, stored } from './schedule-kit.ts'

export const scheduling: Cases = {
  async 'a schedule comes back as it was saved'(kit) {
    const { storage, now } = kit
    const plain = save(kit)
    const full = save(kit, {
      ...{ id: 'Ünusual "id" \' %', job: 'other', state: 'paused', origin: 'code', owner: 'team', reason: 'a holiday' },
      ...{ rule: '{"cron":"* * * * *"}', override: '{"lane":"x"}', serial: true },
      ...{ start: -5, nextAt: now() + 400 * day, pausedFrom: now() + hour },
    } as const)
    deepEqual((await storage.saveSchedules([plain, full])).toSorted(), idsOf([plain, full]).toSorted())
    const counted = { lastAt: null, runs: 0, version: 1, createdAt: now(), updatedAt: now() }
    const asStored = ({ version: _v, skips: _s, ...schedule }: ScheduleSave) => ({ ...schedule, ...counted })
    deepEqual(await storage.schedules(any), { now: now(), schedules: [asStored(plain), asStored(full)] })
    deepEqual(await storage.saveSchedules([]), [])
  },

  async 'a schedule that is new does not overwrite one that is there'(kit) {
    const { storage, now } = kit
    await storage.saveSchedules([save(kit)])
    const before = await stored(storage)
    const late = save(kit, { rule: '{"every":"2h"}', skips: [skip(now())] })
    deepEqual(await storage.saveSchedules([late, save(kit, { id: 'other' })]), ['other'])
    deepEqual(await stored(storage), before)
    deepEqual(await storage.skips('daily', null, 10), [])
  },

  async 'a schedule is changed only in the version that was seen, and keeps what was counted'(kit) {
    const { storage, now, pass } = kit
    await storage.saveSchedules([save(kit)])
    await storage.fire([firing(kit)])
    const before = await stored(storage)
    pass(minute)
    const change = save(kit, {
      ...{ job: 'other', state: 'paused', origin: 'code', owner: 'me', reason: 'why', rule: '2', override: '3' },
      ...{ serial: true, start: 1, nextAt: null, pausedFrom: now(), version: 2 },
    } as const)
    deepEqual(await storage.saveSchedules([change]), ['daily'])
    const { version: _, skips: _s, ...fields } = change
    deepEqual(await stored(storage), { ...before, ...fields, version: 3, updatedAt: now() })
    for (const version of [null, 1, 2, 4]) deepEqual(await storage.saveSchedules([save(kit, { version })]), [])
    deepEqual(await storage.saveSchedules([save(kit, { id: 'unknown', version: 1 })]), [])
    equal((await stored(storage)).version, 3)
    equal((await storage.schedules(any)).schedules.length, 1)
  },

  async 'of several saves each is for itself'(kit) {
    const { storage, now } = kit
    await storage.saveSchedules([save(kit, { id: 'a' }), save(kit, { id: 'b' }), save(kit, { id: 'c' })])
    await storage.saveSchedules([save(kit, { id: 'b', rule: '2', version: 1 })])
    const changed = { rule: '3', version: 1, skips: [skip(now(), 'paused')] }
    const saves = ['c', 'b', 'a'].map((id) => save(kit, { id, ...changed }))
    deepEqual((await storage.saveSchedules([...saves, save(kit, { id: 'd' })])).toSorted(), ['a', 'c', 'd'])
    deepEqual(
      (await storage.schedules(any)).schedules.map(({ id, rule, version }) => [id, rule, version]),
      [
        ['a', '3', 2],
        ['b', '2', 2],
        ['c', '3', 2],
        ['d', save(kit).rule, 1],
      ],
    )
    const skips = async (id: string) => (await storage.skips(id, null, 10)).length
    deepEqual([await skips('a'), await skips('b'), await skips('c')], [1, 0, 1])
  },

  async 'schedules are listed in the order of their ids, by each of their filters'(kit) {
    const { storage } = kit
    await storage.saveSchedules([
      save(kit, { id: 'b', job: 'other', state: 'paused', nextAt: null }),
      save(kit, { id: 'B', origin: 'code', state: 'inactive' }),
      save(kit, { id: 'a10', job: 'third' }),
      save(kit, { id: 'a-1', origin: 'code', state: 'completed' }),
      save(kit, { id: 'ä' }),
    ])
    const list = async (query: Partial<ScheduleQuery>) =>
      idsOf((await storage.schedules({ ...any, ...query })).schedules).join(' ')
    equal(await list({}), 'B a-1 a10 b ä')
    equal(await list({ ids: ['b', 'x', 'a10', 'B'] }), 'B a10 b')
    equal(await list({ ids: [] }), '')
    equal(await list({ jobs: ['other', 'third'] }), 'a10 b')
    equal(await list({ states: ['paused', 'completed'] }), 'a-1 b')
    equal(await list({ origin: 'code' }), 'B a-1')
    equal(await list({ after: 'a-1' }), 'a10 b ä')
    equal(await list({ after: 'B', limit: 2 }), 'a-1 a10')
    equal(await list({ after: 'ä' }), '')
    equal(await list({ ids: ['B', 'b'], jobs: ['greet'], states: ['inactive'], origin: 'code', after: 'A' }), 'B')
  },

  async 'schedules are listed by what is due next, those longest due first'(kit) {
    const { storage, now } = kit
    await storage.saveSchedules([
      save(kit, { id: 'd', nextAt: now() + hour }),
      save(kit, { id: 'c', nextAt: now() - day }),
      save(kit, { id: 'b', nextAt: now() + hour, job: 'other' }),
      save(kit, { id: 'a', nextAt: now() + day, origin: 'code' }),
      save(kit, { id: 'p', nextAt: now() + minute, state: 'paused', pausedFrom: now() }),
      save(kit, { id: 'e', nextAt: null }),
    ])
    const list = async (query: Partial<ScheduleQuery>) =>
      idsOf((await storage.schedules({ ...any, order: 'next', ...query })).schedules).join(' ')
    equal(await list({}), 'c p b d a')
    equal(await list({ limit: 3 }), 'c p b')
    equal(await list({ states: ['active'] }), 'c b d a')
    equal(await list({ states: ['active'], jobs: ['greet'], origin: 'api' }), 'c d')
    equal(await list({ ids: ['a', 'd', 'e'] }), 'd a')
    equal(await list({ after: 'b' }), 'c p d')
    equal(await list({ order: 'id' }), 'a b c d e p')
    equal((await storage.schedules({ ...any, order: 'next' })).now, now())
  },

  async 'a schedule that is deleted is gone with its skipped slots, and its jobs stay'(kit) {
    const { storage, now } = kit
    await storage.saveSchedules([save(kit, { skips: [skip(now() - 1)] }), save(kit, { id: 'b', skips: [skip(now())] })])
    const job = run(kit)
    await storage.fire([firing(kit, { jobs: [job] })])
    deepEqual(await storage.deleteSchedules(['daily', 'unknown']), ['daily'])
    deepEqual(await storage.deleteSchedules(['daily']), [])
    deepEqual(await storage.deleteSchedules([]), [])
    deepEqual(idsOf((await storage.schedules(any)).schedules), ['b'])
    deepEqual(await storage.skips('daily', null, 10), [])
    equal((await storage.skips('b', null, 10)).length, 1)
    equal((await storage.get([job.id]))[0]?.schedule?.id, 'daily')
    deepEqual(await storage.fire([firing(kit, { version: 2, jobs: [run(kit, {}, now() + 1)] })]), [])
    equal((await storage.stats()).live.ready, 1)
    await storage.saveSchedules([save(kit)])
    const { runs, lastAt } = await stored(storage)
    deepEqual([runs, lastAt], [0, null])
  },

  async 'what is due is found by the clock of the storage, those longest due first'(kit) {
    const { storage, now, pass } = kit
    const at = (id: string, delay: number | null, job = 'greet') =>
      save(kit, { id, job, nextAt: delay === null ? null : now() + delay })
    await storage.saveSchedules([at('c', 0), at('b', 0), at('a', 1), at('d', -hour), at('e', null), at('f', 500)])
    const due = async () => {
      const found = await storage.dueSchedules(['greet', 'unused'], null, 10)
      equal(found.now, now())
      return [idsOf(found.schedules).join(' '), found.nextDueIn]
    }
    deepEqual(await due(), ['d b c', 1])
    pass(1)
    deepEqual(await due(), ['d b c a', 499])
    pass(500)
    deepEqual(await due(), ['d b c a f', null])
  },

  async 'what is due comes page by page'(kit) {
    const { storage, now } = kit
    const ids = ['e', 'd', 'c', 'b', 'a']
    await storage.saveSchedules(ids.map((id, i) => save(kit, { id, nextAt: now() - hour + Math.floor(i / 3) })))
    const found: string[] = []
    for (let after = null as { nextAt: number; id: string } | null; ; ) {
      const { schedules } = await storage.dueSchedules(['greet'], after, 2)
      found.push(idsOf(schedules).join(' '))
      const last = schedules.at(-1)
      if (last === undefined) break
      after = { nextAt: last.nextAt as number, id: last.id }
    }
    deepEqual(found, ['c d', 'e a', 'b', ''])
  },

  async 'schedules of jobs that nobody here knows are left alone'(kit) {
    const { storage, now } = kit
    const other = { job: 'other', nextAt: now() + 10 }
    await storage.saveSchedules([save(kit), save(kit, { id: 'b', job: 'other' }), save(kit, { id: 'c', ...other })])
    const due = async (jobs: string[]) => {
      const { schedules, nextDueIn } = await storage.dueSchedules(jobs, null, 10)
      return [idsOf(schedules).join(' '), nextDueIn]
    }
    deepEqual(await due(['greet']), ['daily', null])
    deepEqual(await due(['other', 'greet']), ['b daily', 10])
    deepEqual(await due(['unknown']), ['', null])
    deepEqual(await due([]), ['', null])
  },

  async 'what is due comes with all that is stored of it, and paused ones come too'(kit) {
    const { storage, now } = kit
    await storage.saveSchedules([save(kit, { state: 'paused', reason: 'why', override: '1', pausedFrom: now() - 5 })])
    const { schedules } = await storage.dueSchedules(['greet'], null, 10)
    deepEqual(schedules, [{ ...(await stored(storage)), live: [] }])
  },

  async 'serial schedules come with their runs that are not over, oldest first'(kit) {
    const { storage, job, worker, claim, finish, now } = kit
    const serial = { serial: true }
    await storage.saveSchedules([save(kit, serial), save(kit, { id: 'b', ...serial }), save(kit, { id: 'c' })])
    const over = run(kit, {}, now() - 3 * hour)
    await storage.insert([over])
    const me = await worker({ lease: day })
    await finish(me, (await claim(me))[0] as ClaimedJob)
    const waiting = run(kit, { at: null, delay: hour, lane: 'x' }, now() - hour)
    const first = run(kit, {}, now() - 2 * hour)
    const byHand = job({ schedule: { id: 'daily', missed: null } })
    await storage.insert([waiting, first, byHand, job(), run(kit, {}, now() - hour, 'c')])
    equal((await claim(me, 1))[0]?.id, first.id)
    const blocked = run(kit, { parents: [{ id: first.id, onFail: 'run' }] }, now() - 1)
    await storage.insert([blocked])
    const { schedules } = await storage.dueSchedules(['greet'], null, 10)
    const live = [first, waiting, blocked, byHand].toSorted((a, b) => (a.id < b.id ? -1 : 1))
    deepEqual(
      schedules.map((one) => [one.id, one.live]),
      [
        ['b', []],
        ['c', []],
        ['daily', live.map(({ id, lane }) => ({ id, lane }))],
      ],
    )
  },

  async 'skipped slots are kept newest first, each as it was recorded first'(kit) {
    const { storage, now, pass } = kit
    const start = now()
    const several = skip(start + 40, 'missed', { from: start + 10, count: 4 })
    await storage.saveSchedules([save(kit, { skips: [skip(start + 1, 'paused'), several] }), save(kit, { id: 'b' })])
    pass(5)
    const refused = skip(start + 50, 'refused', { message: "it's {no} good" })
    await storage.fire([firing(kit, { skips: [refused, skip(start + 1, 'overlap'), skip(start + 50, 'missed')] })])
    const all = [
      { ...refused, at: start + 5 },
      { ...several, at: start },
      { ...skip(start + 1, 'paused'), at: start },
    ]
    deepEqual(await storage.skips('daily', null, 10), all)
    deepEqual(await storage.skips('daily', null, 2), all.slice(0, 2))
    deepEqual(await storage.skips('daily', start + 50, 10), all.slice(1))
    deepEqual(await storage.skips('daily', start + 41, 1), all.slice(1, 2))
    deepEqual(await storage.skips('b', null, 10), [])
  },

  async 'skipped slots of all schedules are found by reason, newest records first'(kit) {
    const { storage, now, pass } = kit
    const start = now()
    await storage.saveSchedules([
      save(kit, { skips: [skip(start - 1, 'missed', { from: start - hour, count: 4 }), skip(start - 2, 'paused')] }),
      save(kit, { id: 'b', skips: [skip(start - 5, 'no_worker')] }),
    ])
    pass(minute)
    const refused = skip(start + 3, 'refused', { message: 'it is {closed}' })
    await storage.fire([firing(kit, { skips: [refused, skip(start + 4, 'missed'), skip(start + 5, 'overlap')] })])
    const all = [
      { schedule: 'daily', ...skip(start + 4, 'missed'), at: start + minute },
      { schedule: 'daily', ...refused, at: start + minute },
      { schedule: 'daily', ...skip(start - 1, 'missed', { from: start - hour, count: 4 }), at: start },
      { schedule: 'b', ...skip(start - 5, 'no_worker'), at: start },
    ]
    const lost = ['missed', 'no_worker', 'refused'] as const
    const newest = (limit: number, since = start, reasons: NewestSkipsQuery['reasons'] = lost) =>
      storage.newestSkips({ reasons, since, limit })
    deepEqual(await newest(10), { skips: all, more: false })
    deepEqual(await newest(4), { skips: all, more: false })
    deepEqual(await newest(3), { skips: all.slice(0, 3), more: true })
    deepEqual(await newest(10, start + 1), { skips: all.slice(0, 2), more: false })
    deepEqual(await newest(10, start, ['no_worker']), { skips: all.slice(3), more: false })
    deepEqual(await newest(10, start + hour), { skips: [], more: false })
    await storage.deleteSchedules(['daily'])
    deepEqual(await newest(10), { skips: all.slice(3), more: false })
  },

  async 'a look over all skipped slots goes through 10 000 records'(kit) {
    const { storage, now, pass } = kit
    const newest = () => storage.newestSkips({ reasons: ['missed'], since: 0, limit: 10 })
    const found = { skips: [{ schedule: 'daily', ...skip(now() - 1), at: now() }], more: false }
    await storage.saveSchedules([save(kit, { skips: [skip(now() - 1)] })])
    pass(minute)
    const overlapping = Array.from({ length: 9_999 }, (_, i) => skip(now() - i, 'overlap'))
    await storage.saveSchedules([save(kit, { id: 'busy', skips: overlapping })])
    deepEqual(await newest(), found)
    await storage.saveSchedules([save(kit, { id: 'more', skips: [skip(now(), 'overlap')] })])
    deepEqual(await newest(), { skips: [], more: true })
  },

  async 'skipped slots are kept for 30 days'(kit) {
    const { storage, now, pass } = kit
    const slots = [1, 2, 3].map((n) => skip(now() - n))
    await storage.saveSchedules([save(kit, { skips: slots })])
    pass(29 * day)
    const late = { ...skip(now()), at: now() }
    await storage.saveSchedules([save(kit, { version: 1, skips: [late] })])
    while (await storage.purge(100));
    equal((await storage.skips('daily', null, 10)).length, 4)
    pass(day + 1)
    equal(await storage.purge(2), true)
    equal((await storage.skips('daily', null, 10)).length, 2)
    while (await storage.purge(2));
    deepEqual(await storage.skips('daily', null, 10), [late])
  },

  async 'a look for what is due tells when a schedule is, whoever knows its job'(kit) {
    const { storage, now, pass } = kit
    const next = async () => (await storage.promote(10)).nextFireIn
    equal(await next(), null)
    await storage.saveSchedules([
      save(kit, { nextAt: now() + hour }),
      save(kit, { id: 'b', job: 'other', nextAt: now() + minute }),
      save(kit, { id: 'c', nextAt: null }),
    ])
    deepEqual(await storage.promote(10), {
      ...{ promoted: 0, expired: [], followed: { released: 0, cancelled: [] } },
      ...{ nextDueIn: null, nextFireIn: minute },
    })
    pass(2 * minute)
    equal(await next(), 0)
    await storage.deleteSchedules(['b'])
    equal(await next(), 58 * minute)
  },

  async 'workers tell the schedules in their code'({ storage, job }) {
    const beat = { id: job().id, name: 'test', lanes: [], jobs: [], lease: minute }
    const schedules = async () => (await storage.workers()).map((one) => one.schedules)
    await storage.heartbeat({ ...beat, schedules: ['daily', 'b "c"'] })
    deepEqual(await schedules(), [['daily', 'b "c"']])
    await storage.heartbeat({ ...beat, schedules: [] })
    deepEqual(await schedules(), [[]])
  },
}
