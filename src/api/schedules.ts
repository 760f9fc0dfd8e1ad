/** Schedules: what runs again and again. */
import { z } from 'zod'
import { overlaps, runOns } from '../schedule/policies.ts'
import { jobOptions } from './job-options.ts'
import { operating, viewing } from './operation.ts'
import * as s from './schemas.ts'

const tags = ['schedules']

/** Checked in full by the schedule itself, whose messages name the place in an expression. */
const whenIn = z
  .union([
    z.string().min(1).max(1_000),
    z.strictObject({ every: s.durationIn, anchor: s.instantIn.optional() }),
    z.strictObject({ cron: z.string().max(1_000), dialect: z.enum(['vixie', 'quartz']).optional() }),
    z.strictObject({ natural: z.string().max(1_000) }),
    z.strictObject({ dailyAt: z.union([z.string().max(20), z.array(z.string().max(20)).min(1).max(100)]) }),
  ])
  .describe('An interval, cron, natural language or times of the day; a text alone is cron or natural.')

const dst = z.strictObject({
  gap: z.enum(['next', 'skip']).optional(),
  repeat: z.enum(['first', 'last', 'both']).optional(),
})
const calendar = z.record(z.string(), s.json)

const timing = {
  when: whenIn,
  timezone: z.string().min(1).max(64).optional(),
  dst: dst.optional(),
  exclude: z
    .union([calendar, z.array(calendar).max(100)])
    .optional()
    .describe('Times at which it does not run.'),
}

const misfire = z.union([z.enum(['skip', 'once']), z.object({ all: z.object({ max: z.number().int().min(1) }) })])

/** One, as people see it. */
export const schedule = z.object({
  id: z.string(),
  job: z.string(),
  state: z.enum(['active', 'paused', 'inactive', 'completed']),
  reason: z.string().nullable(),
  origin: z.enum(['code', 'api']),
  changed: z.boolean(),
  owner: z.string().nullable(),
  description: z.string().nullable(),
  when: s.json,
  prose: z.string(),
  immediate: z.boolean(),
  timezone: z.string(),
  dst: s.json,
  exclude: s.json,
  startsAt: s.instantOut.nullable(),
  endsAt: s.instantOut.nullable(),
  maxRuns: z.number().int().nullable(),
  misfire,
  overlap: z.enum(overlaps),
  jitter: z.object({ min: z.number(), max: z.number() }).nullable(),
  runOn: z.enum(runOns),
  input: s.json,
  options: s.json,
  nextAt: s.instantOut.nullable(),
  resumesAt: s.instantOut.nullable(),
  lastAt: s.instantOut.nullable(),
  runs: z.number().int(),
  createdAt: s.instantOut,
  updatedAt: s.instantOut,
})

const changed = schedule.extend({ status: z.enum(['created', 'updated', 'unchanged']) })

const runs = z
  .array(z.object({ at: s.instantOut, local: z.string(), shift: z.enum(['gap', 'repeat']).nullable() }))
  .readonly()

export const scheduleOperations = {
  list: viewing(undefined)
    .route({ method: 'GET', path: '/schedules', tags, summary: 'List schedules, by id' })
    .input(
      z.strictObject({
        job: s.several(s.name).describe('Of this definition, or of several with commas between them.'),
        state: s.several(schedule.shape.state).describe('In this state, or in one of several: `active,paused`.'),
        origin: schedule.shape.origin.optional(),
        cursor: s.cursor.optional(),
        limit: s.limit(1_000, 50),
      }),
    )
    .output(z.object({ schedules: z.array(schedule).readonly(), next: z.string().nullable() })),
  preview: viewing('free', { cluster: false })
    .route({
      method: 'POST',
      path: '/schedules/preview',
      tags,
      summary: 'What an expression means: in words, and its next runs',
    })
    .input(
      z.strictObject({ ...timing, from: s.instantIn.optional(), count: z.number().int().min(1).max(100).optional() }),
    )
    .output(z.object({ when: s.json, timezone: z.string(), description: z.string(), runs })),
  get: viewing(undefined)
    .route({ method: 'GET', path: '/schedules/{id}', tags, summary: 'A schedule with everything that counts for it' })
    .input(s.nameParams)
    .output(schedule),
  put: operating(undefined)
    .route({
      method: 'PUT',
      path: '/schedules/{id}',
      tags,
      summary: 'Store a schedule, or put it in the place of what there is',
    })
    .input(
      z.strictObject({
        id: s.name,
        job: s.name,
        input: s.json.optional(),
        ...timing,
        startsAt: s.instantIn.optional(),
        endsAt: s.instantIn.optional(),
        maxRuns: z.number().int().min(1).optional(),
        misfire: misfire.optional(),
        overlap: z.enum(overlaps).optional(),
        jitter: z.union([s.durationIn, z.strictObject({ min: s.durationIn.optional(), max: s.durationIn })]).optional(),
        runOn: z.enum(runOns).optional(),
        description: z.string().min(1).max(500).optional(),
        owner: z.string().min(1).max(200).optional(),
        ...jobOptions,
      }),
    )
    .output(changed),
  delete: operating(undefined)
    .route({ method: 'DELETE', path: '/schedules/{id}', tags, summary: 'Remove a schedule; its jobs stay' })
    .input(s.nameParams)
    .output(s.edited('deleted')),
  pause: operating(undefined, { repeatable: 'stored' })
    .route({
      method: 'POST',
      path: '/schedules/{id}/pause',
      tags,
      summary: 'Run nothing of it until it is resumed, or for so long',
    })
    .input(
      z.strictObject({
        id: s.name,
        reason: s.reason.optional(),
        for: s.durationIn.optional(),
        until: s.instantIn.optional(),
      }),
    )
    .output(changed),
  resume: operating(undefined, { repeatable: 'stored' })
    .route({ method: 'POST', path: '/schedules/{id}/resume', tags, summary: 'Let a paused schedule go on' })
    .input(s.nameParams)
    .output(changed),
  reset: operating(undefined, { repeatable: 'stored' })
    .route({
      method: 'POST',
      path: '/schedules/{id}/reset',
      tags,
      summary: 'Take away what people changed over what the code says',
    })
    .input(s.nameParams)
    .output(changed),
  trigger: operating(undefined, { repeatable: 'stored' })
    .route({ method: 'POST', path: '/schedules/{id}/trigger', tags, summary: 'Let it run once now, beside its slots' })
    .input(s.nameParams)
    .output(z.object({ id: s.jobId.nullable(), status: z.enum(['created', 'duplicate', 'skipped']) })),
  backfill: operating(undefined, { repeatable: 'stored' })
    .route({
      method: 'POST',
      path: '/schedules/{id}/backfill',
      tags,
      summary: 'Let slots of the past run that have not',
    })
    .input(
      z.strictObject({
        id: s.name,
        from: s.instantIn,
        to: s.instantIn,
        dryRun: z.boolean().optional(),
        limit: z.number().int().min(1).max(10_000).optional(),
      }),
    )
    .output(
      z.object({
        slots: z.array(s.instantOut).readonly(),
        more: z.boolean(),
        stored: z.number().int(),
        duplicates: z.number().int(),
        refused: z.array(z.object({ slot: s.instantOut, message: z.string() })).readonly(),
      }),
    ),
  next: viewing(undefined)
    .route({ method: 'GET', path: '/schedules/{id}/next', tags, summary: 'Its next runs, as they stand now' })
    .input(z.strictObject({ id: s.name, count: z.coerce.number<number>().int().min(1).max(1_000).optional() }))
    .output(z.object({ runs })),
  history: viewing(undefined)
    .route({ method: 'GET', path: '/schedules/{id}/history', tags, summary: 'What became of its slots, newest first' })
    .input(z.strictObject({ id: s.name, cursor: s.cursor.optional(), limit: s.limit(1_000, 50) }))
    .output(
      z.object({
        events: z
          .array(
            z.discriminatedUnion('kind', [
              z.object({
                kind: z.literal('run'),
                slot: s.instantOut,
                job: z.string(),
                state: s.state,
                reason: z.string().nullable(),
                lateBy: z.number().nullable(),
                took: z.number().nullable(),
                missed: z.number().int(),
                triggered: z.boolean(),
              }),
              z.object({
                kind: z.literal('skip'),
                slot: s.instantOut,
                from: s.instantOut,
                count: z.number().int(),
                reason: z.string(),
                message: z.string().nullable(),
              }),
            ]),
          )
          .readonly(),
        next: z.string().nullable(),
      }),
    ),
}
