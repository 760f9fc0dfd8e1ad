/**
 * One simulated run: engines, the storage they share, and what happens to them. `simulate.ts` moves it.
 *
 * Each engine has a slot; when it crashed or stopped another takes its slot some time later.
 */

import type { Storage } from '../../src/storage/contract.ts'
import { sqlite } from '../../src/storage/sqlite/storage.ts'
import { Engine } from './engine.ts'
import type { Running } from './handlers.ts'
import { Ledger } from './ledger.ts'
import { modelStorage } from './model-storage.ts'
import { Network } from './network.ts'
import { type EnginePlan, type Plan, planOf } from './plan.ts'
import { Random } from './random.ts'
import { Schedule } from './schedule.ts'
import { Trace } from './trace.ts'

export const storages = {
  sqlite: (clock: () => number): Storage => sqlite({ file: ':memory:', clock }),
  model: (clock: () => number): Storage => modelStorage({ clock }),
}
export type StorageName = keyof typeof storages

/** Milliseconds within which a stop has to end, beyond its grace: five seconds for what is being enqueued, and the rest. */
const longestStop = 6_500
/** What a stopped engine may still need to notice that it is stopped. */
const lastBreath = 20_000

export class World {
  readonly seed: number
  readonly plan: Plan
  readonly provoked: ReadonlySet<string>
  /** When virtual time began, for the clocks on the wall. */
  readonly base = Date.UTC(2027, 0, 31, 9)
  readonly chance: Random
  readonly faults: Random
  readonly schedule: Schedule
  readonly trace: Trace
  readonly storage: Storage
  readonly ledger: Ledger
  readonly network: Network
  /** The engine in each slot. */
  readonly slots: (Engine | null)[]
  /** All that ever were. */
  readonly engines: Engine[] = []
  /** Handlers that have not settled, by job. */
  readonly running = new Map<string, Set<Running>>()
  readonly counts = { stops: 0, pauses: 0, stale: 0 }
  /** Engines that were stopped because the run is over have no successor. */
  closing = false
  /** Nobody stores schedules any more. */
  schedulesOver = false

  constructor(seed: number, storage: StorageName, provoked: ReadonlySet<string>, tail: number) {
    this.seed = seed
    this.plan = planOf(seed)
    this.provoked = provoked
    this.chance = new Random(seed + 1_000_003)
    this.faults = this.chance.fork()
    this.schedule = new Schedule(this.chance.fork(), this.plan.wobble)
    this.trace = new Trace(() => this.schedule.now, tail)
    const clock = () => this.base + Math.floor(this.schedule.now)
    this.storage = storages[storage](clock)
    this.ledger = new Ledger(clock)
    this.network = new Network(this)
    this.slots = this.plan.engines.map(() => null)
    this.ledger.troubled = this.slowNetwork
  }

  /** Round trips take so long that a short lease is lost without any fault, and a stop may not wait for its last words. */
  get slowNetwork(): boolean {
    return this.plan.latency > 20
  }

  /** Calls of users to engines that live, and are not settled. */
  get openCalls(): number {
    return this.engines.reduce((sum, engine) => sum + (engine.alive ? engine.openCalls : 0), 0)
  }

  startIn(delay: number, slot: number): void {
    this.schedule.after(delay, null, 'start', () => {
      if (this.closing || this.slots[slot] !== null) return
      const generation = this.engines.filter((engine) => engine.slot === slot).length + 1
      const name = `e${slot + 1}.${generation}`
      this.trace.note(`${name} starts`)
      const engine = new Engine(this, slot, name, this.plan.engines[slot] as EnginePlan, generation)
      this.engines.push(engine)
      this.slots[slot] = engine
    })
  }

  crash(engine: Engine): void {
    if (!engine.alive) return
    this.trace.note(`${engine.name} crashes`)
    this.ledger.troubled = true
    engine.alive = false
    engine.state = 'crashed'
    engine.wake = null
    for (const set of this.running.values()) for (const one of set) if (one.engine === engine) set.delete(one)
    if (this.slots[engine.slot] !== engine) return // it had stopped
    this.slots[engine.slot] = null
    this.startIn(this.faults.between(0, 2) * engine.plan.lease, engine.slot)
  }

  pause(engine: Engine | null | undefined, length: number): void {
    if (engine?.alive !== true) return
    this.trace.note(`${engine.name} stands still for ${length.toFixed(0)}`)
    this.counts.pauses++
    this.ledger.troubled = true
    engine.everTroubled = true
    engine.pausedUntil = Math.max(engine.pausedUntil, this.schedule.now + length)
    engine.expectTroubleUntil(engine.pausedUntil)
  }

  cutOff(engine: Engine | null | undefined, length: number): void {
    if (!engine) return
    this.trace.note(`${engine.name} is cut off for ${length.toFixed(0)}`)
    engine.partitionedUntil = this.schedule.now + length
  }

  stop(engine: Engine | null | undefined, grace: number, back: number): void {
    if (engine?.state !== 'working') return
    const { schedule, ledger, trace } = this
    const since = schedule.now
    trace.note(`${engine.name} is stopped, grace ${grace}`)
    engine.state = 'stopping'
    this.counts.stops++
    engine.rota.stop({ grace }).then(
      () => {
        trace.note(`${engine.name} has stopped`)
        engine.state = 'stopped'
        this.slots[engine.slot] = null
        const stood = Math.max(0, engine.pausedUntil - since)
        const took = schedule.now - since
        ledger.check(took - stood <= 2 * grace + longestStop, 'I9 stop', () => `${engine.name} took ${took} to stop`)
        this.#lookBack(engine, since)
        if (!this.closing) this.startIn(back, engine.slot)
      },
      (error) => ledger.violate('I9 stop', `${engine.name}: ${error?.stack}`),
    )
  }

  /** A stop that nothing disturbed leaves nothing behind, neither with the storage nor here. */
  #lookBack(engine: Engine, since: number): void {
    if (!engine.everTroubled) {
      for (const [worker, lease] of this.ledger.leases) {
        if (lease.engine !== engine) continue
        const left = this.ledger.running(worker).map(({ id }) => id)
        this.ledger.check(left.length === 0, 'I9 left', () => `${engine.name} stopped and still holds ${left}`)
        this.ledger.check(
          !this.ledger.alive(worker),
          'I9 left',
          () => `${engine.name} stopped and ${worker} has a lease`,
        )
      }
    }
    if (engine.troubledUntil > since) return
    this.schedule.after(lastBreath, null, 'look back', () => {
      if (!engine.alive) return // it crashed with a call of its last moment
      const timers = this.schedule.pending(engine).filter(({ what }) => what !== 'handler')
      this.ledger.check(
        timers.length === 0,
        'I9 timers',
        () => `${engine.name} stopped and has ${timers.length} timers`,
      )
      this.ledger.check(
        engine.openCalls === 0,
        'I9 calls',
        () => `${engine.name}: ${engine.openCalls} calls never ended`,
      )
    })
  }
}
