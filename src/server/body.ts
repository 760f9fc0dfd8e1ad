/** The body of a request: JSON, of a bounded size, without what JSON would change. */
import { RotaError } from '../job/errors.ts'

const mebibyte = 1024 * 1024
/** Bytes. */
const most = { usual: 4 * mebibyte, 'jobs.createMany': 64 * mebibyte, 'flows.create': 64 * mebibyte } as const

/** @throws RotaError `request_too_large`, `request_invalid`, `payload_not_json` */
export async function readBody(request: Request, operation: string): Promise<unknown> {
  const limit = most[operation as keyof typeof most] ?? most.usual
  const text = await textOf(request, limit)
  if (text === '') return undefined
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/json\b/i.test(type)) {
    const message = `content-type: ${JSON.stringify(type)} is not accepted. Send JSON with \`content-type: application/json\`.`
    throw new RotaError('request_invalid', message, { field: 'content-type' })
  }
  return parse(text, operation)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Where the length is told beforehand, and HTTP holds the client to it, the body is read at once: a stream costs more than all the rest. */
async function textOf(request: Request, limit: number): Promise<string> {
  const told = request.headers.get('content-length')
  if (told !== null && Number(told) > limit) throw tooLarge(limit)
  const reading: Promise<Uint8Array | ArrayBuffer> =
    told === null ? gathered(request.body, limit) : request.arrayBuffer()
  const bytes = await reading.catch(notWhole)
  if (bytes.byteLength > limit) throw tooLarge(limit) // who calls `fetch` of the server may tell anything
  try {
    return utf8.decode(bytes)
  } catch {
    throw new RotaError('request_invalid', 'The body is not UTF-8.')
  }
}

/** Whoever sent it went away, or was too slow. */
function notWhole(error: unknown): never {
  if (error instanceof RotaError) throw error
  throw new RotaError('request_invalid', 'The body ended before it was whole.', { cause: error })
}

async function gathered(body: ReadableStream<Uint8Array> | null, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** By these a worker tells what its handlers made: who waits for it would wait in vain if one number of it were refused. */
const told = new Set(['workers.log', 'workers.complete', 'workers.fail', 'workers.release'])

function parse(text: string, operation: string): unknown {
  try {
    return longNumber.test(text) ? JSON.parse(text, told.has(operation) ? asBigInt : exact) : JSON.parse(text)
  } catch (error) {
    if (error instanceof RotaError) throw error
    const why = (error as Error).message.replace(/, (\.\.\.)?".*$/s, '') // it may quote what was sent, which may be a password
    throw new RotaError('request_invalid', `The body is not JSON: ${why}.`)
  }
}

/** Sixteen digits in a row may be a number that JavaScript cannot hold. */
const longNumber = /\d{16}/

type Source = { readonly source?: string }

const isInexact = (value: unknown, source: string | undefined): source is string =>
  typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source) && !Number.isSafeInteger(value)

function exact(key: string, value: unknown, { source }: Source = {}): unknown {
  if (!isInexact(value, source)) return value
  const message = `${key}: ${source.slice(0, 40)} is beyond what JSON numbers hold exactly (2^53). Send it as text.`
  throw new RotaError('payload_not_json', message, { field: key })
}

/** Log lines show it, and a result that holds it is known for one that cannot be stored. */
const asBigInt = (_: string, value: unknown, { source }: Source = {}): unknown =>
  isInexact(value, source) ? BigInt(source.slice(0, 400)) : value

const tooLarge = (limit: number) =>
  new RotaError('request_too_large', `The body is larger than ${limit / mebibyte} MiB. Send less at a time.`)
