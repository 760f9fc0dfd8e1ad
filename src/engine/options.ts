import { checkJob, type Job } from '../job/define.ts'
import type { Duration } from '../job/duration.ts'
import { isRotaError, RotaError, show } from '../job/errors.ts'
import { rotaHints } from '../job/option-hints.ts'
import * as check from '../job/options.ts'
import { defaults } from '../job/options.ts'
import type { Priority } from '../job/priority.ts'
import { type Backoff, defaultDelay, parseBackoff } from '../job/retry.ts'
import type { OnLapse } from '../job/states.ts'
import { suggest } from '../job/suggest.ts'
import type { OnTimeout } from '../job/timeout.ts'
import { checkAllow } from '../kinds/http/target.ts'
import type { Locks, Storage } from '../storage/contract.ts'
import { checkStorage } from '../storage/open.ts'
import { checkMiddleware, type Middleware } from './middleware.ts'
import { checkProfiles, type Profile } from './profile.ts'
import type { ServiceTable } from './services.ts'

/** What applies to jobs where neither the call nor the definition says otherwise. */
export interface DefaultOptions {
  /** 0 to 1000. @default 3 */
  readonly retries?: number
  /** @default 'exponential' */
  readonly backoff?: Backoff
  /** At least 1 ms. @default '5m' */
  readonly timeout?: Duration
  /** Whether a job that is late has failed or may finish. @default 'fail' */
  readonly onTimeout?: OnTimeout
  /** Whether a job whose worker went may be started again. @default 'retry' */
  readonly onLapse?: OnLapse
  /** @default 'medium' */
  readonly priority?: Priority
  /** @default 'default' */
  readonly lane?: string
  /** At least 1 ms. @default never */
  readonly expiresIn?: Duration
  /** What definitions and calls say is merged over it, key by key; `null` removes a key. @default none */
  readonly metadata?: check.MetadataPatch
  /** The same as `retention` beside `defaults`; give one of them. */
  readonly retention?: check.Retention
}

const clusterModes = ['active', 'passive', 'archived'] as const

/** `active`; `passive`: jobs are accepted and stored, none runs; `archived`: it can only be read. */
export type ClusterMode = (typeof clusterModes)[number]

/** A cluster where something differs from the rest. */
export interface ClusterOptions {
  /** `'sqlite:<file>'`, `'postgres://…'` or a Storage. */
  readonly storage: string | Storage
  /** @default 'active' */
  readonly mode?: ClusterMode
  /** Each goes before the same one of createRota. */
  readonly defaults?: DefaultOptions
  /** @default `retention` of createRota */
  readonly retention?: check.Retention
  /** @default `lanes` of createRota */
  readonly lanes?: RotaOptions['lanes']
}

/** What requests of jobs may do. */
export interface HttpSettings {
  /**
   * What may be called although it is no public address: networks and addresses (`10.0.0.0/8`), or names (`billing.internal`, `*.svc.local`),
   * with `:port` for that one only. @default none
   */
  readonly allow?: readonly string[]
  /** Resolves names in the place of the system; what it gives is vetted all the same. @default dns.lookup */
  readonly lookup?: (hostname: string) => Promise<readonly string[]>
  /** Where targets reach `/api` of a server, for those that report later. @default the server that runs in this process */
  readonly callbackUrl?: string
}

/** What `createRota` takes; `rota.config.ts` exports the same. */
export interface RotaOptions {
  /** `'sqlite:<file>'`, `'postgres://…'` or a Storage. Exclusive with `clusters`. @default 'sqlite:rota.db' */
  readonly storage?: string | Storage
  /**
   * Several clusters of jobs by name, in place of `storage`: a storage each, or a storage with what differs there.
   * @default one, named 'default'
   */
  readonly clusters?: Readonly<Record<string, string | Storage | ClusterOptions>>
  /** Where calls go that name no cluster. @default 'default' where there is one of that name, else the only one, else none */
  readonly defaultCluster?: string
  /** The jobs this process knows and can run. @default none */
  readonly jobs?: readonly Job[]
  /** Schedules that belong to the code, made by `defineProfile`; in every cluster that this process works for. @default none */
  readonly profiles?: readonly Profile[]
  /** The lanes this process works on, with the number of jobs run at the same time, 1 to 10 000 each. @default 10 in the default lane */
  readonly lanes?: Readonly<Record<string, number | { readonly concurrency: number }>>
  /** What applies to every job that says nothing else. */
  readonly defaults?: DefaultOptions
  /** How long finished jobs are kept, at least 1 m; `'none'` keeps nothing of a success. @default { succeeded: '7d', failed: '30d' } */
  readonly retention?: check.Retention
  /** The largest input or result, in UTF-8 bytes of its JSON. 1 byte to 64 MiB. @default 131072 (128 KiB) */
  readonly payloadLimit?: number
  /** A worker that does not renew for this long is taken for dead and its jobs run elsewhere. @default '30s', minimum 1 s */
  readonly lease?: Duration
  /** A cancelled handler may still take this long after its signal; then its slot is free and its result refused. @default '5s' */
  readonly cancelGrace?: Duration
  /** One onion around each enqueue and each try; the first is the outermost. @default none */
  readonly middleware?: readonly Middleware[]
  /**
   * What handlers find in `ctx.services`: values as they are, or what `service(…)` says how to make. Values stay the
   * application's, what is made is disposed of. @default none
   */
  readonly services?: ServiceTable
  /**
   * How often a worker looks when no hint comes. Where hints are heard, looks in vain come up to five times as far apart,
   * and idle workers share them. @default '1s', minimum 10 ms
   */
  readonly poll?: Duration
  /**
   * A lock service in place of the storage, as `redisLocks` of `rota/redis` gives it, for `rota.lock` and beside schedules. All
   * clusters share it, and so the names of its locks. @default the storage of each cluster
   */
  readonly locks?: Locks
  /** This process, once it works. */
  readonly worker?: {
    /** In lists; 1 to 200 characters. @default 'worker' */
    readonly name?: string
    /** End this process when a handler blocks it past its timeout, so that a supervisor starts another. @default false */
    readonly endBlockedProcess?: boolean
    /** Fire schedules when they are due, of the jobs that it knows. With false others have to. @default true */
    readonly schedules?: boolean
  }
  /**
   * Requests of stored definitions (`rota.handlers`) and of `httpRequest`: what they may reach, and where their targets report. False: this
   * process makes none.
   */
  readonly http?: false | HttpSettings
  /**
   * Encrypts secret headers and signing keys, and signs the addresses of reports: at least 32 characters, the same in all processes of a
   * storage. @default that of the server in this process, environment `ROTA_SECRET`, then `rota.secret` beside the SQLite file
   */
  readonly secret?: string
  /** Bring the schema up to date at first use. @default true */
  readonly migrate?: boolean
}

const storage: check.Check<string | Storage> = (value, field) => {
  checkStorage(value, field)
  return value as string | Storage
}

const defaultsOf = (value: unknown, field: string) =>
  check.checkOptions(field, value, {
    retries: check.retries,
    backoff: (backoff: unknown, name: string) => parseBackoff(backoff as Backoff, name),
    timeout: check.timeout,
    onTimeout: check.onTimeout,
    onLapse: check.onLapse,
    priority: check.priority,
    lane: check.name,
    expiresIn: check.timeout,
    metadata: check.metadata,
    retention: check.retention,
  })

const clusterChecks = {
  storage,
  mode: check.oneOf(clusterModes),
  defaults: defaultsOf,
  retention: check.retention,
  lanes: (value: unknown, field: string) => checkLanes(value, field),
}

const locks: check.Check<Locks> = (value, field) => {
  const has = (verb: string) => typeof (value as Record<string, unknown> | null | undefined)?.[verb] === 'function'
  if (['lock', 'renewLock', 'unlock', 'close'].every(has) && !has('claim')) return value as Locks
  // It may be a URL with a password in it.
  const what = typeof value === 'string' ? 'a text' : show(value)
  const message = `${field}: ${what} is not a lock service. Write redisLocks({ url }) of rota/redis; without "${field}" the locks are in the storage.`
  throw new RotaError('option_invalid', message, { field })
}

const rotaChecks = {
  storage,
  clusters: (value: unknown, field: string) => checkClusters(value, field),
  defaultCluster: check.name,
  jobs: (value: unknown, field: string) => {
    if (!Array.isArray(value))
      throw new RotaError('option_invalid', `${field}: ${show(value)} is not a list of jobs.`, { field })
    return value.map((job, i) => checkJob(job, `${field}[${i}]`))
  },
  profiles: checkProfiles,
  lanes: clusterChecks.lanes,
  defaults: defaultsOf,
  retention: check.retention,
  payloadLimit: check.integer(1, 64 * 1024 ** 2),
  lease: check.duration(1_000),
  cancelGrace: check.duration(),
  middleware: checkMiddleware,
  services: (value: unknown, field: string) => {
    check.checkObject(field, value)
    return value as Readonly<Record<string, unknown>>
  },
  poll: check.duration(10),
  locks,
  worker: (value: unknown, field: string) =>
    check.checkOptions(field, value, {
      name: check.text(200),
      endBlockedProcess: check.boolean,
      schedules: check.boolean,
    }),
  http: (value: unknown, field: string): false | HttpSettings =>
    value === false ? value : checkHttpSettings(value, field),
  secret: check.text(1_000, 32),
  migrate: check.boolean,
}

const checkHttpSettings = (value: unknown, field: string): HttpSettings =>
  check.checkOptions(field, value, { allow: allowed, lookup: check.func, callbackUrl: baseUrl }) as HttpSettings

const allowed: check.Check<readonly string[]> = (value, field) => {
  if (!Array.isArray(value))
    throw new RotaError('option_invalid', `${field}: ${show(value)} is no list. Write ['10.0.0.0/8'].`, { field })
  checkAllow(value, field)
  return value
}

const baseUrl: check.Check<string> = (value, field) => {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (url !== null && /^https?:$/.test(url.protocol)) return url.href.replace(/\/$/, '')
  const message = `${field}: ${show(value)} is no address. Write where the server is reached, such as https://jobs.example.com.`
  throw new RotaError('option_invalid', message, { field })
}

type Cluster = ReturnType<typeof checkCluster>

function checkCluster(value: unknown, field: string) {
  const isStorage = typeof value !== 'object' || value === null || 'claim' in value
  if (isStorage) return { storage: storage(value, field) }
  const { storage: own, ...rest } = check.checkOptions(field, value, clusterChecks)
  if (own !== undefined) return { storage: own, ...rest }
  throw new RotaError('option_invalid', `${field}: "storage" is required.`, { field: `${field}.storage` })
}

/** Says of which cluster an option is wrong. */
function checkNamed(value: unknown, field: string): Cluster {
  try {
    return checkCluster(value, field)
  } catch (error) {
    if (!isRotaError(error) || error.message.startsWith(field)) throw error
    throw new RotaError(error.code, `${field}: ${error.message}`, { field: `${field}.${error.field}`, cause: error })
  }
}

function checkClusters(value: unknown, field: string): ReadonlyMap<string, Cluster> {
  check.checkObject(field, value)
  const clusters = new Map<string, Cluster>()
  for (const [cluster, spec] of Object.entries(value)) {
    const own = checkNamed(spec, `${field}.${check.name(cluster, `${field}.${cluster}`)}`)
    const twin = [...clusters].find(([, other]) => typeof own.storage === 'object' && other.storage === own.storage)
    if (twin !== undefined) {
      const message = `${field}: "${twin[0]}" and "${cluster}" have the same storage. Give each cluster its own.`
      throw new RotaError('option_invalid', message, { field: `${field}.${cluster}` })
    }
    clusters.set(cluster, own)
  }
  if (clusters.size > 0) return clusters
  throw new RotaError('option_invalid', `${field}: there is none. Write { default: 'sqlite:rota.db' }.`, { field })
}

function checkLanes(value: unknown, field: string): Record<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RotaError('option_invalid', `${field}: ${show(value)} is not allowed. Write { mail: 5 }.`, { field })
  }
  const lanes: Record<string, number> = {}
  for (const [lane, spec] of Object.entries(value)) {
    const concurrency = check.integer(1, 10_000)
    const name = check.name(lane, `${field}.${lane}`)
    if (typeof spec === 'object' && spec !== null) {
      const checked = check.checkOptions(`${field}.${lane}`, spec, { concurrency })
      lanes[name] = checked.concurrency ?? defaults.concurrency
    } else lanes[name] = concurrency(spec, `${field}.${lane}`)
  }
  return lanes
}

/** Everything that one cluster needs to know. */
export type ClusterSettings = ReturnType<typeof resolveOptions>['clusters'][number]

/** Checks everything once and fills in what was not given. */
export function resolveOptions(options: RotaOptions) {
  const set = check.checkOptions('createRota', options, rotaChecks, rotaHints)
  const shared = {
    jobs: byId([...new Set([...(set.jobs ?? []), ...jobsOf(set.profiles ?? [])])]),
    profiles: set.profiles ?? [],
    payloadLimit: set.payloadLimit ?? defaults.payloadLimit,
    lease: set.lease ?? defaults.lease,
    cancelGrace: set.cancelGrace ?? defaults.cancelGrace,
    middleware: set.middleware ?? { enqueue: [], run: [] },
    poll: set.poll ?? defaults.poll,
    locks: set.locks ?? null,
    workerName: set.worker?.name ?? defaults.workerName,
    endBlocked: set.worker?.endBlockedProcess ?? defaults.endBlockedProcess,
    firesSchedules: set.worker?.schedules ?? defaults.workerSchedules,
    migrate: set.migrate ?? defaults.migrate,
    http: set.http ?? {},
    secret: set.secret,
  }
  const clusters = [...clustersOf(set)].map(([cluster, own]) => {
    const { backoff, ...layered } = { ...jobDefaultsOfRota, ...layerOf(set, 'createRota'), ...layerOf(own, cluster) }
    const jobDefaults = { ...layered, metadata: check.mergeMetadata(set.defaults?.metadata, own.defaults?.metadata) }
    const lanes = own.lanes ?? set.lanes ?? { [jobDefaults.lane]: defaults.concurrency }
    return { ...shared, cluster, storage: own.storage, mode: own.mode ?? defaults.mode, lanes, jobDefaults, backoff }
  })
  return {
    clusters,
    services: set.services ?? {},
    locks: set.locks ?? null,
    defaultCluster: defaultClusterOf(
      set,
      clusters.map(({ cluster }) => cluster),
    ),
  }
}

const jobDefaultsOfRota = {
  retries: defaults.retries as number,
  backoff: defaultDelay,
  timeout: defaults.timeout as number,
  priority: defaults.priority as Priority,
  lane: defaults.lane as string,
  keepSucceeded: defaults.keepSucceeded as number,
  keepFailed: defaults.keepFailed as number,
  onTimeout: defaults.onTimeout as OnTimeout,
  onLapse: defaults.onLapse as OnLapse,
  expiresIn: defaults.expiresIn as number | null,
}

/** What one place says of all jobs. */
function layerOf({ defaults: own = {}, retention }: Pick<Set, 'defaults' | 'retention'>, where: string) {
  const { retention: nested, metadata: _, ...rest } = own
  if (retention === undefined || nested === undefined) return { ...rest, ...retention, ...nested }
  const message = `${where}: give either "retention" or "defaults.retention", not both.`
  throw new RotaError('option_invalid', message, { field: 'retention' })
}

type Set = ReturnType<typeof check.checkOptions<typeof rotaChecks>>

function clustersOf(set: Set): ReadonlyMap<string, Cluster> {
  if (set.clusters === undefined) return new Map([[defaults.cluster, { storage: set.storage ?? defaults.storage }]])
  if (set.storage === undefined) return set.clusters
  throw new RotaError('option_invalid', 'createRota: give either "storage" or "clusters", not both.', {
    field: 'clusters',
  })
}

/** The cluster of calls that name none; null where such a call has to. */
function defaultClusterOf({ defaultCluster }: Set, known: readonly string[]): string | null {
  if (defaultCluster === undefined) {
    if (known.includes(defaults.cluster)) return defaults.cluster
    return known.length === 1 ? (known[0] as string) : null
  }
  if (known.includes(defaultCluster)) return defaultCluster
  const hint = suggest(defaultCluster, known) || '.'
  const message = `defaultCluster: there is no cluster "${defaultCluster}"${hint} Known: ${known.join(', ')}.`
  throw new RotaError('cluster_unknown', message, { field: 'defaultCluster' })
}

const jobsOf = (profiles: readonly Profile[]): Job[] =>
  profiles.flatMap(({ schedules }) => schedules.map(({ job }) => job))

function byId(jobs: readonly Job[]): Map<string, Job> {
  const map = new Map<string, Job>()
  for (const job of jobs) {
    if (map.has(job.id)) {
      throw new RotaError(
        'job_duplicate',
        `jobs: two definitions have the id "${job.id}". Give one of them another id.`,
        { field: 'jobs' },
      )
    }
    map.set(job.id, job)
  }
  return map
}
