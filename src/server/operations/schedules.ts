/** The operations on schedules. */
import { scheduleNotFound } from '../../engine/asked-runs.ts'
import { recurrence, type ScheduleOptions, type When } from '../../index.ts'
import { validate } from '../../job/define.ts'
import { defined } from '../../job/defined.ts'
import { byOf } from '../call.ts'
import { definitionFor } from '../definition.ts'
import { implementer } from './implementer.ts'
import { timetableRouter } from './timetable.ts'

const { schedules: os } = implementer

export const scheduleRouter = {
  list: os.list.handler(({ input, context }) => context.cluster.schedules.list(defined(input))),
  preview: os.preview.handler(({ input: { when, from, count = 10, ...options } }) => {
    const read = recurrence(when as When, defined(options) as object)
    const runs = read.preview(count, from ?? new Date().toISOString())
    return { when: read.when, timezone: read.timezone, description: read.describe(), runs }
  }),
  ...timetableRouter,
  get: os.get.handler(async ({ input: { id }, context }) => {
    const schedule = await context.cluster.schedules.get(id)
    if (schedule === null) throw scheduleNotFound(id)
    return schedule
  }),
  put: os.put.handler(async ({ input: { id, job, input, ...options }, context }) => {
    const { job: definition } = await definitionFor(context, job, { allowUnknown: true, unique: null })
    if (input !== undefined || definition.input !== undefined) await validate(definition, input)
    const put = { id, job, ...(input !== undefined && { input }), ...defined(options) }
    const stored = await context.cluster.as(byOf(context)).schedules.put(put as unknown as ScheduleOptions)
    if (stored.status === 'created') context.reply.status = 201
    return stored
  }),
  delete: os.delete.handler(({ input: { id }, context }) => context.cluster.as(byOf(context)).schedules.delete(id)),
  pause: os.pause.handler(({ input: { id, ...options }, context }) =>
    context.cluster.as(byOf(context)).schedules.pause(id, defined(options)),
  ),
  resume: os.resume.handler(({ input: { id }, context }) => context.cluster.as(byOf(context)).schedules.resume(id)),
  reset: os.reset.handler(({ input: { id }, context }) => context.cluster.as(byOf(context)).schedules.reset(id)),
  trigger: os.trigger.handler(({ input: { id }, context }) => context.cluster.as(byOf(context)).schedules.trigger(id)),
  backfill: os.backfill.handler(({ input: { id, ...options }, context }) =>
    context.cluster.as(byOf(context)).schedules.backfill(id, defined(options)),
  ),
  next: os.next.handler(async ({ input: { id, count }, context }) => ({
    runs: await context.cluster.schedules.next(id, count),
  })),
  history: os.history.handler(({ input: { id, ...page }, context }) =>
    context.cluster.schedules.history(id, defined(page)),
  ),
}
