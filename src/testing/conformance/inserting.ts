/** Jobs go in, each once. */
import { deepEqual, equal } from 'node:assert/strict'
import type { ClaimedJob } from '../../storage/contract.ts'
import { type Cases, everything, minute } from './kit.ts'

export const inserting: Cases = {
  async 'what is inserted comes back as it was'({ storage, job, now }) {
    const stored = job({
      input: '{"text":"ünï \\"q\\" {1,2} \\\\ 🎈","n":[1.5,null]}',
      metadata: { team: 'a', n: 1, yes: true },
      priority: 0,
      lane: 'mail',
    })
    deepEqual(await storage.insert([stored]), [{ id: stored.id, status: 'created' }])
    const [record] = await storage.get([stored.id])
    equal(record?.input, stored.input)
    deepEqual(record?.metadata, stored.metadata)
    deepEqual(
      [record?.state, record?.lane, record?.priority, record?.attempt, record?.fence],
      ['ready', 'mail', 0, 0, 0],
    )
    deepEqual([record?.createdAt, record?.dueAt, record?.worker, record?.output], [now(), now(), null, null])
  },

  async 'no input is something else than the input null'({ storage, job }) {
    const without = job({ input: null })
    const withNull = job({ input: 'null' })
    await storage.insert([without, withNull])
    const records = new Map((await storage.get([without.id, withNull.id])).map((record) => [record.id, record.input]))
    deepEqual([records.get(without.id), records.get(withNull.id)], [null, 'null'])
  },

  async 'the same id twice is one job'({ storage, job }) {
    const one = job()
    await storage.insert([one])
    const two = job()
    deepEqual(
      (await storage.insert([one, two])).map((result) => result.status),
      ['duplicate', 'created'],
    )
    equal((await storage.list(everything)).jobs.length, 2)
  },

  async 'a repeated insert stores nothing again, also when the job is over'({ storage, job, worker, claim, finish }) {
    const over = job()
    const waiting = job()
    await storage.insert([over])
    const me = await worker()
    const [claimed] = await claim(me)
    deepEqual(await finish(me, claimed as ClaimedJob), [])
    deepEqual(
      (await storage.insert([over, waiting], true)).map((result) => result.status),
      ['created', 'created'],
    )
    deepEqual(
      (await claim(me)).map((again) => again.id),
      [waiting.id],
    )
    equal((await storage.get([over.id]))[0]?.state, 'succeeded')
  },

  async 'an idempotency key stores one job'({ storage, job, worker, claim, finish, pass }) {
    const own = { key: 'k', hash: 'a', keep: minute }
    const first = job({ idempotency: own })
    equal((await storage.insert([first]))[0]?.status, 'created')
    deepEqual(await storage.insert([job({ idempotency: own })]), [{ id: first.id, status: 'duplicate' }])
    deepEqual(await storage.insert([job({ idempotency: { ...own, hash: 'b' } })]), [
      { id: first.id, status: 'conflict' },
    ])
    equal((await storage.insert([job({ job: 'other', idempotency: own })]))[0]?.status, 'created')
    const me = await worker()
    const [claimed] = await claim(me)
    await finish(me, claimed as ClaimedJob)
    deepEqual(await storage.insert([job({ idempotency: own })]), [{ id: first.id, status: 'duplicate' }])
    pass(minute)
    equal((await storage.insert([job({ idempotency: own })]))[0]?.status, 'created')
  },

  async 'equal idempotency keys in one batch store one job'({ storage, job }) {
    const own = { key: 'k', hash: 'a', keep: minute }
    const [a, b, c, d] = [
      job({ idempotency: own }),
      job({ idempotency: own }),
      job({ idempotency: { ...own, hash: 'x' } }),
      job(),
    ]
    deepEqual(await storage.insert([a, b, c, d]), [
      { id: a.id, status: 'created' },
      { id: a.id, status: 'duplicate' },
      { id: a.id, status: 'conflict' },
      { id: d.id, status: 'created' },
    ])
    equal((await storage.list(everything)).jobs.length, 2)
  },
}
