/// <reference lib="esnext.disposable" preserve="true" />
import type { JobContext } from '../job/context.ts'
import type { Job } from '../job/define.ts'
import type { Duration } from '../job/duration.ts'
import type { EnqueueArguments, Enqueued, EnqueueOptions } from '../job/enqueue-options.ts'
import { RotaError, show } from '../job/errors.ts'
import type { StoredFlow } from '../job/flow.ts'
import type { JobId } from '../job/id.ts'
import * as check from '../job/options.ts'
import { defaults } from '../job/options.ts'
import { suggest } from '../job/suggest.ts'
import type { Locks, StateCounts } from '../storage/contract.ts'
import type { By } from './audited.ts'
import { Cluster, type ClusterSurface, type ResultOptions } from './cluster.ts'
import { closed } from './connection.ts'
import type { EventName, Listener } from './events.ts'
import type { FlowBuilder } from './flow.ts'
import type { Flows } from './flows.ts'
import type { Handlers } from './handlers.ts'
import type { Jobs } from './jobs.ts'
import type { Lanes } from './lanes.ts'
import type { Locked, LockOptions } from './locking.ts'
import { type ClusterMode, type ClusterSettings, type RotaOptions, resolveOptions } from './options.ts'
import type { EnqueueManyOptions, FlowOptions } from './producer.ts'
import { type Runtime, within } from './runtime.ts'
import type { ScheduleBuilder } from './schedule-builder.ts'
import type { Schedules } from './schedules.ts'
import { ServiceShelf } from './services.ts'
import type { StatsOptions, StatsView } from './statistics.ts'
import type { JobView, WorkerEdited, WorkerView } from './view.ts'

/** Milliseconds that services of the process may take to be disposed of. */
const disposalPatience = 5_000

/**
 * One application's connection to its jobs, in one cluster or several: it enqueues, looks, and works after `start()`.
 * What is asked here without `{ cluster }` goes to the default cluster.
 */
export class Rota implements ClusterSurface, AsyncDisposable {
  readonly #clusters: ReadonlyMap<string, Cluster>
  readonly #defaultCluster: string | null
  readonly #services: ServiceShelf
  readonly #locks: Locks | null
  readonly #runtime: Runtime
  #starting: Promise<void> | null = null
  #stopping: Promise<void> | null = null

  /** @internal Use `createRota`. */
  constructor(options: RotaOptions, runtime: Runtime) {
    const { clusters, defaultCluster, services, locks } = resolveOptions(options)
    this.#locks = locks
    this.#services = new ServiceShelf(services, runtime)
    this.#runtime = runtime
    const open = (settings: ClusterSettings) => new Cluster(settings, this.#services, runtime)
    this.#clusters = new Map(clusters.map((settings) => [settings.cluster, open(settings)]))
    this.#defaultCluster = defaultCluster
  }

  /**
   * One cluster, with the same calls as here.
   *
   * @throws RotaError `cluster_unknown`
   * @example const { jobs } = await rota.cluster('sales').jobs.list({ filter: 'state:failed' })
   */
  cluster(name: string): Cluster {
    const cluster = this.#clusters.get(name)
    if (cluster !== undefined) return cluster
    const known = [...this.#clusters.keys()]
    const hint = typeof name === 'string' ? suggest(name, known) : ''
    const message = `There is no cluster ${show(name)}${hint || '.'} Known: ${known.join(', ')}.`
    throw new RotaError('cluster_unknown', message, { field: 'cluster' })
  }

  /** @internal As `as` of the default cluster. */
  as(by: By): ReturnType<Cluster['as']> {
    return this.#of().as(by)
  }

  /** The clusters of this Rota, as they were given. */
  get clusters(): readonly { readonly name: string; readonly mode: ClusterMode; readonly isDefault: boolean }[] {
    return [...this.#clusters.values()].map(({ name, mode }) => ({
      name,
      mode,
      isDefault: name === this.#defaultCluster,
    }))
  }

  /** Looks at stored jobs, and changes them. */
  get jobs(): Jobs {
    return this.#of().jobs
  }

  /** Looks at flows, and cancels or retries them as a whole. */
  get flows(): Flows {
    return this.#of().flows
  }

  /** Looks at lanes, pauses them and lets them go on. */
  get lanes(): Lanes {
    return this.#of().lanes
  }

  /** What can be run: shows it, and stores definitions that make requests. */
  get handlers(): Handlers {
    return this.#of().handlers
  }

  /** Stores schedules, looks at them and changes them. */
  get schedules(): Schedules {
    return this.#of().schedules
  }

  /**
   * A schedule in the code of the application, said in a chain of words: stored when `start()` is called, and active as long as a live
   * worker has it in its code. For schedules that come and go at run time there is `rota.schedules.put`.
   *
   * @param name its id for ever: letters, digits and `. _ : @ / -`
   * @param job a definition, or what is to be done: then the definition has the name of the schedule
   * @throws RotaError `job_duplicate`, `job_unknown` for a new job after `start()`; each word of the chain throws what is wrong with it
   * @example
   * rota.schedule('daily-cleanup', cleanup).dailyAt('23:30:00').onOneServer().withoutOverlapping()
   * rota.schedule('health-check', async (ctx) => { await fetch(url, { signal: ctx.signal }) }).everySeconds(30)
   */
  schedule<Input = undefined>(
    name: string,
    job: Job<Input, unknown> | ((ctx: JobContext) => unknown),
  ): ScheduleBuilder<Input> {
    return this.#of().schedule(name, job)
  }

  /** Brings the schema up to date, or tells what is missing. */
  get migrations(): Cluster['migrations'] {
    return this.#of().migrations
  }

  /** The workers that hold a lease, in any process. */
  async workers(): Promise<WorkerView[]> {
    return this.#of().workers()
  }

  /**
   * Asks a worker, in any process, to claim no more: what it runs goes on, what it had fetched ahead is given back within a
   * second. It keeps its lease, so nothing is lost, and is asked no more when it starts anew, under another id.
   *
   * @param on false lets it go on. @default true
   * @throws RotaError `worker_not_found`, `option_invalid`
   * @example for (const { id, name } of await rota.workers()) if (name === 'old') await rota.drainWorker(id)
   */
  async drainWorker(id: string, on = true): Promise<WorkerEdited> {
    return this.#of().drainWorker(id, on)
  }

  /**
   * What was done, by time: how tries ended, how long they waited and took, and how many jobs there were. Workers count as they
   * record, and write every ten seconds. Minutes are kept for 48 hours, hours for 400 days. Jobs that no worker had in its hands
   * are not counted: those that people cancelled, or that expired, while they waited.
   *
   * @throws RotaError `option_invalid`, `option_unknown` or `instant_invalid`
   * @example const { points, totals } = await rota.stats({ job: 'send-welcome', from: new Date(Date.now() - 86_400_000) })
   */
  async stats(options: StatsOptions = {}): Promise<StatsView> {
    return this.#of().stats(options)
  }

  /**
   * How many jobs are in each state, each counted up to `cappedAt` (10 000): then there may be more. Takes the same time whatever is
   * stored; `jobs.stats` counts them all.
   */
  async counts(): Promise<{ counts: StateCounts; cappedAt: number }> {
    return this.#of().counts()
  }

  /**
   * Stores a job. Resolves when it is durable.
   *
   * @throws RotaError `input_invalid`, `payload_not_json`, `payload_too_large`, `option_invalid`, `option_unknown`,
   * `duration_invalid`, `instant_invalid`, `idempotency_conflict` (nothing is stored then), `middleware_invalid`,
   * `cluster_unknown`, `cluster_archived`, or `storage_unreachable`
   * @example const { id } = await rota.enqueue(sendWelcome, { name: 'Ada' }, { in: '5m', priority: 'high' })
   */
  enqueue<Input, Output>(job: Job<Input, Output>, ...args: EnqueueArguments<Input>): Promise<Enqueued<Output>> {
    return this.#in(args[1], (cluster) => cluster.enqueue(job, ...args))
  }

  /**
   * Stores many jobs of one kind, in batches of up to 1 000 that are each stored whole or not at all. Every input is checked
   * before the first is stored. Results are in input order. With middleware: those that arrive together are stored together,
   * and when one is refused, what is not stored by then is not.
   *
   * @throws as `enqueue`; the field names the input, such as `inputs[3]`
   */
  enqueueMany<Input, Output>(
    job: Job<Input, Output>,
    inputs: readonly NoInfer<Input>[],
    options: EnqueueManyOptions<NoInfer<Input>> = {},
  ): Promise<Enqueued<Output>[]> {
    return this.#in(options, (cluster) => cluster.enqueueMany(job, inputs, options))
  }

  /**
   * Stores several jobs that wait for each other, all or none: a flow. `build` adds them and gives the nodes that you want
   * to find again; it may not be async.
   *
   * @param name what it is, for lists; 1 to 200 characters
   * @throws RotaError as `enqueue`, `dependency_circle`, or `parent_not_found`; nothing is stored then
   * @example
   * const order = await rota.flow('order', (f) => {
   *   const paid = f.job(charge, { amount: 12 })
   *   const sent = f.job(ship, { to: 'Ada' }, { after: paid })
   *   f.job(tell, { to: 'Ada' }, { after: [paid, sent], onParentFail: 'run' })
   *   return { sent }
   * })
   * console.log(await rota.result(order.jobs.sent)) // → sent to Ada
   */
  async flow<Nodes>(
    name: string,
    build: (flow: FlowBuilder) => Nodes,
    options: FlowOptions = {},
  ): Promise<StoredFlow<Nodes>> {
    return this.#of(options).flow(name, build, options)
  }

  /**
   * Waits until a job is over and gives what it returned.
   *
   * @param options.timeout how long to wait; @default for ever
   * @throws RotaError `job_failed` when it ended otherwise, `wait_timeout`, `aborted`, `job_not_found`, `closed` when this
   * Rota is stopped first, or `option_unknown`, `option_invalid`, `duration_invalid`, `cluster_unknown`
   */
  result<Output>(id: JobId<Output>, options: ResultOptions = {}): Promise<Output> {
    return this.#in(options, (cluster) => cluster.result(id, options))
  }

  /** The job, running or long over; null when no such job is stored. The same as `jobs.get`. */
  job<Output>(
    id: JobId<Output>,
    options: { readonly cluster?: string } = {},
  ): Promise<JobView<unknown, Output> | null> {
    return this.#in(options, (cluster) => cluster.job(id, options))
  }

  /**
   * Runs a function while this process holds a lock, and gives what the function returned. Nobody else holds a lock of this name
   * meanwhile, in any process of the cluster; nor does the function itself get it once more. It is released when the function
   * ends, also by an error, and runs out when its process dies.
   *
   * @param name 1 to 200 characters
   * @param options.ttl how long it lasts without a renewal, at least 1 s; renewed every third of it. @default '30s'
   * @param options.wait how long to wait while another holds it. @default 0
   * @throws RotaError `lock_held` when the wait is over, `aborted`, `closed`, `storage_unreachable`, `locks_unreachable`,
   * `option_invalid`, `option_unknown`, `duration_invalid`, `cluster_unknown`, `cluster_archived`: then nothing was run.
   * `lock_lost` when the function ended and the lock had been lost. What the function throws comes as it is.
   * @example
   * const left = await rota.lock('stock:42', { wait: '10s' }, async (lock) => {
   *   lock.signal.throwIfAborted() // it fires when the lock is lost
   *   return { left: 6, fence: lock.token } // where you write it, refuse what comes with a smaller token
   * })
   */
  lock<T>(name: string, work: Locked<T>): Promise<T>
  lock<T>(name: string, options: LockOptions, work: Locked<T>): Promise<T>
  lock<T>(name: string, ...args: readonly [Locked<T>] | readonly [LockOptions, Locked<T>]): Promise<T> {
    if (args.length === 2) return this.#in(args[0], (cluster) => cluster.lock(name, ...args))
    return this.#in(undefined, (cluster) => cluster.lock(name, args[0]))
  }

  /**
   * Calls `listener` for what happens to jobs in this process, of all clusters. Gives the way to end it.
   *
   * @throws RotaError `option_invalid` for an event that does not exist
   */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const offs = [...this.#clusters.values()].map((cluster) => cluster.on(name, listener))
    return () => {
      for (const off of offs) off()
    }
  }

  /**
   * Starts to work: claims and runs jobs until `stop`, in every cluster that is active. Several processes may do so. When
   * one cluster cannot be reached, none is left at work; a later call tries again.
   */
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
   * Stops to work and closes the storages. Claims end, jobs that have not started are given back, running ones may end
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
    const connections = [...this.#clusters.values()].map(({ connection }) => connection)
    if (connections.length > 1) await Promise.all(connections.map((connection) => connection.open()))
    try {
      await Promise.all(connections.map((connection) => connection.start()))
    } catch (error) {
      await Promise.all(connections.map((connection) => connection.rest()))
      throw error
    }
  }

  async #stop(grace: number): Promise<void> {
    const stops = [...this.#clusters.values()].map(({ connection }) => connection.stop(grace))
    await Promise.allSettled(stops) // one that does not close must not leave the others open
    const [first] = this.#clusters.values()
    const disposed = this.#services.dispose((error, during) => first?.trouble(error, during))
    await within(this.#runtime, disposalPatience, disposed)
    await within(this.#runtime, disposalPatience, this.#locks?.close())
    await Promise.all(stops)
  }

  /** Sends a call to its cluster; what is wrong with that is told as the call tells everything else. */
  #in<T>(options: Pick<EnqueueOptions, 'cluster'> | undefined, call: (cluster: Cluster) => Promise<T>): Promise<T> {
    try {
      return call(this.#of(options))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Where a call goes. What is wrong with its options otherwise, the cluster says. */
  #of(options?: Pick<EnqueueOptions, 'cluster'>): Cluster {
    const name = options?.cluster ?? this.#defaultCluster
    if (name !== null) return this.cluster(name)
    const message = `There are several clusters and none of them is the default. Name one with { cluster } (--cluster in the command line), or use rota.cluster(name), or set defaultCluster. Known: ${[...this.#clusters.keys()].join(', ')}.`
    throw new RotaError('cluster_unknown', message, { field: 'cluster' })
  }
}
