/** Gathers what is known of a job and of those who could run it; what that means is decided in `job/explain.ts`. */

import { explain } from '../job/explain.ts'
import type { ExplainCode, ExplainFacts, ParentFact, Reason } from '../job/explain-facts.ts'
import { type JobId, jobNotFound } from '../job/id.ts'
import { parentReasons } from '../job/parents.ts'
import { isFinalState, type State } from '../job/states.ts'
import type { JobRecord, Storage } from '../storage/contract.ts'
import { countedUpTo } from './lanes.ts'
import { sharedLanes } from './own-lane.ts'

/** What a job waits for, or what is to be said of it where it waits for nothing. */
export interface WaitsFor {
  /** One of `docs/explain.md`. */
  readonly code: ExplainCode
  /** What it means for this job, with names and times. */
  readonly message: string
  /** What helps. */
  readonly fix: string
  /** The command that does it, where one does. */
  readonly command: string | null
  /** When it is over by itself, where that is known. */
  readonly until: Date | null
}

/** What holds a job. */
export interface JobExplained {
  /** As `enqueue` gave it. */
  readonly id: JobId
  /** Id of the definition. */
  readonly job: string
  /** The lane it runs in. */
  readonly lane: string
  /** Where it is on its way. */
  readonly state: State
  /** Since when it is in this state, as well as that is known. */
  readonly since: Date
  /** What holds it comes first. */
  readonly waitsFor: readonly WaitsFor[]
}

/** @param mode of the cluster */
export async function explainJob(
  storage: Storage,
  id: JobId,
  mode: ExplainFacts['mode'] = 'active',
): Promise<JobExplained> {
  const [record] = await storage.get([id])
  if (record === undefined) throw jobNotFound(id)
  const { since, reasons } = explain({ mode, ...(await factsOf(storage, record)) })
  const { job, lane, state } = record
  return { id: record.id as JobId, job, lane, state, since: new Date(since), waitsFor: reasons.map(waitsFor) }
}

const waitsFor = ({ until, ...rest }: Reason): WaitsFor => ({ ...rest, until: until === null ? null : new Date(until) })

async function factsOf(storage: Storage, job: JobRecord): Promise<Omit<ExplainFacts, 'mode'>> {
  const linked = job.state === 'blocked' || job.reason === parentReasons.failed
  const parents = linked ? await waitedFor(storage, job.id) : []
  const nobody = {
    disabled: false,
    now: job.finishedAt ?? 0,
    paused: null,
    ahead: 0,
    held: [],
    workers: [],
    attempts: [],
  }
  if (isFinalState(job.state)) return { job, parents, countedUpTo, cancelAsked: null, ...nobody }
  const [standing, workers, attempts, cancelAsked, [definition]] = await Promise.all([
    storage.standing(job, countedUpTo),
    storage.workers(),
    storage.attempts(job.id),
    askedToEnd(storage, job),
    storage.definitions([job.job]),
  ])
  // A lane of a worker's own says nothing to people, unless the job waits in it.
  const seen = workers.map((worker) => ({
    ...worker,
    lanes: worker.lanes.filter((lane) => lane.name === job.lane || sharedLanes([lane]).length > 0),
  }))
  const disabled = definition !== undefined && !definition.enabled
  return { job, parents, countedUpTo, cancelAsked, disabled, workers: seen, attempts, ...standing }
}

/** The parents whose edges are open. */
async function waitedFor(storage: Storage, id: string): Promise<ParentFact[]> {
  const edges = (await storage.edges([id])).filter(({ child, open }) => child === id && open)
  const records = new Map((await storage.get(edges.map(({ parent }) => parent))).map((record) => [record.id, record]))
  return edges.map(({ parent, onFail }) => {
    const record = records.get(parent)
    return { id: parent, job: record?.job ?? '?', state: record?.state ?? null, onFail, error: record?.error ?? null }
  })
}

async function askedToEnd(storage: Storage, { id, fence, worker }: JobRecord): Promise<string | null> {
  if (worker === null) return null
  for (const signal of await storage.signals(worker))
    if (signal.kind === 'cancel' && signal.id === id && signal.fence === fence) return signal.reason
  return null
}
