/** Schedules as people see them. */

import { timeOfId } from '../job/id.ts'
import { fromJson } from '../job/payload.ts'
import type { State } from '../job/states.ts'
import { describeCalendars } from '../schedule/calendar.ts'
import type { SkipReason } from '../schedule/firing.ts'
import { localText, type PreviewRun } from '../schedule/recurrence.ts'
import { describeWhen, zoneIn } from '../schedule/when.ts'
import type { JobRecord, ScheduleOrigin, ScheduleRecord, ScheduleState, SkipRecord } from '../storage/contract.ts'
import { type Effective, effective, sequenceFor } from './schedule-rule.ts'

/** A schedule, with everything that counts for it. */
export interface ScheduleView
  extends Pick<Effective, 'timezone' | 'dst' | 'exclude' | 'misfire' | 'overlap' | 'runOn' | 'options'> {
  /** What it was put under. */
  readonly id: string
  /** Id of the definition. */
  readonly job: string
  /** `active`, `paused`, `inactive` (no live worker has its code any more) or `completed` (it never runs again). */
  readonly state: ScheduleState
  /** Why it is in its state, where somebody said so. */
  readonly reason: string | null
  /** `code`: from `rota.schedule` or a profile. `api`: put at run time. */
  readonly origin: ScheduleOrigin
  /** Whether people changed it over what the code says. */
  readonly changed: boolean
  /** Whom to ask about it. */
  readonly owner: string | null
  /** As it was given. */
  readonly description: string | null
  /** When it runs; null where only a start of its process or a person lets it run. */
  readonly when: Effective['when']
  /** The same in plain English. */
  readonly prose: string
  /** It also runs once when a process with it starts. */
  readonly immediate: boolean
  /** The first moment at which it may run. */
  readonly startsAt: Date | null
  /** From then on it does not run any more. */
  readonly endsAt: Date | null
  /** It is over after so many runs. */
  readonly maxRuns: number | null
  /** Milliseconds. */
  readonly jitter: { readonly min: number; readonly max: number } | null
  /** What each run gets. */
  readonly input: unknown
  /** The slot that is due next. */
  readonly nextAt: Date | null
  /** When a pause ends by itself. */
  readonly resumesAt: Date | null
  /** The latest slot that ran. */
  readonly lastAt: Date | null
  /** How many slots ran. */
  readonly runs: number
  /** When it was stored first. */
  readonly createdAt: Date
  /** When somebody changed it. */
  readonly updatedAt: Date
}

const dateOrNull = (at: number | null | undefined): Date | null =>
  at === null || at === undefined ? null : new Date(at)

export function scheduleView(record: ScheduleRecord): ScheduleView {
  const spec = effective(record)
  const paused = record.state === 'paused'
  return {
    id: record.id,
    job: record.job,
    state: record.state,
    reason: record.reason,
    origin: record.origin,
    changed: record.override !== null,
    owner: spec.owner ?? record.owner,
    description: spec.description ?? null,
    when: structuredClone(spec.when),
    prose: proseOf(spec),
    immediate: spec.immediate ?? false,
    timezone: (spec.when && zoneIn(spec.when)) ?? spec.timezone,
    dst: structuredClone(spec.dst),
    exclude: structuredClone(spec.exclude),
    startsAt: dateOrNull(spec.startsAt),
    endsAt: dateOrNull(spec.endsAt),
    maxRuns: spec.maxRuns ?? null,
    misfire: structuredClone(spec.misfire),
    overlap: spec.overlap,
    jitter: spec.jitter === undefined ? null : { ...spec.jitter },
    runOn: spec.runOn,
    input: fromJson(spec.input ?? null),
    options: structuredClone(spec.options),
    nextAt: paused ? null : dateOrNull(record.nextAt),
    resumesAt: paused ? dateOrNull(record.nextAt) : null,
    lastAt: dateOrNull(record.lastAt),
    runs: record.runs,
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
  }
}

function proseOf({ when, exclude, immediate, timezone }: Effective): string {
  if (when === null) return immediate ? 'once at each start' : 'when somebody triggers it'
  const zone = zoneIn(when) === null && timezone !== 'UTC' && !('every' in when) ? `, ${timezone}` : ''
  return `${describeWhen(when)}${describeCalendars(exclude)}${zone}${immediate ? ', and once at each start' : ''}`
}

/** The next runs of a schedule that is to run, from `now` on. */
export function nextRuns(record: ScheduleRecord, n: number, now: number): PreviewRun[] {
  const spec = effective(record)
  if (spec.when === null || record.state === 'completed' || record.state === 'inactive') return []
  const sequence = sequenceFor(spec, record.start)
  const zone = zoneIn(spec.when) ?? spec.timezone
  const left = spec.maxRuns === undefined ? n : Math.min(n, spec.maxRuns - record.runs)
  const runs: PreviewRun[] = []
  let at = Math.max(now, (spec.startsAt ?? now + 1) - 1)
  if (record.state === 'active' && record.nextAt !== null) at = record.nextAt - 1
  if (record.state === 'paused' && record.nextAt !== null) at = Math.max(at, record.nextAt)
  while (runs.length < left) {
    const slot = sequence.next(at)
    if (slot === null || (spec.endsAt !== undefined && slot.at >= spec.endsAt)) break
    runs.push({ at: new Date(slot.at), local: localText(slot.at, zone), shift: slot.shift })
    at = slot.at
  }
  return runs
}

/** What became of a slot: a run, or why there was none. */
export type ScheduleEvent =
  | {
      readonly kind: 'run'
      /** The slot; of a run that a person asked for, when it was asked for. */
      readonly slot: Date
      /** Id of the job. */
      readonly job: string
      readonly state: State
      readonly reason: string | null
      /** Milliseconds from the slot to the start of the newest try; null where none has begun. */
      readonly lateBy: number | null
      /** Milliseconds that the newest try took; null while it is not over. */
      readonly took: number | null
      /** Earlier slots that were missed and for which it stands. */
      readonly missed: number
      /** A person asked for it. */
      readonly triggered: boolean
    }
  | {
      readonly kind: 'skip'
      /** The last of these slots. */
      readonly slot: Date
      /** The first of them. */
      readonly from: Date
      readonly count: number
      readonly reason: SkipReason
      readonly message: string | null
    }

export function runEvent({ id, state, reason, startedAt, finishedAt, schedule }: JobRecord): ScheduleEvent {
  const slot = timeOfId(id)
  return {
    kind: 'run',
    slot: new Date(slot),
    job: id,
    state,
    reason,
    lateBy: startedAt === null ? null : Math.max(0, startedAt - slot),
    took: startedAt === null || finishedAt === null ? null : finishedAt - startedAt,
    missed: schedule?.missed ?? 0,
    triggered: schedule?.slot === null,
  }
}

export const skipEvent = ({ slot, from, count, reason, message }: SkipRecord): ScheduleEvent => ({
  kind: 'skip',
  slot: new Date(slot),
  from: new Date(from),
  count,
  reason,
  message,
})
