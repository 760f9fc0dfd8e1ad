/**
 * One run, from a seed: trouble (work comes, faults happen) → calm (no more of either, only wishes; all has to end) → closing (all
 * engines stop) → over. The first violation ends it.
 */
import { explainJob } from '../../src/engine/explain.ts'
import type { JobId } from '../../src/job/id.ts'
import type { ListQuery } from '../../src/storage/contract.ts'
import { everything } from '../../src/testing/conformance/kit.ts'
import { makeCall } from './calls.ts'
import { editFlow, freeBlocked, makeFlow, makePurge } from './families.ts'
import type { Entry, Ledger, Violation } from './ledger.ts'
import { holder, isForNobody, stateOf } from './links.ts'
import type { Fault } from './network.ts'
import { checkLogs, Patrol } from './patrol.ts'
import { makePause, resumeAll } from './pauses.ts'
import { makeEdits } from './people.ts'
import { endSchedules, lookAtSchedules, makeScheduleWish } from './scheduling.ts'
import { type StorageName, World } from './world.ts'

export interface Result {
  readonly seed: number
  readonly storage: StorageName
  readonly violation: Violation | null
  /** The last lines of what happened. */
  readonly tail: readonly string[]
  /** The same for the same seed. */
  readonly hash: string
  readonly faults: Readonly<Partial<Record<Fault | 'stops' | 'pauses' | 'stale', number>>>
  readonly counts: Readonly<Record<string, number>>
  /** Virtual milliseconds. */
  readonly length: number
}

/** Virtual milliseconds in which all work has to end once the faults did. */
const longestCalm = 3_600_000
/** Longer than any engine waits from one look to the next. */
const longestPoll = 5_000
const all: ListQuery = { ...everything, limit: 1_000 }

export async function simulate(
  seed: number,
  storage: StorageName,
  provoked: ReadonlySet<string> = new Set(),
  tail = 40,
): Promise<Result> {
  const world = new World(seed, storage, provoked, tail)
  const { ledger, trace, network, schedule } = world
  const unhandled = (error: unknown) => ledger.violate('I8 unhandled', `${(error as Error)?.stack ?? error}`)
  process.on('unhandledRejection', unhandled)
  try {
    await world.storage.migrate()
    await run(world)
  } finally {
    await turn()
    process.off('unhandledRejection', unhandled)
    await world.storage.close()
  }
  const { violation, counts } = ledger
  if (violation !== null) trace.note(`VIOLATION ${violation.rule}: ${violation.what}`)
  const told = violation && { rule: violation.rule, what: trace.readable(violation.what) }
  const faults = { ...network.counts, ...world.counts }
  return {
    seed,
    storage,
    violation: told,
    tail: trace.tail(),
    hash: trace.digest(),
    faults,
    counts,
    length: schedule.now,
  }
}

async function run(world: World): Promise<void> {
  const { ledger, plan, network, schedule, slots, trace } = world
  prepare(world)
  const patrol = new Patrol(world)
  if (plan.weather.faults === 0) patrol.start()
  await drive(world, plan.until)
  trace.note('calm from here on')
  network.calm = true
  for (const engine of world.engines) engine.partitionedUntil = 0
  if (plan.weather.faults > 0) patrol.start()
  const wishes = [
    ...plan.edits,
    ...plan.flowEdits,
    ...plan.purges,
    ...plan.pauses.map((one) => ({ at: one.at + one.length })),
  ]
  const lastWish = Math.max(plan.schedules.until, ...wishes.map(({ at }) => at))
  const schedules = plan.schedules.schedules.length > 0
  resumeAll(world, lastWish + 1_000)
  if (schedules) endSchedules(world, lastWish)
  const quiet = () =>
    schedule.now > lastWish + plan.wobble &&
    ledger.open.every((entry) => waitsForPeople(entry, ledger)) &&
    world.openCalls === 0 &&
    network.lateUntil < schedule.now &&
    slots.every((engine) => engine !== null && (engine.started || !schedules)) &&
    ledger.schedules.size === 0 &&
    (world.schedulesOver || !schedules)
  await end(world, quiet)
  for (let round = 1; ledger.violation === null && ledger.open.length > 0; round++) {
    await checkBlocked(world)
    if (round === 1 && (await passTime(world))) continue
    await freeBlocked(world, round)
    await end(world, quiet)
  }
  await rest(world)
  if (ledger.violation !== null) return
  await network.direct('list', all)
  await network.direct('edges', [...ledger.entries.keys()])
  await checkLogs(world)
  trace.note('all stop')
  world.closing = true
  for (const engine of slots) world.stop(engine, world.chance.pick([0, 500, 5_000]), 0)
  await drive(world, schedule.now + 600_000)
  for (const engine of world.engines)
    ledger.check(engine.state !== 'stopping', 'I9 stop', () => `${engine.name} never stopped`)
  await network.direct('list', all)
  await checkForgotten(world)
}

/** Drives until nothing happens any more by itself. */
async function end(world: World, quiet: () => boolean): Promise<void> {
  const { ledger, schedule } = world
  if ((await drive(world, schedule.now + longestCalm, quiet)) || ledger.violation !== null) return
  const stuck = ledger.open.filter((entry) => !waitsForPeople(entry, ledger))
  const said = stuck.map((entry) => `${entry.id} is ${stateOf(entry)} #${entry.fence} of ${entry.worker}`)
  ledger.violate('I1 stuck', said.join('; ') || `${world.openCalls} calls never ended`)
}

/** Nothing is to be done any more: all slots are free, and every engine asks for as much as it can take. */
async function rest(world: World): Promise<void> {
  const { schedule, ledger, plan } = world
  await drive(world, schedule.now + 2 * plan.latency + 50)
  const since = schedule.now
  for (const engine of world.engines) engine.asked = null
  await drive(world, since + longestPoll)
  for (const { name, plan, asked, troubledUntil, state } of world.engines) {
    if (asked === null || troubledUntil > since || state !== 'working') continue
    for (const [lane, slots] of Object.entries(plan.lanes)) {
      const free = asked.get(lane) ?? 0
      ledger.check(free >= slots, 'I9 slots', () => `${name} rests and has ${free} of ${slots} slots free in ${lane}`)
    }
  }
}

/** Only somebody who helps its parents can help it; or it is for a worker that is gone. */
const waitsForPeople = (entry: Entry, ledger: Ledger): boolean =>
  (entry.blocked && entry.expiresAt === null) || isForNobody(ledger, entry)

/** What is blocked when nothing happens any more has a good reason, and whoever asks is told which. */
async function checkBlocked({ ledger, storage, network }: World): Promise<void> {
  await network.direct('list', all)
  await network.direct('edges', [...ledger.entries.keys()])
  for (const entry of ledger.open.filter(({ blocked }) => blocked)) {
    const parent = holder(ledger, entry)
    const links = () => ledger.links.ofChild(entry.id).map((one) => JSON.stringify(one))
    ledger.check(parent !== null, 'I6 stranded', () => `${entry.id} is blocked by nothing: ${links()}`)
    if (parent === null) continue
    ledger.count('heldByParent')
    const { waitsFor } = await explainJob(storage, entry.id as JobId)
    const told = waitsFor.some(({ code, message }) => explained.includes(code) && message.includes(parent))
    ledger.check(told, 'I6 explain', () => `${entry.id} waits for ${parent}: ${JSON.stringify(waitsFor)}`)
  }
}

/** Where a parent is kept for a short time only, all look on until somebody has removed it. */
async function passTime(world: World): Promise<boolean> {
  const { ledger, schedule } = world
  const parents = ledger.open
    .flatMap(({ id }) => ledger.links.ofChild(id))
    .map(({ parent }) => ledger.entries.get(parent))
  const short = parents.some((parent) => parent?.finishedAt != null && parent.keep.failed <= keptShort)
  if (short) await drive(world, schedule.now + keptShort + longestPurge)
  return short
}

const keptShort = 60_000
/** Between two looks of an engine for what was kept long enough, by clocks that are wrong. */
const longestPurge = 65_000

const explained: readonly string[] = ['parent_failed', 'blocked_by_parent']

/** Of what left nothing a repeated call is answered for an hour, and nothing is stored. */
async function checkForgotten({ ledger, network, schedule, base }: World): Promise<void> {
  const stones = [...ledger.forgotten.values()].filter(({ until }) => until > ledger.now)
  for (const { job, until } of stones.toSorted((a, b) => a.until - b.until)) {
    schedule.now = Math.max(schedule.now, until - 1 - base)
    await network.direct('purge', 1_000)
    await network.direct('insert', [job], { retry: true })
    if (ledger.violation === null) ledger.count('repeatedLate')
  }
  await network.direct('list', all)
}

function prepare(world: World): void {
  const { plan, schedule, chance, network, slots } = world
  for (const slot of slots.keys()) world.startIn(plan.engines[slot]?.from ?? 0, slot)
  for (const call of plan.calls) schedule.after(call.at, null, 'call', () => makeCall(world, call))
  for (const edit of plan.edits) schedule.after(edit.at, null, 'edit', () => makeEdits(world, edit))
  for (const pause of plan.pauses) schedule.after(pause.at, null, 'pause lane', () => makePause(world, pause))
  for (const flow of plan.flows) schedule.after(flow.at, null, 'flow', () => makeFlow(world, flow))
  for (const edit of plan.flowEdits) schedule.after(edit.at, null, 'edit flow', () => editFlow(world, edit))
  for (const wish of plan.schedules.wishes)
    schedule.after(wish.at, null, 'schedule', () => makeScheduleWish(world, wish))
  for (const purge of plan.purges) schedule.after(purge.at, null, 'purge', () => makePurge(world, purge))
  for (const { at, engine, grace, back } of plan.stops)
    schedule.after(at, null, 'stop', () => world.stop(slots[engine], grace, back))
  for (const { at, engine, length } of plan.weather.pauses)
    schedule.after(at, null, 'pause', () => world.pause(slots[engine], length))
  for (const { at, engine, length } of plan.weather.partitions)
    schedule.after(at, null, 'cut', () => world.cutOff(slots[engine], length))
  schedule.after(chance.next() * plan.until, null, 'look', () => checkLogs(world))
  for (let i = 0; i < 3; i++) {
    schedule.after(chance.next() * plan.until, null, 'look', async () => {
      await network.direct('list', all)
      if (plan.schedules.schedules.length > 0) await lookAtSchedules(world)
    })
    schedule.after(chance.next() * plan.until, null, 'stale', () => writeStale(world))
  }
}

/** A writer from the past, or one that never was: what it writes must be refused. The ledger knows that. */
async function writeStale(world: World): Promise<void> {
  const { ledger, network, chance } = world
  const running = ledger.open.filter(({ state }) => state === 'running')
  if (running.length === 0) return
  const { id, fence, worker } = chance.pick(running)
  const others = [...ledger.leases.keys()].filter((other) => other !== worker)
  const by = others.length > 0 && chance.chance(0.5) ? chance.pick(others) : null
  const final = { to: 'succeeded', reason: null, error: null, output: '"stale"' } as const
  world.counts.stale++
  const stale = { id, fence: by === null ? fence - 1 : fence }
  const line = { seq: 99, ago: 0, level: 'info', message: 'stale', data: null }
  await network.direct('note', by ?? worker, [{ ...stale, progress: { percent: 1, message: null }, logs: [line] }])
  await network.direct('apply', by ?? worker, [{ ...final, ...stale }])
}

/** Takes event after event up to an instant, or until `done`. What one event sets off settles before the next. */
async function drive(world: World, until: number, done?: () => boolean): Promise<boolean> {
  const { ledger, schedule } = world
  while (ledger.violation === null) {
    if (done?.()) return true
    const event = schedule.next(until)
    if (event === null) {
      schedule.now = until
      return false
    }
    try {
      await event.run()
    } catch (error) {
      ledger.violate('I8 thrown', `${event.what}: ${(error as Error)?.stack ?? error}`)
    }
    await turn()
  }
  return false
}

/** All promises that can settle have settled then. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
