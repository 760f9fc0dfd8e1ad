/** The data of the demo that `rota dev` runs. */
import { z } from 'zod'
import { administering, viewing } from './operation.ts'

const tags = ['demo']
const count = z.number().int()

export const demoOperations = {
  get: viewing('free', { cluster: false })
    .route({
      method: 'GET',
      path: '/demo',
      tags,
      summary: 'Whether there are data of a demo here, which can be removed',
    })
    .output(z.object({ present: z.boolean() })),
  remove: administering({ patience: 120_000 })
    .route({
      method: 'DELETE',
      path: '/demo',
      tags,
      summary:
        'Remove the demo for good: its schedules, its jobs, what is stored of its definitions; nothing else is touched',
    })
    .output(z.object({ status: z.literal('removed'), schedules: count, jobs: count, definitions: count })),
}
