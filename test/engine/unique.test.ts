import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type EnqueueOptions, type Rota, type RotaOptions, type } from '../../src/index.ts'
import { until } from '../support/condition.ts'
import { onEveryStorage } from '../support/storages.ts'

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})

onEveryStorage('unique', ({ url }) => {
  const rotaWith = (options: RotaOptions) => {
    const rota = createRota({ storage: url(), ...options })
    rotas.push(rota)
    return rota
  }
  type Input = { user: { id: number; tags?: string[] }; note?: string }
  const input = type<Input>()

  test('the whole input is the key where nothing else is said, whatever the order of its properties', async () => {
    const one = defineJob({ id: 'one', input: type<Record<string, number>>(), unique: {}, run: () => {} })
    const rota = rotaWith({ jobs: [one] })
    const first = await rota.enqueue(one, { a: 1, b: 2 })
    expect(first.status).toBe('created')
    expect(await rota.enqueue(one, { b: 2, a: 1 })).toEqual({ id: first.id, status: 'duplicate' })
    expect((await rota.enqueue(one, { a: 1 })).status).toBe('created')
  })

  test('a key is a function, a path or, at enqueue, any other text; the call stands for the definition', async () => {
    const byFunction = defineJob({ id: 'f', input, unique: { key: ({ user }) => `u${user.id}` }, run: () => {} })
    const byPath = defineJob({ id: 'p', input, unique: { key: 'input.user.id' }, run: () => {} })
    const rota = rotaWith({ jobs: [byFunction, byPath] })
    for (const job of [byFunction, byPath]) {
      const status = async (what: Input, options: EnqueueOptions<Input> = {}) =>
        (await rota.enqueue(job, what, options)).status
      expect(await status({ user: { id: 1 } })).toBe('created')
      expect(await status({ user: { id: 1 }, note: 'again' })).toBe('duplicate')
      expect(await status({ user: { id: 2 } })).toBe('created')
      expect(await status({ user: { id: 1 } }, { unique: null })).toBe('created')
      expect(await status({ user: { id: 1 } }, { unique: null })).toBe('created')
      expect(await status({ user: { id: 1 } }, { unique: { key: 'mine' } })).toBe('created')
      expect(await status({ user: { id: 7 } }, { unique: { key: 'mine' } })).toBe('duplicate')
      expect(await status({ user: { id: 7 } }, { unique: { key: ({ user }) => `${user.id - 6}` } })).toBe(
        job === byPath ? 'duplicate' : 'created',
      )
      expect(await status({ user: { id: 3, tags: ['x'] } }, { unique: { key: 'input.user.tags[0]' } })).toBe('created')
      expect(await status({ user: { id: 4 } }, { unique: { key: 'x' } })).toBe('duplicate')
    }
  })

  test('debounce: the last call counts, so long after it', async () => {
    const seen: unknown[] = []
    const save = defineJob({
      id: 'save',
      input,
      unique: { key: 'input.user.id', onConflict: 'replace' },
      run: ({ note }) => void seen.push(note),
    })
    const rota = rotaWith({ jobs: [save], poll: '20ms' })
    const first = await rota.enqueue(save, { user: { id: 1 }, note: 'a' }, { in: '1h' })
    expect(await rota.enqueue(save, { user: { id: 1 }, note: 'b' }, { in: '2h' })).toEqual({
      ...first,
      status: 'replaced',
    })
    await rota.start()
    expect(await rota.enqueue(save, { user: { id: 1 }, note: 'c' }, { in: 10 })).toEqual({
      ...first,
      status: 'replaced',
    })
    await rota.result(first.id)
    expect(seen).toEqual(['c'])
  })

  test('throttle: the first call counts, for the whole window', async () => {
    const seen: unknown[] = []
    const report = defineJob({ id: 'report', input, unique: { within: '1h' }, run: ({ note }) => void seen.push(note) })
    const rota = rotaWith({ jobs: [report] })
    await rota.start()
    const first = await rota.enqueue(report, { user: { id: 1 }, note: 'a' })
    await rota.result(first.id)
    expect(await rota.enqueue(report, { user: { id: 1 }, note: 'a' })).toEqual({ ...first, status: 'duplicate' })
    expect(seen).toEqual(['a'])
  })

  test('calls of one turn each have their own answer', async () => {
    const job = defineJob({ id: 'job', input: type<number>(), run: () => {} })
    const rota = rotaWith({ jobs: [job] })
    const outcomes = await Promise.allSettled([
      rota.enqueue(job, 1, { unique: { key: 'k' }, in: '1h' }),
      rota.enqueue(job, 2, { unique: { key: 'k', onConflict: 'replace' } }),
      rota.enqueue(job, 3, { idempotencyKey: 'i' }),
      rota.enqueue(job, 4, { idempotencyKey: 'i' }),
      rota.enqueue(job, 5, { unique: { key: 'k', onConflict: 'reschedule' }, in: '2h' }),
      rota.enqueue(job, 6, { unique: { key: 'k' } }),
      rota.enqueue(job, 7),
    ])
    expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value.status : one.reason.code))).toEqual([
      'created',
      'replaced',
      'created',
      'idempotency_conflict',
      'rescheduled',
      'duplicate',
      'created',
    ])
    const many = await rota.enqueueMany(job, [8, 9, 8], { unique: {} })
    expect(many.map(({ status }) => status)).toEqual(['created', 'created', 'duplicate'])
    expect((await rota.jobs.list({})).jobs.map((one) => one.input)).toEqual([9, 8, 7, 3, 2])
  })

  test('two Rotas: one creates, the other hears of it', async () => {
    const job = defineJob({ id: 'job', unique: { key: () => 'single' }, run: () => {} })
    const [a, b] = [rotaWith({ jobs: [job] }), rotaWith({ jobs: [job] })]
    if (url() === 'sqlite::memory:') return
    const both = await Promise.all([a.enqueue(job), b.enqueue(job)])
    expect(both.map(({ status }) => status).sort()).toEqual(['created', 'duplicate'])
    expect(both[0]?.id).toBe(both[1]?.id)
  })

  test('what is wrong with a key is told, and nothing is stored', async () => {
    const job = defineJob({ id: 'job', input, run: () => {} })
    const rota = rotaWith({ jobs: [job] })
    const refusal = (unique: unknown) =>
      rota.enqueue(job, { user: { id: 1 } }, { unique: unique as null }).then(
        () => 'stored',
        (error) => `${error.code} ${error.field}`,
      )
    expect(await refusal({ key: '' })).toBe('option_invalid unique.key')
    expect(await refusal({ key: 'x'.repeat(501) })).toBe('option_invalid unique.key')
    expect(await refusal({ key: () => 5 })).toBe('option_invalid unique.key')
    expect(await refusal({ key: 'input.user' })).toBe('option_invalid unique.key')
    expect(await refusal({ key: 'input.nobody.id' })).toBe('option_invalid unique.key')
    expect(await refusal({ within: 0 })).toBe('option_invalid unique.within')
    expect(await refusal({ while: ['succeeded'] })).toBe('option_invalid unique.while')
    expect(await refusal({ while: ['redy'] })).toBe('option_invalid unique.while[0]')
    expect(await refusal({ while: [] })).toBe('option_invalid unique.while')
    expect(await refusal({ onConflict: 'drop' })).toBe('option_invalid unique.onConflict')
    expect(await refusal({ for: '1h' })).toBe('option_unknown for')
    expect(await refusal('k')).toBe('option_invalid unique')
    expect(await refusal(undefined)).toBe('stored')
    expect(() => defineJob({ id: 'x', unique: { key: 'single' }, run: () => {} })).toThrow(/neither a function/)
    await until('one is stored', async () => (await rota.jobs.list({})).jobs.length === 1)
  })
})

test('types: a key function gets the input of the schema', () => {
  const job = defineJob({
    id: 'typed',
    input: type<{ user: number }>(),
    unique: { key: (input) => input.user.toFixed() },
    run: () => 1,
  })
  // @ts-expect-error there is no such property
  defineJob({ id: 'typed', input: type<{ user: number }>(), unique: { key: (input) => input.nobody }, run: () => 1 })
  expect(job.id).toBe('typed')
})
