/** What the model storage knows of jobs that wait for others: the edges, and nothing of the jobs themselves. */
import { decideEdge, type EdgeVerdict } from '../../src/job/parents.ts'
import { isFinalState, type State } from '../../src/job/states.ts'
import type { EdgeRecord, InsertResult, NewJob } from '../../src/storage/contract.ts'

type Edge = { -readonly [K in keyof EdgeRecord]: EdgeRecord[K] }

export class ModelLinks {
  #edges: Edge[] = []
  /** Jobs that others had to wait for at some time. */
  readonly awaited = new Set<string>()

  /** Jobs that cannot be stored, because a parent is missing. Of a flow that is made all or none can. */
  orphans(
    jobs: readonly NewJob[],
    batch: readonly NewJob[],
    exists: (id: string) => boolean,
  ): Map<string, InsertResult> {
    const here = new Set(batch.map(({ id }) => id))
    const missing = (job: NewJob) => job.parents.find(({ id }) => !here.has(id) && !exists(id))?.id
    const lost = new Map(
      jobs.flatMap((job) => (job.flow?.name && missing(job) ? [[job.flow.id, missing(job)] as const] : [])),
    )
    return new Map(
      jobs.flatMap((job) => {
        const parent = missing(job) ?? (job.flow?.name ? lost.get(job.flow.id) : undefined)
        return parent === undefined ? [] : [[job.id, { status: 'orphan', id: job.id, parent }] as const]
      }),
    )
  }

  /** The verdicts on the edges of a job that was just stored. */
  add({ id: child, parents }: NewJob, stateOf: (id: string) => State): EdgeVerdict[] {
    return parents.map(({ id: parent, onFail }) => {
      const state = stateOf(parent)
      const verdict = isFinalState(state) ? decideEdge(onFail, state) : 'open'
      this.#edges.push({ parent, child, onFail, open: verdict !== 'satisfied' })
      if (verdict !== 'satisfied') this.awaited.add(parent)
      return verdict
    })
  }

  /** Decides the open edges of a job that ended: the children that wait for nothing else, and those that end with it. */
  decide(parent: string, state: State): { released: string[]; refused: string[] } {
    const released: string[] = []
    const refused: string[] = []
    for (const edge of this.#edges) {
      if (edge.parent !== parent || !edge.open || !isFinalState(state)) continue
      const verdict = decideEdge(edge.onFail, state)
      if (verdict === 'cancel') refused.push(edge.child)
      if (verdict !== 'satisfied') continue
      edge.open = false
      if (!this.waits(edge.child)) released.push(edge.child)
    }
    return { released, refused }
  }

  waits(child: string): boolean {
    return this.#edges.some((edge) => edge.child === child && edge.open)
  }

  childrenOf(parent: string): string[] {
    return this.#edges.filter((edge) => edge.parent === parent).map(({ child }) => child)
  }

  /** A job is gone; its children whose edges were open would wait for ever. */
  forget(id: string): string[] {
    const stranded = this.#edges.filter((edge) => edge.parent === id && edge.open).map(({ child }) => child)
    this.#edges = this.#edges.filter((edge) => edge.parent !== id && edge.child !== id)
    this.awaited.delete(id)
    return stranded
  }

  touching(ids: readonly string[]): EdgeRecord[] {
    return this.#edges
      .filter(({ parent, child }) => ids.includes(parent) || ids.includes(child))
      .map((edge) => ({ ...edge }))
  }
}
