/** Jobs that wait for others: released once, when their rules are satisfied, and never stranded. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { OnParentFail } from '../../job/parents.ts'
import { decide } from '../../job/states.ts'
import type { ClaimedJob, NewJob, Storage } from '../../storage/contract.ts'
import { type Cases, everything, failure, type Kit, minute, success } from './kit.ts'

const after = (parent: NewJob, onFail: OnParentFail = 'cancel') => ({ id: parent.id, onFail })

/** State and reason of each job, in the order asked. */
async function stateOf(storage: Storage, ...jobs: readonly NewJob[]): Promise<string[]> {
  const records = new Map((await storage.get(jobs.map(({ id }) => id))).map((record) => [record.id, record]))
  return jobs.map(({ id }) => {
    const record = records.get(id)
    return record === undefined ? 'gone' : [record.state, record.reason].filter(Boolean).join(' ')
  })
}

/** Has one worker run everything that is ready, by name of the outcome. */
async function runAll({ worker, claim, finish }: Kit, failing: readonly NewJob[] = []): Promise<string[]> {
  const me = await worker()
  const claimed = await claim(me)
  for (const job of claimed) {
    const fails = failing.some(({ id }) => id === job.id)
    await finish(me, job, fails ? { ...failure, retryable: false } : success)
  }
  return claimed.map(({ id }) => id)
}

export const linking: Cases = {
  async 'a child is blocked until its parent succeeded, and is due then'(kit) {
    const { storage, job, pass, now } = kit
    const parent = job()
    await storage.insert([parent])
    const child = job({ parents: [after(parent)] })
    deepEqual(await storage.insert([child]), [{ id: child.id, status: 'created' }])
    deepEqual(await stateOf(storage, child), ['blocked'])
    pass(5_000)
    deepEqual(await runAll(kit), [parent.id])
    const [record] = await storage.get([child.id])
    deepEqual([record?.state, record?.dueAt, record?.createdAt], ['ready', now(), now() - 5_000])
    deepEqual(await runAll(kit), [child.id])
    deepEqual(await stateOf(storage, parent, child), ['succeeded', 'succeeded'])
  },

  async 'a child with several parents waits for the last of them, in the same batch too'(kit) {
    const { storage, job, worker, claim, finish } = kit
    const [a, b] = [job(), job()]
    const child = job({ parents: [after(a), after(b)] })
    const grandchild = job({ parents: [after(child), after(a)] })
    await storage.insert([grandchild, child, a, b])
    deepEqual(await stateOf(storage, a, b, child, grandchild), ['ready', 'ready', 'blocked', 'blocked'])
    const me = await worker()
    const claimed = await claim(me)
    deepEqual(claimed.map(({ id }) => id).sort(), [a.id, b.id].sort())
    for (const [i, one] of claimed.entries()) {
      deepEqual(await storage.apply(me, [decide(one, success, () => 0)]), {
        refused: [],
        cancelled: [],
        followed: { released: i, cancelled: [] },
      })
    }
    const [released] = (await claim(me)) as [ClaimedJob]
    equal(released.id, child.id)
    await finish(me, released)
    deepEqual(await runAll(kit), [grandchild.id])
    equal((await storage.list(everything)).jobs.length, 4)
  },

  async 'both parents in one batch of outcomes release their child once'(kit) {
    const { storage, job, worker, claim } = kit
    const parents = [job(), job(), job()]
    const child = job({ parents: parents.map((parent) => after(parent)) })
    await storage.insert([...parents, child])
    const me = await worker()
    const changes = (await claim(me)).map((one) => decide(one, success, () => 0))
    deepEqual((await storage.apply(me, changes)).followed, { released: 1, cancelled: [] })
    deepEqual(await runAll(kit), [child.id])
  },

  async 'a parent that fails cancels, releases or holds up its children, as their edges say'(kit) {
    const { storage, job, worker, claim } = kit
    const parent = job({ maxAttempts: 1 })
    const cancelled = job({ parents: [after(parent, 'cancel')] })
    const run = job({ parents: [after(parent, 'run')] })
    const wait = job({ parents: [after(parent, 'wait')] })
    const below = job({ parents: [after(cancelled, 'cancel')] })
    const cleanup = job({ parents: [after(cancelled, 'run')] })
    await storage.insert([parent, cancelled, run, wait, below, cleanup])
    const me = await worker()
    const [one] = (await claim(me)) as [ClaimedJob]
    const { followed } = await storage.apply(me, [decide(one, failure, () => 0)])
    equal(followed.released, 2)
    deepEqual(followed.cancelled.map(({ id }) => id).sort(), [cancelled.id, below.id].sort())
    deepEqual(await stateOf(storage, parent, cancelled, run, wait, below, cleanup), [
      'failed',
      'cancelled parent_failed',
      'ready',
      'blocked',
      'cancelled parent_failed',
      'ready',
    ])
    await storage.edit([parent.id], { kind: 'retry' })
    await runAll(kit)
    deepEqual(await stateOf(storage, parent, cancelled, run, wait), [
      'succeeded',
      'cancelled parent_failed',
      'succeeded',
      'ready',
    ])
  },

  async 'a try that is not the last one releases nothing'(kit) {
    const { storage, job, worker, claim, finish, pass } = kit
    const parent = job()
    const child = job({ parents: [after(parent, 'run')] })
    await storage.insert([parent, child])
    const me = await worker({ lease: 1_000 })
    for (const outcome of [failure, { kind: 'snooze', delay: 0 }, { kind: 'release', started: false }] as const) {
      const [one] = (await claim(me)) as [ClaimedJob]
      await finish(me, one, outcome)
      deepEqual(await stateOf(storage, child), ['blocked'])
    }
    await claim(me)
    pass(1_001)
    await storage.apply(
      me,
      (await storage.sweep(10)).map((held) => decide(held, { kind: 'lapse' }, () => 0)),
    )
    deepEqual(await stateOf(storage, parent, child), ['ready', 'blocked'])
  },

  async 'parents that are over already count at once'(kit) {
    const { storage, job } = kit
    const [good, bad] = [job(), job({ maxAttempts: 1 })]
    await storage.insert([good, bad])
    await runAll(kit, [bad])
    const children = [
      job({ parents: [after(good)] }),
      job({ parents: [after(bad, 'cancel'), after(good)] }),
      job({ parents: [after(bad, 'run'), after(good)] }),
      job({ parents: [after(bad, 'wait')] }),
      job({ parents: [after(good)], delay: 1_000 }),
    ]
    await storage.insert(children)
    deepEqual(await stateOf(storage, ...children), [
      'ready',
      'cancelled parent_failed',
      'ready',
      'blocked',
      'scheduled',
    ])
    await storage.edit([bad.id], { kind: 'retry' })
    await runAll(kit)
    deepEqual(await stateOf(storage, children[3] as NewJob), ['ready'])
  },

  async 'without its parent a job is not stored, and of a flow nothing'(kit) {
    const { storage, job } = kit
    const nobody = job()
    const flow = { id: job().id, name: 'order' }
    const plain = job()
    const child = job({ parents: [after(nobody)] })
    const [first, second] = [job({ flow }), job({ flow, parents: [after(nobody)] })]
    deepEqual(await storage.insert([plain, child, first, second]), [
      { id: plain.id, status: 'created' },
      { id: child.id, status: 'orphan', parent: nobody.id },
      { id: first.id, status: 'orphan', parent: nobody.id },
      { id: second.id, status: 'orphan', parent: nobody.id },
    ])
    deepEqual(await stateOf(storage, plain, child, first, second), ['ready', 'gone', 'gone', 'gone'])
    deepEqual(await storage.flows({ ids: null, names: null, before: null, limit: 10 }), [])
  },

  async 'a child that has to run later is scheduled when it is released'(kit) {
    const { storage, job, pass, now } = kit
    const parent = job()
    const child = job({ parents: [after(parent)], delay: 10_000 })
    await storage.insert([parent, child])
    equal((await storage.promote(10)).nextDueIn, null)
    await runAll(kit)
    deepEqual(await stateOf(storage, child), ['scheduled'])
    equal((await storage.promote(10)).nextDueIn, 10_000)
    pass(10_000)
    equal((await storage.promote(10)).promoted, 1)
    equal((await storage.get([child.id]))[0]?.dueAt, now())
  },

  async 'a parent that is cancelled or expires has not succeeded'(kit) {
    const { storage, job, pass } = kit
    const [first, second] = [job(), job({ expiresIn: 1_000 })]
    const children = [first, second].flatMap((parent) => [
      job({ parents: [after(parent, 'cancel')] }),
      job({ parents: [after(parent, 'run')] }),
    ])
    await storage.insert([first, second, ...children])
    await storage.edit([first.id], { kind: 'cancel', reason: 'why' })
    deepEqual(await stateOf(storage, ...children.slice(0, 2)), ['cancelled parent_failed', 'ready'])
    pass(1_000)
    const { expired, followed } = await storage.promote(10)
    deepEqual([expired.map(({ id }) => id), followed.released, followed.cancelled.length], [[second.id], 1, 1])
    deepEqual(await stateOf(storage, ...children.slice(2)), ['cancelled parent_failed', 'ready'])
  },

  async 'a child may expire or be cancelled while it is blocked'(kit) {
    const { storage, job, pass } = kit
    const parent = job()
    const [late, unwanted] = [job({ parents: [after(parent)], expiresIn: 1_000 }), job({ parents: [after(parent)] })]
    await storage.insert([parent, late, unwanted])
    deepEqual(await storage.edit([unwanted.id], { kind: 'cancel', reason: 'why' }), [
      { id: unwanted.id, from: 'blocked' },
    ])
    pass(1_000)
    equal((await storage.promote(10)).expired.length, 1)
    await runAll(kit)
    deepEqual(await stateOf(storage, late, unwanted), ['expired', 'cancelled why'])
  },

  async 'what is retried before its parents succeeded waits for them'(kit) {
    const { storage, job } = kit
    const parent = job({ maxAttempts: 1 })
    const child = job({ parents: [after(parent)] })
    await storage.insert([parent, child])
    await runAll(kit, [parent])
    deepEqual(await storage.edit([child.id], { kind: 'retry' }), [
      { id: child.id, from: 'cancelled', linked: 'blocked' },
    ])
    deepEqual(await stateOf(storage, parent, child), ['failed', 'blocked'])
    deepEqual(await storage.edit([parent.id, child.id], { kind: 'retry' }), [
      { id: parent.id, from: 'failed' },
      { id: child.id, from: 'blocked' },
    ])
    deepEqual(await runAll(kit), [parent.id])
    deepEqual(await runAll(kit), [child.id])
    // Its parent ran once more: that concerns it no more.
    await storage.edit([parent.id], { kind: 'retry' })
    await runAll(kit)
    deepEqual(await stateOf(storage, child), ['succeeded'])
    deepEqual(await storage.edit([child.id], { kind: 'retry' }), [{ id: child.id, from: 'succeeded' }])
    deepEqual(await runAll(kit), [child.id])
  },

  async 'a job that others wait for is deleted with them only'(kit) {
    const { storage, job } = kit
    const parent = job()
    const child = job({ parents: [after(parent)] })
    await storage.insert([parent, child])
    deepEqual(await storage.edit([parent.id], { kind: 'delete' }), [{ id: parent.id, from: 'ready', linked: 'needed' }])
    deepEqual(await stateOf(storage, parent, child), ['ready', 'blocked'])
    deepEqual(await storage.edit([parent.id, child.id], { kind: 'delete' }), [
      { id: parent.id, from: 'ready' },
      { id: child.id, from: 'blocked' },
    ])
    deepEqual(await storage.edges([parent.id, child.id]), [])
    const [again, next] = [job(), job()]
    await storage.insert([again, { ...next, parents: [after(again)] }])
    await runAll(kit)
    deepEqual(await storage.edit([again.id], { kind: 'delete' }), [
      { id: again.id, from: 'succeeded', linked: 'needed' },
    ])
    await runAll(kit)
    deepEqual(await storage.edit([again.id], { kind: 'delete' }), [{ id: again.id, from: 'succeeded' }])
  },

  async 'nobody waits for a parent whose retention is over'(kit) {
    const { storage, job, pass } = kit
    const parent = job({ maxAttempts: 1, keepFailed: minute })
    const waiting = job({ parents: [after(parent, 'wait')] })
    const below = job({ parents: [after(waiting, 'cancel')] })
    await storage.insert([parent, waiting, below])
    await runAll(kit, [parent])
    pass(2 * 1440 * minute)
    while (await storage.purge(100));
    deepEqual(await stateOf(storage, parent, waiting, below), [
      'gone',
      'cancelled parent_gone',
      'cancelled parent_failed',
    ])
  },

  async 'an insert that is repeated links once, whatever became of the jobs'(kit) {
    const { storage, job, worker, claim, finish } = kit
    const parent = job()
    const child = job({ parents: [after(parent)] })
    const batch = [parent, child]
    const created = batch.map(({ id }) => ({ id, status: 'created' as const }))
    deepEqual(await storage.insert(batch, true), created)
    deepEqual(await storage.insert(batch, true), created)
    const me = await worker()
    const [first] = (await claim(me)) as [ClaimedJob]
    deepEqual(await storage.insert(batch, true), created)
    await finish(me, first)
    deepEqual(await storage.insert(batch, true), created)
    const [second] = (await claim(me)) as [ClaimedJob]
    equal(second.id, child.id)
    deepEqual(await storage.insert(batch, true), created)
    deepEqual(await finish(me, second), [])
    deepEqual(await storage.insert(batch, true), created)
    deepEqual(await stateOf(storage, parent, child), ['succeeded', 'succeeded'])
    deepEqual(await claim(me), [])
  },

  async 'a child that comes while its parent ends is not stranded'(kit) {
    if (!kit.subject.shared) return
    const { storage, job, worker, claim } = kit
    const other = await kit.connect()
    for (let round = 0; round < 25; round++) {
      const parents = Array.from({ length: 4 }, () => job())
      await storage.insert(parents)
      const me = await worker()
      const changes = (await claim(me)).map((one) => decide(one, success, () => 0))
      const children = parents.map((parent, i) => job({ parents: [after(parent), after(parents[3 - i] as NewJob)] }))
      await Promise.all([
        storage.apply(me, changes.slice(0, 2)),
        other.insert(children.slice(0, 2)),
        other.apply(me, changes.slice(2)),
        storage.insert(children.slice(2)),
      ])
      deepEqual(await stateOf(storage, ...children), ['ready', 'ready', 'ready', 'ready'])
      equal((await runAll(kit)).length, 4)
    }
  },

  async 'a child that is retried while its parent ends is not stranded'(kit) {
    if (!kit.subject.shared) return
    const { storage, job, worker, claim } = kit
    const other = await kit.connect()
    const parent = job()
    const child = job({ parents: [after(parent)] })
    await storage.insert([parent, child])
    for (let round = 0; round < 25; round++) {
      await storage.edit([parent.id], { kind: 'retry' })
      await storage.edit([child.id], { kind: 'cancel', reason: 'x' })
      const me = await worker()
      const [one] = (await claim(me)).filter(({ id }) => id === parent.id)
      const [applied, [edited]] = await Promise.all([
        storage.apply(me, [decide(one as ClaimedJob, success, () => 0)]),
        other.edit([child.id], { kind: 'retry' }),
      ])
      deepEqual([applied.refused, edited?.from], [[], 'cancelled'])
      deepEqual(await stateOf(storage, child), ['ready'])
      await runAll(kit)
      // The edge is closed now: from here on it is about the lost edge only once, so start with a new pair.
      await storage.edit([parent.id, child.id], { kind: 'delete' })
      await storage.insert([parent, child])
      await runAll(kit, [parent])
      await storage.edit([parent.id], { kind: 'retry' })
      await storage.edit([parent.id], { kind: 'cancel', reason: 'x' })
    }
  },

  async 'edges and flows can be looked at'(kit) {
    const { storage, job, now } = kit
    const flow = { id: job().id, name: 'order' }
    const [one, two] = [job({ flow }), job({ flow })]
    const three = job({ flow: { id: flow.id, name: null }, parents: [after(one, 'run'), after(two, 'wait')] })
    await storage.insert([one, two, three, job()])
    await runAll(kit, [two])
    const edges = [
      { parent: one.id, child: three.id, onFail: 'run', open: false },
      { parent: two.id, child: three.id, onFail: 'wait', open: true },
    ]
    deepEqual(
      (await storage.edges([three.id])).toSorted((a, b) => (a.parent < b.parent ? -1 : 1)),
      edges,
    )
    deepEqual(await storage.edges([one.id]), [edges[0]])
    const [found, ...more] = await storage.flows({ ids: null, names: ['order'], before: null, limit: 10 })
    deepEqual([found?.id, found?.name, found?.createdAt, more.length], [flow.id, 'order', now(), 0])
    const { succeeded, failed, blocked } = found?.jobs ?? {}
    deepEqual([succeeded, failed, blocked], [1, 1, 1])
    deepEqual(await storage.flows({ ids: null, names: ['other'], before: null, limit: 10 }), [])
    deepEqual(await storage.flows({ ids: [flow.id], names: null, before: flow.id, limit: 10 }), [])
    const ids = (await storage.list({ ...everything, flows: [flow.id] })).jobs.map(({ id }) => id)
    deepEqual(ids.sort(), [one.id, two.id, three.id].sort())
    ok((await storage.get([one.id]))[0]?.flow === flow.id)
  },
}
