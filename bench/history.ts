/**
 * How long a page of `jobs.list` takes with five million finished jobs of seven days: 20 definitions, five lanes (one of them rare),
 * 1 % failed, metadata on 10 %, inputs of about 200 characters. The history is written by SQL as the storages would have it.
 *
 * `node bench/history.ts [--jobs 5000000] [--only sqlite|postgres] [--raw]`: `--raw` leaves PostgreSQL without statistics.
 */
import { rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { createRota, type ListOptions, type Rota } from '../src/index.ts'
import { makePartitions } from '../src/storage/postgres/partitions.ts'
import { temporaryFolder } from '../test/support/folder.ts'
import { startPostgres } from '../test/support/postgres.ts'

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '5000000' }, only: { type: 'string' }, raw: { type: 'boolean' } },
})
const jobs = Number(values.jobs)
const batch = 100_000
const calls = 7
const day = 86_400_000
const now = Date.now()
const start = now - 7 * day
const gap = (7 * day) / jobs

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

/** Columns of the row number `i`; `q` quotes what the two dialects write differently. */
const columns =
  'id, job, lane, priority, run_at, created_at, claimed_at, fence, attempt, max_attempts, timeout, keep_succeeded, keep_failed, input, metadata, state, output, error, finished_at, keep_until'

function rowOf(
  at: string,
  hex: (value: string, digits: number) => string,
  id: (text: string) => string,
  json: (text: string) => string,
  jsonb: (text: string) => string,
): string {
  const failed = 'i % 101 = 7'
  return `${id(`${hex(at, 12)} || '7000' || '8' || ${hex('i', 15)}`)}, 'job-' || (i % 20),
    case when i % 10007 = 0 then 'rare' else case (i / 3) % 4 when 0 then 'default' when 1 then 'mail' when 2 then 'reports' else 'sync' end end,
    i % 5, ${at}, ${at}, ${at} + 50, 1, 1, 4, 300000, ${7 * day}, ${30 * day},
    ${json(`'{"user":{"id":' || (i % 100003) || ',"name":"Ada"},"items":[{"sku":"A' || (i % 1000) || '"}],"note":"${'x'.repeat(120)}"}'`)},
    case when i % 10 = 3 then ${jsonb(`'{"team":"' || case when i < ${Math.floor(jobs / 7)} then 'legacy' when i % 20 = 13 then 'billing' else 'shipping' end
      || '","customer":' || (i % 50001) || ',"order":"o-' || i || '"}'`)} end,
    case when ${failed} then 5 else 4 end,
    case when ${failed} then null else ${json(`'{"done":true}'`)} end,
    case when ${failed} then ${json(`'{"name":"Error","message":"' || case when i % 10 = 7 then 'connect ECONNREFUSED 10.0.0.' || (i % 250) else 'the service said no ' || i end
      || '","code":"E' || (i % 7) || '","stack":"${'at somewhere in a file\\\\n'.repeat(30)}"}'`)} end,
    ${at} + 90, ${at} + 90 + case when ${failed} then ${30 * day} else ${7 * day} end`
}

async function sqlite(): Promise<void> {
  const folder = temporaryFolder('history')
  try {
    const file = join(folder, 'rota.db')
    const rota = createRota({ storage: `sqlite:${file}` })
    await rota.jobs.list()
    const db = new DatabaseSync(file)
    db.exec('pragma synchronous = off; pragma cache_size = -400000')
    const at = `(${start} + cast(i * ${gap} as integer))`
    const dashed = (text: string) =>
      `substr(${text}, 1, 8) || '-' || substr(${text}, 9, 4) || '-' || substr(${text}, 13, 4) || '-' || substr(${text}, 17, 4) || '-' || substr(${text}, 21)`
    const row = rowOf(
      at,
      (value, digits) => `printf('%0${digits}x', ${value})`,
      (text) => dashed(`(${text})`),
      (text) => text,
      (text) => text,
    )
    for (let n = 0; n < jobs; n += batch) {
      db.exec(`begin; insert into finished_jobs (${columns})
        with recursive n(i) as (select ${n} union all select i + 1 from n where i < ${Math.min(n + batch, jobs) - 1}) select ${row} from n; commit`)
    }
    db.exec(`insert into labels (name, value, job_id) select e.key, e.atom, f.id from finished_jobs f, json_each(f.metadata) e
      where f.metadata is not null order by 1, 2, 3`)
    db.exec('pragma wal_checkpoint(truncate)')
    db.close()
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
    const client = new pg.Client(server.url)
    await client.connect()
    const days = Array.from({ length: 9 }, (_, n) => start + n * day)
    const run = async (text: string, list?: readonly unknown[]) => (await client.query(text, list as unknown[])).rows
    await client.query('begin')
    await makePartitions({ run, schema: 'rota', now: () => now }, now, [
      ...days.map((one) => one + 7 * day),
      ...days.map((one) => one + 30 * day),
    ])
    await client.query('commit')
    const at = `(${start} + (i * ${gap}::numeric)::bigint)`
    const row = rowOf(
      at,
      (value, digits) => `lpad(to_hex((${value})::bigint), ${digits}, '0')`,
      (text) => `(${text})::uuid`,
      (text) => `(${text})::json`,
      (text) => `(${text})::jsonb`,
    )
    for (let n = 0; n < jobs; n += batch)
      await client.query(
        `insert into rota.finished_jobs (${columns}) select ${row} from generate_series(${n}, ${Math.min(n + batch, jobs) - 1}) i`,
      )
    if (!values.raw) await client.query('vacuum analyze rota.finished_jobs')
    await client.end()
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
