/** A definition that people store: what they write, what is stored of it, and the `Job` that it is to the engine. */
import { type AnySchema, defineJob, type Job } from '../job/define.ts'
import type { Duration } from '../job/duration.ts'
import { RotaError, show } from '../job/errors.ts'
import { jobHints } from '../job/option-hints.ts'
import * as check from '../job/options.ts'
import { toJson } from '../job/payload.ts'
import type { Priority } from '../job/priority.ts'
import type { Backoff } from '../job/retry.ts'
import type { OnLapse } from '../job/states.ts'
import type { OnTimeout } from '../job/timeout.ts'
import type { Unique } from '../job/unique.ts'
import type { HttpOptions } from '../kinds/http/spec.ts'
import type { DefinitionRecord } from '../storage/contract.ts'
import type { SchemaOf } from './manifest.ts'

/** What `rota.handlers.put` takes. Everything of it is data, so that it can be stored. */
export interface HandlerOptions {
  /** What jobs and schedules refer to; letters, digits and `. _ : @ / -`. */
  readonly id: string
  /** How it runs. @default 'http' */
  readonly kind?: 'http'
  /** The request that its jobs make. */
  readonly http: HttpOptions
  /** Up to 500 characters, for people. @default none */
  readonly description?: string
  /** Whose it is; up to 200 characters. @default none */
  readonly owner?: string
  /** Whether it may be enqueued and started. @default true; what it was, where it is changed */
  readonly enabled?: boolean
  /** JSON Schema (draft 2020-12) of the input: servers check what is enqueued, and forms are made of it. At most 64 KiB. @default none */
  readonly input?: object
  /** Tries after the first one that failed, 0 to 1000. @default `defaults` of createRota, then 3 */
  readonly retries?: number
  /** Wait before the next try; no function. A later `Retry-After` goes before it. @default `defaults` of createRota, then 'exponential' */
  readonly backoff?: Exclude<Backoff, (attempt: number) => Duration>
  /** How long one request may take, with all of its answer; at least 1 ms. @default `defaults` of createRota, then '5m' */
  readonly timeout?: Duration
  /** Whether a request that is late is given up and has failed, or may finish. @default `defaults` of createRota, then 'fail' */
  readonly onTimeout?: OnTimeout
  /** Whether a request whose worker went is made again. @default `defaults` of createRota, then 'retry' */
  readonly onLapse?: OnLapse
  /** Not started any more this long after it was enqueued. At least 1 ms. @default `defaults` of createRota, then never */
  readonly expiresIn?: Duration
  /** @default `defaults` of createRota, then 'medium' */
  readonly priority?: Priority
  /** @default `defaults` of createRota, then 'default' */
  readonly lane?: string
  /** A call whose key belongs to an earlier job stores nothing, or changes that one; the key is a path such as `'input.user.id'`. @default every call stores a job */
  readonly unique?: Unique & { readonly key?: string }
  /** Kept with every job of this definition. @default none */
  readonly metadata?: check.MetadataPatch
  /** How long finished jobs are kept. @default `retention` of createRota */
  readonly retention?: check.Retention
}

/** Options of jobs, as they were written down. */
type JobOptionsSaid = Omit<HandlerOptions, 'id' | 'kind' | 'http' | 'description' | 'owner' | 'enabled' | 'input'>

/** What stands in the `data` of a record. */
export interface DefinitionData {
  readonly description: string | null
  readonly options: JobOptionsSaid
  /** JSON Schema. */
  readonly input: object | null
  /** What the kind made of its part. */
  readonly spec: unknown
}

export interface Said {
  readonly id: string
  readonly kind: string
  readonly enabled: boolean | undefined
  readonly owner: string | null
  readonly data: Omit<DefinitionData, 'spec'>
  /** What is said of the kind's own part, not checked. */
  readonly own: unknown
}

/** Characters of the JSON. */
const longestSchema = 64 * 1024
const mostData = 256 * 1024

const object: check.Check<object> = (value, field) => {
  if (check.isLiteral(value)) return value
  throw new RotaError(
    'option_invalid',
    `${field}: ${show(value)} is no object. Write a JSON Schema, such as { type: 'object' }.`,
    { field },
  )
}

const anything: check.Check<unknown> = (value) => value

const jobNames = [
  'retries',
  'backoff',
  'timeout',
  'onTimeout',
  'onLapse',
  'expiresIn',
  'priority',
  'lane',
  'unique',
  'metadata',
  'retention',
] as const satisfies readonly (keyof JobOptionsSaid)[]

const checks = {
  id: check.name,
  kind: check.oneOf(['http']),
  http: anything,
  description: check.text(500),
  owner: check.text(200),
  enabled: check.boolean,
  input: object,
  ...Object.fromEntries(jobNames.map((name) => [name, anything])),
}

/** @throws RotaError that names the option */
export function checkHandler(options: HandlerOptions): Said {
  const set = check.checkOptions('handlers.put', options, checks, jobHints) as Partial<HandlerOptions>
  const { id, kind = 'http', http, description = null, owner = null, enabled, input = null, ...said } = set
  if (id === undefined) throw required('id')
  if (http === undefined) throw required('http')
  const own = JSON.parse(toJson(said, 'options', mostData, '') ?? '{}') as JobOptionsSaid
  defineJob({ id, ...own, run: () => undefined }) // it knows what is wrong with them
  if (input !== null) toJson(input, 'input', longestSchema, '')
  return { id, kind, enabled, owner, own: http, data: { description, options: own, input } }
}

const required = (field: string) => new RotaError('option_invalid', `handlers.put: "${field}" is required.`, { field })

/** What stands in a record; null where this version cannot read it. */
export function readData(record: DefinitionRecord): DefinitionData | null {
  try {
    const { description, options, input, spec } = JSON.parse(record.data)
    defineJob({ id: record.id, ...options, run: () => undefined })
    return { description: description ?? null, options, input: check.isLiteral(input) ? input : null, spec }
  } catch {
    return null
  }
}

/** @param isDisabled as this process knows it @param run a try of it */
export function jobOf(
  id: string,
  { options, input }: DefinitionData,
  isDisabled: () => boolean,
  run: Job['run'],
  schemaOf?: SchemaOf,
): Job {
  const schema: AnySchema | undefined = input === null ? undefined : schemaOf?.(input)
  const job = defineJob({ id, ...options, ...(schema && { input: schema }), run })
  // Whoever holds it hears of a change of today, as soon as this process does.
  return Object.freeze(Object.defineProperty({ ...job }, 'disabled', { get: isDisabled, enumerable: true })) as Job
}
