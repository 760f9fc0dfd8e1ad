/**
 * How many bytes a job allocates on its whole way, in a process whose young generation is so large that nothing is
 * collected meanwhile: then what the heap grew by is what was allocated.
 *
 * `node --expose-gc --min-semi-space-size=… heap-child.ts sqlite|engine <jobs>`; prints { bytes, collections } per round.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { createRota, defineJob, type } from '../../src/index.ts'
import { sqlite } from '../../src/storage/sqlite/index.ts'
import { until } from '../support/condition.ts'
import { arrayStorage } from './array-storage.ts'

const [kind, jobs] = [process.argv[2], Number(process.argv[3])]
const rounds = 8

const collected: number[] = []
new PerformanceObserver((list) => collected.push(...list.getEntries().map((entry) => entry.startTime))).observe({
  entryTypes: ['gc'],
})
const noop = defineJob({ id: 'noop', input: type<{ n: number; text: string }>(), run: ({ n }) => ({ n }) })
const storage = kind === 'engine' ? arrayStorage() : sqlite({ file: ':memory:' })
const rota = createRota({ storage, jobs: [noop], lanes: { default: 50 }, poll: '1m', lease: '5m' })
let ended = 0
let over = () => {}
rota.on('job:succeeded', () => ++ended % jobs === 0 && over())
await rota.start()
for (let round = 1; round <= rounds; round++) console.log(JSON.stringify(await measure()))
await rota.stop()

async function measure() {
  const inputs = Array.from({ length: jobs }, (_, n) => ({ n, text: 'x'.repeat(80) }))
  const done = new Promise<void>((resolve) => {
    over = resolve
  })
  globalThis.gc?.()
  const start = performance.now()
  const before = process.memoryUsage().heapUsed
  await rota.enqueueMany(noop, inputs)
  await done
  const bytes = process.memoryUsage().heapUsed - before
  const end = performance.now()
  globalThis.gc?.() // seen by the observer, so all before it were, too
  await until('the observer heard of the last collection', () => collected.some((at) => at >= end))
  return { bytes: bytes / jobs, collections: collected.filter((at) => at >= start && at < end).length }
}
