/** What may be said of a job: in a call, in a schedule, and by a worker of its definition. */
import { z } from 'zod'
import { onLapses } from '../job/states.ts'
import { onTimeouts } from '../job/timeout.ts'
import { onConflicts } from '../job/unique.ts'
import * as s from './schemas.ts'

export const unique = z.strictObject({
  key: z.string().min(1).max(500).optional(),
  within: s.durationIn.optional(),
  while: z.array(z.enum(['blocked', 'scheduled', 'ready', 'running'])).optional(),
  onConflict: z.enum(onConflicts).optional(),
})

export const retention = z.union([
  z.literal('none'),
  z.strictObject({
    succeeded: z.union([z.literal('none'), s.durationIn]).optional(),
    failed: s.durationIn.optional(),
  }),
])

export const jobOptions = {
  priority: s.priority.optional(),
  lane: s.name.optional(),
  retries: z.number().int().min(0).max(1_000).optional(),
  timeout: s.durationIn.optional(),
  onTimeout: z.enum(onTimeouts).optional(),
  onLapse: z.enum(onLapses).optional(),
  expiresIn: s.durationIn.optional(),
  metadata: s.metadataIn.optional(),
  retention: retention.optional(),
}
