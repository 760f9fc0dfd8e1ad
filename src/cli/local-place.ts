/** A storage that this process opens, as the place where commands work. */
import { definitionUnknown, needsCode } from '../engine/definitions.ts'
import type { Cluster, Enqueued, EnqueueOptions, Job, Rota } from '../index.ts'
import { describePlace, knownJobs, type Settings } from './config.ts'
import type { Place } from './desk.ts'

export function localPlace(rota: Rota, settings: Settings): Place {
  const own = knownJobs(settings.options)
  return {
    description: describePlace(settings),
    otherCluster: settings.otherCluster,
    // Only for hints: where the storage cannot be read, the command itself says why.
    definitions: async () =>
      (await clusterOf(rota)
        ?.definitionIds()
        .catch(() => null)) ?? own.map(({ id }) => id),
    enqueue: async (id, input, options): Promise<Enqueued> => {
      const job = own.find((one) => one.id === id) ?? (await published(rota, settings, id, options))
      return rota.enqueue(job as Job<unknown, unknown>, input, options)
    },
  }
}

/** Null where commands without --cluster mean none. */
function clusterOf(rota: Rota): Cluster | null {
  const name = rota.clusters.find(({ isDefault }) => isDefault)?.name
  return name === undefined ? null : rota.cluster(name)
}

/** What a worker elsewhere has told of a definition whose code is not here; it stands for that. */
async function published(rota: Rota, settings: Settings, id: string, { unique }: EnqueueOptions): Promise<Job> {
  const cluster = clusterOf(rota)
  const { schemaOf } = await import('../server/published-schema.ts') // only here, because it takes long to load
  const known = await cluster?.definition(id, schemaOf)
  if (known?.manifest.needsCode && unique === undefined) throw needsCode(id)
  if (known) return known.job
  const ids = (await cluster?.definitionIds()) ?? []
  const remedy = ids.length === 0 && settings.file === null ? 'There is no configuration file here.' : ''
  throw definitionUnknown(id, ids, { remedy })
}
