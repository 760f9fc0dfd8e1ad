import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Definition, JobContext, Verdict } from './context.ts'
import type { Duration } from './duration.ts'
import { RotaError, show } from './errors.ts'
import { jobHints } from './option-hints.ts'
import * as check from './options.ts'
import type { Priority } from './priority.ts'
import { type Backoff, type Delay, parseBackoff } from './retry.ts'
import type { OnLapse } from './states.ts'
import type { OnTimeout } from './timeout.ts'
import { type Unique, type UniqueOptions, uniqueOptions } from './unique.ts'

export type AnySchema = StandardSchemaV1<unknown, unknown>

/** What `defineJob` takes. */
export interface JobOptions<Schema extends AnySchema, Output> {
  /** What stored jobs refer to: explicit and stable, so that renaming a variable or a file breaks nothing. */
  readonly id: string
  /** Any Standard Schema (zod, valibot, arktype …) or `type<T>()`. Checked at enqueue and at run. @default anything */
  readonly input?: Schema
  /** Tries after the first one that failed, 0 to 1000. @default `defaults` of createRota, then 3 */
  readonly retries?: number
  /** Wait before the next try. @default `defaults` of createRota, then 'exponential' (1 s, 2 s, 4 s … 1 h, jitter 0.2) */
  readonly backoff?: Backoff
  /** How long one try may take; at least 1 ms. @default `defaults` of createRota, then '5m' */
  readonly timeout?: Duration
  /**
   * `'fail'`: at the timeout `ctx.signal` fires and the try has failed, whether the handler stops or not. `'mark'`: the
   * handler may finish, and its success is recorded with the reason `timed_out`. @default `defaults` of createRota, then 'fail'
   */
  readonly onTimeout?: OnTimeout
  /**
   * What happens when the worker goes in the middle of the job: its process dies, or is stopped and the handler does not
   * end. `'retry'`: it runs elsewhere; after three deaths it is given up. `'fail'`: it is over, with the reason `lapsed` or
   * `interrupted`, for work that must not be started twice. Failures are retried all the same.
   * @default `defaults` of createRota, then 'retry'
   */
  readonly onLapse?: OnLapse
  /** Not started any more this long after it was enqueued: it ends as `expired`. At least 1 ms. @default `defaults` of createRota, then never */
  readonly expiresIn?: Duration
  /** @default `defaults` of createRota, then 'medium' */
  readonly priority?: Priority
  /** The pool of slots the job runs in. @default `defaults` of createRota, then 'default' */
  readonly lane?: string
  /** A call whose key belongs to an earlier job stores nothing, or changes that one. @default every call stores a job */
  readonly unique?: Unique<StandardSchemaV1.InferInput<Schema>>
  /** Kept with every job of this definition and shown in lists; `null` removes a key that `defaults` has. @default none */
  readonly metadata?: check.MetadataPatch
  /** How long finished jobs are kept; `'none'` keeps nothing of a success. @default `retention` of createRota, then { succeeded: '7d', failed: '30d' } */
  readonly retention?: check.Retention
  /** The work. Its result is stored as JSON; an exception is a failed try. */
  run(input: StandardSchemaV1.InferOutput<Schema>, ctx: JobContext): Output | Promise<Output>
}

/** A checked job definition, as made by `defineJob`. */
export interface Job<Input = unknown, Output = unknown> extends Definition<Input, Output> {
  /** What the definition says, checked; durations in milliseconds. */
  readonly options: {
    readonly retries?: number
    readonly backoff?: Delay
    readonly timeout?: number
    readonly onTimeout?: OnTimeout
    readonly onLapse?: OnLapse
    readonly expiresIn?: number | null
    readonly priority?: Priority
    readonly lane?: string
    readonly unique?: UniqueOptions | null
    readonly metadata?: check.MetadataPatch
    readonly retention?: ReturnType<typeof check.retention>
  }
  /** Somebody disabled the stored definition: it is neither enqueued nor started. */
  readonly disabled?: boolean
  /** The handler. Rota calls it; a test may too. */
  run(input: unknown, ctx: JobContext): Output | Promise<Output>
}

const schema: check.Check<AnySchema> = (value, field) => {
  if ((typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value) {
    return value as AnySchema
  }
  const message = `${field}: ${show(value)} is not a Standard Schema. Use zod, valibot, arktype … or type<{ name: string }>().`
  throw new RotaError('option_invalid', message, { field })
}

const jobChecks = {
  id: check.name,
  input: schema,
  retries: check.retries,
  backoff: (value: unknown, field: string) => parseBackoff(value as Backoff, field),
  timeout: check.timeout,
  onTimeout: check.onTimeout,
  onLapse: check.onLapse,
  expiresIn: check.timeout,
  priority: check.priority,
  lane: check.name,
  unique: uniqueOptions(false),
  metadata: check.metadata,
  retention: check.retention,
  run: check.func,
}

/**
 * Defines a job: what runs.
 *
 * @param options an object, or one of a class with a method `run`
 * @throws RotaError `option_invalid`, `option_unknown` or `duration_invalid`, naming the option
 * @example
 * export const sendWelcome = defineJob({
 *   id: 'send-welcome',
 *   input: type<{ name: string }>(),
 *   retries: 5,
 *   timeout: '30s',
 *   async run(input, ctx) {
 *     await fetch(`https://mail.example/welcome/${input.name}`, { signal: ctx.signal })
 *     return { greeted: input.name }
 *   },
 * })
 */
export function defineJob<Output, Schema extends AnySchema = AnySchema>(
  options: JobOptions<Schema, Output>,
): Job<StandardSchemaV1.InferInput<Schema>, Exclude<Output, Verdict>> {
  const { id, input, run, ...rest } = check.checkOptions('defineJob', ownOptions(options), jobChecks, jobHints)
  if (id === undefined) throw new RotaError('option_invalid', 'defineJob: "id" is required.', { field: 'id' })
  if (run === undefined) throw new RotaError('option_invalid', 'defineJob: "run" is required.', { field: 'run' })
  const job = { [brand]: true, id, input, options: Object.freeze(rest), run: options.run.bind(options) }
  return Object.freeze(job) as unknown as Job<StandardSchemaV1.InferInput<Schema>, Exclude<Output, Verdict>>
}

/** An object of a class has its `run` from the class, and may have fields of its own; in one that was written down they are typing errors. */
function ownOptions(options: object): object {
  if (typeof options !== 'object' || options === null || check.isLiteral(options)) return options
  const names = Object.keys(jobChecks).filter((name) => name in options)
  return Object.fromEntries(names.map((name) => [name, Reflect.get(options, name)]))
}

/** A registered symbol, because a configuration file may load another copy of this package than the command line did. */
const brand = Symbol.for('rota.job')

/** @throws RotaError `job_invalid` for anything that did not come from `defineJob` */
export function checkJob(value: unknown, field: string): Job {
  if (typeof value === 'object' && value !== null && brand in value) return value as unknown as Job
  throw new RotaError('job_invalid', `${field}: ${show(value)} is not a job. Pass what defineJob returned.`, { field })
}

/**
 * A schema that checks nothing and tells TypeScript what the input is, for projects without a schema library.
 *
 * @example defineJob({ id: 'greet', input: type<{ name: string }>(), run: (input) => `hello ${input.name}` })
 */
export function type<T>(): StandardSchemaV1<T, T> {
  return { '~standard': { version: 1, vendor: 'rota', validate: (value) => ({ value: value as T }) } }
}

/**
 * Runs a schema over a value and gives its output; a promise only where the schema is asynchronous.
 *
 * @throws RotaError `input_invalid` with every issue the schema found and its path
 */
export function validate(job: Job, value: unknown): unknown {
  if (job.input === undefined) return value
  const result = job.input['~standard'].validate(value)
  if (typeof result === 'object' && result !== null && 'then' in result) {
    return Promise.resolve(result).then((late) => outputOf(job, late))
  }
  return outputOf(job, result)
}

function outputOf(job: Job, result: StandardSchemaV1.Result<unknown>): unknown {
  if (result.issues === undefined) return result.value
  const issues = result.issues.map((issue) => {
    const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
    return { path: ['input', ...path].join('.'), message: issue.message }
  })
  const list = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')
  throw new RotaError('input_invalid', `The input of job "${job.id}" does not fit its schema. ${list}`, {
    field: issues[0]?.path ?? 'input',
  })
}
