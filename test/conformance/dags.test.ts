/**
 * I6: a dependant runs once, only when its rules are satisfied, and none is stranded. Random graphs, stored in one go or
 * while their first jobs run already, with failures, cancels, and workers that die; what should become of each job follows
 * from the graph alone.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OnParentFail, onParentFails, parentReasons } from '../../src/job/parents.ts'
import { decide, type FinalState, isFinalState, type Outcome } from '../../src/job/states.ts'
import type { ClaimedJob, NewJob, Storage } from '../../src/storage/contract.ts'
import { postgres } from '../../src/storage/postgres/storage.ts'
import { sqlite } from '../../src/storage/sqlite/storage.ts'
import { type Kit, type OpenSubject, withKit } from '../../src/testing/conformance/kit.ts'
import { modelStorage } from '../simulation/model-storage.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'

interface Node {
  /** What its handler would do. */
  readonly fate: 'succeeded' | 'failed' | 'cancelled'
  /** How often its worker dies under it before. */
  readonly deaths: number
  readonly parents: readonly { readonly of: number; readonly onFail: OnParentFail }[]
}

interface Graph {
  readonly nodes: readonly Node[]
  /** So many are stored at once; the others come by these numbers while work is under way. */
  readonly batches: readonly number[]
  /** How many jobs a worker claims and settles together. */
  readonly together: number
}

const nodeAt = (i: number) =>
  fc.record({
    fate: fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'failed', 'cancelled') as fc.Arbitrary<Node['fate']>,
    deaths: fc.constantFrom(0, 0, 0, 1, 2),
    parents:
      i === 0
        ? fc.constant([])
        : fc.uniqueArray(
            fc.record({ of: fc.integer({ min: 0, max: i - 1 }), onFail: fc.constantFrom(...onParentFails) }),
            { maxLength: 4, selector: ({ of }) => of },
          ),
  })

const graphs: fc.Arbitrary<Graph> = fc.integer({ min: 2, max: 14 }).chain((size) =>
  fc.record({
    nodes: fc.tuple(...Array.from({ length: size }, (_, i) => nodeAt(i))),
    batches: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 14 }),
    together: fc.integer({ min: 1, max: 4 }),
  }),
)

/** `blocked`: for ever, unless somebody retries the parent that it waits for. */
type End = FinalState | 'blocked'

function endsOf(nodes: readonly Node[]): End[] {
  const ends: End[] = []
  for (const { fate, parents } of nodes) {
    const fatal = parents.some(
      ({ of, onFail }) => onFail === 'cancel' && !['succeeded', 'blocked'].includes(ends[of] as End),
    )
    const stuck = parents.some(
      ({ of, onFail }) => ends[of] === 'blocked' || (onFail === 'wait' && ends[of] !== 'succeeded'),
    )
    ends.push(fatal ? 'cancelled' : stuck ? 'blocked' : fate)
  }
  return ends
}

const outcomes: Readonly<Record<Node['fate'], Outcome>> = {
  succeeded: { kind: 'success', output: null },
  failed: { kind: 'failure', error: { name: 'Error', message: 'no' }, reason: null, retryable: false },
  cancelled: { kind: 'discard', reason: 'not needed' },
}

async function follow(kit: Kit, { nodes, batches, together }: Graph): Promise<void> {
  const { storage, pass } = kit
  const jobs: NewJob[] = []
  for (const { parents } of nodes)
    jobs.push(kit.job({ parents: parents.map(({ of, onFail }) => ({ id: (jobs[of] as NewJob).id, onFail })) }))
  const indexOf = new Map(jobs.map(({ id }, i) => [id, i]))
  const starts = nodes.map(() => 0)
  const deaths = nodes.map(({ deaths: wanted }) => wanted)
  let stored = 0
  for (let round = 0; ; round++) {
    const size = batches[round % batches.length] as number
    if (stored < jobs.length) await storage.insert(jobs.slice(stored, stored + size).toReversed())
    stored += size
    const worker = await kit.worker({ lease: 1_000 })
    const claimed = [...(await kit.claim(worker, together)), ...(await claimSuspect(storage, worker))]
    if (claimed.length === 0 && stored >= jobs.length) break
    for (const { id } of claimed) await mayStart(storage, nodes[indexOf.get(id) as number] as Node, jobs)
    const killed = claimed.some(({ id }) => (deaths[indexOf.get(id) as number] as number) > 0)
    if (killed) {
      for (const { id } of claimed)
        deaths[indexOf.get(id) as number] = (deaths[indexOf.get(id) as number] as number) - 1
      pass(1_001)
      const changes = (await storage.sweep(100)).map((held) =>
        decide({ ...held, lapses: 0 }, { kind: 'lapse' }, () => 0),
      )
      await storage.apply(worker, changes)
    } else {
      for (const { id } of claimed)
        starts[indexOf.get(id) as number] = (starts[indexOf.get(id) as number] as number) + 1
      const done = (job: ClaimedJob) =>
        decide(job, outcomes[(nodes[indexOf.get(job.id) as number] as Node).fate], () => 0)
      expect((await storage.apply(worker, claimed.map(done))).refused).toEqual([])
    }
    await storage.leave(worker)
  }
  await compare(storage, jobs, endsOf(nodes), starts)
}

const claimSuspect = (storage: Storage, worker: string) =>
  storage.claim({ worker, lanes: [{ name: 'default', limit: 1 }], jobs: ['greet'], suspect: true })

/** Every rule is satisfied by how the parent has ended. */
async function mayStart(storage: Storage, { parents }: Node, jobs: readonly NewJob[]): Promise<void> {
  for (const { of, onFail } of parents) {
    const [parent] = await storage.get([(jobs[of] as NewJob).id])
    const satisfied = parent?.state === 'succeeded' || (onFail === 'run' && isFinalState(parent?.state ?? 'ready'))
    expect(satisfied, `started although its parent is ${parent?.state} (${onFail})`).toBe(true)
  }
}

async function compare(storage: Storage, jobs: readonly NewJob[], ends: readonly End[], starts: readonly number[]) {
  const records = new Map((await storage.get(jobs.map(({ id }) => id))).map((record) => [record.id, record]))
  expect(jobs.map(({ id }) => records.get(id)?.state)).toEqual(ends)
  for (const [i, { id }] of jobs.entries()) {
    const skipped = records.get(id)?.reason === parentReasons.failed || ends[i] === 'blocked'
    expect(starts[i], `runs of job ${i}`).toBe(skipped ? 0 : 1)
  }
}

const check = (open: OpenSubject, numRuns: number) =>
  fc.assert(
    fc.asyncProperty(graphs, (graph) => withKit(open, (kit) => follow(kit, graph))),
    { numRuns, endOnFailure: true },
  )

let server: RunningPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

test('random graphs end as they must, in the model', () =>
  check(async ({ clock }) => ({ connect: () => modelStorage({ clock }), shared: false }), 500))

test('random graphs end as they must, on SQLite', () =>
  check(async ({ clock }) => ({ connect: () => sqlite({ file: ':memory:', clock }), shared: false }), 200))

test('random graphs end as they must, on PostgreSQL', () => {
  let schemas = 0
  return check(async ({ clock }) => {
    const schema = `dag_${++schemas}`
    return { connect: () => postgres({ url: server.url, schema, clock }), shared: true }
  }, 40)
})
