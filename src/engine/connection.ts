/**
 * The life of one cluster in this process: its storage, what stores and waits there, and the worker.
 *
 * new → open (at first use; migrated, as far as the options allow) → working (`start`, only in mode `active`)
 * → open again (`rest`) or stopping → closed. What fails on the way up is tried again by the next call.
 */
import { RotaError } from '../job/errors.ts'
import type { NewJob, Storage } from '../storage/contract.ts'
import { openStorage } from '../storage/open.ts'
import { archived } from './archived.ts'
import type { Family } from './context.ts'
import type { EditHints } from './edit-hints.ts'
import type { Emitter } from './events.ts'
import { Inserter } from './inserter.ts'
import { Lane } from './lane.ts'
import { Locking } from './locking.ts'
import type { ClusterSettings } from './options.ts'
import { type Runtime, within } from './runtime.ts'
import type { ServiceShelf } from './services.ts'
import { parentsOf } from './view.ts'
import { Waiting } from './wait.ts'
import { Worker } from './worker.ts'

export interface Opened {
  readonly storage: Storage
  readonly inserter: Inserter
  readonly waiting: Waiting
}

/** Milliseconds. Without a worker, and its grace, `enqueue` may still be at its last tries, which take four seconds. */
const closingPatience = { worker: 250, none: 5_000 }

export const closed = () => new RotaError('closed', 'This Rota was stopped. Create a new one with createRota.')

export class Connection {
  /** Functions that run under a lock. */
  readonly locking: Locking
  readonly #settings: ClusterSettings
  readonly #services: ServiceShelf
  readonly #runtime: Runtime
  readonly #events: Emitter
  readonly #enqueue: Family['enqueue']
  #opened: Promise<Opened> | null = null
  #starting: Promise<void> | null = null
  #worker: Worker | null = null
  #stopping: Promise<void> | null = null

  /** @param enqueue stores what running jobs enqueue */
  constructor(
    settings: ClusterSettings,
    services: ServiceShelf,
    runtime: Runtime,
    events: Emitter,
    enqueue: Family['enqueue'],
  ) {
    this.#services = services
    this.#enqueue = enqueue
    this.#settings = settings
    this.#runtime = runtime
    this.#events = events
    const store = async () => settings.locks ?? (await this.open()).storage
    this.locking = new Locking(store, runtime, closed)
  }

  /** What this process hears of its own edits. */
  readonly hints: EditHints = {
    due: () => {
      this.#worker?.wake(0)
      this.#worker?.wakeForInstant()
    },
    signalled: () => this.#worker?.wakeForSignal(),
    over: (id) => void this.#opened?.then(({ waiting }) => waiting.hear(id)),
  }

  /** A job was stored. When an instant comes is for the clock of the database to say, so promotion looks at once and then knows. */
  wake({ at, delay }: NewJob): void {
    if (at === null) this.#worker?.wake(delay)
    else this.#worker?.wakeForInstant()
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
    await this.#worker?.stop(0)
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
    const { lanes, workerName, middleware, locks: _, ...settings } = this.#settings
    this.#worker = new Worker({
      ...settings,
      storage,
      family: { parents: (id) => parentsOf(storage, id), enqueue: this.#enqueue },
      middleware: middleware.run,
      services: this.#services,
      runtime: this.#runtime,
      events: this.#events,
      lanes: Object.entries(lanes).map(([name, concurrency], _, all) => new Lane(name, concurrency, all.length)),
      name: workerName,
      onFinished: (id) => waiting.hear(id),
      forgotten: waiting,
    })
    await this.#worker.start()
    if (this.#stopping) await this.#worker.stop(0) // it was stopped while it started
  }

  async #stop(grace: number): Promise<void> {
    const opening = this.#opened?.catch(() => null) ?? Promise.resolve(null)
    const stored = opening.then((opened) => opened?.inserter.drained())
    await within(this.#runtime, Math.max(grace, closingPatience.worker), this.#starting ?? opening)
    await Promise.all([this.#worker?.stop(grace), this.locking.stop(grace)])
    const ended = Promise.all([opening, stored]).then(async ([opened]) => {
      await opened?.waiting.stop(closed())
      await (opened?.storage ?? this.#given)?.close()
    })
    await within(this.#runtime, closingPatience[this.#worker ? 'worker' : 'none'], ended)
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
