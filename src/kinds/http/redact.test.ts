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
    'https://a.example/x?page=2&Access_Token=[redacted]&api-key=[redacted]&sig=[redacted]&code=[redacted]&q=a%20b',
  )
  for (const name of ['credential', 'pwd', 'pass', 'db_pass', 'passwd', 'jwt', 'session', 'X-Amz-Date', 'a[sig]'])
    expect(showUrl(new URL(`https://a.example/?${name}=hidden`))).not.toContain('hidden')
  expect(showUrl(new URL('https://a.example/?passenger=1&design=2'))).toBe('https://a.example/?passenger=1&design=2')
})

describe('however it was written', () => {
  const secret = `Token a+b/c="d&e'<é€>\\f~ g`
  const { text } = createRedactor([secret])
  const hex = (one: string) => one.charCodeAt(0).toString(16).padStart(4, '0')
  const unicode = (how: (one: string) => string, which = /[^a-z0-9]/gi) =>
    secret.replace(which, (one) => `\\u${how(one)}`)
  const html = secret.replace(
    /[&<>"']/g,
    (one) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' }[one]};`,
  )

  test.each([
    ['as JSON that escapes what is no letter', unicode(hex)],
    ['as JSON that does so in upper case', unicode((one) => hex(one).toUpperCase())],
    [
      'as JSON that escapes some',
      JSON.stringify(secret).slice(1, -1).replaceAll('&', '\\u0026').replaceAll('+', '\\u002B'),
    ],
    ['in HTML', html],
    ['in HTML, by numbers', secret.replace(/[^a-z]/gi, (one) => `&#x${hex(one)};`)],
    ['in a URL', encodeURIComponent(secret)],
    ['in a URL, in lower case', encodeURIComponent(secret).replace(/%../g, (one) => one.toLowerCase())],
    ['in a form', new URLSearchParams({ '': secret }).toString().slice(1)],
    ['in base64', Buffer.from(secret).toString('base64').replace(/=+$/, '')],
    ['in base64 for URLs', Buffer.from(secret).toString('base64url')],
    ['in base64, without its scheme', Buffer.from(secret.slice(6)).toString('base64').replace(/=+$/, '')],
  ])('%s', (_, written) => {
    expect(text(`\\n%20&amp;${written}|\\n%20&amp;`)).toBe('\\n%20&amp;[redacted]|\\n%20&amp;')
    expect(text(`${written} ${written}`)).toBe('[redacted] [redacted]')
    for (let size = written.length - 1; size > 40; size--)
      expect(text(`so: ${written.slice(0, size)}`, true)).toBe('so: [redacted]')
  })

  test('many of them leave nothing at the end of what is kept', () => {
    const { head } = createRedactor(['0123456789abcdefghijklmnopqrstuvwxyz'])
    expect(head('0123456789abcdefghijklmnopqrstuvwxyz'.repeat(1_000), 200)).not.toMatch(/012/)
  })

  test('a long text full of escapes is read once', () => {
    expect(text(`${'\\n%20&amp;'.repeat(100_000)}${encodeURIComponent(secret)}`)).toMatch(/&amp;\[redacted\]$/)
  })
})
