import { expect, test } from 'vitest'
import { dayOf, daySeconds } from '../civil.ts'
import { timesOf, wallPattern } from '../wall.ts'
import { inYears, yearsOf } from './years.ts'

test('years before, after and between', () => {
  const years = yearsOf([1970, 2028, 9_999])
  expect(
    [1900, 1970, 1971, 2028, 2029, 9_999, 10_000].map((year) => [
      years.previous(year),
      years.has(year),
      years.next(year),
    ]),
  ).toEqual([
    [null, false, 1970],
    [1970, true, 1970],
    [1970, false, 2028],
    [2028, true, 2028],
    [2028, false, 9_999],
    [9_999, true, 9_999],
    [9_999, false, null],
  ])
})

test('a year is found over any distance, forward and backward', () => {
  const years = yearsOf([1971, 9_000])
  const midnights = wallPattern({ daysIn: (year, month) => (years.has(year) && month === 3 ? 1 : 0) }, timesOf([0]))
  const wall = inYears(midnights, years)
  const [first, last] = [1971, 9_000].map((year) => dayOf(year, 3, 1) * daySeconds) as [number, number]
  expect([wall.next(-1e12), wall.next(first - 1), wall.next(first), wall.next(last)]).toEqual([
    first,
    first,
    last,
    null,
  ])
  expect([wall.previous(first), wall.previous(last), wall.previous(last + 1), wall.previous(1e12)]).toEqual([
    null,
    first,
    last,
    last,
  ])
  expect(wall.count(0, last + 1)).toBe(2)
})
