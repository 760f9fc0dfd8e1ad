/** A worker that reaches its jobs by a Rota server and not by the database: `rota/worker`. */
/// <reference lib="esnext.disposable" preserve="true" />
import { createClient } from '../client/index.ts'
import { Emitter, type EventName, type Listener } from '../engine/events.ts'
import { Lane } from '../engine/lane.ts'
import { ownLane } from '../engine/own-lane.ts'
import { type Runtime, systemRuntime, within } from '../engine/runtime.ts'
import { ServiceShelf } from '../engine/services.ts'
import { Worker as Engine } from '../engine/worker.ts'
import type { Job } from '../job/define.ts'
import type { Duration } from '../job/duration.ts'
import { RotaError } from '../job/errors.ts'
import { checkOptions, defaults, duration } from '../job/options.ts'
import { remoteFamily } from './family.ts'
import { readOptions, type Settings, type WorkerOptions } from './options.ts'
import { remoteStorage } from './storage.ts'

export type { ClientOptions } from '../client/index.ts'
export type { EventName, Events } from '../engine/events.ts'
export type { WorkerOptions } from './options.ts'

/** Runs jobs of a server. */
export interface Worker extends AsyncDisposable {
  /**
   * Registers with the server and begins to work.
   *
   * @throws RotaError `server_unreachable`, `sign_in_required`, `not_allowed`; a later call tries again
   */
  start(): Promise<void>
  /** As `rota.stop`: no more claims, what runs may end within the grace, then it is given back. @param options.grace @default '30s' */
  stop(options?: { readonly grace?: Duration }): Promise<void>
  /** As `rota.on`. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void
}

/** Milliseconds that services may take to be disposed of. */
const disposalPatience = 5_000

/**
 * A worker for jobs that are defined here and stored where only the server reaches. Lanes, timeouts, cancellation, middleware, services and logs
 * are as in a process that has the database. Its lease is renewed on the main loop: a handler that blocks it for longer than the lease
 * loses its jobs. Scheduled jobs become ready and dead workers are found by the server, or by workers with the database.
 *
 * Nothing happens before `start`. The key takes the role `worker`; for `ctx.enqueue` and `ctx.parent` it takes `operator`, and a job that is
 * stored so does not join the flow of the one that stores it.
 *
 * @throws RotaError `option_invalid`, `option_unknown`, `duration_invalid`, `job_invalid`, `job_duplicate`
 * @example
 * const resize = defineJob({ id: 'resize', run: (_, ctx) => ctx.log.info('resized') })
 * const worker = createWorker({ url: 'http://127.0.0.1:4480', token: process.env.ROTA_TOKEN, jobs: [resize], lanes: { images: 4 } })
 * process.once('SIGTERM', () => worker.stop({ grace: '10s' }))
 */
export function createWorker(options: WorkerOptions): Worker {
  return new RemoteWorker(readOptions(options), systemRuntime())
}

class RemoteWorker implements Worker {
  readonly #settings: Settings
  readonly #runtime: Runtime
  readonly #events: Emitter
  readonly #services: ServiceShelf
  #engine: Engine | null = null
  #starting: Promise<void> | null = null
  #stopping: Promise<void> | null = null

  constructor(settings: Settings, runtime: Runtime) {
    this.#settings = settings
    this.#runtime = runtime
    this.#events = new Emitter(settings.client.cluster ?? defaults.cluster)
    this.#services = new ServiceShelf(settings.services, runtime)
    createClient(settings.client) // what is wrong with its options is told now
  }

  start(): Promise<void> {
    if (this.#stopping !== null)
      return Promise.reject(new RotaError('closed', 'This worker was stopped. Create a new one.'))
    this.#starting ??= this.#start().catch((error) => {
      this.#starting = null
      throw error
    })
    return this.#starting
  }

  stop(options: { readonly grace?: Duration } = {}): Promise<void> {
    const { grace } = checkOptions('stop', options, { grace: duration() })
    this.#stopping ??= this.#stop(grace ?? defaults.grace)
    return this.#stopping
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#events.on(name, listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #start(): Promise<void> {
    const { client: to, cluster } = this.#settings
    const { lanes, workerName, middleware, jobDefaults, ...settings } = cluster
    const client = createClient(to)
    const own = ownLane(this.#runtime.id())
    const storage = remoteStorage(client, { jobs: settings.jobs, jobDefaults, ownLane: own, place: to.url })
    const engine = new Engine({
      ...settings,
      storage,
      jobs: { get: (id) => settings.jobs.get(id) as Job, ids: [...settings.jobs.keys()] },
      lanes: lanesOf(lanes, own),
      name: workerName,
      middleware: middleware.run,
      family: remoteFamily(client, cluster),
      services: this.#services,
      runtime: this.#runtime,
      events: this.#events,
      schedules: [],
      endBlocked: false,
      onFireIn: () => {},
      onHint: () => {},
      onCensus: () => {},
      onFinished: () => {},
      forgotten: { announce: () => {}, unsaid: () => {} },
    })
    await engine.start()
    this.#engine = engine
  }

  async #stop(grace: number): Promise<void> {
    await this.#starting?.catch(() => {})
    await this.#engine?.stop(grace)
    const report = (error: unknown, during: string) => this.#events.emit('worker:trouble', { error, during })
    await within(this.#runtime, disposalPatience, this.#services.dispose(report))
  }
}

function lanesOf(given: Readonly<Record<string, number>>, own: string): Lane[] {
  const lanes = Object.entries(given)
  const most = Math.max(1, ...lanes.map(([, concurrency]) => concurrency))
  return [...lanes, [own, most] as const].map(([name, concurrency]) => new Lane(name, concurrency, lanes.length))
}
