/** PostgreSQL behind PgBouncer in transaction mode: each transaction runs in the session of whoever comes next. */
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRota, defineJob, type Rota, type } from '../../src/index.ts'
import { postgres } from '../../src/storage/postgres/index.ts'
import { storageConformance } from '../../src/testing/conformance.ts'
import { until } from '../support/condition.ts'
import { aJob } from '../support/job.ts'
import { findPgBouncer, managesStatements, type RunningPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'
import { hasService } from '../support/services.ts'

/** Whoever listens hears what comes while the session happens to be theirs, so nothing can be said about that. */
const withoutHints = (name: string, run: () => Promise<void>) =>
  test.skipIf(name.startsWith('others hear of '))(name, run)

const program = findPgBouncer()
const there = hasService('pgbouncer', program)
const managed = there && managesStatements(program as string)
if (there && !managed) console.warn('skipped: max_prepared_statements = 200, which PgBouncer knows from 1.21 on')

describe.skipIf(!there)('behind PgBouncer in transaction mode', () => {
  let server: RunningPostgres
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.stop())

  for (const maxPreparedStatements of managed ? [0, 200] : [0]) {
    describe(`max_prepared_statements = ${maxPreparedStatements}`, () => {
      let bouncer: RunningPgBouncer
      let schemas = 0
      beforeAll(async () => {
        bouncer = await startPgBouncer(server.url, { maxPreparedStatements })
      })
      afterAll(() => bouncer.stop())
      storageConformance(withoutHints, async ({ clock }) => {
        const schema = `bounced_${maxPreparedStatements}_${++schemas}`
        return { connect: () => postgres({ url: bouncer.url, schema, clock }), shared: true }
      })
      test('two workers and 32 callers: each job once, no trouble', () =>
        drain(`${bouncer.url}?schema=drained_${maxPreparedStatements}`))
    })
  }

  describe('one server connection', () => {
    let bouncer: RunningPgBouncer
    const pools: pg.Pool[] = []
    const rotas: Rota[] = []
    beforeEach(async () => {
      bouncer = await startPgBouncer(server.url, { poolSize: 1 })
    })
    afterEach(async () => {
      for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
      for (const pool of pools.splice(0)) await pool.end()
      await bouncer.stop()
    })

    const note = defineJob({ id: 'note', input: type<number>(), run: (n) => n })
    const open = async (schema: string, prepare = true) => {
      const pool = new pg.Pool({ connectionString: bouncer.url, max: 1 })
      pools.push(pool)
      const storage = postgres({ pool, schema, prepare, listen: false })
      await storage.migrate()
      return storage
    }
    /** The names that the only server connection knows. */
    const names = async () => {
      const client = new pg.Client(bouncer.url)
      client.on('error', () => {}) // it may meet a session that was just ended
      await client.connect()
      try {
        const { rows } = await client.query('select pg_backend_pid() as pid, name from pg_prepared_statements')
        return rows as { pid: number; name: string }[]
      } finally {
        await client.end()
      }
    }
    const kinds = [
      ['alone', null],
      ['in a transaction', 'key'],
    ] as const

    test.each(kinds)('a name that another client took: a statement %s is done again', async (where, key) => {
      const schema = `taken_${where.replaceAll(' ', '_')}`
      const [first, second] = [await open(schema), await open(schema)]
      await first.insert([aJob(null)])
      expect((await names()).length).toBeGreaterThan(0)
      expect(await second.insert([aJob(key)])).toMatchObject([{ status: 'created' }])
      expect((await second.stats()).live.ready).toBe(2)
    })

    test.each(kinds)(
      'a name that went with its server connection: a statement %s is done again',
      async (where, key) => {
        const storage = await open(`gone_${where.replaceAll(' ', '_')}`)
        await storage.insert([aJob(null)])
        const { pid } = (await names())[0] as { pid: number }
        const direct = new pg.Client(server.url)
        await direct.connect()
        await direct.query('select pg_terminate_backend($1)', [pid])
        await direct.end()
        await until('there is another server connection', async () => (await names().catch(() => [0])).length === 0)
        expect(await storage.insert([aJob(key)])).toMatchObject([{ status: 'created' }])
        expect((await storage.stats()).live.ready).toBe(2)
      },
    )

    test('`prepare: false` takes no names', async () => {
      const storage = await open('unnamed', false)
      await storage.insert([aJob(null)])
      expect(await names()).toEqual([])
    })

    test('hints that get lost only cost the wait for the next poll', async () => {
      const options = { storage: `${bouncer.url}?schema=hints`, jobs: [note], poll: '200ms' }
      const [worker, other] = [createRota(options), createRota(options)]
      rotas.push(worker, other)
      await worker.start()
      for (let n = 0; n < 5; n++) {
        const { id } = await other.enqueue(note, n)
        expect(await other.result(id, { timeout: '10s' })).toBe(n)
      }
    })
  })
})

/** Some fail at first, so that outcomes are also recorded in transactions; some have keys, for transactions of callers. */
async function drain(storage: string): Promise<void> {
  const many = 20_000
  const callers = 32
  const each = 25
  const runs = new Map<number, number>()
  const work = defineJob({
    id: 'work',
    input: type<number>(),
    backoff: { type: 'fixed', delay: 5 },
    run: (n, ctx) => {
      if (n % 20 === 0 && ctx.attempt === 1) throw new Error('the first try of some fails')
      runs.set(n, (runs.get(n) ?? 0) + 1)
    },
  })
  const options = { storage, jobs: [work], lanes: { default: 50 }, poll: '200ms' }
  const workers = [createRota(options), createRota(options)]
  const caller = createRota(options)
  const trouble: unknown[] = []
  for (const worker of workers) worker.on('worker:trouble', (one) => trouble.push(one))
  await caller.enqueueMany(
    work,
    Array.from({ length: many }, (_, n) => n),
  )
  await Promise.all(workers.map((worker) => worker.start()))
  await Promise.all(
    Array.from({ length: callers }, async (_, c) => {
      for (let i = 0; i < each; i++) {
        const n = many + c * each + i
        await caller.enqueue(work, n, c % 2 === 0 ? {} : { idempotencyKey: `key ${n}` })
      }
    }),
  )
  const total = many + callers * each
  await until('all are over', async () => (await caller.jobs.stats()).finished.succeeded === total, 50_000)
  await Promise.all([...workers, caller].map((rota) => rota.stop()))
  expect(trouble).toEqual([])
  expect(runs.size).toBe(total)
  expect([...runs].filter(([, times]) => times !== 1)).toEqual([])
}
