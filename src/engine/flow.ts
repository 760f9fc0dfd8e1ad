/** Building a flow: jobs and who waits for whom, all of it in memory until it is stored as a whole. */
import { checkJob, type Job } from '../job/define.ts'
import type { EnqueueOptions } from '../job/enqueue-options.ts'
import { RotaError } from '../job/errors.ts'
import type { FlowNode, StoredFlow } from '../job/flow.ts'
import type { JobId } from '../job/id.ts'
import * as check from '../job/options.ts'
import { type After, checkAfter, findCircle, type OnParentFail, onParentFails, type Parent } from '../job/parents.ts'
import type { Template } from './enqueue.ts'

/** What a job of a flow may say; the flow is stored as a whole, so the rest belongs to the flow. */
export type FlowJobOptions = Omit<EnqueueOptions, 'idempotencyKey' | 'cluster' | 'tx' | 'wake' | 'signal'>

type FlowArguments<Input> = undefined extends Input
  ? [input?: Input, options?: FlowJobOptions]
  : [input: Input, options?: FlowJobOptions]

/** What `rota.flow` gives to the function that builds. */
export interface FlowBuilder {
  /**
   * Adds a job. Its id is known at once, so that others can wait for it: `{ after: paid }`, `{ after: [paid, { id: picked.id,
   * onParentFail: 'run' }] }`. Jobs outside of the flow may be waited for, too. Where an earlier job counts by its unique
   * key, nothing is added, and others wait for that one.
   *
   * @throws RotaError as `enqueue` for its options
   */
  job<Input, Output>(job: Job<Input, Output>, ...args: FlowArguments<Input>): FlowNode<Output>
  /** Adds to what a job of the flow waits for, for flows that are not built in order. */
  after(node: FlowNode, parents: After, options?: { readonly onParentFail?: OnParentFail }): void
}

/** A job of the flow, checked but for its input. */
export interface Planned {
  readonly id: string
  readonly job: Job
  readonly input: unknown
  readonly options: FlowJobOptions
  readonly template: Template
  readonly parents: Map<string, Parent>
}

/**
 * @param templateOf checks and resolves the options of a job
 * @throws RotaError `option_invalid`, `dependency_circle`, or what `build` throws
 */
export function planFlow<Nodes>(
  build: (flow: FlowBuilder) => Nodes,
  newId: () => string,
  templateOf: (job: Job, options: FlowJobOptions) => Template,
): { readonly nodes: Nodes; readonly jobs: readonly Planned[] } {
  const planned = new Map<string, Planned>()
  let open = true
  const mustBeOpen = () => {
    if (!open) throw new RotaError('option_invalid', 'flow: it is stored already. Add its jobs before `build` returns.')
  }
  const nodes = build({
    job(definition, ...[input, options = {}]) {
      mustBeOpen()
      const job = checkJob(definition, 'flow.job') as Job
      const template = templateOf(job, options)
      const parents = new Map(template.parents.map((parent) => [parent.id, parent]))
      const id = newId()
      planned.set(id, { id, job, input, options, template, parents })
      return Object.freeze({ id: id as JobId<never> })
    },
    after(node, parents, options = {}) {
      mustBeOpen()
      const { onParentFail = check.defaults.onParentFail } = check.checkOptions('flow.after', options, {
        onParentFail: check.oneOf(onParentFails),
      })
      const own = planned.get(node?.id)
      if (own === undefined) {
        const message = 'flow.after: the first argument is not a job of this flow. Pass what f.job returned.'
        throw new RotaError('option_invalid', message, { field: 'after' })
      }
      for (const { id, onFail = onParentFail } of checkAfter(parents, 'after')) own.parents.set(id, { id, onFail })
    },
  })
  open = false
  const jobs = [...planned.values()]
  checkPlan(nodes, jobs)
  return { nodes, jobs }
}

function checkPlan(nodes: unknown, jobs: readonly Planned[]): void {
  if (typeof nodes === 'object' && nodes !== null && 'then' in nodes) {
    const message = 'flow: `build` may not be async. Await what it needs before, then build at once.'
    throw new RotaError('option_invalid', message, { field: 'build' })
  }
  if (jobs.length === 0) throw new RotaError('option_invalid', 'flow: it has no jobs. Add some with f.job(…).')
  const circle = findCircle(new Map(jobs.map(({ id, parents }) => [id, [...parents.keys()]])))
  if (circle === null) return
  const names = new Map(jobs.map(({ id, job }, i) => [id, `${job.id} (job ${i + 1})`]))
  const way = [...circle, circle[0] as string].map((id) => names.get(id)).join(' → ')
  throw new RotaError('dependency_circle', `flow: jobs wait for each other in a circle, so none could start: ${way}.`, {
    field: 'after',
  })
}

/**
 * What `build` gave, as ids.
 *
 * @param stored the ids under which the jobs are stored, by those that they were planned with: a middleware may answer a
 * call with another job
 */
export function idsOf<Nodes>(nodes: Nodes, stored: ReadonlyMap<unknown, string>): StoredFlow<Nodes>['jobs'] {
  const ids = Object.entries(nodes ?? {}).flatMap(([name, node]) => {
    const id = stored.get((node as FlowNode | null)?.id)
    return id === undefined ? [] : [[name, id]]
  })
  return Object.fromEntries(ids) as StoredFlow<Nodes>['jobs']
}
