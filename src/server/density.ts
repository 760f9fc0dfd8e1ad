/** How many runs are due in each hour of some days, as the clock on the wall of a zone shows them. */
import { effective, sequenceFor } from '../engine/schedule-rule.ts'
import { dayOfWall, daySeconds } from '../schedule/civil.ts'
import type { Zone } from '../schedule/zone.ts'
import type { ScheduleRecord } from '../storage/contract.ts'

const hourSeconds = 3_600

/** A stretch of time (`from <= instant < until`, milliseconds) in which the clock shows one and the same hour. */
export interface WallHour {
  readonly from: number
  readonly until: number
  /** Hours behind the first midnight, by the clock. */
  readonly hour: number
}

/**
 * The hours of whole days, in the order of time, from the midnight before `instant` on. Where the clock is put back an hour comes twice, where it
 * is put forward none.
 */
export function wallHours(zone: Zone, instant: number, days: number): WallHour[] {
  const second = Math.floor(instant / 1_000)
  const first = dayOfWall(second + zone.stretchAt(second).offset) * daySeconds
  const end = first + days * daySeconds
  const hours: WallHour[] = []
  for (let at = first - 2 * daySeconds; at < end + 2 * daySeconds; ) {
    const { from, until, offset } = zone.stretchAt(at)
    const high = Math.min(end, until + offset)
    for (let low = Math.max(first, from + offset); low < high; ) {
      const hour = Math.floor((low - first) / hourSeconds)
      const next = Math.min(high, first + (hour + 1) * hourSeconds)
      hours.push({ from: (low - offset) * 1_000, until: (next - offset) * 1_000, hour })
      low = next
    }
    at = until
  }
  return hours
}

/** Adds the runs of an active schedule that are still to come, hour by hour; whoever asks may rest between the steps. */
export function* countRuns(record: ScheduleRecord, hours: readonly WallHour[], counts: number[]): Generator<void> {
  const spec = effective(record)
  const sequence = sequenceFor(spec, record.start)
  const end = spec.endsAt ?? Number.POSITIVE_INFINITY
  let left = spec.maxRuns === undefined ? Number.POSITIVE_INFINITY : spec.maxRuns - record.runs
  let from = record.nextAt ?? Number.POSITIVE_INFINITY
  for (const { until, hour, ...span } of hours) {
    from = Math.max(from, span.from)
    const last = Math.min(until, end)
    if (from >= last || left <= 0) continue
    const runs = Math.min(left, sequence.count(from - 1, last - 1))
    counts[hour] = (counts[hour] ?? 0) + runs
    left -= runs
    // So that hours without a run cost nothing.
    if (runs === 0) from = sequence.next(from - 1)?.at ?? Number.POSITIVE_INFINITY
    yield
  }
}
