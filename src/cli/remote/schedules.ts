/** `rota.schedules` of a server. */
import type { Client } from '../../client/index.ts'
import type {
  Backfilled,
  JobId,
  PreviewRun,
  ScheduleChanged,
  ScheduleEvent,
  ScheduleListOptions,
  ScheduleOptions,
  ScheduleView,
} from '../../index.ts'
import { defaults, integer } from '../../job/options.ts'
import type { Desk } from '../desk.ts'
import { type Answer, iso, once, orNull, revived } from './wire.ts'

type Given = Answer<'schedules', 'get'>

const instants = ['startsAt', 'endsAt', 'nextAt', 'resumesAt', 'lastAt', 'createdAt', 'updatedAt'] as const

const view = (schedule: Given) => revived(schedule, instants) as ScheduleView
const changed = (schedule: Answer<'schedules', 'put'>) => revived(schedule, instants) as ScheduleChanged

export function remoteSchedules(client: Client): Desk['schedules'] {
  const { schedules } = client
  return {
    put: async (options) => changed(await schedules.put(body(options as ScheduleOptions))),
    get: async (id) => {
      const found = await orNull(schedules.get({ id }), 'schedule_not_found')
      return found && view(found)
    },
    list: (options = {}) => list(client, options),
    delete: async (id) => await schedules.delete({ id }),
    pause: async (id, { reason, for: delay, until } = {}) => {
      const how = {
        ...(reason !== undefined && { reason }),
        ...(delay !== undefined && { for: delay }),
        ...(until !== undefined && { until: iso(until, 'until') }),
      }
      return changed(await schedules.pause({ id, ...how }, once()))
    },
    resume: async (id) => changed(await schedules.resume({ id }, once())),
    reset: async (id) => changed(await schedules.reset({ id }, once())),
    trigger: async (id) => {
      const stored = await schedules.trigger({ id }, once())
      return { ...stored, id: stored.id as JobId | null }
    },
    backfill: async (id, { from, to, dryRun, limit }) => {
      const span = { from: iso(from, 'from'), to: iso(to, 'to') }
      const how = { ...(dryRun !== undefined && { dryRun }), ...(limit !== undefined && { limit }) }
      const { slots, refused, ...counts } = await schedules.backfill({ id, ...span, ...how }, once())
      const refusedAt = refused.map((one) => revived(one, ['slot']))
      const done: Backfilled = { slots: slots.map((slot) => new Date(slot)), ...counts, refused: refusedAt }
      return done
    },
    next: async (id, n) => {
      const { runs } = await schedules.next({ id, ...(n !== undefined && { count: n }) })
      return runs.map((run): PreviewRun => revived(run, ['at']))
    },
    history: async (id, { limit, cursor } = {}) => {
      const page = { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) }
      const { events, next } = await schedules.history({ id, ...page })
      return { events: events.map(event), next }
    },
  }
}

const event = (one: Answer<'schedules', 'history'>['events'][number]) =>
  (one.kind === 'run' ? revived(one, ['slot']) : revived(one, ['slot', 'from'])) as ScheduleEvent

/** What stays of the options where there is no code: the schedule names its job, and instants are text. */
function body({ job, startsAt, endsAt, ...rest }: ScheduleOptions): Parameters<Client['schedules']['put']>[0] {
  const times = {
    ...(startsAt !== undefined && { startsAt: iso(startsAt, 'startsAt') }),
    ...(endsAt !== undefined && { endsAt: iso(endsAt, 'endsAt') }),
  }
  return { ...rest, ...times, job: typeof job === 'string' ? job : job.id } as Parameters<Client['schedules']['put']>[0]
}

const wanted = <T>(given: T | readonly T[] | undefined): readonly T[] =>
  given === undefined ? [] : Array.isArray(given) ? given : [given as T]

/** A server filters by one job and one state; where several are asked for, pages of all are looked through. */
async function list({ schedules }: Client, options: ScheduleListOptions) {
  const { origin } = options
  const [jobs, states] = [wanted(options.job), wanted(options.state)]
  const limit = integer(1, 1_000)(options.limit ?? defaults.listLimit, 'limit')
  const filter = {
    ...(jobs.length === 1 && { job: jobs[0] as string }),
    ...(states.length === 1 && { state: states[0] as NonNullable<(typeof states)[0]> }),
    ...(origin !== undefined && { origin }),
  }
  const fits = ({ job, state }: Given) =>
    (jobs.length < 2 || jobs.includes(job)) && (states.length < 2 || states.includes(state))
  const found: ScheduleView[] = []
  for (let cursor: string | null | undefined = options.cursor; ; ) {
    const page: Answer<'schedules', 'list'> = await schedules.list({ ...filter, limit, ...(cursor && { cursor }) })
    for (const one of page.schedules.filter(fits)) {
      found.push(view(one))
      const isLast = one === page.schedules.at(-1) && page.next === null
      if (found.length === limit) return { schedules: found, next: isLast ? null : one.id }
    }
    cursor = page.next
    if (cursor === null) return { schedules: found, next: null }
  }
}
