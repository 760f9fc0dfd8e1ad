/** Sessions: how they begin, and that they end at once. */
import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createThrottle } from '../../src/server/auth/throttle.ts'
import { type Answer, startServer, type TestServer, testPassword } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'

const login = (server: TestServer, email: string, password = testPassword, from?: string): Promise<Answer> => {
  const asked = { body: { email, password } }
  if (from === undefined) return server.call('POST', '/api/auth/login', asked)
  return server.callFrom(from, 'POST', '/api/auth/login', asked)
}
const statusOfMe = async (server: TestServer, token: string) =>
  (await server.call('GET', '/api/auth/me', { as: token })).status

onEveryStorage('sessions', ({ url }) => {
  test('somebody registers, signs in, is known, and signs out', async () => {
    await using server = await startServer({ storage: url() })
    const person = { email: 'Ada@example.com', password: testPassword, name: 'Ada' }
    const first = await server.call('POST', '/api/auth/register', { body: person })
    expect(first.status).toBe(201)
    expect(first.body.user).toMatchObject({ email: 'ada@example.com', name: 'Ada', role: 'admin' })
    const second = await login(server, 'ADA@example.com')
    expect(second.status).toBe(200)
    expect(second.body.token).not.toBe(first.body.token)
    const me = await server.call('GET', '/api/auth/me', { as: second.body.token })
    expect(me.body).toMatchObject({ kind: 'user', email: 'ada@example.com', role: 'admin', lanes: null })
    expect((await server.call('POST', '/api/auth/logout', { as: second.body.token })).status).toBe(200)
    expect(await statusOfMe(server, second.body.token)).toBe(401)
    expect(await statusOfMe(server, first.body.token)).toBe(200)
  })

  test('a new password ends all sessions but the one that it gives', async () => {
    await using server = await startServer({ storage: url() })
    const { email, token } = await server.person('operator')
    const other = (await login(server, email)).body.token
    const password = 'another horse battery'
    const wrong = { as: token, body: { current: 'not this one', password } }
    expect((await server.call('POST', '/api/auth/password', wrong)).status).toBe(401)
    expect(await statusOfMe(server, other)).toBe(200)
    const changed = await server.call('POST', '/api/auth/password', {
      as: token,
      body: { current: testPassword, password },
    })
    expect(changed.status).toBe(200)
    expect(await Promise.all([token, other, changed.body.token].map((one) => statusOfMe(server, one)))).toEqual([
      401, 401, 200,
    ])
    expect((await login(server, email)).status).toBe(401)
    expect((await login(server, email, password)).status).toBe(200)
  })

  test.each([
    ['another role', 'PUT', { role: 'viewer' }],
    ['a password from an administrator', 'PUT', { password: 'a password that was reset' }],
    ['a removal', 'DELETE', undefined],
  ] as const)('%s ends the sessions of a person at once', async (_, method, body) => {
    await using server = await startServer({ storage: url() })
    const admin = await server.person('admin')
    const { id, token } = await server.person('operator')
    expect(await statusOfMe(server, token)).toBe(200)
    expect((await server.call(method, `/api/users/${id}`, { as: admin.token, body })).status).toBe(200)
    expect(await statusOfMe(server, token)).toBe(401)
    expect(await statusOfMe(server, admin.token)).toBe(200)
  })

  test('the last administrator is neither removed nor made less', async () => {
    await using server = await startServer({ storage: url() })
    const ada = await server.person('admin')
    const bob = await server.person('admin')
    const asked = { as: ada.token, body: { role: 'operator' } }
    expect((await server.call('PUT', `/api/users/${bob.id}`, asked)).status).toBe(200)
    const removed = await server.call('DELETE', `/api/users/${ada.id}`, { as: ada.token })
    expect([removed.status, removed.body.code]).toEqual([403, 'not_allowed'])
    const changed = await server.call('PUT', `/api/users/${ada.id}`, asked)
    expect([changed.status, changed.body.code]).toEqual([403, 'not_allowed'])
    expect(await statusOfMe(server, ada.token)).toBe(200)
  })
})

test('a token is good only with the signature of this server', async () => {
  await using server = await startServer()
  const { token } = await server.person('admin')
  const [raw = '', signature = ''] = token.split('.')
  const forged = createHmac('sha256', 'another secret of more than 32 characters').update(raw).digest('base64')
  const [session] = await server.storage.accounts({ do: 'find', table: 'sessions', where: [] })
  const stored = String(session?.token)
  const bad = [
    raw,
    `${raw}.`,
    `${raw}.${forged}`,
    `.${signature}`,
    `x${raw}.${signature}`,
    stored,
    `${stored}.${signature}`,
  ]
  for (const one of bad) expect([one, await statusOfMe(server, one)]).toEqual([one, 401])
  expect(await statusOfMe(server, token)).toBe(200)
})

test('wrong passwords are counted for a person and an address together; the right one waits, too', async () => {
  await using server = await startServer()
  const [ada, bob] = [await server.person('viewer'), await server.person('viewer')]
  for (let n = 1; n <= 5; n++) expect((await login(server, ada.email, 'wrong password')).status).toBe(401)
  const refused = await login(server, ada.email)
  expect([refused.status, refused.body.code]).toEqual([429, 'too_many_requests'])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(800)
  expect((await login(server, ada.email.toUpperCase())).status).toBe(429)
  // Who knows the address of somebody must not be able to lock that person out.
  expect((await login(server, ada.email, testPassword, '203.0.113.9')).status).toBe(200)
  expect((await login(server, bob.email)).status).toBe(200)
})

test('who signs in with the right password is not counted', async () => {
  await using server = await startServer()
  const { email } = await server.person('viewer')
  for (let n = 1; n <= 7; n++) expect((await login(server, email)).status).toBe(200)
})

test('many tries at once are all counted before the first is answered', async () => {
  await using server = await startServer()
  const { email } = await server.person('viewer')
  const answers = await Promise.all(Array.from({ length: 20 }, () => login(server, email, 'wrong password')))
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(15)
})

test('fifty tries are enough from one address, and for one person', async () => {
  const tries = (who: (n: number) => string, from: (n: number) => string) => {
    const throttle = createThrottle()
    return Promise.allSettled(Array.from({ length: 60 }, (_, n) => throttle.count(who(n), from(n))))
  }
  const refused = (settled: readonly PromiseSettledResult<void>[]) =>
    settled.filter(({ status }) => status === 'rejected').length
  const person = (n: number) => `p${n}@example.com`
  const address = (n: number) => `198.51.100.${n}`
  expect(refused(await tries(person, () => '203.0.113.9'))).toBe(10)
  expect(refused(await tries(() => 'ada@example.com', address))).toBe(10)
  expect(refused(await tries(person, address))).toBe(0)
})

type Measured = { readonly took: number; readonly status: number; readonly text: string }

test('an unknown address is answered as a wrong password is, in about the same time', async () => {
  await using server = await startServer()
  const rounds = 7
  const known: string[] = []
  for (let n = 0; n < rounds; n++) known.push((await server.person('viewer')).email)
  const measured = async (email: string): Promise<Measured> => {
    const start = performance.now()
    const { status, text } = await login(server, email, 'wrong password')
    return { took: performance.now() - start, status, text }
  }
  const pairs: { readonly known: Measured; readonly unknown: Measured }[] = []
  for (const [n, email] of known.entries())
    pairs.push({ known: await measured(email), unknown: await measured(`nobody-${n}@example.com`) })
  for (const pair of pairs) expect([pair.unknown.status, pair.unknown.text]).toEqual([401, pair.known.text])
  const median = (which: 'known' | 'unknown') =>
    pairs.map((pair) => pair[which].took).sort((a, b) => a - b)[Math.floor(rounds / 2)] as number
  // Without a hash an answer takes a tenth of this; the bound is wide because machines are busy.
  expect(median('unknown')).toBeGreaterThan(median('known') / 3)
  expect(median('unknown')).toBeLessThan(median('known') * 3)
})
