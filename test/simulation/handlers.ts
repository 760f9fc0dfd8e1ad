/** What the jobs do: by seed, input and fence, so that it does not depend on what happened before. */

import type { RunContext } from '../../src/engine/middleware.ts'
import { pause, type Runtime } from '../../src/engine/runtime.ts'
import type { JobContext } from '../../src/job/context.ts'
import type { Job } from '../../src/job/define.ts'
import { isRotaError, RotaError } from '../../src/job/errors.ts'
import { logLevels } from '../../src/job/log.ts'
import { onParentFails } from '../../src/job/parents.ts'
import type { Engine } from './engine.ts'
import { beside, storeWithin } from './families.ts'
import type { Start } from './ledger.ts'
import { jobNames } from './plan.ts'
import { uniquePlan } from './plan-links.ts'
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

/** With greater inputs handlers store nothing, so that this ends. */
const mostStoring = 1_000

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
    // Each run of a schedule has its own way.
    const random = this.#chance(n + (ctx.schedule?.slot?.getTime() ?? 0), ctx.fence)
    const kind = ctx.fence > lastTrouble ? 'succeed' : random.weighted(kinds)
    const ms = random.chance(0.3) ? 0 : 3_000 ** random.next()
    this.#world.trace.note(`${this.#engine.name} run ${ctx.id} #${ctx.fence} ${kind} ${ms.toFixed(0)}`)
    const start = this.#world.ledger.startOf(ctx)
    const lines = this.#chance(n, ctx.fence + 1_000)
    const some = () => {
      if (lines.chance(0.4)) this.#tell(ctx, start, lines)
    }
    if (ms === 0 && kind === 'succeed') {
      this.#started(ctx)
      some()
      return n
    }
    const one = { engine: this.#engine, fence: ctx.fence, lane: ctx.lane, signal: ctx.signal }
    this.#started(ctx, one)
    some()
    this.#heed(ctx, n)
    if (lines.chance(0.3)) this.#runtime.after(lines.between(0, 1_500), () => this.#tell(ctx, start, lines))
    return this.#behave(kind, ms, n, ctx, random).finally(() => {
      if (start?.took === null) some()
      this.#settled(ctx, one, start)
    })
  }

  /** Middleware that takes its time, and minds no signal. */
  async wait(ctx: RunContext, next: () => Promise<unknown>): Promise<unknown> {
    const random = this.#chance(ctx.input as number, ctx.fence + 2_000)
    const some = () => (random.chance(0.3) ? 0 : 3_000 ** random.next())
    await pause(this.#runtime, some())
    try {
      return await next()
    } finally {
      await pause(this.#runtime, some())
    }
  }

  #chance(n: number, fence: number): Random {
    return new Random(this.#world.seed ^ Math.imul(n + 1, 7_919) ^ Math.imul(fence, 104_729))
  }

  /** Writes a line, now and then with progress; a line after the handler has ended must never be stored. */
  #tell(ctx: JobContext, start: Start | undefined, random: Random): void {
    if (start === undefined || (start.took !== null && this.#engine.plan.waits)) return
    const text = `line ${start.told.length}${start.took === null ? '' : ' too late'}`
    if (start.took === null) start.told.push({ text, sure: !ctx.signal.aborted })
    ctx.log[random.pick(logLevels)](text, random.chance(0.5) ? { text } : undefined)
    if (!random.chance(0.5)) return
    const percent = random.int(0, 100)
    if (start.took === null) start.percent = percent
    void ctx.progress(percent)
  }

  /** A signal tells the truth. */
  #heed({ id, fence, job, signal }: JobContext, n: number): void {
    const { ledger } = this.#world
    signal.addEventListener('abort', () => {
      const entry = ledger.entries.get(id)
      const asked = entry === undefined || entry.fence !== fence || entry.state !== 'running' || entry.asked !== null
      const cancelled = isRotaError(signal.reason, 'cancelled')
      if (cancelled) ledger.count('heeded')
      ledger.check(!cancelled || asked, 'I15 signals', () => `${id} #${fence} (${n}) was cancelled by nobody`)
      const marks = job === 'mark' && isRotaError(signal.reason, 'timed_out')
      ledger.check(!marks, 'I16 timeout', () => `${id} #${fence} was ended by its timeout`)
    })
  }

  #settled(ctx: JobContext, one: Running, start: Start | undefined): void {
    const { running, schedule, base } = this.#world
    running.get(ctx.id)?.delete(one)
    if (start === undefined) return
    start.gaveUp = ctx.signal.aborted && isRotaError(ctx.signal.reason, 'aborted')
    start.took = base + schedule.now - start.began
  }

  async #behave(kind: keyof typeof kinds, ms: number, n: number, ctx: JobContext, random: Random): Promise<unknown> {
    const long = random.between(1, 12_000)
    if (n <= mostStoring) await this.#store(n, ctx)
    // What has no end by its timeout has one of its own.
    if (kind === 'neverSettle')
      return ctx.job === 'mark' ? pause(this.#runtime, 30_000).then(() => n) : new Promise(() => {})
    if (kind === 'ignoreSignal') await pause(this.#runtime, long)
    else await this.#wait(kind === 'runTooLong' ? 60_000 : ms, ctx.signal)
    if (kind === 'fail') throw new Error('as planned')
    if (kind === 'failForGood') throw new RotaError('non_retryable', 'as planned')
    if (kind === 'snooze') return ctx.snooze(random.int(0, 3_000))
    if (kind === 'discard') return ctx.discard('as planned')
    return n
  }

  /** Some store others, also such that wait for them. */
  async #store(n: number, ctx: JobContext): Promise<void> {
    const random = this.#chance(n, ctx.fence + 3_000)
    if (!random.chance(0.15)) return
    const job = this.#engine.jobs.get(random.pick(jobNames)) as Job<number, number>
    const waits = random.chance(0.5) ? { after: ctx.id, onParentFail: random.pick([...onParentFails]) } : {}
    const unique = random.chance(0.3) ? { unique: beside(uniquePlan(random), 'after' in waits) } : {}
    const own = { lane: ctx.lane, retries: random.int(0, 1), timeout: 5_000 }
    const call = () => ctx.enqueue(job, mostStoring + random.int(1, 1_000), { ...own, ...waits, ...unique })
    await storeWithin(this.#world, this.#engine, call, ctx.flow)
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
  #started({ id, fence, lane, schedule: of, scheduledFor, missedCount }: JobContext, one?: Running): void {
    const { ledger, running, schedule, base } = this.#world
    const run = ledger.runs.get(id)
    const same = run?.schedule === of?.id && (run?.slot ?? undefined) === of?.slot?.getTime()
    const told = run?.slot == null || run.slot === scheduledFor.getTime()
    const stored = ledger.entries.get(id)?.schedule?.missed ?? missedCount
    ledger.check(same && told && missedCount === stored, 'I4 context', () => `${id} is told to be of ${of?.id}`)
    const engine = this.#engine
    const start = ledger.startOf({ id, fence })
    ledger.check(start?.engine === engine, 'I3 start', () => `${engine.name} runs ${id} #${fence} and did not claim it`)
    ledger.check(start?.started === false, 'I3 start', () => `${engine.name} runs ${id} #${fence} twice`)
    if (start !== undefined) Object.assign(start, { started: true, began: base + schedule.now })
    // Middleware that goes on after its process stood still may come before the timer that tells of the loss.
    const leased = start !== undefined && (ledger.alive(start.worker) || (engine.plan.waits && engine.unsteady))
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
  }

  #fits(lane: string): void {
    const { ledger, running } = this.#world
    const own = [...running.values()].flatMap((set) => [...set]).filter((one) => one.engine === this.#engine)
    const busy = own.filter((one) => one.lane === lane && !one.signal.aborted).length
    const { lanes } = this.#engine.plan
    const slots = lane.startsWith('@') ? Math.max(1, ...Object.values(lanes)) : (lanes[lane] ?? 0)
    ledger.check(busy <= slots, 'I11 slots', () => `${this.#engine.name} runs ${busy} in the ${slots} slots of ${lane}`)
  }
}
