/** `rota.lanes`: the named pools that jobs wait in, and what people do with them. The same words as in the command line. */
import * as check from '../job/options.ts'
import { cleanText } from '../job/text.ts'
import type { Storage, WorkerRecord } from '../storage/contract.ts'
import type { EditHints } from './edit-hints.ts'
import { sharedLanes } from './own-lane.ts'

/** Beyond this many jobs of a kind it is only said that there are so many or more. */
export const countedUpTo = 1_000

/** A lane that is served, paused or has jobs which are not over. Each number of jobs ends at 1 000: then there may be more. */
export interface LaneView {
  /** As in the options of jobs and workers. */
  readonly name: string
  /** Why and since when nothing of it starts; null when it is not paused. */
  readonly paused: { readonly reason: string; readonly since: Date } | null
  /** Ready jobs. */
  readonly waiting: number
  /** Jobs that wait for their time; of those that are due next in any lane. */
  readonly scheduled: number
  /** Jobs in the hands of workers. */
  readonly running: number
  /** Workers with a lease that serve it. */
  readonly workers: number
  /** How many of its jobs these run at the same time. */
  readonly concurrency: number
  /** When the one that waits longest was due. */
  readonly oldestDueAt: Date | null
}

/** What an edit did. */
export interface LaneEdited<Status extends string> {
  /** The lane. */
  readonly name: string
  /** What was done. */
  readonly status: Status
}

/** `rota.lanes`: looks at lanes, pauses them and lets them go on. */
export class Lanes {
  readonly #open: () => Promise<Storage>
  readonly #hints: EditHints

  /** @internal */
  constructor(open: () => Promise<Storage>, hints: EditHints) {
    this.#open = open
    this.#hints = hints
  }

  /** By name. Costs the same with ten waiting jobs or ten million. */
  async list(): Promise<LaneView[]> {
    const storage = await this.#open()
    const [records, workers] = await Promise.all([storage.lanes(countedUpTo), storage.workers()])
    const known = new Map(records.map((record) => [record.name, record]))
    const names = [...known.keys(), ...workers.flatMap(({ lanes }) => sharedLanes(lanes).map(({ name }) => name))]
    return [...new Set(names)].sort().map((name) => {
      const { paused, oldestDueAt, ...counts } = known.get(name) ?? { ...nothing }
      return {
        name,
        paused: paused && { reason: paused.reason, since: new Date(paused.since) },
        ...counts,
        ...servedBy(workers, name),
        oldestDueAt: oldestDueAt === null ? null : new Date(oldestDueAt),
      }
    })
  }

  /**
   * Nothing of the lane is started any more, by any worker; jobs are still accepted. What runs goes on, and what a worker
   * had fetched ahead is given back within a second. A lane may be paused before it has jobs.
   *
   * @param options.reason shown to whoever asks why a job waits, at most 500 characters. @default 'paused'
   * @throws RotaError `option_invalid`, `option_unknown`
   * @example await rota.lanes.pause('mail', { reason: 'the provider is down' })
   */
  async pause(name: string, options: { readonly reason?: string } = {}): Promise<LaneEdited<'paused'>> {
    const lane = check.name(name, 'lane')
    const { reason } = check.checkOptions('lanes.pause', options, { reason: check.text(500) })
    await (await this.#open()).pauseLane(lane, cleanText(reason ?? check.defaults.pauseReason, 500))
    this.#hints.signalled()
    return { name: lane, status: 'paused' }
  }

  /**
   * Lets a paused lane go on, at once; `unchanged` for one that was not paused.
   *
   * @throws RotaError `option_invalid`
   */
  async resume(name: string): Promise<LaneEdited<'resumed' | 'unchanged'>> {
    const lane = check.name(name, 'lane')
    const changed = await (await this.#open()).pauseLane(lane, null)
    this.#hints.due()
    return { name: lane, status: changed ? 'resumed' : 'unchanged' }
  }
}

const nothing = Object.freeze({ paused: null, waiting: 0, scheduled: 0, running: 0, oldestDueAt: null })

function servedBy(workers: readonly WorkerRecord[], lane: string): { workers: number; concurrency: number } {
  const serving = workers.flatMap(({ lanes }) => lanes.filter(({ name }) => name === lane))
  return { workers: serving.length, concurrency: serving.reduce((sum, { concurrency }) => sum + concurrency, 0) }
}
