/** HTTP jobs against a real target: what is sent, how the answer is judged, and what is kept of it. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { HttpOptions } from '../../src/kinds/http/spec.ts'
import { failureOf, outputOf, type Ran, startBench, startTarget, startTargets } from '../support/http.ts'
import { localTarget } from '../support/target.ts'

const { target, other, bench } = await startTargets()

interface Echo {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

const echoOf = (ran: Ran): Echo => outputOf(ran).body as Echo
const echo = async (http: Partial<HttpOptions>, input: unknown = { a: 1 }) =>
  echoOf(await bench.run({ url: `${target.url}/echo`, ...http }, { input }))
const query = (values: Record<string, string>) => new URLSearchParams(values).toString()
/** A target that answers so, and what became of it. */
const answered = (status: number, values: Record<string, string>, http: Partial<HttpOptions> = {}) =>
  bench.run({ url: `${target.url}/status/${status}?${query(values)}`, breaker: false, ...http })

describe('a request', () => {
  test.each(['POST', 'PUT', 'PATCH'] as const)('%s carries the input as JSON', async (method) => {
    const { headers, ...rest } = await echo({ method })
    expect(rest).toEqual({ method, url: '/echo', body: '{"a":1}' })
    expect(headers).toContainEqual(['content-type', 'application/json'])
  })

  test.each(['GET', 'DELETE'] as const)('%s carries none', async (method) => {
    const { headers, ...rest } = await echo({ method })
    expect(rest).toEqual({ method, url: '/echo', body: '' })
    expect(headers.map(([name]) => name)).not.toContain('content-type')
  })

  test('HEAD has an answer without a body', async () => {
    const ran = await bench.run({ url: `${target.url}/echo`, method: 'HEAD' })
    expect(outputOf(ran)).toMatchObject({ status: 200, body: '', truncated: false })
  })

  test('POST without an input has no body', async () => {
    expect(await echo({}, null)).toMatchObject({ method: 'POST', body: '' })
  })

  test('a body of its own, as JSON and as a text', async () => {
    const body = { all: '{{input}}', text: 'a is {{input.a}}', none: '{{input.b?}}' }
    expect(JSON.parse((await echo({ body })).body)).toEqual({ all: { a: 1 }, text: 'a is 1', none: null })
    const text = await echo({ body: 'a={{input.a}} é' })
    expect(text.body).toBe('a=1 é')
    expect(text.headers).toContainEqual(['content-type', 'text/plain; charset=utf-8'])
    const typed = await echo({ body: '<a/>', contentType: 'application/xml' })
    expect(typed.headers).toContainEqual(['content-type', 'application/xml'])
    const own = await echo({ headers: { 'Content-Type': 'application/{{input.a}}+json' } })
    expect(own.headers.filter(([name]) => /^content-type$/i.test(name))).toEqual([
      ['Content-Type', 'application/1+json'],
    ])
  })

  test('values in the URL, the query and the headers; an optional one that is absent leaves nothing', async () => {
    const { url, headers } = await echo(
      {
        url: `${target.url}/echo/{{input.name}}?x=1`,
        query: { page: '{{input.page}}', none: '{{input.none?}}' },
        headers: { 'X-Name': 'n={{input.name}}', 'X-None': '{{input.none?}}', 'User-Agent': 'mine' },
      },
      { name: 'a b/ü', page: 2 },
    )
    expect(url).toBe('/echo/a%20b%2F%C3%BC?x=1&page=2')
    const names = headers.map(([name]) => name)
    expect(names).not.toContain('X-None')
    expect(names.filter((name) => /^user-agent$/i.test(name))).toEqual(['User-Agent'])
  })

  test('has these headers and no others', async () => {
    const ran = await bench.run({
      url: `${target.url}/echo`,
      headers: { 'X-Mine': '1' },
      secretHeaders: { 'X-Key': 'k' },
    })
    const { id, scheduledFor, fence } = ran.context
    const span = createHash('sha256').update(`${id}:${fence}`).digest('hex').slice(0, 16)
    expect(Object.fromEntries(echoOf(ran).headers)).toEqual({
      host: `127.0.0.1:${target.port}`,
      'user-agent': 'rota/1.2.3',
      accept: expect.any(String),
      'accept-encoding': 'gzip, deflate, br, zstd',
      'X-Mine': '1',
      'X-Key': 'k',
      'rota-job': 'call',
      'rota-job-id': id,
      'rota-attempt': '1',
      'rota-scheduled-for': scheduledFor.toISOString(),
      'idempotency-key': id,
      traceparent: `00-${id.replaceAll('-', '')}-${span}-01`,
      'Content-Length': '0',
      Connection: 'keep-alive',
    })
  })

  test.each<[string, Partial<HttpOptions>, unknown, string]>([
    ['a value is missing', { body: { a: '{{input.b}}' } }, {}, 'template_missing'],
    ['a header would begin another', { headers: { x: '{{input.x}}' } }, { x: 'a\r\nx-admin: 1' }, 'template_invalid'],
    ['a header would end the request', { headers: { x: '{{input.x}}' } }, { x: 'a\n\nGET /' }, 'template_invalid'],
    [
      'the body becomes too large',
      { body: ['{{input}}', '{{input}}'] },
      'x'.repeat(100_000).repeat(6),
      'template_invalid',
    ],
  ])('is not sent where %s', async (_, http, input, code) => {
    const ran = await bench.run({ url: `${target.url}/never`, ...http }, { input })
    expect(failureOf(ran)).toMatchObject({ code, retryable: false })
    expect(ran.logs).toEqual([])
    expect(await (await fetch(`${target.url}/hits`)).json()).not.toContain('POST /never')
    expect(failureOf(await bench.run({ url: `${target.url}/never`, retry: 'all', ...http }, { input }))).toMatchObject({
      retryable: true,
    })
  })

  test('one for which nobody is there', async () => {
    await using gone = await startTarget()
    await gone[Symbol.asyncDispose]()
    const failure = failureOf(await bench.run({ url: `${gone.url}/x?token=abc` }))
    expect(failure).toMatchObject({ code: 'http_failed', retryable: true, retryAfter: null })
    expect(failure.message).toMatch(/127\.0\.0\.1:\d+ .*ECONNREFUSED/)
    expect(failure.message).not.toMatch(/abc/)
  })
})

describe('an answer', () => {
  test('is kept with a few of its headers', async () => {
    const values = {
      type: 'application/json',
      body: '{"ok":[1]}',
      'h.etag': 'x',
      'h.x-other': 'y',
      'h.location': 'z'.repeat(600),
    }
    const output = outputOf(await answered(200, values))
    expect(output).toMatchObject({ status: 200, body: { ok: [1] }, truncated: false })
    expect(Object.keys(output.headers).sort()).toEqual(['content-length', 'content-type', 'date', 'etag', 'location'])
    expect(output.headers.location).toHaveLength(500)
  })

  test.each<[string, string, unknown]>([
    ['text/plain', 'hello', 'hello'],
    ['', 'no type', 'no type'],
    ['application/problem+json', '{"a":1}', { a: 1 }],
    ['application/json', '{broken', '{broken'],
    ['application/json', '1e999', '1e999'],
    ['application/json', '{"__proto__":1}', '{"__proto__":1}'],
    ['text/plain', '{"a":1}', '{"a":1}'],
    ['text/plain', 'a\0b', 'ab'],
    ['image/png', 'binary', null],
    ['application/json', '', ''],
  ])('of %s: %j is kept as %j', async (type, body, kept) => {
    expect(outputOf(await answered(200, { ...(type && { type }), body })).body).toEqual(kept)
  })

  test.each([
    ['text/plain; charset=iso-8859-1', 'e9', 'é'],
    ['text/plain; x=y; Charset="Windows-1251"', 'c6', 'Ж'],
    ['application/json; charset=utf-16le', '7b002200610022003a0031007d00', { a: 1 }],
    ['text/plain; charset=none-such', 'c3a9', 'é'],
    ['text/plain; charset=', 'c3a9', 'é'],
  ])('of %s is read so', async (type, hex, kept) => {
    const url = `${target.url}/bytes?${query({ type, hex })}`
    expect(outputOf(await bench.run({ url })).body).toEqual(kept)
  })

  test('is cut where more of it came than is kept', async () => {
    const body = JSON.stringify({ a: 'é'.repeat(100) })
    const cut = outputOf(await answered(200, { type: 'application/json', body }, { keepResponse: 20 }))
    expect(cut).toMatchObject({ body: body.slice(0, 20), truncated: true })
    expect(outputOf(await answered(200, { body }, { keepResponse: 0 }))).toMatchObject({ body: '', truncated: true })
    const long = await bench.run({ url: `${target.url}/bytes?hex=${'01'.repeat(3_000)}`, maxResponse: 1_024 })
    expect(outputOf(long)).toMatchObject({ body: '\x01'.repeat(1_024), truncated: true })
  })

  test.each<[number, string, string, boolean]>([
    [10_000, 'text/plain', 'x'.repeat(15_000), true],
    [10_000, 'application/json', JSON.stringify(Array(1_500).fill('number')), true],
    [10_000, 'application/json', JSON.stringify(Array(1_000).fill('t0p')), true], // what stands for the secret is longer
    [10_000, 'application/json', JSON.stringify(Array(100).fill('t0p')), false],
    [500, 'text/plain', 'x'.repeat(30), false], // its headers would leave nothing
    [100, 'text/plain', 'x'.repeat(30), false],
    [60, 'text/plain', 'x'.repeat(30), true],
  ])('is kept as far as it fits into a result of %i bytes: %s', async (payloadLimit, type, body, truncated) => {
    await using small = await startBench({ allow: ['127.0.0.0/8'], payloadLimit })
    await using local = await localTarget()
    local.answer = (_, response) => response.writeHead(200, { 'content-type': type, etag: 'e'.repeat(400) }).end(body)
    const output = outputOf(await small.run({ url: `${local.url}/`, secretHeaders: { 'x-key': 't0p' } }))
    expect(output.truncated).toBe(truncated)
    expect(output.body).not.toBe('')
    expect(Buffer.byteLength(JSON.stringify(output))).toBeLessThanOrEqual(payloadLimit)
  })

  test.each(['gzip', 'deflate', 'raw', 'br', 'zstd', 'identity'])('is unpacked from %s', async (encoding) => {
    expect(outputOf(await bench.run({ url: `${target.url}/encoded/${encoding}` })).body).toEqual({ packed: true })
  })

  test('may come after others that only say that it will', async () => {
    expect(outputOf(await bench.run({ url: `${target.url}/early` })).body).toEqual({ after: '1xx' })
  })

  test.each<[number, boolean]>([
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [409, false],
    [425, true],
    [429, true],
    [500, true],
    [501, true],
    [503, true],
    [302, false],
    [304, false],
  ])('of status %i is a failure; worth another try: %s', async (status, retryable) => {
    const failure = failureOf(await answered(status, { body: ` no\n  way ${'x'.repeat(300)}` }))
    expect(failure).toMatchObject({ code: 'http_status', retryable })
    expect(failure.message).toMatch(
      status === 304 ? /^The target answered 304\.$/ : new RegExp(`answered ${status}: no way x{180,190}$`),
    )
    expect(failureOf(await answered(status, {}, { retry: 'all' })).retryable).toBe(true)
  })

  const success = (rules: HttpOptions['success']) => ({ success: rules as NonNullable<HttpOptions['success']> })
  const json = { type: 'application/json', body: '{"status":"ok","items":[{"ok":true}],"o":{"a":1,"b":2}}' }

  test.each<[string, number, Record<string, string>, HttpOptions['success']]>([
    ['a status', 404, {}, { status: [404] }],
    ['a class', 302, {}, { status: ['3xx'] }],
    ['a range', 418, {}, { status: [200, '400-499'] }],
    ['a text', 200, { body: 'all is well' }, { bodyContains: 'well' }],
    ['two texts', 200, { body: 'all is well' }, { bodyContains: ['all', 'well'], bodyLacks: 'bad' }],
    [
      'JSON',
      200,
      json,
      {
        json: [
          { path: '$.status', equals: 'ok' },
          { path: 'items[0].ok', equals: true },
        ],
      },
    ],
    ['JSON as a whole', 200, json, { json: [{ path: 'o', equals: { b: 2, a: 1 } }] }],
  ])('fits a rule about %s', async (_, status, values, rules) => {
    expect(outputOf(await answered(status, values, success(rules))).status).toBe(status)
  })

  test.each<[string, Record<string, string>, HttpOptions['success'], RegExp]>([
    ['is missing', { body: 'all is well' }, { bodyContains: ['all', 'bad'] }, /bodyContains: "bad"/],
    ['is there', { body: 'all is bad' }, { bodyLacks: ['bad'] }, /bodyLacks: "bad"/],
    ['is another', json, { json: [{ path: '$.status', equals: 'done' }] }, /json\[0\]: \$\.status is "ok", not "done"/],
    ['is absent', json, { json: [{ path: 'items[1].ok', equals: true }] }, /items\[1\]\.ok is absent/],
    ['has no type', { ...json, type: 'text/plain' }, { json: [{ path: 'status', equals: 'ok' }] }, /no JSON/],
    ['is no JSON', { ...json, body: '{' }, { json: [{ path: 'status', equals: 'ok' }] }, /no JSON/],
    ['is a prototype', json, { json: [{ path: 'constructor', equals: 1 }] }, /absent/],
  ])('fails the rule whose text or value %s', async (_, values, rules, message) => {
    const failure = failureOf(await answered(200, values, success(rules)))
    expect(failure).toMatchObject({ code: 'http_rule', retryable: true, message: expect.stringMatching(message) })
  })

  test('that is too long for its rules is a failure', async () => {
    const http = { maxResponse: 1_024, ...success({ bodyLacks: 'error' }) }
    const failure = failureOf(await answered(200, { body: 'x'.repeat(1_025) }, http))
    expect(failure).toMatchObject({ code: 'http_response_too_large', retryable: false })
    expect(outputOf(await answered(200, { body: 'x'.repeat(1_024) }, http)).truncated).toBe(false)
  })

  test.each<[string, string | undefined, number | null]>([
    ['120', undefined, 120_000],
    ['0', undefined, 0],
    ['999999999', undefined, 86_400_000],
    ['Sun, 31 Jan 2027 09:01:00 GMT', 'Sun, 31 Jan 2027 09:00:00 GMT', 60_000],
    ['Sun, 31 Jan 2027 08:00:00 GMT', 'Sun, 31 Jan 2027 09:00:00 GMT', 0],
    ['Sunday, 31-Jan-27 09:01:00 GMT', 'Sun, 31 Jan 2027 09:00:00 GMT', 60_000],
    ['Sun Jan 31 09:01:00 2027', 'Sun, 31 Jan 2027 09:00:00 GMT', 60_000],
    ['Sun Nov  7 09:01:00 2027', 'Sun, 07 Nov 2027 09:00:00 GMT', 60_000],
    ['2027-01-31T09:01:00Z', 'Sun, 31 Jan 2027 09:00:00 GMT', null],
    ['12:00:00', undefined, null],
    ['Sun, 31 Jan 2027 09:01:00 PST', undefined, null],
    ['soon', undefined, null],
    ['-5', undefined, null],
    ['', undefined, null],
  ])('of 503 with Retry-After %j', async (value, date, ms) => {
    const values = { 'h.retry-after': value, ...(date && { 'h.date': date }) }
    expect(failureOf(await answered(503, values)).retryAfter).toBe(ms)
  })

  test('with status 202 is taken for the end only without `async`', async () => {
    expect((await answered(202, {})).outcome?.kind).toBe('done')
    const http = {
      url: `${target.url}/status/202`,
      async: { deadline: '1h' },
      ...success({ status: [200], bodyContains: 'x' }),
    }
    expect((await bench.run(http)).outcome).toMatchObject({ kind: 'accepted', output: { status: 202 } })
    expect((await answered(200, {}, { async: { deadline: '1h' } })).outcome?.kind).toBe('done')
  })
})

describe('a redirect', () => {
  const to = (status: number, where: string) => `${target.url}/redirect/${status}?to=${encodeURIComponent(where)}`
  const secrets = {
    secretHeaders: { 'X-Key': 'very secret' },
    headers: { 'X-Csrf': 's', 'X-Plain': 'p', 'Content-Language': 'de', Accept: 'a/b', 'Accept-Language': 'de' },
  }

  test('is not followed unless it is said', async () => {
    expect(failureOf(await bench.run({ url: to(302, '/echo') }))).toMatchObject({
      code: 'http_status',
      retryable: false,
    })
    const found = outputOf(await bench.run({ url: to(302, '/echo'), success: { status: [302] } }))
    expect(found).toMatchObject({ body: 'elsewhere', headers: { location: '/echo' } })
  })

  test.each<[number, 'POST' | 'PUT' | 'GET', string, string]>([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [301, 'PUT', 'PUT', '{"a":1}'],
    [307, 'POST', 'POST', '{"a":1}'],
    [308, 'PUT', 'PUT', '{"a":1}'],
    [307, 'GET', 'GET', ''],
  ])('%i of %s is followed as %s', async (status, method, then, body) => {
    const followed = await echo({ url: to(status, '/echo?x=1'), method, redirects: 1, ...secrets })
    expect(followed).toMatchObject({ method: then, url: '/echo?x=1', body })
    const names = followed.headers.map(([name]) => name)
    expect(names).toEqual(expect.arrayContaining(['X-Key', 'X-Csrf', 'X-Plain', 'Accept']))
    expect(names.includes('content-type')).toBe(body !== '')
    expect(names.includes('Content-Language')).toBe(then === method)
  })

  test('to another origin loses what is for the first one, also on the way back', async () => {
    const key = `whsec_${Buffer.alloc(24, 5).toString('base64')}`
    const http = { ...secrets, redirects: 3, signingKeys: [key], async: { deadline: '1h' } }
    const callback = { url: 'https://rota.example/cb/0123456789abcdef', deadline: new Date(0) }
    const names = async (url: string) =>
      echoOf(await bench.run({ url, ...http }, { callback })).headers.map(([name]) => name)
    const bound = [
      'X-Key',
      'X-Csrf',
      'X-Plain',
      'Content-Language',
      'webhook-id',
      'webhook-timestamp',
      'webhook-signature',
      'rota-callback-url',
      'rota-callback-deadline',
    ]
    expect(await names(to(307, '/echo'))).toEqual(expect.arrayContaining(bound))
    const away = `${other.url}/echo`
    const back = `${other.url}/redirect/307?to=${encodeURIComponent(`${target.url}/echo`)}`
    for (const where of [away, back]) {
      const left = await names(to(307, where))
      expect(left.filter((name) => bound.includes(name))).toEqual([])
      expect(left).toEqual(expect.arrayContaining(['Accept', 'Accept-Language', 'rota-job', 'idempotency-key']))
    }
  })

  test('to another origin that takes the work is a failure, as nobody there knows where to report', async () => {
    const callback = { url: 'https://rota.example/cb/0123456789abcdef', deadline: new Date(0) }
    const http = { url: to(307, `${other.url}/status/202`), redirects: 1, async: { deadline: '1h' } }
    expect(failureOf(await bench.run(http, { callback }))).toMatchObject({
      code: 'http_status',
      retryable: false,
      message: expect.stringMatching(/callback URL/),
    })
    expect(failureOf(await bench.run({ ...http, retry: 'all' }, { callback })).retryable).toBe(true)
    const near = { ...http, url: to(307, '/status/202') }
    expect((await bench.run(near, { callback })).outcome?.kind).toBe('accepted')
  })

  test('is followed so many times and no more', async () => {
    const twice = to(302, to(302, '/echo'))
    expect(failureOf(await bench.run({ url: twice, redirects: 1 })).code).toBe('http_status')
    expect(outputOf(await bench.run({ url: twice, redirects: 2 })).status).toBe(200)
    expect(failureOf(await bench.run({ url: `${target.url}/redirect/302?to=`, redirects: 10 })).code).toBe(
      'http_status',
    )
  })
})
