/**
 * How close a worker comes to the floor: the same claim and settle by hand (`schema/floor.ts`), in the same run, in
 * turns, on a real PostgreSQL. History is kept.
 *
 * `node bench/drain.ts [--jobs 100000] [--runs 3]`
 */
import { parseArgs } from 'node:util'
import pg from 'pg'
import { createRota, defineJob, type } from '../src/index.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { measureFloor } from './schema/floor.ts'

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '100000' }, runs: { type: 'string', default: '3' } },
})
const jobs = Number(values.jobs)
const runs = Number(values.runs)

const noop = defineJob({ id: 'noop', input: type<{ n: number; text: string }>(), run: ({ n }) => ({ done: true, n }) })
const text = 'x'.repeat(80)

interface Rates {
  insert: number
  drain: number
  cpu: number
}

async function measureRota(url: string): Promise<Rates> {
  const schema = 'rota_bench'
  const storage = `${url}?schema=${schema}`
  const enqueuer = createRota({ storage, jobs: [noop] })
  await enqueuer.jobs.list({ limit: 1 }) // opened and migrated before the clock runs
  const inputs = Array.from({ length: jobs }, (_, n) => ({ n, text }))
  let start = performance.now()
  await enqueuer.enqueueMany(noop, inputs)
  const insert = (jobs / (performance.now() - start)) * 1_000

  const worker = createRota({ storage, jobs: [noop], lanes: { default: 100 } })
  let ended = 0
  const drained = new Promise<void>((resolve) => worker.on('job:succeeded', () => ++ended === jobs && resolve()))
  start = performance.now()
  const before = process.cpuUsage()
  await worker.start()
  await drained
  const drain = (jobs / (performance.now() - start)) * 1_000
  const used = process.cpuUsage(before)
  await worker.stop()
  const { finished } = await enqueuer.jobs.stats()
  if (finished.succeeded !== jobs) throw new Error(`${finished.succeeded} of ${jobs} jobs are in the history`)
  await enqueuer.stop()
  const client = new pg.Client(url)
  await client.connect()
  await client.query(`drop schema ${schema} cascade`)
  await client.query('checkpoint')
  await client.end()
  return { insert, drain, cpu: (used.user + used.system) / jobs }
}

const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[list.length >> 1] as number
const thousands = (rate: number) => `${(rate / 1_000).toFixed(1)}k/s`

const server = await startPostgres({ settings: { shared_buffers: '1GB', max_wal_size: '4GB' } })
try {
  await measureFloor({ url: server.url, jobs: Math.min(jobs, 50_000), connections: 1 })
  await measureRota(server.url)
  const floor = { one: [] as number[], two: [] as number[], insert: [] as number[] }
  const rota: Rates[] = []
  for (let run = 1; run <= runs; run++) {
    const one = await measureFloor({ url: server.url, jobs, connections: 1 })
    rota.push(await measureRota(server.url))
    const two = await measureFloor({ url: server.url, jobs, connections: 2 })
    floor.one.push(one.drainPerSecond)
    floor.two.push(two.drainPerSecond)
    floor.insert.push(one.insertPerSecond)
    console.error(
      `run ${run}: floor ${thousands(one.drainPerSecond)}, rota ${thousands(rota.at(-1)?.drain ?? 0)}, floor with 2 connections ${thousands(two.drainPerSecond)}`,
    )
  }
  const drain = median(rota.map((one) => one.drain))
  console.log(
    `PostgreSQL 18, Node ${process.version}, ${jobs} no-op jobs, medians of ${runs} runs, history kept, default durability`,
  )
  console.log(`| | floor, 1 connection | floor, 2 connections | rota, 1 worker process |\n| --- | ---: | ---: | ---: |`)
  console.log(`| drain | ${thousands(median(floor.one))} | ${thousands(median(floor.two))} | ${thousands(drain)} |`)
  console.log(
    `| bulk insert | ${thousands(median(floor.insert))} | | ${thousands(median(rota.map((one) => one.insert)))} |`,
  )
  console.log(
    `\nrota / floor with 1 connection: ${(drain / median(floor.one)).toFixed(2)}; with 2: ${(drain / median(floor.two)).toFixed(2)}; client CPU ${median(rota.map((one) => one.cpu)).toFixed(1)} µs per job`,
  )
} finally {
  await server.stop()
}
