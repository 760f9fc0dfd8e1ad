/** The moments of a rule. */
import { dayOfWall } from '../civil.ts'
import { onTheClock } from '../clock.ts'
import type { Dst, Sequence } from '../sequence.ts'
import { type DayRule, timesOf, type WallPattern, wallPattern } from '../wall.ts'
import { type Zone, zoneOf } from '../zone.ts'
import { keptTimes, partsOfDay } from './day-parts.ts'
import { anyOf, dayAfter, daysOfRun } from './days.ts'
import { type Filter, onTheGrid, sinceStart } from './elapsed.ts'
import { gridOfRule, gridTimes } from './grid.ts'
import { isSubDay, type NaturalRule, unitSeconds } from './rule.ts'

export interface NaturalContext {
  /** Used where the rule names none. */
  readonly zone: Zone
  readonly dst: Required<Dst>
  /** Milliseconds since 1970: the start of the schedule, from which intervals of a day and longer count. */
  readonly start: number
}

export function naturalSequence(rule: NaturalRule, context: NaturalContext): Sequence {
  const zone = rule.timezone === null ? context.zone : zoneOf(rule.timezone)
  const startSecond = Math.floor(context.start / 1_000)
  const start = dayOfWall(startSecond + zone.stretchAt(startSecond).offset)
  const days = rule.runs.map((run) => daysOfRun(rule, run, start))
  if (!isSubDay(rule.unit)) return onTheClock(fixedTimes(rule, days), zone, context.dst)
  const asked = anyOf(days)
  const owned = { own: asked, before: dayAfter(asked), both: anyOf([asked, dayAfter(asked)]) }
  const filters: Filter[] = [...partsOfDay(rule.windows.times)].map(([owner, spans]) => ({ days: owned[owner], spans }))
  const grid = gridOfRule(rule)
  if (grid === null) return sinceStart(rule.every * unitSeconds[rule.unit] * 1_000, context.start, filters, zone)
  const patterns = gridTimes(grid, rule.windows).map(({ owner, times }) => wallPattern(owned[owner], times))
  return onTheGrid(grid, together(patterns), filters, zone)
}

/** The days of each time, as runs may share times and days: so that no second is in two patterns. */
function fixedTimes(rule: NaturalRule, days: readonly DayRule[]): WallPattern {
  const runsAt = new Map<number, number[]>()
  for (const [i, run] of rule.runs.entries())
    for (const time of keptTimes(rule, run)) runsAt.set(time, [...(runsAt.get(time) ?? []), i])
  const timesBy = new Map<string, { runs: readonly number[]; times: number[] }>()
  for (const [time, runs] of runsAt) {
    const same = timesBy.get(runs.join())
    if (same) same.times.push(time)
    else timesBy.set(runs.join(), { runs, times: [time] })
  }
  return together(
    [...timesBy.values()].map(({ runs, times }) =>
      wallPattern(anyOf(runs.map((i) => days[i] as DayRule)), timesOf(times)),
    ),
  )
}

/** @param patterns without a second in common */
function together(patterns: readonly WallPattern[]): WallPattern {
  if (patterns.length === 1) return patterns[0] as WallPattern
  const found = (values: (number | null)[], best: (...values: number[]) => number) => {
    const known = values.filter((value) => value !== null)
    return known.length === 0 ? null : best(...known)
  }
  return {
    next: (after) =>
      found(
        patterns.map((one) => one.next(after)),
        Math.min,
      ),
    previous: (before) =>
      found(
        patterns.map((one) => one.previous(before)),
        Math.max,
      ),
    count: (from, until) => patterns.reduce((sum, one) => sum + one.count(from, until), 0),
  }
}
