/**
 * What a batch with keys comes to, decided in memory: as if its jobs had come one after the other, with as many
 * statements as for one. Nothing here talks to a database.
 */

import type { State } from '../../job/states.ts'
import type { UniqueRule } from '../../job/unique.ts'
import { verdict } from '../../job/unique.ts'
import type { InsertResult, NewJob } from '../contract.ts'

/** A row of `keys`. Instants by the clock of the database. */
export interface KeyRow {
  readonly scope: string
  readonly key: string
  /** The job that counts. */
  readonly jobId: string
  /** The call that wrote the row last, by the id of its job: a repeated call finds out that it was answered. */
  readonly callId: string
  readonly hash: string
  /** Until then the job counts also when it is over. */
  readonly expiresAt: number
  /** Purge looks at the row from then on. */
  readonly lookAt: number
}

/** A key of one job of the batch. */
export type WantedKey = Pick<KeyRow, 'scope' | 'key' | 'hash'> & { readonly keep: number }

export const nameOf = ({ scope, key }: Pick<KeyRow, 'scope' | 'key'>): string => `${scope}\0${key}`

const idempotencyOf = ({ job, idempotency: own }: NewJob): WantedKey | null =>
  own && { scope: `idempotency:${job}`, key: own.key, hash: own.hash, keep: own.keep }

export const uniqueScope = 'unique:'
export const uniqueOf = ({ job, unique: own }: NewJob): WantedKey | null =>
  own && { scope: `${uniqueScope}${job}`, key: own.key, hash: '', keep: own.within }

export const keysOf = (job: NewJob): WantedKey[] => [idempotencyOf(job), uniqueOf(job)].filter((key) => key !== null)

/** A key of a job that is not over is looked at again now and then, so that it goes soon after its job. */
export const lookAgain = 60_000

/** What the database said about the keys of a batch and the jobs that have them. */
export interface Found {
  readonly now: number
  /** As they are after `takeKeys`: those that nobody had are in the name of the first job that asks for them. */
  readonly keys: ReadonlyMap<string, KeyRow>
  /** State of each job that is not over and has one of the keys. */
  readonly states: ReadonlyMap<string, State>
  /** Those of the batch that an earlier try has stored. */
  readonly stored: ReadonlySet<string>
  readonly retry: boolean
}

/** A waiting job to change. */
export interface Rewrite {
  readonly id: string
  /** Its new input and options; null leaves them. */
  readonly as: NewJob | null
  /** Its new due time; null leaves it. */
  readonly runAt: number | null
}

export interface Plan {
  readonly results: readonly InsertResult[]
  readonly inserts: readonly NewJob[]
  readonly rewrites: readonly Rewrite[]
  readonly writtenKeys: readonly KeyRow[]
  readonly unusedKeys: readonly KeyRow[]
}

export function planInserts(jobs: readonly NewJob[], found: Found): Plan {
  const plan = new Planning(jobs, found)
  return plan.finish(jobs.map((job) => plan.add(job)))
}

class Planning {
  readonly #found: Found
  /** Whose they are at this point of the batch. */
  readonly #keys = new Map<string, KeyRow>()
  readonly #states: Map<string, State>
  readonly #inserts = new Map<string, NewJob>()
  readonly #rewrites = new Map<string, Rewrite>()

  constructor(jobs: readonly NewJob[], found: Found) {
    this.#found = found
    this.#states = new Map(found.states)
    const ids = new Set(jobs.map(({ id }) => id))
    for (const [name, row] of found.keys) {
      const taken = row.jobId === row.callId && ids.has(row.jobId) && !found.stored.has(row.jobId)
      if (!taken) this.#keys.set(name, row)
    }
  }

  add(job: NewJob): InsertResult {
    const before = this.#answered(job)
    if (before !== null) return before
    const owner = this.#sameCall(job)
    if (owner !== null) return owner
    const result = this.#place(job)
    if (result.status === 'created') {
      this.#inserts.set(job.id, job)
      const waits = job.parents.length > 0 ? 'blocked' : this.#dueAt(job) > this.#found.now ? 'scheduled' : 'ready'
      if (!this.#hasExpired(job)) this.#states.set(job.id, waits)
    }
    // Also where an earlier job counts: the same call again has the same answer, whatever became of the unique key.
    this.#write(idempotencyOf(job), result.id, job)
    return result
  }

  finish(results: readonly InsertResult[]): Plan {
    const before = this.#found.keys
    const writtenKeys = [...this.#keys].flatMap(([name, row]) => {
      const old = before.get(name)
      return old?.jobId === row.jobId && old.callId === row.callId ? [] : [row]
    })
    const unusedKeys = [...before].flatMap(([name, row]) => (this.#keys.has(name) ? [] : [row]))
    const [inserts, rewrites] = [[...this.#inserts.values()], [...this.#rewrites.values()]]
    return { results, inserts, rewrites, writtenKeys, unusedKeys }
  }

  /** What an earlier try of the same call came to, where it did something. */
  #answered(job: NewJob): InsertResult | null {
    if (!this.#found.retry) return null
    if (this.#found.stored.has(job.id)) return { id: job.id, status: 'created' }
    const [first, second] = [idempotencyOf(job), uniqueOf(job)].map((key) => {
      const row = key === null ? undefined : this.#keys.get(nameOf(key))
      return row?.callId === job.id ? row : undefined
    })
    if (second !== undefined) return { id: second.jobId, status: changed(job.unique as UniqueRule) }
    return first === undefined ? null : { id: first.jobId, status: 'duplicate' }
  }

  /** What the idempotency key says, where it is that of another call. */
  #sameCall(job: NewJob): InsertResult | null {
    const own = idempotencyOf(job)
    const row = own === null ? undefined : this.#keys.get(nameOf(own))
    if (row === undefined || row.jobId === job.id || row.expiresAt <= this.#found.now) return null
    return { id: row.jobId, status: row.hash === own?.hash ? 'duplicate' : 'conflict' }
  }

  #place(job: NewJob): InsertResult {
    const own = uniqueOf(job)
    const row = own === null ? undefined : this.#keys.get(nameOf(own))
    if (row === undefined || row.jobId === job.id) return this.#create(job, own)
    const state = this.#states.get(row.jobId) ?? null
    const status = verdict(job.unique as UniqueRule, { state, open: row.expiresAt > this.#found.now })
    if (status === 'create') return this.#create(job, own)
    if (status !== 'duplicate') {
      this.#change(row.jobId, job, status === 'replaced', state)
      // The call may be repeated, so the row tells of it for a while, whatever becomes of the job.
      const lookAt = Math.max(row.lookAt, this.#found.now + lookAgain)
      this.#keys.set(nameOf(row), { ...row, callId: job.id, lookAt })
    }
    return { id: row.jobId, status }
  }

  #create(job: NewJob, own: WantedKey | null): InsertResult {
    this.#write(own, job.id, job)
    return { id: job.id, status: 'created' }
  }

  #write(own: WantedKey | null, jobId: string, job: NewJob): void {
    if (own === null) return
    const { now } = this.#found
    const { scope, key, hash, keep } = own
    const lookAt = now + Math.max(keep, lookAgain)
    this.#keys.set(nameOf(own), { scope, key, hash, jobId, callId: job.id, expiresAt: now + keep, lookAt })
  }

  #change(id: string, by: NewJob, all: boolean, state: State | null): void {
    const moves = !all || (by.unique as UniqueRule).due
    const own = this.#inserts.get(id)
    if (own !== undefined) {
      const due = moves ? { at: by.at, delay: by.delay } : { at: own.at, delay: own.delay }
      const { idempotency, unique, parents, flow } = own
      this.#inserts.set(id, { ...(all ? by : own), id, idempotency, unique, parents, flow, ...due })
    } else {
      const before = this.#rewrites.get(id)
      const runAt = moves ? this.#dueAt(by) : (before?.runAt ?? null)
      this.#rewrites.set(id, { id, as: all ? by : (before?.as ?? null), runAt })
    }
    if (all && this.#hasExpired(by)) this.#states.delete(id)
    else if (moves && state !== 'blocked')
      this.#states.set(id, this.#dueAt(by) > this.#found.now ? 'scheduled' : 'ready')
  }

  /** It is never started, so it does not count, though nobody has ended it yet. */
  #hasExpired = ({ expiresAt }: NewJob): boolean => expiresAt !== null && expiresAt <= this.#found.now

  #dueAt = ({ at, delay }: NewJob): number => at ?? this.#found.now + delay
}

const changed = ({ onConflict }: UniqueRule): 'replaced' | 'rescheduled' =>
  onConflict === 'replace' ? 'replaced' : 'rescheduled'
