/**
 * Finished jobs, by SQL as the storages would have them: 20 definitions, five lanes (one of them rare), 1 % failed, metadata on 10 %, inputs
 * of about 200 characters.
 */
import pg from 'pg'
import { makePartitions } from '../../src/storage/postgres/partitions.ts'
import type { Dialect } from './dialect.ts'

const batch = 100_000
const day = 86_400_000

export interface History {
  readonly jobs: number
  /** Of the first job; the others follow at one distance. Milliseconds since 1970. */
  readonly start: number
  /** Milliseconds. */
  readonly span: number
  /** Milliseconds. */
  readonly keep: { readonly succeeded: number; readonly failed: number }
  /** More columns, as SQL of `i`. */
  readonly more?: Readonly<Record<string, string>>
}

export const failed = 'i % 101 = 7'

/** When the job number `i` was stored. */
export const historyAt = (sql: Dialect, { start, span, jobs }: History): string =>
  `(${start} + ${sql.whole(`i * ${span / jobs}`)})`

/** Its id: a UUIDv7 of that moment. */
export const historyId = (sql: Dialect, at: string): string => sql.uuid(idDigits(sql, at, 'i'))

/** @param n what tells those of one moment apart */
export const idDigits = (sql: Dialect, at: string, n: string): string =>
  `(${sql.hex(at, 12)} || '7000' || '8' || ${sql.hex(n, 15)})`

/** The lane of the number `i`. */
export const laneOf = `case when i % 10007 = 0 then 'rare' else case (i / 3) % 4 when 0 then 'default' when 1 then 'mail' when 2 then 'reports' else 'sync' end end`

export const inputOf = `'{"user":{"id":' || (i % 100003) || ',"name":"Ada"},"items":[{"sku":"A' || (i % 1000) || '"}],"note":"${'x'.repeat(120)}"}'`

function columnsOf(sql: Dialect, history: History): Readonly<Record<string, string>> {
  const { jobs, keep, more } = history
  const at = historyAt(sql, history)
  return {
    id: historyId(sql, at),
    job: `'job-' || (i % 20)`,
    lane: laneOf,
    priority: 'i % 5',
    run_at: at,
    created_at: at,
    claimed_at: `${at} + 50`,
    fence: '1',
    attempt: '1',
    max_attempts: '4',
    timeout: '300000',
    keep_succeeded: String(keep.succeeded),
    keep_failed: String(keep.failed),
    input: sql.json(inputOf),
    metadata: `case when i % 10 = 3 then ${sql.jsonb(`'{"team":"' || case when i < ${Math.floor(jobs / 7)} then 'legacy' when i % 20 = 13 then 'billing' else 'shipping' end
      || '","customer":' || (i % 50001) || ',"order":"o-' || i || '"}'`)} end`,
    state: `case when ${failed} then 5 else 4 end`,
    output: `case when ${failed} then null else ${sql.json(`'{"done":true}'`)} end`,
    error: `case when ${failed} then ${sql.json(`'{"name":"Error","message":"' || case when i % 10 = 7 then 'connect ECONNREFUSED 10.0.0.' || (i % 250) else 'the service said no ' || i end
      || '","code":"E' || (i % 7) || '","stack":"${'at somewhere in a file\\\\n'.repeat(30)}"}'`)} end`,
    finished_at: `${at} + 90`,
    keep_until: `${at} + 90 + case when ${failed} then ${keep.failed} else ${keep.succeeded} end`,
    ...more,
  }
}

export async function insertHistory(sql: Dialect, history: History): Promise<void> {
  const columns = columnsOf(sql, history)
  const [names, values] = [Object.keys(columns).join(', '), Object.values(columns).join(', ')]
  for (let n = 0; n < history.jobs; n += batch) {
    const numbers = sql.numbers(n, Math.min(n + batch, history.jobs) - 1)
    await sql.run(`insert into ${sql.table('finished_jobs')} (${names}) select ${values} from ${numbers}`)
  }
}

/** SQLite finds jobs by their metadata in a table of its own. */
export const labelHistory = (sql: Dialect): Promise<void> =>
  sql.run(`insert into labels (name, value, job_id) select e.key, e.atom, f.id from finished_jobs f, json_each(f.metadata) e
    where f.metadata is not null order by 1, 2, 3`)

/** PostgreSQL keeps the history by the day it may go. */
export async function partitionHistory(url: string, { start, span, keep }: History): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  const run = async (text: string, list?: readonly unknown[]) => (await client.query(text, list as unknown[])).rows
  const days = Array.from({ length: Math.ceil(span / day) + 2 }, (_, n) => start + n * day)
  const instants = [keep.succeeded, keep.failed].flatMap((ms) => days.map((one) => one + ms))
  const now = start + span
  await client.query('begin')
  await makePartitions({ run, schema: 'rota', now: () => now }, now, instants)
  await client.query('commit')
  await client.end()
}
