/**
 * The contract of storage in maps: what the SQL should do, said as plainly as possible. It passes the conformance suite, so
 * a simulation that fails here and not on SQL, or the other way round, tells which of them is at fault.
 */
import { type Edit, mayEdit } from '../../src/job/edits.ts'
import { RotaError } from '../../src/job/errors.ts'
import {
  type Change,
  finalStates,
  isFinalChange,
  isFinalState,
  leavesRecord,
  type OnLapse,
  suspectAfter,
} from '../../src/job/states.ts'
import type { OnTimeout } from '../../src/job/timeout.ts'
import { verdict } from '../../src/job/unique.ts'
import type * as contract from '../../src/storage/contract.ts'

type NewJob = contract.NewJob
type Row = { -readonly [K in keyof contract.JobRecord]: contract.JobRecord[K] } & {
  readonly timeout: number
  readonly onTimeout: OnTimeout
  readonly onLapse: OnLapse
  readonly keepSucceeded: number
  readonly keepFailed: number
}
type WorkerRow = { -readonly [K in keyof contract.WorkerRecord]: contract.WorkerRecord[K] } & { dead: boolean }

interface Key {
  readonly id: string
  /** Id that the job of the last call had that wrote it. */
  readonly call: string
  readonly hash: string
  readonly expiresAt: number
  /** Purge leaves it alone until then: the call may come again. */
  readonly keptUntil: number
}

const byClaimOrder = (a: Row, b: Row) => a.priority - b.priority || a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1)

class Model {
  readonly #now: () => number
  readonly #jobs = new Map<string, Row>()
  readonly #attempts = new Map<string, contract.AttemptRecord[]>()
  readonly #workers = new Map<string, WorkerRow>()
  readonly #logs = new Map<string, contract.LogRecord[]>()
  readonly #signals = new Map<string, contract.Signal & { worker: string }>()
  readonly #keys = new Map<string, Key>()
  migrated = false

  constructor(now: () => number) {
    this.#now = now
  }

  insert(jobs: readonly NewJob[], retry = false): contract.InsertResult[] {
    return jobs.map((job) => {
      const before = retry ? this.#answered(job) : null
      if (before !== null) return before
      const taken = this.#sameCall(job)
      if (taken !== null) return taken
      const result = this.#place(job)
      if (result.status === 'created') {
        if (this.#jobs.has(job.id)) return { ...result, status: 'duplicate' }
        this.#jobs.set(job.id, this.#row(job))
      }
      this.#own('idempotency', job, job.idempotency, result.id)
      return result
    })
  }

  claim({ worker, lanes, jobs, suspect }: contract.ClaimRequest): contract.ClaimedJob[] {
    if (!this.#lives(worker)) return []
    const claimed: Row[] = []
    for (const { name, limit } of lanes) {
      if (suspect && claimed.length > 0) break
      const waiting = [...this.#jobs.values()].filter(
        (row) =>
          row.state === 'ready' &&
          row.reason === null &&
          (row.expiresAt === null || row.expiresAt > this.#now()) &&
          row.lane === name &&
          jobs.includes(row.job) &&
          suspect === row.lapses >= suspectAfter,
      )
      claimed.push(...waiting.sort(byClaimOrder).slice(0, suspect ? 1 : limit))
    }
    return claimed.sort(byClaimOrder).map((row) => {
      Object.assign(row, {
        state: 'running',
        worker,
        startedAt: this.#now(),
        fence: row.fence + 1,
        attempt: row.attempt + 1,
      })
      return claimedJob(row, this.#now())
    })
  }

  apply(worker: string, changes: readonly Change[], notes: readonly contract.Note[] = []): contract.Applied {
    this.note(worker, notes)
    const refused: string[] = []
    const cancelled: string[] = []
    for (const change of changes) {
      const row = this.#heldBy(worker, change)
      if (row !== null) {
        this.#write(row, worker, change)
        if (row.state === 'cancelled' && change.to !== 'cancelled') cancelled.push(row.id)
      } else refused.push(change.id)
    }
    return { refused, cancelled }
  }

  note(worker: string, notes: readonly contract.Note[]): void {
    for (const note of notes) {
      const row = this.#heldBy(worker, note)
      if (row === null) continue
      if (note.progress !== null) row.progress = note.progress
      const lines = this.#logs.get(note.id) ?? []
      for (const { ago, ...line } of note.logs) {
        if (lines.some(({ fence, seq }) => fence === note.fence && seq === line.seq)) continue
        lines.push({ ...line, fence: note.fence, attempt: row.attempt, at: this.#now() - ago })
      }
      this.#logs.set(note.id, lines)
    }
  }

  signals(worker: string): contract.Signal[] {
    return [...this.#signals.values()]
      .filter((signal) => signal.worker === worker && this.#heldBy(worker, signal) !== null)
      .map(({ worker: _, ...signal }) => signal)
  }

  edit(ids: readonly string[], wish: Edit): contract.Edited[] {
    return ids.map((id) => {
      const row = this.#jobs.get(id)
      if (row === undefined) return { id, from: null }
      const from = row.state
      if (mayEdit(wish.kind, from)) this.#carryOut(row, wish)
      return { id, from }
    })
  }

  setAside(limit: number): { aside: number; back: number } {
    const known = (row: Row) =>
      [...this.#workers.values()].some(
        ({ id, lanes, jobs }) => this.#lives(id) && lanes.includes(row.lane) && jobs.includes(row.job),
      )
    const served = (row: Row) =>
      [...this.#workers.values()].some(({ id, lanes }) => this.#lives(id) && lanes.includes(row.lane))
    const ready = [...this.#jobs.values()].filter((row) => row.state === 'ready' && row.lapses < suspectAfter)
    const aside = ready.filter((row) => row.reason === null && served(row) && !known(row)).slice(0, limit)
    const back = ready.filter((row) => row.reason !== null && known(row)).slice(0, limit)
    for (const row of aside) row.reason = 'job_unknown'
    for (const row of back) row.reason = null
    return { aside: aside.length, back: back.length }
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

  promote(limit: number): contract.Promotion {
    const now = this.#now()
    const waiting = [...this.#jobs.values()].filter(({ state }) => state === 'scheduled' || state === 'ready')
    const late = waiting.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now).slice(0, limit)
    for (const row of late) Object.assign(row, { state: 'expired', reason: null, finishedAt: now })
    const scheduled = waiting.filter(({ state }) => state === 'scheduled').sort((a, b) => a.dueAt - b.dueAt)
    const due = scheduled.filter((row) => row.dueAt <= now).slice(0, limit)
    for (const row of due) row.state = 'ready'
    const expiries = waiting.flatMap(({ state, expiresAt }) => (state === 'expired' ? [] : (expiresAt ?? [])))
    const next = Math.min(scheduled[due.length]?.dueAt ?? Number.POSITIVE_INFINITY, ...expiries)
    const expired = late.map(({ id, job, attempt }) => ({ id, job, attempt }))
    return {
      promoted: due.length,
      expired,
      nextDueIn: next === Number.POSITIVE_INFINITY ? null : Math.max(0, next - now),
    }
  }

  purge(limit: number): boolean {
    const now = this.#now()
    const keep = (row: Row) => (row.state === 'succeeded' ? row.keepSucceeded : row.keepFailed)
    const old = [...this.#jobs.values()]
      .filter((row) => row.finishedAt !== null && row.finishedAt + keep(row) <= now)
      .slice(0, limit)
    for (const { id } of old) this.#forget(id)
    for (const [key, { keptUntil, id }] of this.#keys)
      if (keptUntil <= now && isFinalState(this.#jobs.get(id)?.state ?? 'expired')) this.#keys.delete(key)
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

  logs(id: string, after: contract.LogPosition | null, limit: number): contract.LogRecord[] {
    const from = after ?? { fence: -1, seq: -1 }
    return [...(this.#logs.get(id) ?? [])]
      .sort((a, b) => a.fence - b.fence || a.seq - b.seq)
      .filter(({ fence, seq }) => fence > from.fence || (fence === from.fence && seq > from.seq))
      .slice(0, limit)
  }

  stats(): contract.Stats {
    const count = (state: Row['state']) => [...this.#jobs.values()].filter((row) => row.state === state).length
    const counted = (states: readonly Row['state'][]) =>
      Object.fromEntries(states.map((state) => [state, count(state)]))
    const live = counted(['blocked', 'scheduled', 'ready', 'running']) as contract.Stats['live']
    return { live, finished: counted(finalStates) as contract.Stats['finished'] }
  }

  workers(): contract.WorkerRecord[] {
    return [...this.#workers.values()].filter(({ id }) => this.#lives(id)).map(({ dead: _, ...row }) => row)
  }

  #row(job: NewJob): Row {
    const { idempotency: _, unique: _u, at, delay, expiresIn, ...fields } = job
    const now = this.#now()
    const dueAt = at ?? now + delay
    const untouched = { attempt: 0, lapses: 0, fence: 0, worker: null, startedAt: null }
    const open = { finishedAt: null, reason: null, output: null, error: null, progress: null }
    const expiresAt = fields.expiresAt ?? (expiresIn === null ? null : now + expiresIn)
    return {
      ...fields,
      ...untouched,
      ...open,
      expiresAt,
      state: dueAt > now ? 'scheduled' : 'ready',
      dueAt,
      createdAt: now,
    }
  }

  /** What the idempotency key says, where it is that of another call. */
  #sameCall({ id, job, idempotency }: NewJob): contract.InsertResult | null {
    const owner = idempotency && this.#keys.get(nameOf('idempotency', job, idempotency.key))
    if (!owner || owner.expiresAt <= this.#now() || owner.id === id) return null
    return { id: owner.id, status: owner.hash === idempotency.hash ? 'duplicate' : 'conflict' }
  }

  #place(job: NewJob): contract.InsertResult {
    const { id, unique } = job
    const owner = unique && this.#keys.get(nameOf('unique', job.job, unique.key))
    const open = owner ? owner.expiresAt > this.#now() : false
    const status = owner && owner.id !== id ? verdict(unique, { state: this.#liveState(owner.id), open }) : 'create'
    if (!owner || status === 'create') {
      this.#own('unique', job, unique && { key: unique.key, hash: '', keep: unique.within }, id)
      return { id, status: 'created' }
    }
    if (status !== 'duplicate') {
      this.#keys.set(nameOf('unique', job.job, unique.key), { ...owner, call: id })
      const row = this.#jobs.get(owner.id) as Row
      const { dueAt, state, ...fields } = this.#row(job)
      const kept = { id: row.id, createdAt: row.createdAt, fence: row.fence }
      if (status === 'replaced') Object.assign(row, fields, kept)
      if (status === 'rescheduled' || unique.due) Object.assign(row, { dueAt, state, reason: null })
    }
    return { id: owner.id, status }
  }

  #own(
    scope: Scope,
    { id, job }: NewJob,
    own: { key: string; hash: string; keep: number } | null,
    owner: string,
  ): void {
    if (own === null) return
    const expiresAt = this.#now() + own.keep
    const keptUntil = Math.max(expiresAt, this.#now() + 60_000)
    this.#keys.set(nameOf(scope, job, own.key), { id: owner, call: id, hash: own.hash, expiresAt, keptUntil })
  }

  /** What an earlier try of the same call came to, where it did something. */
  #answered({ id, job, idempotency, unique }: NewJob): contract.InsertResult | null {
    if (this.#jobs.has(id)) return { id, status: 'created' }
    const changed = unique && this.#keys.get(nameOf('unique', job, unique.key))
    if (changed?.call === id && changed.id !== id)
      return { id: changed.id, status: unique?.onConflict === 'replace' ? 'replaced' : 'rescheduled' }
    const known = idempotency && this.#keys.get(nameOf('idempotency', job, idempotency.key))
    return known?.call === id && known.id !== id ? { id: known.id, status: 'duplicate' } : null
  }

  #liveState(id: string): Row['state'] | null {
    const row = this.#jobs.get(id)
    if (row === undefined || isFinalState(row.state)) return null
    return row.state !== 'running' && row.expiresAt !== null && row.expiresAt <= this.#now() ? null : row.state
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
      const signal = this.#signals.get(`${row.id}#${change.fence}`)
      if (signal?.worker === worker) this.#carryOut(row, { kind: 'cancel', reason: signal.reason })
    }
  }

  #heldBy(worker: string, { id, fence }: { readonly id: string; readonly fence: number }): Row | null {
    const row = this.#jobs.get(id)
    return row?.state === 'running' && row.fence === fence && row.worker === worker ? row : null
  }

  #carryOut(row: Row, wish: Edit): void {
    const { id, fence, worker } = row
    const now = this.#now()
    if (wish.kind === 'delete') {
      this.#forget(id)
      for (const [key, owner] of this.#keys) if (owner.id === id && key.startsWith('unique')) this.#keys.delete(key)
    } else if (wish.kind === 'cancel' && row.state === 'running') {
      const signal = { id, fence, kind: 'cancel' as const, reason: wish.reason, worker: worker as string }
      const key = `${id}#${fence}`
      if (!this.#signals.has(key)) this.#signals.set(key, signal)
    } else if (wish.kind === 'cancel') {
      Object.assign(row, { state: 'cancelled', reason: wish.reason, finishedAt: now })
    } else if (wish.kind === 'retry') {
      const anew = { attempt: 0, lapses: 0, worker: null, startedAt: null, expiresAt: null, progress: null }
      const open = { finishedAt: null, reason: null, output: null, error: null }
      Object.assign(row, { ...anew, ...open, state: 'ready', dueAt: now })
    } else {
      const dueAt = wish.at ?? now + wish.delay
      Object.assign(row, { dueAt, state: dueAt > now ? 'scheduled' : 'ready', reason: null })
    }
  }

  #forget(id: string): void {
    this.#jobs.delete(id)
    this.#attempts.delete(id)
    this.#logs.delete(id)
    for (const [key, signal] of this.#signals) if (signal.id === id) this.#signals.delete(key)
  }

  #held(by: (worker: string) => boolean): contract.HeldJob[] {
    return [...this.#jobs.values()].flatMap(
      ({ id, job, worker, state, fence, attempt, maxAttempts, lapses, onLapse }) =>
        worker !== null && !isFinalState(state) && by(worker)
          ? [{ id, job, worker, fence, attempt, maxAttempts, lapses, onLapse }]
          : [],
    )
  }
}

type Scope = 'idempotency' | 'unique'
const nameOf = (scope: Scope, job: string, key: string): string => `${scope}${JSON.stringify([job, key])}`

function record(full: Row): contract.JobRecord {
  const { timeout: _t, onTimeout: _o, onLapse: _l, keepSucceeded: _s, keepFailed: _f, ...row } = full
  return row
}

function claimedJob(row: Row, claimedAt: number): contract.ClaimedJob {
  const { id, job, lane, priority, fence, attempt, maxAttempts, lapses, onLapse, timeout, onTimeout } = row
  const { dueAt, createdAt, input, metadata } = row
  const claim = { id, job, lane, priority, fence, attempt, maxAttempts, lapses, onLapse, timeout, onTimeout }
  return { ...claim, dueAt, createdAt, claimedAt, input, metadata }
}

export function modelStorage({ clock }: { clock: () => number }): contract.Storage {
  const model = new Model(clock)
  const steps = ['001-model']
  const migrations = async () => (model.migrated ? { applied: steps, pending: [] } : { applied: [], pending: steps })
  return {
    description: 'model',
    url: null,
    migrations,
    async migrate() {
      model.migrated = true
      return migrations()
    },
    close: async () => {},
    async insert(jobs, { retry, tx } = {}) {
      if (tx !== undefined) throw new RotaError('tx_invalid', 'tx: a model is in no database.', { field: 'tx' })
      return model.insert(jobs, retry)
    },
    claim: async (request) => model.claim(request),
    apply: async (worker, changes, notes) => model.apply(worker, changes, notes),
    note: async (worker, notes) => model.note(worker, notes),
    signals: async (worker) => model.signals(worker),
    heartbeat: async (beat) => model.heartbeat(beat),
    leave: async (worker) => model.leave(worker),
    sweep: async (limit) => model.sweep(limit),
    held: async (worker) => model.held(worker),
    promote: async (limit) => model.promote(limit),
    setAside: async (limit) => model.setAside(limit),
    edit: async (ids, wish) => model.edit(ids, wish),
    purge: async (limit) => model.purge(limit),
    upkeep: async () => {},
    get: async (ids) => model.get(ids),
    list: async (query) => model.list(query),
    attempts: async (id) => model.attempts(id),
    logs: async (id, after, limit) => model.logs(id, after, limit),
    stats: async () => model.stats(),
    workers: async () => model.workers(),
    subscribe: async () => async () => {},
  }
}
