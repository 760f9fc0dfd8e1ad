/** `rota.schedules` of a server. */
import type { Client } from '../../client/index.ts'
import { iso } from '../../client/request.ts'
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
import { defined } from '../../job/defined.ts'
import type { Desk } from '../desk.ts'
import { type Answer, once, orNull, revived } from './wire.ts'

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
      const how = { reason, for: delay, until: until && iso(until, 'until') }
      return changed(await schedules.pause(defined({ id, ...how }), once()))
    },
    resume: async (id) => changed(await schedules.resume({ id }, once())),
    reset: async (id) => changed(await schedules.reset({ id }, once())),
    trigger: async (id) => {
      const stored = await schedules.trigger({ id }, once())
      return { ...stored, id: stored.id as JobId | null }
    },
    backfill: async (id, { from, to, dryRun, limit }) => {
      const span = { from: iso(from, 'from'), to: iso(to, 'to') }
      const { slots, refused, ...counts } = await schedules.backfill(defined({ id, ...span, dryRun, limit }), once())
      const refusedAt = refused.map((one) => revived(one, ['slot']))
      const done: Backfilled = { slots: slots.map((slot) => new Date(slot)), ...counts, refused: refusedAt }
      return done
    },
    next: async (id, n) => {
      const { runs } = await schedules.next(defined({ id, count: n }))
      return runs.map((run): PreviewRun => revived(run, ['at']))
    },
    history: async (id, { limit, cursor } = {}) => {
      const { events, next } = await schedules.history(defined({ id, limit, cursor }))
      return { events: events.map(event), next }
    },
  }
}

const event = (one: Answer<'schedules', 'history'>['events'][number]) =>
  (one.kind === 'run' ? revived(one, ['slot']) : revived(one, ['slot', 'from'])) as ScheduleEvent

/** What stays of the options where there is no code: the schedule names its job, and instants are text. */
function body({ job, startsAt, endsAt, ...rest }: ScheduleOptions): Parameters<Client['schedules']['put']>[0] {
  const times = defined({ startsAt: startsAt && iso(startsAt, 'startsAt'), endsAt: endsAt && iso(endsAt, 'endsAt') })
  return { ...rest, ...times, job: typeof job === 'string' ? job : job.id } as Parameters<Client['schedules']['put']>[0]
}

type Asked = NonNullable<Parameters<Client['schedules']['list']>[0]>

const several = (given: string | readonly string[] | undefined) =>
  given === undefined || typeof given === 'string' ? given : given.join(',')

async function list({ schedules }: Client, { job, state, ...rest }: ScheduleListOptions) {
  const asked = { ...rest, ...defined({ job: several(job), state: several(state) }) }
  const { schedules: found, next } = await schedules.list(asked as Asked)
  return { schedules: found.map(view), next }
}
