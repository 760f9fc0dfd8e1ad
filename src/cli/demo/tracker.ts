import type { Rota } from '../../index.ts'
import type { Enqueued } from '../../job/enqueue-options.ts'
import { finalStates, type State } from '../../job/states.ts'
import { pause } from '../signals.ts'

const largestLook = 1_000
/** How often the store is asked for jobs whose end nobody reported: other processes may run them. */
const lookEvery = 1_000
const listen = 50

/**
 * Which jobs of one walk are not over yet.
 *
 * A job is waiting from the moment its id is known, and over when this process hears of its end or finds it over in
 * the store. Ids that are over are kept only as text for the summary, 37 bytes each.
 */
export class Tracker {
  found = 0
  over = 0
  failed = 0
  /** Found over when they were enqueued: an earlier run did them. */
  before = 0
  readonly #rota: Rota
  readonly #waiting = new Set<string>()
  readonly #batches: string[] = []
  readonly #unsubscribe: (() => void)[]

  constructor(rota: Rota) {
    this.#rota = rota
    this.#unsubscribe = finalStates.map((state) => rota.on(`job:${state}`, ({ id }) => this.#end(id, state)))
  }

  get waiting(): number {
    return this.#waiting.size
  }

  async add(jobs: readonly Enqueued[]): Promise<void> {
    this.found += jobs.length
    this.#batches.push(jobs.map((job) => job.id).join(' '))
    // All wait before the store is asked, so that an end heard meanwhile is not missed.
    for (const { id } of jobs) this.#waiting.add(id)
    const known = jobs.filter((job) => job.status === 'duplicate').map((job) => job.id)
    this.before += await this.#look(known)
  }

  /** Resolves when at most `most` jobs wait, or `signal` fires. */
  async untilAtMost(most: number, signal: AbortSignal): Promise<void> {
    let next = performance.now() + lookEvery
    while (this.#waiting.size > most && !signal.aborted) {
      await pause(listen, signal)
      if (performance.now() < next) continue
      const asked = first(this.#waiting, largestLook)
      const ended = await this.#look(asked)
      // Those that are not over go to the end of the line, so that each is asked for in its turn.
      for (const id of asked) if (this.#waiting.delete(id)) this.#waiting.add(id)
      // Where another process does the work, most are over: then go on asking.
      next = performance.now() + (ended > asked.length / 2 ? 0 : lookEvery)
    }
  }

  /** The ids of all jobs of the walk, in batches, in the order they were found. */
  *ids(): Generator<string[]> {
    for (const batch of this.#batches) yield batch.split(' ')
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
  }

  /** Gives how many of these are over. One that is not stored any more is over, too. */
  async #look(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0
    const stored = await this.#rota.jobs.getMany(ids)
    const states = new Map(stored.map((job) => [job.id as string, job.state]))
    return ids.filter((id) => this.#end(id, states.get(id) ?? null)).length
  }

  #end(id: string, state: State | null): boolean {
    if (state !== null && !(finalStates as readonly State[]).includes(state)) return false
    if (!this.#waiting.delete(id)) return false
    this.over++
    if (state !== null && state !== 'succeeded') this.failed++
    return true
  }
}

function first(ids: ReadonlySet<string>, most: number): string[] {
  const taken: string[] = []
  for (const id of ids) {
    if (taken.length === most) break
    taken.push(id)
  }
  return taken
}
