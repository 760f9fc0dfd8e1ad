/** What a sentence means, as plain data: what was said twice, in another order or in other words is the same rule. */

export type Unit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'

/** A day of the month, which not every month may have. */
export type MonthDay =
  | { readonly kind: 'day'; readonly day: number }
  /** Days after the first, or before the last; held inside the month. */
  | { readonly kind: 'first'; readonly plus: number }
  | { readonly kind: 'last'; readonly minus: number }
  /** The day from Monday to Friday nearest to a day, in the same month. */
  | { readonly kind: 'nearest'; readonly day: number }
  /** The first or the last day of the month from Monday to Friday. */
  | { readonly kind: 'weekday'; readonly nth: 1 | -1 }
  /** The `nth` Monday (1) … Sunday (7) of the month; -1 is the last. */
  | { readonly kind: 'nth'; readonly nth: number; readonly weekday: number }

/** A day of every year, or of one. */
export interface NamedDate {
  readonly year: number | null
  readonly month: number
  readonly day: number
}

/** What has to hold together; null where nothing was said. Each list in order, without doubles, never empty. */
export interface Run {
  /** 1 (Monday) to 7 (Sunday). */
  readonly weekdays: readonly number[] | null
  readonly days: readonly MonthDay[] | null
  readonly dates: readonly NamedDate[] | null
  /** 1 to 12. */
  readonly months: readonly number[] | null
  /** Seconds of the day. */
  readonly times: readonly number[] | null
}

/** Both ends are included. One that ends before it begins goes on over the end of the day, week, month or year. */
export interface Range<T> {
  readonly from: T
  readonly to: T
}

/** Of each kind one range has to hold; null where there is none of the kind. */
export interface Windows {
  readonly weekdays: readonly Range<number>[] | null
  readonly days: readonly Range<MonthDay>[] | null
  readonly months: readonly Range<number>[] | null
  readonly times: readonly Range<number>[] | null
}

/** What an interval counts through: a number of its own unit (hour 10, weekday 5, month 11, year 2027), or a day. */
export type Anchor =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'date'; readonly year: number; readonly month: number; readonly day: number }

export interface NaturalRule {
  readonly every: number
  readonly unit: Unit
  readonly anchor: Anchor | null
  /** Any of them; at least one, which may hold nothing but null. */
  readonly runs: readonly Run[]
  readonly windows: Windows
  /** As it was written; null for the one of the schedule. */
  readonly timezone: string | null
}

export const unitSeconds = { second: 1, minute: 60, hour: 3_600 } as const

export const isSubDay = (unit: Unit): unit is keyof typeof unitSeconds => unit in unitSeconds

/** @param day one that may have several names; the 1st is also `FirstDay` and `LastDay - 30` */
export function plainDay(day: MonthDay): MonthDay {
  if (day.kind === 'first' && day.plus < 28) return { kind: 'day', day: day.plus + 1 }
  if (day.kind === 'first' && day.plus >= 30) return { kind: 'last', minus: 0 }
  if (day.kind === 'last' && day.minus >= 30) return { kind: 'day', day: 1 }
  return day
}

/** One order for all, and no doubles. Numbers of the same length would sort as text, so numbers are compared as such. */
export function inOrder<T>(values: readonly T[]): T[] {
  const keyed = new Map(values.map((value) => [sortKey(value), value]))
  return [...keyed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
}

const sortKey = (value: unknown): string => JSON.stringify(value).replace(/\d+/g, (digits) => digits.padStart(6, '0'))

const dayKinds = ['weekdays', 'days', 'dates'] as const
const without = (run: Run, ...kinds: (keyof Run)[]): string =>
  JSON.stringify(run, (key, value) => (kinds.includes(key as keyof Run) ? null : value))

/** Runs that differ in their times only, or in their days only, are one: until none is left, as one merge allows others. */
export function mergeRuns(runs: readonly Run[]): Run[] {
  let merged = inOrder(runs.map(tidy))
  for (let before = -1; before !== merged.length; ) {
    before = merged.length
    for (const kind of ['times', ...dayKinds] as const) merged = mergeBy(merged, kind)
  }
  return inOrder(merged)
}

function mergeBy(runs: readonly Run[], kind: keyof Run): Run[] {
  const groups = new Map<string, Run>()
  for (const run of runs) {
    const values = run[kind] as unknown[] | null
    const key = `${values === null} ${without(run, kind)}`
    const same = groups.get(key)
    if (same && values) groups.set(key, { ...same, [kind]: inOrder([...(same[kind] as unknown[]), ...values]) })
    else groups.set(key, run)
  }
  return [...groups.values()]
}

const tidy = (run: Run): Run => ({
  weekdays: run.weekdays && inOrder(run.weekdays),
  days: run.days && inOrder(run.days.map(plainDay)),
  dates: run.dates && inOrder(run.dates),
  months: run.months && inOrder(run.months),
  times: run.times && inOrder(run.times),
})
