import { defaults } from '../../job/options.ts'
import type { Promotion, Storage } from '../contract.ts'
import { setAside } from '../sql/aside.ts'
import type { SqlDatabase } from '../sql/database.ts'
import { edit } from '../sql/edit.ts'
import { expirable, expire } from '../sql/expire.ts'
import { purgeKeys } from '../sql/key-ends.ts'
import { insertKeyed } from '../sql/keys.ts'
import * as lease from '../sql/lease.ts'
import * as look from '../sql/look.ts'
import { migrate, status } from '../sql/migrate.ts'
import * as signals from '../sql/signals.ts'
import { inTurn } from '../sql/tx.ts'
import { type AfterReturn, apply, note, withPartitions } from './apply.ts'
import { ClaimCursors } from './claim.ts'
import { addressFor, checkPostgresOptions, describe, lazyPool, type PostgresOptions } from './connect.ts'
import { insert, insertWithin, lanesToWake, type Store } from './insert.ts'
import { listen, Notifier } from './notify.ts'
import { type Run, untilNotVictim } from './pool.ts'
import { dueIn, promote } from './promote.ts'
import { purge } from './purge.ts'
import { migrations } from './schema.ts'
import { type Database, nowMs, openDatabase } from './session.ts'
import { checkOpen, runIn } from './tx.ts'

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
  const claims = new ClaimCursors(schema)
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

    async insert(jobs, { retry = false, tx, wake = true } = {}) {
      const keyed = (run: Run, store: Store) => insertKeyed(db, run, jobs, retry, store)
      if (tx !== undefined) {
        const session = { ...database, run: await runIn(tx) }
        const told = wake ? channel : null
        return inTurn(tx as object, async () => {
          await checkOpen(session.run, schema)
          return insertWithin(session, jobs, keyed, told)
        })
      }
      const results = await insert(database, jobs, retry, keyed)
      const lanes = lanesToWake(jobs)
      if (lanes === null) notifier.notifyAll()
      else notifier.notify(lanes)
      return results
    },
    claim: (request) => untilNotVictim(() => claims.claim(database, request)),
    async apply(worker, changes, notes = []) {
      const endAsked: AfterReturn = (run, returned) => signals.endAsked(db, run, worker, returned)
      const applied = await apply(database, worker, changes, notes, endAsked)
      if (changes.some((change) => change.to === 'ready')) notifier.notifyAll()
      return applied
    },
    note: (worker, notes) => database.transaction((session) => note(session, worker, notes)),
    signals: (worker) => signals.signals(db, worker),
    heartbeat: (beat) => lease.heartbeat(db, beat),
    leave: (worker) => lease.leave(db, worker),
    sweep: (limit) => lease.sweep(db, limit),
    held: (worker) => lease.held(db, worker),
    promote: (limit) => promoteAndExpire(database, db, notifier, limit),
    async setAside(limit) {
      const moved = await setAside(db, limit)
      if (moved.back > 0) notifier.notifyAll()
      return moved
    },
    async edit(ids, wish) {
      const edited = await withPartitions(database, ids, () => edit(db, ids, wish))
      notifier.notifyAll() // there may be something to claim, to promote, or to signal
      return edited
    },

    async purge(limit) {
      await signals.removeOldSignals(db)
      const keys = await purgeKeys(db, limit)
      return (await purge(database)) || keys === limit
    },
    upkeep: async () => {}, // the server does its own

    get: (ids) => look.get(db, ids),
    list: (query) => look.list(db, query),
    attempts: (id) => look.attempts(db, id),
    logs: (id, after, limit) => look.logs(db, id, after, limit),
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

async function promoteAndExpire(
  database: Database,
  db: SqlDatabase,
  notifier: Notifier,
  limit: number,
): Promise<Promotion> {
  const due = await dueIn(database)
  const expired = due.expiry <= 0 ? await expireOld(database, db, limit) : []
  const lanes = due.run <= 0 ? await untilNotVictim(() => promote(database, limit)) : new Map<string, number>()
  notifier.notify(lanes.keys())
  const promoted = [...lanes.values()].reduce((sum, jobs) => sum + jobs, 0)
  const next = expired.length + promoted > 0 ? await dueIn(database) : due
  const nextDueIn = Math.max(0, Math.min(next.run, next.expiry))
  return { promoted, expired, nextDueIn: nextDueIn === Number.POSITIVE_INFINITY ? null : nextDueIn }
}

async function expireOld(database: Database, db: SqlDatabase, limit: number): Promise<Promotion['expired']> {
  const ids = await expirable(db, limit)
  return ids.length === 0 ? [] : withPartitions(database, ids, () => expire(db, ids))
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
    records(n, name, columns) {
      const entries = Object.entries(columns)
      const read = entries.map(([column, type]) => `"${column}" ${type.startsWith('json') ? 'text' : type}`)
      const cast = entries.map(([column, type]) => `"${column}"::${type}`)
      return `(select ${cast.join(', ')} from json_to_recordset($${n}::text::json) as r (${read.join(', ')})) ${name}`
    },
    lock: { wait: ' for update', skip: ' for update skip locked' },
    now: nowMs,
    clock: now,
  }
}
