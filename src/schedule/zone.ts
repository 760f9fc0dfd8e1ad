/**
 * Time zones. Between two changes of its offset a zone is a *stretch*: the clock on the wall runs as any other. The changes
 * come from Temporal, one by one as they are needed, and are kept.
 */
import { Temporal } from 'temporal-polyfill'
import { RotaError, show } from '../job/errors.ts'
import { suggest } from '../job/suggest.ts'

/** Seconds since 1970 (UTC) from which on, and until which, `wall second = instant + offset`. */
export interface Stretch {
  readonly from: number
  readonly until: number
  /** Seconds. */
  readonly offset: number
}

export interface Zone {
  /** As it was asked for: `Europe/Rome`. */
  readonly id: string
  /** The stretch that holds an instant (seconds since 1970). */
  stretchAt(instant: number): Stretch
}

const zones = new Map<string, Zone>()
/** A server that is asked for every spelling of every zone must not keep them all. */
const mostZones = 2_000
/** Temporal ends at ±8.64e12 seconds; far before that nobody can tell what will hold. */
const farthest = 8.6e12

/**
 * A zone by its IANA name, or by its offset (`+05:30`).
 *
 * @throws RotaError `schedule_invalid` for a name that nobody knows
 */
export function zoneOf(id: string, field = 'timezone'): Zone {
  const known = zones.get(id)
  if (known) return known
  const zone = createZone(id, field)
  if (zones.size >= mostZones) zones.clear()
  zones.set(id, zone)
  return zone
}

function createZone(id: string, field: string): Zone {
  const zoned = (instant: number) => Temporal.Instant.fromEpochMilliseconds(instant * 1_000).toZonedDateTimeISO(id)
  try {
    if (!/^[A-Za-z+-]/.test(id) || id.length > 64) throw new RangeError('no zone begins like that')
    zoned(0)
  } catch (cause) {
    throw unknownZone(id, field, cause)
  }
  /** In order, without overlap; what lies between them was not asked for yet. */
  const stretches: Stretch[] = []
  return {
    id,
    stretchAt(instant) {
      const i = firstEndingAfter(stretches, instant)
      const found = stretches[i]
      if (found && found.from <= instant) return found
      const stretch = look(zoned, instant)
      stretches.splice(i, 0, stretch)
      return stretch
    },
  }
}

function look(zoned: (instant: number) => Temporal.ZonedDateTime, instant: number): Stretch {
  const there = zoned(Math.min(Math.max(instant, -farthest), farthest))
  const offset = there.offsetNanoseconds / 1e9
  // Some changes are of the name or the rule only: the clock shows no difference.
  let after = there.getTimeZoneTransition('next')
  while (after !== null && after.offsetNanoseconds === there.offsetNanoseconds)
    after = after.getTimeZoneTransition('next')
  let first = there
  for (;;) {
    const before = startOf(first)
    if (before === null) return { from: Number.NEGATIVE_INFINITY, until: secondsOf(after), offset }
    const earlier = before.subtract({ nanoseconds: 1 })
    if (earlier.offsetNanoseconds !== there.offsetNanoseconds)
      return { from: before.epochMilliseconds / 1_000, until: secondsOf(after), offset }
    first = earlier
  }
}

/** The change that began what holds at `there`; it may be that very instant. */
const startOf = (there: Temporal.ZonedDateTime): Temporal.ZonedDateTime | null =>
  there.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')

const secondsOf = (change: Temporal.ZonedDateTime | null): number =>
  change === null ? Number.POSITIVE_INFINITY : change.epochMilliseconds / 1_000

function firstEndingAfter(stretches: readonly Stretch[], instant: number): number {
  let low = 0
  let high = stretches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stretches[middle] as Stretch).until > instant) high = middle
    else low = middle + 1
  }
  return low
}

function unknownZone(id: string, field: string, cause: unknown): RotaError {
  const near = suggest(id, [...Intl.supportedValuesOf('timeZone'), 'UTC'])
  const message = `${field}: ${show(id)} is no time zone${near || '.'} Use an IANA name such as Europe/Rome, or UTC.`
  return new RotaError('schedule_invalid', message, { field, cause })
}
