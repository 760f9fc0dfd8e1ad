/** One rule for each verb of the storage: what its answer must be, given all that was executed before. */
import { aloneAfter, type Change, isFinalChange, isFinalState, leavesRecord, maxLapses } from '../../src/job/states.ts'
import type {
  ClaimedJob,
  ClaimRequest,
  HeldJob,
  InsertResult,
  JobRecord,
  NewJob,
  WorkerBeat,
} from '../../src/storage/contract.ts'
import type { Entry, Executed, Ledger } from './ledger.ts'

type Rule = (ledger: Ledger, call: Executed) => void

export const rules: Readonly<Record<string, Rule>> = {
  insert(ledger, { args, answer }) {
    const [jobs, retry = false] = args as [readonly NewJob[], boolean?]
    for (const [i, result] of (answer as readonly InsertResult[]).entries())
      inserted(ledger, jobs[i] as NewJob, retry, result)
  },

  claim(ledger, { args, answer, engine }) {
    const [request] = args as [ClaimRequest]
    const jobs = answer as readonly ClaimedJob[]
    if (engine !== null && !request.lapsed)
      engine.asked = new Map(request.lanes.map(({ name, limit }) => [name, limit]))
    if (jobs.length === 0) return
    ledger.check(ledger.alive(request.worker), 'I2 lease', () => `${request.worker} claimed without a lease`)
    ordered(ledger, request, jobs)
    for (const job of jobs) {
      claimed(ledger, request, job)
      ledger.claims.set(`${job.id}#${job.fence}`, { engine, worker: request.worker, started: false, gaveUp: false })
    }
  },

  apply(ledger, { args, answer, engine }) {
    const [worker, changes] = args as [string, readonly Change[]]
    const refused = new Set((answer as { refused: readonly string[] }).refused)
    for (const change of changes) {
      const entry = ledger.entries.get(change.id)
      const current = entry?.state === 'running' && entry.fence === change.fence && entry.worker === worker
      ledger.check(refused.has(change.id) !== current, 'I3 guard', () =>
        current
          ? `${change.id} #${change.fence} of ${worker} was refused and is current`
          : `${change.id} #${change.fence} of ${worker} was written; it is ${show(entry)}`,
      )
      if (!current) ledger.counts.refused++
      else if (!refused.has(change.id)) {
        const own = engine === (ledger.claims.get(`${change.id}#${change.fence}`)?.engine ?? null)
        ledger.check(own || !ledger.alive(worker), 'I2 lease', () => `${change.id} of ${worker}, alive, was taken away`)
        changed(ledger, entry, change)
        const gaveUp = own && ledger.claims.get(`${change.id}#${change.fence}`)?.gaveUp === true
        const blamed =
          gaveUp && change.error !== null && !['timed_out', 'lapsed', 'abandoned'].includes(`${change.reason}`)
        ledger.check(!blamed, 'I12 stop', () => `${change.id} failed because its worker stopped`)
      }
    }
  },

  heartbeat(ledger, { args, answer, engine }) {
    const [{ id, lease }] = args as [WorkerBeat]
    const may = !ledger.leases.has(id) || ledger.alive(id)
    ledger.check(answer === may, 'I2 lease', () => `${id} ${answer ? 'renewed a lease that ran out' : 'was refused'}`)
    if (answer) ledger.leases.set(id, { until: ledger.now + lease, engine: ledger.leases.get(id)?.engine ?? engine })
  },

  leave(ledger, { args }) {
    const lease = ledger.leases.get(args[0] as string)
    if (lease !== undefined) lease.until = Math.min(lease.until, ledger.now - 1)
  },

  sweep(ledger, { answer }) {
    for (const { id, worker } of answer as readonly HeldJob[])
      ledger.check(!ledger.alive(worker), 'I2 lease', () => `${id} was swept and ${worker} is alive`)
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

  promote(ledger, { args, answer }) {
    if ((answer as { promoted: number }).promoted >= (args[0] as number)) return
    for (const entry of ledger.entries.values()) entry.ready ||= entry.state === 'waiting' && entry.dueAt <= ledger.now
  },

  get(ledger, { answer }) {
    for (const record of answer as readonly JobRecord[]) compare(ledger, record)
  },

  /** Asked by the simulation without any filter: all that is stored. */
  list(ledger, { answer }) {
    const records = answer as readonly JobRecord[]
    for (const record of records) compare(ledger, record)
    const stored = new Set(records.map(({ id }) => id))
    for (const entry of ledger.entries.values())
      ledger.check(stored.has(entry.id) || mayBeGone(ledger, entry), 'I1 lost', () => `${entry.id} is not stored`)
  },
}

const show = (entry: Entry | undefined): string =>
  entry === undefined ? 'unknown' : `${entry.state} #${entry.fence} of ${entry.worker}`

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
  const dueAt = job.at ?? ledger.now + job.delay
  ledger.counts.jobs++
  ledger.entries.set(job.id, {
    id: job.id,
    job: job.job,
    lane: job.lane,
    priority: job.priority,
    maxAttempts: job.maxAttempts,
    keep: { succeeded: job.keepSucceeded, failed: job.keepFailed },
    state: 'waiting',
    ready: dueAt <= ledger.now,
    dueAt,
    fence: 0,
    attempt: 0,
    lapses: 0,
    worker: null,
    finishedAt: null,
  })
}

function claimed(ledger: Ledger, { worker, jobs, lanes, lapsed }: ClaimRequest, job: ClaimedJob): void {
  const entry = ledger.entries.get(job.id)
  ledger.counts.claims++
  if (entry?.state !== 'waiting')
    return ledger.violate('I2 claim', `${job.id} was claimed by ${worker}: ${show(entry)}`)
  const { fence, attempt, lapses } = entry
  ledger.check(job.fence === fence + 1, 'I7 fence', () => `${job.id} has fence ${job.fence} after ${fence}`)
  ledger.check(job.attempt === attempt + 1, 'I7 attempt', () => `${job.id} has attempt ${job.attempt} after ${attempt}`)
  ledger.check(
    job.attempt <= entry.maxAttempts,
    'I7 attempt',
    () => `${job.id}: ${job.attempt} of ${entry.maxAttempts}`,
  )
  ledger.check(job.lapses === lapses, 'I7 lapses', () => `${job.id} has ${job.lapses} lapses, not ${lapses}`)
  ledger.check(
    job.lapses >= aloneAfter === lapsed,
    'I6 order',
    () => `${job.id} has ${job.lapses} lapses, asked: ${lapsed}`,
  )
  ledger.check(entry.dueAt <= ledger.now, 'I4 due', () => `${job.id} is due at ${entry.dueAt} and was claimed before`)
  const known = jobs.includes(job.job) && lanes.some(({ name }) => name === job.lane)
  ledger.check(known, 'I6 order', () => `${job.id} is of another lane or definition`)
  Object.assign(entry, { state: 'running', ready: false, fence: job.fence, attempt: job.attempt, worker })
}

/** In each lane the best come first, and nothing better was left behind. */
function ordered(ledger: Ledger, { lanes, jobs, lapsed }: ClaimRequest, got: readonly ClaimedJob[]): void {
  const better = (a: Order, b: Order) => a.priority - b.priority || a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1)
  for (let i = 1; i < got.length; i++)
    if (better(got[i - 1] as ClaimedJob, got[i] as ClaimedJob) > 0)
      ledger.violate('I6 order', `claim: ${i} is too late`)
  const taken = new Set(got.map(({ id }) => id))
  for (const { name, limit } of lanes) {
    const own = got.filter(({ lane }) => lane === name)
    ledger.check(own.length <= (lapsed ? 1 : limit), 'I6 order', () => `${own.length} of ${limit} in lane ${name}`)
    const last = own.at(-1)
    if (last === undefined) continue
    for (const entry of ledger.entries.values()) {
      const waits =
        entry.ready && entry.lane === name && jobs.includes(entry.job) && entry.lapses >= aloneAfter === lapsed
      if (waits && !taken.has(entry.id) && better(entry, last) < 0)
        ledger.violate('I6 order', `${entry.id} waits and ${last.id} was claimed before it`)
    }
  }
}

type Order = Pick<Entry, 'priority' | 'dueAt' | 'id'>

function changed(ledger: Ledger, entry: Entry, change: Change): void {
  if (isFinalChange(change)) {
    const may = change.reason !== 'abandoned' || entry.lapses + 1 === maxLapses
    ledger.check(may, 'I7 lapses', () => `${entry.id} is given up after ${entry.lapses} lapses`)
    Object.assign(entry, { state: change.to, finishedAt: ledger.now })
    return
  }
  if (change.reason === 'lapsed' || change.lapses !== entry.lapses) {
    ledger.counts.lapses++
    ledger.check(ledger.troubled, 'I5 lapse', () => `${entry.id} lapsed though nothing had happened`)
    ledger.check(change.lapses === entry.lapses + 1, 'I7 lapses', () => `${entry.id}: ${change.lapses} lapses`)
  }
  if (leavesRecord(change) && change.lapses === entry.lapses) ledger.counts.retries++
  const used =
    change.attempt === entry.attempt ? entry.attempt < entry.maxAttempts : change.attempt === entry.attempt - 1
  ledger.check(used, 'I7 attempt', () => `${entry.id} goes back with attempt ${change.attempt} of ${entry.maxAttempts}`)
  ledger.check(change.lapses < maxLapses, 'I7 lapses', () => `${entry.id} goes back after ${change.lapses} lapses`)
  const { attempt, lapses, delay } = change
  if (delay > 0) entry.dueAt = ledger.now + delay
  Object.assign(entry, { state: 'waiting', ready: change.to === 'ready', worker: null, attempt, lapses })
}

/** The picture of the ledger and the row must be the same. */
function compare(ledger: Ledger, record: JobRecord): void {
  const entry = ledger.entries.get(record.id)
  if (entry === undefined) return ledger.violate('I1 lost', `${record.id} is stored and nobody stored it`)
  const over = isFinalState(record.state)
  const same =
    (over || record.state === 'running' ? entry.state === record.state : entry.state === 'waiting') &&
    entry.fence === record.fence &&
    entry.worker === record.worker &&
    entry.attempt === record.attempt &&
    entry.lapses === record.lapses &&
    entry.dueAt === record.dueAt &&
    (!over || entry.finishedAt === record.finishedAt)
  const row = `${record.state} #${record.fence} of ${record.worker}, ${record.lapses} lapses, due ${record.dueAt}`
  ledger.check(same, 'I3 record', () => `${record.id} is stored as ${row}, and was written as ${show(entry)}`)
}

function mayBeGone(ledger: Ledger, { state, finishedAt, keep }: Entry): boolean {
  if (finishedAt === null) return false
  return finishedAt + (state === 'succeeded' ? keep.succeeded : keep.failed) <= ledger.now
}
