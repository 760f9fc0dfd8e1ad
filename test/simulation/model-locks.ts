/** What the model of the storage says of locks. It forgets no name, so there is nothing to purge. */
import type { LockRequest } from '../../src/storage/contract.ts'

interface Held {
  readonly owner: string
  readonly token: number
  readonly until: number
}

export class ModelLocks {
  readonly #now: () => number
  readonly #held = new Map<string, Held>()
  #tokens = 0

  constructor(now: () => number) {
    this.#now = now
  }

  lock({ name, owner, ttl }: LockRequest): number | null {
    const held = this.#held.get(name)
    if (held !== undefined && held.owner !== owner && held.until > this.#now()) return null
    const token = held?.owner === owner ? held.token : ++this.#tokens
    this.#held.set(name, { owner, token, until: this.#now() + ttl })
    return token
  }

  renew({ name, owner, ttl }: LockRequest): boolean {
    const held = this.#of(name, owner)
    if (held !== null) this.#held.set(name, { ...held, until: this.#now() + ttl })
    return held !== null
  }

  unlock(name: string, owner: string): boolean {
    return this.#of(name, owner) !== null && this.#held.delete(name)
  }

  /** Of who holds it now. */
  token(name: string): number | null {
    const held = this.#held.get(name)
    return held !== undefined && held.until > this.#now() ? held.token : null
  }

  #of(name: string, owner: string): Held | null {
    const held = this.#held.get(name)
    return held?.owner === owner && held.until > this.#now() ? held : null
  }
}
