/**
 * How long a page of `jobs.list` takes with five million finished jobs of seven days: 20 definitions, five lanes (one of them rare),
 * 1 % failed, metadata on 10 %, inputs of about 200 characters. The history is written by SQL as the storages would have it.
 *
 * `node bench/history.ts [--jobs 5000000] [--only sqlite|postgres] [--raw]`: `--raw` leaves PostgreSQL without statistics.
 */
import { rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createRota, type ListOptions, type Rota } from '../src/index.ts'
import { temporaryFolder } from '../test/support/folder.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { postgresDialect, sqliteDialect } from './seed/dialect.ts'
import { type History, insertHistory, labelHistory, partitionHistory } from './seed/history.ts'

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '5000000' }, only: { type: 'string' }, raw: { type: 'boolean' } },
})
const jobs = Number(values.jobs)
const calls = 7
const day = 86_400_000

const filters = [
  '',
  'state:failed',
  'state:failed since:1d',
  'state:succeeded',
  'job:job-7 since:1d',
  'job:job-7 state:failed',
  'job:job-7,job-8 lane:mail',
  'job:none',
  'metadata.team:billing',
  'metadata.team:legacy',
  'metadata.customer:1234',
  'metadata.order:o-1000003',
  'metadata.order:none',
  'metadata.team:billing state:failed',
  'input.user.id:77',
  'input.items.0.sku:none',
  'error:"connect ECONNREFUSED"',
  'error:none',
  'lane:rare',
  'lane:none',
  'until:5d',
  'state:failed until:5d lane:mail',
] as const

const history: History = {
  jobs,
  start: Date.now() - 7 * day,
  span: 7 * day,
  keep: { succeeded: 7 * day, failed: 30 * day },
}

async function sqlite(): Promise<void> {
  const folder = temporaryFolder('history')
  try {
    const file = join(folder, 'rota.db')
    const rota = createRota({ storage: `sqlite:${file}` })
    await rota.jobs.list()
    const sql = sqliteDialect(file)
    await insertHistory(sql, history)
    await labelHistory(sql)
    await sql.close()
    await measure('SQLite', rota)
    await rota.stop()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function postgres(): Promise<void> {
  const server = await startPostgres({
    settings: { shared_buffers: '1GB', max_wal_size: '8GB', synchronous_commit: 'off' },
  })
  try {
    const rota = createRota({ storage: server.url })
    await rota.jobs.list()
    await partitionHistory(server.url, history)
    const sql = await postgresDialect(server.url)
    await insertHistory(sql, history)
    if (!values.raw) await sql.run('vacuum analyze rota.finished_jobs')
    await sql.close()
    await measure(`PostgreSQL 18${values.raw ? ', without statistics' : ''}`, rota)
    await rota.stop()
  } finally {
    await server.stop()
  }
}

async function measure(name: string, rota: Rota): Promise<void> {
  console.log(
    `\n| ${name}, ${jobs.toLocaleString('en-US')} finished jobs | ms | jobs | next |\n| --- | ---: | ---: | --- |`,
  )
  for (const filter of filters) await time(`\`${filter || '(all)'}\``, rota, { filter })
  let page = await rota.jobs.list()
  for (let n = 1; n < 100; n++) page = await rota.jobs.list({ cursor: page.next as string })
  await time('(all), 100 pages deep', rota, { cursor: page.next as string })
}

async function time(what: string, rota: Rota, options: ListOptions): Promise<void> {
  const times: number[] = []
  let page = await rota.jobs.list(options)
  for (let n = 0; n < calls; n++) {
    const begin = performance.now()
    page = await rota.jobs.list(options)
    times.push(performance.now() - begin)
  }
  const median = times.sort((a, b) => a - b)[calls >> 1] as number
  console.log(`| ${what} | ${median.toFixed(1)} | ${page.jobs.length} | ${page.next === null ? 'end' : 'more'} |`)
}

const { bavail, bsize } = statfsSync(tmpdir())
if (bavail * bsize < 8e9) throw new Error('Less than 8 GB are free: this needs them.')
if (values.only !== 'postgres') await sqlite()
if (values.only !== 'sqlite') await postgres()
