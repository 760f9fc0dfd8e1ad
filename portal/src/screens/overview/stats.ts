/** The statistics of the chosen time, and of as long before it. */
import type { UseQueryResult } from '@tanstack/react-query'
import type { Input, Output } from '../../data/read.ts'
import { useSlowNow, useSlowRead } from '../../data/slow.ts'
import { asked, askedBefore, type Range, unitLength } from './ranges.ts'

export type Stats = Output<'stats.get'>

export interface Seen {
  readonly range: Range
  readonly now: UseQueryResult<Stats>
  /** Undefined where it is not known. */
  readonly before: Stats | undefined
}

type Asked = Input<'stats.get'>

const lengthOf = ({ from, to }: Asked): number => Date.parse(to ?? '') - Date.parse(from ?? '')

export function useStats(range: Range): Seen {
  const present = useSlowNow()
  // The points of another range would be read with the wrong unit.
  const keeps = (other: Asked) => other.step === range.step
  const now = useSlowRead('stats.get', asked(range, present), range.every, { keeps })
  const before = useSlowRead('stats.get', askedBefore(range, present), 0, {
    enabled: range.before !== null && now.isFetched,
    keeps: (other) => lengthOf(other) === range.length,
  })
  return { range, now, before: range.before === null ? undefined : before.data }
}

export type Ending = 'succeeded' | 'failed' | 'cancelled'

/** How many in a minute, or an hour, on average. What lies before the first that was counted does not count. */
export function rateOf({ points, totals }: Stats, what: Ending, { unit, stepLength }: Range, now: number): number {
  const first = points[0]
  if (first === undefined) return 0
  const time = Math.max(stepLength, now - Date.parse(first.at))
  return (totals[what] / time) * unitLength[unit]
}

/** By how much it changed, 0.5 for half as much again; null where there was nothing to compare with. */
export function changeOf(stats: Stats, before: Stats | undefined, what: Ending): number | null {
  if (before === undefined || before.totals[what] === 0) return null
  return stats.totals[what] / before.totals[what] - 1
}
