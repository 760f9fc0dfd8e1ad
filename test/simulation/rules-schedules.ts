/**
 * The rules for schedules: written only in the version that was seen, found when they are due, and every slot of them is disposed of once,
 * by a run or by the record of why not. What is written must be what follows from what its engine had been told: by the same
 * version, at that instant of the storage. That is computed here by plain arithmetic (`slots.ts`).
 */
import { timeOfId } from '../../src/job/id.ts'
import type {
  Due,
  DuePosition,
  Fired,
  Firing,
  InsertResult,
  NewJob,
  SchedulePage,
  ScheduleQuery,
  ScheduleRecord,
  ScheduleSave,
  SkipRecord,
} from '../../src/storage/contract.ts'
import type { Engine } from './engine.ts'
import type { Executed, Ledger, ScheduleEntry, Sight } from './ledger.ts'
import { isStored, store } from './rules-insert.ts'
import { cancelAll } from './rules-people.ts'
import { decided, differences, liveRuns, saved } from './slot-rules.ts'
import { ruleOf } from './slots.ts'

const plain = (value: object): string =>
  JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))))

const byId = <T extends { readonly id: string }>(list: readonly T[]): T[] =>
  list.toSorted((a, b) => (a.id < b.id ? -1 : 1))

/** What an engine was told of a schedule; of one that is not there, too. */
function see(ledger: Ledger, engine: Engine | null, id: string, version: number | null, sight: Sight): void {
  if (engine === null) return
  const key = `${engine.name} ${id} ${version}`
  ledger.sights.set(key, [...(ledger.sights.get(key) ?? []), sight])
}

export function schedules(ledger: Ledger, { args, answer, engine }: Executed): void {
  const [{ ids, jobs, states, origin, order, after, limit }] = args as [ScheduleQuery]
  const { now, schedules: told } = answer as SchedulePage
  const known = byId(
    [...ledger.schedules.values()]
      .map(({ record }) => record)
      .filter(
        (one) =>
          (ids?.includes(one.id) ?? true) &&
          (jobs?.includes(one.job) ?? true) &&
          (states?.includes(one.state) ?? true) &&
          (origin === null || one.origin === origin) &&
          (after === null || one.id > after) &&
          (order !== 'next' || one.nextAt !== null),
      ),
  )
    .toSorted((a, b) => (order === 'next' ? Number(a.nextAt) - Number(b.nextAt) : 0))
    .slice(0, limit)
  same(ledger, 'schedules', told.map(plain), known.map(plain))
  ledger.check(now === ledger.now, 'I4 schedule', () => `it is ${ledger.now}, and ${now} was told`)
  for (const { id, version } of known)
    see(ledger, engine, id, version, { at: now, birth: ledger.schedules.get(id)?.birth ?? null, live: null })
  for (const id of ids ?? [])
    if (!ledger.schedules.has(id)) see(ledger, engine, id, null, { at: now, birth: null, live: null })
}

export function dueSchedules(ledger: Ledger, { args, answer, engine }: Executed): void {
  const [jobs, after, limit] = args as [readonly string[], DuePosition | null, number]
  const { now, schedules: told, nextDueIn } = answer as Due
  const at = ({ nextAt }: ScheduleRecord) => nextAt as number
  const known = [...ledger.schedules.values()]
    .map(({ record }) => record)
    .filter(({ job, nextAt }) => jobs.includes(job) && nextAt !== null)
  const behind = (one: ScheduleRecord) =>
    after === null || at(one) > after.nextAt || (at(one) === after.nextAt && one.id > after.id)
  const due = byId(known.filter((one) => at(one) <= ledger.now && behind(one)))
    .toSorted((a, b) => at(a) - at(b))
    .slice(0, limit)
    .map((one) => ({ ...one, live: one.serial ? liveRuns(ledger, one.id).map(({ id, lane }) => ({ id, lane })) : [] }))
  same(ledger, 'due', told.map(plain), due.map(plain))
  const later = known.map(at).filter((instant) => instant > ledger.now)
  const next = later.length === 0 ? null : Math.min(...later) - ledger.now
  ledger.check(nextDueIn === next, 'I4 due', () => `the next slot is due in ${next}, and ${nextDueIn} was told`)
  for (const { id, version, live } of due)
    see(ledger, engine, id, version, { at: now, birth: ledger.schedules.get(id)?.birth ?? null, live })
}

export function skips(ledger: Ledger, { args, answer }: Executed): void {
  const [id, before, limit] = args as [string, number | null, number]
  const known = [...(ledger.schedules.get(id)?.skips.values() ?? [])]
    .filter(({ slot }) => before === null || slot < before)
    .toSorted((a, b) => b.slot - a.slot)
    .slice(0, limit)
  same(ledger, `skips of ${id}`, (answer as readonly SkipRecord[]).map(plain), known.map(plain))
}

export function deleteSchedules(ledger: Ledger, { args, answer }: Executed): void {
  const there = [...new Set(args[0] as readonly string[])].filter((id) => ledger.schedules.delete(id))
  same(ledger, 'deleted', (answer as readonly string[]).toSorted(), there.toSorted())
  for (const _ of there) ledger.count('schedule deleted')
}

export function saveSchedules(ledger: Ledger, { args, answer, engine }: Executed): void {
  const [saves] = args as [readonly ScheduleSave[]]
  const current = saves.filter(({ id, version }) => (ledger.schedules.get(id)?.record.version ?? null) === version)
  same(
    ledger,
    'saved',
    (answer as readonly string[]).toSorted(),
    current.map(({ id }) => id),
  )
  if (current.length < saves.length) ledger.count('stale save')
  for (const save of current) {
    const { version, skips: left, firstVersion = 1, ...put } = save
    const entry = ledger.schedules.get(save.id) ?? null
    verify(ledger, engine, save.id, version, entry, (sight) => saved(entry, save, sight))
    ledger.count(`schedule ${entry === null ? 'new' : `${entry.record.state} to ${save.state}`}`)
    const fresh = { lastAt: null, runs: 0, createdAt: ledger.now, version: firstVersion - 1 }
    const { lastAt, runs, createdAt, version: seen } = entry?.record ?? fresh
    const record = { ...put, lastAt, runs, createdAt, version: seen + 1, updatedAt: ledger.now }
    const own = entry ?? {
      birth: ++ledger.births,
      skips: new Map<number, SkipRecord>(),

      record,
      rules: [],
    }
    ledger.schedules.set(save.id, Object.assign(own, { record }))
    own.rules.push(ruleOf(record))
    leaveOut(ledger, own, left)
  }
}

export function fire(ledger: Ledger, { args, answer, engine }: Executed): void {
  const [firings] = args as [readonly Firing[]]
  const fired = answer as readonly Fired[]
  const own = firings.filter(({ id, version }) => ledger.schedules.get(id)?.record.version === version)
  const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id).toSorted()
  ledger.check(
    ids(fired).join() === ids(own).join(),
    'I4 version',
    () => `[${ids(fired)}] were fired; in the version that was seen are [${ids(own)}]`,
  )
  if (own.length < firings.length) ledger.count('stale fire')
  const before = new Map(own.map((firing) => [firing.id, liveRuns(ledger, firing.id)]))
  for (const firing of own) written(ledger, engine, firing)
  storeAll(ledger, own, new Map(fired.flatMap(({ results }) => results).map((one) => [one.id, one])), before)
  const cancelled = own.flatMap(({ cancel }) => cancel).flatMap((id) => ledger.entries.get(id) ?? [])
  for (const _ of cancelled) ledger.count('replacedRun')
  cancelAll(
    ledger,
    cancelled.filter(({ finishedAt }) => finishedAt === null),
    'replaced by a later run of its schedule',
  )
}

function written(ledger: Ledger, engine: Engine | null, firing: Firing): void {
  const { id, version, state, reason, nextAt, lastAt, runs, jobs, skips: left } = firing
  const entry = ledger.schedules.get(id) as ScheduleEntry
  verify(ledger, engine, id, version, entry, (sight) => decided(ledger, entry, firing, sight))
  const { record } = entry
  const pausedFrom = state === 'paused' ? record.pausedFrom : null
  const counted = { lastAt: lastAt ?? record.lastAt, runs: record.runs + runs, version: version + 1 }
  entry.record = { ...record, state, reason, nextAt, pausedFrom, ...counted }
  leaveOut(ledger, entry, left)
  const { maxRuns } = ruleOf(record)
  if (runs > 0)
    ledger.check(entry.record.runs <= maxRuns, 'I4 runs', () => `${id} had ${entry.record.runs} runs of ${maxRuns}`)
  for (const { reason: why } of left) ledger.count(`skip ${why}`)
  if (jobs.some(({ schedule }) => (schedule?.missed ?? 0) > 0)) ledger.count('stands for missed')
  if (state === 'completed') ledger.count('schedule completed')
}

function storeAll(
  ledger: Ledger,
  firings: readonly Firing[],
  results: ReadonlyMap<string, InsertResult>,
  before: ReadonlyMap<string, ReturnType<typeof liveRuns>>,
): void {
  const fresh = firings.flatMap(({ jobs, again }) => jobs.filter(({ id }) => !(again && isStored(ledger, id))))
  const here = new Set(fresh.map(({ id }) => id))
  const there = (id: string) => here.has(id) || ledger.entries.has(id)
  const jobs = fresh.map((job) => ({ ...job, parents: job.parents.filter(({ id }) => there(id)) }))
  const none: InsertResult = { status: 'orphan', id: 'nothing', parent: 'nothing' }
  const already = firings.flatMap((firing) => firing.jobs).filter(({ id }) => !here.has(id))
  for (const { id } of already) {
    const told = results.get(id) ?? none
    ledger.check(told.status === 'duplicate', 'I4 twice', () => `${id} ran before, and is answered ${told.status}`)
    ledger.count('slot ran before')
  }
  for (const { id } of jobs) {
    const known = ledger.forgotten.has(id) && (ledger.forgotten.get(id)?.until ?? 0) > ledger.now
    ledger.check(!known, 'I4 twice', () => `${id} has succeeded and is stored again`)
  }
  const stored = store(
    ledger,
    jobs,
    false,
    jobs.map(({ id }) => results.get(id) ?? none),
  )
  for (const firing of firings) remember(ledger, firing, stored, before.get(firing.id) ?? [])
}

/** What is to be known of the new runs when they start. */
function remember(
  ledger: Ledger,
  { id, jobs, again }: Firing,
  stored: readonly NewJob[],
  live: ReturnType<typeof liveRuns>,
): void {
  const rule = ruleOf((ledger.schedules.get(id) as ScheduleEntry).record)
  const kept = new Set(stored.map((job) => job.id))
  const earlier: { id: string; lane: string }[] = live.filter((run) => !run.excused)
  for (const job of jobs) {
    const slot = job.schedule?.missed == null ? null : timeOfId(job.id)
    if (slot !== null) named(ledger, id, slot, job)
    if (!kept.has(job.id)) continue
    ledger.count(again ? 'backfilled' : slot === null ? 'triggered' : `run ${rule.overlap}`)
    if (rule.runOn === 'every' && slot !== null && !again) ledger.count('run every')
    const here = earlier.filter((run) => rule.runOn === 'one' || run.lane === job.lane).map((run) => run.id)
    const behind = rule.overlap === 'allow' ? [] : here
    ledger.runs.delete(job.id)
    ledger.runs.set(job.id, {
      schedule: id,
      slot,
      lane: job.lane,
      overlap: rule.overlap,
      at: ledger.now,
      call: ledger.counts.calls ?? 0,
      behind,
      beside: false,
    })
    earlier.push({ id: job.id, lane: job.lane })
  }
}

/** The job of a slot has the same name whoever makes it. */
function named(ledger: Ledger, schedule: string, slot: number, job: NewJob): void {
  const key = `${schedule} ${slot} ${job.lane.startsWith('@') ? job.lane : ''}`
  const id = ledger.slotIds.get(key) ?? job.id
  ledger.slotIds.set(key, id)
  ledger.check(id === job.id, 'I4 name', () => `the slot ${slot} of ${schedule} is ${job.id}, and was ${id}`)
}

function leaveOut(ledger: Ledger, { skips: known }: ScheduleEntry, left: Firing['skips']): void {
  for (const skip of left) if (!known.has(skip.slot)) known.set(skip.slot, { ...skip, at: ledger.now })
}

/** It must follow from something that its engine was told of this version. */
function verify(
  ledger: Ledger,
  engine: Engine | null,
  id: string,
  version: number | null,
  entry: ScheduleEntry | null,
  wrong: (sight: Sight) => string | null,
): void {
  const sights = sightsOf(ledger, engine, id, version).filter(({ birth }) => birth === (entry?.birth ?? null))
  ledger.check(sights.length > 0, 'I4 version', () => `${engine?.name} writes ${id} ${version} and never saw it`)
  const all = sights.map(wrong)
  ledger.check(all.includes(null), 'I4 slots', () => `${engine?.name} writes ${id} ${version}: ${all.at(-1)}`)
}

const sightsOf = (ledger: Ledger, engine: Engine | null, id: string, version: number | null): readonly Sight[] =>
  ledger.sights.get(`${engine?.name} ${id} ${version}`) ?? []

function same(ledger: Ledger, what: string, told: readonly string[], known: readonly string[]): void {
  const wrong = differences(told, known)
  ledger.check(wrong === null, 'I4 schedule', () => `${what}: ${wrong}`)
}
