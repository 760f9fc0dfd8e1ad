/** From a slot of a schedule to the job that is stored for it. */
import { createHash } from 'node:crypto'
import type { Job } from '../job/define.ts'
import { idAt, timeOfId } from '../job/id.ts'
import { fromJson, toJson } from '../job/payload.ts'
import type { NewJob } from '../storage/contract.ts'
import { type Defaults, storedJob, type Template, template } from './enqueue.ts'
import type { Effective, ScheduleJobOptions } from './schedule-rule.ts'
import type { SlotRun } from './slot-middleware.ts'

/**
 * The same for the same slot, wherever it is made: so that no slot is stored twice.
 *
 * @param worker where it runs on every one; otherwise ''
 */
export function slotId(schedule: string, slot: number, worker: string): string {
  return idAt(slot, createHash('sha256').update(`${schedule}\n${slot}\n${worker}`).digest())
}

/** A run on one worker is not looked for by anybody else: when that one is gone, it must not stay for ever. Milliseconds. */
const waitForOneWorker = 3_600_000

export interface SlotJob {
  readonly id: string
  readonly schedule: string
  /** Milliseconds since 1970; null for now. */
  readonly at: number | null
  /** Null where no slot asked for it. */
  readonly missed: number | null
  /** The lane of one worker; null for any that serves the lane of the job. */
  readonly lane: string | null
  /** Jobs to wait for, however they end. */
  readonly behind: readonly string[]
}

/** Makes jobs for slots; what schedules of one moment share is made once. */
export class SlotJobs {
  readonly #defaults: Defaults
  readonly #payloadLimit: number
  readonly #templates = new Map<string, Template>()

  constructor(defaults: Defaults, payloadLimit: number) {
    this.#defaults = defaults
    this.#payloadLimit = payloadLimit
  }

  /** @throws RotaError where the options of the schedule and of the definition do not go together any more */
  run(job: Job, { options, input = null }: Pick<Effective, 'options' | 'input'>, slot: SlotJob): SlotRun {
    return {
      stored: this.#make(job, options, input, slot),
      options,
      remake: (changed, own) => this.#make(job, own, toJson(changed, 'input', this.#payloadLimit), slot),
    }
  }

  #make(job: Job, options: ScheduleJobOptions, input: string | null, slot: SlotJob): NewJob {
    const own = this.#template(job, options)
    const parents = slot.behind.map((id) => ({ id, onFail: 'run' as const }))
    const expiresIn = own.expiresIn ?? (slot.lane === null ? null : waitForOneWorker)
    // It is not to expire before the delay is over that it has by chance.
    const delay = slot.at === null ? 0 : slot.at - timeOfId(slot.id)
    const changed = {
      ...(slot.lane !== null && { lane: slot.lane }),
      expiresIn: expiresIn === null ? null : expiresIn + delay,
    }
    const run = { at: slot.at, parents, schedule: { id: slot.schedule, missed: slot.missed } }
    return storedJob(own.unique === null ? undefined : fromJson(input), input, { ...own, ...changed, ...run }, slot.id)
  }

  #template(job: Job, options: ScheduleJobOptions): Template {
    const key = `${job.id} ${JSON.stringify(options)}`
    const known = this.#templates.get(key)
    if (known) return known
    const made = template('schedule', job, options, this.#defaults)
    this.#templates.set(key, made)
    return made
  }
}
