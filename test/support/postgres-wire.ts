/** As much of PostgreSQL's wire protocol as it takes to see which statement was answered, and when it was committed. */

/** Cuts a stream of bytes into messages: a type byte (none in the first message of a client), a length, a body. */
export class Messages {
  #rest: Buffer = Buffer.alloc(0)
  #typed: boolean

  constructor(side: 'client' | 'server') {
    this.#typed = side === 'server'
  }

  *read(chunk: Buffer): Generator<Message> {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (;;) {
      const head = this.#typed ? 1 : 0
      if (this.#rest.length < head + 4) return
      const end = head + this.#rest.readInt32BE(head)
      if (this.#rest.length < end) return
      const bytes = this.#rest.subarray(0, end)
      this.#rest = this.#rest.subarray(end)
      yield { type: this.#typed ? String.fromCharCode(bytes[0] as number) : '', bytes, body: bytes.subarray(head + 4) }
      this.#typed = true
    }
  }
}

export interface Message {
  readonly type: string
  readonly bytes: Buffer
  readonly body: Buffer
}

/** Follows one connection. */
export class Conversation {
  readonly #prepared = new Map<string, string>()
  /** Of the statement under way. */
  #text = ''
  #done = false
  #fromClient = new Messages('client')
  #fromServer = new Messages('server')

  hear(chunk: Buffer): void {
    for (const { type, body } of this.#fromClient.read(chunk)) {
      const [first = '', second = ''] = strings(body)
      if (type === 'P') this.#prepared.set(first, second) // Parse: name, text
      if (type === 'B') this.#begin(this.#prepared.get(second) ?? '') // Bind: portal, name
      if (type === 'Q') this.#begin(first)
    }
  }

  /** The messages of the server; with the text of the statement where its effect is committed from now on. */
  *answers(chunk: Buffer): Generator<{ bytes: Buffer; committed: string | null }> {
    for (const { type, bytes, body } of this.#fromServer.read(chunk)) {
      if (type === 'C') this.#done = true
      // ReadyForQuery outside of a transaction: the server commits before it says so.
      const committed = type === 'Z' && body.toString() === 'I' && this.#done ? this.#text : null
      if (type === 'Z') this.#done = false
      yield { bytes, committed }
    }
  }

  #begin(text: string): void {
    this.#text = text
    this.#done = false
  }
}

const strings = (body: Buffer): string[] => body.toString('utf8').split('\0', 2)
