/** A key that is limited to lanes neither sees nor touches what is in others. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineJob } from '../../src/index.ts'
import { type Json, note, startServer, type TestServer } from '../support/server.ts'

const failing = defineJob({
  id: 'failing',
  retries: 0,
  run: () => {
    throw new Error('secret of another lane')
  },
})

let server: TestServer
let as: string
let admin: string
/** Of jobs, by lane and state. */
const ids: Record<string, string> = {}

beforeAll(async () => {
  server = await startServer({ jobs: [note, failing], rota: { lanes: { mail: 1, billing: 1 } } })
  admin = (await server.key('admin')).key
  as = (await server.key('operator', { lanes: ['mail', 'letters'] })).key
  const post = async (name: string, body: object) => {
    const answer = await server.call('POST', '/api/jobs', { as: admin, body })
    ids[name] = answer.body.id
  }
  for (const lane of ['mail', 'billing']) await post(`${lane} failed`, { job: 'failing', lane })
  await server.rota.start()
  for (const lane of ['mail', 'billing']) await server.rota.result(ids[`${lane} failed`] as string).catch(() => {})
  for (const lane of ['mail', 'billing'])
    await post(`${lane} waits`, { job: 'note', input: { text: lane }, lane, in: '1h' })
  const [mail, billing] = [ids['mail waits'], ids['billing waits']]
  await post('mail child', { job: 'note', input: { text: 'x' }, lane: 'mail', after: [mail, billing] })
  await post('billing child', { job: 'note', input: { text: 'x' }, lane: 'billing', after: [mail] })
})
afterAll(() => server[Symbol.asyncDispose]())

const get = (path: string) => server.call('GET', `/api${path}`, { as })
const lanesOf = ({ jobs }: Json): string[] => [...new Set<string>(jobs.map(({ lane }: Json) => lane))]

describe('what it sees', () => {
  test.each(['/jobs', '/jobs?filter=lane:billing', '/jobs?filter=state:failed', '/jobs/pending', '/jobs?limit=1'])(
    'in %s there is nothing of another lane',
    async (path) => {
      const { status, body, text } = await get(path)
      expect(status).toBe(200)
      expect(lanesOf(body)).toEqual(path.includes('billing') ? [] : ['mail'])
      expect(text).not.toContain('billing')
    },
  )

  test('every page has only its own, and all of them', async () => {
    const found: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body }: Json = await get(`/jobs?limit=1${cursor && `&cursor=${cursor}`}`)
      found.push(...body.jobs.map(({ id }: Json) => id))
      cursor = body.next
    }
    expect(found.sort()).toEqual([ids['mail failed'], ids['mail waits'], ids['mail child']].sort())
  })

  test.each(['', '/explain', '/logs', '/attempts', '/links', '/result'])(
    'a job of another lane is not found: %s',
    async (part) => {
      const foreign = await get(`/jobs/${ids['billing failed']}${part}`)
      const unknown = await get(`/jobs/${crypto.randomUUID()}${part}`)
      expect([foreign.status, foreign.body.code, unknown.status]).toEqual([404, 'job_not_found', 404])
      expect(foreign.body.title).toBe(unknown.body.title)
      expect((await get(`/jobs/${ids['mail failed']}${part}`)).status).toBe(200)
    },
  )

  test('links lead only to its own lanes', async () => {
    const waits = await get(`/jobs/${ids['mail waits']}/links`)
    expect(waits.body.children.map(({ job }: Json) => job.id)).toEqual([ids['mail child']])
    const child = await get(`/jobs/${ids['mail child']}/links`)
    expect(child.body.parents.map(({ job }: Json) => job.id)).toEqual([ids['mail waits']])
    const explained = await get(`/jobs/${ids['mail child']}/explain`)
    expect(explained.text).not.toContain('billing')
  })

  test('next is of its own lanes, and of no other', async () => {
    const { body } = await server.call('POST', '/api/jobs', {
      as: admin,
      body: { job: 'note', input: { text: 'x' }, lane: 'archive' },
    })
    expect((await get('/jobs/next')).status).toBe(204)
    expect((await get('/jobs/next?lane=archive')).status).toBe(403)
    await server.call('DELETE', `/api/jobs/${body.id}`, { as: admin })
  })

  test('lanes and failures are its own', async () => {
    expect((await get('/lanes')).body.lanes.map(({ name }: Json) => name)).toEqual(['mail'])
    const { body } = await get('/failures')
    expect(body).toMatchObject({ looked: 1, failures: [{ newest: ids['mail failed'], count: 1 }] })
    expect((await get('/failures?filter=lane:billing')).body).toMatchObject({ looked: 0, failures: [] })
  })

  test('events follow no log of another lane', async () => {
    const foreign = await get(`/events?logs=${ids['billing failed']}`)
    expect([foreign.status, foreign.body?.code]).toEqual([404, 'job_not_found'])
    expect((await get(`/events?logs=${ids['mail failed']}`)).status).toBe(200)
  })
})

describe('what it does', () => {
  const untouched = async (name: string) => {
    const { body } = await server.call('GET', `/api/jobs/${ids[name]}`, { as: admin })
    expect(body).toMatchObject({
      state: name.endsWith('failed') ? 'failed' : 'scheduled',
      lane: 'billing',
      priority: 'medium',
    })
  }

  test.each([
    ['PUT', '', { priority: 'high' }],
    ['DELETE', '', undefined],
    ['POST', '/cancel', {}],
    ['POST', '/run', {}],
    ['POST', '/reschedule', { in: '2h' }],
  ])('%s %s of a job of another lane finds nothing', async (method, part, body) => {
    const answer = await server.call(method, `/api/jobs/${ids['billing waits']}${part}`, { as, body })
    expect([answer.status, answer.body.code]).toEqual([404, 'job_not_found'])
    await untouched('billing waits')
    const retried = await server.call('POST', `/api/jobs/${ids['billing failed']}/retry`, { as })
    expect(retried.status).toBe(404)
    await untouched('billing failed')
  })

  test.each([
    ['a job', '/jobs', { job: 'note', input: { text: 'x' }, lane: 'billing' }],
    ['a job that says no lane', '/jobs', { job: 'note', input: { text: 'x' } }],
    ['many jobs', '/jobs/batch', { job: 'note', inputs: [{ text: 'x' }], lane: 'billing' }],
    ['a flow', '/flows', { name: 'f', jobs: [{ ref: 'a', job: 'note', input: { text: 'x' }, lane: 'billing' }] }],
    [
      'a flow whose second job says no lane',
      '/flows',
      {
        name: 'f',
        jobs: [
          { ref: 'a', job: 'note', input: { text: 'x' }, lane: 'mail' },
          { ref: 'b', job: 'note', input: { text: 'x' } },
        ],
      },
    ],
    ['a pause', '/lanes/billing/pause', {}],
  ])('%s goes to its own lanes only', async (_, path, body) => {
    const before = (await server.rota.jobs.list({ limit: 1_000 })).jobs.length
    const answer = await server.call('POST', `/api${path}`, { as, body })
    expect([answer.status, answer.body.code]).toEqual([403, 'not_allowed'])
    expect((await server.rota.jobs.list({ limit: 1_000 })).jobs).toHaveLength(before)
  })

  test('a job moves only between its own lanes', async () => {
    const path = `/api/jobs/${ids['mail child']}`
    const out = await server.call('PUT', path, { as, body: { lane: 'billing' } })
    expect([out.status, out.body.field]).toEqual([403, 'lane'])
    expect((await server.call('PUT', path, { as, body: { lane: 'letters' } })).body.lane).toBe('letters')
    expect((await server.call('PUT', path, { as, body: { lane: 'mail' } })).body.lane).toBe('mail')
  })

  test.each(['replace', 'reschedule', 'keep'])(
    'a unique key does not reach into another lane by "%s"',
    async (onConflict) => {
      const unique = { key: `one-${onConflict}`, onConflict }
      const own = { job: 'note', input: { text: 'of billing' }, lane: 'billing', in: '1h', unique }
      const { id } = (await server.call('POST', '/api/jobs', { as: admin, body: own })).body
      const ask = { job: 'note', input: { text: 'mine' }, lane: 'mail', in: '2h', unique }
      const flow = {
        name: 'f',
        jobs: [
          { ref: 'a', ...ask, unique: null },
          { ref: 'b', ...ask },
        ],
      }
      for (const [path, body] of [
        ['/api/jobs', ask],
        ['/api/jobs/batch', { ...ask, input: undefined, inputs: [ask.input] }],
        ['/api/flows', flow],
      ] as const) {
        const answer = await server.call('POST', path, { as, body })
        expect([path, answer.status]).toEqual([path, onConflict === 'keep' ? expect.any(Number) : 403])
      }
      const after = (await server.call('GET', `/api/jobs/${id}`, { as: admin })).body
      expect(after).toMatchObject({ lane: 'billing', input: { text: 'of billing' }, state: 'scheduled' })
      expect(Date.parse(after.dueAt) - Date.parse(after.enqueuedAt)).toBe(3_600_000)
    },
  )
})

test('it makes no single requests, which may reach anything', async () => {
  const body = { job: 'http', lane: 'mail', input: { url: 'https://example.com' } }
  const refused = await server.call('POST', '/api/jobs', { as, body })
  expect([refused.status, refused.body.code, refused.body.field]).toEqual([403, 'not_allowed', 'job'])
  expect((await server.call('POST', '/api/jobs', { as: admin, body: { ...body, in: '1h' } })).status).toBe(201)
})
