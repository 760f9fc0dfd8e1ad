import pg from 'pg'
import type { Claimed, Cursor, NewJob, Outcome } from './job.ts'
import { type Design, statementsOf } from './sql-file.ts'

export type InsertWay = 'unnest' | 'json' | 'jsonb'
export type SettleWay = 'join' | 'jsonb' | 'hashed' | 'json'

/** Named statements are planned once per connection, unnamed ones at every call. */
export interface Ways {
  insert?: InsertWay
  settle?: SettleWay
  unnamed?: boolean
}

export type PostgresStore = ReturnType<typeof storeOn>

const day = 86_400_000
const alreadyThere = ['42P07', '23505'] // duplicate table; the same while the other session was not done

/** bigint as number, json as text: parsing a payload is the engine's business, not the schema's. */
const types = {
  getTypeParser: (type: number, format?: 'text' | 'binary') => {
    if (type === 20) return Number
    if (type === 114 || type === 3802) return (text: string) => text
    return pg.types.getTypeParser(type, format)
  },
} as pg.CustomTypesConfig

export async function connect(url: string, schema: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, types, options: `-c search_path=${schema}` })
  client.on('error', () => {}) // a test may end the session on purpose; the query that runs then rejects
  await client.connect()
  return client
}

/** Makes the schema anew, with the daily partitions that the benchmark's retentions need. */
export async function createSchema(url: string, schema: string, design: Design, primed = true): Promise<void> {
  const client = await connect(url, schema)
  const sql = statementsOf(design, 'postgres')
  await client.query(`drop schema if exists ${schema} cascade; create schema ${schema}`)
  await client.query(`${sql('schema')}\n${sql('history')}`)
  if (primed) await client.query(sql('prime'))
  const today = Math.floor(Date.now() / day)
  for (let ahead = 0; ahead <= 8; ahead += 1) await addPartition(client, design, (today + ahead) * day)
  await client.end()
}

/**
 * Adds the UTC day that holds `at`, unless another session did. CREATE and ATTACH, never PARTITION OF: that one waits
 * behind every open reader of the history.
 */
export async function addPartition(client: pg.Client, design: Design, at: number): Promise<string> {
  const sql = statementsOf(design, 'postgres')
  const from = Math.floor(at / day) * day
  const name = `finished_jobs_${new Date(from).toISOString().slice(0, 10).replaceAll('-', '')}`
  const create = sql('partition-create').replace('{name}', name)
  const attach = sql('partition-attach').replace('{name}', name)
  const bounded = attach.replace('{from}', String(from)).replace('{to}', String(from + day))
  try {
    await client.query(`begin; ${create} ${bounded} commit`)
  } catch (error) {
    await client.query('rollback')
    if (!alreadyThere.includes((error as { code?: string }).code ?? '')) throw error
  }
  return name
}

export function storeOn(client: pg.Client, design: Design, ways: Ways = {}) {
  const sql = statementsOf(design, 'postgres')
  const insertWay = ways.insert ?? 'unnest'
  const settleWay = ways.settle ?? 'json'
  let statements = 0

  function run<Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]) {
    statements += 1
    return client.query<Row>(ways.unnamed ? { text, values } : { name, text, values })
  }

  return {
    client,
    design,
    statementCount: () => statements,

    async insert(jobs: readonly NewJob[]): Promise<void> {
      const text = insertText(sql, insertWay)
      await run(`insert-${insertWay}`, text, insertWay === 'unnest' ? columnsOf(jobs) : [null, rowsOf(jobs)])
    },

    async claim(worker: string, cursors: readonly Cursor[], limit: number): Promise<Claimed[]> {
      const values = [
        worker,
        cursors.map((cursor) => cursor.lane),
        cursors.map((cursor) => cursor.priority),
        cursors.map((cursor) => cursor.runAt),
        cursors.map((cursor) => cursor.id),
        limit,
        null,
      ]
      const { rows } = await run<Claimed & { run_at: number }>('claim', sql('claim'), values)
      for (const row of rows) row.runAt = row.run_at
      return rows
    },

    /** Gives back what was settled; what is missing was not ours any more. */
    async settle(worker: string, outcomes: readonly Outcome[]): Promise<{ id: string; flags: number }[]> {
      const values = settleValues(settleWay, worker, outcomes)
      const { rows } = await run<{ id: string; flags: number }>(
        `settle-${settleWay}`,
        sql(`settle-${settleWay}`),
        values,
      )
      return rows
    },

    async transaction<T>(work: () => Promise<T>): Promise<T> {
      await client.query('begin')
      try {
        const result = await work()
        await client.query('commit')
        return result
      } catch (error) {
        await client.query('rollback')
        throw error
      }
    },
  }
}

export function insertText(sql: (name: string) => string, way: InsertWay): string {
  if (way !== 'jsonb') return sql(`insert-${way}`)
  return sql('insert-json').replace('json_to_recordset($2::json)', 'jsonb_to_recordset($2::jsonb)')
}

export function settleValues(way: SettleWay, worker: string, outcomes: readonly Outcome[]): unknown[] {
  const column = <K extends keyof Outcome>(key: K) => outcomes.map((outcome) => outcome[key])
  const ids = column('id')
  if (way === 'jsonb') {
    const entries = outcomes.map((o) => [o.id, [o.fence, o.state, o.reason, o.output, o.error]])
    return [ids, worker, JSON.stringify(Object.fromEntries(entries)), null]
  }
  if (way === 'json') return [outcomesJson(outcomes), worker, null]
  return [ids, worker, column('fence'), column('state'), column('reason'), column('output'), column('error'), null]
}

/** `output` and `error` are JSON texts already: they are spliced, not quoted. */
function outcomesJson(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ id, fence, state, reason, output, error }) => {
    const why = reason === null ? '' : `,"reason":${JSON.stringify(reason)}`
    const result = `${output === null ? '' : `,"output":${output}`}${error === null ? '' : `,"error":${error}`}`
    return `{"id":"${id}","fence":${fence},"state":${state}${why}${result}}`
  })
  return `[${rows.join(',')}]`
}

function rowsOf(jobs: readonly NewJob[]): string {
  return JSON.stringify(
    jobs.map((job) => ({
      id: job.id,
      run_at: job.runAt,
      expires_at: job.expiresAt,
      keep_succeeded_ms: job.keepSucceededMs,
      keep_failed_ms: job.keepFailedMs,
      timeout_ms: job.timeoutMs,
      flags: job.flags,
      blockers: job.blockers,
      priority: job.priority,
      max_attempts: job.maxAttempts,
      job: job.job,
      lane: job.lane,
      traceparent: job.traceparent,
      limit_key: job.limitKey,
      input: job.input,
      metadata: job.metadata,
    })),
  )
}

function columnsOf(jobs: readonly NewJob[]): unknown[] {
  const column = <K extends keyof NewJob>(key: K) => jobs.map((job) => job[key])
  return [
    null,
    column('id'),
    column('runAt'),
    column('expiresAt'),
    column('keepSucceededMs'),
    column('keepFailedMs'),
    column('timeoutMs'),
    column('flags'),
    column('blockers'),
    column('priority'),
    column('maxAttempts'),
    column('job'),
    column('lane'),
    column('traceparent'),
    column('limitKey'),
    jobs.map((job) => JSON.stringify(job.input)),
    jobs.map((job) => (job.metadata === null ? null : JSON.stringify(job.metadata))),
  ]
}
