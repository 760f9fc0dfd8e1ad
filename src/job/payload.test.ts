import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromJson, toJson } from './payload.ts'

const limit = 128 * 1024
const refused = (value: unknown) => {
  try {
    toJson(value, 'input', limit)
  } catch (error) {
    return error as { code: string; field: string; message: string }
  }
  throw new Error('it was accepted')
}

describe('toJson', () => {
  test('what it accepts comes back as it went in', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        let json: string | null
        try {
          json = toJson(value, 'input', limit)
        } catch (error) {
          expect(error).toMatchObject({ code: 'payload_not_json' }) // NUL or half a surrogate pair
          return
        }
        expect(fromJson(json)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('any value at all gives JSON or the typed error', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        (value) => {
          try {
            toJson(value, 'input', limit)
          } catch (error) {
            expect(error).toMatchObject({ name: 'RotaError' })
          }
        },
      ),
    )
  })

  test('exactly the limit is accepted, one byte more is not', () => {
    const text = 'é'.repeat((limit - 2) / 2) // two bytes each, and two quotes
    expect(toJson(text, 'input', limit)?.length).toBeGreaterThan(0)
    expect(refused(`${text}x`)).toMatchObject({ code: 'payload_too_large', field: 'input' })
  })

  test.each([
    [{ user: { name: 'a\0b' } }, 'input.user.name'],
    [{ 'a\0': 1 }, 'input["a\\u0000"]'],
    [['\ud800'], 'input[0]'],
    [{ at: new Date(0) }, 'input.at'],
    [{ n: 1n }, 'input.n'],
    [{ n: Number.NaN }, 'input.n'],
    [{ f: () => 1 }, 'input.f'],
    [[undefined], 'input[0]'],
    [new Map(), 'input'],
    [{ b: Buffer.from('x') }, 'input.b'],
    [JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'input.a.__proto__'],
    [{ toJSON: () => 'other' }, 'input'],
    [{ [Symbol('s')]: 1 }, 'input'],
  ])('%o is refused at %s', (value, field) => expect(refused(value)).toMatchObject({ code: 'payload_not_json', field }))

  test('a cycle is told from a value that appears twice', () => {
    const shared = { a: 1 }
    expect(toJson({ x: shared, y: shared }, 'input', limit)).toBe('{"x":{"a":1},"y":{"a":1}}')
    const cyclic: Record<string, unknown> = {}
    cyclic.self = { back: cyclic }
    expect(refused(cyclic)).toMatchObject({ code: 'payload_not_json', field: 'input.self.back' })
  })

  test('a depth of 100 000 is refused, not a stack overflow', () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = [deep]
    expect(refused(deep).message).toContain('deeper than 500 levels')
  })

  test('undefined is no input; a property that is undefined is left out', () => {
    expect(toJson(undefined, 'input', limit)).toBeNull()
    expect(toJson({ a: undefined, b: 1 }, 'input', limit)).toBe('{"b":1}')
  })
})
