/** What a change of a schedule comes to: pure decisions from what is stored to what is to be stored. */
import { RotaError } from '../job/errors.ts'
import type { Skip } from '../schedule/firing.ts'
import type { NewSchedule, ScheduleRecord } from '../storage/contract.ts'
import type { Runtime } from './runtime.ts'
import { type Effective, effective, firstSlot, type Rule, sequenceFor } from './schedule-rule.ts'

/** What is to be stored, if the schedule is still what it was; null where nothing changes. */
export type Plan = (NewSchedule & { readonly skips: readonly Skip[] }) | null

export interface Wanted {
  readonly id: string
  readonly job: string
  readonly rule: Rule
  readonly owner: string | null
}

/** What decides when it runs. */
const timingOf = ({ when, timezone, dst, exclude, startsAt, endsAt, maxRuns }: Effective): string =>
  JSON.stringify([when, timezone, dst, exclude, startsAt, endsAt, maxRuns])

const hasSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Put by a person. What people change of a schedule from the code lies over it. */
export function planPut({ id, job, rule, owner }: Wanted, record: ScheduleRecord | null, now: number): Plan {
  if (record?.origin !== 'code')
    return planned(record, { id, job, owner, origin: 'api', rule: JSON.stringify(rule), override: null }, now)
  if (job !== record.job) {
    const message = `job: the schedule "${id}" comes from the code, for the job "${record.job}". Give another id to one for "${job}".`
    throw new RotaError('option_invalid', message, { field: 'job' })
  }
  const override = { ...rule, ...(owner !== null && { owner }) }
  return planned(record, { ...record, override: JSON.stringify(override) }, now)
}

/** Written down in the code of a worker that starts. */
export function planCode({ id, job, rule, owner }: Wanted, record: ScheduleRecord | null, now: number): Plan {
  if (record?.origin === 'api') {
    const message = `schedule: "${id}" was put at run time, so the one in the code is not stored. Delete that one, or give this one another name.`
    throw new RotaError('option_invalid', message, { field: 'name' })
  }
  const override = record?.override ?? null
  return planned(record, { id, job, owner, origin: 'code', rule: JSON.stringify(rule), override }, now, true)
}

/** A worker that has it in its code lives. Another one may have newer code, so what is active stays as it is. */
export const planReturn: typeof planCode = (wanted, record, now) =>
  record?.state === 'inactive' ? planCode(wanted, record, now) : null

/** What the code says counts again. */
export const planReset = (record: ScheduleRecord, now: number): Plan =>
  record.override === null ? null : planned(record, { ...record, override: null }, now)

type Said = Pick<NewSchedule, 'id' | 'job' | 'owner' | 'origin' | 'rule' | 'override'>

/** @param isBack it stands in the code of a live worker: only that makes an inactive one active */
function planned(record: ScheduleRecord | null, said: Said, now: number, isBack = false): Plan {
  const spec = effective(said)
  const same =
    record !== null &&
    ['job', 'owner', 'origin', 'rule', 'override'].every((name) =>
      hasSame(record[name as keyof Said], said[name as keyof Said]),
    )
  const isGone = record?.state === 'inactive' && !isBack
  if (same && (record.state !== 'inactive' || isGone)) return null
  const old = record === null ? null : effective(record)
  const start =
    spec.startsAt ??
    (record !== null && hasSame(old?.when, spec.when) && old?.startsAt === undefined ? record.start : now)
  const base = { ...said, serial: spec.overlap !== 'allow', start, reason: null, pausedFrom: null, skips: [] }
  if (isGone) return { ...base, state: 'inactive', reason: record.reason, nextAt: null }
  const sameTimes = old !== null && timingOf(old) === timingOf(spec)
  if (record?.state === 'paused') {
    const { state, reason, nextAt } = record
    const pausedFrom = sameTimes ? record.pausedFrom : firstSlot(spec, start, now)
    const skips = old === null || sameTimes ? [] : pausedSkips(record, old, now)
    return { ...base, state, reason, nextAt, pausedFrom, skips }
  }
  const isOver = spec.maxRuns !== undefined && record !== null && record.runs >= spec.maxRuns
  const keeps = record?.state === 'active' && sameTimes
  const nextAt = isOver ? null : keeps ? record.nextAt : firstSlot(spec, start, now)
  // What the code says may be over by now; a process must not fail to start for that.
  if (nextAt === null && !isOver && spec.when !== null && record === null && said.origin === 'api') {
    const message = `when: it would never run${spec.endsAt === undefined ? '' : ' before "endsAt"'}. Nothing was stored.`
    throw new RotaError('schedule_invalid', message, { field: 'when' })
  }
  const state = nextAt === null && spec.when !== null ? 'completed' : 'active'
  return {
    ...base,
    state,
    nextAt,
    skips: keeps || record === null ? [] : dropped(record, now, 'the schedule was changed'),
  }
}

/** Slots that were due and not fired when the times of their schedule changed, or its code was gone. */
function dropped(record: ScheduleRecord, now: number, message: string): Skip[] {
  if (record.state !== 'active' || record.nextAt === null || record.nextAt > now) return []
  const skips = pausedSkips({ pausedFrom: record.nextAt, start: record.start }, effective(record), now)
  return skips.map((skip) => ({ ...skip, reason: 'missed', message }))
}

export function planPause(record: ScheduleRecord, reason: string, until: number | null): Plan {
  if (record.state !== 'active' && record.state !== 'paused') throw notIn(record, 'paused')
  const pausedFrom = record.state === 'paused' ? record.pausedFrom : record.nextAt
  return { ...record, state: 'paused', reason, nextAt: until, pausedFrom, skips: [] }
}

export function planResume(record: ScheduleRecord, now: number): Plan {
  if (record.state === 'active') return null
  if (record.state !== 'paused') throw notIn(record, 'resumed')
  return {
    ...record,
    ...goesOn(record, now),
    reason: null,
    pausedFrom: null,
    skips: pausedSkips(record, effective(record), now),
  }
}

/** Where a schedule stands when it goes on: it may be over. */
export function goesOn(record: ScheduleRecord, now: number): Pick<NewSchedule, 'state' | 'nextAt'> {
  const spec = effective(record)
  const isOver = spec.maxRuns !== undefined && record.runs >= spec.maxRuns
  const nextAt = isOver ? null : firstSlot(spec, record.start, now)
  return { state: nextAt === null && spec.when !== null ? 'completed' : 'active', nextAt }
}

/** A schedule begins with a version that nobody can have seen of one of the same id that was deleted. */
export const newVersion = ({ random }: Pick<Runtime, 'random'>): number => 1 + Math.floor(random() * 2 ** 30)

/** No live worker has it in its code any more. */
export function planRetire(record: ScheduleRecord, now: number): Plan {
  const reason = 'no live worker has it in its code'
  return { ...record, state: 'inactive', reason, nextAt: null, pausedFrom: null, skips: dropped(record, now, reason) }
}

export function notIn({ id, state }: ScheduleRecord, what: string): RotaError {
  const hint =
    state === 'inactive' ? ' No live worker has it in its code.' : ' It never runs again; put it anew to change that.'
  return new RotaError('schedule_state', `The schedule "${id}" is ${state}, so it cannot be ${what}.${hint}`, {
    field: 'id',
  })
}

/** Slots of the past, in order. */
export function slotsBetween(record: ScheduleRecord, from: number, to: number, limit: number): number[] {
  const spec = effective(record)
  const sequence = sequenceFor(spec, record.start)
  const last = Math.min(to, (spec.endsAt ?? Number.POSITIVE_INFINITY) - 1)
  const slots: number[] = []
  for (
    let slot = sequence.next(Math.max(0, from, spec.startsAt ?? from) - 1);
    slot !== null && slot.at <= last && slots.length < limit;
  ) {
    slots.push(slot.at)
    slot = sequence.next(slot.at)
  }
  return slots
}

/** What a pause left out up to now. */
export function pausedSkips(
  { pausedFrom, start }: Pick<ScheduleRecord, 'pausedFrom' | 'start'>,
  spec: Effective,
  now: number,
): Skip[] {
  if (pausedFrom === null || pausedFrom > now) return []
  const sequence = sequenceFor(spec, start)
  const until = spec.endsAt === undefined ? now + 1 : Math.min(now + 1, spec.endsAt)
  const slot = sequence.previous(until)?.at ?? pausedFrom
  const count = sequence.count(pausedFrom - 1, slot)
  return count > 0 ? [{ slot, from: pausedFrom, count, reason: 'paused', message: null }] : []
}
