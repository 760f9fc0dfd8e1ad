/**
 * Has the outcomes of a worker recorded, in batches.
 *
 * A batch whose write fails because the database is away is written again until it succeeds or the worker is given up:
 * the guard makes the repetition harmless. Where a value is at fault the batch is halved until that outcome stands
 * alone; its job then fails with the reason, so that it does not hold up the others.
 */
import { isRotaError } from '../job/errors.ts'
import { type Change, isFinalChange, leavesRecord } from '../job/states.ts'
import type { ClaimedJob, Followed, JobRecord, Note, Storage } from '../storage/contract.ts'
import { Batcher, type Weigh } from './batcher.ts'
import type { Emitter } from './events.ts'
import { pause, type Runtime } from './runtime.ts'
import { storedError } from './stored-error.ts'

const firstPause = 50
const longestPause = 2_000

export interface Settled {
  readonly job: ClaimedJob
  readonly change: Change
  /** What the handler told and is not written yet. */
  readonly note: Note | null
  /** Milliseconds that the try took; null where it never started. */
  readonly took: number | null
}

/** What became of an outcome: written, refused by its guard, or written as the cancel that was asked for meanwhile. */
export type Fate = 'written' | 'refused' | 'cancelled'

export class Settler {
  readonly #storage: Storage
  readonly #worker: string
  readonly #runtime: Runtime
  readonly #events: Emitter
  readonly #onSettled: (settled: Settled, fate: Fate) => void
  readonly #onFollowed: (followed: Followed) => void
  readonly #batcher: Batcher<Settled>
  #givenUp = false

  constructor(
    storage: Storage,
    worker: string,
    runtime: Runtime,
    events: Emitter,
    onSettled: (settled: Settled, fate: Fate) => void,
    onFollowed: (followed: Followed) => void,
  ) {
    this.#storage = storage
    this.#worker = worker
    this.#runtime = runtime
    this.#events = events
    this.#onSettled = onSettled
    this.#onFollowed = onFollowed
    this.#batcher = new Batcher(runtime, weigh, (batch) => this.#write(batch, false))
  }

  push(settled: Settled): void {
    this.#batcher.push(settled)
  }

  /** Resolves when all that was pushed is written, or given up. */
  drained(): Promise<void> {
    return this.#batcher.drained()
  }

  /** The lease is lost, or time is over: nothing of this worker will be recorded any more. */
  giveUp(): void {
    this.#givenUp = true
  }

  /** @param again an earlier try ended without an answer, so its changes may stand already */
  async #write(batch: readonly Settled[], again: boolean): Promise<void> {
    let lostAnswer = again
    for (let wait = firstPause; !this.#givenUp; wait = Math.min(wait * 2, longestPause)) {
      try {
        const changes = batch.map((settled) => settled.change)
        const notes = batch.flatMap(({ note }) => note ?? [])
        const { refused, cancelled, followed } = await this.#storage.apply(this.#worker, changes, notes)
        const fates = new Map<string, Fate>(cancelled.map((id) => [id, 'cancelled']))
        for (const id of refused) fates.set(id, 'refused')
        if (lostAnswer) await this.#lookAgain(batch, refused, fates)
        for (const settled of batch) this.#onSettled(settled, fates.get(settled.job.id) ?? 'written')
        this.#onFollowed(followed)
        return
      } catch (error) {
        this.#events.emit('worker:trouble', { error, during: 'recording outcomes' })
        if (!isRotaError(error)) return this.#writeApart(batch, error, lostAnswer)
        lostAnswer = true
        await pause(this.#runtime, wait)
      }
    }
    for (const settled of batch) this.#onSettled(settled, 'refused')
  }

  /** One value of the batch cannot be stored. */
  async #writeApart(batch: readonly Settled[], error: unknown, again: boolean): Promise<void> {
    const [only] = batch
    if (batch.length > 1) {
      const half = batch.length >> 1
      await this.#write(batch.slice(0, half), again)
      await this.#write(batch.slice(half), again)
    } else if (only?.note) {
      await this.#write([{ ...only, note: null }], again) // the outcome matters more than what was told
    } else if (only !== undefined && only.change.reason !== 'outcome_not_storable') {
      const { id, fence } = only.change
      const reason = 'outcome_not_storable'
      const change: Change = { to: 'failed', id, fence, reason, output: null, error: storedError(error) }
      await this.#write([{ ...only, change, note: null }], again)
    } else if (only !== undefined) {
      // Not even that: the row is ours as long as the lease is, so there is nothing to do but to try again.
      await pause(this.#runtime, longestPause)
      await this.#write(batch, again)
    }
  }

  /** After a lost answer, what is refused may be what an earlier try has written already. */
  async #lookAgain(batch: readonly Settled[], refused: readonly string[], fates: Map<string, Fate>): Promise<void> {
    const changes = new Map(batch.map(({ change }) => [change.id, change]))
    const records = await this.#storage.get(refused)
    const found = new Set(records.map(({ id }) => id))
    // Where nothing is kept, nothing is left to be seen: but the job has succeeded, or it would still be there.
    for (const id of refused) if (!found.has(id) && isForgotten(changes.get(id))) fates.set(id, 'written')
    for (const record of records) {
      const change = changes.get(record.id)
      if (change === undefined || !(await this.#standsAlready(change, record))) continue
      const instead = !isFinalChange(change) && record.fence === change.fence && record.state === 'cancelled'
      fates.set(record.id, instead ? 'cancelled' : 'written')
    }
  }

  async #standsAlready(change: Change, record: JobRecord): Promise<boolean> {
    if (isFinalChange(change)) {
      // Whoever found our lease expired may have ended it otherwise, under the same fence.
      const isOurs = record.fence === change.fence && record.worker === this.#worker
      return isOurs && record.state === change.to && record.reason === change.reason
    }
    if (record.fence === change.fence) return record.worker === null
    if (!leavesRecord(change)) return true // given back, and in other hands since then
    const attempts = await this.#storage.attempts(change.id)
    return attempts.some(
      (one) => one.fence === change.fence && one.worker === this.#worker && one.reason === change.reason,
    )
  }
}

const isForgotten = (change: Change | undefined): boolean =>
  change !== undefined && isFinalChange(change) && change.forget === true

const weigh: Weigh<Settled> = {
  jobs: () => 1,
  characters: ({ change, note }) =>
    (isFinalChange(change) ? (change.output?.length ?? 0) : 0) + (note === null ? 0 : charactersOf(note)),
}

const charactersOf = ({ logs }: Note): number =>
  logs.reduce((sum, { message, data }) => sum + message.length + (data?.length ?? 0) + 50, 0)
