/** Jobs that wait for others, where calls are repeated, parents have failed before, or an earlier job counts instead. */
import { deepEqual, equal } from 'node:assert/strict'
import { decide } from '../../job/states.ts'
import type { UniqueRule } from '../../job/unique.ts'
import type { ClaimedJob, NewJob } from '../../storage/contract.ts'
import { type Cases, failure, type Kit, minute, success } from './kit.ts'

const unique: UniqueRule = {
  key: 'k',
  within: minute,
  while: ['blocked', 'scheduled', 'ready', 'running'],
  onConflict: 'keep',
  due: false,
}

async function runOne({ storage, worker, claim }: Kit, job: NewJob, outcome: Parameters<Kit['finish']>[2] = success) {
  const me = await worker()
  const [claimed] = (await claim(me, 1)) as [ClaimedJob]
  equal(claimed.id, job.id)
  await storage.apply(me, [decide(claimed, outcome, () => 0)])
}

const stateOf = async ({ storage }: Kit, { id }: NewJob) => (await storage.get([id]))[0]?.state ?? 'gone'

export const relinking: Cases = {
  async 'a child that was refused at once waits for its parent when both are retried'(kit) {
    const { storage, job, pass } = kit
    const parent = job({ maxAttempts: 1, keepFailed: minute })
    await storage.insert([parent])
    await runOne(kit, parent, failure)
    const edge = { id: parent.id, onFail: 'cancel' as const }
    const child = job({ parents: [edge] })
    await storage.insert([child])
    equal(await stateOf(kit, child), 'cancelled')
    await storage.edit([parent.id, child.id], { kind: 'retry' })
    equal(await stateOf(kit, child), 'blocked')
    await runOne(kit, parent, failure)
    equal(await stateOf(kit, child), 'cancelled')
    await storage.edit([parent.id, child.id], { kind: 'retry' })
    await runOne(kit, parent)
    equal(await stateOf(kit, child), 'ready')
    await runOne(kit, child)
    // Another parent of that kind, whose time is over.
    const old = job({ maxAttempts: 1, keepFailed: minute })
    await storage.insert([old])
    await runOne(kit, old, failure)
    const late = job({ parents: [{ id: old.id, onFail: 'cancel' }] })
    await storage.insert([late])
    await storage.edit([late.id], { kind: 'retry' })
    pass(2 * 1440 * minute)
    while (await storage.purge(100));
    equal(await stateOf(kit, old), 'gone')
    deepEqual(
      (await storage.get([late.id])).map(({ state, reason }) => [state, reason]),
      [['cancelled', 'parent_gone']],
    )
  },

  async 'a repeated insert needs the parents no more, and links nothing again'(kit) {
    const { storage, job } = kit
    const parent = job()
    await storage.insert([parent])
    await runOne(kit, parent)
    const child = job({ parents: [{ id: parent.id, onFail: 'wait' }] })
    await storage.insert([child])
    await runOne(kit, child)
    deepEqual(await storage.edit([parent.id], { kind: 'delete' }), [{ id: parent.id, from: 'succeeded' }])
    deepEqual(await storage.insert([child], { retry: true }), [{ id: child.id, status: 'created' }])
    deepEqual(await storage.edges([child.id]), [])
    deepEqual(await storage.edit([child.id], { kind: 'retry' }), [{ id: child.id, from: 'succeeded' }])
    equal(await stateOf(kit, child), 'ready')
  },

  async 'what running jobs add to one flow are calls of their own'({ storage, job }) {
    const flow = { id: job().id, name: null }
    const nobody = job()
    const [lost, sound] = [job({ flow, parents: [{ id: nobody.id, onFail: 'run' }] }), job({ flow })] as const
    deepEqual(await storage.insert([lost, sound]), [
      { id: lost.id, status: 'orphan', parent: nobody.id },
      { id: sound.id, status: 'created' },
    ])
  },

  async 'where an earlier job counts with its key, that is waited for'(kit) {
    const { storage, job } = kit
    const earlier = job({ unique, keepSucceeded: 0 })
    await storage.insert([earlier])
    const flow = () => {
      const own = { id: job().id, name: 'again' }
      const first = job({ flow: own, unique })
      const second = job({ flow: own, unique: { ...unique, while: ['running'] } })
      const edges = [first, second].map(({ id }) => ({ id, onFail: 'wait' as const }))
      return [first, second, job({ flow: own, parents: edges })] as const
    }
    const [first, second, last] = flow()
    deepEqual(await storage.insert([first, second, last]), [
      { id: earlier.id, status: 'duplicate' },
      { id: earlier.id, status: 'duplicate' },
      { id: last.id, status: 'created' },
    ])
    deepEqual(await storage.edges([last.id]), [{ parent: earlier.id, child: last.id, onFail: 'wait', open: true }])
    equal(await stateOf(kit, last), 'blocked')
    await runOne(kit, earlier)
    equal(await stateOf(kit, last), 'ready')
  },

  async 'what waits for a parent that is gone ends at once, and one is not the reason for another'(kit) {
    const { storage, job, pass } = kit
    const parent = job({ maxAttempts: 1, keepFailed: minute })
    const first = job({ parents: [{ id: parent.id, onFail: 'wait' }] })
    const second = job({
      parents: [
        { id: parent.id, onFail: 'wait' },
        { id: first.id, onFail: 'run' },
      ],
    })
    await storage.insert([parent, first, second])
    await runOne(kit, parent, failure)
    pass(2 * 1440 * minute)
    while (await storage.purge(100));
    const found = await storage.get([first.id, second.id])
    deepEqual(
      found.map(({ state, reason }) => `${state} ${reason}`),
      ['cancelled parent_gone', 'cancelled parent_gone'],
    )
  },

  async 'two that are one close no circle'(kit) {
    const { storage, job } = kit
    const flow = { id: job().id, name: 'round' }
    const [first, same, between] = [job({ flow, unique }), job({ flow, unique }), job({ flow })] as const
    const waits = (child: NewJob, parent: NewJob) => ({
      ...child,
      parents: [{ id: parent.id, onFail: 'cancel' as const }],
    })
    const itself = job({ flow, unique: { ...unique, key: 'other' } })
    const again = waits(job({ flow, unique: { ...unique, key: 'other' } }), itself)
    await storage.insert([waits(first, between), same, waits(between, same), waits(itself, again), again])
    equal(await stateOf(kit, between), 'ready')
    equal(await stateOf(kit, first), 'blocked')
    equal(await stateOf(kit, itself), 'ready')
  },

  async 'one that counts and has left nothing has succeeded'(kit) {
    const { storage, job } = kit
    const earlier = job({ unique, keepSucceeded: 0 })
    await storage.insert([earlier])
    await runOne(kit, earlier)
    equal(await stateOf(kit, earlier), 'gone')
    const flow = { id: job().id, name: 'again' }
    const first = job({ flow, unique })
    const last = job({ flow, parents: [{ id: first.id, onFail: 'cancel' }] })
    deepEqual(await storage.insert([first, last]), [
      { id: earlier.id, status: 'duplicate' },
      { id: last.id, status: 'created' },
    ])
    equal(await stateOf(kit, last), 'ready')
  },

  async 'a child that leaves nothing leaves no edge'(kit) {
    const { storage, job } = kit
    const parent = job()
    const child = job({ keepSucceeded: 0, parents: [{ id: parent.id, onFail: 'cancel' }] })
    await storage.insert([parent, child])
    await runOne(kit, parent)
    await runOne(kit, child)
    equal(await stateOf(kit, child), 'gone')
    deepEqual(await storage.edges([parent.id]), [])
    deepEqual(await storage.insert([child], { retry: true }), [{ id: child.id, status: 'created' }])
    deepEqual(await storage.edges([parent.id]), [])
  },
}
