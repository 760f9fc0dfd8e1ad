/** What a person says of a schedule: checked, in the plain form in which it is stored, and read again. */
import type { Job } from '../job/define.ts'
import { type Duration, type Instant, parseInstant } from '../job/duration.ts'
import type { EnqueueOptions } from '../job/enqueue-options.ts'
import { RotaError } from '../job/errors.ts'
import * as check from '../job/options.ts'
import { type Calendar, checkCalendars } from '../schedule/calendar.ts'
import {
  checkJitter,
  checkMisfire,
  type Jitter,
  type Misfire,
  type Overlap,
  overlaps,
  type RunOn,
  runOns,
  scheduleDefaults,
} from '../schedule/policies.ts'
import { checkDst, compile } from '../schedule/recurrence.ts'
import type { Dst, Sequence } from '../schedule/sequence.ts'
import { checkWhen, type PlainWhen, type When } from '../schedule/when.ts'
import { zoneOf } from '../schedule/zone.ts'
import type { ScheduleRecord } from '../storage/contract.ts'

/** What a schedule may say of its jobs; it goes before their definition. */
export type ScheduleJobOptions = Pick<
  EnqueueOptions,
  'priority' | 'lane' | 'retries' | 'timeout' | 'onTimeout' | 'onLapse' | 'expiresIn' | 'metadata' | 'retention'
>

/** When and how a schedule runs, beside its job. */
export interface ScheduleTiming {
  /** When it runs: an interval, cron, natural language or times of the day. */
  readonly when: When
  /** IANA name (`Europe/Rome`) or offset (`+05:30`). A zone in a natural expression goes before it. @default 'UTC' */
  readonly timezone?: string
  /**
   * What becomes of times that a change of the clock leaves out or shows twice.
   * @default { gap: 'next', repeat: 'first' }; cron whose hours begin with `*` follows the clock as it runs
   */
  readonly dst?: Dst
  /** Times at which it does not run. @default none */
  readonly exclude?: Calendar | readonly Calendar[]
  /** The first moment at which it may run; intervals count from it. @default when it is stored */
  readonly startsAt?: Instant
  /** From this moment on it does not run any more. @default never */
  readonly endsAt?: Instant
  /** It is over after so many runs; at least 1. @default any number */
  readonly maxRuns?: number
  /**
   * What becomes of runs whose time passed while nobody could start them: nothing (`'skip'`), one run for all (`'once'`), or one for
   * each of the latest (`{ all: { max: 100 } }`). Each is recorded. The latest one counts as missed when it is a minute late. @default 'once'
   */
  readonly misfire?: Misfire
  /** What becomes of a run while an earlier one is not over: both run (`'allow'`), it is skipped, it waits (`'queue'`), or it replaces them. @default 'allow' */
  readonly overlap?: Overlap
  /** Each run starts later by chance: by up to `'30s'`, or `{ min: '10s', max: '30s' }`. @default not at all */
  readonly jitter?: Duration | { readonly min?: Duration; readonly max: Duration }
  /** One run for each slot in the cluster, or one on each live worker that serves the lane. @default 'one' */
  readonly runOn?: RunOn
  /** For lists, at most 500 characters. @default none */
  readonly description?: string
  /** Whom to ask about it, at most 200 characters. @default nobody */
  readonly owner?: string
}

/** What `rota.schedules.put` takes, with the input where the job needs one. */
export type ScheduleOptions<Input = unknown> = ScheduleOptionsOf<Input> &
  // What each run gets; checked by the schema now and at each run.
  (undefined extends Input ? { readonly input?: NoInfer<Input> } : { readonly input: NoInfer<Input> })

interface ScheduleOptionsOf<Input> extends ScheduleTiming, ScheduleJobOptions {
  /** What it is called for ever: letters, digits and `. _ : @ / -`, at most 200 characters. */
  readonly id: string
  /** The definition, or its id where this process does not have it. */
  readonly job: Job<Input, unknown> | string
}

/** What is stored of it. Instants and durations in milliseconds. */
export interface Rule {
  /** Null: it only runs when its process starts, or when somebody says so. */
  readonly when?: PlainWhen | null
  /** One more run when a process with this schedule starts. */
  readonly immediate?: boolean
  readonly timezone?: string
  readonly dst?: Dst
  readonly exclude?: readonly Calendar[]
  readonly startsAt?: number
  readonly endsAt?: number
  readonly maxRuns?: number
  readonly misfire?: Misfire
  readonly overlap?: Overlap
  readonly jitter?: Jitter
  readonly runOn?: RunOn
  readonly description?: string
  /** JSON text. */
  readonly input?: string | null
  readonly options?: ScheduleJobOptions
  /** Only of an override: of what the code says it stands beside the rule. */
  readonly owner?: string
}

export const timingChecks = {
  when: checkWhen,
  immediate: check.boolean,
  timezone: (value: unknown, field: string) => zoneOf(check.text(64)(value, field), field).id,
  dst: checkDst,
  exclude: checkCalendars,
  startsAt: parseInstant,
  endsAt: parseInstant,
  maxRuns: check.integer(1, 2 ** 31 - 1),
  misfire: checkMisfire,
  overlap: check.oneOf(overlaps),
  jitter: checkJitter,
  runOn: check.oneOf(runOns),
  description: check.text(500),
}

/** Their values are stored as they were given: the defaults below them may change. */
const given =
  <T>(one: check.Check<T>): check.Check<unknown> =>
  (value, field) => {
    one(value, field)
    return value
  }

export const jobOptionChecks = {
  priority: given(check.priority),
  lane: given(check.name),
  retries: given(check.retries),
  timeout: given(check.timeout),
  onTimeout: given(check.onTimeout),
  onLapse: given(check.onLapse),
  expiresIn: given(check.timeout),
  metadata: given(check.metadata),
  retention: given(check.retention),
}

/** Names people try, with what to write instead. */
export const scheduleHints: Readonly<Record<string, string>> = {
  cron: "write when: { cron: '0 9 * * 1-5' }",
  every: "write when: { every: '5m' }",
  natural: "write when: { natural: 'every weekday at 9am' }",
  dailyAt: "write when: { dailyAt: ['09:00'] }",
  tz: 'it is called "timezone"',
  timeZone: 'it is called "timezone"',
  name: 'it is called "id"',
  data: 'it is called "input"',
  randomDelay: "write jitter: { min: '10s', max: '30s' }",
}

/** @throws RotaError for the first option that is wrong */
export function checkRule(where: string, options: object): Rule & { readonly owner?: string } {
  const checks = { ...timingChecks, ...jobOptionChecks, owner: check.text(200) }
  const checked = check.checkOptions(where, options, checks, scheduleHints)
  const jobOptions = pick(checked, Object.keys(jobOptionChecks)) as ScheduleJobOptions
  const timing = pick(checked, [...Object.keys(timingChecks), 'owner']) as Rule & { readonly owner?: string }
  const { startsAt, endsAt } = timing
  if (startsAt !== undefined && endsAt !== undefined && startsAt >= endsAt) {
    const message = `${where}: "startsAt" is not before "endsAt", so it could never run.`
    throw new RotaError('option_invalid', message, { field: 'startsAt' })
  }
  return { ...timing, ...(Object.keys(jobOptions).length > 0 && { options: jobOptions }) }
}

const pick = (object: object, names: readonly string[]): object =>
  Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)))

/** A schedule as it counts: the override over the rule, and the defaults below. */
export interface Effective extends Rule {
  readonly when: PlainWhen | null
  readonly timezone: string
  readonly dst: Dst
  readonly exclude: readonly Calendar[]
  readonly misfire: Misfire
  readonly overlap: Overlap
  readonly runOn: RunOn
  readonly options: ScheduleJobOptions
}

/** Most schedules say what others say, word for word; so what was made of it is kept. */
const mostKept = 2_000
/** Characters: what has a long input of its own is not said twice. */
const longestKept = 2_000
const known = new Map<string, Effective>()

export function effective({ rule, override }: Pick<ScheduleRecord, 'rule' | 'override'>): Effective {
  const key = override === null ? rule : `${rule}\n${override}`
  const kept = known.get(key)
  if (kept !== undefined) return kept
  const base = JSON.parse(rule) as Rule
  const own = override === null ? {} : (JSON.parse(override) as Rule)
  const made = {
    dst: {},
    exclude: [],
    ...pick(scheduleDefaults, ['timezone', 'misfire', 'overlap', 'runOn']),
    ...base,
    ...own,
    when: own.when ?? base.when ?? null,
    options: { ...base.options, ...own.options },
  } as Effective
  if (key.length > longestKept) return made
  if (known.size >= mostKept) known.clear()
  known.set(key, made)
  return made
}

const sequences = new WeakMap<Effective, Sequence>()

const never: Sequence = { next: () => null, previous: () => null, count: () => 0 }

/** @param start milliseconds since 1970, where intervals count from */
export function sequenceFor(spec: Effective, start: number): Sequence {
  const { when } = spec
  if (when === null) return never
  if (!('cron' in when || 'dailyAt' in when)) return compile({ ...spec, when }, start)
  const kept = sequences.get(spec) ?? compile({ ...spec, when }, 0) // the same wherever it starts
  sequences.set(spec, kept)
  return kept
}

/** The first slot that a schedule has from `now` on. */
export function firstSlot(spec: Effective, start: number, now: number): number | null {
  const after = Math.max(now, (spec.startsAt ?? now + 1) - 1)
  const slot = sequenceFor(spec, start).next(after)
  return slot === null || (spec.endsAt !== undefined && slot.at >= spec.endsAt) ? null : slot.at
}

export function needsWhen(where: string): RotaError {
  const message = `${where}: "when" is missing: { every: '5m' }, { cron: '0 9 * * 1-5' }, { natural: 'every weekday at 9am' } or { dailyAt: ['09:00'] }.`
  return new RotaError('schedule_invalid', message, { field: 'when' })
}
