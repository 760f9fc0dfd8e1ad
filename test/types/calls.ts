/** What the compiler knows of calls of `rota`, and what it refuses. Checked by `npm run types`; nothing here is run. */
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import {
  createRota,
  defineConfig,
  defineJob,
  type Enqueued,
  type JobId,
  type JobView,
  type Middleware,
  RotaError,
  type State,
  type StoredError,
  type,
} from '../../src/index.ts'

export async function calls(): Promise<void> {
  const rota = createRota()
  const welcome = defineJob({ id: 'welcome', input: type<{ name: string }>(), run: ({ name }) => ({ greeted: name }) })
  const order = defineJob({
    id: 'order',
    input: z.object({ total: z.coerce.number<string>() }),
    run: ({ total }) => total,
  })
  const page = defineJob({ id: 'page', input: type<{ page: number } | undefined>(), run: (input) => input?.page ?? 1 })
  const free = defineJob({ id: 'free', run: () => 'done' as const })

  // The id remembers the result.
  const { id, status } = await rota.enqueue(welcome, { name: 'Ada' })
  expectTypeOf(id).toEqualTypeOf<JobId<{ greeted: string }>>()
  expectTypeOf<'created' | 'duplicate'>().toExtend<typeof status>()
  expectTypeOf(rota.result(id)).resolves.toEqualTypeOf<{ greeted: string }>()
  expectTypeOf(rota.job(id)).resolves.toEqualTypeOf<JobView<unknown, { greeted: string }> | null>()
  expectTypeOf(rota.jobs.get(id)).resolves.toEqualTypeOf<JobView<unknown, { greeted: string }> | null>()
  // An id that came as text is an id too, of which nobody knows the result.
  expectTypeOf(rota.result('018f…')).resolves.toBeUnknown()
  // @ts-expect-error the result is an object
  const wrong: string = await rota.result(id)
  // @ts-expect-error the result of another job
  const other: JobId<number> = id
  void [wrong, other]

  // The input: what the schema takes, not what it makes of it.
  await rota.enqueue(order, { total: '12.5' })
  // @ts-expect-error the schema takes a text
  await rota.enqueue(order, { total: 12.5 })
  // @ts-expect-error misspelt
  await rota.enqueue(welcome, { nmae: 'Ada' })
  // @ts-expect-error one too many
  await rota.enqueue(welcome, { name: 'Ada', age: 36 })
  // @ts-expect-error the input is missing
  await rota.enqueue(welcome)
  // @ts-expect-error options are not an input
  await rota.enqueue(welcome, { in: '5m' })

  // The input may be left out where the schema takes undefined, or where there is none.
  expectTypeOf(rota.enqueue(page)).resolves.toExtend<Enqueued<number>>()
  await rota.enqueue(page, undefined, { in: '5m' })
  await rota.enqueue(page, { page: 2 })
  expectTypeOf(rota.enqueue(free)).resolves.toExtend<Enqueued<'done'>>()
  await rota.enqueue(free, { anything: ['at', 'all'] })

  // Many: a list of inputs, a result for each.
  const many = await rota.enqueueMany(welcome, [{ name: 'Ada' }, { name: 'Bob' }], {
    idempotencyKey: (one) => one.name,
  })
  expectTypeOf(many).toExtend<Enqueued<{ greeted: string }>[]>()
  // @ts-expect-error an input, not a list of them
  await rota.enqueueMany(welcome, { name: 'Ada' })
  // @ts-expect-error one of them is wrong
  await rota.enqueueMany(welcome, [{ name: 'Ada' }, { nmae: 'Bob' }])
  // @ts-expect-error one key for all would store one job
  await rota.enqueueMany(welcome, [{ name: 'Ada' }], { idempotencyKey: 'k' })

  // Options of one call.
  const at = new Date()
  await rota.enqueue(welcome, { name: 'Ada' }, { at, priority: 'veryLow', metadata: { source: 'web', old: null } })
  await rota.enqueue(welcome, { name: 'Ada' }, { at: '2027-01-31T09:00:00Z' })
  // @ts-expect-error the priorities are critical, high, medium, low and veryLow
  await rota.enqueue(welcome, { name: 'Ada' }, { priority: 'HIGH' })
  // @ts-expect-error it is called `in`
  await rota.enqueue(welcome, { name: 'Ada' }, { delay: '5m' })
  // @ts-expect-error an instant is a Date, a text or a Temporal.Instant
  await rota.enqueue(welcome, { name: 'Ada' }, { at: 1_700_000_000_000 })
  // @ts-expect-error metadata is flat
  await rota.enqueue(welcome, { name: 'Ada' }, { metadata: { tags: ['a'] } })
  // @ts-expect-error not a job
  await rota.enqueue({ id: 'welcome' }, { name: 'Ada' })

  // Waiting.
  await rota.result(id, { timeout: '10s', signal: AbortSignal.timeout(1) })
  // @ts-expect-error there is no such option
  await rota.result(id, { timeoutMs: 10 })

  // Steering.
  expectTypeOf((await rota.jobs.cancel(id)).status).toEqualTypeOf<'cancelled' | 'cancelling'>()
  expectTypeOf((await rota.jobs.retry(id)).status).toEqualTypeOf<'ready' | 'blocked'>()
  expectTypeOf((await rota.jobs.reschedule(id, { in: '5m' })).status).toEqualTypeOf<'rescheduled'>()
  // @ts-expect-error when?
  await rota.jobs.reschedule(id)
  // @ts-expect-error a reason is a text
  await rota.jobs.cancel(id, { reason: 7 })

  // Looking.
  const { jobs, next } = await rota.jobs.list({ filter: 'state:failed' })
  expectTypeOf(next).toEqualTypeOf<string | null>()
  expectTypeOf(jobs).toEqualTypeOf<JobView[]>()
  expectTypeOf<JobView['state']>().toEqualTypeOf<State>()
  expectTypeOf<JobView['error']>().toEqualTypeOf<StoredError | null>()

  // Events.
  const off = rota.on('job:failed', (event) => {
    expectTypeOf(event.error).toEqualTypeOf<StoredError | null>()
    expectTypeOf(event.attempt).toBeNumber()
  })
  expectTypeOf(off).toEqualTypeOf<() => void>()
  rota.on('job:retrying', ({ delay }) => expectTypeOf(delay).toBeNumber())
  // @ts-expect-error there is no such event
  rota.on('job:done', () => {})
  // @ts-expect-error a success has no error
  rota.on('job:succeeded', ({ error }) => error)

  await rota.stop({ grace: '30s' })
}

// The options of an application.
const job = defineJob({ id: 'a', input: type<{ name: string }>(), run: () => 1 })
createRota({ jobs: [job], lanes: { default: 20, mail: { concurrency: 5 } }, retention: { succeeded: '7d' } })
createRota({ defaults: { timeout: '1m', retries: 0, priority: 'low', lane: 'mail', backoff: () => '1s' } })
defineConfig({ storage: 'sqlite:rota.db', jobs: [job], worker: { name: 'one' } })
// @ts-expect-error it is called `storage`
createRota({ database: 'sqlite:rota.db' })
// @ts-expect-error concurrency belongs to a lane
createRota({ concurrency: 5 })
// @ts-expect-error a list
createRota({ jobs: { job } })
// @ts-expect-error what defineJob returned, not its options
createRota({ jobs: [{ id: 'a', run: () => 1 }] })
// @ts-expect-error no storage
createRota({ storage: {} })
// @ts-expect-error there is no such default
createRota({ defaults: { expires: '1d' } })
// @ts-expect-error a number
defineConfig({ lanes: { mail: '5' } })

// Errors: the codes are known.
export const isBusy = (error: unknown): boolean => error instanceof RotaError && error.code === 'storage_unreachable'
// @ts-expect-error there is no such code
export const isWrong = (error: RotaError): boolean => error.code === 'unreachable'

// Middleware.
export const middleware: Middleware = {
  async enqueue(call, next) {
    expectTypeOf(call.input).toBeUnknown()
    return next({ options: { ...call.options, priority: 'low' } })
  },
  async run(ctx, next) {
    expectTypeOf(ctx.input).toBeUnknown()
    return next({ input: ctx.input })
  },
}
// @ts-expect-error what it gives is what `enqueue` gives
export const silent: Middleware = { enqueue: async () => {} }
