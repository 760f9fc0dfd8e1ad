/**
 * Who did what. An entry is written in the transaction of what it tells of, or neither is there. Entries are never changed; they go when
 * they are old (`purge-people.ts`).
 */
import { type Edit, mayEdit } from '../../job/edits.ts'
import { cleanText } from '../../job/text.ts'
import type { AuditBy, AuditQuery, AuditRecord, Edited, NewAuditEntry, NewSchedule } from '../contract.ts'
import type { Query, Row, SqlDatabase, SqlValue } from './database.ts'

/** What a change of one thing tells; `before` and `after` are plain data, null where it was not there or is gone. */
export interface Changed {
  readonly target: string
  readonly before: unknown
  readonly after: unknown
}

const columns = 'actor_kind, actor_id, actor_name, address, action, target, outcome, before, after'

/** Somebody who failed to sign in has a name of any characters and any length, and no index holds all of them. */
const short = (text: string): string => cleanText(text, 500)
const shortOrNull = (text: string | null): string | null => text && short(text)

const textColumns = Object.freeze({
  actor_kind: 'text',
  actor_id: 'text',
  actor_name: 'text',
  address: 'text',
  action: 'text',
  target: 'text',
  outcome: 'text',
  before: 'text',
  after: 'text',
})

export async function writeAudit(db: SqlDatabase, query: Query, entries: readonly NewAuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  const rows = entries.map(({ actor, address, action, target, outcome, before, after }) => ({
    ...{ actor_kind: actor.kind, actor_id: short(actor.id), actor_name: short(actor.name) },
    ...{ address: shortOrNull(address), action: short(action), target: short(target), outcome, before, after },
  }))
  await query(
    `insert into ${db.table('audit')} (at, ${columns}) select ${db.now(1)}, ${columns}
     from ${db.records(2, 'n', textColumns)}`,
    [db.clock(), JSON.stringify(rows)],
  )
}

const jsonOrNull = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

export const entryOf = ({ actor, address, action }: AuditBy, { target, before, after }: Changed): NewAuditEntry => ({
  ...{ actor, address, action, target, outcome: 'done' },
  before: jsonOrNull(before),
  after: jsonOrNull(after),
})

/** An entry for each thing that was changed. */
export const auditChanges = (db: SqlDatabase, query: Query, by: AuditBy, changes: readonly Changed[]): Promise<void> =>
  writeAudit(
    db,
    query,
    changes.map((change) => entryOf(by, change)),
  )

/** The same for one thing; none where nobody says who asked. */
export const auditChange = (
  db: SqlDatabase,
  query: Query,
  by: AuditBy | undefined,
  target: string,
  before: unknown,
  after: unknown,
): Promise<void> => (by === undefined ? Promise.resolve() : auditChanges(db, query, by, [{ target, before, after }]))

/** Of jobs, as `edit` answers. `asked`: running ones whose cancel somebody had asked for before. */
export function editChanges(wish: Edit, edited: readonly Edited[], asked: ReadonlySet<string>): Changed[] {
  const done = edited.filter(
    ({ id, from, linked, stale }) =>
      from !== null && mayEdit(wish.kind, from) && linked !== 'needed' && stale !== true && !asked.has(id),
  )
  const states = new Map(done.map(({ id, from }) => [id, from]))
  if (wish.kind === 'purge' && states.size > 0) return [purged([...states.keys()])]
  const after = wishOf(wish)
  return [...states].map(([id, state]) => ({ target: `job:${id}`, before: { state }, after }))
}

/** Ids that an entry names. */
const mostNamed = 20

/** A purge takes many jobs, and the log must not become as long as what it removes: one entry for all that go together. */
const purged = (ids: readonly string[]): Changed => ({
  target: 'jobs',
  before: null,
  after: { purged: ids.length, jobs: ids.slice(0, mostNamed) },
})

const bytes = (text: string): number => new TextEncoder().encode(text).length

/** What was asked of a job, in short: of data only how long it is. */
function wishOf(wish: Edit): unknown {
  switch (wish.kind) {
    case 'cancel':
      return { cancel: wish.reason }
    case 'reschedule':
      return wish.at === null ? { delay: wish.delay } : { at: wish.at }
    case 'update': {
      const { input, metadata, ...rest } = wish.set
      const size = (text: string | null) => (text === null ? null : { bytes: bytes(text) })
      return {
        ...rest,
        ...(input !== undefined && { input: size(input) }),
        ...(metadata !== undefined && { metadata: size(jsonOrNull(metadata)) }),
      }
    }
    default:
      return { [wish.kind]: true }
  }
}

/** What people see of a schedule. */
export const pictureOf = ({ job, state, rule, override, owner, nextAt }: NewSchedule): unknown => ({
  job,
  state,
  rule: parsed(rule),
  override: override === null ? null : parsed(override),
  owner,
  nextAt,
})

/** A rule of a later version may be no JSON; then it is told as it stands. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export async function auditLog(db: SqlDatabase, query: AuditQuery): Promise<AuditRecord[]> {
  const values: SqlValue[] = [query.limit]
  const conditions: string[] = []
  const only = (condition: string, value: SqlValue) => {
    if (value !== null) conditions.push(`${condition} $${values.push(value)}`)
  }
  /** All that begins with it stands together in the index, up to the same with the next character in the place of the last. */
  const wholeOrKind = (column: string, value: string | null, mark: string, next: string) => {
    if (value?.endsWith(mark) !== true) return only(`${column} =`, value)
    only(`${column} >=`, value)
    only(`${column} <`, value.slice(0, -1) + next)
  }
  only('actor_name =', shortOrNull(query.actor))
  wholeOrKind('action', shortOrNull(query.action), '.', '/')
  wholeOrKind('target', shortOrNull(query.target), ':', ';')
  only('outcome =', query.outcome)
  only('at >=', query.since)
  only('id <', query.before)
  const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''
  const rows = await db.read(
    `select id, at, ${columns} from ${db.table('audit')} ${where} order by id desc limit $1`,
    values,
  )
  return rows.map(auditRecord)
}

const textOrNull = (value: unknown): string | null => (value === null ? null : String(value))

const auditRecord = (row: Row): AuditRecord => ({
  id: Number(row.id),
  at: Number(row.at),
  actor: {
    kind: row.actor_kind as AuditRecord['actor']['kind'],
    id: String(row.actor_id),
    name: String(row.actor_name),
  },
  address: textOrNull(row.address),
  action: String(row.action),
  target: String(row.target),
  outcome: row.outcome as AuditRecord['outcome'],
  before: textOrNull(row.before),
  after: textOrNull(row.after),
})
