/**
 * Has what remote workers tell of their jobs recorded: what is held decides (`job/states.ts`), and what comes together of one worker travels
 * together. A call that comes again gets the answer of the first one, as far as that outcome stands; after the loss of the lease it is refused.
 */
import { Batcher, type Weigh } from '../../engine/batcher.ts'
import { type Counted, Counting } from '../../engine/counting.ts'
import type { Runtime } from '../../engine/runtime.ts'
import type { Cluster } from '../../index.ts'
import { isRotaError, RotaError } from '../../job/errors.ts'
import { defaultDelay } from '../../job/retry.ts'
import { type Change, decide, isFinalChange, type Outcome } from '../../job/states.ts'
import type { Applied, HeldJob, JobRecord, Note, Storage } from '../../storage/contract.ts'
import { standing } from './standing.ts'

/** What a worker tells of the end of a try. */
export interface Told {
  readonly job: string
  readonly fence: number
  readonly outcome: Outcome
  /** Milliseconds until the next try; null for the usual backoff. */
  readonly delay: number | null
  readonly note: Note | null
}

export type Answer = 'recorded' | 'cancelled'

interface Waiting extends Told {
  resolve(answer: Answer): void
  reject(error: unknown): void
}

export class Outcomes {
  readonly #cluster: Cluster
  readonly #storage: Storage
  readonly #runtime: Runtime
  readonly #counting: Counting
  readonly #batchers = new Map<string, Batcher<Waiting>>()
  /** The database's clock less ours; null before the first claim. */
  #offset: number | null = null

  constructor(cluster: Cluster, storage: Storage, runtime: Runtime) {
    this.#cluster = cluster
    this.#storage = storage
    this.#runtime = runtime
    const id = runtime.id()
    const onTrouble = (error: unknown) => cluster.trouble(error, 'writing counts of remote workers')
    this.#counting = new Counting({ storage, runtime, worker: () => id, onTrouble })
  }

  /** The database's clock is here now. */
  hear(now: number): void {
    this.#offset = now - this.#runtime.elapsed()
    this.#counting.hear(now)
  }

  /** @throws RotaError `lease_lost` */
  record(worker: string, told: Told): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#batcherOf(worker).push({ ...told, resolve, reject })
    return promise
  }

  stop(): Promise<void> {
    return this.#counting.stop()
  }

  #batcherOf(worker: string): Batcher<Waiting> {
    const known = this.#batchers.get(worker)
    if (known !== undefined) return known
    const batcher = new Batcher<Waiting>(this.#runtime, weigh, (batch) => this.#send(worker, batch))
    this.#batchers.set(worker, batcher)
    queueMicrotask(() => void batcher.drained().then(() => this.#batchers.delete(worker)))
    return batcher
  }

  /** A job comes once in a batch of the storage; what is told of it again has to see what became of the first. */
  async #send(worker: string, batch: readonly Waiting[]): Promise<void> {
    const first = new Map(batch.toReversed().map((told) => [told.job, told]))
    const again = batch.filter((told) => first.get(told.job) !== told)
    await this.#sendOrApart(worker, [...first.values()])
    if (again.length > 0) await this.#send(worker, again)
  }

  async #sendOrApart(worker: string, batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#write(worker, batch)
    } catch (error) {
      if (batch.length === 1 || isRotaError(error)) for (const told of batch) told.reject(error)
      else for (const told of batch) await this.#sendOrApart(worker, [told]) // one value must not hold up the others
    }
  }

  async #write(worker: string, batch: readonly Waiting[]): Promise<void> {
    const ids = batch.map(({ job }) => job)
    const [held, records] = await Promise.all([this.#storage.held(worker, ids), this.#storage.get(ids)])
    const claims = new Map(held.map((one) => [one.id, one]))
    const mine = batch.filter(({ job, fence }) => claims.get(job)?.fence === fence)
    const changes = mine.map((told) => changeOf(claims.get(told.job) as HeldJob, told, this.#runtime.random))
    const looked = new Map(records.map((one) => [one.id, one]))
    const applied = await this.#apply(worker, changes, mine, looked)
    const refused = new Set(applied.refused)
    const cancelled = new Set(applied.cancelled)
    const isWritten = (told: Waiting) => mine.includes(told) && !refused.has(told.job)
    for (const told of batch)
      if (isWritten(told)) told.resolve(cancelled.has(told.job) ? 'cancelled' : 'recorded')
      else await this.#lookAgain(worker, told)
  }

  async #apply(
    worker: string,
    changes: readonly Change[],
    mine: readonly Waiting[],
    looked: ReadonlyMap<string, JobRecord>,
  ): Promise<Pick<Applied, 'refused' | 'cancelled'>> {
    if (changes.length === 0) return { refused: [], cancelled: [] }
    const { waiting } = await this.#cluster.connection.open()
    for (const change of changes) {
      const record = looked.get(change.id)
      if (!isFinalChange(change) || !change.forget || record === undefined) continue
      const { to: state, output, reason, error } = change
      waiting.announce(change.id, { job: record.job, attempt: record.attempt, state, output, reason, error })
    }
    const notes = mine.flatMap(({ note }) => note ?? [])
    const { refused, cancelled, followed } = await this.#storage.apply(worker, changes, notes).catch((error) => {
      for (const { id } of changes) waiting.unsaid(id)
      throw error
    })
    const { hints } = this.#cluster.connection
    for (const change of changes) {
      if (refused.includes(change.id)) {
        waiting.unsaid(change.id)
        continue
      }
      const isCancelled = cancelled.includes(change.id)
      if (isCancelled || isFinalChange(change)) hints.over(change.id)
      const counted = this.#countedOf(change, looked.get(change.id))
      if (counted !== null) this.#counting.count(counted, isCancelled ? 'cancelled' : change.to)
    }
    for (const { id } of followed.cancelled) hints.over(id)
    if (followed.released > 0 || changes.some((change) => !isFinalChange(change))) hints.due()
    return { refused, cancelled }
  }

  #countedOf(change: Change, record: JobRecord | undefined): Counted | null {
    if (record === undefined) return null
    const claimedAt = record.startedAt
    const isTimed = claimedAt !== null && this.#offset !== null
    const took = isTimed ? Math.max(0, this.#runtime.elapsed() + (this.#offset ?? 0) - claimedAt) : null
    return { job: { ...record, claimedAt: claimedAt ?? record.dueAt }, change, took }
  }

  async #lookAgain(worker: string, told: Waiting): Promise<void> {
    const [record] = await this.#storage.get([told.job])
    const answer = record === undefined ? null : standing(worker, told, record, await this.#storage.attempts(told.job))
    if (answer === null) told.reject(leaseLost(told.job))
    else told.resolve(answer)
  }
}

function changeOf(held: HeldJob, { outcome, delay }: Told, random: () => number): Change {
  return decide(held, outcome, () => delay ?? defaultDelay(held.attempt, random))
}

export const leaseLost = (job: string): RotaError =>
  new RotaError(
    'lease_lost',
    `Job ${job} is not in the hands of this worker under this fence (any more). Nothing was recorded.`,
    { field: 'fence' },
  )

const weigh: Weigh<Told> = {
  jobs: () => 1,
  characters: ({ outcome, note }) => {
    const output = outcome.kind === 'success' ? (outcome.output?.length ?? 0) : 0
    return (note?.logs ?? []).reduce((sum, { message, data }) => sum + message.length + (data?.length ?? 0), output)
  },
}
