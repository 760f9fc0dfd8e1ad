/** Schedules: written and fired only if they are still what was seen, so that no slot runs twice. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { idAt } from '../../job/id.ts'
import type { UniqueRule } from '../../job/unique.ts'
import type {
  ClaimedJob,
  Firing,
  NewJob,
  ScheduleQuery,
  ScheduleRecord,
  ScheduleSave,
  Storage,
} from '../../storage/contract.ts'
import { type Cases, eventually, failure, type Kit, minute } from './kit.ts'

type Skip = ScheduleSave['skips'][number]

const hour = 60 * minute
const day = 24 * hour

/** A new schedule, due since now. */
const save = ({ now }: Kit, fields: Partial<ScheduleSave> = {}): ScheduleSave => ({
  id: 'daily',
  job: 'greet',
  state: 'active',
  origin: 'api',
  owner: null,
  reason: null,
  rule: '{"every":"1h"}',
  override: null,
  serial: false,
  start: now(),
  nextAt: now(),
  pausedFrom: null,
  version: null,
  skips: [],
  ...fields,
})

/** It goes on in an hour. */
const firing = ({ now }: Kit, fields: Partial<Firing> = {}): Firing => ({
  id: 'daily',
  version: 1,
  state: 'active',
  reason: null,
  nextAt: now() + hour,
  lastAt: now(),
  runs: 1,
  jobs: [],
  skips: [],
  cancel: [],
  again: false,
  ...fields,
})

/** The job of a slot, as every process makes it. */
const run = ({ job, now }: Kit, fields: Partial<NewJob> = {}, slot = now(), schedule = 'daily'): NewJob =>
  job({
    id: idAt(slot, new TextEncoder().encode(schedule.padEnd(10))),
    at: slot,
    schedule: { id: schedule, missed: 0 },
    ...fields,
  })

const skip = (slot: number, reason: Skip['reason'] = 'missed', fields: Partial<Skip> = {}): Skip => ({
  slot,
  from: slot,
  count: 1,
  reason,
  message: null,
  ...fields,
})

const any: ScheduleQuery = { ids: null, jobs: null, states: null, origin: null, after: null, limit: 100 }

async function stored(storage: Storage, id = 'daily'): Promise<ScheduleRecord> {
  const { schedules } = await storage.schedules({ ...any, ids: [id] })
  equal(schedules.length, 1)
  return schedules[0] as ScheduleRecord
}

const idsOf = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id)

const stateOf = async ({ storage }: Kit, { id }: { readonly id: string }) =>
  (await storage.get([id]))[0]?.state ?? 'gone'

/** A run of the schedule that a worker has in its hands. */
async function running(kit: Kit): Promise<[worker: string, job: ClaimedJob]> {
  await kit.storage.insert([run(kit, {}, kit.now() - hour)])
  const me = await kit.worker({ lease: day })
  const [claimed] = await kit.claim(me)
  ok(claimed)
  return [me, claimed]
}

const unique: UniqueRule = {
  key: 'k',
  within: 0,
  while: ['blocked', 'scheduled', 'ready', 'running'],
  onConflict: 'keep',
  due: false,
}

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

  async 'a firing says what becomes of the schedule'(kit) {
    const { storage, now, pass } = kit
    await storage.saveSchedules([save(kit, { state: 'paused', reason: 'why', pausedFrom: now() - hour, serial: true })])
    const before = await stored(storage)
    pass(minute)
    deepEqual(await storage.fire([firing(kit, { runs: 3 })]), [{ id: 'daily', results: [] }])
    const goesOn = { state: 'active', reason: null, pausedFrom: null } as const
    const first = { ...before, ...goesOn, nextAt: now() + hour, lastAt: now(), runs: 3, version: 2 }
    deepEqual(await stored(storage), first)
    const last = { version: 2, state: 'completed', reason: 'no more', nextAt: null, lastAt: null, runs: 1 } as const
    await storage.fire([firing(kit, last)])
    deepEqual(await stored(storage), { ...first, ...last, lastAt: now(), runs: 4, version: 3 })
    deepEqual((await storage.dueSchedules(['greet'], null, 10)).schedules, [])
    deepEqual(await storage.fire([]), [])
  },

  async 'a firing that leaves a schedule paused leaves what it knows of the pause'(kit) {
    const { storage, now } = kit
    const paused = { state: 'paused', reason: 'why' } as const
    await storage.saveSchedules([save(kit, { ...paused, nextAt: null, pausedFrom: now() + minute })])
    for (const [version, again] of [false, true].entries()) {
      await storage.fire([firing(kit, { ...paused, version: version + 1, nextAt: null, again })])
      const { state, pausedFrom, nextAt, runs } = await stored(storage)
      deepEqual([state, pausedFrom, nextAt, runs], ['paused', now() + minute, null, version + 1])
    }
  },

  async 'jobs of a firing know their slot, running, over, and when they are retried'(kit) {
    const { storage, job, worker, claim, finish, now } = kit
    await storage.saveSchedules([save(kit)])
    const late = run(kit, { schedule: { id: 'daily', missed: 7 }, metadata: { team: 'a' } }, now() - hour)
    const later = run(kit, { at: now() + minute })
    const byHand = job({ schedule: { id: 'daily', missed: null } })
    const created = (one: NewJob) => ({ status: 'created', id: one.id })
    deepEqual(await storage.fire([firing(kit, { jobs: [late, later, byHand] })]), [
      { id: 'daily', results: [late, later, byHand].map(created) },
    ])
    const slots = [
      [late.id, { id: 'daily', slot: now() - hour, missed: 7 }],
      [byHand.id, { id: 'daily', slot: null, missed: 0 }],
    ]
    const known = async () => (await storage.get([late.id, byHand.id])).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const check = async (state: string) =>
      deepEqual(
        (await known()).map((one) => [one.id, one.schedule, one.state]),
        slots.map((one) => [...one, state]),
      )
    deepEqual(
      (await storage.get([later.id])).map(({ state, schedule }) => [state, schedule]),
      [['scheduled', { id: 'daily', slot: now(), missed: 0 }]],
    )
    await check('ready')
    const me = await worker({ lease: day })
    const claimed = await claim(me)
    deepEqual(
      claimed.map(({ id, schedule }) => [id, schedule]),
      slots,
    )
    for (const one of claimed) await finish(me, one, { ...failure, retryable: false })
    await check('failed')
    await storage.edit([late.id, byHand.id], { kind: 'retry' })
    await check('ready')
    deepEqual(
      (await claim(me))
        .map(({ id, schedule }) => [id, schedule])
        .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
      slots,
    )
  },

  async 'a firing that is out of date writes nothing at all, and the others are written'(kit) {
    const { storage, worker, now, claim } = kit
    const old = run(kit, {}, now() - hour, 'old')
    await storage.insert([old])
    // A storage may have a shorter way for what is plain.
    for (const [cancel, ...ids] of [[[], 'a', 'b', 'c'] as const, [[old.id], 'd', 'e', 'f'] as const]) {
      const [first, late, last] = ids
      await storage.saveSchedules(ids.map((id) => save(kit, { id })))
      await storage.saveSchedules([save(kit, { id: late, version: 1, rule: 'new' })])
      const before = await stored(storage, late)
      const fire = (id: string) =>
        firing(kit, {
          id,
          jobs: [run(kit, {}, now(), id)],
          skips: [skip(now() - 1)],
          cancel: id === late ? cancel : [],
        })
      const fired = await storage.fire([...ids, 'unknown'].map(fire))
      deepEqual(idsOf(fired).toSorted(), [first, last])
      deepEqual(await stored(storage, late), before)
      for (const id of [late, 'unknown']) deepEqual(await storage.skips(id, null, 10), [])
      deepEqual(await storage.fire(ids.map(fire)), [])
      for (const id of [first, last]) equal((await stored(storage, id)).runs, 1)
    }
    const runs = (await claim(await worker())).map(({ schedule }) => schedule?.id)
    deepEqual(runs.toSorted(), ['a', 'c', 'd', 'f', 'old'])
  },

  async 'a run waits for an earlier one, and not for one that is over or gone'(kit) {
    const { storage, worker, claim, finish, now } = kit
    const [me, before] = await running(kit)
    await storage.saveSchedules([save(kit)])
    let version = 0
    const waitsFor = async (parent: { readonly id: string }, slot: number) => {
      const job = run(kit, { parents: [{ id: parent.id, onFail: 'run' }] }, slot)
      const fired = await storage.fire([firing(kit, { version: ++version, jobs: [job] })])
      equal(fired[0]?.results[0]?.status, 'created')
      return job
    }
    const first = await waitsFor(before, now() - 2)
    equal(await stateOf(kit, first), 'blocked')
    await finish(me, before, { ...failure, retryable: false })
    equal(await stateOf(kit, first), 'ready')
    equal(await stateOf(kit, await waitsFor(before, now() - 1)), 'ready')
    equal(await stateOf(kit, await waitsFor(before, now() + 1)), 'scheduled')
    const gone = run(kit, { keepSucceeded: 0, lane: 'x' }, now() - 3)
    await storage.insert([gone])
    const other = await worker({ lanes: ['x'] })
    await finish(other, (await claim(other, 1, 'x'))[0] as ClaimedJob)
    const last = await waitsFor(gone, now())
    equal(await stateOf(kit, last), 'ready')
    deepEqual(await storage.edges([last.id]), [])
  },

  async 'runs of one firing may wait for each other'(kit) {
    const { storage, worker, claim, finish, now } = kit
    await storage.saveSchedules([save(kit)])
    const first = run(kit, {}, now() - hour)
    const second = run(kit, { parents: [{ id: first.id, onFail: 'run' }] })
    await storage.fire([firing(kit, { jobs: [first, second] })])
    deepEqual([await stateOf(kit, first), await stateOf(kit, second)], ['ready', 'blocked'])
    const me = await worker()
    await finish(me, (await claim(me))[0] as ClaimedJob)
    equal(await stateOf(kit, second), 'ready')
  },

  async 'where an earlier job has the key, the slot is told and recorded to be a duplicate'(kit) {
    const { storage, job, now } = kit
    const earlier = job({ unique })
    await storage.insert([earlier])
    await storage.saveSchedules([save(kit), save(kit, { id: 'b' })])
    const slot = now() - hour
    const fired = await storage.fire([
      firing(kit, { jobs: [run(kit, { unique }, slot), run(kit, { unique: { ...unique, key: 'other' } })] }),
      firing(kit, {
        id: 'b',
        jobs: [run(kit, { unique: { ...unique, onConflict: 'replace' }, input: '2' }, slot, 'b')],
      }),
    ])
    deepEqual(
      fired.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      [
        { id: 'b', results: [{ status: 'replaced', id: earlier.id }] },
        {
          id: 'daily',
          results: [
            { status: 'duplicate', id: earlier.id },
            { status: 'created', id: run(kit).id },
          ],
        },
      ],
    )
    for (const id of ['daily', 'b'])
      deepEqual(await storage.skips(id, null, 10), [{ ...skip(slot, 'duplicate'), at: now() }])
    const byHand = job({ unique, schedule: { id: 'b', missed: null } })
    await storage.fire([firing(kit, { id: 'b', version: 2, jobs: [byHand] })])
    equal((await storage.skips('b', null, 10)).length, 1) // what a person asked for is no slot
    const [record] = await storage.get([earlier.id])
    deepEqual([record?.schedule, record?.input], [null, '2'])
    equal((await stored(storage)).nextAt, now() + hour)
  },

  async 'a run that is stored already stays one, and is no slot that was skipped'(kit) {
    const { storage } = kit
    for (const status of ['created', 'duplicate']) {
      await storage.saveSchedules([save(kit)])
      const fired = await storage.fire([firing(kit, { jobs: [run(kit)] })])
      deepEqual(fired, [{ id: 'daily', results: [{ status, id: run(kit).id }] }])
      deepEqual(await storage.skips('daily', null, 10), [])
      await storage.deleteSchedules(['daily'])
    }
    equal((await storage.stats()).live.ready, 1)
  },

  async 'a run that is replaced is cancelled, and the new one starts when it has ended'(kit) {
    const { storage, claim, finish, now } = kit
    const [me, before] = await running(kit)
    const waiting = run(kit, {}, now() - minute)
    const over = run(kit, {}, now() - 2 * minute)
    await storage.insert([waiting, over])
    await storage.edit([over.id], { kind: 'cancel', reason: 'before' })
    await storage.saveSchedules([save(kit)])
    const live = [before.id, waiting.id]
    const next = run(kit, { parents: live.map((id) => ({ id, onFail: 'run' })) })
    const unknown = '00000000-0000-7000-8000-000000000000'
    await storage.fire([firing(kit, { jobs: [next], cancel: [...live, over.id, unknown] })])
    const ended = await storage.get([waiting.id, over.id])
    deepEqual(Object.fromEntries(ended.map(({ id, state, reason }) => [id, [state, reason]])), {
      [waiting.id]: ['cancelled', 'replaced by a later run of its schedule'],
      [over.id]: ['cancelled', 'before'],
    })
    const [signal] = await storage.signals(me)
    deepEqual(signal, {
      kind: 'cancel',
      id: before.id,
      fence: 1,
      reason: 'replaced by a later run of its schedule',
    })
    equal(await stateOf(kit, next), 'blocked')
    deepEqual(await claim(me), [])
    deepEqual(await finish(me, before, { kind: 'cancel', reason: 'replaced' }), [])
    deepEqual(idsOf(await claim(me)), [next.id])
  },

  async 'slots of the past that ran before do not run again, whatever became of them'(kit) {
    const { storage, worker, claim, finish, now } = kit
    await storage.saveSchedules([save(kit)])
    const [live, over, gone, fresh] = [4, 3, 2, 1].map((n) =>
      run(kit, n === 2 ? { keepSucceeded: 0 } : {}, now() - n * hour),
    ) as [NewJob, NewJob, NewJob, NewJob]
    await storage.insert([over, gone])
    const me = await worker()
    for (const one of await claim(me)) await finish(me, one)
    equal(await stateOf(kit, gone), 'gone')
    await storage.insert([live])
    const jobs = [live, over, gone, fresh]
    const fired = await storage.fire([firing(kit, { jobs, again: true })])
    const told = (one: NewJob) => ({ status: one === fresh ? 'created' : 'duplicate', id: one.id })
    deepEqual(fired, [{ id: 'daily', results: jobs.map(told) }])
    deepEqual(idsOf(await claim(me)).toSorted(), idsOf([live, fresh]).toSorted())
    equal(await stateOf(kit, over), 'succeeded')
    equal(await stateOf(kit, gone), 'gone')
    deepEqual(await storage.skips('daily', null, 10), []) // they ran
  },

  async 'a slot of the past waits for no run that is gone'(kit) {
    const { storage, worker, claim, finish, now } = kit
    await storage.saveSchedules([save(kit)])
    const gone = run(kit, { keepSucceeded: 0 }, now() - hour)
    await storage.insert([gone])
    const me = await worker()
    await finish(me, (await claim(me))[0] as ClaimedJob)
    const next = run(kit, { parents: [{ id: gone.id, onFail: 'run' }] })
    await storage.fire([firing(kit, { jobs: [gone, next], again: true })])
    deepEqual([await stateOf(kit, gone), await stateOf(kit, next)], ['gone', 'ready'])
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

  async 'of many that fire the same at the same time one does'(kit) {
    const { storage, subject, connect, now } = kit
    const storages = [storage, ...(subject.shared ? [await connect(), await connect(), await connect()] : [])]
    const ids = Array.from({ length: 20 }, (_, n) => `s${n}`)
    await storage.saveSchedules(ids.map((id) => save(kit, { id })))
    const fire = (one: Storage, order: readonly string[]) =>
      one.fire(order.map((id) => firing(kit, { id, jobs: [run(kit, {}, now(), id)], skips: [skip(now() - 1)] })))
    const fired = await Promise.all(
      storages.flatMap((one) => [fire(one, ids), fire(one, ids.toReversed()), fire(one, ids.slice(0, 10))]),
    )
    const left = await fire(storage, ids) // where each left something to the other
    deepEqual(idsOf([...fired, left].flat()).toSorted(), ids.toSorted())
    equal((await storage.stats()).live.ready, 20)
    for (const { runs, version } of (await storage.schedules(any)).schedules) deepEqual([runs, version], [1, 2])
  },

  async 'of a change and a firing at the same time one is written'(kit) {
    const { storage, subject, connect } = kit
    const other = subject.shared ? await connect() : storage
    await storage.saveSchedules([save(kit)])
    const [fired, saved, again] = await Promise.all([
      storage.fire([firing(kit, { jobs: [run(kit)] })]),
      other.saveSchedules([save(kit, { version: 1, rule: 'new' })]),
      other.saveSchedules([save(kit, { version: 1, rule: 'newer' })]),
    ])
    equal(fired.length + saved.length + again.length, 1)
    equal((await storage.stats()).live.ready, fired.length)
    equal((await stored(storage)).version, 2)
  },

  async 'others hear of a schedule that is new, and of jobs that are fired'(kit) {
    const { storage, subject, connect, now } = kit
    if (!subject.shared) return
    const other = await connect()
    let woken = 0
    const stop = await other.subscribe(() => woken++)
    const hears = async (ofThis: (n: number) => Promise<unknown>) => {
      const before = woken
      let n = 0
      await eventually(async () => {
        await ofThis(++n)
        return woken > before
      })
    }
    await hears((n) => storage.saveSchedules([save(kit, { id: n === 1 ? 'daily' : `other ${n}` })]))
    await hears((version) => storage.fire([firing(kit, { version, jobs: [run(kit, {}, now() - version)] })]))
    await stop()
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
