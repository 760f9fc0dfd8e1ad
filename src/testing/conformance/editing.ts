/** What people ask of jobs. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Edit } from '../../job/edits.ts'
import { decide, type Outcome } from '../../job/states.ts'
import type { ClaimedJob } from '../../storage/contract.ts'
import { type Cases, everything, failure, line, nothing, success } from './kit.ts'

export const editing: Cases = {
  async 'a waiting job that is cancelled is over at once'({ storage, job, worker, claim, now }) {
    const [ready, scheduled] = [job(), job({ delay: 5_000 })]
    await storage.insert([ready, scheduled])
    const cancel: Edit = { kind: 'cancel', reason: 'not needed' }
    const unknown = '00000000-0000-7000-8000-000000000000'
    deepEqual(await storage.edit([ready.id, scheduled.id, unknown], cancel), [
      { id: ready.id, from: 'ready' },
      { id: scheduled.id, from: 'scheduled' },
      { id: unknown, from: null },
    ])
    for (const record of await storage.get([ready.id, scheduled.id]))
      deepEqual(
        [record.state, record.reason, record.finishedAt, record.worker],
        ['cancelled', 'not needed', now(), null],
      )
    deepEqual(await claim(await worker()), [])
    deepEqual(await storage.edit([ready.id], cancel), [{ id: ready.id, from: 'cancelled' }])
    deepEqual(await storage.edit([], cancel), [])
  },

  async 'the worker of a running job is told of its cancel, until it is in other hands'({
    storage,
    job,
    worker,
    claim,
    finish,
  }) {
    await storage.insert([job(), job()])
    const me = await worker()
    const [one, two] = (await claim(me)) as [ClaimedJob, ClaimedJob]
    deepEqual(await storage.signals(me), [])
    deepEqual(await storage.edit([one.id], { kind: 'cancel', reason: 'why' }), [{ id: one.id, from: 'running' }])
    await storage.edit([one.id], { kind: 'cancel', reason: 'again' })
    const signal = { id: one.id, fence: 1, kind: 'cancel', reason: 'why' }
    deepEqual(await storage.signals(me), [signal])
    deepEqual(await storage.signals(me), [signal])
    deepEqual(await storage.signals(await worker()), [])
    equal((await storage.get([one.id]))[0]?.state, 'running')
    deepEqual(await finish(me, one, { kind: 'cancel', reason: 'why' }), [])
    deepEqual(await storage.signals(me), [])
    const [record] = await storage.get([one.id])
    deepEqual([record?.state, record?.reason, record?.fence], ['cancelled', 'why', 1])
    await finish(me, two)
  },

  async 'a job that is given back after its cancel was asked for is over, however it is given back'({
    storage,
    job,
    worker,
    claim,
    finish,
    pass,
  }) {
    const ways: [Outcome, number][] = [
      [{ kind: 'release', started: false }, 0],
      [failure, 5_000],
      [{ kind: 'snooze', delay: 100 }, 0],
    ]
    for (const [outcome, delay] of ways) {
      await storage.insert([job()])
      const me = await worker()
      const [claimed] = (await claim(me)) as [ClaimedJob]
      await storage.edit([claimed.id], { kind: 'cancel', reason: 'why' })
      deepEqual(await finish(me, claimed, outcome, delay), [])
      const [record] = await storage.get([claimed.id])
      deepEqual([record?.state, record?.reason], ['cancelled', 'why'])
    }
    await storage.insert([job()])
    const dead = await worker({ lease: 1_000 })
    const [claimed] = (await claim(dead)) as [ClaimedJob]
    await storage.edit([claimed.id], { kind: 'cancel', reason: 'why' })
    pass(1_001)
    const lapsed = (await storage.sweep(10)).map((held) => decide(held, { kind: 'lapse' }, () => 0))
    deepEqual(await storage.apply(dead, lapsed), { refused: [], cancelled: [claimed.id], followed: nothing })
    equal((await storage.get([claimed.id]))[0]?.state, 'cancelled')
  },

  async 'a cancel of one start does not concern the next'({ storage, job, worker, claim, finish }) {
    await storage.insert([job()])
    const me = await worker()
    const [first] = (await claim(me)) as [ClaimedJob]
    await storage.edit([first.id], { kind: 'cancel', reason: 'why' })
    await finish(me, first)
    await storage.edit([first.id], { kind: 'retry' })
    const [second] = (await claim(me)) as [ClaimedJob]
    deepEqual([second.fence, await storage.signals(me)], [2, []])
    deepEqual(await finish(me, second, { kind: 'release', started: false }), [])
    equal((await storage.get([first.id]))[0]?.state, 'ready')
  },

  async 'a retry starts a finished job anew'({ storage, job, worker, claim, finish, now, pass }) {
    await storage.insert([job({ maxAttempts: 1, metadata: { a: 1 }, expiresIn: 60_000 })])
    const me = await worker({ lease: 600_000 })
    const [first] = (await claim(me)) as [ClaimedJob]
    deepEqual(await storage.edit([first.id], { kind: 'retry' }), [{ id: first.id, from: 'running' }])
    await finish(me, first, failure)
    pass(90_000)
    deepEqual(await storage.edit([first.id], { kind: 'retry' }), [{ id: first.id, from: 'failed' }])
    const [record] = await storage.get([first.id])
    deepEqual(
      [record?.state, record?.attempt, record?.lapses, record?.fence, record?.error, record?.reason, record?.dueAt],
      ['ready', 0, 0, 1, null, null, now()],
    )
    const [second] = (await claim(me)) as [ClaimedJob]
    deepEqual([second.attempt, second.fence, second.input, second.metadata], [1, 2, first.input, { a: 1 }])
    deepEqual(await finish(me, first), [first.id])
    deepEqual(await finish(me, second), [])
    equal((await storage.get([first.id]))[0]?.state, 'succeeded')
    equal((await storage.attempts(first.id)).length, 1)
    equal((await storage.list(everything)).jobs.length, 1)
  },

  async 'a waiting job can be put to another time'({ storage, job, worker, claim, now, pass }) {
    const [soon, later] = [job(), job({ delay: 60_000 })]
    await storage.insert([soon, later])
    deepEqual(await storage.edit([soon.id], { kind: 'reschedule', at: now() + 5_000, delay: 0 }), [
      { id: soon.id, from: 'ready' },
    ])
    deepEqual(await storage.edit([later.id], { kind: 'reschedule', at: null, delay: 0 }), [
      { id: later.id, from: 'scheduled' },
    ])
    const me = await worker()
    deepEqual(
      (await claim(me)).map((one) => [one.id, one.dueAt]),
      [[later.id, now()]],
    )
    deepEqual(await storage.edit([later.id], { kind: 'reschedule', at: null, delay: 9 }), [
      { id: later.id, from: 'running' },
    ])
    equal((await storage.promote(10)).nextDueIn, 5_000)
    pass(5_000)
    await storage.promote(10)
    deepEqual(
      (await claim(me)).map((one) => [one.id, one.dueAt]),
      [[soon.id, now()]],
    )
  },

  async 'edits and claims and outcomes at the same time leave each job in one place'({
    storage,
    subject,
    connect,
    job,
    worker,
  }) {
    const jobs = Array.from({ length: 60 }, () => job())
    await storage.insert(jobs)
    const ids = jobs.map(({ id }) => id)
    const on = subject.shared ? await connect() : storage
    const me = await worker({ storage: on })
    const lanes = [{ name: 'default', limit: 5 }]
    const work = async () => {
      for (let i = 0; i < 20; i++) {
        const claimed = await on.claim({ worker: me, lanes, jobs: ['greet'], suspect: false })
        await on.apply(
          me,
          claimed.map((one, n) => decide(one, n % 2 === 0 ? success : { kind: 'release', started: false }, () => 0)),
        )
      }
    }
    const disturb = async () => {
      for (let i = 0; i < 20; i++) {
        await storage.edit(ids.slice(i, i + 20), { kind: 'cancel', reason: 'x' })
        await storage.edit(ids.slice(i + 10, i + 40), { kind: 'retry' })
        await storage.edit(ids.slice(i), { kind: 'reschedule', at: null, delay: 0 })
      }
    }
    await Promise.all([work(), disturb(), work()])
    const { live, finished } = await storage.stats()
    const count = Object.values({ ...live, ...finished }).reduce((sum, n) => sum + n, 0)
    deepEqual([count, (await storage.get(ids)).length], [60, 60])
    equal(live.running, (await storage.held(me)).length)
  },

  async 'a deleted job leaves nothing behind; a running one is not deleted'({ storage, job, worker, claim, finish }) {
    const waiting = job({ delay: 1_000 })
    await storage.insert([waiting, job(), job()])
    const me = await worker()
    const [over, running] = (await claim(me)) as [ClaimedJob, ClaimedJob]
    const change = decide(over, { ...failure, retryable: false }, () => 0)
    await storage.apply(me, [change], [{ id: over.id, fence: 1, progress: null, logs: [line(0)] }])
    deepEqual(
      (await storage.edit([waiting.id, over.id, running.id], { kind: 'delete' })).map(({ from }) => from),
      ['scheduled', 'failed', 'running'],
    )
    deepEqual(
      (await storage.list(everything)).jobs.map((record) => record.id),
      [running.id],
    )
    deepEqual([await storage.attempts(over.id), await storage.logs(over.id, null, 10)], [[], []])
    deepEqual(await finish(me, running), [])
  },

  async 'two people who ask at the same time find the job, wherever the other one put it'({
    storage,
    subject,
    connect,
    job,
  }) {
    const other = subject.shared ? await connect() : storage
    const one = job()
    await storage.insert([one])
    await storage.edit([one.id], { kind: 'cancel', reason: 'x' })
    for (let n = 0; n < 30; n++) {
      const found = await Promise.all([
        storage.edit([one.id], { kind: 'retry' }),
        other.edit([one.id], { kind: 'cancel', reason: 'x' }),
        other.edit([one.id], { kind: 'retry' }),
      ])
      ok(found.flat().every(({ from }) => from !== null))
      await storage.edit([one.id], { kind: 'cancel', reason: 'x' })
    }
  },
}
