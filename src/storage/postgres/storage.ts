import { RotaError } from '../../job/errors.ts'
import { name as checkName } from '../../job/options.ts'
import type { Change } from '../../job/states.ts'
import type { InsertResult, NewJob, Storage } from '../contract.ts'
import { codeOf } from '../sql/codes.ts'
import type { SqlDatabase } from '../sql/database.ts'
import * as lease from '../sql/lease.ts'
import * as look from '../sql/look.ts'
import { migrate, status } from '../sql/migrate.ts'
import { applyChanges, isPlain } from './apply.ts'
import { Claims } from './claim.ts'
import { insertJobs, nowMs, takeKeys } from './insert.ts'
import { listen, Notifier } from './notify.ts'
import { makePartitions, missingPartition } from './partitions.ts'
import { inTransaction, type PostgresPool, type Run, runOn, sqlState, untilNotVictim } from './pool.ts'
import { migrations } from './schema.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. Exclusive with `pool`. */
  readonly url?: string
  /** A pool of the application's own, as `pg` makes it. It is not ended by Rota. Exclusive with `url`. */
  readonly pool?: PostgresPool
  /** Where the tables are. Made when it does not exist. @default 'rota' */
  readonly schema?: string
  /** Largest number of connections, with `url`. @default 10, minimum 2 */
  readonly connections?: number
  /** Hear of new jobs at once, over one connection that listens. @default true */
  readonly listen?: boolean
  /** Replaces the clock of the database, for tests. Milliseconds since 1970. @default the clock of the database */
  readonly clock?: () => number
}

/**
 * Jobs in PostgreSQL 15 or newer, for any number of machines. Needs the package `pg`, and a role that may create a
 * schema; no superuser and no extension.
 *
 * @example const rota = createRota({ storage: postgres({ pool: new pg.Pool() }), jobs: [sendWelcome] })
 */
export function postgres(options: PostgresOptions): Storage {
  const schema = checkSchema(options.schema ?? 'rota')
  const description = describe(options)
  const pool = lazyPool(options)
  const run: Run = runOn(pool, description)
  const clock = options.clock ?? (() => null)
  const db = sqlDatabase(run, pool, description, schema, clock)
  const claims = new Claims(schema)
  const channel = `rota_${schema}`
  const notifier = new Notifier(run, channel)
  let subscribed: (() => Promise<void>)[] = []

  const insert = (jobs: readonly NewJob[], retry: boolean): Promise<InsertResult[]> => {
    const keyed = jobs.some((job) => job.idempotency !== null)
    const store = async (on: Run): Promise<InsertResult[]> => {
      const taken = keyed ? await takeKeys(on, schema, clock(), firstOfEachKey(jobs)) : new Map<string, InsertResult>()
      const repeated = keyed ? repeatedKeys(jobs, taken) : taken
      const fresh = keyed ? jobs.filter((job) => !repeated.has(job.id)) : jobs
      const created = fresh.length > 0 ? await insertJobs(on, schema, clock(), fresh, retry) : new Set<string>()
      return jobs.map(
        (job) => repeated.get(job.id) ?? { id: job.id, status: created.has(job.id) || retry ? 'created' : 'duplicate' },
      )
    }
    return untilNotVictim(() => (keyed || retry ? inTransaction(pool, description, store) : store(run)))
  }

  const apply = async (worker: string, changes: readonly Change[]): Promise<Set<string>> => {
    const write = (on: Run) => applyChanges(on, schema, clock(), worker, changes)
    for (;;) {
      try {
        return await untilNotVictim(() => (isPlain(changes) ? write(run) : inTransaction(pool, description, write)))
      } catch (error) {
        if (sqlState(error) !== missingPartition) throw error
        await inTransaction(pool, description, async (on) => {
          const [at] = await on(`select ${nowMs(1)} as now`, [clock()])
          const kept = await on(
            `select distinct keep_succeeded, keep_failed from ${schema}.jobs where id = any($1::uuid[])`,
            [changes.map((change) => change.id)],
          )
          const now = Number(at?.now)
          const instants = kept.flatMap((row) => [now + Number(row.keep_succeeded), now + Number(row.keep_failed)])
          await makePartitions(on, schema, now, instants)
        })
      }
    }
  }

  return {
    description,
    migrate: () => migrate(db, migrations(schema), [`select pg_advisory_xact_lock(hashtext('${channel}'))`]),
    migrations: () => status(db, migrations(schema)),
    async close() {
      notifier.stop()
      await Promise.all(subscribed.map((stop) => stop()))
      await pool.end()
    },

    async insert(jobs, retry = false) {
      const results = await insert(jobs, retry)
      notifier.notify(new Set(jobs.map((job) => job.lane)))
      return results
    },
    claim: (request) => untilNotVictim(() => claims.claim(run, clock(), request)),
    async apply(worker, changes) {
      const done = await apply(worker, changes)
      if (done.size === changes.length) return { refused: [] }
      return { refused: changes.map((change) => change.id).filter((id) => !done.has(id)) }
    },
    heartbeat: (beat) => lease.heartbeat(db, beat),
    leave: (worker) => lease.leave(db, worker),
    sweep: (limit) => lease.sweep(db, limit),
    async promote(limit) {
      const next = () => nextDueIn(run, schema, clock())
      const wait = await next()
      if (wait === null || wait > 0) return { promoted: 0, nextDueIn: wait }
      const promoted = await untilNotVictim(() => promoteDue(run, schema, clock(), limit))
      if (promoted.size > 0) notifier.notify(promoted.keys())
      return { promoted: [...promoted.values()].reduce((sum, jobs) => sum + jobs, 0), nextDueIn: await next() }
    },

    get: (ids) => look.get(db, ids),
    list: (query) => look.list(db, query),
    attempts: (id) => look.attempts(db, id),
    stats: () => look.stats(db),
    workers: () => look.workers(db),
    async subscribe(wake) {
      if (options.listen === false) return async () => {}
      const stop = await listen(pool, channel, wake)
      const once = async () => {
        subscribed = subscribed.filter((other) => other !== once)
        await stop()
      }
      subscribed.push(once)
      return once
    },
  }
}

/** Milliseconds until the next scheduled job is due, 0 or less when one is due, null when there is none. */
async function nextDueIn(run: Run, schema: string, now: number | null): Promise<number | null> {
  const rows = await run(
    `select run_at - ${nowMs(1)} as wait from ${schema}.jobs where stage = ${codeOf('scheduled')} order by run_at limit 1`,
    [now],
    true,
  )
  return rows.length === 0 ? null : Number(rows[0]?.wait)
}

/** How many jobs became ready in each lane. */
async function promoteDue(run: Run, schema: string, now: number | null, limit: number): Promise<Map<string, number>> {
  const rows = await run(
    `with due as materialized (
       select ctid from ${schema}.jobs where stage = ${codeOf('scheduled')} and run_at <= ${nowMs(1)}
       order by run_at limit $2 for update skip locked)
     update ${schema}.jobs set stage = ${codeOf('ready')} where ctid = any (array(select ctid from due)) returning lane`,
    [now, limit],
    true,
  )
  const lanes = new Map<string, number>()
  for (const { lane } of rows) lanes.set(String(lane), (lanes.get(String(lane)) ?? 0) + 1)
  return lanes
}

const keyOf = (job: NewJob): string => `${job.job}\0${job.idempotency?.key}`

/** A statement may meet each key once, so equal ones are resolved before: the first of them stands for all. */
function firstOfEachKey(jobs: readonly NewJob[]): NewJob[] {
  const first = new Map<string, NewJob>()
  for (const job of jobs) if (job.idempotency && !first.has(keyOf(job))) first.set(keyOf(job), job)
  return [...first.values()]
}

function repeatedKeys(jobs: readonly NewJob[], taken: ReadonlyMap<string, InsertResult>): Map<string, InsertResult> {
  const all = new Map(taken)
  const first = new Map(firstOfEachKey(jobs).map((job) => [keyOf(job), job]))
  for (const job of jobs) {
    const other = job.idempotency ? first.get(keyOf(job)) : undefined
    if (other === undefined || other === job) continue
    const owner = taken.get(other.id)?.id ?? other.id
    const same = other.idempotency?.hash === job.idempotency?.hash && taken.get(other.id)?.status !== 'conflict'
    all.set(job.id, { id: owner, status: same ? 'duplicate' : 'conflict' })
  }
  return all
}

function sqlDatabase(
  run: Run,
  pool: PostgresPool,
  description: string,
  schema: string,
  clock: () => number | null,
): SqlDatabase {
  const query =
    (on: Run): SqlDatabase['query'] =>
    (text, values) =>
      on(text, values)
  return {
    query: query(run),
    transaction: (work) => untilNotVictim(() => inTransaction(pool, description, (on) => work(query(on)))),
    // Not to_regclass: that reads a cache, which may be older than the lock we waited for.
    exists: async (table, on) =>
      (await on('select 1 as found from pg_tables where schemaname = $1 and tablename = $2', [schema, table])).length >
      0,
    table: (table) => `${schema}.${table}`,
    anyOf: (column, n) => `${column} = any($${n})`,
    now: nowMs,
    clock,
  }
}

function checkSchema(schema: string): string {
  checkName(schema, 'schema')
  if (/^[a-z_][a-z0-9_]{0,40}$/.test(schema)) return schema
  throw new RotaError(
    'option_invalid',
    `schema: "${schema}" is not allowed. Use lower-case letters, digits and _ (at most 41).`,
    {
      field: 'schema',
    },
  )
}

function describe(options: PostgresOptions): string {
  if (options.url === undefined) return 'postgres (a pool of the application)'
  try {
    const { hostname, port, pathname } = new URL(options.url)
    return `postgres://${hostname}${port && `:${port}`}${pathname}`
  } catch {
    return 'postgres'
  }
}

/** Loads `pg` at first use, so that whoever stays with SQLite need not install it. */
function lazyPool(options: PostgresOptions): PostgresPool {
  const own = options.pool
  if (own !== undefined)
    return { query: (query) => own.query(query), connect: () => own.connect(), end: async () => {} }
  let opened: Promise<PostgresPool> | null = null
  const open = () => {
    opened ??= connect(options)
    return opened
  }
  return {
    query: async (query) => (await open()).query(query),
    connect: async () => (await open()).connect(),
    end: async () => (await opened)?.end(),
  }
}

async function connect(options: PostgresOptions): Promise<PostgresPool> {
  const pg = await import('pg').catch((cause) => {
    throw new RotaError('storage_invalid', 'PostgreSQL needs the package "pg": npm install pg', {
      field: 'storage',
      cause,
    })
  })
  const pool = new pg.default.Pool({ connectionString: options.url, max: options.connections ?? 10, keepAlive: true })
  pool.on('error', () => {}) // an idle connection broke; the next call makes a new one
  return pool as unknown as PostgresPool
}
