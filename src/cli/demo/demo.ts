/**
 * What `rota dev` shows: a job for each file of a directory, and a shop.
 *
 * prepared (what a worker has to know is known) → scheduled → opened → hashing → looking again … → closed.
 * From `scheduled` on somebody may remove it by the server; then nothing of it is started any more.
 */
import type { JobId, Rota, RotaOptions } from '../../index.ts'
import type { DemoDesk } from '../../server/options.ts'
import { type Settings, sqliteFile } from '../config.ts'
import { printLines, say } from '../output.ts'
import { plural } from '../text.ts'
import { hashTree } from './hash-tree.ts'
import { type Looked, lookAgain, type Place } from './look-again.ts'
import { demoJobs } from './options.ts'
import { noPast, noteBack, type Past, pastOf } from './past.ts'
import { DemoRemoval, mainCluster } from './removal.ts'
import { summaryLines } from './summary.ts'

type Shop = typeof import('./shop/index.ts')
type Website = import('./shop/index.ts').Website

export interface Wish {
  /** The directory that was named. */
  readonly root: string | null
  /** Only the files, then it ends. */
  readonly once: boolean
  /** Also where it was removed, or a configuration file says what is to be done. */
  readonly again: boolean
}

interface Parts {
  readonly options: RotaOptions
  readonly ids: readonly string[]
  readonly place: Place | null
  readonly past: Past
  readonly again: boolean
  readonly once: boolean
  readonly shop: Shop | null
  readonly website: Website | null
}

/** Left out of a directory nobody asked for by name. */
const skippedByDefault = ['.git', 'node_modules']

export class Demo {
  readonly #parts: Parts
  readonly #gone = new AbortController()
  #rota: Rota | null = null
  /** Resolves when the present step is over. */
  #step: Promise<unknown> = Promise.resolve()

  /** @param parts of `prepareDemo` */
  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** What createRota is to get. */
  get options(): RotaOptions {
    return this.#parts.options
  }

  /** Whether a job of this id belongs to the demo. */
  has(id: string): boolean {
    return this.#parts.ids.includes(id)
  }

  /** Before the worker starts. */
  schedule(rota: Rota): DemoDesk {
    this.#rota = rota
    this.#parts.shop?.scheduleShop(rota)
    return new DemoRemoval(rota, this.#parts.ids, () => this.#stop())
  }

  /** When the worker has started. */
  async open(): Promise<void> {
    const { past, again, once, shop, website } = this.#parts
    const rota = this.#rota as Rota
    await this.#do(async () => {
      if (past.removed && again) await noteBack((await mainCluster(rota).connection.open()).storage, past)
      else if (past.removed && !once) say('the demo was removed from this store: `rota dev --demo` brings it back')
      if (shop === null) return
      say('running a shop beside it, as an example')
      await shop.openShop(rota, website)
    })
  }

  /** A job for each file; ends early with the signal, or when the demo is removed. */
  async hash(signal: AbortSignal): Promise<void> {
    const { place } = this.#parts
    if (place === null) return
    const { skip, root } = place
    say(`hashing the files of ${root}${skip.length > 0 ? `, without ${skip.join(' and ')}` : ''}`)
    await this.#do(async (gone) => {
      const { summary } = await hashTree(this.#rota as Rota, root, {
        ...place,
        signal: AbortSignal.any([signal, gone]),
      })
      if (summary === null) return
      await printLines(summaryLines(summary))
      say(`the stored jobs: ${summary.failures.size > 0 ? 'npx rota jobs list state:failed' : 'npx rota jobs list'}`)
    })
  }

  /** From half a minute after the first walk on. A look that was missed is not made up for: the next one sees all the same. */
  keepLooking(): void {
    const { place } = this.#parts
    if (place === null || this.#gone.signal.aborted) return
    const rota = this.#rota as Rota
    rota
      .schedule(lookAgain.id, lookAgain)
      .everySeconds(30)
      .withoutOverlapping()
      .misfire('skip')
      .input(place)
      .describedAs('hashes the files that are new or changed')
    rota.on('job:succeeded', ({ id, job }) => {
      if (job === lookAgain.id) tellLook(rota, id).catch(() => {}) // it may have been purged, or the store be away
    })
    say('looking again every 30 s for files that are new or changed: npx rota schedules list')
  }

  /** Before the Rota stops. */
  async close(): Promise<void> {
    const { shop, website } = this.#parts
    if (this.#rota !== null && !this.#gone.signal.aborted) await shop?.closeShop(this.#rota, website).catch(() => {}) // a storage that is away is told of elsewhere
    website?.close()
  }

  async #do(step: (gone: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#gone.signal.aborted) return
    const under = step(this.#gone.signal)
    this.#step = under.catch(() => {})
    await under
  }

  async #stop(): Promise<void> {
    say('removing the demo, for good: `rota dev --demo` brings it back to this store')
    this.#gone.abort()
    await this.#step
    this.#parts.website?.close()
  }
}

export async function prepareDemo({ options, file }: Settings, wish: Wish): Promise<Demo> {
  const { root, once, again } = wish
  const walks = root !== null || file === null || again
  const isOne = options.clusters === undefined && options.storage !== undefined
  const past = walks && isOne ? await pastOf(options.storage as string, options.migrate ?? true) : noPast
  const isGone = past.removed && !again
  const hashes = walks && (!isGone || root !== null || once)
  const own = file === null ? [] : (options.jobs ?? []).map(({ id }) => id)
  const shop = once ? null : await import('./shop/index.ts')
  const ids = [...demoJobs.map(({ id }) => id), ...(shop?.shopIds ?? [])].filter((id) => !own.includes(id))
  const opens = walks && isOne && !isGone && shop?.shopIds.every((id) => ids.includes(id)) === true
  const website = opens && options.http !== false ? await shop.openWebsite() : null
  const parts = { ids, past, again, once, shop: opens ? shop : null, website }
  const place = hashes ? placeOf(root, options, past) : null
  return new Demo({ ...parts, place, options: withDemo(options, file === null, { ...parts, hashes }) })
}

/** What is walked: the store is left out, which changes with each job. */
const placeOf = (root: string | null, { storage }: RotaOptions, { round }: Past): Place => ({
  root: root ?? process.cwd(),
  skip: root === null ? skippedByDefault : [],
  store: sqliteFile(storage),
  ...(round !== '' && { round }),
})

/** Adds the jobs of the demo, and the lanes they run in, to what a configuration file says. */
function withDemo(
  { http, ...options }: RotaOptions,
  isAlone: boolean,
  { hashes, shop, website }: Pick<Parts, 'shop' | 'website'> & { readonly hashes: boolean },
): RotaOptions {
  const given = isAlone ? [] : (options.jobs ?? [])
  const wanted = [...(hashes ? demoJobs : []), ...(shop?.shopJobs ?? [])]
  const own = wanted.filter(({ id }) => !given.some((job) => job.id === id))
  const lane = options.defaults?.lane ?? 'default'
  const lanes = own.length > 0 && { lanes: { [lane]: 10, ...shop?.shopLanes, ...options.lanes } }
  const allow = website === null || http === false ? [] : [website.allow, ...(http?.allow ?? [])]
  const requests = allow.length > 0 ? { ...(http || {}), allow } : http
  return { ...options, jobs: [...given, ...own], ...lanes, ...(requests !== undefined && { http: requests }) }
}

async function tellLook(rota: Rota, id: string): Promise<void> {
  const looked = (await rota.job(id as JobId<Looked>))?.output
  if (looked && looked.changed > 0) say(`found ${plural(looked.changed, 'file')} new or changed, to be hashed`)
}
