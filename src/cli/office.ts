/** What the commands on people, keys, the audit log and definitions work with: the tables of a storage, or a server. */
import type { PersonRole, Role } from '../api/roles.ts'
import type { Rota, RotaError } from '../index.ts'
import type { Duration } from '../job/duration.ts'
import type { Key, NewPerson, Person } from '../server/people.ts'

export interface AuditFilter {
  readonly actor?: string
  readonly action?: string
  readonly target?: string
  readonly since?: string
  readonly cursor?: number
  readonly limit?: number
}

/** An entry of the audit log, as people see it. */
export interface AuditEntry {
  readonly id: number
  readonly at: Date
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string }
  readonly address: string | null
  readonly action: string
  readonly target: string
  readonly outcome: 'done' | 'denied' | 'failed'
  readonly before: unknown
  readonly after: unknown
}

export interface Office {
  users(): Promise<readonly Person[]>
  addUser(person: NewPerson): Promise<Person>
  /** @param who id or e-mail address */
  setRole(who: string, role: PersonRole): Promise<Person>
  removeUser(who: string): Promise<{ readonly id: string; readonly status: 'removed' }>
  keys(): Promise<readonly Key[]>
  addKey(key: NewKey): Promise<Key & { readonly key: string }>
  revokeKey(id: string): Promise<{ readonly id: string; readonly status: 'revoked' }>
  audit(filter: AuditFilter): Promise<{ readonly entries: readonly AuditEntry[]; readonly next: number | null }>
  /** `job` needs code or a storage in this process. */
  readonly handlers: Omit<Rota['handlers'], 'job'>
  /** The error where there is no definition of this id: it names those that are known. */
  handlerUnknown(id: string): Promise<RotaError>
}

export interface NewKey {
  readonly name: string
  readonly role: Role
  readonly lanes?: readonly string[]
  readonly expiresIn?: Duration
}
