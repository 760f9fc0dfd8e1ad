/**
 * What every operation of the API declares beside its method, path and schemas: who may call it, and how it treats keys that are
 * limited to lanes. The table itself is `api/index.ts`; the server, the OpenAPI document, the typed client, the remote command line and the
 * authorisation tests read it.
 */
import { oc } from '@orpc/contract'
import type { Role } from './roles.ts'

/** What somebody may do; every role has some of them. */
export const permissions = Object.freeze(['public', 'signed-in', 'view', 'operate', 'work', 'administer'] as const)
export type Permission = (typeof permissions)[number]

const granted: Readonly<Record<Role, readonly Permission[]>> = Object.freeze({
  viewer: ['public', 'signed-in', 'view'],
  operator: ['public', 'signed-in', 'view', 'operate', 'work'],
  admin: ['public', 'signed-in', 'view', 'operate', 'work', 'administer'],
  worker: ['public', 'signed-in', 'work'],
})

/** Whether a role, or (null) somebody who did not sign in, may do it. */
export const mayDo = (role: Role | null, permission: Permission): boolean =>
  role === null ? permission === 'public' : granted[role].includes(permission)

/** What an operation declares. */
export interface OperationMeta {
  /** Who may call it. An operation without one stops the start of the server. */
  readonly permission?: Permission
  /**
   * `checked`: it looks at the lanes of a limited key itself. `free`: it shows nothing of any lane. Absent: keys that are limited to lanes
   * are refused.
   */
  readonly lanes?: 'checked' | 'free'
  /** It concerns one cluster: `?cluster=` chooses it. */
  readonly cluster?: boolean
  /** A POST that `Idempotency-Key` makes safe to repeat. `own`: it sees to that itself. */
  readonly repeatable?: 'own' | 'stored'
  /** Milliseconds it may take; @default 30 000 */
  readonly patience?: number
  /** Its answers carry an ETag, it takes If-Match, or both. */
  readonly etag?: 'gives' | 'takes' | 'both'
}

/** The base of all operations. */
export const operation = oc.$meta<OperationMeta>({})

type Details = Omit<OperationMeta, 'permission'>

const of = (permission: Permission, own: Details) => operation.meta({ ...own, permission })

/** Shows jobs and what belongs to them. */
export const viewing = (lanes: OperationMeta['lanes'], own: Details = {}) =>
  of('view', { cluster: true, ...(lanes && { lanes }), ...own })

/** Changes jobs, schedules or lanes. */
export const operating = (lanes: OperationMeta['lanes'], own: Details = {}) =>
  of('operate', { cluster: true, ...(lanes && { lanes }), ...own })

/** Part of the protocol of remote workers. */
export const working = (own: Details = {}) => of('work', { cluster: true, lanes: 'checked', ...own })

/** For administrators. */
export const administering = (own: Details = {}) => of('administer', own)

/** For whoever is signed in. */
export const signedIn = (own: Details = {}) => of('signed-in', { lanes: 'free', ...own })

/** For anybody. */
export const open = (own: Details = {}) => of('public', { lanes: 'free', ...own })
