/** What the compiler knows of schedules, and what it refuses. Checked by `npm run types`; nothing here is run. */
import { expectTypeOf } from 'vitest'
import {
  createRota,
  defineJob,
  defineProfile,
  type JobId,
  type Overlap,
  type PreviewRun,
  type ScheduleBuilder,
  type ScheduleEvent,
  type ScheduleView,
  type SkipReason,
  type,
  type When,
} from '../../src/index.ts'

const renew = defineJob({ id: 'renew', input: type<{ sub: string }>(), run: ({ sub }) => sub })
const cleanup = defineJob({ id: 'cleanup', run: () => {} })
const page = defineJob({ id: 'page', input: type<{ page: number } | undefined>(), run: () => {} })
const when: When = { every: '1h' }

export async function dynamic(): Promise<void> {
  const { schedules } = createRota()

  // The input is that of the job, also where the job is first.
  const put = await schedules.put({ id: 'renew-sub_123', job: renew, input: { sub: 'sub_123' }, when })
  expectTypeOf(put).toExtend<ScheduleView>()
  expectTypeOf(put.status).toEqualTypeOf<'created' | 'updated' | 'unchanged'>()
  // @ts-expect-error a number is no subscription
  await schedules.put({ id: 'one', job: renew, input: { sub: 7 }, when })
  // @ts-expect-error misspelt
  await schedules.put({ id: 'one', job: renew, input: { sbu: '7' }, when })
  await schedules.put({ id: 'one', job: cleanup, when: 'every weekday at 9am' })
  await schedules.put({ id: 'one', job: 'known-elsewhere', input: { anything: 1 }, when: { cron: '0 9 * * *' } })

  // When: one kind, and nothing else.
  // @ts-expect-error when?
  await schedules.put({ id: 'one', job: cleanup })
  // @ts-expect-error there is no such kind
  await schedules.put({ id: 'one', job: cleanup, when: { hourly: 1 } })
  // @ts-expect-error there is no such dialect
  await schedules.put({ id: 'one', job: cleanup, when: { cron: '* * * * *', dialect: 'aws' } })
  await schedules.put({ id: 'one', job: cleanup, when: { dailyAt: ['09:00', '18:00'] }, timezone: 'Europe/Rome' })

  // Policies.
  await schedules.put({
    id: 'one',
    job: cleanup,
    when,
    misfire: { all: { max: 3 } },
    jitter: { max: '30s' },
    runOn: 'every',
  })
  // @ts-expect-error skip, queue, replace or allow
  await schedules.put({ id: 'one', job: cleanup, when, overlap: 'discard' })
  // @ts-expect-error how many?
  await schedules.put({ id: 'one', job: cleanup, when, misfire: 'all' })
  // @ts-expect-error a due time is the schedule's
  await schedules.put({ id: 'one', job: cleanup, when, in: '5m' })
  // @ts-expect-error for schedules in the code
  await schedules.put({ id: 'one', job: cleanup, when, immediate: true })
  // @ts-expect-error it is called `timezone`
  await schedules.put({ id: 'one', job: cleanup, when, tz: 'UTC' })

  // What comes back.
  expectTypeOf(schedules.get('one')).resolves.toEqualTypeOf<ScheduleView | null>()
  expectTypeOf(schedules.next('one', 3)).resolves.toEqualTypeOf<PreviewRun[]>()
  expectTypeOf<ScheduleView['overlap']>().toEqualTypeOf<Overlap>()
  expectTypeOf<ScheduleView['state']>().toEqualTypeOf<'active' | 'paused' | 'inactive' | 'completed'>()
  const { id, status } = await schedules.trigger('one')
  expectTypeOf(id).toEqualTypeOf<JobId | null>()
  expectTypeOf(status).toEqualTypeOf<'created' | 'duplicate' | 'skipped'>()
  const [event] = (await schedules.history('one')).events as [ScheduleEvent]
  if (event.kind === 'skip') expectTypeOf(event.reason).toEqualTypeOf<SkipReason>()
  else expectTypeOf(event.triggered).toBeBoolean()
  // @ts-expect-error a run has no count
  event.count
  await schedules.pause('one', { for: '2d' })
  // @ts-expect-error a duration or an instant
  await schedules.pause('one', { until: 5 })
  // @ts-expect-error from when?
  await schedules.backfill('one', { to: new Date() })

  const rota = createRota()
  rota.on('schedule:fired', ({ slot }) => expectTypeOf(slot).toEqualTypeOf<Date>())
  rota.on('schedule:skipped', ({ reason }) => expectTypeOf(reason).toEqualTypeOf<SkipReason>())
  // What a run sees.
  defineJob({
    id: 'run',
    run(_, ctx) {
      expectTypeOf(ctx.schedule).toEqualTypeOf<{ readonly id: string; readonly slot: Date | null } | null>()
      expectTypeOf(ctx.missedCount).toBeNumber()
    },
  })
}

export function inCode(): void {
  const rota = createRota()
  const builder = rota.schedule('renewals', renew)
  expectTypeOf(builder).toEqualTypeOf<ScheduleBuilder<{ sub: string }>>()
  expectTypeOf(builder.dailyAt('09:00:00', '18:00').onOneServer()).toEqualTypeOf<typeof builder>()
  builder.input({ sub: '7' })
  // @ts-expect-error a number is no subscription
  builder.input({ sub: 7 })
  // @ts-expect-error at least one
  builder.dailyAt()
  // @ts-expect-error it is called `everyHours`
  builder.hourly()
  // @ts-expect-error it is no promise
  builder.then
  rota.schedule('health', async (ctx) => void (await ctx.progress(50))).everySeconds(30)
  // @ts-expect-error a job or a function
  rota.schedule('health', 'cleanup')

  const profile = defineProfile('maint', (s) => {
    s.add(cleanup, { every: '1d' })
    s.add(cleanup, 'every day at noon', { id: 'Noon', overlap: 'skip', lane: 'side' })
    // @ts-expect-error a profile has no data
    s.add(cleanup, { every: '1d' }, { input: 1 })
    // @ts-expect-error this job needs data
    s.add(renew, { every: '1d' })
    s.add(page, { every: '1d' })
    // @ts-expect-error the time is said before
    s.add(cleanup, { every: '1d' }, { when: { every: '1d' } })
  })
  createRota({ profiles: [profile] })
  // @ts-expect-error what defineProfile gave
  createRota({ profiles: ['maint'] })
}
