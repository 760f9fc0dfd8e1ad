/** People, keys, the audit log and definitions of a server. */
import type { Client } from '../../client/index.ts'
import { iso } from '../../client/request.ts'
import { definitionUnknown } from '../../engine/definitions.ts'
import { defined } from '../../job/defined.ts'
import type { Key, Person } from '../../server/people.ts'
import type { Office } from '../office.ts'
import { idsOf, remoteHandlers } from './handlers.ts'
import { type Answer, revived } from './wire.ts'

const person = (one: Answer<'users', 'create'>): Person => revived(one, ['createdAt'])
const keyView = <K extends Answer<'keys', 'list'>['keys'][number]>(key: K) =>
  revived(key, ['createdAt', 'expiresAt', 'lastUsedAt', 'revokedAt']) as unknown as Key & Pick<K, never>

export function remoteOffice({ users, keys, audit, handlers }: Client): Office {
  return {
    users: async () => {
      const all: Person[] = []
      for (let cursor: string | null = null; ; ) {
        const page: Answer<'users', 'list'> = await users.list(cursor === null ? {} : { cursor })
        all.push(...page.users.map(person))
        cursor = page.next
        if (cursor === null) return all
      }
    },
    addUser: async ({ email, password, role, name }) =>
      person(await users.create(defined({ email, password, role, name }))),
    setRole: async (id, role) => person(await users.update({ id, role })),
    removeUser: async (id) => await users.remove({ id }),
    keys: async () => (await keys.list()).keys.map(keyView),
    addKey: async ({ name, role, lanes, expiresIn }) => {
      const made = await keys.create(defined({ name, role, lanes: lanes && [...lanes], expiresIn }))
      return { ...keyView(made), key: made.key }
    },
    revokeKey: async (id) => await keys.revoke({ id }),
    audit: async ({ since, ...filter }) => {
      const { entries, next } = await audit.list({ ...filter, ...defined({ since: since && iso(since, 'since') }) })
      return { entries: entries.map((entry) => revived(entry, ['at'])), next }
    },
    handlers: remoteHandlers(handlers),
    handlerUnknown: async (id) => definitionUnknown(id, await idsOf(handlers), { field: 'id' }),
  }
}
