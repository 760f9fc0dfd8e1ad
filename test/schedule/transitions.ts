/** Every change of every clock in the years that matter. */
import { Temporal } from 'temporal-polyfill'

export interface Transition {
  readonly zone: string
  /** Seconds since 1970. */
  readonly at: number
  /** Seconds before UTC. */
  readonly before: number
  readonly after: number
}

const firstYear = 2000

/** Of one zone, in order. */
export function transitionsOf(zone: string, lastYear = 2039): Transition[] {
  const found: Transition[] = []
  let there = Temporal.ZonedDateTime.from({ year: firstYear, month: 1, day: 1, timeZone: zone })
  for (;;) {
    const next = there.getTimeZoneTransition('next')
    if (next === null || next.year > lastYear) return found
    const before = next.subtract({ nanoseconds: 1 }).offsetNanoseconds / 1e9
    const after = next.offsetNanoseconds / 1e9
    if (before !== after) found.push({ zone, at: next.epochMilliseconds / 1_000, before, after })
    there = next
  }
}

export const allZones = (): string[] => Intl.supportedValuesOf('timeZone')

/** Those of all zones, each once: zones that agree have the same. */
export function distinctTransitions(): Transition[] {
  const distinct = new Map<string, Transition>()
  for (const zone of allZones())
    for (const change of transitionsOf(zone)) distinct.set(`${change.at} ${change.before} ${change.after}`, change)
  return [...distinct.values()]
}

/** The time of the day at which it happens and by how much: most zones have two of them. */
export const shapeOf = ({ at, before, after }: Transition): string => `${(at + before) % 86_400} ${after - before}`
