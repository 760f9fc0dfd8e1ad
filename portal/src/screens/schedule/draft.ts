/** A schedule as the form holds it: texts, as people type them. */
import { durationText } from '../../lib/time.ts'
import { type Schedule, whenOf } from './model.ts'

export type Kind = 'interval' | 'cron' | 'natural' | 'daily'
export type CalendarKind = 'weekdays' | 'dates' | 'outside' | 'cron'

/** Times that are left out. */
export interface Exclusion {
  readonly kind: CalendarKind
  /** Weekdays or dates with commas, a cron expression, or `09:00–17:00`. */
  readonly text: string
  readonly dialect?: 'vixie' | 'quartz'
}

export interface Draft {
  readonly id: string
  readonly job: string
  readonly description: string
  readonly owner: string
  readonly kind: Kind
  readonly every: string
  readonly anchor: string
  readonly cron: string
  readonly dialect: 'vixie' | 'quartz'
  readonly natural: string
  readonly times: string
  readonly timezone: string
  readonly gap: '' | 'next' | 'skip'
  readonly repeat: '' | 'first' | 'last' | 'both'
  readonly exclude: readonly Exclusion[]
  readonly startsAt: string
  readonly endsAt: string
  readonly maxRuns: string
  readonly misfire: 'skip' | 'once' | 'all'
  readonly misfireMax: string
  readonly overlap: Schedule['overlap']
  readonly runOn: Schedule['runOn']
  readonly jitterMin: string
  readonly jitterMax: string
  readonly input: unknown
  readonly priority: string
  readonly lane: string
  readonly retries: string
  readonly timeout: string
  /** Options of its jobs that the form has no field for: they are kept. */
  readonly others: Readonly<Record<string, unknown>>
}

/** Where a new one begins. */
export const emptyDraft = (given: { readonly job?: string; readonly timezone: string }): Draft => ({
  id: '',
  job: given.job ?? '',
  description: '',
  owner: '',
  kind: 'natural',
  every: '5m',
  anchor: '',
  cron: '0 9 * * 1-5',
  dialect: 'vixie',
  natural: 'every weekday at 9am',
  times: '09:00, 18:00',
  timezone: given.timezone,
  gap: '',
  repeat: '',
  exclude: [],
  startsAt: '',
  endsAt: '',
  maxRuns: '',
  misfire: 'once',
  misfireMax: '100',
  overlap: 'allow',
  runOn: 'one',
  jitterMin: '',
  jitterMax: '',
  input: undefined,
  priority: '',
  lane: '',
  retries: '',
  timeout: '',
  others: {},
})

const iso = (at: unknown): string => (typeof at === 'number' ? new Date(at).toISOString() : '')

function timesOf(schedule: Schedule): Partial<Draft> {
  const when = whenOf(schedule)
  if (when === null) return { kind: 'interval', every: '' }
  if ('every' in when) return { kind: 'interval', every: durationText(when.every), anchor: iso(when.anchor) }
  if ('cron' in when) return { kind: 'cron', cron: when.cron, dialect: when.dialect ?? 'vixie' }
  if ('natural' in when) return { kind: 'natural', natural: when.natural }
  return { kind: 'daily', times: when.dailyAt.join(', ') }
}

function exclusionOf(value: unknown): Exclusion {
  const calendar = value as {
    weekdays?: string[]
    dates?: string[]
    outside?: string[]
    cron?: string
    dialect?: 'quartz'
  }
  if (calendar.weekdays) return { kind: 'weekdays', text: calendar.weekdays.join(', ') }
  if (calendar.dates) return { kind: 'dates', text: calendar.dates.join(', ') }
  if (calendar.outside) return { kind: 'outside', text: calendar.outside.join('–') }
  return { kind: 'cron', text: calendar.cron ?? '', ...(calendar.dialect && { dialect: calendar.dialect }) }
}

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value))

export function draftOf(schedule: Schedule): Draft {
  const { misfire, jitter, maxRuns, input } = schedule
  const { priority, lane, retries, timeout, ...others } = schedule.options as Record<string, unknown>
  const dst = schedule.dst as { gap?: Draft['gap']; repeat?: Draft['repeat'] }
  return {
    ...emptyDraft({ job: schedule.job, timezone: schedule.timezone }),
    ...timesOf(schedule),
    id: schedule.id,
    description: schedule.description ?? '',
    owner: schedule.owner ?? '',
    gap: dst.gap ?? '',
    repeat: dst.repeat ?? '',
    exclude: (schedule.exclude as unknown[]).map(exclusionOf),
    startsAt: schedule.startsAt ?? '',
    endsAt: schedule.endsAt ?? '',
    maxRuns: maxRuns === null ? '' : String(maxRuns),
    misfire: typeof misfire === 'string' ? misfire : 'all',
    misfireMax: typeof misfire === 'string' ? '100' : String(misfire.all.max),
    overlap: schedule.overlap,
    runOn: schedule.runOn,
    jitterMin: jitter === null || jitter.min === 0 ? '' : durationText(jitter.min),
    jitterMax: jitter === null || jitter.max === 0 ? '' : durationText(jitter.max),
    input,
    priority: text(priority),
    lane: text(lane),
    retries: text(retries),
    timeout: durationText(timeout),
    others,
  }
}
