/** `rota.flows`: what people look at and change. The same words as in the command line. */
import { RotaError, show } from '../job/errors.ts'
import { everyJob } from '../job/filter.ts'
import { type FlowState, flowState } from '../job/flow.ts'
import { checkCursor, isJobId, type JobId } from '../job/id.ts'
import * as check from '../job/options.ts'
import type { OnParentFail } from '../job/parents.ts'
import { finalStates, isFinalState, type State } from '../job/states.ts'
import { cleanText } from '../job/text.ts'
import type { EdgeRecord, FlowRecord, JobRecord, Storage } from '../storage/contract.ts'
import type { EditHints } from './edit-hints.ts'
import { type JobView, jobView } from './view.ts'

/** A flow as a whole. */
export interface FlowView {
  /** As `rota.flow` gave it. */
  readonly id: string
  /** As it was given; flows may share a name. */
  readonly name: string
  /** Made of the states of its jobs. */
  readonly state: FlowState
  /** When it was stored. */
  readonly enqueuedAt: Date
  /** How many of its jobs are in each state; those that are gone do not count. */
  readonly counts: Readonly<Record<State, number>>
}

/** That one job of a flow waits, or waited, for another. */
export interface FlowEdge {
  /** In the flow or not. */
  readonly parent: JobId
  /** The one that waits. */
  readonly child: JobId
  /** What becomes of the child when the parent does not succeed. */
  readonly onParentFail: OnParentFail
  /** The parent has not ended as the rule demands. */
  readonly open: boolean
}

/** A flow with its jobs, in the order in which they were added, and with who waits for whom. */
export interface FlowDetails extends FlowView {
  /** Those that are still stored. */
  readonly jobs: readonly JobView[]
  /** Who waits, or waited, for whom. */
  readonly edges: readonly FlowEdge[]
}

/** Which flows to list. */
export interface FlowListOptions {
  /** Only flows of this name. @default all */
  readonly name?: string
  /** @default 50, from 1 to 1000 */
  readonly limit?: number
  /** `next` of the page before. @default the newest flows */
  readonly cursor?: string
}

/** What was done to a flow. */
export interface FlowEdited<Status extends string> {
  /** Of the flow. */
  readonly id: string
  /** What was done. */
  readonly status: Status
  /** How many of its jobs were changed. */
  readonly changed: number
}

const page = 1_000

/** `rota.flows`: looks at flows, and cancels or retries them as a whole. */
export class Flows {
  readonly #open: () => Promise<Storage>
  readonly #hints: EditHints

  /** @internal */
  constructor(open: () => Promise<Storage>, hints: EditHints) {
    this.#open = open
    this.#hints = hints
  }

  /** The flow with its jobs, or null when no such flow is stored. */
  async get(id: string): Promise<FlowDetails | null> {
    const storage = await this.#open()
    const [flow] = await storage.flows({ ids: [checkFlowId(id)], names: null, before: null, limit: 1 })
    if (flow === undefined) return null
    const jobs = (await jobsOf(storage, flow.id)).toReversed()
    const edges = await storage.edges(jobs.map((job) => job.id))
    return { ...flowView(flow), jobs: jobs.map(jobView), edges: edges.map(flowEdge) }
  }

  /** Newest first. */
  async list(options: FlowListOptions = {}): Promise<{ flows: FlowView[]; next: string | null }> {
    const { name, limit, cursor } = check.checkOptions('flows.list', options, {
      name: check.text(200),
      limit: check.integer(1, 1_000),
      cursor: checkCursor,
    })
    const most = limit ?? check.defaults.listLimit
    const query = { ids: null, names: name === undefined ? null : [name], before: cursor ?? null, limit: most }
    const flows = await (await this.#open()).flows(query)
    return { flows: flows.map(flowView), next: flows.length === most ? (flows.at(-1)?.id ?? null) : null }
  }

  /**
   * Cancels every job of a flow that is not over: what waits at once, what runs by its signal.
   *
   * @param options.reason kept with the jobs, at most 500 characters. @default 'cancelled'
   * @throws RotaError `flow_not_found`
   */
  async cancel(id: string, options: { readonly reason?: string } = {}): Promise<FlowEdited<'cancelled'>> {
    const { reason } = check.checkOptions('flows.cancel', options, { reason: check.text(500) })
    const wish = { kind: 'cancel', reason: cleanText(reason ?? check.defaults.cancelReason, 500) } as const
    const { storage, flow } = await this.#found(id)
    const jobs = (await jobsOf(storage, flow)).filter(({ state }) => !isFinalState(state))
    const edited = await storage.edit(
      jobs.map((job) => job.id),
      wish,
    )
    this.#hints.signalled()
    for (const job of edited) if (job.from !== 'running') this.#hints.over(job.id)
    const changed = edited.filter(({ from }) => from !== null && !isFinalState(from)).length
    return { id: flow, status: 'cancelled', changed }
  }

  /**
   * Starts every job of a flow anew that ended without success: those that wait for the success of others wait for it again.
   * What succeeded is left alone, and what was told to run after a failure (`onParentFail: 'run'`) has seen its end already.
   *
   * @throws RotaError `flow_not_found`
   */
  async retry(id: string): Promise<FlowEdited<'retried'>> {
    const { storage, flow } = await this.#found(id)
    const states = finalStates.filter((state) => state !== 'succeeded')
    const jobs = await jobsOf(storage, flow, states)
    const edited = await storage.edit(
      jobs.map((job) => job.id),
      { kind: 'retry' },
    )
    this.#hints.due()
    const changed = edited.filter(({ from }) => from !== null && isFinalState(from)).length
    return { id: flow, status: 'retried', changed }
  }

  async #found(id: string): Promise<{ storage: Storage; flow: string }> {
    const storage = await this.#open()
    const [found] = await storage.flows({ ids: [checkFlowId(id)], names: null, before: null, limit: 1 })
    if (found !== undefined) return { storage, flow: found.id }
    throw new RotaError('flow_not_found', `There is no flow ${id} (any more).`, { field: 'id' })
  }
}

/** Newest first. */
async function jobsOf(storage: Storage, flow: string, states: readonly State[] | null = null): Promise<JobRecord[]> {
  const found: JobRecord[] = []
  let before: string | null = null
  do {
    const { jobs, next } = await storage.list({
      ...everyJob,
      flows: [flow],
      states,
      overFor: null,
      before,
      limit: page,
    })
    found.push(...jobs)
    before = next
  } while (before !== null)
  return found
}

const flowEdge = ({ parent, child, onFail, open }: EdgeRecord): FlowEdge => ({
  parent,
  child,
  onParentFail: onFail,
  open,
})

const flowView = ({ id, name, createdAt, jobs }: FlowRecord): FlowView => ({
  id,
  name,
  state: flowState(jobs),
  enqueuedAt: new Date(createdAt),
  counts: jobs,
})

function checkFlowId(id: unknown): string {
  const lower = typeof id === 'string' ? id.toLowerCase() : ''
  if (isJobId(lower)) return lower
  throw new RotaError(
    'flow_not_found',
    `${show(id)} is not the id of a flow: that is a UUID, as rota.flow returns it.`,
    {
      field: 'id',
    },
  )
}
