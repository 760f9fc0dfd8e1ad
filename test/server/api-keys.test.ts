/** API keys: shown once, stored as a hash, ended at once. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createPeople } from '../../src/server/people.ts'
import { byTest, startServer } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'

onEveryStorage('API keys', ({ url }) => {
  test('a key is shown once, works, and only its hash is stored', async () => {
    await using server = await startServer({ storage: url() })
    const admin = await server.person('admin')
    const asked = { as: admin.token, body: { name: 'ci', role: 'operator', lanes: ['mail'], expiresIn: '1d' } }
    const made = await server.call('POST', '/api/keys', asked)
    expect(made.status).toBe(201)
    const { key, id, prefix } = made.body
    expect(key).toMatch(/^rota_[\w-]{43}$/)
    expect(key.startsWith(prefix)).toBe(true)
    expect(prefix.length).toBeLessThan(12)
    expect(made.body).toMatchObject({ name: 'ci', role: 'operator', lanes: ['mail'], createdBy: admin.email })
    expect(Date.parse(made.body.expiresAt) - Date.parse(made.body.createdAt)).toBe(86_400_000)
    const me = await server.call('GET', '/api/auth/me', { as: key })
    expect(me.body).toMatchObject({ kind: 'key', id, name: 'ci', role: 'operator', lanes: ['mail'], email: null })
    const listed = await server.call('GET', '/api/keys', { as: admin.token })
    expect(listed.body.keys).toMatchObject([{ id, prefix, revokedAt: null }])
    expect(listed.text).not.toContain(key)
    const [row] = await server.storage.accounts({ do: 'find', table: 'api_keys', where: [] })
    expect(row?.hash).toBe(createHash('sha256').update(key).digest('base64url'))
    expect(JSON.stringify(row)).not.toContain(key)
  })

  test('a key that is revoked is over at once; that it was is in the audit log', async () => {
    await using server = await startServer({ storage: url() })
    const admin = await server.person('admin')
    const { id, key } = await server.key('admin')
    const { key: other } = await server.key('viewer')
    expect((await server.call('DELETE', `/api/keys/${id}`, { as: key })).status).toBe(200)
    expect((await server.call('GET', '/api/auth/me', { as: key })).status).toBe(401)
    expect((await server.call('GET', '/api/auth/me', { as: other })).status).toBe(200)
    const unknown = await server.call('DELETE', '/api/keys/nothing', { as: admin.token })
    expect([unknown.status, unknown.body.code]).toEqual([404, 'key_not_found'])
    const { body } = await server.call('GET', `/api/audit?target=key:${id}&action=keys.revoke`, { as: admin.token })
    expect(body.entries).toMatchObject([{ actor: { kind: 'key', id }, outcome: 'done' }])
  })

  test('a key is over when its time is, and its last use is written', async () => {
    await using server = await startServer({ storage: url() })
    let now = Date.now()
    const people = createPeople(
      async () => server.storage,
      () => now,
    )
    const { key } = await people.addKey({ name: 'short', role: 'viewer', expiresIn: 120_000 }, byTest)
    const lastUse = async () => (await people.keys()).find(({ name }) => name === 'short')?.lastUsedAt?.getTime()
    expect(await lastUse()).toBeUndefined()
    const first = now
    await people.keyFor(key)
    expect(await lastUse()).toBe(first)
    now += 59_000
    await people.keyFor(key)
    expect(await lastUse()).toBe(first) // it is written once a minute at most
    now += 2_000
    await people.keyFor(key)
    expect(await lastUse()).toBe(now)
    now = first + 120_000
    expect(await people.keyFor(key)).toBeNull()
  })
})

test('what looks like a key and is none lets nobody in', async () => {
  await using server = await startServer()
  const { key, prefix, id } = await server.key('admin')
  const changed = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`
  const stored = createHash('sha256').update(key).digest('base64url')
  for (const one of [changed, prefix, 'rota_', id, `rota_${stored}`, stored, key.toUpperCase(), `${key}x`])
    expect([one, (await server.call('GET', '/api/auth/me', { as: one })).status]).toEqual([one, 401])
})

test('a key is taken from the header only: neither as a cookie nor from the address', async () => {
  await using server = await startServer()
  const { key } = await server.key('admin')
  const cookie = { cookie: `rota_session=${key}; __Host-rota_session=${key}` }
  expect((await server.call('GET', '/api/auth/me', { headers: cookie })).status).toBe(401)
  expect((await server.call('GET', `/api/auth/me?token=${key}&access_token=${key}`)).status).toBe(401)
  expect((await server.call('GET', '/api/auth/me', { headers: { authorization: key } })).status).toBe(401)
  expect((await server.call('GET', '/api/auth/me', { headers: { authorization: `Basic ${key}` } })).status).toBe(401)
  expect((await server.call('GET', '/api/auth/me', { headers: { authorization: `bearer ${key}` } })).status).toBe(200)
})

test('a key has no password to change, and no session to end', async () => {
  await using server = await startServer()
  const { key } = await server.key('admin')
  const body = { current: 'whatever it is', password: 'a new password for it' }
  expect((await server.call('POST', '/api/auth/password', { as: key, body })).status).toBe(403)
  expect((await server.call('POST', '/api/auth/logout', { as: key })).status).toBe(200)
  expect((await server.call('GET', '/api/auth/me', { as: key })).status).toBe(200)
})
