/** Storing what `enqueue` was asked for: calls that come together travel together, and a lost answer is asked for again. */
import { isRotaError } from '../job/errors.ts'
import type { InsertResult, NewJob, Storage } from '../storage/contract.ts'
import { abortedCall, type Call } from './abort.ts'
import { Batcher, firstThatFit, largestBatch, type Weigh } from './batcher.ts'
import { pause, type Runtime } from './runtime.ts'

interface Group {
  readonly jobs: readonly NewJob[]
  readonly call: Call | null
  readonly resolve: (results: readonly InsertResult[]) => void
  readonly reject: (error: unknown) => void
}

const weighJob: Weigh<NewJob> = { jobs: () => 1, characters: (job) => job.input?.length ?? 0 }

const weighGroup: Weigh<Group> = {
  jobs: ({ jobs }) => jobs.length,
  characters: ({ jobs }) => jobs.reduce((sum, job) => sum + weighJob.characters(job), 0),
}

/** Cuts many jobs into batches that one insert can take. */
export function* batchesOf(jobs: readonly NewJob[]): Generator<readonly NewJob[]> {
  for (let from = 0; from < jobs.length; ) {
    const next = jobs.slice(from, from + largestBatch.jobs)
    const fit = firstThatFit(next, weighJob)
    yield next.slice(0, fit)
    from += fit
  }
}

/** Milliseconds between the tries of a batch whose answer was lost. */
const pauses = [50, 200, 1_000, 3_000]

/** Stores what `enqueue` was asked for. Calls that come together travel together. */
export class Inserter {
  readonly #storage: Storage
  readonly #runtime: Runtime
  /** Two ways: a key that somebody holds in a transaction of his own must not hold up jobs that have none. */
  readonly #plain: Batcher<Group>
  readonly #keyed: Batcher<Group>

  constructor(storage: Storage, runtime: Runtime) {
    this.#storage = storage
    this.#runtime = runtime
    const send = (groups: readonly Group[]) => this.#send(groups.filter(isWanted), false)
    this.#plain = new Batcher(runtime, weighGroup, send)
    this.#keyed = new Batcher(runtime, weighGroup, send)
  }

  /** Stored all or none; at most what `batchesOf` puts into one batch. */
  insert(jobs: readonly NewJob[], call: Call | null = null): Promise<readonly InsertResult[]> {
    const way = jobs.some(({ unique, idempotency }) => unique !== null || idempotency !== null)
      ? this.#keyed
      : this.#plain
    return new Promise((resolve, reject) => way.push({ jobs, call, resolve, reject }))
  }

  async drained(): Promise<void> {
    await Promise.all([this.#plain.drained(), this.#keyed.drained()])
  }

  /**
   * When the answer is lost the same ids are sent again, so a commit that did happen is not doubled. One bad value harms
   * nobody else: a batch that fails for another reason is halved until the group at fault stands alone.
   *
   * @param retry an earlier try ended without an answer
   */
  async #send(groups: readonly Group[], retry: boolean): Promise<void> {
    if (groups.length === 0) return
    let lostAnswer = retry
    for (const wait of [...pauses, null]) {
      try {
        const results = await this.#storage.insert(
          groups.flatMap((group) => group.jobs),
          { retry: lostAnswer },
        )
        let from = 0
        for (const group of groups) {
          group.resolve(results.slice(from, from + group.jobs.length))
          from += group.jobs.length
        }
        return
      } catch (error) {
        if (isRotaError(error, 'storage_unreachable') && wait !== null) {
          lostAnswer = true
          await pause(this.#runtime, wait)
        } else return this.#sendApart(groups, error, lostAnswer)
      }
    }
  }

  async #sendApart(groups: readonly Group[], error: unknown, retry: boolean): Promise<void> {
    if (groups.length === 1 || isRotaError(error)) {
      for (const group of groups) group.reject(error)
      return
    }
    const half = groups.length >> 1
    await this.#send(groups.slice(0, half), retry)
    await this.#send(groups.slice(half), retry)
  }
}

/** Drops what its caller has given up before it was sent. */
function isWanted({ call, reject }: Group): boolean {
  if (call === null) return true
  if (!call.signal.aborted) call.sent = true
  else reject(abortedCall(call))
  return !call.signal.aborted
}
