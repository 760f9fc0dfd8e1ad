/** The routes of DistributedJobScheduler, as its text gives them, asked by curl. */
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineJob } from '../../src/index.ts'
import { gate } from '../support/condition.ts'
import { type Json, startServer, type TestServer } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'

const run = promisify(execFile)
const hasCurl = spawnSync('curl', ['--version']).status === 0
const byCurl = hasCurl ? 'by curl' : 'skipped: there is no curl on this machine'

const report = defineJob({ id: 'report', input: z.object({ month: z.number() }), run: ({ month }) => `month ${month}` })

/** `curl -X POST <url> -d <body>` with a token; status and JSON of what it printed. */
async function curl(server: TestServer, words: string, token: string | null, body?: object) {
  const [method = '', path = ''] = words.split(' ')
  const args = [
    '--silent',
    '--show-error',
    '--request',
    method,
    `${server.url}${path}`,
    '--write-out',
    '\n%{http_code}',
  ]
  if (token !== null) args.push('--header', `Authorization: Bearer ${token}`)
  if (body !== undefined) args.push('--header', 'Content-Type: application/json', '--data', JSON.stringify(body))
  const { stdout } = await run('curl', args)
  const at = stdout.lastIndexOf('\n')
  const text = stdout.slice(0, at)
  return { status: Number(stdout.slice(at + 1)), body: (text === '' ? null : JSON.parse(text)) as Json }
}

async function signedIn(server: TestServer): Promise<string> {
  const { body } = await curl(server, 'POST /api/auth/register', null, {
    email: 'ada@example.com',
    password: 'correct horse battery',
  })
  return body.token
}

onEveryStorage('the routes of DistributedJobScheduler', ({ url }) => {
  describe.skipIf(!hasCurl)(byCurl, () => {
    test('register and login give a token, and without one nothing is told', async () => {
      await using server = await startServer({ storage: url(), jobs: [report] })
      const person = { email: 'ada@example.com', password: 'correct horse battery' }
      expect((await curl(server, 'GET /api/jobs', null)).status).toBe(401)
      const registered = await curl(server, 'POST /api/auth/register', null, person)
      expect([registered.status, registered.body.user.role]).toEqual([201, 'admin'])
      const signed = await curl(server, 'POST /api/auth/login', null, person)
      expect(signed.status).toBe(200)
      expect((await curl(server, 'GET /api/jobs', signed.body.token)).body).toEqual({ jobs: [], next: null })
      const again = await curl(server, 'POST /api/auth/register', null, { ...person, email: 'eve@example.com' })
      expect([again.status, again.body.code]).toEqual([403, 'registration_closed'])
    })

    test('a job is posted, got, put and deleted', async () => {
      await using server = await startServer({ storage: url(), jobs: [report] })
      const token = await signedIn(server)
      const posted = await curl(server, 'POST /api/jobs', token, { job: 'report', input: { month: 7 }, in: '1h' })
      expect([posted.status, posted.body.status]).toEqual([201, 'created'])
      const path = `/api/jobs/${posted.body.id}`
      const got = await curl(server, `GET ${path}`, token)
      expect(got.body).toMatchObject({ job: 'report', state: 'scheduled', priority: 'medium', input: { month: 7 } })
      expect((await curl(server, 'GET /api/jobs', token)).body.jobs).toHaveLength(1)
      const changes = { priority: 'high', at: '2031-01-31T09:00:00Z', input: { month: 8 } }
      const changed = await curl(server, `PUT ${path}`, token, changes)
      expect(changed.status).toBe(200)
      expect(changed.body).toMatchObject({ priority: 'high', dueAt: '2031-01-31T09:00:00.000Z', input: { month: 8 } })
      expect((await curl(server, `GET ${path}`, token)).body).toEqual(changed.body)
      expect((await curl(server, `PUT ${path}`, token, { input: { month: 'August' } })).status).toBe(422)
      expect((await curl(server, `DELETE ${path}`, token)).body).toEqual({ id: posted.body.id, status: 'deleted' })
      const gone = await curl(server, `GET ${path}`, token)
      expect([gone.status, gone.body.code]).toEqual([404, 'job_not_found'])
    })

    test('pending lists what waits, and next shows what comes first and claims nothing', async () => {
      await using server = await startServer({ storage: url(), jobs: [report] })
      const token = await signedIn(server)
      expect((await curl(server, 'GET /api/jobs/next', token)).status).toBe(204)
      const post = async (own: object) =>
        (await curl(server, 'POST /api/jobs', token, { job: 'report', input: { month: 1 }, ...own })).body.id
      const low = await post({ priority: 'low' })
      const first = await post({ priority: 'high' })
      const second = await post({ priority: 'high' })
      const later = await post({ in: '1h', priority: 'critical' })
      const pending = await curl(server, 'GET /api/jobs/pending', token)
      expect(pending.body.jobs.map(({ id }: Json) => id)).toEqual([later, second, first, low])
      const page = await curl(server, 'GET /api/jobs/pending?limit=3', token)
      const rest = await curl(server, `GET /api/jobs/pending?limit=3&cursor=${page.body.next}`, token)
      expect(rest.body.jobs.map(({ id }: Json) => id)).toEqual([low])
      for (let n = 0; n < 10; n++)
        expect((await curl(server, 'GET /api/jobs/next', token)).body).toMatchObject({
          id: first,
          state: 'ready',
          fence: 0,
        })
      expect((await curl(server, `GET /api/jobs/${first}`, token)).body).toMatchObject({
        attempt: 0,
        fence: 0,
        worker: null,
      })
      await curl(server, `DELETE /api/jobs/${first}`, token)
      expect((await curl(server, 'GET /api/jobs/next', token)).body.id).toBe(second)
    })

    test('what runs, is over, or others wait for is neither put nor deleted', async () => {
      const [started, end] = [gate(), gate()]
      const slow = defineJob({
        id: 'slow',
        run: async () => {
          started.open()
          await end.opened
        },
      })
      await using server = await startServer({ storage: url(), jobs: [report, slow] })
      const token = await signedIn(server)
      const post = async (body: object) => (await curl(server, 'POST /api/jobs', token, body)).body.id
      const refused = async (words: string) => {
        const { status, body } = await curl(
          server,
          words,
          token,
          words.startsWith('PUT') ? { priority: 'high' } : undefined,
        )
        return [status, body.code]
      }
      const parent = await post({ job: 'report', input: { month: 1 }, in: '1h' })
      const child = await post({ job: 'report', input: { month: 2 }, after: [parent] })
      expect((await curl(server, `GET /api/jobs/${child}`, token)).body.state).toBe('blocked')
      expect(await refused(`PUT /api/jobs/${parent}`)).toEqual([409, 'job_needed'])
      expect(await refused(`DELETE /api/jobs/${parent}`)).toEqual([409, 'job_needed'])
      expect((await curl(server, `PUT /api/jobs/${child}`, token, { priority: 'high' })).status).toBe(200)

      const running = await post({ job: 'slow' })
      await server.rota.start()
      await started.opened
      expect(await refused(`PUT /api/jobs/${running}`)).toEqual([409, 'job_state'])
      expect(await refused(`DELETE /api/jobs/${running}`)).toEqual([409, 'job_state'])
      end.open()
      await server.rota.result(running)
      expect(await refused(`PUT /api/jobs/${running}`)).toEqual([409, 'job_state'])
      expect((await curl(server, `GET /api/jobs/${running}`, token)).body).toMatchObject({
        state: 'succeeded',
        priority: 'medium',
      })
      expect((await curl(server, `DELETE /api/jobs/${running}`, token)).status).toBe(200)
    })
  })
})
