/**
 * The small tables of people: users, sessions, keys, settings. One statement is made for any of them, of names that stand in the list
 * below and of parameters; nothing of a call but these names comes into its text.
 */
import { RotaError } from '../../job/errors.ts'
import type { AccountCall, AccountRow, AccountTable, AccountValue, AccountWhere } from '../contract.ts'
import { writeAudit } from './audit.ts'
import type { Bind, Query, Row, SqlDatabase, SqlValue } from './database.ts'

interface TableShape {
  readonly key: string
  readonly columns: Readonly<Record<string, 'text' | 'number'>>
}

const table = (key: string, texts: string, numbers: string): TableShape =>
  Object.freeze({
    key,
    columns: Object.freeze({
      ...Object.fromEntries(texts.split(' ').map((column) => [column, 'text' as const])),
      ...Object.fromEntries(numbers.split(' ').map((column) => [column, 'number' as const])),
    }),
  })

/** All columns that a call may name. Instants are milliseconds since 1970, and yes and no are 1 and 0. */
export const accountTables: Readonly<Record<AccountTable, TableShape>> = Object.freeze({
  users: table('id', 'id name email image role', 'email_verified created_at updated_at'),
  sessions: table('id', 'id token user_id ip_address user_agent', 'expires_at created_at updated_at'),
  accounts: table(
    'id',
    'id account_id provider_id user_id access_token refresh_token id_token scope password',
    'access_token_expires_at refresh_token_expires_at created_at updated_at',
  ),
  verifications: table('id', 'id identifier value', 'expires_at created_at updated_at'),
  api_keys: table('id', 'id name prefix hash role lanes created_by', 'created_at expires_at last_used_at revoked_at'),
  settings: table('name', 'name value', 'updated_at'),
})

export function shapeOf(name: AccountTable): TableShape {
  if (!Object.hasOwn(accountTables, name)) throw new Error(`accounts: there is no table "${name}".`)
  return accountTables[name]
}

/**
 * @throws Error for a column that is not in the list, a value that is not of its kind, a condition that has no meaning for it, and for
 * a change without conditions, which would be one of the whole table
 */
export function checkAccountCall(call: AccountCall): void {
  const shape = shapeOf(call.table)
  if (call.do === 'create') return checkRow(shape, call.row)
  for (const where of call.where) checkWhere(shape, where)
  if (call.do === 'find' && call.sort !== undefined) kindOf(shape, call.sort.column)
  if (call.do === 'update') checkRow(shape, call.set)
  if ((call.do === 'update' || call.do === 'delete') && call.where.length === 0)
    throw new Error(`accounts: ${call.do} needs a condition.`)
}

function kindOf({ columns }: TableShape, column: string): 'text' | 'number' {
  const kind = Object.hasOwn(columns, column) ? columns[column] : undefined
  if (kind === undefined) throw new Error(`accounts: there is no column "${column}".`)
  return kind
}

function checkRow(shape: TableShape, row: AccountRow): void {
  if (Object.keys(row).length === 0) throw new Error('accounts: a row without columns.')
  for (const [column, value] of Object.entries(row)) {
    if (value === null) kindOf(shape, column)
    else checkValue(shape, column, value)
  }
}

function checkValue(shape: TableShape, column: string, value: unknown): void {
  const isText = kindOf(shape, column) === 'text'
  if (isText ? typeof value === 'string' && !value.includes('\0') : Number.isSafeInteger(value)) return
  throw new Error(`accounts: a value of ${column} is ${isText ? 'no text that can be stored' : 'no whole number'}.`)
}

const inText = ['contains', 'starts_with', 'ends_with']

function checkWhere(shape: TableShape, { column, is, value, anyCase = false }: AccountWhere): void {
  const kind = kindOf(shape, column)
  if ((inText.includes(is) || anyCase) && kind !== 'text') throw new Error(`accounts: ${column} is no text.`)
  if (is === 'in' || is === 'not_in') {
    if (!Array.isArray(value)) throw new Error(`accounts: ${column} ${is} needs a list.`)
    for (const one of value) checkValue(shape, column, one)
    return
  }
  const possible = value === null ? ['eq', 'ne'] : [...Object.keys(comparisons), ...inText]
  if (!possible.includes(is)) throw new Error(`accounts: there is no condition ${is} for such a value of ${column}.`)
  if (value !== null) checkValue(shape, column, value)
}

/** @throws RotaError `account_taken` where another record has a key of this one */
export async function accounts(db: SqlDatabase, call: AccountCall): Promise<AccountRow[]> {
  checkAccountCall(call)
  const shape = shapeOf(call.table)
  switch (call.do) {
    case 'find':
      return found(shape, await find(db, shape, call))
    case 'count': {
      const { where, values } = whereOf(db, call.where)
      const rows = await db.read(`select count(*) as count from ${db.table(call.table)} ${where}`, values)
      return rows.map(({ count }) => ({ count: Number(count) }))
    }
    default: {
      const write = (query: Query) => change(db, query, shape, call)
      return found(shape, await db.transaction(write).catch((error) => refuse(db, call, error)))
    }
  }
}

/** Nulls come before all else, and records that are equal in the order of their keys. */
function find(db: SqlDatabase, shape: TableShape, call: AccountCall & { do: 'find' }): Promise<readonly Row[]> {
  const { where, values } = whereOf(db, call.where)
  const { sort, limit = Number.MAX_SAFE_INTEGER, offset = 0 } = call
  const order = sort ? `${sort.column} ${sort.descending ? 'desc nulls last' : 'asc nulls first'}, ` : ''
  const part = `limit $${values.push(limit)} offset $${values.push(offset)}`
  return db.read(
    `select ${columnsOf(shape)} from ${db.table(call.table)} ${where} order by ${order}${shape.key} ${part}`,
    values,
  )
}

type Change = Exclude<AccountCall, { do: 'find' | 'count' }>

async function change(db: SqlDatabase, query: Query, shape: TableShape, call: Change): Promise<readonly Row[]> {
  const rows = await query(...statementOf(db, shape, call))
  if (rows.length > 0) await writeAudit(db, query, call.audit ?? [])
  else if (call.do === 'create' && call.unlessTaken !== true) throw taken(call)
  return rows
}

function statementOf(db: SqlDatabase, shape: TableShape, call: Change): [text: string, values: SqlValue[]] {
  const name = db.table(call.table)
  const given = columnsOf(shape)
  if (call.do === 'create') {
    const columns = Object.keys(call.row)
    const text = `insert into ${name} (${columns.join(', ')}) values (${columns.map((_, i) => `$${i + 1}`).join(', ')})
      on conflict do nothing returning ${given}`
    return [text, Object.values(call.row)]
  }
  const set = call.do === 'update' ? Object.entries(call.set) : []
  const { where, values } = whereOf(
    db,
    call.where,
    set.map(([, value]) => value),
  )
  if (call.do === 'delete') return [`delete from ${name} ${where} returning ${given}`, values]
  const sets = set.map(([column], i) => `${column} = $${i + 1}`)
  return [`update ${name} set ${sets.join(', ')} ${where} returning ${given}`, values]
}

const taken = ({ table: name }: Change, cause?: unknown): RotaError =>
  new RotaError('account_taken', `${name}: another record has this key already.`, { cause })

function refuse(db: SqlDatabase, call: Change, error: unknown): never {
  throw db.isTaken(error) ? taken(call, error) : error
}

const columnsOf = ({ columns }: TableShape): string => Object.keys(columns).join(', ')

const found = ({ columns }: TableShape, rows: readonly Row[]): AccountRow[] =>
  rows.map((row) => Object.fromEntries(Object.keys(columns).map((column) => [column, row[column] as AccountValue])))

/** @param values parameters that come before those of the conditions */
function whereOf(
  db: SqlDatabase,
  where: readonly AccountWhere[],
  before: readonly SqlValue[] = [],
): { where: string; values: SqlValue[] } {
  const values = [...before]
  const bind: Bind = (value) => values.push(value)
  const all = where.filter(({ or }) => or !== true).map((one) => conditionOf(db, one, bind))
  const any = where.filter(({ or }) => or === true).map((one) => conditionOf(db, one, bind))
  const conditions = any.length > 0 ? [...all, `(${any.join(' or ')})`] : all
  return { where: conditions.length > 0 ? `where ${conditions.join(' and ')}` : '', values }
}

const comparisons: Readonly<Record<string, string>> = { eq: '=', ne: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=' }

/** A–Z and a–z alone, in both databases. */
const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

function conditionOf(db: SqlDatabase, { column: name, is, value, anyCase = false }: AccountWhere, bind: Bind): string {
  if (value === null) return `${name} is ${is === 'eq' ? '' : 'not '}null`
  const column = anyCase ? `lower(${name})` : name
  if (typeof value === 'object') {
    const list = anyCase ? (value as readonly string[]).map(lower) : value
    return is === 'in' ? db.anyOf(column, bind(list)) : `not (${db.anyOf(column, bind(list))})`
  }
  const one = anyCase ? lower(String(value)) : value
  if (inText.includes(is)) return textCondition(column, is, String(one), bind)
  return `${column} ${comparisons[is]} $${bind(one)}`
}

/** Not by `like`: to SQLite A and a are the same there, and its wildcards would have to be masked. */
function textCondition(column: string, is: string, part: string, bind: Bind): string {
  if (part === '') return `${column} is not null`
  const given = `cast($${bind(part)} as text)`
  if (is === 'contains') return `replace(${column}, ${given}, '') <> ${column}`
  if (is === 'starts_with') return `substr(${column}, 1, length(${given})) = ${given}`
  const from = `length(${column}) - length(${given}) + 1`
  return `(length(${column}) >= length(${given}) and substr(${column}, ${from}) = ${given})`
}
