/** From a call of `enqueue` to a stored row: definition + input → checked → `NewJob` → batch. */
import { createHash } from 'node:crypto'
import { type Job, validate } from '../job/define.ts'
import { parseInstant } from '../job/duration.ts'
import type { EnqueueOptions } from '../job/enqueue-options.ts'
import { RotaError, show } from '../job/errors.ts'
import { enqueueHints } from '../job/option-hints.ts'
import * as check from '../job/options.ts'
import { checkAfter, onParentFails, type Parent } from '../job/parents.ts'
import { toJson } from '../job/payload.ts'
import { type Priority, priorityRank } from '../job/priority.ts'
import type { OnLapse } from '../job/states.ts'
import type { OnTimeout } from '../job/timeout.ts'
import { type UniqueOptions, uniqueKey, uniqueOptions } from '../job/unique.ts'
import type { NewJob } from '../storage/contract.ts'

/** What applies where neither the call nor the definition says otherwise. */
export interface Defaults {
  readonly retries: number
  readonly timeout: number
  readonly priority: Priority
  readonly lane: string
  readonly keepSucceeded: number
  readonly keepFailed: number
  readonly onTimeout: OnTimeout
  readonly onLapse: OnLapse
  readonly expiresIn: number | null
  readonly metadata: check.Metadata | null
}

/** How a call is stored. */
export const storing = { tx: transaction, wake: check.boolean }

const enqueueChecks = {
  in: check.duration(),
  at: parseInstant,
  priority: check.priority,
  lane: check.name,
  retries: check.retries,
  timeout: check.timeout,
  onTimeout: check.onTimeout,
  onLapse: check.onLapse,
  expiresIn: check.timeout,
  expiresAt: parseInstant,
  metadata: check.metadata,
  retention: check.retention,
  idempotencyKey: check.text(500),
  after: checkAfter,
  onParentFail: check.oneOf(onParentFails),
  cluster: check.name,
  signal: check.signal,
  unique: uniqueOptions(true),
  ...storing,
}

function transaction(value: unknown, field: string): object {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') return value
  throw new RotaError('tx_invalid', `${field}: ${show(value)} is no transaction. Give one of your database library.`, {
    field,
  })
}

/** A flow is stored as a whole: what belongs to the call is said once. */
const { idempotencyKey: _k, cluster: _c, signal: _s, tx: _t, wake: _w, ...flowJobChecks } = enqueueChecks

type Checked = check.Checked<typeof enqueueChecks>

/** What is the same for all inputs of one call. */
export interface Template extends Omit<NewJob, 'id' | 'input' | 'idempotency' | 'unique'> {
  readonly idempotencyKey: string | undefined
  readonly unique: UniqueOptions | null
  /** The call named a due time. */
  readonly due: boolean
}

/** The options of a job of a flow. */
export function flowTemplate(job: Job, options: object, defaults: Defaults): Template {
  return resolve('flow.job', job, check.checkOptions('flow.job', options, flowJobChecks, enqueueHints), defaults)
}

/** The options of one call, checked and resolved once for all its inputs. */
export function template(where: string, job: Job, options: EnqueueOptions, defaults: Defaults): Template {
  return resolve(where, job, check.checkOptions(where, options, enqueueChecks, enqueueHints), defaults)
}

function resolve(where: string, job: Job, own: Checked, defaults: Defaults): Template {
  if (job.disabled === true)
    throw new RotaError(
      'handler_disabled',
      `${where}: the definition "${job.id}" is disabled. Enable it first: \`rota handlers enable ${job.id}\`.`,
      { field: 'job' },
    )
  exclusive(where, own, 'in', 'at')
  exclusive(where, own, 'expiresIn', 'expiresAt')
  const set = { ...defaults, ...job.options, ...job.options.retention, ...own, ...own.retention }
  const expiresIn = own.expiresAt === undefined ? set.expiresIn : null
  if (expiresIn !== null && own.in !== undefined && own.in >= expiresIn) {
    const message = `${where}: "in" (${own.in} ms) is not before "expiresIn" (${expiresIn} ms), so the job would expire before it may start. Both count from now.`
    throw new RotaError('option_invalid', message, { field: 'in' })
  }
  if (own.at !== undefined && own.expiresAt !== undefined && own.at >= own.expiresAt) {
    const message = `${where}: "at" is not before "expiresAt", so the job would expire before it may start.`
    throw new RotaError('option_invalid', message, { field: 'at' })
  }
  if (own.wake !== undefined && own.tx === undefined)
    throw new RotaError('option_invalid', `${where}: "wake" goes with "tx" only. Leave it out.`, { field: 'wake' })
  const metadata = check.mergeMetadata(defaults.metadata ?? undefined, job.options.metadata, own.metadata)
  toJson(metadata ?? undefined, 'metadata', check.defaults.metadataLimit, '')
  return {
    job: job.id,
    lane: set.lane,
    priority: priorityRank(set.priority),
    at: own.at ?? null,
    delay: own.in ?? 0,
    maxAttempts: set.retries + 1,
    timeout: set.timeout,
    onTimeout: set.onTimeout,
    onLapse: set.onLapse,
    expiresAt: own.expiresAt ?? null,
    expiresIn,
    keepSucceeded: set.keepSucceeded,
    keepFailed: set.keepFailed,
    metadata,
    idempotencyKey: own.idempotencyKey,
    parents: parentsOf(where, own),
    flow: null,
    schedule: null,
    unique: set.unique ?? null,
    due: own.in !== undefined || own.at !== undefined,
  }
}

const warned = new Set<string>()

/**
 * `enqueue(job, { in: '5m' })` gives a job without a schema an input and no options. What is meant cannot be known, so it is
 * told once for each definition and done as it says.
 */
export function warnOfOptions(job: Job, input: unknown): void {
  if (job.input !== undefined || !check.isLiteral(input) || warned.has(job.id)) return
  const names = Object.keys(input)
  if (names.length === 0 || !names.every((name) => Object.hasOwn(enqueueChecks, name))) return
  warned.add(job.id)
  const message = `enqueue: the input of job "${job.id}" looks like options (${names.join(', ')}). Options come third: enqueue(job, input, options). If it is the input, pass options, {} for none.`
  process.emitWarning(message, 'RotaWarning')
}

function parentsOf(
  where: string,
  { after = [], onParentFail }: { after?: ReturnType<typeof checkAfter>; onParentFail?: Parent['onFail'] },
): readonly Parent[] {
  if (onParentFail !== undefined && after.length === 0) {
    const message = `${where}: "onParentFail" says what happens when a job of "after" fails, and there is none.`
    throw new RotaError('option_invalid', message, { field: 'onParentFail' })
  }
  return after.map(({ id, onFail }) => ({ id, onFail: onFail ?? onParentFail ?? check.defaults.onParentFail }))
}

function exclusive<Own extends object>(
  where: string,
  own: Own,
  one: keyof Own & string,
  other: keyof Own & string,
): void {
  if (own[one] === undefined || own[other] === undefined) return
  throw new RotaError('option_invalid', `${where}: give either "${one}" or "${other}", not both.`, { field: other })
}

/**
 * Only a schema that waits makes it wait: a promise for each of many jobs costs a third of all that is done for them here.
 *
 * @throws RotaError `input_invalid`, `payload_not_json`, `payload_too_large`; nothing is stored then
 */
export function newJob(
  job: Job,
  input: unknown,
  own: Template,
  payloadLimit: number,
  id: string,
): NewJob | Promise<NewJob> {
  // What is stored is the schema's input: `run` gets its output, made anew at each try.
  const json = toJson(input, 'input', payloadLimit)
  const validated = validate(job, input)
  return validated instanceof Promise
    ? validated.then(() => storedJob(input, json, own, id))
    : storedJob(input, json, own, id)
}

/** A job whose input was checked before. */
export function storedJob(input: unknown, json: string | null, own: Template, id: string): NewJob {
  const { idempotencyKey: key, unique } = own
  if (own.parents.length > 0 && unique !== null && unique.onConflict !== 'keep') {
    const message = `unique: onConflict "${unique.onConflict}" does not go with "after": the earlier job would go on without waiting for it. Use 'keep', or leave out "after".`
    throw new RotaError('option_invalid', message, { field: 'unique' })
  }
  const keep = check.defaults.keepIdempotencyKeys
  return {
    id,
    job: own.job,
    lane: own.lane,
    priority: own.priority,
    at: own.at,
    delay: own.delay,
    maxAttempts: own.maxAttempts,
    timeout: own.timeout,
    onTimeout: own.onTimeout,
    onLapse: own.onLapse,
    expiresAt: own.expiresAt,
    expiresIn: own.expiresIn,
    keepSucceeded: own.keepSucceeded,
    keepFailed: own.keepFailed,
    input: json,
    metadata: own.metadata,
    idempotency: key === undefined ? null : { key, hash: hash(canonical(json)), keep },
    parents: own.parents,
    flow: own.flow,
    schedule: own.schedule,
    unique: unique && { ...unique, key: uniqueKey(unique.key, input, () => hash(canonical(json))), due: own.due },
  }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** The same text for the same data, whatever the order of its keys. */
function canonical(json: string | null): string {
  if (json === null) return ''
  return JSON.stringify(JSON.parse(json), (_, value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
