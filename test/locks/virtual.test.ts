/**
 * Holders in virtual time, with clocks that run apart a little, processes that stand still, and calls that get lost, late or
 * done twice. Whoever believes to hold the lock holds it, and what it writes with its token comes in the order of holding.
 */
import { expect, test } from 'vitest'
import { type Lock, Locking } from '../../src/engine/locking.ts'
import type { Runtime } from '../../src/engine/runtime.ts'
import { isRotaError, RotaError } from '../../src/job/errors.ts'
import { createIdMaker } from '../../src/job/id.ts'
import type { LockStore } from '../../src/storage/contract.ts'
import { ModelLocks } from '../simulation/model-locks.ts'
import { Random } from '../simulation/random.ts'
import { type Owner, Schedule } from '../simulation/schedule.ts'

const faults = { none: 40, before: 2, after: 2, slow: 2, silent: 4, twice: 1, partition: 2 }
const ttl = 3_000
const rounds = 6

/** What happened in all runs; a storm that never came would prove nothing. */
const met: Record<string, number> = {}
const count = (what: string) => {
  met[what] = (met[what] ?? 0) + 1
}

/** Until nobody has anything to say any more. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

class Run {
  readonly #random: Random
  readonly #schedule: Schedule
  readonly #model: ModelLocks
  /** The largest token that came to what the lock protects. */
  #written = 0
  #active = 0
  readonly violations: string[] = []

  constructor(seed: number) {
    this.#random = new Random(seed)
    this.#schedule = new Schedule(this.#random.fork(), 5)
    this.#model = new ModelLocks(() => this.#schedule.now)
    for (let n = 0; n < 4; n++) this.#contender()
  }

  async play(): Promise<void> {
    await turn()
    for (let event = this.#next(); event !== null && this.violations.length === 0; event = this.#next()) {
      event.run()
      await turn()
    }
    if (this.#active > 0) this.violations.push(`${this.#active} never ended`)
  }

  readonly #next = () => this.#schedule.next(3_600_000)

  #contender(): void {
    const process: Owner = { alive: true, pausedUntil: 0 }
    const runtime = this.#runtimeOf(process)
    const locking = new Locking(
      async () => this.#network(process),
      runtime,
      () => new RotaError('closed', ''),
    )
    this.#active++
    const again = async () => {
      for (let round = 0; round < rounds; round++) {
        if (this.#random.chance(0.1)) this.#standStill(process)
        await locking
          .lock('x', { ttl, wait: this.#random.pick([0, 2_000, 20_000]) }, (lock) => this.#work(process, lock))
          .then(
            () => count('ended'),
            (error) => {
              if (!isRotaError(error)) throw error
              count(error.code)
            },
          )
      }
    }
    again().then(
      () => this.#active--,
      (error) => this.violations.push(String(error?.stack)),
    )
  }

  async #work(process: Owner, lock: Lock): Promise<void> {
    if (!lock.held) this.violations.push('it begins without the lock')
    for (let steps = this.#random.int(0, 12); steps > 0; steps--) {
      await this.#sleep(process, this.#random.between(1, 900))
      if (this.#random.chance(0.08)) this.#standStill(process)
      if (lock.held && lock.signal.aborted) this.violations.push('it is held and its signal has fired')
      if (!lock.held) return count('noticed')
      this.#write(lock)
    }
  }

  /** What comes with a smaller token than was seen is refused. Whoever believes to hold the lock holds it, and is never refused. */
  #write({ token }: Lock): void {
    const holder = this.#model.token('rota:lock:x')
    if (holder !== token) this.violations.push(`${token} writes and ${holder} holds`)
    if (token < this.#written) this.violations.push(`token ${token} after ${this.#written}`)
    this.#written = Math.max(this.#written, token)
    count('written')
  }

  #standStill(process: Owner): void {
    count('stood still')
    process.pausedUntil = this.#schedule.now + this.#random.between(0.1, 3) * ttl
  }

  #sleep(process: Owner, ms: number): Promise<void> {
    return new Promise((resolve) => this.#schedule.after(ms, process, 'sleep', resolve))
  }

  #runtimeOf(process: Owner): Runtime {
    const random = this.#random.fork()
    const rate = random.between(0.98, 1.02)
    return {
      elapsed: () => this.#schedule.now * rate,
      offset: () => null,
      random: () => random.next(),
      id: createIdMaker(
        () => Math.floor(this.#schedule.now),
        () => random.bits(),
      ),
      after: (ms, work) => this.#schedule.after(ms / rate, process, 'timer', work),
      soon: (work) => void this.#schedule.after(0, process, 'soon', work),
    }
  }

  #network(process: Owner): LockStore {
    let cutUntil = 0
    const through =
      <Args extends unknown[], Answer>(verb: (...args: Args) => Answer) =>
      (...args: Args): Promise<Answer> =>
        new Promise((resolve, reject) => {
          const fault = this.#random.weighted(faults)
          count(fault)
          const way = () => this.#random.between(0, 40)
          const long = () => this.#random.between(0.1, 1.5) * ttl
          const lose = (ms: number) =>
            this.#schedule.after(ms, process, 'lost', () => reject(new RotaError('storage_unreachable', 'no answer')))
          if (fault === 'partition') cutUntil = Math.max(cutUntil, this.#schedule.now + long())
          if (fault === 'before' || cutUntil > this.#schedule.now) return void lose(way())
          this.#schedule.after(fault === 'slow' ? long() : way(), null, 'request', () => {
            const answer = verb(...args)
            if (fault === 'twice') this.#schedule.after(way(), null, 'again', () => verb(...args))
            if (fault === 'after') return lose(way())
            this.#schedule.after(fault === 'silent' ? long() : way(), process, 'answer', () => resolve(answer))
          })
        })
    const model = this.#model
    return {
      lock: through((request: Parameters<LockStore['lock']>[0]) => model.lock(request)),
      renewLock: through((request: Parameters<LockStore['lock']>[0]) => model.renew(request)),
      unlock: through((name: string, owner: string) => model.unlock(name, owner)),
    }
  }
}

test('400 storms', async () => {
  for (let seed = 1; seed <= 400; seed++) {
    const run = new Run(seed)
    await run.play()
    expect(run.violations, `seed ${seed}`).toEqual([])
  }
  const wanted = ['ended', 'lock_held', 'lock_lost', 'storage_unreachable', 'noticed', 'written', 'stood still']
  expect([...wanted, ...Object.keys(faults)].filter((what) => (met[what] ?? 0) < 50)).toEqual([])
})
