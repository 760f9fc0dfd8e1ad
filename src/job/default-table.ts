import { defaults } from './options.ts'

/** Where an option can be given, with its name there. */
type Places = Readonly<Partial<Record<Place, string>>>
type Place = 'createRota' | 'cluster' | 'defineJob' | 'enqueue' | 'stop' | 'call' | 'postgres' | 'service'

/** What people need to know of an option beside its default. */
export interface OptionFacts {
  /** How a bare number is read; null where it is no quantity. */
  readonly unit: 'ms' | 'bytes' | 'jobs' | 'tries' | 'rows' | 'connections' | null
  readonly minimum: number | null
  /** Empty for what cannot be changed. */
  readonly places: Places
}

/** An option of a job: of the definition and the call, and in `defaults` above them. */
const ofJob = (name: string): Places => ({
  createRota: `defaults.${name}`,
  cluster: `defaults.${name}`,
  defineJob: name,
  enqueue: name,
})
const ofRota = (name: string): Places => ({ createRota: name })
const minute = 60_000

/** One row for each of `defaults`; `docs/defaults.md` is made from it. A default without a row does not compile. */
export const defaultTable: Readonly<Record<keyof typeof defaults, OptionFacts>> = Object.freeze({
  lane: { unit: null, minimum: null, places: ofJob('lane') },
  priority: { unit: null, minimum: null, places: ofJob('priority') },
  retries: { unit: 'tries', minimum: 0, places: ofJob('retries') },
  backoff: {
    unit: null,
    minimum: null,
    places: { createRota: 'defaults.backoff', cluster: 'defaults.backoff', defineJob: 'backoff' },
  },
  timeout: { unit: 'ms', minimum: 1, places: ofJob('timeout') },
  onTimeout: { unit: null, minimum: null, places: ofJob('onTimeout') },
  onLapse: { unit: null, minimum: null, places: ofJob('onLapse') },
  onParentFail: { unit: null, minimum: null, places: { enqueue: 'onParentFail' } },
  expiresIn: { unit: 'ms', minimum: 1, places: ofJob('expiresIn') },
  metadata: { unit: null, minimum: null, places: ofJob('metadata') },
  keepSucceeded: {
    unit: 'ms',
    minimum: minute,
    places: { ...ofJob('retention.succeeded'), createRota: 'retention.succeeded', cluster: 'retention.succeeded' },
  },
  keepFailed: {
    unit: 'ms',
    minimum: minute,
    places: { ...ofJob('retention.failed'), createRota: 'retention.failed', cluster: 'retention.failed' },
  },
  concurrency: { unit: 'jobs', minimum: 1, places: { createRota: 'lanes.<lane>', cluster: 'lanes.<lane>' } },
  lease: { unit: 'ms', minimum: 1_000, places: ofRota('lease') },
  poll: { unit: 'ms', minimum: 10, places: ofRota('poll') },
  grace: { unit: 'ms', minimum: 0, places: { stop: 'grace' } },
  cancelGrace: { unit: 'ms', minimum: 0, places: ofRota('cancelGrace') },
  payloadLimit: { unit: 'bytes', minimum: 1, places: ofRota('payloadLimit') },
  metadataLimit: { unit: 'bytes', minimum: null, places: {} },
  storage: { unit: null, minimum: null, places: { createRota: 'storage', cluster: 'storage' } },
  cluster: { unit: null, minimum: null, places: { createRota: 'defaultCluster', enqueue: 'cluster' } },
  mode: { unit: null, minimum: null, places: { cluster: 'mode' } },
  serviceScope: { unit: null, minimum: null, places: { service: 'scope' } },
  workerName: { unit: null, minimum: null, places: ofRota('worker.name') },
  endBlockedProcess: { unit: null, minimum: null, places: ofRota('worker.endBlockedProcess') },
  workerSchedules: { unit: null, minimum: null, places: ofRota('worker.schedules') },
  migrate: { unit: null, minimum: null, places: ofRota('migrate') },
  cancelReason: { unit: null, minimum: null, places: { call: 'jobs.cancel: reason' } },
  pauseReason: { unit: null, minimum: null, places: { call: 'lanes.pause: reason' } },
  lockTtl: { unit: 'ms', minimum: 1_000, places: { call: 'lock: ttl' } },
  lockWait: { unit: 'ms', minimum: 0, places: { call: 'lock: wait' } },
  scheduleLockTtl: { unit: 'ms', minimum: 1_000, places: { call: 'redisLocks: ttl' } },
  listLimit: { unit: 'rows', minimum: 1, places: { call: 'jobs.list: limit' } },
  logLimit: { unit: 'rows', minimum: 1, places: { call: 'jobs.logs: limit' } },
  keepIdempotencyKeys: { unit: 'ms', minimum: null, places: {} },
  postgresConnections: { unit: 'connections', minimum: 2, places: { postgres: 'connections' } },
  postgresSchema: { unit: null, minimum: null, places: { postgres: 'schema' } },
})

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', minute],
  ['s', 1_000],
] as const

/** As people write it: `'5m'`, `131072`, `none`. */
export function showDefault(value: unknown, unit: OptionFacts['unit']): string {
  if (value === null) return 'none'
  if (unit !== 'ms' || typeof value !== 'number') return typeof value === 'string' ? `'${value}'` : String(value)
  const [name, size] = units.find(([, ms]) => value >= ms && value % ms === 0) ?? ['ms', 1]
  return `'${value / size}${name}'`
}

/** The table in words: an option as it is first written, its default, its unit, its minimum, and all its places. */
export function defaultRows(): readonly (readonly string[])[] {
  return Object.entries(defaultTable).map(([key, { unit, minimum, places }]) => [
    Object.values(places)[0] ?? key,
    showDefault(defaults[key as keyof typeof defaults], unit),
    unit ?? '',
    minimum === null ? '' : showDefault(minimum, unit),
    Object.entries(places)
      .map(([place, name]) => `${place} \`${name}\``)
      .join(', ') || 'fixed',
  ])
}
