import { defaults } from '../../job/options.ts'
import type { Storage } from '../contract.ts'
import type { SqlDatabase } from '../sql/database.ts'
import * as lease from '../sql/lease.ts'
import * as look from '../sql/look.ts'
import { migrate, status } from '../sql/migrate.ts'
import { apply } from './apply.ts'
import { Claims } from './claim.ts'
import { addressFor, checkPostgresOptions, describe, lazyPool, type PostgresOptions } from './connect.ts'
import { insert } from './insert.ts'
import { listen, Notifier } from './notify.ts'
import { untilNotVictim } from './pool.ts'
import { promote } from './promote.ts'
import { purge } from './purge.ts'
import { migrations } from './schema.ts'
import { type Database, nowMs, openDatabase } from './session.ts'

/**
 * Jobs in PostgreSQL 15 or newer, for any number of machines. Needs the package `pg`, and a role that may create a
 * schema; no superuser and no extension.
 *
 * @example const rota = createRota({ storage: postgres({ pool: new pg.Pool() }), jobs: [sendWelcome] })
 */
export function postgres(options: PostgresOptions): Storage {
  const name = checkPostgresOptions(options).schema ?? defaults.postgresSchema
  const schema = `"${name}"`
  const description = describe(options)
  const pool = lazyPool(options)
  const database = openDatabase(pool, description, schema, options.clock ?? (() => null))
  const db = sqlDatabase(database, name)
  const claims = new Claims(schema)
  const channel = `rota_${name}`
  const notifier = new Notifier(database.run, channel)
  let subscribed: (() => Promise<void>)[] = []

  return {
    description,
    url: addressFor(options, name),
    migrate: () => migrate(db, migrations(schema), [`select pg_advisory_xact_lock(hashtext('${channel}'))`]),
    migrations: () => status(db, migrations(schema)),
    async close() {
      notifier.stop()
      await Promise.all(subscribed.map((stop) => stop()))
      await pool.end()
    },

    async insert(jobs, retry = false) {
      const results = await insert(database, jobs, retry)
      // Whoever promotes has to look anew when something is scheduled, maybe before what it knew of.
      if (jobs.some((job) => job.at !== null || job.delay > 0)) notifier.notifyAll()
      else notifier.notify(new Set(jobs.map((job) => job.lane)))
      return results
    },
    claim: (request) => untilNotVictim(() => claims.claim(database, request)),
    async apply(worker, changes) {
      const done = await apply(database, worker, changes)
      if (changes.some((change) => change.to === 'ready')) notifier.notifyAll()
      if (done.size === changes.length) return { refused: [] }
      return { refused: changes.map((change) => change.id).filter((id) => !done.has(id)) }
    },
    heartbeat: (beat) => lease.heartbeat(db, beat),
    leave: (worker) => lease.leave(db, worker),
    sweep: (limit) => lease.sweep(db, limit),
    held: (worker) => lease.held(db, worker),
    async promote(limit) {
      const { lanes, nextDueIn } = await promote(database, limit)
      notifier.notify(lanes.keys())
      return { promoted: [...lanes.values()].reduce((sum, jobs) => sum + jobs, 0), nextDueIn }
    },

    purge: (limit) => purge(database, limit),

    get: (ids) => look.get(db, ids),
    list: (query) => look.list(db, query),
    attempts: (id) => look.attempts(db, id),
    stats: () => look.stats(db),
    workers: () => look.workers(db),
    async subscribe(wake) {
      const free = options.listen === false ? null : pool.mayListen()
      if (free === null) return async () => {} // the poll finds what nobody tells
      const stop = await listen(pool, channel, wake)
      const once = async () => {
        if (!subscribed.includes(once)) return
        subscribed = subscribed.filter((other) => other !== once)
        await stop()
        free()
      }
      subscribed.push(once)
      return once
    },
  }
}

function sqlDatabase({ run, schema, now, transaction }: Database, name: string): SqlDatabase {
  return {
    read: run,
    write: run,
    transaction: (work) => transaction((session) => work(session.run)),
    // Not to_regclass: that reads a cache, which may be older than the lock we waited for.
    async exists(table, query) {
      const found = await query('select 1 as found from pg_tables where schemaname = $1 and tablename = $2', [
        name,
        table,
      ])
      return found.length > 0
    },
    table: (table) => `${schema}.${table}`,
    anyOf: (column, n) => `${column} = any($${n})`,
    now: nowMs,
    clock: now,
  }
}
