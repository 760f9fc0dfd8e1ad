/** Moments that follow elapsed time: on a grid within each hour, day or minute, or from the start of a schedule on. */
import { dayOfWall, daySeconds, secondOfWall } from '../civil.ts'
import type { Sequence, Slot } from '../sequence.ts'
import { type DayRule, isDayOf, nextDay, type WallPattern } from '../wall.ts'
import type { Zone } from '../zone.ts'
import { isIn, type Span } from './day-parts.ts'
import type { Grid } from './grid.ts'
import { farther, momentsIn, type Region, regionAt } from './regions.ts'

/** Which seconds of the clock on the wall are let through. */
export interface Filter {
  readonly days: DayRule
  readonly spans: readonly Span[]
}

const slot = (instant: number): Slot => ({ at: instant * 1_000, shift: null })

/** @param wall the moments of regular days; `filters` says the same of any second, the grid aside */
export function onTheGrid(grid: Grid, wall: WallPattern, filters: readonly Filter[], zone: Zone): Sequence {
  const passes = filterOf(filters)
  const knots = new Map<number, readonly number[]>()
  const momentsOf = ({ from, until }: Region): readonly number[] => {
    const known = knots.get(from)
    if (known) return known
    if (knots.size >= 2) knots.clear()
    const moments = momentsIn(grid, zone, from, until, passes)
    knots.set(from, moments)
    return moments
  }

  return {
    next(after) {
      let from = Math.floor(after / 1_000) + 1
      for (;;) {
        const region = regionAt(zone, from)
        if (region.offset === null) {
          const found = momentsOf(region)[countBelow(momentsOf(region), from)]
          if (found !== undefined) return slot(found)
          from = region.until
          continue
        }
        const second = wall.next(from + region.offset - 1)
        if (second !== null && second - region.offset < region.until) return slot(second - region.offset)
        if (region.until === Number.POSITIVE_INFINITY) return null
        // What was before may be shown again behind it.
        const knot = regionAt(zone, region.until)
        const again = knot.offset === null ? momentsOf(knot)[0] : undefined
        if (again !== undefined) return slot(again)
        if (second === null) return null
        from = Math.max(knot.offset === null ? knot.until : knot.from, second - region.offset - farther)
      }
    },

    previous(before) {
      let until = Math.ceil(before / 1_000)
      for (;;) {
        const region = regionAt(zone, until - 1)
        if (region.offset === null) {
          const found = momentsOf(region)[countBelow(momentsOf(region), until) - 1]
          if (found !== undefined) return slot(found)
          until = region.from
          continue
        }
        const second = wall.previous(until + region.offset)
        if (second !== null && second - region.offset >= region.from) return slot(second - region.offset)
        if (region.from === Number.NEGATIVE_INFINITY) return null
        const knot = regionAt(zone, region.from - 1)
        const again = knot.offset === null ? momentsOf(knot).at(-1) : undefined
        if (again !== undefined) return slot(again)
        if (second === null) return null
        until = Math.min(knot.offset === null ? knot.from : knot.until, second - region.offset + farther)
      }
    },

    count(after, upTo) {
      let count = 0
      let from = Math.floor(after / 1_000) + 1
      const until = Math.floor(upTo / 1_000) + 1
      while (from < until) {
        const region = regionAt(zone, from)
        const end = Math.min(until, region.until)
        if (region.offset !== null) count += wall.count(from + region.offset, end + region.offset)
        else count += countBelow(momentsOf(region), end) - countBelow(momentsOf(region), from)
        from = end
      }
      return count
    },
  }
}

/** Every `step` milliseconds, before and after `start`. */
export function sinceStart(step: number, start: number, filters: readonly Filter[], zone: Zone): Sequence {
  const passes = filterOf(filters)
  /** Most steps that are looked at in search of one that passes. */
  const most = 100_000
  const wallOf = (at: number) => Math.floor(at / 1_000) + zone.stretchAt(Math.floor(at / 1_000)).offset
  /** The first step at or after one that may pass, days considered; null for never. */
  const leap = (index: number): number | null => {
    const day = dayOfWall(wallOf(start + index * step))
    const days = filters.flatMap((filter) => nextDay(filter.days, day) ?? [])
    if (days.length === 0) return null
    const next = (Math.min(...days) - 2) * daySeconds * 1_000
    return Math.max(index, Math.ceil((next - start) / step))
  }
  return {
    next(after) {
      let index = Math.floor((after - start) / step) + 1
      for (let i = 0; i < most; i++) {
        const at = start + index * step
        if (passes(wallOf(at))) return { at, shift: null }
        const next = leap(index)
        if (next === null) return null
        index = Math.max(next, index + 1)
      }
      return null
    },
    previous(before) {
      let index = Math.ceil((before - start) / step) - 1
      for (let i = 0; i < most; i++, index--) {
        const at = start + index * step
        if (at < 0) return null
        if (passes(wallOf(at))) return { at, shift: null }
      }
      return null
    },
    count(after, upTo) {
      let count = 0
      let index = Math.floor((after - start) / step) + 1
      while (start + index * step <= upTo) {
        if (passes(wallOf(start + index * step))) count += 1
        else {
          const next = leap(index)
          if (next === null) return count
          index = Math.max(next - 1, index)
        }
        index += 1
      }
      return count
    },
  }
}

function filterOf(filters: readonly Filter[]): (wall: number) => boolean {
  /** Seconds are asked in order, day by day. */
  let lastDay = Number.NaN
  let spans: readonly Span[] = []
  return (wall) => {
    const day = dayOfWall(wall)
    if (day !== lastDay) {
      spans = filters.filter((filter) => isDayOf(filter.days, day)).flatMap((filter) => filter.spans)
      lastDay = day
    }
    return isIn(spans, secondOfWall(wall))
  }
}

/** How many of `moments` are before `instant`. */
function countBelow(moments: readonly number[], instant: number): number {
  let low = 0
  for (let high = moments.length; low < high; ) {
    const middle = (low + high) >> 1
    if ((moments[middle] as number) < instant) low = middle + 1
    else high = middle
  }
  return low
}
