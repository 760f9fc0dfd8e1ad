/** Workers that are asked to claim no more. */
import { deepEqual, equal } from 'node:assert/strict'
import type { AuditBy, AuditQuery, ClaimedJob } from '../../storage/contract.ts'
import { type Cases, minute } from './kit.ts'

const by: AuditBy = { actor: { kind: 'user', id: '1', name: 'ada' }, address: null, action: 'workers.drain' }
const whole: AuditQuery = {
  actor: null,
  action: null,
  target: null,
  outcome: null,
  since: null,
  before: null,
  limit: 10,
}

export const draining: Cases = {
  async 'a worker that drains gets nothing and keeps what it has, until it may go on'({
    storage,
    subject,
    connect,
    job,
    worker,
    claim,
    finish,
  }) {
    const on = subject.shared ? await connect() : storage
    await storage.insert([job(), job(), job()])
    const [me, other] = [await worker(), await worker()]
    const [held] = (await claim(me, 1)) as [ClaimedJob]
    equal(await on.drain(me, true), true)
    equal(await on.drain(me, true), true)
    deepEqual(await claim(me), [])
    const [named] = await Promise.all([storage.held(me, [held.id])])
    deepEqual(
      named.map(({ id }) => id),
      [held.id],
    )
    deepEqual(await storage.signals(me), [{ kind: 'drain' }])
    deepEqual(await storage.signals(me), [{ kind: 'drain' }])
    deepEqual(await storage.signals(other), [])
    const drained = async () => new Map((await storage.workers()).map((one) => [one.id, one.draining]))
    deepEqual(
      await drained(),
      new Map([
        [me, true],
        [other, false],
      ]),
    )
    deepEqual(await finish(me, held), [])
    equal((await claim(other, 1)).length, 1)
    equal(await on.drain(me, false), true)
    deepEqual([await storage.signals(me), (await drained()).get(me)], [[], false])
    equal((await claim(me)).length, 1)
  },

  async 'a renewal of its lease does not end it; its end does'({ storage, worker, pass, now }) {
    const me = await worker({ lease: minute })
    const beat = { id: me, name: 'test', lanes: [], jobs: [], schedules: [], lease: minute }
    equal(await storage.drain(me, true), true)
    pass(1_000)
    equal(await storage.heartbeat(beat), true)
    deepEqual(
      (await storage.workers()).map(({ draining: drains, seenAt }) => [drains, seenAt]),
      [[true, now()]],
    )
    pass(minute)
    deepEqual([await storage.drain(me, false), await storage.workers()], [false, []])
  },

  async 'nobody is drained who is not there'({ storage, worker }) {
    const gone = await worker()
    await storage.leave(gone)
    equal(await storage.drain(gone, true), false)
    equal(await storage.drain('00000000-0000-7000-8000-000000000000', true), false)
  },

  async 'who asked for it is written down, where it changed something'({ storage, worker }) {
    const me = await worker()
    await storage.drain(me, true, by)
    await storage.drain(me, true, by)
    await storage.drain(me, false)
    await storage.drain('00000000-0000-7000-8000-000000000000', true, by)
    const told = (await storage.auditLog(whole)).map(({ actor, target, before, after }) => [
      actor.name,
      target,
      before,
      after,
    ])
    deepEqual(told, [['ada', `worker:${me}`, '{"draining":false}', '{"draining":true}']])
  },

  async 'jobs in the hands of a worker are found by their ids'({ storage, job, worker, claim }) {
    await storage.insert([job(), job(), job(), job()])
    const [me, other] = [await worker(), await worker()]
    const mine = await claim(me, 2)
    const [theirs] = (await claim(other, 1)) as [ClaimedJob]
    const ids = async (asked: readonly string[]) => (await storage.held(me, asked)).map(({ id }) => id)
    const [one] = mine as [ClaimedJob]
    deepEqual(await ids([one.id, theirs.id, '00000000-0000-7000-8000-000000000000']), [one.id])
    deepEqual(await ids([]), [])
    equal((await storage.held(me)).length, 2)
  },
}
