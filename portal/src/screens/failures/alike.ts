/** Which failed jobs belong to a group. */

/** As `stats.failures` tells of it. */
export interface Group {
  readonly fingerprint: string
  readonly job: string
  readonly error: { readonly name: string; readonly message: string; readonly code: string | null }
  readonly count: number
  readonly firstAt: string
  readonly lastAt: string
  readonly newest: string
}

/** What has to be known of a failed job. */
export interface FailedJob {
  readonly job: string
  readonly reason: string | null
  readonly error: { readonly name: string; readonly message: string; readonly code?: string | undefined } | null
}

/** What the server puts in the place of an error where a job has none. */
const nameless = 'failed'
export const noReason = 'no reason was recorded'
const longestFragment = 120

const ids = /[0-9a-f]{8}-[0-9a-f-]{27}/gi
const quotes = /"[^"]*"|'[^']*'/g
const numbers = /\b0x[0-9a-f]+\b|\d+/gi
const changing = new RegExp([ids, quotes, numbers].map(({ source }) => source).join('|'), 'gi')

/** What the server compares of a message (`stats.failures`). */
const shapeOf = (message: string): string =>
  message.slice(0, 500).replace(ids, '#').replace(quotes, '""').replace(numbers, '#')

/** The longest part of a message that all of a group have: between what changes. */
export function fragmentOf(message: string): string {
  const parts = message
    .slice(0, 500)
    .split(changing)
    .flatMap((part) => part.split(/[\r\n]+/))
  const trimmed = parts.map((part) => part.trim().slice(0, longestFragment))
  return trimmed.reduce((best, part) => (part.length > best.length ? part : best), '')
}

/** Whether a failed job belongs to a group. */
export function isOf({ job, error }: Group, one: FailedJob): boolean {
  const own = one.error ?? { name: nameless, message: one.reason ?? noReason }
  return (
    one.job === job &&
    own.name === error.name &&
    (own.code ?? null) === error.code &&
    shapeOf(own.message) === shapeOf(error.message)
  )
}
