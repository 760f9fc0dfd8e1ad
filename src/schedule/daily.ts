import { RotaError, show } from '../job/errors.ts'
import { timeText } from './civil.ts'

const pattern = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/

/**
 * The second of the day of `09:00` or `09:00:10`, by a 24-hour clock.
 *
 * @throws RotaError `schedule_invalid`, naming `field`
 */
export function parseTime(value: unknown, field: string): number {
  const match = typeof value === 'string' ? pattern.exec(value.trim()) : null
  if (match) return Number(match[1]) * 3_600 + Number(match[2]) * 60 + Number(match[3] ?? 0)
  const message = `${field}: ${show(value)} is no time of day. Write 'HH:MM' or 'HH:MM:SS' by a 24-hour clock, such as '09:00' or '23:30:00'.`
  throw new RotaError('schedule_invalid', message, { field })
}

/** Times of day in order, each once; at least one. */
export function parseTimes(value: unknown, field: string): number[] {
  const list = Array.isArray(value) ? value : [value]
  if (list.length === 0 || list.length > 1_440) {
    const message = `${field}: give 1 to 1440 times of day, such as ['09:00', '18:00'].`
    throw new RotaError('schedule_invalid', message, { field })
  }
  const times = list.map((one, i) => parseTime(one, Array.isArray(value) ? `${field}[${i}]` : field))
  return [...new Set(times)].sort((a, b) => a - b)
}

/** `every day at 09:00 and 18:00`. */
export const describeDaily = (times: readonly number[]): string => `every day at ${listed(times.map(timeText))}`

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
