/** Counts that cost the same whatever is stored, the job that comes next, counts for charts, and whether something changed. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { decide, suspectAfter } from '../../job/states.ts'
import type { ClaimedJob, CounterRow, Storage } from '../../storage/contract.ts'
import { type Cases, eventually, failure, minute } from './kit.ts'
import { firing, hour, save } from './schedule-kit.ts'

const none = { blocked: 0, scheduled: 0, ready: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, expired: 0 }
const row = (span: CounterRow['span'], at: number, worker: string, data = '{}'): CounterRow => ({
  span,
  at,
  worker,
  data,
})

export const counting: Cases = {
  async 'each state is counted, and no further than asked'({ storage, job, worker, claim, finish, pass }) {
    deepEqual(await storage.counts(10), none)
    const jobs = Array.from({ length: 9 }, () => job())
    const [root] = jobs as [(typeof jobs)[0]]
    const child = () => job({ parents: [{ id: root.id, onFail: 'run' as const }] })
    await storage.insert([
      ...jobs,
      ...[child(), child(), child()],
      ...[1, 2, 3, 4].map(() => job({ delay: hour })),
      job({ lane: 'side', job: 'strange' }),
      job({ lane: 'side', job: 'strange' }),
      job({ lane: 'none', expiresIn: 1_000 }),
    ])
    const me = await worker({ lanes: ['default', 'side'], lease: hour })
    const claimed = await claim(me, 6)
    ok(claimed.some(({ id }) => id === root.id)) // it goes on, so its children wait
    const others = claimed.filter(({ id }) => id !== root.id) as [ClaimedJob, ClaimedJob, ClaimedJob]
    await finish(me, others[0])
    await finish(me, others[1])
    await finish(me, others[2], { ...failure, retryable: false })
    const waiting = jobs.filter(({ id }) => !claimed.some((one) => one.id === id))
    await storage.edit([waiting[0]?.id as string], { kind: 'cancel', reason: 'x' })
    equal((await storage.setAside(10)).aside, 2)
    pass(1_000)
    await storage.promote(10)
    const all = { blocked: 3, scheduled: 4, ready: 4, running: 3, succeeded: 2, failed: 1, cancelled: 1, expired: 1 }
    deepEqual(await storage.counts(100), all)
    const { live, finished } = await storage.stats()
    deepEqual({ ...live, ...finished }, all)
    deepEqual(await storage.counts(2), {
      ...{ blocked: 2, scheduled: 2, ready: 2, running: 2 },
      ...{ succeeded: 2, failed: 1, cancelled: 1, expired: 1 },
    })
  },

  async 'the job that a claim would take first is told, and stays where it is'({ storage, job, worker, claim, pass }) {
    const id = async (lane: string | null) => (await storage.next(lane))?.id ?? null
    deepEqual([await id(null), await id('default')], [null, null])
    const [slow, first, second, side] = [job({ priority: 3 }), job(), job(), job({ lane: 'side', priority: 3 })]
    await storage.insert([slow, first, second, side, job({ delay: minute, priority: 0 })])
    pass(10)
    await storage.insert([job({ lane: 'aside', priority: 1, expiresIn: 5 }), job()])
    pass(5) // it is not started any more, though nobody has ended it yet
    deepEqual(
      [await id(null), await id('default'), await id('side'), await id('none')],
      [first.id, first.id, side.id, null],
    )
    equal((await storage.next('default'))?.state, 'ready')
    const me = await worker({ lanes: ['default', 'side'] })
    deepEqual(
      (await claim(me, 1)).map((one) => one.id),
      [first.id],
    )
    equal(await id(null), second.id)
    await storage.pauseLane('default', 'x')
    deepEqual([await id(null), await id('default')], [side.id, null])
    await storage.pauseLane('default', null)
    equal((await claim(me)).length, 3)
    deepEqual([await id(null), await id('default')], [side.id, null])
  },

  async 'a job that lapsed twice comes after all others, and one that nobody knows not at all'({
    storage,
    job,
    worker,
    claim,
    pass,
  }) {
    const suspect = job({ priority: 0 })
    await storage.insert([suspect])
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
    const [usual, strange] = [job({ priority: 4 }), job({ job: 'strange', priority: 1 })]
    await storage.insert([usual, strange])
    equal((await storage.next(null))?.id, strange.id)
    const me = await worker()
    await storage.setAside(10)
    equal((await storage.next(null))?.id, usual.id)
    equal((await claim(me)).length, 1)
    deepEqual([(await storage.next(null))?.id, (await storage.next('default'))?.id], [suspect.id, suspect.id])
    await storage.pauseLane('default', 'x')
    equal(await storage.next(null), null)
  },

  async 'counts are kept by span, instant and worker; the last one stands'({ storage }) {
    await storage.count([])
    await storage.count([row('minute', 60_000, 'a', '{"n":1}'), row('minute', 60_000, 'b'), row('hour', 0, '')])
    await storage.count([
      row('minute', 60_000, 'a', '{"n":2}'),
      row('minute', 120_000, 'a', '{"n":3}'),
      row('minute', 120_000, 'a', '{"n":4}'),
    ])
    deepEqual(await storage.counters('minute', 60_000, 120_001), [
      row('minute', 60_000, 'a', '{"n":2}'),
      row('minute', 60_000, 'b'),
      row('minute', 120_000, 'a', '{"n":4}'),
    ])
    deepEqual(await storage.counters('minute', 60_001, 120_000), [])
    deepEqual(await storage.counters('hour', 0, 1), [row('hour', 0, '')])
  },

  async 'many rows become few, and what the merge throws leaves them as they are'({ storage }) {
    const old = [row('minute', 0, 'a'), row('minute', 0, 'b'), row('minute', 60_000, 'a')]
    const later = row('minute', 120_000, 'a')
    await storage.count([...old, later])
    const fail = () => {
      throw new Error('no')
    }
    await storage.mergeCounters('minute', 0, 120_000, fail).then(
      () => ok(false),
      (error: Error) => equal(error.message, 'no'),
    )
    deepEqual(await storage.counters('minute', 0, hour), [...old, later])
    const into = [row('minute', 0, '', '{"n":3}'), row('hour', 0, '', '{"n":4}')]
    let got: readonly CounterRow[] = []
    const merge = (rows: readonly CounterRow[]) => {
      got = rows
      return into
    }
    equal(await storage.mergeCounters('minute', 0, 120_000, merge), true)
    deepEqual(got, old)
    deepEqual(await storage.counters('minute', 0, hour), [into[0], later])
    deepEqual(await storage.counters('hour', 0, hour), [into[1]])
    equal(await storage.mergeCounters('hour', hour, 2 * hour, () => []), true)
  },

  async 'of several who merge at the same time, no row is merged twice'({ storage, subject, connect }) {
    const on = subject.shared ? [storage, await connect(), await connect()] : [storage, storage, storage]
    await storage.count(Array.from({ length: 50 }, (_, n) => row('minute', 0, `w${n}`, '1')))
    const sum = (rows: readonly CounterRow[]) => [
      row('minute', 0, '', String(rows.reduce((all, { data }) => all + Number(data), 0))),
    ]
    const merged = await Promise.all(on.map((one) => one.mergeCounters('minute', 0, 1, sum)))
    ok(merged.some((done) => done))
    deepEqual(await storage.counters('minute', 0, 1), [row('minute', 0, '', '50')])
  },

  async 'old counts go: minutes after two days, hours after 400'({ storage, now, pass }) {
    const start = now()
    await storage.count([row('minute', start, 'a'), row('minute', start + 60_000, 'a'), row('hour', start, '')])
    pass(48 * hour)
    await storage.purge(10)
    equal((await storage.counters('minute', 0, 2 ** 50)).length, 2)
    pass(1)
    await storage.purge(10)
    deepEqual(await storage.counters('minute', 0, 2 ** 50), [row('minute', start + 60_000, 'a')])
    pass((400 - 2) * 24 * hour)
    await storage.purge(10)
    deepEqual([await storage.counters('minute', 0, 2 ** 50), await storage.counters('hour', 0, 2 ** 50)], [[], []])
  },

  async 'a change by anybody is told, of what it concerns'(kit) {
    const { storage, subject, connect, job, worker } = kit
    const other = subject.shared ? await connect() : storage
    type Topic = keyof Awaited<ReturnType<Storage['pulse']>>
    const told = async (topic: Topic, change: (on: Storage) => Promise<unknown>) => {
      for (const on of [storage, other]) {
        const before = (await storage.pulse())[topic]
        await change(on)
        await eventually(async () => (await storage.pulse())[topic] !== before)
      }
    }
    const one = job()
    await storage.insert([one])
    let n = 0
    await told('jobs', (on) => on.insert([job()]))
    await told('jobs', (on) => on.edit([one.id], { kind: 'update', set: { priority: n++ }, ifMatch: null }))
    await told('jobs', async (on) => kit.claim(await worker({ storage: on }), 1))
    await told('lanes', (on) => on.pauseLane('default', `reason ${n++}`))
    await told('lanes', (on) => on.pauseLane(`lane-${n++}`, 'x'))
    await told('workers', (on) => worker({ storage: on }))
    const me = await worker()
    await told('workers', (on) => on.drain(me, n++ % 2 === 0))
    await told('schedules', (on) => on.saveSchedules([save(kit, { id: `s${n++}` })]))
    await storage.saveSchedules([save(kit)])
    let version = 1
    await told('schedules', (on) => on.fire([firing(kit, { version: version++ })]))
    let gone = n
    await told('schedules', (on) => on.deleteSchedules([`s${--gone}`]))
  },
}
