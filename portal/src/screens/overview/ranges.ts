/** How far back the overview looks. */
import type { Input } from '../../data/read.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

export type RangeId = '1h' | '24h' | '7d' | '30d'
type Step = NonNullable<Input<'stats.get'>['step']>

export interface Range {
  readonly id: RangeId
  /** Milliseconds. */
  readonly length: number
  readonly step: Step
  readonly stepLength: number
  /** Milliseconds between two looks. */
  readonly every: number
  /** What a rate is counted by. */
  readonly unit: 'minute' | 'hour'
  /** The step with which the time before can be looked at; null where that goes too far back. */
  readonly before: Step | null
}

export const ranges: Readonly<Record<RangeId, Range>> = {
  '1h': { id: '1h', length: hour, step: '1m', stepLength: minute, every: 10_000, unit: 'minute', before: '1m' },
  '24h': { id: '24h', length: day, step: '5m', stepLength: 5 * minute, every: 60_000, unit: 'minute', before: '1h' },
  '7d': { id: '7d', length: 7 * day, step: '1h', stepLength: hour, every: 120_000, unit: 'hour', before: '1h' },
  '30d': { id: '30d', length: 30 * day, step: '6h', stepLength: 6 * hour, every: 300_000, unit: 'hour', before: null },
}

export const rangeIds = Object.keys(ranges) as RangeId[]

export const rangeOf = (text: string): Range => ranges[text as RangeId] ?? ranges['1h']

export const unitLength = { minute, hour } as const

/** What to ask for: up to now, in whole steps, so that it stays the same for a while. */
export function asked(range: Range, now: number): Input<'stats.get'> {
  const from = Math.floor((now - range.length) / range.stepLength) * range.stepLength + range.stepLength
  return { from: new Date(from).toISOString(), step: range.step }
}

/** Likewise for as long before that. */
export function askedBefore(range: Range, now: number): Input<'stats.get'> {
  const { from } = asked(range, now)
  const to = Math.floor(Date.parse(from as string) / hour) * hour
  const end = range.before === '1m' ? Date.parse(from as string) : to
  return {
    from: new Date(end - range.length).toISOString(),
    to: new Date(end).toISOString(),
    ...(range.before !== null && { step: range.before }),
  }
}
