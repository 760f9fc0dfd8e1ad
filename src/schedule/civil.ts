/**
 * The calendar (proleptic Gregorian) and the clock on the wall as plain numbers. A *day* counts from 1970-01-01 (day 0). A
 * *wall second* counts from 1970-01-01 00:00:00 as that clock shows it, whatever the zone: `day * 86_400 + second of the day`.
 */

export const daySeconds = 86_400

export interface Civil {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  /** 1 to 31. */
  readonly day: number
}

/**
 * The number of a day.
 *
 * After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
export function dayOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** The date of a day; the other way of `dayOf`, after the same source. */
export function civilOf(day: number): Civil {
  const shifted = day + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  }
}

/** 0 (Sunday) to 6 (Saturday). */
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7

export const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** 28 to 31. */
export const monthLength = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : (lengths[month - 1] as number)

/** The day of a wall second. */
export const dayOfWall = (wall: number): number => Math.floor(wall / daySeconds)

/** The second of its day, 0 to 86 399. */
export const secondOfWall = (wall: number): number => wall - dayOfWall(wall) * daySeconds

const two = (n: number) => String(n).padStart(2, '0')

/** `09:00`, or `09:00:10` where there are seconds. */
export function timeText(second: number): string {
  const text = `${two(Math.floor(second / 3_600))}:${two(Math.floor(second / 60) % 60)}`
  return second % 60 === 0 ? text : `${text}:${two(second % 60)}`
}
