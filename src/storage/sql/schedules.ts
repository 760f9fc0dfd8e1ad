/** Schedules: written only if they are still what was seen. */
import type {
  AuditBy,
  Due,
  DuePosition,
  LiveRun,
  SchedulePage,
  ScheduleQuery,
  ScheduleRecord,
  ScheduleSave,
} from '../contract.ts'
import { auditChanges, pictureOf } from './audit.ts'
import type { Query, Row, SqlDatabase, SqlValue } from './database.ts'
import { insertSkips } from './skips.ts'

const columns =
  'id, job, state, origin, owner, reason, rule, override, serial, start_at, next_at, paused_from, last_at, runs, version, created_at, updated_at'

const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value))
const textOrNull = (value: unknown): string | null => (value === null ? null : String(value))

function scheduleRecord(row: Row): ScheduleRecord {
  return {
    id: String(row.id),
    job: String(row.job),
    state: row.state as ScheduleRecord['state'],
    origin: row.origin as ScheduleRecord['origin'],
    owner: textOrNull(row.owner),
    reason: textOrNull(row.reason),
    rule: String(row.rule),
    override: textOrNull(row.override),
    serial: Number(row.serial) === 1,
    start: Number(row.start_at),
    nextAt: numberOrNull(row.next_at),
    pausedFrom: numberOrNull(row.paused_from),
    lastAt: numberOrNull(row.last_at),
    runs: Number(row.runs),
    version: Number(row.version),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  }
}

const present = async (db: SqlDatabase): Promise<number> =>
  Number((await db.read(`select ${db.now(1)} as now`, [db.clock()]))[0]?.now)

export async function schedules(db: SqlDatabase, query: ScheduleQuery): Promise<SchedulePage> {
  const values: SqlValue[] = [query.limit]
  const conditions: string[] = []
  const only = (list: readonly string[] | null, column: string) => {
    if (list !== null) conditions.push(db.anyOf(column, values.push(list)))
  }
  only(query.ids, 'id')
  only(query.jobs, 'job')
  only(query.states, 'state')
  only(query.origin && [query.origin], 'origin')
  if (query.after !== null) conditions.push(`id > $${values.push(query.after)}`)
  const byNext = query.order === 'next'
  if (byNext) conditions.push('next_at is not null')
  const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''
  const order = byNext ? 'next_at, id' : 'id'
  const text = `select ${columns} from ${db.table('schedules')} ${where} order by ${order} limit $1`
  const rows = await (byNext ? db.walk((read) => read(text, values)) : db.read(text, values))
  return { now: await present(db), schedules: rows.map(scheduleRecord) }
}

export function saveSchedules(db: SqlDatabase, saves: readonly ScheduleSave[], by?: AuditBy): Promise<string[]> {
  if (saves.length === 0) return Promise.resolve([])
  const seen = saves.filter(({ version }) => version !== null)
  return db.transaction(async (query) => {
    const fresh = await insertNew(
      db,
      query,
      saves.filter(({ version }) => version === null),
    )
    const before = await pictures(db, query, by, idsOf(seen))
    const ids = [...fresh, ...(await update(db, query, seen))]
    const saved = saves.filter(({ id }) => ids.includes(id))
    await insertSkips(db, query, saved)
    const changeOf = (save: ScheduleSave) => ({
      target: `schedule:${save.id}`,
      before: before.get(save.id) ?? null,
      after: pictureOf(save),
    })
    if (by !== undefined) await auditChanges(db, query, by, saved.map(changeOf))
    return ids
  })
}

const idsOf = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id)

/** What schedules are before they change, held until the transaction ends; nothing where nobody says who asks. */
async function pictures(
  db: SqlDatabase,
  query: Query,
  by: AuditBy | undefined,
  ids: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  if (by === undefined || ids.length === 0) return new Map()
  const rows = await query(
    `select ${columns} from ${db.table('schedules')} where ${db.anyOf('id', 1)} order by id${db.lock.wait}`,
    [ids],
  )
  return new Map(rows.map(scheduleRecord).map((record) => [record.id, pictureOf(record)]))
}

/** As `records` reads them. */
const fields = {
  id: 'text',
  job: 'text',
  state: 'text',
  origin: 'text',
  owner: 'text',
  reason: 'text',
  rule: 'text',
  override: 'text',
  serial: 'integer',
  start_at: 'bigint',
  next_at: 'bigint',
  paused_from: 'bigint',
  version: 'integer',
} as const

const asRows = (saves: readonly ScheduleSave[]): string =>
  JSON.stringify(
    saves.map(({ id, job, state, origin, owner, reason, rule, override, ...save }) => ({
      ...{ id, job, state, origin, owner, reason, rule, override },
      version: save.version ?? save.firstVersion ?? 1,
      serial: save.serial ? 1 : 0,
      start_at: save.start,
      next_at: save.nextAt,
      paused_from: save.pausedFrom,
    })),
  )

const put = 'job, state, origin, owner, reason, rule, override, serial, start_at, next_at, paused_from'

async function insertNew(db: SqlDatabase, query: Query, saves: readonly ScheduleSave[]): Promise<string[]> {
  if (saves.length === 0) return []
  const rows = await query(
    `insert into ${db.table('schedules')} (id, ${put}, version, created_at, updated_at)
     select id, ${put}, version, ${db.now(1)}, ${db.now(1)} from ${db.records(2, 'n', fields)} where true
     on conflict (id) do nothing returning id`,
    [db.clock(), asRows(saves)],
  )
  return rows.map((row) => String(row.id))
}

async function update(db: SqlDatabase, query: Query, saves: readonly ScheduleSave[]): Promise<string[]> {
  if (saves.length === 0) return []
  const held = await hold(db, query, idsOf(saves), db.lock.wait)
  const sets = put.split(', ').map((column) => `${column} = n.${column}`)
  const rows = await query(
    `update ${db.table('schedules')} set ${sets.join(', ')}, version = schedules.version + 1, updated_at = ${db.now(1)}
     from ${db.records(2, 'n', fields)}
     where schedules.id = n.id and schedules.version = n.version and ${db.anyOf('schedules.id', 3)} returning schedules.id`,
    [db.clock(), asRows(saves), held],
  )
  return rows.map((row) => String(row.id))
}

/** Those of these schedules that exist, held until the transaction ends; in the order of ids, so that nobody waits in a circle. */
export async function hold(db: SqlDatabase, query: Query, ids: readonly string[], lock: string): Promise<string[]> {
  const rows = await query(`select id from ${db.table('schedules')} where ${db.anyOf('id', 1)} order by id${lock}`, [
    ids,
  ])
  return rows.map((row) => String(row.id))
}

export function deleteSchedules(db: SqlDatabase, ids: readonly string[], by?: AuditBy): Promise<string[]> {
  return db.transaction(async (query) => {
    const held = await hold(db, query, ids, db.lock.wait)
    const before = await pictures(db, query, by, held)
    await query(`delete from ${db.table('schedules')} where ${db.anyOf('id', 1)}`, [held])
    await query(`delete from ${db.table('schedule_skips')} where ${db.anyOf('schedule', 1)}`, [held])
    const changeOf = (id: string) => ({ target: `schedule:${id}`, before: before.get(id), after: null })
    if (by !== undefined) await auditChanges(db, query, by, held.map(changeOf))
    return held
  })
}

export async function dueSchedules(
  db: SqlDatabase,
  jobs: readonly string[],
  after: DuePosition | null,
  limit: number,
): Promise<Due> {
  const from = `from ${db.table('schedules')} where ${db.anyOf('job', 2)}`
  const [later] = await db.read(
    `select ${db.now(1)} as now, (select next_at ${from} and next_at > ${db.now(1)} order by next_at limit 1) as next_at`,
    [db.clock(), jobs],
  )
  const now = Number(later?.now) // of both looks, so that none comes due between them
  const rows = await db.read(
    `select ${columns} ${from} and next_at <= ${db.now(1)} and (next_at, id) > ($3, $4) order by next_at, id limit $5`,
    [now, jobs, after?.nextAt ?? -(2 ** 53), after?.id ?? '', limit],
  )
  const found = rows.map(scheduleRecord)
  const live = await liveRuns(
    db,
    found.filter(({ serial }) => serial).map(({ id }) => id),
  )
  return {
    now,
    schedules: found.map((record) => ({ ...record, live: live.get(record.id) ?? [] })),
    nextDueIn: later?.next_at == null ? null : Math.max(0, Number(later.next_at) - now),
  }
}

async function liveRuns(db: SqlDatabase, ids: readonly string[]): Promise<Map<string, LiveRun[]>> {
  const live = new Map<string, LiveRun[]>()
  if (ids.length === 0) return live
  const rows = await db.read(
    `select schedule, id, lane from ${db.table('jobs')} where schedule is not null and ${db.anyOf('schedule', 1)} order by schedule, created_at, id`,
    [ids],
  )
  for (const row of rows) {
    const run = { id: String(row.id), lane: String(row.lane) }
    const of = live.get(String(row.schedule))
    if (of) of.push(run)
    else live.set(String(row.schedule), [run])
  }
  return live
}

/** A subselect: when any schedule is due, whoever knows its job. */
export const nextFire = (db: string): string =>
  `select next_at from ${db} where next_at is not null order by next_at limit 1`
