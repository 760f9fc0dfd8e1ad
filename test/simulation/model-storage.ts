/**
 * The contract of storage in maps: what the SQL should do, said as plainly as possible. It passes the conformance suite, so
 * a simulation that fails here and not on SQL, or the other way round, tells which of them is at fault.
 */
import { type Change, finalStates, isFinalChange, isFinalState, leavesRecord } from '../../src/job/states.ts'
import type * as contract from '../../src/storage/contract.ts'

type NewJob = contract.NewJob
type Row = { -readonly [K in keyof contract.JobRecord]: contract.JobRecord[K] } & {
  readonly timeout: number
  readonly keepSucceeded: number
  readonly keepFailed: number
}
type WorkerRow = { -readonly [K in keyof contract.WorkerRecord]: contract.WorkerRecord[K] } & { dead: boolean }

const byClaimOrder = (a: Row, b: Row) => a.priority - b.priority || a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1)

class Model {
  readonly #now: () => number
  readonly #jobs = new Map<string, Row>()
  readonly #attempts = new Map<string, contract.AttemptRecord[]>()
  readonly #workers = new Map<string, WorkerRow>()
  readonly #keys = new Map<string, { id: string; hash: string; expiresAt: number }>()
  migrated = false

  constructor(now: () => number) {
    this.#now = now
  }

  insert(jobs: readonly NewJob[], retry = false): contract.InsertResult[] {
    return jobs.map((job) => {
      const taken = this.#takeKey(job)
      if (taken !== null) return taken
      const exists = this.#jobs.has(job.id)
      if (!exists) this.#jobs.set(job.id, this.#row(job))
      return { id: job.id, status: !exists || retry ? 'created' : 'duplicate' }
    })
  }

  claim({ worker, lanes, jobs, lapsed }: contract.ClaimRequest): contract.ClaimedJob[] {
    if (!this.#lives(worker)) return []
    const claimed: Row[] = []
    for (const { name, limit } of lanes) {
      if (lapsed && claimed.length > 0) break
      const waiting = [...this.#jobs.values()].filter(
        (row) =>
          row.state === 'ready' &&
          row.lane === name &&
          jobs.includes(row.job) &&
          (lapsed ? row.lapses > 0 : !row.lapses),
      )
      claimed.push(...waiting.sort(byClaimOrder).slice(0, lapsed ? 1 : limit))
    }
    return claimed.sort(byClaimOrder).map((row) => {
      Object.assign(row, {
        state: 'running',
        worker,
        startedAt: this.#now(),
        fence: row.fence + 1,
        attempt: row.attempt + 1,
      })
      const {
        id,
        job,
        lane,
        priority,
        fence,
        attempt,
        maxAttempts,
        lapses,
        timeout,
        dueAt,
        createdAt,
        input,
        metadata,
      } = row
      const claimedAt = this.#now()
      return {
        id,
        job,
        lane,
        priority,
        fence,
        attempt,
        maxAttempts,
        lapses,
        timeout,
        dueAt,
        createdAt,
        claimedAt,
        input,
        metadata,
      }
    })
  }

  apply(worker: string, changes: readonly Change[]): { refused: string[] } {
    const refused: string[] = []
    for (const change of changes) {
      const row = this.#jobs.get(change.id)
      if (row?.state === 'running' && row.fence === change.fence && row.worker === worker)
        this.#write(row, worker, change)
      else refused.push(change.id)
    }
    return { refused }
  }

  heartbeat({ lease, ...beat }: contract.WorkerBeat): boolean {
    const known = this.#workers.get(beat.id)
    if (known !== undefined && !this.#lives(beat.id)) return false
    const now = this.#now()
    this.#workers.set(beat.id, { startedAt: now, ...known, ...beat, seenAt: now, leaseUntil: now + lease, dead: false })
    return true
  }

  leave(worker: string): void {
    const row = this.#workers.get(worker)
    if (row !== undefined && !row.dead) row.leaseUntil = this.#now() - 1
  }

  sweep(limit: number): contract.HeldJob[] {
    for (const row of this.#workers.values()) row.dead ||= row.leaseUntil < this.#now()
    return this.#held((worker) => this.#workers.get(worker)?.dead === true).slice(0, limit)
  }

  held(worker: string): contract.HeldJob[] {
    return this.#held((holder) => holder === worker)
  }

  promote(limit: number): { promoted: number; nextDueIn: number | null } {
    const scheduled = [...this.#jobs.values()]
      .filter((row) => row.state === 'scheduled')
      .sort((a, b) => a.dueAt - b.dueAt)
    const due = scheduled.filter((row) => row.dueAt <= this.#now()).slice(0, limit)
    for (const row of due) row.state = 'ready'
    const next = scheduled[due.length]
    return { promoted: due.length, nextDueIn: next === undefined ? null : Math.max(0, next.dueAt - this.#now()) }
  }

  purge(limit: number): boolean {
    const now = this.#now()
    const keep = (row: Row) => (row.state === 'succeeded' ? row.keepSucceeded : row.keepFailed)
    const old = [...this.#jobs.values()]
      .filter((row) => row.finishedAt !== null && row.finishedAt + keep(row) <= now)
      .slice(0, limit)
    for (const { id } of old) {
      this.#jobs.delete(id)
      this.#attempts.delete(id)
    }
    for (const [key, { expiresAt }] of this.#keys) if (expiresAt <= now) this.#keys.delete(key)
    return old.length === limit
  }

  get(ids: readonly string[]): contract.JobRecord[] {
    return [...new Set(ids)].flatMap((id) => this.#jobs.get(id) ?? []).map(record)
  }

  list({ states, jobs, lanes, since, before, limit }: contract.ListQuery): contract.JobRecord[] {
    const from = since === null ? 0 : 'at' in since ? since.at : this.#now() - since.ago
    return [...this.#jobs.values()]
      .filter((row) => (states?.includes(row.state) ?? true) && (jobs?.includes(row.job) ?? true))
      .filter(
        (row) => (lanes?.includes(row.lane) ?? true) && row.createdAt >= from && (before === null || row.id < before),
      )
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit)
      .map(record)
  }

  attempts(id: string): contract.AttemptRecord[] {
    return [...(this.#attempts.get(id) ?? [])]
  }

  stats(): contract.Stats {
    const count = (state: Row['state']) => [...this.#jobs.values()].filter((row) => row.state === state).length
    const counted = (states: readonly Row['state'][]) =>
      Object.fromEntries(states.map((state) => [state, count(state)]))
    const live = counted(['blocked', 'scheduled', 'ready', 'running']) as contract.Stats['live']
    return { live, finished: counted(finalStates) as contract.Stats['finished'] }
  }

  workers(): contract.WorkerRecord[] {
    return [...this.#workers.values()].filter((row) => !row.dead).map(({ dead: _, ...row }) => row)
  }

  #row(job: NewJob): Row {
    const { idempotency: _, at, delay, ...fields } = job
    const now = this.#now()
    const dueAt = at ?? now + delay
    const untouched = { attempt: 0, lapses: 0, fence: 0, worker: null, startedAt: null }
    const open = { finishedAt: null, reason: null, output: null, error: null }
    return { ...fields, ...untouched, ...open, state: dueAt > now ? 'scheduled' : 'ready', dueAt, createdAt: now }
  }

  #takeKey({ id, job, idempotency }: NewJob): contract.InsertResult | null {
    if (idempotency === null) return null
    const { key, hash, keep } = idempotency
    const name = JSON.stringify([job, key])
    const owner = this.#keys.get(name)
    if (owner !== undefined && owner.expiresAt > this.#now() && owner.id !== id)
      return { id: owner.id, status: owner.hash === hash ? 'duplicate' : 'conflict' }
    this.#keys.set(name, { id, hash, expiresAt: this.#now() + keep })
    return null
  }

  #lives(worker: string): boolean {
    const row = this.#workers.get(worker)
    return row !== undefined && !row.dead && row.leaseUntil > this.#now()
  }

  #write(row: Row, worker: string, change: Change): void {
    const now = this.#now()
    if (leavesRecord(change)) {
      const { fence, to, reason, error } = change
      const one = {
        attempt: row.attempt,
        fence,
        worker,
        startedAt: row.startedAt ?? 0,
        endedAt: now,
        to,
        reason,
        error,
      }
      this.#attempts.set(row.id, [...this.attempts(row.id), one])
    }
    if (isFinalChange(change)) {
      const { to: state, reason, output, error } = change
      Object.assign(row, { state, reason, output, error, finishedAt: now })
    } else {
      const { to: state, attempt, lapses, delay } = change
      const dueAt = delay === 0 ? row.dueAt : now + delay
      Object.assign(row, { state, attempt, lapses, dueAt, worker: null, startedAt: null })
    }
  }

  #held(by: (worker: string) => boolean): contract.HeldJob[] {
    return [...this.#jobs.values()].flatMap(({ id, job, worker, state, fence, attempt, maxAttempts, lapses }) =>
      worker !== null && !isFinalState(state) && by(worker)
        ? [{ id, job, worker, fence, attempt, maxAttempts, lapses }]
        : [],
    )
  }
}

function record({ timeout: _t, keepSucceeded: _s, keepFailed: _f, ...row }: Row): contract.JobRecord {
  return row
}

export function modelStorage({ clock }: { clock: () => number }): contract.Storage {
  const model = new Model(clock)
  const steps = ['001-model']
  const migrations = async () => (model.migrated ? { applied: steps, pending: [] } : { applied: [], pending: steps })
  return {
    description: 'model',
    migrations,
    async migrate() {
      model.migrated = true
      return migrations()
    },
    close: async () => {},
    insert: async (jobs, retry) => model.insert(jobs, retry),
    claim: async (request) => model.claim(request),
    apply: async (worker, changes) => model.apply(worker, changes),
    heartbeat: async (beat) => model.heartbeat(beat),
    leave: async (worker) => model.leave(worker),
    sweep: async (limit) => model.sweep(limit),
    held: async (worker) => model.held(worker),
    promote: async (limit) => model.promote(limit),
    purge: async (limit) => model.purge(limit),
    get: async (ids) => model.get(ids),
    list: async (query) => model.list(query),
    attempts: async (id) => model.attempts(id),
    stats: async () => model.stats(),
    workers: async () => model.workers(),
    subscribe: async () => async () => {},
  }
}
