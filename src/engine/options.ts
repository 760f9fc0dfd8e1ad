import { checkJob, type Job } from '../job/define.ts'
import type { Duration } from '../job/duration.ts'
import { RotaError, show } from '../job/errors.ts'
import * as check from '../job/options.ts'
import { defaults } from '../job/options.ts'
import type { Priority } from '../job/priority.ts'
import { type Backoff, defaultDelay, parseBackoff } from '../job/retry.ts'
import type { Storage } from '../storage/contract.ts'
import { checkStorage } from '../storage/open.ts'
import { checkMiddleware, type Middleware } from './middleware.ts'

/** What `createRota` takes; `rota.config.ts` exports the same. */
export interface RotaOptions {
  /** `'sqlite:<file>'`, `'postgres://…'` or a Storage. @default 'sqlite:rota.db' */
  readonly storage?: string | Storage
  /** The jobs this process knows and can run. @default none */
  readonly jobs?: readonly Job[]
  /** The lanes this process works on, with the number of jobs run at the same time, 1 to 10 000 each. @default 10 in the default lane */
  readonly lanes?: Readonly<Record<string, number | { readonly concurrency: number }>>
  /** What applies to every job that says nothing else. */
  readonly defaults?: {
    /** 0 to 1000. @default 3 */
    readonly retries?: number
    /** @default 'exponential' */
    readonly backoff?: Backoff
    /** At least 1 ms. @default '5m' */
    readonly timeout?: Duration
    /** @default 'medium' */
    readonly priority?: Priority
    /** @default 'default' */
    readonly lane?: string
  }
  /** How long finished jobs are kept. @default { succeeded: '7d', failed: '30d' }, minimum 1 m */
  readonly retention?: check.Retention
  /** The largest input or result, in UTF-8 bytes of its JSON. 1 byte to 64 MiB. @default 131072 (128 KiB) */
  readonly payloadLimit?: number
  /** A worker that does not renew for this long is taken for dead and its jobs run elsewhere. @default '30s', minimum 1 s */
  readonly lease?: Duration
  /** A cancelled handler may still take this long after its signal; then its slot is free and its result refused. @default '5s' */
  readonly cancelGrace?: Duration
  /** One onion around each enqueue and each try; the first is the outermost. @default none */
  readonly middleware?: readonly Middleware[]
  /** How often an idle worker looks when no hint comes. @default '1s', minimum 10 ms */
  readonly poll?: Duration
  /** This process, once it works. */
  readonly worker?: {
    /** In lists; 1 to 200 characters. @default 'worker' */
    readonly name?: string
    /** End this process when a handler blocks it past its timeout, so that a supervisor starts another. @default false */
    readonly endBlockedProcess?: boolean
  }
  /** Bring the schema up to date at first use. @default true */
  readonly migrate?: boolean
}

const rotaChecks = {
  storage: (value: unknown) => {
    checkStorage(value)
    return value as string | Storage
  },
  jobs: (value: unknown, field: string) => {
    if (!Array.isArray(value))
      throw new RotaError('option_invalid', `${field}: ${show(value)} is not a list of jobs.`, { field })
    return value.map((job, i) => checkJob(job, `${field}[${i}]`))
  },
  lanes: (value: unknown, field: string) => checkLanes(value, field),
  defaults: (value: unknown, field: string) =>
    check.checkOptions(field, value, {
      retries: check.retries,
      backoff: (backoff: unknown, name: string) => parseBackoff(backoff as Backoff, name),
      timeout: check.timeout,
      priority: check.priority,
      lane: check.name,
    }),
  retention: check.retention,
  payloadLimit: check.integer(1, 64 * 1024 ** 2),
  lease: check.duration(1_000),
  cancelGrace: check.duration(),
  middleware: checkMiddleware,
  poll: check.duration(10),
  worker: (value: unknown, field: string) =>
    check.checkOptions(field, value, { name: check.text(200), endBlockedProcess: check.boolean }),
  migrate: check.boolean,
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

/** Checks everything once and fills in what was not given. */
export function resolveOptions(options: RotaOptions) {
  const set = check.checkOptions('createRota', options, rotaChecks, { concurrency: 'use `lanes: { default: 20 }`' })
  const lane = set.defaults?.lane ?? defaults.lane
  return {
    storage: set.storage ?? defaults.storage,
    jobs: byId(set.jobs ?? []),
    lanes: set.lanes ?? { [lane]: defaults.concurrency },
    jobDefaults: {
      retries: set.defaults?.retries ?? defaults.retries,
      timeout: set.defaults?.timeout ?? defaults.timeout,
      priority: set.defaults?.priority ?? defaults.priority,
      lane,
      keepSucceeded: set.retention?.keepSucceeded ?? defaults.keepSucceeded,
      keepFailed: set.retention?.keepFailed ?? defaults.keepFailed,
    },
    backoff: set.defaults?.backoff ?? defaultDelay,
    payloadLimit: set.payloadLimit ?? defaults.payloadLimit,
    lease: set.lease ?? defaults.lease,
    cancelGrace: set.cancelGrace ?? defaults.cancelGrace,
    middleware: set.middleware ?? { enqueue: [], run: [] },
    poll: set.poll ?? defaults.poll,
    worker: set.worker?.name ?? defaults.workerName,
    endBlocked: set.worker?.endBlockedProcess ?? defaults.endBlockedProcess,
    migrate: set.migrate ?? defaults.migrate,
  }
}

function byId(jobs: readonly Job[]): ReadonlyMap<string, Job> {
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
