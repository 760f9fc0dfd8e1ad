import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { JobContext } from '../../index.ts'
import { defineJob, RotaError } from '../../index.ts'
import { pathOf, type StoredPath } from './file-path.ts'
import { fileType, sniffedBytes } from './file-type.ts'

export interface HashedFile extends StoredPath {
  /** Of the content, in hexadecimal. */
  readonly sha256: string
  /** Bytes that were read. */
  readonly size: number
  /** Line ends, and one more for a last line without. */
  readonly lines: number
  readonly type: string
}

const largestFile = 100_000_000
const newline = 0x0a

/** Written by hand, so that the demo needs no schema library. */
const inputSchema: StandardSchemaV1<StoredPath> = {
  '~standard': {
    version: 1,
    vendor: 'rota',
    validate(value) {
      const { path, pathBytes } = (value ?? {}) as Record<string, unknown>
      const fits = typeof path === 'string' && path !== '' && ['string', 'undefined'].includes(typeof pathBytes)
      return fits ? { value: value as StoredPath } : { issues: [{ message: 'must be a path', path: ['path'] }] }
    },
  },
}

/** The job of the demo: reads one file once, whatever its size, and tells what is in it. */
export const hashFile = defineJob({
  id: 'hash-file',
  input: inputSchema,
  retries: 2,
  backoff: { type: 'fixed', delay: 300 },
  timeout: '60s',
  metadata: { demo: true },
  // As long as its idempotency key: a file that was done must not be found without its result.
  retention: { succeeded: '31d', failed: '31d' },
  async run(input: StoredPath, ctx: JobContext): Promise<HashedFile> {
    const path = pathOf(input)
    refuseUnfit(await stat(path)) // before it is opened, because to open a device can have effects
    // Without O_NONBLOCK an open waits for ever where a pipe took the place of the file since then.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      refuseUnfit(await file.stat())
      return { ...input, ...(await read(input.path, file.createReadStream({ signal: ctx.signal, autoClose: false }))) }
    } finally {
      await file.close()
    }
  },
})

async function read(path: string, chunks: AsyncIterable<Buffer>): Promise<Omit<HashedFile, 'path' | 'pathBytes'>> {
  const hash = createHash('sha256')
  let start: Buffer = Buffer.alloc(0)
  let size = 0
  let lines = 0
  let last = newline
  for await (const chunk of chunks) {
    hash.update(chunk)
    if (start.length < sniffedBytes) start = Buffer.concat([start, chunk.subarray(0, sniffedBytes - start.length)])
    lines += countNewlines(chunk)
    last = chunk.at(-1) ?? last
    size += chunk.length
    if (size > largestFile) throw tooLarge() // it grows while it is read
  }
  if (last !== newline) lines++
  return { sha256: hash.digest('hex'), size, lines, type: fileType(path, start) }
}

function refuseUnfit(stats: Stats): void {
  if (!stats.isFile()) throw new RotaError('non_retryable', `It is ${kindOf(stats)}, not a regular file.`)
  if (stats.size > largestFile) throw tooLarge()
}

/** By index: an iterator over the bytes takes four times as long as their hash. */
function countNewlines(chunk: Uint8Array): number {
  let found = 0
  for (let i = 0; i < chunk.length; i++) if (chunk[i] === newline) found++
  return found
}

const tooLarge = () => new RotaError('non_retryable', 'The file is larger than 100 MB.')

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'a named pipe (FIFO)'
  if (stats.isSocket()) return 'a socket'
  if (stats.isDirectory()) return 'a directory'
  return 'a device'
}
