import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createRota, defineJob, type Rota, RotaError, type RotaOptions, type } from '../../src/index.ts'
import { blocking } from '../support/blocking.ts'
import { gate, until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

onEveryStorage('work', ({ url, shared }) => {
  const rotaWith = (options: RotaOptions) => {
    const rota = createRota({ storage: url(), ...options })
    rotas.push(rota)
    return rota
  }

  test('an object of a class is a definition', async () => {
    class OrderJobHandler {
      readonly id = 'order'
      readonly done: string[] = []
      run(input: unknown) {
        this.done.push(String(input))
        return this.done.length
      }
    }
    const order = defineJob(new OrderJobHandler())
    const rota = rotaWith({ jobs: [order] })
    await rota.start()
    expect(await rota.result((await rota.enqueue(order, 'o1')).id)).toBe(1)
  })

  test('options that stand in the place of the input are told once, and the job is what was said', async () => {
    const light = defineJob({ id: `light ${url()}`.replace(/\W/g, '-'), run: (input) => input })
    const rota = rotaWith({ jobs: [light] })
    const warnings: string[] = []
    const hear = ({ name, message }: Error) => void (name === 'RotaWarning' && warnings.push(message))
    process.on('warning', hear)
    const { id } = await rota.enqueue(light, { in: '5m', priority: 'high' })
    await rota.enqueue(light, { in: '5m' })
    await rota.enqueue(light, { in: '5m' }, {})
    await until('it is told', () => warnings.length > 0)
    process.off('warning', hear)
    expect(await rota.job(id)).toMatchObject({ state: 'ready', input: { in: '5m', priority: 'high' } })
    expect(warnings).toEqual([expect.stringContaining('looks like options (in, priority)')])
  })

  test('a job goes the whole way and its result is typed', async () => {
    const greet = defineJob({
      id: 'greet',
      input: z.object({ name: z.string(), times: z.string().transform(Number) }),
      run: (input, ctx) => ({
        greeted: input.name,
        twice: input.times * 2,
        attempt: ctx.attempt,
        late: Math.max(0, ctx.startedAt.getTime() - ctx.scheduledFor.getTime()) === ctx.lateBy,
        key: ctx.idempotencyKey,
      }),
    })
    const rota = rotaWith({ jobs: [greet] })
    await rota.start()
    const { id, status } = await rota.enqueue(greet, { name: 'Ada', times: '21' })
    expect(status).toBe('created')
    const result: { greeted: string; twice: number } = await rota.result(id)
    expect(result).toEqual({ greeted: 'Ada', twice: 42, attempt: 1, late: true, key: id })
    expect(await rota.job(id)).toMatchObject({
      state: 'succeeded',
      input: { name: 'Ada', times: '21' },
      output: result,
      attempt: 1,
    })
  })

  test('a failure is tried again with its backoff, then recorded with every try', async () => {
    const flaky = defineJob({
      id: 'flaky',
      retries: 2,
      backoff: (attempt) => attempt * 20,
      run: () => {
        throw Object.assign(new Error('no luck\0 at all'), { code: 'E_LUCK' })
      },
    })
    const rota = rotaWith({ jobs: [flaky] })
    await rota.start()
    const { id } = await rota.enqueue(flaky)
    await expect(rota.result(id)).rejects.toMatchObject({
      code: 'job_failed',
      message: expect.stringContaining('no luck'),
    })
    expect(await rota.job(id)).toMatchObject({
      state: 'failed',
      attempt: 3,
      error: { code: 'E_LUCK', message: 'no luck at all' },
    })
    const tries = await rota.jobs.attempts(id)
    expect(tries.map(({ attempt, to }) => [attempt, to])).toEqual([
      [1, 'scheduled'],
      [2, 'scheduled'],
      [3, 'failed'],
    ])
    const waits = [1, 2].map((i) => Number(tries[i]?.startedAt) - Number(tries[i - 1]?.endedAt))
    expect(waits[0]).toBeGreaterThanOrEqual(20)
    expect(waits[1]).toBeGreaterThanOrEqual(40)
  })

  test('a timeout fires the signal and counts as a failed try; a late result is ignored', async () => {
    const aborted: unknown[] = []
    const late = gate()
    const slow = defineJob({
      id: 'slow',
      retries: 0,
      timeout: 50,
      run: async (_, ctx) => {
        ctx.signal.addEventListener('abort', () => aborted.push(ctx.signal.reason.code))
        await late.opened
        return 'too late'
      },
    })
    const rota = rotaWith({ jobs: [slow] })
    await rota.start()
    const { id } = await rota.enqueue(slow)
    await expect(rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    late.open()
    expect(aborted).toEqual(['timed_out'])
    expect(await rota.job(id)).toMatchObject({ state: 'failed', reason: 'timed_out', output: undefined })
  })

  test('delays are kept, and a later job that is due comes first', async () => {
    const order: string[] = []
    const note = defineJob({ id: 'note', input: type<string>(), run: (name) => void order.push(name) })
    const rota = rotaWith({ jobs: [note] })
    await rota.start()
    const before = performance.now()
    const { id } = await rota.enqueue(note, 'delayed', { in: '300ms' })
    expect((await rota.job(id))?.state).toBe('scheduled')
    const past = await rota.enqueue(note, 'at', { at: new Date(0) })
    await rota.result(past.id)
    await rota.result(id)
    expect(performance.now() - before).toBeGreaterThanOrEqual(290)
    expect(order).toEqual(['at', 'delayed'])
  })

  test('the jobs of one process start in the order of its calls, in a lane with one slot', async () => {
    const started: number[] = []
    const next = defineJob({ id: 'next', input: type<number>(), run: (n) => void started.push(n) })
    const rota = rotaWith({ jobs: [next], lanes: { default: 1 } })
    await rota.start()
    const numbers = Array.from({ length: 2_500 }, (_, n) => n)
    await rota.enqueueMany(next, numbers.slice(0, 2_000))
    await Promise.all(numbers.slice(2_000).map((n) => rota.enqueue(next, n)))
    await until('all have run', () => started.length === numbers.length)
    expect(started).toEqual(numbers)
  })

  test('a lane that has more goes on although another one is empty', async () => {
    const slow = defineJob({ id: 'slow', lane: 'busy', run: () => new Promise((resolve) => setTimeout(resolve, 20)) })
    const rota = rotaWith({ jobs: [slow], lanes: { busy: 1, empty: 1 }, poll: '1m' })
    const stored = await rota.enqueueMany(
      slow,
      Array.from({ length: 8 }, () => undefined),
    )
    await rota.start()
    for (const { id } of stored) await rota.result(id, { timeout: '10s' })
  })

  test('lanes keep to their concurrency; a full lane does not hold up another', async () => {
    let running = 0
    let most = 0
    const stay = gate()
    const block = defineJob({
      id: 'block',
      lane: 'slow',
      run: async () => {
        most = Math.max(most, ++running)
        await stay.opened
        running--
      },
    })
    const quick = defineJob({ id: 'quick', run: () => 'done' })
    const rota = rotaWith({ jobs: [block, quick], lanes: { slow: 3, default: 2 } })
    await rota.start()
    const blocked = await rota.enqueueMany(
      block,
      Array.from({ length: 20 }, () => undefined),
    )
    await until('three run', () => running === 3)
    const { id } = await rota.enqueue(quick)
    expect(await rota.result(id)).toBe('done')
    expect(running).toBe(3)
    stay.open()
    await Promise.all(blocked.map((one) => rota.result(one.id)))
    expect(most).toBe(3)
  })

  test('higher priorities go first, and inside a priority the older', async () => {
    const order: string[] = []
    const note = defineJob({ id: 'note', input: type<string>(), run: (name) => void order.push(name) })
    const rota = rotaWith({ jobs: [note], lanes: { default: 1 } })
    for (const priority of ['low', 'medium', 'critical', 'veryLow', 'high'] as const)
      await rota.enqueue(note, priority, { priority })
    await rota.enqueue(note, 'medium 2')
    const last = await rota.enqueue(note, 'veryLow 2', { priority: 'veryLow' })
    await rota.start()
    await rota.result(last.id)
    expect(order).toEqual(['critical', 'high', 'medium', 'medium 2', 'low', 'veryLow', 'veryLow 2'])
  })

  test('a handler may snooze, which uses no attempt, and discard', async () => {
    let starts = 0
    const sleepy = defineJob({
      id: 'sleepy',
      retries: 0,
      run: (_, ctx) => (++starts < 4 ? ctx.snooze(10) : ctx.discard(`fence ${ctx.fence}, attempt ${ctx.attempt}`)),
    })
    const rota = rotaWith({ jobs: [sleepy] })
    await rota.start()
    const { id } = await rota.enqueue(sleepy)
    await expect(rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    expect(await rota.job(id)).toMatchObject({ state: 'cancelled', reason: 'discarded: fence 4, attempt 1' })
  })

  test('non_retryable fails at once; a result that JSON cannot hold too', async () => {
    const never = defineJob({
      id: 'never',
      run: () => Promise.reject(new RotaError('non_retryable', 'the card was stolen')),
    })
    const odd = defineJob({ id: 'odd', run: () => ({ when: new Date() }) })
    const rota = rotaWith({ jobs: [never, odd] })
    await rota.start()
    const ids = [(await rota.enqueue(never)).id, (await rota.enqueue(odd)).id]
    for (const id of ids) await expect(rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    expect(await rota.job(ids[0] as string)).toMatchObject({
      reason: 'non_retryable',
      attempt: 1,
      error: { message: 'the card was stolen' },
    })
    expect(await rota.job(ids[1] as string)).toMatchObject({ reason: 'result_not_storable', attempt: 1 })
  })

  if (shared)
    test('stop gives back what has not started and what ignores its signal, without using an attempt', async () => {
      const begun = gate()
      const stuck = defineJob({
        id: 'stuck',
        run: (_, ctx) => {
          begun.open()
          return new Promise((_, reject) => ctx.signal.addEventListener('abort', () => ctx.fence < 0 && reject()))
        },
      })
      const rota = rotaWith({ jobs: [stuck], lanes: { default: 1 } })
      await rota.enqueueMany(stuck, [undefined, undefined, undefined])
      await rota.start()
      await begun.opened
      const before = performance.now()
      await rota.stop({ grace: 100 })
      expect(performance.now() - before).toBeLessThan(2_100)
      const later = rotaWith({ jobs: [stuck] })
      const { jobs } = await later.jobs.list({})
      expect(jobs.map(({ state, attempt, worker }) => ({ state, attempt, worker }))).toEqual(
        Array(3).fill({ state: 'ready', attempt: 0, worker: null }),
      )
    })

  if (shared)
    test('a handler that gives up at its signal while the worker stops is no failure', async () => {
      const begun = gate()
      const polite = defineJob({
        id: 'polite',
        retries: 0,
        run: (_, ctx) => {
          begun.open()
          return new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)))
        },
      })
      const rota = rotaWith({ jobs: [polite] })
      await rota.start()
      const { id } = await rota.enqueue(polite)
      await begun.opened
      await rota.stop({ grace: 20 })
      expect(await rotaWith({}).job(id)).toMatchObject({ state: 'ready', attempt: 0, fence: 1 })
    })

  test('a backoff function that fails does not lose the job', async () => {
    const trouble: string[] = []
    const odd = defineJob({
      id: 'odd',
      retries: 1,
      backoff: () => 'soon',
      run: () => {
        throw new Error('no luck')
      },
    })
    const rota = rotaWith({ jobs: [odd] })
    rota.on('worker:trouble', ({ during }) => trouble.push(during))
    await rota.start()
    const { id } = await rota.enqueue(odd)
    await expect(rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    expect(await rota.job(id)).toMatchObject({ state: 'failed', attempt: 2 })
    expect(trouble).toEqual(['asking the backoff of job "odd"'])
  })

  test('`await using` stops at the end of the block: what runs may end, and it is closed', async () => {
    const [began, ended] = [gate(), gate()]
    const brief = defineJob({
      id: 'brief',
      run: async () => {
        began.open()
        await new Promise((resolve) => setImmediate(resolve))
        ended.open()
      },
    })
    let outside: Rota
    {
      await using rota = createRota({ storage: url(), jobs: [brief] })
      outside = rota
      await rota.start()
      await rota.enqueue(brief)
      await began.opened
    }
    await ended.opened
    await expect(outside.enqueue(brief)).rejects.toMatchObject({ code: 'closed' })
  })

  test('stop lets a running job end within the grace and records it', async () => {
    const slow = blocking()
    const rota = rotaWith({ jobs: [slow.job] })
    await rota.start()
    const { id } = await rota.enqueue(slow.job)
    const result = rota.result(id)
    await slow.began
    const stopped = rota.stop({ grace: '5s' })
    slow.end()
    expect(await result).toBe('done')
    await stopped
    await expect(rota.enqueue(slow.job)).rejects.toMatchObject({ code: 'closed' })
    await expect(rota.start()).rejects.toMatchObject({ code: 'closed' })
  })

  test('waiting has a timeout and a signal, and tells an unknown id', async () => {
    const idle = defineJob({ id: 'idle', run: () => 1 })
    const rota = rotaWith({ jobs: [idle] })
    const { id } = await rota.enqueue(idle)
    await expect(rota.result(id, { timeout: 30 })).rejects.toMatchObject({ code: 'wait_timeout' })
    await expect(rota.result(id, { signal: AbortSignal.timeout(30) })).rejects.toMatchObject({ code: 'aborted' })
    await expect(rota.result('01900000-0000-7000-8000-000000000000')).rejects.toMatchObject({ code: 'job_not_found' })
    await expect(rota.result('nonsense')).rejects.toMatchObject({ code: 'job_not_found' })
    expect(await rota.job('01900000-0000-7000-8000-000000000000')).toBeNull()
  })

  test('enqueues of one moment are stored together, and an idempotency key stores one job', async () => {
    const greet = defineJob({ id: 'greet', input: type<{ n: number }>(), run: () => 1 })
    const rota = rotaWith({ jobs: [greet] })
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, n) => rota.enqueue(greet, { n: n % 10 }, { idempotencyKey: `key ${n % 10}` })),
    )
    expect(new Set(all.map((one) => one.id)).size).toBe(10)
    expect(all.filter((one) => one.status === 'created').length).toBe(10)
    await expect(rota.enqueue(greet, { n: 99 }, { idempotencyKey: 'key 1' })).rejects.toMatchObject({
      code: 'idempotency_conflict',
    })
    const many = await rota.enqueueMany(greet, [{ n: 1 }, { n: 77 }], { idempotencyKey: ({ n }) => `key ${n}` })
    expect(many.map((one) => one.status)).toEqual(['duplicate', 'created'])
    expect((await rota.jobs.list({})).jobs.length).toBe(11)
  })

  test('lists filter, page and refuse what they do not understand', async () => {
    const a = defineJob({ id: 'job-a', run: () => 1 })
    const b = defineJob({ id: 'job-b', lane: 'side', run: () => 1 })
    const rota = rotaWith({ jobs: [a, b] })
    await rota.enqueueMany(
      a,
      Array.from({ length: 5 }, () => undefined),
    )
    await rota.enqueue(b, undefined, { in: '1h' })
    expect((await rota.jobs.list({ filter: 'job:job-a' })).jobs.length).toBe(5)
    expect((await rota.jobs.list({ filter: 'lane:side,other state:scheduled,ready since:1h' })).jobs.length).toBe(1)
    expect((await rota.jobs.list({ filter: 'state:ready,ready,ready,ready' })).jobs.length).toBe(5)
    await expect(rota.jobs.list({ filter: 'lane:,' })).rejects.toThrow('has no value')
    const page = await rota.jobs.list({ limit: 4 })
    const rest = await rota.jobs.list({ limit: 4, cursor: page.next as string })
    expect([page.jobs.length, rest.jobs.length, rest.next]).toEqual([4, 2, null])
    await expect(rota.jobs.list({ filter: 'stat:failed' })).rejects.toThrow('did you mean "state"?')
    await expect(rota.jobs.list({ filter: 'state:faild' })).rejects.toThrow('did you mean "failed"?')
    expect((await rota.jobs.stats()).live).toEqual({ blocked: 0, scheduled: 1, ready: 5, running: 0 })
  })
})
