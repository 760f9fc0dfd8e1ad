import { randomFillSync } from 'node:crypto'
import { createIdMaker } from '../job/id.ts'

export interface Timer {
  cancel(): void
}

/**
 * Everything in the engine that is not decided by its inputs: time, chance, ids and timers. The engine uses nothing
 * else of the kind, so a simulation can replay any run.
 */
export interface Runtime {
  /** Milliseconds that only grow; differences are meaningful, the value is not. */
  elapsed(): number
  /** `elapsed() + offset()` is the same in all threads of a process; null where time is not the machine's. */
  offset(): number | null
  /** In [0, 1). */
  random(): number
  /** A new UUIDv7. */
  id(): string
  /** Runs `work` once after `ms` milliseconds; any length, also beyond 2³¹. */
  after(ms: number, work: () => void): Timer
  /** Runs `work` when what runs now is done, and promises that it went on from, so that what belongs together can gather. */
  soon(work: () => void): void
}

export const pause = (runtime: Runtime, ms: number): Promise<void> =>
  new Promise((resolve) => runtime.after(ms, resolve))

/** Waits for `ending`, whatever comes of it, but not longer than `ms`: a silent network must not hold a stop. */
export function within(runtime: Runtime, ms: number, ending: Promise<unknown> | null | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = runtime.after(ms, resolve)
    const end = () => {
      timer.cancel()
      resolve()
    }
    Promise.resolve(ending).then(end, end)
  })
}

/** The longest wait a timer of the platform can hold. */
const longestTimer = 2 ** 31 - 1

/** The real clock, timers and randomness. */
export function systemRuntime(): Runtime {
  return {
    elapsed: () => performance.now(),
    offset: () => Number(process.hrtime.bigint()) / 1e6 - performance.now(),
    random: Math.random,
    id: createIdMaker(Date.now, createRandomBits()),
    after: systemTimer,
    soon: (work) => process.nextTick(work),
  }
}

/** `after` of the real clock. */
export function systemTimer(ms: number, work: () => void): Timer {
  let timer: NodeJS.Timeout
  const wait = (left: number) => {
    timer = setTimeout(() => (left > longestTimer ? wait(left - longestTimer) : work()), Math.min(left, longestTimer))
  }
  wait(Math.max(0, ms))
  return { cancel: () => clearTimeout(timer) }
}

/** Random words from a pool: one call to the operating system for a thousand of them. */
function createRandomBits(): () => number {
  const pool = new Uint32Array(1024)
  let used = pool.length
  return () => {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    return pool[used++] as number
  }
}
