/**
 * What a driver of its own costs Rota on SQLite: node:sqlite against better-sqlite3, in the same process and in turns, each
 * time on a new file.
 *
 * `node bench/drivers.ts [--jobs 50000] [--runs 3] [--only node:sqlite]`
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Database from 'better-sqlite3'
import { createRota, defineJob, type Storage, type } from '../src/index.ts'
import { sqlite } from '../src/storage/sqlite/index.ts'
import { temporaryFolder } from '../test/support/folder.ts'

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '50000' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
})
const jobs = Number(values.jobs)
const text = 'x'.repeat(80)
const noop = defineJob({ id: 'noop', input: type<{ n: number; text: string }>(), run: ({ n }) => ({ done: true, n }) })

const drivers: Readonly<Record<string, (file: string) => Storage>> = {
  'node:sqlite': (file) => sqlite({ file }),
  'node:sqlite, no lease thread': (file) => sqlite({ file, clock: Date.now }),
  'better-sqlite3': (file) => sqlite({ file, driver: Database }),
}

interface Rates {
  readonly insert: number
  readonly drain: number
  /** Microseconds of CPU per job drained. */
  readonly cpu: number
}

async function measure(open: (file: string) => Storage): Promise<Rates> {
  const folder = temporaryFolder('drivers')
  const rota = createRota({ storage: open(join(folder, 'rota.db')), jobs: [noop], lanes: { default: 100 } })
  await rota.migrations.up()
  const inputs = Array.from({ length: jobs }, (_, n) => ({ n, text }))
  let start = performance.now()
  await rota.enqueueMany(noop, inputs)
  const insert = (jobs / (performance.now() - start)) * 1_000
  let ended = 0
  const drained = new Promise<void>((resolve) => rota.on('job:succeeded', () => ++ended === jobs && resolve()))
  start = performance.now()
  const before = process.cpuUsage()
  await rota.start()
  await drained
  const drain = (jobs / (performance.now() - start)) * 1_000
  const used = process.cpuUsage(before)
  await rota.stop()
  rmSync(folder, { recursive: true })
  return { insert, drain, cpu: (used.user + used.system) / jobs }
}

const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[list.length >> 1] as number
const thousands = (rate: number) => `${(rate / 1_000).toFixed(1)}k/s`

const names = Object.keys(drivers).filter((name) => values.only === undefined || name === values.only)
const rates = new Map(names.map((name) => [name, [] as Rates[]]))
for (let run = 0; run <= Number(values.runs); run++)
  for (const name of names) {
    const measured = await measure(drivers[name] as (file: string) => Storage)
    if (run > 0) rates.get(name)?.push(measured) // the first is to warm up
  }
for (const [name, list] of rates) {
  const of = (key: keyof Rates) => median(list.map((one) => one[key]))
  console.log(
    `${name}: enqueueMany ${thousands(of('insert'))}, drain ${thousands(of('drain'))}, ${of('cpu').toFixed(1)} µs of CPU per job`,
  )
}
