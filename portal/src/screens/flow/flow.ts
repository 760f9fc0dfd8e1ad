import type { Output } from '../../data/read.ts'
import { depthsOf, type Graphic } from './graphic.ts'

export type Flow = Output<'flows.get'>
export type FlowJob = Flow['jobs'][number]
export type FlowEdge = Flow['edges'][number]

/** With what stands before its jobs but is no job of it (any more). */
export function graphicOf({ jobs, edges }: Pick<Flow, 'jobs' | 'edges'>): Graphic {
  const ids = new Set([...jobs.map(({ id }) => id), ...edges.map(({ parent }) => parent)])
  return {
    ids: [...ids],
    edges: edges.map(({ parent, child, onParentFail }) => ({ parent, child, labelled: onParentFail !== 'cancel' })),
  }
}

/** The jobs by steps: those of a step wait only for jobs of earlier ones. What stands outside of the flow counts as earlier. */
export function stepsOf({ jobs, edges }: Pick<Flow, 'jobs' | 'edges'>): readonly (readonly FlowJob[])[] {
  const depths = depthsOf({ ids: jobs.map(({ id }) => id), edges })
  const steps: FlowJob[][] = []
  for (const job of jobs) {
    const step = depths.get(job.id) ?? 0
    while (steps.length <= step) steps.push([])
    steps[step]?.push(job)
  }
  return steps
}

/** The edges that lead to each job. */
export function edgesInto(edges: readonly FlowEdge[]): ReadonlyMap<string, readonly FlowEdge[]> {
  const found = new Map<string, FlowEdge[]>()
  for (const edge of edges) {
    const known = found.get(edge.child)
    if (known) known.push(edge)
    else found.set(edge.child, [edge])
  }
  return found
}

/** Milliseconds its last try took; null where it has not ended. */
export const tookOf = ({ startedAt, finishedAt }: FlowJob): number | null =>
  startedAt !== null && finishedAt !== null ? new Date(finishedAt).getTime() - new Date(startedAt).getTime() : null
