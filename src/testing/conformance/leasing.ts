/** Workers come, stay and go. */
import { deepEqual, equal } from 'node:assert/strict'
import { decide, suspectAfter } from '../../job/states.ts'
import { type Cases, nothing } from './kit.ts'

export const leasing: Cases = {
  async 'a lease that ran out cannot be renewed, and its jobs are found'({ storage, job, worker, claim, pass }) {
    await storage.insert([job(), job()])
    const me = await worker({ lease: 1_000 })
    const claimed = await claim(me, 1)
    deepEqual(await storage.sweep(10), [])
    deepEqual(
      (await storage.held(me)).map((one) => [one.id, one.fence]),
      [[claimed[0]?.id, 1]],
    )
    deepEqual(await storage.held('00000000-0000-7000-8000-000000000000'), [])
    pass(1_001)
    equal(await storage.heartbeat({ id: me, name: 'test', lanes: [], jobs: [], schedules: [], lease: 1_000 }), false)
    const lapsed = await storage.sweep(10)
    deepEqual(lapsed, [
      {
        id: claimed[0]?.id,
        job: 'greet',
        worker: me,
        fence: 1,
        attempt: 1,
        maxAttempts: 3,
        lapses: 0,
        onLapse: 'retry',
        forgets: false,
      },
    ])
    deepEqual(await storage.workers(), [])
    deepEqual(
      await storage.apply(
        me,
        lapsed.map((one) => decide(one, { kind: 'lapse' }, () => 0)),
      ),
      { refused: [], cancelled: [], followed: nothing },
    )
    deepEqual(await storage.sweep(10), [])
    const again = (await claim(await worker())).find(({ id }) => id === claimed[0]?.id)
    deepEqual([again?.fence, again?.attempt, again?.lapses], [2, 1, 1])
    deepEqual(
      (await storage.attempts(again?.id as string)).map((one) => one.reason),
      ['lapsed'],
    )
  },

  async 'jobs that lapsed twice are handed out one at a time, and only when asked for'({
    storage,
    job,
    worker,
    claim,
    pass,
  }) {
    const lanes = ['default', 'side'].map((name) => ({ name, limit: 5 }))
    const bad = [job(), job(), job({ lane: 'side', priority: 0 })]
    await storage.insert(bad)
    for (let n = 0; n < suspectAfter; n++) {
      const dead = await worker({ lease: 1_000 })
      equal((await storage.claim({ worker: dead, lanes, jobs: ['greet'], suspect: false })).length, 3)
      pass(1_001)
      const lapsed = await storage.sweep(10)
      await storage.apply(
        dead,
        lapsed.map((one) => decide(one, { kind: 'lapse' }, () => 0)),
      )
    }
    await storage.insert([job()])
    const me = await worker()
    equal((await claim(me)).length, 1)
    const ids = new Set<string | undefined>()
    for (let i = 0; i < 3; i++) {
      const got = await storage.claim({ worker: me, lanes, jobs: ['greet'], suspect: true })
      equal(got.length, 1)
      ids.add(got[0]?.id)
    }
    deepEqual(ids, new Set(bad.map((one) => one.id)))
    deepEqual(await storage.claim({ worker: me, lanes, jobs: ['greet'], suspect: true }), [])
  },

  async 'a renewed lease is kept'({ storage, job, worker, claim, pass }) {
    await storage.insert([job()])
    const me = await worker({ lease: 1_000 })
    pass(900)
    const lanes = [{ name: 'x', concurrency: 3 }]
    equal(
      await storage.heartbeat({ id: me, name: 'new name', lanes, jobs: ['greet'], schedules: [], lease: 1_000 }),
      true,
    )
    pass(900)
    deepEqual(await storage.sweep(10), [])
    equal((await claim(me)).length, 1)
    deepEqual(
      (await storage.workers()).map(({ id, name, lanes }) => ({ id, name, lanes })),
      [{ id: me, name: 'new name', lanes }],
    )
  },

  async 'a worker that leaves is gone at once'({ storage, job, worker, claim }) {
    const me = await worker()
    await storage.insert([job()])
    await claim(me)
    await storage.leave(me)
    deepEqual(await storage.workers(), [])
    equal(await storage.heartbeat({ id: me, name: 'test', lanes: [], jobs: [], schedules: [], lease: 1_000 }), false)
    equal((await storage.sweep(10)).length, 1)
    deepEqual(await storage.workers(), [])
  },
}
