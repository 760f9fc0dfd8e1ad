/** What a reviewer broke once, and how it holds now. */
import { describe, expect, test } from 'vitest'
import { defineJob, type JobId } from '../../src/index.ts'
import { originReader } from '../../src/server/address.ts'
import { createPeople } from '../../src/server/people.ts'
import { once } from '../../src/server/repeats.ts'
import type { Storage } from '../../src/storage/contract.ts'
import { gate } from '../support/condition.ts'
import { byTest, note, startServer, testPassword } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'

const elsewhere = '203.0.113.9'
const aNote = { job: 'note', input: { text: 'a' } }

onEveryStorage('attacks', ({ url }) => {
  test('who looks whether there is an administrator does not use up the set-up token', async () => {
    await using server = await startServer({ storage: url() })
    expect((await server.callFrom(elsewhere, 'GET', '/api/auth/status')).body.setup).toBe(true)
    const { open, token } = await server.server.setup()
    expect([open, typeof token]).toEqual([true, 'string'])
  })

  test('an administrator who was added otherwise closes the set-up', async () => {
    await using server = await startServer({ storage: url() })
    const { token: setupToken } = await server.server.setup()
    await server.person('admin')
    expect((await server.call('GET', '/api/auth/status')).body.setup).toBe(false)
    const body = { email: 'eve@example.com', password: testPassword }
    expect((await server.call('POST', '/api/auth/register', { body })).status).toBe(403)
    const late = await server.callFrom(elsewhere, 'POST', '/api/auth/register', { body: { ...body, setupToken } })
    expect(late.status).toBe(403)
    expect(await server.server.setup()).toEqual({ open: false, token: null })
  })

  test('administrators who demote or remove each other at the same moment leave one', async () => {
    await using server = await startServer({ storage: url() })
    const { storage } = server
    for (const how of ['demote', 'remove'] as const) {
      const [a, b] = [
        await server.person('admin', `${how}-a@example.com`),
        await server.person('admin', `${how}-b@example.com`),
      ]
      const everybody = await server.people.list(100, null)
      for (const { id, role } of everybody)
        if (role === 'admin' && id !== a.id && id !== b.id) await server.people.change(id, { role: 'viewer' }, byTest)
      const bothLooked = gate()
      let looks = 0
      const slow: Storage = {
        ...storage,
        async accounts(call) {
          const rows = await storage.accounts(call)
          if (call.do === 'count' && ++looks === 2) bothLooked.open()
          if (call.do === 'count') await bothLooked.opened // each has seen the other
          return rows
        },
      }
      const people = createPeople(async () => slow)
      const end = ({ id }: { id: string }) =>
        how === 'demote' ? people.change(id, { role: 'viewer' }, byTest) : people.remove(id, byTest)
      await Promise.allSettled([end(a), end(b)])
      const left = (await server.people.list(100, null)).filter(({ role }) => role === 'admin')
      expect(left.length).toBeGreaterThan(0)
    }
  })

  test('what is shown of a job and its ETag belong together, and a DELETE deletes what was seen', async () => {
    await using server = await startServer({ storage: url() })
    const { key: as } = await server.key('operator')
    const { id } = (await server.call('POST', '/api/jobs', { as, body: { ...aNote, in: '1h' } })).body
    const put = (retries: number) => server.call('PUT', `/api/jobs/${id}`, { as, body: { retries } })
    const seen = new Map<string, number>()
    const writing = (async () => {
      for (let n = 0; n < 60; n++) await put(n)
    })()
    const reading = (async () => {
      for (let n = 0; n < 150; n++) {
        const { body, headers } = await server.call('GET', `/api/jobs/${id}`, { as })
        seen.set(headers.get('etag') ?? '', body.maxAttempts)
      }
    })()
    await Promise.all([writing, reading])
    const tagOf = new Map([...seen].map(([tag, attempts]) => [attempts, tag]))
    expect(tagOf.size).toBe(seen.size) // no two tags for what looks the same
    const old = (await server.call('GET', `/api/jobs/${id}`, { as })).headers.get('etag') as string
    await put(99)
    const refused = await server.call('DELETE', `/api/jobs/${id}`, { as, headers: { 'if-match': old } })
    expect([refused.status, refused.body.code]).toEqual([412, 'changed_meanwhile'])
    expect((await server.call('DELETE', `/api/jobs/${id}`, { as })).status).toBe(200)
  })

  test('a limited key waits for no job of another lane, and learns of none by a key', async () => {
    await using server = await startServer({ storage: url() })
    const { key: admin } = await server.key('admin')
    const { key: as } = await server.key('operator', { lanes: ['mail'] })
    const secret = await server.call('POST', '/api/jobs', { as: admin, body: { ...aNote, idempotencyKey: 'k' } })
    const own = { ...aNote, lane: 'mail' }
    const waits = await server.call('POST', '/api/jobs', { as, body: { ...own, after: [secret.body.id] } })
    expect([waits.status, waits.body.code]).toEqual([422, 'parent_not_found'])
    const same = await server.call('POST', '/api/jobs', { as, body: { ...own, idempotencyKey: 'k' } })
    expect([same.status, same.body.code]).toEqual([403, 'not_allowed'])
    expect(same.text).not.toContain(secret.body.id)
    expect((await server.rota.jobs.list()).jobs).toHaveLength(1)
  })

  test('a wait for what is not kept hears what it returned', async () => {
    const quick = defineJob({ id: 'quick', retention: 'none', run: () => ({ done: true }) })
    await using server = await startServer({ storage: url(), jobs: [quick] })
    const { key: as } = await server.key('operator')
    const { id } = (await server.call('POST', '/api/jobs', { as, body: { job: 'quick', in: '300ms' } })).body
    const waiting = server.call('GET', `/api/jobs/${id}/result?timeout=20s`, { as })
    await server.rota.start()
    expect((await waiting).body).toMatchObject({ state: 'succeeded', over: true, output: { done: true } })
    expect(await server.rota.job(id as JobId)).toBeNull()
  })
})

describe('sign-in', () => {
  test('a cookie or a token that is none is nobody, and no fault of the server', async () => {
    await using server = await startServer()
    for (const cookie of ['rota_session=%E2%82%AC', 'rota_session=%0aabc', 'rota_session=%', 'rota_session=a%00b']) {
      expect((await server.call('GET', '/api/auth/status', { headers: { cookie } })).status).toBe(200)
      expect((await server.call('GET', '/api/auth/me', { headers: { cookie } })).status).toBe(401)
    }
    expect((await server.call('GET', '/api/auth/me', { headers: { authorization: 'Bearer ü.ü' } })).status).toBe(401)
  })

  test('guessing from many addresses does not lock the owner out', async () => {
    await using server = await startServer()
    const { email } = await server.person('admin')
    const login = (address: string, password: string) =>
      server.callFrom(address, 'POST', '/api/auth/login', { body: { email, password } })
    expect((await login('198.51.100.7', testPassword)).status).toBe(200)
    for (let n = 0; n < 52; n++) await login(`203.0.113.${n}`, 'wrong')
    expect((await login('192.0.2.1', testPassword)).status).toBe(429) // from an unknown place it has to wait
    expect((await login('198.51.100.7', testPassword)).status).toBe(200)
  })

  test('all addresses of a network of IPv6 count as one', async () => {
    await using server = await startServer()
    const { email } = await server.person('viewer')
    const tries = Array.from({ length: 8 }, (_, n) =>
      server.callFrom(`2001:db8::${n + 1}`, 'POST', '/api/auth/login', { body: { email, password: 'wrong' } }),
    )
    const statuses = (await Promise.all(tries)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 429)).toHaveLength(3)
  })

  test('a key that is revoked twice was revoked once', async () => {
    await using server = await startServer({ jobs: [note] })
    const { key: as } = await server.key('admin')
    const { id } = await server.key('viewer')
    for (let n = 0; n < 2; n++) expect((await server.call('DELETE', `/api/keys/${id}`, { as })).status).toBe(200)
    const entries = await server.call('GET', `/api/audit?target=key:${id}&action=keys.revoke`, { as })
    expect(entries.body.entries).toHaveLength(1)
  })

  test('sign-ins and wrong passwords stand in the audit log', async () => {
    await using server = await startServer()
    const { email, token } = await server.person('admin')
    await server.call('POST', '/api/auth/login', { body: { email, password: 'wrong' } })
    await server.call('POST', '/api/auth/password', {
      as: token,
      body: { current: 'wrong', password: 'another password' },
    })
    const { body } = await server.call('GET', '/api/audit?action=auth.', { as: token })
    const told = body.entries.map(({ action, outcome }: { action: string; outcome: string }) => `${action} ${outcome}`)
    expect(told).toEqual(['auth.password denied', 'auth.login denied', 'auth.login done'])
  })
})

describe('behind a proxy', () => {
  test('an address is read with its port, and without', async () => {
    const addressOf = originReader(['10.0.0.1'])
    const of = (forwarded: string) =>
      addressOf(new Headers({ 'x-forwarded-for': forwarded }), { address: '10.0.0.1', encrypted: false }).address
    expect([of('1.1.1.1:5555'), of('[2001:db8::7]:443'), of('2001:db8::7'), of('evil, 1.1.1.1')]).toEqual([
      '1.1.1.1',
      '2001:db8::7',
      '2001:db8::7',
      '1.1.1.1',
    ])
  })

  test('who comes by the https address of the server gets a cookie for that, whatever the proxy says', async () => {
    await using server = await startServer({ url: 'https://jobs.example.com' })
    const { email } = await server.person('viewer')
    const cookieAt = async (host: string) => {
      const body = { email, password: testPassword }
      const answer = await server.callFrom(elsewhere, 'POST', '/api/auth/login', { body, headers: { host } })
      return answer.headers.get('set-cookie')
    }
    expect(await cookieAt('jobs.example.com')).toMatch(/^__Host-rota_session=.*; Secure$/)
    expect(await cookieAt('127.0.0.1:4480')).toMatch(/^rota_session=(?!.*Secure)/)
  })
})

onEveryStorage('a repeated request whose first one', ({ url }) => {
  const asked = { key: 'k', operation: 'jobs.createMany', caller: null, request: ['/jobs/batch', {}] }

  test('is still being carried out is not carried out again, and gets its answer later', async () => {
    await using server = await startServer({ storage: url() })
    const [working, end] = [gate(), gate()]
    let times = 0
    const work = async () => {
      times++
      working.open()
      await end.opened
      return { status: 201, body: { times } }
    }
    const first = once(server.storage, asked, 1_000, work)
    await working.opened
    await expect(once(server.storage, asked, 2_000, work)).rejects.toMatchObject({ code: 'request_in_progress' })
    end.open()
    expect(await once(server.storage, asked, 3_000, work).catch(() => first)).toEqual(await first)
    expect([await once(server.storage, asked, 4_000, work), times]).toEqual([await first, 1])
  })

  test('was carried out is not carried out again where its answer could not be kept', async () => {
    await using server = await startServer({ storage: url() })
    const { storage } = server
    const failing: Storage = {
      ...storage,
      accounts: (call) => (call.do === 'update' ? Promise.reject(new Error('away')) : storage.accounts(call)),
    }
    let times = 0
    const work = async () => ({ status: 201, body: { times: ++times } })
    await expect(once(failing, asked, 1_000, work)).rejects.toThrow('away')
    await expect(once(storage, asked, 2_000, work)).rejects.toMatchObject({ code: 'request_in_progress' })
    expect(times).toBe(1)
  })

  test('failed is carried out again', async () => {
    await using server = await startServer({ storage: url() })
    let times = 0
    const work = async () => {
      if (++times === 1) throw new Error('no')
      return { status: 201, body: { times } }
    }
    await expect(once(server.storage, asked, 1_000, work)).rejects.toThrow('no')
    expect(await once(server.storage, asked, 2_000, work)).toEqual({ status: 201, body: { times: 2 } })
  })
})

test('a flow of a limited key has no job with a key, in whose place one of another lane might count', async () => {
  const keyed = defineJob({ id: 'keyed', unique: {}, run: () => {} })
  await using server = await startServer({ jobs: [note, keyed] })
  const { key: as } = await server.key('operator', { lanes: ['mail'] })
  const flow = (own: object) => {
    const body = { name: 'one', jobs: [{ ref: 'a', lane: 'mail', input: { text: 'a' }, ...own }] }
    return server.call('POST', '/api/flows', { as, body })
  }
  expect((await flow({ job: 'note' })).status).toBe(201)
  expect((await flow({ job: 'note', unique: { key: 'k' } })).body.code).toBe('not_allowed')
  expect((await flow({ job: 'keyed' })).body.code).toBe('not_allowed')
  expect((await flow({ job: 'keyed', unique: null })).status).toBe(201)
  expect((await server.rota.jobs.list()).jobs).toHaveLength(2)
})
