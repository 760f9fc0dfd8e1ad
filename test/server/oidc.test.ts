/** Signing in by a provider of OpenID Connect, the way a browser goes it. */
import { expect, test } from 'vitest'
import { type OidcIssuer, type OidcPerson, startOidc } from '../support/oidc.ts'
import { freePort } from '../support/postgres.ts'
import { startServer, type TestServer, type TestServerOptions } from '../support/server.ts'

const ada: OidcPerson = { sub: 'ada-1', email: 'Ada@Example.com', name: 'Ada' }

/** A server that knows the provider; its address has to be known before it starts. */
async function serverFor(issuer: OidcIssuer, own: object = {}, more: TestServerOptions = {}): Promise<TestServer> {
  const port = await freePort()
  const { discoveryUrl, clientId, clientSecret } = issuer
  const oidc = [{ id: 'example', name: 'Example', discoveryUrl, clientId, clientSecret, ...own }]
  return startServer({ url: `http://127.0.0.1:${port}`, port, oidc, ...more })
}

/** Follows redirects as a browser does, with the cookies of the server. */
async function signIn(server: TestServer, path = '/api/auth/oidc/example') {
  const cookies = new Map<string, string>()
  let url = server.url + path
  for (let step = 0; step < 8; step++) {
    const ours = url.startsWith(server.url)
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: ours && cookie !== '' ? { cookie } : {} })
    await response.text()
    for (const line of ours ? response.headers.getSetCookie() : []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /Max-Age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location')
    const isHome = location !== null && !/\/api\/|\/authorize/.test(location)
    if (location === null || isHome) return { status: response.status, at: location ?? url, cookies }
    url = new URL(location, url).href
  }
  throw new Error('The redirects do not end.')
}

const me = (server: TestServer, cookies: ReadonlyMap<string, string>) =>
  server.call('GET', '/api/auth/me', { headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') } })

test('somebody signs in by a provider, and is the same person the next time', async () => {
  await using issuer = await startOidc(ada)
  await using server = await serverFor(issuer, { role: 'operator' })
  expect((await server.call('GET', '/api/auth/status')).body.providers).toEqual([{ id: 'example', name: 'Example' }])
  const first = await signIn(server)
  const known = await me(server, first.cookies)
  expect(known.body).toMatchObject({ kind: 'user', email: 'ada@example.com', role: 'operator' })
  const [account] = await server.storage.accounts({ do: 'find', table: 'accounts', where: [] })
  expect(account).toMatchObject({ access_token: null, refresh_token: null, id_token: null })
  const second = await signIn(server)
  expect((await me(server, second.cookies)).body.id).toBe(known.body.id)
  expect(await server.people.list(10, null)).toMatchObject([{ email: 'ada@example.com', name: 'Ada' }])
  const { body } = await server.call('GET', '/api/audit?action=auth.oidc.', { as: (await server.key('admin')).key })
  expect(body.entries).toMatchObject([{ outcome: 'done' }, { outcome: 'done' }])
  await server.call('POST', '/api/auth/logout', {
    headers: { cookie: [...first.cookies].map((pair) => pair.join('=')).join('; '), origin: server.url },
  })
  expect((await me(server, first.cookies)).status).toBe(401)
})

test('only addresses of the domains that were given get in', async () => {
  await using issuer = await startOidc({ ...ada, email: 'eve@evil.example' })
  await using server = await serverFor(issuer, { domains: ['example.com'] })
  const refused = await signIn(server)
  expect(refused.at).toBe('/?error=not_allowed')
  expect((await me(server, refused.cookies)).status).toBe(401)
  expect(await server.people.list(10, null)).toEqual([])
  issuer.person = { ...ada, email_verified: false }
  expect((await me(server, (await signIn(server)).cookies)).status).toBe(401)
  issuer.person = ada
  expect((await me(server, (await signIn(server)).cookies)).body.role).toBe('viewer')
})

test('an address that the provider has not verified does not become somebody who is here already', async () => {
  await using issuer = await startOidc({ ...ada, email_verified: false })
  await using server = await serverFor(issuer)
  const { email } = await server.person('admin', 'ada@example.com')
  const { cookies } = await signIn(server)
  expect((await me(server, cookies)).status).toBe(401)
  expect(await server.people.list(10, null)).toMatchObject([{ email, role: 'admin' }])
})

test('a code of another browser, or a wrong state, signs nobody in', async () => {
  await using issuer = await startOidc(ada)
  await using server = await serverFor(issuer)
  const begun = await server.call('GET', '/api/auth/oidc/example')
  const authorized = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' })
  const back = new URL(authorized.headers.get('location') ?? '')
  // The link is opened by somebody who did not begin: without the cookie of the state.
  const stolen = await server.call('GET', back.pathname + back.search)
  expect(stolen.headers.getSetCookie().some((line) => /rota_session=[^;]/.test(line))).toBe(false)
  back.searchParams.set('state', 'made up')
  const wrong = await server.call('GET', back.pathname + back.search)
  expect(wrong.headers.getSetCookie().some((line) => /rota_session=[^;]/.test(line))).toBe(false)
  expect(await server.people.list(10, null)).toEqual([])
})

test('a provider that nobody gave, or that does not answer, is told as such', async () => {
  const issuer = await startOidc(ada)
  await issuer[Symbol.asyncDispose]()
  await using server = await serverFor(issuer)
  for (const id of ['other', 'example']) {
    const answer = await server.call('GET', `/api/auth/oidc/${id}`)
    expect([answer.status, answer.body.code]).toEqual([404, 'route_unknown'])
  }
})
