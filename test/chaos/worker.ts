/**
 * A worker in a process of its own: `node worker.ts <options as JSON>`. Says `standby`, works from `go` on and says
 * `ready`, stops at SIGTERM. Each try writes its start and its end to the ledger.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { createRota, defineJob, type } from '../../src/index.ts'
import { LedgerWriter } from './ledger.ts'
import { listenToParent } from './processes.ts'

export interface WorkerOptions {
  readonly storage: string
  readonly concurrency: number
  readonly lease: string
  /** Milliseconds that a job takes. */
  readonly takes: number
  readonly grace?: string
}

interface Note {
  readonly n: number
  /** Takes no notice of its signal. */
  readonly deaf?: boolean
}

const options = import.meta.main
  ? (JSON.parse(process.argv[2] ?? '{}') as WorkerOptions & { ledger: string; name: string })
  : null
const ledger = options && new LedgerWriter(options.ledger)
const numbers = new Map<string, Note & { fence: number }>()

export const note = defineJob({
  id: 'note',
  input: type<Note>(),
  run: async ({ n, deaf = false }, ctx) => {
    numbers.set(ctx.id, { n, fence: ctx.fence })
    ledger?.write(n, 'start', ctx.fence)
    await pause(options?.takes, undefined, deaf ? {} : { signal: ctx.signal })
    ledger?.write(n, 'end', ctx.fence)
    numbers.delete(ctx.id)
  },
})

if (options !== null) {
  const { storage, concurrency, lease, grace = '10s' } = options
  const rota = createRota({ storage, jobs: [note], lanes: { default: concurrency }, lease })
  rota.on('worker:trouble', ({ error, during }) => console.error(`${during}: ${(error as Error).message}`))
  rota.on('job:lease_lost', ({ id }) => {
    const run = numbers.get(id)
    if (run) ledger?.write(run.n, 'lost', run.fence)
  })
  listenToParent(() => void rota.start().then(() => console.log('ready')))
  process.once('SIGTERM', () => {
    // A handler that takes no notice of its signal would keep the process alive.
    void rota.stop({ grace }).then(() => process.exit(0))
  })
  console.log('standby')
}
