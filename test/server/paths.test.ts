/** Nobody gets past the sign-in by writing an address, a method or a header in another way. Sent byte by byte. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../src/api/index.ts'
import { type RawAnswer, requestText, sendRaw } from '../support/raw-http.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** Stands in everything that is stored: an answer that has it tells too much. */
const treasure = 'treasure-of-the-store'

let server: TestServer
let host: string
let id: string

beforeAll(async () => {
  server = await startServer()
  host = new URL(server.url).host
  const { key } = await server.key('admin')
  const put = { as: key, body: { job: 'note', input: { text: treasure }, when: 'every hour', description: treasure } }
  expect((await server.call('PUT', '/api/schedules/known', put)).status).toBe(201)
  const stored = { job: 'note', input: { text: treasure }, lane: treasure }
  id = (await server.call('POST', '/api/jobs', { as: key, body: stored })).body.id
  expect(id).toMatch(/^[0-9a-f-]{36}$/)
  await server.call('POST', '/api/lanes/known/pause', { as: key, body: { reason: treasure } })
  await server.people.add(
    { email: `${treasure}@example.com`, password: 'correct horse battery', role: 'viewer' },
    { actor: { kind: 'cli', id: '', name: treasure }, address: null, action: 'test' },
  )
})
afterAll(() => server[Symbol.asyncDispose]())

type Trick = (method: string, path: string) => string | Buffer
const asked =
  (change: (path: string) => string): Trick =>
  (method, path) =>
    requestText(method, change(path), host)
const withHeaders =
  (...headers: string[]): Trick =>
  (method, path) =>
    requestText(method, path, host, headers)
const withMethod =
  (of: (method: string) => string, ...headers: string[]): Trick =>
  (method, path) =>
    requestText(of(method), path, host, headers)
const bytes =
  (change: (text: string) => string): Trick =>
  (method, path) =>
    Buffer.from(change(requestText(method, path, host)), 'latin1')

const tricks: Readonly<Record<string, Trick>> = {
  'as it is': asked((path) => path),
  'in capitals': asked((path) => path.toUpperCase()),
  'the prefix in capitals': asked((path) => path.replace('/api', '/API')),
  'slashes doubled': asked((path) => path.replaceAll('/', '//')),
  'a slash doubled in front': asked((path) => `/${path}`),
  'a dot between': asked((path) => path.replace('/api/', '/api/./')),
  'a dot that is escaped': asked((path) => path.replace('/api/', '/api/%2e/')),
  'dots that go up': asked((path) => `/api/..${path}`),
  'dots that are escaped': asked((path) => `/healthz/%2e%2e${path}`),
  'dots half escaped': asked((path) => `/docs/.%2E${path}`),
  'dots out of a public page': asked((path) => `/docs/..${path}`),
  'below a public page': asked((path) => `/healthz${path}`),
  'below another prefix': asked((path) => `/rota${path}`),
  'the prefix twice': asked((path) => `/api${path}`),
  'slashes that are escaped': asked((path) => path.replace('/api/', '/api%2f')),
  'all slashes escaped but the first': asked((path) => `/${path.slice(1).replaceAll('/', '%2F')}`),
  'escaped twice': asked((path) => path.replace('/api/', '/api%252f')),
  'letters that are escaped': asked((path) => path.replace('/api/', '/%61pi/')),
  backslashes: asked((path) => path.replaceAll('/', '\\').replace('\\', '/')),
  'a parameter of the path': asked((path) => `${path};a=b`),
  'a parameter between': asked((path) => path.replace('/api', '/api;a=b')),
  'a slash behind': asked((path) => `${path}/`),
  'a dot behind': asked((path) => `${path}/.`),
  'an ending': asked((path) => `${path}.json`),
  'a query': asked((path) => `${path}?x`),
  'a query that names a method': asked((path) => `${path}?_method=GET&token=admin&cluster=nowhere`),
  'a fragment': asked((path) => `${path}#/healthz`),
  'a NUL that is escaped': asked((path) => `${path}%00`),
  'a line end that is escaped': asked((path) => `${path}%0d%0aX-Role:%20admin`),
  'an escape that is none': asked((path) => `${path}%zz`),
  'half a letter': asked((path) => `${path}%c3%28`),
  'an address as a whole': asked((path) => `http://${host}${path}`),
  'an address of somebody else': asked((path) => `http://evil.example${path}`),
  'a NUL': bytes((text) => text.replace(' HTTP', '\0 HTTP')),
  'a CR alone': bytes((text) => text.replace(' HTTP', '\rX-Role: admin HTTP')),
  'a LF alone': bytes((text) => text.replace('\r\nHost', '\nHost')),
  'a header with a NUL': bytes((text) => text.replace('Connection', 'X-Role: admin\0\r\nConnection')),
  'a letter beyond ASCII': bytes((text) => text.replace('/api', '/\xe4pi')),
  'two spaces': bytes((text) => text.replace(' /api', '  /api')),
  'a tab': bytes((text) => text.replace(' /api', '\t/api')),
  'two lengths': withHeaders('Content-Length: 5', 'Transfer-Encoding: chunked'),
  'no version': bytes((text) => text.replace(' HTTP/1.1', '')),
  HEAD: withMethod(() => 'HEAD'),
  OPTIONS: withMethod(() => 'OPTIONS', 'Origin: https://evil.example', 'Access-Control-Request-Method: GET'),
  TRACE: withMethod(() => 'TRACE'),
  PATCH: withMethod(() => 'PATCH'),
  'a small method': withMethod((method) => method.toLowerCase()),
  'a POST that says it is another': withMethod(
    () => 'POST',
    'X-HTTP-Method-Override: GET',
    'X-HTTP-Method: GET',
    'X-Method-Override: GET',
  ),
  'headers of rewriting': withHeaders(
    'X-Original-URL: /healthz',
    'X-Rewrite-URL: /healthz',
    'X-Forwarded-Prefix: /docs',
  ),
  'headers of proxies': withHeaders('X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1', 'X-Forwarded-User: admin'),
  'headers of names': withHeaders('X-User: admin', 'X-Role: admin', 'Remote-User: admin', 'X-Api-Key: admin'),
  'credentials that are none': withHeaders('Authorization: Bearer null', 'Cookie: rota_session=null; admin=true'),
  'credentials of the wrong kind': withHeaders('Authorization: Basic YWRtaW46YWRtaW4='),
}

/** Public operations answer as they do; what they answer is looked at all the same. */
const isPublic = (path: string): boolean => /\/auth\/(register|login|status|oidc|callback)/.test(path)
const filled = (path: string): string => `/api${path.replace('{id}', /^\/(schedules|lanes)/.test(path) ? 'known' : id)}`

const reaches = ({ status, text }: RawAnswer): boolean =>
  ![0, 400, 401, 403, 404, 421].includes(status) || text.includes(treasure)

describe('nobody who did not sign in reaches anything by', () => {
  test.each(Object.entries(tricks))('%s', async (_, trick) => {
    const reached: string[] = []
    await Promise.all(
      operations().map(async ({ method, path }) => {
        const answer = await sendRaw(server.url, trick(method, filled(path)))
        const own = isPublic(path) && answer.status < 500 && !answer.text.includes(treasure)
        if (reaches(answer) && !own) reached.push(`${method} ${path}: ${answer.text.slice(0, 200)}`)
      }),
    )
    expect(reached).toEqual([])
  })
})

test('an address that a header names is not the one that is answered', async () => {
  const headers = ['X-Original-URL: /api/jobs', 'X-Rewrite-URL: /api/jobs', 'X-Forwarded-Path: /api/jobs']
  const { status, text } = await sendRaw(server.url, requestText('GET', '/healthz', host, headers))
  expect(status).toBe(200)
  expect(text).toContain('{"status":"ok"}')
})

test('two requests in one are two, and the second is not signed in by the first', async () => {
  const { key } = await server.key('admin')
  const first = `GET /api/auth/me HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\n\r\n`
  const { text } = await sendRaw(server.url, first + requestText('GET', '/api/jobs', host))
  expect([...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)).toEqual(['200', '401'])
})

test('what is asked for is not repeated as markup', async () => {
  const { text } = await sendRaw(server.url, requestText('GET', '/api/%3Cscript%3Ealert(1)%3C/script%3E', host))
  expect(text).toMatch(/content-type: application\/problem\+json/i)
  expect(text).toMatch(/x-content-type-options: nosniff/i)
  expect(text).toMatch(/content-security-policy: default-src 'none'/i)
})
