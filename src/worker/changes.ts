/**
 * A change that was decided here, as the call by which the server decides the same: it sees the same job. What is refused for good is no
 * `RotaError`, so that the engine looks for the value at fault instead of trying for ever.
 */
import type { Client } from '../client/index.ts'
import { type ErrorCode, isRotaError } from '../job/errors.ts'
import { fromJson } from '../job/payload.ts'
import { type Change, type FinalChange, isFinalChange, type ReturnChange } from '../job/states.ts'
import type { Note } from '../storage/contract.ts'
import { inTime } from './session.ts'

type Workers = Client['workers']
type Told = Pick<Parameters<Workers['release']>[0], 'id' | 'job' | 'fence' | 'logs' | 'progress'>

/** What became of a change. */
export type Fate = 'recorded' | 'cancelled' | 'refused'

const discarded = 'discarded: '

export async function tellChange(
  workers: Workers,
  worker: string,
  change: Change,
  note: Note | undefined,
): Promise<Fate> {
  const told = { id: worker, job: change.id, fence: change.fence, ...(note && noteTold(note)) }
  try {
    const { status } = await (isFinalChange(change)
      ? tellEnd(workers, told, change)
      : tellReturn(workers, told, change))
    return status
  } catch (error) {
    if (isLost(error)) return 'refused'
    throw forGood(error)
  }
}

function tellEnd(workers: Workers, told: Told, { to, reason, output, error }: FinalChange) {
  if (to === 'succeeded') {
    const result = output === null ? {} : { output: fromJson(output) }
    return workers.complete({ ...told, ...result, ...(reason === 'timed_out' && { late: true }) }, inTime())
  }
  if (to === 'cancelled') {
    const why = reason ?? 'cancelled'
    if (!why.startsWith(discarded)) return workers.release({ ...told, cancelled: why }, inTime())
    return workers.complete({ ...told, discard: why.slice(discarded.length) || '-' }, inTime())
  }
  const own = { error: { ...(error ?? { message: '' }) }, ...(reason !== null && { reason }) }
  // Without a reason it had no tries left: the server finds that, too.
  return workers.fail({ ...told, ...own, retryable: reason === null }, inTime())
}

function tellReturn(workers: Workers, told: Told, { reason, error, delay }: ReturnChange) {
  if (error !== null) {
    const own = { error: { ...error }, ...(reason !== null && { reason }), retryIn: delay }
    return workers.fail({ ...told, ...own }, inTime())
  }
  return workers.release({ ...told, ...(reason === 'snoozed' && { in: delay }) }, inTime())
}

/** Lines and progress as the protocol has them. */
export const noteTold = ({ logs, progress }: Pick<Note, 'logs' | 'progress'>) => ({
  ...(logs.length > 0 && { logs: linesTold(logs) }),
  ...(progress !== null && { progress: { ...progress } }),
})

export const linesTold = (logs: Note['logs']) =>
  logs.map(({ data, ...line }) => ({ ...line, ...(data !== null && { data: fromJson(data) }) }))

/** Somebody else may have the job, or the whole lease is gone: the engine hears of it as of a guard that failed. */
export const isLost = (error: unknown): boolean =>
  isRotaError(error, 'lease_lost') || isRotaError(error, 'worker_not_found')

const refusals: readonly ErrorCode[] = [
  'payload_too_large',
  'payload_not_json',
  'request_invalid',
  'request_too_large',
  'option_invalid',
  'duration_invalid',
]

export function forGood(error: unknown): unknown {
  if (!refusals.some((code) => isRotaError(error, code))) return error
  return new Error((error as Error).message, { cause: error })
}
