/** Batches with keys against a model that takes their jobs one by one, and what only two at a time can show. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LiveState, OnConflict } from '../../src/job/unique.ts'
import type { ClaimedJob, ListQuery, NewJob, Storage } from '../../src/storage/contract.ts'
import { postgres } from '../../src/storage/postgres/storage.ts'
import { sqlite } from '../../src/storage/sqlite/storage.ts'
import { everything, nothing } from '../../src/testing/conformance/kit.ts'
import { modelStorage } from '../simulation/model-storage.ts'
import { aJob } from '../support/job.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'

let server: RunningPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

const states: readonly LiveState[] = ['blocked', 'scheduled', 'ready', 'running']
const anyJob = fc.record({
  unique: fc.option(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      within: fc.constantFrom(0, 0, 5, 50),
      while: fc.oneof(fc.constant(states), fc.constant(states.slice(0, 3)), fc.subarray([...states])),
      onConflict: fc.constantFrom<OnConflict>('keep', 'replace', 'reschedule'),
      due: fc.boolean(),
    }),
    { freq: 4 },
  ),
  idempotency: fc.option(
    fc.record({ key: fc.constantFrom('a', 'b'), hash: fc.constantFrom('1', '2'), keep: fc.constantFrom(5, 50) }),
    { freq: 1 },
  ),
  delay: fc.constantFrom(0, 0, 10, 100),
  expiresIn: fc.constantFrom(null, null, 5, 50),
  priority: fc.nat(4),
  maxAttempts: fc.integer({ min: 1, max: 9 }),
  input: fc.nat(99).map(String),
  metadata: fc.option(fc.constant({ a: 1 })),
})
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      jobs: fc.array(anyJob, { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'again' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'claim' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'finish' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('cancel' as const, 'delete' as const), nth: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      looks: fc.boolean(),
      ms: fc.constantFrom(1, 4, 10, 60, 700_000),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Does the same to a storage and to the model, and looks for a difference after each step. */
async function follow(storage: Storage, clock: { now: number }, steps: readonly Step[]): Promise<void> {
  const model = modelStorage({ clock: () => clock.now })
  const both = [storage, model]
  const name = randomUUID()
  const worker = randomUUID()
  for (const one of both)
    await one.heartbeat({
      id: worker,
      name,
      lanes: [{ name, concurrency: 1_000 }],
      jobs: [name],
      schedules: [],
      lease: 1e9,
    })
  const mine: ListQuery = { ...everything, jobs: [name], limit: 1_000 }
  let last: readonly NewJob[] = []
  let held: readonly ClaimedJob[] = []
  const insert = async (retry: boolean) => {
    if (last.length === 0) return
    const wanted = []
    for (const job of last) wanted.push(...(await model.insert([job], { retry })))
    expect(await storage.insert(last, { retry })).toEqual(wanted)
  }
  for (const one of steps) {
    if (one.kind === 'insert') {
      last = one.jobs.map((job) => ({ ...aJob(null), ...job, job: name, lane: name }))
      await insert(false)
    } else if (one.kind === 'again') await insert(true)
    else if (one.kind === 'claim') {
      // All of them: PostgreSQL may hand out a part in another order than the model, by its cursors.
      const ask = { worker, lanes: [{ name, limit: 1_000 }], jobs: [name], suspect: false }
      const [claimed, wanted] = await Promise.all(both.map((each) => each.claim(ask)))
      expect(claimed).toEqual(wanted)
      held = [...held, ...(claimed as ClaimedJob[])]
    } else if (one.kind === 'finish') {
      const plain = { to: 'succeeded', reason: null, output: '1', error: null } as const
      const changes = held.map(({ id, fence, attempt, lapses }) => ({ id, fence, attempt, lapses, ...plain }))
      for (const each of both)
        expect(await each.apply(worker, changes)).toEqual({ refused: [], cancelled: [], followed: nothing })
      held = []
    } else if (one.kind === 'pass') {
      clock.now += one.ms
      if (one.ms > 1_000) last = [] // nobody tries again for minutes, and by then purge may have taken the keys
      for (const each of one.looks ? both : []) {
        await each.promote(1_000)
        while (await each.purge(50));
      }
    } else {
      const row = (await model.list(mine)).jobs[one.nth]
      const wish = one.kind === 'delete' ? { kind: one.kind } : { kind: one.kind, reason: 'no' }
      if (row) for (const each of both) await each.edit([row.id], wish)
    }
    expect(await storage.list(mine)).toEqual(await model.list(mine))
  }
}

const opened: Readonly<Record<string, (clock: () => number) => Storage>> = {
  SQLite: (clock) => sqlite({ file: ':memory:', clock }),
  PostgreSQL: (clock) => postgres({ url: server.url, schema: 'property', clock }),
}

describe.each(Object.keys(opened))('%s', (name) => {
  test('a batch is as its jobs one after the other', async () => {
    const clock = { now: Date.UTC(2027, 0, 31) }
    const storage = (opened[name] as (clock: () => number) => Storage)(() => clock.now)
    await storage.migrate()
    const steps = fc.array(step, { minLength: 1, maxLength: 12 })
    const numRuns = name === 'SQLite' ? 250 : 80
    await fc.assert(
      fc.asyncProperty(steps, (all) => follow(storage, clock, all)),
      { numRuns },
    )
    await storage.close()
  }, 60_000)
})
