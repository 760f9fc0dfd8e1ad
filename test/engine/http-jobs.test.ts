/** Jobs that make a request: lanes, schedules, flows, retries and cancel treat them as all others. The request itself: `test/kinds`. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createRota,
  defineJob,
  type HandlerOptions,
  httpRequest,
  type Rota,
  type RotaOptions,
} from '../../src/index.ts'
import { openStorage } from '../../src/storage/open.ts'
import { gate, until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'
import { json, type LocalTarget, localTarget } from '../support/target.ts'

const testSecret = 'a secret of tests with more than 32 characters'
const rotas: Rota[] = []
let target: LocalTarget
beforeEach(async () => {
  target = await localTarget()
})
afterEach(async () => {
  await Promise.all(rotas.splice(0).map((rota) => rota.stop({ grace: 0 })))
  await target[Symbol.asyncDispose]()
})

onEveryStorage('HTTP jobs', ({ url, shared }) => {
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: url(), secret: testSecret, http: { allow: ['127.0.0.1'] }, ...options })
    rotas.push(rota)
    return rota
  }
  const hook = (own: Partial<HandlerOptions> = {}): HandlerOptions => {
    const { http, ...rest } = own
    return { id: 'hook', retries: 0, http: { url: `${target.url}/hook`, ...http }, ...rest }
  }
  /** A worker that knows the definition, and a way to let it run. */
  const working = async (own: Partial<HandlerOptions> = {}, options: RotaOptions = {}) => {
    const rota = rotaWith(options)
    await rota.start()
    await rota.handlers.put(hook(own))
    const enqueue = async (input?: unknown, how = {}) =>
      (await rota.enqueue((await rota.handlers.job('hook')) as never, input as never, how)).id
    return { rota, enqueue }
  }
  const failed = async (rota: Rota, id: string) => {
    await rota.result(id as never).catch(() => {})
    return rota.jobs.get(id as never)
  }

  test('a stored definition is enqueued, called, and its answer is the result', async () => {
    const { rota, enqueue } = await working({ http: { url: `${target.url}/{{input.who}}` } })
    const id = await enqueue({ who: 'ada' })
    expect(await rota.result(id)).toMatchObject({ status: 200, body: { ok: true } })
    const [{ method, path, headers, body } = {} as never] = target.received
    expect([method, path, body]).toEqual(['POST', '/ada', '{"who":"ada"}'])
    expect(headers).toMatchObject({ 'rota-job': 'hook', 'rota-job-id': id, 'rota-attempt': '1' })
    const { lines } = await rota.jobs.logs(id)
    expect(lines).toMatchObject([{ level: 'info', attempt: 1, data: { response: { status: 200 } } }])
    expect(JSON.stringify(lines)).toContain('"webhook-signature":"[redacted]"')
  })

  test('one that is changed, disabled and enabled by somebody else counts at the next start', async () => {
    if (!shared) return
    const worker = rotaWith()
    await worker.start()
    const other = rotaWith()
    await other.handlers.put(hook())
    const run = async () => other.result((await other.enqueue(await other.handlers.job('hook'))).id, { timeout: '20s' })
    await run() // the worker learns of it by a hint
    await other.handlers.put(hook({ http: { url: `${target.url}/other` } }))
    await run()
    expect(target.received.map(({ path }) => path)).toEqual(['/hook', '/other'])
    const later = await other.enqueue(await other.handlers.job('hook'), undefined, { in: '300ms' })
    await other.handlers.disable('hook')
    await until('it is due', async () => (await other.jobs.get(later.id))?.state === 'ready')
    await expect(other.result(later.id, { timeout: '500ms' })).rejects.toMatchObject({ code: 'wait_timeout' })
    await other.handlers.enable('hook')
    await other.result(later.id, { timeout: '20s' })
    expect(target.received).toHaveLength(3)
    expect(await other.jobs.get(later.id)).toMatchObject({ attempt: 1 })
  })

  test('one that is disabled is refused, its schedules leave their slots out, and explain says so', async () => {
    const { rota, enqueue } = await working()
    const waiting = await enqueue(undefined, { in: '1h' })
    const job = await rota.handlers.job('hook')
    await rota.schedules.put({ id: 'often', job, when: { every: '1s' } })
    expect(await rota.handlers.disable('hook')).toMatchObject({ status: 'disabled', version: 2 })
    expect(await rota.handlers.disable('hook')).toMatchObject({ status: 'unchanged', version: 2 })
    await expect(enqueue()).rejects.toMatchObject({ code: 'handler_disabled', field: 'job' })
    const skips = async () => (await rota.schedules.history('often')).events.filter(({ kind }) => kind === 'skip')
    await until('a slot was left out', async () => (await skips()).length > 0)
    expect((await skips())[0]).toMatchObject({ reason: 'refused', message: expect.stringContaining('disabled') })
    await rota.jobs.run(waiting)
    await until('it is ready', async () => (await rota.jobs.get(waiting))?.state === 'ready')
    await until('it is told', async () => (await rota.jobs.explain(waiting)).waitsFor[0]?.code === 'handler_disabled')
    expect((await rota.jobs.explain(waiting)).waitsFor[0]?.command).toBe('rota handlers enable hook')
    await rota.handlers.enable('hook')
    await rota.result(waiting, { timeout: '20s' })
  })

  test('one that schedules start is not deleted; what was deleted is unknown, and what waited says so', async () => {
    const { rota, enqueue } = await working()
    const waiting = await enqueue(undefined, { in: '1h' })
    await rota.schedules.put({ id: 'daily', job: await rota.handlers.job('hook'), when: { every: '1d' } })
    await expect(rota.handlers.delete('hook')).rejects.toMatchObject({ code: 'handler_needed' })
    await rota.schedules.delete('daily')
    expect(await rota.handlers.delete('hook')).toEqual({ id: 'hook', status: 'deleted', version: 2 })
    await expect(enqueue()).rejects.toMatchObject({ code: 'job_unknown' })
    await expect(rota.handlers.delete('hook')).rejects.toMatchObject({ code: 'job_unknown' })
    await rota.jobs.run(waiting)
    await until('it is told', async () => (await rota.jobs.explain(waiting)).waitsFor[0]?.code === 'job_unknown')
    expect(
      (await rota.handlers.versions('hook')).map(({ version, definition }) => [version, definition !== null]),
    ).toEqual([
      [2, false],
      [1, true],
    ])
    expect(await rota.handlers.put(hook())).toMatchObject({ status: 'created', version: 3 })
    await rota.result(waiting, { timeout: '20s' })
  })

  test('code that comes later with the id of a stored definition counts, is told, and the stored one can be removed', async () => {
    if (!shared) return
    await rotaWith().handlers.put(hook())
    const rota = rotaWith({ jobs: [defineJob({ id: 'hook', run: () => 'code' })] })
    const told: unknown[] = []
    rota.on('worker:trouble', ({ error }) => void told.push(error))
    await rota.start()
    expect(told).toMatchObject([{ code: 'handler_conflict' }])
    expect(await rota.result((await rota.enqueue(await rota.handlers.job('hook'))).id)).toBe('code')
    expect(await rota.handlers.delete('hook')).toMatchObject({ status: 'deleted' })
  })

  test('a definition that was looked up before hears that it was disabled', async () => {
    const { rota } = await working()
    const job = await rota.handlers.job('hook')
    await rota.handlers.disable('hook')
    await until('this process knows', () => job.disabled === true)
    await expect(rota.enqueue(job)).rejects.toMatchObject({ code: 'handler_disabled' })
  })

  test('one that somebody else disabled since the last look is refused at once', async () => {
    if (!shared) return
    const rota = rotaWith()
    await rota.handlers.put(hook())
    const other = rotaWith() // without a worker it hears of nothing
    expect(await other.handlers.list()).toContainEqual(expect.objectContaining({ id: 'hook', enabled: true }))
    await rota.handlers.disable('hook')
    const job = await other.handlers.job('hook')
    await expect(other.enqueue(job)).rejects.toMatchObject({ code: 'handler_disabled', field: 'job' })
  })

  test('a definition of the code has its id for itself', async () => {
    const rota = rotaWith({ jobs: [defineJob({ id: 'hook', run: () => 1 })] })
    await expect(rota.handlers.put(hook())).rejects.toMatchObject({ code: 'handler_conflict' })
    await expect(rota.handlers.disable('hook')).rejects.toMatchObject({ code: 'handler_conflict' })
    await expect(rota.handlers.put(hook({ id: 'http' }))).rejects.toMatchObject({ code: 'handler_conflict' })
  })

  test('what is put again the same changes nothing; an older version is refused', async () => {
    const rota = rotaWith()
    const first = await rota.handlers.put(hook())
    expect(first).toMatchObject({ status: 'created', version: 1, signingKey: expect.stringMatching(/^whsec_/) })
    expect(await rota.handlers.put(hook())).toEqual({ id: 'hook', status: 'unchanged', version: 1, signingKey: null })
    expect(await rota.handlers.put(hook({ owner: 'ada' }), { ifVersion: 1 })).toMatchObject({
      status: 'updated',
      version: 2,
    })
    await expect(rota.handlers.put(hook(), { ifVersion: 1 })).rejects.toMatchObject({ code: 'changed_meanwhile' })
    await expect(rota.handlers.put(hook(), { ifVersion: null })).rejects.toMatchObject({ code: 'changed_meanwhile' })
    expect(await rota.handlers.get('hook')).toMatchObject({ kind: 'http', owner: 'ada', version: 2, origin: 'code' })
    await expect(rota.handlers.put(hook({ retries: -1 }))).rejects.toMatchObject({ field: 'retries' })
    await expect(rota.handlers.put(hook({ http: { url: 'ftp://x' } }))).rejects.toMatchObject({ field: 'http.url' })
    await expect(rota.handlers.put({ id: 'x' } as never)).rejects.toMatchObject({ field: 'http' })
    await expect(rota.handlers.put(hook({ timeot: 1 } as never))).rejects.toMatchObject({ code: 'option_unknown' })
  })

  test('failures are tried again with their backoff, not before Retry-After, and those that stay are not', async () => {
    const { rota, enqueue } = await working({ retries: 2, backoff: { type: 'fixed', delay: 10 } })
    target.answer = (_, response) => {
      const n = target.received.length
      if (n === 1) return json(response, { no: 1 }, 503)
      if (n === 2) return json(response, { no: 2 }, 429, { 'retry-after': '1' })
      return json(response, { yes: n })
    }
    const id = await enqueue()
    expect(await rota.result(id)).toMatchObject({ body: { yes: 3 } })
    const tries = await rota.jobs.attempts(id)
    expect(tries.map(({ error }) => error?.code)).toEqual(['http_status', 'http_status'])
    const [startedAt, endedAt] = [(await rota.jobs.get(id))?.startedAt, tries[1]?.endedAt]
    expect(Number(startedAt) - Number(endedAt)).toBeGreaterThanOrEqual(1_000)
    target.answer = (_, response) => json(response, {}, 404)
    const gone = await failed(rota, await enqueue())
    expect(gone).toMatchObject({ state: 'failed', reason: 'non_retryable', attempt: 1, error: { code: 'http_status' } })
  })

  test('a request that takes too long is given up and recorded as timed out', async () => {
    const { rota, enqueue } = await working({ timeout: 200 })
    target.answer = () => {}
    const job = await failed(rota, await enqueue())
    expect(job).toMatchObject({ state: 'failed', reason: 'timed_out', error: { code: 'timed_out' } })
    await target.received[0]?.gone
    const { lines } = await rota.jobs.logs(job?.id as never)
    expect(lines).toMatchObject([{ level: 'warn', data: { request: { method: 'POST' } } }])
    expect(lines[0]?.message).toContain('timed_out')
  })

  test('one that only marks its timeout may finish', async () => {
    const { rota, enqueue } = await working({ timeout: 50, onTimeout: 'mark' })
    target.answer = (_, response) => setTimeout(() => json(response, { late: true }), 300)
    const id = await enqueue()
    expect(await rota.result(id)).toMatchObject({ body: { late: true } })
    expect(await rota.jobs.get(id)).toMatchObject({ state: 'succeeded', reason: 'timed_out' })
  })

  test('a cancel ends the request', async () => {
    const { rota, enqueue } = await working()
    const asked = gate()
    target.answer = () => asked.open()
    const id = await enqueue()
    await asked.opened
    await rota.jobs.cancel(id, { reason: 'enough' })
    await target.received[0]?.gone
    expect(await failed(rota, id)).toMatchObject({ state: 'cancelled', reason: 'enough' })
  })

  test('jobs of a flow make requests, and know what came before', async () => {
    const sum = defineJob({
      id: 'sum',
      run: async (_, ctx) => (await ctx.parents()).map(({ output }) => (output as { body: unknown }).body),
    })
    const { rota } = await working({}, { jobs: [sum] })
    const job = await rota.handlers.job('hook')
    const flow = await rota.flow('calls', (f) => {
      const first = f.job(job, { n: 1 } as never)
      return { last: f.job(sum, undefined as never, { after: first }) }
    })
    expect(await rota.result(flow.jobs.last, { timeout: '20s' })).toEqual([{ ok: true }])
  })

  test('a schedule starts it, and a worker that makes no requests leaves it alone', async () => {
    if (!shared) return
    const idle = rotaWith({ http: false })
    await idle.start()
    const { id } = await idle.enqueue(httpRequest, { method: 'GET', url: `${target.url}/one` })
    const job = await idle.handlers.put(hook()).then(() => idle.handlers.job('hook'))
    await idle.schedules.put({ id: 'often', job, when: { every: '1s' } })
    await until('a slot has its job', async () => (await idle.jobs.list({ filter: 'job:hook' })).jobs.length > 0)
    expect(target.received).toEqual([])
    await rotaWith().start()
    expect(await idle.result(id, { timeout: '20s' })).toMatchObject({ status: 200 })
    await until('the schedule calls', () => target.received.some(({ path }) => path === '/hook'))
  })

  test('a single request is a job without a definition; it takes no secrets', async () => {
    const rota = rotaWith()
    await rota.start()
    const { id } = await rota.enqueue(httpRequest, { url: `${target.url}/one`, body: { n: 1 } })
    expect(await rota.result(id)).toMatchObject({ status: 200 })
    expect(target.received[0]).toMatchObject({ method: 'POST', path: '/one', body: '{"n":1}' })
    const secrets = { url: target.url, secretHeaders: { authorization: 'Bearer x' } } as never
    await expect(rota.enqueue(httpRequest, secrets)).rejects.toMatchObject({ code: 'input_invalid' })
    await expect(rota.enqueue(httpRequest, { url: 'nowhere' })).rejects.toMatchObject({ code: 'input_invalid' })
  })

  test('a host that is down is left alone for a while, and no try is used up', async () => {
    const { rota, enqueue } = await working({
      retries: 1,
      backoff: { type: 'fixed', delay: 10 },
      http: { url: `${target.url}/hook`, breaker: { failures: 2, pause: '1s' } },
    })
    let down = true
    target.answer = (_, response) => json(response, {}, down ? 503 : 200)
    const first = await failed(rota, await enqueue())
    expect(first).toMatchObject({ state: 'failed', attempt: 2 })
    const id = await enqueue()
    await until('it is held back', async () => (await rota.jobs.attempts(id)).length > 0)
    expect(await rota.jobs.attempts(id)).toMatchObject([{ reason: 'circuit_open', error: null }])
    expect(await rota.jobs.get(id)).toMatchObject({ state: 'scheduled', attempt: 0 })
    expect((await rota.jobs.explain(id)).waitsFor[0]).toMatchObject({ code: 'circuit_open' })
    expect(target.received).toHaveLength(2)
    down = false
    expect(await rota.result(id, { timeout: '20s' })).toMatchObject({ status: 200 })
    expect(await rota.jobs.get(id)).toMatchObject({ attempt: 1 })
  })

  test('secrets stand nowhere in clear, and are sent', async () => {
    const { rota, enqueue } = await working({
      http: { url: `${target.url}/hook`, secretHeaders: { Authorization: 'Bearer sesame', 'x-key': 'open-it' } },
    })
    target.answer = ({ headers }, response) => json(response, { echo: headers.authorization })
    const id = await enqueue()
    expect(await rota.result(id)).toMatchObject({ body: { echo: '[redacted]' } })
    expect(target.received[0]?.headers).toMatchObject({ authorization: 'Bearer sesame', 'x-key': 'open-it' })
    const storage = await openStorage(shared ? url() : 'sqlite::memory:')
    const told = JSON.stringify([
      await rota.handlers.list(),
      await rota.handlers.versions('hook'),
      await rota.jobs.logs(id),
      await rota.jobs.get(id),
      shared ? await storage.definitions(null) : null,
    ])
    await storage.close()
    for (const secret of ['sesame', 'open-it', 'whsec_']) expect(told).not.toContain(secret)
    expect(await rota.handlers.get('hook')).toMatchObject({
      http: { secretHeaders: ['authorization', 'x-key'], signingKeys: 1 },
    })
    const { signingKey } = await rota.handlers.rotateKey('hook')
    expect(signingKey).toMatch(/^whsec_/)
    await rota.result(await enqueue())
    expect(target.received[1]?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/)
  })

  test('secrets stay where nobody mentions them, and do not go to another origin', async () => {
    const secretHeaders = { authorization: 'Bearer sesame', 'x-key': 'open-it' }
    const at = (own: object) => hook({ http: { url: `${target.url}/hook`, ...own } })
    const { rota, enqueue } = await working({ http: { url: `${target.url}/hook`, secretHeaders } })
    expect(await rota.handlers.put(at({ method: 'PUT' }))).toMatchObject({ status: 'updated', signingKey: null })
    await rota.handlers.put(at({ secretHeaders: { authorization: true } }))
    await rota.result(await enqueue())
    expect([target.received[0]?.headers.authorization, target.received[0]?.headers['x-key']]).toEqual([
      'Bearer sesame',
      undefined,
    ])
    const elsewhere = { url: 'https://evil.example.com/' }
    for (const trick of ['{{{{.evil.example/', '@evil.example/', '.evil.example/{{input.x}}'])
      await expect(rota.handlers.put(at({ url: target.url + trick }))).rejects.toMatchObject({ code: 'option_invalid' })
    for (const own of [elsewhere, { ...elsewhere, secretHeaders: { authorization: true } }])
      await expect(rota.handlers.put(at(own))).rejects.toMatchObject({ field: 'http.secretHeaders' })
    expect(await rota.handlers.put(at({ ...elsewhere, secretHeaders: {} }))).toMatchObject({ status: 'updated' })
    await expect(rota.handlers.put(at({ secretHeaders: { none: true } }))).rejects.toMatchObject({
      field: 'http.secretHeaders.none',
    })
  })

  test('whoever has another secret does not run it, and says why', async () => {
    if (!shared) return
    const owner = rotaWith()
    await owner.handlers.put(hook({ http: { url: `${target.url}/hook`, secretHeaders: { 'x-key': 'open-it' } } }))
    const other = rotaWith({ secret: 'another secret of tests, which is long enough' })
    await other.start()
    const { id } = await other.enqueue(await other.handlers.job('hook'))
    const job = await failed(other, id)
    expect(job).toMatchObject({ state: 'failed', error: { code: 'secret_invalid' } })
    expect(target.received).toEqual([])
  })

  test('what was put with a secret that is gone is mended by other headers and another key', async () => {
    if (!shared) return
    const secretHeaders = { 'x-key': 'open-it' }
    await rotaWith().handlers.put(hook({ http: { url: `${target.url}/hook`, secretHeaders } }))
    const rota = rotaWith({ secret: 'another secret of tests, which is long enough' })
    await rota.start()
    await rota.handlers.put(hook({ http: { url: `${target.url}/hook`, secretHeaders } }))
    await rota.handlers.rotateKey('hook')
    await rota.result((await rota.enqueue(await rota.handlers.job('hook'))).id)
    expect(target.received[0]?.headers).toMatchObject({
      'x-key': 'open-it',
      'webhook-signature': expect.stringMatching(/^v1,\S+$/),
    })
  })

  test('a definition without a key stays without one, and the order of what is said is no change', async () => {
    const rota = rotaWith()
    const http = { url: `${target.url}/hook`, method: 'PUT' as const }
    expect(await rota.handlers.put(hook({ http: { ...http, signingKeys: [] } }))).toMatchObject({ signingKey: null })
    expect(await rota.handlers.put(hook({ http }))).toMatchObject({ status: 'unchanged', signingKey: null })
    expect(await rota.handlers.put(hook({ http: { method: 'PUT', url: http.url } }))).toMatchObject({
      status: 'unchanged',
    })
    expect(await rota.handlers.get('hook')).toMatchObject({ http: { signingKeys: 0 } })
    await expect(rota.handlers.rotateKey('hook', { key: 'x' })).rejects.toMatchObject({ field: 'key' })
    await expect(rota.handlers.put(hook(), { ifVersoin: 1 } as never)).rejects.toMatchObject({ code: 'option_unknown' })
    await expect(rota.handlers.versions('none')).rejects.toMatchObject({ code: 'job_unknown' })
  })

  test('secret headers that stay count with those that come, and stand beside no open one', async () => {
    const rota = rotaWith()
    const many = (from: number) => Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`x-${from + n}`, 'secret']))
    const put = (own: object) => rota.handlers.put(hook({ http: { url: target.url, ...own } }))
    await put({ secretHeaders: many(0) })
    const kept = Object.fromEntries(Object.keys(many(0)).map((name) => [name, true]))
    await expect(put({ secretHeaders: { ...kept, ...many(100) } })).rejects.toMatchObject({
      field: 'http.secretHeaders',
    })
    await expect(put({ headers: { 'X-3': 'open' } })).rejects.toMatchObject({ field: 'http.headers.x-3' })
  })

  test('a failure of one that may be late is told as late', async () => {
    const { rota, enqueue } = await working({ timeout: 50, onTimeout: 'mark' })
    target.answer = (_, response) => setTimeout(() => json(response, {}, 500), 300)
    expect(await failed(rota, await enqueue())).toMatchObject({ state: 'failed', reason: 'timed_out' })
  })

  test('a single request has no input that a template could mean', async () => {
    const rota = rotaWith()
    const request = { url: `${target.url}/{{input.id}}` }
    await expect(rota.enqueue(httpRequest, request)).rejects.toMatchObject({ code: 'input_invalid' })
  })

  // --- targets that answer later

  const later = (own: Partial<HandlerOptions> = {}, deadline: string | number = '1h') =>
    working(
      { http: { url: `${target.url}/later`, async: { deadline } }, ...own },
      { http: { allow: ['127.0.0.1'], callbackUrl: 'https://jobs.example.com/rota' } },
    )
  const tokenOf = (n = 0) => {
    const address = String(target.received[n]?.headers['rota-callback-url'])
    expect(address).toMatch(/^https:\/\/jobs\.example\.com\/rota\/api\/reports\/./)
    return address.split('/').at(-1) as string
  }
  const waits = (rota: Rota, id: string) =>
    until('it waits', async () => (await rota.jobs.get(id as never))?.state === 'scheduled')

  test('a target that takes the work reports success, failure, or that it is to be ignored', async () => {
    const { rota, enqueue } = await later()
    const cluster = rota.cluster('default')
    target.answer = (_, response) => json(response, {}, 202)
    const ids = [await enqueue(), await enqueue(), await enqueue()]
    for (const id of ids) await waits(rota, id)
    expect((await rota.jobs.explain(ids[0] as never)).waitsFor[0]).toMatchObject({ code: 'awaiting_report' })
    const tokens = new Map(target.received.map(({ headers }, n) => [headers['rota-job-id'], tokenOf(n)]))
    const [won, lost, ignored] = ids.map((id) => tokens.get(id) as string) as [string, string, string]
    expect(await cluster.report(won, { outcome: 'success', output: { rows: 3 } })).toMatchObject({ status: 'taken' })
    await cluster.report(lost, { outcome: 'failure', message: 'no paper', retry: false })
    await cluster.report(ignored, { outcome: 'ignore', message: 'not needed' })
    expect(await rota.result(ids[0] as never)).toEqual({ rows: 3 })
    expect(await rota.jobs.get(ids[0] as never)).toMatchObject({ attempt: 1 })
    expect(await failed(rota, ids[1] as never)).toMatchObject({
      state: 'failed',
      error: { code: 'report_failed', message: 'no paper' },
    })
    expect(await failed(rota, ids[2] as never)).toMatchObject({
      state: 'cancelled',
      reason: 'discarded: ignored by its target: not needed',
    })
    expect(target.received).toHaveLength(3)
    expect(await cluster.report(won, { outcome: 'failure' })).toMatchObject({ status: 'repeated' })
    for (const token of [`${won}x`, won.replace('default', 'other'), 'x', '~~~'])
      await expect(cluster.report(token, { outcome: 'success' })).rejects.toMatchObject({ code: 'report_invalid' })
  })

  test('a failure that was reported is tried again, and the report of the try before counts no more', async () => {
    const { rota, enqueue } = await later({ retries: 1, backoff: { type: 'fixed', delay: 10 } })
    const cluster = rota.cluster('default')
    target.answer = (_, response) => json(response, {}, 202)
    const id = await enqueue()
    await waits(rota, id)
    await cluster.report(tokenOf(), { outcome: 'failure' })
    await until('it is sent again', () => target.received.length === 2)
    expect(target.received[1]?.headers['rota-attempt']).toBe('2')
    await waits(rota, id)
    await expect(cluster.report(tokenOf(0), { outcome: 'success' })).rejects.toMatchObject({ code: 'report_invalid' })
    await waits(rota, id)
    await cluster.report(tokenOf(1), { outcome: 'success', output: 2 })
    expect(await rota.result(id)).toBe(2)
  })

  test('what is not reported in time has timed out, and is tried again', async () => {
    const { rota, enqueue } = await later({ retries: 1, backoff: { type: 'fixed', delay: 10 } }, 1_000)
    target.answer = (_, response) => json(response, {}, 202)
    const id = await enqueue()
    expect(await failed(rota, id)).toMatchObject({ state: 'failed', reason: 'timed_out', attempt: 2 })
    expect(target.received).toHaveLength(2)
    expect((await rota.jobs.attempts(id)).map(({ attempt, reason }) => [attempt, reason])).toEqual([
      [1, 'awaiting_report'],
      [1, 'timed_out'],
      [2, 'awaiting_report'],
      [2, 'timed_out'],
    ])
  })

  test('a report that comes before the answer counts', async () => {
    const { rota, enqueue } = await later()
    const cluster = rota.cluster('default')
    const reported: unknown[] = []
    target.answer = async (_, response) => {
      reported.push(await cluster.report(tokenOf(), { outcome: 'success', output: 'early' }))
      json(response, {}, 202)
    }
    const id = await enqueue()
    expect(await rota.result(id)).toBe('early')
    expect(reported).toMatchObject([{ status: 'taken', held: false }])
    expect(await rota.jobs.get(id)).toMatchObject({ attempt: 1, state: 'succeeded' })
  })

  test.each(['breaks', 'answers 500', 'answers 200', 'is too late'])(
    'a report that came counts although the request %s',
    async (how) => {
      const { rota, enqueue } = await later({ retries: 1, backoff: { type: 'fixed', delay: 10 }, timeout: 300 })
      const cluster = rota.cluster('default')
      target.answer = async (_, response) => {
        await cluster.report(tokenOf(), { outcome: 'success', output: 'told' })
        if (how === 'breaks') response.destroy()
        else if (how !== 'is too late') json(response, {}, how === 'answers 500' ? 500 : 200)
      }
      const id = await enqueue()
      expect(await rota.result(id, { timeout: '20s' })).toBe('told')
      expect(target.received).toHaveLength(1)
    },
  )

  test('what a target reports of the secrets that it got is cut out', async () => {
    const secretHeaders = { authorization: 'Bearer sesame-street' }
    const { rota, enqueue } = await later({
      http: { url: `${target.url}/later`, secretHeaders, async: { deadline: '1h' } },
    })
    target.answer = (_, response) => json(response, {}, 202)
    const ids = [await enqueue(), await enqueue()]
    for (const id of ids) await waits(rota, id)
    for (const [n, { headers }] of target.received.entries())
      await rota
        .cluster('default')
        .report(
          tokenOf(n),
          headers['rota-job-id'] === ids[0]
            ? { outcome: 'success', output: { echo: headers.authorization } }
            : { outcome: 'failure', message: `no ${headers.authorization}` },
        )
    expect(await rota.result(ids[0] as never)).toEqual({ echo: '[redacted]' })
    await failed(rota, ids[1] as never)
    const told = JSON.stringify(
      await Promise.all(ids.flatMap((id) => [rota.jobs.get(id), rota.jobs.logs(id), rota.jobs.attempts(id)])),
    )
    expect(told).toContain('no [redacted]')
    expect(told).not.toContain('sesame')
  })

  test('a job that is replaced while it waits is sent with its new input', async () => {
    const { rota, enqueue } = await later()
    target.answer = (_, response) => json(response, {}, 202)
    const unique = { key: 'one', onConflict: 'replace' as const }
    const id = await enqueue({ v: 'old' }, { unique })
    await waits(rota, id)
    expect(await enqueue({ v: 'new' }, { unique, in: 10 })).toBe(id)
    await until('it is sent again', () => target.received.length === 2)
    await waits(rota, id)
    await expect(rota.cluster('default').report(tokenOf(0), { outcome: 'success' })).rejects.toMatchObject({
      code: 'report_invalid',
    })
    expect(target.received[1]?.body).toBe('{"v":"new"}')
  })

  test('one that waits holds no slot, outlives its worker, and is sent anew when somebody runs it now', async () => {
    if (!shared) return
    const { rota, enqueue } = await later({}, '1h')
    target.answer = (_, response) => json(response, {}, 202)
    const id = await enqueue()
    await waits(rota, id)
    expect((await rota.lanes.list()).find(({ name }) => name === 'default')).toMatchObject({ running: 0 })
    await rota.stop({ grace: 0 })
    const next = rotaWith({ http: { allow: ['127.0.0.1'], callbackUrl: 'https://jobs.example.com/rota' } })
    await next.start()
    await next.jobs.run(id)
    await until('it is sent again', () => target.received.length === 2)
    await waits(next, id)
    await expect(next.cluster('default').report(tokenOf(0), { outcome: 'success' })).rejects.toMatchObject({
      code: 'report_invalid',
    })
    await next.cluster('default').report(tokenOf(1), { outcome: 'success', output: 'second' })
    expect(await next.result(id)).toBe('second')
  })

  test('one that waits may be cancelled, and started anew', async () => {
    const { rota, enqueue } = await later()
    target.answer = (_, response) => json(response, {}, 202)
    const id = await enqueue()
    await waits(rota, id)
    await rota.jobs.cancel(id)
    await expect(rota.cluster('default').report(tokenOf(), { outcome: 'success' })).rejects.toMatchObject({
      code: 'report_invalid',
    })
    expect(await rota.jobs.get(id)).toMatchObject({ state: 'cancelled' })
    await rota.jobs.retry(id)
    await until('it is sent again', () => target.received.length === 2)
    await waits(rota, id)
    await rota.cluster('default').report(tokenOf(1), { outcome: 'success', output: 'again' })
    expect(await rota.result(id)).toBe('again')
  })

  test('one that waits does not expire; a report too large to be a result is refused, and a late definition changes nothing', async () => {
    const { rota, enqueue } = await later({
      expiresIn: 500,
      http: { url: `${target.url}/later`, async: { deadline: '1h' } },
    })
    target.answer = (_, response) => json(response, {}, 202)
    const id = await enqueue()
    await waits(rota, id)
    await until('it would have expired', async () => Date.now() - Number((await rota.jobs.get(id))?.enqueuedAt) > 700)
    const large = { outcome: 'success', output: 'x'.repeat(200_000) } as const
    await expect(rota.cluster('default').report(tokenOf(), large)).rejects.toMatchObject({ code: 'payload_too_large' })
    await rota.handlers.put(hook({ http: { url: `${target.url}/later` } }))
    await rota.cluster('default').report(tokenOf(), { outcome: 'success', output: 'kept' })
    expect(await rota.result(id)).toBe('kept')
    expect(target.received).toHaveLength(1)
  })

  test('without the address of a server the target could not report, so nothing is sent', async () => {
    const { rota, enqueue } = await working({ http: { url: target.url, async: { deadline: '1h' } } })
    expect(await failed(rota, await enqueue())).toMatchObject({
      error: { message: expect.stringContaining('callbackUrl') },
    })
    expect(target.received).toEqual([])
  })
})
