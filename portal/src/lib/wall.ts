/** Instants in a field for date and time, which knows no zones. */

const wall = (ms: number, zone: string): number => {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(ms)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value)
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}

/** `2027-01-31T10:00:00`, as the clocks of a zone show an instant. */
export const toWall = (iso: string, zone: string): string =>
  new Date(wall(Date.parse(iso), zone)).toISOString().slice(0, 19)

/** The instant at which the clocks of a zone show this; of two the first or second, as the offset falls. */
export function fromWall(text: string, zone: string): string | null {
  const shown = Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`)
  if (Number.isNaN(shown)) return null
  let ms = shown
  for (let i = 0; i < 2; i++) ms += shown - wall(ms, zone) // the offset may change between the guess and the instant
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
