/** A real PostgreSQL that goes away, or says odd things, while Rota works with it. */
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createRota, defineJob, type Rota, type } from '../../src/index.ts'
import { postgres } from '../../src/storage/postgres/index.ts'
import { until } from '../support/condition.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'
import { startProxy } from '../support/proxy.ts'

let server: RunningPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())
const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(server.url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

test.each(['url', 'own pool'])(
  'connections that are cut all the time lose nothing and double nothing (%s)',
  async (kind) => {
    const runs = new Map<number, number>()
    const note = defineJob({
      id: 'note',
      input: type<number>(),
      backoff: { type: 'fixed', delay: 5 },
      run: (n, ctx) => {
        if (n % 5 === 0 && ctx.attempt === 1) throw new Error('the first try of some fails')
        runs.set(n, (runs.get(n) ?? 0) + 1)
      },
    })
    const schema = kind === 'url' ? 'cut' : 'cut_pool'
    const pool = kind === 'url' ? null : new pg.Pool({ connectionString: server.url })
    const storage = pool ? postgres({ pool, schema }) : postgres({ url: server.url, schema })
    const rota = createRota({ storage, jobs: [note], lanes: { default: 20 }, poll: '100ms' })
    rotas.push(rota)
    await rota.start()

    const acknowledged: number[] = []
    let cutting = true
    const cutter = withClient(async (client) => {
      for (let i = 0; i < 25; i++) {
        await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
         where pid <> pg_backend_pid() and backend_type = 'client backend'`,
        )
        await new Promise((resolve) => setTimeout(resolve, 160))
      }
      cutting = false
    })
    const producers = Array.from({ length: 8 }, async (_, p) => {
      for (let n = p; cutting; n += 8) {
        await rota.enqueue(note, n, p % 2 === 0 ? {} : { idempotencyKey: `key ${n}` }).then(
          () => acknowledged.push(n),
          (error) => expect(error).toMatchObject({ code: 'storage_unreachable' }),
        )
      }
    })
    await Promise.all([cutter, ...producers])
    await until('all is over', async () => {
      const { live } = await rota.jobs.stats()
      return live.ready + live.running + live.scheduled === 0
    })
    expect(acknowledged.length).toBeGreaterThan(20)
    expect(acknowledged.filter((n) => !runs.has(n))).toEqual([])
    expect([...runs].filter(([, times]) => times > 1)).toEqual([])
    await rota.stop()
    await pool?.end()
  },
)

test('a replace whose answer is cut off after the commit changes its job once', async () => {
  let cuts = 0
  const proxy = await startProxy(server.url, { cut: (statement) => statement === 'commit' && cutting && cuts++ === 0 })
  let cutting = false
  const seen: number[] = []
  const save = defineJob({ id: 'save', input: type<number>(), run: (n) => void seen.push(n) })
  const unique = { key: 'k', onConflict: 'replace' } as const
  const away = createRota({ storage: `${proxy.url}?schema=cut_replace` })
  const worker = createRota({ storage: `${server.url}?schema=cut_replace`, jobs: [save], poll: '10ms' })
  rotas.push(away, worker)
  await worker.start()
  for (let n = 0; n < 10; n++) {
    const first = await away.enqueue(save, -1, { unique, in: '1h' })
    ;[cuts, cutting] = [0, true]
    // The worker may run it before the second try comes, which must not take it for a new job then.
    expect(await away.enqueue(save, n, { unique, in: 1 })).toEqual({ ...first, status: 'replaced' })
    expect(cuts).toBeGreaterThan(0)
    cutting = false
    await worker.result(first.id)
  }
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect((await worker.jobs.stats()).live).toEqual({ blocked: 0, scheduled: 0, ready: 0, running: 0 })
  await proxy.close()
})

test('anybody may send any notification', async () => {
  const note = defineJob({ id: 'note', run: () => 'done' })
  const rota = createRota({ storage: `${server.url}?schema=odd_notes`, jobs: [note] })
  rotas.push(rota)
  await rota.start()
  await withClient(async (client) => {
    for (const payload of ['hello', '5', '"x"', '{}', '[1,null]', '', '["default"]']) {
      await client.query('select pg_notify($1, $2)', ['rota_odd_notes', payload])
    }
  })
  expect(await rota.result((await rota.enqueue(note)).id)).toBe('done')
})

test('a network that swallows everything: handlers hear of the lost lease, and stop ends', async () => {
  const proxy = await startProxy(server.url)
  const ended: string[] = []
  const long = (who: string) =>
    defineJob({
      id: 'long',
      run: async (_, ctx) => {
        await new Promise((resolve) => {
          ctx.signal.addEventListener('abort', resolve)
          if (who === 'b') setTimeout(resolve, 200)
        })
        ended.push(`${who} ${ctx.signal.aborted}`)
        return who
      },
    })
  const jobsOfA = [long('a')]
  const a = createRota({ storage: `${proxy.url}?schema=hole`, jobs: jobsOfA, lease: '1s', poll: '100ms' })
  const b = createRota({ storage: `${server.url}?schema=hole`, jobs: [long('b')], lease: '1s', poll: '100ms' })
  rotas.push(b)
  await a.start()
  const { id } = await a.enqueue(jobsOfA[0] as (typeof jobsOfA)[0])
  await until('it runs', async () => (await b.job(id))?.state === 'running')
  proxy.swallow()
  await b.start()
  expect(await b.result(id)).toBe('b')
  expect(ended).toEqual(['a true', 'b false'])
  const before = performance.now()
  await a.stop({ grace: 100 })
  expect(performance.now() - before).toBeLessThan(2_100)
  await proxy.close()
})

test('a write that runs into a time limit or a read-only server is no fault of the job', async () => {
  const pay = defineJob({ id: 'pay', retries: 0, run: () => 'paid' })
  const pool = new pg.Pool({ connectionString: `${server.url}?options=-c%20statement_timeout%3D300` })
  const rota = createRota({ storage: postgres({ pool, schema: 'limits' }), jobs: [pay], poll: '50ms' })
  const failures: string[] = []
  rota.on('worker:trouble', ({ during }) => failures.push(during))
  await rota.start()
  await withClient(async (client) => {
    const { id } = await rota.enqueue(pay, undefined, { in: 100 })
    await client.query('begin')
    await client.query('lock table limits.finished_jobs in access exclusive mode')
    await until('recording failed twice', () => failures.filter((what) => what === 'recording outcomes').length >= 2)
    await client.query('commit')
    expect(await rota.result(id, { timeout: '10s' })).toBe('paid')
  })
  await rota.stop()
  await pool.end()
})

test('a pool of one or two connections is enough, and takes no listeners of ours twice', async () => {
  const pool = new pg.Pool({ connectionString: server.url, max: 1 })
  const echo = defineJob({ id: 'echo', input: type<number>(), run: (n) => n })
  for (let i = 0; i < 12; i++) postgres({ pool, schema: 'small' })
  expect([pool.listenerCount('error'), pool.listenerCount('connect')]).toEqual([1, 1])
  const [a, b] = ['small', 'small'].map((schema) =>
    createRota({ storage: postgres({ pool, schema }), jobs: [echo], poll: '50ms' }),
  ) as [Rota, Rota]
  await a.start()
  await b.start()
  expect(await a.result((await b.enqueue(echo, 7)).id)).toBe(7)
  await a.stop()
  await b.stop()
  await pool.end()
})

test('a job that becomes due before those already claimed is not hidden', async () => {
  const hold = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const work = defineJob({
    id: 'work',
    input: type<string>(),
    run: async (name) => {
      begun.resolve()
      if (name === 'first') await hold.promise
    },
  })
  const rota = createRota({ storage: `${server.url}?schema=hidden`, jobs: [work], lanes: { default: 1 }, poll: '20s' })
  rotas.push(rota)
  await rota.start()
  await rota.enqueue(work, 'first')
  await begun.promise
  const { id } = await rota.enqueue(work, 'second', { at: new Date(Date.now() - 60_000) })
  hold.resolve()
  await rota.result(id, { timeout: '5s' })
})

test.each([
  ['after a delay', () => ({ in: 200 })],
  ['at an instant', () => ({ at: new Date(Date.now() + 200) })],
])('another process hears of a job that is due soon, %s', async (_, when) => {
  const work = defineJob({ id: 'work', run: () => 'done' })
  const options = { storage: `${server.url}?schema=soon`, jobs: [work], poll: '20s' }
  const [worker, other] = [createRota(options), createRota(options)]
  rotas.push(worker, other)
  await worker.start()
  const { id } = await other.enqueue(work, undefined, when())
  expect(await other.result(id, { timeout: '5s' })).toBe('done')
})
