/** Targets that answer later. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { decide } from '../../job/states.ts'
import type { ClaimedJob, NewJob, Storage } from '../../storage/contract.ts'
import type { Cases, Kit } from './kit.ts'

const outcome = '{"outcome":"success"}'

/** A job that was started once, in the hands of `me`. */
async function started({ storage, job, worker, claim }: Kit, own: Partial<NewJob> = {}) {
  await storage.insert([job(own)])
  const { lane = 'default' } = own
  const me = await worker({ lanes: [lane] })
  const [claimed] = await claim(me, 1, lane)
  return { me, claimed: claimed as ClaimedJob }
}

/** It goes back to wait for its report, as its worker tells. */
async function waits(storage: Storage, me: string, { id, fence, attempt, ...rest }: ClaimedJob, within = 60_000) {
  const told = await storage.awaitReport({ job: id, fence, attempt, within })
  const change = decide({ ...rest, id, fence, attempt }, { kind: 'snooze', delay: within }, () => 0)
  await storage.apply(me, [change])
  return told
}

export const reporting: Cases = {
  async 'a report puts the job to now that waits for it, and is found by whoever claims it'(kit) {
    const { storage, now, claim } = kit
    const { me, claimed } = await started(kit)
    const { id: job, fence, attempt } = claimed
    const row = { job, fence, attempt, until: now() + 60_000, outcome: null }
    equal(await storage.awaited(job), null)
    deepEqual(await waits(storage, me, claimed), row)
    deepEqual(await storage.awaited(job), row)
    deepEqual(await claim(me), [])
    deepEqual(await storage.report({ job, fence, outcome }), { status: 'taken', held: false })
    const [again] = await claim(me)
    deepEqual([again?.id, again?.fence, again?.attempt], [job, fence + 1, attempt])
    deepEqual(await storage.awaited(job), { ...row, outcome })
  },

  async 'the first report counts, and the same again changes nothing'(kit) {
    const { storage } = kit
    const { me, claimed } = await started(kit)
    await waits(storage, me, claimed)
    const { id: job, fence } = claimed
    equal((await storage.report({ job, fence, outcome })).status, 'taken')
    equal((await storage.report({ job, fence, outcome: '{"outcome":"failure"}' })).status, 'repeated')
    equal((await storage.awaited(job))?.outcome, outcome)
  },

  async 'a report that comes before its worker says that it waits is not lost'(kit) {
    const { storage, now, claim } = kit
    const { me, claimed } = await started(kit)
    const { id: job, fence, attempt } = claimed
    deepEqual(await storage.report({ job, fence, outcome }), { status: 'taken', held: false })
    equal((await storage.awaited(job))?.until, null)
    deepEqual(await waits(storage, me, claimed), { job, fence, attempt, until: now() + 60_000, outcome })
    deepEqual(await claim(me), [])
    deepEqual(await storage.report({ job, fence, outcome }), { status: 'repeated', held: false })
    equal((await claim(me)).length, 1)
  },

  async 'a report that comes while its worker is about to give the job back says so'(kit) {
    const { storage, claim } = kit
    const { me, claimed } = await started(kit)
    const { id: job, fence, attempt } = claimed
    await storage.awaitReport({ job, fence, attempt, within: 60_000 })
    deepEqual(await storage.report({ job, fence, outcome }), { status: 'taken', held: true })
    deepEqual(await storage.report({ job, fence, outcome }), { status: 'repeated', held: true })
    await storage.apply(me, [decide(claimed, { kind: 'snooze', delay: 60_000 }, () => 0)])
    deepEqual(await claim(me), [])
    deepEqual(await storage.report({ job, fence, outcome }), { status: 'repeated', held: false })
    equal((await claim(me)).length, 1)
  },

  async 'a job that waits for a report does not expire'(kit) {
    const { storage, pass } = kit
    const { me, claimed } = await started(kit, { expiresIn: 5_000 })
    await waits(storage, me, claimed)
    pass(10_000)
    deepEqual((await storage.promote(100)).expired, [])
    equal((await storage.report({ job: claimed.id, fence: claimed.fence, outcome })).status, 'taken')
  },

  async 'nobody waits for the report of another start, of a job that is over, or of none'(kit) {
    const { storage, job: make, finish } = kit
    const { me, claimed } = await started(kit)
    const { id: job, fence } = claimed
    const gone = { status: 'gone', held: false }
    deepEqual(await storage.report({ job, fence: fence + 1, outcome }), gone)
    deepEqual(await storage.report({ job: make().id, fence, outcome }), gone)
    await storage.apply(me, [decide(claimed, { kind: 'snooze', delay: 60_000 }, () => 0)])
    deepEqual(await storage.report({ job, fence, outcome }), gone)
    const other = await started(kit, { lane: 'other' })
    await storage.awaitReport({ job: other.claimed.id, fence: 1, attempt: 1, within: 60_000 })
    await finish(other.me, other.claimed)
    deepEqual(await storage.report({ job: other.claimed.id, fence: 1, outcome }), gone)
  },

  async 'the wait of a later start takes the place of an earlier one, and not the other way round'(kit) {
    const { storage } = kit
    const { claimed } = await started(kit)
    const { id: job } = claimed
    await storage.awaitReport({ job, fence: 1, attempt: 1, within: 1_000 })
    await storage.report({ job, fence: 1, outcome })
    const later = await storage.awaitReport({ job, fence: 3, attempt: 2, within: 1_000 })
    deepEqual([later?.fence, later?.attempt, later?.outcome], [3, 2, null])
    equal(await storage.awaitReport({ job, fence: 2, attempt: 2, within: 1_000 }), null)
    equal((await storage.awaited(job))?.fence, 3)
  },

  async 'whoever wants a job to start anew wants no report of an earlier start'(kit) {
    const { storage, finish } = kit
    const { me, claimed } = await started(kit)
    const { id: job, fence } = claimed
    await waits(storage, me, claimed)
    await storage.edit([job], { kind: 'reschedule', at: null, delay: 0 })
    equal(await storage.awaited(job), null)
    deepEqual(await storage.report({ job, fence, outcome }), { status: 'gone', held: false })
    const other = await started(kit, { lane: 'other' })
    await storage.awaitReport({ job: other.claimed.id, fence: 1, attempt: 1, within: 60_000 })
    await finish(other.me, other.claimed)
    ok((await storage.awaited(other.claimed.id)) !== null)
    await storage.edit([other.claimed.id], { kind: 'retry' })
    equal(await storage.awaited(other.claimed.id), null)
  },

  async 'a job that gets another input wants no report of the one before'(kit) {
    const { storage, job: make } = kit
    const { me, claimed } = await started(kit)
    const { id: job, fence } = claimed
    await waits(storage, me, claimed)
    const set = { input: '{"n":2}' }
    await storage.edit([job], { kind: 'update', set, ifMatch: null })
    equal(await storage.awaited(job), null)
    deepEqual(await storage.report({ job, fence, outcome }), { status: 'gone', held: false })
    const unique = {
      key: 'k',
      within: 0,
      while: ['scheduled', 'ready'] as const,
      onConflict: 'replace' as const,
      due: true,
    }
    const first = await started(kit, { lane: 'other', unique })
    await waits(storage, first.me, first.claimed)
    const [replaced] = await storage.insert([make({ lane: 'other', unique, input: '{"n":3}', delay: 1_000 })])
    deepEqual(replaced, { status: 'replaced', id: first.claimed.id })
    equal(await storage.awaited(first.claimed.id), null)
  },

  async 'what is still there a week after the wait goes'(kit) {
    const { storage, pass } = kit
    const { me, claimed } = await started(kit)
    await waits(storage, me, claimed)
    pass(7 * 86_400_000)
    while (await storage.purge(100));
    ok((await storage.awaited(claimed.id)) !== null)
    pass(60_000)
    while (await storage.purge(100));
    equal(await storage.awaited(claimed.id), null)
  },
}
