/** What the compiler infers from a definition, and what it refuses. Checked by `npm run types`; nothing here is run. */
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import {
  defineJob,
  type Job,
  type JobContext,
  type JobLog,
  type Metadata,
  type Priority,
  type,
  type Verdict,
} from '../../src/index.ts'

// From `type<T>()`: input and result.
const welcome = defineJob({
  id: 'welcome',
  input: type<{ name: string; copies?: number }>(),
  run(input, ctx) {
    expectTypeOf(input).toEqualTypeOf<{ name: string; copies?: number }>()
    expectTypeOf(ctx).toEqualTypeOf<JobContext>()
    return { greeted: input.name }
  },
})
expectTypeOf(welcome).toEqualTypeOf<Job<{ name: string; copies?: number }, { greeted: string }>>()

// From zod: what goes in at enqueue is not what the handler gets.
const order = defineJob({
  id: 'order',
  input: z.object({ total: z.string().transform(Number), currency: z.string().default('EUR') }),
  async run(input) {
    expectTypeOf(input).toEqualTypeOf<{ total: number; currency: string }>()
    return input.total
  },
})
expectTypeOf(order).toEqualTypeOf<Job<{ total: string; currency?: string | undefined }, number>>()

// Without a schema the input is unknown.
defineJob({
  id: 'anything',
  run(input) {
    expectTypeOf(input).toBeUnknown()
    // @ts-expect-error nobody has said what it is
    input.name
  },
})

// A verdict is no result.
const poll = defineJob({
  id: 'poll',
  async run(_, ctx) {
    expectTypeOf(ctx.snooze('5m')).toEqualTypeOf<Verdict>()
    if (ctx.attempt === 1) return ctx.snooze('5m')
    if (ctx.attempt === 2) return ctx.discard('nothing there')
    return 'there'
  },
})
expectTypeOf(poll).toEqualTypeOf<Job<unknown, 'there'>>()
const nothing = defineJob({ id: 'nothing', run: () => {} })
expectTypeOf(nothing).toEqualTypeOf<Job<unknown, void>>()

// The context, field by field.
type Context = JobContext
expectTypeOf<Context['attempt']>().toBeNumber()
expectTypeOf<Context['scheduledFor']>().toEqualTypeOf<Date>()
expectTypeOf<Context['lateBy']>().toBeNumber()
expectTypeOf<Context['priority']>().toEqualTypeOf<Priority>()
expectTypeOf<Context['metadata']>().toEqualTypeOf<Metadata>()
expectTypeOf<Context['signal']>().toEqualTypeOf<AbortSignal>()
expectTypeOf<Context['fence']>().toBeNumber()
expectTypeOf<Context['idempotencyKey']>().toBeString()
expectTypeOf<Context['log']>().toEqualTypeOf<JobLog>()
expectTypeOf<Context['progress']>().parameters.toEqualTypeOf<[percent: number, message?: string | undefined]>()
expectTypeOf<Context['progress']>().returns.toEqualTypeOf<Promise<void>>()
defineJob({
  id: 'careless',
  run(_, ctx) {
    // @ts-expect-error the context is read only
    ctx.attempt = 1
    // @ts-expect-error it is called `signal`
    ctx.abortSignal
    // @ts-expect-error a percentage, then a text
    ctx.progress('half way')
    // @ts-expect-error there is no such level
    ctx.log.fatal('over')
  },
})

// Options that do not exist, and values that are none. One mistake each, so that none hides another.
// @ts-expect-error an id is required
defineJob({ run: () => {} })
// @ts-expect-error so is the work
defineJob({ id: 'a' })
// @ts-expect-error it is called `retries`
defineJob({ id: 'a', attempts: 3, run: () => {} })
// @ts-expect-error the priorities are critical, high, medium, low and veryLow
defineJob({ id: 'a', priority: 'urgent', run: () => {} })
// @ts-expect-error a duration is a number of milliseconds or a string
defineJob({ id: 'a', timeout: new Date(), run: () => {} })
// @ts-expect-error a fixed backoff has a delay
defineJob({ id: 'a', backoff: { type: 'fixed' }, run: () => {} })
// @ts-expect-error there is no such backoff
defineJob({ id: 'a', backoff: 'quadratic', run: () => {} })
// @ts-expect-error 'fail' or 'mark'
defineJob({ id: 'a', onTimeout: 'ignore', run: () => {} })
// @ts-expect-error 'retry' or 'fail'
defineJob({ id: 'a', onLapse: 'ignore', run: () => {} })
// @ts-expect-error metadata is flat
defineJob({ id: 'a', metadata: { team: { name: 'pay' } }, run: () => {} })
// @ts-expect-error no Standard Schema
defineJob({ id: 'a', input: { name: 'string' }, run: () => {} })
// @ts-expect-error the handler takes what the schema gives
defineJob({ id: 'a', input: type<{ name: string }>(), run: (input: { name: number }) => input.name })
