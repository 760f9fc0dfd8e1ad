/** The tables of better-auth in our storage. Of a session only the hash of its token is stored. */
import { createHash } from 'node:crypto'
import { createAdapterFactory, type Where } from 'better-auth/adapters'
import type { AccountRow, AccountTable, AccountValue, AccountWhere, Storage } from '../../storage/contract.ts'

const tables: Readonly<Record<string, AccountTable>> = {
  user: 'users',
  session: 'sessions',
  account: 'accounts',
  verification: 'verifications',
}

type Open = () => Promise<Pick<Storage, 'accounts'>>

export const authAdapter = (open: Open) =>
  createAdapterFactory({
    config: { adapterId: 'rota', supportsBooleans: false, supportsJSON: false, supportsArrays: false },
    adapter: () => {
      const table = (model: string): AccountTable => tables[model] as AccountTable
      const find = async (model: string, where: readonly Where[], own: object = {}) => {
        const rows = await (await open()).accounts({
          do: 'find',
          table: table(model),
          where: stored(model, where),
          ...own,
        })
        return rows.map((row) => shown(row, tokenOf(model, where)))
      }
      const update = async (model: string, where: readonly Where[], change: object) => {
        const set = rowOf(model, change)
        const rows = await (await open()).accounts({
          do: 'update',
          table: table(model),
          where: stored(model, where),
          set,
        })
        return rows.map((row) => shown(row, tokenOf(model, where)))
      }
      const remove = async (model: string, where: readonly Where[]) =>
        (await open()).accounts({ do: 'delete', table: table(model), where: stored(model, where) })
      return {
        async create({ model, data }) {
          const row = rowOf(model, data)
          const [created] = await (await open()).accounts({ do: 'create', table: table(model), row })
          return shown(created as AccountRow, (data as { token?: string }).token) as typeof data
        },
        findOne: async ({ model, where }) => ((await find(model, where, { limit: 1 }))[0] ?? null) as never,
        findMany: async ({ model, where = [], limit, sortBy, offset }) =>
          (await find(model, where, {
            limit,
            ...(offset !== undefined && { offset }),
            ...(sortBy && { sort: { column: snake(sortBy.field), descending: sortBy.direction === 'desc' } }),
          })) as never,
        update: async ({ model, where, update: change }) =>
          ((await update(model, where, change as object))[0] ?? null) as never,
        updateMany: async ({ model, where, update: change }) => (await update(model, where, change)).length,
        delete: async ({ model, where }) => void (await remove(model, where)),
        deleteMany: async ({ model, where }) => (await remove(model, where)).length,
        count: async ({ model, where = [] }) => {
          const [row] = await (await open()).accounts({ do: 'count', table: table(model), where: stored(model, where) })
          return Number(row?.count)
        },
      }
    },
  })

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

const hash = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** A value as a column holds it: an instant as milliseconds, the token of a session as its hash. */
function columnValue(model: string, field: string, value: unknown): AccountValue {
  if (value instanceof Date) return value.getTime()
  if (model === 'session' && field === 'token' && typeof value === 'string') return hash(value)
  return (value ?? null) as AccountValue
}

/** Tokens of a provider: nobody needs them once it has said who it is. */
const unkept = new Set(['accessToken', 'refreshToken', 'idToken'])

function rowOf(model: string, data: object): AccountRow {
  const entries = Object.entries(data).filter(([field, value]) => value !== undefined && !unkept.has(field))
  return Object.fromEntries(entries.map(([field, value]) => [snake(field), columnValue(model, field, value)]))
}

function stored(model: string, where: readonly Where[]): AccountWhere[] {
  return where.map(({ field, operator = 'eq', value, connector, mode }) => ({
    column: snake(field),
    is: operator,
    value: Array.isArray(value)
      ? (value.map((one) => columnValue(model, field, one)) as string[])
      : columnValue(model, field, value),
    ...(connector === 'OR' && { or: true }),
    ...(mode === 'insensitive' && { anyCase: true }),
  }))
}

/** The token that was asked for: the storage has only its hash, and the library goes on with what it reads. */
function tokenOf(model: string, where: readonly Where[]): string | undefined {
  const asked = where.find(({ field, operator = 'eq' }) => field === 'token' && operator === 'eq')
  return model === 'session' ? (asked?.value as string | undefined) : undefined
}

function shown(row: AccountRow, token: string | undefined): Record<string, unknown> {
  const entries = Object.entries(row).map(([column, value]) => {
    const isInstant = column.endsWith('_at') && value !== null
    return [camel(column), isInstant ? new Date(Number(value)) : value]
  })
  return { ...Object.fromEntries(entries), ...(token !== undefined && { token }) }
}
