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

const limits = {
  /** Of one try. */
  lines: 10_000,
  message: 8_000,
  data: 8_000,
  /** Characters that wait, of one try and of all tries of a worker. */
  waiting: 1_000_000,
  waitingInAll: 16_000_000,
  /** Of one write. */
  atOnce: { lines: 1_000, characters: 1_000_000 },
}
const writeEvery = 500

interface Line extends Omit<NewLogLine, 'ago'> {
  /** On the engine's clock. */
  readonly at: number
}

/** What one try tells. */
export class AttemptNotes {
  readonly #id: string
  readonly #fence: number
  readonly #writer: NoteWriter
  #lines: Line[] = []
  #progress: Progress | null = null
  #said = 0
  #dropped = 0
  #characters = 0
  #ended = false

  constructor(job: { readonly id: string; readonly fence: number }, writer: NoteWriter) {
    this.#id = job.id
    this.#fence = job.fence
    this.#writer = writer
  }

  get characters(): number {
    return this.#characters
  }

  say(level: LogLevel, message: string, data: unknown): void {
    if (this.#ended) return
    if (this.#said >= limits.lines || this.#characters > limits.waiting || this.#writer.isFull) {
      this.#dropped++
      return
    }
    this.#push(level, cleanText(message, limits.message), data === undefined ? null : jsonOf(data))
    this.#writer.hear(this)
  }

  reach(percent: number, message: string | undefined): void {
    if (this.#ended) return
    this.#progress = { percent, message: message === undefined ? null : cleanText(message, limits.message) }
    this.#writer.hear(this)
  }

  /** What is not known to be written, the oldest first. */
  note(most: number): Note {
    const now = this.#writer.now
    const logs = this.#lines
      .slice(0, most)
      .map(({ at, ...line }) => ({ ...line, ago: Math.max(0, Math.round(now - at)) }))
    return { id: this.#id, fence: this.#fence, progress: this.#progress, logs }
  }

  /** The try is over: the rest, which goes with its outcome, or null where there is nothing more to tell. */
  end(): Note | null {
    this.#ended = true
    this.#writer.forget(this)
    if (this.#dropped > 0) {
      const why = `they came too fast, or were more than ${limits.lines}.`
      this.#push('warn', `${this.#dropped} more lines were dropped: ${why}`, null)
      this.#dropped = 0
    }
    return this.#lines.length > 0 || this.#progress !== null ? this.note(limits.lines + 1) : null
  }

  /** True when there is more to write. */
  written(note: Note): boolean {
    const last = note.logs.at(-1)?.seq ?? -1
    this.#lines = this.#lines.filter((line) => line.seq > last)
    const before = this.#characters
    this.#characters = this.#lines.reduce((sum, line) => sum + sizeOf(line), 0)
    if (!this.#ended) this.#writer.count(this.#characters - before)
    if (this.#progress === note.progress) this.#progress = null
    return !this.#ended && (this.#lines.length > 0 || this.#progress !== null)
  }

  #push(level: LogLevel, message: string, data: string | null): void {
    const line = { seq: this.#said++, at: this.#writer.now, level, message, data }
    this.#characters += sizeOf(line)
    if (!this.#ended) this.#writer.count(sizeOf(line))
    this.#lines.push(line)
  }
}

/** Writes what the tries of one worker tell, while they run. */
export class NoteWriter {
  readonly #storage: Storage
  readonly #runtime: Runtime
  readonly #worker: () => string
  readonly #onTrouble: (error: unknown) => void
  readonly #heard = new Set<AttemptNotes>()
  #characters = 0
  #timer: Timer | null = null
  #writing: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(storage: Storage, runtime: Runtime, worker: () => string, onTrouble: (error: unknown) => void) {
    this.#storage = storage
    this.#runtime = runtime
    this.#worker = worker
    this.#onTrouble = onTrouble
  }

  get now(): number {
    return this.#runtime.elapsed()
  }

  /** More would only fill the memory: the storage is away, or slower than the handlers. */
  get isFull(): boolean {
    return this.#characters > limits.waitingInAll
  }

  count(characters: number): void {
    this.#characters += characters
  }

  /** There is something to write. */
  hear(notes: AttemptNotes): void {
    this.#heard.add(notes)
    this.#writeSoon()
  }

  /** A try is over; it is not ours any more to write what it told. */
  forget(notes: AttemptNotes): void {
    this.#heard.delete(notes)
    this.#characters -= notes.characters
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#writing
  }

  async #write(): Promise<void> {
    const heard = [...this.#heard]
    this.#heard.clear()
    for (let rest = heard; rest.length > 0 && !this.#stopped; ) {
      const fit = Math.max(1, countThatFit(rest))
      await this.#send(rest.slice(0, fit))
      rest = rest.slice(fit)
    }
    this.#timer = null
    if (this.#heard.size > 0) this.#writeSoon()
  }

  async #send(batch: readonly AttemptNotes[]): Promise<void> {
    const notes = new Map(batch.map((own) => [own, own.note(limits.atOnce.lines)]))
    try {
      await this.#storage.note(this.#worker(), [...notes.values()])
    } catch (error) {
      this.#onTrouble(error)
      if (isRotaError(error)) {
        for (const own of batch) this.#heard.add(own) // the storage is away: later
        return
      }
      if (batch.length > 1) {
        for (const own of batch) await this.#send([own])
        return
      }
      // A value that the storage refuses would be refused again: it is dropped.
    }
    for (const [own, note] of notes) if (own.written(note)) this.#heard.add(own)
  }

  #writeSoon(): void {
    if (this.#stopped) return
    this.#timer ??= this.#runtime.after(writeEvery, () => {
      this.#writing = this.#write()
    })
  }
}

/** How many of them make one write. */
function countThatFit(waiting: readonly AttemptNotes[]): number {
  let characters = 0
  const over = waiting.findIndex((notes) => {
    characters += notes.characters
    return characters > limits.atOnce.characters
  })
  return over < 0 ? waiting.length : over
}

const sizeOf = (line: { readonly message: string; readonly data: string | null }): number =>
  line.message.length + (line.data?.length ?? 0)

/** JSON that any database can hold; what has no JSON form is written as text. */
export function jsonOf(data: unknown): string {
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
