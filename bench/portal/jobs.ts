/** The definitions of the jobs that the portal is measured with. */
import { defineJob, type } from '../../src/index.ts'

/** Those of the history and of what waits: a worker knows them, and serves none of their lanes. */
export const stored = Array.from({ length: 20 }, (_, n) => defineJob({ id: `job-${n}`, run: () => ({ done: true }) }))

/** Of flows. */
export const step = defineJob({ id: 'step', input: type<{ n: number }>(), run: ({ n }) => n })

/** What goes through while tabs are open. */
export const quick = defineJob({
  id: 'quick',
  input: type<{ n: number }>(),
  retention: { succeeded: '1m', failed: '1m' },
  run: ({ n }) => ({ n }),
})
