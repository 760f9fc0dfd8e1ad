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
