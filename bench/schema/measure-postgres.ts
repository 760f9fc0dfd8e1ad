import { measureBrin } from './brin-postgres.ts'
import { type Drain, type DrainOptions, measureDrain } from './drain-postgres.ts'
import { measureLarge, median } from './large-postgres.ts'
import { checkPlans } from './plans.ts'
import type { InsertWay, SettleWay, Ways } from './postgres-store.ts'
import { type Candidate, milliseconds, perSecond, type Report } from './report.ts'
import { type Design, designs } from './sql-file.ts'

export interface Scale {
  /** Jobs in a drain. */
  jobs: number
  runs: number
  /** Rows of the large live table. */
  live: number
  /** Live rows at which plans are looked at. */
  plans: readonly number[]
}

const candidateOf = (design: Design): Candidate => `${design}, PostgreSQL`

/** The candidates alternate within each round, so that a slow minute of the machine hits all of them. */
async function medians(url: string, runs: number, variants: readonly [Design, DrainOptions][]): Promise<Drain[]> {
  const drains: Drain[][] = variants.map(() => [])
  for (let run = 0; run < runs; run += 1) {
    for (const [index, [design, options]] of variants.entries()) {
      drains[index]?.push(await measureDrain(url, design, options))
    }
  }
  return drains.map((results) => {
    const middle = (key: keyof Drain) => median(results.map((result) => result[key]))
    return {
      insertPerSecond: middle('insertPerSecond'),
      drainPerSecond: middle('drainPerSecond'),
      statementsPerJob: middle('statementsPerJob'),
      insertWalPerJob: middle('insertWalPerJob'),
      drainWalPerJob: middle('drainWalPerJob'),
      insertCpuMicrosPerJob: middle('insertCpuMicrosPerJob'),
      drainCpuMicrosPerJob: middle('drainCpuMicrosPerJob'),
      hotRatio: middle('hotRatio'),
    }
  })
}

export async function measurePostgres(url: string, scale: Scale, report: Report): Promise<void> {
  report.say('PostgreSQL: warm-up')
  await measureDrain(url, 'hot', { jobs: scale.jobs, connections: 1 })
  await measureCandidates(url, scale, report)
  await measureWays(url, scale, report)
  await measureBrinIndex(url, scale, report)
  for (const design of designs) {
    const plans = await checkPlans(url, design, scale.plans)
    const rows = plans.map((plan) => [
      plan.situation,
      plan.mode,
      plan.statement,
      milliseconds(plan.milliseconds),
      plan.scansAll ? 'SCANS ALL' : 'index',
    ])
    report.addList(`Plans of prepared statements, 500 rows: ${design}`, ['rows', 'plan', 'statement', 'time', ''], rows)
  }
}

async function measureCandidates(url: string, scale: Scale, report: Report): Promise<void> {
  const { jobs, runs } = scale
  const one = await medians(
    url,
    runs,
    designs.map((design) => [design, { jobs, connections: 1 }]),
  )
  const two = await medians(
    url,
    runs,
    designs.map((design) => [design, { jobs, connections: 2 }]),
  )
  for (const [index, design] of designs.entries()) {
    const [single, double] = [one[index] as Drain, two[index] as Drain]
    const add = (measure: string, value: string) => report.add(measure, candidateOf(design), value)
    add('bulk insert, 1 connection', perSecond(single.insertPerSecond))
    add('drain, 1 connection', perSecond(single.drainPerSecond))
    add('drain, 2 connections', perSecond(double.drainPerSecond))
    add('statements per job (claim + settle)', single.statementsPerJob.toFixed(4))
    add('WAL per job, insert', `${single.insertWalPerJob.toFixed(0)} B`)
    add('WAL per job, claim + settle', `${single.drainWalPerJob.toFixed(0)} B`)
    add('server CPU per job, insert', `${single.insertCpuMicrosPerJob.toFixed(1)} µs`)
    add('server CPU per job, claim + settle', `${single.drainCpuMicrosPerJob.toFixed(1)} µs`)
    add('updates that were HOT', `${(single.hotRatio * 100).toFixed(0)} %`)
  }
  const variants: [string, Omit<DrainOptions, 'jobs'>][] = [
    ['drain, 5 priorities mixed', { connections: 1, priorities: [2, 0, 4, 1, 3] }],
    ['drain under an old snapshot, cursor', { connections: 1, oldSnapshot: true }],
    ['drain under an old snapshot, no cursor', { connections: 1, oldSnapshot: true, cursor: false }],
    ['drain, no cursor', { connections: 1, cursor: false }],
  ]
  for (const [measure, options] of variants) {
    const drains = await medians(
      url,
      runs,
      designs.map((design) => [design, { jobs, ...options }]),
    )
    for (const [index, design] of designs.entries()) {
      report.add(measure, candidateOf(design), perSecond((drains[index] as Drain).drainPerSecond))
    }
  }
  for (const design of designs) {
    const large = await measureLarge(url, design, scale.live)
    const add = (measure: string, value: number) => report.add(measure, candidateOf(design), milliseconds(value))
    add('running rows of a worker', large.findByWorkerMs)
    add('50 newest running, they are the newest rows', large.listRunningNewestMs)
    add('50 newest running, they are the oldest rows', large.listRunningOldestMs)
    add('claim 500 beside the scheduled', large.claimBesideScheduledMs)
    add('claim 500 behind 20 000 running (cursor)', large.claimBehindRunningMs)
    add('claim 500 through 20 000 running (no cursor)', large.claimThroughRunningMs)
  }
}

/** How the arrays travel, and how settle guards: each way on the `hot` design. */
async function measureWays(url: string, scale: Scale, report: Report): Promise<void> {
  const inserts: readonly InsertWay[] = ['unnest', 'json', 'jsonb']
  const settles: readonly SettleWay[] = ['json', 'hashed', 'jsonb', 'join']
  const drainsOf = (ways: readonly Ways[], connections: number) =>
    medians(
      url,
      scale.runs,
      ways.map((way) => ['hot', { jobs: scale.jobs, connections, ways: way }]),
    )

  const inserted = await drainsOf(
    inserts.map((insert) => ({ insert })),
    1,
  )
  const rows = inserted.map((drain, index) => {
    const cpu = `${drain.insertCpuMicrosPerJob.toFixed(1)} µs`
    return [
      `insert: ${inserts[index]}`,
      perSecond(drain.insertPerSecond),
      '',
      cpu,
      `${drain.insertWalPerJob.toFixed(0)} B`,
    ]
  })
  const ways: Ways[] = [...settles.map((settle) => ({ settle })), { unnamed: true }]
  const one = await drainsOf(ways, 1)
  const two = await drainsOf(ways, 2)
  for (const [index, way] of ways.entries()) {
    const [single, double] = [one[index] as Drain, two[index] as Drain]
    const label = way.unnamed ? 'unnamed statements (planned at every call)' : `claim + settle: ${way.settle}`
    const rates = [perSecond(single.drainPerSecond), perSecond(double.drainPerSecond)]
    const cpu = `${single.drainCpuMicrosPerJob.toFixed(1)} µs`
    rows.push([label, ...rates, cpu, `${single.drainWalPerJob.toFixed(0)} B`])
  }
  const head = ['way', '1 connection', '2 connections', 'server CPU per job', 'WAL per job']
  report.addList('Ways to insert and to settle on PostgreSQL (hot)', head, rows)
}

async function measureBrinIndex(url: string, scale: Scale, report: Report): Promise<void> {
  const options = { jobs: scale.jobs, brin: true }
  const [one, two] = await medians(url, scale.runs, [
    ['hot', { ...options, connections: 1 }],
    ['hot', { ...options, connections: 2 }],
  ])
  const lookups = await measureBrin(url, scale.live)
  report.addList(
    'hot with a BRIN index on worker (PostgreSQL 16 and later)',
    ['measure', 'value'],
    [
      ['drain, 1 connection', perSecond(one?.drainPerSecond ?? 0)],
      ['drain, 2 connections', perSecond(two?.drainPerSecond ?? 0)],
      ['updates that were HOT', `${((one?.hotRatio ?? 0) * 100).toFixed(0)} %`],
      ['running rows of a worker', milliseconds(lookups.findByWorkerMs)],
      ['50 newest running', milliseconds(lookups.listRunningMs)],
      ['running rows of a worker, scattered', milliseconds(lookups.scatteredFindByWorkerMs)],
      ['50 newest running, scattered', milliseconds(lookups.scatteredListRunningMs)],
    ],
  )
}
