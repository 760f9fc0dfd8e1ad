/** The protocol of remote workers, by plain requests to a real server, on every storage. */
import { afterEach, expect, test } from 'vitest'
import { defineJob, type RotaOptions, type } from '../../src/index.ts'
import { RemoteClaims } from '../../src/server/remote/claims.ts'
import { Hints } from '../../src/server/remote/hints.ts'
import { RemoteWorkers } from '../../src/server/remote/workers.ts'
import type { ClaimRequest } from '../../src/storage/contract.ts'
import { until } from '../support/condition.ts'
import { type Json, startServer, type TestServer } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'

const started: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

/** A worker as a program in any language is one: requests with JSON. */
class Plain {
  readonly #server: TestServer
  readonly #key: string
  id = ''
  worker = ''
  ownLane = ''

  constructor(server: TestServer, key: string) {
    this.#server = server
    this.#key = key
  }

  async register(more: object = {}): Promise<this> {
    const body = { name: 'plain', lanes: { default: 4 }, jobs: [{ id: 'resize', retries: 2 }], ...more }
    const { status, body: told } = await this.#server.call('POST', '/api/workers', { as: this.#key, body })
    expect([status, told.code]).toEqual([201, undefined])
    Object.assign(this, told)
    return this
  }

  call(verb: string, body: object = {}, server = this.#server, key = this.#key) {
    return server.call('POST', `/api/workers/${this.worker}/${verb}`, { as: key, body })
  }

  async claim(body: object = {}): Promise<Json[]> {
    return (await this.call('claim', body)).body.jobs
  }
}

onEveryStorage('remote workers', ({ url, shared }) => {
  /** A server whose Rota looks after the storage and runs nothing. */
  async function serve(rota: RotaOptions = {}): Promise<TestServer> {
    const jobs = rota.jobs ?? []
    const server = await startServer({ storage: url(), jobs, rota: { lease: '1s', poll: '20ms', ...rota, jobs } })
    started.push(server)
    await server.rota.start()
    return server
  }

  const setting = async (rota: RotaOptions = {}) => {
    const server = await serve(rota)
    const { key } = await server.key('worker')
    const { key: operator } = await server.key('operator')
    const enqueue = async (body: object = {}): Promise<string> => {
      const { status, body: told } = await server.call('POST', '/api/jobs', {
        as: operator,
        body: { job: 'resize', input: { width: 5 }, ...body },
      })
      expect([status, told.code]).toEqual([201, undefined])
      return told.id
    }
    const job = async (id: string) => (await server.call('GET', `/api/jobs/${id}`, { as: operator })).body
    const whole = async (id: string) => [
      await job(id),
      (await server.call('GET', `/api/jobs/${id}/attempts`, { as: operator })).body.attempts,
    ]
    return { server, key, operator, enqueue, job, whole, plain: () => new Plain(server, key).register() }
  }

  test('a job runs: registered, enqueued without code, claimed, told of, completed', async () => {
    const { server, plain, enqueue, job, operator } = await setting()
    const worker = await plain()
    const id = await enqueue({ metadata: { team: 'art' } })
    const [claimed] = await worker.claim()
    expect(claimed).toMatchObject({
      id,
      job: 'resize',
      fence: 1,
      attempt: 1,
      maxAttempts: 3,
      lane: 'default',
      input: { width: 5 },
      metadata: { team: 'art' },
    })
    expect((await job(id)).worker).toBe(worker.id)
    const at = { job: id, fence: 1 }
    await worker.call('progress', { ...at, percent: 50, message: 'half' })
    const lines = [{ seq: 0, level: 'info', message: 'began\0', data: { a: '\ud800' } }]
    expect((await worker.call('log', { ...at, lines })).body).toEqual({ status: 'recorded' })
    expect((await worker.call('log', { ...at, lines })).body).toEqual({ status: 'recorded' })
    expect((await job(id)).progress).toEqual({ percent: 50, message: 'half' })
    const last = { seq: 1, level: 'warn', message: 'ended' }
    const end = { ...at, output: { ok: true }, logs: [last], progress: { percent: 100 } }
    expect((await worker.call('complete', end)).body).toEqual({ status: 'recorded' })
    expect(await job(id)).toMatchObject({ state: 'succeeded', output: { ok: true }, progress: { percent: 100 } })
    const { body } = await server.call('GET', `/api/jobs/${id}/logs`, { as: operator })
    expect(body.lines.map((line: Json) => [line.level, line.message, line.data])).toEqual([
      ['info', 'began', { a: '\ufffd' }],
      ['warn', 'ended', undefined],
    ])
  })

  test('of fifty claims of one job one gets it', async () => {
    const { plain, enqueue } = await setting()
    const workers = await Promise.all(Array.from({ length: 50 }, plain))
    await enqueue()
    const claimed = await Promise.all(workers.map((worker) => worker.claim()))
    expect(claimed.flat()).toHaveLength(1)
  })

  test('a claim that waits gets what comes, soon', async () => {
    const { plain, enqueue } = await setting()
    const worker = await plain()
    const began = performance.now()
    for (let n = 0; n < 6; n++) {
      const waiting = worker.claim({ wait: '20s' })
      await worker.call('heartbeat') // by now it waits
      const id = await enqueue()
      expect((await waiting).map((one) => one.id)).toEqual([id])
    }
    expect(performance.now() - began).toBeLessThan(3_000) // the looks without a hint are a second apart
    expect(await worker.claim({ wait: 100 })).toEqual([])
  })

  test('whoever goes away in the middle of a wait loses no job', async () => {
    const { server, key, plain, enqueue, job } = await setting()
    const [gone, other] = [await plain(), await plain()]
    const leaving = new AbortController()
    const request = fetch(`${server.url}/api/workers/${gone.worker}/claim`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{ "wait": "20s" }',
      signal: leaving.signal,
    })
    await gone.call('heartbeat')
    const enqueued = enqueue()
    leaving.abort()
    await expect(request).rejects.toThrow()
    const id = await enqueued
    await until('another gets it', async () => (await other.claim()).length === 1, 5_000)
    expect(await job(id)).toMatchObject({ attempt: 1, lapses: 0, worker: other.id })
  })

  test('what was claimed for somebody who is gone is given back at once, before the answer and after', async () => {
    const { server, plain, enqueue, job } = await setting()
    const worker = await plain()
    const { storage } = server
    const leaving = new AbortController()
    const slow = { ...storage, claim: (asked: ClaimRequest) => storage.claim(asked).finally(() => leaving.abort()) }
    const cluster = server.rota.cluster('default')
    const workers = new RemoteWorkers(storage, performance.now.bind(performance))
    const stopping = new AbortController()
    const closing = stopping.signal
    const asked = {
      worker: worker.id,
      lanes: [{ name: 'default', limit: 1 }],
      jobs: ['resize'],
      suspect: false,
      wait: 0,
      closing,
      isStillIn: async () => true,
    }
    const id = await enqueue()
    const given = await new RemoteClaims(slow, workers, new Hints(cluster)).claim({ ...asked, gone: leaving.signal })
    expect(given).toEqual([])
    expect(await job(id)).toMatchObject({ state: 'ready', fence: 1, attempt: 0 })
    const later = new AbortController()
    const claims = new RemoteClaims(storage, workers, new Hints(cluster))
    expect(await claims.claim({ ...asked, gone: later.signal })).toMatchObject([{ id, fence: 2 }])
    later.abort()
    await until('it is given back', async () => (await job(id)).state === 'ready')
    const stays = new AbortController().signal
    expect(await claims.claim({ ...asked, gone: stays })).toMatchObject([{ id, fence: 3 }])
    stopping.abort()
    await worker.call('heartbeat') // a server that stops has sent its answers
    expect(await job(id)).toMatchObject({ state: 'running', fence: 3 })
  })

  test('what is told again gets the same answer, and what is told otherwise is refused', async () => {
    const { plain, enqueue, whole } = await setting()
    const worker = await plain()
    const told = async (verb: string, body: object, fence = 1) => {
      const id = await enqueue()
      await worker.claim()
      const again = { job: id, fence, ...body }
      const first = await worker.call(verb, again)
      const left = await whole(id)
      const [second, third] = await Promise.all([worker.call(verb, again), worker.call(verb, again)])
      expect([first.status, first.body, second.body, third.body]).toEqual([200, first.body, first.body, first.body])
      expect(await whole(id)).toEqual(left)
      const otherwise = await worker.call('complete', { job: id, fence, discard: 'on second thoughts' })
      expect([otherwise.status, otherwise.body.code]).toEqual([409, 'lease_lost'])
      return left
    }
    const error = { name: 'TypeError', message: 'no width' }
    expect(await told('complete', { output: 7 })).toMatchObject([{ state: 'succeeded', output: 7 }, []])
    expect(await told('complete', { late: true })).toMatchObject([{ state: 'succeeded', reason: 'timed_out' }, [{}]])
    expect(await told('fail', { error, retryIn: '1h' })).toMatchObject([
      { state: 'scheduled', attempt: 1 },
      [{ to: 'scheduled', error }],
    ])
    expect(await told('fail', { error, retryable: false })).toMatchObject([
      { state: 'failed', reason: 'non_retryable', error },
      [{}],
    ])
    expect(await told('release', { in: '1h' })).toMatchObject([
      { state: 'scheduled', attempt: 0 },
      [{ reason: 'snoozed' }],
    ])
    expect(await told('release', { cancelled: 'asked' })).toMatchObject([{ state: 'cancelled', reason: 'asked' }, [{}]])
    expect(await told('complete', { output: '\0' })).toMatchObject([
      { state: 'failed', reason: 'result_not_storable' },
      [{}],
    ])
  })

  test('what is given back is ready at once, and given back again the same', async () => {
    const { plain, enqueue, job } = await setting()
    const worker = await plain()
    const id = await enqueue()
    await worker.claim()
    const back = { job: id, fence: 1, started: true }
    expect((await worker.call('release', back)).body).toEqual({ status: 'recorded' })
    expect(await job(id)).toMatchObject({ state: 'ready', attempt: 0 })
    expect((await worker.claim())[0]).toMatchObject({ id, fence: 2, attempt: 1 })
    expect((await worker.call('release', back)).body).toEqual({ status: 'recorded' })
    expect(await job(id)).toMatchObject({ state: 'running', fence: 2 })
  })

  test('failures are tried again after the backoff, until the tries are used up', async () => {
    const { plain, enqueue, job } = await setting()
    const worker = await plain()
    const id = await enqueue({ retries: 1 })
    const error = { message: 'no' }
    await worker.claim()
    await worker.call('fail', { job: id, fence: 1, error })
    const waits = await job(id)
    expect(waits.state).toBe('scheduled')
    const delay = Date.parse(waits.dueAt) - Date.now()
    expect(delay).toBeGreaterThan(200)
    expect(delay).toBeLessThan(1_200)
    const [second] = await worker.claim({ wait: '5s' })
    expect(second).toMatchObject({ id, attempt: 2, fence: 2 })
    await worker.call('fail', { job: id, fence: 2, error })
    expect(await job(id)).toMatchObject({ state: 'failed', attempt: 2, error: { name: 'Error', message: 'no' } })
  })

  test('whoever has lost the lease changes nothing', async () => {
    const { server, plain, enqueue, whole, operator } = await setting()
    const worker = await plain()
    const id = await enqueue()
    await worker.claim()
    await server.call('DELETE', `/api/workers/${worker.worker}`, { as: operator })
    const { status } = await worker.call('heartbeat', {}, server, operator)
    expect(status).toBe(404) // of another key nobody leaves
    await server.storage.leave(worker.id)
    const { body: workers } = await server.call('GET', '/api/workers', { as: operator })
    expect(workers.workers.some((one: Json) => one.id === worker.id)).toBe(false)
    const other = await plain()
    const [again] = await other.claim({ wait: '10s' })
    expect(again).toMatchObject({ id, fence: 2, attempt: 1, lapses: 1 })
    const left = await whole(id)
    const at = { job: id, fence: 1 }
    const late = [
      await worker.call('complete', at),
      await worker.call('fail', { ...at, error: { message: 'no' } }),
      await worker.call('release', at),
      await worker.call('progress', { ...at, percent: 1 }),
      await worker.call('log', { ...at, lines: [{ seq: 0, level: 'info', message: 'late' }] }),
    ]
    expect(late.map(({ status, body }) => [status, body.code])).toEqual(late.map(() => [409, 'lease_lost']))
    expect(await whole(id)).toEqual(left)
    expect((await worker.call('heartbeat')).body.code).toBe('worker_not_found')
    expect((await worker.call('claim')).body.code).toBe('worker_not_found')
  })

  test('no other key speaks for a worker', async () => {
    const { server, plain, enqueue, operator, job } = await setting()
    const worker = await plain()
    const id = await enqueue()
    await worker.claim()
    const { key: other } = await server.key('worker')
    const answers = await Promise.all([
      worker.call('claim', {}, server, other),
      worker.call('heartbeat', {}, server, other),
      worker.call('complete', { job: id, fence: 1 }, server, other),
      worker.call('complete', { job: id, fence: 1 }, server, operator),
      server.call('DELETE', `/api/workers/${worker.worker}`, { as: other }),
      server.call('POST', `/api/workers/${worker.id}/heartbeat`, { as: other, body: {} }),
      server.call('POST', `/api/workers/${worker.worker.slice(0, -1)}x/heartbeat`, { as: other, body: {} }),
    ])
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [404, 'worker_not_found']))
    expect((await job(id)).state).toBe('running')
  })

  test('a key that is limited to lanes works there and nowhere else', async () => {
    const { server, enqueue } = await setting()
    const { key } = await server.key('worker', { lanes: ['art'] })
    const { key: all } = await server.key('worker')
    const register = (body: object, as = key) => server.call('POST', '/api/workers', { as, body })
    const mail = { id: 'send', lane: 'mail' }
    await register({ lanes: { mail: 1 }, jobs: [mail] }, all)
    const refused = await Promise.all([
      register({ lanes: { art: 1, mail: 1 }, jobs: [{ id: 'resize', lane: 'art' }] }),
      register({ lanes: { art: 1 }, jobs: [{ id: 'resize' }] }),
      register({ lanes: { art: 1 }, jobs: [{ id: 'send', lane: 'art' }] }),
    ])
    expect(refused.map(({ body }) => body.code)).toEqual(refused.map(() => 'not_allowed'))
    const worker = await new Plain(server, key).register({ lanes: { art: 2 }, jobs: [{ id: 'resize', lane: 'art' }] })
    const ids = [await enqueue(), await enqueue({ lane: 'default' })]
    expect((await worker.claim({ lanes: { art: 5, default: 5 } })).map(({ id }) => id)).toEqual([ids[0]])
    const foreign = await register({ lanes: { [worker.ownLane]: 1 }, jobs: [{ id: 'resize' }] }, all)
    expect(foreign.status).toBe(400)
  })

  test('cancels, pauses and drains reach the worker with its heartbeat', async () => {
    const { server, plain, enqueue, job, operator } = await setting()
    const worker = await plain()
    const id = await enqueue()
    await worker.claim()
    const quiet = { cancel: [], pause: [], drain: false }
    expect((await worker.call('heartbeat')).body).toEqual(quiet)
    await server.call('POST', `/api/jobs/${id}/cancel`, { as: operator, body: { reason: 'not wanted' } })
    await server.call('POST', '/api/lanes/default/pause', { as: operator, body: {} })
    await server.call('POST', `/api/workers/${worker.id}/drain`, { as: operator, body: {} })
    const { body } = await worker.call('heartbeat', { held: true, renew: false })
    expect(body).toMatchObject({
      cancel: [{ job: id, fence: 1, reason: 'not wanted' }],
      pause: ['default'],
      drain: true,
      held: [{ id, job: 'resize', fence: 1, attempt: 1 }],
    })
    const { body: failed } = await worker.call('fail', { job: id, fence: 1, error: { message: 'ended' } })
    expect(failed).toEqual({ status: 'cancelled' })
    expect(await job(id)).toMatchObject({ state: 'cancelled', reason: 'not wanted' })
  })

  test('a job that lapsed twice comes alone', async () => {
    const { server, plain, enqueue } = await setting()
    const suspects = [await enqueue({ allowUnknown: true }), await enqueue({ allowUnknown: true })]
    for (let n = 0; n < 2; n++) {
      const victim = await plain()
      await until('both are claimed', async () => {
        await victim.claim({ lanes: { default: 2 }, suspect: false })
        return (await victim.call('heartbeat', { held: true })).body.held.length === 2
      })
      await server.storage.leave(victim.id)
    }
    await until('both lapsed twice', async () => {
      const records = await server.storage.get(suspects)
      return records.every(({ lapses, state }) => lapses === 2 && state === 'ready')
    })
    const fresh = await enqueue()
    const worker = await plain()
    const claims = [await worker.claim(), await worker.claim(), await worker.claim()]
    expect(claims.map((jobs) => jobs.map(({ id }) => (id === fresh ? 'fresh' : 'suspect')))).toEqual([
      ['suspect'],
      ['fresh'],
      [],
    ])
    await worker.call('complete', { job: claims[0]?.[0].id, fence: claims[0]?.[0].fence })
    expect((await worker.claim()).map(({ id }) => suspects.includes(id))).toEqual([true])
  })

  test('a result that is too large stays with its worker', async () => {
    const { plain, enqueue, job } = await setting({ payloadLimit: 100 })
    const worker = await plain()
    const id = await enqueue()
    await worker.claim()
    const { status, body } = await worker.call('complete', { job: id, fence: 1, output: 'x'.repeat(200) })
    expect([status, body.code]).toEqual([413, 'payload_too_large'])
    expect((await job(id)).state).toBe('running')
  })

  test('its tries are counted, and whoever waits for a result in the server hears of it', async () => {
    const quick = defineJob({ id: 'quick', input: type<number>(), retention: 'none', run: () => 0 })
    const { server, key } = await setting({ jobs: [quick], lanes: { nowhere: 1 } })
    const worker = await new Plain(server, key).register({ jobs: [{ id: 'quick', retention: 'none' }] })
    const { id } = await server.rota.enqueue(quick, 1)
    const [claimed] = await worker.claim()
    const result = server.rota.result(id)
    await worker.call('complete', { job: id, fence: claimed.fence, output: 9 })
    expect(await result).toBe(9)
    expect(await server.rota.job(id)).toBeNull()
    await server.server.close({ grace: 0 }) // writes what was counted
    await until('it is counted', async () => {
      const rows = await server.storage.counters('minute', 0, Date.now() + 60_000)
      return rows.some(({ data }) => data.includes('quick'))
    })
  })

  test('a schedule of a job that only remote workers know fires', async () => {
    const { server, plain, operator } = await setting()
    const put = (id: string) =>
      server.call('PUT', `/api/schedules/${id}`, {
        as: operator,
        body: { job: id, when: { every: '1s' }, input: { width: 1 } },
      })
    const worker = await plain()
    expect((await put('resize')).status).toBe(201)
    expect(await worker.claim({ wait: '10s' })).toMatchObject([{ job: 'resize', schedule: { id: 'resize' } }])
    // What this process knows of remote jobs is seconds old by now, but it has heard of this one.
    const other = await new Plain(server, (await server.key('worker')).key).register({ jobs: [{ id: 'crop' }] })
    expect((await put('crop')).status).toBe(201)
    const asked = performance.now()
    expect(await other.claim({ wait: '10s' })).toMatchObject([{ job: 'crop', schedule: { id: 'crop' } }])
    expect(performance.now() - asked).toBeLessThan(6_000)
  })

  test('a schema that a worker published holds up nobody who enqueues', async () => {
    const { server, key, enqueue } = await setting()
    const $defs = { all: { anyOf: [{ $ref: '#/$defs/all' }, { $ref: '#/$defs/all' }] } }
    for (const [n, input] of [{ $ref: '#' }, { $ref: '#/$defs/all', $defs }].entries()) {
      await new Plain(server, key).register({ jobs: [{ id: `resize-${n}`, input }] })
      await enqueue({ job: `resize-${n}` })
    }
  })

  test('a number beyond what JSON holds costs neither the lines nor the outcome', async () => {
    const { server, plain, enqueue, job, operator, key } = await setting()
    const worker = await plain()
    const send = (verb: string, text: string) =>
      server.call('POST', `/api/workers/${worker.worker}/${verb}`, { as: key, body: text })
    const line = (seq: number, data: string) => `{ "seq": ${seq}, "level": "info", "message": "m", "data": ${data} }`
    const big = '1152921504606846977'
    const first = await enqueue()
    await worker.claim()
    const at = (id: string) => `"job": "${id}", "fence": 1`
    expect((await send('log', `{ ${at(first)}, "lines": [${line(0, `{ "n": ${big} }`)}] }`)).status).toBe(200)
    const end = `{ ${at(first)}, "output": 1, "logs": [${line(1, big)}, ${line(2, '1'.repeat(2_000))}] }`
    expect((await send('complete', end)).body).toEqual({ status: 'recorded' })
    expect((await job(first)).state).toBe('succeeded')
    const { body } = await server.call('GET', `/api/jobs/${first}/logs`, { as: operator })
    expect(body.lines.map(({ data }: Json) => data)).toEqual([{ n: big }, big, '1'.repeat(400)])

    const second = await enqueue()
    await worker.claim()
    const ended = await send('complete', `{ ${at(second)}, "output": { "n": [${big}] } }`)
    expect(ended.body).toEqual({ status: 'recorded' })
    expect(await job(second)).toMatchObject({ state: 'failed', reason: 'result_not_storable' })
    expect((await send('fail', `{ "job": "${first}", "fence": ${big}, "error": { "message": "" } }`)).status).toBe(400)
  })

  test('a worker cannot say what only Rota says of a try', async () => {
    const { plain, enqueue, job } = await setting()
    const worker = await plain()
    const id = await enqueue()
    await worker.claim()
    for (const reason of ['lapsed', 'abandoned', 'snoozed']) {
      const told = await worker.call('fail', { job: id, fence: 1, error: { message: 'no' }, reason })
      expect([told.status, told.body.code]).toEqual([400, 'request_invalid'])
    }
    expect((await job(id)).state).toBe('running')
  })

  test('what is told after a worker has left counts as long as nobody else has the job', async () => {
    const { server, key, plain, enqueue, job } = await setting({ lease: '30s' })
    const worker = await plain()
    const id = await enqueue()
    await worker.claim()
    await server.rota.cluster('default').connection.rest() // nobody looks for what lapsed
    await server.call('DELETE', `/api/workers/${worker.worker}`, { as: key })
    expect((await worker.call('complete', { job: id, fence: 1 })).body).toEqual({ status: 'recorded' })
    expect(await job(id)).toMatchObject({ state: 'succeeded', fence: 1, lapses: 0 })
  })

  test('a key that is limited to lanes takes over no definition', async () => {
    const own = defineJob({ id: 'own', lane: 'art', input: type<number>(), run: () => 0 })
    const far = defineJob({ id: 'far', run: () => 0 })
    const { server } = await setting({ jobs: [own, far], lanes: { nowhere: 1 } })
    const { key } = await server.key('worker', { lanes: ['art'] })
    const register = async (job: object) => {
      const body = { lanes: { art: 1 }, jobs: [{ lane: 'art', ...job }] }
      return (await server.call('POST', '/api/workers', { as: key, body })).status
    }
    const published = async (id: string) => (await server.storage.manifests([id]))[0]?.manifest
    const before = [await published('own'), await published('far')]
    expect(await register({ id: 'own', retries: 9 })).toBe(201) // it may work
    expect(await register({ id: 'far' })).toBe(403)
    expect([await published('own'), await published('far')]).toEqual(before)
    expect(await register({ id: 'new', lane: 'mail' })).toBe(403)
    expect(await register({ id: 'new' })).toBe(201)
    expect(await published('new')).toContain('"lane":"art"')
  })

  test('definitions do not grow without end', async () => {
    const { server, key, plain } = await setting()
    await plain()
    const many = Array.from({ length: 10_000 }, (_, n) => ({ job: `job-${n}`, manifest: '{}' }))
    await server.storage.publish(many)
    const register = async (job: object) => {
      const { status, body } = await server.call('POST', '/api/workers', {
        as: key,
        body: { lanes: { default: 1 }, jobs: [job] },
      })
      return [status, body.code]
    }
    expect(await register({ id: 'another' })).toEqual([429, 'too_many_requests'])
    expect(await register({ id: 'resize', retries: 7 })).toEqual([201, undefined])
  })

  test('what cannot be registered says why', async () => {
    const { server, key } = await setting()
    const code = async (more: object) => {
      const body = { lanes: { default: 1 }, jobs: [{ id: 'a' }], ...more }
      return (await server.call('POST', '/api/workers', { as: key, body })).body.code
    }
    expect(await code({ lanes: {} })).toBe('request_invalid')
    expect(await code({ lease: '1s' })).toBe('option_invalid')
    expect(await code({ lease: '1h' })).toBe('option_invalid')
    expect(await code({ jobs: [{ id: 'a' }, { id: 'a' }] })).toBe('job_duplicate')
    expect(await code({ jobs: [{ id: 'a', input: { title: 'x'.repeat(65_536) } }] })).toBe('request_invalid')
    expect(await code({ jobs: [{ id: 'a', timeout: 'long' }] })).toBe('duration_invalid')
    const deep = `{ "items": ${'['.repeat(20_000)}${']'.repeat(20_000)} }`
    const body = `{ "lanes": { "default": 1 }, "jobs": [{ "id": "a", "input": ${deep} }] }`
    expect((await server.call('POST', '/api/workers', { as: key, body })).body.code).toBe('payload_not_json')
  })

  if (shared)
    test('two servers serve one worker', async () => {
      const { server, plain, enqueue, job } = await setting()
      const other = await serve()
      const worker = await plain()
      const began = performance.now()
      let id = ''
      for (let n = 0; n < 6; n++) {
        const waiting = worker.call('claim', { wait: '10s' }, other)
        await worker.call('heartbeat', {}, other) // by now it waits
        id = await enqueue()
        expect((await waiting).body.jobs).toMatchObject([{ id, fence: 1 }])
      }
      expect(performance.now() - began).toBeLessThan(3_000) // it hears of what the other one stores
      expect((await worker.call('heartbeat', {}, other)).status).toBe(200)
      expect((await worker.call('complete', { job: id, fence: 1, output: 1 }, other)).status).toBe(200)
      expect((await worker.call('complete', { job: id, fence: 1, output: 1 }, server)).body).toEqual({
        status: 'recorded',
      })
      expect((await job(id)).state).toBe('succeeded')
    })
})
