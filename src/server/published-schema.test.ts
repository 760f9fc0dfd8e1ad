import { expect, test } from 'vitest'
import { schemaOf } from './published-schema.ts'

const fits = async (schema: object, value: unknown): Promise<boolean> => {
  const result = await schemaOf(schema)['~standard'].validate(value)
  return result.issues === undefined
}
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })

test('a plain schema is checked, without its patterns', async () => {
  const schema = object({ name: { type: 'string', pattern: '^(a+)+$' }, const: { enum: ['x', { pattern: 'y' }] } })
  expect(await fits(schema, { name: `${'a'.repeat(50)}!` })).toBe(true)
  expect(await fits(schema, { name: 7 })).toBe(false)
  expect(await fits(object({ pattern: { type: 'string' } }), { pattern: 7 })).toBe(false)
  expect(await fits({ anyOf: [{ type: 'string', pattern: 'a' }, { type: 'null' }] }, 7)).toBe(false)
})

test('one that a missing pattern would make tighter is left to the worker', async () => {
  const text = { type: 'string', pattern: '^a' }
  const oneOf = { oneOf: [text, { type: 'string', pattern: '^b' }] }
  expect(await fits(oneOf, 'b')).toBe(true)
  expect(await fits({ not: text }, 'b')).toBe(true)
  expect(await fits({ not: object({ a: { items: text } }) }, { a: [] })).toBe(true)
  expect(await fits({ patternProperties: { '^x-': true }, additionalProperties: false }, { 'x-a': 1 })).toBe(true)
})

test('references are not followed', async () => {
  const start = performance.now()
  const twice = (n: number) => ({ anyOf: [{ $ref: `#/$defs/d${n}` }, { $ref: `#/$defs/d${n}` }] })
  const $defs = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`d${n}`, n < 29 ? twice(n + 1) : false]))
  expect(await fits({ ...twice(0), $defs }, 7)).toBe(true)
  expect(await fits({ $ref: '#' }, 7)).toBe(true)
  expect(await fits(object({ a: { $ref: '#' } }, { required: ['a'] }), {})).toBe(true)
  expect(performance.now() - start).toBeLessThan(1_000)
})

test('a schema that is too much is left to the worker, whatever it is', async () => {
  const deep = (depth: number, around: (inner: object) => object): object =>
    depth === 0 ? { type: 'string' } : around(deep(depth - 1, around))
  const either = (depth: number) => deep(depth, (inner) => ({ anyOf: [inner] }))
  expect(await fits(either(3), 7)).toBe(false)
  expect(await fits(either(4), 7)).toBe(true)
  const list = (depth: number) => deep(depth, (items) => ({ type: 'array', items }))
  expect(await fits(list(20), 7)).toBe(false)
  expect(await fits(list(40), 7)).toBe(true)
  expect(await fits(list(2_000), 7)).toBe(true)
  const wide = (count: number) => ({ anyOf: Array.from({ length: count }, () => ({ type: 'string' })) })
  expect(await fits(wide(100), 7)).toBe(false)
  expect(await fits(wide(5_000), 7)).toBe(true)
  expect(await fits({ type: 'of another draft' }, 7)).toBe(true)
})

test('an input of which the check would take long is left to the worker', async () => {
  const schema = { type: 'array', items: { anyOf: Array.from({ length: 1_000 }, (_, n) => ({ const: `c${n}` })) } }
  expect(await fits(schema, [7])).toBe(false)
  const start = performance.now()
  expect(
    await fits(
      schema,
      Array.from({ length: 500_000 }, () => 7),
    ),
  ).toBe(true)
  expect(performance.now() - start).toBeLessThan(500)
})
