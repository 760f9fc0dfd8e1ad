/**
 * The locks around a schedule, in a lock service beside the database. They only save work: the database decides what runs, so a
 * service that cannot be reached, or that forgets a lock, costs time and nothing else.
 */
import type { Locks, Storage } from '../storage/contract.ts'
import { takeLock } from './held-lock.ts'
import type { RunLayer } from './middleware.ts'
import { pause, type Runtime } from './runtime.ts'
import { effective } from './schedule-rule.ts'

/** `server`: only one process fires the schedule. `overlap`: a run waits a while for the last one to end. */
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
  } catch {
    return { held: false, unreachable: true } // whatever it is, the database decides
  }
}

/** Milliseconds after which the database goes on without a lock that another holds: it may have died with it. */
const patience = 5_000
/** Milliseconds between two tries. */
const again = 250

/** Which of some schedules this process may fire now. */
export interface FiringLocks {
  mayFire(schedule: string): boolean
  release(): Promise<void>
}

/**
 * Takes the `server` locks of schedules that are due, where there is a lock service: of several processes that would fire the same, one tries and
 * the others spare the database. One that is late by more than five seconds is fired whoever holds its lock.
 *
 * @param due with the milliseconds by which each is late
 */
export async function takeFiringLocks(
  locks: Locks | null,
  due: readonly { readonly id: string; readonly late: number }[],
  runtime: Runtime,
): Promise<FiringLocks> {
  if (locks === null || due.length === 0) return { mayFire: () => true, release: async () => {} }
  const taken = await Promise.all(
    due.map(async ({ id, late }) => ({ id, late, lock: await takeScheduleLock(locks, id, 'server', runtime) })),
  )
  const free = taken.filter(({ lock, late }) => lock.held || lock.unreachable || late > patience)
  const ids = new Set(free.map(({ id }) => id))
  return {
    mayFire: (schedule) => ids.has(schedule),
    release: async () => void (await Promise.all(taken.map(({ lock }) => (lock.held ? lock.release() : null)))),
  }
}

/**
 * Holds the `overlap` lock of a schedule while a run of it is under way, so that whoever else goes by these locks sees it. A run waits up
 * to five seconds for another's; then the database counts, by which the earlier run is over.
 *
 * @param isSerial whether runs of the schedule may not overlap
 */
export function overlapLayer(
  locks: Locks,
  isSerial: (schedule: string) => Promise<boolean>,
  runtime: Runtime,
): RunLayer {
  return {
    async run({ schedule, signal }, next) {
      if (schedule === null || !(await isSerial(schedule.id))) return next()
      const until = runtime.elapsed() + patience
      let lock = await takeScheduleLock(locks, schedule.id, 'overlap', runtime)
      while (!lock.held && !lock.unreachable && !signal.aborted && runtime.elapsed() < until) {
        await pause(runtime, again)
        lock = await takeScheduleLock(locks, schedule.id, 'overlap', runtime)
      }
      try {
        return await next()
      } finally {
        if (lock.held) await lock.release()
      }
    },
  }
}

/** Milliseconds for which the answer is kept. */
const rememberedFor = 60_000
const mostRemembered = 10_000

/** Asks the storage, and not for each run. */
export function serialSchedules(storage: Storage, runtime: Runtime): (schedule: string) => Promise<boolean> {
  const known = new Map<string, { readonly serial: Promise<boolean>; readonly until: number }>()
  const ask = async (id: string) => {
    const { schedules } = await storage.schedules({
      ...{ ids: [id], jobs: null, states: null, origin: null, after: null },
      limit: 1,
    })
    const [record] = schedules
    // Where it runs on every server, each of them counts by itself.
    return record?.serial === true && effective(record).runOn === 'one'
  }
  return (id) => {
    const kept = known.get(id)
    if (kept !== undefined && kept.until > runtime.elapsed()) return kept.serial
    if (known.size >= mostRemembered) known.clear()
    const serial = ask(id).catch(() => false) // the locks only save work
    known.set(id, { serial, until: runtime.elapsed() + rememberedFor })
    return serial
  }
}
