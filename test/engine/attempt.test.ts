/** What surrounds a handler: middleware, log and progress, timeout strategies. */
import { afterEach, expect, test } from 'vitest'
import {
  createRota,
  defineJob,
  type Middleware,
  type Rota,
  type RotaOptions,
  type Storage,
  type,
} from '../../src/index.ts'
import { openStorage } from '../../src/storage/open.ts'
import { gate, until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

/** Counts how often something is written that running handlers told. */
async function counting(url: string): Promise<{ storage: Storage; written(): number }> {
  const storage = await openStorage(url)
  let count = 0
  const note: Storage['note'] = (...args) => {
    count++
    return storage.note(...args)
  }
  return { storage: { ...storage, note }, written: () => count }
}

onEveryStorage('an attempt', ({ url }) => {
  const rotaWith = (options: RotaOptions = {}) => {
    const rota = createRota({ storage: url(), ...options })
    rotas.push(rota)
    return rota
  }

  test('middleware is an onion around each enqueue and each try', async () => {
    const order: string[] = []
    const layer = (name: string): Middleware => ({
      async enqueue(call, next) {
        order.push(`${name} enqueues ${call.job}`)
        const stored = await next({
          input: `${call.input}${name}`,
          options: { ...call.options, metadata: { ...call.options.metadata, [name]: true } },
        })
        order.push(`${name} enqueued`)
        return stored
      },
      async run(ctx, next) {
        order.push(`${name} runs with ${ctx.input} at try ${ctx.attempt}`)
        const result = await next({ input: `${ctx.input}${name.toLowerCase()}` })
        order.push(`${name} ran`)
        return `${result}${name}`
      },
    })
    const shout = defineJob({ id: 'shout', input: type<string>(), run: (text) => `${text}!` })
    const rota = rotaWith({ jobs: [shout], middleware: [layer('A'), layer('B')] })
    await rota.start()
    const { id } = await rota.enqueue(shout, 'x')
    expect(await rota.result(id)).toBe('xABab!BA')
    expect(await rota.job(id)).toMatchObject({ input: 'xAB', metadata: { A: true, B: true } })
    const told = (word: RegExp) => order.filter((entry) => word.test(entry))
    expect(told(/enqueue/)).toEqual(['A enqueues shout', 'B enqueues shout', 'B enqueued', 'A enqueued'])
    expect(told(/r[ua]n/)).toEqual(['A runs with xAB at try 1', 'B runs with xABa at try 1', 'B ran', 'A ran'])
  })

  test('middleware may refuse, answer itself, fail a try, or turn a failure into a result', async () => {
    const echo = defineJob({ id: 'echo', retries: 0, input: type<string>(), run: (text) => text })
    const broken = defineJob({
      id: 'broken',
      retries: 0,
      run: () => {
        throw new Error('inside')
      },
    })
    const guard: Middleware = {
      enqueue: (call, next) => (call.input === 'never' ? Promise.reject(new Error('refused')) : next()),
      async run(ctx, next) {
        if (ctx.input === 'skip') return 'not run'
        if (ctx.input === 'later') return ctx.discard('by middleware')
        if (ctx.input === 'bad') throw new Error('outside')
        return next().catch((error) => `caught ${error.message}`)
      },
    }
    const rota = rotaWith({ jobs: [echo, broken], middleware: [guard] })
    await rota.start()
    await expect(rota.enqueue(echo, 'never')).rejects.toThrow('refused')
    await expect(rota.enqueueMany(echo, ['a', 'never'])).rejects.toThrow('refused')
    expect((await rota.jobs.stats()).live).toEqual({ blocked: 0, scheduled: 0, ready: 0, running: 0 })
    const many = await rota.enqueueMany(echo, ['one', 'skip'])
    expect(await Promise.all(many.map(({ id }) => rota.result(id)))).toEqual(['one', 'not run'])
    await expect(rota.result((await rota.enqueue(echo, 'bad')).id)).rejects.toThrow('outside')
    await expect(rota.result((await rota.enqueue(echo, 'later')).id)).rejects.toThrow('discarded: by middleware')
    expect(await rota.result((await rota.enqueue(broken)).id)).toBe('caught inside')
    expect((await rota.jobs.stats()).finished).toEqual({ succeeded: 3, failed: 1, cancelled: 1, expired: 0 })
  })

  test('a handler behind middleware does not start when its try was over before', async () => {
    const [open, passed] = [gate(), gate()]
    let started = 0
    const late = defineJob({
      id: 'late',
      retries: 0,
      timeout: 30,
      run: () => {
        started++
      },
    })
    const slow: Middleware = {
      async run(_, next) {
        await open.opened
        return next().finally(passed.open)
      },
    }
    const rota = rotaWith({ jobs: [late], middleware: [slow] })
    await rota.start()
    const { id } = await rota.enqueue(late)
    await expect(rota.result(id)).rejects.toThrow('timeout')
    open.open()
    await passed.opened
    expect(started).toBe(0)
  })

  test('log lines and progress are seen while the job runs, and kept when it is over', async () => {
    const [half, end] = [gate(), gate()]
    const wordy = defineJob({
      id: 'wordy',
      retries: 1,
      backoff: { type: 'fixed', delay: 1 },
      async run(_, ctx) {
        ctx.log.info(`try ${ctx.attempt}`, { n: 1n, nested: { deep: [1] }, error: new Error('e') })
        if (ctx.attempt === 1) throw new Error('once')
        await ctx.progress(50, 'half way\0')
        ctx.log.warn('careful')
        half.open()
        await end.opened
        ctx.log.debug('last words')
        await ctx.progress(100)
      },
    })
    const rota = rotaWith({ jobs: [wordy] })
    await rota.start()
    const { id } = await rota.enqueue(wordy)
    await half.opened
    await until('it is seen', async () => (await rota.job(id))?.progress?.percent === 50)
    expect(await rota.job(id)).toMatchObject({ state: 'running', progress: { percent: 50, message: 'half way' } })
    expect((await rota.jobs.logs(id)).lines.map(({ attempt, level, message }) => [attempt, level, message])).toEqual([
      [1, 'info', 'try 1'],
      [2, 'info', 'try 2'],
      [2, 'warn', 'careful'],
    ])
    end.open()
    await rota.result(id)
    const first = await rota.jobs.logs(id, { limit: 3 })
    expect(first.lines[0]?.data).toMatchObject({ n: '1', nested: { deep: [1] }, error: { message: 'e' } })
    const rest = await rota.jobs.logs(id, { cursor: first.next as string })
    expect(rest.lines.map(({ message }) => message)).toEqual(['last words'])
    expect((await rota.jobs.logs(id, { cursor: rest.next as string })).lines).toEqual([])
    expect((await rota.job(id))?.progress).toEqual({ percent: 100, message: null })
  })

  test('what a handler tells first after its try is over is not written, also when its worker has stopped', async () => {
    const [began, end, told] = [gate(), gate(), gate()]
    const deaf = defineJob({
      id: 'deaf',
      async run(_, ctx) {
        began.open()
        await end.opened
        ctx.log.info('too late')
        told.open()
      },
    })
    const { storage, written } = await counting(url())
    const rota = rotaWith({ storage, jobs: [deaf] })
    await rota.start()
    await rota.enqueue(deaf)
    await began.opened
    await rota.stop({ grace: 0 })
    end.open()
    await told.opened
    expect(written()).toBe(0) // and no timer is left to do it later: the leak check looks
  })

  test('what went with the outcome is not written again', async () => {
    const brief = defineJob({ id: 'brief', run: (_, ctx) => ctx.log.info('all of it') })
    const [told, end] = [gate(), gate()]
    const long = defineJob({
      id: 'long',
      async run(_, ctx) {
        await told.opened
        ctx.log.info('written by itself')
        await end.opened
      },
    })
    const { storage, written } = await counting(url())
    const rota = rotaWith({ storage, jobs: [brief, long] })
    await rota.start()
    const other = await rota.enqueue(long)
    const { id } = await rota.enqueue(brief)
    await rota.result(id)
    told.open() // what would have been written again is written before this, or with it
    await until('the writer wrote', async () => (await rota.jobs.logs(other.id)).lines.length > 0)
    end.open()
    expect((await rota.jobs.logs(id)).lines.map((line) => line.message)).toEqual(['all of it'])
    expect(written()).toBe(1)
  })

  test('a flood of lines is cut, and says so', async () => {
    const end = gate()
    const flood = defineJob({
      id: 'flood',
      run: async (_, ctx) => {
        for (let i = 0; i < 12_000; i++) ctx.log.info(`line ${i}`)
        await end.opened
        ctx.log.info('x'.repeat(20_000), 'y'.repeat(20_000))
      },
    })
    const rota = rotaWith({ jobs: [flood] })
    await rota.start()
    const { id } = await rota.enqueue(flood)
    const seen = async () => (await rota.jobs.logs(id, { limit: 10_000 })).lines.length
    await until('more than fits into one write is seen', async () => (await seen()) > 1_000)
    end.open()
    await rota.result(id)
    const { lines, next } = await rota.jobs.logs(id, { limit: 10_000 })
    expect([lines.length, lines.at(-1)?.message]).toEqual([10_000, 'line 9999'])
    const { lines: last } = await rota.jobs.logs(id, { cursor: next as string })
    expect(last.map(({ message }) => message)).toEqual([
      '2001 more lines were dropped: they came too fast, or were more than 10000.',
    ])
  })

  test('progress that is no percentage fails the try with the reason', async () => {
    const wrong = defineJob({ id: 'wrong', retries: 0, run: (_, ctx) => ctx.progress(101) })
    const rota = rotaWith({ jobs: [wrong] })
    await rota.start()
    await expect(rota.result((await rota.enqueue(wrong)).id)).rejects.toThrow('progress: 101 is not allowed')
  })

  test('with the strategy "mark" a handler may finish after its timeout, and that is recorded', async () => {
    const ended = gate()
    let aborted = false
    const slow = defineJob({
      id: 'slow',
      timeout: 30,
      onTimeout: 'mark',
      async run(_, ctx) {
        await ended.opened
        aborted = ctx.signal.aborted
        return 'late but fine'
      },
    })
    const rota = rotaWith({ jobs: [slow] })
    await rota.start()
    const { id } = await rota.enqueue(slow)
    await until('it is overdue', async () => Date.now() - Number((await rota.job(id))?.startedAt ?? Date.now()) > 100)
    ended.open()
    expect(await rota.result(id)).toBe('late but fine')
    expect(aborted).toBe(false)
    expect(await rota.job(id)).toMatchObject({ state: 'succeeded', reason: 'timed_out' })
    expect((await rota.jobs.attempts(id)).map(({ to, reason }) => [to, reason])).toEqual([['succeeded', 'timed_out']])
  })
})
