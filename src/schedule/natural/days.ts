/** The days of a rule: what its sentence says of days, and where its interval lands, counted from the start. */
import { civilOf, dayOf, monthLength, weekdayOf } from '../civil.ts'
import type { DayRule } from '../wall.ts'
import { type Month, maskOfDays, maskOfRange, numbersOf, weekdayMasks } from './month-day.ts'
import type { NaturalRule, Run } from './rule.ts'

const allDays = 2 ** 31 - 1

const modulo = (n: number, by: number): number => ((n % by) + by) % by

/** 1 (Monday) to 7 (Sunday). */
const isoWeekday = (day: number): number => weekdayOf(day) || 7

/** @param start the day of the schedule's start, where it is */
export function daysOfRun(rule: NaturalRule, run: Run, start: number): DayRule {
  const filter = filterOf(rule, run)
  const interval = intervalOf(rule, run, start)
  return {
    daysIn(year, month) {
      const asked = filter(year, month)
      return asked === 0 ? 0 : asked & interval(year, month)
    },
  }
}

type Mask = (year: number, month: number) => number

/** All that a run and the windows ask of days, the interval aside. */
function filterOf({ windows }: NaturalRule, { weekdays, days, dates, months }: Run): Mask {
  const inMonths = months && new Set(months)
  const inSeason = windows.months && numbersOf(windows.months, 12)
  const ofWeek = weekdays && weekdayMasks(new Set(weekdays))
  const inWeek = windows.weekdays && weekdayMasks(numbersOf(windows.weekdays, 7))
  return (year, month) => {
    if ((inMonths && !inMonths.has(month)) || (inSeason && !inSeason.has(month))) return 0
    const first = isoWeekday(dayOf(year, month, 1))
    const here: Month = { length: monthLength(year, month), first }
    let mask = allDays
    if (ofWeek) mask &= ofWeek[first] as number
    if (inWeek) mask &= inWeek[first] as number
    if (days) mask &= maskOfDays(here, days)
    if (windows.days) mask &= windows.days.reduce((any, range) => any | maskOfRange(here, range), 0)
    if (dates) {
      let named = 0
      for (const date of dates)
        if (date.month === month && (date.year === null || date.year === year)) named |= 1 << (date.day - 1)
      mask &= named
    }
    return mask & (2 ** here.length - 1)
  }
}

function intervalOf(rule: NaturalRule, run: Run, start: number): Mask {
  const { every, unit } = rule
  const base = baseOf(rule, start)
  const at = civilOf(start)
  const ofStart: Mask = (year, month) => 1 << (Math.min(at.day, monthLength(year, month)) - 1)
  if (unit === 'day') return every === 1 ? () => allDays : everyNth(base, every)
  if (unit === 'week') return run.weekdays === null ? everyNth(base, 7 * every) : everyNthWeek(base, every)
  if (unit === 'month') {
    const days: Mask = run.days === null ? ofStart : () => allDays
    return (year, month) => (modulo(year * 12 + month - base, every) === 0 ? days(year, month) : 0)
  }
  if (unit === 'year') {
    const isOpen = run.days === null && run.dates === null
    const days: Mask = isOpen ? (year, month) => (month === at.month ? ofStart(year, month) : 0) : () => allDays
    return (year, month) => (modulo(year - base, every) === 0 ? days(year, month) : 0)
  }
  return () => allDays
}

/**
 * What the interval counts through: a day for days and weeks, a month (`year * 12 + month`), a year. An anchor that comes
 * again and again, such as November, is the first one from the start on.
 */
function baseOf({ unit, anchor }: NaturalRule, start: number): number {
  const { year, month } = civilOf(start)
  if (anchor?.kind === 'date') return dayOf(anchor.year, anchor.month, anchor.day)
  const value = anchor?.value
  if (unit === 'month') {
    const now = year * 12 + month
    return value === undefined ? now : now + modulo(value - month, 12)
  }
  if (unit === 'year') return value ?? year
  if (value === undefined) return start
  if (unit === 'week') return start + modulo(value - isoWeekday(start), 7)
  let day = start
  while (unit === 'day' && civilOf(day).day !== value) day += 1
  return day
}

function everyNth(base: number, every: number): Mask {
  return (year, month) => {
    let mask = 0
    for (let bit = modulo(base - dayOf(year, month, 1), every); bit < 31; bit += every) mask |= 1 << bit
    return mask
  }
}

/** All days of each nth week, Monday first, from the week of `base` on. */
function everyNthWeek(base: number, every: number): Mask {
  if (every === 1) return () => allDays
  const monday = base - isoWeekday(base) + 1
  return (year, month) => {
    const first = dayOf(year, month, 1)
    let mask = 0
    for (let bit = 0; bit < 31; bit++) if (modulo(Math.floor((first + bit - monday) / 7), every) === 0) mask |= 1 << bit
    return mask
  }
}

/** Every calendar of a year, and every 28 years the same order of them: what is on no day of these is on none. */
const typicalYears = Array.from({ length: 28 }, (_, i) => 2000 + i)
const allYears = Array.from({ length: 400 }, (_, i) => 1970 + i)

/** Whether there is a day that is all that a run asks for, whatever the start. */
export function canRunOnSomeDay(rule: NaturalRule, run: Run): boolean {
  const filter = filterOf(rule, run)
  const named = (run.dates ?? []).flatMap(({ year }) => (year === null ? [] : [year]))
  const anchored = rule.unit === 'year' && rule.anchor !== null
  const years = named.length === run.dates?.length ? named : [...named, ...(anchored ? allYears : typicalYears)]
  const through = throughAnchor(rule)
  for (const year of years)
    for (let month = 1; month <= 12; month++) if (through(year, month) && filter(year, month) !== 0) return true
  return false
}

/** The months and years that an anchored interval may land on. */
function throughAnchor({ unit, every, anchor }: NaturalRule): (year: number, month: number) => boolean {
  if (anchor?.kind === 'number' && unit === 'month') {
    const step = greatestDivisor(every, 12)
    return (_, month) => modulo(month - anchor.value, step) === 0
  }
  if (anchor?.kind === 'number' && unit === 'year') return (year) => modulo(year - anchor.value, every) === 0
  return () => true
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b))

/** A rule with the days of all of `rules`. */
export const anyOf = (rules: readonly DayRule[]): DayRule =>
  rules.length === 1
    ? (rules[0] as DayRule)
    : { daysIn: (year, month) => rules.reduce((mask, rule) => mask | rule.daysIn(year, month), 0) }

/** The days that follow on those of a rule. */
export const dayAfter = (rule: DayRule): DayRule => ({
  daysIn(year, month) {
    const [y, m] = month === 1 ? [year - 1, 12] : [year, month - 1]
    const last = (rule.daysIn(y, m) >> (monthLength(y, m) - 1)) & 1
    return ((rule.daysIn(year, month) << 1) & allDays) | last
  },
})
