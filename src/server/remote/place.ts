/** What serves the remote workers of one cluster, made at first use and ended with the server. */
import type { Runtime } from '../../engine/runtime.ts'
import type { Cluster } from '../../index.ts'
import type { Storage } from '../../storage/contract.ts'
import { RemoteClaims } from './claims.ts'
import { Hints } from './hints.ts'
import { Outcomes } from './outcomes.ts'
import { RemoteWorkers } from './workers.ts'

interface Place {
  readonly storage: Storage
  readonly workers: RemoteWorkers
  readonly claims: RemoteClaims
  readonly outcomes: Outcomes
}

export function remotePlaces(runtime: Runtime, closing: AbortSignal): (cluster: Cluster) => Promise<Place> {
  const places = new Map<Cluster, Place & { readonly hints: Hints }>()
  const end = () => {
    for (const { hints, outcomes } of places.values()) {
      hints.stop().catch(() => {}) // the storage is away, and what was subscribed with it
      void outcomes.stop()
    }
  }
  closing.addEventListener('abort', end, { once: true })
  return async (cluster) => {
    const { storage } = await cluster.connection.open()
    const known = places.get(cluster)
    if (known !== undefined) return known
    const workers = new RemoteWorkers(storage, runtime.elapsed)
    const hints = new Hints(cluster)
    const claims = new RemoteClaims(storage, workers, hints)
    const made = { storage, workers, hints, claims, outcomes: new Outcomes(cluster, storage, runtime) }
    places.set(cluster, made)
    return made
  }
}
