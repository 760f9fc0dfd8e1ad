/**
 * What must be true of the storage, call by call. The ledger sees every call when the storage has executed it, with the
 * clock of the database, whether the engine ever hears of it or not; of that it keeps its own small picture of each job
 * and lease and holds every further call against it.
 *
 * A verb of the storage has at most one rule in `rules`; one without a rule is traced and believed.
 *
 * A job: waiting → running (claimed; fence + 1) → waiting (given back) or over. Over is over.
 */
import type { FinalState } from '../../src/job/states.ts'
import type { Engine } from './engine.ts'
import { rules } from './rules.ts'

/** What the ledger knows of one job. */
export interface Entry {
  readonly id: string
  readonly job: string
  readonly lane: string
  readonly priority: number
  readonly maxAttempts: number
  readonly keep: { readonly succeeded: number; readonly failed: number }
  state: 'waiting' | 'running' | FinalState
  /** It waits for nothing but a worker, for certain. */
  ready: boolean
  dueAt: number
  fence: number
  attempt: number
  lapses: number
  worker: string | null
  finishedAt: number | null
}

export interface Lease {
  until: number
  readonly engine: Engine | null
}

export interface Executed {
  readonly method: string
  readonly args: readonly unknown[]
  readonly answer: unknown
  readonly error: unknown
  /** Null for one that the simulation itself makes. */
  readonly engine: Engine | null
}

export interface Violation {
  readonly rule: string
  readonly what: string
}

export class Ledger {
  readonly entries = new Map<string, Entry>()
  readonly leases = new Map<string, Lease>()
  /** Which job an idempotency key belongs to. */
  readonly keys = new Map<string, string>()
  /** Claims by `id#fence`; the handler gave up when its worker was stopped. */
  readonly claims = new Map<
    string,
    { readonly engine: Engine | null; readonly worker: string; started: boolean; gaveUp: boolean }
  >()
  readonly counts = { claims: 0, lapses: 0, refused: 0, retries: 0, jobs: 0, calls: 0 }
  /** Something happened that a lease may be lost by. */
  troubled = false
  violation: Violation | null = null
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
  }

  get now(): number {
    return this.#clock()
  }

  get open(): Entry[] {
    return [...this.entries.values()].filter((entry) => entry.finishedAt === null)
  }

  /** Keeps the first violation; the driver looks after each event. */
  violate(rule: string, what: string): void {
    this.violation ??= { rule, what }
  }

  check(holds: boolean, rule: string, what: () => string): void {
    if (!holds) this.violate(rule, what())
  }

  executed(call: Executed): void {
    this.counts.calls++
    if (call.error !== undefined)
      return this.violate('I8 storage throws', `${call.method}: ${(call.error as Error)?.stack ?? call.error}`)
    rules[call.method]?.(this, call)
  }

  alive(worker: string): boolean {
    return (this.leases.get(worker)?.until ?? 0) > this.now
  }

  running(worker: string): Entry[] {
    return [...this.entries.values()].filter((entry) => entry.state === 'running' && entry.worker === worker)
  }
}
