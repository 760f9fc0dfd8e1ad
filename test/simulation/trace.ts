import { createHash } from 'node:crypto'

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** What happened, line by line: the last of it to read, all of it as a hash, so that two runs can be compared. */
export class Trace {
  readonly #hash = createHash('sha1')
  readonly #names = new Map<string, string>()
  readonly #now: () => number
  readonly #kept: number
  #lines: string[] = []
  #digest: string | null = null

  /** @param kept how many of the last lines can be read */
  constructor(now: () => number, kept: number) {
    this.#now = now
    this.#kept = kept
  }

  note(text: string): void {
    const line = `${(this.#now() / 1000).toFixed(4).padStart(10)}  ${this.readable(text)}`
    this.#hash.update(line)
    this.#lines.push(line)
    if (this.#lines.length > 2 * this.#kept) this.#lines = this.#lines.slice(-this.#kept)
  }

  readable(text: string): string {
    return text.replace(uuid, (id) => this.name(id))
  }

  /** Ids are hard to read: workers become W1, W2 …, all others J1, J2 … */
  name(id: string, letter = 'J'): string {
    let name = this.#names.get(id)
    if (name === undefined) {
      name = `${letter}${this.#names.size + 1}`
      this.#names.set(id, name)
    }
    return name
  }

  tail(): readonly string[] {
    return this.#lines.slice(-this.#kept)
  }

  digest(): string {
    this.#digest ??= this.#hash.digest('hex')
    return this.#digest
  }
}
