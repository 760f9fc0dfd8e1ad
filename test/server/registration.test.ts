/** How the first one comes in, and the others. */
import { describe, expect, test } from 'vitest'
import { startServer, type TestServer, testPassword } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'

const register = '/api/auth/register'
const elsewhere = '203.0.113.9'
const asking = (email: string, own: object = {}) => ({ body: { email, password: testPassword, ...own } })

const everybody = async ({ people }: TestServer) =>
  (await people.list(100, null)).map(({ email, role }) => [email, role])

onEveryStorage('the first administrator', ({ url }) => {
  test('of twenty who register at the same moment one becomes the administrator, and nobody else gets in', async () => {
    await using server = await startServer({ storage: url() })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => server.call('POST', register, asking(`p${i}@example.com`))),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(403)])
    const first = answers.find(({ status }) => status === 201)
    expect(first?.body.user.role).toBe('admin')
    expect(await everybody(server)).toEqual([[first?.body.user.email, 'admin']])
    expect((await server.call('GET', '/api/auth/me', { as: first?.body.token })).body).toMatchObject({ role: 'admin' })
  })

  test('the set-up token makes the first administrator from anywhere, once', async () => {
    await using server = await startServer({ storage: url() })
    const { open, token: setupToken } = await server.server.setup()
    expect(open).toBe(true)
    expect(await server.server.setup()).toEqual({ open: true, token: null })
    const wrong = await server.callFrom(elsewhere, 'POST', register, asking('eve@example.com', { setupToken: 'wrong' }))
    expect([wrong.status, wrong.body.code]).toEqual([403, 'registration_closed'])
    expect(await everybody(server)).toEqual([])
    const right = await server.callFrom(elsewhere, 'POST', register, asking('ada@example.com', { setupToken }))
    expect([right.status, right.body.user.role]).toEqual([201, 'admin'])
    const again = await server.callFrom(elsewhere, 'POST', register, asking('bob@example.com', { setupToken }))
    expect(again.status).toBe(403)
    expect(await everybody(server)).toEqual([['ada@example.com', 'admin']])
    expect(await server.server.setup()).toEqual({ open: false, token: null })
    expect(await server.people.newSetupToken()).toBeNull()
  })

  test('a new set-up token takes the place of one that got lost', async () => {
    await using server = await startServer({ storage: url() })
    const { token: lost } = await server.server.setup()
    const fresh = await server.people.newSetupToken()
    const late = await server.callFrom(elsewhere, 'POST', register, asking('ada@example.com', { setupToken: lost }))
    expect(late.status).toBe(403)
    const right = await server.callFrom(elsewhere, 'POST', register, asking('ada@example.com', { setupToken: fresh }))
    expect(right.body.user.role).toBe('admin')
  })
})

describe('from where the first administrator may come', () => {
  test('not from the network without the token', async () => {
    await using server = await startServer()
    const answer = await server.callFrom(elsewhere, 'POST', register, asking('eve@example.com'))
    expect([answer.status, answer.body.code]).toEqual([403, 'registration_closed'])
    expect((await server.call('GET', '/api/auth/status')).body).toMatchObject({ setup: true, registration: false })
    expect(await everybody(server)).toEqual([])
  })

  test.each([
    ['forwarded', 'for=127.0.0.1'],
    ['x-forwarded-for', '127.0.0.1'],
    ['x-forwarded-host', 'localhost'],
    ['x-forwarded-proto', 'http'],
    ['x-real-ip', '127.0.0.1'],
    ['via', '1.1 proxy'],
  ])('not through a proxy on this machine, which says so by %s', async (name, value) => {
    await using server = await startServer()
    const answer = await server.call('POST', register, { ...asking('eve@example.com'), headers: { [name]: value } })
    expect(answer.status).toBe(403)
    expect(await everybody(server)).toEqual([])
  })

  test('nor by another name of this machine, as DNS rebinding would', async () => {
    await using server = await startServer({ host: '0.0.0.0' })
    const headers = { host: 'evil.example:80' }
    const answer = await server.callFrom('127.0.0.1', 'POST', register, { ...asking('eve@example.com'), headers })
    expect(answer.status).toBe(403)
    expect(await everybody(server)).toEqual([])
    const right = { ...asking('ada@example.com'), headers: { host: 'localhost:4480' } }
    expect((await server.callFrom('::ffff:127.0.0.1', 'POST', register, right)).body.user.role).toBe('admin')
  })
})

describe('the others', () => {
  test('register as viewers where it is open, and choose no role', async () => {
    await using server = await startServer({ registration: 'open' })
    const eve = await server.callFrom(elsewhere, 'POST', register, asking('eve@example.com'))
    expect([eve.status, eve.body.user.role]).toEqual([201, 'viewer'])
    const role = await server.callFrom(elsewhere, 'POST', register, asking('bob@example.com', { role: 'admin' }))
    expect([role.status, role.body.field]).toEqual([400, 'role'])
    expect((await server.call('GET', '/api/auth/status')).body).toMatchObject({ setup: true, registration: true })
    const ada = await server.call('POST', register, asking('ada@example.com'))
    expect(ada.body.user.role).toBe('admin')
  })

  test('cannot where it is closed, also not on this machine', async () => {
    await using server = await startServer()
    await server.call('POST', register, asking('ada@example.com'))
    const answer = await server.call('POST', register, asking('eve@example.com'))
    expect([answer.status, answer.body.code]).toEqual([403, 'registration_closed'])
    expect(answer.body.detail).toContain('ask an administrator')
    expect(await everybody(server)).toEqual([['ada@example.com', 'admin']])
  })

  test('have an address of their own, whatever its case, and a password that is long enough', async () => {
    await using server = await startServer({ registration: 'open' })
    await server.call('POST', register, asking('Ada@Example.com'))
    const again = await server.call('POST', register, asking('aDA@example.com'))
    expect([again.status, again.body.code]).toEqual([409, 'account_taken'])
    const weak = await server.call('POST', register, { body: { email: 'bob@example.com', password: 'too short' } })
    expect([weak.status, weak.body.code]).toEqual([422, 'password_weak'])
    expect(await everybody(server)).toEqual([['ada@example.com', 'admin']])
  })
})
