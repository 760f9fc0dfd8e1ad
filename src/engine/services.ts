/**
 * What handlers need beside their input: values that the application has, and what Rota makes for them at first use and
 * disposes of: for the process at `stop`, for a try when its handler has ended.
 */
import type { JobContext } from '../job/context.ts'
import { isRotaError, RotaError } from '../job/errors.ts'
import * as check from '../job/options.ts'
import type { Services } from '../job/services.ts'
import { type Runtime, within } from './runtime.ts'

const brand = Symbol.for('rota.service') // registered: a configuration file may load another copy of this package
const scopes = ['process', 'attempt'] as const

/** How a service is made and disposed of, as `service` gives it. */
export interface Service<out T = unknown> {
  /** One for the process, or one for each try. */
  readonly scope: (typeof scopes)[number]
  /** Makes it, when it is first asked for. */
  create(services: Services, ctx: JobContext): T
  /** Ends it. */
  readonly dispose: ((value: never) => unknown) | undefined
}

/** How long a service lives, and how it ends. */
export interface ServiceOptions<T, Scope> {
  /** One for the process, disposed of at `stop`; or one for each try that asks for it. @default 'process' */
  readonly scope?: Scope
  /** @default its `Symbol.asyncDispose` or `Symbol.dispose`, where it has one */
  readonly dispose?: (value: Awaited<T>) => unknown
}

/** `services` of createRota: each a value as it is, a function too, or what `service` gives. */
export type ServiceTable = { readonly [Name in keyof Services]?: Services[Name] | Service<Services[Name]> } & Readonly<
  Record<string, unknown>
>

/**
 * A service that is made when a handler first reads it from `ctx.services`. What `create` returns is what the handler
 * reads: an asynchronous one gives a promise, so the handler writes `await ctx.services.db`. When it fails, so does
 * the try (`service_failed`), and the next one makes it anew.
 *
 * @param create gets the other services; with scope 'attempt' the context of the try, too
 * @throws RotaError `option_invalid` or `option_unknown`
 * @example
 * createRota({ services: { mailer: service(() => new Mailer(url)), trace: service((_, ctx) => new Trace(ctx.id), { scope: 'attempt' }) } })
 */
export function service<T>(create: (services: Services) => T, options?: ServiceOptions<T, 'process'>): Service<T>
export function service<T>(
  create: (services: Services, ctx: JobContext) => T,
  options: ServiceOptions<T, 'attempt'> & { readonly scope: 'attempt' },
): Service<T>
export function service<T>(
  create: (services: Services, ctx: JobContext) => T,
  options: ServiceOptions<T, 'process' | 'attempt'> = {},
): Service<T> {
  check.func(create, 'create')
  const set = check.checkOptions('service', options, { scope: check.oneOf(scopes), dispose: check.func })
  return Object.freeze({
    [brand]: true,
    create,
    scope: set.scope ?? check.defaults.serviceScope,
    dispose: options.dispose,
  })
}

const isService = (value: unknown): value is Service => typeof value === 'object' && value !== null && brand in value

type Trouble = (error: unknown, during: string) => void

/** What was made in one scope, in the order of making. */
class Made {
  readonly #runtime: Runtime
  readonly #values = new Map<string, { readonly value: unknown; readonly service: Service }>()
  readonly #making = new Set<string>()
  #over = false

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  async #withPatience(disposing: Promise<void>): Promise<void> {
    let ended = false
    const end = disposing.finally(() => {
      ended = true
    })
    await within(this.#runtime, patience, end)
    if (!ended) throw new Error(`It was not over after ${patience} ms, and was left alone.`)
    await end
  }

  get(name: string, service: Service, create: () => unknown): unknown {
    const made = this.#values.get(name)
    if (made !== undefined) return made.value
    if (this.#over) throw failed(name, new Error('What it is made for has ended.'))
    if (this.#making.has(name)) throw failed(name, new Error('To be made it needs itself.'))
    this.#making.add(name)
    try {
      const created = create()
      const value = created instanceof Promise ? this.#later(name, created) : created
      this.#values.set(name, { value, service })
      return value
    } catch (error) {
      throw failed(name, error)
    } finally {
      this.#making.delete(name)
    }
  }

  #later(name: string, created: Promise<unknown>): Promise<unknown> {
    const value = created.catch((error) => {
      this.#values.delete(name) // the next one to ask tries again
      throw failed(name, error)
    })
    value.catch(() => {}) // whoever asked for it is told
    return value
  }

  /** The last one first: it may need the others. */
  async dispose(onTrouble: Trouble): Promise<void> {
    this.#over = true
    const made = [...this.#values].reverse()
    for (const [name, { value, service }] of made) {
      try {
        await this.#withPatience(disposeOf(await value, service))
      } catch (error) {
        if (!isRotaError(error, 'service_failed')) onTrouble(error, `disposing of the service "${name}"`)
      }
    }
  }
}

/** Milliseconds that one may take to be disposed of, before the next one has its turn. */
const patience = 1_000

async function disposeOf(value: unknown, { dispose }: Service): Promise<void> {
  if (dispose !== undefined) return void (await (dispose as (value: unknown) => unknown)(value))
  if (typeof value !== 'object' || value === null) return
  const own = value as Partial<AsyncDisposable & Disposable>
  if (own[Symbol.asyncDispose] !== undefined) await own[Symbol.asyncDispose]?.()
  else own[Symbol.dispose]?.()
}

function failed(name: string, error: unknown): RotaError {
  const why = error instanceof Error ? error.message : String(error)
  return new RotaError('service_failed', `The service "${name}" could not be made: ${why}`, { cause: error })
}

/** The services of one try; `services` is what its handler sees. */
export interface AttemptServices {
  readonly services: Services
  /** Its handler has ended. */
  end(): void
}

/** The services of a Rota. Clusters share those of the process. */
export class ServiceShelf {
  readonly #table: Readonly<Record<string, unknown>>
  readonly #runtime: Runtime
  readonly #made: Made
  readonly #ending = new Set<Promise<void>>()
  readonly #ofProcess: Services

  constructor(table: Readonly<Record<string, unknown>>, runtime: Runtime) {
    this.#table = table
    this.#runtime = runtime
    this.#made = new Made(runtime)
    this.#ofProcess = this.#view((name, own) => {
      if (own.scope === 'process') return this.#fromProcess(name, own)
      throw failed(name, new Error('It is made for each attempt, so a service of the process cannot use it.'))
    })
  }

  forAttempt(context: () => JobContext, onTrouble: Trouble): AttemptServices {
    const made = new Made(this.#runtime)
    const services: Services = this.#view((name, own) =>
      own.scope === 'process'
        ? this.#fromProcess(name, own)
        : made.get(name, own, () => own.create(services, context())),
    )
    const end = () => {
      const ending = made.dispose(onTrouble).then(() => void this.#ending.delete(ending))
      this.#ending.add(ending)
    }
    return { services, end }
  }

  async dispose(onTrouble: Trouble): Promise<void> {
    await Promise.all(this.#ending)
    await this.#made.dispose(onTrouble)
  }

  #fromProcess(name: string, own: Service): unknown {
    // It never gets the context of the try that happens to ask first: it outlives it.
    return this.#made.get(name, own, () => (own.create as (services: Services) => unknown)(this.#ofProcess))
  }

  #view(make: (name: string, own: Service) => unknown): Services {
    const view = {}
    for (const [name, own] of Object.entries(this.#table)) {
      Object.defineProperty(view, name, { get: () => (isService(own) ? make(name, own) : own), enumerable: true })
    }
    return Object.freeze(view) as Services
  }
}
