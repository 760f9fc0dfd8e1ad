/** New values for jobs that wait. */
import { deepEqual, equal, notEqual } from 'node:assert/strict'
import type { JobUpdate } from '../../job/edits.ts'
import { jobTag } from '../../job/tag.ts'
import type { JobRecord, NewJob, Storage } from '../../storage/contract.ts'
import { type Cases, everything, minute } from './kit.ts'

const update = (storage: Storage, id: string, set: JobUpdate, ifMatch: string | null = null) =>
  storage.edit([id], { kind: 'update', set, ifMatch })

const look = async (storage: Storage, { id }: Pick<NewJob, 'id'>): Promise<JobRecord> =>
  (await storage.get([id]))[0] as JobRecord

export const updating: Cases = {
  async 'a waiting job takes other values, and what is not named stays'({ storage, job, now }) {
    const [one, other] = [job({ metadata: { a: 1 }, expiresIn: minute }), job()]
    await storage.insert([one, other])
    const [before, untouched] = [await look(storage, one), await look(storage, other)]
    const set = { lane: 'mail', priority: 0, maxAttempts: 9, timeout: 77_000, expiresAt: now() + 5 * minute }
    deepEqual(await update(storage, one.id, set), [{ id: one.id, from: 'ready' }])
    deepEqual(await look(storage, one), { ...before, ...set })
    await update(storage, one.id, { input: '{"other":[1,"2",null]}', metadata: { b: 'x' }, expiresAt: null })
    const { input, ...rest } = await look(storage, one)
    deepEqual(JSON.parse(input as string), { other: [1, '2', null] })
    const { input: _, ...first } = before
    deepEqual(rest, { ...first, ...set, metadata: { b: 'x' }, expiresAt: null })
    await update(storage, one.id, { input: null, metadata: null })
    const { input: none, metadata } = await look(storage, one)
    deepEqual([none, metadata], [null, null])
    for (const text of ['5', '1.0', '"1e3"', 'true', 'null']) {
      await update(storage, one.id, { input: text })
      equal((await look(storage, one)).input, text)
    }
    deepEqual(await look(storage, other), untouched)
  },

  async 'a job goes where its new lane and priority put it'({ storage, job, worker, claim }) {
    const [first, second, third] = [job(), job(), job()]
    await storage.insert([first, second, third])
    await update(storage, third.id, { priority: 0 })
    await update(storage, first.id, { lane: 'mail' })
    const me = await worker({ lanes: ['default', 'mail'] })
    deepEqual(
      (await claim(me)).map(({ id }) => id),
      [third.id, second.id],
    )
    deepEqual(
      (await claim(me, 10, 'mail')).map(({ id }) => id),
      [first.id],
    )
  },

  async 'a new due time moves a job between scheduled and ready, and leaves a blocked one blocked'({
    storage,
    job,
    worker,
    claim,
    finish,
    now,
    pass,
  }) {
    const [soon, later, parent] = [job(), job({ delay: minute }), job({ lane: 'first' })]
    const child = job({ parents: [{ id: parent.id, onFail: 'run' }] })
    await storage.insert([soon, later, parent, child])
    await update(storage, soon.id, { at: now() + minute })
    await update(storage, later.id, { delay: 0 })
    deepEqual(await update(storage, child.id, { delay: minute, lane: 'side' }), [{ id: child.id, from: 'blocked' }])
    const states = async () => {
      const all = await Promise.all([soon, later, child].map((one) => look(storage, one)))
      return all.map(({ state, dueAt }) => [state, dueAt])
    }
    deepEqual(await states(), [
      ['scheduled', now() + minute],
      ['ready', now()],
      ['blocked', now() + minute],
    ])
    const me = await worker({ lanes: ['default', 'first'] })
    const [done] = await claim(me, 1, 'first')
    if (done !== undefined) await finish(me, done)
    deepEqual((await states())[2], ['scheduled', now() + minute])
    await update(storage, soon.id, { delay: 0, priority: 1 })
    equal((await look(storage, soon)).state, 'ready')
    pass(minute)
    await storage.promote(10)
    equal((await look(storage, child)).state, 'ready')
  },

  async 'only what waits is changed'({ storage, job, worker, claim, finish }) {
    await storage.insert([job(), job()])
    const me = await worker()
    const [running, over] = await claim(me)
    if (running === undefined || over === undefined) throw new Error('nothing was claimed')
    await finish(me, over)
    const unknown = '00000000-0000-7000-8000-000000000000'
    deepEqual(
      (await storage.edit([running.id, over.id, unknown], { kind: 'update', set: { priority: 0 }, ifMatch: null })).map(
        ({ from }) => from,
      ),
      ['running', 'succeeded', null],
    )
    deepEqual([(await look(storage, running)).priority, (await look(storage, over)).priority], [2, 2])
  },

  async 'a job that is not what was seen is left as it is'({ storage, job }) {
    const one = job({ metadata: { b: 1, a: 'x' }, input: '{"z":1, "a":[1.5]}' })
    await storage.insert([one])
    const seen = jobTag(await look(storage, one))
    deepEqual(await update(storage, one.id, { priority: 1 }, seen), [{ id: one.id, from: 'ready' }])
    const changed = await look(storage, one)
    notEqual(jobTag(changed), seen)
    deepEqual(await update(storage, one.id, { priority: 0, metadata: {} }, seen), [
      { id: one.id, from: 'ready', stale: true },
    ])
    deepEqual(await look(storage, one), changed)
    const two = await Promise.all([0, 3].map((priority) => update(storage, one.id, { priority }, jobTag(changed))))
    equal(two.flat().filter(({ stale }) => stale).length, 1)
  },

  async 'one that is not what was seen is not deleted, whether it waits or is over'({
    storage,
    job,
    worker,
    claim,
    finish,
  }) {
    const [over, waits] = [job(), job({ lane: 'other' })]
    await storage.insert([over, waits])
    const seen = [jobTag(await look(storage, over)), jobTag(await look(storage, waits))] as const
    const me = await worker()
    for (const one of await claim(me)) await finish(me, one)
    await update(storage, waits.id, { priority: 0 })
    for (const [n, { id }] of [over, waits].entries()) {
      const remove = (ifMatch: string) => storage.edit([id], { kind: 'delete', ifMatch })
      equal((await remove(seen[n] as string))[0]?.stale, true)
      equal((await remove(jobTag(await look(storage, { id }))))[0]?.stale, undefined)
      deepEqual(await storage.get([id]), [])
    }
  },

  async 'one that others wait for stays as it is'({ storage, job, worker, claim, finish }) {
    const parent = job()
    const child = job({ parents: [{ id: parent.id, onFail: 'cancel' }] })
    await storage.insert([parent, child])
    const before = await look(storage, parent)
    deepEqual(await update(storage, parent.id, { priority: 0 }), [{ id: parent.id, from: 'ready', linked: 'needed' }])
    deepEqual(await look(storage, parent), before)
    deepEqual(await update(storage, child.id, { priority: 0 }), [{ id: child.id, from: 'blocked' }])
    const me = await worker()
    for (const one of await claim(me)) await finish(me, one) // and nobody waits any more
    equal((await look(storage, child)).state, 'ready')
  },

  async 'a job is found by its new metadata and no longer by the old, wherever it is'({
    storage,
    job,
    worker,
    claim,
    finish,
  }) {
    const replacing = {
      key: 'k',
      while: ['scheduled' as const, 'ready' as const],
      within: 0,
      onConflict: 'replace' as const,
    }
    const rule = { ...replacing, due: false }
    const [one, two] = [job({ metadata: { team: 'a', n: 1 } }), job({ metadata: { team: 'a' }, unique: rule })]
    await storage.insert([one, two])
    const found = async (key: string, value: string) => {
      const { jobs } = await storage.list({ ...everything, metadata: [{ key, values: [value] }] })
      return jobs.map(({ id }) => id).sort()
    }
    await update(storage, one.id, { metadata: { team: 'b', hot: true, n: 2.5 } })
    await storage.insert([job({ metadata: { team: 'c' }, unique: rule })])
    const all = async () => [await found('team', 'a'), await found('team', 'b'), await found('team', 'c')]
    deepEqual(await all(), [[], [one.id], [two.id]])
    deepEqual([await found('hot', 'true'), await found('n', '2.5'), await found('n', '1')], [[one.id], [one.id], []])
    const me = await worker()
    for (const claimed of await claim(me)) await finish(me, claimed)
    deepEqual(await all(), [[], [one.id], [two.id]])
  },

  async 'a job that was set aside is looked at anew when it is changed'({ storage, job, worker, claim }) {
    const strange = job({ job: 'strange' })
    await storage.insert([strange])
    await worker()
    deepEqual(await storage.setAside(10), { aside: 1, back: 0 })
    await update(storage, strange.id, { lane: 'other' })
    equal((await look(storage, strange)).reason, null)
    const other = await worker({ jobs: ['strange'], lanes: ['other'] })
    const lanes = [{ name: 'other', limit: 1 }]
    equal((await storage.claim({ worker: other, lanes, jobs: ['strange'], suspect: false })).length, 1)
    deepEqual(await claim(other), [])
  },
}
