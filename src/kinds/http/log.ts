/** The line that each request leaves in the log of its job. */
import { cleanText } from '../../job/text.ts'
import { type HeaderMap, isSensitive } from './headers.ts'
import { type Redactor, redacted, showUrl } from './redact.ts'
import type { Answer, Outgoing } from './request.ts'

/** A request that was sent, and what came of it. */
export interface Exchange {
  readonly sent: Outgoing
  /** Names of headers that are not shown, in lower case. */
  readonly hidden: readonly string[]
  readonly answer: Answer | null
  readonly hops: number
  /** Milliseconds from the first byte to the last, rounded. */
  readonly ms: number
}

/** How much of an exchange is shown, from the most to the least: a line of log is cut after 8 000 characters. */
const sizes = [
  { headers: 30, value: 200, body: 1_500, url: 1_000 },
  { headers: 30, value: 100, body: 700, url: 500 },
  { headers: 15, value: 60, body: 250, url: 250 },
  { headers: 5, value: 20, body: 40, url: 100 },
]
type Size = (typeof sizes)[number]
const mostCharacters = 7_000
const longestUrlInMessage = 300

/** @param ended a status, or what was wrong */
export function messageOf({ sent, ms }: Exchange, ended: string, redactor: Redactor): string {
  const url = cleanText(redactor.text(showUrl(sent.url)), longestUrlInMessage)
  return `${sent.method} ${url} → ${ended} in ${ms} ms`
}

export function dataOf(exchange: Exchange, redactor: Redactor): unknown {
  for (const size of sizes) {
    const data = build(exchange, redactor, size)
    if (JSON.stringify(data).length < mostCharacters || size === sizes.at(-1)) return data
  }
}

function build({ sent, hidden, answer, ms, hops }: Exchange, redactor: Redactor, size: Size) {
  const cut = (text: string | null, most: number, ends = false) =>
    text === null ? null : cleanText(redactor.head(text, most, ends), most)
  const request = {
    method: sent.method,
    url: cut(showUrl(sent.url), size.url),
    headers: shownOf(sent.headers, hidden, size, redactor),
    body: cut(sent.body?.toString() ?? null, size.body),
  }
  const response = answer && {
    status: answer.status,
    headers: shownOf(flat(answer.headers), [], size, redactor),
    body: cut(answer.text, size.body, answer.body.truncated),
    bytes: answer.body.received,
    truncated: answer.body.truncated,
  }
  return { request, response, ms, hops }
}

function shownOf(headers: HeaderMap, hidden: readonly string[], size: Size, redactor: Redactor): HeaderMap {
  const shown = Object.entries(headers).slice(0, size.headers)
  const entries = shown.map(([name, value]): [string, string] => {
    const secret = hidden.includes(name.toLowerCase()) || isSensitive(name)
    const open = name === 'location' ? locationOf(value) : value
    return [cleanText(redactor.text(name), size.value), secret ? redacted : cleanText(redactor.text(open), size.value)]
  })
  return Object.fromEntries(entries)
}

const locationOf = (value: string): string => {
  const url = URL.parse(value)
  return url === null ? value.replace(/\?.*$/s, `?${redacted}`) : showUrl(url)
}

const flat = (headers: Answer['headers']): HeaderMap =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
