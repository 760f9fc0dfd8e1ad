/** What a scenario did, what it counted, and what broke a promise. */
export interface Report {
  readonly scenario: string
  /** The storage, or a variant of the scenario. */
  readonly on: string
  readonly counts: Readonly<Record<string, number | string>>
  /** Empty when every promise was kept. */
  readonly violations: readonly string[]
}

/** Gathers violations, a few of each kind: one fault shows itself a thousand times. */
export class Violations {
  readonly #all: string[] = []

  add(what: string): void {
    this.#all.push(what)
  }

  equal(what: string, found: unknown, wanted: unknown): void {
    if (found !== wanted) this.add(`${what}: ${String(found)} instead of ${String(wanted)}`)
  }

  /** At most this many are told in words. */
  list(shown = 10): string[] {
    const rest = this.#all.length - shown
    return rest > 0 ? [...this.#all.slice(0, shown), `… and ${rest} more`] : this.#all
  }
}

export function printed({ scenario, on, counts, violations }: Report, seconds: number): string {
  const counted = Object.entries(counts).map(([name, value]) => `${name} ${value}`)
  const verdict = violations.length === 0 ? 'ok' : 'VIOLATED'
  const head = [scenario.padEnd(8), on.padEnd(22), `${seconds.toFixed(0)} s`.padStart(6), verdict].join('  ')
  return [`${head}  ${counted.join(', ')}`, ...violations.map((line) => `  ✗ ${line}`)].join('\n')
}

/** The value below which a share of all values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
