/** What all schedules together have before them, and what they have missed. */

import { setImmediate } from 'node:timers/promises'
import { mostCounted, mostOverdue } from '../../api/timetable.ts'
import { type ScheduleEvent, scheduleView } from '../../engine/schedule-view.ts'
import { parseInstant } from '../../job/duration.ts'
import { lostReasons } from '../../schedule/firing.ts'
import { zoneOf } from '../../schedule/zone.ts'
import type { ScheduleQuery, ScheduleRecord, Storage } from '../../storage/contract.ts'
import type { CallContext } from '../call.ts'
import { countRuns, wallHours } from '../density.ts'
import { implementer } from './implementer.ts'

const { schedules: os } = implementer

const storageOf = async ({ cluster }: CallContext): Promise<Storage> => (await cluster.connection.open()).storage

/** Active schedules, those first that are due first. */
const dueNext = (limit: number): ScheduleQuery => ({
  ...{ ids: null, jobs: null, states: ['active'], origin: null, after: null },
  order: 'next',
  limit,
})

const day = 86_400_000

/** Milliseconds after which a schedule that was due and did not run is late: workers fire within a second or two. */
const late = 60_000

const lateOf = (schedules: readonly ScheduleRecord[], now: number): ScheduleRecord[] =>
  schedules.filter(({ nextAt }) => nextAt !== null && nextAt < now - late)

/** Active ones that should have run by now, up to 1 000. */
export async function lateSchedules(storage: Storage, now: number): Promise<readonly ScheduleRecord[]> {
  const few = lateOf((await storage.schedules(dueNext(1))).schedules, now)
  return few.length === 0 ? few : lateOf((await storage.schedules(dueNext(mostOverdue))).schedules, now)
}

export const timetableRouter = {
  upcoming: os.upcoming.handler(async ({ input: { limit = 10 }, context }) => {
    const storage = await storageOf(context)
    const { now, schedules } = await storage.schedules(dueNext(limit))
    const found = lateOf(schedules, now).length
    // Only where all of these are late, there may be more.
    const overdue = found < limit ? found : (await lateSchedules(storage, now)).length
    return { schedules: schedules.map(scheduleView), now: new Date(now), overdue }
  }),

  missed: os.missed.handler(async ({ input: { since, limit = 50 }, context }) => {
    const from = since === undefined ? Date.now() - day : parseInstant(since, 'since')
    const { skips, more } = await (await storageOf(context)).newestSkips({ reasons: lostReasons, since: from, limit })
    const missed = skips.map(({ schedule, at, reason, ...skip }) => ({
      schedule,
      slot: new Date(skip.slot),
      from: new Date(skip.from),
      count: skip.count,
      reason: reason as (typeof lostReasons)[number],
      message: skip.message,
      at: new Date(at),
    }))
    return { missed, more }
  }),

  density: os.density.handler(async ({ input: { from, days = 7, timezone = 'UTC' }, context }) => {
    const zone = zoneOf(timezone)
    const { now, schedules } = await (await storageOf(context)).schedules(dueNext(mostCounted + 1))
    const hours = wallHours(zone, from === undefined ? now : Math.max(0, parseInstant(from, 'from')), days)
    const counts = new Array<number>(days * 24).fill(0)
    const records = schedules.slice(0, mostCounted)
    const done = await inTurns(
      records.map((record) => countRuns(record, hours, counts)),
      context.signal,
    )
    return {
      from: new Date(hours[0]?.from ?? now),
      hours: counts,
      capped: records.slice(done).map(({ id }) => id),
      more: schedules.length > mostCounted,
    }
  }),

  recent: os.recent.handler(async ({ input: { ids }, context: { cluster } }) => {
    const recent = new Map<string, readonly RecentEvent[]>(ids.map((id) => [id, []]))
    const left = [...recent.keys()]
    const look = async () => {
      for (let id = left.shift(); id !== undefined; id = left.shift()) {
        const { events } = await cluster.schedules.history(id, { limit: mostEvents })
        recent.set(id, events.map(recentEvent).toReversed())
      }
    }
    await Promise.all(Array.from({ length: atOnce }, look))
    return { recent: [...recent].map(([id, events]) => ({ id, events })) }
  }),
}

/** Of each schedule, and schedules that are looked at at the same time: others want connections, too. */
const mostEvents = 30
const atOnce = 4

type RecentEvent = ReturnType<typeof recentEvent>

function recentEvent(event: ScheduleEvent) {
  if (event.kind === 'skip') return { kind: event.kind, slot: event.slot, count: event.count, reason: event.reason }
  return { kind: event.kind, slot: event.slot, job: event.job, state: event.state, took: event.took }
}

/** Milliseconds that something may keep others waiting, and that it may take in all. */
const turn = 5
const patience = 5_000

/** Takes all steps, one work after the other, and gives others their turn meanwhile. Tells how many were done in time. */
async function inTurns(works: readonly Iterable<void>[], signal: AbortSignal): Promise<number> {
  const end = performance.now() + patience
  let rest = performance.now() + turn
  for (const [done, work] of works.entries()) {
    for (const _ of work) {
      if (performance.now() < rest) continue
      await setImmediate()
      signal.throwIfAborted()
      if (performance.now() > end) return done
      rest = performance.now() + turn
    }
  }
  return works.length
}
