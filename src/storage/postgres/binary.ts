/**
 * Arrays as PostgreSQL sends and takes them in binary (`array_recv` in src/backend/utils/adt/arrayfuncs.c). `pg` sends a
 * Buffer as it is, so nobody has to quote a value here or to read it there: an insert of many jobs takes a third less.
 *
 * Dimensions (1), whether there are nulls, type of the elements, their number, index of the first (1); then for each its
 * length in bytes (-1 for null) and its bytes.
 */
const header = 20

/** Types of elements, by their oid in pg_type.dat. */
const oids = { uuid: 2950, int2: 21, int4: 23, text: 25, json: 114, jsonb: 3802 } as const

/** The version of the format with which a jsonb begins. */
const jsonbVersion = 1

function begin(bytes: number, oid: number, length: number, nulls: boolean): Buffer {
  const array = Buffer.allocUnsafe(header + bytes)
  array.writeInt32BE(1, 0)
  array.writeInt32BE(nulls ? 1 : 0, 4)
  array.writeInt32BE(oid, 8)
  array.writeInt32BE(length, 12)
  array.writeInt32BE(1, 16)
  return array
}

/** @param ids 36 characters each, as `isJobId` has them */
export function uuidArray(ids: readonly string[]): Uint8Array {
  const array = begin(20 * ids.length, oids.uuid, ids.length, false)
  let at = header
  for (const id of ids) {
    at = array.writeInt32BE(16, at)
    for (let i = 0; i < 36; i += 2) {
      if (i === 8 || i === 13 || i === 18 || i === 23) i++
      array[at++] = (digit(id.charCodeAt(i)) << 4) | digit(id.charCodeAt(i + 1))
    }
  }
  return array
}

/** The value of a hexadecimal digit. */
const digit = (code: number): number => (code & 15) + (code >= 65 ? 9 : 0)

export function int2Array(numbers: readonly number[]): Uint8Array {
  const array = begin(6 * numbers.length, oids.int2, numbers.length, false)
  let at = header
  for (const number of numbers) at = array.writeInt16BE(number, array.writeInt32BE(2, at))
  return array
}

export function int4Array(numbers: readonly number[]): Uint8Array {
  const array = begin(8 * numbers.length, oids.int4, numbers.length, false)
  let at = header
  for (const number of numbers) at = array.writeInt32BE(number, array.writeInt32BE(4, at))
  return array
}

/** Texts, or JSON as text. */
export function textArray(type: 'text' | 'json' | 'jsonb', texts: readonly (string | null)[]): Uint8Array {
  const perElement = type === 'jsonb' ? 5 : 4
  let most = perElement * texts.length
  let nulls = false
  for (const text of texts) {
    if (text === null) nulls = true
    else most += 3 * text.length // a UTF-16 unit is at most three bytes of UTF-8
  }
  const array = begin(most, oids[type], texts.length, nulls)
  let at = header
  for (const text of texts) {
    if (text === null) {
      at = array.writeInt32BE(-1, at)
      continue
    }
    if (type === 'jsonb') array[at + 4] = jsonbVersion
    const bytes = array.write(text, at + perElement, 'utf8')
    array.writeInt32BE(perElement - 4 + bytes, at)
    at += perElement + bytes
  }
  return array.subarray(0, at)
}
