import { defaults } from '../../job/options.ts'
import type { Promotion, Storage } from '../contract.ts'
import { accounts } from '../sql/accounts.ts'
import { setAside } from '../sql/aside.ts'
import { auditLog, writeAudit } from '../sql/audit.ts'
import * as counters from '../sql/counters.ts'
import { counts, next } from '../sql/counts.ts'
import type { Query, SqlDatabase } from '../sql/database.ts'
import * as definitions from '../sql/definitions.ts'
import { drain } from '../sql/drain.ts'
import { edges } from '../sql/edges.ts'
import { edit } from '../sql/edit.ts'
import { expirable, expire } from '../sql/expire.ts'
import { fire } from '../sql/fire.ts'
import { flows, removeEmptyFlows } from '../sql/flows.ts'
import { followUp } from '../sql/follow-up.ts'
import { insertSpecial, type Store } from '../sql/insert.ts'
import { purgeKeys } from '../sql/key-ends.ts'
import * as lanes from '../sql/lanes.ts'
import * as lease from '../sql/lease.ts'
import { list } from '../sql/list.ts'
import * as locks from '../sql/locks.ts'
import * as look from '../sql/look.ts'
import { manifests, publish } from '../sql/manifests.ts'
import { migrate, status } from '../sql/migrate.ts'
import { purgePeople } from '../sql/purge-people.ts'
import * as reports from '../sql/reports.ts'
import * as schedules from '../sql/schedules.ts'
import * as signals from '../sql/signals.ts'
import { newestSkips, purgeSkips, skips } from '../sql/skips.ts'
import { inTurn } from '../sql/tx.ts'
import { apply, type FollowUp, note } from './apply.ts'
import { ClaimCursors } from './claim.ts'
import { addressFor, checkPostgresOptions, describe, lazyPool, type PostgresOptions } from './connect.ts'
import { finder } from './find.ts'
import { arePlain, firePlain, lanesOfFirings } from './fire.ts'
import { insert, insertWithin, storeOn } from './insert.ts'
import { laneIndex } from './lane-index.ts'
import { listen, Notifier } from './notify.ts'
import { partitionsFor, withPartitions } from './partitions.ts'
import { sqlState, untilNotVictim } from './pool.ts'
import { dueIn, promote } from './promote.ts'
import { pulse } from './pulse.ts'
import { purge } from './purge.ts'
import { migrations } from './schema.ts'
import { type Database, nowMs, openDatabase, type Session } from './session.ts'
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
      await notifier.stop()
      await Promise.all(subscribed.map((stop) => stop()))
      await pool.end()
    },

    async insert(jobs, { retry = false, tx, wake = true } = {}) {
      const special = (query: Query, store: Store) => insertSpecial(db, query, jobs, retry, store)
      if (tx !== undefined) {
        const session = { ...database, run: await runIn(tx) }
        const told = wake ? channel : null
        await partitionsFor(database, jobs)
        return inTurn(tx as object, async () => {
          await checkOpen(session.run, schema)
          return insertWithin(session, jobs, special, told)
        })
      }
      return withPartitions(database, () => insert(database, notifier, jobs, retry, special))
    },
    claim: (request) => untilNotVictim(() => claims.claim(database, request)),
    async apply(worker, changes, notes = []) {
      const follow: FollowUp = (run, returned, parents) => followUp(db, run, worker, returned, parents)
      const applied = await apply(database, worker, changes, notes, follow)
      if (applied.followed.released > 0 || changes.some((change) => change.to === 'ready')) notifier.notifyAll()
      return applied
    },
    note: (worker, notes) => database.transaction((session) => note(session, worker, notes)),
    signals: (worker) => signals.signals(db, worker),
    heartbeat: (beat) => lease.heartbeat(db, beat),
    leave: (worker) => lease.leave(db, worker),
    sweep: (limit) => lease.sweep(db, limit),
    held: (worker, ids) => lease.held(db, worker, ids),
    promote: (limit) => promoteAndExpire(database, db, notifier, limit),
    async setAside(limit) {
      const moved = await setAside(db, limit)
      if (moved.back > 0) notifier.notifyAll()
      return moved
    },
    async pauseLane(lane, reason, by) {
      const changed = await lanes.pauseLane(db, lane, reason, by)
      if (changed) notifier.notifyAll() // workers have something to give back, or to claim
      return changed
    },
    async edit(ids, wish, by) {
      const edited = await withPartitions(database, () => edit(db, ids, wish, by))
      notifier.notifyAll() // there may be something to claim, to promote, or to signal
      return edited
    },
    async drain(worker, on, by) {
      const known = await drain(db, worker, on, by)
      if (known) notifier.notifyAll() // it has something to give back, or to claim
      return known
    },

    schedules: (query) => schedules.schedules(db, query),
    async saveSchedules(saves, by) {
      const saved = await schedules.saveSchedules(db, saves, by)
      if (saved.length > 0) notifier.notifyAll() // one may be due earlier than anybody expects
      return saved
    },
    deleteSchedules: (ids, by) => schedules.deleteSchedules(db, ids, by),
    dueSchedules: (jobs, after, limit) => schedules.dueSchedules(db, jobs, after, limit),
    async fire(firings) {
      const inSteps = (session: Session) => fire(db, session.run, firings, storeOn(session, false))
      const fired = arePlain(firings)
        ? await untilNotVictim(() => firePlain(database, firings))
        : await withPartitions(database, () => database.transaction(inSteps))
      if (firings.some(({ cancel }) => cancel.length > 0)) notifier.notifyAll()
      else notifier.notify(lanesOfFirings(firings))
      return fired
    },
    skips: (schedule, before, limit) => skips(db, schedule, before, limit),
    newestSkips: (query) => newestSkips(db, query),
    lock: (request) => locks.lock(db, request),
    renewLock: (request) => locks.renewLock(db, request),
    unlock: (name, owner) => locks.unlock(db, name, owner),

    async purge(limit) {
      await signals.removeOldSignals(db)
      await removeEmptyFlows(db, limit)
      const keys = await purgeKeys(db, limit)
      const skipped = await purgeSkips(db, limit)
      const counted = await counters.purgeCounters(db, limit)
      const free = await locks.purgeLocks(db, limit)
      const people = await purgePeople(db, limit)
      const told = await reports.purgeReports(db, limit)
      const removed = await definitions.purgeDefinitions(db, limit)
      const more = keys === limit || free === limit || skipped || counted || people || told || removed
      return (await withPartitions(database, () => purge(database, db, limit))) || more
    },
    upkeep: async () => {}, // the server does its own

    get: (ids) => look.get(db, ids),
    list: (query) => list(db, query),
    attempts: (id) => look.attempts(db, id),
    edges: (ids) => edges(db, ids),
    flows: (query) => flows(db, query),
    logs: (id, after, limit) => look.logs(db, id, after, limit),
    stats: () => look.stats(db),
    counts: (limit) => counts(db, laneIndex(db), limit),
    next: (lane) => next(db, laneIndex(db), lane),
    workers: () => look.workers(db),
    lanes: (limit) => lanes.lanes(db, laneIndex(db), limit),
    standing: (job, limit) => lanes.standing(db, laneIndex(db), job, limit),
    count: (rows) => counters.count(db, db.write, rows),
    counters: (span, from, to) => counters.counters(db, db.read, span, from, to),
    mergeCounters: (span, from, to, merge) => counters.mergeCounters(db, span, from, to, merge),
    pulse: () => pulse(database),
    audit: (entries) => writeAudit(db, db.write, entries),
    auditLog: (query) => auditLog(db, query),
    accounts: (call) => accounts(db, call),
    publish: (told) => publish(db, told),
    manifests: (jobs) => manifests(db, jobs),
    definitions: (ids) => definitions.definitions(db, ids),
    definitionsMark: () => definitions.definitionsMark(db),
    async saveDefinition(save, by) {
      const version = await definitions.saveDefinition(db, save, by)
      if (version !== null) notifier.notifyAll() // workers have to know it
      return version
    },
    definitionVersions: (id, before, limit) => definitions.definitionVersions(db, id, before, limit),
    awaitReport: (wait) => reports.awaitReport(db, wait),
    awaited: (job) => reports.awaited(db, job),
    async report(told) {
      const reported = await reports.report(db, told)
      if (reported.status !== 'gone') notifier.notifyAll()
      return reported
    },
    async subscribe(wake, hears = () => {}) {
      const free = options.listen === false ? null : pool.mayListen()
      if (free === null) return async () => {} // the poll finds what nobody tells
      const stop = await listen(pool, channel, wake, hears, () => notifier.probe())
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
  const { expired, followed } = await expireOld(database, db, due.expiry <= 0 ? limit : 0)
  const lanes = due.run <= 0 ? await untilNotVictim(() => promote(database, limit)) : new Map<string, number>()
  if (followed.released > 0) notifier.notifyAll()
  else notifier.notify(lanes.keys())
  const promoted = [...lanes.values()].reduce((sum, jobs) => sum + jobs, 0)
  const next = expired.length + promoted > 0 ? await dueIn(database) : due
  const until = (ms: number) => (ms === Number.POSITIVE_INFINITY ? null : Math.max(0, ms))
  return {
    promoted,
    expired,
    followed,
    nextDueIn: until(Math.min(next.run, next.expiry)),
    nextFireIn: until(next.fire),
  }
}

async function expireOld(database: Database, db: SqlDatabase, limit: number): ReturnType<typeof expire> {
  const ids = limit > 0 ? await expirable(db, limit) : []
  return withPartitions(database, () => expire(db, ids))
}

const uniqueViolation = '23505'

function sqlDatabase(database: Database, name: string): SqlDatabase {
  const { run, schema, now, transaction } = database
  return {
    read: run,
    write: run,
    walk: (work) =>
      transaction(async (session) => {
        // Without statistics it takes the rows for few, reads them all and sorts them.
        await session.run(
          'set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off',
        )
        return work(session.run)
      }),
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
    async tryLock(query, of) {
      const [row] = await query('select pg_try_advisory_xact_lock(hashtext($1))::int as got', [`${schema}.${of}`])
      return Number(row?.got) === 1
    },
    isTaken: (error) => sqlState(error) === uniqueViolation,
    now: nowMs,
    clock: now,
    find: finder(database),
  }
}
