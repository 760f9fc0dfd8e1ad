/** Takes secrets out of what is kept and shown, also where a target sends them back in another form. */
import { type Reading, readings } from './readings.ts'

export interface Redactor {
  /** @param cut the text may end in the middle of a secret */
  text(text: string, cut?: boolean): string
  /** The beginning of a long text: so much that `most` characters of it can be kept, if there are so many. */
  head(text: string, most: number, cut?: boolean): string
  /** Any JSON, its names, too. */
  json(value: unknown): unknown
  /** Characters by which a text must be longer than what is kept of it, so that no secret is cut before it is found. */
  readonly longest: number
}

export const redacted = '[redacted]'

/** Shorter ones stand in every other word, and hide nothing. */
const shortest = 3
const shortestPart = 6
/** What may be left of a secret at the end of a cut text. */
const telling = 3
/** Characters in which any way of writing puts one. */
const widest = 10

/** From, and up to. */
type Range = readonly [number, number]

/** @param secrets values of headers, and whatever else opens a door */
export function createRedactor(secrets: readonly string[]): Redactor {
  const known = [...new Set(secrets.flatMap(partsOf).flatMap(formsOf))].sort((a, b) => b.length - a.length)
  const longest = (known[0]?.length ?? 0) * widest

  const text = (whole: string, cut = false): string =>
    known.length === 0
      ? whole
      : without(
          whole,
          readings(whole).flatMap((reading) => foundIn(reading, known, cut)),
        )
  const json = (value: unknown): unknown => {
    if (value === null) return null
    if (Array.isArray(value)) return value.map(json)
    if (typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [text(name), json(one)]))
    const said = String(value)
    const clean = text(said)
    return clean === said ? value : clean
  }
  return {
    text,
    head: (whole, most, cut = false) => text(whole.slice(0, most + longest), cut || whole.length > most + longest),
    json,
    longest,
  }
}

/** `Bearer abc` is a secret, and so is `abc`; of `Basic …` so are the two words together, and the password. */
function partsOf(value: string): string[] {
  const rest = /^\S+\s+(\S.*)$/.exec(value)?.[1] ?? ''
  const basic = /^basic\s/i.test(value) ? Buffer.from(rest, 'base64').toString() : ''
  const parts = [rest, basic, basic.slice(basic.indexOf(':') + 1)]
  return [...(value.length >= shortest ? [value] : []), ...parts.filter((part) => part.length >= shortestPart)]
}

/** What is left when escapes are read. Forms write "+" for a space; base64 goes without its padding, which tells nothing. */
const formsOf = (secret: string): string[] => {
  const bytes = Buffer.from(secret)
  const base64 = bytes.toString('base64').replace(/=+$/, '')
  return [secret.toWellFormed(), secret.replaceAll(' ', '+'), base64, bytes.toString('base64url')]
}

function foundIn({ text, unfinished, rangeOf }: Reading, known: readonly string[], cut: boolean): Range[] {
  const ranges: Range[] = []
  for (const secret of known)
    for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length))
      ranges.push(rangeOf(at, at + secret.length))
  if (!cut) return ranges
  const end = text.length - unfinished
  const begun = Math.max(0, ...known.map((secret) => begunAt(text, end, secret)))
  return begun === 0 ? ranges : [...ranges, rangeOf(end - begun, text.length)]
}

/** How many characters of the secret stand before the end; 0 where they tell nothing. */
function begunAt(text: string, end: number, secret: string): number {
  for (let size = Math.min(secret.length - 1, end); size >= telling; size--)
    if (text.startsWith(secret.slice(0, size), end - size)) return size
  return 0
}

function without(text: string, ranges: readonly Range[]): string {
  let clean = ''
  let done = 0
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
    if (from >= done) clean += text.slice(done, from) + redacted
    done = Math.max(done, to)
  }
  return clean + text.slice(done)
}

const secretKeys =
  /token|key|secret|passw|pwd|signature|credential|code|auth|jwt|session|^x-amz-|(?<![a-z\d])(sig|pass)(?![a-z\d])/i

/** With its query, but for values that look like secrets. */
export function showUrl(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) =>
    secretKeys.test(name)
      ? `${encodeURIComponent(name)}=${redacted}`
      : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  )
  return url.origin + url.pathname + (query.length > 0 ? `?${query.join('&')}` : '')
}
