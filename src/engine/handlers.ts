/** `rota.handlers`: what can be run. Definitions of the code are shown; those that make requests are stored, changed and removed here. */

import { isDeepStrictEqual } from 'node:util'
import type { Job } from '../job/define.ts'
import { isRotaError, RotaError, show } from '../job/errors.ts'
import * as check from '../job/options.ts'
import { signingNames } from '../kinds/http/kind.ts'
import { keyBytes, newSigningKey } from '../kinds/http/signature.ts'
import type { Kind } from '../kinds/kind.ts'
import type { DefinitionRecord, DefinitionSave, Storage } from '../storage/contract.ts'
import { type Definitions, definitionUnknown, type HandlerView, handlerView } from './definitions.ts'
import { seal, unseal } from './seal.ts'
import type { Secret } from './secret.ts'
import { checkHandler, type DefinitionData, type HandlerOptions, readData } from './stored-definition.ts'
import { placeOf, sealPurpose } from './stored-definitions.ts'

/** What a change did. */
export interface HandlerChanged<Status extends string> {
  /** Of the definition. */
  readonly id: string
  /** What became of it; `unchanged` where it was so already. */
  readonly status: Status
  /** Of the definition now; grows with each change. */
  readonly version: number
}

/** What `put` gives. */
export interface HandlerPut extends HandlerChanged<'created' | 'updated' | 'unchanged'> {
  /** The key by which its requests are signed, where one was made for it: it is not shown again. */
  readonly signingKey: string | null
}

/** What a stored definition was. */
export interface HandlerVersion {
  /** 1 for the first one. */
  readonly version: number
  /** When it became so. */
  readonly at: Date
  /** Name of whoever made it so; null where that is not known. */
  readonly by: string | null
  /** Whether it could be enqueued and started. */
  readonly enabled: boolean
  /** As it was stored, without secrets; null where it was removed. */
  readonly definition: DefinitionData | null
}

/** Guards a change of a definition. */
export interface PutOptions {
  /** Refuse with `changed_meanwhile` unless it is still in this version; null: unless there is none. @default whatever it is */
  readonly ifVersion?: number | null
}

export interface HandlersParts {
  /** For a change of this name, which stands in the audit log. */
  readonly open: (action?: Action) => Promise<Storage>
  readonly definitions: Definitions
  readonly kinds: ReadonlyMap<string, Kind>
  readonly secret: Secret
  /** Who makes definitions here. */
  readonly origin: DefinitionRecord['origin']
  /** One was changed by this process. */
  readonly onChange: (id: string) => void
}

type Action = 'put' | 'enable' | 'disable' | 'delete' | 'rotateKey'

interface Asked {
  readonly action: Action
  readonly ifVersion?: number | null | undefined
}

interface Sealed {
  readonly name: string
  readonly place: string
}

/** What `rotateKey` gives. */
export interface KeyRotated extends HandlerChanged<'updated'> {
  /** The new key. */
  readonly signingKey: string
}

const version = check.integer(1, 2 ** 31)
const versionOrNull: check.Check<number | null> = (value, field) => (value === null ? null : version(value, field))

const signingKey: check.Check<string> = (value, field) => {
  if (typeof value === 'string' && keyBytes(value) !== null) return value
  const message = `${field}: this is no key of Standard Webhooks. It is whsec_ and base64 of 24 to 64 bytes; leave it out to have one made.`
  throw new RotaError('option_invalid', message, { field })
}

/** Null where it was encrypted with another secret. */
function openedOrNull(secret: Uint8Array, place: string, sealed: string): string | null {
  try {
    return unseal(secret, place, sealed)
  } catch {
    return null
  }
}

/** More would make every list long. */
const mostDefinitions = 10_000
/** Changes by others between our look and our write, before we give up. */
const mostTries = 5

/** `rota.handlers`: what can be run. The same words as in the command line. */
export class Handlers {
  readonly #parts: HandlersParts

  /** @internal */
  constructor(parts: HandlersParts) {
    this.#parts = parts
  }

  /** What can be run, by id: definitions of this process, those that workers have told of, and stored ones. */
  async list(): Promise<HandlerView[]> {
    return (await this.#parts.definitions.all()).map(handlerView)
  }

  /** One of them; null where there is none. */
  async get(id: string): Promise<HandlerView | null> {
    const known = await this.#parts.definitions.one(check.name(id, 'id'))
    return known && handlerView(known)
  }

  /**
   * A stored definition, or what stands for one whose code is elsewhere, to be enqueued or scheduled.
   *
   * @throws RotaError `job_unknown`
   * @example await rota.enqueue(await rota.handlers.job('send-welcome'), { name: 'Ada' })
   */
  async job(id: string): Promise<Job> {
    const { definitions } = this.#parts
    const known = await definitions.one(check.name(id, 'id'))
    if (known !== null) return known.job
    throw definitionUnknown(id, await definitions.ids(), { field: 'id' })
  }

  /**
   * Stores a definition, in the place of the one with this id. Secrets that are not mentioned stay.
   *
   * @throws RotaError `option_invalid` and others that name the option; `handler_conflict`, `changed_meanwhile`, `secret_missing`
   * @example
   * const { signingKey } = await rota.handlers.put({
   *   id: 'renew-subscription',
   *   http: {
   *     url: 'https://api.example.com/renew/{{input.customer}}',
   *     secretHeaders: { authorization: `Bearer ${process.env.API_TOKEN}` },
   *   },
   *   retries: 5,
   * })
   */
  async put(options: HandlerOptions, how: PutOptions = {}): Promise<HandlerPut> {
    const { ifVersion } = check.checkOptions('handlers.put', how, { ifVersion: versionOrNull })
    const said = checkHandler(options)
    const kind = this.#parts.kinds.get(said.kind) as Kind
    await this.#checkFree(said.id)
    const makes = await this.#canSeal()
    return this.#change(said.id, { action: 'put', ifVersion }, async (before) => {
      const sealed = before === null ? {} : sealedOf(before)
      const earlier = before && { spec: specOf(before, kind), secrets: Object.keys(sealed) }
      const { spec, secrets, made } = kind.check(said.own, said.kind, earlier, makes)
      const data: DefinitionData = { ...said.data, spec }
      const next = {
        ...{ kind: said.kind, data: JSON.stringify(data), owner: said.owner },
        secrets: await this.#seal(said.id, secrets, sealed),
        enabled: said.enabled ?? before?.enabled ?? true,
        origin: before?.origin ?? this.#parts.origin,
      }
      const status = before === null ? 'created' : isSame(before, next) ? 'unchanged' : 'updated'
      return { next: status === 'unchanged' ? before : next, told: { id: said.id, status, signingKey: made } }
    })
  }

  /** Lets it be enqueued and started again; what waited goes on. @throws RotaError `job_unknown`, `handler_conflict` for one of the code */
  enable(id: string): Promise<HandlerChanged<'enabled' | 'unchanged'>> {
    return this.#switch(id, true, 'enabled')
  }

  /** Nothing of it is enqueued or started any more; what waits stays, what runs goes on. @throws RotaError as `enable` */
  disable(id: string): Promise<HandlerChanged<'disabled' | 'unchanged'>> {
    return this.#switch(id, false, 'disabled')
  }

  /** Removes a stored definition; its jobs stay. @throws RotaError `handler_needed` while schedules start it, else as `enable` */
  async delete(id: string, how: { readonly ifVersion?: number } = {}): Promise<HandlerChanged<'deleted'>> {
    const { ifVersion } = check.checkOptions('handlers.delete', how, { ifVersion: version })
    await this.#checkStored(id)
    const storage = await this.#parts.open()
    const query = { ids: null, jobs: [id], states: null, origin: null, after: null, limit: 4 }
    const { schedules } = await storage.schedules(query)
    if (schedules.length > 0)
      throw needed(
        id,
        schedules.map((one) => one.id),
      )
    return this.#change(id, { action: 'delete', ifVersion }, async () => ({
      next: null,
      told: { id, status: 'deleted' },
    }))
  }

  /**
   * What a stored definition was, newest first; also one that was removed; none of one of the code.
   *
   * @param options.before only versions below this one
   * @param options.limit 1 to 100. @default 20
   * @throws RotaError `job_unknown`
   */
  async versions(
    id: string,
    options: { readonly before?: number; readonly limit?: number } = {},
  ): Promise<HandlerVersion[]> {
    const { before = null, limit = 20 } = check.checkOptions('handlers.versions', options, {
      before: check.integer(1, 2 ** 31),
      limit: check.integer(1, 100),
    })
    const found = await (await this.#parts.open()).definitionVersions(check.name(id, 'id'), before, limit)
    if (found.length === 0 && before === null && (await this.#parts.definitions.one(id)) === null)
      throw await this.#unknown(id)
    return found.map(({ data, at, ...one }) => ({
      ...one,
      at: new Date(at),
      definition: data === null ? null : (JSON.parse(data) as DefinitionData),
    }))
  }

  /**
   * Signs its requests with another key. The one before signs beside it until the next change of keys, so that the target has time to
   * learn the new one; where it was encrypted with a secret that is gone, it goes, too.
   *
   * @param options.key `whsec_` and base64. @default one is made
   * @throws RotaError as `put`
   */
  async rotateKey(id: string, how: { readonly key?: string } = {}): Promise<KeyRotated> {
    const { key } = check.checkOptions('handlers.rotateKey', how, { key: signingKey })
    await this.#checkStored(id)
    const fresh = key ?? newSigningKey()
    const secret = await this.#parts.secret.key(sealPurpose, true)
    const [newest, older] = signingNames.map((name) => ({ name, place: placeOf(id, name) })) as [Sealed, Sealed]
    return this.#change(id, { action: 'rotateKey' }, async (before) => {
      if (before === null) throw await this.#unknown(id)
      const { [newest.name]: old, [older.name]: _, ...rest } = sealedOf(before)
      // What was the newest is opened and sealed again, because it is bound to its place.
      const opened = old === undefined ? null : openedOrNull(secret, newest.place, old)
      const second = opened === null ? {} : { [older.name]: seal(secret, older.place, opened) }
      const secrets = JSON.stringify({ ...rest, [newest.name]: seal(secret, newest.place, fresh), ...second })
      return { next: { ...before, secrets }, told: { id, status: 'updated', signingKey: fresh } }
    })
  }

  async #switch<Status extends string>(
    id: string,
    enabled: boolean,
    status: Status,
  ): Promise<HandlerChanged<Status | 'unchanged'>> {
    await this.#checkStored(id)
    type Told = { readonly id: string; readonly status: Status | 'unchanged' }
    return this.#change<Told>(id, { action: enabled ? 'enable' : 'disable' }, async (before) => {
      if (before === null) throw await this.#unknown(id)
      if (before.enabled === enabled) return { next: before, told: { id, status: 'unchanged' as const } }
      return { next: { ...before, enabled }, told: { id, status } }
    })
  }

  /** Writes what `make` makes of it; what is still what it was is not written. */
  async #change<Told>(
    id: string,
    { action, ifVersion }: Asked,
    make: (before: DefinitionRecord | null) => Promise<{ readonly next: DefinitionSave['next']; readonly told: Told }>,
  ): Promise<Told & { readonly version: number }> {
    const storage = await this.#parts.open(action)
    for (let i = 0; i < mostTries; i++) {
      const [before = null] = await storage.definitions([id])
      const seen = before?.version ?? null
      if (ifVersion !== undefined && ifVersion !== seen) throw changedMeanwhile(id)
      const { next, told } = await make(before)
      if (next !== null && next === before) return { ...told, version: before.version }
      if (before === null && next !== null) await this.#checkRoom()
      if (before === null && next === null) throw await this.#unknown(id)
      const version = await storage.saveDefinition({ id, seen, next: next && fieldsOf(next) })
      if (version !== null) {
        this.#parts.onChange(id)
        return { ...told, version }
      }
    }
    throw changedMeanwhile(id)
  }

  async #canSeal(): Promise<boolean> {
    try {
      await this.#parts.secret.key(sealPurpose, true)
      return true
    } catch (error) {
      if (isRotaError(error, 'secret_missing')) return false
      throw error
    }
  }

  async #seal(
    id: string,
    secrets: Readonly<Record<string, string | true>>,
    sealed: Readonly<Record<string, string>>,
  ): Promise<string | null> {
    const all = Object.entries(secrets)
    if (all.length === 0) return null
    const key = all.some(([, value]) => value !== true) ? await this.#parts.secret.key(sealPurpose, true) : null
    const kept = all.map(([name, value]) => [
      name,
      value === true || key === null ? sealed[name] : seal(key, placeOf(id, name), value),
    ])
    return JSON.stringify(Object.fromEntries(kept))
  }

  async #unknown(id: string): Promise<RotaError> {
    return definitionUnknown(id, await this.#parts.definitions.ids(), { field: 'id' })
  }

  /** Of this id nothing stands in the code of any worker. */
  async #checkFree(id: string): Promise<void> {
    const known = await this.#parts.definitions.one(id)
    if (known !== null && known.stored === null) throw inCode(id)
  }

  async #checkStored(id: string): Promise<void> {
    const [record] = await (await this.#parts.open()).definitions([check.name(id, 'id')])
    if (record !== undefined) return
    if ((await this.#parts.definitions.one(id)) === null) throw await this.#unknown(id)
    throw inCode(id)
  }

  async #checkRoom(): Promise<void> {
    if ((await this.#parts.definitions.countStored()) < mostDefinitions) return
    const message = `handlers.put: there are ${mostDefinitions} stored definitions already. Delete some, or use one with another input.`
    throw new RotaError('option_invalid', message, { field: 'id' })
  }
}

const sealedOf = ({ secrets }: DefinitionRecord): Record<string, string> =>
  secrets === null ? {} : JSON.parse(secrets)

function specOf(record: DefinitionRecord, kind: Kind): unknown {
  const data = readData(record)
  if (data === null)
    throw new RotaError(
      'option_invalid',
      `The definition "${record.id}" was stored by a later version of Rota. Upgrade this process.`,
      { field: 'id' },
    )
  return kind.read(data.spec)
}

const fieldsOf = ({ kind, data, secrets, enabled, owner, origin }: NonNullable<DefinitionSave['next']>) => ({
  ...{ kind, data, secrets, enabled, owner, origin },
})

const isSame = (one: DefinitionRecord, other: NonNullable<DefinitionSave['next']>): boolean =>
  isDeepStrictEqual(
    { ...fieldsOf(one), data: JSON.parse(one.data) },
    { ...fieldsOf(other), data: JSON.parse(other.data) },
  )

const inCode = (id: string) =>
  new RotaError(
    'handler_conflict',
    `id: the definition ${show(id)} stands in the code of a worker. Change it there, or use another id.`,
    { field: 'id' },
  )

const changedMeanwhile = (id: string) =>
  new RotaError(
    'changed_meanwhile',
    `The definition ${show(id)} is not what was seen. Look again and repeat the change.`,
    { field: 'id' },
  )

const needed = (id: string, schedules: readonly string[]) =>
  new RotaError(
    'handler_needed',
    `id: schedules start ${show(id)}: ${schedules.slice(0, 3).join(', ')}${schedules.length > 3 ? ' …' : ''}. Delete them first, or disable the definition.`,
    { field: 'id' },
  )
