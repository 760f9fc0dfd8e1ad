/** What PostgreSQL alone promises. */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRota, defineJob, type } from '../../src/index.ts'
import { lazyPool } from '../../src/storage/postgres/connect.ts'
import { postgres } from '../../src/storage/postgres/index.ts'
import type { PostgresPool } from '../../src/storage/postgres/pool.ts'
import { openDatabase } from '../../src/storage/postgres/session.ts'
import { gate, until } from '../support/condition.ts'
import { aJob } from '../support/job.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'

let server: RunningPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

const echo = defineJob({ id: 'echo', input: type<number>(), run: (n) => n })

test('a claim does not wait for rows that somebody else has locked', async () => {
  const storage = postgres({ url: server.url, schema: 'locked' })
  const client = new pg.Client(server.url)
  await client.connect()
  const rota = createRota({ storage, jobs: [echo] })
  const stored = await rota.enqueueMany(echo, [1, 2, 3])
  const worker = '01900000-0000-7000-8000-000000000001'
  await storage.heartbeat({
    id: worker,
    name: 'test',
    lanes: [{ name: 'default', concurrency: 1 }],
    jobs: ['echo'],
    schedules: [],
    lease: 30_000,
  })
  await client.query('begin')
  await client.query('select from locked.jobs where id = $1 for update', [stored[0]?.id])
  const lanes = [{ name: 'default', limit: 10 }]
  const claimed = await storage.claim({ worker, lanes, jobs: ['echo'], suspect: false })
  expect(claimed.map((job) => job.id)).toEqual([stored[1]?.id, stored[2]?.id])
  await client.query('rollback')
  expect((await storage.claim({ worker, lanes, jobs: ['echo'], suspect: false })).map((job) => job.id)).toEqual([
    stored[0]?.id,
  ])
  await client.end()
  await rota.stop()
}, 10_000)

test('a firing does not wait for a schedule that somebody else holds, and fires the others', async () => {
  const storage = postgres({ url: server.url, schema: 'fired' })
  const client = new pg.Client(server.url)
  await client.connect()
  await storage.migrate()
  const schedule = { job: 'note', state: 'active', origin: 'api', owner: null, reason: null, rule: '1' } as const
  const due = { ...schedule, override: null, serial: false, start: 0, nextAt: 0, pausedFrom: null }
  const ids = ['a', 'b', 'c']
  await storage.saveSchedules(ids.map((id) => ({ ...due, id, version: null, skips: [] })))
  const firings = ids.map((id) => ({
    ...{ id, version: 1, state: 'active' as const, reason: null, nextAt: null, lastAt: 0, runs: 1 },
    ...{ jobs: [{ ...aJob(null), schedule: { id, missed: 0 } }], skips: [], cancel: [], again: false },
  }))
  const fire = async () => (await storage.fire(firings)).map(({ id }) => id).sort()
  await client.query('begin')
  await client.query(`select from fired.schedules where id = 'b' for update`)
  expect(await fire()).toEqual(['a', 'c'])
  expect((await storage.stats()).live.ready).toBe(2)
  await client.query('rollback')
  expect(await fire()).toEqual(['b'])
  expect((await storage.stats()).live.ready).toBe(3)
  await client.end()
  await storage.close()
}, 10_000)

test('an id that is there already is told for itself, in a batch of jobs that are alike and in another', async () => {
  const storage = postgres({ url: server.url, schema: 'twice' })
  await storage.migrate()
  const [first, second, third] = [aJob(null), aJob(null), { ...aJob(null), priority: 0 }]
  const created = ({ id }: { id: string }) => ({ status: 'created', id })
  const duplicate = ({ id }: { id: string }) => ({ status: 'duplicate', id })
  expect(await storage.insert([first])).toEqual([created(first)])
  expect(await storage.insert([first, second])).toEqual([duplicate(first), created(second)])
  expect(await storage.insert([second, third])).toEqual([duplicate(second), created(third)])
  expect((await storage.stats()).live.ready).toBe(3)
  expect(await storage.insert([])).toEqual([])
  await storage.close()
})

test('each job keeps what it was given, usual or not, whatever lanes and jobs a claim asks for', async () => {
  const storage = postgres({ url: server.url, schema: 'unusual' })
  await storage.migrate()
  const usual = aJob(null)
  const unusual = {
    ...aJob(null),
    job: 'echo',
    lane: 'mail',
    priority: 4,
    maxAttempts: 9,
    timeout: 77,
    onTimeout: 'mark' as const,
  }
  await storage.insert([usual, unusual])
  const worker = '01900000-0000-7000-8000-000000000002'
  const lanes = ['other', 'mail', usual.lane].map((name) => ({ name, concurrency: 9 }))
  const jobs = ['none', 'echo', usual.job]
  await storage.heartbeat({ id: worker, name: 'test', lanes, jobs, schedules: [], lease: 30_000 })
  const claim = { worker, lanes: lanes.map(({ name }) => ({ name, limit: 5 })), jobs, suspect: false }
  const claimed = await storage.claim(claim)
  const pick = ({ id, job, lane, priority, maxAttempts, timeout, onTimeout }: typeof usual) => ({
    id,
    job,
    lane,
    priority,
    maxAttempts,
    timeout,
    onTimeout,
  })
  expect(claimed.map((one) => pick(one as never))).toEqual(
    [usual, unusual].map(pick).sort((a, b) => a.priority - b.priority),
  )
  expect(claimed.map(({ fence, attempt, lapses }) => [fence, attempt, lapses])).toEqual([
    [1, 1, 0],
    [1, 1, 0],
  ])
  const back = claimed.map(({ id }) => ({
    to: 'ready' as const,
    id,
    fence: 1,
    reason: null,
    error: null,
    delay: 0,
    attempt: 1,
    lapses: 1,
  }))
  await storage.apply(worker, back)
  expect((await storage.claim(claim)).map(({ fence, attempt, lapses }) => [fence, attempt, lapses])).toEqual([
    [2, 2, 1],
    [2, 2, 1],
  ])
  await storage.close()
})

test('of outcomes that left nothing, the ones whose fence is old are refused and the others stand', async () => {
  const storage = postgres({ url: server.url, schema: 'bare' })
  await storage.migrate()
  const jobs = [aJob(null), aJob(null), aJob(null)]
  await storage.insert(jobs)
  const worker = '01900000-0000-7000-8000-000000000003'
  const lanes = [{ name: jobs[0]?.lane as string, concurrency: 9 }]
  await storage.heartbeat({
    id: worker,
    name: 'test',
    lanes,
    jobs: [jobs[0]?.job as string],
    schedules: [],
    lease: 30_000,
  })
  await storage.claim({
    worker,
    lanes: lanes.map(({ name }) => ({ name, limit: 2 })),
    jobs: [jobs[0]?.job as string],
    suspect: false,
  })
  const succeed = jobs.map(({ id }) => ({
    to: 'succeeded' as const,
    id,
    fence: 1,
    reason: null,
    output: null,
    error: null,
  }))
  const { refused } = await storage.apply(worker, succeed)
  const { live, finished } = await storage.stats()
  expect([refused.length, live.ready, finished.succeeded]).toEqual([1, 1, 2])
  expect((await storage.apply(worker, succeed)).refused.length).toBe(3)
  await storage.close()
})

/** What is told in the channel of a schema from now on. */
async function overhear(schema: string) {
  const client = new pg.Client(server.url)
  const heard: string[] = []
  await client.connect()
  client.on('notification', ({ payload = '' }) => heard.push(payload))
  await client.query(`listen "rota_${schema}"`)
  return { heard, end: () => client.end() }
}

test('the last hint of a process that ends at once is told', async () => {
  const storage = postgres({ url: server.url, schema: 'hasty' })
  await storage.migrate()
  const { heard, end } = await overhear('hasty')
  await storage.insert([aJob(null)])
  await storage.insert([{ ...aJob(null), lane: 'late' }]) // a moment after the first, so it would be told a little later
  await storage.close()
  await until('both are heard', () => heard.join().includes('late'))
  await end()
})

test('a worker with nothing to do tells nobody of it', async () => {
  const rota = createRota({
    storage: postgres({ url: server.url, schema: 'silent' }),
    jobs: [echo],
    poll: '20ms',
    lease: '3s',
  })
  await rota.migrations.up()
  const { heard, end } = await overhear('silent')
  await rota.start()
  await until('it knows that it hears', () => heard.includes('[]'))
  await new Promise((resolve) => setTimeout(resolve, 500)) // five looks and more
  expect(heard.filter((payload) => payload === '[]').length).toBe(1)
  await rota.stop()
  await end()
})

test("the application's own pool is used and left open", async () => {
  const pool = new pg.Pool({ connectionString: server.url, max: 3 })
  const rota = createRota({ storage: postgres({ pool, schema: 'own_pool' }), jobs: [echo] })
  await rota.start()
  const { id } = await rota.enqueue(echo, 7)
  expect(await rota.result(id)).toBe(7)
  await rota.stop()
  expect((await pool.query('select count(*)::int as n from own_pool.finished_jobs')).rows).toEqual([{ n: 1 }])
  await pool.end()
})

test.each([
  ['alone', null],
  ['in a transaction', 'key'],
])('a session that lost its prepared statements: a statement %s is done again', async (where, key) => {
  const pool = new pg.Pool({ connectionString: server.url, max: 1 })
  const storage = postgres({ pool, schema: `discarded_${where.replaceAll(' ', '_')}`, listen: false })
  await storage.migrate()
  await storage.insert([aJob(key && 'another')]) // with a hint inside
  await storage.insert([aJob(key && 'a third')])
  await pool.query('discard all')
  const before = await session()
  const second = aJob(key)
  expect(await storage.insert([second])).toEqual([{ status: 'created', id: second.id }])
  expect((await storage.stats()).live.ready).toBe(3)
  expect((await pool.query('select name from pg_prepared_statements')).rows).toEqual([]) // no more names
  if (key !== null) expect(await session()).toEqual(before) // `pg` gives up a connection on any error outside of one
  await storage.close()
  await pool.end()

  async function session() {
    return (await pool.query('select pg_backend_pid() as pid')).rows
  }
})

test('whoever stands still in the middle of a transaction holds up the others for five seconds only', async () => {
  const pool = new pg.Pool({ connectionString: server.url, max: 2 })
  const database = openDatabase(lazyPool({ pool: pool as unknown as PostgresPool }), 'postgres', '"public"', () => null)
  const locked = gate()
  const standing = database.transaction(async ({ run }) => {
    await run('select pg_advisory_xact_lock(77)')
    locked.open()
    await until('the other one has the lock', () => passed)
    await run('select 1 as late')
  })
  standing.catch(() => {})
  let passed = false
  await locked.opened
  await database.transaction(async ({ run }) => {
    await run('select pg_advisory_xact_lock(77)')
    passed = true
  })
  await expect(standing).rejects.toMatchObject({ code: 'storage_unreachable' })
  await pool.end()
})

test('a claim and a settle never scan the table, also when they were planned while it was empty', async () => {
  const storage = postgres({ url: server.url, schema: 'plans', connections: 2 })
  // With so long a lease no sweep comes between: its statements are planned anew each time, and may scan a small table.
  const rota = createRota({ storage, jobs: [echo], lanes: { default: 50 }, lease: '10m' })
  await rota.start() // the statements of claims and settles are planned now, and cached
  for (let n = 0; n < 12; n++) await rota.result((await rota.enqueue(echo, n)).id)
  const scansBefore = await scans()
  await rota.enqueueMany(
    echo,
    Array.from({ length: 20_000 }, (_, n) => n),
    { in: '1h', lane: 'other' },
  )
  for (let n = 0; n < 100; n++) await rota.result((await rota.enqueue(echo, n)).id)
  expect((await scans()) - scansBefore).toBe(0)
  await rota.stop()

  async function scans(): Promise<number> {
    const client = new pg.Client(server.url)
    await client.connect()
    await client.query('select pg_sleep(1.2)') // the counters of the other sessions come in within a second
    const { rows } = await client.query(
      `select seq_scan from pg_stat_user_tables where schemaname = 'plans' and relname = 'jobs'`,
    )
    await client.end()
    return Number(rows[0]?.seq_scan)
  }
})

test('lanes are counted along the index, also without statistics', async () => {
  const client = new pg.Client(server.url)
  await client.connect()
  await inSession(async (storage) => {
    await storage.migrate()
    await client.query('alter table hops.jobs set (autovacuum_enabled = off)')
    for (const lane of ['a', 'b', 'c', 'd', 'e'])
      await storage.insert(Array.from({ length: 4_000 }, () => ({ ...aJob(null), lane })))
  })
  const before = await rowsRead()
  await inSession(async (storage) => {
    const found = await storage.lanes(100)
    const waiting = found.map(({ name, waiting: jobs }) => `${name} ${jobs}`)
    expect(waiting).toEqual(['a 100', 'b 100', 'c 100', 'd 100', 'e 100'])
    await storage.standing({ id: aJob(null).id, lane: 'e', priority: 4, dueAt: 0 }, 100)
  })
  expect((await rowsRead()) - before).toBeGreaterThan(500)
  expect((await rowsRead()) - before).toBeLessThan(3_000)
  await client.end()

  /** The counters of a session are in when it is over. */
  async function inSession(work: (storage: ReturnType<typeof postgres>) => Promise<void>): Promise<void> {
    const pool = new pg.Pool({ connectionString: server.url, max: 1 })
    const storage = postgres({ pool, schema: 'hops', listen: false })
    const [{ pid }] = (await pool.query('select pg_backend_pid() as pid')).rows
    await work(storage)
    await storage.close()
    await pool.end()
    const session = 'select 1 as found from pg_stat_activity where pid = $1'
    await until('its counters are in', async () => (await client.query(session, [pid])).rows.length === 0)
  }

  async function rowsRead(): Promise<number> {
    const { rows } = await client.query(
      `select seq_tup_read + idx_tup_fetch as n from pg_stat_user_tables where schemaname = 'hops' and relname = 'jobs'`,
    )
    return Number(rows[0]?.n)
  }
})

test('a wrong address and a wrong password are one typed error without the password', async () => {
  const rota = createRota({ storage: 'postgres://rota:very-secret@127.0.0.1:1/none' })
  const error = await rota.jobs.list({}).catch((thrown) => thrown)
  expect(error).toMatchObject({ code: 'storage_unreachable' })
  expect(`${error.message} ${error.stack}`).not.toContain('very-secret')
  await rota.stop()
})

test('an old partition goes when nobody reads the history, and until then holds up nobody', async () => {
  const now = Date.UTC(2027, 0, 31)
  const storage = postgres({ url: server.url, schema: 'purge', clock: () => now })
  const rota = createRota({ storage, jobs: [echo], retention: { succeeded: '1d', failed: '1d' } })
  await rota.start()
  await rota.result((await rota.enqueue(echo, 1)).id)
  const reader = new pg.Client(server.url)
  await reader.connect()
  await reader.query('begin')
  await reader.query('select count(*) from purge.finished_jobs')
  const old = postgres({ url: server.url, schema: 'purge', clock: () => now + 3 * 86_400_000 })
  const before = performance.now()
  expect(await old.purge(100)).toBe(false) // not at once again: each try holds up the settles for 50 ms
  expect(performance.now() - before).toBeLessThan(1_000)
  expect((await rota.jobs.list({})).jobs.length).toBe(1)
  expect(await rota.result((await rota.enqueue(echo, 2)).id)).toBe(2) // a settle is not held up
  await reader.query('commit')
  await reader.end()
  while (await old.purge(100));
  expect((await rota.jobs.list({})).jobs).toEqual([])
  await old.close()
  await rota.stop()
})
