/** What a browser sends by itself, a cookie or the trust in this machine, counts only for requests of the server's own pages. */
import { describe, expect, test } from 'vitest'
import { startServer, type TestServer, testPassword } from '../support/server.ts'

const proxy = '10.1.2.3'
const behindHttps = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }

async function cookieOf(server: TestServer): Promise<string> {
  const { email } = await server.person('admin')
  const { headers } = await server.call('POST', '/api/auth/login', { body: { email, password: testPassword } })
  return (headers.get('set-cookie') ?? '').split(';')[0] as string
}

const jobsIn = async (server: TestServer) => (await server.rota.jobs.list()).jobs.length
const storing = { body: { job: 'note', input: { text: 'from a page' } } }

describe('the cookie of a session', () => {
  test('is kept from scripts and other sites', async () => {
    await using server = await startServer()
    const { email } = await server.person('viewer')
    const { headers } = await server.call('POST', '/api/auth/login', { body: { email, password: testPassword } })
    const cookie = headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^rota_session=[^;]+; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/)
    const out = await server.call('POST', '/api/auth/logout', {
      headers: { cookie: cookie.split(';')[0] as string, 'sec-fetch-site': 'same-origin' },
    })
    expect(out.headers.get('set-cookie')).toMatch(/^rota_session=; Path=\/; Max-Age=0; HttpOnly; SameSite=Lax$/)
  })

  test('is bound to the host and to encryption behind a proxy that is trusted and speaks https', async () => {
    await using server = await startServer({ proxies: ['10.0.0.0/8'] })
    const { email, token } = await server.person('viewer')
    const asked = { body: { email, password: testPassword }, headers: behindHttps }
    const secure = await server.callFrom(proxy, 'POST', '/api/auth/login', asked)
    expect(secure.headers.get('set-cookie')).toMatch(
      /^__Host-rota_session=[^;]+; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure$/,
    )
    const untrusted = await server.callFrom('192.0.2.1', 'POST', '/api/auth/login', asked)
    expect(untrusted.headers.get('set-cookie')).toMatch(/^rota_session=/)
    // A cookie that a plain page of the same host could have set does not count there.
    const plain = { headers: { ...behindHttps, cookie: `rota_session=${encodeURIComponent(token)}` } }
    expect((await server.callFrom(proxy, 'GET', '/api/auth/me', plain)).status).toBe(401)
    const own = { headers: { ...behindHttps, cookie: `__Host-rota_session=${encodeURIComponent(token)}` } }
    expect((await server.callFrom(proxy, 'GET', '/api/auth/me', own)).status).toBe(200)
  })

  test.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['the same host on another port', { origin: 'http://127.0.0.1:1' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour of the site', { 'sec-fetch-site': 'same-site' }],
    ['another site that says it is this origin', { 'sec-fetch-site': 'cross-site', origin: 'own' }],
    ['nothing that tells where from', {}],
  ])('does nothing in a request of %s', async (_, headers) => {
    await using server = await startServer()
    const cookie = await cookieOf(server)
    const own = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value === 'own' ? server.url : value]),
    )
    const answer = await server.call('POST', '/api/jobs', { ...storing, headers: { cookie, ...own } })
    expect([answer.status, answer.body.code]).toEqual([403, 'origin_refused'])
    expect(await jobsIn(server)).toBe(0)
    const { body } = await server.call('GET', '/api/audit?outcome=denied', { as: (await server.key('admin')).key })
    expect(body.entries).toMatchObject([{ action: 'jobs.create', actor: { kind: 'user' } }])
  })

  test('works in a request of our own pages, and for whoever opens the address', async () => {
    await using server = await startServer()
    const cookie = await cookieOf(server)
    const same = { cookie, origin: server.url, 'sec-fetch-site': 'same-origin' }
    expect((await server.call('POST', '/api/jobs', { ...storing, headers: same })).status).toBe(201)
    expect(
      (await server.call('POST', '/api/jobs', { ...storing, headers: { cookie, origin: server.url } })).status,
    ).toBe(201)
    expect((await server.call('GET', '/api/jobs', { headers: { cookie, 'sec-fetch-site': 'none' } })).status).toBe(200)
  })

  test('changes nothing by a GET, wherever it comes from', async () => {
    await using server = await startServer()
    const headers = { cookie: await cookieOf(server), 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    for (const path of ['/jobs/next', '/jobs', '/lanes', '/schedules', '/users', '/keys', '/auth/me'])
      expect([200, 204]).toContain((await server.call('GET', `/api${path}`, { headers })).status)
    expect(await jobsIn(server)).toBe(0)
  })

  test('and nobody is signed in by a page of another site', async () => {
    await using server = await startServer()
    const { email } = await server.person('viewer')
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const answer = await server.call('POST', '/api/auth/login', { body: { email, password: testPassword }, headers })
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null])
  })

  test('a form of another site cannot send JSON', async () => {
    await using server = await startServer()
    const { key } = await server.key('admin')
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
      const answer = await server.call('POST', '/api/jobs', { ...storing, as: key, headers: { 'content-type': type } })
      expect([type, answer.status, answer.body.field]).toEqual([type, 400, 'content-type'])
    }
  })
})

describe('the host of a request', () => {
  test.each(['evil.example', 'evil.example:80', '192.168.1.7', 'localhost.evil.example', '127.0.0.1.evil.example', ''])(
    '"%s" is refused where only this machine is listened to',
    async (host) => {
      await using server = await startServer()
      const answer = await server.callFrom('127.0.0.1', 'GET', '/api/auth/status', { headers: { host } })
      expect([answer.status, answer.body.code]).toEqual([421, 'host_refused'])
    },
  )

  test('is one of this machine, or one that was given', async () => {
    await using server = await startServer({ hosts: ['jobs.example.com'] })
    const status = async (host: string) =>
      (await server.callFrom('127.0.0.1', 'GET', '/api/auth/status', { headers: { host } })).status
    const allowed = [
      'localhost:4480',
      '127.0.0.1',
      '[::1]:4480',
      'LOCALHOST',
      'jobs.example.com',
      'Jobs.Example.com:443',
    ]
    for (const host of allowed) expect([host, await status(host)]).toEqual([host, 200])
    expect(await status('other.example.com')).toBe(421)
  })

  test('may be any on the network, unless they were given', async () => {
    await using open = await startServer({ host: '0.0.0.0' })
    await using given = await startServer({ host: '0.0.0.0', hosts: ['jobs.example.com'] })
    const asked = { headers: { host: 'any.example' } }
    expect((await open.callFrom('203.0.113.9', 'GET', '/api/auth/status', asked)).status).toBe(200)
    expect((await given.callFrom('203.0.113.9', 'GET', '/api/auth/status', asked)).status).toBe(421)
  })
})

describe('a server that trusts this machine', () => {
  test('takes whoever comes from it for its administrator', async () => {
    await using server = await startServer({ trustLocal: true })
    expect((await server.call('GET', '/api/auth/me')).body).toMatchObject({ kind: 'local', role: 'admin' })
    expect((await server.call('POST', '/api/jobs', storing)).status).toBe(201)
    const audited = await server.call('POST', '/api/lanes/mail/pause', { body: {} })
    expect(audited.status).toBe(200)
    const { body } = await server.call('GET', '/api/audit?action=lanes.pause')
    expect(body.entries).toMatchObject([{ actor: { kind: 'local' }, address: '127.0.0.1' }])
  })

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['a proxy', { 'x-forwarded-for': '127.0.0.1' }],
  ])('but not a request of %s', async (_, headers) => {
    await using server = await startServer({ trustLocal: true })
    expect((await server.call('GET', '/api/auth/me', { headers })).status).toBe(401)
    expect([401, 403]).toContain((await server.call('POST', '/api/jobs', { ...storing, headers })).status)
    expect(await jobsIn(server)).toBe(0)
  })

  test('nor a foreign origin, a foreign host, another machine or a wrong token', async () => {
    await using server = await startServer({ trustLocal: true })
    const foreign = { ...storing, headers: { origin: 'https://evil.example' } }
    expect((await server.call('POST', '/api/jobs', foreign)).status).toBe(403)
    const rebound = { headers: { host: 'evil.example' } }
    expect((await server.callFrom('127.0.0.1', 'GET', '/api/auth/me', rebound)).status).toBe(421)
    expect((await server.callFrom('203.0.113.9', 'GET', '/api/auth/me')).status).toBe(401)
    expect((await server.call('GET', '/api/auth/me', { as: 'wrong' })).status).toBe(401)
    expect(await jobsIn(server)).toBe(0)
  })

  test('listens on this machine only', async () => {
    await expect(startServer({ trustLocal: true, host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'option_invalid',
      field: 'host',
    })
  })
})

describe('a proxy', () => {
  const addressOf = async (proxies: string[], from: string, forwarded: string) => {
    await using server = await startServer({ proxies })
    const asked = {
      body: { email: 'nobody@example.com', password: 'wrong password' },
      headers: { 'x-forwarded-for': forwarded },
    }
    await server.callFrom(from, 'POST', '/api/auth/login', asked)
    const { body } = await server.call('GET', '/api/audit?action=auth.login', { as: (await server.key('admin')).key })
    return body.entries[0].address
  }

  test.each([
    ['one that nobody named is not believed', [], proxy, '203.0.113.9', proxy],
    ['one that was named is', ['10.0.0.0/8'], proxy, '203.0.113.9', '203.0.113.9'],
    ['what a client made up stands before it', ['10.0.0.0/8'], proxy, '1.2.3.4, 203.0.113.9', '203.0.113.9'],
    ['proxies behind each other', ['10.0.0.0/8'], proxy, '203.0.113.9, 10.9.9.9', '203.0.113.9'],
    ['nothing that is an address', ['10.0.0.0/8'], proxy, 'unknown, <script>', proxy],
    ['IPv4 on a socket of IPv6', ['10.0.0.0/8'], `::ffff:${proxy}`, '203.0.113.9', '203.0.113.9'],
    ['IPv6', ['fd00::/8'], 'fd00::1', '2001:db8::7', '2001:db8::7'],
    ['one on this machine', ['127.0.0.1'], '127.0.0.1', '203.0.113.9', '203.0.113.9'],
  ] as const)('%s', async (_, proxies, from, forwarded, expected) => {
    expect(await addressOf([...proxies], from, forwarded)).toBe(expected)
  })

  test('its address has to be one', async () => {
    await expect(startServer({ proxies: ['10.0.0.0/99'] })).rejects.toMatchObject({ code: 'option_invalid' })
    await expect(startServer({ proxies: ['proxy.example'] })).rejects.toMatchObject({ code: 'option_invalid' })
  })
})
