/** People, keys, the audit log and definitions in the tables of a storage. What is done here stands in the audit log as done at the command line. */
import { entryView } from '../engine/audit-view.ts'
import { definitionUnknown } from '../engine/definitions.ts'
import type { Cluster } from '../index.ts'
import { parseDuration, parseInstant } from '../job/duration.ts'
import { integer } from '../job/options.ts'
import { createPeople, type Person } from '../server/people.ts'
import type { AuditBy } from '../storage/contract.ts'
import { somebody } from './local-desk.ts'
import type { Office } from './office.ts'

const page = 100
const auditLimit = 50

export function localOffice(cluster: Cluster): Office {
  const open = async () => (await cluster.connection.open()).storage
  const people = createPeople(open)
  const by = (action: string): AuditBy => ({
    actor: somebody(),
    address: null,
    action,
  })
  return {
    users: async () => {
      const all: Person[] = []
      for (let after: string | null = null; ; ) {
        const found: Person[] = await people.list(page, after)
        all.push(...found)
        after = found.at(-1)?.email ?? null
        if (found.length < page) return all
      }
    },
    addUser: (person) => people.add(person, by('users.create')),
    setRole: (who, role) => people.change(who, { role }, by('users.update')),
    removeUser: async (who) => ({ id: (await people.remove(who, by('users.remove'))).id, status: 'removed' }),
    keys: () => people.keys(),
    addKey: ({ expiresIn, ...key }) => {
      const ms = expiresIn === undefined ? {} : { expiresIn: parseDuration(expiresIn, 'expires') }
      return people.addKey({ ...key, ...ms }, by('keys.create'))
    },
    revokeKey: async (id) => {
      await people.revokeKey(id, by('keys.revoke'))
      return { id, status: 'revoked' }
    },
    audit: async ({ actor = null, action = null, target = null, since, cursor, limit }) => {
      const most = integer(1, 1_000)(limit ?? auditLimit, 'limit')
      const from = since === undefined ? null : parseInstant(since, 'since')
      const before = cursor === undefined ? null : integer(1, Number.MAX_SAFE_INTEGER)(cursor, 'cursor')
      const query = { actor, action, target, outcome: null, since: from, before, limit: most }
      const found = await (await open()).auditLog(query)
      return { entries: found.map(entryView), next: found.length === most ? (found.at(-1)?.id ?? null) : null }
    },
    handlers: cluster.as({ actor: somebody(), address: null }, 'cli').handlers,
    handlerUnknown: async (id) => definitionUnknown(id, await cluster.definitionIds(), { field: 'id' }),
  }
}
