/** Definitions that people store: written only if they are still what was seen, and every version of them is kept for a while. */
import type { AuditBy, DefinitionRecord, DefinitionSave, DefinitionVersion } from '../contract.ts'
import { auditChange } from './audit.ts'
import type { Query, Row, SqlDatabase } from './database.ts'

/** Versions that are kept of each. */
const mostVersions = 100
/** Milliseconds that the versions of one are kept that was removed: 30 days. The row itself stays, so that its versions never begin anew. */
const keepRemoved = 30 * 86_400_000
/** Characters of a definition that the audit log shows. */
const mostShown = 4_000

const columns = 'id, kind, data, secrets, enabled, owner, origin, version, created_at, updated_at'

const textOrNull = (value: unknown): string | null => (value === null ? null : String(value))

const recordOf = (row: Row): DefinitionRecord => ({
  id: String(row.id),
  kind: String(row.kind),
  data: String(row.data),
  secrets: textOrNull(row.secrets),
  enabled: Number(row.enabled) === 1,
  owner: textOrNull(row.owner),
  origin: row.origin as DefinitionRecord['origin'],
  version: Number(row.version),
  createdAt: Number(row.created_at),
  updatedAt: Number(row.updated_at),
})

export async function definitions(db: SqlDatabase, ids: readonly string[] | null): Promise<DefinitionRecord[]> {
  const which = ids === null ? '' : `and ${db.anyOf('id', 1)}`
  const text = `select ${columns} from ${db.table('definitions')} where removed = 0 ${which} order by id`
  return (await db.read(text, ids === null ? [] : [ids])).map(recordOf)
}

/** Each change adds one to a version, and none ever falls, so no two states have the same sum. */
export async function definitionsMark(db: SqlDatabase): Promise<number> {
  const [row] = await db.read(`select coalesce(sum(version), 0) as mark from ${db.table('definitions')}`)
  return Number(row?.mark)
}

export function saveDefinition(db: SqlDatabase, save: DefinitionSave, by?: AuditBy): Promise<number | null> {
  return db.transaction(async (query) => {
    const [before] = by === undefined ? [] : await held(db, query, save.id)
    const version = await (save.seen === null ? create(db, query, save) : change(db, query, save, save.seen))
    if (version === null) return null
    await keepVersion(db, query, save, version, by)
    await auditChange(
      db,
      query,
      by,
      `handler:${save.id}`,
      definitionPicture(before ?? null),
      definitionPicture(save.next),
    )
    return version
  })
}

async function held(db: SqlDatabase, query: Query, id: string): Promise<DefinitionRecord[]> {
  const text = `select ${columns} from ${db.table('definitions')} where id = $1 and removed = 0${db.lock.wait}`
  return (await query(text, [id])).map(recordOf)
}

const put = ['kind', 'data', 'secrets', 'enabled', 'owner', 'origin'] as const

const valuesOf = ({ next }: DefinitionSave) => [
  ...[next?.kind ?? '', next?.data ?? '', next?.secrets ?? null, next?.enabled ? 1 : 0],
  ...[next?.owner ?? null, next?.origin ?? 'code', next === null ? 1 : 0],
]

/** One that was removed goes on behind its last version. */
async function create(db: SqlDatabase, query: Query, save: DefinitionSave): Promise<number | null> {
  if (save.next === null) return null
  const [row] = await query(
    `insert into ${db.table('definitions')} as d (id, ${put.join(', ')}, removed, version, created_at, updated_at)
     values ($2, $3, $4, $5, $6, $7, $8, $9, 1, ${db.now(1)}, ${db.now(1)})
     on conflict (id) do update set ${put.map((column) => `${column} = excluded.${column}`).join(', ')}, removed = 0,
       version = d.version + 1, created_at = excluded.created_at, updated_at = excluded.updated_at
     where d.removed = 1 returning version`,
    [db.clock(), save.id, ...valuesOf(save)],
  )
  return row === undefined ? null : Number(row.version)
}

async function change(db: SqlDatabase, query: Query, save: DefinitionSave, seen: number): Promise<number | null> {
  const sets = put.map((column, i) => `${column} = $${i + 4}`)
  const [row] = await query(
    `update ${db.table('definitions')} set ${sets.join(', ')}, removed = $10, version = version + 1, updated_at = ${db.now(1)}
     where id = $2 and version = $3 and removed = 0 returning version`,
    [db.clock(), save.id, seen, ...valuesOf(save)],
  )
  return row === undefined ? null : Number(row.version)
}

async function keepVersion(
  db: SqlDatabase,
  query: Query,
  { id, next }: DefinitionSave,
  version: number,
  by: AuditBy | undefined,
): Promise<void> {
  const table = db.table('definition_versions')
  await query(
    `insert into ${table} (id, version, at, actor, enabled, data) values ($2, $3, ${db.now(1)}, $4, $5, $6)`,
    [db.clock(), id, version, by === undefined ? null : by.actor.name, next?.enabled ? 1 : 0, next?.data ?? null],
  )
  await query(`delete from ${table} where id = $1 and version <= $2`, [id, version - mostVersions])
}

export async function definitionVersions(
  db: SqlDatabase,
  id: string,
  before: number | null,
  limit: number,
): Promise<DefinitionVersion[]> {
  const rows = await db.read(
    `select version, at, actor, enabled, data from ${db.table('definition_versions')}
     where id = $1 and version < $2 order by version desc limit $3`,
    [id, before ?? 2_147_483_647, limit],
  )
  return rows.map((row) => ({
    version: Number(row.version),
    at: Number(row.at),
    by: textOrNull(row.actor),
    enabled: Number(row.enabled) === 1,
    data: textOrNull(row.data),
  }))
}

/** Tells whether there is more. */
export async function purgeDefinitions(db: SqlDatabase, limit: number): Promise<boolean> {
  const versions = db.table('definition_versions')
  const found = await db.read(
    `select v.id, v.version from ${db.table('definitions')} d join ${versions} v on v.id = d.id
     where d.removed = 1 and d.updated_at <= ${db.now(1)} - ${keepRemoved} limit $2`,
    [db.clock(), limit],
  )
  for (const [id, rows] of Map.groupBy(found, (row) => String(row.id)))
    await db.write(`delete from ${versions} where id = $1 and ${db.anyOf('version', 2)}`, [
      id,
      rows.map(({ version }) => Number(version)),
    ])
  return found.length === limit
}

/** What the audit log shows of it: of its secrets only that there are some. */
export function definitionPicture(one: DefinitionSave['next']): unknown {
  if (one === null) return null
  const { kind, data, secrets, enabled, owner } = one
  const shown: unknown = data.length > mostShown ? { characters: data.length } : JSON.parse(data)
  return { kind, enabled, owner, data: shown, secrets: secrets !== null }
}
