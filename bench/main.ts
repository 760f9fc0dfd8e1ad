/**
 * Measures Rota and its peers side by side: `npm run bench`.
 *
 * `--only W2,W3` these workloads · `--quick` small sizes and one run, for a look · `--runs 3` · `--json` results on the
 * standard output · `--write` brings docs/benchmarks.md and its charts up to date
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, release, totalmem, type } from 'node:os'
import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import type { Results, Side as SideResult, WorkloadResult } from './figures.ts'
import { terminalTable } from './report/table.ts'
import { readResults, writeReport } from './report/write.ts'
import { postgresSettings, type Servers, startServers } from './servers.ts'
import { allSides, byHand } from './sides/index.ts'
import { workloads } from './workloads/index.ts'

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
const wanted = flags.only?.toUpperCase().split(',')
const unknown = wanted?.filter((id) => !workloads.some((one) => one.id === id))
if (unknown?.length) {
  console.error(`--only: there is no ${unknown.join(', ')}; there are ${workloads.map(({ id }) => id).join(', ')}`)
  process.exit(2)
}
const chosen = workloads.filter(({ id }) => wanted === undefined || wanted.includes(id))
const runs = Number(flags.runs ?? (flags.quick ? 1 : 3))
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`--runs: ${flags.runs} is not a number from 1 on`)
  process.exit(2)
}
const live = process.stderr.isTTY === true
const docs = new URL('../docs/', import.meta.url)

const servers = await startServers()
if (servers.redis === null)
  console.error('BullMQ does not take part: redis-server is not installed (npm run setup:services)')
const done: WorkloadResult[] = []
try {
  for (const [n, workload] of chosen.entries()) {
    const { id, title, about } = workload
    const step = (what: string) => {
      const full = Math.round((n / chosen.length) * 20)
      const bar = `[${'#'.repeat(full)}${'-'.repeat(20 - full)}] ${id} ${title}: ${what}`
      process.stderr.write(live ? `\r\x1b[2K${bar.slice(0, process.stderr.columns - 1)}` : `${id}: ${what}\n`)
    }
    const bench: Bench = { servers, runs, quick: flags.quick, step }
    const { figures, checks } = await workload.run(bench)
    const result: WorkloadResult = {
      id,
      title,
      about,
      at: new Date().toISOString(),
      runs: workload.once ? 1 : runs,
      quick: flags.quick,
      figures,
      checks,
    }
    done.push(result)
    if (flags.write) write() // an hour is long: what is measured is kept
    if (live) process.stderr.write('\r\x1b[2K')
    if (!flags.json) console.log([`${id}: ${title}`, ...terminalTable(result), ''].join('\n'))
  }
} finally {
  await servers.stop()
}

if (flags.json) console.log(JSON.stringify(resultsOf(done), null, 2))

function resultsOf(list: readonly WorkloadResult[]): Results {
  return { machine: machine(), sides: [...allSides, byHand].map((side) => sideOf(side, servers)), workloads: list }
}

/** What was not measured this time stays as it was. */
function write(): void {
  const earlier = readResults(docs)?.workloads ?? []
  const all = workloads.flatMap(
    ({ id }) => done.find((one) => one.id === id) ?? earlier.find((one) => one.id === id) ?? [],
  )
  for (const path of writeReport(resultsOf(all), docs)) console.error(`wrote ${path}`)
}

function machine(): string {
  const list = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${list.length} cores (${list[0]?.model.trim()}), ${memory} GiB, ${type()} ${release()}, Node ${process.version.slice(1)}`
}

function sideOf(side: (typeof allSides)[number], { postgres, redis }: Servers): SideResult {
  const stores = {
    postgres: `PostgreSQL ${postgres.version} (${postgresSettings})`,
    redis: `Redis ${redis?.version ?? '(not installed)'}`,
    sqlite: `SQLite ${process.versions.sqlite ?? ''}`.trim(),
  }
  return { name: side.name, version: versionOf(side.package), store: stores[side.store], settings: side.settings }
}

function versionOf(name: string): string {
  const file =
    name === 'rota'
      ? new URL('../package.json', import.meta.url)
      : createRequire(import.meta.url)
          .resolve.paths(name)
          ?.map((folder) => `${folder}/${name}/package.json`)
          .find((path) => {
            try {
              return readFileSync(path)
            } catch {
              return false
            }
          })
  return (JSON.parse(readFileSync(file ?? '', 'utf8')) as { version: string }).version
}
