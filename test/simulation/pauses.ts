/** People pause lanes and let them go on, by any engine; at the end somebody sees to it that all of them go on. */
import { follow } from './calls.ts'
import { Random } from './random.ts'
import type { World } from './world.ts'

export interface PausePlan {
  readonly at: number
  readonly lane: string
  /** Virtual milliseconds. */
  readonly length: number
  /** Whose engine is asked, to pause and to go on. */
  readonly engines: readonly [number, number]
}

/** A stream of its own, so that the seeds of before mean what they meant. */
export function pausePlans(seed: number, lanes: readonly string[], until: number, engines: number): PausePlan[] {
  const random = new Random(seed ^ 0x1a4e5)
  const plan = (from: number, length: number): PausePlan => ({
    at: from + random.next() * length,
    lane: random.pick(lanes),
    length: random.between(50, random.chance(0.3) ? 8_000 : 1_500),
    engines: [random.int(0, engines - 1), random.int(0, engines - 1)],
  })
  const many = random.chance(0.3) ? 0 : random.int(1, 4)
  // Some come when the weather is calm, so that nothing but the pause holds what is left.
  const late = random.chance(0.5) ? 0 : random.int(1, 3)
  return Array.from({ length: many + late }, (_, i) => (i < many ? plan(0, until) : plan(until, 4_000)))
}

export function makePause(world: World, { lane, length, engines }: PausePlan): void {
  const [first, second] = engines
  ask(world, first, lane, `pause ${lane}`)
  world.schedule.after(length, null, 'resume', () => ask(world, second, lane, null))
}

function ask(world: World, slot: number, lane: string, reason: string | null): void {
  const engine = world.slots[slot]
  if (!engine || engine.pausedUntil > world.schedule.now) return
  world.trace.note(`${engine.name} asks lane ${lane} to ${reason === null ? 'go on' : 'pause'}`)
  const { lanes } = engine.rota
  const asked: Promise<unknown> = reason === null ? lanes.resume(lane) : lanes.pause(lane, { reason })
  follow(world, engine, asked, () => {})
}

const every = 2_000

/** From `at` on. A wish to go on may have been lost, and one to pause may come late. */
export function resumeAll(world: World, at: number): void {
  world.schedule.after(at - world.schedule.now, null, 'resume all', async () => {
    for (const lane of [...world.ledger.paused.keys()]) await world.network.direct('pauseLane', lane, null)
    if (!world.closing) resumeAll(world, world.schedule.now + every)
  })
}
