import { RotaError, show } from './errors.ts'

declare const output: unique symbol

/** The id of a job: a UUIDv7 made by the client. The type remembers what the job returns. */
export type JobId<Output = unknown> = string & { readonly [output]?: Output }

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const isJobId = (text: unknown): text is JobId => typeof text === 'string' && uuidPattern.test(text)

export function checkJobId(id: unknown): string {
  const lower = typeof id === 'string' ? id.toLowerCase() : ''
  if (isJobId(lower)) return lower
  const hint = typeof id === 'object' && id !== null && 'id' in id ? ' Pass its `id`.' : ''
  throw new RotaError('job_not_found', `${show(id)} is not a job id: an id is a UUID, as enqueue returns it.${hint}`, {
    field: 'id',
  })
}

/** The id behind which a page goes on. */
export function checkCursor(value: unknown, field: string): string {
  const lower = typeof value === 'string' ? value.toLowerCase() : ''
  if (isJobId(lower)) return lower
  throw new RotaError('option_invalid', `${field}: ${show(value)} did not come from \`next\` of a page.`, { field })
}

export const jobNotFound = (id: string): RotaError =>
  new RotaError(
    'job_not_found',
    `There is no job ${id} (any more): it was deleted, its retention is over, or it succeeded with retention 'none'.`,
    { field: 'id' },
  )

/**
 * Makes UUIDv7 ids (RFC 9562, section 5.7) that grow within one process: 48 bits of milliseconds, then a counter of
 * 12 + 14 bits that starts at random in each millisecond (section 6.2, method 1), then 48 random bits.
 *
 * @param now milliseconds since 1970
 * @param random 32 random bits as an unsigned integer
 */
export function createIdMaker(now: () => number, random: () => number): () => string {
  let lastMs = 0
  let counter = 0
  let time = ''
  return () => {
    const ms = now()
    if (ms > lastMs || ++counter > 0x3ffffff) {
      lastMs = Math.max(ms, lastMs + 1)
      counter = random() & 0x1ffffff // the top bit stays free, so that the counter has room to grow
      const digits = lastMs.toString(16).padStart(12, '0')
      time = `${digits.slice(0, 8)}-${digits.slice(8)}-`
    }
    const high = 0x7000 | (counter >>> 14)
    const low = 0x8000 | (counter & 0x3fff)
    return `${time}${hex16(high)}-${hex16(low)}-${hex16(random() & 0xffff)}${hex16(random() & 0xffff)}${hex16(random() & 0xffff)}`
  }
}

/** By byte. `toString(16)` of a number beyond 31 bits is slow. */
const hex8 = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const hex16 = (bits: number): string => `${hex8[bits >>> 8]}${hex8[bits & 0xff]}`

/** The time in a UUIDv7, in milliseconds since 1970. */
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)

/**
 * The UUIDv7 of a moment whose random part is given: the same for the same moment and bytes, so that storing it twice stores one.
 *
 * @param bytes at least 10 of a hash
 */
export function idAt(ms: number, bytes: Uint8Array): string {
  const time = Math.trunc(ms).toString(16).padStart(12, '0')
  const at = (i: number) => bytes[i] as number
  const high = 0x7000 | ((at(0) << 8) & 0xf00) | at(1)
  const low = 0x8000 | ((at(2) & 0x3f) << 8) | at(3)
  const rest = [4, 6, 8].map((i) => hex16((at(i) << 8) | at(i + 1))).join('')
  return `${time.slice(0, 8)}-${time.slice(8)}-${hex16(high)}-${hex16(low)}-${rest}`
}
