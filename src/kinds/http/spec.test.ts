import { describe, expect, test } from 'vitest'
import { checkHttp, type HttpOptions, readHttp } from './spec.ts'

const url = 'https://api.example.com/hook'
const key = `whsec_${Buffer.alloc(32, 1).toString('base64')}`

test('what is said least is filled in', () => {
  expect(checkHttp({ url })).toEqual({
    spec: {
      method: 'POST',
      url,
      query: {},
      headers: {},
      success: { status: ['2xx'], bodyContains: [], bodyLacks: [], json: [] },
      retry: 'transient',
      redirects: 0,
      maxResponse: 1_048_576,
      keepResponse: 16_384,
      breaker: { failures: 5, pause: 30_000 },
    },
    secrets: { headers: undefined, signingKeys: undefined },
  })
})

const full: HttpOptions = {
  method: 'PUT',
  url: `${url}/{{input.id}}`,
  query: { a: '{{input.a?}}', n: 1, b: false },
  headers: { 'X-Team': '{{job.metadata.team}}' },
  secretHeaders: { Authorization: 'Bearer x' },
  body: { all: '{{input}}', nothing: null },
  contentType: 'application/vnd.x+json; charset=utf-8',
  success: {
    status: [200, '201', '2XX', '300-399'],
    bodyContains: 'ok',
    bodyLacks: ['a', 'b'],
    json: [{ path: '$.a', equals: null }],
  },
  retry: 'all',
  redirects: 3,
  async: { deadline: '1h' },
  maxResponse: 1_024,
  keepResponse: 0,
  breaker: { failures: 2, pause: '1m' },
  signingKeys: [key],
}

test('all of it has a normal form, and secrets stand apart', () => {
  const { spec, secrets } = checkHttp(full)
  expect(spec).toMatchObject({
    success: { status: [200, 201, '2xx', '300-399'], bodyContains: ['ok'], bodyLacks: ['a', 'b'] },
    async: { deadline: 3_600_000 },
    breaker: { failures: 2, pause: 60_000 },
  })
  expect(secrets).toEqual({ headers: { Authorization: 'Bearer x' }, signingKeys: [key] })
  expect(JSON.stringify(spec)).not.toMatch(/Bearer|whsec/)
})

test.each([[{ url }], [full], [{ url, breaker: false as const, body: null }]])(
  'what is stored is read as it was',
  (options) => {
    const { spec } = checkHttp(options)
    expect(readHttp(JSON.parse(JSON.stringify(spec)))).toEqual(spec)
  },
)

const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)])

describe('what is wrong is named with its place and what to do', () => {
  test.each<[string, object, RegExp]>([
    ['http.url', {}, /missing/],
    ['http.url', { url: 'ftp://a.example' }, /https:/],
    ['http.url', { url: 'a.example/x' }, /https:/],
    ['http.url', { url: 'https:/a.example/x' }, /https:/],
    ['http.url', { url: 'https:///a.example/x' }, /https:/],
    ['http.url', { url: 'https://{{input.host}}/x' }, /behind the host/],
    ['http.url', { url: 'https://a.example{{input.x}}' }, /behind the host/],
    ['http.url', { url: 'https://a.example:{{input.x}}/' }, /behind the host/],
    ['http.url', { url: '{{input.x}}' }, /behind the host/],
    ['http.url', { url: 'https://u:p@a.example/' }, /secretHeaders/],
    ['http.url', { url: 'https://@a.example/' }, /secretHeaders/],
    ['http.url', { url: 'https://a.example\\@b.example/' }, /backslash/],
    ['http.url', { url: 'https://a.ex\nample/' }, /line break/],
    ['http.url', { url: 'http://api.example.com{{{{.evil.example/' }, /brace/],
    ['http.url', { url: 'http://api.example.com%7B.evil.example/' }, /brace/],
    ['http.url', { url: 'http://{{{{x/' }, /brace/],
    ['http.url', { url: 'http://{{{{x/{{input.x}}' }, /brace/],
    ['http.url', { url: 'https://a.example/{{{{\\..\\}}' }, /backslash/],
    ['http.url', { url: 'https://a.example/x#y' }, /never sent/],
    ['http.url', { url: 'https://a.example/x/../y' }, /without/],
    ['http.url', { url: 'https://a.example/%2E./y' }, /without/],
    ['http.url', { url: `${url}/${'x'.repeat(8_000)}` }, /8000/],
    ['http.url', { url: 'https://a.example/{{input.x' }, /never closed/],
    ['http.method', { url, method: 'get' }, /did you mean "GET"/],
    ['http.method', { url, method: 'TRACE' }, /one of/],
    ['http.query.a', { url, query: { a: ['x'] } }, /text/],
    ['http.query.a', { url, query: { a: '{{x}}' } }, /there is no "x"/],
    ['http.headers.a b', { url, headers: { 'a b': 'x' } }, /no name/],
    ['http.headers.', { url, headers: { '': 'x' } }, /no name/],
    ['http.headers.x', { url, headers: { x: 'a\r\nb: c' } }, /line break/],
    ['http.headers.x', { url, headers: { x: 'a\0' } }, /NUL/],
    ['http.headers.x', { url, headers: { x: 'ł' } }, /Latin-1/],
    ['http.headers.x', { url, headers: { x: 'v'.repeat(4_001) } }, /4000/],
    ['http.headers.x', { url, headers: { X: '1', x: '2' } }, /twice/],
    ['http.headers', { url, headers: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`x-${i}`, ''])) }, /50/],
    ['http.secretHeaders.X', { url, headers: { x: '1' }, secretHeaders: { X: '2' } }, /one of them/],
    ['http.secretHeaders.X', { url, secretHeaders: { X: true } }, /there is none/],
    ['http.headers.x', { url, headers: { x: true } }, /text/],
    ['http.contentType', { url, headers: { 'Content-Type': 'a/b' }, contentType: 'a/b' }, /one of them/],
    ['http.contentType', { url, contentType: 'json' }, /application\/json/],
    ['http.contentType', { url, contentType: 'a/b\r\nx: y' }, /application\/json/],
    ['http.body', { url, method: 'GET', body: {} }, /query/],
    ['http.body', { url, method: 'HEAD', body: null }, /carries none/],
    ['http.body.a[1]', { url, body: { a: ['', '{{nope}}'] } }, /there is no "nope"/],
    ['http.body', { url, body: 'x'.repeat(65_537) }, /limit/],
    ['http.success.status[0]', { url, success: { status: ['ok'] } }, /2xx/],
    ['http.success.status[0]', { url, success: { status: ['299-200'] } }, /2xx/],
    ['http.success.status', { url, success: { status: [] } }, /list/],
    ['http.success.json[0].path', { url, success: { json: [{ path: 'a..b', equals: 1 }] } }, /no path/],
    ['http.success.json[0].path', { url, success: { json: [{ equals: 1 }] } }, /missing/],
    ['http.success.json[0].equals', { url, success: { json: [{ path: 'a' }] } }, /missing/],
    ['http.success.json[0].equal', { url, success: { json: [{ path: 'a', equal: 1 }] } }, /did you mean "equals"/],
    ['http.success.bodyContains[0]', { url, success: { bodyContains: [1] } }, /text/],
    ['http.retry', { url, retry: 'never' }, /one of/],
    ['http.redirects', { url, redirects: 11 }, /10/],
    ['http.async.deadline', { url, async: { deadline: '31d' } }, /longer/],
    ['http.async.deadline', { url, async: { deadline: 10 } }, /1000/],
    ['http.async.deadline', { url, async: {} }, /missing/],
    ['http.maxResponse', { url, maxResponse: 1 }, /1024/],
    ['http.keepResponse', { url, keepResponse: 65_537 }, /65536/],
    ['http.breaker.failures', { url, breaker: { failures: 0 } }, /1/],
    ['http.breaker.pause', { url, breaker: { pause: '16m' } }, /longer/],
    ['http.breaker', { url, breaker: true }, /object/],
    ['http.signingKeys[0]', { url, signingKeys: ['secret'] }, /whsec_/],
    ['http.signingKeys[0]', { url, signingKeys: ['whsec_AAAA'] }, /whsec_/],
    ['http.signingKeys', { url, signingKeys: [key, key, key] }, /2/],
    ['http.params', { url, params: {} }, /use `query/],
    ['http.timeout', { url, timeout: 1 }, /beside `http`/],
  ])('%s', (field, options, message) => {
    expect(() => checkHttp(options)).toThrow(message)
    expect(() => checkHttp(options)).toThrow(expect.objectContaining({ field }))
  })

  test.each([
    'Authorization',
    'cookie',
    'X-Api-Key',
    'x-auth-token',
    'X-Secret',
    'api_key',
    'private-token',
    'x-access-key-id',
    'Ocp-Apim-Subscription-Key',
    'x-functions-key',
    'x-key',
    'Authentication',
    'x-bearer',
    'x-pass',
    'x_passwd',
    'db-pwd',
    'x-jwt-assertion',
    'X-Session',
    'x-credential',
  ])('a credential in the open: %s', (name) => {
    expect(() => checkHttp({ url, headers: { [name]: 'x' } })).toThrow(/secretHeaders/)
    expect(checkHttp({ url, secretHeaders: { [name]: 'x' } }).secrets.headers).toEqual({ [name]: 'x' })
  })

  const reserved =
    'Connection keep-alive Proxy-Authorization TE trailer Transfer-Encoding upgrade Content-Length expect Host'
  const ours = 'webhook-id Webhook-Signature rota-job ROTA-x traceparent tracestate Idempotency-Key'
  test.each(`${reserved} ${ours}`.split(' '))('a header that is not for people: %s', (name) => {
    for (const place of ['headers', 'secretHeaders'])
      expect(() => checkHttp({ url, [place]: { [name]: 'x' } })).toThrow(/Leave it out|leave it out/)
  })

  test.each([
    'User-Agent',
    'Accept',
    'content-type',
    'x-author',
    'x-keyboard',
    'x-idempotency-key',
    'x-cache-key',
    'if-match',
  ])('%s may be set', (name) => {
    expect(checkHttp({ url, headers: { [name]: 'x' } }).spec.headers).toEqual({ [name]: 'x' })
  })

  test('the body may be nested a hundred times', () => {
    expect(checkHttp({ url, body: deep(100) }).spec.body).toBeDefined()
    expect(() => checkHttp({ url, body: deep(101) })).toThrow(/Flatten/)
  })

  test('the place is that of the caller', () => {
    expect(() => checkHttp({ url: 1 }, 'jobs[0].http')).toThrow(expect.objectContaining({ field: 'jobs[0].http.url' }))
  })
})
