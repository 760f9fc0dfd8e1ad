/** Which seconds of the clock on the wall are meant, zones aside: some days, and on each of them the same times. */
import { civilOf, dayOf, dayOfWall, daySeconds, monthLength, secondOfWall } from './civil.ts'

/** Days that are meant. */
export interface DayRule {
  /** The days of a month as bits: bit 0 is the 1st. Bits beyond the length of the month do not count. */
  daysIn(year: number, month: number): number
}

/** Times of a day that are meant, as seconds of the day. */
export interface Times {
  /** How many there are; at least 1. */
  readonly count: number
  /** The first at or after `second`; null when there is none on this day. */
  next(second: number): number | null
  /** The last at or before `second`; null when there is none on this day. */
  previous(second: number): number | null
  /** How many are before `second` (0 to 86 400). */
  countBefore(second: number): number
}

/** Seconds of a clock on the wall. */
export interface WallPattern {
  /** The first after a wall second; null for never. */
  next(after: number): number | null
  /** The last before a wall second; null for never. */
  previous(before: number): number | null
  /** How many are in `from <= wall < until`. */
  count(from: number, until: number): number
}

/** The calendar repeats itself after 400 years, so what is not found in them never is. */
const monthsToSearch = 4_800
export const firstYear = 1970
export const lastYear = 9_999

const lastDay = dayOf(lastYear, 12, 31)

const masks = [28, 29, 30, 31].map((length) => 2 ** length - 1)

/** The days of a rule that the month really has. */
function daysOf(rule: DayRule, year: number, month: number): number {
  if (year < firstYear || year > lastYear) return 0
  return rule.daysIn(year, month) & (masks[monthLength(year, month) - 28] as number)
}

/** The first day of a rule at or after `from`; null when there is none within 400 years. */
export function nextDay(rule: DayRule, from: number): number | null {
  let { year, month, day } = civilOf(Math.max(from, 0))
  for (let i = 0; i <= monthsToSearch && year <= lastYear; i++) {
    const days = (daysOf(rule, year, month) >>> (day - 1)) << (day - 1)
    if (days !== 0) return dayOf(year, month, 32 - Math.clz32(days & -days))
    day = 1
    month = month === 12 ? 1 : month + 1
    if (month === 1) year += 1
  }
  return null
}

/** The last day of a rule at or before `from`; null when there is none within 400 years. */
export function previousDay(rule: DayRule, from: number): number | null {
  if (from < 0) return null
  let { year, month, day } = civilOf(Math.min(from, lastDay))
  for (let i = 0; i <= monthsToSearch && year >= firstYear; i++) {
    const days = daysOf(rule, year, month) & (2 ** day - 1)
    if (days !== 0) return dayOf(year, month, 32 - Math.clz32(days))
    day = 31
    month = month === 1 ? 12 : month - 1
    if (month === 12) year -= 1
  }
  return null
}

export function isDayOf(rule: DayRule, day: number): boolean {
  const { year, month, day: of } = civilOf(day)
  return (daysOf(rule, year, month) & (1 << (of - 1))) !== 0
}

/** How many days of a rule are in `from <= day < until`. */
export function countDays(rule: DayRule, from: number, until: number): number {
  let count = 0
  for (let day = Math.max(from, 0); day < until; ) {
    const { year, month, day: first } = civilOf(day)
    if (year > lastYear) break
    const last = Math.min(monthLength(year, month), first + (until - day) - 1)
    count += bits(daysOf(rule, year, month) & (2 ** last - 1) & ~(2 ** (first - 1) - 1))
    day += last - first + 1
  }
  return count
}

function bits(n: number): number {
  let count = 0
  for (let left = n; left !== 0; left &= left - 1) count += 1
  return count
}

/** @param seconds of the day, in any order; at least one */
export function timesOf(seconds: readonly number[]): Times {
  const all = [...new Set(seconds)].sort((a, b) => a - b)
  /** How many are before `second`. */
  const countBefore = (second: number) => {
    let low = 0
    for (let high = all.length; low < high; ) {
      const middle = (low + high) >> 1
      if ((all[middle] as number) < second) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    count: all.length,
    next: (second) => all[countBefore(second)] ?? null,
    previous: (second) => all[countBefore(second + 1) - 1] ?? null,
    countBefore,
  }
}

/** The same times on all days of a rule. */
export function wallPattern(days: DayRule, times: Times): WallPattern {
  const first = times.next(0) as number
  const last = times.previous(daySeconds - 1) as number
  /** Of a day that may not be of the rule. */
  const before = (day: number, second: number) => (isDayOf(days, day) ? times.countBefore(second) : 0)
  return {
    next(after) {
      const day = dayOfWall(after + 1)
      if (isDayOf(days, day)) {
        const second = times.next(secondOfWall(after + 1))
        if (second !== null) return day * daySeconds + second
      }
      const later = nextDay(days, day + 1)
      return later === null ? null : later * daySeconds + first
    },
    previous(wall) {
      const day = dayOfWall(wall - 1)
      if (isDayOf(days, day)) {
        const second = times.previous(secondOfWall(wall - 1))
        if (second !== null) return day * daySeconds + second
      }
      const earlier = previousDay(days, day - 1)
      return earlier === null ? null : earlier * daySeconds + last
    },
    count(from, until) {
      if (until <= from) return 0
      const [a, b] = [dayOfWall(from), dayOfWall(until)]
      return countDays(days, a, b) * times.count - before(a, secondOfWall(from)) + before(b, secondOfWall(until))
    },
  }
}
