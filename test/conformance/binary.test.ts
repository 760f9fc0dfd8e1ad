import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { int2Array, int4Array, textArray, uuidArray } from '../../src/storage/postgres/binary.ts'
import { type RunningPostgres, startPostgres } from '../support/postgres.ts'

let server: RunningPostgres
let client: pg.Client

beforeAll(async () => {
  server = await startPostgres()
  client = new pg.Client(server.url)
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await server.stop()
})

/** What PostgreSQL understands an array to be, as text. */
async function read(type: string, array: Uint8Array): Promise<unknown[]> {
  const { rows } = await client.query(
    `select coalesce(json_agg(one::text order by n), '[]') as list from unnest($1::${type}[]) with ordinality as t (one, n)`,
    [array],
  )
  return rows[0]?.list
}

/** Any text that a job may hold: all of Unicode but U+0000. */
const text = fc.string({ unit: 'binary', maxLength: 60 }).map((one) => one.replaceAll('\0', '').toWellFormed())

test('PostgreSQL reads what was written, whatever the texts are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text), { maxLength: 20 }), async (texts) => {
      expect(await read('text', textArray('text', texts))).toEqual(texts)
      const jsons = texts.map((one) => (one === null ? null : JSON.stringify({ one })))
      expect(await read('json', textArray('json', jsons))).toEqual(jsons)
      const values = (await read('jsonb', textArray('jsonb', jsons))).map((one) => one && JSON.parse(String(one)))
      expect(values).toEqual(jsons.map((one) => one && JSON.parse(one)))
    }),
    { numRuns: 200 },
  )
})

test('ids in small and capital letters, and numbers to their limits', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uuid(), { maxLength: 20 }), async (ids) => {
      expect(await read('uuid', uuidArray(ids))).toEqual(ids)
      expect(await read('uuid', uuidArray(ids.map((id) => id.toUpperCase())))).toEqual(ids)
    }),
    { numRuns: 100 },
  )
  const small = [-(2 ** 15), -1, 0, 1, 2 ** 15 - 1]
  const large = [-(2 ** 31), -1, 0, 1, 2 ** 31 - 1]
  expect(await read('int2', int2Array(small))).toEqual(small.map(String))
  expect(await read('int4', int4Array(large))).toEqual(large.map(String))
})
