/**
 * A process that enqueues and works on one storage: `node writer.ts <options as JSON>`. Says `standby`; from `go` on it works
 * and enqueues, after `seconds` it says `enqueued`; at SIGTERM it stops and says what it did as JSON.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { createRota, defineJob } from '../../src/index.ts'
import { type Blocks, measureBlocks } from './blocks.ts'
import { listenToParent } from './processes.ts'

export interface WriterOptions {
  readonly storage: string
  readonly seconds: number
}

export interface WriterReport {
  readonly enqueued: number
  readonly ran: number
  /** Rejected enqueues, and what was told as `worker:trouble`. */
  readonly errors: readonly string[]
  readonly blocks: Blocks | null
}

const { storage, seconds } = JSON.parse(process.argv[2] ?? '{}') as WriterOptions
const done = { enqueued: 0, ran: 0, errors: [] as string[], blocks: null as Blocks | null }
/** Callers at the same time, and how many jobs each stores at once; a thousand is the largest batch there is. */
const batches = [1, 1, 1, 1_000]
/** No more is enqueued while this process has enqueued so many jobs more than it ran. */
const ahead = 500

const job = defineJob({
  id: 'job',
  run: async () => {
    await pause(1)
    done.ran++
  },
})
const rota = createRota({ storage, jobs: [job], lease: '30s' })
rota.on('worker:trouble', ({ error, during }) => void done.errors.push(`${during}: ${(error as Error).message}`))

/** One at a time, or `batch` at once, as long as this process is not too far ahead of the work. */
async function enqueueUntil(end: number, batch: number): Promise<void> {
  while (performance.now() < end) {
    // All processes run jobs of all, so in the long run each ends as many as it enqueued.
    if (done.enqueued - done.ran > ahead) await pause(5)
    else {
      const stored = batch === 1 ? rota.enqueue(job) : rota.enqueueMany(job, Array(batch).fill(undefined))
      await stored.then(
        () => (done.enqueued += batch),
        (error) => void done.errors.push((error as Error).message),
      )
    }
  }
}

async function work(): Promise<void> {
  await rota.start()
  console.log('ready')
  const measured = measureBlocks()
  const end = performance.now() + seconds * 1_000
  await Promise.all(batches.map((batch) => enqueueUntil(end, batch)))
  done.blocks = measured()
  console.log('enqueued')
}

listenToParent(() => void work())
process.once('SIGTERM', () => {
  void rota.stop({ grace: '5s' }).then(() => {
    console.log(JSON.stringify(done))
    process.exit(0)
  })
})
console.log('standby')
