/** One key, one job that counts. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { UniqueRule } from '../../job/unique.ts'
import type { ClaimedJob, NewJob } from '../../storage/contract.ts'
import { type Cases, everything, failure, type Kit, minute } from './kit.ts'

const live = ['blocked', 'scheduled', 'ready', 'running'] as const
const waiting = ['blocked', 'scheduled', 'ready'] as const
const rule = (fields: Partial<UniqueRule> = {}): UniqueRule => ({
  key: 'k',
  within: 0,
  while: live,
  onConflict: 'keep',
  due: false,
  ...fields,
})
const replacing = rule({ while: waiting, onConflict: 'replace' })
const moving = rule({ while: waiting, onConflict: 'reschedule', due: true })

const insertOne = async ({ storage }: Kit, job: NewJob, retry = false) => (await storage.insert([job], { retry }))[0]

async function runOne({ worker, claim, finish }: Kit, outcome?: Parameters<Kit['finish']>[2]): Promise<void> {
  const me = await worker()
  deepEqual(await finish(me, (await claim(me))[0] as ClaimedJob, outcome), [])
}

export const unique: Cases = {
  async 'a unique job that is not over keeps others out, and then no more'(kit) {
    const { storage, job, worker, claim, finish } = kit
    const first = job({ unique: rule() })
    const again = () => insertOne(kit, job({ unique: rule() }))
    deepEqual(await insertOne(kit, first), { id: first.id, status: 'created' })
    deepEqual(await again(), { id: first.id, status: 'duplicate' })
    equal((await insertOne(kit, job({ unique: rule({ key: 'other' }) })))?.status, 'created')
    equal((await insertOne(kit, job({ job: 'other', unique: rule() })))?.status, 'created')
    const me = await worker()
    const [claimed] = await claim(me, 1)
    deepEqual(await again(), { id: first.id, status: 'duplicate' })
    await finish(me, claimed as ClaimedJob)
    const next = await again()
    equal(next?.status, 'created')
    ok(next?.id !== first.id)
    equal((await storage.list(everything)).jobs.length, 4)
  },

  async 'only the states that are named count'(kit) {
    const { job, worker, claim } = kit
    const first = job({ unique: rule({ while: waiting }) })
    await insertOne(kit, first)
    equal((await insertOne(kit, job({ unique: rule({ while: ['running'] }) })))?.status, 'created')
    const me = await worker()
    equal((await claim(me)).length, 2)
    equal((await insertOne(kit, job({ unique: rule({ while: waiting }) })))?.status, 'created')
  },

  async 'within its window a job counts also when it is over, whoever looks'(kit) {
    const { storage, job, pass } = kit
    const own = rule({ within: minute })
    const first = job({ unique: own, keepSucceeded: 1 })
    await insertOne(kit, first)
    await runOne(kit)
    pass(minute - 1)
    while (await storage.purge(100));
    deepEqual(await insertOne(kit, job({ unique: own })), { id: first.id, status: 'duplicate' })
    deepEqual(await insertOne(kit, job({ unique: { ...replacing, within: minute } })), {
      id: first.id,
      status: 'duplicate',
    })
    pass(1)
    equal((await insertOne(kit, job({ unique: own })))?.status, 'created')
  },

  async 'a window alone does not hold longer because the job still waits'(kit) {
    const { job, pass } = kit
    const own = rule({ within: minute, while: [] })
    await insertOne(kit, job({ unique: own }))
    equal((await insertOne(kit, job({ unique: own })))?.status, 'duplicate')
    pass(minute)
    equal((await insertOne(kit, job({ unique: own })))?.status, 'created')
  },

  async 'a job that failed, was cancelled, expired or deleted blocks its key no more'(kit) {
    const { storage, job, pass } = kit
    const next = () => insertOne(kit, job({ unique: rule(), maxAttempts: 1, expiresIn: minute }))
    await next()
    await runOne(kit, failure)
    const second = await next()
    equal(second?.status, 'created')
    await storage.edit([second?.id as string], { kind: 'cancel', reason: 'no' })
    equal((await next())?.status, 'created')
    pass(minute)
    const later = await insertOne(kit, job({ unique: { ...replacing, key: 'k' } }))
    equal(later?.status, 'created') // though nobody has looked yet
    await storage.edit([later?.id as string], { kind: 'cancel', reason: 'no' })
    equal((await storage.promote(10)).expired.length, 1)
    const fourth = await insertOne(kit, job({ unique: rule({ within: minute }) }))
    equal(fourth?.status, 'created')
    await storage.edit([fourth?.id as string], { kind: 'delete' })
    equal((await next())?.status, 'created')
  },

  async 'the job of a dead worker goes on counting, and runs'(kit) {
    const { storage, job, worker, claim, pass } = kit
    const first = job({ unique: rule() })
    await insertOne(kit, first)
    await claim(await worker({ lease: 1_000 }))
    pass(1_001)
    equal((await storage.sweep(10)).length, 1)
    deepEqual(await insertOne(kit, job({ unique: rule() })), { id: first.id, status: 'duplicate' })
  },

  async 'replace gives a waiting job the new input and options, and a due time only where one is named'(kit) {
    const { storage, job, now, pass } = kit
    const first = job({ unique: replacing, delay: minute, metadata: { a: 1 }, lane: 'slow' })
    await insertOne(kit, first)
    pass(1_000)
    const fresh = { input: '{"n":2}', metadata: { b: 2 }, priority: 0, maxAttempts: 9, timeout: 5, lane: 'fast' }
    const more = { expiresIn: 90_000, keepFailed: 77, keepSucceeded: 66, onLapse: 'fail', onTimeout: 'mark' } as const
    deepEqual(await insertOne(kit, job({ unique: replacing, ...fresh, ...more })), { id: first.id, status: 'replaced' })
    const [record] = await storage.get([first.id])
    deepEqual([record?.input, record?.metadata, record?.priority, record?.maxAttempts], ['{"n":2}', { b: 2 }, 0, 9])
    deepEqual([record?.lane, record?.state, record?.expiresAt], ['fast', 'scheduled', now() + 90_000])
    deepEqual([record?.createdAt, record?.dueAt], [now() - 1_000, now() + minute - 1_000])
    await insertOne(kit, job({ unique: { ...replacing, due: true }, delay: 5_000 }))
    deepEqual(
      (await storage.get([first.id])).map(({ dueAt }) => dueAt),
      [now() + 5_000],
    )
    await insertOne(kit, job({ unique: { ...replacing, due: true }, at: now() - 1 }))
    deepEqual(
      (await storage.get([first.id])).map(({ dueAt, state }) => [dueAt, state]),
      [[now() - 1, 'ready']],
    )
    equal((await storage.list(everything)).jobs.length, 1)
  },

  async 'reschedule moves a waiting job and leaves what it does'(kit) {
    const { storage, job, now } = kit
    const first = job({ unique: moving, delay: minute, input: '1' })
    await insertOne(kit, first)
    const again = job({ unique: moving, delay: 2 * minute, input: '2', priority: 0 })
    deepEqual(await insertOne(kit, again), { id: first.id, status: 'rescheduled' })
    const look = async () =>
      (await storage.get([first.id])).map((row) => [row.input, row.priority, row.dueAt, row.state])
    deepEqual(await look(), [['1', 2, now() + 2 * minute, 'scheduled']])
    await insertOne(kit, job({ unique: { ...moving, due: false }, input: '3' }))
    deepEqual(await look(), [['1', 2, now(), 'ready']])
  },

  async 'a running job is not replaced: the change comes behind it, or is a duplicate where it counts'(kit) {
    const { storage, job, worker, claim } = kit
    const first = job({ unique: replacing })
    await insertOne(kit, first)
    await claim(await worker())
    const counting = { ...replacing, while: live }
    deepEqual(await insertOne(kit, job({ unique: counting, input: '2' })), { id: first.id, status: 'duplicate' })
    equal((await storage.get([first.id]))[0]?.input, '{"n":1}')
    equal((await insertOne(kit, job({ unique: replacing, input: '2' })))?.status, 'created')
  },

  async 'a job that waits for its next try is replaced with all its tries'(kit) {
    const { storage, job, worker, claim, finish } = kit
    const first = job({ unique: replacing, maxAttempts: 2 })
    await insertOne(kit, first)
    const me = await worker()
    await finish(me, (await claim(me))[0] as ClaimedJob, failure)
    equal((await insertOne(kit, job({ unique: replacing, maxAttempts: 2, input: '2' })))?.status, 'replaced')
    const [again] = await claim(me)
    deepEqual([again?.id, again?.attempt, again?.fence, again?.input], [first.id, 1, 2, '2'])
    equal((await storage.attempts(first.id)).length, 1)
  },

  async 'equal keys in one batch are as if they came one after the other'({ storage, job, now }) {
    const jobs = [
      job({ unique: replacing, input: '1', delay: minute }),
      job(),
      job({ unique: replacing, input: '2', priority: 1 }),
      job({ unique: { ...moving, due: true }, delay: 5_000, input: '3' }),
      job({ unique: rule(), input: '4' }),
    ] as const
    const [first, plain] = jobs
    deepEqual(await storage.insert(jobs), [
      { id: first.id, status: 'created' },
      { id: plain.id, status: 'created' },
      { id: first.id, status: 'replaced' },
      { id: first.id, status: 'rescheduled' },
      { id: first.id, status: 'duplicate' },
    ])
    const [record] = await storage.get([first.id])
    deepEqual([record?.input, record?.priority, record?.dueAt], ['2', 1, now() + 5_000])
    equal((await storage.list(everything)).jobs.length, 2)
  },

  async 'the idempotency key is looked at first, and remembers which job counted'(kit) {
    const { storage, job } = kit
    const own = { key: 'call', hash: 'a', keep: minute }
    const first = job({ unique: rule() })
    await insertOne(kit, first)
    const call = () => insertOne(kit, job({ unique: rule(), idempotency: own }))
    deepEqual(await call(), { id: first.id, status: 'duplicate' })
    await runOne(kit)
    deepEqual(await call(), { id: first.id, status: 'duplicate' })
    deepEqual(await insertOne(kit, job({ unique: rule(), idempotency: { ...own, hash: 'b' } })), {
      id: first.id,
      status: 'conflict',
    })
    // A call that was answered by its idempotency key has taken no unique key.
    equal((await insertOne(kit, job({ unique: rule() })))?.status, 'created')
    equal((await storage.list(everything)).jobs.length, 2)
  },

  async 'a repeated insert replaces nothing again'(kit) {
    const { storage, job, worker, claim, finish } = kit
    const first = job({ unique: replacing })
    await insertOne(kit, first)
    const change = job({ unique: replacing, input: '2' })
    equal((await insertOne(kit, change))?.status, 'replaced')
    const me = await worker()
    const [claimed] = await claim(me)
    equal(claimed?.input, '2')
    deepEqual(await insertOne(kit, change, true), { id: first.id, status: 'replaced' })
    await finish(me, claimed as ClaimedJob)
    deepEqual(await insertOne(kit, change, true), { id: first.id, status: 'replaced' })
    equal((await storage.list(everything)).jobs.length, 1)
  },

  async 'what a call has replaced is known when it is repeated, also when the job went right after it'(kit) {
    const { storage, job, pass } = kit
    const first = job({ unique: replacing, keepSucceeded: 0 })
    await insertOne(kit, first)
    pass(minute - 1)
    const change = job({ unique: replacing, input: '2' })
    equal((await insertOne(kit, change))?.status, 'replaced')
    await runOne(kit)
    pass(1)
    while (await storage.purge(100));
    deepEqual(await insertOne(kit, change, true), { id: first.id, status: 'replaced' })
  },

  async 'one that has expired counts for nobody, in one batch too'({ storage, job, now }) {
    const late = job({ unique: replacing, expiresAt: now() - 1 })
    const [second, third] = [job({ unique: replacing, expiresAt: now() }), job({ unique: replacing })]
    deepEqual(
      (await storage.insert([late, second, third])).map(({ id, status }) => [id, status]),
      [late, second, third].map(({ id }) => [id, 'created']),
    )
  },

  async 'a repeated insert of a unique job that is over stores nothing again'(kit) {
    const { storage, job } = kit
    const first = job({ unique: rule() })
    await insertOne(kit, first)
    await runOne(kit)
    const second = job({ unique: rule() })
    equal((await insertOne(kit, second))?.status, 'created')
    deepEqual(await insertOne(kit, first, true), { id: first.id, status: 'created' })
    equal((await storage.list(everything)).jobs.length, 2)
  },

  async 'keys of jobs that are over go behind a thousand of those that are not'({
    storage,
    job,
    worker,
    claim,
    finish,
    pass,
  }) {
    const waits = Array.from({ length: 300 }, (_, n) => job({ unique: rule({ key: `live-${n}` }), delay: 9 * minute }))
    await storage.insert(waits)
    pass(1)
    await storage.insert([job({ unique: rule({ within: minute, while: [] }) })])
    const me = await worker()
    for (const one of await claim(me)) await finish(me, one)
    pass(2 * minute)
    let looks = 1
    while (await storage.purge(100)) ok(++looks < 10, 'it looks at the same keys again and again')
    for (const one of waits.slice(0, 3))
      deepEqual(await storage.insert([job({ unique: one.unique })]), [{ id: one.id, status: 'duplicate' }])
  },
}
