import type { FinalState, StoredError } from '../job/states.ts'
import type { SkipReason } from '../schedule/firing.ts'
import type { ClaimedJob } from '../storage/contract.ts'

/** What happened to jobs in this process. Events only watch: what a listener throws changes nothing. */
export type Events = { readonly [Name in keyof Told]: Told[Name] & { readonly cluster: string } }

/** Events as a cluster tells them; its name comes with them to the listeners. */
export interface Told {
  /** A try begins. */
  'job:started': Ended
  /** Its success is recorded. */
  'job:succeeded': Ended
  /** It failed for good, and that is recorded. */
  'job:failed': Ended & { readonly error: StoredError | null }
  /** It ended as cancelled. */
  'job:cancelled': Ended
  /** It was not started in time. */
  'job:expired': Ended
  /** A try failed or was snoozed; the job will run again in `delay` milliseconds. */
  'job:retrying': Ended & { readonly error: StoredError | null; readonly delay: number }
  /** The outcome was not recorded, because the job may belong to another worker by now. */
  'job:lease_lost': Ended
  /** A run of a schedule is stored, by this process. */
  'schedule:fired': {
    readonly schedule: string
    readonly slot: Date
    /** Of the job. */
    readonly id: string
    /** Earlier slots for which it stands. */
    readonly missed: number
  }
  /** Slots of a schedule do not run, from the first to the last; this process has recorded why. */
  'schedule:skipped': {
    readonly schedule: string
    readonly from: Date
    readonly slot: Date
    readonly count: number
    readonly reason: SkipReason
  }
  /** The worker is registered; `leaseThread` tells whether a thread of its own renews its lease, or the main loop. */
  'worker:started': { readonly id: string; readonly name: string; readonly leaseThread: boolean }
  /** Something that needs no answer went wrong: the database was away, a listener threw. Rota goes on. */
  'worker:trouble': { readonly error: unknown; readonly during: string }
}

interface Ended {
  readonly cluster?: string
  readonly id: string
  readonly job: string
  readonly attempt: number
}

/** What `rota.on` can tell. */
export type EventName = keyof Events

export const eventNames: readonly EventName[] = Object.freeze([
  'job:started',
  'job:succeeded',
  'job:failed',
  'job:cancelled',
  'job:expired',
  'job:retrying',
  'job:lease_lost',
  'schedule:fired',
  'schedule:skipped',
  'worker:started',
  'worker:trouble',
])
export type Listener<Name extends EventName> = (event: Events[Name]) => void

/** The events of one cluster. */
export class Emitter {
  readonly #cluster: string
  readonly #listeners = new Map<EventName, Set<(event: never) => void>>()

  constructor(cluster: string) {
    this.#cluster = cluster
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  /** What every event of a job tells. */
  identify({ id, job, attempt }: ClaimedJob): Ended {
    return { cluster: this.#cluster, id, job, attempt }
  }

  /** As one literal: to spread the one above into it costs each job 300 bytes. */
  ended({ id, job, attempt }: ClaimedJob, error: StoredError | null): Ended & { readonly error: StoredError | null } {
    return { cluster: this.#cluster, id, job, attempt, error }
  }

  has(name: EventName): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }

  emit<Name extends EventName>(name: Name, told: Told[Name]): void {
    if (!this.has(name)) return
    // A copy costs 300 bytes, so what each job tells has its cluster already.
    const event = 'cluster' in told ? told : { ...told, cluster: this.#cluster }
    for (const listener of this.#listeners.get(name) ?? []) {
      const fail = (error: unknown) => {
        if (name !== 'worker:trouble') this.emit('worker:trouble', { error, during: `listener of ${name}` })
      }
      try {
        const result: unknown = (listener as Listener<Name>)(event as unknown as Events[Name])
        if (result instanceof Promise) result.catch(fail)
      } catch (error) {
        fail(error)
      }
    }
  }
}

export const eventOfEnd = (state: FinalState): `job:${FinalState}` => `job:${state}`
