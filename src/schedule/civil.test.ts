import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  civilOf,
  dayOf,
  dayOfWall,
  daySeconds,
  isLeap,
  monthLength,
  secondOfWall,
  timeText,
  weekdayOf,
} from './civil.ts'

/** As far as `Date` goes with room to spare: about 270 000 years each way. */
const day = fc.integer({ min: -99_000_000, max: 99_000_000 })

test('days, dates and weekdays are those of Date', () => {
  const check = (number: number) => {
    const date = new Date(number * daySeconds * 1_000)
    const civil = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
    expect(civilOf(number)).toEqual(civil)
    expect(dayOf(civil.year, civil.month, civil.day)).toBe(number)
    expect(weekdayOf(number)).toBe(date.getUTCDay())
  }
  fc.assert(fc.property(day, check), { numRuns: 2_000 })
  // Every day of 400 years and some: the calendar repeats itself after them.
  for (let number = -1_000; number < 147_000; number += 1) {
    const { year, month, day: of } = civilOf(number)
    if (dayOf(year, month, of) !== number || Date.UTC(year, month - 1, of) !== number * daySeconds * 1_000)
      check(number)
  }
})

test('leap years and the lengths of months are those of Date', () => {
  for (const year of [1600, 1700, 1900, 1970, 1972, 2000, 2023, 2024, 2100, 2400, 9_999])
    for (let month = 1; month <= 12; month++) {
      const last = new Date(Date.UTC(year, month, 0)).getUTCDate()
      expect([year, month, monthLength(year, month)]).toEqual([year, month, last])
      if (month === 2) expect(isLeap(year)).toBe(last === 29)
    }
})

test('a wall second is a day and a second of it, before 1970 too', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (wall) => {
      expect(dayOfWall(wall) * daySeconds + secondOfWall(wall)).toBe(wall)
      expect(secondOfWall(wall)).toBeGreaterThanOrEqual(0)
      expect(secondOfWall(wall)).toBeLessThan(daySeconds)
    }),
  )
})

test('the time of a day has seconds where there are some', () => {
  expect([0, 60, 32_400, 32_410, 86_399].map(timeText)).toEqual(['00:00', '00:01', '09:00', '09:00:10', '23:59:59'])
})
