/** Outcomes are written, and what handlers told, by whoever holds the job. */
import { deepEqual, equal } from 'node:assert/strict'
import { type Change, decide } from '../../job/states.ts'
import type { ClaimedJob, NewLogLine, Note } from '../../storage/contract.ts'
import { type Cases, failure, line, minute, nothing, success } from './kit.ts'

export const settling: Cases = {
  async 'a success moves to the history, once'({ storage, job, worker, claim, finish, now, pass }) {
    await storage.insert([job()])
    const me = await worker()
    const [claimed] = (await claim(me)) as [ClaimedJob]
    pass(20)
    deepEqual(await finish(me, claimed), [])
    const [record] = await storage.get([claimed.id])
    deepEqual(
      [record?.state, record?.output, record?.finishedAt, record?.startedAt, record?.attempt, record?.worker],
      ['succeeded', '{"ok":true}', now(), now() - 20, 1, me],
    )
    deepEqual(await finish(me, claimed, failure), [claimed.id])
    equal((await storage.get([claimed.id]))[0]?.state, 'succeeded')
    deepEqual(await storage.attempts(claimed.id), [])
  },

  async 'only the current fence and worker may write'({ storage, job, worker, claim, finish }) {
    await storage.insert([job()])
    const [me, other] = [await worker(), await worker()]
    const [claimed] = (await claim(me)) as [ClaimedJob]
    for (const outcome of [success, failure, { kind: 'release', started: false } as const]) {
      deepEqual(await finish(other, claimed, outcome, 5), [claimed.id])
      deepEqual(await finish(me, { ...claimed, fence: claimed.fence + 1 }, outcome, 5), [claimed.id])
    }
    equal((await storage.get([claimed.id]))[0]?.state, 'running')
    deepEqual(await storage.attempts(claimed.id), [])
    await finish(me, claimed, { kind: 'release', started: false })
    const [again] = (await claim(me)) as [ClaimedJob]
    deepEqual([again.id, again.fence, again.attempt], [claimed.id, 2, 1])
    deepEqual(await finish(me, claimed), [claimed.id])
    deepEqual(await finish(me, again), [])
  },

  async 'a failed try is recorded, waits and comes back'({ storage, job, worker, claim, finish, now, pass }) {
    await storage.insert([job({ maxAttempts: 2 })])
    const me = await worker()
    const [first] = (await claim(me)) as [ClaimedJob]
    deepEqual(await finish(me, first, { ...failure, reason: 'timed_out' }, 5_000), [])
    deepEqual(await storage.promote(10), {
      promoted: 0,
      expired: [],
      followed: nothing,
      nextDueIn: 5_000,
      nextFireIn: null,
    })
    equal((await storage.get([first.id]))[0]?.state, 'scheduled')
    equal((await claim(me)).length, 0)
    pass(5_000)
    equal((await storage.promote(10)).promoted, 1)
    const [second] = (await claim(me)) as [ClaimedJob]
    deepEqual([second.attempt, second.fence, second.dueAt], [2, 2, now()])
    await finish(me, second, failure)
    const [record] = await storage.get([first.id])
    deepEqual([record?.state, record?.error?.message], ['failed', 'no luck'])
    const tries = await storage.attempts(first.id)
    deepEqual(
      tries.map((one) => [one.attempt, one.to, one.reason, one.error?.message]),
      [
        [1, 'scheduled', 'timed_out', 'no luck'],
        [2, 'failed', null, 'no luck'],
      ],
    )
  },

  async 'one batch may hold every kind of change, and a stale one harms no other'({ storage, job, worker, claim }) {
    await storage.insert(Array.from({ length: 5 }, () => job()))
    const me = await worker()
    const [a, b, c, d, e] = (await claim(me)) as [ClaimedJob, ClaimedJob, ClaimedJob, ClaimedJob, ClaimedJob]
    const changes: Change[] = [
      decide(a, success, () => 0),
      decide(b, failure, () => 1_000),
      decide(c, { kind: 'discard', reason: 'not needed' }, () => 0),
      decide(d, { kind: 'release', started: false }, () => 0),
      decide({ ...e, fence: 9 }, success, () => 0),
    ]
    deepEqual(await storage.apply(me, changes), { refused: [e.id], cancelled: [], followed: nothing })
    const found = new Map(
      (await storage.get([a.id, b.id, c.id, d.id, e.id])).map((record) => [record.id, record.state]),
    )
    deepEqual(
      [a, b, c, d, e].map((one) => found.get(one.id)),
      ['succeeded', 'scheduled', 'cancelled', 'ready', 'running'],
    )
  },

  async 'finished jobs may be kept for very different times'({ storage, job, worker, claim, finish }) {
    const days = [0.001, 1, 6.9, 30, 32, 45, 400, 36_500]
    await storage.insert(days.map((keep) => job({ keepSucceeded: Math.round(keep * 1440 * minute) })))
    const me = await worker()
    for (const claimed of await claim(me)) deepEqual(await finish(me, claimed), [])
    equal((await storage.stats()).finished.succeeded, days.length)
  },

  async 'what a running handler tells is kept, of others it is dropped'({ storage, job, worker, claim, finish, now }) {
    await storage.insert([job(), job()])
    const [me, other] = [await worker(), await worker()]
    const [one, two] = (await claim(me)) as [ClaimedJob, ClaimedJob]
    const note = (fence: number, logs: NewLogLine[], percent: number): Note => ({
      id: one.id,
      fence,
      logs,
      progress: { percent, message: `${percent} %` },
    })
    await storage.note(me, [
      note(1, [line(0, { ago: 30, level: 'warn' }), line(1, { data: '{"a":[1]}' })], 40),
      { id: two.id, fence: 1, logs: [line(0)], progress: null },
    ])
    await storage.note(me, [note(1, [line(1), line(2)], 50)]) // the answer to the one before was lost
    await storage.note(other, [note(1, [line(3)], 99)])
    await storage.note(me, [note(2, [line(4)], 99)])
    const logs = await storage.logs(one.id, null, 10)
    deepEqual(
      logs.map(({ seq, fence, attempt, message }) => [seq, fence, attempt, message]),
      [0, 1, 2].map((seq) => [seq, 1, 1, `line ${seq}`]),
    )
    deepEqual([logs[0]?.level, logs[0]?.at, logs[1]?.data, logs[2]?.data], ['warn', now() - 30, '{"a":[1]}', null])
    deepEqual((await storage.get([one.id]))[0]?.progress, { percent: 50, message: '50 %' })
    deepEqual(
      (await storage.logs(one.id, { fence: 1, seq: 0 }, 1)).map(({ seq }) => seq),
      [1],
    )
    // With the outcome; after it nothing more is taken.
    const change = decide(one, success, () => 0)
    deepEqual(await storage.apply(me, [change], [note(1, [line(5)], 100)]), {
      refused: [],
      cancelled: [],
      followed: nothing,
    })
    await storage.note(me, [note(1, [line(6)], 10)])
    deepEqual(
      (await storage.logs(one.id, { fence: 1, seq: 2 }, 10)).map(({ seq }) => seq),
      [5],
    )
    deepEqual((await storage.get([one.id]))[0]?.progress?.percent, 100)
    await finish(me, two)
  },
}
