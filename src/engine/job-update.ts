/** What a person may change of a job that waits: checked as it is by `enqueue`. */
import { type Job, validate } from '../job/define.ts'
import { type Duration, type Instant, parseInstant } from '../job/duration.ts'
import type { JobUpdate } from '../job/edits.ts'
import { RotaError } from '../job/errors.ts'
import { updateHints } from '../job/option-hints.ts'
import * as check from '../job/options.ts'
import { toJson } from '../job/payload.ts'
import { type Priority, priorityRank } from '../job/priority.ts'

/** What to change of a waiting job; at least one of these. What is absent stays as it is. */
export interface JobChanges {
  /** Due this long from now, by the clock of the database. Exclusive with `at`. */
  readonly in?: Duration
  /** Due at this instant; one in the past means at once. Exclusive with `in`. */
  readonly at?: Instant
  /** The lane to run in. */
  readonly lane?: string
  /** Higher ones go first inside a lane. */
  readonly priority?: Priority
  /** Tries after the first one, 0 to 1000; those it has used count. */
  readonly retries?: number
  /** Of one try, at least 1 ms. */
  readonly timeout?: Duration
  /** Not started any more from this instant on; null for never. */
  readonly expiresAt?: Instant | null
  /** In the place of the whole input, checked by the schema where this process has the definition. */
  readonly input?: unknown
  /** In the place of all the metadata it has; at most 8 KiB as JSON. */
  readonly metadata?: check.Metadata
}

/** When to change it. */
export interface UpdateOptions {
  /** Only if the job is still what somebody has looked at: its ETag in the REST API. @default whatever it is by now */
  readonly ifMatch?: string
}

const given: check.Check<unknown> = (value) => value

const changeChecks = {
  in: check.duration(),
  at: parseInstant,
  lane: check.name,
  priority: check.priority,
  retries: check.retries,
  timeout: check.timeout,
  expiresAt: (value: unknown, field: string) => (value === null ? null : parseInstant(value, field)),
  input: given,
  metadata: check.metadata,
}

const where = 'jobs.update'

/**
 * What is to be stored of it.
 *
 * @param payloadLimit bytes of the input
 * @throws RotaError `option_invalid`, `option_unknown`, `duration_invalid`, `instant_invalid`, `payload_not_json`, `payload_too_large`
 */
export function jobUpdate(changes: JobChanges, payloadLimit: number): JobUpdate {
  const {
    in: delay,
    priority,
    retries,
    input,
    metadata,
    ...same
  } = check.checkOptions(where, changes, changeChecks, updateHints)
  const { at, expiresAt } = same
  if (at !== undefined && delay !== undefined) throw invalid('at', 'give either "in" or "at", not both.')
  if (at !== undefined && typeof expiresAt === 'number' && at >= expiresAt)
    throw invalid('at', '"at" is not before "expiresAt", so the job would expire before it may start.')
  const set: JobUpdate = {
    ...same,
    ...(delay !== undefined && { delay }),
    ...(priority !== undefined && { priority: priorityRank(priority) }),
    ...(retries !== undefined && { maxAttempts: retries + 1 }),
    ...(input !== undefined && { input: toJson(input, 'input', payloadLimit) }),
    ...(metadata !== undefined && { metadata: metadataOf(metadata) }),
  }
  if (Object.keys(set).length > 0) return set
  throw invalid(where, `name what to change: ${Object.keys(changeChecks).join(', ')}.`)
}

function metadataOf(patch: check.MetadataPatch): check.Metadata | null {
  const metadata = check.mergeMetadata(patch)
  toJson(metadata ?? undefined, 'metadata', check.defaults.metadataLimit, '')
  return metadata
}

const invalid = (field: string, message: string): RotaError =>
  new RotaError('option_invalid', `${where}: ${message}`, { field })

/** The id of a seen state, where one was given. */
export function ifMatchOf(options: UpdateOptions): string | null {
  return check.checkOptions(where, options, { ifMatch: check.text(200) }).ifMatch ?? null
}

/** @throws RotaError `input_invalid`; a definition that this process has not cannot tell */
export async function checkInput(job: Job | undefined, { input }: JobChanges): Promise<void> {
  if (job !== undefined && input !== undefined) await validate(job, input)
}
