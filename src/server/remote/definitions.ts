/** What a remote worker tells of its jobs, checked as the definitions of an application are. */
import type { Manifest } from '../../engine/manifest.ts'
import { readManifest } from '../../engine/manifest.ts'
import { defineJob, type JobOptions } from '../../index.ts'
import type { AnySchema } from '../../job/define.ts'
import { defined } from '../../job/defined.ts'
import { RotaError } from '../../job/errors.ts'
import { toJson } from '../../job/payload.ts'
import { type CallContext, checkLane } from '../call.ts'

/** As the API takes it. */
export interface ToldDefinition {
  readonly id: string
  readonly expiresIn?: number | string | null | undefined
  readonly needsCode?: 'unique' | undefined
  readonly input?: Record<string, unknown> | undefined
}

/** Characters of the JSON of a schema. */
const longestSchema = 64 * 1024

/** @throws RotaError `option_invalid`, `duration_invalid`, `job_duplicate`, `request_invalid`, `payload_not_json`, `not_allowed` */
export async function manifestsOf(context: CallContext, told: readonly ToldDefinition[]): Promise<Manifest[]> {
  const { definitions } = context.cluster.connection
  const ids = new Set(told.map(({ id }) => id))
  if (ids.size < told.length)
    throw new RotaError('job_duplicate', 'jobs: two definitions have the same id.', { field: 'jobs' })
  await checkEarlier(context, [...ids])
  return told.map(({ input, needsCode = null, expiresIn, ...own }) => {
    const options = { ...defined(own), ...(expiresIn != null && { expiresIn }), run: () => undefined }
    const manifest = definitions.manifestOf(defineJob(options as JobOptions<AnySchema, undefined>))
    checkLane(context, manifest.options.lane)
    checkSchema(manifest.job, input)
    const expires = expiresIn === null ? { expiresIn: null } : {}
    return { ...manifest, options: { ...manifest.options, ...expires }, needsCode, input: input ?? null, remote: true }
  })
}

/** A key that is limited to lanes must not take over a job that belongs to another one. */
async function checkEarlier(context: CallContext, ids: readonly string[]): Promise<void> {
  if (context.caller?.lanes == null) return
  const { storage } = await context.cluster.connection.open()
  for (const { manifest } of await storage.manifests(ids)) {
    const known = readManifest(manifest)
    if (known !== null) checkLane(context, known.options.lane)
  }
}

/** It is read with each list, and with each job that is stored. */
function checkSchema(job: string, input: Record<string, unknown> | undefined): void {
  const json = toJson(input, `jobs: the input of "${job}"`, Number.POSITIVE_INFINITY)
  if (json === null || json.length <= longestSchema) return
  const message = `jobs: the input of "${job}" is longer than ${longestSchema} characters.`
  throw new RotaError('request_invalid', message, { field: 'jobs' })
}
