/**
 * What `rota bench` measures, in a storage that is empty and nobody else's. Two Rotas with connections of their own stand
 * for an application that enqueues and a process that works.
 */
import { createRota, defineJob, type Rota, type } from '../../index.ts'
import { pause } from '../signals.ts'

export const measures = ['enqueue', 'callers', 'drain', 'latency'] as const
export type Measure = (typeof measures)[number]

export interface Percentiles {
  /** Milliseconds. */
  readonly p50Ms: number
  readonly p99Ms: number
}

/** What was asked for. */
export interface Figures {
  /** Jobs stored by `enqueueMany`. */
  readonly enqueue?: { readonly perSecond: number }
  /** Calls of `enqueue`, each awaited by its caller before the next, and how long they took. */
  readonly callers?: readonly ({ readonly callers: number; readonly perSecond: number } & Percentiles)[]
  /** Jobs run and recorded, from the first start of a handler on. */
  readonly drain?: { readonly perSecond: number }
  /** From the call of `enqueue` to the start of the handler. */
  readonly latency?: { readonly samples: number } & Percentiles
}

export interface Asked {
  /** Of `enqueue` and `drain`. */
  readonly jobs: number
  readonly only: readonly Measure[]
  readonly signal: AbortSignal
  /** Called often. */
  readonly onProgress: OnProgress
}

/** Of how much, in whatever unit, so much is done. */
export type OnProgress = (what: string, done: number, of: number) => void

interface Bench extends Asked {
  readonly storage: string
  readonly enqueuer: Rota
}

/** Slots of the worker. */
const concurrency = 100
const callers = [1, 32]
/** Milliseconds that each number of callers has. */
const callersFor = 1_500
const samples = 200
/** Milliseconds between two samples. */
const samplePause = 20
/** Of each, before the clock runs: the first ones also compile what they run. */
const warmUp = { jobs: 2_000, callersFor: 200, samples: 10 }
/** Inputs that are made, and progress that is told, at a time; a batch of the storage holds 1 000. */
const chunk = 10_000
/** Milliseconds that handlers may still take when it ends; they do nothing. */
const grace = 1_000

const text = 'x'.repeat(80)
const input = type<{ n: number; text: string }>()
const noop = defineJob({ id: 'noop', input, run: ({ n }) => ({ done: true, n }) })

/**
 * Measures what was asked for. What fires the signal, or goes wrong, ends it with that error.
 *
 * @param storage a URL
 */
export async function measure(storage: string, asked: Asked): Promise<Figures> {
  const enqueuer = createRota({ storage })
  try {
    await enqueuer.migrations.up()
    asked.signal.throwIfAborted()
    return await measureAll({ ...asked, storage, enqueuer })
  } finally {
    await enqueuer.stop()
  }
}

async function measureAll(bench: Bench): Promise<Figures> {
  const wants = (one: Measure) => bench.only.includes(one)
  // First, because a database that has just drained is not idle: it cleans up.
  const latency = wants('latency') ? await idleLatency(bench) : null
  const throughput = wants('enqueue') || wants('drain') ? await enqueueAndDrain(bench) : null
  const called = wants('callers') ? await byCallers(bench) : null
  return {
    ...(wants('enqueue') && throughput && { enqueue: { perSecond: throughput.enqueued } }),
    ...(called && { callers: called }),
    ...(throughput?.drained && { drain: { perSecond: throughput.drained } }),
    ...(latency && { latency }),
  }
}

async function idleLatency(bench: Bench): Promise<Figures['latency'] & {}> {
  const { enqueuer, signal, onProgress } = bench
  let started = (_at: number) => {}
  const ping = defineJob({ id: 'ping', run: () => started(performance.now()) })
  return withWorker(bench, ping, async () => {
    const took: number[] = []
    for (let i = -warmUp.samples; i < samples; i++) {
      await pause(samplePause, signal)
      signal.throwIfAborted()
      const start = new Promise<number>((resolve) => {
        started = resolve
      })
      const calledAt = performance.now()
      const [startedAt] = await Promise.all([start, enqueuer.enqueue(ping)])
      if (i >= 0) took.push(startedAt - calledAt)
      onProgress('latency', took.length, samples)
    }
    return { samples, ...percentiles(took) }
  })
}

/** Jobs per second. */
async function enqueueAndDrain(bench: Bench): Promise<{ enqueued: number; drained: number | null }> {
  const { jobs } = bench
  const isDrained = bench.only.includes('drain')
  await enqueue(bench, warmUp.jobs)
  await drain(bench, warmUp.jobs)
  return { enqueued: await enqueue(bench, jobs), drained: isDrained ? await drain(bench, jobs) : null }
}

async function enqueue({ enqueuer, signal, onProgress }: Bench, jobs: number): Promise<number> {
  const start = performance.now()
  for (let stored = 0; stored < jobs; ) {
    onProgress('enqueue', stored, jobs)
    const length = Math.min(chunk, jobs - stored)
    const inputs = Array.from({ length }, (_, i) => ({ n: stored + i, text }))
    await enqueuer.enqueueMany(noop, inputs, { signal })
    stored += length
  }
  return rate(jobs, start)
}

async function drain(bench: Bench, jobs: number): Promise<number> {
  let start: number | null = null
  let ended = 0
  const run = ({ n }: { n: number }) => {
    start ??= performance.now() // not with the start of the worker, which is another thing
    return { done: true, n }
  }
  return withWorker(bench, defineJob({ id: noop.id, input, run }), async (worker) => {
    await new Promise<void>((resolve) => {
      worker.on('job:succeeded', () => {
        if (++ended % 500 === 0) bench.onProgress('drain', ended, jobs)
        if (ended === jobs) resolve()
      })
    })
    return rate(jobs, start ?? Number.NaN)
  })
}

async function byCallers(bench: Bench): Promise<Figures['callers'] & {}> {
  await callFor(bench, 1, warmUp.callersFor)
  const figures = []
  for (const count of callers) figures.push(await callFor(bench, count, callersFor))
  return figures
}

async function callFor({ enqueuer, signal, onProgress }: Bench, count: number, ms: number) {
  const took: number[] = []
  const start = performance.now()
  const caller = async () => {
    for (let now = start; now < start + ms; ) {
      signal.throwIfAborted()
      const calledAt = performance.now()
      await enqueuer.enqueue(noop, { n: took.length, text })
      now = performance.now()
      took.push(now - calledAt)
      onProgress(`enqueue, ${count} at a time`, Math.min(now - start, ms), ms)
    }
  }
  await Promise.all(Array.from({ length: count }, caller))
  return { callers: count, perSecond: rate(took.length, start), ...percentiles(took) }
}

/** Runs `work` while a worker serves this job. Trouble ends it: the worker would go on, but what is measured is worth nothing. */
async function withWorker<T>(
  { storage, signal }: Bench,
  job: Parameters<Rota['enqueue']>[0],
  work: (worker: Rota) => Promise<T>,
): Promise<T> {
  const worker = createRota({ storage, jobs: [job], lanes: { default: concurrency } })
  const ended = Promise.withResolvers<never>()
  ended.promise.catch(() => {}) // it may come before anybody waits
  const stop = () => ended.reject(signal.reason)
  worker.on('worker:trouble', ({ error }) => ended.reject(error))
  signal.addEventListener('abort', stop)
  try {
    const measured = work(worker) // it listens before the first job ends
    measured.catch(() => {})
    await worker.start()
    signal.throwIfAborted()
    return await Promise.race([measured, ended.promise])
  } finally {
    signal.removeEventListener('abort', stop)
    await worker.stop({ grace })
  }
}

const rate = (n: number, start: number): number => n / ((performance.now() - start) / 1_000)

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] as number
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}
