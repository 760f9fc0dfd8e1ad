/** `rota bench`: what to expect on this machine and its storage, in under a minute. */
import { availableParallelism, cpus } from 'node:os'
import type { Command } from 'commander'
import { RotaError } from '../index.ts'
import { integer, oneOf, oneOrMore } from '../job/options.ts'
import { type Figures, measure, measures, type OnProgress, type Percentiles } from './bench/measure.ts'
import { besideStorage, urlToMeasure } from './bench/scratch.ts'
import { describePlace, type Globals, loadSettings } from './config.ts'
import { numberFlag } from './flags.ts'
import { printJson, printLines, say } from './output.ts'
import { listenForStop } from './signals.ts'
import { table } from './table.ts'
import { count, plain, plural } from './text.ts'

interface Flags extends Globals {
  readonly jobs?: string
  readonly only?: string
  readonly json?: boolean
}

const defaultJobs = 20_000
const barWidth = 24

const about = `
It works beside what is stored, never in it: on SQLite in a file of its own in the same folder, on PostgreSQL in a schema
rota_bench_… of its own in the same database. That is removed at the end, also after Ctrl-C and after an error. Whatever
else runs on the machine or the database slows it down, and is slowed down by it.

  enqueue  enqueueMany of all jobs
  callers  enqueue by 1 caller, then by 32, each of whom awaits a job before the next: it is durable then
  drain    1 worker with 100 slots runs all jobs, which do nothing, and keeps their history
  latency  from the call of enqueue to the start of the handler, while nothing else is to be done

Example:
  $ rota bench --jobs 50000 --only enqueue,drain`

export function addBench(program: Command): void {
  program
    .command('bench')
    .description('measure what this machine does with the storage; touches nothing that is stored')
    .option('--jobs <n>', 'so many to enqueue and to drain, from 100 to 1000000 (default: 20000)')
    .option('--only <list>', 'measure only these of enqueue, callers, drain, latency; commas between several')
    .option('--json', 'print one object')
    .addHelpText('after', about)
    .action(async (_, command: Command) => {
      await bench(command.optsWithGlobals<Flags>(), String(command.parent?.version()))
    })
}

async function bench(flags: Flags, version: string): Promise<void> {
  const jobs = flags.jobs === undefined ? defaultJobs : integer(100, 1_000_000)(numberFlag(flags.jobs), 'jobs')
  const only = flags.only === undefined ? measures : oneOrMore(oneOf(measures))(flags.only.split(/,\s*/), 'only')
  const settings = await loadSettings(flags)
  const url = await urlToMeasure(settings)
  const stop = listenForStop()
  try {
    const { figures, where } = await besideStorage(url, async (scratch) => {
      say(`measuring in ${scratch.name}, which is removed at the end`)
      const work = (onProgress: OnProgress) => measure(scratch.url, { jobs, only, signal: stop.signal, onProgress })
      const figures = await withBar(work).catch((cause) => {
        throw stop.signal.aborted ? new RotaError('aborted', 'Stopped before the end.', { cause }) : cause
      })
      return { figures, where: scratch.where }
    })
    const place = describePlace(settings)
    if (flags.json) await printJson({ storage: place, version, ...machine(), jobs, ...figures })
    else await tell(figures, { jobs, headline: `Rota ${version} on ${place}, ${where}, ${machineLine()}` })
  } finally {
    stop.forget()
  }
}

const machine = () => ({
  node: process.versions.node,
  cpus: availableParallelism(),
  cpu: cpus()[0]?.model.trim() ?? null,
})

function machineLine(): string {
  const { node, cpus: number, cpu } = machine()
  return `Node ${node}, ${plural(number, 'CPU')}${cpu ? ` (${cpu})` : ''}`
}

const isLive = process.stderr.isTTY === true

async function withBar<T>(work: (onProgress: OnProgress) => Promise<T>): Promise<T> {
  let shownAt = 0
  const show: OnProgress = (what, done, of) => {
    if (!isLive || performance.now() - shownAt < 100) return
    shownAt = performance.now()
    const full = Math.floor((done / of) * barWidth)
    process.stderr.write(`\r\x1b[2K[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}] ${what}`)
  }
  try {
    return await work(show)
  } finally {
    if (isLive) process.stderr.write('\r\x1b[2K')
  }
}

interface Told {
  readonly jobs: number
  readonly headline: string
}

async function tell({ enqueue, callers = [], drain, latency }: Figures, { jobs, headline }: Told): Promise<void> {
  const rows = [
    ...(enqueue ? [[`enqueueMany, ${count(jobs)} jobs`, perSecond(enqueue)]] : []),
    ...callers.map((one) => [`enqueue, ${plural(one.callers, 'caller')}`, `${perSecond(one)}, ${percentiles(one)}`]),
    ...(drain ? [['drain, 1 worker, history kept', perSecond(drain)]] : []),
    ...(latency ? [['idle latency, enqueue to handler', percentiles(latency)]] : []),
  ]
  await printLines([plain(headline), '', ...table(['WHAT', 'RESULT'], rows)])
  say('how to read this: docs/guides/benchmark.md; what other schedulers do: docs/benchmarks.md')
}

const perSecond = ({ perSecond: n }: { readonly perSecond: number }): string =>
  `${n < 10_000 ? count(Math.round(n)) : `${(n / 1_000).toFixed(1)}k`} jobs/s`

const percentiles = ({ p50Ms, p99Ms }: Percentiles): string => `p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}`

const ms = (n: number): string => `${n.toFixed(n < 10 ? 2 : 1)} ms`
