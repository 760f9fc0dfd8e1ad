/**
 * Between an engine and the storage: a request takes its time, is executed alone, and its answer takes its time. What
 * can go wrong on the way is in `faults`. Any method of the storage passes, also one that this file has never heard of.
 */
import { RotaError } from '../../src/job/errors.ts'
import type { Firing, InsertOptions, NewJob, Storage, Wake } from '../../src/storage/contract.ts'
import { brief } from './brief.ts'
import type { Engine } from './engine.ts'
import type { World } from './world.ts'

/** How a call may end, with how often it does among all faults. */
const weights = {
  /** Nothing was done. */
  before: 5,
  /** Done, and the answer is lost. */
  after: 5,
  /** The request comes late. */
  slow: 3,
  /** Done, and the answer comes very late. */
  silent: 3,
  /** Executed twice; the first answer counts. */
  duplicate: 3,
  /** The engine gives up first, then it is done. */
  late: 3,
  /** The engine dies, and the request with it. */
  crashBefore: 1,
  /** Done, and the engine dies. */
  crashAfter: 1,
  /** The engine stands still, and its request does not. */
  pause: 2,
}

export type Fault = keyof typeof weights | 'partition'

export const allFaults: readonly Fault[] = [...(Object.keys(weights) as Fault[]), 'partition']

/** Faults that are known to do harm and wait to be mended; the name is what `--provoke` takes. */
export const knownWeak: Readonly<Record<string, { readonly fault: Fault; readonly method: string }>> = {
  'late-insert': { fault: 'late', method: 'insert' },
}

interface Call {
  readonly engine: Engine
  readonly method: string
  readonly args: readonly unknown[]
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

/** What stores says that it comes again; nothing else has to. */
const repeated = ({ method, args }: Call): readonly unknown[] =>
  method === 'insert' ? [args[0], { ...(args[1] as InsertOptions), retry: true }] : args

const jobsOf = (firings: readonly Firing[]): NewJob[] => firings.flatMap(({ jobs }) => jobs)

export class Network {
  readonly #world: World
  readonly counts: Partial<Record<Fault, number>> = {}
  /** When the last request that takes longer than usual arrives; its engine may be gone then. */
  lateUntil = 0
  /** No faults any more. */
  calm = false

  constructor(world: World) {
    this.#world = world
  }

  /** The storage as one engine sees it. */
  connect(engine: Engine): Storage {
    const here: Partial<Storage> = {
      close: async () => {
        engine.closed = true
      },
      subscribe: async (wake: Wake) => {
        engine.wake = wake
        return async () => {
          engine.wake = null
        }
      },
    }
    return new Proxy(this.#world.storage, {
      get: (storage, method: keyof Storage) => {
        if (Object.hasOwn(here, method)) return here[method]
        if (typeof storage[method] !== 'function') return storage[method]
        return (...args: unknown[]) =>
          new Promise((resolve, reject) => this.#send({ engine, method, args, resolve, reject }))
      },
    })
  }

  /** Executes a call that no fault can touch, for the simulation itself. */
  direct(method: keyof Storage, ...args: readonly unknown[]): Promise<unknown> {
    return this.#execute(null, method, args)
  }

  #send(call: Call): void {
    if (call.engine.closed) return call.reject(new RotaError('storage_closed', 'The storage is closed.'))
    const fault = this.#faultOf(call)
    if (fault === null) return this.#arrive(call, this.#way(), (settle) => this.#answer(call, this.#way(), settle))
    this.counts[fault] = (this.counts[fault] ?? 0) + 1
    this.#world.ledger.troubled = true
    call.engine.everTroubled = true
    this.#world.trace.note(`${call.engine.name} ! ${fault} ${call.method}`)
    this.#meet(call, fault)
  }

  #faultOf({ engine, method }: Call): Fault | null {
    const { faults: random, plan, schedule, provoked } = this.#world
    const { faults, target } = plan.weather
    if (this.calm) return null
    if (engine.partitionedUntil > schedule.now) return 'partition'
    if (!random.chance(method === target ? Math.min(0.5, faults * 3) : faults)) return null
    const fault = random.weighted(weights)
    const weak = Object.entries(knownWeak).find(([, known]) => known.fault === fault && known.method === method)
    return weak !== undefined && !provoked.has(weak[0]) ? 'after' : fault
  }

  #meet(call: Call, fault: Fault): void {
    const { world, engine } = { world: this.#world, engine: call.engine }
    const { faults: random } = world
    const leases = (min: number, max: number) => random.between(min, max) * engine.plan.lease
    /** How long an engine waits before it gives up; real drivers do after some seconds. */
    const patience = () => random.between(this.#way(), Math.min(10_000, engine.plan.lease))
    switch (fault) {
      case 'before':
      case 'partition':
        return this.#lose(call, random.chance(0.5) ? this.#way() : patience())
      case 'after':
        return this.#arrive(call, this.#way(), () => this.#lose(call, random.chance(0.5) ? this.#way() : patience()))
      case 'slow':
        return this.#arrive(call, leases(0.1, 1.5), (settle) => this.#answer(call, this.#way(), settle))
      case 'silent':
        return this.#arrive(call, this.#way(), (settle) => this.#answer(call, leases(0.3, 3), settle))
      case 'duplicate':
        return this.#arrive(call, this.#way(), async (settle) => {
          this.#answer(call, this.#way(), settle)
          await this.#execute(engine, call.method, repeated(call), true).catch(() => {})
        })
      case 'late': {
        const given = patience()
        this.#lose(call, given)
        return this.#arrive(call, given + random.between(0, Math.min(5_000, engine.plan.lease)), () => {})
      }
      case 'crashBefore':
        return void world.schedule.after(this.#way(), engine, 'crash', () => world.crash(engine))
      case 'crashAfter':
        return this.#arrive(call, this.#way(), () => world.crash(engine))
      case 'pause':
        this.#arrive(call, this.#way(), (settle) => this.#answer(call, this.#way(), settle))
        return world.pause(engine, leases(0.1, 3))
    }
  }

  /** Nobody's event: what is on its way goes on when its engine stands still or dies, or it is lost with it. */
  #arrive(call: Call, delay: number, then: (settle: () => void) => unknown): void {
    const { engine, method, args } = call
    const { schedule, plan } = this.#world
    engine.expectTroubleUntil(schedule.now + delay)
    if (delay > plan.latency) this.lateUntil = Math.max(this.lateUntil, schedule.now + delay + plan.wobble)
    schedule.after(delay, null, method, async () => {
      if (!engine.alive && this.#world.faults.chance(0.5)) return
      try {
        const answer = await this.#execute(engine, method, args)
        await then(() => call.resolve(answer))
      } catch (error) {
        await then(() => call.reject(error))
      }
    })
  }

  #answer(call: Call, delay: number, settle: () => void): void {
    call.engine.expectTroubleUntil(this.#world.schedule.now + delay)
    this.#world.schedule.after(delay, call.engine, 'answer', settle)
  }

  #lose(call: Call, delay: number): void {
    const error = new RotaError('storage_unreachable', `${call.method}: no answer`)
    this.#answer(call, delay, () => call.reject(error))
  }

  async #execute(engine: Engine | null, method: string, args: readonly unknown[], again = false): Promise<unknown> {
    const { storage, ledger, trace } = this.#world
    const work = storage[method as keyof Storage] as (...args: readonly unknown[]) => Promise<unknown>
    const who = engine === null ? '*' : engine.name
    try {
      const answer = await work.apply(storage, args as unknown[])
      trace.note(`${who} ${method}${brief(method, args, answer, trace)}`)
      ledger.executed({ method, args, answer, error: undefined, engine, again })
      if (method === 'insert') this.#hint(engine, args[0] as readonly NewJob[])
      if (method === 'edit' || method === 'pauseLane' || method === 'saveSchedules') this.#hint(engine, null)
      if (method === 'fire') this.#hint(engine, jobsOf(args[0] as readonly Firing[]))
      return answer
    } catch (error) {
      trace.note(`${who} ${method} threw ${error}`)
      ledger.executed({ method, args, answer: undefined, error, engine, again })
      throw error
    }
  }

  /** Others may hear of new jobs, or not; of edits without the lanes. */
  #hint(from: Engine | null, jobs: readonly NewJob[] | null): void {
    const { faults: random, schedule, engines } = this.#world
    for (const engine of engines) {
      if (engine === from || engine.wake === null || random.chance(0.5)) continue
      const lanes = jobs === null || random.chance(0.3) ? null : [...new Set(jobs.map(({ lane }) => lane))]
      schedule.after(this.#way(), engine, 'hint', () => engine.wake?.(lanes))
    }
  }

  #way(): number {
    return this.#world.faults.between(0, this.#world.plan.latency)
  }
}
