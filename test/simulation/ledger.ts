/**
 * What must be true of the storage, call by call. The ledger sees every call when the storage has executed it, with the
 * clock of the database, whether the engine ever hears of it or not; of that it keeps its own small picture of each job
 * and lease and holds every further call against it.
 *
 * A verb of the storage has at most one rule in `rules`; one without a rule is traced and believed.
 *
 * A job: waiting (blocked, set aside, or neither) → running (claimed; fence + 1) → waiting (given back) or over; from waiting it may
 * be over, too (cancelled, expired). Over is over, but for a retry: then it waits anew. Deleted, it is no entry any more.
 */
import type { Edit } from '../../src/job/edits.ts'
import type { Progress } from '../../src/job/log.ts'
import type { FinalState, OnLapse, State } from '../../src/job/states.ts'
import type { OnTimeout } from '../../src/job/timeout.ts'
import type { Overlap } from '../../src/schedule/policies.ts'
import type {
  Edited,
  JobRecord,
  LiveRun,
  LogRecord,
  NewJob,
  ScheduleRecord,
  SkipRecord,
} from '../../src/storage/contract.ts'
import type { Engine } from './engine.ts'
import { Links } from './links.ts'
import { rules } from './rules.ts'
import type { Rule } from './slots.ts'

/** What the ledger knows of one job. */
export interface Entry {
  readonly id: string
  readonly job: string
  /** Of its flow. */
  readonly flow: string | null
  readonly schedule: JobRecord['schedule']
  lane: string
  priority: number
  maxAttempts: number
  timeout: number
  onTimeout: OnTimeout
  onLapse: OnLapse
  keep: { readonly succeeded: number; readonly failed: number }
  input: string | null
  state: 'waiting' | 'running' | FinalState
  /** It waits for other jobs. */
  blocked: boolean
  /** Somebody has retried it. */
  retried: boolean
  /** It waits, and for nothing but a worker. */
  ready: boolean
  /** It is ready, and no worker of its lane knew it. */
  aside: boolean
  dueAt: number
  expiresAt: number | null
  fence: number
  attempt: number
  lapses: number
  worker: string | null
  finishedAt: number | null
  reason: string | null
  progress: Progress | null
  /** Somebody wants the end of its present start. */
  asked: string | null
  /** A lease ran out under it since it was stored or retried. */
  lapsed: boolean
  readonly lines: LogRecord[]
}

export interface Lease {
  readonly since: number
  until: number
  readonly engine: Engine | null
  lanes: readonly string[]
  jobs: readonly string[]
  /** Those in its code. */
  schedules: readonly string[]
}

/** What the ledger knows of one schedule. */
export interface ScheduleEntry {
  record: ScheduleRecord
  /** All that it ever said. */
  readonly rules: Rule[]
  /** One that is put back after it was deleted is another one. */
  readonly birth: number
  /** Slots that did not run, by the last of each range. */
  readonly skips: Map<number, SkipRecord>
}

/** A run of a schedule. */
export interface SlotRun {
  readonly schedule: string
  /** Null where a person asked for it. */
  readonly slot: number | null
  readonly lane: string
  readonly overlap: Overlap
  /** When it was stored, and by which call. */
  readonly at: number
  readonly call: number
  /** Runs that must be over when it starts. */
  readonly behind: readonly string[]
  /** It was stored whatever became of its schedule meanwhile. */
  readonly beside: boolean
}

/** What an engine was told of a schedule in one of its versions. */
export interface Sight {
  readonly at: number
  /** Null for one that was not there. */
  readonly birth: number | null
  /** Its runs that were not over; null where these were not told. */
  readonly live: readonly LiveRun[] | null
}

/** The job that has a key. */
export interface KeyOwner {
  readonly id: string
  /** The job of the call that wrote it last. */
  readonly call: string
  readonly hash: string
  readonly expiresAt: number
  /** Nobody removes it before. */
  readonly keptUntil: number
}

/** One start of a job. */
export interface Start {
  readonly engine: Engine | null
  readonly worker: string
  started: boolean
  /** When its handler started. */
  began: number
  /** The handler gave up when its worker was stopped. */
  gaveUp: boolean
  /** Virtual milliseconds that the handler took; null while it runs. */
  took: number | null
  /** The progress its handler told last. */
  percent: number | null
  /** What its handler wrote, in order; `sure` when its try cannot have been over then. */
  readonly told: { readonly text: string; readonly sure: boolean }[]
}

/** A wish of a person, as the storage executed it. */
export interface Wished {
  readonly engine: Engine | null
  readonly id: string
  readonly kind: Edit['kind']
  readonly from: State | null
  readonly linked: Edited['linked']
  /** Its person has heard of it. */
  told: boolean
}

export interface Executed {
  readonly method: string
  readonly args: readonly unknown[]
  readonly answer: unknown
  readonly error: unknown
  /** Null for one that the simulation itself makes. */
  readonly engine: Engine | null
  /** The network delivered it a second time. */
  readonly again: boolean
}

export interface Violation {
  readonly rule: string
  readonly what: string
}

export class Ledger {
  readonly entries = new Map<string, Entry>()
  readonly leases = new Map<string, Lease>()
  /** Which job a key belongs to, by scope, definition and key. */
  readonly keys = new Map<string, KeyOwner>()
  /** Who waits for whom. */
  readonly links = new Links()
  /** Jobs that succeeded and left nothing but their ids, and until when those are known. */
  readonly forgotten = new Map<string, { readonly job: NewJob; readonly until: number }>()
  /** What each job was stored as. */
  readonly asStored = new Map<string, NewJob>()
  /** Flows that were made, with whether that was acknowledged. */
  readonly flows = new Set<string>()
  /** By `id#fence`. */
  readonly starts = new Map<string, Start>()
  /** How each job was over at some time, whatever became of it then. */
  readonly ends = new Map<string, Set<FinalState>>()
  readonly deleted = new Set<string>()
  /** Lanes of which nothing is to start, with the reason. */
  readonly paused = new Map<string, string>()
  readonly schedules = new Map<string, ScheduleEntry>()
  /** How many schedules were new. */
  births = 0
  /** By engine, schedule and version. */
  readonly sights = new Map<string, readonly Sight[]>()
  /** All that ever were, by job. */
  readonly runs = new Map<string, SlotRun>()
  /** The job of each slot that ever ran. */
  readonly slotIds = new Map<string, string>()
  /** Jobs whose storing was acknowledged. */
  readonly acknowledged = new Set<string>()
  readonly wishes: Wished[] = []
  /** How often people asked, by engine, kind and job. */
  readonly asked = new Map<string, number>()
  readonly counts: Record<string, number> = { claims: 0, lapses: 0, refused: 0, retries: 0, jobs: 0, calls: 0 }
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

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  executed(call: Executed): void {
    this.count('calls')
    if (call.error !== undefined)
      return this.violate('I8 storage throws', `${call.method}: ${(call.error as Error)?.stack ?? call.error}`)
    rules[call.method]?.(this, call)
  }

  /** Keeps what a person asks of an engine, before that asks the storage. */
  ask(engine: Engine, kind: Edit['kind'], id: string): void {
    const key = `${engine.name} ${kind} ${id}`
    this.asked.set(key, (this.asked.get(key) ?? 0) + 1)
  }

  startOf({ id, fence }: { readonly id: string; readonly fence: number }): Start | undefined {
    return this.starts.get(`${id}#${fence}`)
  }

  /** The job is over. */
  end(entry: Entry, state: FinalState, reason: string | null): void {
    this.count(state)
    Object.assign(entry, {
      state,
      reason,
      finishedAt: this.now,
      blocked: false,
      ready: false,
      aside: false,
      asked: null,
    })
    this.ends.set(entry.id, (this.ends.get(entry.id) ?? new Set<FinalState>()).add(state))
  }

  /** It is not stored any more. */
  remove(id: string): void {
    this.entries.delete(id)
    this.deleted.add(id)
  }

  alive(worker: string): boolean {
    return (this.leases.get(worker)?.until ?? 0) > this.now
  }

  /** Leases of live workers that serve the lane. */
  serving(lane: string): Lease[] {
    return [...this.leases].flatMap(([id, lease]) => (this.alive(id) && lease.lanes.includes(lane) ? lease : []))
  }

  running(worker: string): Entry[] {
    return [...this.entries.values()].filter((entry) => entry.state === 'running' && entry.worker === worker)
  }
}
