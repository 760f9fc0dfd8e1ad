/** Takes secrets out of what is kept and shown, also where a target sends them back. */

export interface Redactor {
  /** @param cut the text may end in the middle of a secret */
  text(text: string, cut?: boolean): string
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

/** @param secrets values of headers, and whatever else opens a door */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = new Set(secrets.flatMap(partsOf).flatMap(writtenForms))
  const known = [...forms].sort((a, b) => b.length - a.length)

  const text = (whole: string, cut = false): string => {
    let clean = whole
    for (const secret of known) clean = clean.replaceAll(secret, redacted)
    return cut ? withoutEnd(clean, known) : clean
  }
  const json = (value: unknown): unknown => {
    if (value === null) return null
    if (Array.isArray(value)) return value.map(json)
    if (typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [text(name), json(one)]))
    const said = String(value)
    const clean = text(said)
    return clean === said ? value : clean
  }
  return { text, json, longest: known[0]?.length ?? 0 }
}

/** `Bearer abc` is a secret, and so is `abc`; of `Basic …` so are the two words together, and the password. */
function partsOf(value: string): string[] {
  const rest = /^\S+\s+(\S.*)$/.exec(value)?.[1] ?? ''
  const basic = /^basic\s/i.test(value) ? Buffer.from(rest, 'base64').toString() : ''
  const parts = [rest, basic, basic.slice(basic.indexOf(':') + 1)]
  return [...(value.length >= shortest ? [value] : []), ...parts.filter((part) => part.length >= shortestPart)]
}

const writtenForms = (secret: string): string[] => {
  const quoted = JSON.stringify(secret).slice(1, -1)
  return [secret, quoted, quoted.replaceAll('/', '\\/'), encodeURIComponent(secret.toWellFormed())]
}

function withoutEnd(text: string, secrets: readonly string[]): string {
  for (const secret of secrets)
    for (let size = Math.min(secret.length - 1, text.length); size >= telling; size--)
      if (text.endsWith(secret.slice(0, size))) return text.slice(0, -size) + redacted
  return text
}

const secretKeys = /token|key|secret|password|signature|code|auth/i

/** With its query, but for values that look like secrets. */
export function showUrl(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) =>
    secretKeys.test(name)
      ? `${encodeURIComponent(name)}=${redacted}`
      : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  )
  return url.origin + url.pathname + (query.length > 0 ? `?${query.join('&')}` : '')
}
