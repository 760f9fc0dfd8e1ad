/** `rota.schedule(name, job)…`: a schedule in the code, said in a chain of words. Each word is checked at once. */
import type { Duration, Instant } from '../job/duration.ts'
import type { EnqueueOptions } from '../job/enqueue-options.ts'
import { RotaError, show } from '../job/errors.ts'
import * as check from '../job/options.ts'
import { checkOptions } from '../job/options.ts'
import type { Calendar } from '../schedule/calendar.ts'
import type { CronDialect } from '../schedule/cron/cron.ts'
import type { Misfire, Overlap } from '../schedule/policies.ts'
import type { Dst } from '../schedule/sequence.ts'
import { checkWhen, type When } from '../schedule/when.ts'
import type { Wanted } from './schedule-plan.ts'
import {
  checkRule,
  jobOptionChecks,
  needsWhen,
  type Rule,
  type ScheduleJobOptions,
  scheduleHints,
} from './schedule-rule.ts'

/** What a chain of words comes to, kept apart from the words. */
export interface Said {
  /** As `checkRule` takes it. */
  options: Record<string, unknown>
  input: string | null
}

/**
 * A schedule in the code of an application. It is stored when `rota.start()` is called, or a moment after the last word where that was
 * called before; it is not a promise. What cannot be stored then is told by the event `worker:trouble`.
 *
 * @example rota.schedule('daily-cleanup', cleanup).dailyAt('23:30:00').onOneServer().withoutOverlapping().randomDelay(10, 30)
 */
export class ScheduleBuilder<Input = unknown> {
  readonly #name: string
  readonly #said: Said
  readonly #toJson: (input: unknown) => string | null

  /** @internal */
  constructor(name: string, said: Said, toJson: (input: unknown) => string | null) {
    this.#name = name
    this.#said = said
    this.#toJson = toJson
  }

  /** One or several times of the day, by a 24-hour clock: `dailyAt('09:00:00', '18:30')`. */
  dailyAt(...times: [string, ...string[]]): this {
    return this.#when({ dailyAt: times })
  }

  /** Once when this process starts to work, beside whatever else is said. */
  immediate(): this {
    return this.#set({ immediate: true })
  }

  /** Every so many seconds; at least 1. */
  everySeconds(seconds: number): this {
    return this.#every(seconds, 1_000, 'everySeconds')
  }

  /** Every so many minutes; at least 1. */
  everyMinutes(minutes: number): this {
    return this.#every(minutes, 60_000, 'everyMinutes')
  }

  /** Every so many hours; at least 1. */
  everyHours(hours: number): this {
    return this.#every(hours, 3_600_000, 'everyHours')
  }

  /** `every('90s')`; at least a second. With an anchor the runs are such steps away from that instant. */
  every(interval: Duration, options: { readonly anchor?: Instant } = {}): this {
    return this.#when({ every: interval, ...options })
  }

  /** `cron('0 9 * * 1-5')`: 5, 6 (seconds first) or 7 fields (a year last). */
  cron(expression: string, options: { readonly dialect?: CronDialect } = {}): this {
    return this.#when({ cron: expression, ...options })
  }

  /** `natural('every weekday at 9am')` */
  natural(expression: string): this {
    return this.#when({ natural: expression })
  }

  /** Not on Saturdays and Sundays. */
  weekdays(): this {
    return this.exclude({ weekdays: ['sat', 'sun'] })
  }

  /** Only between two times of the day, both included; across midnight where the second is the earlier one. */
  between(from: string, to: string): this {
    return this.exclude({ outside: [from, to] })
  }

  /** Not at these times, in addition to those said before. */
  exclude(...calendars: Calendar[]): this {
    const before = (this.#said.options.exclude as Calendar[] | undefined) ?? []
    return this.#set({ exclude: [...before, ...calendars] })
  }

  /** IANA name, such as `Europe/Rome`. @default 'UTC' */
  timezone(zone: string): this {
    return this.#set({ timezone: zone })
  }

  /** What becomes of times that a change of the clock leaves out or shows twice. @default { gap: 'next', repeat: 'first' } */
  dst(dst: Dst): this {
    return this.#set({ dst })
  }

  /** One run for each slot in the whole cluster. This is the default. */
  onOneServer(): this {
    return this.#set({ runOn: 'one' })
  }

  /** One run for each slot on each live worker that serves the lane. */
  onEveryServer(): this {
    return this.#set({ runOn: 'every' })
  }

  /** A run is skipped while an earlier one is not over; the same as `overlap('skip')`. */
  withoutOverlapping(): this {
    return this.overlap('skip')
  }

  /** What becomes of a run while an earlier one is not over. @default 'allow' */
  overlap(policy: Overlap): this {
    return this.#set({ overlap: policy })
  }

  /** Each run starts later by a chance of `min` to `max` seconds, both included. */
  randomDelay(min: number, max: number): this {
    for (const [field, seconds] of Object.entries({ min, max }))
      if (typeof seconds !== 'number' || !(seconds >= 0)) {
        const message = `randomDelay: ${field} is ${show(seconds)}. It must be a number of seconds, 0 or more.`
        throw new RotaError('option_invalid', message, { field })
      }
    return this.#set({ jitter: { min: Math.round(min * 1_000), max: Math.round(max * 1_000) } })
  }

  /** What becomes of runs whose time passed while nobody could start them. @default 'once' */
  misfire(policy: Misfire): this {
    return this.#set({ misfire: policy })
  }

  /** The first moment at which it may run; intervals count from it. */
  startsAt(instant: Instant): this {
    return this.#set({ startsAt: instant })
  }

  /** From this moment on it does not run any more. */
  endsAt(instant: Instant): this {
    return this.#set({ endsAt: instant })
  }

  /** It is over after so many runs. */
  maxRuns(runs: number): this {
    return this.#set({ maxRuns: runs })
  }

  /** What each run gets. */
  input(input: Input): this {
    this.#said.input = this.#toJson(input)
    return this
  }

  /** For lists, at most 500 characters. */
  describedAs(description: string): this {
    return this.#set({ description })
  }

  /** Whom to ask about it, at most 200 characters. */
  owner(owner: string): this {
    return this.#set({ owner })
  }

  /** Goes before the definition. */
  priority(priority: NonNullable<EnqueueOptions['priority']>): this {
    return this.#set({ priority })
  }

  /** Goes before the definition. */
  lane(lane: string): this {
    return this.#set({ lane })
  }

  /** Goes before the definition. */
  retries(retries: number): this {
    return this.#set({ retries })
  }

  /** Goes before the definition. */
  timeout(timeout: Duration): this {
    return this.#set({ timeout })
  }

  /** Everything else that a schedule may say of its jobs; goes before the definition. */
  options(options: ScheduleJobOptions): this {
    checkOptions(`schedule "${this.#name}"`, options, jobOptionChecks, scheduleHints)
    return this.#set({ ...options })
  }

  #every(n: number, unit: number, word: string): this {
    check.integer(1, 1_000_000)(n, word)
    return this.every(n * unit)
  }

  #when(when: When): this {
    if (this.#said.options.when !== undefined) {
      const message = `schedule "${this.#name}": it says twice when it runs. Make a schedule of its own for each, or give several times to dailyAt.`
      throw new RotaError('schedule_invalid', message, { field: 'when' })
    }
    checkWhen(when, 'when')
    return this.#set({ when })
  }

  #set(options: Record<string, unknown>): this {
    const all = { ...this.#said.options, ...options }
    checkRule(`schedule "${this.#name}"`, all)
    this.#said.options = all
    return this
  }
}

/** What a chain of words says, when it is to be stored. */
export function wantedOf(name: string, job: string, { options, input }: Said): Wanted {
  const where = `schedule "${name}"`
  const { owner, ...rule } = checkRule(where, options)
  if (rule.when === undefined && !rule.immediate) throw needsWhen(where)
  const full: Rule = { ...rule, ...(input !== null && { input }) }
  return { id: name, job, rule: full, owner: owner ?? null }
}
