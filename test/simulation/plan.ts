/** What a seed means: engines, their settings, what is enqueued when, and how bad the weather is. */
import type { Priority } from '../../src/job/priority.ts'
import { type PausePlan, pausePlans } from './pauses.ts'
import { type EditPlan, editPlans } from './people.ts'
import {
  type FlowEditPlan,
  type FlowPlan,
  flowEditPlans,
  flowPlans,
  type LinkPlan,
  linkPlan,
  type PurgePlan,
  purgePlans,
} from './plan-links.ts'
import { type SchedulesPlan, schedulesPlan } from './plan-schedules.ts'
import { Random } from './random.ts'

export interface EnginePlan {
  /** False: it only enqueues. */
  readonly works: boolean
  readonly lanes: Readonly<Record<string, number>>
  /** Definitions it knows. */
  readonly jobs: readonly string[]
  readonly lease: number
  readonly poll: number
  /** Milliseconds by which its wall clock, which ids are made from, is wrong. */
  readonly clockOffset: number
  /** Milliseconds of its own clock for one of ours. */
  readonly clockRate: number
  readonly cancelGrace: number
  /** It has middleware that waits before and after each handler. */
  readonly waits: boolean
  /** Milliseconds after which it starts for the first time. */
  readonly from: number
}

export interface CallPlan {
  readonly at: number
  readonly engine: number
  readonly job: string
  /** One input each; one makes a single `enqueue`. */
  readonly inputs: readonly number[]
  readonly lane: string
  readonly priority: Priority
  readonly retries: number
  readonly timeout: number
  readonly due: { readonly in: number } | { readonly at: number } | null
  readonly idempotencyKey: string | null
  readonly expires: { readonly in: number } | { readonly at: number } | null
  /** Waits for the results, too. */
  readonly waits: boolean
  readonly links: LinkPlan
}

export interface StopPlan {
  readonly at: number
  readonly engine: number
  readonly grace: number
  /** Milliseconds until another takes its place. */
  readonly back: number
}

export interface Weather {
  /** Share of the storage calls that something happens to. */
  readonly faults: number
  /** This method fails more often. */
  readonly target: string | null
  /** Windows in which an engine cannot reach the storage. */
  readonly partitions: readonly { readonly at: number; readonly engine: number; readonly length: number }[]
  readonly pauses: readonly { readonly at: number; readonly engine: number; readonly length: number }[]
}

export interface Plan {
  readonly wobble: number
  /** Longest time on the way between engine and storage, each direction. */
  readonly latency: number
  /** Faults and new work end here; some wishes concerning the old work come later. */
  readonly until: number
  readonly engines: readonly EnginePlan[]
  readonly calls: readonly CallPlan[]
  readonly edits: readonly EditPlan[]
  readonly pauses: readonly PausePlan[]
  readonly flows: readonly FlowPlan[]
  readonly flowEdits: readonly FlowEditPlan[]
  readonly purges: readonly PurgePlan[]
  readonly stops: readonly StopPlan[]
  readonly schedules: SchedulesPlan
  readonly weather: Weather
}

export const jobNames = ['red', 'blue'] as const
/** Definitions with a choice of their own, by id. */
export const specialJobs = { mark: { onTimeout: 'mark' }, once: { onLapse: 'fail' } } as const
const specialNames = Object.keys(specialJobs) as (keyof typeof specialJobs)[]
const laneNames = ['main', 'side', 'slow'] as const
const priorities: readonly Priority[] = ['critical', 'high', 'medium', 'low', 'veryLow']

export function planOf(seed: number): Plan {
  const random = new Random(seed)
  // What was added later, so that it does not move what comes from the first stream.
  const more = new Random(seed ^ 0x5eed)
  const links = new Random(seed ^ 0x11245)
  const until = random.between(3_000, 25_000)
  const lanes = laneNames.slice(0, random.int(1, laneNames.length))
  const engines = Array.from({ length: random.int(1, 4) }, (_, i) => enginePlan(random, more, lanes, i === 0))
  const instants = (mean: number) => Array.from({ length: random.int(0, mean * 2) }, () => random.next() * until)
  const engine = () => random.int(0, engines.length - 1)
  const calm = random.chance(0.15)
  const upTo = (leases: number, index: number) => random.between(0.1, leases) * (engines[index] as EnginePlan).lease
  const windows = (mean: number, leases: number) =>
    instants(calm ? 0 : mean).map((at) => {
      const index = engine()
      return { at, engine: index, length: upTo(leases, index) }
    })
  const names = [...jobNames, ...specialNames]
  const schedules = schedulesPlan(seed, { until, engines: engines.length, lanes, names })
  return {
    wobble: random.pick([0.01, 1, 5, 20]),
    latency: random.pick([1, 5, 20, 150]),
    until,
    engines,
    calls: instants(9).map((at) => ({
      ...callPlan(random, more, at, engine(), lanes),
      links: linkPlan(links),
    })),
    edits: editPlans(more, until, engines.length),
    pauses: pausePlans(seed, lanes, until, engines.length),
    flows: flowPlans(links, { until, engines: engines.length, lanes, names }),
    flowEdits: flowEditPlans(links, until, engines.length),
    purges: purgePlans(links, until, engines.length),
    stops: instants(1).map((at) => ({
      at,
      engine: engine(),
      grace: random.pick([0, 100, 1_000, 5_000]),
      back: random.between(0, 5_000),
    })),
    weather: {
      faults: calm ? 0 : random.pick([0.02, 0.05, 0.1, 0.2]),
      target: targetOf(random, links, schedules.target),
      partitions: windows(0.5, 2),
      pauses: windows(0.5, 3),
    },
    schedules,
  }
}

/** Storing is met more often than the others: much is decided there, and it is repeated. */
function targetOf(random: Random, links: Random, schedules: string | null): string | null {
  const targets = ['insert', 'claim', 'apply', 'heartbeat', 'sweep', 'note', 'edit', 'signals']
  const one = random.chance(0.3) ? random.pick(targets) : null
  const usual = one === null && links.chance(0.25) ? 'insert' : one
  return schedules ?? usual
}

function enginePlan(random: Random, more: Random, lanes: readonly string[], first: boolean): EnginePlan {
  // The first works on everything, so that all can end.
  const own = first ? lanes : lanes.filter(() => random.chance(0.6))
  const special = specialNames.filter(() => first || more.chance(0.6))
  return {
    works: first || (own.length > 0 && random.chance(0.85)),
    lanes: Object.fromEntries(own.map((lane) => [lane, random.int(1, 4)])),
    jobs: [...(first || random.chance(0.8) ? jobNames : [random.pick(jobNames)]), ...special],
    lease: Math.round(1_000 * 30 ** random.next()),
    poll: random.int(200, 4_000),
    clockOffset: Math.round(random.between(-3_600_000, 3_600_000)),
    clockRate: random.between(0.98, 1.02),
    cancelGrace: more.pick([0, 100, 1_000, 5_000]),
    waits: more.chance(0.25),
    from: first && more.chance(0.2) ? more.between(1_000, 8_000) : more.between(0, 300),
  }
}

function callPlan(
  random: Random,
  more: Random,
  at: number,
  engine: number,
  lanes: readonly string[],
): Omit<CallPlan, 'links'> {
  const many = random.chance(0.3) ? random.int(2, 6) : 1
  const keyed = random.chance(0.3)
  const usual = random.pick(jobNames)
  return {
    at,
    engine,
    job: more.chance(0.3) ? more.pick(specialNames) : usual,
    // What has a key has few inputs, so that calls meet each other.
    inputs: Array.from({ length: many }, () => random.int(0, keyed ? 1 : 1_000)),
    lane: random.pick(lanes),
    priority: random.pick(priorities),
    retries: random.int(0, 3),
    timeout: Math.round(random.between(300, 8_000)),
    due: dueOf(random, at),
    idempotencyKey: keyed ? `key-${random.int(0, 2)}` : null,
    waits: random.chance(0.2),
    expires: expiryOf(more, at),
  }
}

function expiryOf(random: Random, at: number): CallPlan['expires'] {
  const kind = random.weighted({ never: 8, in: 2, at: 1 })
  if (kind === 'never') return null
  if (kind === 'in') return { in: random.int(1, 8_000) }
  return { at: Math.round(at + random.between(-500, 12_000)) }
}

function dueOf(random: Random, at: number): CallPlan['due'] {
  const kind = random.weighted({ now: 6, in: 3, at: 2 })
  if (kind === 'now') return null
  if (kind === 'in') return { in: random.int(0, 8_000) }
  return { at: Math.round(at + random.between(-2_000, 8_000)) }
}
