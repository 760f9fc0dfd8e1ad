/** What a seed means for schedules: which there are, in the code or put by somebody, and what people ask of them. */
import type { Misfire, Overlap, RunOn } from '../../src/schedule/policies.ts'
import { Random } from './random.ts'

export interface RulePlan {
  /** Milliseconds of an interval, or seconds for cron. */
  readonly when: { readonly every: number } | { readonly seconds: number }
  readonly misfire: Misfire
  readonly overlap: Overlap
  readonly runOn: RunOn
  readonly maxRuns: number | null
  /** Milliseconds since the beginning. */
  readonly startsAt: number | null
  readonly endsAt: number | null
  readonly jitter: { readonly min: number; readonly max: number } | null
  readonly lane: string
  readonly retries: number
  readonly timeout: number
  readonly expiresIn: number | null
  readonly leavesNothing: boolean
  readonly immediate: boolean
  /** Input of its runs. */
  readonly n: number
}

export interface SchedulePlan {
  readonly id: string
  readonly job: string
  /** By the engine, whether it stands in its code; empty for one that is put. */
  readonly code: readonly boolean[]
  /** What it may say. Each start of an engine has the next one in its code. */
  readonly rules: readonly RulePlan[]
}

export type ScheduleVerb = 'put' | 'pause' | 'resume' | 'trigger' | 'backfill' | 'reset' | 'delete'

export interface ScheduleWish {
  readonly at: number
  readonly engine: number
  readonly verb: ScheduleVerb
  /** Which schedule, and which of its rules. */
  readonly of: number
  readonly rule: number
  /** How long a pause takes, how far back a backfill goes; null for a pause without end. Milliseconds. */
  readonly length: number | null
}

export interface SchedulesPlan {
  readonly schedules: readonly SchedulePlan[]
  readonly wishes: readonly ScheduleWish[]
  /** Until then they go on; a part of it is calm. */
  readonly until: number
  /** This method of the storage fails more often. */
  readonly target: string | null
}

interface Surroundings {
  readonly until: number
  readonly engines: number
  readonly lanes: readonly string[]
  readonly names: readonly string[]
}

const none: SchedulesPlan = { schedules: [], wishes: [], until: 0, target: null }

/** A stream of its own, so that the seeds of before mean what they meant. */
export function schedulesPlan(seed: number, where: Surroundings): SchedulesPlan {
  const random = new Random(seed ^ 0x5c4ed)
  if (random.chance(0.5)) return none
  const until = where.until + (random.chance(0.1) ? random.between(20_000, 40_000) : random.between(3_000, 10_000))
  const schedules = Array.from({ length: random.int(1, 4) }, (_, i) => schedulePlan(random, i, where))
  const puts = schedules.flatMap(({ code }, of): ScheduleWish[] =>
    code.length > 0 ? [] : [{ ...wish(random, where), at: random.between(0, 3_000), verb: 'put', of, rule: 0 }],
  )
  const wishes = Array.from({ length: random.int(0, 16) }, (): ScheduleWish => {
    const of = random.int(0, schedules.length - 1)
    return { ...wish(random, where), at: random.next() * until, of }
  })
  const back = wishes.flatMap((one): ScheduleWish[] => {
    const later = { ...one, engine: random.int(0, where.engines - 1), at: one.at + random.between(0, 3_000) }
    if (one.verb === 'delete') return [{ ...later, verb: 'put', rule: one.rule + 1 }]
    return one.verb === 'pause' && random.chance(0.6) ? [{ ...later, verb: 'resume' }] : []
  })
  const methods = ['fire', 'saveSchedules', 'dueSchedules', 'schedules', 'deleteSchedules']
  const target = random.chance(0.4) ? random.pick(methods) : null
  const churn = random.chance(0.15) ? churnPlan(random, where, until) : []
  return { schedules, wishes: [...puts, ...wishes, ...back, ...churn], until, target }
}

/** One is deleted and put back again and again: what was decided for an earlier one may come late. */
function churnPlan(random: Random, where: Surroundings, until: number): ScheduleWish[] {
  const wishes: ScheduleWish[] = []
  for (let at = random.between(0, until / 2); at < until; at += random.between(50, 2_500)) {
    const verb = random.weighted({ delete: 4, put: 4, pause: 1, resume: 1, trigger: 1 })
    wishes.push({ ...wish(random, where), at, verb, of: 0 })
  }
  return wishes
}

function wish(random: Random, { engines }: Surroundings): Omit<ScheduleWish, 'at' | 'of'> {
  return {
    engine: random.int(0, engines - 1),
    verb: random.weighted({ put: 5, pause: 5, resume: 4, trigger: 4, backfill: 3, reset: 1, delete: 2 }),
    rule: random.int(0, 2),
    length: random.chance(0.3) ? null : random.int(0, 6_000),
  }
}

function schedulePlan(random: Random, i: number, where: Surroundings): SchedulePlan {
  const inCode = random.chance(0.35)
  return {
    id: `s${i + 1}`,
    job: random.pick(where.names),
    code: inCode ? Array.from({ length: where.engines }, () => random.chance(0.6)) : [],
    rules: Array.from({ length: 3 }, () => rulePlan(random, where)),
  }
}

function rulePlan(random: Random, { until, lanes }: Surroundings): RulePlan {
  const runOn = random.chance(0.2) ? 'every' : 'one'
  const startsAt = random.chance(0.15) ? Math.round(random.between(-5_000, until)) : null
  const endsAt = random.chance(0.15) ? Math.round((startsAt ?? 0) + random.between(2_000, until)) : null
  return {
    when: random.chance(0.6)
      ? { every: random.chance(0.5) ? random.int(1, 5) * 1_000 : random.int(1_000, 5_000) }
      : { seconds: random.pick([1, 2, 3, 5]) },
    misfire: random.pick<Misfire>(['skip', 'once', { all: { max: random.int(1, 4) } }]),
    overlap: random.pick(['allow', 'skip', 'queue', 'replace']),
    runOn,
    maxRuns: random.chance(0.2) ? random.int(1, 8) : null,
    startsAt,
    endsAt,
    jitter: random.chance(0.2) ? { min: random.int(0, 300), max: random.int(300, 2_000) } : null,
    lane: random.pick(lanes),
    retries: random.int(0, 2),
    timeout: random.int(300, 5_000),
    // What nobody takes out of the lane of a worker that is gone would be there for an hour.
    expiresIn: runOn === 'every' || random.chance(0.15) ? random.int(1_000, 20_000) : null,
    leavesNothing: random.chance(0.15),
    immediate: random.chance(0.2),
    n: random.int(1_001, 2_000),
  }
}
