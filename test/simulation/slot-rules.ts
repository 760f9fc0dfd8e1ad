/** What must be written of a schedule, given what its writer was told: said as plainly as possible, and held against what was written. */
import { timeOfId } from '../../src/job/id.ts'
import type { Skip } from '../../src/schedule/firing.ts'
import type { Firing, LiveRun, ScheduleSave } from '../../src/storage/contract.ts'
import type { Ledger, ScheduleEntry, Sight, SlotRun } from './ledger.ts'
import { isSlot, type Rule, ruleOf, slotBehind, slotsIn } from './slots.ts'

/** Later than this the latest slot was missed, too. Milliseconds. */
const grace = 60_000

/** What is written, in words that can be compared. */
type Words = Readonly<Record<string, string | number | null>>

interface Live extends LiveRun {
  /** Whoever decided may not have known of it: somebody let it run again, or asked for it, meanwhile. */
  readonly excused: boolean
  /** When it was stored. */
  readonly at: number
}

/** The runs of a schedule that are not over, oldest first. */
export const liveRuns = (ledger: Ledger, schedule: string): Live[] =>
  [...ledger.runs]
    .flatMap(([id, run]) => {
      const entry = run.schedule === schedule ? ledger.entries.get(id) : undefined
      return entry?.finishedAt === null
        ? [{ id, lane: entry.lane, excused: entry.retried || run.beside, at: run.at }]
        : []
    })
    .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))

export function differences(told: readonly string[], known: readonly string[]): string | null {
  const extra = told.find((one) => !known.includes(one))
  const missing = known.find((one) => !told.includes(one))
  if (extra === undefined && missing === undefined)
    return told.join() === known.join() ? null : `not in order: [${told}]`
  return `${extra ?? 'nothing'}, and not ${missing ?? 'that'}`
}

function unlike(told: Words, expected: Words): string | null {
  const wrong = Object.keys(expected).find((name) => told[name] !== expected[name])
  return wrong === undefined ? null : `${wrong} is ${told[wrong]}, not ${expected[wrong]}`
}

const lineOf = ({ from, slot, count, reason }: Pick<Skip, 'from' | 'slot' | 'count' | 'reason'>): string =>
  `${from}…${slot} ×${count} ${reason}`
const linesOf = (skips: readonly Skip[]): string => skips.map(lineOf).toSorted().join()

/** One record for slots in a row; none for none. */
const range = (slots: readonly number[], reason: Skip['reason']): string =>
  slots.length === 0
    ? ''
    : lineOf({ from: slots[0] as number, slot: slots.at(-1) as number, count: slots.length, reason })

/** What is wrong with a save; null for nothing. */
export function saved(entry: ScheduleEntry | null, save: ScheduleSave, { at }: Sight): string | null {
  const record = entry?.record ?? null
  const rule = ruleOf(save)
  const told = { nextAt: save.nextAt, state: save.state, pausedFrom: save.pausedFrom, skips: linesOf(save.skips) }
  const left = (from: number | null, reason: Skip['reason']) =>
    record === null || from === null ? '' : range(slotsIn(ruleOf(record), from, at), reason)
  const anew = (skips: string): Words => {
    const nextAt = (record?.runs ?? 0) >= rule.maxRuns ? null : slotBehind(rule, at)
    return { nextAt, state: nextAt === null ? 'completed' : 'active', pausedFrom: null, skips }
  }
  const stays = record !== null && ruleOf(record).timing === rule.timing && record.start === save.start
  const start = record?.start === save.start || save.start === (rule.startsAt ?? at)
  if (!start) return `it starts at ${save.start}`
  if (save.state === 'paused') {
    if (record?.state === 'active') return unlike(told, { ...told, pausedFrom: record.nextAt, skips: '' })
    if (record?.state !== 'paused') return `it is ${record?.state} and is paused`
    if (stays) return unlike(told, { ...told, pausedFrom: record.pausedFrom, skips: '' })
    return unlike(told, { ...told, pausedFrom: slotBehind(rule, at), skips: left(record.pausedFrom, 'paused') })
  }
  if (save.state === 'inactive')
    return unlike(told, { nextAt: null, pausedFrom: null, skips: left(record?.nextAt ?? null, 'missed') })
  if (record?.state === 'paused') return unlike(told, anew(left(record.pausedFrom, 'paused')))
  if (record?.state !== 'active') return unlike(told, anew(''))
  if (stays) return unlike(told, { nextAt: record.nextAt, state: 'active', pausedFrom: null, skips: '' })
  return unlike(told, anew(left(record.nextAt, 'missed')))
}

/** What is wrong with a firing; null for nothing. */
export function decided(ledger: Ledger, { record, rules }: ScheduleEntry, firing: Firing, sight: Sight): string | null {
  const rule = ruleOf(record)
  const { jobs } = firing
  const told = { ...wordsOf(firing), reason: firing.reason }
  const beside = { nextAt: record.nextAt, state: record.state, reason: record.reason, lastAt: null, runs: 0, skips: '' }
  if (firing.again) {
    const slots = jobs.map(({ id }) => timeOfId(id))
    const before = record.state === 'active' ? (record.nextAt ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
    const wrong = slots.find((slot) => !rules.some((one) => isSlot(one, slot)) || slot > sight.at || slot >= before)
    if (wrong !== undefined) return `${wrong} is no slot of the past`
    return unlike(told, { ...beside, cancel: '' })
  }
  if (jobs.length > 0 && jobs.every(({ schedule }) => schedule?.missed === null))
    return unlike(told, beside) ?? overlapping(ledger, firing, rule, null)
  if (record.state === 'paused') {
    const left = record.pausedFrom === null ? '' : range(slotsIn(rule, record.pausedFrom, sight.at), 'paused')
    const nextAt = record.runs >= rule.maxRuns ? null : slotBehind(rule, sight.at)
    const state = nextAt === null ? 'completed' : 'active'
    return unlike(told, { ...beside, reason: null, nextAt, state, skips: left, slots: '', cancel: '' })
  }
  if (record.state !== 'active' || record.nextAt === null) return `it is ${record.state} and was fired`
  const chosen = choose(rule, record.nextAt, sight.at, rule.maxRuns - record.runs)
  const wrong = rule.runOn === 'every' ? onEvery(ledger, firing, rule, chosen, sight) : onOne(told, rule, chosen, sight)
  return wrong ?? early(firing) ?? overlapping(ledger, firing, rule, sight.live)
}

function wordsOf({ nextAt, state, lastAt, runs, jobs, skips, cancel }: Firing) {
  const slots = jobs.map(({ id, schedule }) => `${timeOfId(id)}+${schedule?.missed}`).join()
  return { slots, skips: linesOf(skips), nextAt, state, lastAt, runs, cancel: cancel.toSorted().join() }
}

const early = ({ jobs }: Firing): string | null => {
  const one = jobs.find(({ id, at }) => at !== null && at < timeOfId(id))
  return one === undefined ? null : `${one.id} is to run before its slot`
}

interface Chosen {
  /** Each with how many it stands for. */
  readonly runs: readonly { readonly slot: number; readonly missed: number }[]
  readonly missed: readonly number[]
  readonly nextAt: number | null
  readonly runsLeft: number
}

/** Which slots run: the latest ones, as many as the rule for what was missed allows. */
function choose(rule: Rule, due: number, now: number, runsLeft: number): Chosen {
  const slots = slotsIn(rule, due, now)
  const last = slots.at(-1) as number
  const { misfire } = rule
  const most = typeof misfire === 'object' ? misfire.all.max : misfire === 'skip' && now - last > grace ? 0 : 1
  const from = Math.max(0, slots.length - Math.min(most, runsLeft))
  const missed = slots.slice(0, from)
  const runs = slots.slice(from).map((slot, i) => ({ slot, missed: i === 0 && misfire !== 'skip' ? from : 0 }))
  return { runs, missed, nextAt: slotBehind(rule, last), runsLeft }
}

/** When it is due again, after so many runs. */
function goesOn({ nextAt, runsLeft }: Chosen, runs: number): Words {
  const next = runs >= runsLeft ? null : nextAt
  return { nextAt: next, state: next === null ? 'completed' : 'active', runs }
}

function onOne(told: Words, rule: Rule, chosen: Chosen, { live }: Sight): string | null {
  const { runs } = chosen
  const busy = (live ?? []).length > 0
  const first = { allow: 0, queue: 0, skip: 0, replace: Math.max(0, runs.length - 1) }[rule.overlap]
  const count = { allow: runs.length, queue: runs.length, skip: busy ? 0 : 1, replace: 1 }[rule.overlap]
  const kept = runs.slice(first, first + count)
  const reason = rule.overlap === 'skip' ? 'overlap' : 'replaced'
  const left = runs.filter((run) => !kept.includes(run)).map(({ slot }) => range([slot], reason))
  return unlike(told, {
    slots: kept.map(({ slot, missed }) => `${slot}+${missed}`).join(),
    skips: [range(chosen.missed, 'missed'), ...left].filter(Boolean).toSorted().join(),
    ...goesOn(chosen, kept.length),
    lastAt: kept.at(-1)?.slot ?? null,
    cancel:
      rule.overlap === 'replace' && kept.length > 0
        ? (live ?? [])
            .map(({ id }) => id)
            .toSorted()
            .join()
        : '',
  })
}

/** Each worker that serves the lane gets its own run of each slot, or there is a record of why not. */
function onEvery(ledger: Ledger, firing: Firing, rule: Rule, chosen: Chosen, { at }: Sight): string | null {
  const { jobs, skips } = firing
  const own = (lanes: readonly string[]) => lanes.find((name) => name.startsWith('@'))
  const job = ledger.schedules.get(firing.id)?.record.job ?? ''
  const serving = [...ledger.leases.values()].filter(
    (lease) => lease.jobs.includes(job) && (rule.lane === null || lease.lanes.includes(rule.lane)),
  )
  const ran = new Set(jobs.map(({ id }) => timeOfId(id)))
  const strange = jobs.find(({ lane }) => !serving.some((lease) => own(lease.lanes) === lane))
  if (strange) return `${strange.id} is for nobody: ${strange.lane}`
  const missed = range(chosen.missed, 'missed')
  const others = skips.filter((skip) => lineOf(skip) !== missed)
  if (missed !== '' && others.length === skips.length) return `${missed} is not recorded`
  const wild = [...ran, ...others.map(({ slot }) => slot)].find((at) => !chosen.runs.some(({ slot }) => slot === at))
  if (wild !== undefined) return `${wild} is none of [${chosen.runs.map(({ slot }) => slot)}]`
  for (const { slot } of chosen.runs) {
    const why = others.find((skip) => skip.slot === slot)?.reason
    if (why === undefined && !ran.has(slot)) return `nothing is known of ${slot}`
    const excused = why === 'overlap' || why === 'replaced'
    for (const lease of serving.filter(({ since, until }) => since <= at && until > ledger.now)) {
      const lane = own(lease.lanes)
      const there = jobs.some((one) => one.lane === lane && timeOfId(one.id) === slot)
      if (!there && !excused) return `${slot} has no run on ${lane}: ${why}`
    }
  }
  const words = { ...wordsOf(firing), lastAt: firing.lastAt }
  return unlike(words, { ...goesOn(chosen, ran.size), lastAt: ran.size > 0 ? Math.max(...ran) : null })
}

/** Runs that began between the decision and its execution would not be known to it: nobody can, but by running one of the past again. */
function overlapping(
  ledger: Ledger,
  { id, jobs, cancel }: Firing,
  { overlap, runOn }: Rule,
  seen: readonly LiveRun[] | null,
): string | null {
  if (overlap === 'allow') return null
  for (const job of jobs) {
    const live = liveRuns(ledger, id).filter((run) => !run.excused && (runOn === 'one' || run.lane === job.lane))
    const unseen = live.find((run) => seen !== null && !seen.some((one) => one.id === run.id))
    if (unseen) return `${unseen.id} runs and was not seen`
    if (overlap === 'skip' && live.length > 0) return `${live[0]?.id} runs, and ${job.id} is stored beside it`
    const left = overlap === 'replace' ? live.find((run) => !cancel.includes(run.id)) : undefined
    if (left) return `${left.id} runs, and is not replaced by ${job.id}`
    if (overlap === 'queue' && live.length > 0 && job.parents.length === 0) return `${job.id} waits for nobody`
  }
  return null
}

/** Of more than so many before it a run of a queue waits for some only. */
const mostWaitedFor = 20

/** Who must be over when a run starts, and is not. What was stored in one millisecond has no order. */
export function overlapped(ledger: Ledger, id: string): string | null {
  const run = ledger.runs.get(id)
  if (run === undefined || (run.overlap === 'queue' && run.behind.length > mostWaitedFor)) return null
  const isOpen = (one: string) => {
    const entry = ledger.entries.get(one)
    return entry?.finishedAt === null && !entry.retried
  }
  const runOf = (one: string) => ledger.runs.get(one) as SlotRun
  const isTied = (one: string) => runOf(one).at === run.at && runOf(one).call !== run.call
  return run.behind.find((one) => isOpen(one) && !isTied(one)) ?? null
}
