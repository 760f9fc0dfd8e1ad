/** What a seed means for jobs that have to do with others: who waits for whom, flows, unique jobs, what is kept how long. */
import type { Retention } from '../../src/job/options.ts'
import { type OnParentFail, onParentFails } from '../../src/job/parents.ts'
import type { Unique } from '../../src/job/unique.ts'
import type { Aim } from './people.ts'
import type { Random } from './random.ts'

/** A parent that is stored when the call is made, or was. */
export interface AfterPlan extends Aim {
  readonly onFail: OnParentFail | null
}

/** What a call says beside its usual options. */
export interface LinkPlan {
  readonly after: readonly AfterPlan[]
  readonly onParentFail: OnParentFail | null
  readonly unique: Unique<number> | null
  readonly retention: Retention | null
}

export interface FlowJobPlan extends LinkPlan {
  readonly job: string
  readonly n: number
  readonly lane: string
  readonly retries: number
  readonly timeout: number
  readonly in: number | null
  readonly expiresIn: number | null
  /** Parents in the flow, by position. */
  readonly parents: readonly { readonly of: number; readonly onFail: OnParentFail }[]
}

export interface FlowPlan {
  readonly at: number
  readonly engine: number
  readonly jobs: readonly FlowJobPlan[]
}

export interface FlowEditPlan {
  readonly at: number
  readonly engine: number
  /** Which flow, as a share of those that were made. */
  readonly aim: number
  readonly verb: 'cancel' | 'retry'
}

export interface PurgePlan {
  readonly at: number
  readonly engine: number
  readonly olderThan: number
  readonly limit: number | null
}

const rules = [...onParentFails]

export function linkPlan(random: Random): LinkPlan {
  const family = random.chance(0.25)
  return {
    after: family ? Array.from({ length: random.int(1, 2) }, () => afterPlan(random)) : [],
    onParentFail: family && random.chance(0.6) ? random.pick(rules) : null,
    unique: random.chance(0.35) ? uniquePlan(random) : null,
    retention: retentionPlan(random),
  }
}

const afterPlan = (random: Random): AfterPlan => ({
  of: random.weighted({ running: 5, waiting: 5, over: 5, gone: 1 }),
  aim: random.next(),
  onFail: random.chance(0.4) ? random.pick(rules) : null,
})

function retentionPlan(random: Random): Retention | null {
  const kind = random.weighted({ usual: 6, none: 3, short: 1 })
  return kind === 'usual' ? null : kind === 'none' ? 'none' : { succeeded: 60_000, failed: 60_000 }
}

/** Few keys, so that calls meet each other. */
export function uniquePlan(random: Random): Unique<number> {
  const within = random.int(1, random.chance(0.3) ? 60_000 : 8_000)
  const scope = random.pick<Pick<Unique, 'within' | 'while'>>([
    {},
    {},
    { within },
    { while: [], within },
    { while: ['scheduled', 'ready'] },
    { while: ['running'] },
    { while: ['blocked', 'scheduled', 'ready', 'running'] },
  ])
  return {
    ...scope,
    key: random.chance(0.8) ? `unique-${random.int(0, 1)}` : 'input',
    onConflict: random.pick(['keep', 'replace', 'reschedule']),
  }
}

export function flowPlans(
  random: Random,
  {
    until,
    engines,
    lanes,
    names,
  }: { until: number; engines: number; lanes: readonly string[]; names: readonly string[] },
): FlowPlan[] {
  return Array.from({ length: random.int(0, 2) }, () => {
    const size = random.int(2, 6)
    const job = (at: number): FlowJobPlan => ({
      ...linkPlan(random),
      after: random.chance(0.1) ? [afterPlan(random)] : [],
      unique: random.chance(0.15) ? uniquePlan(random) : null,
      job: random.pick(names),
      n: random.int(0, 1_000),
      lane: random.pick(lanes),
      retries: random.int(0, 2),
      timeout: Math.round(random.between(300, 8_000)),
      in: random.chance(0.15) ? random.int(1, 5_000) : null,
      expiresIn: random.chance(0.1) ? random.int(1, 10_000) : null,
      parents: Array.from({ length: at }, (_, of) => of)
        .filter(() => random.chance(0.45))
        .map((of) => ({ of, onFail: random.pick(rules) })),
    })
    return {
      at: random.next() * until,
      engine: random.int(0, engines - 1),
      jobs: Array.from({ length: size }, (_, at) => job(at)),
    }
  })
}

export const flowEditPlans = (random: Random, until: number, engines: number): FlowEditPlan[] =>
  Array.from({ length: random.int(0, 3) }, () => ({
    // Some come in calm weather.
    at: random.next() * (until + 6_000),
    engine: random.int(0, engines - 1),
    aim: random.next(),
    verb: random.weighted({ cancel: 1, retry: 2 }),
  }))

export const purgePlans = (random: Random, until: number, engines: number): PurgePlan[] =>
  Array.from({ length: random.chance(0.4) ? random.int(1, 2) : 0 }, () => ({
    at: random.next() * (until + 3_000),
    engine: random.int(0, engines - 1),
    olderThan: random.int(0, 4_000),
    limit: random.chance(0.5) ? random.int(1, 5) : null,
  }))
