import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Duration } from './duration.ts'
import { parseDuration } from './duration.ts'
import type { EnqueueArguments, Enqueued } from './enqueue-options.ts'
import type { JobId } from './id.ts'
import type { JobLog } from './log.ts'
import type { Metadata } from './options.ts'
import type { Priority } from './priority.ts'
import type { Services } from './services.ts'
import type { Outcome, State, StoredError } from './states.ts'
import { cleanText } from './text.ts'

/** What tells the types of a definition; a `Job` fits. */
export interface Definition<Input, Output> {
  /** What stored jobs refer to. */
  readonly id: string
  /** The schema of the input, where there is one. */
  readonly input: StandardSchemaV1<Input, unknown> | undefined
  /** The handler. */
  run(input: never, ctx: never): Output | Promise<Output>
}

/** A job that the present one waited for. */
export interface ParentView<Output = unknown> {
  /** As `enqueue` gave it. */
  readonly id: JobId<Output>
  /** Id of the definition. */
  readonly job: string
  /** How it ended, or where it is. */
  readonly state: State
  /** Its result, if it succeeded. */
  readonly output: Output | undefined
  /** What its last try threw. */
  readonly error: StoredError | null
}

/** What a handler gets beside its input. */
export interface JobContext {
  /** Id of the job, the same for every try. */
  readonly id: JobId
  /** Id of the definition. */
  readonly job: string
  /** 1 for the first try. */
  readonly attempt: number
  /** Tries in all: the first one and its retries. */
  readonly maxAttempts: number
  /** When the job was due: the slot of its schedule, otherwise the time given at enqueue, or the end of the backoff. */
  readonly scheduledFor: Date
  /** Milliseconds between `scheduledFor` and the moment the job was handed to this worker. */
  readonly lateBy: number
  /** Earlier slots of its schedule that were missed and have no run of their own: this one stands for them. 0 as a rule. */
  readonly missedCount: number
  /** The schedule it is a run of, or null. `slot` is null where a person asked for the run. */
  readonly schedule: { readonly id: string; readonly slot: Date | null } | null
  /** When the job was stored, by the clock of the database. */
  readonly enqueuedAt: Date
  /** When this try was handed to its worker, by the clock of the database. */
  readonly startedAt: Date
  /** The lane it runs in. */
  readonly lane: string
  /** The priority it was stored with. */
  readonly priority: Priority
  /** That of the definition and of the call, merged. */
  readonly metadata: Metadata
  /** Fires when the job times out or is cancelled, when its worker stops, or its lease is lost. Pass it on: `fetch(url, { signal })`. */
  readonly signal: AbortSignal
  /** Grows with every start of this job and never falls: give it to stores that can refuse older writers. */
  readonly fence: number
  /** The same for every try of this job: give it to APIs that drop repeated calls. */
  readonly idempotencyKey: string
  /** `ctx.log.info('half way', { page: 3 })`: kept with the job, and written every half second. */
  readonly log: JobLog
  /** What createRota was given as `services`. What Rota makes of it is made when a handler first reads it here. */
  readonly services: Services
  /**
   * How far the job is, from 0 to 100. Resolves at once: it is written every half second, the last value counts.
   *
   * @throws RotaError `option_invalid`
   */
  progress(percent: number, message?: string): Promise<void>
  /**
   * The output of a job that this one waited for: `await ctx.parent(charge)` by its definition, or by its id where there are
   * several of the kind.
   *
   * @throws RotaError `parent_not_found` where it waited for no such job, `parent_failed` when that did not succeed
   */
  parent<Output>(job: Definition<unknown, Output> | JobId<Output>): Promise<Output>
  /** All jobs that this one waited for, or those of one definition, however they ended; in the order of their ids. */
  parents<Output = unknown>(job?: Definition<unknown, Output>): Promise<ParentView<Output>[]>
  /**
   * Stores another job in the same cluster, and in the same flow if this job belongs to one. Not undone when this try
   * fails: give it an `idempotencyKey` made from `ctx.idempotencyKey`, or the next try stores it again.
   *
   * @throws RotaError as `rota.enqueue`, or `lease_lost` when this try is over already
   */
  enqueue<Input, Output>(job: Definition<Input, Output>, ...args: EnqueueArguments<Input>): Promise<Enqueued<Output>>
  /** Id of the flow it belongs to, or null. */
  readonly flow: string | null
  /** `return ctx.snooze('5m')`: run again later; uses no attempt. */
  snooze(delay: Duration): Verdict
  /** `return ctx.discard('why')`: ends as cancelled, never tried again. */
  discard(reason: string): Verdict
}

/** What a handler returns instead of a result to say what shall become of the job. */
export class Verdict {
  /** @internal */
  readonly outcome: Outcome

  constructor(outcome: Verdict['outcome']) {
    this.outcome = outcome
  }

  static snooze(delay: Duration): Verdict {
    return new Verdict({ kind: 'snooze', delay: parseDuration(delay, 'snooze') })
  }

  static discard(reason: string): Verdict {
    return new Verdict({ kind: 'discard', reason: cleanText(reason, 500) })
  }
}
