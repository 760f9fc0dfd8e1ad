import pg from 'pg'
import { makePartitions } from '../../src/storage/postgres/partitions.ts'
import { codeOf } from '../../src/storage/sql/codes.ts'
import {
  atLeast,
  atMost,
  type Bench,
  drain,
  figure,
  inConditions,
  of,
  paced,
  type StoreOptions,
  type Workload,
  withProcesses,
} from '../bench.ts'
import { rota } from '../sides/index.ts'
import { onPostgres } from '../sides/postgres.ts'
import { payload } from '../sides/side.ts'

const day = 86_400_000

interface Backlog {
  readonly name: string
  readonly where: StoreOptions
}

export const w5: Workload = {
  id: 'W5',
  title: 'Drain and idle latency beside a backlog',
  about:
    'The drain with one worker (W2) and the idle latency (W3) again: with 1 000 000 jobs that are scheduled for 30 days from now, and with 5 000 000 jobs in the history, each in a database of its own that is filled once. The store that was empty is measured in the same turns, its latency after its drain too.',
  async run(bench) {
    const [jobs, count] = bench.quick ? [30_000, 150] : [100_000, 1_000]
    const [later, over] = bench.quick ? [100_000, 200_000] : [1_000_000, 5_000_000]
    const empty: Backlog = { name: 'empty store', where: {} }
    const scheduled = await filled(bench, `${inWords(later)} scheduled`, (store) => schedule(bench, store, later))
    const finished = await filled(bench, `${inWords(over)} finished`, (store) => writeHistory(bench, store, over))
    const all = [empty, scheduled, finished]
    const measured = await inConditions(bench, [rota], all, async (side, { where }) => {
      const { perSecond } = await drain(bench, side, { jobs, workers: 1, ...where })
      const latency = await paced(bench, side, { perSecond: 50, count, ...where, keep: true }) // each after a drain
      return { perSecond, p50: latency.p50, p99: latency.p99 }
    })
    for (const { name } of [scheduled, finished]) // so that no vacuum of them falls into what comes next
      await onPostgres(bench.servers.postgres.url, `drop database ${databaseOf(name)} with (force)`)

    const rate = (one: Backlog) => figure(`drain, ${one.name}`, 'jobs/s', 'more', measured(one), (run) => run.perSecond)
    const p50 = (one: Backlog) => figure(`p50, ${one.name}`, 'ms', 'less', measured(one), (run) => run.p50)
    const p99 = (one: Backlog) => figure(`p99, ${one.name}`, 'ms', 'less', measured(one), (run) => run.p99)
    return {
      figures: [...all.map(rate), ...all.map(p50), ...all.map(p99)],
      checks: [scheduled, finished].flatMap((one) => [
        atLeast(`drain: ${one.name} / empty store`, of(rate(one), rota) / of(rate(empty), rota), 0.95),
        atMost(`p50: ms that ${one.name} add`, of(p50(one), rota) - of(p50(empty), rota), 1),
      ]),
    }
  },
}

const databaseOf = (name: string) => `filled_${name.replaceAll(/\W+/g, '_')}`

const inWords = (count: number) => count.toLocaleString('en-US')

/** A database of its own, so that it stays as it is while the others are measured. */
async function filled(bench: Bench, name: string, fill: (store: string) => Promise<void>): Promise<Backlog> {
  await onPostgres(bench.servers.postgres.url, `create database ${databaseOf(name)}`)
  const url = new URL(bench.servers.postgres.url)
  url.pathname = `/${databaseOf(name)}`
  await rota.reset(url.href)
  await fill(url.href)
  bench.step(`${name}: vacuum`)
  await onPostgres(url.href, 'vacuum analyze')
  return { name, where: { store: url.href, keep: true } }
}

function schedule(bench: Bench, store: string, count: number): Promise<void> {
  return withProcesses(
    bench,
    rota,
    1,
    async ([producer]) => {
      for (let n = 0; n < count; n += 100_000) {
        bench.step(`scheduling, ${inWords(n)} of ${inWords(count)}`)
        await producer?.tell('bulk', { count: Math.min(100_000, count - n), options: { delay: 30 * day } })
      }
    },
    { store, keep: true },
  )
}

/** As drained jobs leave it that ended one after the other within the last six days: kept for seven, none of them goes yet. */
async function writeHistory(bench: Bench, store: string, count: number): Promise<void> {
  const kept = 7 * day
  const span = 6 * day
  const now = Date.now()
  const from = now - span
  const client = new pg.Client(store)
  await client.connect()
  try {
    const run = async (text: string, list?: readonly unknown[]) => (await client.query(text, list as unknown[])).rows
    const days = Array.from({ length: 7 }, (_, n) => from + n * day + kept)
    await run('begin')
    await makePartitions({ run, schema: 'rota', now: () => now }, now, days)
    await run('commit')
    await run('set synchronous_commit = off')
    const at = `(${from} + (i * ${span / count}::numeric)::bigint)`
    const id = `(lpad(to_hex(${at}), 12, '0') || '7000' || '8' || lpad(to_hex(i), 15, '0'))::uuid`
    for (let n = 0; n < count; n += 500_000) {
      bench.step(`history, ${inWords(n)} of ${inWords(count)}`)
      await run(
        `insert into rota.finished_jobs (id, job, lane, priority, run_at, created_at, claimed_at, fence, attempt,
           max_attempts, timeout, keep_succeeded, keep_failed, input, state, finished_at, keep_until)
         select ${id}, 'noop', 'default', 2, ${at}, ${at}, ${at}, 1, 1, 4, 300000, ${kept}, ${30 * day},
           '${JSON.stringify(payload(1))}', ${codeOf('succeeded')}, ${at}, ${at} + ${kept}
         from generate_series(${n}, ${Math.min(n + 500_000, count) - 1}) i`,
      )
    }
  } finally {
    await client.end()
  }
}
