/** What holds for answers of all operations: tags, pages, clusters, problems; and for the server as a whole: whether it is ready, and how it closes. */
import { describe, expect, test } from 'vitest'
import { defineJob } from '../../src/index.ts'
import { errorCodes } from '../../src/job/errors.ts'
import { gate, until } from '../support/condition.ts'
import { startPostgres } from '../support/postgres.ts'
import { type Answer, type Json, note, startServer, testPassword } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'

const aNote = { job: 'note', input: { text: 'x' } }

onEveryStorage('the API', ({ url }) => {
  test('a job changes only as long as it is what was seen (ETag, If-Match)', async () => {
    await using server = await startServer({ storage: url() })
    const { key: as } = await server.key('operator')
    const { id } = (await server.call('POST', '/api/jobs', { as, body: { ...aNote, in: '1h' } })).body
    const path = `/api/jobs/${id}`
    const put = (tag: string, priority: string) =>
      server.call('PUT', path, { as, body: { priority }, headers: { 'if-match': tag } })
    const tagOf = ({ headers }: Answer) => headers.get('etag') ?? ''
    const first = tagOf(await server.call('GET', path, { as }))
    expect(first).toMatch(/^"[\w-]+"$/)
    expect(tagOf(await server.call('GET', path, { as }))).toBe(first)
    const changed = await put(first, 'high')
    expect([changed.status, changed.body.priority]).toEqual([200, 'high'])
    const second = tagOf(changed)
    expect(second).not.toBe(first)
    expect(tagOf(await server.call('GET', path, { as }))).toBe(second)
    const late = await put(first, 'low')
    expect([late.status, late.body.code]).toEqual([412, 'changed_meanwhile'])
    expect((await put('"nothing"', 'low')).status).toBe(412)
    expect((await put('*', 'medium')).status).toBe(200)
    const third = tagOf(await server.call('GET', path, { as }))
    const gone = (tag: string) => server.call('DELETE', path, { as, headers: { 'if-match': tag } })
    expect((await gone(second)).status).toBe(412)
    expect((await gone(third)).status).toBe(200)
  })

  test('of ten who change what they have seen at the same moment one does', async () => {
    await using server = await startServer({ storage: url() })
    const { key: as } = await server.key('operator')
    const { id } = (await server.call('POST', '/api/jobs', { as, body: { ...aNote, in: '1h' } })).body
    const seen = (await server.call('GET', `/api/jobs/${id}`, { as })).headers.get('etag') ?? ''
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        server.call('PUT', `/api/jobs/${id}`, { as, body: { metadata: { n } }, headers: { 'if-match': seen } }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(412)])
  })

  test('pages give a thousand jobs exactly once each, although others come meanwhile', async () => {
    await using server = await startServer({ storage: url() })
    const { key: as } = await server.key('operator')
    const inputs = Array.from({ length: 1_000 }, (_, n) => ({ text: String(n) }))
    const stored = await server.call('POST', '/api/jobs/batch', { as, body: { job: 'note', inputs } })
    const found: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body }: Json = await server.call('GET', `/api/jobs?limit=77${cursor && `&cursor=${cursor}`}`, { as })
      expect(body.jobs.length).toBeLessThanOrEqual(77)
      found.push(...body.jobs.map(({ id }: Json) => id))
      cursor = body.next
      await server.call('POST', '/api/jobs', { as, body: aNote })
    }
    expect(found).toHaveLength(1_000)
    expect(new Set(found)).toEqual(new Set(stored.body.jobs.map(({ id }: Json) => id)))
    const wrong = await server.call('GET', '/api/jobs?cursor=nonsense', { as })
    expect(wrong.status).toBe(400)
  })

  test('pages of people, schedules and the audit log end, and have everything', async () => {
    await using server = await startServer({ storage: url() })
    const { key: as } = await server.key('admin')
    for (let n = 0; n < 5; n++) {
      const body = { job: 'note', input: { text: 'x' }, when: 'every day' }
      await server.call('PUT', `/api/schedules/s${n}`, { as, body })
      await server.people.add(
        { email: `p${n}@example.com`, password: testPassword, role: 'viewer' },
        { actor: { kind: 'cli', id: '', name: 'test' }, address: null, action: 'users.create' },
      )
    }
    const all = async (path: string, what: string) => {
      const found: Json[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { body }: Json = await server.call('GET', `${path}limit=2${cursor && `&cursor=${cursor}`}`, { as })
        found.push(...body[what])
        cursor = body.next
      }
      return found
    }
    expect((await all('/api/schedules?', 'schedules')).map(({ id }) => id)).toEqual(['s0', 's1', 's2', 's3', 's4'])
    expect(await all('/api/schedules?state=active,paused&job=note,other&', 'schedules')).toHaveLength(5)
    expect(await all('/api/schedules?state=paused,inactive&', 'schedules')).toEqual([])
    expect((await server.call('GET', '/api/schedules?state=active,gone', { as })).status).toBe(400)
    expect((await all('/api/users?', 'users')).map(({ email }) => email[1])).toEqual(['0', '1', '2', '3', '4'])
    expect(await all('/api/audit?action=schedules.put&', 'entries')).toHaveLength(5)
  })
})

describe('clusters', () => {
  test('are chosen by the address; one that there is not is told', async () => {
    const clusters = { default: 'sqlite::memory:', other: 'sqlite::memory:' }
    await using server = await startServer({ rota: { storage: undefined, clusters } as never })
    const { key: as } = await server.key('operator')
    const stored = await server.call('POST', '/api/jobs?cluster=other', { as, body: aNote })
    expect(stored.status).toBe(201)
    expect((await server.call('GET', '/api/jobs', { as })).body.jobs).toEqual([])
    expect((await server.call('GET', '/api/jobs?cluster=other', { as })).body.jobs).toHaveLength(1)
    const unknown = await server.call('GET', '/api/jobs?cluster=othr', { as })
    expect([unknown.status, unknown.body.code]).toEqual([404, 'cluster_unknown'])
    expect(unknown.body.detail).toContain('other')
    expect((await server.call('GET', '/api/clusters', { as })).body.clusters).toMatchObject([
      { name: 'default', isDefault: true },
      { name: 'other', isDefault: false },
    ])
  })
})

describe('what is wrong', () => {
  test('is told as a problem with a code of the table, whatever it is', async () => {
    await using server = await startServer()
    const { key: as } = await server.key('admin')
    const { key: viewer } = await server.key('viewer')
    const { id } = (await server.call('POST', '/api/jobs', { as, body: { ...aNote, in: '1h' } })).body
    const unknown = crypto.randomUUID()
    const answers: [number, Promise<Answer>][] = [
      [401, server.call('GET', '/api/jobs')],
      [403, server.call('POST', '/api/jobs', { as: viewer, body: aNote })],
      [404, server.call('GET', `/api/jobs/${unknown}`, { as })],
      [404, server.call('GET', '/api/nothing', { as })],
      [404, server.call('GET', '/nothing')],
      [404, server.call('PATCH', '/api/jobs', { as })],
      [400, server.call('GET', '/api/jobs/no-uuid', { as })],
      [400, server.call('GET', '/api/jobs?filter=state:nothing', { as })],
      [400, server.call('POST', '/api/jobs', { as, body: { ...aNote, in: 'soon' } })],
      [409, server.call('POST', `/api/jobs/${id}/retry`, { as })],
      [412, server.call('PUT', `/api/jobs/${id}`, { as, body: { priority: 'low' }, headers: { 'if-match': '"x"' } })],
      [413, server.call('POST', '/api/jobs', { as, body: { ...aNote, input: { text: 'x'.repeat(300_000) } } })],
      [421, server.callFrom('127.0.0.1', 'GET', '/api/jobs', { headers: { host: 'evil.example' } })],
      [422, server.call('POST', '/api/jobs', { as, body: { job: 'nothing' } })],
      [422, server.call('POST', '/api/jobs', { as, body: { job: 'note', input: { text: 1 } } })],
      [422, server.call('PUT', '/api/schedules/x', { as, body: { ...aNote, when: 'every blue moon' } })],
    ]
    for (const [status, asked] of answers) {
      const { headers, body, ...answer } = await asked
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(body).toMatchObject({ status, type: `urn:rota:error:${body.code}`, title: body.code.replaceAll('_', ' ') })
      expect(answer.status).toBe(status)
      expect(Object.keys(errorCodes)).toContain(body.code)
      expect(body.detail.length).toBeGreaterThan(10)
      expect(headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null)
    }
  })

  test('answers are not kept, not sniffed and not framed', async () => {
    await using server = await startServer()
    for (const path of ['/api/auth/status', '/api/jobs']) {
      const { headers } = await server.call('GET', path)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('x-powered-by')).toBeNull()
    }
  })
})

/** A job whose input takes as long to check as a test wants. */
function slowly() {
  const [begun, end] = [gate(), gate()]
  const validate = async (value: unknown) => {
    begun.open()
    await end.opened
    return { value }
  }
  const slow = defineJob({
    id: 'slow',
    input: { '~standard': { version: 1, vendor: 'test', validate } },
    run: () => {},
  })
  return { slow, begun, end }
}

describe('health', () => {
  test('a server whose database is gone is alive and not ready, and nobody is signed out by it', async () => {
    const postgres = await startPostgres()
    const errors: unknown[] = []
    try {
      await using server = await startServer({ storage: postgres.url, onError: (error) => errors.push(error) })
      const { token } = await server.person('admin')
      const { key } = await server.key('admin')
      expect((await server.call('GET', '/readyz')).body).toEqual({ status: 'ready' })
      await postgres.stop()
      await until('it is not ready', async () => (await server.call('GET', '/readyz')).status === 503)
      expect((await server.call('GET', '/healthz')).status).toBe(200)
      for (const as of [token, key]) {
        const { status, body } = await server.call('GET', '/api/auth/me', { as })
        expect([status, body.code]).toEqual([503, 'storage_unreachable'])
      }
    } finally {
      await postgres.stop()
    }
  })

  test('a server that closes is not ready; streams and waits end, and what it has begun is done and answered', async () => {
    const { slow, begun, end } = slowly()
    await using server = await startServer({ jobs: [note, slow] })
    const { key: as } = await server.key('operator')
    const stream = await fetch(`${server.url}/api/events`, { headers: { authorization: `Bearer ${as}` } })
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    const { id } = (await server.call('POST', '/api/jobs', { as, body: aNote })).body
    const waiting = server.call('GET', `/api/jobs/${id}/result?timeout=30s`, { as })
    const working = server.call('POST', '/api/jobs', { as, body: { job: 'slow' } })
    await begun.opened
    const ready = async () => (await server.server.fetch(new Request(`${server.url}/readyz`))).status
    expect(await ready()).toBe(200)
    const began = performance.now()
    const closed = server.server.close({ grace: '20s' })
    expect(await ready()).toBe(503)
    await stream.text()
    expect([202, 503]).toContain((await waiting).status) // not over, or ask again: it has not waited
    end.open()
    expect((await working).status).toBe(201)
    await closed
    expect(performance.now() - began).toBeLessThan(10_000)
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
  })

  test('what takes longer than the grace is cut', async () => {
    const { slow, begun, end } = slowly()
    await using server = await startServer({ jobs: [slow] })
    const { key: as } = await server.key('operator')
    const working = server.call('POST', '/api/jobs', { as, body: { job: 'slow' } }).catch(() => 'cut')
    await begun.opened
    await server.server.close({ grace: 50 })
    expect(await working).toBe('cut')
    end.open()
  })
})

test('one person has at most twenty streams, and those that end make room', async () => {
  await using server = await startServer()
  const [first, second] = [await server.key('viewer'), await server.key('viewer')]
  const open = (key: string) => {
    const ending = new AbortController()
    const headers = { authorization: `Bearer ${key}` }
    return fetch(`${server.url}/api/events`, { headers, signal: ending.signal }).then(({ status }) => ({
      status,
      ending,
    }))
  }
  const streams = []
  for (let n = 0; n < 20; n++) streams.push(await open(first.key))
  expect(streams.every(({ status }) => status === 200)).toBe(true)
  expect((await open(first.key)).status).toBe(429)
  const other = await open(second.key)
  expect(other.status).toBe(200)
  streams[0]?.ending.abort()
  await until('there is room again', async () => {
    const { status, ending } = await open(first.key)
    ending.abort()
    return status === 200
  })
  for (const { ending } of [...streams, other]) ending.abort()
})
