/** Of a job that keeps nothing, a success leaves no trace but what a repeated insert has to know. */
import { deepEqual, equal } from 'node:assert/strict'
import type { ClaimedJob } from '../../storage/contract.ts'
import { type Cases, everything, failure, line, minute } from './kit.ts'

export const forgetting: Cases = {
  async 'of a success nothing is kept where nothing is to be kept'({ storage, job, worker, claim, finish, pass }) {
    const [gone, kept] = [job({ keepSucceeded: 0 }), job()]
    await storage.insert([gone, kept])
    const me = await worker()
    for (const claimed of await claim(me)) {
      equal(claimed.forgets, claimed.id === gone.id)
      await storage.note(me, [{ id: claimed.id, fence: 1, progress: null, logs: [line(0)] }])
      deepEqual(await finish(me, claimed, failure, 0), []) // its try is recorded, and goes with it
    }
    const again = await claim(me)
    equal(again.length, 2)
    for (const claimed of again)
      deepEqual(await finish(me, claimed, { kind: 'success', output: null, reason: 'timed_out' }), [])
    deepEqual(
      (await storage.list(everything)).jobs.map(({ id, state }) => [id, state]),
      [[kept.id, 'succeeded']],
    )
    deepEqual(await storage.attempts(gone.id), [])
    deepEqual(await storage.logs(gone.id, null, 10), [])
    equal((await storage.attempts(kept.id)).length, 2)
    equal((await storage.stats()).finished.succeeded, 1)
    pass(minute)
    deepEqual(await claim(me), [])
  },

  async 'a failure is kept all the same'({ storage, job, worker, claim, finish }) {
    const [failed, cancelled] = [job({ keepSucceeded: 0, maxAttempts: 1 }), job({ keepSucceeded: 0 })]
    await storage.insert([failed])
    const me = await worker()
    const [claimed] = (await claim(me)) as [ClaimedJob]
    await finish(me, claimed, failure)
    await storage.insert([cancelled])
    await storage.edit([cancelled.id], { kind: 'cancel', reason: 'why' })
    equal((await storage.get([failed.id]))[0]?.state, 'failed')
    equal((await storage.get([cancelled.id]))[0]?.state, 'cancelled')
  },

  async 'only the holder can make it go'({ storage, job, worker, claim, finish }) {
    await storage.insert([job({ keepSucceeded: 0 })])
    const [me, other] = [await worker(), await worker()]
    const [claimed] = (await claim(me)) as [ClaimedJob]
    deepEqual(await finish(other, claimed), [claimed.id])
    deepEqual(await finish(me, { ...claimed, fence: claimed.fence + 1 }), [claimed.id])
    equal((await storage.get([claimed.id]))[0]?.state, 'running')
    deepEqual(await finish(me, claimed), [])
    deepEqual(await finish(me, claimed), [claimed.id])
  },

  async 'a repeated insert does not bring it back, for an hour'({ storage, job, worker, claim, finish, pass }) {
    const gone = job({ keepSucceeded: 0 })
    await storage.insert([gone])
    const me = await worker({ lease: 1440 * minute })
    const [claimed] = (await claim(me)) as [ClaimedJob]
    deepEqual(await finish(me, claimed), [])
    pass(59 * minute)
    while (await storage.purge(100));
    deepEqual(await storage.insert([gone], true), [{ id: gone.id, status: 'created' }])
    deepEqual(await claim(me), [])
    deepEqual((await storage.list(everything)).jobs, [])
    pass(2 * minute)
    while (await storage.purge(100));
    await storage.insert([gone], true)
    deepEqual(
      (await claim(me)).map(({ id }) => id),
      [gone.id],
    )
  },
}
