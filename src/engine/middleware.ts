/**
 * Middleware: one onion around each enqueue and one around each try. The first in the list is the outermost. It may
 * change what goes in and what comes out, or not call `next` at all; events, in contrast, only watch.
 */
import type { JobContext } from '../job/context.ts'
import { RotaError, show } from '../job/errors.ts'
import * as check from '../job/options.ts'
import type { NewJob } from '../storage/contract.ts'
import type { Enqueued, EnqueueOptions } from './enqueue.ts'

/** One call of `enqueue`, or one input of `enqueueMany`. */
export interface EnqueueCall {
  /** Id of the definition. */
  readonly job: string
  readonly input: unknown
  readonly options: EnqueueOptions
}

/** What a handler gets, with the input as the schema made it. */
export interface RunContext extends JobContext {
  readonly input: unknown
}

/**
 * @example
 * const timed: Middleware = {
 *   enqueue: (call, next) => next({ options: { ...call.options, metadata: { ...call.options.metadata, from: 'web' } } }),
 *   async run(ctx, next) {
 *     const start = performance.now()
 *     try {
 *       return await next()
 *     } finally {
 *       ctx.log.debug('took', { ms: performance.now() - start })
 *     }
 *   },
 * }
 */
export interface Middleware {
  /** Around the storing of a job. What it gives is what `enqueue` gives; an exception refuses the job. */
  enqueue?(
    call: EnqueueCall,
    next: (change?: { readonly input?: unknown; readonly options?: EnqueueOptions }) => Promise<Enqueued>,
  ): Promise<Enqueued>
  /** Around each try. What it gives is the result of the job (or a verdict, as of `ctx.snooze`); an exception fails the try. */
  run?(ctx: RunContext, next: (change?: { readonly input?: unknown }) => Promise<unknown>): Promise<unknown>
}

export function checkMiddleware(value: unknown, field: string): readonly Middleware[] {
  if (!Array.isArray(value))
    throw new RotaError('option_invalid', `${field}: ${show(value)} is not a list. Write [{ run(ctx, next) { … } }].`, {
      field,
    })
  return value.map((one, i) => {
    const { enqueue, run } = check.checkOptions(`${field}[${i}]`, one, { enqueue: check.func, run: check.func })
    return { ...(enqueue && { enqueue: one.enqueue.bind(one) }), ...(run && { run: one.run.bind(one) }) }
  })
}

/** Calls each layer with the way to the next one, and the innermost with what the layers made of the call. */
export function throughEnqueue(
  layers: readonly Middleware[],
  call: EnqueueCall,
  store: (call: EnqueueCall) => Promise<Enqueued>,
): Promise<Enqueued> {
  const [first, ...rest] = layers
  if (first === undefined) return store(call)
  if (first.enqueue === undefined) return throughEnqueue(rest, call, store)
  return first.enqueue(call, (change) => throughEnqueue(rest, { ...call, ...change }, store))
}

/**
 * The same for many calls. Each goes its own way through the layers; what arrives inside is stored together, once all
 * have arrived or ended before. When one of them fails before, nothing is stored.
 */
export async function throughEnqueueMany(
  layers: readonly Middleware[],
  calls: readonly EnqueueCall[],
  inside: {
    readonly make: (call: EnqueueCall) => Promise<NewJob>
    /** An error that tells which input is meant. */
    readonly ofInput: (i: number, error: unknown) => unknown
    readonly store: (jobs: readonly NewJob[]) => Promise<readonly Enqueued[]>
  },
): Promise<readonly Enqueued[]> {
  const { make, ofInput, store } = inside
  if (!layers.some((layer) => layer.enqueue)) {
    const jobs: NewJob[] = []
    for (const [i, call] of calls.entries()) {
      try {
        jobs.push(await make(call))
      } catch (error) {
        throw ofInput(i, error)
      }
    }
    return store(jobs)
  }
  const stored = Promise.withResolvers<readonly Enqueued[]>()
  const arrived: NewJob[] = []
  const arrivals = calls.map((call, i) => {
    const arrival = Promise.withResolvers<void>()
    const way = throughEnqueue(layers, call, async (changed) => {
      const made = await make(changed).catch((error) => Promise.reject(ofInput(i, error)))
      const place = arrived.push(made) - 1
      arrival.resolve()
      return (await stored.promise)[place] as Enqueued
    })
    way.then(() => arrival.resolve(), arrival.reject)
    return { way, arrival: arrival.promise }
  })
  Promise.all(arrivals.map(({ arrival }) => arrival))
    .then(() => store(arrived))
    .then(stored.resolve, stored.reject)
  return Promise.all(arrivals.map(({ way }) => way))
}

export async function throughRun(
  layers: readonly Middleware[],
  contextWith: (input: unknown) => RunContext,
  input: unknown,
  run: (input: unknown) => unknown,
): Promise<unknown> {
  const [first, ...rest] = layers
  if (first === undefined) return run(input)
  if (first.run === undefined) return throughRun(rest, contextWith, input, run)
  return first.run(contextWith(input), (change) =>
    throughRun(rest, contextWith, change !== undefined && 'input' in change ? change.input : input, run),
  )
}
