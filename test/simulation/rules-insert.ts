/**
 * What a call of insert must be answered: as if its jobs had come one after the other, each alone. A model of its own, so
 * that an error in the plan of the library is found.
 */
import { timeOfId } from '../../src/job/id.ts'
import type { InsertOptions, InsertResult, NewJob } from '../../src/storage/contract.ts'
import type { Entry, Executed, KeyOwner, Ledger } from './ledger.ts'
import { link, stateOf } from './links.ts'

/** An answer, and the rule that it follows from; `did`: it changes something. */
interface Answer {
  readonly status: InsertResult['status']
  readonly id: string
  readonly rule: string
  readonly did: boolean
}

export function insert(ledger: Ledger, { args, answer }: Executed): void {
  const [jobs, { retry = false } = {}] = args as [readonly NewJob[], InsertOptions?]
  for (const job of store(ledger, jobs, retry, answer as readonly InsertResult[]))
    if (job.schedule !== null) triggered(ledger, job.id, job.schedule.id, job.lane)
}

/** A run that a person asked for, where all may run at the same time: no schedule is stopped for it. */
function triggered(ledger: Ledger, id: string, schedule: string, lane: string): void {
  const when = { at: ledger.now, call: ledger.counts.calls ?? 0 }
  ledger.runs.set(id, { schedule, slot: null, lane, overlap: 'allow', ...when, behind: [], beside: true })
  ledger.count('triggered')
}

/** Holds the answers against what they must be, and does what follows from them. Gives the jobs that are new. */
export function store(
  ledger: Ledger,
  jobs: readonly NewJob[],
  retry: boolean,
  results: readonly InsertResult[],
): readonly NewJob[] {
  const orphans = orphansOf(ledger, jobs, retry)
  const stored: NewJob[] = []
  /** By the ids of jobs that were not stored, those that count instead. */
  const instead = new Map<string, string>()
  for (const [i, result] of results.entries()) {
    const job = jobs[i] as NewJob
    const own = orphans.has(job.id) ? orphan(job.id) : answerTo(ledger, job, retry, result)
    const { id, status } = result
    ledger.check(id === own.id && status === own.status, own.rule, () => {
      const expected = `${own.status} ${own.id}`
      return `${job.id} of ${job.job} is answered with ${status} ${id}, not with ${expected}`
    })
    ledger.count(`insert ${status}${retry ? ' again' : ''}`)
    if (own.id !== job.id) instead.set(job.id, own.id)
    if (own.did) carryOut(ledger, job, own)
    if (own.did && own.status === 'created') stored.push(job)
  }
  const parentsOf = ({ parents }: NewJob) =>
    [...new Map(parents.map(({ id, onFail }) => [instead.get(id) ?? id, onFail]))].map(([id, onFail]) => ({
      id,
      onFail,
    }))
  link(
    ledger,
    stored.map((job) => ({ id: job.id, parents: parentsOf(job) })),
  )
  return stored
}

const orphan = (id: string): Answer => ({ status: 'orphan', id, rule: 'I6 orphan', did: false })

/** Jobs that name a parent which is nowhere; of a flow that this call makes, all. */
function orphansOf(ledger: Ledger, jobs: readonly NewJob[], retry: boolean): Set<string> {
  const here = new Set(jobs.map(({ id }) => id))
  // What an earlier try has stored needs its parents no more.
  const fresh = jobs.filter(({ id }) => !(retry && isStored(ledger, id)))
  const lost = ({ parents }: NewJob) => parents.some(({ id }) => !here.has(id) && !ledger.entries.has(id))
  const flows = new Set(fresh.filter(lost).flatMap(({ flow }) => (flow?.name ? flow.id : [])))
  const orphans = fresh.filter((job) => lost(job) || (job.flow?.name && flows.has(job.flow.id)))
  return new Set(orphans.map(({ id }) => id))
}

/** It is there, or was, and its call may be repeated. */
export const isStored = ({ entries, forgotten, now }: Ledger, id: string): boolean =>
  entries.has(id) || (forgotten.get(id)?.until ?? 0) > now

const nameOf = (scope: 'call' | 'unique', { job }: NewJob, key: string): string => JSON.stringify([scope, job, key])

function answerTo(ledger: Ledger, job: NewJob, retry: boolean, told: InsertResult): Answer {
  const { id, idempotency, unique } = job
  const call = idempotency && ledger.keys.get(nameOf('call', job, idempotency.key))
  const owner = unique && ledger.keys.get(nameOf('unique', job, unique.key))
  if (retry) {
    if (isStored(ledger, id)) return { status: 'created', id, rule: 'I1 twice', did: false }
    const changed = owner?.call === id && owner.id !== id
    // The trace of what it changed may be gone a minute later.
    if (changed && (owner.keptUntil > ledger.now || told.status === changedBy(job)))
      return { status: changedBy(job), id: owner.id, rule: 'I20 unique', did: false }
    if (call?.call === id && call.id !== id) return { status: 'duplicate', id: call.id, rule: 'I1 key', did: false }
  }
  if (call && call.id !== id) {
    const status = call.hash === idempotency?.hash ? 'duplicate' : 'conflict'
    return { status, id: call.id, rule: 'I1 key', did: false }
  }
  const status = owner && owner.id !== id ? beside(ledger, job, owner) : 'created'
  if (status !== 'created') return { status, id: (owner as KeyOwner).id, rule: 'I20 unique', did: true }
  if (ledger.entries.has(id)) return { status: 'duplicate', id, rule: 'I1 twice', did: false }
  const rule = unique === null ? (idempotency === null ? 'I1 twice' : 'I1 key') : 'I20 unique'
  return { status, id, rule, did: true }
}

const changedBy = ({ unique }: NewJob) => (unique?.onConflict === 'replace' ? 'replaced' : 'rescheduled')

function beside(ledger: Ledger, job: NewJob, owner: KeyOwner): Answer['status'] {
  const rule = job.unique as NonNullable<NewJob['unique']>
  const earlier = ledger.entries.get(owner.id)
  const late = earlier?.state === 'waiting' && (earlier.expiresAt ?? Number.POSITIVE_INFINITY) <= ledger.now
  const live = earlier !== undefined && earlier.finishedAt === null && !late ? stateOf(earlier) : null
  const counts = owner.expiresAt > ledger.now || (live !== null && (rule.while as readonly string[]).includes(live))
  if (!counts) return 'created'
  return rule.onConflict === 'keep' || live === null || live === 'running' ? 'duplicate' : changedBy(job)
}

function carryOut(ledger: Ledger, job: NewJob, { status, id }: Answer): void {
  const { idempotency, unique } = job
  const { now } = ledger
  const keptUntil = (keep: number) => now + Math.max(keep, 60_000)
  if (status === 'created') {
    // Somebody may have deleted what its user, who had no answer, stores again.
    const again = ledger.deleted.delete(id) && ledger.acknowledged.has(id)
    ledger.check(!again, 'I1 twice', () => `${id} was deleted and is stored again`)
    ledger.count('jobs')
    ledger.entries.set(id, entryOf(now, job))
    ledger.asStored.set(id, job)
    if (job.flow !== null) ledger.flows.add(job.flow.id)
    if (unique !== null) {
      const own = { id, call: id, hash: '', expiresAt: now + unique.within, keptUntil: keptUntil(unique.within) }
      ledger.keys.set(nameOf('unique', job, unique.key), own)
    }
  } else if (status !== 'duplicate' && unique !== null) {
    const name = nameOf('unique', job, unique.key)
    const owner = ledger.keys.get(name) as KeyOwner
    ledger.keys.set(name, { ...owner, call: job.id, keptUntil: Math.max(owner.keptUntil, keptUntil(0)) })
    change(now, ledger.entries.get(id) as Entry, entryOf(now, job), job, status === 'replaced')
  }
  if (idempotency === null) return
  const { key, hash, keep } = idempotency
  const own = { id, call: job.id, hash, expiresAt: now + keep, keptUntil: keptUntil(keep) }
  ledger.keys.set(nameOf('call', job, key), own)
}

/** A waiting job becomes another one, or is put to another time. What it waits for stays. */
function change(now: number, entry: Entry, fresh: Entry, { unique }: NewJob, all: boolean): void {
  if (all) {
    const { lane, priority, maxAttempts, timeout, onTimeout, onLapse, keep, input, expiresAt } = fresh
    Object.assign(entry, { lane, priority, maxAttempts, timeout, onTimeout, onLapse, keep, input, expiresAt })
    Object.assign(entry, { attempt: 0, lapses: 0, lapsed: false, progress: null, aside: false })
  }
  if (all && unique?.due !== true) return
  const { dueAt } = fresh
  Object.assign(entry, { dueAt, aside: false, ready: !entry.blocked && dueAt <= now })
}

function entryOf(now: number, job: NewJob): Entry {
  const dueAt = job.at ?? now + job.delay
  const { id, lane, priority, maxAttempts, timeout, onTimeout, onLapse, input } = job
  const fixed = { id, job: job.job, lane, priority, maxAttempts, timeout, onTimeout, onLapse, input }
  const blocked = job.parents.length > 0
  return {
    ...fixed,
    flow: job.flow?.id ?? null,
    schedule: job.schedule && {
      id: job.schedule.id,
      slot: job.schedule.missed === null ? null : timeOfId(id),
      missed: job.schedule.missed ?? 0,
    },
    keep: { succeeded: job.keepSucceeded, failed: job.keepFailed },
    state: 'waiting',
    blocked,
    retried: false,
    ready: !blocked && dueAt <= now,
    aside: false,
    dueAt,
    expiresAt: job.expiresAt ?? (job.expiresIn === null ? null : now + job.expiresIn),
    fence: 0,
    attempt: 0,
    lapses: 0,
    worker: null,
    finishedAt: null,
    reason: null,
    progress: null,
    asked: null,
    lapsed: false,
    lines: [],
  }
}
