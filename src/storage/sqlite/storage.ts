import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { RotaError } from '../../job/errors.ts'
import { checkOptions, func, text } from '../../job/options.ts'
import { isFinalChange } from '../../job/states.ts'
import type { InsertResult, NewJob, Promotion, Storage, Wake } from '../contract.ts'
import { accounts } from '../sql/accounts.ts'
import { setAside } from '../sql/aside.ts'
import { auditLog, writeAudit } from '../sql/audit.ts'
import * as counters from '../sql/counters.ts'
import { counts, next } from '../sql/counts.ts'
import type { Query, SqlDatabase } from '../sql/database.ts'
import * as definitions from '../sql/definitions.ts'
import { drain } from '../sql/drain.ts'
import { edges, endOrphans, nothingFollowed } from '../sql/edges.ts'
import { edit } from '../sql/edit.ts'
import { expirable, expire } from '../sql/expire.ts'
import { fire } from '../sql/fire.ts'
import { flows, removeEmptyFlows } from '../sql/flows.ts'
import { followUp } from '../sql/follow-up.ts'
import { insertSpecial, isPlain } from '../sql/insert.ts'
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
import { upkeep } from './checkpoints.ts'
import { SqliteConnection } from './connection.ts'
import { isTaken } from './faults.ts'
import { find } from './find.ts'
import type { SqliteDriver } from './handle.ts'
import * as hot from './hot.ts'
import { laneIndex } from './lane-index.ts'
import { migrations } from './schema.ts'
import { notSeen, ofDriver, ofNode, queryIn } from './tx.ts'

/** What `sqlite` takes. */
export interface SqliteOptions {
  /** The database file; made when it does not exist. `':memory:'` keeps everything in this process only. */
  readonly file: string
  /**
   * The class of better-sqlite3, where your application opens the file with it: all of Rota in this process then runs on its copy of
   * SQLite too, and `{ tx }` takes its transactions. @default node:sqlite, with a thread that renews the lease
   */
  readonly driver?: SqliteDriver
  /** Replaces the clock of the database, for tests. Milliseconds since 1970. @default the system clock */
  readonly clock?: () => number
}

/**
 * Jobs in one SQLite file, shared by the processes of one machine. Every write is flushed to the disk before it is
 * acknowledged (WAL, `synchronous = FULL`).
 *
 * @example const rota = createRota({ storage: sqlite({ file: 'rota.db' }), jobs: [sendWelcome] })
 */
export function sqlite(options: SqliteOptions): Storage {
  checkOptions('sqlite', options, { file: text(4_096), driver: func, clock: func })
  const inMemory = options.file === ':memory:'
  const file = inMemory ? ':memory:' : resolve(options.file)
  const driver = options.driver ?? null
  let opened: Promise<SqliteConnection> | null = null
  let ended = false
  const open = (): Promise<SqliteConnection> => {
    if (ended) throw new RotaError('storage_closed', `The storage sqlite:${options.file} is closed.`)
    opened ??= (async () => {
      const connection = new SqliteConnection(file, driver)
      try {
        await connection.prepare()
      } catch (error) {
        await connection.close()
        throw error
      }
      return connection
    })()
    opened.catch(() => {
      opened = null
    }) // a later call tries again
    return opened
  }
  const clock = options.clock ?? Date.now
  const write = async <T>(work: (connection: SqliteConnection) => T | Promise<T>): Promise<T> => {
    const connection = await open()
    return connection.write(() => work(connection))
  }
  const db = sqlDatabase(open, clock)

  return {
    description: `sqlite:${options.file}`,
    // A thread would open the file with node:sqlite: by another copy than the driver's.
    url: inMemory || driver !== null || options.clock !== undefined ? null : `sqlite:${file}`,
    migrate: () => migrate(db, migrations, []), // the write lock of the transaction is the lock
    migrations: () => status(db, migrations),
    async close() {
      ended = true
      await (await opened?.catch(() => null))?.close()
    },

    async insert(jobs, { retry = false, tx } = {}) {
      if (tx !== undefined) return insertWithin(tx as object, await open(), db, clock(), jobs)
      return write((connection) => {
        const store = (fresh: readonly NewJob[]) => hot.insert(connection, clock(), fresh, retry)
        if (jobs.every(isPlain)) return store(jobs)
        return insertSpecial(db, queryOn(connection), jobs, retry, async (fresh) => store(fresh))
      })
    },
    claim: (request) => write((connection) => hot.claim(connection, clock(), request)),
    apply: (worker, changes, notes = []) =>
      write((connection) => {
        hot.note(connection, clock(), worker, notes)
        const { refused, parents } = hot.apply(connection, clock(), worker, changes)
        const returned = changes.filter((change) => !isFinalChange(change) && !refused.includes(change.id))
        if (returned.length + parents.length === 0) return { refused, cancelled: [], followed: nothingFollowed }
        return followUp(db, queryOn(connection), worker, returned, parents).then((more) => ({ refused, ...more }))
      }),
    note: (worker, notes) => write((connection) => hot.note(connection, clock(), worker, notes)),
    signals: (worker) => signals.signals(db, worker),
    heartbeat: (beat) => lease.heartbeat(db, beat),
    leave: (worker) => lease.leave(db, worker),
    sweep: (limit) => lease.sweep(db, limit),
    held: (worker, ids) => lease.held(db, worker, ids),
    promote: async (limit) => promote(await open(), db, clock, limit),
    setAside: (limit) => setAside(db, limit),
    pauseLane: (lane, reason, by) => lanes.pauseLane(db, lane, reason, by),
    edit: (ids, wish, by) => edit(db, ids, wish, by),
    drain: (worker, on, by) => drain(db, worker, on, by),

    schedules: (query) => schedules.schedules(db, query),
    saveSchedules: (saves, by) => schedules.saveSchedules(db, saves, by),
    deleteSchedules: (ids, by) => schedules.deleteSchedules(db, ids, by),
    dueSchedules: (jobs, after, limit) => schedules.dueSchedules(db, jobs, after, limit),
    fire: (firings) =>
      write((connection) =>
        fire(db, queryOn(connection), firings, async (jobs) => hot.insert(connection, clock(), jobs, false)),
      ),
    skips: (schedule, before, limit) => skips(db, schedule, before, limit),
    newestSkips: (query) => newestSkips(db, query),
    lock: (request) => locks.lock(db, request),
    renewLock: (request) => locks.renewLock(db, request),
    unlock: (name, owner) => locks.unlock(db, name, owner),

    async purge(limit) {
      await signals.removeOldSignals(db)
      await removeEmptyFlows(db, limit)
      const more = await write((connection) => {
        const { more, parents } = hot.purge(connection, clock(), limit)
        return parents.length === 0 ? more : endOrphans(db, queryOn(connection), parents).then(() => more)
      })
      const keys = await purgeKeys(db, limit)
      const free = await locks.purgeLocks(db, limit)
      const skipped = await purgeSkips(db, limit)
      const counted = await counters.purgeCounters(db, limit)
      const people = await purgePeople(db, limit)
      const told = await reports.purgeReports(db, limit)
      const removed = await definitions.purgeDefinitions(db, limit)
      return keys === limit || free === limit || skipped || counted || people || told || removed || more
    },
    async upkeep() {
      if (!inMemory) await upkeep(await open(), file)
    },

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
    pulse: async () => pulse(await open()),
    audit: (entries) => writeAudit(db, db.write, entries),
    auditLog: (query) => auditLog(db, query),
    accounts: (call) => accounts(db, call),
    publish: (told) => publish(db, told),
    manifests: (jobs) => manifests(db, jobs),
    definitions: (ids) => definitions.definitions(db, ids),
    definitionsMark: () => definitions.definitionsMark(db),
    saveDefinition: (save, by) => definitions.saveDefinition(db, save, by),
    definitionVersions: (id, before, limit) => definitions.definitionVersions(db, id, before, limit),
    awaitReport: (wait) => reports.awaitReport(db, wait),
    awaited: (job) => reports.awaited(db, job),
    report: (told) => reports.report(db, told),
    subscribe: async (wake, hears = () => {}) =>
      inMemory ? async () => {} : watchOthers(await open(), file, wake, hears),
  }
}

/** The shared SQL on this connection. Inside a transaction all statements run in the same write turn. */
function sqlDatabase(open: () => Promise<SqliteConnection>, clock: () => number): SqlDatabase {
  return {
    async read(text, values) {
      const connection = await open()
      return connection.read(() => connection.all(text, values))
    },
    async write(text, values) {
      const connection = await open()
      return connection.write(() => connection.all(text, values))
    },
    async walk(work) {
      return work(this.read)
    },
    async transaction(work) {
      const connection = await open()
      return connection.write(() => work(queryOn(connection)))
    },
    exists: async (name, query) =>
      (await query(`select 1 as found from sqlite_master where type = 'table' and name = $1`, [name])).length > 0,
    table: (name) => name,
    anyOf: (column, n) => `${column} in (select value from json_each($${n}))`,
    records(n, name, columns) {
      const read = Object.keys(columns).map((column) => `value ->> '${column}' as "${column}"`)
      return `(select ${read.join(', ')} from json_each($${n})) ${name}`
    },
    lock: { wait: '', skip: '' }, // one writes at a time
    tryLock: async () => true,
    isTaken,
    now: (n) => `$${n}`,
    clock,
    find,
  }
}

const queryOn =
  (connection: SqliteConnection): Query =>
  async (text, values) =>
    connection.all(text, values)

/**
 * All or nothing, also where the caller goes on after an error. By then the caller holds the write lock: if we do not see it, it is that
 * of another file, or our locks are nothing to each other.
 */
async function insertWithin(
  tx: object,
  connection: SqliteConnection,
  db: SqlDatabase,
  now: number,
  jobs: readonly NewJob[],
): Promise<readonly InsertResult[]> {
  const copy = connection.driver === null ? ofNode : ofDriver
  const query = await queryIn(tx, copy)
  return inTurn(tx, async () => {
    const store = (fresh: readonly NewJob[]) => hot.insertWith(query, now, fresh)
    await query('savepoint rota')
    try {
      const results = await (jobs.every(isPlain) ? store(jobs) : insertSpecial(db, query, jobs, false, store))
      if (!connection.seesWriter()) throw notSeen(copy)
      await query('release rota')
      return results
    } catch (error) {
      // A full disk has ended the whole transaction, and there is nothing to go back to.
      await query('rollback to rota')
        .then(() => query('release rota'))
        .catch(() => {})
      throw error
    }
  })
}

/** The same for all: a file has one number that each commit of others changes, renewals of leases included. */
async function pulse(connection: SqliteConnection): ReturnType<Storage['pulse']> {
  const all = await connection.read(() => `${connection.dataVersion()} ${connection.ownChanges()}`)
  return { jobs: all, schedules: all, lanes: all, workers: all }
}

async function promote(
  connection: SqliteConnection,
  db: SqlDatabase,
  clock: () => number,
  limit: number,
): Promise<Promotion> {
  const due = await connection.read(() => hot.nextDue(connection))
  const { expired, followed } = await expire(db, due.expiry <= clock() ? await expirable(db, limit) : [])
  const promoted = due.run <= clock() ? await connection.write(() => hot.promote(connection, clock(), limit)) : 0
  const next = expired.length + promoted > 0 ? await connection.read(() => hot.nextDue(connection)) : due
  const until = (at: number) => (at === Number.POSITIVE_INFINITY ? null : Math.max(0, at - clock()))
  return {
    promoted,
    expired,
    followed,
    nextDueIn: until(Math.min(next.run, next.expiry)),
    nextFireIn: until(next.fire),
  }
}

/**
 * Other processes write to the file: a change in its folder is the hint, `pragma data_version` tells ours from theirs.
 * Where the folder cannot be watched the worker's poll finds the jobs.
 */
async function watchOthers(
  connection: SqliteConnection,
  file: string,
  wake: Wake,
  hears: (yes: boolean) => void,
): Promise<() => Promise<void>> {
  const log = `${basename(file)}-wal`
  let seen = await connection.read(() => connection.dataVersion())
  let looking: NodeJS.Timeout | null = null
  const look = () => {
    looking = null
    connection
      .read(() => connection.dataVersion())
      .then(
        (version) => {
          if (version !== seen) {
            hears(true) // on some file systems one hears only oneself
            wake(null)
          }
          seen = version
        },
        () => {}, // closed meanwhile
      )
  }
  let watcher: FSWatcher | null = null
  try {
    watcher = watch(dirname(file), { persistent: false }, (_, name) => {
      if (name === log) looking ??= setTimeout(look, 1)
    })
    watcher.on('error', () => {
      watcher?.close()
      hears(false)
    })
  } catch {}
  return async () => {
    watcher?.close()
    if (looking !== null) clearTimeout(looking)
  }
}
