/**
 * The contract of storage in maps: what the SQL should do, said as plainly as possible. It passes the conformance suite, so
 * a simulation that fails here and not on SQL, or the other way round, tells which of them is at fault.
 */
import { type Edit, mayEdit } from '../../src/job/edits.ts'
import { RotaError } from '../../src/job/errors.ts'
import { timeOfId } from '../../src/job/id.ts'
import { parentReasons, waitingInstead } from '../../src/job/parents.ts'
import {
  allStates,
  type Change,
  type FinalState,
  finalStates,
  isFinalChange,
  isFinalState,
  leavesRecord,
  type State,
  suspectAfter,
} from '../../src/job/states.ts'
import { jobTag } from '../../src/job/tag.ts'
import { verdict } from '../../src/job/unique.ts'
import type * as contract from '../../src/storage/contract.ts'
import { entryOf } from '../../src/storage/sql/audit.ts'
import { definitionPicture } from '../../src/storage/sql/definitions.ts'
import { fits } from './fits.ts'
import { changeRow, countsOf, ModelCounters, nextOf } from './model-counts.ts'
import { ModelDefinitions } from './model-definitions.ts'
import { ModelKeys } from './model-keys.ts'
import { byClaimOrder, lanesOf, type PlaceInLane, standingOf } from './model-lanes.ts'
import { ModelLinks } from './model-links.ts'
import { ModelLocks } from './model-locks.ts'
import { ModelPeople } from './model-people.ts'
import { claimedJob, type Row, record, rowOf } from './model-rows.ts'
import { ModelSchedules } from './model-schedules.ts'

type NewJob = contract.NewJob
type WorkerRow = { -readonly [K in keyof contract.WorkerRecord]: contract.WorkerRecord[K] } & { dead: boolean }

const serves = (lanes: readonly contract.WorkerLane[], { lane }: Row) => lanes.some(({ name }) => name === lane)
class Model {
  readonly #now: () => number
  readonly #jobs = new Map<string, Row>()
  readonly #attempts = new Map<string, contract.AttemptRecord[]>()
  readonly #workers = new Map<string, WorkerRow>()
  readonly #logs = new Map<string, contract.LogRecord[]>()
  readonly #signals = new Map<string, Extract<contract.Signal, { kind: 'cancel' }> & { worker: string }>()
  readonly #pauses = new Map<string, contract.Pause>()
  readonly #links = new ModelLinks()
  readonly #flows = new Map<string, Omit<contract.FlowRecord, 'jobs'>>()
  readonly #keys = new ModelKeys()
  readonly #tombstones = new Map<string, number>()
  readonly schedules: ModelSchedules
  readonly locks: ModelLocks
  readonly counters = new ModelCounters()
  readonly people: ModelPeople
  readonly definitions: ModelDefinitions
  migrated = false

  constructor(now: () => number) {
    this.#now = now
    this.schedules = new ModelSchedules(now)
    this.locks = new ModelLocks(now)
    this.people = new ModelPeople(now)
    this.definitions = new ModelDefinitions(now)
  }

  insert(jobs: readonly NewJob[], retry = false): contract.InsertResult[] {
    const known = (id: string) => this.#jobs.has(id) || this.#tombstones.has(id)
    const unsure = jobs.filter(({ id }) => !(retry && known(id)))
    const orphans = this.#links.orphans(unsure, jobs, (id) => this.#jobs.has(id))
    const stored: NewJob[] = []
    const results = jobs.map((job): contract.InsertResult => {
      const before = orphans.get(job.id) ?? (retry ? this.#answered(job) : null)
      if (before !== null) return before
      const taken = this.#sameCall(job)
      if (taken !== null) return taken
      const result = this.#place(job)
      if (result.status === 'created') {
        if (this.#jobs.has(job.id)) return { ...result, status: 'duplicate' }
        const row = rowOf(job, this.#now())
        this.#jobs.set(job.id, job.parents.length > 0 ? { ...row, state: 'blocked' } : row)
        stored.push(job)
      }
      this.#keys.own('idempotency', job, job.idempotency, result.id, this.#now())
      return result
    })
    // Where an earlier job counts instead of one of the batch, that is waited for.
    const instead = new Map(
      results.flatMap(({ id }, i) => (id === jobs[i]?.id ? [] : [[(jobs[i] as NewJob).id, id] as const])),
    )
    const linked = waitingInstead(stored, instead)
    // Who ends at once was waited for, too.
    for (const row of linked.flatMap((job) => this.#link(job)))
      if (row.state === 'blocked') this.#end(row, 'cancelled', parentReasons.failed)
    return results
  }

  /** Gives the job where it has to end because a parent failed. */
  #link(job: NewJob): Row[] {
    const row = this.#jobs.get(job.id) as Row
    if (job.flow?.name) this.#flows.set(job.flow.id, { id: job.flow.id, name: job.flow.name, createdAt: row.createdAt })
    // Only what leaves nothing can be gone here, and that has succeeded.
    const verdicts = this.#links.add(job, (id) => this.#jobs.get(id)?.state ?? 'succeeded')
    if (verdicts.includes('cancel')) return [row]
    if (row.state === 'blocked' && !verdicts.includes('open')) this.#release(row)
    return []
  }

  /** Ends a job that no worker holds, and what follows from it. */
  #end(row: Row, state: FinalState, reason: string | null): contract.Followed {
    Object.assign(row, { state, reason, finishedAt: this.#now() })
    return this.#follow(row)
  }

  #follow(ended: Row): contract.Followed {
    const { released, refused } = this.#links.decide(ended.id, ended.state)
    let followed: contract.Followed = { released: 0, cancelled: [] }
    const blocked = (ids: readonly string[]) =>
      [...new Set(ids)].flatMap((id) => this.#jobs.get(id) ?? []).filter(({ state }) => state === 'blocked')
    for (const child of blocked(released)) {
      this.#release(child)
      followed = { ...followed, released: followed.released + 1 }
    }
    for (const child of blocked(refused)) {
      if (child.state !== 'blocked') continue // by another way
      const { id, job, attempt } = child
      const more = this.#end(child, 'cancelled', parentReasons.failed)
      const cancelled = [...followed.cancelled, { id, job, attempt }, ...more.cancelled]
      followed = { released: followed.released + more.released, cancelled }
    }
    return followed
  }

  #release(row: Row): void {
    row.dueAt = Math.max(row.dueAt, this.#now())
    row.state = row.dueAt > this.#now() ? 'scheduled' : 'ready'
  }

  edges(ids: readonly string[]): contract.EdgeRecord[] {
    return this.#links.touching(ids)
  }

  flows({ ids, names, before, limit }: contract.FlowQuery): contract.FlowRecord[] {
    const count = (flow: string, state: State) =>
      [...this.#jobs.values()].filter((row) => row.flow === flow && row.state === state).length
    return [...this.#flows.values()]
      .filter(({ id, name }) => (ids?.includes(id) ?? true) && (names?.includes(name) ?? true))
      .filter(({ id }) => before === null || id < before)
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit)
      .map((flow) => {
        const counts = allStates.map((state) => [state, count(flow.id, state)])
        return { ...flow, jobs: Object.fromEntries(counts) as contract.FlowRecord['jobs'] }
      })
  }

  claim({ worker, lanes, jobs, suspect }: contract.ClaimRequest): contract.ClaimedJob[] {
    if (!this.#lives(worker) || this.#workers.get(worker)?.draining) return []
    const claimed: Row[] = []
    for (const { name, limit } of lanes) {
      if (suspect && claimed.length > 0) break
      if (this.#pauses.has(name)) continue
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
    let followed: contract.Followed = { released: 0, cancelled: [] }
    for (const change of changes) {
      const row = this.#heldBy(worker, change)
      if (row !== null) {
        const more = this.#write(row, worker, change)
        followed = {
          released: followed.released + more.released,
          cancelled: [...followed.cancelled, ...more.cancelled],
        }
        if (row.state === 'cancelled' && change.to !== 'cancelled') cancelled.push(row.id)
      } else refused.push(change.id)
    }
    return { refused, cancelled, followed }
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
    const cancels = [...this.#signals.values()]
      .filter((signal) => signal.worker === worker && this.#heldBy(worker, signal) !== null)
      .map(({ worker: _, ...signal }) => signal)
    const pauses = [...this.#pauses.keys()].map((lane) => ({ kind: 'pause' as const, lane }))
    const drained = this.#workers.get(worker)?.draining ? [{ kind: 'drain' as const }] : []
    return [...cancels, ...pauses, ...drained]
  }

  pauseLane(lane: string, reason: string | null, by?: contract.AuditBy): boolean {
    const before = this.#pauses.get(lane)
    if (reason === null) this.#pauses.delete(lane)
    else this.#pauses.set(lane, { reason, since: before?.since ?? this.#now() })
    const changed = before?.reason !== (reason ?? undefined)
    if (changed && by !== undefined) this.people.paused(by, lane, before?.reason ?? null, reason)
    return changed
  }

  lanes(limit: number): contract.LaneRecord[] {
    return lanesOf([...this.#jobs.values()], this.#pauses, limit)
  }

  standing(job: PlaceInLane, limit: number): contract.Standing {
    const paused = this.#pauses.get(job.lane) ?? null
    return { now: this.#now(), paused, ...standingOf([...this.#jobs.values()], job, limit) }
  }

  edit(ids: readonly string[], wish: Edit, by?: contract.AuditBy): contract.Edited[] {
    const known = ids.filter((id) => this.#signals.has(`${id}#${this.#jobs.get(id)?.fence}`))
    const asked = new Set(known.filter((id) => wish.kind === 'cancel' && this.#jobs.get(id)?.state === 'running'))
    const edited = this.#edit(ids, wish)
    if (by !== undefined) this.people.edited(by, wish, edited, asked)
    return edited
  }

  #edit(ids: readonly string[], wish: Edit): contract.Edited[] {
    const from = new Map(ids.flatMap((id) => (this.#jobs.has(id) ? [[id, this.#jobs.get(id)?.state as State]] : [])))
    const allowed = ids.filter((id) => from.has(id) && mayEdit(wish.kind, from.get(id) as State))
    const linked = new Map(allowed.map((id) => [id, this.#linkedBy(wish, id, allowed)]))
    const stale = new Set(allowed.filter((id) => this.#isStale(wish, id)))
    const left = (id: string) => linked.get(id) === 'needed' || stale.has(id)
    const rows = allowed.flatMap((id) => (left(id) ? [] : (this.#jobs.get(id) ?? [])))
    if (wish.kind === 'cancel') this.#cancel(rows, wish.reason)
    else for (const row of rows) this.#carryOut(row, wish)
    return ids.map((id) => {
      const how = linked.get(id)
      return { id, from: from.get(id) ?? null, ...(how && { linked: how }), ...(stale.has(id) && { stale: true }) }
    })
  }

  #isStale(wish: Edit, id: string): boolean {
    const seen = wish.kind === 'update' || wish.kind === 'delete' ? (wish.ifMatch ?? null) : null
    return seen !== null && jobTag(this.#jobs.get(id) as Row) !== seen
  }

  saveSchedules(saves: readonly contract.ScheduleSave[], by?: contract.AuditBy): string[] {
    const before = this.#schedulesNow(saves)
    const ids = this.schedules.save(saves)
    if (by !== undefined) this.people.scheduled(by, ids, before, saves)
    return ids
  }

  deleteSchedules(ids: readonly string[], by?: contract.AuditBy): string[] {
    const before = this.#schedulesNow(ids.map((id) => ({ id })))
    const gone = this.schedules.delete(ids)
    if (by !== undefined) this.people.scheduled(by, gone, before, [])
    return gone
  }

  #schedulesNow(of: readonly { readonly id: string }[]): readonly contract.ScheduleRecord[] {
    const all = { jobs: null, states: null, origin: null, after: null, limit: of.length }
    return this.schedules.find({ ...all, ids: of.map(({ id }) => id) }).schedules
  }

  /** The runs of a schedule that are not over, oldest first. */
  liveRuns(schedule: string): contract.LiveRun[] {
    return [...this.#jobs.values()]
      .filter((row) => row.schedule?.id === schedule && !isFinalState(row.state))
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
      .map(({ id, lane }) => ({ id, lane }))
  }

  fire(firings: readonly contract.Firing[]): contract.Fired[] {
    const own = firings.filter((firing) => this.schedules.advance(firing))
    const known = (id: string) => this.#jobs.has(id) || this.#tombstones.has(id)
    const fresh = own.flatMap(({ jobs, again }) => jobs.filter(({ id }) => !(again && known(id))))
    const here = (id: string) => this.#jobs.has(id) || fresh.some((job) => job.id === id)
    // There is nothing to wait for in a run that is gone.
    const jobs = fresh.map((job) => ({ ...job, parents: job.parents.filter(({ id }) => here(id)) }))
    const results = new Map(this.insert(jobs).map((result, i) => [jobs[i]?.id, result]))
    const resultOf = ({ id }: NewJob): contract.InsertResult => results.get(id) ?? { status: 'duplicate', id }
    for (const { id, jobs, again } of own) {
      const others = jobs.filter((job) => !again && job.schedule?.missed != null && resultOf(job).id !== job.id)
      this.schedules.duplicates(
        id,
        others.map((job) => timeOfId(job.id)),
      )
    }
    const ids = own.flatMap(({ cancel }) => cancel)
    this.edit(ids, { kind: 'cancel', reason: 'replaced by a later run of its schedule' })
    return own.map(({ id, jobs }) => ({ id, results: jobs.map(resultOf) }))
  }

  /** All at once: the end of one is not the reason for that of another. */
  #cancel(rows: readonly Row[], reason: string): void {
    const waiting = rows.filter(({ state }) => state !== 'running')
    for (const row of rows) {
      if (!waiting.includes(row)) this.#ask(row, reason)
      else Object.assign(row, { state: 'cancelled', reason, finishedAt: this.#now() })
    }
    for (const row of waiting) this.#follow(row)
  }

  #ask({ id, fence, worker }: Row, reason: string): void {
    const signal = { id, fence, kind: 'cancel' as const, reason, worker: worker as string }
    const key = `${id}#${fence}`
    if (!this.#signals.has(key)) this.#signals.set(key, signal)
  }

  #linkedBy(wish: Edit, id: string, together: readonly string[]): contract.Edited['linked'] {
    if (wish.kind === 'retry') return this.#links.waits(id) ? 'blocked' : undefined
    if (!['delete', 'purge', 'update'].includes(wish.kind)) return undefined
    const live = (child: string) => !isFinalState(this.#jobs.get(child)?.state ?? 'failed')
    return this.#links.childrenOf(id).some((child) => live(child) && !together.includes(child)) ? 'needed' : undefined
  }

  setAside(limit: number): { aside: number; back: number } {
    const known = (row: Row) =>
      [...this.#workers.values()].some(
        ({ id, lanes, jobs }) => this.#lives(id) && serves(lanes, row) && jobs.includes(row.job),
      )
    const served = (row: Row) =>
      [...this.#workers.values()].some(({ id, lanes }) => this.#lives(id) && serves(lanes, row))
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
    this.#workers.set(beat.id, {
      ...{ startedAt: now, draining: false, ...known, ...beat },
      ...{ seenAt: now, leaseUntil: now + lease, dead: false },
    })
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

  held(worker: string, ids?: readonly string[]): contract.HeldJob[] {
    return this.#held((holder) => holder === worker).filter(({ id }) => ids?.includes(id) ?? true)
  }

  drain(worker: string, on: boolean, by?: contract.AuditBy): boolean {
    const row = this.#workers.get(worker)
    if (row === undefined || !this.#lives(worker)) return false
    const change = { target: `worker:${worker}`, before: { draining: row.draining }, after: { draining: on } }
    if (by !== undefined && row.draining !== on) this.people.audit([entryOf(by, change)])
    row.draining = on
    return true
  }

  counts(limit: number): contract.StateCounts {
    return countsOf([...this.#jobs.values()], limit)
  }

  next(lane: string | null): contract.JobRecord | null {
    const row = nextOf([...this.#jobs.values()], lane, this.#pauses, this.#now())
    return row && record(row)
  }

  promote(limit: number): contract.Promotion {
    const now = this.#now()
    const waiting = [...this.#jobs.values()].filter(({ state }) => ['blocked', 'scheduled', 'ready'].includes(state))
    const late = waiting.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now).slice(0, limit)
    const expired: { id: string; job: string; attempt: number }[] = []
    let followed: contract.Followed = { released: 0, cancelled: [] }
    for (const row of late) Object.assign(row, { state: 'expired', reason: null, finishedAt: now })
    for (const row of late) {
      expired.push({ id: row.id, job: row.job, attempt: row.attempt })
      const more = this.#follow(row)
      followed = { released: followed.released + more.released, cancelled: [...followed.cancelled, ...more.cancelled] }
    }
    const scheduled = waiting.filter(({ state }) => state === 'scheduled').sort((a, b) => a.dueAt - b.dueAt)
    const due = scheduled.filter((row) => row.dueAt <= now).slice(0, limit)
    for (const row of due) row.state = 'ready'
    const expiries = waiting.flatMap(({ state, expiresAt }) => (isFinalState(state) ? [] : (expiresAt ?? [])))
    const next = Math.min(scheduled[due.length]?.dueAt ?? Number.POSITIVE_INFINITY, ...expiries)
    return {
      promoted: due.length,
      expired,
      followed,
      nextDueIn: next === Number.POSITIVE_INFINITY ? null : Math.max(0, next - now),
      nextFireIn: this.schedules.nextFireIn(),
    }
  }

  purge(limit: number): boolean {
    const now = this.#now()
    const keep = (row: Row) => (row.state === 'succeeded' ? row.keepSucceeded || row.keepFailed : row.keepFailed)
    const old = [...this.#jobs.values()]
      .filter((row) => row.finishedAt !== null && row.finishedAt + keep(row) <= now)
      .slice(0, limit)
    const children = new Set(old.flatMap(({ id }) => this.#forget(id)))
    const stranded = [...children].flatMap((id) => this.#jobs.get(id) ?? []).filter(({ state }) => state === 'blocked')
    // All at once: the end of one is not the reason for that of another.
    for (const row of stranded) Object.assign(row, { state: 'cancelled', reason: parentReasons.gone, finishedAt: now })
    for (const row of stranded) this.#follow(row)
    this.#keys.purge(now, (id) => isFinalState(this.#jobs.get(id)?.state ?? 'expired'))
    for (const [id, expiresAt] of this.#tombstones) if (expiresAt <= now) this.#tombstones.delete(id)
    this.people.purge()
    this.definitions.purge()
    this.counters.purge(now)
    return this.schedules.purge(limit) || old.length === limit
  }

  get(ids: readonly string[]): contract.JobRecord[] {
    return [...new Set(ids)].flatMap((id) => this.#jobs.get(id) ?? []).map(record)
  }

  list(query: contract.ListQuery): contract.JobPage {
    const found = [...this.#jobs.values()]
      .map(record)
      .filter((row) => (query.before === null || row.id < query.before) && fits(query, row, this.#now()))
      .filter(({ finishedAt }) => {
        const since = query.overFor === null ? null : this.#now() - query.overFor
        return since === null || (finishedAt !== null && finishedAt <= since)
      })
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, query.limit)
    return { jobs: found, next: found.length === query.limit ? (found.at(-1)?.id ?? null) : null }
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

  /** What the idempotency key says, where it is that of another call. */
  #sameCall({ id, job, idempotency }: NewJob): contract.InsertResult | null {
    const owner = this.#keys.get('idempotency', job, idempotency)
    if (!owner || owner.expiresAt <= this.#now() || owner.id === id) return null
    return { id: owner.id, status: owner.hash === idempotency?.hash ? 'duplicate' : 'conflict' }
  }

  #place(job: NewJob): contract.InsertResult {
    const { id, unique } = job
    const owner = unique && this.#keys.get('unique', job.job, unique)
    const open = owner ? owner.expiresAt > this.#now() : false
    const status = owner && owner.id !== id ? verdict(unique, { state: this.#liveState(owner.id), open }) : 'create'
    if (!owner || status === 'create') {
      this.#keys.own('unique', job, unique && { key: unique.key, hash: '', keep: unique.within }, id, this.#now())
      return { id, status: 'created' }
    }
    if (status !== 'duplicate') {
      this.#keys.called(job, unique, this.#now())
      const row = this.#jobs.get(owner.id) as Row
      const { dueAt, state: due, ...fields } = rowOf(job, this.#now())
      const kept = { id: row.id, createdAt: row.createdAt, fence: row.fence, flow: row.flow, schedule: row.schedule }
      const state = row.state === 'blocked' ? row.state : due
      this.definitions.forget(row.id)
      if (status === 'replaced') Object.assign(row, fields, kept)
      if (status === 'rescheduled' || unique.due) Object.assign(row, { dueAt, state, reason: null })
    }
    return { id: owner.id, status }
  }

  /** What an earlier try of the same call came to, where it did something. */
  #answered({ id, job, idempotency, unique }: NewJob): contract.InsertResult | null {
    if (this.#jobs.has(id) || this.#tombstones.has(id)) return { id, status: 'created' }
    const changed = this.#keys.get('unique', job, unique)
    if (changed?.call === id && changed.id !== id)
      return { id: changed.id, status: unique?.onConflict === 'replace' ? 'replaced' : 'rescheduled' }
    const known = this.#keys.get('idempotency', job, idempotency)
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

  #write(row: Row, worker: string, change: Change): contract.Followed {
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
    if (isFinalChange(change) && change.forget && !this.#links.awaited.has(row.id)) {
      this.#forget(row.id)
      this.#tombstones.set(row.id, now + 3_600_000)
      return { released: 0, cancelled: [] }
    }
    if (isFinalChange(change)) {
      const { to: state, reason, output, error } = change
      Object.assign(row, { state, reason, output, error, finishedAt: now })
      return this.#follow(row)
    } else {
      const { to: state, attempt, lapses, delay } = change
      const dueAt = delay === 0 ? row.dueAt : now + delay
      Object.assign(row, { state, attempt, lapses, dueAt, worker: null, startedAt: null })
      const signal = this.#signals.get(`${row.id}#${change.fence}`)
      return signal?.worker === worker ? this.#end(row, 'cancelled', signal.reason) : { released: 0, cancelled: [] }
    }
  }

  saveDefinition(save: contract.DefinitionSave, by: contract.AuditBy | undefined): number | null {
    const saved = this.definitions.save(save, by?.actor.name ?? null)
    if (saved !== null && by !== undefined) {
      const [before, after] = [definitionPicture(saved.before), definitionPicture(save.next)]
      this.people.audit([entryOf(by, { target: `handler:${save.id}`, before, after })])
    }
    return saved?.version ?? null
  }

  awaitReport(wait: Parameters<contract.Storage['awaitReport']>[0]): contract.AwaitedReport | null {
    const row = this.#jobs.get(wait.job)
    const known = this.definitions.wait(wait)
    if (known !== null && row?.fence === wait.fence) Object.assign(row, { expiresAt: null })
    return known
  }

  report(told: Parameters<contract.Storage['report']>[0]): contract.Reported {
    const row = this.#jobs.get(told.job)
    const live = row === undefined || isFinalState(row.state) ? null : { ...row, held: row.state === 'running' }
    return this.definitions.report(told, live, () => {
      if (row?.state === 'scheduled') Object.assign(row, { state: 'ready', dueAt: this.#now() })
    })
  }

  #heldBy(worker: string, { id, fence }: { readonly id: string; readonly fence: number }): Row | null {
    const row = this.#jobs.get(id)
    return row?.state === 'running' && row.fence === fence && row.worker === worker ? row : null
  }

  #carryOut(row: Row, wish: Exclude<Edit, { kind: 'cancel' }>): void {
    const { id } = row
    const now = this.#now()
    if (wish.kind === 'retry' || wish.kind === 'reschedule') this.definitions.forget(id)
    if (wish.kind === 'delete' || wish.kind === 'purge') {
      this.#forget(id)
      this.#keys.forgetUnique(id)
    } else if (wish.kind === 'retry') {
      const anew = { attempt: 0, lapses: 0, worker: null, startedAt: null, expiresAt: null, progress: null }
      const open = { finishedAt: null, reason: null, output: null, error: null }
      Object.assign(row, { ...anew, ...open, state: this.#links.waits(id) ? 'blocked' : 'ready', dueAt: now })
    } else if (wish.kind === 'update') {
      const { input, at, delay } = wish.set
      if (input !== undefined || at !== undefined || delay !== undefined) this.definitions.forget(id)
      changeRow(row, wish.set, now)
    } else {
      const dueAt = wish.at ?? now + wish.delay
      Object.assign(row, { dueAt, state: dueAt > now ? 'scheduled' : 'ready', reason: null })
    }
  }

  /** Gives the ids of those that still waited for it. */
  #forget(id: string): string[] {
    this.#jobs.delete(id)
    this.#attempts.delete(id)
    this.#logs.delete(id)
    this.definitions.forget(id)
    for (const [key, signal] of this.#signals) if (signal.id === id) this.#signals.delete(key)
    return this.#links.forget(id)
  }

  #held(by: (worker: string) => boolean): contract.HeldJob[] {
    return [...this.#jobs.values()].flatMap(
      ({ id, job, worker, state, fence, attempt, maxAttempts, lapses, onLapse, forgets }) =>
        worker !== null && !isFinalState(state) && by(worker)
          ? [{ id, job, worker, fence, attempt, maxAttempts, lapses, onLapse, forgets }]
          : [],
    )
  }
}

export function modelStorage({ clock }: { clock: () => number }): contract.Storage {
  const model = new Model(clock)
  const steps = ['001-model']
  let pulses = 0
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
    held: async (worker, ids) => model.held(worker, ids),
    promote: async (limit) => model.promote(limit),
    setAside: async (limit) => model.setAside(limit),
    pauseLane: async (lane, reason, by) => model.pauseLane(lane, reason, by),
    drain: async (worker, on, by) => model.drain(worker, on, by),
    edit: async (ids, wish, by) => model.edit(ids, wish, by),
    schedules: async (query) => model.schedules.find(query),
    saveSchedules: async (saves, by) => model.saveSchedules(saves, by),
    deleteSchedules: async (ids, by) => model.deleteSchedules(ids, by),
    dueSchedules: async (jobs, after, limit) => model.schedules.due(jobs, after, limit, (id) => model.liveRuns(id)),
    fire: async (firings) => model.fire(firings),
    skips: async (schedule, before, limit) => model.schedules.skips(schedule, before, limit),
    newestSkips: async (query) => model.schedules.newest(query),
    lock: async (request) => model.locks.lock(request),
    renewLock: async (request) => model.locks.renew(request),
    unlock: async (name, owner) => model.locks.unlock(name, owner),
    purge: async (limit) => model.purge(limit),
    upkeep: async () => {},
    get: async (ids) => model.get(ids),
    list: async (query) => model.list(query),
    attempts: async (id) => model.attempts(id),
    edges: async (ids) => model.edges(ids),
    flows: async (query) => model.flows(query),
    logs: async (id, after, limit) => model.logs(id, after, limit),
    stats: async () => model.stats(),
    workers: async () => model.workers(),
    lanes: async (limit) => model.lanes(limit),
    standing: async (job, limit) => model.standing(job, limit),
    audit: async (entries) => model.people.audit(entries),
    auditLog: async (query) => model.people.auditLog(query),
    accounts: async (call) => model.people.accounts(call),
    publish: async (told) => model.people.publish(told),
    manifests: async (jobs) => model.people.manifests(jobs),
    definitions: async (ids) => model.definitions.find(ids),
    definitionsMark: async () => model.definitions.mark(),
    saveDefinition: async (save, by) => model.saveDefinition(save, by),
    definitionVersions: async (id, before, limit) => model.definitions.versions(id, before, limit),
    awaitReport: async (wait) => model.awaitReport(wait),
    awaited: async (job) => model.definitions.awaited(job),
    report: async (told) => model.report(told),
    counts: async (limit) => model.counts(limit),
    next: async (lane) => model.next(lane),
    count: async (rows) => model.counters.count(rows),
    counters: async (span, from, to) => model.counters.find(span, from, to),
    mergeCounters: async (span, from, to, merge) => {
      const rows = model.counters.find(span, from, to)
      return model.counters.merge(rows, merge(rows))
    },
    async pulse() {
      const other = String(++pulses)
      return { jobs: other, schedules: other, lanes: other, workers: other }
    },
    subscribe: async () => async () => {},
  }
}
