/** A storage that this process opens, as the place where commands work. */
import { type Enqueued, type EnqueueOptions, type Job, type Rota, RotaError } from '../index.ts'
import { suggest } from '../job/suggest.ts'
import { describePlace, knownJobs, type Settings } from './config.ts'
import type { Place } from './desk.ts'

export function localPlace(rota: Rota, settings: Settings): Place {
  const own = knownJobs(settings.options)
  return {
    description: describePlace(settings),
    otherCluster: settings.otherCluster,
    definitions: async () => own.map(({ id }) => id),
    enqueue: async (id, input, options): Promise<Enqueued> => {
      const job = own.find((one) => one.id === id) ?? (await published(rota, settings, id, options))
      return rota.enqueue(job as Job<unknown, unknown>, input, options)
    },
  }
}

/** What a worker elsewhere has told of a definition whose code is not here; it stands for that. */
async function published(rota: Rota, settings: Settings, id: string, { unique }: EnqueueOptions): Promise<Job> {
  const name = rota.clusters.find(({ isDefault }) => isDefault)?.name
  const cluster = name === undefined ? null : rota.cluster(name)
  const { schemaOf } = await import('../server/definition.ts') // only here, because it takes long to load
  const known = await cluster?.definition(id, schemaOf)
  if (known?.manifest.needsCode && unique === undefined) {
    const message = `--unique: the key of "${id}" is made by its code, which is not here. Give --unique with a key.`
    throw new RotaError('needs_code', message, { field: 'unique' })
  }
  if (known) return known.job
  const ids = ((await cluster?.definitions()) ?? []).map(({ manifest }) => manifest.job)
  const hint = suggest(id, ids) || '.'
  const where = settings.file === null ? 'There is no configuration file here, and no' : 'No'
  const others = ids.length > 0 ? `Known: ${ids.join(', ')}.` : `${where} worker has told of any.`
  throw new RotaError('job_unknown', `There is no job "${id}"${hint} ${others}`, { field: 'job' })
}
