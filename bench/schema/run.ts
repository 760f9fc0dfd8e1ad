/**
 * Measures the two schema designs on PostgreSQL and SQLite.
 *
 *   node bench/schema/run.ts [--quick] [--json file] [--only pg|sqlite]
 *
 * Progress goes to stderr, the tables to stdout.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startPostgres } from '../../test/support/postgres.ts'
import { measurePostgres, type Scale } from './measure-postgres.ts'
import { measureSqlite } from './measure-sqlite.ts'
import { createReport } from './report.ts'

const settings = { shared_buffers: '1GB', max_wal_size: '4GB' }
const full: Scale = { jobs: 100_000, runs: 3, live: 1_000_000, plans: [20_000, 100_000, 1_000_000] }
const quick: Scale = { jobs: 10_000, runs: 1, live: 50_000, plans: [20_000, 50_000] }

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'string' }, only: { type: 'string' } },
})
const scale = options.quick ? quick : full
const report = createReport()
const notes = [
  `- Node ${process.versions.node}, ${cpus()[0]?.model}, ${availableParallelism()} cores shared with the server`,
  `- ${scale.jobs} jobs a run, ${scale.runs} run(s), medians, batches of 500; the large table has ${scale.live} live rows`,
]

if (options.only !== 'sqlite') {
  const server = await startPostgres({ settings })
  try {
    notes.push(`- ${await postgresNote(server.url)}`)
    await measurePostgres(server.url, scale, report)
  } finally {
    await server.stop()
  }
}
if (options.only !== 'pg') {
  const db = new DatabaseSync(':memory:')
  const { version } = db.prepare('select sqlite_version() as version').get() as { version: string }
  db.close()
  notes.push(
    `- SQLite ${version}: WAL, synchronous=FULL, auto_vacuum=INCREMENTAL, busy timeout 0, retries after 1–4 ms`,
  )
  await measureSqlite(scale, report)
}
process.stdout.write(report.markdown(notes))
if (options.json) writeFileSync(options.json, `${JSON.stringify({ notes, scale, ...report.json() }, null, 2)}\n`)

async function postgresNote(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const names = ['shared_buffers', 'max_wal_size', 'fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method']
  const { rows } = await client.query<{ text: string }>(
    `select 'PostgreSQL ' || current_setting('server_version') || ': ' ||
       string_agg(name || '=' || current_setting(name), ', ') as text from unnest($1::text[]) as name`,
    [names],
  )
  await client.end()
  return rows[0]?.text ?? ''
}
