/// <reference lib="esnext.disposable" preserve="true" />
import { checkJob, type Job } from '../job/define.ts'
import { type Duration, parseDuration, show } from '../job/duration.ts'
import { RotaError } from '../job/errors.ts'
import { checkJobId, type JobId } from '../job/id.ts'
import * as check from '../job/options.ts'
import { defaults } from '../job/options.ts'
import { fromJson } from '../job/payload.ts'
import type { Priority } from '../job/priority.ts'
import { type Backoff, parseBackoff } from '../job/retry.ts'
import type { InsertResult, NewJob, Stats, Storage, WorkerRecord } from '../storage/contract.ts'
import { checkStorage, openStorage } from '../storage/open.ts'
import { type Enqueued, type EnqueueOptions, enqueueOptions, Inserter, newJob } from './enqueue.ts'
import { Emitter, type EventName, type Listener } from './events.ts'
import { Lane } from './lane.ts'
import type { Runtime } from './runtime.ts'
import { type AttemptView, attemptView, type JobView, jobView, type ListOptions, listQuery } from './view.ts'
import { Waiting } from './wait.ts'
import { Worker } from './worker.ts'

export interface RotaOptions {
  /** `'sqlite:<file>'`, `'postgres://…'` or a Storage. @default 'sqlite:rota.db' */
  readonly storage?: string | Storage
  /** The jobs this process knows and can run. @default none */
  readonly jobs?: readonly Job[]
  /** The lanes this process works on, with the number of jobs run at the same time. @default { default: 10 } */
  readonly lanes?: Readonly<Record<string, number | { readonly concurrency: number }>>
  /** What applies to every job that says nothing else. */
  readonly defaults?: {
    /** @default 3, minimum 0 */
    readonly retries?: number
    /** @default 'exponential' */
    readonly backoff?: Backoff
    /** @default '5m', minimum 1 ms */
    readonly timeout?: Duration
    /** @default 'medium' */
    readonly priority?: Priority
    /** @default 'default' */
    readonly lane?: string
  }
  /** How long finished jobs are kept. @default { succeeded: '7d', failed: '30d' }, minimum 1 m */
  readonly retention?: check.Retention
  /** The largest input or result, in UTF-8 bytes of its JSON. @default 131072 (128 KiB), minimum 1 */
  readonly payloadLimit?: number
  /** A worker that does not renew for this long is taken for dead and its jobs run elsewhere. @default '30s', minimum 1 s */
  readonly lease?: Duration
  /** How often an idle worker looks when no hint comes. @default '1s', minimum 10 ms */
  readonly poll?: Duration
  /** Name of this worker in lists. @default 'worker' */
  readonly worker?: { readonly name?: string }
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
  payloadLimit: check.integer(1, 1024 ** 3),
  lease: check.duration(1_000),
  poll: check.duration(10),
  worker: (value: unknown, field: string) => check.checkOptions(field, value, { name: check.text(200) }),
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

/** Input is optional where the schema accepts `undefined`. */
type EnqueueArguments<Input> = undefined extends Input
  ? [input?: Input, options?: EnqueueOptions]
  : [input: Input, options?: EnqueueOptions]

const largestInsert = 1_000

/** One application's connection to a cluster of jobs: it enqueues, looks, and works after `start()`. */
export class Rota implements AsyncDisposable {
  readonly #options: ReturnType<typeof resolveOptions>
  readonly #runtime: Runtime
  readonly #events = new Emitter()
  readonly #jobs: ReadonlyMap<string, Job>
  #opened: Promise<Opened> | null = null
  #starting: Promise<void> | null = null
  #worker: Worker | null = null
  #stopping: Promise<void> | null = null

  /** @internal Use `createRota`. */
  constructor(options: RotaOptions, runtime: Runtime) {
    this.#options = resolveOptions(options)
    this.#runtime = runtime
    this.#jobs = byId(this.#options.jobs)
  }

  /** Looks at stored jobs. */
  readonly jobs = {
    /** The job, or null when no such job is stored. */
    get: <Output>(id: JobId<Output>): Promise<JobView<unknown, Output> | null> => this.job(id),
    /** Those of these jobs that are stored, in any order. At most 1 000 ids at once keep it quick. */
    getMany: async (ids: readonly JobId[]): Promise<JobView[]> => {
      const { storage } = await this.#open()
      return (await storage.get(ids.map(checkJobId))).map(jobView)
    },
    /** Newest first. */
    list: async (options: ListOptions = {}): Promise<{ jobs: JobView[]; next: string | null }> => {
      const query = listQuery(options)
      const { storage } = await this.#open()
      const records = await storage.list(query)
      const next = records.length === query.limit ? (records.at(-1)?.id ?? null) : null
      return { jobs: records.map(jobView), next }
    },
    /** The tries of a job that had something to say; a success at the first try leaves none. */
    attempts: async (id: JobId): Promise<AttemptView[]> => {
      const { storage } = await this.#open()
      return (await storage.attempts(checkJobId(id))).map(attemptView)
    },
    /** How many jobs are in each state. Counts every row, so it takes longer the more are stored. */
    stats: async (): Promise<Stats> => (await this.#open()).storage.stats(),
  }

  /** Brings the schema up to date, or tells what is missing. */
  readonly migrations = {
    up: () => this.#unmigrated((storage) => storage.migrate()),
    status: () => this.#unmigrated((storage) => storage.migrations()),
  }

  /** The workers that hold a lease, in any process. */
  async workers(): Promise<readonly WorkerRecord[]> {
    return (await this.#open()).storage.workers()
  }

  /**
   * Stores a job. Resolves when it is durable.
   *
   * @throws RotaError `input_invalid`, `payload_not_json`, `payload_too_large`, `option_invalid`, `option_unknown`,
   * `duration_invalid`, `instant_invalid`, `idempotency_conflict` (nothing is stored then), or `storage_unreachable`
   * @example const { id } = await rota.enqueue(sendWelcome, { name: 'Ada' }, { in: '5m', priority: 'high' })
   */
  async enqueue<Input, Output>(job: Job<Input, Output>, ...args: EnqueueArguments<Input>): Promise<Enqueued<Output>> {
    const [input, options = {}] = args
    const stored = await this.#newJob('enqueue', job as Job, input, enqueueOptions('enqueue', options))
    const { inserter } = await this.#open()
    const [result] = await inserter.insert([stored])
    this.#worker?.wake(stored.at === null ? stored.delay : 0)
    return enqueued<Output>(result as InsertResult, stored)
  }

  /**
   * Stores many jobs of one kind, in batches of 1 000 that are each stored whole or not at all. Every input is checked
   * before the first is stored. Results are in input order.
   *
   * @throws as `enqueue`; the field names the input, such as `inputs[3]`
   */
  async enqueueMany<Input, Output>(
    job: Job<Input, Output>,
    inputs: readonly Input[],
    options: Omit<EnqueueOptions, 'idempotencyKey'> & { readonly idempotencyKey?: (input: Input) => string } = {},
  ): Promise<Enqueued<Output>[]> {
    const { idempotencyKey, ...rest } = options
    const checked = enqueueOptions('enqueueMany', rest)
    const stored: NewJob[] = []
    for (const [i, input] of inputs.entries()) {
      const own = idempotencyKey
        ? enqueueOptions('enqueueMany', { ...rest, idempotencyKey: idempotencyKey(input) })
        : checked
      try {
        stored.push(await this.#newJob('enqueueMany', job as Job, input, own))
      } catch (error) {
        throw error instanceof RotaError
          ? new RotaError(error.code, `inputs[${i}]: ${error.message}`, { field: `inputs[${i}]` })
          : error
      }
    }
    const { inserter } = await this.#open()
    const results: Enqueued<Output>[] = []
    for (let from = 0; from < stored.length; from += largestInsert) {
      const batch = stored.slice(from, from + largestInsert)
      const inserted = await inserter.insert(batch)
      for (const [i, result] of inserted.entries()) results.push(enqueued<Output>(result, batch[i] as NewJob))
      this.#worker?.wake(checked.at === undefined ? (checked.in ?? 0) : 0)
    }
    return results
  }

  /**
   * Waits until a job is over and gives what it returned.
   *
   * @param options.timeout how long to wait; @default for ever
   * @throws RotaError `job_failed` when it ended otherwise, `wait_timeout`, `aborted`, `job_not_found`
   */
  async result<Output>(id: JobId<Output>, options: { timeout?: Duration; signal?: AbortSignal } = {}): Promise<Output> {
    const { timeout, signal } = check.checkOptions('result', options, {
      timeout: check.duration(),
      signal: check.signal,
    })
    const { waiting } = await this.#open()
    const record = await waiting.finished(checkJobId(id), timeout ?? null, signal ?? null)
    if (record.state === 'succeeded') return fromJson(record.output) as Output
    const why = record.error?.message ?? record.reason ?? 'no reason was recorded'
    throw new RotaError(
      'job_failed',
      `Job ${id} (${record.job}) ${record.state} after ${record.attempt} attempt(s): ${why}`,
      {
        cause: record.error ?? undefined,
      },
    )
  }

  /** The job, running or long over; null when no such job is stored. */
  async job<Output>(id: JobId<Output>): Promise<JobView<unknown, Output> | null> {
    const { storage } = await this.#open()
    const [record] = await storage.get([checkJobId(id)])
    return record ? (jobView(record) as JobView<unknown, Output>) : null
  }

  /** Calls `listener` for what happens to jobs in this process. Gives the way to end it. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#events.on(name, listener)
  }

  /** Starts to work: claims and runs jobs until `stop`. Several processes may do so. */
  start(): Promise<void> {
    if (this.#starting === null) {
      this.#starting = this.#start()
      this.#starting.catch(() => {
        this.#starting = null // a later call tries again
      })
    }
    return this.#starting
  }

  /**
   * Stops to work and closes the storage. Claims end, jobs that have not started are given back, running ones may end
   * within the grace; then their signal fires and they are given back. Uses none of their attempts.
   *
   * @param options.grace @default '30s'
   */
  stop(options: { grace?: Duration } = {}): Promise<void> {
    const grace = options.grace === undefined ? defaults.grace : parseDuration(options.grace, 'grace')
    this.#stopping ??= this.#stop(grace)
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #start(): Promise<void> {
    const { storage, waiting } = await this.#open()
    const { lanes, worker, lease, poll, payloadLimit, delay } = this.#options
    this.#worker = new Worker({
      storage,
      lease,
      poll,
      payloadLimit,
      runtime: this.#runtime,
      events: this.#events,
      jobs: this.#jobs,
      lanes: Object.entries(lanes).map(([name, concurrency]) => new Lane(name, concurrency)),
      name: worker,
      defaultDelay: delay,
      onFinished: (id) => waiting.hear(id),
    })
    await this.#worker.start()
  }

  async #stop(grace: number): Promise<void> {
    await this.#starting?.catch(() => {})
    await this.#worker?.stop(grace)
    const opened = await this.#opened?.catch(() => null)
    await opened?.inserter.drained()
    await opened?.waiting.stop(closed())
    await opened?.storage.close()
  }

  async #newJob(where: string, job: Job, input: unknown, options: ReturnType<typeof enqueueOptions>): Promise<NewJob> {
    const known = checkJob(job, where)
    const { jobDefaults, payloadLimit } = this.#options
    return newJob(known, input, options, jobDefaults, payloadLimit, this.#runtime.id())
  }

  /** The storage as it is, for looking at its schema: one that is open already, or another for this call only. */
  async #unmigrated<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
    if (this.#stopping) throw closed()
    if (this.#opened !== null) return work((await this.#opened).storage)
    const { storage: given } = this.#options
    const storage = await openStorage(given)
    try {
      return await work(storage)
    } finally {
      if (typeof given === 'string') await storage.close()
    }
  }

  #open(): Promise<Opened> {
    if (this.#stopping) return Promise.reject(closed())
    if (this.#opened === null) {
      this.#opened = this.#openMigrated()
      this.#opened.catch(() => {
        this.#opened = null
      }) // a later call tries again
    }
    return this.#opened
  }

  async #openMigrated(): Promise<Opened> {
    const storage = await openStorage(this.#options.storage)
    try {
      if (this.#options.migrate) await storage.migrate()
      else if ((await storage.migrations()).pending.length > 0) {
        throw new RotaError(
          'storage_not_migrated',
          `${storage.description} is not migrated and migrate is false. Run \`rota migrate\`.`,
        )
      }
    } catch (error) {
      await storage.close()
      throw error
    }
    return { storage, inserter: new Inserter(storage, this.#runtime), waiting: new Waiting(storage, this.#runtime) }
  }
}

interface Opened {
  readonly storage: Storage
  readonly inserter: Inserter
  readonly waiting: Waiting
}

const closed = () => new RotaError('closed', 'This Rota was stopped. Create a new one with createRota.')

function resolveOptions(options: RotaOptions) {
  const set = check.checkOptions('createRota', options, rotaChecks, { concurrency: 'use `lanes: { default: 20 }`' })
  const keep = set.retention ?? { keepSucceeded: defaults.keepSucceeded, keepFailed: defaults.keepFailed }
  const lane = set.defaults?.lane ?? defaults.lane
  return {
    storage: set.storage ?? defaults.storage,
    jobs: set.jobs ?? [],
    lanes: set.lanes ?? { [lane]: defaults.concurrency },
    jobDefaults: {
      retries: set.defaults?.retries ?? defaults.retries,
      timeout: set.defaults?.timeout ?? defaults.timeout,
      priority: set.defaults?.priority ?? defaults.priority,
      lane,
      ...keep,
    },
    delay: set.defaults?.backoff ?? parseBackoff(defaults.backoff),
    payloadLimit: set.payloadLimit ?? defaults.payloadLimit,
    lease: set.lease ?? defaults.lease,
    poll: set.poll ?? defaults.poll,
    worker: set.worker?.name ?? 'worker',
    migrate: set.migrate ?? true,
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

function enqueued<Output>(result: InsertResult, asked: NewJob): Enqueued<Output> {
  if (result.status !== 'conflict') return { id: result.id, status: result.status }
  const key = show(asked.idempotency?.key)
  throw new RotaError(
    'idempotency_conflict',
    `idempotencyKey: ${key} was used for job "${asked.job}" with another input (${result.id}). Use another key for another input.`,
    { field: 'idempotencyKey' },
  )
}
