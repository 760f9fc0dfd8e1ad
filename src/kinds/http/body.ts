/** The body of an answer, as far as it may be read: the limit holds on the wire, and again for what is unpacked from it. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Duplex, pipeline } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib'
import { failedAt } from './fault.ts'

export interface Body {
  readonly bytes: Buffer
  /** Bytes that came on the wire. */
  readonly received: number
  /** There would have been more. */
  readonly truncated: boolean
}

/** The window that HTTP allows zstd; a frame may otherwise ask for 128 MiB. */
const zstdWindow = { params: { [constants.ZSTD_d_windowLogMax]: 23 } }

/** By what the body begins with: some send deflate without the frame that belongs around it. */
const decoders: Readonly<Record<string, (first: number) => Duplex>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: (first) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(zstdWindow),
}

/** For `accept-encoding`. */
export const encodings = 'gzip, deflate, br, zstd'

/**
 * Reads it to its end or to `limit` bytes; beyond that the connection is cut.
 *
 * @throws RotaError `http_failed` where it cannot be unpacked; what the connection throws
 */
export async function readBody(message: IncomingMessage, limit: number, host: string): Promise<Body> {
  const wire = { received: 0, cut: false }
  const raw = limited(message, limit, wire)
  const first = await raw.next()
  if (first.done) return { bytes: Buffer.alloc(0), received: 0, truncated: false }
  const source = rejoin(first.value, raw)
  const encoding = (message.headers['content-encoding'] ?? '').trim().toLowerCase()
  const plain = encoding === '' || encoding === 'identity'
  const gathered = gather(limit)
  try {
    const unpacked = plain ? source : unpack(source, encoding, first.value[0] as number, message, host)
    for await (const chunk of unpacked) if (!gathered.add(chunk)) break
  } catch (error) {
    if (!wire.cut) throw error // the end is missing because it was not read
  }
  return { bytes: gathered.bytes(), received: wire.received, truncated: gathered.isFull() || wire.cut }
}

export const mediaTypeOf = (headers: IncomingHttpHeaders): string =>
  (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

const textual = /^(|text\/.*|application\/(json|xml|x-www-form-urlencoded|javascript|x-ndjson)|.*\+(json|xml))$/

/** What says that it is text, in the charset that it names, or else as UTF-8; null of all else. */
export const textOf = (headers: IncomingHttpHeaders, bytes: Buffer): string | null =>
  textual.test(mediaTypeOf(headers)) ? decode(headers, bytes) : null

function decode(headers: IncomingHttpHeaders, bytes: Buffer): string {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1]
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes) // nobody knows that charset
  }
}

async function* limited(message: IncomingMessage, limit: number, wire: { received: number; cut: boolean }) {
  for await (const chunk of message as AsyncIterable<Buffer>) {
    const room = limit - wire.received
    wire.received += chunk.length
    wire.cut = chunk.length > room
    yield wire.cut ? chunk.subarray(0, room) : chunk
    if (wire.cut) return // which ends the connection, too
  }
}

async function* rejoin(first: Buffer, rest: AsyncGenerator<Buffer, void>) {
  try {
    yield first
    yield* rest
  } finally {
    await rest.return()
  }
}

async function* unpack(
  source: AsyncGenerator<Buffer>,
  encoding: string,
  first: number,
  message: IncomingMessage,
  host: string,
) {
  const decoder = Object.hasOwn(decoders, encoding) ? decoders[encoding]?.(first) : undefined
  if (decoder === undefined) {
    message.destroy()
    throw failedAt(host, `the content-encoding of its answer is not one of ${encodings}, which were asked for`)
  }
  pipeline(source, decoder, () => {}) // what goes wrong is thrown by the loop below
  try {
    yield* decoder as AsyncIterable<Buffer>
  } catch {
    throw message.errored ?? failedAt(host, `the body of its answer is no ${encoding}, as it says`)
  } finally {
    message.destroy()
  }
}

/** One buffer that grows: a target may send byte by byte, and each piece would cost more than it holds. */
function gather(limit: number) {
  let buffer = Buffer.allocUnsafe(Math.min(limit, 4_096))
  let size = 0
  let full = false
  return {
    /** @returns false when no more fits */
    add(chunk: Buffer): boolean {
      const taken = Math.min(chunk.length, limit - size)
      if (size + taken > buffer.length) {
        const larger = Buffer.allocUnsafe(Math.min(limit, Math.max(size + taken, buffer.length * 2)))
        buffer.copy(larger, 0, 0, size)
        buffer = larger
      }
      chunk.copy(buffer, size, 0, taken)
      size += taken
      full = taken < chunk.length
      return !full
    },
    isFull: () => full,
    bytes: () => buffer.subarray(0, size),
  }
}
