/** What people do with schedules, by any engine; those that stand in the code of an engine; and the end of all of them. */

import type { ScheduleOptions } from '../../src/engine/schedule-rule.ts'
import type { Job } from '../../src/job/define.ts'
import { isRotaError } from '../../src/job/errors.ts'
import type { JobId } from '../../src/job/id.ts'
import { follow } from './calls.ts'
import type { Engine } from './engine.ts'
import type { RulePlan, SchedulePlan, ScheduleWish } from './plan-schedules.ts'
import type { World } from './world.ts'

type Options = Omit<ScheduleOptions<number>, 'id' | 'job' | 'input'>

function optionsOf({ base }: World, plan: RulePlan): Options {
  const { when, misfire, overlap, runOn, maxRuns, startsAt, endsAt, jitter, lane, retries, timeout, expiresIn } = plan
  return {
    when: 'every' in when ? when : { cron: `${when.seconds === 1 ? '*' : `*/${when.seconds}`} * * * * *` },
    ...{ misfire, overlap, runOn, lane, retries, timeout },
    ...(maxRuns && { maxRuns }),
    ...(startsAt !== null && { startsAt: new Date(base + startsAt) }),
    ...(endsAt !== null && { endsAt: new Date(base + endsAt) }),
    ...(jitter && { jitter }),
    ...(expiresIn && { expiresIn }),
    ...(plan.leavesNothing && { retention: 'none' }),
  }
}

const rulePlan = ({ rules }: SchedulePlan, i: number): RulePlan => rules[i % rules.length] as RulePlan

/** What stands in the code of an engine that is about to start; each start has newer code. */
export function writeCode(world: World, engine: Engine, start: number): void {
  if (world.schedulesOver) return
  for (const plan of world.plan.schedules.schedules) {
    if (plan.code[engine.slot] !== true || !engine.plan.jobs.includes(plan.job)) continue
    const rule = rulePlan(plan, start)
    const { when, ...options } = optionsOf(world, rule)
    const job = engine.jobs.get(plan.job) as Job<number, number>
    const said = engine.rota.schedule(plan.id, job).input(rule.n)
    if (rule.immediate) said.immediate()
    if (typeof when === 'object' && 'every' in when) said.every(when.every)
    if (typeof when === 'object' && 'cron' in when) said.cron(when.cron)
    const { misfire, overlap, startsAt, endsAt, maxRuns, jitter, runOn, ...own } = options
    said
      .misfire(misfire ?? 'once')
      .overlap(overlap ?? 'allow')
      .options(own)
    if (startsAt !== undefined) said.startsAt(startsAt)
    if (endsAt !== undefined) said.endsAt(endsAt)
    if (maxRuns !== undefined) said.maxRuns(maxRuns)
    if (runOn === 'every') said.onEveryServer()
    if (rule.jitter) said.randomDelay(rule.jitter.min / 1_000, rule.jitter.max / 1_000)
  }
}

/** What people are told when what they ask for cannot be. */
const refusals = ['schedule_not_found', 'schedule_state', 'schedule_invalid', 'job_unknown', 'option_invalid'] as const

export function makeScheduleWish(world: World, wish: ScheduleWish): void {
  const engine = world.slots[wish.engine]
  const plan = world.plan.schedules.schedules[wish.of] as SchedulePlan
  if (!engine || engine.pausedUntil > world.schedule.now || world.schedulesOver) return
  world.trace.note(`${engine.name} asks to ${wish.verb} schedule ${plan.id}`)
  const asked = ask(world, engine, plan, wish).catch((error) => {
    const told = refusals.find((code) => isRotaError(error, code))
    if (told === undefined) throw error
    return told
  })
  follow(world, engine, asked, (told) => world.ledger.count(`schedule ${wish.verb}: ${told}`))
}

async function ask(world: World, engine: Engine, plan: SchedulePlan, wish: ScheduleWish): Promise<string> {
  const { rota, jobs } = engine
  const { ledger, base, schedule } = world
  const { verb, length } = wish
  const { id } = plan
  const now = base + Math.round(schedule.now)
  switch (verb) {
    case 'put': {
      const rule = rulePlan(plan, wish.rule)
      const job = jobs.get(plan.job) as Job<number, number>
      return (await rota.schedules.put({ id, job, input: rule.n, ...optionsOf(world, rule) })).status
    }
    case 'pause': {
      const end = length === null ? {} : wish.rule === 0 ? { until: new Date(now + length) } : { for: length }
      return (await rota.schedules.pause(id, end)).state
    }
    case 'resume':
    case 'reset':
      return (await rota.schedules[verb](id)).state
    case 'delete':
      return (await rota.schedules.delete(id)).status
    case 'trigger': {
      const { id: run, status } = await rota.schedules.trigger(id)
      const known = run === null || ledger.runs.has(run)
      ledger.check(known, 'I1 lost', () => `${run} of schedule ${id} was acknowledged and is not stored`)
      return status
    }
    case 'backfill': {
      const from = new Date(now - (length ?? 6_000))
      const { slots, stored, duplicates } = await rota.schedules.backfill(id, { from, to: new Date(now + 1_000) })
      const all = stored + duplicates === slots.length
      ledger.check(all, 'I4 backfill', () => `${stored} and ${duplicates} of ${slots.length} slots of ${id}`)
      return stored > 0 ? 'stored' : duplicates > 0 ? 'duplicates' : 'nothing'
    }
  }
}

const every = 2_000
const everything = { ids: null, jobs: null, states: null, origin: null, after: null, limit: 1_000 }

/** From `at` on there are none any more; code and late wishes may still bring one. What is stored of them is looked at before. */
export function endSchedules(world: World, at: number): void {
  world.schedule.after(at - world.schedule.now, null, 'end schedules', async () => {
    const { ledger, network } = world
    await lookAtSchedules(world)
    world.schedulesOver = true
    const ids = [...ledger.schedules.keys()]
    if (ids.length > 0) await network.direct('deleteSchedules', ids)
    if (!world.closing) endSchedules(world, world.schedule.now + every)
  })
}

/** Holds what is stored of schedules and of the slots that did not run against what was written. */
export async function lookAtSchedules({ ledger, network }: World): Promise<void> {
  await network.direct('schedules', everything)
  for (const id of ledger.schedules.keys()) await network.direct('skips', id, null, 10_000)
}

/** A run of a schedule that an engine has told of is one. */
export function heardOfRun(world: World, engine: Engine, schedule: string, id: JobId, slot: number): void {
  const { ledger } = world
  const run = ledger.runs.get(id)
  const known = run?.schedule === schedule && run.slot === slot
  ledger.check(known, 'I10 events', () => `${engine.name} told that ${id} is the run of ${schedule} at ${slot}`)
}
