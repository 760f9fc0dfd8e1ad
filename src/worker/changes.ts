/**
 * A change that was decided here, as the call by which the server decides the same: it sees the same job. What is refused for good is no
 * `RotaError`, so that the engine looks for the value at fault instead of trying for ever.
 */
import type { Client } from '../client/index.ts'
import { type ErrorCode, isRotaError } from '../job/errors.ts'
import { fromJson } from '../job/payload.ts'
import { type Change, type FinalChange, isFinalChange, type ReturnChange } from '../job/states.ts'
import type { NewLogLine, Note } from '../storage/contract.ts'
import { inTime } from './session.ts'

type Workers = Client['workers']
type Told = Pick<Parameters<Workers['release']>[0], 'id' | 'job' | 'fence' | 'logs' | 'progress'>
type At = Pick<Told, 'id' | 'job' | 'fence'>
type NoteTold = Pick<Told, 'logs' | 'progress'>

/** What became of a change. */
export type Fate = 'recorded' | 'cancelled' | 'refused'

const discarded = 'discarded: '

export async function tellChange(
  workers: Workers,
  worker: string,
  change: Change,
  note: Note | undefined,
): Promise<Fate> {
  const at = { id: worker, job: change.id, fence: change.fence }
  const tell = (note: NoteTold): Promise<{ readonly status: Fate }> =>
    isFinalChange(change)
      ? tellEnd(workers, { ...at, ...note }, change)
      : tellReturn(workers, { ...at, ...note }, change)
  const parts = note === undefined ? [] : partsOf(note.logs)
  const logs = parts.pop() ?? []
  try {
    for (const lines of parts) await tellLines(workers, at, lines)
    const { status } = await tell(noteTold({ logs, progress: note?.progress ?? null })).catch(async (error) => {
      if (note === undefined || !isRefusal(error)) throw error
      await tellLines(workers, at, logs) // a line may be at fault: it must not take the outcome with it
      return tell({})
    })
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
const noteTold = ({ logs, progress }: Pick<Note, 'logs' | 'progress'>): NoteTold => ({
  ...(logs.length > 0 && { logs: logs.map(lineTold) }),
  ...(progress !== null && { progress: { ...progress } }),
})

const lineTold = ({ data, ...line }: NewLogLine) => ({ ...line, ...(data !== null && { data: fromJson(data) }) })

/** Of one call, which a server takes up to 4 MiB of: a character is six bytes of JSON at most. */
const mostAtOnce = { lines: 1_000, characters: 500_000 }

/** As many calls as they take, in order. */
function partsOf(logs: Note['logs']): NewLogLine[][] {
  const parts: NewLogLine[][] = []
  let characters = 0
  for (const line of logs) {
    const last = parts.at(-1)
    const own = line.message.length + (line.data?.length ?? 0)
    characters += own
    if (last !== undefined && last.length < mostAtOnce.lines && characters <= mostAtOnce.characters) {
      last.push(line)
      continue
    }
    parts.push([line])
    characters = own
  }
  return parts
}

/**
 * Writes lines of a job, but for those that the server refuses.
 *
 * @throws RotaError `lease_lost`, `worker_not_found`, `server_unreachable`
 */
export async function tellLines(workers: Workers, at: At, logs: Note['logs']): Promise<void> {
  for (const lines of partsOf(logs)) {
    try {
      await workers.log({ ...at, lines: lines.map(lineTold) }, inTime())
    } catch (error) {
      if (!isRefusal(error)) throw error
      const half = Math.ceil(lines.length / 2)
      if (lines.length > 1)
        for (const part of [lines.slice(0, half), lines.slice(half)]) await tellLines(workers, at, part)
    }
  }
}

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

const isRefusal = (error: unknown): boolean => refusals.some((code) => isRotaError(error, code))

export function forGood(error: unknown): unknown {
  if (!isRefusal(error)) return error
  return new Error((error as Error).message, { cause: error })
}
