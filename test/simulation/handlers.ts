/** What the jobs do: by seed, input and fence, so that it does not depend on what happened before. */
import { pause, type Runtime } from '../../src/engine/runtime.ts'
import type { JobContext } from '../../src/job/context.ts'
import { isRotaError, RotaError } from '../../src/job/errors.ts'
import type { Engine } from './engine.ts'
import { Random } from './random.ts'
import type { World } from './world.ts'

const kinds = {
  succeed: 10,
  fail: 4,
  failForGood: 1,
  snooze: 1,
  discard: 1,
  runTooLong: 1,
  ignoreSignal: 2,
  neverSettle: 1,
}

/** From this start on a job just succeeds, so that every job ends. */
const lastTrouble = 6

/** A handler that has not settled. */
export interface Running {
  readonly engine: Engine
  readonly fence: number
  readonly lane: string
  readonly signal: AbortSignal
}

export class Handlers {
  readonly #world: World
  readonly #engine: Engine
  readonly #runtime: Runtime

  constructor(world: World, engine: Engine, runtime: Runtime) {
    this.#world = world
    this.#engine = engine
    // Timers of handlers are no timers of the engine: some are still there when it has stopped.
    this.#runtime = { ...runtime, after: (ms, work) => world.schedule.after(ms, engine, 'handler', work) }
  }

  run(n: number, ctx: JobContext): unknown {
    const random = new Random(this.#world.seed ^ Math.imul(n + 1, 7_919) ^ Math.imul(ctx.fence, 104_729))
    const kind = ctx.fence > lastTrouble ? 'succeed' : random.weighted(kinds)
    const ms = random.chance(0.3) ? 0 : 3_000 ** random.next()
    this.#world.trace.note(`${this.#engine.name} run ${ctx.id} #${ctx.fence} ${kind} ${ms.toFixed(0)}`)
    if (ms === 0 && kind === 'succeed') return this.#started(ctx) && n
    const one = { engine: this.#engine, fence: ctx.fence, lane: ctx.lane, signal: ctx.signal }
    this.#started(ctx, one)
    return this.#behave(kind, ms, n, ctx, random).finally(() => this.#settled(ctx, one))
  }

  #settled({ id, fence, signal }: JobContext, one: Running): void {
    const { ledger, running } = this.#world
    running.get(id)?.delete(one)
    const claim = ledger.claims.get(`${id}#${fence}`)
    if (claim !== undefined) claim.gaveUp = signal.aborted && isRotaError(signal.reason, 'aborted')
  }

  async #behave(kind: keyof typeof kinds, ms: number, n: number, ctx: JobContext, random: Random): Promise<unknown> {
    const long = random.between(1, 12_000)
    if (kind === 'neverSettle') return new Promise(() => {})
    if (kind === 'ignoreSignal') await pause(this.#runtime, long)
    else await this.#wait(kind === 'runTooLong' ? 60_000 : ms, ctx.signal)
    if (kind === 'fail') throw new Error('as planned')
    if (kind === 'failForGood') throw new RotaError('non_retryable', 'as planned')
    if (kind === 'snooze') return ctx.snooze(random.int(0, 3_000))
    if (kind === 'discard') return ctx.discard('as planned')
    return n
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#runtime.after(ms, resolve)
      const abort = () => {
        timer.cancel()
        reject(signal.reason)
      }
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort, { once: true })
    })
  }

  /** What must hold when a handler starts. */
  #started({ id, fence, lane }: JobContext, one?: Running): true {
    const { ledger, running } = this.#world
    const engine = this.#engine
    const claim = ledger.claims.get(`${id}#${fence}`)
    ledger.check(claim?.engine === engine, 'I3 start', () => `${engine.name} runs ${id} #${fence} and did not claim it`)
    ledger.check(claim?.started === false, 'I3 start', () => `${engine.name} runs ${id} #${fence} twice`)
    if (claim !== undefined) claim.started = true
    const leased = claim !== undefined && ledger.alive(claim.worker)
    ledger.check(leased, 'I2 lease', () => `${engine.name} runs ${id} #${fence} after its lease`)
    const others = running.get(id) ?? new Set()
    for (const other of others) {
      const told = other.fence > fence || other.signal.aborted || !other.engine.alive || other.engine.unsteady
      ledger.check(
        told,
        'I2 signal',
        () => `${id} #${fence} starts, and #${other.fence} on ${other.engine.name} knows nothing`,
      )
    }
    if (one !== undefined) running.set(id, others.add(one))
    this.#fits(lane)
    return true
  }

  #fits(lane: string): void {
    const { ledger, running } = this.#world
    const own = [...running.values()].flatMap((set) => [...set]).filter((one) => one.engine === this.#engine)
    const busy = own.filter((one) => one.lane === lane && !one.signal.aborted).length
    const slots = this.#engine.plan.lanes[lane] ?? 0
    ledger.check(busy <= slots, 'I11 slots', () => `${this.#engine.name} runs ${busy} in the ${slots} slots of ${lane}`)
  }
}
