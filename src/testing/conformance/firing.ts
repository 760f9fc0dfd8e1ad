/** Firing: what becomes of due schedules, with their jobs or not at all, so that no slot runs twice. */
import { deepEqual, equal } from 'node:assert/strict'
import type { ClaimedJob, NewJob, Storage } from '../../storage/contract.ts'
import { type Cases, eventually, failure, minute } from './kit.ts'
import { any, day, firing, hour, idsOf, run, running, save, skip, stateOf, stored, unique } from './schedule-kit.ts'

export const firingCases: Cases = {
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

  async 'what was decided of a schedule that was deleted and put again changes nothing'(kit) {
    const { storage } = kit
    await storage.saveSchedules([save(kit)])
    await storage.deleteSchedules(['daily'])
    await storage.saveSchedules([save(kit, { firstVersion: 4_711 })])
    const before = await stored(storage)
    deepEqual(before.version, 4_711)
    deepEqual(await storage.fire([firing(kit, { jobs: [run(kit)] })]), [])
    deepEqual(await storage.saveSchedules([save(kit, { version: 1, rule: 'new' })]), [])
    deepEqual([await stored(storage), (await storage.stats()).live.ready], [before, 0])
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
}
