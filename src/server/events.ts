/**
 * What changed, for those who watch. One look a second at the pulse of a cluster, while somebody watches, serves all of them. A client holds no
 * queue: what it has not fetched yet is a set of topics, so a slow one costs nothing.
 *
 * The id of an event is where its reader stands: `<life of this server>-<number>`, and the place in each log that it follows. Whoever comes back
 * with it goes on from there, or hears `reset` where this server cannot know what was missed.
 */
import { randomUUID } from 'node:crypto'
import { withEventMeta } from '@orpc/server'
import { logView } from '../engine/view.ts'
import type { Cluster, JobId, LogView } from '../index.ts'
import { RotaError } from '../job/errors.ts'
import type { LogPosition, Storage } from '../storage/contract.ts'
import { type CallContext, inLanes } from './call.ts'
import { tooMany } from './too-many.ts'

const limits = { clients: 500, clientsOfOne: 20, logs: 10, linesAtOnce: 200 }
/** Milliseconds. */
const every = { look: 1_000, signedIn: 15_000 }

type Topic = keyof Awaited<ReturnType<Storage['pulse']>>

export type ServerEvent =
  | { readonly type: 'changed'; readonly topics: Topic[] }
  | ({ readonly type: 'log'; readonly job: JobId } & LogView)
  | { readonly type: 'reset' }

/** The watch over one cluster. */
class Watch {
  readonly #cluster: Cluster
  /** The number of the look that saw the latest change of each topic. */
  readonly changedAt = new Map<Topic, number>()
  now = 1
  #clients = 0
  #timer: NodeJS.Timeout | null = null
  #known: Readonly<Record<string, string>> | null = null
  readonly #waiting = new Set<() => void>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** Looks for the first time, where nobody watches yet: what changes from here on is told. */
  async begin(): Promise<void> {
    if (this.#known !== null) return
    const { storage } = await this.#cluster.connection.open()
    this.#known = await storage.pulse()
  }

  join(): () => void {
    this.#clients++
    this.#timer ??= setTimeout(() => void this.#look(), 0)
    return () => {
      this.#clients--
    }
  }

  /** Resolves at the next look, or when the signal fires. */
  look(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
    })
  }

  async #look(): Promise<void> {
    try {
      const { storage } = await this.#cluster.connection.open()
      const pulse = await storage.pulse()
      this.now++
      for (const [topic, text] of Object.entries(pulse))
        if (this.#known !== null && this.#known[topic] !== text) this.changedAt.set(topic as Topic, this.now)
      this.#known = pulse
    } catch {
      this.#known = {} // the storage is away; when it is back anything may be another
    }
    for (const done of [...this.#waiting]) done()
    this.#timer = this.#clients > 0 ? setTimeout(() => void this.#look(), every.look) : null
    if (this.#timer === null) this.#known = null
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    for (const done of [...this.#waiting]) done()
  }
}

export class Events {
  /** Where this server began: numbers of another life mean nothing here. */
  readonly #life = randomUUID().slice(0, 8)
  readonly #watches = new Map<Cluster, Watch>()
  readonly #clients = new Map<string, number>()
  #all = 0

  /** @throws RotaError `too_many_requests`, `request_invalid` */
  async stream(
    context: CallContext,
    logs: string | undefined,
    closing: AbortSignal,
  ): Promise<AsyncGenerator<ServerEvent>> {
    const followed = await this.#followed(context, logs)
    this.#enter(context)() // what is refused is refused before the answer has begun
    await this.#watchOf(context.cluster).begin()
    return this.#tell(context, followed, closing)
  }

  async *#tell(
    context: CallContext,
    followed: Map<string, LogPosition | null>,
    closing: AbortSignal,
  ): AsyncGenerator<ServerEvent> {
    const leave = this.#enter(context)
    const watch = this.#watchOf(context.cluster)
    const leaveWatch = watch.join()
    const signal = AbortSignal.any([context.signal, closing])
    try {
      const place = readPlace(context.headers.get('last-event-id'), this.#life)
      for (const [job, at] of place?.logs ?? []) if (followed.has(job)) followed.set(job, at)
      const tell = (event: ServerEvent) => withEventMeta(event, { id: this.#placeOf(seen, followed) })
      let seen = place?.number ?? watch.now
      if (place === null && context.headers.has('last-event-id')) yield tell({ type: 'reset' })
      let checkedAt = performance.now()
      while (!signal.aborted) {
        const topics = [...watch.changedAt].filter(([, at]) => at > seen).map(([topic]) => topic)
        seen = watch.now
        if (topics.length > 0) yield tell({ type: 'changed', topics })
        for (const [job, after] of followed) {
          const { storage } = await context.cluster.connection.open()
          const lines = await storage.logs(job, after, limits.linesAtOnce)
          for (const line of lines) {
            followed.set(job, { fence: line.fence, seq: line.seq })
            yield tell({ type: 'log', job: job as JobId, ...logView(line) })
          }
        }
        await watch.look(signal)
        if (performance.now() - checkedAt > every.signedIn) {
          if (!(await context.isStillIn())) return
          checkedAt = performance.now()
        }
      }
    } finally {
      leaveWatch()
      leave()
    }
  }

  stop(): void {
    for (const watch of this.#watches.values()) watch.stop()
  }

  #watchOf(cluster: Cluster): Watch {
    const watch = this.#watches.get(cluster) ?? new Watch(cluster)
    this.#watches.set(cluster, watch)
    return watch
  }

  #enter({ caller, origin }: CallContext): () => void {
    const who = `${caller?.actor.kind}:${caller?.actor.id}:${caller?.actor.kind === 'local' ? origin.address : ''}`
    const own = this.#clients.get(who) ?? 0
    if (this.#all >= limits.clients || own >= limits.clientsOfOne) {
      const message = `Too many streams are open: at most ${limits.clientsOfOne} for one person or key, ${limits.clients} in all.`
      throw tooMany(message, 5)
    }
    this.#all++
    this.#clients.set(who, own + 1)
    return () => {
      this.#all--
      const left = (this.#clients.get(who) ?? 1) - 1
      if (left > 0) this.#clients.set(who, left)
      else this.#clients.delete(who)
    }
  }

  /** The jobs whose logs are followed, with the place behind which lines are new. `<id>` or `<id>@<place>`. */
  async #followed(context: CallContext, logs: string | undefined): Promise<Map<string, LogPosition | null>> {
    const asked = (logs ?? '').split(',').filter((part) => part !== '')
    if (asked.length > limits.logs)
      throw new RotaError('request_invalid', `logs: at most ${limits.logs} jobs.`, { field: 'logs' })
    const followed = new Map<string, LogPosition | null>()
    for (const part of asked) {
      const [id = '', place] = part.split('@')
      const job = await context.cluster.job(id as JobId)
      if (job === null || !inLanes(context, job.lane))
        throw new RotaError('job_not_found', `logs: there is no job ${id.slice(0, 60)}.`, { field: 'logs' })
      followed.set(job.id, readLogPlace(place))
    }
    return followed
  }

  #placeOf(seen: number, followed: ReadonlyMap<string, LogPosition | null>): string {
    const logs = [...followed].flatMap(([job, at]) => (at === null ? [] : [`${job}@${at.fence}.${at.seq}`]))
    return [`${this.#life}-${seen}`, ...logs].join(',')
  }
}

function readLogPlace(text: string | undefined): LogPosition | null {
  const [, fence, seq] = /^(\d{1,9})\.(\d{1,9})$/.exec(text ?? '') ?? []
  return fence === undefined || seq === undefined ? null : { fence: Number(fence), seq: Number(seq) }
}

interface Place {
  readonly number: number
  readonly logs: readonly (readonly [string, LogPosition])[]
}

function readPlace(header: string | null, life: string): Place | null {
  const [head = '', ...logs] = (header ?? '').split(',')
  const [of, number] = head.split('-')
  if (of !== life || !/^\d{1,15}$/.test(number ?? '')) return null
  const places = logs.flatMap((part) => {
    const [job = '', place] = part.split('@')
    const at = readLogPlace(place)
    return at === null ? [] : [[job, at] as const]
  })
  return { number: Number(number), logs: places }
}
