/**
 * What running handlers tell, their log lines and progress, on its way to the storage.
 *
 * A line is told → waits (half a second at most, or until its try ends) → is being written, alone with others or together
 * with the outcome → written. It waits until a write is acknowledged: a line that is written twice is one line.
 */
import { isRotaError } from '../job/errors.ts'
import type { LogLevel, Progress } from '../job/log.ts'
import { cleanText } from '../job/text.ts'
import type { NewLogLine, Note, Storage } from '../storage/contract.ts'
import type { Runtime, Timer } from './runtime.ts'

const limits = { lines: 10_000, atOnce: 1_000, message: 8_000, data: 8_000, waiting: 1_000_000 }
const writeEvery = 500

interface Line extends Omit<NewLogLine, 'ago'> {
  /** On the engine's clock. */
  readonly at: number
}

/** The tale of one try. */
export class Tale {
  readonly #id: string
  readonly #fence: number
  readonly #runtime: Runtime
  readonly #onNews: (tale: Tale) => void
  #lines: Line[] = []
  #progress: Progress | null = null
  #said = 0
  #dropped = 0
  #characters = 0
  #ended = false

  constructor(job: { readonly id: string; readonly fence: number }, runtime: Runtime, onNews: (tale: Tale) => void) {
    this.#id = job.id
    this.#fence = job.fence
    this.#runtime = runtime
    this.#onNews = onNews
  }

  say(level: LogLevel, message: string, data: unknown): void {
    if (this.#ended) return
    if (this.#said >= limits.lines || this.#characters > limits.waiting) {
      this.#dropped++
      return
    }
    this.#push(level, cleanText(message, limits.message), data === undefined ? null : jsonOf(data))
    this.#onNews(this)
  }

  reach(percent: number, message: string | undefined): void {
    if (this.#ended) return
    this.#progress = { percent, message: message === undefined ? null : cleanText(message, limits.message) }
    this.#onNews(this)
  }

  /** What is not known to be written, the oldest first. */
  note(most: number): Note {
    const now = this.#runtime.elapsed()
    const logs = this.#lines
      .slice(0, most)
      .map(({ at, ...line }) => ({ ...line, ago: Math.max(0, Math.round(now - at)) }))
    return { id: this.#id, fence: this.#fence, progress: this.#progress, logs }
  }

  /** The try is over: the rest, or null where there is nothing more to tell. */
  end(): Note | null {
    this.#ended = true
    if (this.#dropped > 0) {
      this.#push(
        'warn',
        `${this.#dropped} more lines were dropped: they came too fast, or were more than ${limits.lines}.`,
        null,
      )
      this.#dropped = 0
    }
    return this.#lines.length > 0 || this.#progress !== null ? this.note(limits.lines + 1) : null
  }

  /** True when there is more to write. */
  written(note: Note): boolean {
    const last = note.logs.at(-1)?.seq ?? -1
    this.#lines = this.#lines.filter((line) => line.seq > last)
    this.#characters = this.#lines.reduce((sum, line) => sum + sizeOf(line), 0)
    if (this.#progress === note.progress) this.#progress = null
    return !this.#ended && (this.#lines.length > 0 || this.#progress !== null)
  }

  #push(level: LogLevel, message: string, data: string | null): void {
    const line = { seq: this.#said++, at: this.#runtime.elapsed(), level, message, data }
    this.#characters += sizeOf(line)
    this.#lines.push(line)
  }
}

/** Writes what the tales of one worker tell, while their jobs run. */
export class Tales {
  readonly #storage: Storage
  readonly #runtime: Runtime
  readonly #worker: () => string
  readonly #onTrouble: (error: unknown) => void
  readonly #told = new Set<Tale>()
  #timer: Timer | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(storage: Storage, runtime: Runtime, worker: () => string, onTrouble: (error: unknown) => void) {
    this.#storage = storage
    this.#runtime = runtime
    this.#worker = worker
    this.#onTrouble = onTrouble
  }

  begin(job: { readonly id: string; readonly fence: number }): Tale {
    return new Tale(job, this.#runtime, (tale) => {
      this.#told.add(tale)
      this.#writeSoon()
    })
  }

  /** The try is over: what is left goes with its outcome. */
  end(tale: Tale): Note | null {
    this.#told.delete(tale)
    return tale.end()
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    await this.#writing
    this.#timer?.cancel()
  }

  async #write(): Promise<void> {
    const tales = [...this.#told]
    this.#told.clear()
    if (tales.length > 0) await this.#send(tales) // else their tries ended, and took all with them
    this.#timer = null
    if (this.#told.size > 0) this.#writeSoon()
  }

  async #send(tales: readonly Tale[]): Promise<void> {
    const notes = new Map(tales.map((tale) => [tale, tale.note(limits.atOnce)]))
    try {
      await this.#storage.note(this.#worker(), [...notes.values()])
    } catch (error) {
      this.#onTrouble(error)
      if (isRotaError(error)) {
        for (const tale of tales) this.#told.add(tale) // the storage is away: later
        return
      }
      if (tales.length > 1) {
        for (const tale of tales) await this.#send([tale])
        return
      }
      // A value that the storage refuses would be refused again: it is dropped.
    }
    for (const [tale, note] of notes) if (tale.written(note)) this.#told.add(tale)
  }

  #writeSoon(): void {
    this.#timer ??= this.#runtime.after(writeEvery, () => {
      this.#writing = this.#write()
    })
  }
}

const sizeOf = (line: { readonly message: string; readonly data: string | null }): number =>
  line.message.length + (line.data?.length ?? 0)

/** JSON that any database can hold; what has no JSON form is written as text. */
function jsonOf(data: unknown): string {
  try {
    const json = JSON.stringify(data, (_, value) => {
      if (typeof value === 'string') return cleanText(value, limits.data)
      if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack }
      return typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol'
        ? String(value)
        : value
    })
    if (json !== undefined && json.length <= limits.data) return json
    return JSON.stringify(cleanText(json, limits.data))
  } catch {
    return JSON.stringify('(a value that cannot be read)')
  }
}
