/** What the model storage knows of keys: which job has them, and until when. */
import type { NewJob } from '../../src/storage/contract.ts'

interface Key {
  readonly id: string
  /** Id that the job of the last call had that wrote it. */
  readonly call: string
  readonly hash: string
  readonly expiresAt: number
  /** Purge leaves it alone until then: the call may come again. */
  readonly keptUntil: number
}

type Scope = 'idempotency' | 'unique'
interface Of {
  readonly key: string
}

/** A call may come again within this time. */
const repeats = 60_000

export class ModelKeys {
  readonly #keys = new Map<string, Key>()

  get(scope: Scope, job: string, own: Of | null): Key | undefined {
    return own === null ? undefined : this.#keys.get(nameOf(scope, job, own.key))
  }

  own(
    scope: Scope,
    { id, job }: NewJob,
    own: { key: string; hash: string; keep: number } | null,
    owner: string,
    now: number,
  ): void {
    if (own === null) return
    const expiresAt = now + own.keep
    const keptUntil = Math.max(expiresAt, now + repeats)
    this.#keys.set(nameOf(scope, job, own.key), { id: owner, call: id, hash: own.hash, expiresAt, keptUntil })
  }

  /** A call has changed the job that has a unique key. */
  called({ id, job }: NewJob, own: Of, now: number): void {
    const name = nameOf('unique', job, own.key)
    const owner = this.#keys.get(name) as Key
    this.#keys.set(name, { ...owner, call: id, keptUntil: Math.max(owner.keptUntil, now + repeats) })
  }

  /** A job was deleted; what it promised of idempotency stays. */
  forgetUnique(id: string): void {
    for (const [name, owner] of this.#keys) if (owner.id === id && name.startsWith('unique')) this.#keys.delete(name)
  }

  purge(now: number, isOver: (id: string) => boolean): void {
    for (const [name, { keptUntil, id }] of this.#keys) if (keptUntil <= now && isOver(id)) this.#keys.delete(name)
  }
}

const nameOf = (scope: Scope, job: string, key: string): string => `${scope}${JSON.stringify([job, key])}`
