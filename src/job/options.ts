import { type Duration, parseDuration } from './duration.ts'
import { RotaError, show } from './errors.ts'
import { priorities } from './priority.ts'
import { onLapses } from './states.ts'
import { suggest } from './suggest.ts'
import { onTimeouts } from './timeout.ts'

const minute = 60_000
const day = 24 * 60 * minute

/** Every default of Rota, once. Times are milliseconds. */
export const defaults = Object.freeze({
  lane: 'default',
  priority: 'medium',
  retries: 3,
  backoff: 'exponential',
  timeout: 5 * minute,
  onTimeout: 'fail',
  onLapse: 'retry',
  onParentFail: 'cancel',
  expiresIn: null,
  metadata: null,
  concurrency: 10,
  lease: 30_000,
  poll: 1_000,
  grace: 30_000,
  cancelGrace: 5_000,
  payloadLimit: 128 * 1024,
  keepSucceeded: 7 * day,
  keepFailed: 30 * day,
  storage: 'sqlite:rota.db',
  cluster: 'default',
  mode: 'active',
  serviceScope: 'process',
  workerName: 'worker',
  endBlockedProcess: false,
  workerSchedules: true,
  migrate: true,
  cancelReason: 'cancelled',
  pauseReason: 'paused',
  lockTtl: 30_000,
  lockWait: 0,
  scheduleLockTtl: 10 * minute,
  listLimit: 50,
  logLimit: 1_000,
  keepIdempotencyKeys: 30 * day,
  metadataLimit: 8 * 1024,
  postgresConnections: 10,
  postgresSchema: 'rota',
} as const)

/** Checks one option and gives its normal form; throws a RotaError that names `field`. */
export type Check<T> = (value: unknown, field: string) => T

/** The options of one call: a check for each name that exists. */
export type Checks = Readonly<Record<string, Check<unknown>>>

/** What `checkOptions` gives. */
export type Checked<C extends Checks> = { -readonly [K in keyof C]?: ReturnType<C[K]> }

/**
 * Checks an options object against its table. Options that are absent or `undefined` stay absent.
 *
 * @param where what the options belong to, for the message
 * @param hints names people try, with what to write instead
 * @param above stands before each name in `field` of an error: `http.success.`
 * @throws RotaError `option_unknown` with a suggestion, or the error of the check that failed
 */
export function checkOptions<C extends Checks>(
  where: string,
  options: unknown,
  checks: C,
  hints: Readonly<Record<string, string>> = {},
  above = '',
): Checked<C> {
  checkObject(where, options)
  const checked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) {
      const hint = Object.hasOwn(hints, name) ? `; ${hints[name]}.` : suggest(name, Object.keys(checks)) || '.'
      const known = Object.keys(checks).join(', ')
      throw new RotaError('option_unknown', `${where}: there is no option "${name}"${hint} Known: ${known}.`, {
        field: above + name,
      })
    }
    if (value !== undefined) checked[name] = check(value, above + name)
  }
  return checked as Checked<C>
}

/** An object that was written down, not one of a class. */
export function isLiteral(value: unknown): value is object {
  return typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))
}

/** @throws RotaError `option_invalid` when the options are no object, whatever would be in it */
export function checkObject(where: string, options: unknown): asserts options is object {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return
  throw new RotaError('option_invalid', `${where}: options must be an object, got ${show(options)}.`, { field: where })
}

function invalid(field: string, value: unknown, accepts: string, hint = ''): never {
  const message = `${field}: ${show(value)} is not allowed${hint || '.'} It must be ${accepts}.`
  throw new RotaError('option_invalid', message, { field })
}

export const integer =
  (min: number, max: number): Check<number> =>
  (value, field) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : invalid(field, value, `a whole number from ${min} to ${max}`)

/** A duration in milliseconds, at least `min`. */
export const duration =
  (min = 0): Check<number> =>
  (value, field) => {
    const ms = parseDuration(value, field)
    return ms >= min ? ms : invalid(field, value, `a duration of at least ${min} ms`)
  }

const namePattern = /^[A-Za-z0-9@][A-Za-z0-9._:@/-]*$/

/** An id that people type: letters, digits and `. _ : @ / -`, at most 200 characters. */
export const name: Check<string> = (value, field) =>
  typeof value === 'string' && value.length <= 200 && namePattern.test(value)
    ? value
    : invalid(field, value, 'a name of letters, digits and . _ : @ / - (at most 200 characters)')

export const text =
  (max: number, min = 1): Check<string> =>
  (value, field) =>
    typeof value === 'string' &&
    value.length >= min &&
    value.length <= max &&
    value.isWellFormed() &&
    !value.includes('\0')
      ? value
      : invalid(field, value, `a text of ${min} to ${max} characters without NUL`)

/** @param aliases words that people try, with the value they mean; they are suggested, not accepted */
export const oneOf =
  <T extends string>(values: readonly T[], aliases: Readonly<Record<string, T>> = {}): Check<T> =>
  (value, field) => {
    if (values.includes(value as T)) return value as T
    const known = typeof value === 'string' && Object.hasOwn(aliases, value) ? aliases[value] : undefined
    const hint = known ? `, did you mean "${known}"?` : typeof value === 'string' ? suggest(value, values) : ''
    invalid(field, value, `one of ${values.map((v) => `"${v}"`).join(', ')}`, hint)
  }

/** One value or a list of them. */
export const oneOrMore =
  <T>(one: Check<T>): Check<readonly T[]> =>
  (value, field) => {
    const list = Array.isArray(value) ? value : [value]
    return list.length > 0 ? list.map((entry) => one(entry, field)) : invalid(field, value, 'at least one value')
  }

export const boolean: Check<boolean> = (value, field) =>
  typeof value === 'boolean' ? value : invalid(field, value, 'true or false')

export const func: Check<(...args: never[]) => unknown> = (value, field) =>
  typeof value === 'function' ? (value as (...args: never[]) => unknown) : invalid(field, value, 'a function')

export const signal: Check<AbortSignal> = (value, field) =>
  value instanceof AbortSignal ? value : invalid(field, value, 'an AbortSignal')

export const priority = oneOf(priorities)
export const retries = integer(0, 1_000)
export const timeout = duration(1)
export const onTimeout = oneOf(onTimeouts)
export const onLapse = oneOf(onLapses)

/** Flat text, number and boolean values by name. */
export type Metadata = Readonly<Record<string, string | number | boolean>>

/** Metadata that `null` removes from what is below. */
export type MetadataPatch = Readonly<Record<string, string | number | boolean | null>>

export const metadata: Check<MetadataPatch> = (value, field) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) invalid(field, value, 'an object')
  for (const [key, entry] of Object.entries(value)) {
    if (key === '__proto__') invalid(`${field}.${key}`, entry, 'under another key')
    const flat = entry === null || ['string', 'number', 'boolean'].includes(typeof entry)
    if (!flat) invalid(`${field}.${key}`, entry, 'a text, a number or a boolean (null removes the key)')
  }
  return value as MetadataPatch
}

/** Metadata merges key by key; `null` removes a key. */
export function mergeMetadata(...layers: (MetadataPatch | undefined)[]): Metadata | null {
  const merged: Record<string, string | number | boolean> = {}
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer ?? {})) {
      if (value === null) delete merged[key]
      else merged[key] = value
    }
  }
  return Object.keys(merged).length > 0 ? merged : null
}

/**
 * How long finished jobs are kept; `failed` goes for cancelled and expired ones too. At least a minute. `'none'` keeps
 * nothing of a job that succeeded; what failed is kept as always.
 */
export type Retention =
  | 'none'
  | {
      /** @default '7d' */
      readonly succeeded?: Duration | 'none'
      /** @default '30d' */
      readonly failed?: Duration
    }

/** What was given, and no more: the rest comes from the next layer. */
export const retention: Check<{ readonly keepSucceeded?: number; readonly keepFailed?: number }> = (value, field) => {
  if (value === 'none') return { keepSucceeded: 0 }
  if (typeof value === 'string') invalid(field, value, `'none' or an object such as { succeeded: '7d', failed: '30d' }`)
  const kept = duration(minute)
  const succeededFor: Check<number> = (own, name) => (own === 'none' ? 0 : kept(own, name))
  const { succeeded, failed } = checkOptions(field, value, { succeeded: succeededFor, failed: kept })
  return {
    ...(succeeded !== undefined && { keepSucceeded: succeeded }),
    ...(failed !== undefined && { keepFailed: failed }),
  }
}
