/** Days of a month as bits (bit 0 is the 1st), as `DayRule` has them. */
import type { MonthDay, Range } from './rule.ts'

/** A month as far as its days need it. */
export interface Month {
  /** 28 to 31. */
  readonly length: number
  /** The weekday of the 1st: 1 (Monday) to 7 (Sunday). */
  readonly first: number
}

const monthMask = 2 ** 31 - 1

/** The weekday of a day of the month, 1 to 7. */
const weekdayIn = ({ first }: Month, day: number): number => ((first + day - 2) % 7) + 1

/** The day of the month that is meant; null where this month has none. */
export function dayIn(month: Month, day: MonthDay): number | null {
  const { length } = month
  switch (day.kind) {
    case 'day':
      return day.day <= length ? day.day : null
    case 'first':
      return Math.min(length, day.plus + 1)
    case 'last':
      return Math.max(1, length - day.minus)
    case 'nearest':
      return day.day <= length ? nearestWeekday(month, day.day) : null
    case 'weekday':
      return nearestWeekday(month, day.nth === 1 ? 1 : length)
    case 'nth': {
      const earliest = ((day.weekday - month.first + 7) % 7) + 1
      if (day.nth === -1) return earliest + 7 * Math.floor((length - earliest) / 7)
      const found = earliest + 7 * (day.nth - 1)
      return found <= length ? found : null
    }
  }
}

/** From Monday to Friday, in the same month: of a Saturday the day before, of a Sunday the day after. */
function nearestWeekday(month: Month, day: number): number {
  const weekday = weekdayIn(month, day)
  if (weekday === 6) return day > 1 ? day - 1 : day + 2
  if (weekday === 7) return day < month.length ? day + 1 : day - 2
  return day
}

export function maskOfDays(month: Month, days: readonly MonthDay[]): number {
  let mask = 0
  for (const one of days) {
    const day = dayIn(month, one)
    if (day !== null) mask |= 1 << (day - 1)
  }
  return mask
}

/** The days of the weekdays, for each weekday of the 1st (1 to 7; 0 is not used). */
export const weekdayMasks = (weekdays: ReadonlySet<number>): number[] =>
  Array.from({ length: 8 }, (_, first) => {
    let mask = 0
    for (let day = 1; day <= 31; day++) if (weekdays.has(weekdayIn({ first, length: 31 }, day))) mask |= 1 << (day - 1)
    return mask
  })

export function maskOfRange(month: Month, { from, to }: Range<MonthDay>): number {
  const low = dayIn(month, from) ?? 32
  const high = dayIn(month, to) ?? 31
  const atLeast = monthMask & ~(2 ** (low - 1) - 1)
  const atMost = 2 ** high - 1
  return isTurned(from, to) ? atLeast | atMost : atLeast & atMost
}

/** Where a bound stands in a month of so many days, should it have the day or not. */
const placeIn = (day: MonthDay, length: number): number => {
  if (day.kind === 'day') return day.day
  return day.kind === 'first'
    ? Math.min(length, day.plus + 1)
    : Math.max(1, length - (day.kind === 'last' ? day.minus : 0))
}

/** Whether a window ends before it begins, and so goes over the end of the month. */
export const isTurned = (from: MonthDay, to: MonthDay): boolean => placeIn(from, 31) > placeIn(to, 31)

/** Whether it does so in some months only. */
export function isUnclear(from: MonthDay, to: MonthDay): boolean {
  // That a short month lacks the days of a window leaves nothing unclear.
  if (to.kind === 'last' && to.minus === 0) return false
  return isTurned(from, to) !== placeIn(from, 28) > placeIn(to, 28)
}

/** The numbers of ranges that go around: months from November to February, weekdays from Friday to Monday. */
export function numbersOf(ranges: readonly Range<number>[], last: number): Set<number> {
  const numbers = new Set<number>()
  for (const { from, to } of ranges)
    for (let n = 1; n <= last; n++) if (from <= to ? n >= from && n <= to : n >= from || n <= to) numbers.add(n)
  return numbers
}
