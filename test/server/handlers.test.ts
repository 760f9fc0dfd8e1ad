/** Definitions that are stored, and reports of targets, by REST. What they mean: `test/engine/http-jobs.test.ts`. */
import { expect, test } from 'vitest'
import { until } from '../support/condition.ts'
import { startServer } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'
import { json, type LocalTarget, localTarget } from '../support/target.ts'

onEveryStorage('definitions by REST', ({ url }) => {
  const begin = async () => {
    const server = await startServer({ storage: url(), rota: { http: { allow: ['127.0.0.1'] } } })
    const { key: as } = await server.key('operator')
    return {
      server,
      as,
      call: (method: string, path: string, body?: unknown, headers = {}) =>
        server.call(method, `/api${path}`, { as, headers, ...(body !== undefined && { body }) }),
    }
  }
  const definition = (target: Pick<LocalTarget, 'url'>, own: object = {}) => ({
    http: { url: `${target.url}/{{input.id}}`, method: 'PUT', ...own },
    retries: 0,
    description: 'renews',
    owner: 'billing',
    input: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  })

  test('one is stored, shown, changed as it was seen, switched and removed', async () => {
    const { server, call } = await begin()
    await using _ = server
    const target = { url: 'https://api.example.com' }
    const made = await call('PUT', '/handlers/renew', definition(target))
    expect([made.status, made.body.status, made.body.version, made.headers.get('etag')]).toEqual([
      201,
      'created',
      1,
      '"v1"',
    ])
    expect(made.body.signingKey).toMatch(/^whsec_/)
    const shown = await call('GET', '/handlers/renew')
    expect(shown.headers.get('etag')).toBe('"v1"')
    expect(shown.body).toMatchObject({
      ...{ id: 'renew', kind: 'http', local: false, enabled: true, origin: 'api', owner: 'billing', version: 1 },
      options: { lane: 'default', retries: 0, timeout: 300_000 },
      http: { method: 'PUT', signingKeys: 1, secretHeaders: [] },
      input: { required: ['id'] },
    })
    const { body } = await call('GET', '/handlers')
    expect(body.handlers.map(({ id, kind }: { id: string; kind: string }) => [id, kind])).toEqual([
      ['http', 'http'],
      ['note', 'code'],
      ['renew', 'http'],
    ])
    const again = await call('PUT', '/handlers/renew', definition(target))
    expect([again.status, again.body.status, again.body.signingKey]).toEqual([200, 'unchanged', null])
    const stale = await call('PUT', '/handlers/renew', definition(target, { redirects: 1 }), { 'if-match': '"v7"' })
    expect([stale.status, stale.body.code]).toEqual([412, 'changed_meanwhile'])
    const seen = await call('PUT', '/handlers/renew', definition(target, { redirects: 1 }), { 'if-match': '"v1"' })
    expect([seen.status, seen.body.version, seen.headers.get('etag')]).toEqual([200, 2, '"v2"'])
    expect((await call('POST', '/handlers/renew/disable')).body).toEqual({
      id: 'renew',
      status: 'disabled',
      version: 3,
    })
    expect((await call('POST', '/handlers/renew/enable')).body.status).toBe('enabled')
    const { versions, next } = (await call('GET', '/handlers/renew/versions?limit=3')).body
    expect([versions.map((one: { version: number; enabled: boolean }) => [one.version, one.enabled]), next]).toEqual([
      [
        [4, true],
        [3, false],
        [2, true],
      ],
      2,
    ])
    expect(versions[0].by).toMatch(/^operator-key/)
    expect((await call('GET', `/handlers/renew/versions?cursor=${next}`)).body.versions).toHaveLength(1)
    expect((await call('DELETE', '/handlers/renew', undefined, { 'if-match': '"v1"' })).status).toBe(412)
    expect((await call('DELETE', '/handlers/renew')).body).toEqual({ id: 'renew', status: 'deleted', version: 5 })
    expect((await call('GET', '/handlers/renew')).body.code).toBe('job_unknown')
    const entries = await server.storage.auditLog({
      actor: null,
      action: 'handlers.',
      target: 'handler:renew',
      outcome: 'done',
      since: null,
      before: null,
      limit: 10,
    })
    expect(entries.map(({ action }) => action)).toEqual([
      'handlers.delete',
      'handlers.enable',
      'handlers.disable',
      'handlers.put',
      'handlers.put',
    ])
  })

  test('what is wrong is told with its field', async () => {
    const { server, call } = await begin()
    await using _ = server
    const wrong = async (body: object, id = 'x') => {
      const { status, body: problem } = await call('PUT', `/handlers/${id}`, body)
      return [status, problem.code, problem.field]
    }
    expect(await wrong({})).toEqual([400, 'request_invalid', 'http'])
    expect(await wrong({ http: { url: 'ftp://x' } })).toEqual([400, 'option_invalid', 'http.url'])
    expect(await wrong({ http: { url: 'https://x', headers: { Host: 'y' } } })).toEqual([
      400,
      'option_invalid',
      'http.headers.Host',
    ])
    expect(await wrong({ http: { url: 'https://x' }, timeout: 'soon' })).toEqual([400, 'duration_invalid', 'timeout'])
    expect(await wrong({ http: { url: 'https://x' } }, 'note')).toEqual([409, 'handler_conflict', 'id'])
    expect((await call('DELETE', '/handlers/note')).body.code).toBe('handler_conflict')
    expect((await call('POST', '/handlers/nothing/enable')).body.code).toBe('job_unknown')
  })

  test('it is enqueued and scheduled by its id; its input is checked, and one that is disabled is refused', async () => {
    await using target = await localTarget()
    const { server, call } = await begin()
    await using _ = server
    await server.rota.start()
    await call('PUT', '/handlers/renew', definition(target))
    expect((await call('POST', '/jobs', { job: 'renew', input: {} })).body.code).toBe('input_invalid')
    const { id } = (await call('POST', '/jobs', { job: 'renew', input: { id: 'a b' } })).body
    expect((await call('GET', `/jobs/${id}/result?timeout=20s`)).body.output).toMatchObject({ status: 200 })
    expect(target.received[0]).toMatchObject({ method: 'PUT', path: '/a%20b' })
    const schedule = { job: 'renew', input: { id: 'c' }, when: { every: '1s' } }
    expect((await call('PUT', '/schedules/often', schedule)).status).toBe(201)
    await until('the schedule calls', () => target.received.some(({ path }) => path === '/c'))
    expect((await call('DELETE', '/handlers/renew')).body.code).toBe('handler_needed')
    await call('POST', '/handlers/renew/disable')
    const refused = await call('POST', '/jobs', { job: 'renew', input: { id: 'd' } })
    expect([refused.status, refused.body.code]).toEqual([409, 'handler_disabled'])
  })

  test('a target reports on the address that came with its request, and on no other', async () => {
    await using target = await localTarget()
    const { server, call } = await begin()
    await using _ = server
    await server.rota.start()
    await call('PUT', '/handlers/later', { http: { url: target.url, async: { deadline: '1h' } }, retries: 0 })
    target.answer = (_, response) => json(response, {}, 202)
    const { id } = (await call('POST', '/jobs', { job: 'later' })).body
    await until('it waits', async () => (await call('GET', `/jobs/${id}`)).body.state === 'scheduled')
    expect((await call('GET', `/jobs/${id}/explain`)).body.waitsFor[0].code).toBe('awaiting_report')
    const address = String(target.received[0]?.headers['rota-callback-url'])
    expect(address.startsWith(`${server.url}/api/reports/`)).toBe(true)
    expect(await tell(address, { outcome: 'perhaps' })).toMatchObject({
      status: 400,
      body: { code: 'request_invalid' },
    })
    expect(await tell(`${address}x`, { outcome: 'success' })).toMatchObject({
      status: 404,
      body: { code: 'report_invalid' },
    })
    const output = { pages: 3 }
    expect(await tell(address, { outcome: 'success', output })).toEqual({
      status: 200,
      body: { job: id, status: 'taken' },
    })
    expect((await call('GET', `/jobs/${id}/result?timeout=20s`)).body.output).toEqual(output)
    expect(await tell(address, { outcome: 'success', output })).toEqual({
      status: 200,
      body: { job: id, status: 'repeated' },
    })
  })

  test('a target that reports before it answers is heard at once', async () => {
    await using target = await localTarget()
    const { server, call } = await begin()
    await using _ = server
    await server.rota.start()
    await call('PUT', '/handlers/later', { http: { url: target.url, async: { deadline: '1h' } }, retries: 0 })
    const told: unknown[] = []
    target.answer = async ({ headers }, response) => {
      told.push((await tell(String(headers['rota-callback-url']), { outcome: 'success', output: 'early' })).body)
      json(response, {}, 202)
    }
    const begun = performance.now()
    const { id } = (await call('POST', '/jobs', { job: 'later' })).body
    expect((await call('GET', `/jobs/${id}/result?timeout=20s`)).body.output).toBe('early')
    expect(told).toEqual([{ job: id, status: 'taken' }])
    expect(performance.now() - begun).toBeLessThan(5_000)
  })
})

async function tell(address: string, body: unknown) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
