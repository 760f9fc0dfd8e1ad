/// <reference lib="esnext.disposable" preserve="true" />
import { checkJob, type Job } from '../job/define.ts'
import type { Duration } from '../job/duration.ts'
import { isRotaError, RotaError, show } from '../job/errors.ts'
import { checkJobId, type JobId } from '../job/id.ts'
import * as check from '../job/options.ts'
import { defaults } from '../job/options.ts'
import { fromJson } from '../job/payload.ts'
import type { InsertResult, NewJob, Storage } from '../storage/contract.ts'
import { openStorage } from '../storage/open.ts'
import { batchesOf, type Enqueued, type EnqueueOptions, Inserter, newJob, type Template, template } from './enqueue.ts'
import { Emitter, type EventName, eventNames, type Listener } from './events.ts'
import { Jobs } from './jobs.ts'
import { Lane } from './lane.ts'
import { type EnqueueCall, throughEnqueue, throughEnqueueMany } from './middleware.ts'
import { type RotaOptions, resolveOptions } from './options.ts'
import { type Runtime, within } from './runtime.ts'
import { type JobView, type WorkerView, workerView } from './view.ts'
import { Waiting } from './wait.ts'
import { Worker } from './worker.ts'

/** Input is optional where the schema accepts `undefined`. */
type EnqueueArguments<Input> = undefined extends Input
  ? [input?: Input, options?: EnqueueOptions]
  : [input: Input, options?: EnqueueOptions]

/** One application's connection to a cluster of jobs: it enqueues, looks, and works after `start()`. */
export class Rota implements AsyncDisposable {
  readonly #options: ReturnType<typeof resolveOptions>
  readonly #runtime: Runtime
  readonly #events = new Emitter()
  #opened: Promise<Opened> | null = null
  #starting: Promise<void> | null = null
  #worker: Worker | null = null
  #stopping: Promise<void> | null = null

  /** @internal Use `createRota`. */
  constructor(options: RotaOptions, runtime: Runtime) {
    this.#options = resolveOptions(options)
    this.#runtime = runtime
  }

  /** Looks at stored jobs, and changes them. */
  readonly jobs = new Jobs(async () => (await this.#open()).storage, {
    due: () => {
      this.#worker?.wake(0)
      this.#worker?.wakeForInstant()
    },
    signalled: () => this.#worker?.wakeForSignal(),
    over: (id) => void this.#opened?.then(({ waiting }) => waiting.hear(id)),
  })

  /** Brings the schema up to date, or tells what is missing. */
  readonly migrations = {
    up: () => this.#unmigrated((storage) => storage.migrate()),
    status: () => this.#unmigrated((storage) => storage.migrations()),
  }

  /** The workers that hold a lease, in any process. */
  async workers(): Promise<WorkerView[]> {
    return (await (await this.#open()).storage.workers()).map(workerView)
  }

  /**
   * Stores a job. Resolves when it is durable.
   *
   * @throws RotaError `input_invalid`, `payload_not_json`, `payload_too_large`, `option_invalid`, `option_unknown`,
   * `duration_invalid`, `instant_invalid`, `idempotency_conflict` (nothing is stored then), `middleware_invalid`, or
   * `storage_unreachable`
   * @example const { id } = await rota.enqueue(sendWelcome, { name: 'Ada' }, { in: '5m', priority: 'high' })
   */
  async enqueue<Input, Output>(job: Job<Input, Output>, ...args: EnqueueArguments<Input>): Promise<Enqueued<Output>> {
    const [input, options = {}] = args
    const known = checkJob(job, 'enqueue')
    const call = { job: known.id, input, options }
    const stored = await throughEnqueue(this.#options.middleware.enqueue, call, async (changed) => {
      const one = await this.#newJob(known, changed.input, this.#template('enqueue', known, changed.options))
      const { inserter } = await this.#open()
      const [result] = await inserter.insert([one])
      this.#wake(one)
      return enqueued(result as InsertResult, one)
    })
    return stored as Enqueued<Output>
  }

  /**
   * Stores many jobs of one kind, in batches of up to 1 000 that are each stored whole or not at all. Every input is checked
   * before the first is stored. Results are in input order. With middleware: those that arrive together are stored together,
   * and when one is refused, what is not stored by then is not.
   *
   * @throws as `enqueue`; the field names the input, such as `inputs[3]`
   */
  async enqueueMany<Input, Output>(
    job: Job<Input, Output>,
    inputs: readonly NoInfer<Input>[],
    options: Omit<EnqueueOptions, 'idempotencyKey'> & {
      readonly idempotencyKey?: (input: NoInfer<Input>) => string
    } = {},
  ): Promise<Enqueued<Output>[]> {
    if (!Array.isArray(inputs))
      throw new RotaError('option_invalid', `inputs: ${show(inputs)} is not a list.`, { field: 'inputs' })
    check.checkObject('enqueueMany', options)
    const { idempotencyKey, ...rest } = options
    if (idempotencyKey !== undefined) check.func(idempotencyKey, 'idempotencyKey')
    const known = checkJob(job, 'enqueueMany')
    const shared = this.#template('enqueueMany', known, rest)
    const templateOf = (own: EnqueueOptions) => (own === rest ? shared : this.#template('enqueueMany', known, own))
    const optionsOf = (input: Input): EnqueueOptions =>
      idempotencyKey === undefined
        ? rest
        : { ...rest, idempotencyKey: check.text(500)(idempotencyKey(input), 'idempotencyKey') }
    const calls = inputs.map((input, i): EnqueueCall => {
      try {
        return { job: known.id, input, options: optionsOf(input) }
      } catch (error) {
        throw ofInput(i, error)
      }
    })
    const stored = await throughEnqueueMany(this.#options.middleware.enqueue, calls, {
      make: (call) => this.#newJob(known, call.input, templateOf(call.options)),
      ofInput,
      store: (jobs) => this.#storeMany(jobs),
      runtime: this.#runtime,
    })
    return stored as Enqueued<Output>[]
  }

  async #storeMany(jobs: readonly NewJob[]): Promise<Enqueued[]> {
    const { inserter } = await this.#open()
    const results: Enqueued[] = []
    for (const batch of batchesOf(jobs)) {
      const inserted = await inserter.insert(batch)
      for (const [i, result] of inserted.entries()) results.push(enqueued(result, batch[i] as NewJob))
      if (batch[0]) this.#wake(batch[0])
    }
    return results
  }

  /**
   * Waits until a job is over and gives what it returned.
   *
   * @param options.timeout how long to wait; @default for ever
   * @throws RotaError `job_failed` when it ended otherwise, `wait_timeout`, `aborted`, `job_not_found`, `closed` when this
   * Rota is stopped first, or `option_unknown`, `option_invalid`, `duration_invalid`
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

  /** The job, running or long over; null when no such job is stored. The same as `jobs.get`. */
  job<Output>(id: JobId<Output>): Promise<JobView<unknown, Output> | null> {
    return this.jobs.get(id)
  }

  /**
   * Calls `listener` for what happens to jobs in this process. Gives the way to end it.
   *
   * @throws RotaError `option_invalid` for an event that does not exist
   */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    check.oneOf(eventNames)(name, 'event')
    check.func(listener, 'listener')
    return this.#events.on(name, listener)
  }

  /** Starts to work: claims and runs jobs until `stop`. Several processes may do so. */
  start(): Promise<void> {
    if (this.#stopping) return Promise.reject(closed())
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
    const { grace } = check.checkOptions('stop', options, { grace: check.duration() })
    this.#stopping ??= this.#stop(grace ?? defaults.grace)
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #start(): Promise<void> {
    const { storage, waiting } = await this.#open()
    const { jobs, lanes, worker, endBlocked, lease, poll, cancelGrace, middleware, payloadLimit, backoff } =
      this.#options
    this.#worker = new Worker({
      storage,
      lease,
      endBlocked,
      poll,
      cancelGrace,
      middleware: middleware.run,
      payloadLimit,
      runtime: this.#runtime,
      events: this.#events,
      jobs,
      lanes: Object.entries(lanes).map(([name, concurrency]) => new Lane(name, concurrency)),
      name: worker,
      backoff,
      onFinished: (id) => waiting.hear(id),
    })
    await this.#worker.start()
    if (this.#stopping) await this.#worker.stop(0) // it was stopped while it started
  }

  /** When an instant comes is for the clock of the database to say, so promotion looks at once and then knows. */
  #wake({ at, delay }: NewJob): void {
    if (at === null) this.#worker?.wake(delay)
    else this.#worker?.wakeForInstant()
  }

  async #stop(grace: number): Promise<void> {
    const opening = this.#opened?.catch(() => null) ?? Promise.resolve(null)
    const stored = opening.then((opened) => opened?.inserter.drained())
    await within(this.#runtime, Math.max(grace, closingPatience.worker), this.#starting ?? opening)
    await this.#worker?.stop(grace)
    const ended = Promise.all([opening, stored]).then(async ([opened]) => {
      await opened?.waiting.stop(closed())
      await (opened?.storage ?? givenStorage(this.#options.storage))?.close()
    })
    await within(this.#runtime, closingPatience[this.#worker ? 'worker' : 'none'], ended)
  }

  #template(where: string, job: Job, options: EnqueueOptions): Template {
    return template(where, job, options, this.#options.jobDefaults)
  }

  #newJob(job: Job, input: unknown, own: Template): Promise<NewJob> {
    return newJob(job, input, own, this.#options.payloadLimit, this.#runtime.id())
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
    const { storage: given } = this.#options
    const storage = await openStorage(given)
    try {
      if (this.#options.migrate) await storage.migrate()
      else if ((await storage.migrations()).pending.length > 0) {
        throw new RotaError(
          'storage_not_migrated',
          `${storage.description} is not migrated and migrate is false. Run \`rota migrate\`.`,
        )
      }
    } catch (error) {
      if (typeof given === 'string') await storage.close() // one that was given is needed for the next try
      throw error
    }
    return { storage, inserter: new Inserter(storage, this.#runtime), waiting: new Waiting(storage, this.#runtime) }
  }
}

/** A storage that was given is ours to close, also when it was never opened. */
const givenStorage = (storage: string | Storage): Storage | null => (typeof storage === 'string' ? null : storage)

interface Opened {
  readonly storage: Storage
  readonly inserter: Inserter
  readonly waiting: Waiting
}

/** Milliseconds. Without a worker, and its grace, `enqueue` may still be at its last tries, which take four seconds. */
const closingPatience = { worker: 250, none: 5_000 }

const closed = () => new RotaError('closed', 'This Rota was stopped. Create a new one with createRota.')

function enqueued<Output>(result: InsertResult, asked: NewJob): Enqueued<Output> {
  if (result.status !== 'conflict') return { id: result.id, status: result.status }
  const key = show(asked.idempotency?.key)
  throw new RotaError(
    'idempotency_conflict',
    `idempotencyKey: ${key} was used for job "${asked.job}" with another input (${result.id}). Use another key for another input.`,
    { field: 'idempotencyKey' },
  )
}

/** Tells in the message of an error which input is meant. */
function ofInput(i: number, error: unknown): unknown {
  if (!isRotaError(error)) return error
  return new RotaError(error.code, `inputs[${i}]: ${error.message}`, { field: `inputs[${i}]`, cause: error })
}
