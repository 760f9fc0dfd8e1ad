/**
 * What the server knows this worker as. The engine makes an id of its own for each lease, and a server gives another one: unknown → registered
 * → gone, when the server says that the lease ran out.
 */
import { type Client, RotaError } from '../client/index.ts'
import type { Defaults } from '../engine/enqueue.ts'
import { definitionOf, manifestOf } from '../engine/manifest.ts'
import { sharedLanes } from '../engine/own-lane.ts'
import type { Job } from '../job/define.ts'
import { isRotaError } from '../job/errors.ts'
import type { WorkerBeat } from '../storage/contract.ts'

type Registered = Awaited<ReturnType<Client['workers']['register']>>
type Told = Parameters<Client['workers']['register']>[0]['jobs'][number]

/** Milliseconds that one call may take; the next one is made by whoever needs it. */
const patience = 10_000

export const inTime = () => ({ signal: AbortSignal.timeout(patience) })

/** A worker that is asked for under an id which has no lease any more. */
export const noLease = (): RotaError => new RotaError('worker_not_found', 'This worker has no lease on the server.')

export class Sessions {
  readonly #client: Client
  readonly #jobs: readonly Told[]
  readonly #known = new Map<string, Registered>()

  constructor(client: Client, jobs: ReadonlyMap<string, Job>, defaults: Defaults) {
    this.#client = client
    this.#jobs = [...jobs.values()].map((job) => toldOf(job, defaults))
  }

  /** Of the engine's id; undefined where it has no lease. */
  get(id: string): Registered | undefined {
    return this.#known.get(id)
  }

  /** As `heartbeat` of a storage: false when the lease ran out. */
  async beat({ id, name, lanes, lease }: WorkerBeat): Promise<boolean> {
    const known = this.#known.get(id)
    if (known === undefined) {
      const shared = Object.fromEntries(sharedLanes(lanes).map((lane) => [lane.name, lane.concurrency]))
      const registered = await this.#client.workers.register(
        { name, lanes: shared, lease, jobs: [...this.#jobs] },
        inTime(),
      )
      this.#known.set(id, registered)
      return true
    }
    try {
      await this.#client.workers.heartbeat({ id: known.worker }, inTime())
      return true
    } catch (error) {
      if (!isRotaError(error, 'worker_not_found')) throw error
      this.#known.delete(id)
      return false
    }
  }

  async leave(id: string): Promise<void> {
    const known = this.#known.get(id)
    this.#known.delete(id)
    if (known !== undefined) await this.#client.workers.leave({ id: known.worker }, inTime())
  }
}

/** A definition as the server takes it: nothing is left open, so that its defaults are those of this process. */
function toldOf(job: Job, defaults: Defaults): Told {
  const { options, needsCode, input } = manifestOf(job, defaults)
  return {
    id: job.id,
    ...definitionOf(options),
    ...(needsCode !== null && { needsCode }),
    ...(input !== null && { input: { ...input } }),
  }
}
