import { measureSqliteDrain, measureSqliteWal, type SqliteDrain, type SqliteDrainOptions } from './drain-sqlite.ts'
import { median } from './large-postgres.ts'
import { measureLargeSqlite } from './large-sqlite.ts'
import type { Scale } from './measure-postgres.ts'
import { type Candidate, milliseconds, perSecond, type Report } from './report.ts'
import { type Design, designs } from './sql-file.ts'

const candidateOf = (design: Design): Candidate => `${design}, SQLite`

async function medians(runs: number, variants: readonly [Design, SqliteDrainOptions][]): Promise<SqliteDrain[]> {
  const drains: SqliteDrain[][] = variants.map(() => [])
  for (let run = 0; run < runs; run += 1) {
    for (const [index, [design, options]] of variants.entries()) {
      drains[index]?.push(await measureSqliteDrain(design, options))
    }
  }
  return drains.map((results) => {
    const middle = (key: keyof SqliteDrain) => median(results.map((result) => result[key]))
    return {
      insertPerSecond: middle('insertPerSecond'),
      drainPerSecond: middle('drainPerSecond'),
      busyRetries: middle('busyRetries'),
    }
  })
}

export async function measureSqlite(scale: Scale, report: Report): Promise<void> {
  const { jobs, runs } = scale
  const drains = (options: Omit<SqliteDrainOptions, 'jobs'>) =>
    medians(
      runs,
      designs.map((design) => [design, { jobs, ...options }]),
    )
  const one = await drains({ processes: 1 })
  const two = await drains({ processes: 2 })
  const mixed = await drains({ processes: 1, priorities: [2, 0, 4, 1, 3] })
  const snapshot = await drains({ processes: 1, oldSnapshot: true })
  for (const [index, design] of designs.entries()) {
    const add = (measure: string, value: string) => report.add(measure, candidateOf(design), value)
    const wal = await measureSqliteWal(design, Math.min(jobs, 20_000))
    const large = await measureLargeSqlite(design, scale.live)
    add('bulk insert, 1 connection', perSecond((one[index] as SqliteDrain).insertPerSecond))
    add('drain, 1 connection', perSecond((one[index] as SqliteDrain).drainPerSecond))
    add('drain, 2 connections', perSecond((two[index] as SqliteDrain).drainPerSecond))
    add('WAL per job, insert', `${wal.insert.toFixed(0)} B`)
    add('WAL per job, claim + settle', `${wal.drain.toFixed(0)} B`)
    add('drain, 5 priorities mixed', perSecond((mixed[index] as SqliteDrain).drainPerSecond))
    add('drain under an old snapshot, cursor', perSecond((snapshot[index] as SqliteDrain).drainPerSecond))
    add('running rows of a worker', milliseconds(large.findByWorkerMs))
    add('50 newest running, they are the newest rows', milliseconds(large.listRunningNewestMs))
    add('50 newest running, they are the oldest rows', milliseconds(large.listRunningOldestMs))
    add('claim 500 beside the scheduled', milliseconds(large.claimBesideScheduledMs))
    add('claim 500 behind 20 000 running (cursor)', milliseconds(large.claimBehindRunningMs))
    add('claim 500 through 20 000 running (no cursor)', milliseconds(large.claimThroughRunningMs))
  }
  await measureWays(scale, report)
}

async function measureWays(scale: Scale, report: Report): Promise<void> {
  const ways = ['loop', 'json'] as const
  const variants = ways.map((way): [Design, SqliteDrainOptions] => [
    'hot',
    { jobs: scale.jobs, processes: 1, ways: { insert: way, settle: way } },
  ])
  const drains = await medians(scale.runs, variants)
  const names = { loop: 'a prepared statement per row', json: 'json_each' }
  const rows = ways.map((way, index) => {
    const drain = drains[index] as SqliteDrain
    return [names[way], perSecond(drain.insertPerSecond), perSecond(drain.drainPerSecond)]
  })
  report.addList('Ways to insert and to settle on SQLite (hot)', ['way', 'insert', 'claim + settle'], rows)
}
