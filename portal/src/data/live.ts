/**
 * How what is shown stays true. One stream of events for all tabs of this browser: the tab that holds the lock has it open and tells the others.
 *
 *   live (the stream tells) ⇄ polling (it cannot be had: everything is read again every 10 s) ⇄ offline (nothing answers)
 *   paused: somebody wants to look in peace. A hidden tab asks for nothing; when it is seen again it reads everything anew.
 *
 * Only a tab that can be seen competes for the lock, so a stream is open exactly while somebody looks.
 */

import { randomId } from '../lib/random-id.ts'
import { cache, cluster, home, rota } from './client.ts'
import type { Output, Topic } from './read.ts'
import { createStore } from './store.ts'

export type Liveness = 'live' | 'polling' | 'offline' | 'paused'

/** How it is at this moment. */
export const liveness = createStore<Liveness>('polling')
/** When the server was last heard. */
export const heardAt = createStore<number>(Date.now())
export const paused = createStore(false)

type Event = Output<'events.stream'> extends AsyncIterable<infer E> ? E : never
type LogLine = Extract<Event, { type: 'log' }>
type Message =
  | { readonly kind: 'changed'; readonly topics: readonly Topic[] }
  | { readonly kind: 'reset' }
  | { readonly kind: 'heard'; readonly how: Liveness }
  | { readonly kind: 'log'; readonly line: LogLine }
  | { readonly kind: 'follow'; readonly tab: string; readonly logs: readonly string[] }
  | { readonly kind: 'who' }

/** Milliseconds. */
const every = { flush: 2_000, poll: 10_000, retry: 5_000, check: 10_000, fresh: 25_000 }

const tab = randomId()
/** Of this portal, and this cluster: another has its own stream. */
const name = `rota live ${home.pathname} ${cluster ?? ''}`
const channel = new BroadcastChannel(name)
/** Of this portal, whatever it looks at. */
const people = new BroadcastChannel(`rota people ${home.pathname}`)
const listeners = new Set<(line: LogLine) => void>()
/** Jobs whose logs somebody watches, by tab. */
const followed = new Map<string, readonly string[]>()
const topics: readonly Topic[] = ['jobs', 'schedules', 'lanes', 'workers']
const dirty = new Set<Topic | 'all'>()
let own: readonly string[] = []
let stream: AbortController | null = null
let leading: AbortController | null = null
let started: 'not' | 'just' | 'long' = 'not'

/** Begins; further calls do nothing. */
export function goLive(): void {
  if (started !== 'not') return
  started = 'just'
  people.addEventListener('message', () => location.reload())
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => take(data, false))
  document.addEventListener('visibilitychange', attend)
  window.addEventListener('pagehide', () => tellOthers({ kind: 'follow', tab, logs: [] }))
  setInterval(flush, every.flush)
  setInterval(poll, every.poll)
  attend()
}

/** Somebody has signed in or out here: what other tabs show may be of somebody else. */
export const tellSession = (): void => people.postMessage('signed in or out')

/** Ends it: somebody signs out. */
export function goQuiet(): void {
  leading?.abort()
  leading = null
}

/** Reads everything again. */
export function refresh(): void {
  void cache.invalidateQueries()
}

export function pause(value: boolean): void {
  paused.set(value)
  if (!value) refresh()
}

/** Hears the new log lines of a job. @param from `<job>@<cursor>`, as `jobs.logs` gave it, or the id alone. @returns what ends it */
export function followLog(from: string, listener: (line: LogLine) => void): () => void {
  const id = from.split('@')[0] as string
  const hear = (line: LogLine) => {
    if (line.job === id) listener(line)
  }
  listeners.add(hear)
  follow([...own, from])
  return () => {
    listeners.delete(hear)
    follow(own.filter((one) => one !== from))
  }
}

function follow(logs: readonly string[]): void {
  own = logs
  take({ kind: 'follow', tab, logs }, true)
}

const tellOthers = (message: Message) => channel.postMessage(message)

/** What concerns every tab, this one among them. */
function tellAll(message: Message): void {
  tellOthers(message)
  take(message, false)
}

function take(message: Message, tell: boolean): void {
  if (tell) tellOthers(message)
  if (message.kind === 'changed') for (const topic of message.topics) dirty.add(topic)
  else if (message.kind === 'reset') dirty.add('all')
  else if (message.kind === 'heard') {
    liveness.set(message.how)
    if (message.how !== 'offline') heardAt.set(Date.now())
  } else if (message.kind === 'log') for (const listener of [...listeners]) listener(message.line)
  else if (message.kind === 'who') tellOthers({ kind: 'follow', tab, logs: own })
  else {
    if (message.logs.length > 0) followed.set(message.tab, message.logs)
    else if (!followed.delete(message.tab)) return
    stream?.abort() // it opens again with what is followed now
  }
}

function flush(): void {
  if (document.hidden || paused.get() || dirty.size === 0 || cache.isFetching() > 0) return
  const all = dirty.has('all')
  const changed = new Set<unknown>(dirty)
  dirty.clear()
  void cache.invalidateQueries(
    {
      predicate: ({ meta }) =>
        all || (meta?.topics as readonly Topic[] | undefined)?.some((topic) => changed.has(topic)) === true,
    },
    { cancelRefetch: false },
  )
}

/** Where the stream cannot be had, or the tab that has it was frozen by the browser. */
function poll(): void {
  if (document.hidden || paused.get()) return
  if (liveness.get() === 'live' && Date.now() - heardAt.get() < every.fresh) return
  if (liveness.get() === 'live') liveness.set('polling')
  dirty.add('all')
}

/** Whether this tab is seen decides whether it takes part. */
function attend(): void {
  if (document.hidden) {
    leading?.abort()
    leading = null
    return
  }
  // What has changed between the first reading and the stream is told by nobody.
  for (const topic of started === 'just' ? topics : (['all'] as const)) dirty.add(topic)
  started = 'long'
  if (leading !== null) return
  const mine = new AbortController()
  leading = mine
  const locks = navigator.locks as LockManager | undefined // only where the page is secure
  if (locks === undefined) void lead(mine.signal)
  else void locks.request(name, { signal: mine.signal }, () => lead(mine.signal)).catch(() => {})
}

/** Has the stream open until this tab is hidden. */
async function lead(signal: AbortSignal): Promise<void> {
  tellOthers({ kind: 'who' })
  const beat = setInterval(() => void check(), every.check)
  while (!signal.aborted) {
    const mine = new AbortController()
    stream = mine
    const logs = [...new Set([...followed.values()].flat())].slice(0, 10).join(',')
    try {
      const context = { cluster }
      const ends = AbortSignal.any([signal, mine.signal])
      const events = await rota.events.stream({ ...(logs !== '' && { logs }) }, { signal: ends, context })
      tellAll({ kind: 'heard', how: 'live' })
      for await (const event of events) {
        heardAt.set(Date.now())
        if (event.type === 'log')
          tellAll({ kind: 'log', line: { ...event } }) // a proxy cannot be sent to other tabs
        else tellAll(event.type === 'changed' ? { kind: 'changed', topics: event.topics } : { kind: 'reset' })
      }
    } catch {
      if (!mine.signal.aborted && !signal.aborted) {
        tellAll({ kind: 'heard', how: (await answers()) ? 'polling' : 'offline' })
        await new Promise((resolve) => setTimeout(resolve, every.retry))
      }
    }
  }
  clearInterval(beat)
  stream = null
}

/** A connection can be dead without anybody saying so: then no event comes, and nothing tells why. */
async function check(): Promise<void> {
  const checked = stream
  if (checked === null || checked.signal.aborted) return
  if (await answers()) return tellAll({ kind: 'heard', how: 'live' })
  if (checked === stream) checked.abort()
  tellAll({ kind: 'heard', how: 'offline' })
}

async function answers(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(every.check)
    return (await fetch(new URL('healthz', home), { cache: 'no-store', signal })).ok
  } catch {
    return false
  }
}
