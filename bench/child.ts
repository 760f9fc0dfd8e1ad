/** One process of a side: it stores or it works, and does what its parent (`processes.ts`) says. */
import type { Command, Commands, Counts } from './processes.ts'
import { sideNamed } from './sides/named.ts'
import { monotonic, type Payload, type Producer, payload } from './sides/side.ts'

const [name, url] = process.argv.slice(2) as [string, string]
const side = await sideNamed(name)
let producing: Producer | null = null
let stop: (() => Promise<void>) | null = null
const noCounts: Counts = { ended: 0, started: 0, busy: 0, firstStart: Infinity, lastEnd: -Infinity }
let counts = { ...noCounts }
let latencies: number[] = []

const producer = async () => {
  producing ??= await side.produce(url)
  return producing
}

function takeTime(startedAt: number, ms: number): Promise<void> {
  counts.started++
  counts.firstStart = Math.min(counts.firstStart, startedAt)
  return new Promise((resolve) =>
    setTimeout(() => {
      counts.lastEnd = monotonic()
      counts.busy += counts.lastEnd - startedAt
      counts.ended++
      resolve()
    }, ms),
  )
}

const commands: Commands = {
  async bulk({ count, options }) {
    const to = await producer()
    const start = performance.now()
    await to.bulk(count, options)
    return performance.now() - start
  },

  async callers({ callers, ms }) {
    const to = await producer()
    const start = performance.now()
    const end = start + ms
    let stored = 0
    const call = async () => {
      while (performance.now() < end) {
        await to.one(payload(stored))
        stored++
      }
    }
    await Promise.all(Array.from({ length: callers }, call))
    return (stored / (performance.now() - start)) * 1_000
  },

  async paced({ perSecond, count }) {
    const to = await producer()
    const sending: Promise<void>[] = []
    let failure: Error | null = null
    const fail = (error: Error) => {
      failure ??= error
    }
    const start = performance.now()
    for (let sent = 0; sent < count; ) {
      const due = Math.min(count, Math.floor(((performance.now() - start) / 1_000) * perSecond) + 1)
      for (; sent < due; sent++) sending.push(to.one(payload(sent)).catch(fail))
      const next = start + (sent / perSecond) * 1_000 - performance.now()
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next)))
    }
    await Promise.all(sending)
    if (failure !== null) throw failure
    return performance.now() - start
  },

  async work({ handlerMs, latency = false, ...options }) {
    counts = { ...noCounts }
    const run = (input: Payload): undefined | Promise<void> => {
      if (handlerMs === 0 && !latency) return void counts.ended++
      const startedAt = monotonic()
      if (latency) latencies.push(startedAt - input.sentAt)
      if (handlerMs === 0) return void counts.ended++
      return takeTime(startedAt, handlerMs)
    }
    stop = await side.work(url, { ...options, run })
  },

  async rest() {
    await stop?.()
    stop = null
  },

  async counts() {
    return { ...counts }
  },

  async latencies() {
    const taken = latencies
    latencies = []
    return taken
  },

  /** Microseconds of CPU since the process began, and megabytes it holds. */
  async usage() {
    const { user, system } = process.cpuUsage()
    return { cpu: user + system, rss: process.memoryUsage.rss() / 1e6 }
  },

  async proxy({ delay }) {
    const { startProxy } = await import('../test/support/proxy.ts')
    return (await startProxy(url, { delay })).url
  },

  async end() {
    await stop?.()
    await producing?.close()
  },
}

process.on('message', async ({ id, command, args }: Command) => {
  try {
    const value = await (commands[command] as (args: unknown) => Promise<unknown>)(args)
    process.send?.({ id, value })
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
  if (command === 'end') process.disconnect()
})
process.on('disconnect', () => process.exit())
