/** The definitions of a cluster: those in the code of this process, and what workers elsewhere have published of theirs. */
import type { Job } from '../job/define.ts'
import { RotaError, show } from '../job/errors.ts'
import { suggest } from '../job/suggest.ts'
import type { ManifestRecord, Storage } from '../storage/contract.ts'
import type { Defaults } from './enqueue.ts'
import { httpRequest } from './http-request.ts'
import { jobOfManifest, type Manifest, manifestOf, readManifest, type SchemaOf } from './manifest.ts'
import { jobOf } from './stored-definition.ts'
import type { StoredDefinition, StoredDefinitions } from './stored-definitions.ts'

/** A definition by which jobs can be stored. */
export interface KnownDefinition {
  /** Of this process, or one that stands for it and cannot run. */
  readonly job: Job
  /** What is published of it. */
  readonly manifest: Manifest
  /** Its code is in this process. */
  readonly local: boolean
  /** It does not stand in code. */
  readonly stored: StoredDefinition | null
}

/** A definition, for lists. */
type Listed = Pick<KnownDefinition, 'manifest' | 'local' | 'stored'>

/** What people see of a definition. */
export interface HandlerView extends Pick<Manifest, 'options' | 'needsCode' | 'input'> {
  /** What jobs and schedules refer to. */
  readonly id: string
  /** How it runs. */
  readonly kind: 'code' | 'http'
  /** Whether its code is in the process that answers. */
  readonly local: boolean
  /** False for a stored one that somebody disabled: nothing of it is enqueued or started. */
  readonly enabled: boolean
  /** For people; null for none, and for definitions of code. */
  readonly description: string | null
  /** Whose it is; null for nobody's. */
  readonly owner: string | null
  /** Where it was made. */
  readonly origin: 'code' | 'api' | 'cli' | 'portal'
  /** Of a stored one, null for code: grows with each change. */
  readonly version: number | null
  /** When it was stored first; null for code. */
  readonly createdAt: Date | null
  /** When it was changed last; null for code. */
  readonly updatedAt: Date | null
  /** The request that its jobs make, of its secrets only the names; null for code. */
  readonly http: Readonly<Record<string, unknown>> | null
}

/** What people see of a definition. */
export function handlerView({ manifest, local, stored }: Listed): HandlerView {
  const { job, options, needsCode, input } = manifest
  const kind = local && job === httpRequest.id ? 'http' : 'code'
  const plain = { id: job, kind, local, options, needsCode, input } as const
  if (stored === null)
    return {
      ...plain,
      ...{ enabled: true, description: null, owner: null, origin: 'code', version: null, http: null },
      ...{ createdAt: null, updatedAt: null },
    }
  const { enabled, owner, origin, version, createdAt, updatedAt } = stored.record
  return {
    ...plain,
    ...{ kind: 'http', enabled, owner, origin, version, input: stored.data.input, http: stored.shown },
    ...{ description: stored.data.description, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) },
  }
}

/** As many as one reads in a message. */
const mostNamed = 20

/** @param ids of all that are known. @param remedy what else whoever reads it may do */
export function definitionUnknown(
  id: string,
  ids: readonly string[],
  { field = 'job', remedy = '' }: { readonly field?: string; readonly remedy?: string } = {},
): RotaError {
  const known = ids.length === 0 ? 'No worker has told of any yet.' : `Known: ${ids.slice(0, mostNamed).join(', ')}.`
  const message = `${field}: there is no definition ${show(id)}${suggest(id, ids) || '.'} ${known} ${remedy}`.trimEnd()
  return new RotaError('job_unknown', message, { field })
}

export const needsCode = (id: string): RotaError => {
  const message = `unique: the key of ${show(id)} is made by its code, which is not here. Give one in the call.`
  return new RotaError('needs_code', message, { field: 'unique' })
}

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
  /** Every Rota has them; one of the code with such an id goes before it. */
  readonly #builtIn: ReadonlyMap<string, Job>
  readonly #stored: StoredDefinitions
  readonly #standIns = new Map<string, { readonly text: string; readonly schemaOf?: SchemaOf; readonly job: Job }>()

  #remote: ReadonlyMap<string, Job> = new Map()
  #remoteUntil = Number.NEGATIVE_INFINITY

  constructor(
    jobs: ReadonlyMap<string, Job>,
    builtIn: readonly Job[],
    stored: StoredDefinitions,
    defaults: Defaults,
    open: () => Promise<Storage>,
  ) {
    this.#jobs = jobs
    this.#builtIn = new Map(builtIn.map((job) => [job.id, job]))
    this.#stored = stored
    this.#defaults = defaults
    this.#open = open
  }

  /** Of this process first, then a stored one; null where nobody has told of it. What was published and cannot be read counts as not told. */
  async one(id: string, schemaOf?: SchemaOf): Promise<KnownDefinition | null> {
    const job = this.#jobs.get(id) ?? this.#builtIn.get(id)
    if (job !== undefined) return { job, ...this.#listed(job) }
    const storage = await this.#open()
    const [stored, [record]] = await Promise.all([this.#stored.current(id), storage.manifests([id])])
    if (stored !== null) {
      const { record: own, data } = stored
      const checked =
        data.input === null || schemaOf === undefined
          ? stored.job
          : jobOf(own.id, data, () => stored.job.disabled === true, stored.job.run, schemaOf)
      return { job: checked, manifest: this.#manifestOf(stored.job), local: false, stored }
    }
    if (record === undefined) return null
    const manifest = readManifest(record.manifest)
    return manifest && { job: this.#standIn(manifest, record.manifest, schemaOf), manifest, local: false, stored: null }
  }

  /** By id. */
  async all(): Promise<Listed[]> {
    const [records] = await Promise.all([this.#open().then((storage) => storage.manifests(null)), this.#stored.look()])
    const published = records.flatMap(({ manifest }) => readManifest(manifest) ?? [])
    const here = [...new Map([...this.#builtIn, ...this.#jobs]).values()]
    const isHere = (id: string) => this.#jobs.has(id) || this.#builtIn.has(id)
    const stored = [...this.#stored.all].flatMap(([id, one]) => (isHere(id) ? [] : one))
    const elsewhere = published.filter(({ job }) => !isHere(job) && !this.#stored.all.has(job))
    return [
      ...here.map((job) => this.#listed(job)),
      ...stored.map((one) => ({ manifest: this.#manifestOf(one.job), local: false, stored: one })),
      ...elsewhere.map((manifest) => ({ manifest, local: false, stored: null })),
    ].sort((a, b) => (a.manifest.job < b.manifest.job ? -1 : 1))
  }

  /** Of all, in order. */
  async ids(): Promise<string[]> {
    return (await this.all()).map(({ manifest }) => manifest.job)
  }

  /** Stored ones, and those that stand for what only workers of the remote protocol run, by id. Read anew after a while. */
  async remote(now: number): Promise<ReadonlyMap<string, Job>> {
    if (now < this.#remoteUntil) return this.#remote
    this.#remoteUntil = now + remoteKept // before the look: what is told during it is seen by the next one
    const records = await this.#published()
    const stored = [...this.#stored.all].flatMap(([id, { job }]) => (this.#jobs.has(id) ? [] : [[id, job] as const]))
    const found = records.flatMap(({ manifest: text }) => {
      const manifest = readManifest(text)
      if (!manifest?.remote || this.#jobs.has(manifest.job)) return []
      return [[manifest.job, this.#standIn(manifest, text)] as const]
    })
    this.#remote = new Map([...this.#builtIn, ...found, ...stored])
    return this.#remote
  }

  /** Stores what a remote worker tells of its jobs; this process fires their schedules from now on. */
  async hear(told: readonly ManifestRecord[]): Promise<void> {
    await (await this.#open()).publish(told)
    this.#remoteUntil = Number.NEGATIVE_INFINITY
  }

  /** How many are stored. */
  async countStored(): Promise<number> {
    await this.#stored.look()
    return this.#stored.all.size
  }

  /** Stored ones are others than before. */
  forgetRemote(): void {
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

  #listed(job: Job): Listed {
    return { manifest: this.#manifestOf(job), local: true, stored: null }
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
