/** The small tables: users, sessions, keys, settings. */
import { deepEqual, equal, rejects } from 'node:assert/strict'
import type { AccountCall, AccountRow, AccountTable, AccountWhere, Storage } from '../../storage/contract.ts'
import { type Cases, minute } from './kit.ts'

const user = (id: string, fields: AccountRow = {}): AccountRow => ({
  ...{ id, name: id, email: `${id}@example.com`, email_verified: 0, image: null, role: 'viewer' },
  ...{ created_at: 1, updated_at: 1, ...fields },
})

const create = (storage: Storage, table: AccountTable, ...rows: readonly AccountRow[]) =>
  Promise.all(rows.map((row) => storage.accounts({ do: 'create', table, row })))

const is = (column: string, value: AccountWhere['value'], how: AccountWhere['is'] = 'eq'): AccountWhere => ({
  ...{ column, is: how, value },
})

/** The ids of the users that fit, in the order of ids. */
async function idsOf(storage: Storage, ...where: readonly AccountWhere[]): Promise<string> {
  const rows = await storage.accounts({ do: 'find', table: 'users', where })
  deepEqual(await storage.accounts({ do: 'count', table: 'users', where }), [{ count: rows.length }])
  return rows.map(({ id }) => id).join(' ')
}

const hostile = [`'; drop table users; --`, '"', '100%', 'a_b', 'back\\slash', '$1', '🦊', 'é', ' ', '\n', '\\%', '%%']

const isTaken = { code: 'account_taken' }

export const accounts: Cases = {
  async 'a record comes back as it was stored, with null for what was not given'({ storage }) {
    const { image: _, ...row } = user('ada', { email_verified: 1, created_at: 2 ** 50 })
    deepEqual(await storage.accounts({ do: 'create', table: 'users', row }), [{ ...row, image: null }])
    deepEqual(await storage.accounts({ do: 'find', table: 'users', where: [] }), [{ ...row, image: null }])
    deepEqual(await storage.accounts({ do: 'count', table: 'users', where: [] }), [{ count: 1 }])
    deepEqual(await storage.accounts({ do: 'find', table: 'sessions', where: [] }), [])
  },

  async 'each table takes all its columns'({ storage }) {
    const tables: Partial<Record<AccountTable, readonly string[]>> = {
      sessions: ['id token user_id ip_address user_agent', 'expires_at created_at updated_at'],
      accounts: [
        'id account_id provider_id user_id access_token refresh_token id_token scope password',
        'access_token_expires_at refresh_token_expires_at created_at updated_at',
      ],
      verifications: ['id identifier value', 'expires_at created_at updated_at'],
      api_keys: ['id name prefix hash role lanes created_by', 'created_at expires_at last_used_at revoked_at'],
      settings: ['name value', 'updated_at'],
    }
    for (const [table, [texts = '', numbers = '']] of Object.entries(tables)) {
      const row = Object.fromEntries([
        ...texts.split(' ').map((column) => [column, `a ${column}`]),
        ...numbers.split(' ').map((column, n) => [column, 2 ** 45 + n]),
      ])
      await create(storage, table as AccountTable, row)
      deepEqual(await storage.accounts({ do: 'find', table: table as AccountTable, where: [] }), [row])
    }
  },

  async 'records are found by every condition'({ storage }) {
    await create(storage, 'users', user('a', { created_at: 1 }), user('b', { created_at: 2, image: 'x' }))
    await create(storage, 'users', user('c', { created_at: 3, name: 'Carol' }))
    const ids = (...where: readonly AccountWhere[]) => idsOf(storage, ...where)
    equal(await ids(is('created_at', 2)), 'b')
    equal(await ids(is('created_at', 2, 'ne')), 'a c')
    equal(await ids(is('created_at', 2, 'lt')), 'a')
    equal(await ids(is('created_at', 2, 'lte')), 'a b')
    equal(await ids(is('created_at', 2, 'gt')), 'c')
    equal(await ids(is('created_at', 2, 'gte')), 'b c')
    equal(await ids(is('id', 'b', 'gte')), 'b c')
    equal(await ids(is('image', null)), 'a c')
    equal(await ids(is('image', null, 'ne')), 'b')
    equal(await ids(is('image', 'y', 'ne')), 'b') // nothing is neither the same nor another
    equal(await ids(is('id', ['a', 'c', 'z'], 'in')), 'a c')
    equal(await ids(is('created_at', [1, 2], 'in')), 'a b')
    equal(await ids(is('id', [], 'in')), '')
    equal(await ids(is('id', ['a'], 'not_in')), 'b c')
    equal(await ids(is('image', [], 'not_in')), 'a b c')
    equal(await ids(is('name', 'aro', 'contains')), 'c')
    equal(await ids(is('name', 'Car', 'starts_with')), 'c')
    equal(await ids(is('name', 'rol', 'ends_with')), 'c')
    equal(await ids(is('name', 'car', 'starts_with')), '')
    equal(await ids(is('name', 'a Carol', 'ends_with')), '')
    equal(await ids(is('image', '', 'contains')), 'b')
  },

  async 'conditions hold together, and of the alternatives one'({ storage }) {
    await create(storage, 'users', user('a'), user('b', { role: 'admin' }), user('c', { role: 'admin' }), user('d'))
    const or = (id: string): AccountWhere => ({ ...is('id', id), or: true })
    equal(await idsOf(storage, is('role', 'admin'), or('a'), or('b')), 'b')
    equal(await idsOf(storage, or('a'), is('role', 'admin'), or('c')), 'c')
    equal(await idsOf(storage, is('role', 'admin'), or('b'), or('d')), 'b')
    equal(await idsOf(storage, or('a'), or('d')), 'a d')
    equal(await idsOf(storage, or('b')), 'b')
  },

  async 'case counts, or that of A to Z does not'({ storage }) {
    await create(storage, 'users', user('a', { name: 'ADA Ä' }), user('b', { name: 'ada ä' }))
    const any = (value: AccountWhere['value'], how?: AccountWhere['is']) => ({
      ...is('name', value, how),
      anyCase: true,
    })
    equal(await idsOf(storage, is('name', 'ADA', 'starts_with')), 'a')
    equal(await idsOf(storage, is('name', 'ada', 'contains')), 'b')
    equal(await idsOf(storage, any('aDa', 'starts_with')), 'a b')
    equal(await idsOf(storage, any('DA', 'contains')), 'a b')
    equal(await idsOf(storage, any('ADA ä')), 'b')
    equal(await idsOf(storage, any('Ada Ä', 'ends_with')), 'a')
    equal(await idsOf(storage, any(['aDA Ä', 'x'], 'in')), 'a')
    equal(await idsOf(storage, any(['aDA Ä', 'x'], 'not_in')), 'b')
  },

  async 'values are values, whatever they look like'({ storage }) {
    const names = hostile.map((name, n) => [String.fromCharCode(97 + n), name] as const)
    await create(storage, 'users', ...names.map(([id, name]) => user(id, { name })))
    for (const [id, name] of names) {
      equal(await idsOf(storage, is('name', name)), id)
      equal(await idsOf(storage, is('name', [name], 'in')), id)
      const holders = (how: 'includes' | 'startsWith' | 'endsWith') =>
        names.flatMap(([other, one]) => (one[how](name) ? other : [])).join(' ')
      equal(await idsOf(storage, is('name', name, 'contains')), holders('includes'))
      equal(await idsOf(storage, is('name', name, 'starts_with')), holders('startsWith'))
      equal(await idsOf(storage, is('name', name, 'ends_with')), holders('endsWith'))
      const set = { image: name }
      const [changed] = await storage.accounts({ do: 'update', table: 'users', where: [is('id', id)], set })
      equal(changed?.image, name)
    }
  },

  async 'records come in an order, and part by part'({ storage }) {
    await create(storage, 'users', user('a', { image: 'z' }), user('b'), user('c', { image: 'é' }), user('d'))
    await create(storage, 'users', user('e', { image: 'Z' }))
    const found = async (fields: Partial<Extract<AccountCall, { do: 'find' }>>) =>
      (await storage.accounts({ do: 'find', table: 'users', where: [], ...fields })).map(({ id }) => id).join('')
    equal(await found({}), 'abcde')
    equal(await found({ sort: { column: 'image', descending: false } }), 'bdeac')
    equal(await found({ sort: { column: 'image', descending: true } }), 'caebd')
    equal(await found({ sort: { column: 'id', descending: true }, limit: 2 }), 'ed')
    equal(await found({ sort: { column: 'id', descending: true }, limit: 2, offset: 3 }), 'ba')
    equal(await found({ offset: 4 }), 'e')
    equal(await found({ limit: 0 }), '')
  },

  async 'a key that is taken is told apart from other errors, for each key'({ storage }) {
    await create(storage, 'users', user('a'), user('b'))
    const row = user('c', { email: 'a@example.com' })
    await rejects(storage.accounts({ do: 'create', table: 'users', row }), isTaken)
    await rejects(storage.accounts({ do: 'create', table: 'users', row: user('a', { email: 'x' }) }), isTaken)
    deepEqual(await storage.accounts({ do: 'create', table: 'users', row, unlessTaken: true }), [])
    const set = { email: 'a@example.com' }
    await rejects(storage.accounts({ do: 'update', table: 'users', where: [is('id', 'b')], set }), isTaken)
    equal(await idsOf(storage), 'a b')
    const of = (id: string, provider_id: string) => ({
      ...{ id, provider_id, account_id: 'x', user_id: 'a', created_at: 1, updated_at: 1 },
    })
    await create(storage, 'accounts', of('1', 'github'), of('2', 'google'))
    await rejects(create(storage, 'accounts', of('3', 'github')), isTaken)
  },

  async 'of many who create the same, one does'({ storage, subject, connect }) {
    const storages = subject.shared ? [storage, await connect()] : [storage]
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        storages[n % storages.length]?.accounts({
          ...{ do: 'create', table: 'settings', unlessTaken: true },
          row: { name: 'secret', value: `of ${n}`, updated_at: 1 },
        }),
      ),
    )
    const [row, ...others] = made.flatMap((rows) => rows ?? [])
    equal(others.length, 0)
    deepEqual(await storage.accounts({ do: 'find', table: 'settings', where: [] }), [row])
  },

  async 'of many who change what they saw, one does'({ storage, subject, connect }) {
    const storages = subject.shared ? [storage, await connect()] : [storage]
    await create(storage, 'settings', { name: 'version', value: '1', updated_at: 1 })
    const where = [is('name', 'version'), is('value', '1')]
    const changed = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        storages[n % storages.length]?.accounts({
          ...{ do: 'update', table: 'settings', where },
          set: { value: `of ${n}` },
        }),
      ),
    )
    const [row, ...others] = changed.flatMap((rows) => rows ?? [])
    equal(others.length, 0)
    deepEqual(await storage.accounts({ do: 'find', table: 'settings', where: [] }), [row])
  },

  async 'a change gives what it changed, and a deletion what is gone'({ storage }) {
    await create(storage, 'users', user('a'), user('b'), user('c', { role: 'admin' }))
    const where = [is('role', 'viewer')]
    const set = { role: 'operator', image: null, updated_at: 9 }
    const changed = await storage.accounts({ do: 'update', table: 'users', where, set })
    const byId = (rows: readonly AccountRow[]) => rows.toSorted((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
    deepEqual(byId(changed), [user('a', set), user('b', set)])
    deepEqual(await storage.accounts({ do: 'update', table: 'users', where, set }), [])
    const gone = await storage.accounts({ do: 'delete', table: 'users', where: [is('role', 'operator')] })
    deepEqual(byId(gone), byId(changed))
    equal(await idsOf(storage), 'c')
  },

  async 'what is not in the list of tables and columns is refused, and so is a change of everything'({ storage }) {
    await create(storage, 'users', user('a'))
    const name = 'id = id or 1=1 --'
    const where = [is('id', 'a')]
    const refused: readonly unknown[] = [
      { do: 'find', table: 'jobs', where: [] },
      { do: 'find', table: 'constructor', where: [] },
      { do: 'find', table: 'users', where: [is(name, 'x')] },
      { do: 'find', table: 'users', where: [is('hash', 'x')] },
      { do: 'find', table: 'users', where: [is('toString', 'x')] },
      { do: 'find', table: 'users', where: [is('id', 'x', 'is not' as never)] },
      { do: 'find', table: 'users', where: [is('id', 'x', 'toString' as never)] },
      { do: 'find', table: 'users', where: [is('id', null, 'lt')] },
      { do: 'find', table: 'users', where: [is('id', 'x', 'in')] },
      { do: 'find', table: 'users', where: [is('id', ['x'])] },
      { do: 'find', table: 'users', where: [is('id', 1)] },
      { do: 'find', table: 'users', where: [is('id', 'a\0')] },
      { do: 'find', table: 'users', where: [is('created_at', '1')] },
      { do: 'find', table: 'users', where: [is('created_at', 1.5)] },
      { do: 'find', table: 'users', where: [is('created_at', '1', 'contains')] },
      { do: 'find', table: 'users', where: [], sort: { column: name, descending: true } },
      { do: 'count', table: 'users', where: [is(name, 'x')] },
      { do: 'create', table: 'users', row: { ...user('b'), [name]: 'x' } },
      { do: 'create', table: 'users', row: { ...user('b'), [name]: null } },
      { do: 'create', table: 'users', row: {} },
      { do: 'update', table: 'users', where, set: { [name]: 'x' } },
      { do: 'update', table: 'users', where, set: { [`${name},`]: null } },
      { do: 'update', table: 'users', where, set: {} },
      { do: 'update', table: 'users', where: [], set: { role: 'admin' } },
      { do: 'delete', table: 'users', where: [is(name, 'x')] },
      { do: 'delete', table: 'users', where: [] },
    ]
    for (const call of refused)
      await rejects(async () => storage.accounts(call as AccountCall), { name: 'Error' }, JSON.stringify(call))
    deepEqual(await storage.accounts({ do: 'find', table: 'users', where: [] }), [user('a')])
  },

  async 'sessions and verifications go when they are over'({ storage, now, pass }) {
    const times = { expires_at: now() + minute, created_at: 1, updated_at: 1 }
    const ids = Array.from({ length: 7 }, (_, n) => `s${n}`)
    await create(storage, 'sessions', ...ids.map((id) => ({ id, token: id, user_id: 'a', ...times })))
    await create(storage, 'sessions', {
      id: 'later',
      token: 't',
      user_id: 'a',
      ...times,
      expires_at: now() + 2 * minute,
    })
    await create(storage, 'verifications', { id: 'v', identifier: 'x', value: 'y', ...times })
    const left = async (table: AccountTable) =>
      (await storage.accounts({ do: 'find', table, where: [] })).map(({ id }) => id)
    pass(minute - 1)
    await storage.purge(3)
    equal((await left('sessions')).length, 8)
    pass(1)
    while (await storage.purge(3));
    deepEqual([await left('sessions'), await left('verifications')], [['later'], []])
  },
}
