import { describe, expect, test } from 'vitest'
import { createRedactor, showUrl } from './redact.ts'

describe('a secret is taken out', () => {
  const basic = `Basic ${Buffer.from('ada:top/secret"1').toString('base64')}`
  const { text, json } = createRedactor(['Bearer abc-def-ghi', basic, 'k=y v'])

  test.each([
    ['whole', 'got Bearer abc-def-ghi!', 'got [redacted]!'],
    ['without its scheme', 'token=abc-def-ghi', 'token=[redacted]'],
    ['as a password of Basic', 'pw top/secret"1', 'pw [redacted]'],
    ['in JSON', JSON.stringify({ p: 'top/secret"1' }), '{"p":"[redacted]"}'],
    ['in JSON of PHP', '{"p":"top\\/secret\\"1"}', '{"p":"[redacted]"}'],
    ['in a URL', '?p=k%3Dy%20v', '?p=[redacted]'],
    ['never where there is none', 'abc def', 'abc def'],
  ])('%s', (_, whole, expected) => {
    expect(text(whole)).toBe(expected)
  })

  test('from every place of a value', () => {
    expect(json({ 'abc-def-ghi': ['x abc-def-ghi', 5, null, true] })).toEqual({
      '[redacted]': ['x [redacted]', 5, null, true],
    })
  })

  test('where the text ends in the middle of it', () => {
    expect(text('so: Bearer abc-d', true)).toBe('so: [redacted]')
    expect(text('so: abc-def', true)).toBe('so: [redacted]')
    expect(text('so: Be', true)).toBe('so: Be')
    expect(text('so: Bearer abc-d')).toBe('so: Bearer abc-d')
  })
})

test('a number is one, too', () => {
  expect(createRedactor(['12345678']).json([12345678, 1])).toEqual(['[redacted]', 1])
})

test('a URL is shown without what its query hides', () => {
  const url = new URL('https://u:p@a.example/x?page=2&Access_Token=abc&api-key=1&sig=1&code=3&q=a%20b#f')
  expect(showUrl(url)).toBe(
    'https://a.example/x?page=2&Access_Token=[redacted]&api-key=[redacted]&sig=1&code=[redacted]&q=a%20b',
  )
})
