/**
 * Removes what the demo has left in a storage, and nothing else: jobs of its definitions that carry `metadata.demo`, the schedules that start
 * them, its stored definition, and what was published of its code.
 *
 * there → (it is noted, so that the next start does not bring it back) producers stop → jobs are cancelled, waited for and deleted → gone.
 * Where it is broken off, it can be asked for again.
 */
import { setTimeout } from 'node:timers/promises'
import { type Cluster, type JobId, type Rota, RotaError } from '../../index.ts'
import { finalStates } from '../../job/states.ts'
import type { DemoDesk, DemoRemoved } from '../../server/options.ts'
import { noteRemoved } from './past.ts'
import { checkWebsiteId, ownerOfDemo } from './shop/options.ts'

const live = ['blocked', 'scheduled', 'ready', 'running'] as const
const page = 500
/** Milliseconds. Handlers get their signal within a second, and then `cancelGrace`. */
const pause = 100
const patience = 60_000

/** The one that the calls of a server go to where they name none. */
export const mainCluster = (rota: Rota): Cluster =>
  rota.cluster((rota.clusters.find(({ isDefault }) => isDefault) ?? rota.clusters[0])?.name ?? '')

export class DemoRemoval implements DemoDesk {
  readonly #rota: Rota
  readonly #cluster: Cluster
  readonly #ids: readonly string[]
  readonly #stop: () => Promise<void>
  #removing: Promise<DemoRemoved> | null = null

  /** @param ids of the definitions of the demo @param stop ends what stores jobs in this process */
  constructor(rota: Rota, ids: readonly string[], stop: () => Promise<void>) {
    this.#rota = rota
    this.#cluster = mainCluster(rota)
    this.#ids = ids
    this.#stop = stop
  }

  async present(): Promise<boolean> {
    const { schedules } = await this.#cluster.schedules.list({ job: this.#ids, limit: 1 })
    if (schedules.length > 0) return true
    for await (const _ of this.#jobs()) return true
    return false
  }

  /** @throws RotaError `wait_timeout` where jobs do not end */
  remove(): Promise<DemoRemoved> {
    this.#removing ??= this.#remove().finally(() => {
      this.#removing = null
    })
    return this.#removing
  }

  async #remove(): Promise<DemoRemoved> {
    await noteRemoved(await this.#storage())
    const schedules = await this.#deleteSchedules()
    await this.#stop()
    await this.#endJobs()
    const jobs = await this.#deleteJobs()
    const definitions = await this.#deleteDefinition()
    for (const { name } of this.#rota.clusters) await this.#rota.cluster(name).connection.forget(this.#ids)
    return { schedules, jobs, definitions }
  }

  async #deleteSchedules(): Promise<number> {
    const storage = await this.#storage()
    let deleted = 0
    for (;;) {
      const { schedules } = await this.#cluster.schedules.list({ job: this.#ids, limit: page })
      if (schedules.length === 0) return deleted
      deleted += (await storage.deleteSchedules(schedules.map(({ id }) => id))).length
    }
  }

  /** Jobs that run may store others until they end. */
  async #endJobs(): Promise<void> {
    const storage = await this.#storage()
    const deadline = performance.now() + patience
    for (;;) {
      let left = 0
      for await (const ids of this.#jobs(live)) {
        left += ids.length
        await storage.edit(ids, { kind: 'cancel', reason: 'the demo was removed' })
      }
      if (left === 0) return
      if (performance.now() > deadline) throw stillThere(left)
      this.#cluster.connection.hints.signalled()
      await setTimeout(pause)
    }
  }

  async #deleteJobs(): Promise<number> {
    const storage = await this.#storage()
    let deleted = 0
    for await (const ids of this.#jobs(finalStates)) {
      const edited = await storage.edit(ids, { kind: 'delete' })
      deleted += edited.filter(({ from, linked }) => from !== null && linked !== 'needed').length
    }
    return deleted
  }

  async #deleteDefinition(): Promise<number> {
    const known = await this.#cluster.handlers.get(checkWebsiteId)
    if (known?.owner !== ownerOfDemo) return 0
    await this.#cluster.handlers.delete(checkWebsiteId)
    return 1
  }

  /** Ids of its jobs, in pages. */
  async *#jobs(state?: typeof live | typeof finalStates): AsyncGenerator<JobId[]> {
    const filter = { job: this.#ids, metadata: { demo: true }, ...(state && { state }) }
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const found = await this.#cluster.jobs.list({ filter, limit: page, ...(cursor && { cursor }) })
      if (found.jobs.length > 0) yield found.jobs.map(({ id }) => id)
      cursor = found.next
    }
  }

  async #storage() {
    return (await this.#cluster.connection.open()).storage
  }
}

const stillThere = (left: number) =>
  new RotaError('wait_timeout', `${left} jobs of the demo do not end, so they are still there. Try again.`)
