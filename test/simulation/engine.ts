/**
 * One engine: a real `Rota` whose clock, chance, timers and storage belong to the simulation.
 *
 * working → stopping → stopped, or → crashed from anywhere: then it is not `alive` and nothing of it happens any more.
 * Beside that it may stand still (`pausedUntil`) or be cut off (`partitionedUntil`).
 */
import type { Middleware } from '../../src/engine/middleware.ts'
import { Rota } from '../../src/engine/rota.ts'
import type { Runtime } from '../../src/engine/runtime.ts'
import { defineJob, type Job } from '../../src/job/define.ts'
import { isRotaError } from '../../src/job/errors.ts'
import { createIdMaker } from '../../src/job/id.ts'
import { finalStates } from '../../src/job/states.ts'
import type { Wake } from '../../src/storage/contract.ts'
import { Handlers } from './handlers.ts'
import { type EnginePlan, jobNames, specialJobs } from './plan.ts'
import type { Owner } from './schedule.ts'
import { heardOfRun, writeCode } from './scheduling.ts'
import type { World } from './world.ts'

export class Engine implements Owner {
  readonly name: string
  readonly slot: number
  readonly plan: EnginePlan
  readonly rota: Rota
  readonly jobs: ReadonlyMap<string, Job<number, number>>
  readonly #world: World
  alive = true
  pausedUntil = 0
  partitionedUntil = 0
  state: 'working' | 'stopping' | 'stopped' | 'crashed' = 'working'
  /** The storage was closed on its side. */
  closed = false
  wake: Wake | null = null
  /** Calls of users that are not settled. */
  openCalls = 0
  /** Until then something unusual may be on its way to it or from it. */
  troubledUntil = 0
  /** The id under which it holds its lease, as the storage knows. */
  worker: string | null = null
  /** How many jobs its last claim asked for, by lane. */
  asked: ReadonlyMap<string, number> | null = null
  /** All that comes with its start is done. */
  started = false
  /** Something unusual happened to it at some time. */
  everTroubled = false

  constructor(world: World, slot: number, name: string, plan: EnginePlan, start: number) {
    this.#world = world
    this.slot = slot
    this.name = name
    this.plan = plan
    this.everTroubled = world.slowNetwork
    const runtime = runtimeOf(world, this)
    const handlers = new Handlers(world, this, runtime)
    this.jobs = new Map(
      [...jobNames, ...Object.keys(specialJobs)].map((id) => [
        id,
        defineJob({
          id,
          ...specialJobs[id as keyof typeof specialJobs],
          backoff: { type: 'exponential', base: 200, max: 5_000, jitter: 0.5 },
          run: (n, ctx) => handlers.run(n as number, ctx),
        }) as unknown as Job<number, number>,
      ]),
    )
    const { lanes, lease, poll, cancelGrace } = plan
    const middleware: Middleware[] = plan.waits ? [{ run: (ctx, next) => handlers.wait(ctx, next) }] : []
    const jobs = plan.jobs.map((id) => this.jobs.get(id) as unknown as Job)
    const own = { storage: world.network.connect(this), lease, poll, cancelGrace, middleware, jobs }
    this.rota = new Rota({ ...own, ...(plan.works && { lanes }) }, runtime)
    this.#listen()
    if (plan.works) writeCode(world, this, start)
    if (plan.works) this.#start()
    else this.started = true
  }

  /** It has just gone on after standing still, or stands still: its timers may be late. */
  get unsteady(): boolean {
    return this.pausedUntil > 0 && this.#world.schedule.now < this.pausedUntil + 50
  }

  /** Nothing hinders its work, and nothing unusual is on its way any more. */
  get steady(): boolean {
    const { now } = this.#world.schedule
    return (
      this.plan.works && this.worker !== null && this.state === 'working' && this.troubledUntil < now && !this.unsteady
    )
  }

  /** Something is under way that comes at this instant; it counts when that is later than usual. */
  expectTroubleUntil(instant: number): void {
    const { schedule, plan } = this.#world
    if (instant > schedule.now + plan.latency) this.troubledUntil = Math.max(this.troubledUntil, instant)
  }

  #start(): void {
    const { schedule, ledger } = this.#world
    const started = () => {
      this.started = true
    }
    this.rota.start().then(started, (error) => {
      if (isRotaError(error, 'closed') || this.state !== 'working') return
      ledger.check(isRotaError(error, 'storage_unreachable'), 'I8 start', () => `${this.name}: ${error?.stack}`)
      schedule.after(200, this, 'start', () => this.#start())
    })
  }

  /** Events tell what is recorded, nothing else. */
  #listen(): void {
    const { ledger } = this.#world
    for (const state of finalStates) {
      this.rota.on(`job:${state}`, ({ id }) => {
        const ends = ledger.ends.get(id)
        const known = ends?.has(state) === true
        ledger.check(known, 'I10 events', () => `${this.name} told that ${id} ${state}; it was ${[...(ends ?? [])]}`)
      })
    }
    this.rota.on('schedule:fired', ({ schedule, id, slot }) =>
      heardOfRun(this.#world, this, schedule, id, slot.getTime()),
    )
    this.rota.on('job:lease_lost', ({ id }) => this.#doubt(id))
    this.rota.on('worker:trouble', ({ error, during }) => {
      const immediate = during.startsWith('the immediate run')
      const stopped = isRotaError(error, 'closed') && this.state !== 'working'
      const taken = during.startsWith('storing schedule') && isRotaError(error, 'option_invalid')
      const gone = taken || (immediate && (isRotaError(error, 'schedule_not_found') || stopped))
      const usual = isRotaError(error, 'storage_unreachable') || isRotaError(error, 'storage_closed') || gone
      ledger.check(usual, 'I8 trouble', () => `${this.name}, ${during}: ${(error as Error)?.stack}`)
    })
  }

  /** An outcome is said to be lost and is recorded: then the lease must really be lost, so it ends without a renewal. */
  #doubt(id: string): void {
    const { ledger, schedule } = this.#world
    const entry = ledger.entries.get(id)
    if (entry === undefined) return
    // The event does not tell the fence, so this engine must have had the job only once.
    const fences = Array.from({ length: entry.fence }, (_, i) => i + 1)
    const own = fences.filter((fence) => ledger.startOf({ id, fence })?.engine === this)
    if (own.length !== 1 || own[0] !== entry.fence || entry.finishedAt === null || this.state !== 'working') return
    const { worker } = entry
    schedule.after(this.plan.lease * 1.5 + 1_000, null, 'doubt', () => {
      const kept = worker !== null && ledger.alive(worker)
      ledger.check(
        !kept,
        'I10 events',
        () => `${this.name} told that ${id} was lost; it is ${entry.state}, by ${worker}`,
      )
    })
  }
}

function runtimeOf({ schedule, chance, base }: World, engine: Engine): Runtime {
  const { clockOffset, clockRate } = engine.plan
  const random = chance.fork()
  const born = schedule.now
  const elapsed = () => 1_000 + (schedule.now - born) * clockRate
  return {
    elapsed,
    offset: () => null,
    random: () => random.next(),
    id: createIdMaker(
      () => Math.floor(base + clockOffset + born + elapsed()),
      () => random.bits(),
    ),
    after: (ms, work) => schedule.after(ms / clockRate, engine, 'timer', work),
    soon: (work) => void schedule.after(0, engine, 'soon', work),
  }
}
