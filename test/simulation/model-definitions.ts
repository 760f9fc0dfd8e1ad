/** What the model storage knows of definitions that people store, and of targets that answer later. */
import type * as contract from '../../src/storage/contract.ts'

const mostVersions = 100
const keptBehind = 7 * 86_400_000
const keepRemoved = 30 * 86_400_000

type Wait = contract.AwaitedReport & { readonly expiresAt: number }

/** Of a definition that is gone: since when. */
interface Removed {
  readonly removed: number
  readonly version: number
}

/** A live job, as far as a report asks for it. */
export interface LiveJob {
  readonly fence: number
  readonly attempt: number
  readonly held: boolean
}

export class ModelDefinitions {
  readonly #now: () => number
  readonly #records = new Map<string, contract.DefinitionRecord | Removed>()
  readonly #versions = new Map<string, readonly contract.DefinitionVersion[]>()
  readonly #waits = new Map<string, Wait>()

  constructor(now: () => number) {
    this.#now = now
  }

  find(ids: readonly string[] | null): contract.DefinitionRecord[] {
    return [...this.#records.values()]
      .flatMap((one) => ('removed' in one ? [] : one))
      .filter(({ id }) => ids?.includes(id) ?? true)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  mark(): number {
    return [...this.#records.values()].reduce((sum, { version }) => sum + version, 0)
  }

  /** Gives what stood there before beside the new version. */
  save(
    { id, seen, next }: contract.DefinitionSave,
    by: string | null,
  ): { readonly version: number; readonly before: contract.DefinitionRecord | null } | null {
    const known = this.#records.get(id)
    const before = known === undefined || 'removed' in known ? null : known
    if ((before?.version ?? null) !== seen || (before === null && next === null)) return null
    const [version, at] = [(known?.version ?? 0) + 1, this.#now()]
    const createdAt = before?.createdAt ?? at
    this.#records.set(id, next ? { id, ...next, version, createdAt, updatedAt: at } : { removed: at, version })
    const one = { version, at, by, enabled: next?.enabled ?? false, data: next?.data ?? null }
    this.#versions.set(id, [one, ...(this.#versions.get(id) ?? [])].slice(0, mostVersions))
    return { version, before }
  }

  versions(id: string, before: number | null, limit: number): contract.DefinitionVersion[] {
    const all = this.#versions.get(id) ?? []
    return all.filter(({ version }) => version < (before ?? Number.POSITIVE_INFINITY)).slice(0, limit)
  }

  wait({ within, ...wait }: Parameters<contract.Storage['awaitReport']>[0]): contract.AwaitedReport | null {
    const known = this.#waits.get(wait.job)
    if (known !== undefined && known.fence > wait.fence) return null
    const until = this.#now() + within
    const outcome = known?.fence === wait.fence ? known.outcome : null
    this.#waits.set(wait.job, { ...wait, until, outcome, expiresAt: until + keptBehind })
    return this.awaited(wait.job)
  }

  awaited(job: string): contract.AwaitedReport | null {
    const known = this.#waits.get(job)
    if (known === undefined) return null
    const { expiresAt, ...wait } = known
    return wait
  }

  report(
    { job, fence, outcome }: Parameters<contract.Storage['report']>[0],
    live: LiveJob | null,
    wake: () => void,
  ): contract.Reported {
    const known = this.#waits.get(job)
    const own = known?.fence === fence ? known : null
    const repeated = own !== null && own.outcome !== null
    const waits = live !== null && live.fence === fence && (known?.fence ?? 0) <= fence
    if (!waits || !(live.held || (own !== null && own.until !== null)))
      return { status: repeated ? 'repeated' : 'gone', held: false }
    const fresh = { job, fence, attempt: live.attempt, until: null, expiresAt: this.#now() + keptBehind }
    if (!repeated) this.#waits.set(job, { ...(own ?? fresh), outcome })
    if (!live.held) wake()
    const waiting = own !== null && own.until !== null
    return { status: repeated ? 'repeated' : 'taken', held: live.held && waiting }
  }

  forget(job: string): void {
    this.#waits.delete(job)
  }

  purge(): void {
    for (const [job, { expiresAt }] of this.#waits) if (expiresAt <= this.#now()) this.#waits.delete(job)
    for (const [id, one] of this.#records)
      if ('removed' in one && one.removed <= this.#now() - keepRemoved) this.#versions.delete(id)
  }
}
