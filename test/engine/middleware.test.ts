/** What middleware may be, and what becomes of a job when middleware does what it should not. */
import { afterEach, expect, test } from 'vitest'
import { createRota, defineJob, type Middleware, type Rota, type RotaOptions, type } from '../../src/index.ts'
import { until } from '../support/condition.ts'

const rotas: Rota[] = []
const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
process.on('unhandledRejection', note)

afterEach(async () => {
  for (const rota of rotas.splice(0)) await rota.stop({ grace: 0 })
  await turns(2)
  expect(unhandled.splice(0)).toEqual([]) // each would end the process of an application
})

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

const echo = defineJob({ id: 'echo', retries: 0, input: type<string>(), run: (text) => text })

function rotaWith(middleware: readonly unknown[], options: RotaOptions = {}): Rota {
  const rota = createRota({
    storage: 'sqlite::memory:',
    jobs: [echo],
    middleware: middleware as Middleware[],
    ...options,
  })
  rotas.push(rota)
  return rota
}

const inputsOf = async (rota: Rota) => (await rota.jobs.list()).jobs.map(({ input }) => input).sort()

/** Lets one call after the other pass, each when the one before is stored. */
function mutex(): Middleware {
  let last: Promise<unknown> = Promise.resolve()
  return {
    enqueue(_, next) {
      const own = last.then(() => next())
      last = own.catch(() => {})
      return own
    },
  }
}

const pass: Middleware = { enqueue: (_, next) => next() }
const twice: Middleware = {
  async enqueue(_, next) {
    await next()
    return next()
  },
}

test('enqueueMany with a bad input behind middleware rejects, and stores nothing', async () => {
  const rota = rotaWith([pass])
  await expect(rota.enqueueMany(echo, ['a', 1n as never])).rejects.toMatchObject({
    code: 'payload_not_json',
    field: 'inputs[1]',
  })
  await expect(rota.enqueueMany(echo, [1n as never])).rejects.toMatchObject({ field: 'inputs[0]' })
  const refusing = rotaWith([{ enqueue: async () => Promise.reject(new Error('refused')) }])
  await expect(refusing.enqueueMany(echo, ['a', 'b'])).rejects.toThrow('refused')
  expect([await inputsOf(rota), await inputsOf(refusing)]).toEqual([[], []])
})

test('what a refusal meets on its way is not stored, before or after', async () => {
  const slowly: Middleware = {
    async enqueue(call, next) {
      if (call.input === 'late') await turns(5)
      if (call.input !== 'never') return next()
      await turns(2)
      throw new Error('refused')
    },
  }
  const rota = rotaWith([slowly])
  await expect(rota.enqueueMany(echo, ['early', 'never', 'late'])).rejects.toThrow('refused')
  await turns(5)
  expect(await inputsOf(rota)).toEqual([])
})

test('middleware that lets one call after the other pass does not hang enqueueMany', async () => {
  const rota = rotaWith([mutex()])
  const inputs = Array.from({ length: 100 }, (_, i) => `input ${i}`)
  const stored = await rota.enqueueMany(echo, inputs)
  expect(await Promise.all(stored.map(async ({ id }) => (await rota.job(id))?.input))).toEqual(inputs)
  await expect(rota.enqueueMany(echo, ['x', 1n as never, 'y'])).rejects.toMatchObject({ field: 'inputs[1]' })
  expect((await inputsOf(rota)).filter((input) => input === 'y')).toEqual([])
})

test('a call of enqueueMany that middleware answers itself is not stored, the others are', async () => {
  const own = { id: '01890a5d-ac96-774b-bcce-b302099a8057', status: 'duplicate' } as const
  const rota = rotaWith([{ enqueue: async (call, next) => (call.input === 'known' ? own : next()) } as Middleware])
  expect(await rota.enqueueMany(echo, ['a', 'known', 'b'])).toEqual([
    expect.objectContaining({ status: 'created' }),
    own,
    expect.objectContaining({ status: 'created' }),
  ])
  expect(await inputsOf(rota)).toEqual(['a', 'b'])
})

test('a second next() of one enqueue is refused, and stores no second job', async () => {
  const rota = rotaWith([twice])
  const refusal = { code: 'middleware_invalid', message: expect.stringContaining('called next() twice') }
  await expect(rota.enqueue(echo, 'a')).rejects.toMatchObject(refusal)
  expect(await inputsOf(rota)).toEqual(['a'])
  await expect(rota.enqueueMany(echo, ['b', 'c'])).rejects.toMatchObject(refusal)
  expect(await inputsOf(rota)).toEqual(['a', 'b', 'c'])
})

test('a next() that nobody waits for is no unhandled rejection', async () => {
  const careless: Middleware = {
    async enqueue(_, next) {
      next()
      return next()
    },
  }
  const rota = rotaWith([careless])
  await expect(rota.enqueueMany(echo, ['a', 'b'])).rejects.toMatchObject({ code: 'middleware_invalid' })
  await turns(3)
  expect(await inputsOf(rota)).toEqual([])
})

test('a second next() of one try fails the try, and the handler runs once', async () => {
  let runs = 0
  const counted = defineJob({ id: 'counted', retries: 0, run: () => ++runs })
  const again: Middleware = {
    async run(_, next) {
      await next()
      return next()
    },
  }
  const rota = rotaWith([again], { jobs: [counted] })
  await rota.start()
  const { id } = await rota.enqueue(counted)
  await expect(rota.result(id)).rejects.toThrow('called next() twice')
  expect(runs).toBe(1)
})

test.each([[undefined], [{}], ['id']])('an enqueue of middleware that gives %j is told so', async (given) => {
  const rota = rotaWith([{ enqueue: async () => given }])
  const refusal = { code: 'middleware_invalid', message: expect.stringContaining('Let it return what next() gives') }
  await expect(rota.enqueue(echo, 'a')).rejects.toMatchObject(refusal)
  await expect(rota.enqueueMany(echo, ['a', 'b'])).rejects.toMatchObject(refusal)
})

test('a run of middleware may give nothing: that is the result', async () => {
  const rota = rotaWith([{ run: async () => {} }])
  await rota.start()
  expect(await rota.result((await rota.enqueue(echo, 'a')).id)).toBeUndefined()
})

test('an object of a class is middleware by its methods, its own or inherited, and keeps its fields', async () => {
  class Base {
    readonly mark = '!'
    readonly #seen: string[] = []
    seen = () => this.#seen
    async run(_: unknown, next: () => Promise<unknown>) {
      this.#seen.push('run')
      return `${await next()}${this.mark}`
    }
  }
  class Both extends Base {
    enqueue(call: { input: unknown }, next: (change: object) => Promise<unknown>) {
      return next({ input: `${call.input}?` })
    }
  }
  const both = new Both()
  const rota = rotaWith([both])
  await rota.start()
  expect(await rota.result((await rota.enqueue(echo, 'a')).id)).toBe('a?!')
  expect(both.seen()).toEqual(['run'])
})

test.each([
  ['nothing in it', {}, 'option_invalid', 'middleware[0]: it has neither "enqueue" nor "run". Write { run'],
  ['a class without a method', new (class {})(), 'option_invalid', 'it has neither'],
  ['the class itself', class {}, 'option_invalid', 'got a value of type function. Write { run'],
  ['null', null, 'option_invalid', 'got null'],
  ['a typing error', { runs() {} }, 'option_unknown', 'did you mean "run"'],
  ['a typing error beside', { run() {}, enqeue() {} }, 'option_unknown', 'did you mean "enqueue"'],
  ['what is no function', { run: 5 }, 'option_invalid', 'must be a function'],
  [
    'a class with what is no function',
    new (class {
      run = 5
    })(),
    'option_invalid',
    'middleware[0].run: 5',
  ],
])('%s is refused as middleware', (_, one, code, message) => {
  expect(() => rotaWith([one])).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }))
})

test.each([[null], [5], [[]], ['']])('%j as options of enqueueMany is a typed error', async (options) => {
  const wrong = expect.objectContaining({ code: 'option_invalid', field: 'enqueueMany' })
  await expect(rotaWith([]).enqueueMany(echo, [], options as never)).rejects.toEqual(wrong)
})

test('jobs that came behind a limit of calls are stored in parts, and run', async () => {
  let free = 3
  const waiting: (() => void)[] = []
  const limit: Middleware = {
    async enqueue(_, next) {
      if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
      else free--
      try {
        return await next()
      } finally {
        const one = waiting.shift()
        if (one) one()
        else free++
      }
    },
  }
  const rota = rotaWith([limit])
  await rota.start()
  await rota.enqueueMany(
    echo,
    Array.from({ length: 50 }, (_, i) => `${i}`),
  )
  await until('all ran', async () => (await rota.jobs.stats()).finished.succeeded === 50)
})
