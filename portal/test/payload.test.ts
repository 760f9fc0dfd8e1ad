import { describe, expect, test } from 'vitest'
import { fromWall, toWall } from '../src/lib/wall.ts'
import { check } from '../src/ui/payload/check.ts'
import { type GroupShape, shapeOf } from '../src/ui/payload/shape.ts'
import { blank, blankItem, fill, fits, isReadable, textOf, Unreadable, withProperty } from '../src/ui/payload/values.ts'

const object = (properties: object, required: string[] = []) => ({ type: 'object', properties, required })
const group = (schema: unknown): GroupShape => {
  const shape = shapeOf(schema)
  if (shape === null) throw new Error('no form')
  return shape
}
const kinds = (schema: unknown) => group(schema).fields.map(({ name, shape }) => `${name}:${shape.kind}`)
const problems = (schema: unknown, value: unknown) =>
  [...check(group(schema), value)].map(([path, { key }]) => `${path} ${key}`)

describe('what a schema is shown as', () => {
  test('each kind of value has its field', () => {
    const schema = object({
      to: { type: 'string', format: 'email' },
      n: { type: 'integer', minimum: 1 },
      on: { type: 'boolean' },
      size: { enum: ['s', 'm', 3, null] },
      tags: { type: 'array', items: { type: 'string' } },
      at: object({ city: { type: 'string' } }),
      either: { anyOf: [{ type: 'string' }, { type: 'number' }] },
      maybe: { type: ['string', 'null'] },
      one: { oneOf: [{ const: 'a' }, { const: 'b' }] },
      any: {},
      map: { type: 'object', additionalProperties: { type: 'string' } },
    })
    expect(kinds(schema)).toEqual(
      'to:text n:number on:flag size:enum tags:list at:group either:choice maybe:choice one:enum any:json map:json'.split(
        ' ',
      ),
    )
  })

  test('references within the schema are followed, with what is said beside them', () => {
    const schema = {
      $ref: '#/$defs/job',
      $defs: { job: object({ to: { $ref: '#/$defs/a~1b', title: 'Whom' } }), 'a/b': { type: 'string', title: 'T' } },
    }
    expect(group(schema).fields[0]).toMatchObject({ name: 'to', shape: { kind: 'text', title: 'Whom' } })
  })

  test('what is no object has no form', () => {
    for (const schema of [
      null,
      undefined,
      true,
      'text',
      [],
      { type: 'string' },
      { type: 'object' },
      { $ref: 'https://example.com/a.json' },
    ])
      expect(shapeOf(schema)).toBeNull()
  })

  test('names of Object.prototype are names like any other', () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"number"}},"required":["constructor"]}',
    )
    expect(problems(schema, {})).toEqual(['/constructor missing'])
    const value = withProperty({}, '__proto__', 'x')
    expect(JSON.stringify(value)).toBe('{"__proto__":"x"}')
    expect(problems(schema, { ...value, constructor: 1 })).toEqual([])
  })
})

describe('schemas that mean harm', () => {
  test('a loop of references ends', () => {
    expect(shapeOf({ $ref: '#' })).toBeNull()
    expect(shapeOf({ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } })).toBeNull()
    expect(shapeOf({ allOf: [{ $ref: '#' }] })).toBeNull()
  })

  test('a tree of itself is shown a few levels deep, or not at all', () => {
    const linked = { ...object({ next: { $ref: '#' } }) }
    expect(kinds(linked)).toEqual(['next:group'])
    const wide = object(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, { $ref: '#' }])))
    expect(shapeOf(wide)).toBeNull()
  })

  test('required recursion is not filled for ever', () => {
    const shape = group(object({ next: { $ref: '#' } }, ['next']))
    expect(JSON.stringify(fill(shape, {})).length).toBeLessThan(200)
  })

  test('10 000 properties, levels or cases fall back in no time', () => {
    const many = object(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`p${i}`, { type: 'string' }])))
    let deep: object = { type: 'string' }
    for (let i = 0; i < 10_000; i++) deep = object({ x: deep })
    const cases = object({ x: { anyOf: Array.from({ length: 10_000 }, () => deep) } })
    const from = performance.now()
    expect(shapeOf(many)).toBeNull()
    expect(kinds(deep)).toEqual(['x:group'])
    expect(kinds(cases)).toEqual(['x:json'])
    expect(performance.now() - from).toBeLessThan(200)
  })

  test('no pattern is run', () => {
    const schema = object({ x: { type: 'string', pattern: '^(a+)+$' } })
    expect(problems(schema, { x: `${'a'.repeat(50)}!` })).toEqual([])
  })
})

describe('what was entered', () => {
  const schema = object(
    {
      to: { type: 'string', minLength: 2, maxLength: 3 },
      n: { type: 'integer', minimum: 1, exclusiveMaximum: 10 },
      tags: { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, maxItems: 2 },
      when: { type: 'string', format: 'date-time' },
    },
    ['to'],
  )

  test('each mistake is told at its place', () => {
    expect(problems(schema, {})).toEqual(['/to missing'])
    expect(problems(schema, { to: 'a', n: 1.5, tags: [], when: '2027-01-31' })).toEqual([
      '/to tooShort',
      '/n noInteger',
      '/tags tooFew',
      '/when noInstant',
    ])
    expect(problems(schema, { to: '👍👍👍', n: 10, tags: ['a', ''] })).toEqual(['/n notBelow', '/tags[1] tooShort'])
    expect(problems(schema, { to: 7, n: new Unreadable('1.'), tags: 'x' })).toEqual([
      '/to misfit',
      '/n noNumber',
      '/tags misfit',
    ])
    expect(problems(schema, { to: 'ab', n: 2 ** 60 })).toEqual(['/n inexact'])
  })

  test('cases are told apart by their constants', () => {
    const shape = group(
      object({
        by: {
          oneOf: [
            object({ kind: { const: 'mail' } }, ['kind']),
            object({ kind: { const: 'sms' }, to: { type: 'number' } }, ['kind', 'to']),
          ],
        },
      }),
    )
    const choice = shape.fields[0]?.shape
    if (choice?.kind !== 'choice') throw new Error('no choice')
    expect(choice.cases.map((one) => fits(one, { kind: 'sms' }))).toEqual([false, true])
    expect([...check(shape, { by: { kind: 'sms' } })].map(([path]) => path)).toEqual(['/by/to'])
    expect(blank(choice.cases[1] as never)).toEqual({ kind: 'sms' })
  })

  test('what is certain is filled in, what is there and unknown stays', () => {
    const shape = group(
      object(
        {
          v: { const: 2 },
          on: { type: 'boolean' },
          in: object({ n: { type: 'number', default: 3 } }, ['n']),
          free: { type: 'string' },
        },
        ['v', 'on', 'in', 'free'],
      ),
    )
    expect(fill(shape, {})).toEqual({ v: 2, on: false, in: { n: 3 } })
    expect(fill(shape, { v: 1, in: { n: 4, more: true }, other: null })).toEqual({
      v: 1,
      on: false,
      in: { n: 4, more: true },
      other: null,
    })
  })

  test('what cannot be read is kept as a text', () => {
    const value = { n: new Unreadable('1.'), list: [new Unreadable('{')] }
    expect(isReadable(value)).toBe(false)
    expect(JSON.parse(textOf(value))).toEqual({ n: '1.', list: ['{'] })
    expect(
      blankItem({
        kind: 'text',
        title: null,
        help: null,
        usual: undefined,
        format: 'plain',
        least: 0,
        most: null,
        pattern: null,
      }),
    ).toBe('')
  })
})

describe('instants in a zone', () => {
  test('there and back, across both changes of the clocks', () => {
    for (const [iso, wall] of [
      ['2027-01-31T09:00:00Z', '2027-01-31T10:00:00'],
      ['2027-07-31T09:00:00Z', '2027-07-31T11:00:00'],
      ['2027-03-28T00:59:59Z', '2027-03-28T01:59:59'],
      ['2027-03-28T01:00:00Z', '2027-03-28T03:00:00'],
      ['2027-10-30T23:30:00Z', '2027-10-31T01:30:00'],
      ['2027-10-31T02:30:00Z', '2027-10-31T03:30:00'],
    ] as const) {
      expect(toWall(iso, 'Europe/Berlin')).toBe(wall)
      expect(fromWall(wall, 'Europe/Berlin')).toBe(iso)
    }
    expect(fromWall('2027-01-31T10:00', 'Asia/Kathmandu')).toBe('2027-01-31T04:15:00Z')
    expect(fromWall('', 'UTC')).toBeNull()
    expect(fromWall('2027-13-01T09:00', 'UTC')).toBeNull()
  })
})
