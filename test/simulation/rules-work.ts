/** The rules for what workers do: claims and outcomes. */
import { type Change, isFinalChange, leavesRecord, maxLapses, suspectAfter } from '../../src/job/states.ts'
import type { Applied, ClaimedJob, ClaimRequest, NewJob, Note } from '../../src/storage/contract.ts'
import type { Engine } from './engine.ts'
import type { Entry, Executed, Ledger } from './ledger.ts'
import { checkFollowed, follow } from './links.ts'
import { notes } from './rules-people.ts'
import { overlapped } from './slot-rules.ts'

export function claim(ledger: Ledger, { args, answer, engine }: Executed): void {
  const [request] = args as [ClaimRequest]
  const jobs = answer as readonly ClaimedJob[]
  if (engine !== null && !request.suspect) engine.asked = new Map(request.lanes.map(({ name, limit }) => [name, limit]))
  if (jobs.length === 0) return
  ledger.check(ledger.alive(request.worker), 'I2 lease', () => `${request.worker} claimed without a lease`)
  ordered(ledger, request, jobs)
  for (const job of jobs) {
    claimed(ledger, request, job)
    const fresh = { started: false, began: ledger.now, gaveUp: false, took: null, percent: null, told: [] }
    ledger.starts.set(`${job.id}#${job.fence}`, { engine, worker: request.worker, ...fresh })
  }
}

export function apply(ledger: Ledger, { args, answer, engine }: Executed): void {
  const [worker, changes, told = []] = args as [string, readonly Change[], (readonly Note[])?]
  notes(ledger, worker, told)
  const { refused: left, followed } = answer as Applied
  const refused = new Set(left)
  const ended: Entry[] = []
  for (const change of changes) {
    const entry = ledger.entries.get(change.id)
    const current = entry?.state === 'running' && entry.fence === change.fence && entry.worker === worker
    ledger.check(refused.has(change.id) !== current, 'I3 guard', () =>
      current
        ? `${change.id} #${change.fence} of ${worker} was refused and is current`
        : `${change.id} #${change.fence} of ${worker} was written; it is ${show(entry)}`,
    )
    if (!current) ledger.count('refused')
    else if (!refused.has(change.id)) {
      recorded(ledger, entry, change, worker, engine)
      if (entry.finishedAt !== null) ended.push(entry)
    }
  }
  checkFollowed(ledger, followed, follow(ledger, ended))
}

function recorded(ledger: Ledger, entry: Entry, change: Change, worker: string, engine: Engine | null): void {
  const start = ledger.startOf(change)
  const own = engine === (start?.engine ?? null)
  ledger.check(own || !ledger.alive(worker), 'I2 lease', () => `${change.id} of ${worker}, alive, was taken away`)
  const { onTimeout, onLapse, timeout, asked } = entry
  changed(ledger, entry, change)
  const gone = change.reason === 'lapsed' || change.reason === 'abandoned'
  if (!own || gone || start === undefined) return
  const blamed = start.gaveUp && change.error !== null && !['timed_out', 'interrupted'].includes(change.reason ?? '')
  const twice = change.reason !== 'interrupted' || onLapse === 'fail'
  ledger.check(!blamed && twice, 'I12 stop', () => `${change.id} failed because its worker stopped`)
  const stored = new Set(entry.lines.flatMap(({ fence, message }) => (fence === change.fence ? message : [])))
  // A handler that has returned a result wrote all its lines before.
  const lost = start.told.find(({ text, sure }) => (sure || change.to === 'succeeded') && !stored.has(text))
  ledger.check(lost === undefined, 'I13 notes', () => `${change.id} #${change.fence} is recorded without ${lost?.text}`)
  if (change.to !== 'succeeded') return
  // A note that was given up and comes late may bring back an older value.
  const percent = engine?.everTroubled === false ? start.percent : null
  const known = percent === null || entry.progress?.percent === percent
  ledger.check(known, 'I13 notes', () => `${change.id} is at ${entry.progress?.percent} %, and ${percent} was told`)
  const marked = change.reason === 'timed_out'
  if (marked) ledger.count('marked')
  ledger.check(!marked || onTimeout === 'mark', 'I16 timeout', () => `${change.id} succeeded after its timeout`)
  // The grace of a cancel counts instead of the timeout.
  const certain = asked === null && engine?.everTroubled === false
  const late = certain && (start.took ?? 0) > timeout * 1.05 + 100
  ledger.check(
    !late || marked,
    'I16 timeout',
    () => `${change.id} took ${start.took} of ${timeout}, and nobody marked it`,
  )
}

export const show = (entry: Entry | undefined): string =>
  entry === undefined ? 'unknown' : `${entry.state} #${entry.fence} of ${entry.worker}`

function claimed(ledger: Ledger, { worker, jobs, lanes, suspect }: ClaimRequest, job: ClaimedJob): void {
  const entry = ledger.entries.get(job.id)
  ledger.count('claims')
  if (entry?.state !== 'waiting')
    return ledger.violate('I2 claim', `${job.id} was claimed by ${worker}: ${show(entry)}`)
  const { fence, attempt, lapses, expiresAt, onLapse, onTimeout, timeout } = entry
  ledger.check(job.fence === fence + 1, 'I7 fence', () => `${job.id} has fence ${job.fence} after ${fence}`)
  ledger.check(job.attempt === attempt + 1, 'I7 attempt', () => `${job.id} has attempt ${job.attempt} after ${attempt}`)
  ledger.check(
    job.attempt <= entry.maxAttempts,
    'I7 attempt',
    () => `${job.id}: ${job.attempt} of ${entry.maxAttempts}`,
  )
  ledger.check(job.lapses === lapses, 'I7 lapses', () => `${job.id} has ${job.lapses} lapses, not ${lapses}`)
  ledger.check(
    job.lapses >= suspectAfter === suspect,
    'I6 order',
    () => `${job.id} has ${job.lapses} lapses, asked: ${suspect}`,
  )
  ledger.check(entry.dueAt <= ledger.now, 'I4 due', () => `${job.id} is due at ${entry.dueAt} and was claimed before`)
  const inTime = expiresAt === null || expiresAt > ledger.now
  ledger.check(inTime, 'I14 expiry', () => `${job.id} expired at ${expiresAt} and was claimed at ${ledger.now}`)
  const once = onLapse === 'retry' || !entry.lapsed
  ledger.check(once, 'I5 once', () => `${job.id} has lapsed and starts again`)
  const open = ledger.links.ofChild(job.id).filter((link) => link.open)
  const free = !entry.blocked && open.length === 0
  ledger.check(free, 'I6 blocked', () => `${job.id} starts and waits for ${open.map(({ parent }) => parent)}`)
  const beside = overlapped(ledger, job.id)
  ledger.check(beside === null, 'I4 overlap', () => `${job.id} starts and ${beside} is not over`)
  ledger.check(job.input === entry.input, 'I20 unique', () => `${job.id} starts with ${job.input}, not ${entry.input}`)
  const same = job.onLapse === onLapse && job.onTimeout === onTimeout && job.timeout === timeout
  ledger.check(same, 'I3 record', () => `${job.id} was claimed as ${job.onLapse} ${job.onTimeout} ${job.timeout}`)
  ledger.check(!ledger.paused.has(entry.lane), 'I19 pause', () => `${job.id} is of the paused lane ${entry.lane}`)
  const known = jobs.includes(job.job) && lanes.some(({ name }) => name === job.lane)
  ledger.check(known && !entry.aside, 'I6 order', () => `${job.id} is of another lane or definition, or aside`)
  Object.assign(entry, { state: 'running', ready: false, fence: job.fence, attempt: job.attempt, worker })
}

/** In each lane the best come first, and nothing better was left behind. */
function ordered(ledger: Ledger, { lanes, jobs, suspect }: ClaimRequest, got: readonly ClaimedJob[]): void {
  const better = (a: Order, b: Order) => a.priority - b.priority || a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1)
  for (let i = 1; i < got.length; i++)
    if (better(got[i - 1] as ClaimedJob, got[i] as ClaimedJob) > 0)
      ledger.violate('I6 order', `claim: ${i} is too late`)
  const taken = new Set(got.map(({ id }) => id))
  const startable = (entry: Entry) =>
    entry.ready && !entry.aside && (entry.expiresAt ?? Number.POSITIVE_INFINITY) > ledger.now
  for (const { name, limit } of lanes) {
    const own = got.filter(({ lane }) => lane === name)
    ledger.check(own.length <= (suspect ? 1 : limit), 'I6 order', () => `${own.length} of ${limit} in lane ${name}`)
    const last = own.at(-1)
    if (last === undefined) continue
    for (const entry of ledger.entries.values()) {
      const waits =
        startable(entry) && entry.lane === name && jobs.includes(entry.job) && entry.lapses >= suspectAfter === suspect
      if (waits && !taken.has(entry.id) && better(entry, last) < 0)
        ledger.violate('I6 order', `${entry.id} waits and ${last.id} was claimed before it`)
    }
  }
}

/** Of a success that nobody waits for only the id is left, for an hour. */
function forget(ledger: Ledger, { id }: Entry): void {
  if (ledger.links.awaited.has(id)) return
  ledger.count('forgotten')
  ledger.remove(id)
  ledger.links.remove(id)
  ledger.forgotten.set(id, { job: ledger.asStored.get(id) as NewJob, until: ledger.now + 3_600_000 })
}

type Order = Pick<Entry, 'priority' | 'dueAt' | 'id'>

function changed(ledger: Ledger, entry: Entry, change: Change): void {
  const { id, lapses, attempt, maxAttempts, onLapse, asked } = entry
  if (change.reason === 'lapsed' || change.reason === 'abandoned') {
    ledger.count('lapses')
    ledger.check(ledger.troubled, 'I5 lapse', () => `${id} lapsed though nothing had happened`)
    entry.lapsed = true
  }
  if (isFinalChange(change)) {
    const may = change.reason !== 'abandoned' || lapses + 1 === maxLapses
    ledger.check(may, 'I7 lapses', () => `${id} is given up after ${lapses} lapses`)
    if (change.reason === 'lapsed') {
      ledger.count('lapsedOnce')
      ledger.check(onLapse === 'fail', 'I5 once', () => `${id} is over with its first lapse`)
    }
    ledger.end(entry, change.to, change.reason)
    if (change.forget) forget(ledger, entry)
    return
  }
  const more = change.reason === 'lapsed' ? 1 : 0
  ledger.check(change.lapses === lapses + more, 'I7 lapses', () => `${id}: ${change.lapses} lapses after ${lapses}`)
  ledger.check(more === 0 || onLapse === 'retry', 'I5 once', () => `${id} has lapsed and goes back`)
  if (leavesRecord(change) && more === 0) ledger.count('retries')
  if (change.to === 'ready' && !leavesRecord(change) && ledger.paused.has(entry.lane)) ledger.count('givenBackPaused')
  const used = change.attempt === attempt ? attempt < maxAttempts : change.attempt === attempt - 1
  ledger.check(used, 'I7 attempt', () => `${id} goes back with attempt ${change.attempt} of ${maxAttempts}`)
  ledger.check(change.lapses < maxLapses, 'I7 lapses', () => `${id} goes back after ${change.lapses} lapses`)
  if (change.delay > 0) entry.dueAt = ledger.now + change.delay
  const back = { attempt: change.attempt, lapses: change.lapses, worker: null, asked: null }
  Object.assign(entry, { state: 'waiting', ready: change.to === 'ready', ...back })
  if (asked === null) return
  ledger.count('cancelledLater')
  ledger.end(entry, 'cancelled', asked)
}
