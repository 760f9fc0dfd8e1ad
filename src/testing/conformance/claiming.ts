/** Jobs are handed out, in order and to one worker each. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { ClaimedJob } from '../../storage/contract.ts'
import { type Cases, everything, minute } from './kit.ts'

export const claiming: Cases = {
  async 'claims go by priority, then by due time'({ storage, job, worker, claim, pass }) {
    const late = job({ priority: 2 })
    await storage.insert([late])
    pass(10)
    const [low, high, same] = [job({ priority: 4 }), job({ priority: 0 }), job({ priority: 2 })]
    await storage.insert([low, same, high])
    const me = await worker()
    deepEqual(
      (await claim(me, 2)).map((one) => one.id),
      [high.id, late.id],
    )
    deepEqual(
      (await claim(me)).map((one) => one.id),
      [same.id, low.id],
    )
    deepEqual(await claim(me), [])
  },

  async 'a job that comes later with a higher priority is claimed next'({ storage, job, worker, claim, pass }) {
    await storage.insert(Array.from({ length: 20 }, () => job({ priority: 3 })))
    const me = await worker()
    await claim(me, 5)
    pass(1)
    const urgent = job({ priority: 0 })
    await storage.insert([urgent])
    equal((await claim(me, 1))[0]?.id, urgent.id)
  },

  async 'a claim counts fence and attempt and tells all that a handler needs'({
    storage,
    job,
    worker,
    claim,
    now,
    pass,
  }) {
    const stored = job({ metadata: { a: 1 }, maxAttempts: 7 })
    await storage.insert([stored])
    pass(500)
    const me = await worker()
    const [claimed] = await claim(me)
    deepEqual(claimed, {
      id: stored.id,
      job: 'greet',
      lane: 'default',
      priority: 2,
      fence: 1,
      attempt: 1,
      maxAttempts: 7,
      lapses: 0,
      onLapse: 'retry',
      forgets: false,
      timeout: minute,
      onTimeout: 'fail',
      dueAt: now() - 500,
      createdAt: now() - 500,
      claimedAt: now(),
      flow: null,
      schedule: null,
      input: stored.input,
      metadata: { a: 1 },
    })
    const [record] = await storage.get([stored.id])
    deepEqual([record?.state, record?.worker, record?.startedAt], ['running', me, now()])
  },

  async 'what was chosen for a job comes with its claim, and to who gives it back'({ storage, job, worker, claim }) {
    await storage.insert([job({ onTimeout: 'mark', onLapse: 'fail' }), job({ onLapse: 'fail' }), job()])
    const me = await worker()
    deepEqual(
      (await claim(me)).map(({ onTimeout, onLapse }) => [onTimeout, onLapse]),
      [
        ['mark', 'fail'],
        ['fail', 'fail'],
        ['fail', 'retry'],
      ],
    )
    deepEqual((await storage.held(me)).map(({ onLapse }) => onLapse).sort(), ['fail', 'fail', 'retry'])
  },

  async 'claims keep to lanes, limits and known jobs'({ storage, job, worker }) {
    await storage.insert([
      ...Array.from({ length: 5 }, () => job({ lane: 'a' })),
      ...Array.from({ length: 5 }, () => job({ lane: 'b' })),
      job({ lane: 'c' }),
      job({ lane: 'a', job: 'unknown', priority: 0 }),
    ])
    const me = await worker()
    const lanes = [
      { name: 'a', limit: 2 },
      { name: 'b', limit: 3 },
    ]
    const claimed = await storage.claim({ worker: me, lanes, jobs: ['greet'], suspect: false })
    deepEqual(claimed.map((one) => one.lane).sort(), ['a', 'a', 'b', 'b', 'b'])
    ok(claimed.every((one) => one.job === 'greet'))
    equal((await storage.claim({ worker: me, lanes, jobs: [], suspect: false })).length, 0)
  },

  async 'only a worker with a live lease can claim'({ storage, job, worker, claim, pass }) {
    await storage.insert([job()])
    equal((await claim('00000000-0000-7000-8000-000000000000')).length, 0)
    const me = await worker({ lease: 1_000 })
    pass(1_001)
    equal((await claim(me)).length, 0)
    equal((await claim(await worker())).length, 1)
  },

  async 'no job goes to two workers'({ storage, subject, connect, job, worker }) {
    const jobs = Array.from({ length: 400 }, () => job())
    await storage.insert(jobs)
    const storages = subject.shared ? [storage, await connect(), await connect()] : [storage, storage]
    const claimed: string[] = []
    await Promise.all(
      storages.map(async (on) => {
        const me = await worker({ storage: on })
        for (;;) {
          const got = await on.claim({
            worker: me,
            lanes: [{ name: 'default', limit: 7 }],
            jobs: ['greet'],
            suspect: false,
          })
          if (got.length === 0 && claimed.length >= jobs.length) return
          claimed.push(...got.map((one) => one.id))
        }
      }),
    )
    deepEqual(claimed.sort(), jobs.map((one) => one.id).sort())
  },

  async 'jobs that no live worker knows are set aside, and come back with one who does'({
    storage,
    job,
    worker,
    claim,
    finish,
    pass,
  }) {
    const strange = job({ job: 'strange', priority: 0 })
    const [known, elsewhere] = [job(), job({ job: 'strange', lane: 'nobody' })]
    await storage.insert([strange, known, elsewhere])
    deepEqual(await storage.setAside(10), { aside: 0, back: 0 }) // nobody is there to know anything
    const me = await worker()
    deepEqual(await storage.setAside(10), { aside: 1, back: 0 })
    deepEqual(await storage.setAside(10), { aside: 0, back: 0 })
    const [record] = await storage.get([strange.id])
    deepEqual([record?.state, record?.reason], ['ready', 'job_unknown'])
    deepEqual((await storage.stats()).live.ready, 3)
    equal((await storage.list({ ...everything, states: ['ready'] })).jobs.length, 3)
    const claimed = (await claim(me)) as [ClaimedJob]
    deepEqual(
      claimed.map((one) => one.id),
      [known.id],
    )
    await finish(me, claimed[0])
    await worker({ jobs: ['strange'], lanes: ['other'] })
    deepEqual(await storage.setAside(10), { aside: 0, back: 0 })
    const knows = await worker({ jobs: ['strange'], lease: 5_000 })
    deepEqual(await storage.setAside(10), { aside: 0, back: 1 })
    deepEqual((await storage.get([strange.id]))[0]?.reason, null)
    pass(5_001)
    deepEqual(await storage.setAside(10), { aside: 1, back: 0 }) // it is gone again
    await storage.leave(knows)
    deepEqual(await storage.edit([strange.id], { kind: 'cancel', reason: 'x' }), [{ id: strange.id, from: 'ready' }])
    equal((await storage.get([strange.id]))[0]?.state, 'cancelled')
  },
}
