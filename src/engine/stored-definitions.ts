/**
 * The definitions that people have stored, as this process sees them. A mark tells when one has changed; a try reads its own anew, so that none
 * starts by what it was a moment ago.
 */
import { type JobContext, Verdict } from '../job/context.ts'
import { defineJob, type Job } from '../job/define.ts'
import { isRotaError } from '../job/errors.ts'
import type { Kind, Secrets } from '../kinds/kind.ts'
import type { DefinitionRecord, Storage } from '../storage/contract.ts'
import { unseal } from './seal.ts'
import type { Secret } from './secret.ts'
import { type DefinitionData, jobOf, readData } from './stored-definition.ts'

export interface StoredDefinition {
  readonly record: DefinitionRecord
  readonly data: DefinitionData
  /** The kind's own part of it. */
  readonly spec: unknown
  /** What people see of that, and of its secrets the names. */
  readonly shown: Readonly<Record<string, unknown>>
  readonly job: Job
}

export interface StoredDefinitionsOptions {
  readonly open: () => Promise<Storage>
  readonly kinds: ReadonlyMap<string, Kind>
  readonly secret: Secret
  /** Called when other definitions can be run than before. */
  readonly onChange: () => void
  readonly onTrouble: (error: unknown, during: string) => void
}

/** For what a secret is encrypted. */
export const sealPurpose = 'seal'
export const placeOf = (id: string, name: string): string => `definition "${id}", ${name}`

export class StoredDefinitions {
  readonly #options: StoredDefinitionsOptions
  /** 0 where nothing was ever stored. */
  #mark = 0
  #all: ReadonlyMap<string, StoredDefinition> = new Map()
  #enabled: ReadonlyMap<string, Job> = new Map()
  #looking: Promise<void> | null = null
  #again = false
  #asked: { readonly ids: Set<string>; readonly found: Promise<ReadonlyMap<string, StoredDefinition>> } | null = null

  constructor(options: StoredDefinitionsOptions) {
    this.#options = options
  }

  /** By id, as they were at the last look. */
  get all(): ReadonlyMap<string, StoredDefinition> {
    return this.#all
  }

  /** Those that may be started. */
  get enabled(): ReadonlyMap<string, Job> {
    return this.#enabled
  }

  /** What a worker runs for this id. */
  jobFor(id: string): Job {
    return this.#all.get(id)?.job ?? defineJob({ id, run: (input, context) => this.#run(id, input, context) })
  }

  /** Reads those that are there now, where one has changed since the last look. @param only the one that this process has changed */
  look(only: string | null = null): Promise<void> {
    if (this.#looking !== null) {
      this.#again = true
      return this.#looking
    }
    this.#again = false
    this.#looking = this.#look(only)
      .catch((error) => {
        if (!isRotaError(error, 'closed') && !isRotaError(error, 'storage_closed'))
          this.#options.onTrouble(error, 'reading stored definitions')
      })
      .finally(() => {
        this.#looking = null
      })
      .then(() => (this.#again ? this.look() : undefined))
    return this.#looking
  }

  /** One as it is now. Those that are asked for in one turn are read together. */
  async current(id: string): Promise<StoredDefinition | null> {
    if (this.#asked === null) {
      const ids = new Set<string>()
      const found = Promise.resolve().then(() => {
        this.#asked = null
        return this.#read([...ids])
      })
      this.#asked = { ids, found }
    }
    const { ids, found } = this.#asked
    ids.add(id)
    return (await found).get(id) ?? null
  }

  /** Of a record: null where this version cannot read it. */
  read(record: DefinitionRecord): StoredDefinition | null {
    const known = this.#all.get(record.id)
    if (known?.record.version === record.version) return known
    const data = readData(record)
    const kind = this.#options.kinds.get(record.kind)
    if (data === null || kind === undefined) return null
    try {
      const spec = kind.read(data.spec)
      // The newer one counts: a look may still be on its way.
      const isDisabled = () => {
        const seen = this.#all.get(record.id)?.record
        return !(seen !== undefined && seen.version > record.version ? seen : record).enabled
      }
      const job = jobOf(record.id, data, isDisabled, (input, context) => this.#run(record.id, input, context))
      const shown = kind.shown(spec, Object.keys(JSON.parse(record.secrets ?? '{}')))
      return { record, data, spec, shown, job }
    } catch (error) {
      if (known?.record.version !== record.version)
        this.#options.onTrouble(error, `reading the definition "${record.id}"`)
      return null
    }
  }

  async #look(only: string | null): Promise<void> {
    const storage = await this.#options.open()
    const mark = await storage.definitionsMark()
    if (mark === this.#mark) return
    // Where nothing else has changed meanwhile, one of thousands need not cost all of them.
    if (only !== null && mark === this.#mark + 1) {
      const rest = [...this.#all].filter(([id]) => id !== only)
      this.#all = new Map([...rest, ...(await this.#read([only]))])
    } else this.#all = await this.#read(null)
    this.#mark = mark // what changed since it was read is seen by the next look
    this.#enabled = new Map(
      [...this.#all].flatMap(([id, { record, job }]) => (record.enabled ? [[id, job] as const] : [])),
    )
    this.#options.onChange()
  }

  async #read(ids: readonly string[] | null): Promise<ReadonlyMap<string, StoredDefinition>> {
    const records = await (await this.#options.open()).definitions(ids)
    return new Map(records.flatMap((record) => this.read(record) ?? []).map((one) => [one.record.id, one]))
  }

  /** Disabled or removed a moment ago: it waits as all of its kind do, and no try is used up. */
  async #run(id: string, input: unknown, context: JobContext): Promise<unknown> {
    const current = await this.current(id)
    if (current === null || !current.record.enabled) {
      this.#leave(id)
      return new Verdict({ kind: 'release', started: false })
    }
    const { record, spec } = current
    const kind = this.#options.kinds.get(record.kind) as Kind
    return kind.run({ spec, secrets: await this.#opened(record) }, input, context)
  }

  /** Not claimed any more, also where the next look fails. */
  #leave(id: string): void {
    this.#enabled = new Map([...this.#enabled].filter(([other]) => other !== id))
    this.#mark = -1
    this.#options.onChange()
    void this.look()
  }

  async #opened({ id, secrets }: DefinitionRecord): Promise<Secrets> {
    if (secrets === null) return {}
    const key = await this.#options.secret.key(sealPurpose, false)
    const sealed = Object.entries(JSON.parse(secrets) as Record<string, string>)
    return Object.fromEntries(sealed.map(([name, text]) => [name, unseal(key, placeOf(id, name), text)]))
  }
}
