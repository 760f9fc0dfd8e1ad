import { RotaError, show } from './errors.ts'

/** Milliseconds, or a string: `'250ms'`, `'10s'`, `'5m'`, `'2h'`, `'7d'`. */
export type Duration = number | string

/** A `Date`, an ISO 8601 string with a zone, or a `Temporal.Instant`. */
export type Instant = Date | string | { readonly epochMilliseconds: number }

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const durationPattern = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/
const zonedPattern = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i

/** A hundred years: longer is a slip of the keyboard, and the sum with the present still fits a Date. */
export const longestDuration = 36_525 * 86_400_000

/**
 * Milliseconds of a duration, rounded to whole ones.
 *
 * @throws RotaError `duration_invalid`, naming `field`, for anything but 0 … 100 years.
 * @example parseDuration('1.5h', 'timeout') // 5_400_000
 */
export function parseDuration(value: unknown, field: string): number {
  const match = typeof value === 'string' ? durationPattern.exec(value.trim()) : null
  const ms = match ? Number(match[1]) * (units[match[2] as string] as number) : value
  if (typeof ms === 'number' && ms >= 0 && ms <= longestDuration) return Math.round(ms)
  const why = typeof ms === 'number' && ms > longestDuration ? 'is longer than 100 years' : 'is not a duration'
  throw new RotaError(
    'duration_invalid',
    `${field}: ${show(value)} ${why}. Use a number of milliseconds or a string such as '250ms', '10s', '5m', '2h', '7d'.`,
    { field },
  )
}

/** What a Date can hold; also what a database integer still counts with. */
const farthestInstant = 8.64e15

/** Whether the month has this day: `Date.parse` makes the 31st of February the 3rd of March. */
function isDay(iso: string): boolean {
  const [year, month, day] = iso.slice(0, 10).split('-').map(Number) as [number, number, number]
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
}

/**
 * Milliseconds since 1970 of an instant.
 *
 * @throws RotaError `instant_invalid`, naming `field`; a string without a zone is refused, because it means another
 * moment on every machine.
 */
export function parseInstant(value: unknown, field: string): number {
  let ms = Number.NaN
  if (value instanceof Date) ms = value.getTime()
  else if (typeof value === 'string' && zonedPattern.test(value) && isDay(value)) ms = Date.parse(value)
  else if (typeof value === 'object' && value !== null && 'epochMilliseconds' in value)
    ms = Number(value.epochMilliseconds)
  if (Math.abs(ms) <= farthestInstant) return Math.trunc(ms)
  throw new RotaError(
    'instant_invalid',
    `${field}: ${show(value)} is not an instant. Use a Date, an ISO string with a zone ('2027-01-31T09:00:00Z') or a Temporal.Instant.`,
    { field },
  )
}
