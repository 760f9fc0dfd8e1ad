import { defineJob } from '../../src/index.ts'
import { gate } from './condition.ts'

/** A job that runs until it is told to end. */
export function blocking() {
  const [began, end] = [gate(), gate()]
  const job = defineJob({
    id: 'slow',
    run: async () => {
      began.open()
      await end.opened
      return 'done'
    },
  })
  return { job, began: began.opened, end: end.open }
}
