/** One rule for each verb of the storage: what its answer must be, given all that was executed before. */
import { isFinalState } from '../../src/job/states.ts'
import type {
  HeldJob,
  InsertOptions,
  InsertResult,
  JobPage,
  JobRecord,
  NewJob,
  WorkerBeat,
} from '../../src/storage/contract.ts'
import type { Entry, Executed, Ledger } from './ledger.ts'
import { edit, notes, pauseLane, promote, setAside, signals } from './rules-people.ts'
import { apply, claim, show } from './rules-work.ts'

export type Rule = (ledger: Ledger, call: Executed) => void

export const rules: Readonly<Record<string, Rule>> = {
  claim,
  apply,
  edit,
  signals,
  promote,
  setAside,
  pauseLane,

  insert(ledger, { args, answer }) {
    const [jobs, { retry = false } = {}] = args as [readonly NewJob[], InsertOptions?]
    for (const [i, result] of (answer as readonly InsertResult[]).entries())
      inserted(ledger, jobs[i] as NewJob, retry, result)
  },

  note(ledger, { args: [worker, told] }) {
    notes(ledger, worker as string, told as Parameters<typeof notes>[2])
  },

  heartbeat(ledger, { args, answer, engine }) {
    const [{ id, lease, lanes, jobs }] = args as [WorkerBeat]
    const may = !ledger.leases.has(id) || ledger.alive(id)
    ledger.check(answer === may, 'I2 lease', () => `${id} ${answer ? 'renewed a lease that ran out' : 'was refused'}`)
    if (!answer) return
    const owner = ledger.leases.get(id)?.engine ?? engine
    if (owner !== null) owner.worker = id
    ledger.leases.set(id, { until: ledger.now + lease, engine: owner, lanes: lanes.map(({ name }) => name), jobs })
  },

  leave(ledger, { args }) {
    const lease = ledger.leases.get(args[0] as string)
    if (lease !== undefined) lease.until = Math.min(lease.until, ledger.now - 1)
  },

  sweep(ledger, { answer }) {
    for (const job of answer as readonly HeldJob[]) {
      ledger.check(!ledger.alive(job.worker), 'I2 lease', () => `${job.id} was swept and ${job.worker} is alive`)
      const entry = ledger.entries.get(job.id)
      ledger.check(entry?.onLapse === job.onLapse, 'I3 record', () => `${job.id} is swept as onLapse ${job.onLapse}`)
    }
  },

  held(ledger, { args, answer }) {
    const ids = (list: readonly { id: string }[]) =>
      list
        .map(({ id }) => id)
        .sort()
        .join()
    const known = ledger.running(args[0] as string)
    ledger.check(ids(answer as readonly HeldJob[]) === ids(known), 'I3 record', () => `${args[0]} holds other jobs`)
  },

  get(ledger, { answer }) {
    for (const record of answer as readonly JobRecord[]) compare(ledger, record)
  },

  /** Asked by the simulation without any filter: all that is stored. */
  list(ledger, { answer }) {
    const records = (answer as JobPage).jobs
    for (const record of records) compare(ledger, record)
    const stored = new Set(records.map(({ id }) => id))
    for (const entry of ledger.entries.values())
      ledger.check(stored.has(entry.id) || mayBeGone(ledger, entry), 'I1 lost', () => `${entry.id} is not stored`)
  },

  /** Asked by the simulation from the beginning. */
  logs(ledger, { args, answer }) {
    const id = args[0] as string
    const lines = ledger.entries.get(id)?.lines ?? []
    const known = lines.toSorted((a, b) => a.fence - b.fence || a.seq - b.seq).map((line) => JSON.stringify(line, keys))
    const stored = (answer as readonly object[]).map((line) => JSON.stringify(line, keys))
    const wrong = stored.find((line, i) => line !== known[i]) ?? known[stored.length]
    ledger.check(wrong === undefined, 'I13 notes', () => `${id} has ${stored.length} of ${known.length}: ${wrong}`)
  },
}

const keys = ['fence', 'seq', 'attempt', 'at', 'level', 'message', 'data']

function inserted(ledger: Ledger, job: NewJob, retry: boolean, { id, status }: InsertResult): void {
  const key = job.idempotency && JSON.stringify([job.job, job.idempotency.key])
  const owner = key === null ? undefined : ledger.keys.get(key)
  const entry = ledger.entries.get(job.id)
  if (status !== 'created') {
    const first = owner ?? entry?.id
    return ledger.check(id === first, 'I1 key', () => `${job.id} is a ${status} of ${id}, not of ${first}`)
  }
  ledger.check(owner === undefined || owner === job.id, 'I1 key', () => `${job.id} has the key of ${owner}`)
  if (key !== null) ledger.keys.set(key, job.id)
  if (entry !== undefined) return ledger.check(retry, 'I1 twice', () => `${job.id} was stored again: ${show(entry)}`)
  // Somebody may have deleted what its user, who had no answer, stores again.
  const again = ledger.deleted.delete(job.id) && ledger.acknowledged.has(job.id)
  ledger.check(!again, 'I1 twice', () => `${job.id} was deleted and is stored again`)
  ledger.count('jobs')
  ledger.entries.set(job.id, entryOf(ledger.now, job))
}

function entryOf(now: number, job: NewJob): Entry {
  const dueAt = job.at ?? now + job.delay
  const { id, lane, priority, maxAttempts, timeout, onTimeout, onLapse } = job
  const fixed = { id, job: job.job, lane, priority, maxAttempts, timeout, onTimeout, onLapse }
  return {
    ...fixed,
    keep: { succeeded: job.keepSucceeded, failed: job.keepFailed },
    state: 'waiting',
    ready: dueAt <= now,
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

/** The picture of the ledger and the row must be the same. */
function compare(ledger: Ledger, record: JobRecord): void {
  const entry = ledger.entries.get(record.id)
  if (entry === undefined) return ledger.violate('I1 lost', `${record.id} is stored and nobody stored it`)
  const waiting = entry.ready ? 'ready' : 'scheduled'
  const over = isFinalState(record.state)
  const known = {
    state: entry.state === 'waiting' ? waiting : entry.state,
    fence: entry.fence,
    worker: entry.worker,
    attempt: entry.attempt,
    lapses: entry.lapses,
    dueAt: entry.dueAt,
    expiresAt: entry.expiresAt,
    finishedAt: entry.finishedAt,
    reason: entry.aside ? 'job_unknown' : over ? entry.reason : null,
    percent: entry.progress?.percent ?? null,
  }
  const stored = { ...record, percent: record.progress?.percent ?? null }
  for (const [name, value] of Object.entries(known)) {
    const row = stored[name as keyof typeof known]
    ledger.check(row === value, 'I3 record', () => `${record.id} has ${name} ${row}, not ${value}: ${show(entry)}`)
  }
}

function mayBeGone(ledger: Ledger, { state, finishedAt, keep }: Entry): boolean {
  if (finishedAt === null) return false
  return finishedAt + (state === 'succeeded' ? keep.succeeded : keep.failed) <= ledger.now
}
