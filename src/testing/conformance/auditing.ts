/** What people change leaves an entry, with the change or not at all. */
import { deepEqual, equal, rejects } from 'node:assert/strict'
import type { AuditBy, AuditQuery, AuditRecord, ClaimedJob, NewAuditEntry, Storage } from '../../storage/contract.ts'
import { type Cases, minute } from './kit.ts'
import { day, save } from './schedule-kit.ts'

const ada = { kind: 'user', id: 'u1', name: 'ada@example.com' } as const
const by = (action: string): AuditBy => ({ actor: ada, address: '10.0.0.7', action })
const entry = (fields: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
  ...by('users.sign-in'),
  target: 'user:u1',
  outcome: 'done',
  before: null,
  after: null,
  ...fields,
})
const all: AuditQuery = {
  actor: null,
  action: null,
  target: null,
  outcome: null,
  since: null,
  before: null,
  limit: 100,
}

const log = (storage: Storage, fields: Partial<AuditQuery> = {}): Promise<readonly AuditRecord[]> =>
  storage.auditLog({ ...all, ...fields })

/** Of each entry what it is about, oldest first. */
const told = async (storage: Storage, fields: Partial<AuditQuery> = {}) =>
  (await log(storage, fields)).toReversed().map(({ action, target, before, after }) => ({
    ...{ action, target, before: before && JSON.parse(before), after: after && JSON.parse(after) },
  }))

export const auditing: Cases = {
  async 'entries come back as they were written, newest first, page by page'({ storage, now, pass }) {
    const hostile = `o'brien "x" % _ \\ 🦊 ${'é'.repeat(20)}`
    const entries = [
      entry(),
      entry({ actor: { kind: 'key', id: 'k1', name: hostile }, address: null, target: '' }),
      entry({ outcome: 'denied', before: '{"a":"\\u0000"}', after: `{"b":${JSON.stringify(hostile)}}` }),
    ]
    await storage.audit([])
    await storage.audit(entries.slice(0, 2))
    pass(10)
    await storage.audit(entries.slice(2))
    const found = await log(storage)
    deepEqual(
      found.map(({ id: _, at: __, ...rest }) => rest),
      entries.toReversed(),
    )
    deepEqual(
      found.map(({ at }) => at),
      [now(), now() - 10, now() - 10],
    )
    const pages = [await log(storage, { limit: 2 })]
    pages.push(await log(storage, { limit: 2, before: pages[0]?.at(-1)?.id ?? 0 }))
    deepEqual(pages.flat(), found)
    deepEqual(await log(storage, { before: found.at(-1)?.id ?? 0 }), [])
  },

  async 'a name that no database can hold is told as far as it can'({ storage }) {
    const name = `\0\ud800${'x'.repeat(10_000)}`
    await storage.audit([entry({ actor: { kind: 'nobody', id: '', name }, outcome: 'denied' })])
    equal((await log(storage, { outcome: 'denied' })).length, 1)
    equal((await log(storage, { actor: name })).length, 1)
  },

  async 'entries are found by who, what, on what, how it ended and since when'({ storage, now, pass }) {
    const bob = { kind: 'user', id: 'u2', name: 'bob' } as const
    await storage.audit([
      entry({ action: 'jobs.cancel', target: 'job:1' }),
      entry({ action: 'jobs.retry', target: 'job:12', actor: bob }),
      entry({ action: 'jobsx', target: 'jobs', outcome: 'failed' }),
    ])
    pass(minute)
    await storage.audit([entry({ action: 'lanes.pause', target: 'lane:a:b', outcome: 'denied' })])
    const targets = async (fields: Partial<AuditQuery>) => (await log(storage, fields)).map(({ target }) => target)
    deepEqual(await targets({ actor: 'bob' }), ['job:12'])
    deepEqual(await targets({ actor: 'bo' }), [])
    deepEqual(await targets({ action: 'jobs.' }), ['job:12', 'job:1'])
    deepEqual(await targets({ action: 'jobs' }), [])
    deepEqual(await targets({ action: 'jobs.retry' }), ['job:12'])
    deepEqual(await targets({ target: 'job:' }), ['job:12', 'job:1'])
    deepEqual(await targets({ target: 'job:1' }), ['job:1'])
    deepEqual(await targets({ target: 'lane:a:' }), ['lane:a:b'])
    deepEqual(await targets({ outcome: 'failed' }), ['jobs'])
    deepEqual(await targets({ since: now() }), ['lane:a:b'])
    deepEqual(await targets({ since: now() - minute, action: 'jobs.', actor: ada.name, outcome: 'done' }), ['job:1'])
    deepEqual(await targets({ actor: `' or 1=1 --` }), [])
  },

  async 'an edit leaves an entry for each job that it changed, and no other'({ storage, job, worker, claim }) {
    const jobs = [job(), job(), job({ delay: minute })] as const
    await storage.insert(jobs)
    const me = await worker()
    const [running] = (await claim(me, 1)) as [ClaimedJob]
    equal(running.id, jobs[0].id)
    const ids = [...jobs.map(({ id }) => id), '00000000-0000-7000-8000-000000000000', jobs[1].id]
    const cancel = { kind: 'cancel', reason: 'a "reason"' } as const
    await storage.edit([jobs[2].id], { kind: 'reschedule', at: null, delay: 5 }, by('jobs.reschedule'))
    await storage.edit(ids, cancel, by('jobs.cancel'))
    await storage.edit(ids, cancel, by('jobs.cancel')) // all are cancelled, or asked to
    await storage.edit([jobs[1].id], { kind: 'retry' }, by('jobs.retry'))
    await storage.edit([jobs[1].id], { kind: 'retry' }, by('jobs.retry'))
    await storage.edit([jobs[1].id], { kind: 'delete' }) // nobody says who
    await storage.edit([jobs[2].id], { kind: 'delete' }, by('jobs.delete'))
    const entryOf = (action: string, id: string, state: string, after: object) => ({
      ...{ action, target: `job:${id}`, before: { state }, after },
    })
    deepEqual(await told(storage), [
      entryOf('jobs.reschedule', jobs[2].id, 'scheduled', { delay: 5 }),
      entryOf('jobs.cancel', jobs[0].id, 'running', { cancel: cancel.reason }),
      entryOf('jobs.cancel', jobs[1].id, 'ready', { cancel: cancel.reason }),
      entryOf('jobs.cancel', jobs[2].id, 'scheduled', { cancel: cancel.reason }),
      entryOf('jobs.retry', jobs[1].id, 'cancelled', { retry: true }),
      entryOf('jobs.delete', jobs[2].id, 'cancelled', { delete: true }),
    ])
    const [first] = await log(storage)
    deepEqual([first?.actor, first?.address, first?.outcome], [ada, '10.0.0.7', 'done'])
  },

  async 'an update tells no data of a job, and nothing where it was not what was seen'({ storage, job }) {
    const one = job()
    await storage.insert([one])
    const set = { priority: 0, input: '{"secret":"é"}', metadata: null }
    await storage.edit([one.id], { kind: 'update', set, ifMatch: 'another' }, by('jobs.update'))
    deepEqual(await told(storage), [])
    await storage.edit([one.id], { kind: 'update', set, ifMatch: null }, by('jobs.update'))
    const after = { priority: 0, input: { bytes: 15 }, metadata: null }
    deepEqual(await told(storage), [
      { action: 'jobs.update', target: `job:${one.id}`, before: { state: 'ready' }, after },
    ])
  },

  async 'a job for which others wait is not deleted, so that leaves no entry'({ storage, job }) {
    const parent = job()
    const child = job({ parents: [{ id: parent.id, onFail: 'cancel' }] })
    await storage.insert([parent, child])
    await storage.edit([parent.id], { kind: 'delete' }, by('jobs.delete'))
    deepEqual(await told(storage), [])
    await storage.edit([parent.id, child.id], { kind: 'delete' }, by('jobs.delete'))
    deepEqual(
      (await told(storage)).map(({ target, before }) => [target, before.state]),
      [
        [`job:${parent.id}`, 'ready'],
        [`job:${child.id}`, 'blocked'],
      ],
    )
  },

  async 'a purge leaves one entry for all that go together'({ storage, job, worker, claim, finish }) {
    const jobs = [job(), job(), job({ lane: 'other' })]
    await storage.insert(jobs)
    const me = await worker()
    for (const one of await claim(me)) await finish(me, one)
    const ids = jobs.map(({ id }) => id)
    const purge = () => storage.edit(ids, { kind: 'purge' }, by('jobs.purge'))
    await purge()
    const entries = [
      { action: 'jobs.purge', target: 'jobs', before: null, after: { purged: 2, jobs: ids.slice(0, 2) } },
    ]
    deepEqual(await told(storage), entries)
    await purge()
    deepEqual(await told(storage), entries)
  },

  async 'pausing a lane leaves an entry where it changes something'({ storage }) {
    const pause = (reason: string | null) => storage.pauseLane('mail', reason, by('lanes.pause'))
    deepEqual(
      [await pause(null), await pause('a'), await pause('a'), await pause('b'), await pause(null), await pause(null)],
      [false, true, false, true, true, false],
    )
    await storage.pauseLane('mail', 'nobody says who')
    const steps = [
      [null, 'a'],
      ['a', 'b'],
      ['b', null],
    ]
    deepEqual(
      await told(storage),
      steps.map(([before, after]) => ({
        ...{ action: 'lanes.pause', target: 'lane:mail', before: { paused: before }, after: { paused: after } },
      })),
    )
  },

  async 'lanes that are paused by many at once tell each step once'({ storage, subject, connect }) {
    const storages = subject.shared ? [storage, await connect()] : [storage]
    for (const reason of ['x', null]) await storage.pauseLane('mail', reason)
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        storages[n % storages.length]?.pauseLane('mail', `reason ${n}`, by('lanes.pause')),
      ),
    )
    const steps = await told(storage)
    equal(steps.length, 12)
    let paused = null
    for (const { before, after } of steps) {
      equal(before.paused, paused)
      paused = after.paused
    }
  },

  async 'schedules tell how they were and how they are'(kit) {
    const { storage, now } = kit
    const picture = (fields: object = {}) => ({
      ...{ job: 'greet', state: 'active', rule: { every: '1h' }, override: null, owner: null, nextAt: now() },
      ...fields,
    })
    const saves = [save(kit), save(kit, { id: 'other', rule: 'of a later version' })]
    await storage.saveSchedules(saves, by('schedules.put'))
    await storage.saveSchedules(saves, by('schedules.put')) // they are there by now
    const paused = save(kit, { version: 1, state: 'paused', override: '{"every":"2h"}', nextAt: null })
    await storage.saveSchedules([paused, save(kit, { id: 'other', version: 7 })], by('schedules.pause'))
    await storage.saveSchedules([save(kit, { id: 'quiet' })])
    await storage.deleteSchedules(['quiet'])
    await storage.deleteSchedules(['daily', 'none'], by('schedules.delete'))
    const after = picture({ state: 'paused', override: { every: '2h' }, nextAt: null })
    deepEqual(await told(storage), [
      { action: 'schedules.put', target: 'schedule:daily', before: null, after: picture() },
      {
        ...{ action: 'schedules.put', target: 'schedule:other', before: null },
        after: picture({ rule: 'of a later version' }),
      },
      { action: 'schedules.pause', target: 'schedule:daily', before: picture(), after },
      { action: 'schedules.delete', target: 'schedule:daily', before: after, after: null },
    ])
  },

  async 'changes of the small tables write their entries with them, or neither'({ storage, now }) {
    const audit = [entry({ action: 'settings.set', target: 'setting:a' })]
    const row = { name: 'a', value: '1', updated_at: now() }
    const where = (value: string) => [{ column: 'name', is: 'eq', value }] as const
    await storage.accounts({ do: 'create', table: 'settings', row, audit })
    await rejects(storage.accounts({ do: 'create', table: 'settings', row, audit }))
    await storage.accounts({ do: 'create', table: 'settings', row, unlessTaken: true, audit })
    equal((await log(storage)).length, 1)
    await storage.accounts({ do: 'update', table: 'settings', where: where('b'), set: { value: '2' }, audit })
    await storage.accounts({ do: 'delete', table: 'settings', where: where('b'), audit })
    equal((await log(storage)).length, 1)
    await storage.accounts({ do: 'update', table: 'settings', where: where('a'), set: { value: '2' }, audit })
    await storage.accounts({ do: 'delete', table: 'settings', where: where('a'), audit })
    equal((await log(storage)).length, 3)
  },

  async 'entries are kept for 400 days'({ storage, pass }) {
    await storage.audit([entry({ target: 'old' })])
    pass(day)
    await storage.audit([entry({ target: 'new' })])
    pass(399 * day)
    await storage.purge(100)
    equal((await log(storage)).length, 2)
    pass(1)
    while (await storage.purge(100));
    deepEqual(
      (await log(storage)).map(({ target }) => target),
      ['new'],
    )
  },
}
