/**
 * What a worker publishes of each definition, so that others can store jobs of it without its code: the command line, a
 * server, programs in other languages.
 */
import type { StandardJSONSchemaV1 } from '@standard-schema/spec'
import { type AnySchema, defineJob, type Job } from '../job/define.ts'
import { RotaError } from '../job/errors.ts'
import * as check from '../job/options.ts'
import type { Priority } from '../job/priority.ts'
import type { OnLapse } from '../job/states.ts'
import type { OnTimeout } from '../job/timeout.ts'
import { type LiveState, type OnConflict, type UniqueOptions, uniqueOptions } from '../job/unique.ts'
import type { Defaults } from './enqueue.ts'

/** A definition without its code. Durations are milliseconds. */
export interface Manifest {
  /** Id of the definition. */
  readonly job: string
  /** The definition over the defaults of its worker: nothing is left open. */
  readonly options: {
    readonly lane: string
    readonly priority: Priority
    readonly retries: number
    readonly timeout: number
    readonly onTimeout: OnTimeout
    readonly onLapse: OnLapse
    /** Null for never. */
    readonly expiresIn: number | null
    /** 0 keeps nothing of a success. */
    readonly keepSucceeded: number
    readonly keepFailed: number
    /** `null` removes a key that the defaults of whoever enqueues have. */
    readonly metadata: check.MetadataPatch | null
    readonly unique: UniqueManifest | null
  }
  /** Only the code of the definition can say the key of a unique job: then `options.unique` is null. */
  readonly needsCode: 'unique' | null
  /** JSON Schema (draft 2020-12) of the input; null where the schema cannot tell, or there is none. */
  readonly input: object | null
  /** No process that fires schedules has its code: it was told by a worker of the remote protocol, so any process may fire its schedules. */
  readonly remote: boolean
}

interface UniqueManifest {
  /** A path such as `input.user.id`; null for the whole input. */
  readonly key: string | null
  /** 0 for as long as the job is in one of the states `while`. */
  readonly within: number
  readonly while: readonly LiveState[]
  readonly onConflict: OnConflict
}

/** Makes a schema of JSON Schema (draft 2020-12). */
export type SchemaOf = (json: object) => AnySchema

/** A JSON Schema larger than this is not published: it would be read with each list. Characters of its JSON. */
const longestSchema = 64 * 1024

/** @param defaults of the cluster in which the worker works */
export function manifestOf(job: Job, defaults: Defaults): Manifest {
  const set = { ...defaults, ...job.options, ...job.options.retention }
  const { lane, priority, retries, timeout, onTimeout, onLapse, expiresIn, keepSucceeded, keepFailed } = set
  const metadata = { ...defaults.metadata, ...job.options.metadata }
  const isByCode = typeof set.unique?.key === 'function'
  const options = { lane, priority, retries, timeout, onTimeout, onLapse, expiresIn, keepSucceeded, keepFailed }
  return {
    job: job.id,
    options: {
      ...options,
      metadata: Object.keys(metadata).length > 0 ? metadata : null,
      unique: isByCode || !set.unique ? null : publishedUnique(set.unique),
    },
    needsCode: isByCode ? 'unique' : null,
    input: job.input === undefined ? null : inputSchema(job.input),
    remote: false,
  }
}

const publishedUnique = ({ key, within, while: states, onConflict }: UniqueOptions): UniqueManifest => ({
  key: key as string | null, // functions are sorted out before
  within,
  while: states,
  onConflict,
})

/** What the schema demands of what is enqueued, where it can say that by the extension of Standard Schema for JSON Schema. */
function inputSchema(schema: AnySchema): object | null {
  const standard: Partial<StandardJSONSchemaV1.Props> = schema['~standard']
  try {
    const text = JSON.stringify(standard.jsonSchema?.input({ target: 'draft-2020-12' }) ?? null)
    return text.length > longestSchema ? null : asObject(JSON.parse(text))
  } catch {
    return null // it has parts that JSON Schema has no words for
  }
}

/** What was published, by this version of Rota or a later one; null where that cannot be understood. */
export function readManifest(text: string): Manifest | null {
  try {
    const { job, options, needsCode, input, remote } = JSON.parse(text)
    const read: Manifest = {
      job: check.name(job, 'job'),
      options: readOptions(options),
      needsCode: needsCode === null ? null : check.oneOf(['unique'])(needsCode, 'needsCode'),
      input: asObject(input),
      remote: remote === true,
    }
    return read
  } catch {
    return null
  }
}

function readOptions(own: Manifest['options']): Manifest['options'] {
  return {
    lane: check.name(own.lane, 'lane'),
    priority: check.priority(own.priority, 'priority'),
    retries: check.retries(own.retries, 'retries'),
    timeout: check.timeout(own.timeout, 'timeout'),
    onTimeout: check.onTimeout(own.onTimeout, 'onTimeout'),
    onLapse: check.onLapse(own.onLapse, 'onLapse'),
    expiresIn: own.expiresIn === null ? null : check.timeout(own.expiresIn, 'expiresIn'),
    keepSucceeded: check.duration()(own.keepSucceeded, 'keepSucceeded'),
    keepFailed: check.duration()(own.keepFailed, 'keepFailed'),
    metadata: own.metadata === null ? null : check.metadata(own.metadata, 'metadata'),
    unique: own.unique === null ? null : readUnique(own.unique),
  }
}

function readUnique({ key, within, while: states, onConflict }: UniqueManifest): UniqueManifest {
  const rule = { key: key ?? undefined, within: within || undefined, while: states, onConflict }
  return publishedUnique(uniqueOptions(false)(rule, 'unique') as UniqueOptions)
}

const asObject = (value: unknown): object | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null

/** As a definition says it, but for `expiresIn`, of which a definition cannot say that it is never. */
export function definitionOf({ keepSucceeded, keepFailed, metadata, unique, ...plain }: Manifest['options']) {
  return {
    ...plain,
    retention: { succeeded: keepSucceeded === 0 ? ('none' as const) : keepSucceeded, failed: keepFailed },
    ...(metadata !== null && { metadata: { ...metadata } }),
    ...(unique !== null && {
      unique: {
        while: [...unique.while],
        onConflict: unique.onConflict,
        ...(unique.key !== null && { key: unique.key }),
        ...(unique.within > 0 && { within: unique.within }),
      },
    }),
  }
}

/**
 * Stands for a definition whose code is elsewhere: what is enqueued with it is stored as with the definition itself, but where
 * the manifest `needsCode`. It cannot run.
 *
 * @param input checks what is enqueued; made of `manifest.input`. @default nothing is checked
 */
export function jobOfManifest({ job: id, options }: Manifest, input: AnySchema | undefined): Job {
  const { expiresIn, ...rest } = definitionOf(options)
  const job = defineJob({
    id,
    ...rest,
    ...(input !== undefined && { input }),
    run: () => {
      throw new RotaError('job_unknown', `The code of job "${id}" is not in this process.`)
    },
  })
  // That nothing expires cannot be said in a definition, and here it must hold against any default.
  return Object.freeze({
    ...job,
    options: Object.freeze({ ...job.options, expiresIn, unique: job.options.unique ?? null }),
  })
}
