/** How values look to people. Whatever comes from outside passes `plain` before it reaches a terminal. */

/** C0 and C1 controls and DEL (a terminal obeys them), and the marks that reorder text. */
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g
const breaks = /[\t\n\r\u2028\u2029]+/g

/** Text on one line that no terminal takes for a command. */
export const plain = (text: string): string => text.replace(breaks, ' ').replace(controls, '')

/** Replaces passwords in anything that looks like a connection string. */
export const withoutPasswords = (text: string): string =>
  text.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]+@/gi, '$1:***@').replace(/([?&]password=)[^&\s]+/gi, '$1***')

export const count = (n: number): string => n.toLocaleString('en-US')

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`

const units = ['B', 'kB', 'MB', 'GB', 'TB']

/** Bytes with a decimal unit: 1 kB is 1 000 bytes. */
export function size(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000
    unit++
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** UTC, to the second. */
export const instant = (date: Date | null): string =>
  date === null ? '-' : `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`

export const cut = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, Math.max(0, longest - 1))}…`.toWellFormed() : text

const spans = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** `250ms`, `4.2s`, `2h 5m`, `3d`: at most two units, cut off and not rounded up. @param ms 0 or more */
export function lasting(ms: number): string {
  if (ms < 1_000) return `${Math.floor(ms)}ms`
  if (ms < 10_000) return `${Math.floor(ms / 100) / 10}s`
  const i = spans.findIndex(([, length]) => ms >= length)
  const [unit, length] = spans[i] as (typeof spans)[number]
  const [smaller, part] = spans[i + 1] ?? ['', Number.POSITIVE_INFINITY]
  const rest = Math.floor((ms % length) / part)
  return `${Math.floor(ms / length)}${unit}${rest > 0 ? ` ${rest}${smaller}` : ''}`
}

/** `in 2h 5m`, `3d ago`, `now`. @param now milliseconds since 1970 */
export function relative(date: Date, now: number): string {
  const ms = Math.round((date.getTime() - now) / 1_000) * 1_000
  if (ms === 0) return 'now'
  return ms > 0 ? `in ${lasting(ms)}` : `${lasting(-ms)} ago`
}
