/** What the engine does when the storage fails under it: a real storage whose calls or answers get lost. */
import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type Job, type Rota, RotaError, type Storage, type } from '../../src/index.ts'
import { decide } from '../../src/job/states.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'
import { gate, until } from '../support/condition.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

/** `never`: the call is swallowed and never answered. */
type Fault = 'before' | 'after' | 'never'

/** Loses the next calls of a method, before they are done or after; the rest goes through. */
function unreliable(storage: Storage): {
  storage: Storage
  lose(method: keyof Storage, fault: Fault, times?: number): void
} {
  const faults = new Map<string, Fault[]>()
  const wrapped = new Proxy(storage, {
    get(target, method: keyof Storage) {
      const call = target[method]
      if (typeof call !== 'function') return call
      return async (...args: never[]) => {
        const fault = faults.get(method)?.shift()
        if (fault === 'never') return new Promise(() => {})
        if (fault === 'before') throw new RotaError('storage_unreachable', `${method} did not arrive`)
        const answer = await (call as (...args: never[]) => unknown).apply(target, args)
        if (fault === 'after') throw new RotaError('storage_unreachable', `the answer of ${method} was lost`)
        return answer
      }
    },
  })
  const lose = (method: keyof Storage, fault: Fault, times = 1) => void faults.set(method, Array(times).fill(fault))
  return { storage: wrapped, lose }
}

function setUp(options: { lease?: string; jobs: readonly Job[]; lanes?: Record<string, number> }) {
  const { storage, lose } = unreliable(sqlite({ file: ':memory:' }))
  const rota = createRota({ storage, lease: '30s', ...options })
  rotas.push(rota)
  return { rota, storage, lose }
}

test.each(['before', 'after'] as const)('an enqueue lost %s it was done is stored once and resolves', async (fault) => {
  const runs: number[] = []
  const note = defineJob({ id: 'note', input: type<number>(), run: (n) => void runs.push(n) })
  const { rota, lose } = setUp({ jobs: [note] })
  await rota.start()
  lose('insert', fault, 2)
  const stored = await Promise.all([rota.enqueue(note, 1), rota.enqueue(note, 2, { idempotencyKey: 'k' })])
  expect(stored.map((one) => one.status)).toEqual(['created', 'created'])
  for (const { id } of stored) await rota.result(id)
  expect(runs.sort()).toEqual([1, 2])
  expect((await rota.jobs.stats()).finished.succeeded).toBe(2)
})

test('an enqueue that never gets through fails with storage_unreachable', async () => {
  const note = defineJob({ id: 'note', run: () => 1 })
  const { rota, lose } = setUp({ jobs: [note] })
  lose('insert', 'before', 5)
  await expect(rota.enqueue(note)).rejects.toMatchObject({ code: 'storage_unreachable' })
  expect((await rota.enqueue(note)).status).toBe('created')
}, 15_000)

test.each(['before', 'after'] as const)(
  'an outcome lost %s it was recorded is recorded once and is no lost lease',
  async (fault) => {
    const events: string[] = []
    const second = gate()
    let tries = 0
    const flaky = defineJob({
      id: 'flaky',
      backoff: { type: 'fixed', delay: 20 },
      run: async () => {
        if (++tries === 1) throw new Error('the first fails')
        await second.opened
        return 'done'
      },
    })
    const { rota, lose } = setUp({ jobs: [flaky] })
    for (const name of ['job:succeeded', 'job:retrying', 'job:lease_lost', 'worker:trouble'] as const)
      rota.on(name, () => events.push(name))
    await rota.start()
    lose('apply', fault)
    const { id } = await rota.enqueue(flaky)
    await until('it was tried again', () => events.includes('job:retrying'))
    lose('apply', fault) // in place before the second try may end
    second.open()
    expect(await rota.result(id)).toBe('done')
    await until('all is told', () => events.length === 4)
    expect(events).toEqual(['worker:trouble', 'job:retrying', 'worker:trouble', 'job:succeeded'])
    expect((await rota.jobs.attempts(id)).map((one) => one.to)).toEqual(['scheduled'])
    expect(tries).toBe(2)
  },
)

test('a worker whose lease is lost aborts its handlers, records nothing of them, and goes on as another', async () => {
  const reasons: unknown[] = []
  const begun = gate()
  let starts = 0
  const slow = defineJob({
    id: 'slow',
    run: async (_, ctx) => {
      if (++starts > 1) return `fence ${ctx.fence}`
      begun.open()
      await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
      reasons.push(ctx.signal.reason.code)
      return 'too late'
    },
  })
  const { rota, storage } = setUp({ jobs: [slow], lease: '1s' })
  const lost: string[] = []
  rota.on('job:lease_lost', ({ id }) => lost.push(id))
  await rota.start()
  const [before] = await rota.workers()
  const { id } = await rota.enqueue(slow)
  await begun.opened
  await storage.leave(before?.id as string) // as if it had not renewed in time
  expect(await rota.result(id)).toBe('fence 2')
  expect(reasons).toEqual(['lease_lost'])
  expect(lost).toEqual([id])
  expect(await rota.job(id)).toMatchObject({ attempt: 1, lapses: 1 })
  const [after] = await rota.workers()
  expect(after?.id).not.toBe(before?.id)
})

test('a worker goes on after the storage was away for claims, renewals and sweeps', async () => {
  const note = defineJob({ id: 'note', run: () => 'done' })
  const { rota, lose } = setUp({ jobs: [note], lease: '1s' })
  await rota.start()
  for (const method of ['claim', 'heartbeat', 'sweep', 'promote'] as const) lose(method, 'before', 2)
  expect(await rota.result((await rota.enqueue(note)).id)).toBe('done')
})

test('an outcome that cannot be stored fails its own job and holds up no other', async () => {
  const echo = defineJob({ id: 'echo', input: type<number>(), run: (n) => n })
  const { rota, storage } = setUp({ jobs: [echo] })
  const apply = storage.apply.bind(storage)
  // A database that refuses one value, as real ones do for reasons nobody thought of.
  storage.apply = async (worker, changes) => {
    if (changes.some((change) => 'output' in change && change.output === '13')) throw new Error('invalid value 13')
    return apply(worker, changes)
  }
  await rota.start()
  const stored = await rota.enqueueMany(
    echo,
    Array.from({ length: 30 }, (_, n) => n),
  )
  const results = await Promise.allSettled(stored.map(({ id }) => rota.result(id)))
  expect(results.flatMap((result, n) => (result.status === 'rejected' ? [n] : []))).toEqual([13])
  expect(await rota.job(stored[13]?.id as string)).toMatchObject({
    reason: 'outcome_not_storable',
    error: { message: 'invalid value 13' },
  })
})

test('what a handler throws or returns, and what a listener does, stays its own matter', async () => {
  const trap = () => {
    throw new Error('trap')
  }
  const hostile: Record<string, () => unknown> = {
    getter: () => {
      throw Object.defineProperty(new Error('x'), 'message', { get: trap })
    },
    proxy: () => {
      throw new Proxy({}, { getPrototypeOf: trap, get: trap, has: trap })
    },
    nothing: () => {
      throw null
    },
    returned: () => new Proxy({}, { getPrototypeOf: trap, ownKeys: trap }),
    later: async () => {
      throw Object.defineProperty(new Error('x'), 'message', { get: trap })
    },
  }
  const odd = defineJob({ id: 'odd', input: type<string>(), retries: 0, run: (name) => hostile[name]?.() as undefined })
  const fine = defineJob({ id: 'fine', run: () => 'fine' })
  const { rota } = setUp({ jobs: [odd, fine] })
  const trouble: string[] = []
  rota.on('worker:trouble', ({ during }) => trouble.push(during))
  rota.on('job:failed', () => Promise.reject(new Error('a listener')) as unknown as undefined)
  rota.on('job:succeeded', trap)
  await rota.start()
  for (const name of Object.keys(hostile)) {
    const { id } = await rota.enqueue(odd, name)
    await expect(rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
  }
  expect(await rota.result((await rota.enqueue(fine)).id)).toBe('fine')
  await until('all is told', () => trouble.length === 6)
  expect(new Set(trouble)).toEqual(new Set(['listener of job:failed', 'listener of job:succeeded']))
})

test('a wait goes on while the database is away', async () => {
  const open = gate()
  const slow = defineJob({ id: 'slow', run: () => open.opened.then(() => 'done') })
  const { rota, lose } = setUp({ jobs: [slow] })
  await rota.start()
  const { id } = await rota.enqueue(slow)
  lose('get', 'before', 3)
  const result = rota.result(id)
  open.open()
  expect(await result).toBe('done')
})

test('renewals that are never answered cost the lease, but not the worker', async () => {
  const note = defineJob({ id: 'note', run: () => 'done' })
  const { rota, lose } = setUp({ jobs: [note], lease: '1s' })
  await rota.start()
  lose('heartbeat', 'never', 3)
  await until('it has no lease', async () => (await rota.workers()).length === 0)
  await until('it has one again', async () => (await rota.workers()).length === 1)
  expect(await rota.result((await rota.enqueue(note)).id, { timeout: '5s' })).toBe('done')
})

test('what a lost lease held and never started does not lapse', async () => {
  const [begun, go] = [gate(), gate()]
  const slow = defineJob({
    id: 'slow',
    input: type<number>(),
    run: async (n) => {
      begun.open()
      if (n === 0) await go.opened
    },
  })
  const { rota, storage } = setUp({ jobs: [slow], lease: '1s' })
  const stored = await rota.enqueueMany(
    slow,
    Array.from({ length: 40 }, (_, n) => n),
  )
  await rota.start()
  await begun.opened
  const [before] = await rota.workers()
  await storage.leave(before?.id as string)
  await until('another lease', async () => (await rota.workers()).some((worker) => worker.id !== before?.id))
  go.open()
  for (const { id } of stored) await rota.result(id)
  const lapses = await Promise.all(stored.map(async ({ id }) => (await rota.job(id))?.lapses ?? 0))
  expect(lapses.filter((n) => n > 0).length).toBeLessThanOrEqual(1)
})

/** Lets workers die, one after the other, each with all jobs of a definition in its hands. */
async function letDie(storage: Storage, job: string, times: number): Promise<void> {
  for (let n = 1; n <= times; n++) {
    const id = `01900000-0000-7000-8000-00000000000${n}`
    await storage.heartbeat({
      id,
      name: 'dead',
      lanes: [{ name: 'default', concurrency: 1 }],
      jobs: [job],
      schedules: [],
      lease: 1_000,
    })
    await storage.claim({ worker: id, lanes: [{ name: 'default', limit: 100 }], jobs: [job], suspect: false })
    await storage.leave(id)
    const held = await storage.sweep(100)
    await storage.apply(
      id,
      held.map((one) => decide(one, { kind: 'lapse' }, () => 0)),
    )
  }
}

test('what lapsed twice runs also while fresh jobs fill every slot', async () => {
  let streaming = true
  const fresh = defineJob({
    id: 'fresh',
    run: async () => {
      if (streaming) await rota.enqueue(fresh)
    },
  })
  const old = defineJob({ id: 'old', run: (_, ctx) => ctx.fence })
  const { rota, storage } = setUp({ jobs: [fresh, old] })
  const { id } = await rota.enqueue(old)
  await letDie(storage, 'old', 2)
  await rota.enqueueMany(fresh, Array(2_000).fill(undefined))
  await rota.start()
  expect(await rota.result(id, { timeout: '5s' })).toBe(3)
  streaming = false
})

test('the jobs of a worker that died run side by side, as they did there', async () => {
  const together = gate()
  let running = 0
  const slow = defineJob({
    id: 'slow',
    run: async (_, ctx) => {
      if (++running === 10) together.open()
      await together.opened
      return ctx.fence
    },
  })
  const { rota, storage } = setUp({ jobs: [slow] })
  const stored = await rota.enqueueMany(slow, Array(10).fill(undefined))
  await letDie(storage, 'slow', 1)
  await rota.start()
  for (const { id } of stored) expect(await rota.result(id, { timeout: '5s' })).toBe(2)
})

test('jobs of a claim whose answer was lost come back, while the worker goes on', async () => {
  const runs: number[] = []
  const note = defineJob({ id: 'note', input: type<number>(), run: (n) => void runs.push(n) })
  const { rota, lose } = setUp({ jobs: [note] })
  const stored = await rota.enqueueMany(note, [1, 2, 3])
  lose('claim', 'after')
  await rota.start()
  for (const { id } of stored) await rota.result(id, { timeout: '8s' })
  expect(runs.sort()).toEqual([1, 2, 3])
  expect(await rota.job(stored[0]?.id as string)).toMatchObject({ attempt: 1, fence: 2, lapses: 0 })
})

test('a job of a claim that was given up, and carried out long after, comes back too', async () => {
  const note = defineJob({ id: 'note', run: () => 'ran' })
  const { rota, storage } = setUp({ jobs: [note], lease: '1s' })
  await rota.start()
  const { id } = await rota.enqueue(note, undefined, { in: '1h' })
  const worker = (await rota.workers())[0]?.id as string
  // In one turn of the storage, so that the worker does not come first: the claim that nobody waits for any more.
  const [, claimed] = await Promise.all([
    storage.edit([id], { kind: 'reschedule', at: null, delay: 0 }),
    storage.claim({ worker, lanes: [{ name: 'default', limit: 1 }], jobs: ['note'], suspect: false }),
  ])
  expect(claimed.map((job) => job.id)).toEqual([id])
  expect(await rota.result(id, { timeout: '10s' })).toBe('ran')
  expect(await rota.job(id)).toMatchObject({ attempt: 1, fence: 2, lapses: 0, worker })
})

test('log lines come once, also when the answer of their writing was lost, and an outcome is not held up by them', async () => {
  const [half, end] = [gate(), gate()]
  const wordy = defineJob({
    id: 'wordy',
    async run(_, ctx) {
      for (let i = 0; i < 5; i++) ctx.log.info(`line ${i}`)
      half.open()
      await end.opened
      ctx.log.info('last')
    },
  })
  const { rota, lose } = setUp({ jobs: [wordy] })
  await rota.start()
  lose('note', 'after', 2)
  lose('apply', 'after')
  const { id } = await rota.enqueue(wordy)
  await half.opened
  await until('the lines are there', async () => (await rota.jobs.logs(id)).lines.length > 0)
  end.open()
  await rota.result(id)
  const { lines } = await rota.jobs.logs(id)
  expect(lines.map(({ message }) => message)).toEqual([...[0, 1, 2, 3, 4].map((i) => `line ${i}`), 'last'])
})

test('lines that cannot be written fill the memory only so far, whatever the number of handlers', async () => {
  const end = gate()
  const flood = defineJob({
    id: 'flood',
    async run(_, ctx) {
      for (let i = 0; i < 120; i++) ctx.log.info('x'.repeat(8_000))
      await end.opened
    },
  })
  const { rota, lose } = setUp({ jobs: [flood], lanes: { default: 40 } })
  lose('note', 'before', 1_000)
  await rota.start()
  const stored = await rota.enqueueMany(flood, Array(40).fill(undefined))
  await until('all run', async () => (await rota.jobs.stats()).live.running === 40)
  end.open()
  let kept = 0
  for (const { id } of stored) {
    await rota.result(id)
    kept += (await rota.jobs.logs(id)).lines.length
  }
  expect(kept).toBeGreaterThan(2_000) // of 4 800
  expect(kept).toBeLessThan(2_100)
})

test('a job that was ours before is given back, too, when the answer of its next claim is lost', async () => {
  const runs: number[] = []
  const flaky = defineJob({
    id: 'flaky',
    backoff: { type: 'fixed', delay: 20 },
    run: (_, { fence }) => {
      runs.push(fence)
      if (fence === 1) throw new Error('the first fails')
    },
  })
  const recorded = gate()
  let applied = 0
  const inner = sqlite({ file: ':memory:' })
  const storage: Storage = new Proxy(inner, {
    get(target, method: keyof Storage) {
      if (method === 'apply')
        return async (...args: Parameters<Storage['apply']>) => {
          const answer = await target.apply(...args)
          if (applied++ === 0) await recorded.opened // written, and the worker does not know it yet
          return answer
        }
      if (method === 'claim')
        return async (...args: Parameters<Storage['claim']>) => {
          const answer = await target.claim(...args)
          if (answer.some(({ fence }) => fence === 2)) throw new RotaError('storage_unreachable', 'the answer was lost')
          return answer
        }
      return target[method]
    },
  })
  const rota = createRota({ storage, jobs: [flaky], poll: 20 })
  rotas.push(rota)
  await rota.start()
  const { id } = await rota.enqueue(flaky)
  await until('it ran again', () => runs.length === 2, 5_000)
  recorded.open()
  await rota.result(id)
  expect(runs).toEqual([1, 3])
})

test('a first start that fails leaves a given storage open for the next', async () => {
  const note = defineJob({ id: 'note', run: () => 'done' })
  const { rota, lose } = setUp({ jobs: [note] })
  lose('migrate', 'before')
  await expect(rota.start()).rejects.toMatchObject({ code: 'storage_unreachable' })
  await rota.start()
  expect(await rota.result((await rota.enqueue(note)).id, { timeout: '5s' })).toBe('done')
})

test('a stop does not wait for a storage that never opens', async () => {
  const { rota, lose } = setUp({ jobs: [defineJob({ id: 'note', run: () => 1 })] })
  lose('migrate', 'never')
  rota.start().catch(() => {})
  const since = performance.now()
  await rota.stop({ grace: 0 })
  expect(performance.now() - since).toBeLessThan(10_000)
})
