/** Lanes can be paused, and it can be seen what waits in them. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { decide, suspectAfter } from '../../job/states.ts'
import type { ClaimedJob } from '../../storage/contract.ts'
import { type Cases, minute } from './kit.ts'

export const lanes: Cases = {
  async 'nothing of a paused lane is claimed, from any connection, until it goes on'({
    storage,
    subject,
    connect,
    job,
    worker,
    claim,
    now,
    pass,
  }) {
    const other = subject.shared ? await connect() : storage
    const jobs = Array.from({ length: 8 }, () => job())
    await storage.insert([...jobs, job({ lane: 'side' })])
    const me = await worker({ lanes: ['default', 'side'] })
    equal((await claim(me, 2)).length, 2) // cursors stand behind these now
    equal(await other.pauseLane('default', 'a deploy'), true)
    const paused = { reason: 'a deploy', since: now() }
    pass(10)
    deepEqual(await claim(me, 2), [])
    const both = ['default', 'side'].map((name) => ({ name, limit: 5 }))
    for (const on of [storage, other]) {
      const got = await on.claim({ worker: me, lanes: both, jobs: ['greet'], suspect: false })
      ok(got.every(({ lane }) => lane === 'side'))
    }
    deepEqual((await storage.lanes(10)).find(({ name }) => name === 'default')?.paused, paused)
    deepEqual((await storage.standing(recordOf(jobs[5]), 10)).paused, paused)
    equal(await storage.pauseLane('default', null), true)
    equal(await storage.pauseLane('default', null), false)
    equal((await storage.standing(recordOf(jobs[5]), 10)).paused, null)
    equal((await claim(me)).length, 6)
  },

  async 'a job that lapsed twice waits for its paused lane, too'({ storage, job, worker, claim, pass }) {
    await storage.insert([job()])
    for (let n = 0; n < suspectAfter; n++) {
      const dead = await worker({ lease: 1_000 })
      await claim(dead)
      pass(1_001)
      const lapsed = await storage.sweep(10)
      await storage.apply(
        dead,
        lapsed.map((one) => decide(one, { kind: 'lapse' }, () => 0)),
      )
    }
    const me = await worker()
    const request = { worker: me, lanes: [{ name: 'default', limit: 1 }], jobs: ['greet'], suspect: true }
    await storage.pauseLane('default', 'no')
    deepEqual(await storage.claim(request), [])
    await storage.pauseLane('default', null)
    equal((await storage.claim(request)).length, 1)
  },

  async 'a lane may be paused before it has jobs; another reason leaves it paused since then'({ storage, now, pass }) {
    equal(await storage.pauseLane('later', 'first'), true)
    const since = now()
    pass(100)
    equal(await storage.pauseLane('later', 'first'), false)
    equal(await storage.pauseLane('later', 'second'), true)
    deepEqual(await storage.lanes(10), [
      {
        name: 'later',
        paused: { reason: 'second', since },
        waiting: 0,
        scheduled: 0,
        running: 0,
        oldestDueAt: null,
      },
    ])
    await storage.pauseLane('later', null)
    deepEqual(await storage.lanes(10), [])
  },

  async 'a worker hears of pauses as long as they last'({ storage, job, worker, claim }) {
    const me = await worker()
    await storage.insert([job()])
    const [held] = (await claim(me)) as [ClaimedJob]
    await storage.pauseLane('default', 'x')
    await storage.edit([held.id], { kind: 'cancel', reason: 'y' })
    const signals = await storage.signals(me)
    deepEqual(
      signals.toSorted((a, b) => (a.kind < b.kind ? -1 : 1)),
      [
        { kind: 'cancel', id: held.id, fence: 1, reason: 'y' },
        { kind: 'pause', lane: 'default' },
      ],
    )
    await storage.pauseLane('default', null)
    deepEqual(
      (await storage.signals(me)).map(({ kind }) => kind),
      ['cancel'],
    )
  },

  async 'lanes tell what waits, runs and is scheduled, and count no further than asked'({
    storage,
    job,
    worker,
    claim,
    now,
    pass,
  }) {
    const first = now()
    await storage.insert([job({ lane: 'b', priority: 3 })])
    pass(10)
    await storage.insert([
      ...Array.from({ length: 5 }, () => job()),
      ...Array.from({ length: 3 }, (_, priority) => job({ lane: 'b', priority })),
      ...Array.from({ length: 3 }, () => job({ lane: 'c', delay: minute })),
      job({ lane: 'd', job: 'strange' }),
    ])
    const me = await worker({ lanes: ['default', 'd'] })
    equal((await storage.setAside(10)).aside, 1)
    await claim(me, 2)
    const row = (name: string, waiting: number, oldestDueAt: number | null, rest: object = {}) => ({
      name,
      paused: null,
      waiting,
      scheduled: 0,
      running: 0,
      oldestDueAt,
      ...rest,
    })
    deepEqual(await storage.lanes(100), [
      row('b', 4, first),
      row('c', 0, null, { scheduled: 3 }),
      row('d', 1, now()),
      row('default', 3, now(), { running: 2 }),
    ])
    deepEqual(
      (await storage.lanes(2)).map(({ name, waiting, running, scheduled }) => [name, waiting, running, scheduled]),
      [
        ['b', 2, 0, 0],
        ['c', 0, 0, 2],
        ['d', 1, 0, 0],
        ['default', 2, 2, 0],
      ],
    )
  },

  async 'it is told who stands before a job, and who has jobs of its lane'({ storage, job, worker, claim, now, pass }) {
    const jobs = Array.from({ length: 6 }, () => job())
    await storage.insert(jobs)
    pass(10)
    const [urgent, last] = [job({ priority: 0 }), job()]
    await storage.insert([job({ priority: 4 }), urgent, last, job({ lane: 'side' })])
    const [me, other] = [await worker(), await worker()]
    await claim(me, 3)
    await claim(other, 1)
    const ahead = async (one: typeof last, limit = 100) => (await storage.standing(recordOf(one, now()), limit)).ahead
    equal(await ahead(last), 3) // the urgent one was claimed
    equal(await ahead(last, 2), 2)
    equal((await storage.standing({ ...recordOf(last, now()), priority: 4 }, 100)).ahead, 4)
    equal((await storage.standing(recordOf(jobs[5], now() - 10), 100)).ahead, 2) // they came together
    const { held, now: told } = await storage.standing(recordOf(last, now()), 100)
    equal(told, now())
    const byWorker = (a: { worker: string }, b: { worker: string }) => (a.worker < b.worker ? -1 : 1)
    deepEqual(
      held.toSorted(byWorker),
      [
        { worker: me, jobs: 3 },
        { worker: other, jobs: 1 },
      ].sort(byWorker),
    )
    deepEqual((await storage.standing({ ...recordOf(last, now()), lane: 'side' }, 100)).held, [])
  },
}

const recordOf = (job: { id: string; lane: string; priority: number } | undefined, dueAt = 0) => {
  const { id, lane, priority } = job as { id: string; lane: string; priority: number }
  return { id, lane, priority, dueAt }
}
