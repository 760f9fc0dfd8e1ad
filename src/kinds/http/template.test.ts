import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RotaError } from '../../job/errors.ts'
import { parsePath, readPath } from './path.ts'
import { isAbsent, parseTemplate, renderJson, renderText, type Scope } from './template.ts'
import { checkUrl, originOf, renderUrl } from './url.ts'

const scopeOf = (input: unknown): Scope => ({
  input,
  job: {
    id: 'an-id',
    name: 'call',
    attempt: 2,
    scheduledFor: '2027-01-31T09:00:00.000Z',
    metadata: { 'team-x': 'mail' },
  },
})
const text = (template: string, input: unknown = null) =>
  renderText(parseTemplate(template, 'body'), scopeOf(input), 'body', { left: 1_000 })
const json = (template: unknown, input: unknown = null, left = 1_000) =>
  renderJson(template, scopeOf(input), 'body', { left })

describe('in a text', () => {
  test.each([
    ['plain', null, 'plain'],
    ['', null, ''],
    ['{{input.a}}', { a: 'x' }, 'x'],
    ['<{{ input.a }}|{{input.b[1].c}}>', { a: 1, b: [0, { c: true }] }, '<1|true>'],
    ['{{input}}', [1], '[1]'],
    ['{{input.a}}', { a: { b: null } }, '{"b":null}'],
    ['{{input["a b"].é}}', { 'a b': { é: 1 } }, '1'],
    ['{{job.id}} {{job.name}} {{job.attempt}} {{job.scheduledFor}}', null, 'an-id call 2 2027-01-31T09:00:00.000Z'],
    ['{{job.metadata.team-x}}', null, 'mail'],
    ['{{{{input.a}} }}', null, '{{input.a}} }}'],
    ['{{{{{{input.a}}', { a: 1 }, '{{1'],
    ['[{{input.a?}}]', {}, '[]'],
    ['[{{input.a?}}]', { a: null }, '[]'],
    ['{"a":{"b":1}}', null, '{"a":{"b":1}}'],
  ])('%j with %j is %j', (template, input, expected) => {
    expect(text(template, input)).toBe(expected)
  })

  test.each(['input.a', 'input.a.b', 'input.list[2]', 'input.list.length', 'input.text.length', 'input.text[0]'])(
    'there is no %s',
    (path) => {
      const input = { list: [1, 2], text: 'abc' }
      expect(() => text(`{{${path}}}`, input)).toThrow(
        expect.objectContaining({ code: 'template_missing', field: 'body' }),
      )
    },
  )

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'constructor.constructor'])(
    'what a prototype has is not there: %s',
    (path) => {
      for (const input of [{}, [], 'text', 1, true])
        expect(() => text(`{{input.${path}}}`, input)).toThrow(expect.objectContaining({ code: 'template_missing' }))
    },
  )

  test('null is missing there, as it has no form', () => {
    expect(() => text('id: {{input.id}}', { id: null })).toThrow(/no value for \{\{input.id\}\}.*input.id\?/)
  })
})

describe('in JSON', () => {
  test('a template alone becomes the value, others a text', () => {
    const input = { n: 1, o: { a: [true] }, z: null, s: 'x' }
    const template = ['{{input.n}}', '{{input.o}}', { z: '{{input.z}}', m: 'n={{input.n}}' }, '{{input.no?}}', 5, null]
    expect(json(template, input)).toEqual([1, { a: [true] }, { z: null, m: 'n=1' }, null, 5, null])
  })

  test('names of objects are no templates, and __proto__ is a name like others', () => {
    const template = JSON.parse('{"{{input.a}}":1,"__proto__":{"x":"{{input.a}}"}}')
    const rendered = json(template, { a: 2 }) as object
    expect(Object.getPrototypeOf(rendered)).toBe(Object.prototype)
    expect(JSON.stringify(rendered)).toBe('{"{{input.a}}":1,"__proto__":{"x":2}}')
  })

  test('values that multiply are stopped before they fill the memory', () => {
    const template = Array.from({ length: 5_000 }, () => '{{input}}')
    expect(() => json(template, 'x'.repeat(100_000), 1_000_000)).toThrow(
      expect.objectContaining({ code: 'template_invalid' }),
    )
  })

  test('a missing value is named with its place', () => {
    expect(() => json({ a: [{ b: '{{input.x}}' }] })).toThrow(expect.objectContaining({ field: 'body.a[0].b' }))
  })
})

test.each([
  ['{{input.a', /character 1.*never closed/],
  ['ab {{inptu.a}}', /character 4.*did you mean "input"/],
  ['{{job.ids}}', /did you mean "id"/],
  ['{{job}}', /job\.id/],
  ['{{}}', /no path/],
  ['{{input.a + 1}}', /no path/],
  ['{{input.a()}}', /no path/],
  ['{{input[a]}}', /no path/],
  ['{{{input.a}}}', /no path/],
  ['{{process.env}}', /there is no "process"/],
  ['{{$.input}}', /no path/],
])('%j is refused when it is defined', (template, message) => {
  expect(() => parseTemplate(template, 'body')).toThrow(message)
  expect(() => parseTemplate(template, 'body')).toThrow(expect.objectContaining({ code: 'option_invalid' }))
})

test('an entry that is one optional template can be left out', () => {
  const absent = (template: string, input: unknown) => isAbsent(parseTemplate(template, 'x'), scopeOf(input))
  expect(absent('{{input.a?}}', {})).toBe(true)
  expect(absent('{{input.a?}}', { a: null })).toBe(true)
  expect(absent('{{input.a?}}', { a: '' })).toBe(false)
  expect(absent('{{input.a}}', {})).toBe(false)
  expect(absent(' {{input.a?}}', {})).toBe(false)
})

test('a path may begin with $', () => {
  expect(readPath({ a: [{ b: 1 }] }, parsePath('$.a[0].b') ?? [])).toBe(1)
  expect(readPath([7], parsePath('[0]') ?? [])).toBe(7)
  expect(readPath({ $a: 1 }, parsePath('$a') ?? [])).toBe(1)
  expect(readPath({ 2024: 1 }, parsePath('[2024]') ?? [])).toBe(1)
  expect(parsePath('$')).toEqual([])
  for (const wrong of ['', 'a..b', 'a[', 'a[-1]', 'a b', '$$.', '.a', 'a["\\x"]']) expect(parsePath(wrong)).toBe(null)
})

describe('a URL', () => {
  const render = (url: string, input: unknown, query = {}) =>
    renderUrl(checkUrl(url, 'http.url'), query, scopeOf(input), 'http').href

  test.each([
    ['https://a.example/u/{{input.x}}/z', 'a/b?c#d', 'https://a.example/u/a%2Fb%3Fc%23d/z'],
    ['https://a.example/{{input.x}}', 'a..b/.c', 'https://a.example/a..b%2F.c'],
    ['https://a.example/{{input.x}}', '%2e%2ex', 'https://a.example/%252e%252ex'],
    ['https://a.example/a/{{input.x}}/b', '', 'https://a.example/a//b'],
    ['https://a.example?q={{input.x}}', '..&b=1', 'https://a.example/?q=..%26b%3D1'],
    ['https://a.example/{{input.x}}', '\\evil.example', 'https://a.example/%5Cevil.example'],
    ['https://a.example/{{input.x}}', '/evil.example', 'https://a.example/%2Fevil.example'],
    ['https://a.example/{{input.x}}', 'é\ud800\n', 'https://a.example/%C3%A9%EF%BF%BD%0A'],
    ['https://a.example/v1.{{input.x}}', '.', 'https://a.example/v1..'],
  ])('%s with %j is %s', (url, x, expected) => {
    expect(render(url, { x })).toBe(expected)
  })

  test.each([
    ['https://a.example/a/{{input.x}}/b', '..'],
    ['https://a.example/a/{{input.x}}', '.'],
    ['https://a.example/a/.{{input.x}}', '.'],
    ['https://a.example/a/{{input.x}}{{input.x}}/b', '.'],
    ['https://a.example/a/%2e{{input.x}}/b', ''],
    ['https://a.example/a/%2E{{input.x}}?b', '.'],
    ['https://a.example/a/{{input.x}}', '../../etc'],
    ['https://a.example/a/{{input.x}}', 'b/./c'],
    ['https://a.example/a/{{input.x}}', 'b\\..\\c'],
    ['https://a.example/a/b-{{input.x}}', '/..'],
    ['https://a.example/a/{{input.x}}', '%2e%2E'],
    ['https://a.example/a/{{input.x}}', 'b%2f..%2Fc'],
    ['https://a.example/a/{{input.x}}', 'b%255c%252e.'],
    ['https://a.example/a/{{input.x}}.', 'b%5C.'],
  ])('%s with %j would lead elsewhere', (url, x) => {
    expect(() => render(url, { x })).toThrow(expect.objectContaining({ code: 'template_invalid', field: 'http.url' }))
  })

  test('the query is added, without what is absent', () => {
    const query = { a: '{{input.x}} &', b: '{{input.no?}}', 'c d': 1, e: true }
    expect(render('https://a.example/?z=1', { x: 'é' }, query)).toBe(
      'https://a.example/?z=1&a=%C3%A9%20%26&c%20d=1&e=true',
    )
    expect(render('https://a.example/', {}, { b: '{{input.no?}}' })).toBe('https://a.example/')
  })

  test.each([
    ['https://a.example/{{{{x/{{input.x}}', 'https://a.example'],
    ['http://a.example:81?{{input.x}}', 'http://a.example:81'],
    ['HTTPS://A.example:443', 'https://a.example'],
  ])('%s leads to %s', (url, origin) => {
    expect(originOf(checkUrl(url, 'http.url'))).toBe(origin)
    expect(new URL(render(url, { x: '@b.example' })).origin).toBe(origin)
  })

  test('braces that stand for themselves end nothing', () => {
    expect(originOf('http://a.example{{{{.b.example/')).toBe('http://a.example{{.b.example')
  })

  test.each(['{{input.x}}', 'http://'])('%s was not checked', (url) => {
    expect(() => originOf(url)).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })

  test('too long a one is refused', () => {
    expect(() => render('https://a.example/{{input.x}}', { x: 'é'.repeat(4_000) })).toThrow(
      expect.objectContaining({ code: 'template_invalid' }),
    )
  })

  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('.', '..', '%2e', '@', '//', '\\', ':80'),
    fc.jsonValue(),
  )
  test('rendering throws nothing but RotaError, and never changes where it goes', () => {
    const urls = [
      'https://a.example/{{input.x}}',
      'http://a.example:81/p/{{input.x}}{{input.y}}/q?r={{input.y}}',
      'https://a.example?{{input.x}}',
    ]
    fc.assert(
      fc.property(fc.constantFrom(...urls), anything, anything, (url, x, y) => {
        try {
          const rendered = new URL(render(url, { x, y }, { q: '{{input.y}}' }))
          expect(rendered.origin).toBe(new URL(url.replace(/\{\{.*$/, '')).origin)
          expect(rendered.username + rendered.password + rendered.hash).toBe('')
          expect(rendered.pathname.split('/').length).toBe(new URL(url).pathname.split('/').length)
        } catch (error) {
          if (!(error instanceof RotaError)) throw error
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('so it is with any template at all', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('{{', '}}', '{{input.x}}', '{{input.x?}}', '{{job.id}}', '/', '..'),
    )
    fc.assert(
      fc.property(fc.array(piece), anything, (pieces, x) => {
        for (const attempt of [
          () => text(pieces.join(''), { x }),
          () => render(`https://a.example/${pieces.join('')}`, { x }),
        ])
          try {
            attempt()
          } catch (error) {
            if (!(error instanceof RotaError)) throw error
          }
      }),
      { numRuns: 2_000 },
    )
  })
})
