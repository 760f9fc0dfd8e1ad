/** Waiting for jobs to be over: one look at the storage for all that wait, sooner where this process hears of an end. */
import { isRotaError, RotaError } from '../job/errors.ts'
import { jobNotFound } from '../job/id.ts'
import { isFinalState } from '../job/states.ts'
import type { JobRecord, Storage } from '../storage/contract.ts'
import type { Runtime, Timer } from './runtime.ts'

/** How a job ended. */
export type End = Pick<JobRecord, 'job' | 'state' | 'attempt' | 'output' | 'error' | 'reason'>

interface Waiter {
  readonly id: string
  readonly resolve: (end: End) => void
  readonly reject: (error: unknown) => void
}

/** What whoever waits for the result of a job hears when it ended without success. */
export function jobFailed(id: string, { job, state, attempt, error, reason }: Omit<End, 'output'>): RotaError {
  const why =
    error?.message ?? reason ?? (state === 'expired' ? 'it was not started in time' : 'no reason was recorded')
  const message = `Job ${id} (${job}) ${state} after ${attempt} attempt(s): ${why}`
  return new RotaError('job_failed', message, { cause: error ?? undefined })
}

export const waitTimeout = (id: string, ms: number): RotaError =>
  new RotaError('wait_timeout', `Job ${id} was not over after ${ms} ms. The job itself goes on.`)

const firstLook = 20
const longestPause = 500

export class Waiting {
  readonly #storage: Storage
  readonly #runtime: Runtime
  readonly #waiters = new Set<Waiter>()
  /** Ends that are about to be recorded here and leave nothing in the storage. */
  readonly #forgotten = new Map<string, End>()
  #timer: Timer | null = null
  #pause = firstLook

  constructor(storage: Storage, runtime: Runtime) {
    this.#storage = storage
    this.#runtime = runtime
  }

  /**
   * @param timeout milliseconds, or null for ever
   * @throws RotaError `wait_timeout`, `aborted` or `job_not_found`
   */
  finished(id: string, timeout: number | null, signal: AbortSignal | null): Promise<End> {
    return new Promise((resolve, reject) => {
      const abort = () =>
        end(() => reject(new RotaError('aborted', `The wait for job ${id} was aborted.`, { cause: signal?.reason })))
      const late = () => end(() => reject(waitTimeout(id, timeout as number)))
      const timer = timeout === null ? null : this.#runtime.after(timeout, late)
      const end = (then: () => void) => {
        timer?.cancel()
        signal?.removeEventListener('abort', abort)
        this.#waiters.delete(waiter)
        then()
      }
      const waiter: Waiter = {
        id,
        resolve: (record) => end(() => resolve(record)),
        reject: (error) => end(() => reject(error)),
      }
      if (signal?.aborted) return abort()
      signal?.addEventListener('abort', abort)
      this.#waiters.add(waiter)
      this.#pause = firstLook
      this.#lookIn(0)
    })
  }

  /** This process is about to record the end of a job of which nothing is kept; it calls `hear` or `unsaid` afterwards. */
  announce(id: string, end: End): void {
    this.#forgotten.set(id, end)
  }

  /** It was not recorded. */
  unsaid(id: string): void {
    this.#forgotten.delete(id)
  }

  /** This process recorded the end of a job. */
  hear(id: string): void {
    const end = this.#forgotten.get(id)
    if (end !== undefined) {
      this.#forgotten.delete(id)
      for (const waiter of [...this.#waiters]) if (waiter.id === id) waiter.resolve(end)
      return
    }
    for (const waiter of this.#waiters) if (waiter.id === id) return this.#lookIn(0)
  }

  /** Ends all waits: those whose job is over with its outcome, the others with the error. */
  async stop(error: RotaError): Promise<void> {
    await this.#look()
    this.#timer?.cancel()
    for (const waiter of [...this.#waiters]) waiter.reject(error)
  }

  #missing(waiter: Waiter): void {
    const end = this.#forgotten.get(waiter.id)
    if (end !== undefined) waiter.resolve(end)
    else waiter.reject(jobNotFound(waiter.id))
  }

  #lookIn(ms: number): void {
    this.#timer?.cancel()
    this.#timer = this.#runtime.after(ms, () => void this.#look())
  }

  async #look(): Promise<void> {
    const asked = [...this.#waiters]
    if (asked.length === 0) return
    try {
      const records = await this.#storage.get([...new Set(asked.map((waiter) => waiter.id))])
      const byId = new Map(records.map((record) => [record.id, record]))
      for (const waiter of asked) {
        const record = byId.get(waiter.id)
        if (record === undefined) this.#missing(waiter)
        else if (isFinalState(record.state)) waiter.resolve(record)
      }
    } catch (error) {
      // The database is away; the wait goes on until its own timeout.
      if (!isRotaError(error, 'storage_unreachable')) for (const waiter of asked) waiter.reject(error)
    }
    if (this.#waiters.size === 0) return
    this.#lookIn(this.#pause)
    this.#pause = Math.min(this.#pause * 1.5, longestPause)
  }
}
