/** `Idempotency-Key`: a repeated request gets the answer of the first one, and nothing is done twice. */
import { expect, test } from 'vitest'
import { defineJob } from '../../src/index.ts'
import { type Answer, note, startServer, type TestServer } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'

const failing = defineJob({
  id: 'failing',
  retries: 0,
  run: () => {
    throw new Error('no luck')
  },
})

const jobsIn = async (server: TestServer) => (await server.rota.jobs.list({ limit: 1_000 })).jobs.length

/** Twenty at once under one key: those that do not hear the answer hear that it is being made. */
async function twenty(ask: () => Promise<Answer>): Promise<Answer> {
  const answers = await Promise.all(Array.from({ length: 20 }, ask))
  const done = answers.filter(({ status }) => status < 300)
  const others = answers.filter(({ status }) => status >= 300)
  expect(new Set(done.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  expect(others.filter(({ body }) => body.code !== 'request_in_progress')).toEqual([])
  const later = await ask()
  expect([later.status, later.text]).toEqual([done[0]?.status, done[0]?.text])
  return later
}

onEveryStorage('a repeated request', ({ url }) => {
  test('stores one job, whether it comes again later or at the same moment', async () => {
    await using server = await startServer({ storage: url() })
    const { key: as } = await server.key('operator')
    const ask = (text = 'a') =>
      server.call('POST', '/api/jobs', {
        as,
        body: { job: 'note', input: { text } },
        headers: { 'idempotency-key': 'k' },
      })
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status, body }) => status === 200 && body.status === 'duplicate')).toHaveLength(19)
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect(answers.every(({ headers, body }) => headers.get('location') === `jobs/${body.id}`)).toBe(true)
    const other = await ask('b')
    expect([other.status, other.body.code]).toEqual([409, 'idempotency_conflict'])
    expect(await jobsIn(server)).toBe(1)
  })

  test('triggers a schedule once', async () => {
    await using server = await startServer({ storage: url() })
    const { key: as } = await server.key('operator')
    await server.call('PUT', '/api/schedules/daily', {
      as,
      body: { job: 'note', input: { text: 'x' }, when: 'every day' },
    })
    const headers = { 'idempotency-key': 'now' }
    const { body } = await twenty(() => server.call('POST', '/api/schedules/daily/trigger', { as, headers }))
    expect(body.status).toBe('created')
    expect(await jobsIn(server)).toBe(1)
    await server.call('POST', '/api/schedules/daily/trigger', { as, headers: { 'idempotency-key': 'again' } })
    expect(await jobsIn(server)).toBe(2)
  })

  test('stores one flow', async () => {
    await using server = await startServer({ storage: url() })
    const { key: as } = await server.key('operator')
    const jobs = [
      { ref: 'a', job: 'note', input: { text: 'a' } },
      { ref: 'b', job: 'note', input: { text: 'b' }, after: ['a'] },
    ]
    const asked = { as, body: { name: 'two', jobs }, headers: { 'idempotency-key': 'flow' } }
    const answer = await twenty(() => server.call('POST', '/api/flows', asked))
    expect([answer.status, Object.keys(answer.body.jobs)]).toEqual([201, ['a', 'b']])
    expect(await jobsIn(server)).toBe(2)
  })

  test('retries once, also when the job has failed again meanwhile', async () => {
    await using server = await startServer({ storage: url(), jobs: [failing] })
    const { key: as } = await server.key('operator')
    const { id } = (await server.call('POST', '/api/jobs', { as, body: { job: 'failing' } })).body
    await server.rota.start()
    await expect(server.rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    const retry = (key: string) =>
      server.call('POST', `/api/jobs/${id}/retry`, { as, headers: { 'idempotency-key': key } })
    const first = await retry('one')
    await expect(server.rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    const fence = (await server.rota.job(id))?.fence
    const again = await retry('one')
    expect([again.status, again.text]).toEqual([first.status, first.text])
    expect((await server.rota.job(id))?.fence).toBe(fence)
    expect((await server.rota.job(id))?.state).toBe('failed')
  })

  test('under the key of another request is refused, and the keys of others do not matter', async () => {
    await using server = await startServer({ storage: url() })
    const [mine, theirs] = [(await server.key('operator')).key, (await server.key('operator')).key]
    const pause = (as: string, lane: string, reason: string) =>
      server.call('POST', `/api/lanes/${lane}/pause`, { as, body: { reason }, headers: { 'idempotency-key': 'k' } })
    expect((await pause(mine, 'mail', 'a')).status).toBe(200)
    expect((await pause(mine, 'mail', 'b')).body.code).toBe('idempotency_conflict')
    expect((await pause(mine, 'web', 'a')).body.code).toBe('idempotency_conflict')
    expect((await pause(theirs, 'web', 'c')).status).toBe(200)
    const resumed = { as: mine, headers: { 'idempotency-key': 'k' } }
    expect((await server.call('POST', '/api/lanes/mail/resume', resumed)).body.status).toBe('resumed')
  })

  test('that failed may be tried again', async () => {
    await using server = await startServer({ storage: url() })
    const { key: as } = await server.key('operator')
    const trigger = () =>
      server.call('POST', '/api/schedules/daily/trigger', { as, headers: { 'idempotency-key': 'k' } })
    expect((await trigger()).status).toBe(404)
    await server.call('PUT', '/api/schedules/daily', {
      as,
      body: { job: 'note', input: { text: 'x' }, when: 'every day' },
    })
    expect((await trigger()).body.status).toBe('created')
  })
})

test('a key is at most 500 characters', async () => {
  await using server = await startServer({ jobs: [note] })
  const { key: as } = await server.key('operator')
  const headers = { 'idempotency-key': 'k'.repeat(501) }
  for (const path of ['/api/lanes/mail/pause', '/api/jobs']) {
    const answer = await server.call('POST', path, {
      as,
      headers,
      body: path.endsWith('jobs') ? { job: 'note', input: { text: 'x' } } : {},
    })
    expect([path, answer.status]).toEqual([path, 400])
  }
})
