import { RotaError } from '../job/errors.ts'

/** A call that its caller may give up. */
export interface Call {
  readonly signal: AbortSignal
  /** Something of it has left for the storage, so it may be stored whatever becomes of the call. */
  sent: boolean
}

/** Rejects as soon as the signal fires. `work` goes on without anybody who hears of it, and sends nothing more. */
export function untilAborted<T>(signal: AbortSignal | undefined, work: (call: Call | null) => Promise<T>): Promise<T> {
  if (!(signal instanceof AbortSignal)) return work(null) // what else it may be is refused with the other options
  return abortable(signal, work)
}

async function abortable<T>(signal: AbortSignal, work: (call: Call) => Promise<T>): Promise<T> {
  const call: Call = { signal, sent: false }
  if (signal.aborted) throw abortedCall(call)
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(abortedCall(call))
  signal.addEventListener('abort', abort)
  try {
    return await Promise.race([work(call), aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

export function abortedCall({ signal, sent }: Call): RotaError {
  const what = sent
    ? 'It was on its way to the storage, so it may be stored. Use an idempotencyKey to repeat it safely.'
    : 'Nothing was sent, so nothing is stored.'
  return new RotaError('aborted', `The call was aborted. ${what}`, { cause: signal.reason })
}
