import type { JobId } from './id.ts'
import type { State } from './states.ts'

/**
 * What a flow is as a whole. `running`: something can still happen by itself. `stuck`: what is left waits for a job that
 * ended without success, until somebody retries it. Otherwise all is over: `failed` where anything failed or expired,
 * `cancelled` where anything was cancelled, else `succeeded`.
 */
export type FlowState = 'running' | 'stuck' | 'failed' | 'cancelled' | 'succeeded'

/** @param jobs how many jobs of the flow are in each state */
export function flowState(jobs: Readonly<Record<State, number>>): FlowState {
  if (jobs.scheduled + jobs.ready + jobs.running > 0) return 'running'
  if (jobs.blocked > 0) return 'stuck'
  if (jobs.failed + jobs.expired > 0) return 'failed'
  return jobs.cancelled > 0 ? 'cancelled' : 'succeeded'
}

/** A job of a flow that is being built. */
export interface FlowNode<Output = unknown> {
  /** The id the job will have. */
  readonly id: JobId<Output>
}

/** A flow that was stored, with the ids of those of its jobs that `build` gave by name. */
export interface StoredFlow<Nodes = Readonly<Record<string, FlowNode>>> {
  /** Of the flow, for `rota.flows`. */
  readonly id: string
  /** As it was given. */
  readonly name: string
  /** What `build` gave. */
  readonly jobs: { readonly [Name in keyof Nodes]: Nodes[Name] extends FlowNode<infer Output> ? JobId<Output> : never }
}
