/** How long a target asks to be left alone. */
import type { IncomingHttpHeaders } from 'node:http'

const day = 86_400_000

/**
 * Milliseconds, at most a day; null where it does not say, or not as HTTP has it.
 *
 * @param now milliseconds since 1970, where the answer has no date of its own
 */
export function retryAfterOf(headers: IncomingHttpHeaders, now: number): number | null {
  const said = headers['retry-after']?.trim() ?? ''
  if (/^\d+$/.test(said)) return Math.min(day, Number(said) * 1_000)
  const until = readHttpDate(said)
  if (until === null) return null
  return Math.min(day, Math.max(0, until - (readHttpDate(headers.date ?? '') ?? now)))
}

const time = String.raw`\d\d:\d\d:\d\d`
const month = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec'
const shortDay = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun'
const longDay = 'Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday'
/** That of today, and the two that older servers write; the last one has no zone, and means UTC. */
const withZone = new RegExp(
  `^(?:(?:${shortDay}), \\d\\d (?:${month}) \\d{4}|(?:${longDay}), \\d\\d-(?:${month})-\\d\\d) ${time} GMT$`,
)
const ofAsctime = new RegExp(`^(?:${shortDay}) (?:${month}) [ \\d]\\d ${time} \\d{4}$`)

/** Milliseconds since 1970. What else JavaScript takes for a date, such as `2027-01-31`, is none here. */
function readHttpDate(text: string): number | null {
  const at = withZone.test(text) ? Date.parse(text) : ofAsctime.test(text) ? Date.parse(`${text} GMT`) : Number.NaN
  return Number.isNaN(at) ? null : at
}
