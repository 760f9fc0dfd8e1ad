/** What a remote worker tells of its jobs, checked as the definitions of an application are. */
import { recordsOf } from '../../engine/definitions.ts'
import type { Manifest } from '../../engine/manifest.ts'
import { readManifest } from '../../engine/manifest.ts'
import { defineJob, type JobOptions } from '../../index.ts'
import type { AnySchema } from '../../job/define.ts'
import { defined } from '../../job/defined.ts'
import { RotaError } from '../../job/errors.ts'
import { toJson } from '../../job/payload.ts'
import type { ManifestRecord } from '../../storage/contract.ts'
import { type CallContext, checkLane } from '../call.ts'
import { tooMany } from '../too-many.ts'

/** As the API takes it. */
export interface ToldDefinition {
  readonly id: string
  readonly expiresIn?: number | string | null | undefined
  readonly needsCode?: 'unique' | undefined
  readonly input?: Record<string, unknown> | undefined
}

/** Characters of the JSON of a schema. */
const longestSchema = 64 * 1024

/** Definitions that may be published in one cluster, and characters of all: each process that fires schedules reads them again and again. */
export const mostPublished = { definitions: 10_000, characters: 32 * 1024 * 1024 }

/**
 * Publishes what a worker tells. What the code of this process defines, a key that is limited to lanes leaves as it is.
 *
 * @throws RotaError `option_invalid`, `duration_invalid`, `job_duplicate`, `request_invalid`, `payload_not_json`, `not_allowed`,
 *   `too_many_requests` where the cluster has too many definitions
 */
export async function publishTold(context: CallContext, told: readonly ToldDefinition[]): Promise<void> {
  const { definitions } = context.cluster.connection
  const manifests = manifestsOf(context, told)
  const ids = manifests.map(({ job }) => job)
  const { storage } = await context.cluster.connection.open()
  const stored = await storage.manifests(ids)
  const isLimited = context.caller?.lanes != null
  if (isLimited) checkEarlier(context, ids, stored)
  const published = recordsOf(isLimited ? manifests.filter(({ job }) => definitions.own(job) === null) : manifests)
  const known = new Map(stored.map(({ job, manifest }) => [job, manifest]))
  if (published.every(({ job, manifest }) => known.get(job) === manifest)) return
  checkRoom(await storage.manifests(null), published)
  await definitions.hear(published)
}

function manifestsOf(context: CallContext, told: readonly ToldDefinition[]): Manifest[] {
  const { definitions } = context.cluster.connection
  const ids = new Set(told.map(({ id }) => id))
  if (ids.size < told.length)
    throw new RotaError('job_duplicate', 'jobs: two definitions have the same id.', { field: 'jobs' })
  return told.map(({ input, needsCode = null, expiresIn, ...own }) => {
    const options = { ...defined(own), ...(expiresIn != null && { expiresIn }), run: () => undefined }
    const manifest = definitions.manifestOf(defineJob(options as JobOptions<AnySchema, undefined>))
    checkLane(context, manifest.options.lane)
    checkSchema(manifest.job, input)
    const expires = expiresIn === null ? { expiresIn: null } : {}
    const manifestOptions = { ...manifest.options, ...expires }
    return { ...manifest, options: manifestOptions, needsCode, input: input ?? null, remote: true }
  })
}

/** A key that is limited to lanes must not take over a job that belongs to another one. */
function checkEarlier(context: CallContext, ids: readonly string[], stored: readonly ManifestRecord[]): void {
  const own = ids.map((id) => context.cluster.connection.definitions.own(id))
  const elsewhere = stored.map(({ manifest }) => readManifest(manifest))
  for (const known of [...own, ...elsewhere]) if (known !== null) checkLane(context, known.options.lane)
}

/** Only what would make it more is refused: those that are there work on. */
function checkRoom(stored: readonly ManifestRecord[], told: readonly ManifestRecord[]): void {
  const after = new Map([...stored, ...told].map(({ job, manifest }) => [job, manifest]))
  const sizeOf = (texts: Iterable<string>) => [...texts].reduce((sum, text) => sum + text.length, 0)
  const [before, size] = [sizeOf(stored.map(({ manifest }) => manifest)), sizeOf(after.values())]
  const isMore = after.size > stored.length && after.size > mostPublished.definitions
  if (!isMore && (size <= before || size <= mostPublished.characters)) return
  const { definitions, characters } = mostPublished
  throw tooMany(
    `jobs: there would be ${after.size} definitions of ${size} characters: at most ${definitions} of ${characters}.`,
    3_600,
  )
}

/** It is read with each list, and with each job that is stored. */
function checkSchema(job: string, input: Record<string, unknown> | undefined): void {
  const json = toJson(input, `jobs: the input of "${job}"`, Number.POSITIVE_INFINITY)
  if (json === null || json.length <= longestSchema) return
  const message = `jobs: the input of "${job}" is longer than ${longestSchema} characters.`
  throw new RotaError('request_invalid', message, { field: 'jobs' })
}
