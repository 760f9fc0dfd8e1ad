/** One face for every kind of expression: what comes next, what came before, and what it means in words. */
import { type Instant, parseInstant } from '../job/duration.ts'
import { checkOptions, integer, oneOf, text } from '../job/options.ts'
import { type Calendar, checkCalendars, describeCalendars, leavingOut } from './calendar.ts'
import type { Dst, Sequence, Shift } from './sequence.ts'
import { checkWhen, describeWhen, type PlainWhen, sequenceOf, type When, zoneIn } from './when.ts'
import { zoneOf } from './zone.ts'

/** How an expression is read. */
export interface RecurrenceOptions {
  /** IANA name (`Europe/Rome`) or offset (`+05:30`). A zone in a natural expression goes before it. @default 'UTC' */
  readonly timezone?: string
  /** What becomes of times that a change of the clock leaves out or shows twice. */
  readonly dst?: Dst
  /** Where intervals count from that have no anchor of their own. @default 1970-01-01T00:00:00Z */
  readonly start?: Instant
  /** Times at which nothing runs. @default none */
  readonly exclude?: Calendar | readonly Calendar[]
}

/** One of the next runs. */
export interface PreviewRun {
  /** The instant. */
  readonly at: Date
  /** As the clock on the wall shows it, with its offset: `2027-03-28T03:00:00+02:00`. */
  readonly local: string
  /**
   * `'gap'`: the time does not exist on this day, so it is the first moment after the gap. `'repeat'`: it exists twice on
   * this day, and this is one of the two. Null as a rule.
   */
  readonly shift: Shift | null
}

/** An expression that is understood. */
export interface Recurrence {
  /** The expression in its plain form. */
  readonly when: PlainWhen
  /** The zone whose clock counts. */
  readonly timezone: string
  /** The first run after an instant; null for never. */
  next(after: Instant): Date | null
  /** The last run before an instant; null for never. */
  previous(before: Instant): Date | null
  /** The next runs after `after`: `n` of them, 1 to 10 000, or fewer where it ends. */
  preview(n: number, after: Instant): PreviewRun[]
  /** In plain English. For natural expressions the text is one again, with the same meaning. */
  describe(): string
}

const checks = {
  timezone: text(64),
  dst: checkDst,
  start: parseInstant,
  exclude: checkCalendars,
}

export function checkDst(value: unknown, field: string): Dst {
  return checkOptions(field, value, {
    gap: oneOf(['next', 'skip'] as const),
    repeat: oneOf(['first', 'last', 'both'] as const),
  })
}

/**
 * What an expression means: when it runs, in words and in instants.
 *
 * @throws RotaError `schedule_invalid` naming the place in the expression and the nearest thing that would be understood
 * @example
 * const daily = recurrence({ cron: '0 9 * * 1-5' }, { timezone: 'Europe/Rome' })
 * daily.describe() // 'At 09:00, Monday to Friday'
 * daily.next('2027-01-02T12:00:00Z') // 2027-01-04T08:00:00.000Z
 */
export function recurrence(when: When, options: RecurrenceOptions = {}): Recurrence {
  const { timezone, dst = {}, start = 0, exclude = [] } = checkOptions('recurrence', options, checks)
  const plain = checkWhen(when, 'when')
  const zone = zoneOf(zoneIn(plain) ?? timezone ?? 'UTC')
  const sequence = compile({ when: plain, timezone: zone.id, dst, exclude }, start)
  return {
    when: plain,
    timezone: zone.id,
    next: (after) => dateOf(sequence.next(parseInstant(after, 'after'))),
    previous: (before) => dateOf(sequence.previous(parseInstant(before, 'before'))),
    preview(n, after) {
      const runs: PreviewRun[] = []
      let at = parseInstant(after, 'after')
      for (let left = integer(1, 10_000)(n, 'n'); left > 0; left--) {
        const slot = sequence.next(at)
        if (slot === null) break
        runs.push({ at: new Date(slot.at), local: localText(slot.at, zone.id), shift: slot.shift })
        at = slot.at
      }
      return runs
    },
    describe: () => describeWhen(plain) + describeCalendars(exclude),
  }
}

const dateOf = (slot: { readonly at: number } | null): Date | null => (slot === null ? null : new Date(slot.at))

/** What a schedule says about its times, in plain form. */
export interface Timing {
  readonly when: PlainWhen
  readonly timezone: string
  readonly dst: Dst
  readonly exclude: readonly Calendar[]
}

/** The moments of a timing. @param start milliseconds since 1970, where intervals count from */
export function compile({ when, timezone, dst, exclude }: Timing, start: number): Sequence {
  const zone = zoneOf(zoneIn(when) ?? timezone)
  const sequence = sequenceOf(when, { zone, dst, start })
  return exclude.length === 0 ? sequence : leavingOut(sequence, exclude, zone)
}

/** An instant as the clock of a zone shows it, with its offset. */
export function localText(at: number, timezone: string): string {
  const { offset } = zoneOf(timezone).stretchAt(Math.floor(at / 1_000))
  const wall = new Date(at + offset * 1_000).toISOString().replace(/(\.000)?Z$/, '')
  const minutes = Math.trunc(Math.abs(offset) / 60)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${wall}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
