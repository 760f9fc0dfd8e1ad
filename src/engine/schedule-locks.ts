/**
 * The locks around a schedule, in a lock service beside the database. They only save work: the database decides what runs, so a
 * service that cannot be reached, or that forgets a lock, costs time and nothing else.
 */
import { isRotaError } from '../job/errors.ts'
import type { Locks } from '../storage/contract.ts'
import { takeLock } from './held-lock.ts'
import type { Runtime } from './runtime.ts'

/** `server`: only one process fires the schedule. `overlap`: no run starts before the last one has ended. */
export type ScheduleLockType = 'server' | 'overlap'

/** What came of a try. */
export type ScheduleLock =
  | {
      readonly held: true
      readonly unreachable: false
      /** Fires when the lock is lost: not renewed in time, taken away, or forgotten by the service. */
      readonly signal: AbortSignal
      /** Frees it, if it is still ours. Never rejects; what cannot be freed runs out by itself. */
      release(): Promise<void>
    }
  | {
      readonly held: false
      /** Nobody can tell whether another holds it. */
      readonly unreachable: boolean
    }

/** The name of the lock, which in Redis is its key. */
export const scheduleLockName = (schedule: string, type: ScheduleLockType): string =>
  `schedule:jobLock:${schedule}:${type}`

/** Tries once to take the lock of a schedule. It is renewed every third of its time until it is released. */
export async function takeScheduleLock(
  locks: Locks,
  schedule: string,
  type: ScheduleLockType,
  runtime: Runtime,
): Promise<ScheduleLock> {
  const name = scheduleLockName(schedule, type)
  try {
    const lock = await takeLock(locks, { name, ttl: locks.scheduleTtl, shown: name }, runtime)
    if (lock === null) return { held: false, unreachable: false }
    const release = async () => void (await lock.release())
    return { held: true, unreachable: false, signal: lock.signal, release }
  } catch (error) {
    if (isRotaError(error, 'locks_unreachable')) return { held: false, unreachable: true }
    throw error
  }
}
