/** What handlers find in `ctx.services`: made once or for each try, at first use, and disposed of. */
import { afterEach, expect, expectTypeOf, test } from 'vitest'
import { createRota, defineJob, type Rota, type RotaOptions, type Services, service } from '../../src/index.ts'
import { gate, until } from '../support/condition.ts'

declare module '../../src/job/services.ts' {
  interface Services {
    greeting: string
    shout: (text: string) => string
    pool: { readonly id: number }
    trace: Promise<{ readonly job: string }>
  }
}

const rotas: Rota[] = []
afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
})
const started = async (options: RotaOptions) => {
  const rota = createRota({ storage: 'sqlite::memory:', defaults: { retries: 0 }, ...options })
  rotas.push(rota)
  await rota.start()
  return rota
}

test('values are found as they are, functions too, and are typed', async () => {
  const use = defineJob({
    id: 'use',
    run(_, { services }) {
      expectTypeOf(services.greeting).toEqualTypeOf<string>()
      expectTypeOf<Services['pool']['id']>().toEqualTypeOf<number>()
      return services.shout(services.greeting)
    },
  })
  const rota = await started({ jobs: [use], services: { greeting: 'hi', shout: (text) => text.toUpperCase() } })
  expect(await rota.result((await rota.enqueue(use)).id)).toBe('HI')
  // @ts-expect-error a greeting is a text
  void ({ services: { greeting: 7 } } satisfies RotaOptions)
})

test('one of the process is made at first use, once for all clusters, and disposed of at stop', async () => {
  const told: string[] = []
  let made = 0
  const idle = defineJob({ id: 'idle', run: () => null })
  const use = defineJob({ id: 'use', run: (_, ctx) => ctx.services.pool.id })
  const pool = service(() => ({ id: ++made, [Symbol.asyncDispose]: async () => void told.push('pool') }))
  const trace = service(async (services) => ({ job: `after ${services.pool.id}` }), {
    dispose: ({ job }) => void told.push(job),
  })
  const useTrace = defineJob({ id: 'use-trace', run: async (_, ctx) => (await ctx.services.trace).job })
  const memory = 'sqlite::memory:'
  const rota = createRota({
    clusters: { default: memory, other: memory },
    jobs: [idle, use, useTrace],
    services: { pool, trace },
  })
  await rota.start()
  await rota.result((await rota.enqueue(idle)).id)
  expect(made).toBe(0)
  const other = rota.cluster('other')
  expect(await rota.result((await rota.enqueue(use)).id)).toBe(1)
  expect(await other.result((await other.enqueue(use)).id)).toBe(1)
  expect(await rota.result((await rota.enqueue(useTrace)).id)).toBe('after 1')
  expect(told).toEqual([])
  await rota.stop()
  expect(told).toEqual(['after 1', 'pool'])
})

test('one of a try is made for each, with its context, and disposed of when its handler has ended', async () => {
  const told: string[] = []
  const on = gate()
  const trace = service(async (services, ctx) => ({ job: `${services.greeting} ${ctx.job} ${ctx.attempt}` }), {
    scope: 'attempt',
    dispose: ({ job }) => void told.push(job),
  })
  const twice = defineJob({
    id: 'twice',
    retries: 1,
    backoff: () => 0,
    async run(_, ctx) {
      const { job } = await ctx.services.trace
      expect(await ctx.services.trace).toBe(await ctx.services.trace)
      if (ctx.attempt === 1) throw new Error('again')
      told.push('at work')
      await on.opened
      return job
    },
  })
  const rota = await started({ jobs: [twice], services: { greeting: 'hi', trace } })
  const { id } = await rota.enqueue(twice)
  await until('the second try is at work', () => told.includes('at work'))
  expect(told).toEqual(['hi twice 1', 'at work'])
  on.open()
  expect(await rota.result(id)).toBe('hi twice 2')
  await until('it is disposed of', () => told.includes('hi twice 2'))
})

test('what cannot be made fails the try with a clear error; the next try makes it anew', async () => {
  let tries = 0
  const flaky = () => {
    if (++tries < 3) throw new Error('no luck')
    return { id: tries }
  }
  const pool = service(flaky)
  const trace = service(async () => ({ job: String(flaky().id) }), { scope: 'attempt' })
  const use = defineJob({ id: 'use', run: (_, ctx) => ctx.services.pool.id })
  const useTrace = defineJob({ id: 'use-trace', retries: 0, run: async (_, ctx) => (await ctx.services.trace).job })
  const rota = await started({ jobs: [use, useTrace], services: { pool, trace } })
  const why = 'could not be made: no luck'
  const first = await rota.enqueue(use)
  await expect(rota.result(first.id)).rejects.toMatchObject({ message: expect.stringContaining(`"pool" ${why}`) })
  expect(await rota.job(first.id)).toMatchObject({ error: { code: 'service_failed' } })
  const second = await rota.enqueue(useTrace)
  await expect(rota.result(second.id)).rejects.toMatchObject({ message: expect.stringContaining(`"trace" ${why}`) })
  expect(await rota.result((await rota.enqueue(use)).id)).toBe(3)
})

test('an asynchronous one of the process that failed is made anew by the next try', async () => {
  let tries = 0
  const trace = service(async () => {
    if (++tries === 1) throw new Error('no luck')
    return { job: String(tries) }
  })
  const use = defineJob({ id: 'use', run: async (_, ctx) => (await ctx.services.trace).job })
  const rota = await started({ jobs: [use], services: { trace } })
  await expect(rota.result((await rota.enqueue(use)).id)).rejects.toThrow('"trace" could not be made: no luck')
  expect(await rota.result((await rota.enqueue(use)).id)).toBe('2')
  expect(await rota.result((await rota.enqueue(use)).id)).toBe('2')
})

test('a service cannot need itself, nor one of the process what is made for a try', async () => {
  const use = defineJob({ id: 'use', run: (_, ctx) => ctx.services.pool.id })
  const other = defineJob({ id: 'other', run: (_, ctx) => ctx.services.greeting })
  const rota = await started({
    jobs: [use, other],
    services: {
      pool: service((services) => ({ id: services.pool.id })),
      trace: service(async () => ({ job: '' }), { scope: 'attempt' }),
      greeting: service((services) => String(services.trace)),
    },
  })
  await expect(rota.result((await rota.enqueue(use)).id)).rejects.toThrow('it needs itself')
  await expect(rota.result((await rota.enqueue(other)).id)).rejects.toThrow('made for each attempt')
})

test('trouble with the disposal is told, and holds up nothing', async () => {
  const told: string[] = []
  const fail = () => {
    throw new Error('no luck')
  }
  const pool = service(() => ({ id: 1 }), { dispose: fail })
  const trace = service(async () => ({ job: 'x' }), { scope: 'attempt', dispose: fail })
  const use = defineJob({ id: 'use', run: async (_, ctx) => (await ctx.services.trace) && ctx.services.pool.id })
  const rota = await started({ jobs: [use], services: { pool, trace } })
  rota.on('worker:trouble', ({ during }) => told.push(during))
  expect(await rota.result((await rota.enqueue(use)).id)).toBe(1)
  await rota.stop()
  expect(told).toEqual(['disposing of the service "trace"', 'disposing of the service "pool"'])
})

test('a mistake in the options is told at once', () => {
  expect(() => service(7 as never)).toThrow('create: 7 is not allowed. It must be a function.')
  expect(() => service(() => 1, { scope: 'proces' as 'process' })).toThrow('did you mean "process"')
  expect(() => service(() => 1, { dispsoe: () => {} } as never)).toThrow('did you mean "dispose"')
  expect(() => createRota({ services: [] as never })).toThrow('services: options must be an object')
})
