/** What time alone does. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { ClaimedJob } from '../../storage/contract.ts'
import { type Cases, everything, failure, minute, nothing } from './kit.ts'

export const time: Cases = {
  async 'what was kept long enough goes, with its attempts and keys, and nothing else'({
    storage,
    job,
    worker,
    claim,
    finish,
    pass,
  }) {
    const day = 1440 * minute
    const own = { key: 'k', hash: 'a', keep: day }
    await storage.insert([
      ...Array.from({ length: 5 }, () => job({ keepSucceeded: day, keepFailed: 9 * day })),
      job({ keepSucceeded: day, keepFailed: 9 * day, idempotency: own }),
      job({ delay: 90 * day }),
    ])
    const me = await worker()
    const claimed = await claim(me)
    const [bad, retried] = claimed as [ClaimedJob, ClaimedJob]
    await finish(me, bad, { ...failure, retryable: false })
    await finish(me, retried, failure)
    for (const one of [...claimed.slice(2), ...(await claim(me))]) await finish(me, one)
    const kept = async () => (await storage.list(everything)).jobs.length
    while (await storage.purge(2));
    equal(await kept(), 7)
    pass(2 * day) // a storage may remove whole days only
    let bites = 1
    while (await storage.purge(2)) ok(++bites < 20)
    deepEqual(
      (await storage.list(everything)).jobs.map((record) => record.state),
      ['scheduled', 'failed'],
    )
    deepEqual([(await storage.attempts(retried.id)).length, (await storage.attempts(bad.id)).length], [0, 1])
    equal((await storage.insert([job({ idempotency: { ...own, hash: 'b' } })]))[0]?.status, 'created')
    pass(9 * day)
    while (await storage.purge(100));
    equal((await storage.attempts(bad.id)).length, 0)
    equal(await kept(), 2)
  },

  async 'scheduled jobs become ready when their time has come'({ storage, job, worker, claim, now, pass }) {
    const [soon, later, past] = [job({ delay: 1_000 }), job({ at: now() + 60_000 }), job({ at: now() - 1 })]
    await storage.insert([later, soon, past])
    const me = await worker({ lease: 600_000 })
    deepEqual(
      (await claim(me)).map((one) => one.id),
      [past.id],
    )
    pass(1_000)
    deepEqual(await storage.promote(10), {
      promoted: 1,
      expired: [],
      followed: nothing,
      nextDueIn: 59_000,
      nextFireIn: null,
    })
    deepEqual(
      (await claim(me)).map((one) => one.id),
      [soon.id],
    )
    pass(59_000)
    deepEqual(await storage.promote(10), {
      promoted: 1,
      expired: [],
      followed: nothing,
      nextDueIn: null,
      nextFireIn: null,
    })
    deepEqual(
      (await claim(me)).map((one) => one.id),
      [later.id],
    )
  },

  async 'a job that was not started in time expires'({ storage, job, worker, claim, finish, now, pass }) {
    const [a, b, c] = [
      job({ expiresIn: 1_000 }),
      job({ delay: 10_000, expiresAt: now() + 2_000 }),
      job({ expiresIn: 1_000, maxAttempts: 2 }),
    ]
    await storage.insert([c])
    const me = await worker()
    const [running] = (await claim(me)) as [ClaimedJob]
    await storage.insert([a, b])
    deepEqual(await storage.promote(10), {
      promoted: 0,
      expired: [],
      followed: nothing,
      nextDueIn: 1_000,
      nextFireIn: null,
    })
    pass(1_000)
    deepEqual(await claim(me), []) // also before anybody looked
    deepEqual(await storage.promote(10), {
      promoted: 0,
      expired: [{ id: a.id, job: 'greet', attempt: 0 }],
      followed: nothing,
      nextDueIn: 1_000,
      nextFireIn: null,
    })
    const [record] = await storage.get([a.id])
    deepEqual([record?.state, record?.finishedAt, record?.expiresAt], ['expired', now(), now()])
    pass(1_000)
    equal((await storage.promote(10)).expired[0]?.id, b.id)
    await finish(me, running, failure, 5_000) // what runs may end, but not be tried again
    deepEqual(
      (await storage.promote(10)).expired.map((one) => [one.id, one.attempt]),
      [[c.id, 1]],
    )
    equal((await storage.promote(10)).nextDueIn, null)
  },
}
