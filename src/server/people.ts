/** People, API keys and the set-up, on the small tables of a storage: for the operations of the server and for the command line. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { PersonRole, Role } from '../api/roles.ts'
import { RotaError, show } from '../job/errors.ts'
import { suggest } from '../job/suggest.ts'
import type { AccountRow, AccountWhere, AuditBy, NewAuditEntry, Storage } from '../storage/contract.ts'
import { checkPassword, hashPassword, verifyPassword } from './auth/password.ts'

/** A person who may sign in. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: PersonRole
  readonly createdAt: Date
}

/** An API key, without the key itself. */
export interface Key {
  readonly id: string
  readonly name: string
  /** How it begins. */
  readonly prefix: string
  readonly role: Role
  /** Null for all. */
  readonly lanes: readonly string[] | null
  readonly createdBy: string
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly lastUsedAt: Date | null
  readonly revokedAt: Date | null
}

export interface NewPerson {
  readonly email: string
  readonly password: string
  readonly name?: string | undefined
  readonly role: PersonRole
}

export interface NewKey {
  readonly name: string
  readonly role: Role
  readonly lanes?: readonly string[] | undefined
  /** Milliseconds. @default never */
  readonly expiresIn?: number | undefined
}

/** How every key begins, so that scanners of leaked secrets can find one. */
export const keyPrefix = 'rota_'
/** Milliseconds; the last use is written at most so often. */
const useWrittenEvery = 60_000
/** A key is looked up once in so many milliseconds: one that is revoked ends by then on other servers, and at once on this one. */
const keyKept = 1_000
const keysKept = 1_000

const isOver = ({ revokedAt, expiresAt }: Key, now: number): boolean =>
  revokedAt !== null || (expiresAt !== null && expiresAt.getTime() <= now)

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')
const is = (column: string, value: string): AccountWhere => ({ column, is: 'eq', value })

/** @param now milliseconds since 1970 */
export function createPeople(open: () => Promise<Storage>, now: () => number = Date.now) {
  const seen = new Map<string, { readonly key: Key; readonly until: number }>()
  const find = async (who: string): Promise<AccountRow> => {
    const storage = await open()
    const column = who.includes('@') ? 'email' : 'id'
    const value = column === 'email' ? who.toLowerCase() : who
    const [row] = await storage.accounts({ do: 'find', table: 'users', where: [is(column, value)], limit: 1 })
    if (row !== undefined) return row
    const known = await storage.accounts({ do: 'find', table: 'users', where: [], limit: 100 })
    const hint =
      suggest(
        who,
        known.map((one) => String(one.email)),
      ) || '.'
    throw new RotaError('user_not_found', `There is no person ${show(who)}${hint}`, { field: 'id' })
  }
  const endSessions = async (id: string) =>
    (await open()).accounts({ do: 'delete', table: 'sessions', where: [is('user_id', id)] })

  const setPassword = async (id: string, password: string) => {
    const storage = await open()
    const set = { password: await hashPassword(checkPassword(password)), updated_at: now() }
    const where = [is('user_id', id), is('provider_id', 'credential')]
    const changed = await storage.accounts({ do: 'update', table: 'accounts', where, set })
    if (changed.length > 0) return
    const row = { id: randomUUID(), account_id: id, provider_id: 'credential', user_id: id, ...set, created_at: now() }
    await storage.accounts({ do: 'create', table: 'accounts', row })
  }

  return {
    // --- people

    /** Everybody, by e-mail address, behind `after`. */
    async list(limit: number, after: string | null): Promise<Person[]> {
      const where: AccountWhere[] = after === null ? [] : [{ column: 'email', is: 'gt', value: after }]
      const sort = { column: 'email', descending: false }
      return (await (await open()).accounts({ do: 'find', table: 'users', where, sort, limit })).map(person)
    },

    /** @throws RotaError `account_taken`, `password_weak` */
    async add({ email, password, name, role }: NewPerson, by: AuditBy): Promise<Person> {
      const hash = await hashPassword(checkPassword(password)) // before anything is stored
      const storage = await open()
      const id = randomUUID()
      const times = { created_at: now(), updated_at: now() }
      const address = email.toLowerCase()
      const row = { id, name: name ?? address, email: address, email_verified: 0, image: null, role, ...times }
      const audit = [entry(by, `user:${id}`, null, { email: address, role })]
      const [created] = await storage.accounts({ do: 'create', table: 'users', row, unlessTaken: true, audit })
      if (created === undefined)
        throw new RotaError('account_taken', `email: ${show(address)} is known here already.`, { field: 'email' })
      const account = { id: randomUUID(), account_id: id, provider_id: 'credential', user_id: id, password: hash }
      await storage.accounts({ do: 'create', table: 'accounts', row: { ...account, ...times } })
      return person(created)
    },

    /** @throws RotaError `user_not_found`, `password_weak`, `not_allowed` for the last administrator */
    async change(
      who: string,
      {
        role,
        name,
        password,
      }: { role?: PersonRole | undefined; name?: string | undefined; password?: string | undefined },
      by: AuditBy,
    ): Promise<Person> {
      const before = person(await find(who))
      if (password !== undefined) checkPassword(password)
      if (role !== undefined && role !== 'admin') await notTheLast(await open(), before)
      const set = { ...(role && { role }), ...(name && { name }), updated_at: now() }
      const told = {
        ...(role && { role }),
        ...(name && { name }),
        ...(password !== undefined && { password: 'changed' }),
      }
      const audit = [entry(by, `user:${before.id}`, { role: before.role, name: before.name }, told)]
      const storage = await open()
      const where = [is('id', before.id)]
      const [row] = await storage.accounts({ do: 'update', table: 'users', where, set, audit })
      if (role !== undefined && role !== 'admin') await atLeastOne(storage, before)
      if (password !== undefined) await setPassword(before.id, password)
      if (role !== undefined || password !== undefined) await endSessions(before.id)
      return person(row as AccountRow)
    },

    /** @throws RotaError `user_not_found`, `not_allowed` for the last administrator */
    async remove(who: string, by: AuditBy): Promise<Person> {
      const gone = person(await find(who))
      await notTheLast(await open(), gone)
      if (gone.role === 'admin') {
        const demoted = { do: 'update', table: 'users', where: [is('id', gone.id)], set: { role: 'viewer' } } as const
        await (await open()).accounts(demoted)
        await atLeastOne(await open(), gone)
      }
      const audit = [entry(by, `user:${gone.id}`, { email: gone.email, role: gone.role }, null)]
      await (await open()).accounts({ do: 'delete', table: 'users', where: [is('id', gone.id)], audit })
      await endSessions(gone.id)
      await (await open()).accounts({ do: 'delete', table: 'accounts', where: [is('user_id', gone.id)] })
      return gone
    },

    /** Whether this is the password of the person. */
    async knowsPassword(id: string, password: string): Promise<boolean> {
      const where = [is('user_id', id), is('provider_id', 'credential')]
      const [row] = await (await open()).accounts({ do: 'find', table: 'accounts', where, limit: 1 })
      return verifyPassword(String(row?.password ?? ''), password)
    },

    // --- the set-up

    /** Whether there is no administrator yet. */
    async isSetupOpen(): Promise<boolean> {
      const storage = await open()
      const [known] = await storage.accounts({ do: 'find', table: 'settings', where: [is('name', 'setup')] })
      if (known !== undefined && !String(known.value).startsWith('open:')) return false
      return (await admins(storage)) === 0 // one may have been added at the command line, or by a provider
    },

    /** The same, and the token that makes one, the first time it is asked. */
    async setup(): Promise<{ readonly open: boolean; readonly token: string | null }> {
      if (!(await this.isSetupOpen())) return { open: false, token: null }
      const storage = await open()
      const token = randomBytes(24).toString('base64url')
      const row = { name: 'setup', value: `open:${hashOf(token)}`, updated_at: now() }
      const [created] = await storage.accounts({ do: 'create', table: 'settings', row, unlessTaken: true })
      return { open: true, token: created === undefined ? null : token }
    },

    /** Another token in the place of one that got lost; null where there is an administrator already. */
    async newSetupToken(): Promise<string | null> {
      const token = randomBytes(24).toString('base64url')
      const where: AccountWhere[] = [is('name', 'setup'), { column: 'value', is: 'starts_with', value: 'open:' }]
      const set = { value: `open:${hashOf(token)}`, updated_at: now() }
      const changed = await (await open()).accounts({ do: 'update', table: 'settings', where, set })
      return changed.length > 0 ? token : null
    },

    /** Takes the right to be the first administrator, which only one gets. `token` null: it is not needed here. */
    async takeSetup(id: string, token: string | null): Promise<boolean> {
      if (!(await this.isSetupOpen())) return false
      await this.setup() // on this machine it is taken also where nobody has asked for the token
      const value: AccountWhere =
        token === null
          ? { column: 'value', is: 'starts_with', value: 'open:' }
          : { column: 'value', is: 'eq', value: `open:${hashOf(token)}` }
      const set = { value: `done:${id}`, updated_at: now() }
      const where = [is('name', 'setup'), value]
      return (await (await open()).accounts({ do: 'update', table: 'settings', where, set })).length > 0
    },

    // --- keys

    async keys(): Promise<Key[]> {
      const sort = { column: 'created_at', descending: true }
      return (await (await open()).accounts({ do: 'find', table: 'api_keys', where: [], sort, limit: 1_000 })).map(
        keyOf,
      )
    },

    /** The key itself is given this once. */
    async addKey({ name, role, lanes, expiresIn }: NewKey, by: AuditBy): Promise<Key & { readonly key: string }> {
      const key = `${keyPrefix}${randomBytes(32).toString('base64url')}`
      const row = {
        id: randomUUID(),
        name,
        prefix: key.slice(0, keyPrefix.length + 6),
        hash: hashOf(key),
        role,
        lanes: lanes === undefined ? null : JSON.stringify(lanes),
        created_by: by.actor.name,
        created_at: now(),
        expires_at: expiresIn === undefined ? null : now() + expiresIn,
        last_used_at: null,
        revoked_at: null,
      }
      const audit = [entry(by, `key:${row.id}`, null, { name, role, lanes: lanes ?? null, expiresAt: row.expires_at })]
      const [created] = await (await open()).accounts({ do: 'create', table: 'api_keys', row, audit })
      return { ...keyOf(created as AccountRow), key }
    },

    /** @throws RotaError `key_not_found` */
    async revokeKey(id: string, by: AuditBy): Promise<void> {
      seen.clear()
      const set = { revoked_at: now() }
      const audit = [entry(by, `key:${id}`, { revoked: false }, { revoked: true })]
      const storage = await open()
      const live: AccountWhere = { column: 'revoked_at', is: 'eq', value: null }
      const where = [is('id', id)]
      const revoked = await storage.accounts({ do: 'update', table: 'api_keys', where: [...where, live], set, audit })
      if (revoked.length > 0) return
      const known = await storage.accounts({ do: 'find', table: 'api_keys', where })
      if (known.length === 0) throw new RotaError('key_not_found', `There is no API key ${show(id)}.`, { field: 'id' })
    },

    /** The key that this is, unless it is over. */
    async keyFor(secret: string): Promise<Key | null> {
      const known = seen.get(secret)
      if (known !== undefined && known.until > now() && !isOver(known.key, now())) return known.key
      seen.delete(secret)
      const storage = await open()
      const [row] = await storage.accounts({
        do: 'find',
        table: 'api_keys',
        where: [is('hash', hashOf(secret))],
        limit: 1,
      })
      if (row === undefined) return null
      const key = keyOf(row)
      if (isOver(key, now())) return null
      if (seen.size >= keysKept) seen.clear()
      seen.set(secret, { key, until: now() + keyKept })
      if (key.lastUsedAt === null || key.lastUsedAt.getTime() < now() - useWrittenEvery) {
        const set = { last_used_at: now() }
        const where = [is('id', key.id)]
        await storage.accounts({ do: 'update', table: 'api_keys', where, set }).catch(() => {}) // an archive can be read all the same
      }
      return key
    },
  }
}

export type People = ReturnType<typeof createPeople>

async function admins(storage: Storage): Promise<number> {
  const [row] = await storage.accounts({ do: 'count', table: 'users', where: [is('role', 'admin')] })
  return Number(row?.count)
}

/** Somebody has to be able to let others in. */
async function notTheLast(storage: Storage, { role }: Person): Promise<void> {
  if (role !== 'admin') return
  if ((await admins(storage)) > 1) return
  throw lastOne()
}

const lastOne = () =>
  new RotaError('not_allowed', 'This is the last administrator. Make somebody else one first.', { field: 'id' })

/** Two who demote each other at the same moment have both seen an administrator: then both stay. */
async function atLeastOne(storage: Storage, { id, role }: Person): Promise<void> {
  if (role !== 'admin') return
  if ((await admins(storage)) > 0) return
  await storage.accounts({ do: 'update', table: 'users', where: [is('id', id)], set: { role } })
  throw lastOne()
}

const entry = (by: AuditBy, target: string, before: object | null, after: object | null): NewAuditEntry => ({
  ...by,
  target,
  outcome: 'done',
  before: before && JSON.stringify(before),
  after: after && JSON.stringify(after),
})

const person = (row: AccountRow): Person => ({
  id: String(row.id),
  email: String(row.email),
  name: String(row.name),
  role: String(row.role) as PersonRole,
  createdAt: new Date(Number(row.created_at)),
})

const dateOrNull = (ms: unknown): Date | null => (ms === null || ms === undefined ? null : new Date(Number(ms)))

const keyOf = (row: AccountRow): Key => ({
  id: String(row.id),
  name: String(row.name),
  prefix: String(row.prefix),
  role: String(row.role) as Role,
  lanes: row.lanes === null ? null : (JSON.parse(String(row.lanes)) as string[]),
  createdBy: String(row.created_by),
  createdAt: new Date(Number(row.created_at)),
  expiresAt: dateOrNull(row.expires_at),
  lastUsedAt: dateOrNull(row.last_used_at),
  revokedAt: dateOrNull(row.revoked_at),
})
