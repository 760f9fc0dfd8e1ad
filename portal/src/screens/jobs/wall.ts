/** What a person types into a field for date and time, as an instant of the chosen zone. */

/** Milliseconds by which the wall clock of a zone is ahead of UTC at an instant. */
function offsetAt(instant: number, timeZone: string): number {
  const wall = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(instant)
  return Date.parse(`${wall.replace(' ', 'T')}Z`) - Math.floor(instant / 1_000) * 1_000
}

/** @param wall `2027-01-31T09:00`. @returns null where it is none; a time that the clock skips is taken as if it did not */
export function instantOf(wall: string, timeZone: string): Date | null {
  const asUtc = Date.parse(`${wall}Z`)
  if (Number.isNaN(asUtc)) return null
  const guess = asUtc - offsetAt(asUtc, timeZone)
  return new Date(asUtc - offsetAt(guess, timeZone))
}

/** The other way: for the field. */
export const wallOf = (instant: number, timeZone: string): string =>
  new Date(Math.floor(instant / 1_000) * 1_000 + offsetAt(instant, timeZone)).toISOString().slice(0, 16)
