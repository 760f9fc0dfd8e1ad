/** What an operation knows of the call it answers. */
import type { Role } from '../api/roles.ts'
import type { Cluster } from '../index.ts'
import { RotaError } from '../job/errors.ts'
import type { Actor, AuditBy } from '../storage/contract.ts'
import type { Origin } from './address.ts'

/** Who is asking. */
export interface Caller {
  readonly actor: Actor
  readonly role: Role
  /** Null for all. */
  readonly lanes: readonly string[] | null
  /** How it was proved: a token or a key in a header, a cookie, or that the request comes from this machine in development. */
  readonly by: 'token' | 'key' | 'cookie' | 'local'
  readonly email: string | null
  /** The signed token of the session; null for keys. */
  readonly token: string | null
}

/** What goes into every operation. */
export interface CallContext {
  /** Id of the operation: `jobs.cancel`. */
  readonly operation: string
  /** Null only where anybody may call. */
  readonly caller: Caller | null
  readonly cluster: Cluster
  readonly origin: Origin
  readonly headers: Headers
  /** Behind the `?`, as it was sent. */
  readonly search: string
  /** Fires when nobody waits for the answer any more: the client is gone, its time is over, or the server stops. */
  readonly signal: AbortSignal
  /** Fires when the client is gone before it was answered. */
  readonly gone: AbortSignal
  /** Whether whoever called is still signed in. */
  isStillIn(): Promise<boolean>
  /** What the answer says beside its body. */
  readonly reply: {
    status?: number
    readonly headers: Record<string, string>
    readonly cookies: string[]
    failure?: unknown
  }
}

/** Who does it, from where, for the audit log. */
export const byOf = ({ caller, origin, operation }: CallContext): AuditBy => ({
  actor: caller?.actor ?? { kind: 'nobody', id: '', name: '' },
  address: origin.address,
  action: operation,
})

/** Whether a key that is limited to lanes may see or touch what is in this lane. */
export const inLanes = ({ caller }: Pick<CallContext, 'caller'>, lane: string): boolean =>
  caller === null || caller.lanes === null || caller.lanes.includes(lane)

/** @throws RotaError `not_allowed` */
export function checkLane(context: Pick<CallContext, 'caller'>, lane: string): void {
  if (inLanes(context, lane)) return
  const message = `lane: this key is limited to ${context.caller?.lanes?.join(', ')}, so it may do nothing in "${lane}".`
  throw new RotaError('not_allowed', message, { field: 'lane' })
}

/** What both allow; null allows anything. */
export const both = <T>(one: readonly T[] | null, other: readonly T[] | null): readonly T[] | null =>
  one === null || other === null ? (one ?? other) : one.filter((value) => other.includes(value))
