/**
 * Wake-ups between processes by LISTEN and NOTIFY. Only ever hints: whoever misses one finds the jobs at its next poll.
 *
 * A NOTIFY inside the statement that stores jobs saves a round trip. But transactions with a NOTIFY commit one after the
 * other, each with its own flush to the disk, so a process does that only now and then; what comes meanwhile is told by
 * statements that write nothing else and need no flush.
 */
import type { Wake } from '../contract.ts'
import type { PostgresClient, PostgresPool, Run } from './pool.ts'

/** Milliseconds from one notification to the next. */
const pause = 1
/** The same to one inside another statement: at least, and as a multiple of how long the last such statement took. */
const pauseWithin = { least: 5, times: 10 } as const
const longestPayload = 4_000

/** What a notification says: these lanes, or any. */
export function payload(lanes: readonly string[] | null): string {
  const list = JSON.stringify(lanes)
  return list.length > longestPayload ? 'null' : list
}

/** For `pg_notify`. */
export type Hint = readonly [channel: string, payload: string]

export class Notifier {
  readonly #run: Run
  readonly #channel: string
  #lanes = new Set<string>()
  #all = false
  #timer: NodeJS.Timeout | null = null
  #sentAt = 0
  #sending: Promise<unknown> | null = null
  #withinAt = 0

  constructor(run: Run, channel: string) {
    this.#run = run
    this.#channel = channel
  }

  /** There is something to claim in these lanes; null: or to promote, in any. */
  notify(lanes: Iterable<string> | null): void {
    if (lanes === null) return this.notifyAll()
    for (const lane of lanes) this.#lanes.add(lane)
    if (this.#lanes.size > 0) this.#sendSoon()
  }

  /** Tells nothing, to whoever wants to know that it hears. */
  probe(): void {
    this.#sendSoon()
  }

  /** For the statement that stores jobs for these lanes, when now is the time to send one inside it. */
  within(lanes: readonly string[] | null): Hint | null {
    const now = performance.now()
    if (this.#timer !== null || now < this.#withinAt || now < this.#sentAt + pause) return null
    this.#sentAt = now
    this.#withinAt = now + pauseWithin.least
    return [this.#channel, payload(lanes)]
  }

  /** A statement with a hint inside took so many milliseconds, the way there and back too: where many wait for each other, fewer are sent so. */
  tookWithin(ms: number): void {
    this.#withinAt = Math.max(this.#withinAt, performance.now() + ms * pauseWithin.times)
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

  /** Sends what waits, so that the last hint of a short process is not lost. */
  async stop(): Promise<void> {
    if (this.#timer !== null) {
      clearTimeout(this.#timer)
      this.#send()
    }
    await this.#sending
  }

  #send(): void {
    const list = payload(this.#all ? null : [...this.#lanes])
    this.#all = false
    this.#lanes.clear()
    this.#timer = null
    this.#sentAt = performance.now()
    this.#sending = this.#run('select pg_notify($1, $2)', [this.#channel, list], true).catch(() => {})
  }
}

/** Milliseconds without any notification after which one is asked for; a network may have dropped the connection in silence. */
const proveEvery = 30_000
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
 * Keeps one connection listening, and makes a new one when it breaks. Behind a pooler it may listen and hear nothing, so
 * that it hears is believed when a notification has come.
 *
 * connecting → listening → (broken) waiting → connecting …; stopped at any time.
 */
export async function listen(
  pool: Pick<PostgresPool, 'connect'>,
  channel: string,
  wake: Wake,
  hears: (yes: boolean) => void,
  probe: () => void,
): Promise<() => Promise<void>> {
  let listening: PostgresClient | null = null
  let timer: NodeJS.Timeout | null = null
  let wait = reconnectFirst
  let stopped = false
  let hearing = false
  let heardAt = 0

  /** A connection that listens must not go back to the pool, and may be given up only once. */
  const drop = (client: PostgresClient) => {
    if (listening !== client) return
    listening = null
    hearing = false
    hears(false)
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
      if (message.channel !== channel || listening !== client) return
      hearing = true
      heardAt = performance.now()
      hears(true)
      wake(lanesOf(message.payload))
    })
    try {
      await client.query({ text: `listen "${channel}"` })
      wait = reconnectFirst
      wake(null) // what came while nobody listened
      probe()
    } catch {
      drop(client)
    }
  }
  const proving = setInterval(() => {
    const silence = performance.now() - heardAt
    if (listening !== null && hearing && silence > 2 * proveEvery) drop(listening)
    else if (silence > proveEvery) probe()
  }, proveEvery)
  proving.unref()
  await connect()
  return async () => {
    stopped = true
    clearInterval(proving)
    if (timer !== null) clearTimeout(timer)
    if (listening !== null) drop(listening)
  }
}
