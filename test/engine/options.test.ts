/** What is said of a job in several places: which of them counts, and what comes of it. */
import { afterEach, describe, expect, test } from 'vitest'
import {
  createRota,
  type DefaultOptions,
  defineJob,
  type EnqueueOptions,
  type Rota,
  RotaError,
  type RotaOptions,
  type Storage,
  type,
} from '../../src/index.ts'
import type { NewJob } from '../../src/storage/contract.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'
import { gate, until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})
const rotaWith = (options: RotaOptions) => {
  const rota = createRota(options)
  rotas.push(rota)
  return rota
}

/** A storage in memory that remembers what it was given. */
function rememberingStorage(): { storage: Storage; stored: NewJob[] } {
  const storage = sqlite({ file: ':memory:' })
  const stored: NewJob[] = []
  const { insert } = storage
  storage.insert = (jobs, ...rest) => {
    stored.push(...jobs)
    return insert(jobs, ...rest)
  }
  return { storage, stored }
}

/** It stores at once, and answers when the gate is opened. */
function slowStorage() {
  const { storage, stored } = rememberingStorage()
  const answer = gate()
  const { insert } = storage
  storage.insert = async (...args) => {
    const results = await insert(...args)
    await answer.opened
    return results
  }
  return { storage, stored, answer }
}

interface Layers {
  readonly rota?: DefaultOptions
  readonly cluster?: DefaultOptions
  readonly definition?: DefaultOptions
  readonly call?: EnqueueOptions
}

/** The job that is stored when this is said of it. */
async function jobOf({ rota: defaults, cluster, definition, call }: Layers): Promise<NewJob> {
  const { storage, stored } = rememberingStorage()
  const rota = rotaWith({
    clusters: { default: { storage, ...(cluster && { defaults: cluster }) } },
    ...(defaults && { defaults }),
  })
  const job = defineJob({ id: 'any', ...(definition as object), run: () => null })
  await rota.enqueue(job, null, call)
  return stored[0] as NewJob
}

type Case = readonly [
  option: string,
  field: keyof NewJob,
  own: unknown,
  values: readonly (readonly [unknown, unknown])[],
]

const cases: readonly Case[] = [
  [
    'retries',
    'maxAttempts',
    4,
    [
      [10, 11],
      [20, 21],
      [30, 31],
      [40, 41],
    ],
  ],
  [
    'timeout',
    'timeout',
    300_000,
    [
      ['1s', 1_000],
      ['2s', 2_000],
      ['3s', 3_000],
      ['4s', 4_000],
    ],
  ],
  [
    'priority',
    'priority',
    2,
    [
      ['critical', 0],
      ['high', 1],
      ['low', 3],
      ['veryLow', 4],
    ],
  ],
  [
    'lane',
    'lane',
    'default',
    [
      ['a', 'a'],
      ['b', 'b'],
      ['c', 'c'],
      ['d', 'd'],
    ],
  ],
  [
    'onTimeout',
    'onTimeout',
    'fail',
    [
      ['fail', 'fail'],
      ['mark', 'mark'],
      ['fail', 'fail'],
      ['mark', 'mark'],
    ],
  ],
  [
    'onLapse',
    'onLapse',
    'retry',
    [
      ['retry', 'retry'],
      ['fail', 'fail'],
      ['retry', 'retry'],
      ['fail', 'fail'],
    ],
  ],
  [
    'expiresIn',
    'expiresIn',
    null,
    [
      ['1s', 1_000],
      ['2s', 2_000],
      ['3s', 3_000],
      ['4s', 4_000],
    ],
  ],
  [
    'retention',
    'keepSucceeded',
    7 * 86_400_000,
    [
      [{ succeeded: '1d' }, 86_400_000],
      ['none', 0],
      [{ succeeded: '2d' }, 172_800_000],
      [{ succeeded: 'none' }, 0],
    ],
  ],
]

describe('precedence: call > definition > cluster > createRota > Rota', () => {
  test.each(cases)('%s', async (option, field, own, values) => {
    const said = (['rota', 'cluster', 'definition', 'call'] as const).map(
      (layer, i) => [layer, { [option]: values[i]?.[0] }] as const,
    )
    expect((await jobOf({}))[field]).toEqual(own)
    for (let top = 1; top <= said.length; top++) {
      const job = await jobOf(Object.fromEntries(said.slice(0, top)))
      expect(job[field], `${top} layers`).toEqual(values[top - 1]?.[1])
    }
  })

  test('each half of a retention comes from the uppermost place that says it', async () => {
    const job = await jobOf({
      rota: { retention: { failed: '9d' } },
      cluster: { retention: { succeeded: '5d' } },
      call: { retention: 'none' },
    })
    expect([job.keepSucceeded, job.keepFailed]).toEqual([0, 9 * 86_400_000])
  })

  test('metadata merges key by key, and null removes', async () => {
    const job = await jobOf({
      rota: { metadata: { app: 'shop', team: 'a', host: 'x' } },
      cluster: { metadata: { team: 'b', region: 'eu' } },
      definition: { metadata: { region: null, kind: 'mail' } },
      call: { metadata: { kind: 'letter', host: null } },
    })
    expect(job.metadata).toEqual({ app: 'shop', team: 'b', kind: 'letter' })
  })

  test('retention stands in one place', () => {
    const options: RotaOptions = { retention: 'none', defaults: { retention: 'none' } }
    expect(() => createRota(options)).toThrow('give either "retention" or "defaults.retention"')
  })

  test.each<[string, DefaultOptions, string]>([
    ['an unknown option', { retrys: 1 } as DefaultOptions, 'did you mean "retries"'],
    ['an unknown retention', { retention: 'never' as 'none' }, `'none' or an object`],
    ['a retention under a minute', { retention: { succeeded: '59s' } }, 'at least 60000 ms'],
    ['nothing kept of a failure', { retention: { failed: 'none' as '1m' } }, 'is not a duration'],
  ])('%s in defaults is refused', (_, defaults, message) => {
    expect(() => createRota({ defaults })).toThrow(message)
  })
})

test('a payload is measured in UTF-8 bytes', async () => {
  const rota = rotaWith({ storage: 'sqlite::memory:' })
  const any = defineJob({ id: 'any', input: type<string>(), run: () => null })
  const exactly = 'é'.repeat(64 * 1024 - 1) // and two quotes
  const { id } = await rota.enqueue(any, exactly)
  expect((await rota.job(id))?.input).toBe(exactly)
  await expect(rota.enqueue(any, `${exactly}x`)).rejects.toMatchObject({
    code: 'payload_too_large',
    message: expect.stringContaining('131073 bytes as JSON, 1 more than the limit of 131072'),
  })
})

onEveryStorage('retention none', ({ url, shared }) => {
  const double = defineJob({ id: 'double', input: type<number>(), retention: 'none', run: (n) => n * 2 })

  test('nothing is left of a success; who waits in this process gets its result', async () => {
    const rota = rotaWith({ storage: url(), jobs: [double] })
    const told: string[] = []
    rota.on('job:succeeded', ({ id }) => told.push(id))
    const ids = (await rota.enqueueMany(double, [1, 2, 3])).map(({ id }) => id)
    const results = Promise.all(ids.map((id) => rota.result(id)))
    await rota.start()
    expect(await results).toEqual([2, 4, 6])
    expect(told.sort()).toEqual([...ids].sort())
    expect((await rota.jobs.list()).jobs).toEqual([])
    await expect(rota.result(ids[0] as string)).rejects.toMatchObject({
      code: 'job_not_found',
      message: expect.stringContaining(`succeeded with retention 'none'`),
    })
  })

  test('a failure is kept', async () => {
    const fail = defineJob({
      id: 'fail',
      retries: 0,
      run: () => {
        throw new Error('no luck')
      },
    })
    const rota = rotaWith({ storage: url(), jobs: [fail], retention: 'none' })
    await rota.start()
    const { id } = await rota.enqueue(fail)
    await expect(rota.result(id)).rejects.toMatchObject({ code: 'job_failed' })
    expect(await rota.job(id)).toMatchObject({ state: 'failed' })
  })

  if (shared)
    test('another process that waits is told that nothing is kept', async () => {
      const rota = rotaWith({ storage: url(), jobs: [double] })
      const other = rotaWith({ storage: url() })
      const { id } = await rota.enqueue(double, 1)
      const result = expect(other.result(id)).rejects.toMatchObject({ code: 'job_not_found' })
      await rota.start()
      await result
    })
})

test('retention none: a success whose answer was lost is told as a success, with its result', async () => {
  const storage = sqlite({ file: ':memory:' })
  const { apply } = storage
  let lost = 0
  storage.apply = async (...args) => {
    const applied = await apply(...args)
    if (lost++ > 0) return applied
    throw new RotaError('storage_unreachable', 'the answer was lost')
  }
  const echo = defineJob({ id: 'echo', retention: { succeeded: 'none' }, run: () => 'done' })
  const rota = rotaWith({ storage, jobs: [echo] })
  const told: string[] = []
  for (const name of ['job:succeeded', 'job:lease_lost'] as const) rota.on(name, () => told.push(name))
  const { id } = await rota.enqueue(echo)
  const result = rota.result(id)
  await rota.start()
  expect(await result).toBe('done')
  await until('its end is told', () => told.length > 0)
  expect(told).toEqual(['job:succeeded'])
  expect(lost).toBe(2)
})

describe('signal', () => {
  const any = defineJob({ id: 'any', input: type<string>(), run: () => null })

  test('a call that is aborted before sends nothing', async () => {
    const { storage, stored } = rememberingStorage()
    const rota = rotaWith({ storage })
    const aborted = { code: 'aborted', message: expect.stringContaining('nothing is stored'), cause: 'enough' }
    const signal = AbortSignal.abort('enough')
    await expect(rota.enqueue(any, 'a', { signal })).rejects.toMatchObject(aborted)
    await expect(rota.enqueueMany(any, ['a'], { signal })).rejects.toMatchObject(aborted)
    await expect(rota.enqueue(any, 'a', { signal: 'now' as never })).rejects.toMatchObject({ code: 'option_invalid' })
    expect(stored).toEqual([])
  })

  test('what waits for its turn is not sent; what was sent may be stored', async () => {
    const { storage, stored, answer } = slowStorage()
    const rota = rotaWith({ storage })
    const [sent, waiting] = [new AbortController(), new AbortController()]
    const first = rota.enqueue(any, 'first', { signal: sent.signal })
    await until('the first is sent', () => stored.length === 1)
    const second = rota.enqueue(any, 'second', { signal: waiting.signal })
    const third = rota.enqueue(any, 'third')
    waiting.abort()
    sent.abort()
    await expect(second).rejects.toMatchObject({
      code: 'aborted',
      message: expect.stringContaining('nothing is stored'),
    })
    await expect(first).rejects.toMatchObject({ code: 'aborted', message: expect.stringContaining('may be stored') })
    answer.open()
    expect((await third).status).toBe('created')
    expect(stored.map(({ input }) => input)).toEqual(['"first"', '"third"'])
  })

  test('enqueueMany sends no further batch', async () => {
    const { storage, stored, answer } = slowStorage()
    const rota = rotaWith({ storage })
    const controller = new AbortController()
    const inputs = Array.from({ length: 1_500 }, (_, i) => String(i))
    const many = rota.enqueueMany(any, inputs, { signal: controller.signal })
    await until('a batch is sent', () => stored.length === 1_000)
    controller.abort()
    await expect(many).rejects.toMatchObject({ code: 'aborted', message: expect.stringContaining('may be stored') })
    answer.open()
    await rota.enqueue(any, 'last')
    expect(stored.length).toBe(1_001)
  })
})
