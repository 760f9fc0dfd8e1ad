/**
 * Wake-ups between processes by LISTEN and NOTIFY. Only ever hints: whoever misses one finds the jobs at its next poll.
 *
 * NOTIFY in every commit makes commits wait for each other, so a process sends at most one per few milliseconds.
 */
import type { Wake } from '../contract.ts'
import type { PostgresClient, PostgresPool, Run } from './pool.ts'

const pause = 5
const longestPayload = 4_000

/** What a notification says: these lanes, or any. */
export function payload(lanes: readonly string[] | null): string {
  const list = JSON.stringify(lanes)
  return list.length > longestPayload ? 'null' : list
}

export class Notifier {
  readonly #run: Run
  readonly #channel: string
  #lanes = new Set<string>()
  #all = false
  #timer: NodeJS.Timeout | null = null
  #sentAt = 0

  constructor(run: Run, channel: string) {
    this.#run = run
    this.#channel = channel
  }

  notify(lanes: Iterable<string>): void {
    for (const lane of lanes) this.#lanes.add(lane)
    if (this.#lanes.size > 0) this.#sendSoon()
  }

  /** Something changed that concerns whoever claims or promotes, in any lane. */
  notifyAll(): void {
    this.#all = true
    this.#sendSoon()
  }

  #sendSoon(): void {
    if (this.#timer !== null) return
    const wait = this.#sentAt + pause - performance.now()
    if (wait <= 0) this.#send()
    else this.#timer = setTimeout(() => this.#send(), wait)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #send(): void {
    const list = payload(this.#all ? null : [...this.#lanes])
    this.#all = false
    this.#lanes.clear()
    this.#timer = null
    this.#sentAt = performance.now()
    this.#run('select pg_notify($1, $2)', [this.#channel, list], true).catch(() => {})
  }
}

const reconnectFirst = 200
const reconnectLast = 10_000

/** The lanes of a notification, or null for any. Anybody may notify, so a payload is only ever a hint. */
function lanesOf(payload: string | undefined): readonly string[] | null {
  try {
    const lanes: unknown = JSON.parse(payload ?? 'null')
    return Array.isArray(lanes) && lanes.every((lane) => typeof lane === 'string') ? lanes : null
  } catch {
    return null
  }
}

/**
 * Keeps one connection listening, and makes a new one when it breaks.
 *
 * connecting → listening → (broken) waiting → connecting …; stopped at any time.
 */
export async function listen(
  pool: Pick<PostgresPool, 'connect'>,
  channel: string,
  wake: Wake,
): Promise<() => Promise<void>> {
  let listening: PostgresClient | null = null
  let timer: NodeJS.Timeout | null = null
  let wait = reconnectFirst
  let stopped = false

  /** A connection that listens must not go back to the pool, and may be given up only once. */
  const drop = (client: PostgresClient) => {
    if (listening !== client) return
    listening = null
    client.release(true)
    if (stopped) return
    timer = setTimeout(() => void connect(), wait)
    wait = Math.min(wait * 2, reconnectLast)
  }
  const connect = async () => {
    const client = await pool.connect().catch(() => null)
    if (client === null || stopped) {
      client?.release()
      if (!stopped) timer = setTimeout(() => void connect(), wait)
      return
    }
    listening = client
    client.on('error', () => drop(client))
    client.on('end', () => drop(client))
    client.on('notification', (message) => {
      if (message.channel === channel && listening === client) wake(lanesOf(message.payload))
    })
    try {
      await client.query({ text: `listen "${channel}"` })
      wait = reconnectFirst
      wake(null) // what came while nobody listened
    } catch {
      drop(client)
    }
  }
  await connect()
  return async () => {
    stopped = true
    if (timer !== null) clearTimeout(timer)
    if (listening !== null) drop(listening)
  }
}
