import { expect, test } from 'vitest'
import { dayIn, isTurned, isUnclear, type Month, maskOfRange, numbersOf, weekdayMasks } from './month-day.ts'
import type { MonthDay } from './rule.ts'

/** 2026-08-01 is a Saturday, 2026-02-01 a Sunday; 2026-05-31 and 2026-02-01 are Sundays. */
const august: Month = { length: 31, first: 6 }
const february: Month = { length: 28, first: 7 }
const may: Month = { length: 31, first: 5 }

const nearest = (day: number): MonthDay => ({ kind: 'nearest', day })
const nth = (nth: number, weekday: number): MonthDay => ({ kind: 'nth', nth, weekday })

test('the nearest weekday never leaves the month', () => {
  expect(dayIn(august, nearest(1))).toBe(3) // a Saturday, and July is before it
  expect(dayIn(february, nearest(1))).toBe(2)
  expect(dayIn(may, nearest(31))).toBe(29) // a Sunday, and June is behind it
  expect(dayIn(august, nearest(8))).toBe(7)
  expect(dayIn(august, nearest(9))).toBe(10)
  expect(dayIn(august, nearest(12))).toBe(12)
  expect(dayIn(february, nearest(29))).toBe(null)
})

test('days from the ends are held inside of the month', () => {
  expect(dayIn(february, { kind: 'first', plus: 29 })).toBe(28)
  expect(dayIn(february, { kind: 'last', minus: 29 })).toBe(1)
  expect(dayIn(february, { kind: 'last', minus: 1 })).toBe(27)
})

test('the nth weekday, where the month has it', () => {
  expect(dayIn(august, nth(1, 6))).toBe(1)
  expect(dayIn(august, nth(1, 5))).toBe(7)
  expect(dayIn(august, nth(5, 1))).toBe(31)
  expect(dayIn(august, nth(5, 2))).toBe(null)
  expect(dayIn(august, nth(-1, 2))).toBe(25)
  expect(dayIn(february, nth(-1, 6))).toBe(28)
  expect(dayIn(august, { kind: 'weekday', nth: 1 })).toBe(3)
  expect(dayIn(may, { kind: 'weekday', nth: -1 })).toBe(29)
})

const day = (n: number): MonthDay => ({ kind: 'day', day: n })
const last = (minus: number): MonthDay => ({ kind: 'last', minus })

test('windows of days go over the end of the month', () => {
  expect(maskOfRange(august, { from: day(30), to: day(2) })).toBe(0b1100000000000000000000000000011)
  expect(maskOfRange(february, { from: day(27), to: last(0) }) & (2 ** 28 - 1)).toBe(0b11 << 26)
  expect(maskOfRange(february, { from: day(29), to: last(0) }) & (2 ** 28 - 1)).toBe(0)
  expect([isTurned(day(30), day(2)), isTurned(day(2), last(0)), isTurned(last(1), day(1))]).toEqual([true, false, true])
})

test('a window that is turned in some months only is unclear', () => {
  expect(isUnclear(day(29), last(1))).toBe(true)
  expect(isUnclear(day(29), last(0))).toBe(false)
  expect(isUnclear(day(27), last(1))).toBe(false)
  expect(isUnclear(last(0), day(30))).toBe(true)
  expect(isUnclear(last(0), day(2))).toBe(false)
})

test('numbers go around', () => {
  expect([...numbersOf([{ from: 11, to: 2 }], 12)]).toEqual([1, 2, 11, 12])
  expect([
    ...numbersOf(
      [
        { from: 5, to: 7 },
        { from: 1, to: 1 },
      ],
      7,
    ),
  ]).toEqual([5, 6, 7, 1])
})

test('weekdays as bits', () => {
  const [, monday] = weekdayMasks(new Set([1]))
  expect(monday).toBe(1 | (1 << 7) | (1 << 14) | (1 << 21) | (1 << 28))
})
