/** Patterns of some years only. The core searches 400 years and no more, and the next year that is meant may be farther. */
import { civilOf, dayOf, dayOfWall, daySeconds } from '../civil.ts'
import { firstYear, lastYear, type WallPattern } from '../wall.ts'

/** Years as a set over all that there are. */
export interface Years {
  has(year: number): boolean
  /** The first at or after `year`. */
  next(year: number): number | null
  /** The last at or before `year`. */
  previous(year: number): number | null
}

/** @param values in order, without doubles */
export function yearsOf(values: readonly number[]): Years {
  const has = new Uint8Array(lastYear - firstYear + 1)
  for (const value of values) has[value - firstYear] = 1
  const found = (index: number) => (index < 0 ? null : index + firstYear)
  return {
    has: (year) => has[year - firstYear] === 1,
    next: (year) => found(has.indexOf(1, Math.max(year - firstYear, 0))),
    previous: (year) => (year < firstYear ? null : found(has.lastIndexOf(1, year - firstYear))),
  }
}

/** How far the core searches. */
const reach = 400

/** @param pattern that has no times outside of `years` */
export function inYears(pattern: WallPattern, years: Years): WallPattern {
  return {
    count: pattern.count,
    next(after) {
      const from = civilOf(dayOfWall(after)).year
      for (let year = years.next(from); year !== null; year = years.next(year + reach)) {
        const found = pattern.next(Math.max(after, dayOf(year, 1, 1) * daySeconds - 1))
        if (found !== null) return found
      }
      return null
    },
    previous(before) {
      const from = civilOf(dayOfWall(before)).year
      for (let year = years.previous(from); year !== null; year = years.previous(year - reach)) {
        const found = pattern.previous(Math.min(before, dayOf(year + 1, 1, 1) * daySeconds))
        if (found !== null) return found
      }
      return null
    },
  }
}
