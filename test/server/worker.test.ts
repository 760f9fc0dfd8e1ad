/** `rota/worker`: the engine of a worker whose storage is a server. */
import { createServer as createNet } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { workerOfServer } from '../../src/cli/remote/worker.ts'
import { createRota, defineJob, type Job, type RotaError, type RotaOptions, service } from '../../src/index.ts'
import { createServer } from '../../src/server/index.ts'
import { createWorker, type Worker, type WorkerOptions } from '../../src/worker/index.ts'
import { gate, until } from '../support/condition.ts'
import { startServer, type TestServer, testSecret } from '../support/server.ts'
import { onEveryStorage } from '../support/storages.ts'

const started: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

async function serve(storage: string, rota: RotaOptions = {}): Promise<TestServer> {
  const server = await startServer({ storage, jobs: [], rota: { lease: '1s', poll: '20ms', ...rota } })
  started.push(server)
  await server.rota.start()
  return server
}

async function work(
  url: string,
  token: string,
  jobs: readonly Job[],
  more: Partial<WorkerOptions> = {},
): Promise<Worker> {
  const worker = createWorker({ url, token, jobs, poll: '50ms', ...more })
  started.push({ [Symbol.asyncDispose]: () => worker.stop({ grace: 0 }) })
  await worker.start()
  return worker
}

const any = (job: object): Job => job as Job

onEveryStorage('rota/worker', ({ url }) => {
  /** The server has no code: it knows the jobs by what the worker tells of them. */
  async function setting(
    jobs: readonly Job[],
    more: Partial<WorkerOptions> = {},
    role: 'worker' | 'operator' = 'worker',
  ) {
    const server = await serve(url())
    const { key } = await server.key(role)
    const worker = await work(server.url, key, jobs, more)
    const { key: operator } = await server.key('operator')
    const create = async (job: string, input: unknown, options: object = {}): Promise<string> => {
      const { body } = await server.call('POST', '/api/jobs', { as: operator, body: { job, input, ...options } })
      expect(body.code).toBeUndefined()
      return body.id
    }
    const over = async (id: string) => {
      const { body } = await server.call('GET', `/api/jobs/${id}/result?timeout=20s`, { as: operator })
      return body
    }
    return { server, worker, create, over, operator, job: (id: string) => server.rota.job(id as never) }
  }

  test('jobs run with their input, context, services, middleware, logs and progress', async () => {
    const seen: unknown[] = []
    const greet = defineJob({
      id: 'greet',
      input: z.object({ name: z.string() }),
      metadata: { team: 'art' },
      async run({ name }, ctx) {
        ctx.log.info('begun', { name })
        await ctx.progress(50, 'half')
        seen.push((ctx.services as unknown as { shout: (text: string) => string }).shout(name), ctx.metadata, ctx.lane)
        return { greeted: name, attempt: ctx.attempt }
      },
    })
    const { server, create, over, operator } = await setting([any(greet)], {
      services: { shout: service(() => (text: string) => text.toUpperCase()) },
      middleware: [{ run: async (_, next) => ({ ...((await next()) as object), through: true }) }],
    })
    const id = await create('greet', { name: 'Ada' })
    expect(await over(id)).toMatchObject({
      state: 'succeeded',
      output: { greeted: 'Ada', attempt: 1, through: true },
    })
    expect(seen).toEqual(['ADA', { team: 'art' }, 'default'])
    const { body } = await server.call('GET', `/api/jobs/${id}/logs`, { as: operator })
    expect(body.lines).toMatchObject([{ level: 'info', message: 'begun', data: { name: 'Ada' } }])
    expect((await server.rota.job(id as never))?.progress).toEqual({ percent: 50, message: 'half' })
    const wrong = { as: operator, body: { job: 'greet', input: { name: 7 } } }
    expect((await server.call('POST', '/api/jobs', wrong)).body.code).toBe('input_invalid') // by the schema that was told
  })

  test('failures are tried again after the backoff of the definition, snoozes and discards do as they say', async () => {
    const flaky = defineJob({
      id: 'flaky',
      backoff: { type: 'fixed', delay: 10 },
      run: (_, ctx) => {
        if (ctx.attempt < 3) throw new TypeError(`no ${ctx.attempt}`)
        return ctx.attempt
      },
    })
    let looks = 0
    const later = defineJob({ id: 'later', run: (_, ctx) => (looks++ === 0 ? ctx.snooze(10) : ctx.attempt) })
    const never = defineJob({ id: 'never', run: (_, ctx) => ctx.discard('of no use') })
    const rare = defineJob({
      id: 'rare',
      backoff: { type: 'fixed', delay: '1h' },
      run: () => {
        throw new Error('no')
      },
    })
    const { server, create, over, job } = await setting([any(flaky), any(later), any(never), any(rare)])
    const waits = await create('rare', {})
    await until('it waits', async () => (await job(waits))?.state === 'scheduled')
    expect(Number((await job(waits))?.dueAt) - Date.now()).toBeGreaterThan(3_500_000)
    const id = await create('flaky', {})
    expect(await over(id)).toMatchObject({ state: 'succeeded', output: 3 })
    const attempts = await server.rota.jobs.attempts(id as never)
    expect(attempts.map(({ error }) => error?.message)).toEqual(['no 1', 'no 2'])
    expect(await over(await create('later', {}))).toMatchObject({ state: 'succeeded', output: 1 })
    expect(await over(await create('never', {}))).toMatchObject({ state: 'cancelled', reason: 'discarded: of no use' })
    const failed = await create('flaky', {}, { retries: 0 })
    expect(await over(failed)).toMatchObject({ state: 'failed', reason: null, error: { message: 'no 1' } })
  })

  test('a burst of lines arrives, whatever one of them holds', async () => {
    const loud = defineJob({
      id: 'loud',
      run: (_, ctx) => {
        for (let n = 0; n < 15_000; n++) ctx.log.info(`line ${n}`, n === 500 ? { n: 2 ** 60 } : undefined)
        return 'done'
      },
    })
    const wide = defineJob({
      id: 'wide',
      run: (_, ctx) => {
        for (let n = 0; n < 120; n++) ctx.log.info('\u0001'.repeat(8_000))
      },
    })
    const { server, create, over } = await setting([any(loud), any(wide)])
    const ids = [await create('loud', null), await create('wide', null)] as const
    expect(await over(ids[0])).toMatchObject({ state: 'succeeded', output: 'done' })
    const lines = await server.storage.logs(ids[0], null, 20_000)
    expect(lines).toHaveLength(10_001)
    expect(lines.at(-1)?.message).toContain('5000 more lines were dropped')
    expect(lines[500]?.data).toBe('{"n":"1152921504606847000"}')
    expect(await over(ids[1])).toMatchObject({ state: 'succeeded' })
    expect(await server.storage.logs(ids[1], null, 200)).toHaveLength(120)
  })

  test('timeouts and results that cannot be stored end a job as locally', async () => {
    const slow = defineJob({
      id: 'slow',
      timeout: 50,
      retries: 0,
      run: (_, ctx) =>
        new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))),
    })
    const late = defineJob({
      id: 'late',
      timeout: 20,
      onTimeout: 'mark',
      run: () => new Promise((resolve) => setTimeout(() => resolve('late'), 100)),
    })
    const odd = defineJob({ id: 'odd', run: () => new Map() })
    const { create, over } = await setting([any(slow), any(late), any(odd)])
    expect(await over(await create('slow', {}))).toMatchObject({ state: 'failed', reason: 'timed_out' })
    expect(await over(await create('late', {}))).toMatchObject({
      state: 'succeeded',
      reason: 'timed_out',
      output: 'late',
    })
    expect(await over(await create('odd', {}))).toMatchObject({ state: 'failed', reason: 'result_not_storable' })
  })

  test('a cancel reaches the handler, and a drain the worker', async () => {
    const begun = gate()
    const hold = defineJob({
      id: 'hold',
      run: (_, ctx) => {
        begun.open()
        return new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)))
      },
    })
    const { server, create, over, operator, job } = await setting([any(hold)])
    const id = await create('hold', {})
    await begun.opened
    await server.call('POST', `/api/jobs/${id}/cancel`, { as: operator, body: { reason: 'not wanted' } })
    expect(await over(id)).toMatchObject({ state: 'cancelled', reason: 'not wanted' })
    const remote = (await server.rota.workers()).find(({ jobs }) => jobs.includes('hold'))
    await server.rota.drainWorker(remote?.id as string)
    const second = await create('hold', {})
    await server.call('GET', '/api/workers', { as: operator })
    expect((await job(second))?.state).toBe('ready')
    await server.rota.drainWorker(remote?.id as string, false)
    await until('it goes on', async () => (await job(second))?.state === 'running')
  })

  test('what runs when the worker stops is given back, and no try is used', async () => {
    const begun = gate()
    let runs = 0
    const hold = defineJob({
      id: 'hold',
      run: (_, ctx) => {
        if (++runs === 2) begun.open()
        return new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)))
      },
    })
    const { server, worker, create, job } = await setting([any(hold)])
    const id = await create('hold', {})
    const once = await create('hold', {}, { onLapse: 'fail' })
    await begun.opened
    await worker.stop({ grace: 0 })
    expect(await job(id)).toMatchObject({ state: 'ready', attempt: 0, lapses: 0 })
    expect(await job(once)).toMatchObject({ state: 'failed', reason: 'interrupted' })
    expect((await server.rota.workers()).filter(({ jobs }) => jobs.includes('hold'))).toEqual([])
  })

  test('a job reaches those that it waited for, and stores others, with the key of an operator', async () => {
    const first = defineJob({ id: 'first', run: () => 20 })
    const second = defineJob({
      id: 'second',
      async run(_, ctx) {
        const { id } = await ctx.enqueue(first, undefined, { idempotencyKey: ctx.idempotencyKey })
        return { sum: (await ctx.parent<number>(first)) + 1, stored: id }
      },
    })
    const { create, over } = await setting([any(first), any(second)], {}, 'operator')
    const parent = await create('first', undefined)
    const { output } = await over(await create('second', {}, { after: [parent] }))
    expect(output.sum).toBe(21)
    expect(await over(output.stored)).toMatchObject({ state: 'succeeded', output: 20 })
  })

  test('two hundred jobs in two lanes run once each', async () => {
    const runs = new Map<string, number>()
    const count = defineJob({ id: 'count', run: (_, ctx) => void runs.set(ctx.id, (runs.get(ctx.id) ?? 0) + 1) })
    const { server, operator } = await setting([any(count)], { lanes: { default: 8, side: 3 } })
    const ids: string[] = []
    for (const lane of ['default', 'side']) {
      const body = { job: 'count', inputs: Array.from({ length: 100 }, () => 1), lane }
      const answer = await server.call('POST', '/api/jobs/batch', { as: operator, body })
      ids.push(...answer.body.jobs.map((job: { id: string }) => job.id))
    }
    await until('all are over', async () => (await server.rota.jobs.stats()).finished.succeeded === 200)
    expect(new Set(ids)).toEqual(new Set(runs.keys()))
    expect([...runs.values()].every((times) => times === 1)).toBe(true)
  })
})

describe('trouble', () => {
  test('a server that is stopped and started again in the middle loses nothing', async () => {
    const going = gate()
    const begun = gate()
    const hold = defineJob({
      id: 'hold',
      run: async () => {
        begun.open()
        await going.opened
        return 'done'
      },
    })
    await using rota = createRota({ storage: 'sqlite::memory:', lease: '1s', poll: '20ms' })
    await rota.start()
    const first = createServer(rota, { secret: testSecret, trustLocal: true })
    const { url, port } = await first.listen({ port: 0 })
    const worker = createWorker({ url, jobs: [any(hold)], poll: '50ms' })
    const lost: string[] = []
    worker.on('job:lease_lost', ({ id }) => lost.push(id))
    await worker.start()
    const { id } = await rota.enqueue(hold)
    await begun.opened
    await first.close({ grace: 0 })
    going.open()
    await until(
      'the worker has noticed',
      () => new Promise((resolve) => worker.on('worker:trouble', () => resolve(true))),
    )
    const second = createServer(rota, { secret: testSecret, trustLocal: true })
    await second.listen({ port })
    expect(await rota.result(id, { timeout: '10s' })).toBe('done')
    const { id: next } = await rota.enqueue(hold)
    expect(await rota.result(next, { timeout: '10s' })).toBe('done')
    expect([lost, (await rota.job(id))?.attempt, (await rota.workers()).length]).toEqual([[], 1, 2])
    await worker.stop()
    await second.close({ grace: 0 })
  })

  test('a lost lease aborts the handlers, and the worker goes on under a new id', async () => {
    const server = await serve('sqlite::memory:')
    const { key } = await server.key('worker')
    const begun = [gate(), gate()]
    let starts = 0
    let reason: unknown
    const hold = defineJob({
      id: 'hold',
      run: (_, ctx) => {
        begun[starts++]?.open()
        if (starts > 1) return 'again'
        return new Promise((_, reject) => {
          ctx.signal.addEventListener('abort', () => {
            reason = ctx.signal.reason
            reject(ctx.signal.reason)
          })
        })
      },
    })
    await work(server.url, key, [any(hold)], { lease: '5s' })
    const [remote] = (await server.rota.workers()).filter(({ jobs }) => jobs.includes('hold'))
    const { id } = await server.rota.enqueue(hold)
    await begun[0]?.opened
    await server.storage.leave(remote?.id as string)
    expect(await server.rota.result(id, { timeout: '15s' })).toBe('again')
    expect((reason as RotaError).code).toBe('lease_lost')
    expect(await server.rota.job(id)).toMatchObject({ attempt: 1, lapses: 1, fence: 2 })
  })

  test('the jobs of a configuration file run for a server', async () => {
    const server = await serve('sqlite::memory:')
    const { key } = await server.key('worker')
    const hello = defineJob({ id: 'hello', lane: 'side', run: () => 'hi' })
    const options = { storage: 'sqlite:elsewhere.db', jobs: [any(hello)], lanes: { side: 2 }, worker: { name: 'desk' } }
    const worker = workerOfServer({ url: server.url, token: key }, options)
    await worker.start()
    const { id } = await server.rota.enqueue(hello)
    expect(await server.rota.result(id, { timeout: '10s' })).toBe('hi')
    const [remote] = (await server.rota.workers()).filter(({ jobs }) => jobs.includes('hello'))
    expect(remote).toMatchObject({ name: 'desk', lanes: [{ name: 'side', concurrency: 2 }] })
    await worker.stop()
  })

  test('what cannot work is told at once', async () => {
    const job = any(defineJob({ id: 'a', run: () => 1 }))
    const code = (options: object) => {
      try {
        createWorker(options as WorkerOptions)
      } catch (error) {
        return (error as RotaError).code
      }
      return null
    }
    const url = 'http://127.0.0.1:1'
    expect(code({ url, jobs: [job] })).toBeNull()
    expect(code({ url, jobs: [] })).toBe('option_invalid')
    expect(code({ url: 'ftp://x', jobs: [job] })).toBe('option_invalid')
    expect(code({ url, jobs: [job], lease: '1s' })).toBe('option_invalid')
    expect(code({ url, jobs: [job], storage: 'sqlite:x' })).toBe('option_unknown')
    expect(code({ url, jobs: [job], lanes: { default: 0 } })).toBe('option_invalid')
    const elsewhere = createNet((_, response) => response.end('hello'))
    await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done))
    const port = (elsewhere.address() as AddressInfo).port
    const worker = createWorker({ url: `http://127.0.0.1:${port}`, jobs: [job] })
    await expect(worker.start()).rejects.toMatchObject({ code: 'server_unreachable' })
    await worker.stop()
    await expect(worker.start()).rejects.toMatchObject({ code: 'closed' })
    elsewhere.closeAllConnections()
    await new Promise((done) => elsewhere.close(done))
  })
})
