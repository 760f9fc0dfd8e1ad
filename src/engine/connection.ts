/**
 * The life of one cluster in this process: its storage, what stores and waits there, and the worker.
 *
 * new → open (at first use; migrated, as far as the options allow) → working (`start`, only in mode `active`)
 * → open again (`rest`) or stopping → closed. What fails on the way up is tried again by the next call.
 */
import { validate } from '../job/define.ts'
import { RotaError } from '../job/errors.ts'
import { fromJson } from '../job/payload.ts'
import { httpKind } from '../kinds/http/kind.ts'
import { newSigningKey } from '../kinds/http/signature.ts'
import type { Kind } from '../kinds/kind.ts'
import type { NewJob, Storage } from '../storage/contract.ts'
import { openStorage } from '../storage/open.ts'
import { archived } from './archived.ts'
import type { Family } from './context.ts'
import { Definitions } from './definitions.ts'
import type { EditHints } from './edit-hints.ts'
import type { Emitter } from './events.ts'
import { Firing } from './firing.ts'
import { runnableRequest } from './http-request.ts'
import { Inserter } from './inserter.ts'
import { knownJobs } from './known-jobs.ts'
import { Lane } from './lane.ts'
import { Locking } from './locking.ts'
import type { RunLayer } from './middleware.ts'
import type { ClusterSettings } from './options.ts'
import { ownLane } from './own-lane.ts'
import { createReports } from './reports.ts'
import { Requests } from './requests.ts'
import { type Runtime, type Timer, within } from './runtime.ts'
import { overlapLayer, serialSchedules } from './schedule-locks.ts'
import { Secret } from './secret.ts'
import type { ServiceShelf } from './services.ts'
import { StaticSchedules } from './static-schedules.ts'
import { StoredDefinitions } from './stored-definitions.ts'
import { parentsOf } from './view.ts'
import { Waiting } from './wait.ts'
import { Worker } from './worker.ts'
import type { KnownJobs } from './worker-options.ts'

export interface Opened {
  readonly storage: Storage
  readonly inserter: Inserter
  readonly waiting: Waiting
}

/** Milliseconds. Without a worker, and its grace, `enqueue` may still be at its last tries, which take four seconds. */
const closingPatience = { worker: 250, none: 5_000 }

export const closed = () => new RotaError('closed', 'This Rota was stopped. Create a new one with createRota.')

/** In the place of a manifest: what cannot be read as one counts as not told. */
const takenBack = 'null'

/** Milliseconds between looks for stored definitions that hints ask for. */
const leastLookPause = 1_000

/** Each lane of a worker, and the one that nobody else serves. */
function lanesOf(lanes: Readonly<Record<string, number>>, token: string): Lane[] {
  const given = Object.entries(lanes)
  const own = Math.max(1, ...given.map(([, concurrency]) => concurrency))
  return [
    ...given.map(([name, concurrency]) => new Lane(name, concurrency, given.length)),
    new Lane(ownLane(token), own, given.length),
  ]
}

export class Connection {
  /** What people have stored of what can be run. */
  readonly stored: StoredDefinitions
  /** Encrypts, and signs addresses. */
  readonly secret: Secret
  /** How stored definitions run. */
  readonly kinds: ReadonlyMap<string, Kind>
  /** Functions that run under a lock. */
  readonly locking: Locking
  /** Those of this process, and those of others. */
  readonly definitions: Definitions
  readonly #settings: ClusterSettings
  readonly #services: ServiceShelf
  readonly #runtime: Runtime
  readonly #events: Emitter
  readonly #enqueue: Family['enqueue']
  #opened: Promise<Opened> | null = null
  #starting: Promise<void> | null = null
  #worker: Worker | null = null
  #firing: Firing | null = null
  /** Schedules that stand in the code. */
  readonly statics: StaticSchedules
  #stopping: Promise<void> | null = null
  #lookTimer: Timer | null = null
  readonly #shadowed = new Set<string>()
  #lookedAt = Number.NEGATIVE_INFINITY
  readonly #requests: Requests
  readonly #known: KnownJobs
  /** Of the server of this process, once it listens. */
  serverUrl: string | null = null
  /** Beside the worker: those that claim for others. */
  readonly #dueListeners = new Set<() => void>()

  /**
   * @param enqueue stores what running jobs enqueue
   * @param trigger lets a schedule run once
   */
  constructor(
    settings: ClusterSettings,
    services: ServiceShelf,
    runtime: Runtime,
    events: Emitter,
    enqueue: Family['enqueue'],
    trigger: (id: string) => Promise<unknown>,
  ) {
    this.#services = services
    this.#enqueue = enqueue
    this.#settings = settings
    this.#runtime = runtime
    this.#events = events
    this.statics = new StaticSchedules({
      runtime,
      events,
      onStored: () => this.hints.scheduled(),
      onIds: (ids) => this.#worker?.announce(ids),
      check: async ({ job, rule }) => {
        const definition = settings.jobs.get(job)
        if (definition !== undefined) await validate(definition, fromJson(rule.input ?? null))
      },
      trigger,
    })
    const store = async () => settings.locks ?? (await this.open()).storage
    this.locking = new Locking(store, runtime, closed)
    const open = async () => (await this.open()).storage
    this.secret = new Secret(settings.secret, open)
    this.#requests = new Requests(settings, runtime)
    const reports = createReports({
      cluster: settings.cluster,
      open,
      secret: this.secret,
      base: () => this.#callbackUrl(),
    })
    const http = httpKind({ runner: () => this.#requests.runner(), reports, newKey: newSigningKey })
    this.kinds = new Map([[http.name, http as Kind]])
    const builtIn = [runnableRequest(http)]
    this.stored = new StoredDefinitions({
      open,
      kinds: this.kinds,
      secret: this.secret,
      onChange: () => this.#knowOthers(),
      onTrouble: (error, during) => events.emit('worker:trouble', { error, during }),
    })
    this.definitions = new Definitions(settings.jobs, builtIn, this.stored, settings.jobDefaults, open)
    this.#known = knownJobs(settings.jobs, settings.http === false ? null : this.stored, builtIn)
  }

  /** What this process hears of its own edits. */
  readonly hints: EditHints = {
    due: () => {
      this.#tellDue()
      this.#worker?.wake(0)
      this.#worker?.wakeForInstant()
    },
    scheduled: () => this.#firing?.expect(0),
    signalled: () => this.#worker?.wakeForSignal(),
    defined: (id) => void this.stored.look(id),
    over: (id) => void this.#opened?.then(({ waiting }) => waiting.hear(id)),
  }

  /** A job was stored. When an instant comes is for the clock of the database to say, so promotion looks at once and then knows. */
  wake({ at, delay }: NewJob): void {
    this.#tellDue()
    if (at === null) this.#worker?.wake(delay)
    else this.#worker?.wakeForInstant()
  }

  /** Calls `listener` when this process stored or changed what somebody may claim. Gives the way to end it. */
  onDue(listener: () => void): () => void {
    this.#dueListeners.add(listener)
    return () => void this.#dueListeners.delete(listener)
  }

  #tellDue(): void {
    for (const listener of this.#dueListeners) listener()
  }

  /** UTF-8 bytes of a result. */
  get payloadLimit(): number {
    return this.#settings.payloadLimit
  }

  /** A worker of this process has begun to start. */
  get works(): boolean {
    return this.#starting !== null
  }

  open(): Promise<Opened> {
    if (this.#stopping) return Promise.reject(closed())
    if (this.#opened === null) {
      this.#opened = this.#openMigrated()
      this.#opened.catch(() => {
        this.#opened = null
      }) // a later call tries again
    }
    return this.#opened
  }

  /** The storage as it is, for looking at its schema: one that is open already, or another for this call only. */
  async unmigrated<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
    if (this.#stopping) throw closed()
    if (this.#opened !== null) return work((await this.#opened).storage)
    const storage = await this.#reach()
    try {
      return await work(storage)
    } finally {
      if (this.#isOwn) await storage.close()
    }
  }

  /** Starts a worker, where the mode of the cluster allows it. */
  start(): Promise<void> {
    if (this.#settings.mode !== 'active') return this.open().then(() => {})
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** Ends the worker and leaves the rest open: it may be started again. */
  async rest(): Promise<void> {
    await this.#starting?.catch(() => {})
    await this.#endWork(0)
    this.#worker = null
    this.#starting = null
  }

  /** @param grace milliseconds */
  stop(grace: number): Promise<void> {
    this.#stopping ??= this.#stop(grace)
    return this.#stopping
  }

  async #start(): Promise<void> {
    const { storage, waiting } = await this.open()
    const { lanes, workerName, middleware, locks, ...settings } = this.#settings
    const firing = new Firing({
      ...settings,
      storage,
      middleware: middleware.enqueue,
      locks,
      runtime: this.#runtime,
      events: this.#events,
      remoteJobs: (now) => this.definitions.remote(now),
      onJobs: () => this.hints.due(),
    })
    this.#firing = firing
    this.#worker = new Worker({
      ...settings,
      storage,
      family: { parents: (id) => parentsOf(storage, id), enqueue: this.#enqueue },
      middleware: [...this.#overlapLayers(storage), ...middleware.run],
      services: this.#services,
      runtime: this.#runtime,
      events: this.#events,
      lanes: lanesOf(lanes, this.#runtime.id()),
      name: workerName,
      jobs: this.#known,
      schedules: this.statics.ids,
      onFireIn: (delay) => firing.hint(delay),
      onHint: () => this.#lookSoon(),
      onCensus: (workers) => {
        this.statics.census(workers)
        void this.stored.look()
      },
      onFinished: (id) => waiting.hear(id),
      forgotten: waiting,
    })
    await this.stored.look()
    await this.#publish(storage) // before the first job runs: whoever hears that it works may store more
    await this.#worker.start()
    await this.statics.start(storage)
    if (this.#settings.firesSchedules) firing.start()
    if (this.#stopping) await this.#endWork(0) // it was stopped while it started
  }

  /** Others may run than before, and schedules of others fire. */
  #knowOthers(): void {
    for (const id of this.stored.all.keys()) if (this.#settings.jobs.has(id)) this.#tellShadowed(id)
    this.definitions.forgetRemote()
    this.#firing?.expect(0)
    if (this.#settings.http !== false) this.#worker?.know()
  }

  /** The code goes before what is stored: here, and wherever that code is. */
  #tellShadowed(id: string): void {
    if (this.#shadowed.has(id)) return
    this.#shadowed.add(id)
    const message = `A definition "${id}" is stored, and the code has one of the same id, which counts here. Rename one, or remove the stored one: \`rota handlers delete ${id}\`.`
    const error = new RotaError('handler_conflict', message, { field: 'id' })
    this.#events.emit('worker:trouble', { error, during: 'reading stored definitions' })
  }

  /** Hints of a busy storage come without a pause. */
  #lookSoon(): void {
    const wait = this.#lookedAt + leastLookPause - this.#runtime.elapsed()
    if (this.#lookTimer !== null) return
    if (wait > 0) this.#lookTimer = this.#runtime.after(wait, () => this.#lookNow())
    else this.#lookNow()
  }

  #lookNow(): void {
    this.#lookTimer = null
    this.#lookedAt = this.#runtime.elapsed()
    void this.stored.look()
  }

  #callbackUrl(): string | null {
    const { http } = this.#settings
    return (http === false ? undefined : http.callbackUrl) ?? this.serverUrl
  }

  /** These definitions are known no more: this process neither runs nor lists them, and what was published of them is taken back. */
  async forget(ids: readonly string[]): Promise<void> {
    const { storage } = await this.open()
    for (const id of ids) this.#settings.jobs.delete(id)
    this.#worker?.know()
    await storage.publish(ids.map((job) => ({ job, manifest: takenBack })))
  }

  /** Without it jobs run all the same; only those who have not their code cannot store any. */
  async #publish(storage: Storage): Promise<void> {
    try {
      await this.definitions.publish(storage)
    } catch (error) {
      this.#events.emit('worker:trouble', { error, during: 'publishing its jobs' })
    }
  }

  /** Around each run, where there is a lock service. */
  #overlapLayers(storage: Storage): RunLayer[] {
    const { locks } = this.#settings
    if (locks === null) return []
    return [overlapLayer(locks, serialSchedules(storage, this.#runtime), this.#runtime)]
  }

  async #stop(grace: number): Promise<void> {
    const opening = this.#opened?.catch(() => null) ?? Promise.resolve(null)
    const stored = opening.then((opened) => opened?.inserter.drained())
    await within(this.#runtime, Math.max(grace, closingPatience.worker), this.#starting ?? opening)
    await Promise.all([this.#endWork(grace), this.locking.stop(grace)])
    const ended = Promise.all([opening, stored]).then(async ([opened]) => {
      await opened?.waiting.stop(closed())
      await (opened?.storage ?? this.#given)?.close()
    })
    await within(this.#runtime, closingPatience[this.#worker ? 'worker' : 'none'], ended)
  }

  async #endWork(grace: number): Promise<void> {
    const quiet = Promise.all([this.#firing?.stop(), this.statics.stop()])
    this.#lookTimer?.cancel()
    await this.#worker?.stop(grace)
    this.#requests.close()
    await within(this.#runtime, closingPatience.worker, quiet)
  }

  async #openMigrated(): Promise<Opened> {
    const storage = await this.#reach()
    const { migrate, mode } = this.#settings
    try {
      if (migrate && mode !== 'archived') await storage.migrate()
      else if ((await storage.migrations()).pending.length > 0) {
        const why = mode === 'archived' ? `its cluster is archived` : 'migrate is false'
        throw new RotaError(
          'storage_not_migrated',
          `${storage.description} is not migrated and ${why}. Run \`rota migrate\`${mode === 'archived' ? ' with --storage' : ''}.`,
        )
      }
    } catch (error) {
      if (this.#isOwn) await storage.close() // one that was given is needed for the next try
      throw error
    }
    return { storage, inserter: new Inserter(storage, this.#runtime), waiting: new Waiting(storage, this.#runtime) }
  }

  async #reach(): Promise<Storage> {
    const { storage, mode, cluster } = this.#settings
    const reached = await openStorage(storage)
    return mode === 'archived' ? archived(reached, cluster) : reached
  }

  get #isOwn(): boolean {
    return typeof this.#settings.storage === 'string'
  }

  /** A storage that was given is ours to close, also when it was never opened. */
  get #given(): Storage | null {
    const { storage } = this.#settings
    return typeof storage === 'string' ? null : storage
  }
}
