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

/** Milliseconds for which a lock is let alone that outlived the patience, and for which a service is that did not answer. */
const shunned = { held: 60_000, unreachable: 5_000 }
const mostShunned = 10_000

/**
 * Locks that are not waited for again: their holder died with them, or is no process of ours. Otherwise each slot of a schedule would come five
 * seconds late until the lock runs out.
 */
class Shunned {
  readonly #runtime: Runtime
  readonly #until = new Map<string, number>()
  #allUntil = 0

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  has(schedule: string): boolean {
    const now = this.#runtime.elapsed()
    return this.#allUntil > now || (this.#until.get(schedule) ?? 0) > now
  }

  /** Whoever tried for so long tells what came of it. */
  learn(schedule: string, lock: ScheduleLock, waited: number): void {
    if (lock.held) return
    if (lock.unreachable) this.#allUntil = this.#runtime.elapsed() + shunned.unreachable
    else if (waited > patience) {
      if (this.#until.size >= mostShunned) this.#until.clear()
      this.#until.set(schedule, this.#runtime.elapsed() + shunned.held)
    }
  }
}

/** Which of some schedules this process may fire now. */
export interface FiringLocks {
  mayFire(schedule: string): boolean
  release(): Promise<void>
}

/**
 * Takes the `server` locks of schedules that are due, where there is a lock service: of several processes that would fire the same, one tries and
 * the others spare the database. One that is late by more than five seconds is fired whoever holds its lock.
 */
export class ServerLocks {
  readonly #locks: Locks | null
  readonly #runtime: Runtime
  readonly #shunned: Shunned

  constructor(locks: Locks | null, runtime: Runtime) {
    this.#locks = locks
    this.#runtime = runtime
    this.#shunned = new Shunned(runtime)
  }

  /** @param due with the milliseconds by which each is late */
  async take(due: readonly { readonly id: string; readonly late: number }[]): Promise<FiringLocks> {
    const locks = this.#locks
    if (locks === null || due.length === 0) return { mayFire: () => true, release: async () => {} }
    const free = new Set<string>()
    const taken = await Promise.all(
      due.map(async ({ id, late }) => {
        if (this.#shunned.has(id)) return void free.add(id)
        const lock = await takeScheduleLock(locks, id, 'server', this.#runtime)
        this.#shunned.learn(id, lock, late)
        if (lock.held || lock.unreachable || late > patience) free.add(id)
        return lock
      }),
    )
    return {
      mayFire: (schedule) => free.has(schedule),
      release: async () => void (await Promise.all(taken.map((lock) => (lock?.held ? lock.release() : null)))),
    }
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
  const shunned = new Shunned(runtime)
  const take = async (schedule: string, signal: AbortSignal): Promise<ScheduleLock> => {
    const since = runtime.elapsed()
    for (;;) {
      const lock = await takeScheduleLock(locks, schedule, 'overlap', runtime)
      const waited = runtime.elapsed() - since
      shunned.learn(schedule, lock, waited)
      if (lock.held || lock.unreachable || signal.aborted || waited > patience) return lock
      await pause(runtime, again)
    }
  }
  return {
    async run({ schedule, signal }, next) {
      if (schedule === null || shunned.has(schedule.id) || !(await isSerial(schedule.id))) return next()
      const lock = await take(schedule.id, signal)
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
