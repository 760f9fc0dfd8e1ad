/**
 * Wake-ups between processes by LISTEN and NOTIFY. Only ever hints: whoever misses one finds the jobs at its next poll.
 *
 * NOTIFY in every commit makes commits wait for each other, so a process sends at most one per few milliseconds.
 */
import type { Wake } from '../contract.ts'
import type { PostgresClient, PostgresPool, Run } from './pool.ts'

const pause = 5
const longestPayload = 4_000

export class Notifier {
  readonly #run: Run
  readonly #channel: string
  #lanes = new Set<string>()
  #timer: NodeJS.Timeout | null = null
  #sentAt = 0

  constructor(run: Run, channel: string) {
    this.#run = run
    this.#channel = channel
  }

  notify(lanes: Iterable<string>): void {
    for (const lane of lanes) this.#lanes.add(lane)
    if (this.#lanes.size === 0 || this.#timer !== null) return
    const wait = this.#sentAt + pause - performance.now()
    if (wait <= 0) this.#send()
    else this.#timer = setTimeout(() => this.#send(), wait)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #send(): void {
    const list = JSON.stringify([...this.#lanes])
    this.#lanes.clear()
    this.#timer = null
    this.#sentAt = performance.now()
    this.#run('select pg_notify($1, $2)', [this.#channel, list.length > longestPayload ? 'null' : list], true).catch(
      () => {},
    )
  }
}

const reconnectFirst = 200
const reconnectLast = 10_000

/** Keeps one connection listening, and makes a new one when it breaks. */
export async function listen(pool: PostgresPool, channel: string, wake: Wake): Promise<() => Promise<void>> {
  let client: PostgresClient | null = null
  let timer: NodeJS.Timeout | null = null
  let wait = reconnectFirst
  let stopped = false

  const retry = () => {
    client = null
    if (stopped) return
    timer = setTimeout(() => void connect(), wait)
    wait = Math.min(wait * 2, reconnectLast)
  }
  const connect = async () => {
    try {
      const connected = await pool.connect()
      if (stopped) return connected.release()
      client = connected
      const lost = () => {
        if (client !== connected) return
        connected.release(true)
        retry()
      }
      connected.on('error', lost)
      connected.on('end', lost)
      connected.on('notification', (message) => {
        if (message.channel === channel) wake(message.payload ? JSON.parse(message.payload) : null)
      })
      await connected.query({ text: `listen "${channel}"` })
      wait = reconnectFirst
      wake(null) // what came while nobody listened
    } catch {
      ;(client as PostgresClient | null)?.release(true)
      retry()
    }
  }
  await connect()
  return async () => {
    stopped = true
    if (timer !== null) clearTimeout(timer)
    const listening = client
    client = null
    listening?.release(true) // a connection that listens must not go back to the pool
  }
}
