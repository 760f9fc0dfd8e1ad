/**
 * What every storage has to do, as tests. Run it on your own storage with the test runner of your choice:
 *
 * @example
 * import { test } from 'node:test'
 * import { storageConformance } from 'rota/testing'
 * storageConformance(test, async ({ clock }) => {
 *   const database = await emptyDatabase()
 *   return { connect: () => myStorage({ database, clock }), shared: true, drop: () => database.drop() }
 * })
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Edit } from '../job/edits.ts'
import { createIdMaker } from '../job/id.ts'
import { allStates, type Change, decide, type Outcome } from '../job/states.ts'
import type { ClaimedJob, ListQuery, NewJob, NewLogLine, Note, Storage } from '../storage/contract.ts'

export interface Subject {
  /** A storage on the database of this test. Called several times where `shared` is true. */
  connect(): Storage
  /** Several storages may look at the same database. False for one that lives in the memory of the process. */
  readonly shared: boolean
  /** Called when the test is over and all its storages are closed. */
  drop?(): Promise<void>
}

/** Opens an empty database whose clock is the given one. */
export type OpenSubject = (options: { clock: () => number }) => Promise<Subject>

interface Kit {
  readonly storage: Storage
  readonly subject: Subject
  connect(): Promise<Storage>
  /** Moves the clock. */
  pass(ms: number): void
  now(): number
  job(fields?: Partial<NewJob>): NewJob
  /** Registers a worker and gives its id. */
  worker(fields?: { storage?: Storage; lease?: number; jobs?: string[]; lanes?: string[] }): Promise<string>
  claim(worker: string, limit?: number, lane?: string): Promise<readonly ClaimedJob[]>
  finish(worker: string, job: ClaimedJob, outcome?: Outcome, delay?: number): Promise<readonly string[]>
}

const success: Outcome = { kind: 'success', output: '{"ok":true}' }
const failure: Outcome = {
  kind: 'failure',
  error: { name: 'Error', message: 'no luck' },
  reason: null,
  retryable: true,
}
const line = (seq: number, fields: Partial<NewLogLine> = {}): NewLogLine => ({
  seq,
  ago: 0,
  level: 'info',
  message: `line ${seq}`,
  data: null,
  ...fields,
})
const minute = 60_000
const everything: ListQuery = { states: null, jobs: null, lanes: null, since: null, before: null, limit: 100 }

type Register = (name: string, run: () => Promise<void>) => unknown

export function storageConformance(register: Register, open: OpenSubject): void {
  register('several may migrate at once, and again', () => migrateTogether(open))
  for (const [name, run] of Object.entries(cases)) {
    register(name, () => withKit(open, run))
  }
}

async function withKit(open: OpenSubject, run: (kit: Kit) => Promise<void>): Promise<void> {
  let now = Date.UTC(2027, 0, 31, 9)
  const subject = await open({ clock: () => now })
  const storages: Storage[] = []
  const connect = async () => {
    const storage = subject.connect()
    storages.push(storage)
    await storage.migrate()
    return storage
  }
  const newId = createIdMaker(
    () => now,
    () => Math.floor(Math.random() * 2 ** 32),
  )
  try {
    const storage = await connect()
    await run({
      storage,
      subject,
      connect,
      pass: (ms) => {
        now += ms
      },
      now: () => now,
      job: (fields) => ({
        id: newId(),
        job: 'greet',
        lane: 'default',
        priority: 2,
        at: null,
        delay: 0,
        maxAttempts: 3,
        timeout: minute,
        onTimeout: 'fail',
        onLapse: 'retry',
        expiresAt: null,
        expiresIn: null,
        keepSucceeded: 7 * 1440 * minute,
        keepFailed: 30 * 1440 * minute,
        input: '{"n":1}',
        metadata: null,
        idempotency: null,
        ...fields,
      }),
      async worker({ storage: on = storage, lease = 30_000, jobs = ['greet'], lanes = ['default'] } = {}) {
        const id = newId()
        equal(await on.heartbeat({ id, name: 'test', lanes, jobs, lease }), true)
        return id
      },
      claim: (worker, limit = 100, lane = 'default') =>
        storage.claim({ worker, lanes: [{ name: lane, limit }], jobs: ['greet'], lapsed: false }),
      async finish(worker, job, outcome = success, delay = 0) {
        return (await storage.apply(worker, [decide(job, outcome, () => delay)])).refused
      },
    })
  } finally {
    for (const storage of storages) await storage.close()
    await subject.drop?.()
  }
}

async function migrateTogether(open: OpenSubject): Promise<void> {
  const subject = await open({ clock: Date.now })
  const storages = Array.from({ length: subject.shared ? 5 : 1 }, () => subject.connect())
  try {
    ok((await (storages[0] as Storage).migrations()).pending.length > 0)
    await Promise.all(storages.map((storage) => storage.migrate()))
    for (const storage of storages) deepEqual((await storage.migrate()).pending, [])
  } finally {
    for (const storage of storages) await storage.close()
    await subject.drop?.()
  }
}

const cases: Record<string, (kit: Kit) => Promise<void>> = {
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
    equal((await storage.list(everything)).length, 2)
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
    equal((await storage.list(everything)).length, 2)
  },

  async 'claims go by priority, then by due time'({ storage, job, worker, claim, pass }) {
    const late = job({ priority: 2 })
    await storage.insert([late])
    pass(10)
    const [low, high, same] = [job({ priority: 4 }), job({ priority: 0 }), job({ priority: 2 })]
    await storage.insert([low, same, high])
    const me = await worker()
    deepEqual(
      (await claim(me, 2)).map((one) => one.id),
      [high.id, late.id],
    )
    deepEqual(
      (await claim(me)).map((one) => one.id),
      [same.id, low.id],
    )
    deepEqual(await claim(me), [])
  },

  async 'a job that comes later with a higher priority is claimed next'({ storage, job, worker, claim, pass }) {
    await storage.insert(Array.from({ length: 20 }, () => job({ priority: 3 })))
    const me = await worker()
    await claim(me, 5)
    pass(1)
    const urgent = job({ priority: 0 })
    await storage.insert([urgent])
    equal((await claim(me, 1))[0]?.id, urgent.id)
  },

  async 'a claim counts fence and attempt and tells all that a handler needs'({
    storage,
    job,
    worker,
    claim,
    now,
    pass,
  }) {
    const stored = job({ metadata: { a: 1 }, maxAttempts: 7 })
    await storage.insert([stored])
    pass(500)
    const me = await worker()
    const [claimed] = await claim(me)
    deepEqual(claimed, {
      id: stored.id,
      job: 'greet',
      lane: 'default',
      priority: 2,
      fence: 1,
      attempt: 1,
      maxAttempts: 7,
      lapses: 0,
      onLapse: 'retry',
      timeout: minute,
      onTimeout: 'fail',
      dueAt: now() - 500,
      createdAt: now() - 500,
      claimedAt: now(),
      input: stored.input,
      metadata: { a: 1 },
    })
    const [record] = await storage.get([stored.id])
    deepEqual([record?.state, record?.worker, record?.startedAt], ['running', me, now()])
  },

  async 'claims keep to lanes, limits and known jobs'({ storage, job, worker }) {
    await storage.insert([
      ...Array.from({ length: 5 }, () => job({ lane: 'a' })),
      ...Array.from({ length: 5 }, () => job({ lane: 'b' })),
      job({ lane: 'c' }),
      job({ lane: 'a', job: 'unknown', priority: 0 }),
    ])
    const me = await worker()
    const lanes = [
      { name: 'a', limit: 2 },
      { name: 'b', limit: 3 },
    ]
    const claimed = await storage.claim({ worker: me, lanes, jobs: ['greet'], lapsed: false })
    deepEqual(claimed.map((one) => one.lane).sort(), ['a', 'a', 'b', 'b', 'b'])
    ok(claimed.every((one) => one.job === 'greet'))
    equal((await storage.claim({ worker: me, lanes, jobs: [], lapsed: false })).length, 0)
  },

  async 'only a worker with a live lease can claim'({ storage, job, worker, claim, pass }) {
    await storage.insert([job()])
    equal((await claim('00000000-0000-7000-8000-000000000000')).length, 0)
    const me = await worker({ lease: 1_000 })
    pass(1_001)
    equal((await claim(me)).length, 0)
    equal((await claim(await worker())).length, 1)
  },

  async 'no job goes to two workers'({ storage, subject, connect, job, worker }) {
    const jobs = Array.from({ length: 400 }, () => job())
    await storage.insert(jobs)
    const storages = subject.shared ? [storage, await connect(), await connect()] : [storage, storage]
    const claimed: string[] = []
    await Promise.all(
      storages.map(async (on) => {
        const me = await worker({ storage: on })
        for (;;) {
          const got = await on.claim({
            worker: me,
            lanes: [{ name: 'default', limit: 7 }],
            jobs: ['greet'],
            lapsed: false,
          })
          if (got.length === 0 && claimed.length >= jobs.length) return
          claimed.push(...got.map((one) => one.id))
        }
      }),
    )
    deepEqual(claimed.sort(), jobs.map((one) => one.id).sort())
  },

  async 'a success moves to the history, once'({ storage, job, worker, claim, finish, now, pass }) {
    await storage.insert([job()])
    const me = await worker()
    const [claimed] = (await claim(me)) as [ClaimedJob]
    pass(20)
    deepEqual(await finish(me, claimed), [])
    const [record] = await storage.get([claimed.id])
    deepEqual(
      [record?.state, record?.output, record?.finishedAt, record?.startedAt, record?.attempt, record?.worker],
      ['succeeded', '{"ok":true}', now(), now() - 20, 1, me],
    )
    deepEqual(await finish(me, claimed, failure), [claimed.id])
    equal((await storage.get([claimed.id]))[0]?.state, 'succeeded')
    deepEqual(await storage.attempts(claimed.id), [])
  },

  async 'only the current fence and worker may write'({ storage, job, worker, claim, finish }) {
    await storage.insert([job()])
    const [me, other] = [await worker(), await worker()]
    const [claimed] = (await claim(me)) as [ClaimedJob]
    for (const outcome of [success, failure, { kind: 'release' } as const]) {
      deepEqual(await finish(other, claimed, outcome, 5), [claimed.id])
      deepEqual(await finish(me, { ...claimed, fence: claimed.fence + 1 }, outcome, 5), [claimed.id])
    }
    equal((await storage.get([claimed.id]))[0]?.state, 'running')
    deepEqual(await storage.attempts(claimed.id), [])
    await finish(me, claimed, { kind: 'release' })
    const [again] = (await claim(me)) as [ClaimedJob]
    deepEqual([again.id, again.fence, again.attempt], [claimed.id, 2, 1])
    deepEqual(await finish(me, claimed), [claimed.id])
    deepEqual(await finish(me, again), [])
  },

  async 'a failed try is recorded, waits and comes back'({ storage, job, worker, claim, finish, now, pass }) {
    await storage.insert([job({ maxAttempts: 2 })])
    const me = await worker()
    const [first] = (await claim(me)) as [ClaimedJob]
    deepEqual(await finish(me, first, { ...failure, reason: 'timed_out' }, 5_000), [])
    deepEqual(await storage.promote(10), { promoted: 0, expired: [], nextDueIn: 5_000 })
    equal((await storage.get([first.id]))[0]?.state, 'scheduled')
    equal((await claim(me)).length, 0)
    pass(5_000)
    equal((await storage.promote(10)).promoted, 1)
    const [second] = (await claim(me)) as [ClaimedJob]
    deepEqual([second.attempt, second.fence, second.dueAt], [2, 2, now()])
    await finish(me, second, failure)
    const [record] = await storage.get([first.id])
    deepEqual([record?.state, record?.error?.message], ['failed', 'no luck'])
    const tries = await storage.attempts(first.id)
    deepEqual(
      tries.map((one) => [one.attempt, one.to, one.reason, one.error?.message]),
      [
        [1, 'scheduled', 'timed_out', 'no luck'],
        [2, 'failed', null, 'no luck'],
      ],
    )
  },

  async 'one batch may hold every kind of change, and a stale one harms no other'({ storage, job, worker, claim }) {
    await storage.insert(Array.from({ length: 5 }, () => job()))
    const me = await worker()
    const [a, b, c, d, e] = (await claim(me)) as [ClaimedJob, ClaimedJob, ClaimedJob, ClaimedJob, ClaimedJob]
    const changes: Change[] = [
      decide(a, success, () => 0),
      decide(b, failure, () => 1_000),
      decide(c, { kind: 'discard', reason: 'not needed' }, () => 0),
      decide(d, { kind: 'release' }, () => 0),
      decide({ ...e, fence: 9 }, success, () => 0),
    ]
    deepEqual(await storage.apply(me, changes), { refused: [e.id] })
    const found = new Map(
      (await storage.get([a.id, b.id, c.id, d.id, e.id])).map((record) => [record.id, record.state]),
    )
    deepEqual(
      [a, b, c, d, e].map((one) => found.get(one.id)),
      ['succeeded', 'scheduled', 'cancelled', 'ready', 'running'],
    )
  },

  async 'finished jobs may be kept for very different times'({ storage, job, worker, claim, finish }) {
    const days = [0.001, 1, 6.9, 30, 32, 45, 400, 36_500]
    await storage.insert(days.map((keep) => job({ keepSucceeded: Math.round(keep * 1440 * minute) })))
    const me = await worker()
    for (const claimed of await claim(me)) deepEqual(await finish(me, claimed), [])
    equal((await storage.stats()).finished.succeeded, days.length)
  },

  async 'what was kept long enough goes, with its attempts and keys, and nothing else'({
    storage,
    job,
    worker,
    claim,
    finish,
    pass,
  }) {
    const day = 1440 * minute
    const own = { key: 'k', hash: 'a', keep: day }
    await storage.insert([
      ...Array.from({ length: 5 }, () => job({ keepSucceeded: day, keepFailed: 9 * day })),
      job({ keepSucceeded: day, keepFailed: 9 * day, idempotency: own }),
      job({ delay: 90 * day }),
    ])
    const me = await worker()
    const claimed = await claim(me)
    const [bad, retried] = claimed as [ClaimedJob, ClaimedJob]
    await finish(me, bad, { ...failure, retryable: false })
    await finish(me, retried, failure)
    for (const one of [...claimed.slice(2), ...(await claim(me))]) await finish(me, one)
    const kept = async () => (await storage.list(everything)).length
    while (await storage.purge(2));
    equal(await kept(), 7)
    pass(2 * day) // a storage may remove whole days only
    let bites = 1
    while (await storage.purge(2)) ok(++bites < 20)
    deepEqual(
      (await storage.list(everything)).map((record) => record.state),
      ['scheduled', 'failed'],
    )
    deepEqual([(await storage.attempts(retried.id)).length, (await storage.attempts(bad.id)).length], [0, 1])
    equal((await storage.insert([job({ idempotency: { ...own, hash: 'b' } })]))[0]?.status, 'created')
    pass(9 * day)
    while (await storage.purge(100));
    equal((await storage.attempts(bad.id)).length, 0)
    equal(await kept(), 2)
  },

  async 'scheduled jobs become ready when their time has come'({ storage, job, worker, claim, now, pass }) {
    const [soon, later, past] = [job({ delay: 1_000 }), job({ at: now() + 60_000 }), job({ at: now() - 1 })]
    await storage.insert([later, soon, past])
    const me = await worker({ lease: 600_000 })
    deepEqual(
      (await claim(me)).map((one) => one.id),
      [past.id],
    )
    pass(1_000)
    deepEqual(await storage.promote(10), { promoted: 1, expired: [], nextDueIn: 59_000 })
    deepEqual(
      (await claim(me)).map((one) => one.id),
      [soon.id],
    )
    pass(59_000)
    deepEqual(await storage.promote(10), { promoted: 1, expired: [], nextDueIn: null })
    deepEqual(
      (await claim(me)).map((one) => one.id),
      [later.id],
    )
  },

  async 'a lease that ran out cannot be renewed, and its jobs are found'({ storage, job, worker, claim, pass }) {
    await storage.insert([job(), job()])
    const me = await worker({ lease: 1_000 })
    const claimed = await claim(me, 1)
    deepEqual(await storage.sweep(10), [])
    deepEqual(
      (await storage.held(me)).map((one) => [one.id, one.fence]),
      [[claimed[0]?.id, 1]],
    )
    deepEqual(await storage.held('00000000-0000-7000-8000-000000000000'), [])
    pass(1_001)
    equal(await storage.heartbeat({ id: me, name: 'test', lanes: [], jobs: [], lease: 1_000 }), false)
    const lapsed = await storage.sweep(10)
    deepEqual(lapsed, [
      {
        id: claimed[0]?.id,
        job: 'greet',
        worker: me,
        fence: 1,
        attempt: 1,
        maxAttempts: 3,
        lapses: 0,
        onLapse: 'retry',
      },
    ])
    deepEqual(await storage.workers(), [])
    deepEqual(
      await storage.apply(
        me,
        lapsed.map((one) => decide(one, { kind: 'lapse' }, () => 0)),
      ),
      { refused: [] },
    )
    deepEqual(await storage.sweep(10), [])
    const next = await worker()
    equal((await claim(next)).length, 1) // the one that never lapsed
    const [again] = await storage.claim({
      worker: next,
      lanes: [{ name: 'default', limit: 9 }],
      jobs: ['greet'],
      lapsed: true,
    })
    deepEqual([again?.fence, again?.attempt, again?.lapses], [2, 1, 1])
    deepEqual(
      (await storage.attempts(again?.id as string)).map((one) => one.reason),
      ['lapsed'],
    )
  },

  async 'jobs that lapsed are handed out one at a time, and only when asked for'({
    storage,
    job,
    worker,
    claim,
    pass,
  }) {
    const lanes = ['default', 'side'].map((name) => ({ name, limit: 5 }))
    await storage.insert([job(), job(), job({ lane: 'side', priority: 0 })])
    const dead = await worker({ lease: 1_000 })
    await storage.claim({ worker: dead, lanes, jobs: ['greet'], lapsed: false })
    pass(1_001)
    const lapsed = await storage.sweep(10)
    await storage.apply(
      dead,
      lapsed.map((one) => decide(one, { kind: 'lapse' }, () => 0)),
    )
    await storage.insert([job()])
    const me = await worker()
    equal((await claim(me)).length, 1)
    const ids = new Set<string | undefined>()
    for (let i = 0; i < 3; i++) {
      const got = await storage.claim({ worker: me, lanes, jobs: ['greet'], lapsed: true })
      equal(got.length, 1)
      ids.add(got[0]?.id)
    }
    deepEqual(ids, new Set(lapsed.map((one) => one.id)))
    deepEqual(await storage.claim({ worker: me, lanes, jobs: ['greet'], lapsed: true }), [])
  },

  async 'a renewed lease is kept'({ storage, job, worker, claim, pass }) {
    await storage.insert([job()])
    const me = await worker({ lease: 1_000 })
    pass(900)
    equal(await storage.heartbeat({ id: me, name: 'new name', lanes: ['x'], jobs: ['greet'], lease: 1_000 }), true)
    pass(900)
    deepEqual(await storage.sweep(10), [])
    equal((await claim(me)).length, 1)
    deepEqual(
      (await storage.workers()).map(({ id, name, lanes }) => ({ id, name, lanes })),
      [{ id: me, name: 'new name', lanes: ['x'] }],
    )
  },

  async 'a worker that leaves is gone at once'({ storage, job, worker, claim }) {
    const me = await worker()
    await storage.insert([job()])
    await claim(me)
    await storage.leave(me)
    equal(await storage.heartbeat({ id: me, name: 'test', lanes: [], jobs: [], lease: 1_000 }), false)
    equal((await storage.sweep(10)).length, 1)
    deepEqual(await storage.workers(), [])
  },

  async 'lists filter and page over what runs and what is over'({ storage, job, worker, claim, finish, pass, now }) {
    const jobs: NewJob[] = []
    for (let i = 0; i < 12; i++) {
      jobs.push(
        job({ lane: i % 2 === 0 ? 'even' : 'odd', job: i % 3 === 0 ? 'three' : 'greet', delay: i === 11 ? 1_000 : 0 }),
      )
      pass(10)
      await storage.insert([jobs[i] as NewJob])
    }
    const me = await worker()
    const [first, second, third] = (await claim(me, 3, 'odd')) as [ClaimedJob, ClaimedJob, ClaimedJob]
    await finish(me, first)
    await finish(me, second, { ...failure, retryable: false })
    const ids = (states: ListQuery['states']) =>
      storage.list({ ...everything, states }).then((found) => found.map((record) => record.id))
    deepEqual(await ids(null), jobs.map((one) => one.id).reverse())
    deepEqual(await ids(['succeeded']), [first.id])
    deepEqual(await ids(['failed']), [second.id])
    deepEqual(await ids(['running']), [third.id])
    deepEqual(await ids(['scheduled']), [jobs[11]?.id])
    deepEqual(new Set(await ids(['succeeded', 'running'])), new Set([first.id, third.id]))
    equal((await ids(['ready'])).length, 8)
    equal((await ids([...allStates])).length, 12)
    deepEqual(await ids([]), [])
    const three = await storage.list({ ...everything, jobs: ['three'], lanes: ['even'] })
    deepEqual(
      three.map((record) => record.id),
      [jobs[6]?.id, jobs[0]?.id],
    )
    equal((await storage.list({ ...everything, since: { at: now() - 20 } })).length, 3)
    equal((await storage.list({ ...everything, since: { ago: 30 } })).length, 4)
    const paged: string[] = []
    for (let before: string | null = null; ; ) {
      const page: readonly { id: string }[] = await storage.list({ ...everything, before, limit: 5 })
      paged.push(...page.map((record) => record.id))
      before = page.at(-1)?.id ?? null
      if (before === null) break
    }
    deepEqual(paged, jobs.map((one) => one.id).reverse())
    deepEqual(await storage.stats(), {
      live: { blocked: 0, scheduled: 1, ready: 8, running: 1 },
      finished: { succeeded: 1, failed: 1, cancelled: 0, expired: 0 },
    })
  },

  async 'others hear of new jobs'({ subject, storage, connect, job }) {
    if (!subject.shared) return
    const other = await connect()
    let woken = 0
    const stop = await other.subscribe(() => {
      woken++
    })
    const before = woken
    await eventually(async () => {
      await storage.insert([job()])
      return woken > before
    })
    await stop()
  },

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
      [{ kind: 'release' }, 0],
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
    await storage.apply(dead, lapsed)
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
    deepEqual(await finish(me, second, { kind: 'release' }), [])
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
    equal((await storage.list(everything)).length, 1)
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
      (await storage.list(everything)).map((record) => record.id),
      [running.id],
    )
    deepEqual([await storage.attempts(over.id), await storage.logs(over.id, null, 10)], [[], []])
    deepEqual(await finish(me, running), [])
  },

  async 'a job that was not started in time expires'({ storage, job, worker, claim, finish, now, pass }) {
    const [a, b, c] = [
      job({ expiresIn: 1_000 }),
      job({ delay: 10_000, expiresAt: now() + 2_000 }),
      job({ expiresIn: 1_000, maxAttempts: 2 }),
    ]
    await storage.insert([c])
    const me = await worker()
    const [running] = (await claim(me)) as [ClaimedJob]
    await storage.insert([a, b])
    deepEqual(await storage.promote(10), { promoted: 0, expired: [], nextDueIn: 1_000 })
    pass(1_000)
    deepEqual(await claim(me), []) // also before anybody looked
    deepEqual(await storage.promote(10), {
      promoted: 0,
      expired: [{ id: a.id, job: 'greet', attempt: 0 }],
      nextDueIn: 1_000,
    })
    const [record] = await storage.get([a.id])
    deepEqual([record?.state, record?.finishedAt, record?.expiresAt], ['expired', now(), now()])
    pass(1_000)
    equal((await storage.promote(10)).expired[0]?.id, b.id)
    await finish(me, running, failure, 5_000) // what runs may end, but not be tried again
    deepEqual(
      (await storage.promote(10)).expired.map((one) => [one.id, one.attempt]),
      [[c.id, 1]],
    )
    equal((await storage.promote(10)).nextDueIn, null)
  },

  async 'what a running handler tells is kept, of others it is dropped'({ storage, job, worker, claim, finish, now }) {
    await storage.insert([job(), job()])
    const [me, other] = [await worker(), await worker()]
    const [one, two] = (await claim(me)) as [ClaimedJob, ClaimedJob]
    const note = (fence: number, logs: NewLogLine[], percent: number): Note => ({
      id: one.id,
      fence,
      logs,
      progress: { percent, message: `${percent} %` },
    })
    await storage.note(me, [
      note(1, [line(0, { ago: 30, level: 'warn' }), line(1, { data: '{"a":[1]}' })], 40),
      { id: two.id, fence: 1, logs: [line(0)], progress: null },
    ])
    await storage.note(me, [note(1, [line(1), line(2)], 50)]) // the answer to the one before was lost
    await storage.note(other, [note(1, [line(3)], 99)])
    await storage.note(me, [note(2, [line(4)], 99)])
    const logs = await storage.logs(one.id, null, 10)
    deepEqual(
      logs.map(({ seq, fence, attempt, message }) => [seq, fence, attempt, message]),
      [0, 1, 2].map((seq) => [seq, 1, 1, `line ${seq}`]),
    )
    deepEqual([logs[0]?.level, logs[0]?.at, logs[1]?.data, logs[2]?.data], ['warn', now() - 30, '{"a":[1]}', null])
    deepEqual((await storage.get([one.id]))[0]?.progress, { percent: 50, message: '50 %' })
    deepEqual(
      (await storage.logs(one.id, { fence: 1, seq: 0 }, 1)).map(({ seq }) => seq),
      [1],
    )
    // With the outcome; after it nothing more is taken.
    const change = decide(one, success, () => 0)
    deepEqual(await storage.apply(me, [change], [note(1, [line(5)], 100)]), { refused: [] })
    await storage.note(me, [note(1, [line(6)], 10)])
    deepEqual(
      (await storage.logs(one.id, { fence: 1, seq: 2 }, 10)).map(({ seq }) => seq),
      [5],
    )
    deepEqual((await storage.get([one.id]))[0]?.progress?.percent, 100)
    await finish(me, two)
  },

  async 'jobs that no live worker knows are set aside, and come back with one who does'({
    storage,
    job,
    worker,
    claim,
    finish,
    pass,
  }) {
    const strange = job({ job: 'strange', priority: 0 })
    const [known, elsewhere] = [job(), job({ job: 'strange', lane: 'nobody' })]
    await storage.insert([strange, known, elsewhere])
    deepEqual(await storage.setAside(10), { aside: 0, back: 0 }) // nobody is there to know anything
    const me = await worker()
    deepEqual(await storage.setAside(10), { aside: 1, back: 0 })
    deepEqual(await storage.setAside(10), { aside: 0, back: 0 })
    const [record] = await storage.get([strange.id])
    deepEqual([record?.state, record?.reason], ['ready', 'job_unknown'])
    deepEqual((await storage.stats()).live.ready, 3)
    equal((await storage.list({ ...everything, states: ['ready'] })).length, 3)
    const claimed = (await claim(me)) as [ClaimedJob]
    deepEqual(
      claimed.map((one) => one.id),
      [known.id],
    )
    await finish(me, claimed[0])
    await worker({ jobs: ['strange'], lanes: ['other'] })
    deepEqual(await storage.setAside(10), { aside: 0, back: 0 })
    const knows = await worker({ jobs: ['strange'], lease: 5_000 })
    deepEqual(await storage.setAside(10), { aside: 0, back: 1 })
    deepEqual((await storage.get([strange.id]))[0]?.reason, null)
    pass(5_001)
    deepEqual(await storage.setAside(10), { aside: 1, back: 0 }) // it is gone again
    await storage.leave(knows)
    deepEqual(await storage.edit([strange.id], { kind: 'cancel', reason: 'x' }), [{ id: strange.id, from: 'ready' }])
    equal((await storage.get([strange.id]))[0]?.state, 'cancelled')
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
        const claimed = await on.claim({ worker: me, lanes, jobs: ['greet'], lapsed: false })
        await on.apply(
          me,
          claimed.map((one, n) => decide(one, n % 2 === 0 ? success : { kind: 'release' }, () => 0)),
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
}

/** Tries until it is true; for what depends on the real clock. */
async function eventually(attempt: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000
  while (Date.now() < deadline) {
    if (await attempt()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  ok(false, 'it did not come true within 5 s')
}
