/** The definitions of a cluster: those in the code of this process, and what workers elsewhere have published of theirs. */
import type { AnySchema, Job } from '../job/define.ts'
import { RotaError, show } from '../job/errors.ts'
import { suggest } from '../job/suggest.ts'
import type { ManifestRecord, Storage } from '../storage/contract.ts'
import type { Defaults } from './enqueue.ts'
import { jobOfManifest, type Manifest, manifestOf, readManifest } from './manifest.ts'

/** A definition by which jobs can be stored. */
export interface KnownDefinition {
  /** Of this process, or one that stands for it and cannot run. */
  readonly job: Job
  /** What is published of it. */
  readonly manifest: Manifest
  /** Its code is in this process. */
  readonly local: boolean
}

interface HandlerView extends Pick<Manifest, 'options' | 'needsCode' | 'input'> {
  readonly id: string
  readonly kind: 'code'
  readonly local: boolean
}

/** What people see of a definition. */
export function handlerView({ manifest, local }: Pick<KnownDefinition, 'manifest' | 'local'>): HandlerView {
  const { job, options, needsCode, input } = manifest
  return { id: job, kind: 'code', local, options, needsCode, input }
}

/** As many as one reads in a message. */
const mostNamed = 20

/** @param all what `Definitions.all` gave. @param remedy what else whoever reads it may do */
export function definitionUnknown(
  id: string,
  all: readonly Pick<KnownDefinition, 'manifest'>[],
  { field = 'job', remedy = '' }: { readonly field?: string; readonly remedy?: string } = {},
): RotaError {
  const ids = all.map(({ manifest }) => manifest.job)
  const known = ids.length === 0 ? 'No worker has told of any yet.' : `Known: ${ids.slice(0, mostNamed).join(', ')}.`
  const message = `${field}: there is no definition ${show(id)}${suggest(id, ids) || '.'} ${known} ${remedy}`.trimEnd()
  return new RotaError('job_unknown', message, { field })
}

export const needsCode = (id: string): RotaError => {
  const message = `unique: the key of ${show(id)} is made by its code, which is not here. Give one in the call.`
  return new RotaError('needs_code', message, { field: 'unique' })
}

/** Makes a schema of JSON Schema (draft 2020-12). */
export type SchemaOf = (json: object) => AnySchema

/** As they are stored. */
export const recordsOf = (manifests: readonly Manifest[]): readonly ManifestRecord[] =>
  manifests.map((manifest) => ({ job: manifest.job, manifest: JSON.stringify(manifest) }))

/** Milliseconds. */
const remoteKept = 10_000

export class Definitions {
  readonly #jobs: ReadonlyMap<string, Job>
  readonly #defaults: Defaults
  readonly #open: () => Promise<Storage>
  /** To make a JSON Schema takes long beside all that an enqueue does, and so does its way back. */
  readonly #local = new WeakMap<Job, Manifest>()
  readonly #standIns = new Map<string, { readonly text: string; readonly schemaOf?: SchemaOf; readonly job: Job }>()

  #remote: ReadonlyMap<string, Job> = new Map()
  #remoteUntil = Number.NEGATIVE_INFINITY

  constructor(jobs: ReadonlyMap<string, Job>, defaults: Defaults, open: () => Promise<Storage>) {
    this.#jobs = jobs
    this.#defaults = defaults
    this.#open = open
  }

  /** Of this process first; null where nobody has told of it. What was published and cannot be read counts as not told. */
  async one(id: string, schemaOf?: SchemaOf): Promise<KnownDefinition | null> {
    const job = this.#jobs.get(id)
    if (job !== undefined) return { job, manifest: this.#manifestOf(job), local: true }
    const [record] = await (await this.#open()).manifests([id])
    if (record === undefined) return null
    const manifest = readManifest(record.manifest)
    return manifest && { job: this.#standIn(manifest, record.manifest, schemaOf), manifest, local: false }
  }

  /** By id. */
  async all(): Promise<Pick<KnownDefinition, 'manifest' | 'local'>[]> {
    const records = await (await this.#open()).manifests(null)
    const published = records.flatMap(({ manifest }) => readManifest(manifest) ?? [])
    const elsewhere = published.filter(({ job }) => !this.#jobs.has(job))
    return [
      ...[...this.#jobs.values()].map((job) => ({ manifest: this.#manifestOf(job), local: true })),
      ...elsewhere.map((manifest) => ({ manifest, local: false })),
    ].sort((a, b) => (a.manifest.job < b.manifest.job ? -1 : 1))
  }

  /** Those that stand for what only workers of the remote protocol run, by id. Read anew after a while. */
  async remote(now: number): Promise<ReadonlyMap<string, Job>> {
    if (now < this.#remoteUntil) return this.#remote
    this.#remoteUntil = now + remoteKept // before the look: what is told during it is seen by the next one
    const records = await this.#published()
    const found = records.flatMap(({ manifest: text }) => {
      const manifest = readManifest(text)
      if (!manifest?.remote || this.#jobs.has(manifest.job)) return []
      return [[manifest.job, this.#standIn(manifest, text)] as const]
    })
    this.#remote = new Map(found)
    return this.#remote
  }

  /** Stores what a remote worker tells of its jobs; this process fires their schedules from now on. */
  async hear(told: readonly ManifestRecord[]): Promise<void> {
    await (await this.#open()).publish(told)
    this.#remoteUntil = Number.NEGATIVE_INFINITY
  }

  /** Of a definition whose code is in this process; null where it is not. */
  own(id: string): Manifest | null {
    const job = this.#jobs.get(id)
    return job === undefined ? null : this.#manifestOf(job)
  }

  /** Tells others of those in this process. */
  async publish(storage: Storage): Promise<void> {
    const manifests = [...this.#jobs.values()].map((job) => this.#manifestOf(job))
    if (manifests.length === 0) return
    await storage.publish(recordsOf(manifests))
  }

  /** What is told of a definition whose code is elsewhere, over the defaults of this cluster. */
  manifestOf(job: Job): Manifest {
    return manifestOf(job, this.#defaults)
  }

  async #published(): Promise<readonly ManifestRecord[]> {
    try {
      return await (await this.#open()).manifests(null)
    } catch (error) {
      this.#remoteUntil = Number.NEGATIVE_INFINITY
      throw error
    }
  }

  #manifestOf(job: Job): Manifest {
    const known = this.#local.get(job)
    if (known !== undefined) return known
    const manifest = manifestOf(job, this.#defaults)
    this.#local.set(job, manifest)
    return manifest
  }

  #standIn(manifest: Manifest, text: string, schemaOf?: SchemaOf): Job {
    const known = this.#standIns.get(manifest.job)
    if (known !== undefined && known.text === text && known.schemaOf === schemaOf) return known.job
    const job = jobOfManifest(manifest, manifest.input === null ? undefined : schemaOf?.(manifest.input))
    this.#standIns.set(manifest.job, { text, job, ...(schemaOf && { schemaOf }) })
    return job
  }
}
