/** What differs between two values of JSON, by the place. */

export interface Difference {
  /** `spec.headers.x-team`, `options.retries` */
  readonly path: string
  /** As JSON; null where it was not there. */
  readonly before: string | null
  readonly after: string | null
}

const most = { places: 2_000, depth: 12, text: 2_000 }

/** @returns in the order of the places */
export function differences(before: unknown, after: unknown): Difference[] {
  const [old, now] = [leaves(before), leaves(after)]
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort()
  return paths
    .map((path) => ({ path, before: old.get(path) ?? null, after: now.get(path) ?? null }))
    .filter((one) => one.before !== one.after)
    .map((one) => ({ path: one.path, before: cut(one.before), after: cut(one.after) }))
}

const cut = (text: string | null): string | null =>
  text !== null && text.length > most.text ? `${text.slice(0, most.text)} …` : text

function leaves(value: unknown): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (inner: unknown, path: string, depth: number) => {
    if (found.size >= most.places || inner === undefined) return
    const entries = typeof inner === 'object' && inner !== null ? Object.entries(inner) : []
    if (entries.length === 0 || depth >= most.depth) found.set(path, JSON.stringify(inner))
    else
      for (const [name, one] of entries)
        walk(one, Array.isArray(inner) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`, depth + 1)
  }
  walk(value, '', 0)
  return found
}
