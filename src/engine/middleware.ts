/**
 * Middleware: one onion around each enqueue and one around each try. The first in the list is the outermost. It may
 * change what goes in and what comes out, or not call `next` at all; events, in contrast, only watch.
 */
import type { JobContext } from '../job/context.ts'
import type { Enqueued, EnqueueOptions } from '../job/enqueue-options.ts'
import { RotaError, show } from '../job/errors.ts'
import * as check from '../job/options.ts'
import type { NewJob } from '../storage/contract.ts'
import type { Runtime, Timer } from './runtime.ts'

/** One call of `enqueue`, or one input of `enqueueMany`. */
export interface EnqueueCall {
  /** Name of the cluster it goes to. */
  readonly cluster: string
  /** Id of the definition. */
  readonly job: string
  /** As it was given, before the schema has seen it. */
  readonly input: unknown
  /** Those of the call; what the definition says is not among them. */
  readonly options: EnqueueOptions
}

/** What a handler gets, with the input as the schema made it. */
export interface RunContext extends JobContext {
  /** What the handler is given. */
  readonly input: unknown
}

/**
 * One layer around each enqueue and each try, or around one of them.
 *
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
  /**
   * Around the storing of a job. What it gives is what `enqueue` gives; an exception refuses the job. `next` may be called
   * once, and resolves when the job is stored. Each input of `enqueueMany` comes by itself: those whose `next` is called
   * together are stored together, and when one is refused what is not yet stored is not stored. A flow is always stored whole.
   */
  enqueue?(
    call: EnqueueCall,
    next: (change?: { readonly input?: unknown; readonly options?: EnqueueOptions }) => Promise<Enqueued>,
  ): Promise<Enqueued>
  /**
   * Around each try. What it gives is the result of the job (or a verdict, as of `ctx.snooze`); an exception fails the
   * try. `next` may be called once.
   */
  run?(ctx: RunContext, next: (change?: { readonly input?: unknown }) => Promise<unknown>): Promise<unknown>
}

export type EnqueueLayer = Required<Pick<Middleware, 'enqueue'>>
export type RunLayer = Required<Pick<Middleware, 'run'>>

/** The list of middleware as the two onions it makes. */
export interface Layers {
  readonly enqueue: readonly EnqueueLayer[]
  readonly run: readonly RunLayer[]
}

export function checkMiddleware(value: unknown, field: string): Layers {
  if (!Array.isArray(value))
    throw new RotaError('option_invalid', `${field}: ${show(value)} is not a list. Write [{ run(ctx, next) { … } }].`, {
      field,
    })
  const layers = value.map((one, i) => checkLayer(one, `${field}[${i}]`))
  return {
    enqueue: layers.flatMap(({ enqueue }) => (enqueue ? [{ enqueue }] : [])),
    run: layers.flatMap(({ run }) => (run ? [{ run }] : [])),
  }
}

/** An object of a class may have fields of its own; in one that was written down they are typing errors. */
function checkLayer(one: unknown, field: string): Middleware {
  if (check.isLiteral(one)) check.checkOptions(field, one, { enqueue: check.func, run: check.func })
  const { enqueue, run } = (typeof one === 'object' && one !== null ? one : {}) as Middleware
  if (enqueue === undefined && run === undefined) {
    const what = typeof one === 'object' && one !== null ? 'it has neither "enqueue" nor "run"' : `got ${show(one)}`
    const message = `${field}: ${what}. Write { run(ctx, next) { … } }, or new MyMiddleware() with such a method.`
    throw new RotaError('option_invalid', message, { field })
  }
  for (const [name, method] of Object.entries({ enqueue, run }))
    if (method !== undefined) check.func(method, `${field}.${name}`)
  return { ...(enqueue && { enqueue: enqueue.bind(one) }), ...(run && { run: run.bind(one) }) }
}

/** Calls each layer with the way to the next one, and the innermost with what the layers made of the call. */
export async function throughEnqueue(
  layers: readonly EnqueueLayer[],
  call: EnqueueCall,
  store: (call: EnqueueCall) => Promise<Enqueued>,
): Promise<Enqueued> {
  const [first, ...rest] = layers
  if (first === undefined) return store(call)
  const next = once('enqueue', (change?: Partial<EnqueueCall>) => throughEnqueue(rest, { ...call, ...change }, store))
  const given = await first.enqueue(call, next)
  if (typeof given?.id === 'string' && typeof given.status === 'string') return given
  throw new RotaError(
    'middleware_invalid',
    `The enqueue of a middleware gave ${show(given)} for job "${call.job}". Let it return what next() gives, or another { id, status }.`,
  )
}

/** Passes once: a second time would store a second job, or run the handler again within one try. */
function once<Change, Result>(where: string, pass: (change?: Change) => Promise<Result>) {
  let called = false
  return (change?: Change): Promise<Result> => {
    if (called) {
      const message = `The ${where} of a middleware called next() twice. Call it once, keep the promise it gives, and return that.`
      throw new RotaError('middleware_invalid', message)
    }
    called = true
    const result = pass(change)
    result.catch(() => {}) // a layer may fail without waiting for it, which is told as the failure of the layer
    return result
  }
}

/** What `throughEnqueueMany` needs of the inside of the onion. */
interface Inside {
  readonly make: (call: EnqueueCall, i: number) => NewJob | Promise<NewJob>
  /** An error that tells which input is meant. */
  readonly ofInput: (i: number, error: unknown) => unknown
  readonly store: (jobs: readonly NewJob[]) => Promise<readonly Enqueued[]>
  readonly runtime: Runtime
  /** All of it is stored at once or nothing, however long the layers take. */
  readonly whole?: boolean
}

/** The same for many calls. Each goes its own way through the layers; what arrives inside is stored together. */
export async function throughEnqueueMany(
  layers: readonly EnqueueLayer[],
  calls: readonly EnqueueCall[],
  inside: Inside,
): Promise<readonly Enqueued[]> {
  if (layers.length === 0) return storeAll(calls, inside)
  const makeOne = async (call: EnqueueCall, i: number): Promise<NewJob> => {
    try {
      return await inside.make(call, i)
    } catch (error) {
      throw inside.ofInput(i, error)
    }
  }
  const gathering = new Gathering(calls.length, inside)
  return Promise.all(
    calls.map(async (call, i) => {
      try {
        return await throughEnqueue(layers, call, async (changed) => gathering.arrive(i, await makeOne(changed, i)))
      } catch (error) {
        gathering.refuse(error)
        throw error
      } finally {
        gathering.end(i)
      }
    }),
  )
}

async function storeAll(calls: readonly EnqueueCall[], { make, ofInput, store }: Inside): Promise<readonly Enqueued[]> {
  const jobs: NewJob[] = []
  for (let i = 0; i < calls.length; i++) {
    try {
      const job = make(calls[i] as EnqueueCall, i)
      jobs.push(job instanceof Promise ? await job : job)
    } catch (error) {
      throw ofInput(i, error)
    }
  }
  return store(jobs)
}

/** Milliseconds. So long must nothing happen before it is taken that what is under way waits for what has arrived. */
const stillness = 50

/**
 * The jobs of one `enqueueMany` that came through the layers.
 *
 * gathering → (every call has arrived or ended) stored as one; or, where calls wait for each other, as behind a mutex:
 * gathering → (nothing happens any more) a part is stored → gathering …
 * When a call is refused, what has not begun to be stored is refused with it.
 */
class Gathering {
  readonly #inside: Inside
  readonly #underWay: Set<number>
  #arrived: { readonly job: NewJob; readonly stored: PromiseWithResolvers<Enqueued> }[] = []
  #refusal: { readonly error: unknown } | null = null
  #patience = stillness
  #timer: Timer | null = null
  #storing = false

  constructor(calls: number, inside: Inside) {
    this.#inside = inside
    this.#underWay = new Set(Array(calls).keys())
  }

  /** Resolves when the job is stored. */
  arrive(i: number, job: NewJob): Promise<Enqueued> {
    const stored = Promise.withResolvers<Enqueued>()
    this.#arrived.push({ job, stored })
    this.end(i)
    return stored.promise
  }

  refuse(error: unknown): void {
    this.#refusal ??= { error }
  }

  /** The call is over, or has come inside. */
  end(i: number): void {
    this.#underWay.delete(i)
    this.#goOn()
  }

  #goOn(): void {
    this.#timer?.cancel()
    if (this.#refusal !== null) for (const { stored } of this.#arrived.splice(0)) stored.reject(this.#refusal.error)
    if (this.#arrived.length === 0 || this.#storing) return
    if (this.#underWay.size === 0) return void this.#store()
    if (this.#inside.whole) return
    this.#timer = this.#inside.runtime.after(this.#patience, () => {
      this.#patience = 0 // they do wait for each other
      void this.#store()
    })
  }

  async #store(): Promise<void> {
    const part = this.#arrived.splice(0)
    this.#storing = true
    try {
      const results = await this.#inside.store(part.map(({ job }) => job))
      for (const [i, { stored }] of part.entries()) stored.resolve(results[i] as Enqueued)
    } catch (error) {
      for (const { stored } of part) stored.reject(error)
    }
    this.#storing = false
    this.#goOn()
  }
}

/** The same for the layers around a handler. */
export async function throughRun(
  layers: readonly RunLayer[],
  contextWith: (input: unknown) => RunContext,
  input: unknown,
  run: (input: unknown) => unknown,
): Promise<unknown> {
  const [first, ...rest] = layers
  if (first === undefined) return run(input)
  const next = once('run', (change?: { readonly input?: unknown }) =>
    throughRun(rest, contextWith, change !== undefined && 'input' in change ? change.input : input, run),
  )
  return first.run(contextWith(input), next)
}
