/** What a remote worker tells of a job, as the storage and `decide` have it. */
import { jsonOf } from '../../engine/notes.ts'
import { parseDuration } from '../../job/duration.ts'
import { isRotaError, RotaError } from '../../job/errors.ts'
import type { LogLevel } from '../../job/log.ts'
import { toJson } from '../../job/payload.ts'
import { type Outcome, type StoredError, snoozeReasons } from '../../job/states.ts'
import { cleanText } from '../../job/text.ts'
import type { Note } from '../../storage/contract.ts'

interface LineTold {
  readonly seq: number
  readonly ago?: number | undefined
  readonly level: LogLevel
  readonly message: string
  readonly data?: unknown
}

interface ProgressTold {
  readonly percent: number
  readonly message?: string | null | undefined
}

export interface EndTold {
  readonly id: string
  readonly job: string
  readonly fence: number
  readonly logs?: readonly LineTold[] | undefined
  readonly progress?: ProgressTold | undefined
}

export function noteOf({ job, fence, logs = [], progress }: EndTold): Note | null {
  if (logs.length === 0 && progress === undefined) return null
  return { id: job, fence, progress: progress === undefined ? null : progressOf(progress), logs: logs.map(lineOf) }
}

export const lineOf = ({ seq, ago = 0, level, message, data }: LineTold) => ({
  seq,
  ago: Math.round(ago),
  level,
  message: cleanText(message, 8_000),
  data: data === undefined ? null : jsonOf(data),
})

export const progressOf = ({ percent, message }: ProgressTold) => ({
  percent,
  message: message == null ? null : cleanText(message, 8_000),
})

const reasonOf = (text: string): string => cleanText(text, 500)

interface CompleteTold {
  readonly output?: unknown
  readonly late?: boolean | undefined
  readonly discard?: string | undefined
}

/**
 * What cannot be stored has failed, as where the worker is one of ours; what is only too large the worker may make smaller.
 *
 * @throws RotaError `payload_too_large`
 */
export function completed({ output, late, discard }: CompleteTold, limit: number): Outcome {
  if (discard !== undefined) return { kind: 'discard', reason: reasonOf(discard) }
  try {
    const json = toJson(output, 'output', limit)
    return late ? { kind: 'success', output: json, reason: 'timed_out' } : { kind: 'success', output: json }
  } catch (error) {
    if (!isRotaError(error, 'payload_not_json')) throw error
    const reason = 'result_not_storable'
    const message = `The handler ended, but its result cannot be stored. ${error.message}`
    return { kind: 'failure', error: { name: 'RotaError', code: reason, message }, reason, retryable: false }
  }
}

interface FailTold {
  readonly error: { name?: string | undefined; message: string; code?: string | undefined; stack?: string | undefined }
  readonly reason?: string | undefined
  readonly retryable?: boolean | undefined
}

/** What only the engine says of a try, and tells such tries by. */
const engineReasons: readonly (string | undefined)[] = ['lapsed', 'abandoned', ...snoozeReasons]

/** @throws RotaError `request_invalid` */
export function failed({ error, reason, retryable = true }: FailTold): Outcome {
  if (engineReasons.includes(reason)) {
    const message = `reason: "${reason}" is what Rota says of a job by itself. Give another one.`
    throw new RotaError('request_invalid', message, { field: 'reason' })
  }
  const stored: StoredError = {
    name: cleanText(error.name ?? 'Error', 200),
    message: cleanText(error.message, 2_000),
    ...(error.code !== undefined && { code: cleanText(error.code, 200) }),
    ...(error.stack !== undefined && { stack: cleanText(error.stack, 8_000) }),
  }
  const why = reason === undefined ? (retryable ? null : 'non_retryable') : reasonOf(reason)
  return { kind: 'failure', error: stored, reason: why, retryable }
}

interface ReleaseTold {
  readonly in?: number | string | undefined
  readonly started?: boolean | undefined
  readonly cancelled?: string | undefined
}

export function givenBack({ in: delay, started = false, cancelled }: ReleaseTold): Outcome {
  if (cancelled !== undefined) return { kind: 'cancel', reason: reasonOf(cancelled) }
  if (delay !== undefined) return { kind: 'snooze', delay: parseDuration(delay, 'in') }
  return { kind: 'release', started }
}
