/** Intervals below a day: every so many seconds from the beginning of each minute, hour or day. */
import { daySeconds } from '../civil.ts'
import type { Times } from '../wall.ts'
import { type Owner, partsOfDay, type Span } from './day-parts.ts'
import { isSubDay, type NaturalRule, unitSeconds } from './rule.ts'

export interface Grid {
  /** Seconds of the unit that it begins anew in. */
  readonly unit: number
  readonly step: number
  /** Seconds from the beginning of the unit to the first moment. */
  readonly phase: number
}

/** Null for a rule of days, and for an interval of 24 hours or more, which counts from the start of the schedule. */
export function gridOfRule({ unit, every, anchor }: NaturalRule): Grid | null {
  if (!isSubDay(unit)) return null
  const step = every * unitSeconds[unit]
  if (step >= daySeconds) return null
  const phase = anchor?.kind === 'number' ? (anchor.value * unitSeconds[unit]) % step : 0
  if (unit === 'second' && step < 60) return { unit: 60, step, phase }
  return { unit: step < 3_600 ? 3_600 : daySeconds, step, phase }
}

/** The moments of a day without changes of its clock, by whose windows they are in. */
export const gridTimes = (
  grid: Grid,
  windows: NaturalRule['windows'],
): { owner: Owner; spans: readonly Span[]; times: Times }[] =>
  [...partsOfDay(windows.times)]
    .map(([owner, spans]) => ({ owner, spans, times: timesIn(grid, spans) }))
    .filter(({ times }) => times.count > 0)

function timesIn({ unit, step, phase }: Grid, spans: readonly Span[]): Times {
  const perUnit = Math.ceil((unit - phase) / step)
  /** How many moments of the whole grid are before a second. */
  const indexOf = (second: number): number => {
    const within = Math.ceil(Math.max(0, (second % unit) - phase) / step)
    return Math.floor(second / unit) * perUnit + within
  }
  const momentAt = (index: number): number => Math.floor(index / perUnit) * unit + phase + (index % perUnit) * step
  const counts = spans.map(({ from, until }) => indexOf(until) - indexOf(from))
  const count = counts.reduce((sum, one) => sum + one, 0)
  const countBefore = (second: number) =>
    spans.reduce((sum, { from, until }) => sum + indexOf(Math.min(Math.max(second, from), until)) - indexOf(from), 0)
  const at = (index: number): number | null => {
    let left = index
    for (const [i, { from }] of spans.entries()) {
      if (left < (counts[i] as number)) return momentAt(indexOf(from) + left)
      left -= counts[i] as number
    }
    return null
  }
  return {
    count,
    countBefore,
    next: (second) => at(countBefore(second)),
    previous(second) {
      const before = countBefore(second + 1)
      return before === 0 ? null : at(before - 1)
    },
  }
}
