/** What all schedules together have before them, and what they have missed. Below a path of its own: `/schedules/upcoming` may be a schedule. */
import { z } from 'zod'
import { lostReasons } from '../schedule/firing.ts'
import { viewing } from './operation.ts'
import { schedule } from './schedules.ts'
import * as s from './schemas.ts'

const tags = ['schedules']

/** What `schedules.upcoming` counts no further. */
export const mostOverdue = 1_000

/** How many schedules `schedules.recent` takes. */
const mostRecent = 50

/** What `schedules.density` looks at. */
export const mostCounted = 500

export const timetableOperations = {
  upcoming: viewing(undefined)
    .route({
      method: 'GET',
      path: '/timetable/upcoming',
      tags,
      summary: 'The active schedules that are due next, and how many are late',
    })
    .input(z.strictObject({ limit: s.limit(100, 10) }))
    .output(
      z.object({
        schedules: z.array(schedule).readonly(),
        now: s.instantOut.describe('By the clock of the database.'),
        overdue: z.number().int().describe(`Active ones that were due more than a minute ago, up to ${mostOverdue}.`),
      }),
    ),
  missed: viewing(undefined)
    .route({
      method: 'GET',
      path: '/timetable/missed',
      tags,
      summary: 'Slots of all schedules that should have run and did not, newest first',
    })
    .input(
      z.strictObject({
        since: s.instantIn.optional().describe('Recorded since then; 24 hours ago unless told otherwise.'),
        limit: s.limit(100, 50),
      }),
    )
    .output(
      z.object({
        missed: z
          .array(
            z.object({
              schedule: z.string(),
              slot: s.instantOut.describe('The last of these slots.'),
              from: s.instantOut.describe('The first of them.'),
              count: z.number().int(),
              reason: z.enum(lostReasons),
              message: z.string().nullable(),
              at: s.instantOut.describe('When it was recorded.'),
            }),
          )
          .readonly(),
        more: z.boolean().describe('There may be more: only the newest 10 000 skipped slots are looked through.'),
      }),
    ),
  density: viewing(undefined)
    .route({
      method: 'GET',
      path: '/timetable/density',
      tags,
      summary: 'How many runs of active schedules are still due in each hour of some days',
    })
    .input(
      z.strictObject({
        from: s.instantIn.optional().describe('The days begin with that of this instant; today unless told otherwise.'),
        days: z.coerce.number<number>().int().min(1).max(31).optional().describe('7 unless told otherwise.'),
        timezone: z.string().min(1).max(64).optional().describe('Whose days and hours; UTC unless told otherwise.'),
      }),
    )
    .output(
      z.object({
        from: s.instantOut.describe('The midnight with which the first day begins.'),
        hours: z
          .array(z.number().int())
          .readonly()
          .describe(
            '24 for each day, by the clock of the zone. An hour that comes twice is one number, one that is left out is 0.',
          ),
        capped: z
          .array(z.string())
          .readonly()
          .describe('Schedules that were not counted to the end: there was no time.'),
        more: z.boolean().describe(`There are more schedules; the ${mostCounted} that are due next were counted.`),
      }),
    ),
  recent: viewing(undefined)
    .route({
      method: 'GET',
      path: '/timetable/recent',
      tags,
      summary: 'The newest slots of several schedules, for small charts; oldest first',
    })
    .input(
      z.strictObject({
        ids: s.names(mostRecent).describe(`Ids of up to ${mostRecent} schedules, with commas between them.`),
      }),
    )
    .output(
      z.object({
        recent: z
          .array(
            z.object({
              id: z.string(),
              events: z
                .array(
                  z.discriminatedUnion('kind', [
                    z.object({
                      kind: z.literal('run'),
                      slot: s.instantOut,
                      job: z.string(),
                      state: s.state,
                      took: z.number().nullable().describe('Milliseconds.'),
                    }),
                    z.object({
                      kind: z.literal('skip'),
                      slot: s.instantOut,
                      count: z.number().int(),
                      reason: z.string(),
                    }),
                  ]),
                )
                .readonly()
                .describe('At most 30; none of a schedule that is not there.'),
            }),
          )
          .readonly(),
      }),
    ),
}
