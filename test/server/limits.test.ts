/** What a request may be: how large, how long, how slow. */

import { createServer as createHttpServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRota } from '../../src/index.ts'
import { createServer } from '../../src/server/index.ts'
import { listen, usualLimits } from '../../src/server/listen.ts'
import { requestText, sendRaw } from '../support/raw-http.ts'
import { note, startServer, type TestServer, testSecret } from '../support/server.ts'

const mebibyte = 1024 * 1024

let server: TestServer
let host: string
let as: string

beforeAll(async () => {
  server = await startServer()
  host = new URL(server.url).host
  as = (await server.key('admin')).key
})
afterAll(() => server[Symbol.asyncDispose]())

const alive = async () => expect((await server.call('GET', '/healthz')).status).toBe(200)

describe('a body', () => {
  test('is at most 4 MiB, whether it says its size or not', async () => {
    const body = JSON.stringify({ job: 'note', input: { text: 'x'.repeat(4 * mebibyte) } })
    const said = await server.call('POST', '/api/jobs', { as, body })
    expect([said.status, said.body.code]).toEqual([413, 'request_too_large'])
    const piece = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`
    const head = `POST /api/jobs HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nAuthorization: Bearer ${as}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
    const chunked = await sendRaw(server.url, head + piece.repeat(80), (text) => text.includes('request_too_large'))
    expect(chunked.status).toBe(413)
    await alive()
  })

  test('is not read before it is known who sends it', async () => {
    const headers = ['Content-Type: application/json', 'Content-Length: 9999999999']
    const request = `POST /api/jobs HTTP/1.1\r\nHost: ${host}\r\n${headers.join('\r\n')}\r\n\r\n{`
    const { status } = await sendRaw(server.url, request, (text) => text.includes('sign_in_required'))
    expect(status).toBe(401)
  })

  test('of many jobs may be larger', async () => {
    const inputs = Array.from({ length: 60 }, () => ({ text: 'x'.repeat(100_000) }))
    const answer = await server.call('POST', '/api/jobs/batch', { as, body: { job: 'note', inputs } })
    expect([answer.status, answer.body.jobs?.length]).toEqual([201, 60])
  })

  test.each([
    ['no JSON', '{"job":', 'request_invalid'],
    [
      'a number that JSON cannot hold',
      '{"job":"note","input":{"text":"x"},"retries":9007199254740993}',
      'payload_not_json',
    ],
    ['a list', '[]', 'request_invalid'],
    ['a text', '"note"', 'request_invalid'],
    ['null', 'null', 'request_invalid'],
    ['nothing', '', 'request_invalid'],
  ])('that is %s is refused', async (_, body, code) => {
    const answer = await server.call('POST', '/api/jobs', { as, body })
    expect([answer.status >= 400 && answer.status < 500, answer.body.code]).toEqual([true, code])
  })

  test.each(['[', '{"a":'])('that is nested without end (%s) is refused, also under a key of its own', async (part) => {
    const nested = `${part.repeat(20_000)}1${(part === '[' ? ']' : '}').repeat(20_000)}`
    const headers = { 'idempotency-key': 'deep' }
    const body = `{"reason":${nested}}`
    expect((await server.call('POST', '/api/lanes/mail/pause', { as, body })).status).toBe(400)
    expect((await server.call('POST', '/api/lanes/mail/pause', { as, body, headers })).status).toBe(400)
    const job = await server.call('POST', '/api/jobs', { as, body: `{"job":"note","input":${nested}}`, headers })
    expect([job.status >= 400, job.status < 500]).toEqual([true, true])
  })

  test('that is no JSON is not quoted: it may be a password', async () => {
    const { status, text } = await server.call('POST', '/api/auth/login', { body: 'hunter2' })
    expect(status).toBe(400)
    expect(text).not.toContain('hunter2')
  })

  test('has to be UTF-8', async () => {
    const head = requestText('POST', '/api/jobs', host, [`Authorization: Bearer ${as}`], '{"job":"note????"}')
    const { status, text } = await sendRaw(server.url, Buffer.from(head.replace('????', '\xff\xfe\xc3\x28'), 'latin1'))
    expect(status).toBe(400)
    expect(text).toContain('not UTF-8')
  })
})

describe('an address and headers', () => {
  test('are at most 16 KiB together', async () => {
    const long = await sendRaw(server.url, requestText('GET', `/api/jobs?filter=${'x'.repeat(20_000)}`, host))
    expect(long.status).toBe(431)
    const many = Array.from({ length: 300 }, (_, n) => `X-Header-${n}: ${'x'.repeat(100)}`)
    expect((await sendRaw(server.url, requestText('GET', '/healthz', host, many))).status).toBe(431)
    await alive()
  })

  test.each(['0', '-1', '1001', '1.5', 'many', '', '1e3x', '99999999999999999999'])(
    'a page has no limit=%s',
    async (limit) => {
      const answer = await server.call('GET', `/api/jobs?limit=${limit}`, { as })
      expect([answer.status, answer.body.code, answer.body.field]).toEqual([400, 'request_invalid', 'limit'])
    },
  )

  test('have no NUL, nor have names', async () => {
    for (const [method, path] of [
      ['GET', '/api/users?cursor=a%00b'],
      ['PUT', '/api/users/a%00b'],
      ['DELETE', '/api/keys/a%00b'],
      ['GET', '/api/audit?actor=%00'],
    ] as const)
      expect((await server.call(method, path, { as, ...(method === 'PUT' && { body: {} }) })).body.code).toBe(
        'request_invalid',
      )
    const key = await server.call('POST', '/api/keys', { as, body: { name: 'a\0b', role: 'viewer' } })
    expect([key.status, key.body.field]).toEqual([400, 'name'])
  })

  test('unknown fields are named, with the nearest that there is', async () => {
    const query = await server.call('GET', '/api/jobs?fliter=state:failed', { as })
    expect([query.status, query.body.field]).toEqual([400, 'fliter'])
    expect(query.body.detail).toContain('filter')
    const body = await server.call('POST', '/api/jobs', { as, body: { job: 'note', prioritty: 'high' } })
    expect(body.body.issues).toMatchObject([{ field: 'prioritty', message: expect.stringContaining('priority') }])
  })
})

test('who sends slowly is cut off, and the log has nothing of it', async () => {
  const errors: unknown[] = []
  await using rota = createRota({ storage: 'sqlite::memory:', jobs: [note] })
  const slow = createServer(rota, { secret: testSecret, onError: (error) => errors.push(error) })
  const limits = { ...usualLimits, headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 }
  const listener = getRequestListener((request, env) => slow.fetch(request, env), { overrideGlobalObjects: false })
  const listening = await listen(listener, { port: 0 }, { trustLocal: false, limits })
  try {
    const { host } = new URL(listening.url)
    const login = `POST /api/auth/login HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"email"`
    const [head, body] = await Promise.all([
      sendRaw(listening.url, `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nX-Slow`),
      sendRaw(listening.url, login),
    ])
    expect([0, 408]).toContain(head.status)
    expect([0, 400, 408]).toContain(body.status)
    expect(errors).toEqual([])
  } finally {
    await slow.close()
    await listening.close(100)
  }
})

test('the limits of a server are those of a server that stands in the open', () => {
  expect(usualLimits.headersTimeout).toBeLessThanOrEqual(10_000)
  expect(usualLimits.requestTimeout).toBeLessThanOrEqual(60_000)
  expect(usualLimits.connectionsCheckingInterval).toBeLessThanOrEqual(5_000)
  const defaults = createHttpServer()
  expect(usualLimits.requestTimeout).toBeLessThan(defaults.requestTimeout)
})
