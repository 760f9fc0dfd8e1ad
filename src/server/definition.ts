/** Which definition an enqueue by name means: that of this process, that which a worker has published, or none. */
import { definitionUnknown, type KnownDefinition, needsCode } from '../engine/definitions.ts'
import { type Cluster, defineJob, httpRequest, type Job } from '../index.ts'
import { RotaError } from '../job/errors.ts'
import type { OnConflict } from '../job/unique.ts'
import type { CallContext } from './call.ts'
import { schemaOf } from './published-schema.ts'

interface Found {
  readonly job: Job<unknown, unknown>
  /** Where it runs unless the call says otherwise. */
  readonly lane: string
}

interface Asked {
  /** One that nobody has told of may be stored, too. */
  readonly allowUnknown: boolean | undefined
  /** What the call says about its key. */
  readonly unique: { readonly onConflict?: OnConflict | undefined } | null | undefined
}

/** @throws RotaError `job_unknown`, `needs_code`, `not_allowed` */
export async function definitionFor(
  { cluster, caller }: CallContext,
  id: string,
  { allowUnknown, unique }: Asked,
): Promise<Found> {
  if (caller?.lanes && id === httpRequest.id) throw anyRequest()
  const known = await knownTo(cluster, id)
  const { onConflict } = { ...(unique === undefined ? known?.job.options.unique : unique) }
  if (caller?.lanes && onConflict !== undefined && onConflict !== 'keep') throw reachesOut(onConflict)
  if (known !== null) {
    if (!known.local && known.manifest.needsCode !== null && unique === undefined) throw needsCode(id)
    return { job: known.job, lane: known.manifest.options.lane }
  }
  if (allowUnknown === true) return { job: unknownJob(id), lane: 'default' }
  const remedy = 'Send "allowUnknown": true to store it all the same.'
  throw definitionUnknown(id, await cluster.definitionIds(), { remedy })
}

/** Milliseconds for which what a worker has published is not read again: a server may store thousands of jobs meanwhile. */
const keptFor = 2_000
const mostKept = 1_000
const published = new WeakMap<Cluster, Map<string, { readonly known: KnownDefinition; readonly until: number }>>()

/** It was changed here a moment ago. */
export const forgetDefinition = (cluster: Cluster, id: string): void => void published.get(cluster)?.delete(id)

async function knownTo(cluster: Cluster, id: string): Promise<KnownDefinition | null> {
  const kept = published.get(cluster) ?? new Map()
  published.set(cluster, kept)
  const seen = kept.get(id)
  if (seen !== undefined && seen.until > performance.now()) return seen.known
  const known = await cluster.definition(id, schemaOf)
  if (kept.size >= mostKept) kept.clear()
  if (known !== null && known.stored === null) kept.set(id, { known, until: performance.now() + keptFor })
  return known
}

const unknownJob = (id: string): Job<unknown, unknown> => defineJob({ id, run: () => undefined })

const anyRequest = () =>
  new RotaError(
    'not_allowed',
    'job: a key that is limited to lanes makes no requests of its own, because they may reach whatever this server may. Store a definition, and enqueue that.',
    { field: 'job' },
  )

/** The earlier job with the same key may be in any lane. */
const reachesOut = (onConflict: OnConflict) =>
  new RotaError(
    'not_allowed',
    `unique: a key that is limited to lanes may not ${onConflict} earlier jobs, which may be in others. Send "keep".`,
    { field: 'unique' },
  )
