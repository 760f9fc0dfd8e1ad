/**
 * A server as the storage of a worker. Only the verbs of a worker are there; what any worker does for all, the server does, or a worker that has
 * the database: here it is nothing.
 */
import type { Client } from '../client/index.ts'
import type { Defaults } from '../engine/enqueue.ts'
import type { Job } from '../job/define.ts'
import { RotaError } from '../job/errors.ts'
import { priorityRank } from '../job/priority.ts'
import type { Change } from '../job/states.ts'
import type { Applied, ClaimedJob, Note, Signal, Storage, Wake } from '../storage/contract.ts'
import { type Fate, forGood, isLost, tellChange, tellLines } from './changes.ts'
import { listen } from './hints.ts'
import { inTime, noLease, Sessions } from './session.ts'

interface Serving {
  readonly jobs: ReadonlyMap<string, Job>
  readonly jobDefaults: Defaults
  /** The name under which the engine serves what the server calls the own lane of the worker. */
  readonly ownLane: string
  /** For messages. */
  readonly place: string
}

/** Calls of one batch that are under way at a time. */
const atATime = 32

const nothingFollowed: Applied['followed'] = { released: 0, cancelled: [] }

export function remoteStorage(client: Client, { jobs, jobDefaults, ownLane, place }: Serving): Storage {
  const { workers } = client
  const sessions = new Sessions(client, jobs, jobDefaults)
  let present = ''

  const working: Pick<Storage, WorkerVerb> = {
    async heartbeat(beat) {
      const held = await sessions.beat(beat)
      if (held) present = beat.id
      return held
    },
    leave: (id) => sessions.leave(id),
    async claim({ worker, lanes, suspect }) {
      const session = sessions.get(worker)
      if (session === undefined) return []
      const rooms = lanes.map(({ name, limit }) => [name === ownLane ? session.ownLane : name, Math.min(limit, 1_000)])
      const asked = { id: session.worker, lanes: Object.fromEntries(rooms), suspect }
      const { jobs: claimed } = await workers.claim(asked, inTime())
      return claimed.map((job) => claimedJob(job, session.ownLane, ownLane))
    },
    async apply(worker, changes, notes = []) {
      const session = sessions.get(worker)
      if (session === undefined)
        return { refused: changes.map(({ id }) => id), cancelled: [], followed: nothingFollowed }
      const told = new Map(notes.map((note) => [note.id, note]))
      const fates = await eachOf(changes, (change) => tellChange(workers, session.worker, change, told.get(change.id)))
      const of = (fate: Fate) => changes.filter((_, i) => fates[i] === fate).map(({ id }: Change) => id)
      return { refused: of('refused'), cancelled: of('cancelled'), followed: nothingFollowed }
    },
    async note(worker, notes) {
      const session = sessions.get(worker)
      if (session !== undefined) await eachOf(notes, (note) => tellNote(workers, session.worker, note))
    },
    async signals(worker) {
      const session = sessions.get(worker)
      if (session === undefined) return []
      const { cancel, pause, drain } = await workers.heartbeat({ id: session.worker, renew: false }, inTime())
      return [
        ...cancel.map(({ job, fence, reason }): Signal => ({ kind: 'cancel', id: job, fence, reason })),
        ...pause.map((lane): Signal => ({ kind: 'pause', lane: lane === session.ownLane ? ownLane : lane })),
        ...(drain ? [{ kind: 'drain' } as const] : []),
      ]
    },
    async held(worker, ids) {
      const session = sessions.get(worker)
      if (session === undefined) throw noLease()
      const { held = [] } = await workers.heartbeat({ id: session.worker, renew: false, held: true }, inTime())
      return held.filter(({ id }) => ids?.includes(id) ?? true).map((job) => ({ ...job, worker }))
    },
    /** The server has looked already: what it refuses is refused. */
    get: async () => [],
    attempts: async () => [],
    subscribe: async (wake: Wake, hears) => {
      const shared = (lanes: readonly string[]) =>
        lanes.map((lane) => (lane === sessions.get(present)?.ownLane ? ownLane : lane))
      return listen(
        async (wait, signal) => {
          const session = sessions.get(present)
          if (session === undefined) throw noLease()
          return (await workers.hints({ id: session.worker, wait: `${wait}ms` }, { signal })).lanes
        },
        (lanes) => wake(lanes && shared(lanes)),
        hears ?? (() => {}),
      )
    },
  }
  return { ...ofOthers, ...absent(), ...working, description: place, url: null }
}

type WorkerVerb =
  | 'heartbeat'
  | 'leave'
  | 'claim'
  | 'apply'
  | 'note'
  | 'signals'
  | 'held'
  | 'get'
  | 'attempts'
  | 'subscribe'

/** What any worker does for all. */
const ofOthers = {
  promote: async () => ({ promoted: 0, expired: [], followed: nothingFollowed, nextDueIn: null, nextFireIn: null }),
  sweep: async () => [],
  setAside: async () => ({ aside: 0, back: 0 }),
  purge: async () => false,
  upkeep: async () => {},
  workers: async () => [],
  lanes: async () => [],
  schedules: async () => ({ schedules: [], now: 0, next: null }),
  count: async () => {},
  counters: async () => [],
  mergeCounters: async () => false,
  migrate: async () => ({ applied: [], pending: [] }),
  migrations: async () => ({ applied: [], pending: [] }),
  close: async () => {},
  definitions: async () => [],
  definitionsMark: async () => 0,
} satisfies Partial<Storage>

const notHere = [
  'insert',
  'pauseLane',
  'edit',
  'drain',
  'saveSchedules',
  'deleteSchedules',
  'dueSchedules',
  'fire',
  'skips',
  'newestSkips',
  'list',
  'edges',
  'flows',
  'logs',
  'stats',
  'counts',
  'next',
  'standing',
  'audit',
  'auditLog',
  'accounts',
  'publish',
  'manifests',
  'saveDefinition',
  'definitionVersions',
  'awaitReport',
  'awaited',
  'report',
  'pulse',
  'lock',
  'renewLock',
  'unlock',
] as const satisfies readonly (keyof Storage)[]

/** A worker never asks for these. */
function absent(): Pick<Storage, (typeof notHere)[number]> {
  const refuse = (verb: string) => () =>
    Promise.reject(new RotaError('internal', `A worker without the database cannot ask for "${verb}".`))
  return Object.fromEntries(notHere.map((verb) => [verb, refuse(verb)])) as never
}

type Claimed = Awaited<ReturnType<Client['workers']['claim']>>['jobs'][number]

function claimedJob(job: Claimed, theirs: string, ours: string): ClaimedJob {
  const { priority, dueAt, enqueuedAt, claimedAt, schedule, input, metadata, lane, ...same } = job
  return {
    ...same,
    lane: lane === theirs ? ours : lane,
    priority: priorityRank(priority),
    dueAt: Date.parse(dueAt),
    createdAt: Date.parse(enqueuedAt),
    claimedAt: Date.parse(claimedAt),
    schedule: schedule && { ...schedule, slot: schedule.slot === null ? null : Date.parse(schedule.slot) },
    input: input === undefined ? null : JSON.stringify(input),
    metadata: Object.keys(metadata).length > 0 ? metadata : null,
  }
}

async function tellNote(
  workers: Client['workers'],
  worker: string,
  { id: job, fence, logs, progress }: Note,
): Promise<void> {
  const at = { id: worker, job, fence }
  try {
    await tellLines(workers, at, logs)
    if (progress === null) return
    const { percent, message } = progress
    await workers.progress({ ...at, percent, ...(message !== null && { message }) }, inTime())
  } catch (error) {
    if (!isLost(error)) throw forGood(error)
  }
}

/** A few at a time, so that a large batch does not open a connection for each. All end, also when one fails. */
async function eachOf<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const hand = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as Item)
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atATime, items.length) }, hand))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  return results
}
