/** The client against servers that answer as servers and what stands before them do; against Rota itself: `test/server`. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type ClientOptions, createClient, etagOf, jobOf, type RotaError } from './index.ts'

const servers: Server[] = []
const id = '01890a5d-ac96-774b-bcce-b302099a8057'

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
})

async function serve(listener: RequestListener, path = ''): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
}

/** A server that keeps what it was asked, and answers each request by `answer`; the number counts from 1. */
async function asked(answer: (response: ServerResponse, n: number, request: IncomingMessage) => void, path = '') {
  const requests: { line: string; headers: IncomingMessage['headers']; body: string }[] = []
  const url = await serve(async (request, response) => {
    const body = (await Array.fromAsync(request)).join('')
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers, body })
    answer(response, requests.length, request)
  }, path)
  return { url, requests }
}

const json = (response: ServerResponse, value: unknown, status = 200, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))

const created = (response: ServerResponse) => json(response, { id, status: 'created' }, 201)

const failure = (promise: Promise<unknown>): Promise<RotaError & { cause?: unknown }> =>
  promise.then(
    () => expect.unreachable('it did not fail'),
    (error) => error,
  )

describe('requests', () => {
  test('the path of the address stays; token, keys and cluster go where they belong', async () => {
    const { url, requests } = await asked(created, '/rota/')
    const rota = createClient({ url, token: async () => 's3cret', headers: { 'x-proxy': 'a' }, cluster: 'sales' })
    const context = { idempotencyKey: 'k1', ifMatch: '"v1"' }
    expect(await rota.jobs.create({ job: 'send', input: { name: 'Ada' } }, { context })).toEqual({
      id,
      status: 'created',
    })
    await rota.jobs.delete({ id }, { context: { cluster: 'other one' } })
    await rota.jobs.list({ filter: 'state:failed metadata.a:"b&c"', limit: 2 })
    expect(requests.map(({ line }) => line)).toEqual([
      'POST /rota/api/jobs?cluster=sales',
      `DELETE /rota/api/jobs/${id}?cluster=other%20one`,
      'GET /rota/api/jobs?cluster=sales&filter=state%3Afailed+metadata.a%3A%22b%26c%22&limit=2',
    ])
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer s3cret',
      'x-proxy': 'a',
      'idempotency-key': 'k1',
      'if-match': '"v1"',
    })
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ job: 'send', input: { name: 'Ada' } })
    expect(requests[1]?.headers).not.toHaveProperty('idempotency-key')
  })

  test('no token, no header; a name with a slash stays one segment', async () => {
    const { url, requests } = await asked((response) => json(response, { runs: [] }))
    await createClient({ url, token: undefined }).schedules.next({ id: 'a/b:c' })
    expect(requests[0]?.line).toBe('GET /api/schedules/a%2Fb%3Ac/next')
    expect(requests[0]?.headers).not.toHaveProperty('authorization')
  })

  test('204 is undefined; the version comes by etagOf', async () => {
    const { url } = await asked((response, n) =>
      n === 1 ? response.writeHead(204).end() : json(response, { id }, 200, { etag: '"v7"' }),
    )
    const rota = createClient({ url })
    expect(await rota.jobs.next({})).toBeUndefined()
    expect(etagOf(await rota.jobs.get({ id }))).toBe('"v7"')
    expect(etagOf({})).toBeUndefined()
  })

  test('jobOf: the input and the options of a definition', async () => {
    const { url, requests } = await asked(created)
    const send = jobOf(createClient({ url }), 'send')
    await send(undefined as never, { in: '5m' })
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ job: 'send', in: '5m' })
  })
})

describe('failures', () => {
  test('a problem is the error of the server, with its code, field and issues', async () => {
    const problem = {
      title: 'x',
      status: 400,
      detail: 'lane: no.',
      code: 'option_invalid',
      field: 'lane',
      issues: [{ path: 'lane' }],
    }
    const { url } = await asked((response) =>
      response.writeHead(400, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem)),
    )
    const error = await failure(createClient({ url }).jobs.create({ job: 'a' }))
    expect(error).toMatchObject({ name: 'RotaError', code: 'option_invalid', field: 'lane', message: 'lane: no.' })
    expect(error.cause).toEqual(problem)
  })

  test.each([
    [401, 'sign_in_required'],
    [403, 'not_allowed'],
    [404, 'route_unknown'],
    [418, 'request_invalid'],
    [500, 'internal'],
  ])('a code of a newer server: %i is %s', async (status, code) => {
    const { url } = await asked((response) => json(response, { code: 'from_the_future', detail: 'so' }, status))
    expect(await failure(createClient({ url }).clusters.list())).toMatchObject({ code, message: 'so' })
  })

  test.each([
    ['a page', 200, { 'content-type': 'text/html' }, '<h1>Welcome</h1>', /200 text\/html <h1>Welcome/],
    [
      'not found without a problem',
      404,
      { 'content-type': 'text/plain' },
      'nothing here',
      /404 text\/plain nothing here/,
    ],
    ['elsewhere', 301, { location: 'https://example.org/' }, '', /301 to https:\/\/example.org/],
    ['JSON that is cut', 200, { 'content-type': 'application/json' }, '{"jobs":[', /cannot be read/],
    ['null as a problem', 500, { 'content-type': 'application/problem+json' }, 'null', /500 application\/problem/],
  ])('what is no Rota server: %s', async (_, status, headers, body, message) => {
    const { url, requests } = await asked((response) => response.writeHead(status, headers).end(body))
    const error = await failure(createClient({ url }).jobs.list({}))
    expect(error.code).toBe('server_unreachable')
    expect(error.message).toMatch(message)
    expect(requests).toHaveLength(1)
  })

  test('nobody listens, no such host', async () => {
    const url = await serve(() => {})
    await new Promise((done) => servers.pop()?.close(done))
    const refused = await failure(createClient({ url }).jobs.list({}))
    expect(refused.code).toBe('server_unreachable')
    expect(refused.message).toMatch(/ECONNREFUSED.*Is it running/)
    const unknown = await failure(createClient({ url: 'http://rota.invalid' }).jobs.create({ job: 'a' }))
    expect(unknown.message).toMatch(/^The server at http:\/\/rota\.invalid cannot be reached: .*rota\.invalid/)
  })

  test('no message holds the token, wherever it comes back', async () => {
    const token = 's3cret-token'
    const { url } = await asked((response) =>
      response.writeHead(400, { 'content-type': 'text/plain' }).end(`bad ${token}`),
    )
    const echoed = await failure(createClient({ url, token }).jobs.list({}))
    const thrown = await failure(
      createClient({ url, token, fetch: async () => Promise.reject(new Error(`no ${token}`)) }).jobs.create({
        job: 'a',
      }),
    )
    const odd = await failure(createClient({ url, token: () => `${token}\n` }).jobs.list({}))
    for (const { message } of [echoed, thrown, odd]) expect(message).not.toContain(token)
    expect(odd).toMatchObject({ code: 'option_invalid', field: 'token' })
    expect(() => createClient({ url, token: `${token} ` })).toThrow(/^token: it is no text/)
  })

  test('an operation that is none, an input that is none', async () => {
    const rota = createClient({ url: 'http://127.0.0.1:1' }) as unknown as Record<
      string,
      Record<string, () => Promise<unknown>>
    >
    expect(await failure(rota.jobs?.explode?.() as Promise<unknown>)).toMatchObject({ code: 'request_invalid' })
    expect(await failure(rota.jobs?.get?.() as Promise<unknown>)).toMatchObject({ code: 'request_invalid' })
  })

  test.each([
    [{ url: 'rota.db' }, 'url'],
    [{ url: 'ftp://a' }, 'url'],
    [{ url: 'http://user:pw@a' }, 'url'],
    [{ url: 'http://a/?token=x' }, 'url'],
    [{}, 'url'],
    [{ url: 'http://a', headers: { 'a b': 'c' } }, 'headers'],
    [{ url: 'http://a', fetch: 1 }, 'fetch'],
    [{ url: 'http://a', tokn: 'x' }, 'tokn'],
  ])('options: %j', (options, field) => {
    expect(() => createClient(options as ClientOptions)).toThrow(expect.objectContaining({ field }))
  })

  test('a signal ends the call, also while it waits to try again', async () => {
    const { url } = await asked((response, n) => (n > 1 ? controller.abort() : response.destroy()))
    const controller = new AbortController()
    const { signal } = controller
    expect(await failure(createClient({ url }).jobs.list({}, { signal }))).toMatchObject({ code: 'aborted' })
    expect(await failure(createClient({ url }).jobs.list({}, { signal }))).toMatchObject({ code: 'aborted' })
  })
})

describe('again', () => {
  const breaking = (times: number) => asked((response, n) => (n <= times ? response.destroy() : created(response)))

  test('what reads, and what has a key, is tried again', async () => {
    const list = await breaking(3)
    await createClient({ url: list.url }).jobs.list({})
    expect(list.requests).toHaveLength(4)
    const inHeader = await breaking(1)
    await createClient({ url: inHeader.url }).jobs.create({ job: 'a', input: 1 }, { context: { idempotencyKey: 'k' } })
    expect(inHeader.requests.map(({ body }) => body)).toEqual(['{"job":"a","input":1}', '{"job":"a","input":1}'])
    const inBody = await breaking(1)
    await createClient({ url: inBody.url }).jobs.create({ job: 'a', idempotencyKey: 'k' })
    expect(inBody.requests).toHaveLength(2)
  })

  test('at most three times', async () => {
    const { url, requests } = await breaking(9)
    expect(await failure(createClient({ url }).jobs.list({}))).toMatchObject({ code: 'server_unreachable' })
    expect(requests).toHaveLength(4)
  })

  test('what may have been done is not: without a key, or where a key means nothing', async () => {
    const { url, requests } = await breaking(9)
    const rota = createClient({ url })
    await failure(rota.jobs.create({ job: 'a' }))
    await failure(rota.jobs.delete({ id }, { context: { idempotencyKey: 'k' } }))
    await failure(rota.keys.create({ name: 'a', role: 'viewer' }, { context: { idempotencyKey: 'k' } }))
    expect(requests).toHaveLength(3)
  })

  test('a server that stops says so, and the next one answers', async () => {
    const stopping = await asked((response, n) =>
      n === 1 ? json(response, { code: 'closed' }, 503) : json(response, { jobs: [], next: null }),
    )
    await createClient({ url: stopping.url }).jobs.list({})
    expect(stopping.requests).toHaveLength(2)
    const once = await asked((response) => json(response, { code: 'closed' }, 503))
    expect(await failure(createClient({ url: once.url }).jobs.create({ job: 'a' }))).toMatchObject({ code: 'closed' })
    expect(once.requests).toHaveLength(1)
  })

  test('a proxy whose server is away, but no refusal', async () => {
    const away = await asked((response, n) =>
      n === 1 ? response.writeHead(502).end('Bad gateway') : json(response, { jobs: [], next: null }),
    )
    await createClient({ url: away.url }).jobs.list({})
    const refused = await asked((response) => json(response, { code: 'storage_unreachable' }, 503))
    await failure(createClient({ url: refused.url }).jobs.list({}))
    expect([away.requests.length, refused.requests.length]).toEqual([2, 1])
  })
})

describe('events', () => {
  const event = (eventId: number, topic: string) =>
    `event: message\nid: ${eventId}\ndata: {"type":"changed","topics":["${topic}"]}\n\n`
  const open = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' })

  test('go on behind the last one, whether the stream ends or breaks, and end where it is refused', async () => {
    const { url, requests } = await asked((response, n) => {
      if (n === 1) open(response).end(event(1, 'jobs') + event(2, 'lanes'))
      else if (n === 2) open(response).write(event(3, 'jobs'), () => response.destroy())
      else if (n === 3) response.destroy()
      else json(response, { code: 'sign_in_required', detail: 'over' }, 401)
    })
    const seen: unknown[] = []
    const read = async () => {
      for await (const one of await createClient({ url }).events.stream({})) seen.push(one)
    }
    expect(await failure(read())).toMatchObject({ code: 'sign_in_required' })
    expect(seen).toEqual([
      { type: 'changed', topics: ['jobs'] },
      { type: 'changed', topics: ['lanes'] },
      { type: 'changed', topics: ['jobs'] },
    ])
    expect(requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '3', '3'])
  })

  test('a reader that leaves ends the connection, also while it waits; so does a signal', async () => {
    let closed = 0
    let gone = Promise.withResolvers<void>()
    const { url } = await asked((response) => {
      open(response).write(event(1, 'jobs'))
      response.on('close', () => {
        closed++
        gone.resolve()
      })
    })
    const rota = createClient({ url })
    for await (const one of await rota.events.stream({})) if (one.type === 'changed') break
    await gone.promise
    gone = Promise.withResolvers()
    const stream = await rota.events.stream({})
    await stream.next()
    const waiting = stream.next()
    await new Promise<void>((turn) => setImmediate(turn)) // it waits for the connection by then
    await stream.return?.()
    expect(await waiting).toMatchObject({ done: true })
    await gone.promise
    gone = Promise.withResolvers()
    const controller = new AbortController()
    const other = await rota.events.stream({}, { signal: controller.signal })
    await other.next()
    controller.abort()
    expect(await failure(other.next())).toMatchObject({ code: 'aborted' })
    await gone.promise
    expect(closed).toBe(3)
  })

  test('the first connection is a call like others', async () => {
    const { url } = await asked((response) => json(response, { code: 'not_allowed' }, 403))
    expect(await failure(createClient({ url }).events.stream({}))).toMatchObject({ code: 'not_allowed' })
  })
})
