/** What a job costs a PostgreSQL: statements, write-ahead log, row versions. */
import pg from 'pg'
import { createRota, defineJob, type Rota, type } from '../../src/index.ts'
import { type PostgresPool, postgres } from '../../src/storage/postgres/index.ts'
import { until } from '../support/condition.ts'
import { startPostgres } from '../support/postgres.ts'
import { countedPool } from './counted-pool.ts'

/**
 * No page images and no vacuum, because both come when they come. How many pages are touched again is told by the share
 * of HOT updates and by the row versions.
 */
const settings = {
  full_page_writes: 'off',
  autovacuum: 'off',
  checkpoint_timeout: '1h',
  max_wal_size: '4GB',
  shared_preload_libraries: 'pg_stat_statements', // counts the pages that statements touch
}
const slots = 50
const warmUp = 2_000

type Measured = Record<string, number>

const input = type<{ n: number; text: string }>()
const noop = defineJob({ id: 'noop', input, run: ({ n }): unknown => ({ n }) })
/** Its outcome is recorded by a shorter statement. */
const silent = defineJob({ id: 'silent', input, run: (): unknown => undefined })

export async function measurePostgres(jobs: number): Promise<Measured> {
  const server = await startPostgres({ settings })
  const watch = new pg.Client(server.url)
  await watch.connect()
  await watch.query('create extension pg_stat_statements')
  try {
    return { ...(await measureWay(server.url, watch, jobs)), ...(await measureIdle(server.url)) }
  } finally {
    await watch.end()
    await server.stop()
  }
}

async function measureWay(url: string, watch: pg.Client, jobs: number): Promise<Measured> {
  await migrate(url)
  await until('the statistics of the migration are in', async () => (await rowsOf(watch)).deleted >= 1_000)
  const rowsBefore = await rowsOf(watch)
  const { pool, counts, end } = countedPool(url)
  const caller = rotaOn(pool)
  await enqueue(caller, warmUp)
  await drain(pool, warmUp)

  const start = { ...counts }
  const wal = [await walOf(watch)]
  const pages = [await pagesOf(watch)]
  await enqueue(caller, jobs)
  wal.push(await walOf(watch))
  pages.push(await pagesOf(watch))
  const stored = { ...counts }
  await drain(pool, jobs)
  wal.push(await walOf(watch))
  pages.push(await pagesOf(watch))
  const claims = counts.claims - stored.claims
  const settles = counts.settles - stored.settles
  const others = counts.all - stored.all - claims - settles
  await enqueue(caller, jobs, silent)
  pages.push(await pagesOf(watch))
  await drain(pool, jobs)
  pages.push(await pagesOf(watch))
  await caller.stop()
  await end() // whoever leaves hands in its statistics
  const all = 2 * jobs + warmUp
  await until('the statistics are in', async () => (await rowsOf(watch)).deleted - rowsBefore.deleted >= all)
  const rows = await rowsOf(watch)
  const [before, between, after] = wal as [number, number, number]
  const touched = (to: number) => ((pages[to] as number) - (pages[to - 1] as number)) / jobs
  return {
    'PostgreSQL insert: statements per 1 000 jobs': (stored.all - start.all) / (jobs / 1_000),
    'PostgreSQL insert: WAL bytes per job': (between - before) / jobs,
    'PostgreSQL insert: pages touched per job': touched(1),
    'PostgreSQL drain: claims per 1 000 jobs': claims / (jobs / 1_000),
    'PostgreSQL drain: settles per 1 000 jobs': settles / (jobs / 1_000),
    'PostgreSQL drain: other statements in all': others,
    'PostgreSQL drain: WAL bytes per job': (after - between) / jobs,
    'PostgreSQL drain: pages touched per job': touched(2),
    'PostgreSQL drain, no output: pages touched per job': touched(4),
    'PostgreSQL way: rows written per job': (rows.written - rowsBefore.written) / all,
    'PostgreSQL way: dead rows per job': (rows.dead - rowsBefore.dead) / all,
    'PostgreSQL way: claims that were not HOT, %':
      100 - ((rows.hot - rowsBefore.hot) * 100) / (rows.updated - rowsBefore.updated),
  }
}

const rotaOn = (pool: PostgresPool): Rota =>
  createRota({
    storage: postgres({ pool, schema: 'cost' }),
    jobs: [noop, silent],
    lanes: { default: slots },
    poll: '1m',
    lease: '5m',
  })

async function migrate(url: string): Promise<void> {
  const { pool, end } = countedPool(url)
  const rota = rotaOn(pool)
  await rota.migrations.up()
  await rota.stop()
  await end()
}

async function enqueue(caller: Rota, jobs: number, job = noop): Promise<void> {
  const text = 'x'.repeat(80)
  for (let n = 0; n < jobs; n += 1_000) {
    await caller.enqueueMany(
      job,
      Array.from({ length: 1_000 }, (_, i) => ({ n: n + i, text })),
    )
  }
}

async function drain(pool: PostgresPool, jobs: number): Promise<void> {
  const worker = rotaOn(pool)
  let ended = 0
  const over = new Promise<void>((resolve) => worker.on('job:succeeded', () => ++ended === jobs && resolve()))
  await worker.start()
  await over
  await worker.stop()
}

/** From one look to the tenth after it: they are five polls apart, because nothing is found. Whatever else a worker does meanwhile counts with them. */
async function measureIdle(url: string): Promise<Measured> {
  const { pool, counts, end } = countedPool(url)
  const rota = createRota({ storage: postgres({ pool, schema: 'cost' }), jobs: [noop], poll: '50ms' })
  await rota.start()
  await until('it is at rest', () => counts.claims >= 10)
  const before = { ...counts }
  const start = performance.now()
  await until('it looked ten times', () => counts.claims - before.claims >= 20) // each time for lapsed jobs, too
  const polls = (performance.now() - start) / 50
  const statements = counts.all - before.all
  await rota.stop()
  await end()
  return { 'PostgreSQL idle: statements per poll': statements / polls }
}

/** Pages found in memory or read, by all statements so far but ours. */
async function pagesOf(watch: pg.Client): Promise<number> {
  const { rows } = await watch.query(
    `select sum(shared_blks_hit + shared_blks_read) as pages from pg_stat_statements where query not like '%pg_stat%'`,
  )
  return Number(rows[0]?.pages)
}

async function walOf(watch: pg.Client): Promise<number> {
  const { rows } = await watch.query(`select pg_current_wal_insert_lsn() - '0/0' as bytes`)
  return Number(rows[0]?.bytes)
}

/** Of all tables of the schema; `updated` and `hot` of the live jobs alone, `dead` too. */
async function rowsOf(watch: pg.Client) {
  const { rows } = await watch.query(`
    select sum(n_tup_ins + n_tup_upd + n_tup_del) as written,
      sum(n_tup_del) filter (where relname = 'jobs') as deleted, sum(n_tup_upd) filter (where relname = 'jobs') as updated,
      sum(n_tup_hot_upd) filter (where relname = 'jobs') as hot, sum(n_dead_tup) filter (where relname = 'jobs') as dead
    from pg_stat_user_tables where schemaname = 'cost'`)
  const { written, deleted, updated, hot, dead } = rows[0]
  return {
    written: Number(written),
    deleted: Number(deleted),
    updated: Number(updated),
    hot: Number(hot),
    dead: Number(dead),
  }
}
