/**
 * A worker in a process of its own whose handlers block its event loop:
 * `node blocking-worker.ts <storage> <ledger> <lease>`. The ledger is a file outside the database that tells what happened here. Says
 * `ready` when it works.
 */
import { appendFileSync } from 'node:fs'
import { createRota, defineJob, type } from '../../src/index.ts'

const [storage = '', ledger = '', lease = '30s'] = process.argv.slice(2)
const note = (line: string) => appendFileSync(ledger, `${line}\n`)

function block(ms: number): void {
  for (const start = performance.now(); performance.now() - start < ms; );
}

export interface Block {
  readonly ms: number
}

/** Where a job ran, with which fence. */
export interface Ran {
  readonly by: string
  readonly fence: number
}

/** The jobs of this process; a test runs the same ids with handlers of its own. */
const jobs = [
  defineJob({ id: 'quick', input: type<number>(), run: (_, ctx): Ran => ({ by: 'blocked', fence: ctx.fence }) }),
  defineJob({
    id: 'block',
    input: type<Block>(),
    run: ({ ms }, ctx): Ran => {
      note('blocking')
      block(ms)
      return { by: 'blocked', fence: ctx.fence }
    },
  }),
  defineJob({
    id: 'wait',
    input: type<number>(),
    run: async (n, ctx): Promise<Ran> => {
      note(`waiting ${n}`)
      await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
      note(`aborted ${n} ${ctx.signal.reason.code}`)
      return { by: 'blocked', fence: ctx.fence }
    },
  }),
]

if (import.meta.main) {
  const rota = createRota({ storage, jobs, lanes: { default: 3 }, lease, poll: '50ms', worker: { name: 'blocked' } })
  await rota.start()
  console.log('ready')
  process.once('SIGTERM', () => void rota.stop({ grace: 0 }))
}
