import type { JobContext } from '../job/context.ts'
import { checkJob, defineJob, type Job } from '../job/define.ts'
import type { Duration } from '../job/duration.ts'
import type { EnqueueArguments, Enqueued } from '../job/enqueue-options.ts'
import { RotaError, show } from '../job/errors.ts'
import type { StoredFlow } from '../job/flow.ts'
import { checkJobId, isJobId, type JobId } from '../job/id.ts'
import * as check from '../job/options.ts'
import { fromJson, toJson } from '../job/payload.ts'
import type { DefinitionRecord, MigrationStatus, Reported, StateCounts, Storage } from '../storage/contract.ts'
import { clusterArchived } from './archived.ts'
import { audited, type By } from './audited.ts'
import { Connection } from './connection.ts'
import type { KnownDefinition } from './definitions.ts'
import { Emitter, type EventName, eventNames, type Listener } from './events.ts'
import type { FlowBuilder } from './flow.ts'
import { Flows } from './flows.ts'
import { Handlers, type HandlersParts } from './handlers.ts'
import { Jobs } from './jobs.ts'
import { Lanes } from './lanes.ts'
import type { Locked, LockOptions } from './locking.ts'
import type { SchemaOf } from './manifest.ts'
import type { ClusterMode, ClusterSettings } from './options.ts'
import { type EnqueueManyOptions, type FlowOptions, Producer } from './producer.ts'
import type { Profile } from './profile.ts'
import { type Report, receiveReport } from './reports.ts'
import type { Runtime } from './runtime.ts'
import { type Said, ScheduleBuilder, wantedOf } from './schedule-builder.ts'
import { Schedules } from './schedules.ts'
import type { ServiceShelf } from './services.ts'
import { type StatsOptions, type StatsView, statistics } from './statistics.ts'
import { type JobView, type WorkerEdited, type WorkerView, workerNotFound, workerView } from './view.ts'
import { jobFailed } from './wait.ts'

/** No state is counted beyond so many jobs. */
const countedUpTo = 10_000

/** How long to wait, and for which job. */
export interface ResultOptions {
  /** @default for ever */
  readonly timeout?: Duration
  /** Ends the wait with `aborted`; the job goes on. */
  readonly signal?: AbortSignal
  /** @default the default cluster */
  readonly cluster?: string
}

/**
 * What every cluster offers, and `Rota` for the default one. Something new (`flows`, `lanes` …) is a field of `Cluster`
 * beside `jobs`; the compiler then asks for it in `Rota`.
 */
export type ClusterSurface = Omit<
  Cluster,
  | 'name'
  | 'mode'
  | 'connection'
  | 'defaults'
  | 'trouble'
  | 'report'
  | 'definition'
  | 'definitionIds'
  | 'definitions'
  | 'as'
>

/** One cluster of jobs, as `rota.cluster(name)` gives it: the same calls as of `Rota`, for this cluster. */
export class Cluster {
  /** As in `clusters` of createRota. */
  readonly name: string
  /** What may be done there. */
  readonly mode: ClusterMode
  /** @internal Its storage and its worker. */
  readonly connection: Connection
  readonly #settings: ClusterSettings
  readonly #runtime: Runtime
  readonly #events: Emitter
  readonly #producer: Producer

  /** Looks at stored jobs, and changes them. */
  readonly jobs: Jobs
  /** Looks at flows, and cancels or retries them as a whole. */
  readonly flows: Flows
  /** Looks at lanes, pauses them and lets them go on. */
  readonly lanes: Lanes
  /** What can be run: shows it, and stores definitions that make requests. */
  readonly handlers: Handlers
  /** Stores schedules, looks at them and changes them. */
  readonly schedules: Schedules
  /** Brings the schema up to date, or tells what is missing. */
  readonly migrations: { up(): Promise<MigrationStatus>; status(): Promise<MigrationStatus> }

  /** @internal */
  constructor(settings: ClusterSettings, services: ServiceShelf, runtime: Runtime) {
    this.name = settings.cluster
    this.mode = settings.mode
    this.#settings = settings
    this.#runtime = runtime
    this.#events = new Emitter(settings.cluster)
    const connection = new Connection(
      settings,
      services,
      runtime,
      this.#events,
      (parent, job, args) => this.#producer.enqueue(job, args, parent.flow),
      (id) => this.schedules.trigger(id),
    )
    this.connection = connection
    this.#producer = new Producer(settings, runtime, connection, this.#itself)
    const storage = async () => (await connection.open()).storage
    this.jobs = new Jobs(storage, connection.hints, settings)
    this.flows = new Flows(storage, connection.hints)
    this.lanes = new Lanes(storage, connection.hints)
    this.handlers = this.#handlers(storage, 'code')
    this.schedules = new Schedules(storage, connection.hints, settings, runtime, connection.definitions)
    for (const profile of settings.profiles) this.#addProfile(profile)
    this.migrations = {
      up: () => connection.unmigrated((storage) => storage.migrate()),
      status: () => connection.unmigrated((storage) => storage.migrations()),
    }
  }

  /** @internal What the options say of all jobs, for whoever looks. */
  get defaults() {
    const { jobDefaults, lease, poll, payloadLimit } = this.#settings
    return { ...jobDefaults, lease, poll, payloadLimit }
  }

  /** The workers that hold a lease, in any process. */
  async workers(): Promise<WorkerView[]> {
    return (await (await this.connection.open()).storage.workers()).map(workerView)
  }

  /**
   * @internal The definition of this process, else one that stands for what a worker has published; null where there is neither.
   *
   * @param schemaOf checks the input of one that stands for another. @default its input is not checked
   */
  definition(id: string, schemaOf?: SchemaOf): Promise<KnownDefinition | null> {
    return this.connection.definitions.one(id, schemaOf)
  }

  /** @internal Of all definitions that are known, in order. */
  definitionIds(): Promise<string[]> {
    return this.connection.definitions.ids()
  }

  /** As `rota.drainWorker`. */
  drainWorker(id: string, on = true): Promise<WorkerEdited> {
    return this.#drain(async () => (await this.connection.open()).storage, id, on)
  }

  async #drain(open: () => Promise<Storage>, id: string, on: boolean): Promise<WorkerEdited> {
    check.boolean(on, 'on')
    const known = isJobId(id) && (await (await open()).drain(id, on))
    if (!known) throw workerNotFound(id)
    if (on) this.connection.hints.signalled()
    else this.connection.hints.due()
    return { id, status: on ? 'draining' : 'working' }
  }

  /** @internal The calls by which people change something; what they change is written to the audit log as done by `by`. */
  as(
    by: By,
    origin: DefinitionRecord['origin'] = 'api',
  ): Pick<Cluster, 'jobs' | 'flows' | 'lanes' | 'handlers' | 'schedules' | 'drainWorker'> {
    const { connection } = this
    const storage = async () => audited((await connection.open()).storage, by)
    return {
      jobs: new Jobs(storage, connection.hints, this.#settings),
      flows: new Flows(storage, connection.hints),
      lanes: new Lanes(storage, connection.hints),
      handlers: this.#handlers(async (action) => {
        const { storage: own } = await connection.open()
        return audited(own, action === undefined ? by : { action: `handlers.${action}`, ...by })
      }, origin),
      schedules: new Schedules(storage, connection.hints, this.#settings, this.#runtime, connection.definitions),
      drainWorker: (id, on = true) => this.#drain(storage, id, on),
    }
  }

  #handlers(open: HandlersParts['open'], origin: DefinitionRecord['origin']): Handlers {
    const { definitions, kinds, secret, hints } = this.connection
    return new Handlers({ open, definitions, kinds, secret, origin, onChange: (id) => hints.defined(id) })
  }

  /** @internal What a target reports of a start of a job. */
  async report(token: string, report: Report): Promise<Reported & { readonly job: string }> {
    const { secret, hints } = this.connection
    const open = async () => (await this.connection.open()).storage
    const { payloadLimit } = this.connection
    const reported = await receiveReport({ open, secret, payloadLimit }, token, report)
    hints.due()
    return reported
  }

  /** As `rota.stats`. */
  async stats(options: StatsOptions = {}): Promise<StatsView> {
    return statistics((await this.connection.open()).storage, this.#runtime, options)
  }

  /** As `rota.counts`. */
  async counts(): Promise<{ counts: StateCounts; cappedAt: number }> {
    const counts = await (await this.connection.open()).storage.counts(countedUpTo)
    return { counts, cappedAt: countedUpTo }
  }

  /** As `rota.enqueue`. */
  enqueue<Input, Output>(job: Job<Input, Output>, ...args: EnqueueArguments<Input>): Promise<Enqueued<Output>> {
    return this.#producer.enqueue(job, args, null)
  }

  /** As `rota.enqueueMany`. */
  enqueueMany<Input, Output>(
    job: Job<Input, Output>,
    inputs: readonly NoInfer<Input>[],
    options: EnqueueManyOptions<NoInfer<Input>> = {},
  ): Promise<Enqueued<Output>[]> {
    return this.#producer.enqueueMany(job, inputs, options)
  }

  /** As `rota.flow`. */
  flow<Nodes>(
    name: string,
    build: (flow: FlowBuilder) => Nodes,
    options: FlowOptions = {},
  ): Promise<StoredFlow<Nodes>> {
    return this.#producer.flow(name, build, options)
  }

  /** As `rota.schedule`. */
  schedule<Input = undefined>(
    name: string,
    job: Job<Input, unknown> | ((ctx: JobContext) => unknown),
  ): ScheduleBuilder<Input> {
    check.name(name, 'name')
    const definition =
      typeof job === 'function' ? defineJob({ id: name, run: (_, ctx) => job(ctx) }) : checkJob(job, 'schedule')
    this.#know(definition as Job)
    const said: Said = { options: {}, input: null }
    this.connection.statics.add(name, () => wantedOf(name, definition.id, said))
    return new ScheduleBuilder<Input>(name, said, (input) => toJson(input, 'input', this.#settings.payloadLimit))
  }

  #addProfile({ name, schedules }: Profile): void {
    for (const { id, job, rule, owner } of schedules) {
      const wanted = { id: `${this.name}:${name}:${id ?? job.id}`, job: job.id, rule, owner }
      this.connection.statics.add(wanted.id, () => wanted)
    }
  }

  /** A worker tells what it knows when it starts, so it has to be known by then. */
  #know(job: Job): void {
    const { jobs } = this.#settings
    const known = jobs.get(job.id)
    if (known === job) return
    if (known !== undefined) {
      const message = `schedule: another definition has the id "${job.id}". Give the schedule, or the job, another one.`
      throw new RotaError('job_duplicate', message, { field: 'job' })
    }
    if (this.connection.works) {
      const message = `schedule: the job "${job.id}" is new to a Rota that works already. Give it to createRota({ jobs }), or call schedule() before start().`
      throw new RotaError('job_unknown', message, { field: 'job' })
    }
    jobs.set(job.id, job)
  }

  /** As `rota.result`. */
  async result<Output>(id: JobId<Output>, options: ResultOptions = {}): Promise<Output> {
    const { timeout, signal } = check.checkOptions('result', options, {
      timeout: check.duration(),
      signal: check.signal,
      cluster: this.#itself,
    })
    const { waiting } = await this.connection.open()
    const record = await waiting.finished(checkJobId(id), timeout ?? null, signal ?? null)
    if (record.state === 'succeeded') return fromJson(record.output) as Output
    throw jobFailed(id, record)
  }

  /** As `rota.lock`. */
  lock<T>(name: string, work: Locked<T>): Promise<T>
  lock<T>(name: string, options: LockOptions, work: Locked<T>): Promise<T>
  async lock<T>(name: string, ...args: readonly [Locked<T>] | readonly [LockOptions, Locked<T>]): Promise<T> {
    const [given = {}, work] = args.length === 2 ? args : [{}, args[0]]
    check.checkObject('lock', given)
    const { cluster, ...options }: LockOptions = given
    if (cluster !== undefined) this.#itself(cluster, 'cluster')
    if (this.mode === 'archived') throw clusterArchived(this.name, 'no lock can be taken')
    return this.connection.locking.lock(name, options, work)
  }

  /** As `rota.job`. */
  async job<Output>(
    id: JobId<Output>,
    options: { readonly cluster?: string } = {},
  ): Promise<JobView<unknown, Output> | null> {
    check.checkOptions('job', options, { cluster: this.#itself })
    return this.jobs.get(id)
  }

  /** As `rota.on`, for what happens in this cluster. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    check.oneOf(eventNames)(name, 'event')
    check.func(listener, 'listener')
    return this.#events.on(name, listener)
  }

  /** @internal */
  trouble(error: unknown, during: string): void {
    this.#events.emit('worker:trouble', { error, during })
  }

  /** The way is chosen before: a cluster that is bound, or a middleware, cannot send a job to another one. */
  readonly #itself: check.Check<string> = (value, field) => {
    if (value === this.name) return this.name
    const message = `${field}: ${show(value)} is not allowed here. This call goes to the cluster "${this.name}"; use rota.cluster(${show(value)}) for another.`
    throw new RotaError('option_invalid', message, { field })
  }
}
