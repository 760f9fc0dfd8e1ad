import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { civilOf, dayOf, daySeconds } from './civil.ts'
import { countDays, type DayRule, isDayOf, nextDay, previousDay, timesOf, wallPattern } from './wall.ts'

/** For each month of a year which days are meant; also days that it has not. */
const rule = fc
  .array(fc.oneof(fc.constant(0), fc.constant(2 ** 31 - 1), fc.nat(2 ** 31 - 1)), { minLength: 12, maxLength: 12 })
  .map((months): DayRule => ({ daysIn: (_, month) => months[month - 1] as number }))
const someDay = fc.integer({ min: dayOf(1990, 1, 1), max: dayOf(2040, 1, 1) })
const seconds = fc.array(fc.nat(daySeconds - 1), { minLength: 1, maxLength: 5 })

/** What a rule says of one day, without the code that is tested. */
function isMeant({ daysIn }: DayRule, day: number): boolean {
  const { year, month, day: of } = civilOf(day)
  return ((daysIn(year, month) >>> (of - 1)) & 1) === 1
}

describe('days', () => {
  test('next, previous and count are what walking day by day gives', () => {
    fc.assert(
      fc.property(rule, someDay, fc.nat(800), (days, from, length) => {
        const meant = Array.from({ length }, (_, i) => from + i).filter((day) => isMeant(days, day))
        expect(countDays(days, from, from + length)).toBe(meant.length)
        const [next, previous] = [nextDay(days, from), previousDay(days, from + length - 1)]
        if (meant.length > 0) expect([next, previous]).toEqual([meant[0], meant.at(-1)])
        else expect(next === null || next >= from + length).toBe(true)
        expect(isDayOf(days, from)).toBe(isMeant(days, from))
      }),
      { numRuns: 500 },
    )
  })

  test('what never comes is never found, and that is known soon', () => {
    const days: DayRule = { daysIn: (_, month) => (month === 2 ? 1 << 29 : 0) }
    expect([nextDay(days, 20_000), previousDay(days, 20_000), countDays(days, 0, 40_000)]).toEqual([null, null, 0])
  })

  test('February 29 is found over the eight years around 2100', () => {
    const days: DayRule = { daysIn: (_, month) => (month === 2 ? 1 << 28 : 0) }
    expect(nextDay(days, dayOf(2096, 3, 1))).toBe(dayOf(2104, 2, 29))
    expect(previousDay(days, dayOf(2104, 2, 28))).toBe(dayOf(2096, 2, 29))
  })

  test('there is nothing before 1970 and after 9999', () => {
    const every: DayRule = { daysIn: () => 2 ** 31 - 1 }
    const [first, last] = [0, dayOf(9_999, 12, 31)]
    expect([nextDay(every, -1e6), nextDay(every, last), nextDay(every, last + 1)]).toEqual([first, last, null])
    expect([previousDay(every, 1e7), previousDay(every, first), previousDay(every, -1)]).toEqual([last, first, null])
    expect([isDayOf(every, -1), isDayOf(every, first), isDayOf(every, last), isDayOf(every, last + 1)]).toEqual([
      false,
      true,
      true,
      false,
    ])
    expect(countDays(every, -100, 5)).toBe(5)
    expect(countDays(every, last - 4, last + 400)).toBe(5)
  })
})

describe('times', () => {
  test('next, previous and count are what a list gives', () => {
    fc.assert(
      fc.property(seconds, fc.nat(daySeconds), (all, second) => {
        const [times, sorted] = [timesOf(all), [...new Set(all)].sort((a, b) => a - b)]
        expect(times.count).toBe(sorted.length)
        expect(times.next(second)).toBe(sorted.find((one) => one >= second) ?? null)
        expect(times.previous(second)).toBe(sorted.findLast((one) => one <= second) ?? null)
        expect(times.countBefore(second)).toBe(sorted.filter((one) => one < second).length)
      }),
    )
  })
})

describe('a pattern', () => {
  test('next, previous and count are what a list of all seconds gives', () => {
    fc.assert(
      fc.property(rule, seconds, someDay, fc.nat(90), fc.nat(2 * daySeconds), (days, all, from, length, offset) => {
        const pattern = wallPattern(days, timesOf(all))
        const sorted = [...new Set(all)].sort((a, b) => a - b)
        const [begin, end] = [from * daySeconds + (offset % daySeconds), (from + length) * daySeconds + (offset >> 1)]
        const meant = Array.from({ length: length + 4 }, (_, i) => from - 1 + i)
          .filter((day) => isMeant(days, day))
          .flatMap((day) => sorted.map((second) => day * daySeconds + second))
        const inside = meant.filter((wall) => wall >= begin && wall < end)
        expect(pattern.count(begin, end)).toBe(inside.length)
        const [next, previous] = [pattern.next(begin - 1), pattern.previous(end)]
        if (inside.length > 0) expect([next, previous]).toEqual([inside[0], inside.at(-1)])
        else expect(next === null || end <= begin || next >= end).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('an empty stretch has none', () => {
    const every = wallPattern({ daysIn: () => 2 ** 31 - 1 }, timesOf([0, 1]))
    expect([every.count(10, 10), every.count(10, 0), every.count(0, 2)]).toEqual([0, 0, 2])
  })
})
