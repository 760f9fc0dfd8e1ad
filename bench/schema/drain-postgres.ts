import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { advance, chunks, freshCursors, makeJobs, type NewJob, succeeded } from './job.ts'
import { connect, createSchema, type PostgresStore, storeOn, type Ways } from './postgres-store.ts'
import { type Design, statementsOf } from './sql-file.ts'

export interface DrainOptions {
  jobs: number
  connections: number
  batch?: number
  priorities?: readonly number[]
  ways?: Ways
  /** Off: every claim starts at the head of the index. */
  cursor?: boolean
  /** Keeps a repeatable-read snapshot open during the drain, so no dead row can be removed. */
  oldSnapshot?: boolean
  /** Adds the BRIN index on `worker` (design `hot`). */
  brin?: boolean
}

export interface Drain {
  insertPerSecond: number
  drainPerSecond: number
  statementsPerJob: number
  insertWalPerJob: number
  drainWalPerJob: number
  insertCpuMicrosPerJob: number
  drainCpuMicrosPerJob: number
  hotRatio: number
}

const schema = 'rota_bench'
const allPriorities = [0, 1, 2, 3, 4]

/** Inserts `jobs` over one connection, then claims and settles all of them over `connections`. */
export async function measureDrain(url: string, design: Design, options: DrainOptions): Promise<Drain> {
  const { jobs: count, connections, batch = 500, priorities = [2] } = options
  await createSchema(url, schema, design)
  const observer = await connect(url, schema)
  const stores: PostgresStore[] = []
  for (let n = 0; n < connections; n += 1) stores.push(storeOn(await connect(url, schema), design, options.ways))
  if (options.brin) await observer.query(statementsOf(design, 'postgres')('running-brin'))
  await observer.query('checkpoint')

  const jobs = makeJobs(count, 'main', priorities)
  const inserting = await observe(observer, stores, () => insertAll(stores[0] as PostgresStore, jobs, batch))
  const snapshot = options.oldSnapshot ? await openSnapshot(url) : undefined
  const before = stores.reduce((sum, store) => sum + store.statementCount(), 0)
  const draining = await observe(observer, stores, async () => {
    const done = await Promise.all(stores.map((store, n) => drain(store, `worker-${n}`, batch, options.cursor ?? true)))
    const total = done.reduce((sum, part) => sum + part, 0)
    if (total !== count) throw new Error(`${total} of ${count} jobs were settled.`)
  })
  const statements = stores.reduce((sum, store) => sum + store.statementCount(), 0) - before
  await snapshot?.end()
  for (const store of stores) await store.client.query('select pg_stat_force_next_flush()')
  const hot = await observer.query<{ ratio: number }>(
    `select coalesce(n_tup_hot_upd::float / nullif(n_tup_upd, 0), 0) as ratio
     from pg_stat_user_tables where schemaname = $1 and relname = 'jobs'`,
    [schema],
  )
  await Promise.all([observer.end(), ...stores.map((store) => store.client.end())])
  return {
    insertPerSecond: (count / inserting.milliseconds) * 1000,
    drainPerSecond: (count / draining.milliseconds) * 1000,
    statementsPerJob: statements / count,
    insertWalPerJob: inserting.wal / count,
    drainWalPerJob: draining.wal / count,
    insertCpuMicrosPerJob: (inserting.cpuMilliseconds * 1000) / count,
    drainCpuMicrosPerJob: (draining.cpuMilliseconds * 1000) / count,
    hotRatio: hot.rows[0]?.ratio ?? 0,
  }
}

export async function insertAll(store: PostgresStore, jobs: readonly NewJob[], batch: number): Promise<void> {
  for (const part of chunks(jobs, batch)) await store.insert(part)
}

/** The worker's loop: claim behind the cursors, settle, until a claim from the very start finds nothing. */
export async function drain(store: PostgresStore, worker: string, batch: number, cursor = true): Promise<number> {
  let settled = 0
  let cursors = freshCursors('main', allPriorities)
  let fresh = true
  while (true) {
    const claimed = await store.claim(worker, cursors, batch)
    if (claimed.length === 0 && fresh) return settled
    if (claimed.length > 0) settled += (await store.settle(worker, succeeded(claimed))).length
    fresh = !cursor || claimed.length < batch
    if (fresh) cursors = freshCursors('main', allPriorities)
    else advance(cursors, claimed)
  }
}

async function openSnapshot(url: string): Promise<pg.Client> {
  const reader = await connect(url, schema)
  await reader.query('begin isolation level repeatable read')
  await reader.query('select 1 from jobs limit 1')
  return reader
}

async function observe(observer: pg.Client, stores: readonly PostgresStore[], work: () => Promise<void>) {
  const pids: number[] = []
  for (const store of stores) pids.push((await store.client.query('select pg_backend_pid() as pid')).rows[0].pid)
  const cpu = () => pids.reduce((sum, pid) => sum + cpuMilliseconds(pid), 0)
  const wal = async () => (await observer.query(`select pg_current_wal_insert_lsn() - '0/0' as bytes`)).rows[0].bytes
  const [cpuBefore, walBefore] = [cpu(), Number(await wal())]
  const start = performance.now()
  await work()
  const milliseconds = performance.now() - start
  return { milliseconds, cpuMilliseconds: cpu() - cpuBefore, wal: Number(await wal()) - walBefore }
}

/** User and system time of a process, from the kernel's clock ticks (100 a second). */
function cpuMilliseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
