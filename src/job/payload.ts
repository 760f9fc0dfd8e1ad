import { RotaError, show } from './errors.ts'

/** Deeper values are refused: parsers of other languages and databases stop long before a JavaScript stack does. */
export const deepestPayload = 500

/**
 * The JSON text of a value, or `null` for `undefined` (a job without input).
 * What JSON would silently change is refused, and so is what one of the databases cannot hold, so that the value
 * which comes out is the value which went in. A property that is `undefined` is left out, as JSON does.
 *
 * @param root name of the value in messages, such as `input`
 * @param limit the largest size in UTF-8 bytes
 * @param remedy what else helps against too large a value
 * @throws RotaError `payload_not_json` with the path, or `payload_too_large`
 */
export function toJson(value: unknown, root: string, limit: number, remedy = raised): string | null {
  if (value === undefined) return null
  check(value, root, [])
  const json = JSON.stringify(value)
  const bytes = Buffer.byteLength(json)
  if (bytes > limit) {
    throw new RotaError(
      'payload_too_large',
      `${root}: ${bytes} bytes as JSON, ${bytes - limit} more than the limit of ${limit}. ` +
        `Store the data elsewhere and pass its id or URL${remedy}.`,
      { field: root },
    )
  }
  return json
}

const raised = ', or raise `payloadLimit`'

export function fromJson(json: string | null): unknown {
  return json === null ? undefined : JSON.parse(json)
}

/** `above` holds the objects on the way down, so that a cycle is told from a value that merely appears twice. */
function check(value: unknown, path: string, above: object[]): void {
  if (typeof value === 'string') return checkText(value, path)
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(path, `${value} becomes null in JSON`, 'leave it out or send a string')
    return
  }
  if (typeof value !== 'object') refuse(path, `${show(value)} has no JSON form`, hintFor(value))
  if (above.includes(value))
    refuse(path, 'the object contains itself (a cycle)', 'pass plain data without back references')
  if (above.length >= deepestPayload)
    refuse(path.slice(0, 80), `it is nested deeper than ${deepestPayload} levels`, 'flatten it')
  above.push(value)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) check(value[i], `${path}[${i}]`, above)
  } else {
    const prototype = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) {
      refuse(path, `${nameOf(value)} would not come back as one`, hintFor(value))
    }
    if (typeof (value as { toJSON?: unknown }).toJSON === 'function')
      refuse(path, 'its toJSON would change it', 'call it yourself')
    for (const key of Object.keys(value)) checkProperty(value as Record<string, unknown>, key, path, above)
    if (Object.getOwnPropertySymbols(value).length > 0)
      refuse(path, 'a symbol key has no JSON form', 'use a string key')
  }
  above.pop()
}

function checkProperty(owner: Record<string, unknown>, key: string, path: string, above: object[]): void {
  const below = /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`
  if (key === '__proto__')
    refuse(below, 'the key "__proto__" can change the prototype of whoever reads it', 'rename it')
  checkText(key, below)
  const value = owner[key]
  if (value !== undefined) check(value, below, above)
}

function checkText(text: string, path: string): void {
  if (text.includes('\u0000'))
    refuse(path, 'it contains the character U+0000 (NUL), which PostgreSQL cannot store', 'remove it')
  if (!text.isWellFormed())
    refuse(path, 'it contains half a surrogate pair, which is not valid Unicode', 'use text.toWellFormed()')
}

const nameOf = (value: object): string => `a ${value.constructor?.name || 'object with its own prototype'}`

function hintFor(value: unknown): string {
  if (value instanceof Date) return 'pass date.toISOString()'
  if (value instanceof Map || value instanceof Set) return 'pass Object.fromEntries(map) or [...set]'
  if (typeof value === 'bigint') return 'pass it as a string'
  if (ArrayBuffer.isView(value)) return 'pass base64 text, or a reference to where the bytes are stored'
  return 'pass plain JSON data'
}

function refuse(path: string, why: string, fix: string): never {
  throw new RotaError('payload_not_json', `${path}: ${why}. To mend it, ${fix}.`, { field: path })
}
