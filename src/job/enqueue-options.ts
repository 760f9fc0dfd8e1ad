import type { Duration, Instant } from './duration.ts'
import type { JobId } from './id.ts'
import type { MetadataPatch, Retention } from './options.ts'
import type { After, OnParentFail } from './parents.ts'
import type { Priority } from './priority.ts'
import type { OnLapse } from './states.ts'
import type { OnTimeout } from './timeout.ts'
import type { Unique } from './unique.ts'

/** What one call of `enqueue` may say; it counts before the definition and the defaults. */
export interface EnqueueOptions<Input = never> {
  /** Run this long from now, by the clock of the database. Exclusive with `at`. @default at once */
  readonly in?: Duration
  /** Run at this instant; one in the past means at once. Exclusive with `in`. */
  readonly at?: Instant
  /** @default what the definition says, then `defaults` of createRota, then 'medium' */
  readonly priority?: Priority
  /** @default what the definition says, then `defaults` of createRota, then 'default' */
  readonly lane?: string
  /** Tries after the first one that failed, 0 to 1000. @default what the definition says, then `defaults`, then 3 */
  readonly retries?: number
  /** At least 1 ms. @default what the definition says, then `defaults` of createRota, then '5m' */
  readonly timeout?: Duration
  /** Whether a try that is late has failed, or may finish. @default what the definition says, then `defaults`, then 'fail' */
  readonly onTimeout?: OnTimeout
  /** Whether it may be started again when its worker went. @default what the definition says, then `defaults`, then 'retry' */
  readonly onLapse?: OnLapse
  /** Not started any more this long from now: it ends as `expired`. Exclusive with `expiresAt`. @default what the definition says, then never */
  readonly expiresIn?: Duration
  /** Not started any more from this instant on. Exclusive with `expiresIn`. */
  readonly expiresAt?: Instant
  /** Merged key by key over the metadata of the definition and of `defaults`; `null` removes a key. */
  readonly metadata?: MetadataPatch
  /**
   * A second call with the same key and job stores nothing and gives the id of the first, for 30 days, also when that
   * job is long over. With another input it is an `idempotency_conflict`. 1 to 500 characters.
   */
  readonly idempotencyKey?: string
  /**
   * A call whose key belongs to an earlier job stores nothing, or changes that one. Stands for all that the definition
   * says about it; null for none. @default what the definition says, then none
   */
  readonly unique?: Unique<Input> | null
  /**
   * An open transaction on the database of this Rota: the job is stored in it, and is durable when you commit. Of pg, postgres.js,
   * Kysely, Drizzle, Knex, node:sqlite, or better-sqlite3 (`driver` of `sqlite`). @default none: durable when the call resolves
   */
  readonly tx?: object
  /** With `tx` on PostgreSQL: workers hear of the job when it is committed; with false they find it at their next poll. @default true */
  readonly wake?: boolean
  /**
   * Jobs that have to be over first: ids, or what `enqueue` gave. Until then the job is `blocked`. They must be stored in the
   * same cluster. At most 10 000. @default none
   */
  readonly after?: After
  /**
   * What becomes of the job when one of `after` ends without success (failed, cancelled or expired). `'cancel'`: it is
   * cancelled too. `'run'`: it runs all the same. `'wait'`: it waits until that one is retried and succeeds. @default 'cancel'
   */
  readonly onParentFail?: OnParentFail
  /** How long it is kept when it is over; `'none'` keeps nothing of a success. @default what the definition says, then `retention` */
  readonly retention?: Retention
  /** Name of the cluster to store it in. @default the default cluster */
  readonly cluster?: string
  /** Gives up the call: what is not sent yet is not stored. */
  readonly signal?: AbortSignal
}

/** What `enqueue` gives. */
export interface Enqueued<Output = unknown> {
  /** Of the job that is stored, by this call or an earlier one. */
  readonly id: JobId<Output>
  /**
   * `duplicate`: an earlier call with the same key stored it. `replaced`, `rescheduled`: so it was, and it waits with the new
   * input and options, or the new due time.
   */
  readonly status: 'created' | 'duplicate' | 'replaced' | 'rescheduled'
}

/** Input is optional where the schema accepts `undefined`. */
export type EnqueueArguments<Input> = undefined extends Input
  ? [input?: Input, options?: EnqueueOptions<Input>]
  : [input: Input, options?: EnqueueOptions<Input>]
