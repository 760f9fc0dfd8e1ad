/**
 * A stream of events that goes on when its connection ends: connected → lost (waits, 100 ms and then longer) → connected again
 * behind the last event that it has seen → … It is over when its reader leaves, its signal fires, or the server refuses it.
 */
import { AsyncIteratorClass, getEventMeta } from '@orpc/client'
import { isRotaError } from '../job/errors.ts'
import { aborted, delayBefore, pause } from './reach.ts'

/** Opens it behind an event; rejects as any call does. */
export type Connect = (signal: AbortSignal, lastEventId?: string) => Promise<unknown>

export const isStream = (output: unknown): output is AsyncIterable<unknown> =>
  typeof output === 'object' && output !== null && Symbol.asyncIterator in output

/** @param given ends it with `aborted` */
export async function connected(connect: Connect, given: AbortSignal | undefined): Promise<unknown> {
  const left = new AbortController()
  const signal = given ? AbortSignal.any([given, left.signal]) : left.signal
  const first = await connect(signal)
  if (!isStream(first)) return first
  const events = goingOn(first, connect, signal)
  const leave = async () => {
    left.abort()
    await events.return()
  }
  const next = async () => {
    try {
      return await events.next()
    } catch (error) {
      if (left.signal.aborted) return { done: true, value: undefined }
      throw given?.aborted ? aborted(given) : error
    }
  }
  return new AsyncIteratorClass(next as () => Promise<IteratorResult<unknown>>, leave)
}

async function* goingOn(first: AsyncIterable<unknown>, connect: Connect, signal: AbortSignal) {
  let lastEventId: string | undefined
  let lost = 0
  for (let events: AsyncIterable<unknown> | null = first; ; ) {
    try {
      for await (const event of events ?? []) {
        lost = 0
        lastEventId = getEventMeta(event)?.id ?? lastEventId
        yield event
      }
    } catch {} // the next try tells what is wrong
    await pause(delayBefore(lost++), signal)
    events = await again(() => connect(signal, lastEventId))
  }
}

/** Null where the server cannot be reached at this moment. */
async function again(connect: () => Promise<unknown>): Promise<AsyncIterable<unknown> | null> {
  try {
    const events = await connect()
    return isStream(events) ? events : null
  } catch (error) {
    if (isRotaError(error, 'server_unreachable')) return null
    throw error
  }
}
