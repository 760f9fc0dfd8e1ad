/** What users do with jobs that have to do with others: flows, parents that are stored already, and what is asked of flows. */
import type { Job } from '../../src/job/define.ts'
import type { EnqueueOptions } from '../../src/job/enqueue-options.ts'
import { isRotaError } from '../../src/job/errors.ts'
import type { JobId } from '../../src/job/id.ts'
import { finalStates } from '../../src/job/states.ts'
import type { Unique } from '../../src/job/unique.ts'
import { follow } from './calls.ts'
import type { Engine } from './engine.ts'
import { aimed } from './people.ts'
import type { FlowEditPlan, FlowJobPlan, FlowPlan, LinkPlan, PurgePlan } from './plan-links.ts'
import type { World } from './world.ts'

type LinkOptions = Pick<EnqueueOptions<number>, 'after' | 'onParentFail' | 'unique' | 'retention'>

/** What would change an earlier job does not go with parents. */
export const beside = (unique: Unique<number>, waits: boolean): Unique<number> =>
  waits ? { ...unique, onConflict: 'keep' } : unique

/** The options that a plan stands for, at this moment. */
export function linkOptions(world: World, { after, onParentFail, unique, retention }: LinkPlan): LinkOptions {
  const parents = after.flatMap((plan) => {
    const id = aimed(world, plan) as JobId | null
    return id === null ? [] : { id, ...(plan.onFail && { onParentFail: plan.onFail }) }
  })
  return {
    ...(parents.length > 0 && { after: parents, ...(onParentFail && { onParentFail }) }),
    ...(unique && { unique: beside(unique, parents.length > 0) }),
    ...(retention && { retention }),
  }
}

export function makeFlow(world: World, { engine: slot, jobs }: FlowPlan): void {
  const engine = world.slots[slot]
  if (!engine || engine.pausedUntil > world.schedule.now) return
  world.trace.note(`${engine.name} stores a flow of ${jobs.length}`)
  const made = engine.rota.flow('flow', (flow) => {
    const nodes: { readonly id: JobId<number> }[] = []
    for (const plan of jobs) {
      const job = engine.jobs.get(plan.job) as Job<number, number>
      nodes.push(flow.job(job, plan.n, nodeOptions(world, plan, nodes)))
    }
    return Object.fromEntries(nodes.map((node, i) => [`n${i}`, node]))
  })
  follow(world, engine, made, ({ id, jobs: ids }) => {
    const { ledger } = world
    ledger.count('flow made')
    for (const [i, plan] of jobs.entries()) {
      const own = ids[`n${i}`] as string
      const known = ledger.entries.has(own) || ledger.deleted.has(own)
      // A unique job of a while ago may be gone, and still count.
      ledger.check(known, 'I1 lost', () => `${own} of flow ${id} was acknowledged and is not stored`)
      if (plan.unique === null) ledger.acknowledged.add(own)
    }
  })
}

function nodeOptions(
  world: World,
  plan: FlowJobPlan,
  nodes: readonly { readonly id: JobId<number> }[],
): EnqueueOptions<number> {
  const { lane, retries, timeout, in: delay, expiresIn, parents } = plan
  const { after = [], ...links } = linkOptions(world, plan)
  const unique = plan.unique && { unique: beside(plan.unique, parents.length > 0 || plan.after.length > 0) }
  const inside = parents.map(({ of, onFail }) => ({ id: nodes[of]?.id as JobId, onParentFail: onFail }))
  const all = [...(after as typeof inside), ...inside]
  const { onParentFail: _, ...rest } = links
  return {
    ...(all.length > 0 ? { ...links, after: all } : rest),
    ...unique,
    lane,
    retries,
    timeout,
    ...(delay && { in: delay }),
    ...(expiresIn && { expiresIn: expiresIn + (delay ?? 0) }),
  }
}

export function editFlow(world: World, { engine: slot, aim, verb }: FlowEditPlan): void {
  const engine = world.slots[slot]
  const flows = [...world.ledger.flows]
  const id = flows[Math.floor(aim * flows.length)]
  if (!engine || id === undefined || engine.pausedUntil > world.schedule.now) return
  world.trace.note(`${engine.name} asks to ${verb} flow ${id}`)
  const { ledger } = world
  const asked = engine.rota.flows[verb](id).then(
    () => ledger.count(`flow ${verb} heard`),
    (error) => {
      if (!isRotaError(error, 'flow_not_found')) throw error
      const left = [...ledger.entries.values()].filter(({ flow }) => flow === id)
      ledger.check(left.length === 0, 'I6 flow', () => `${engine.name} was told that flow ${id} is gone`)
    },
  )
  follow(world, engine, asked, () => {})
}

export function makePurge(world: World, { engine: slot, olderThan, limit }: PurgePlan): void {
  const engine = world.slots[slot]
  if (!engine || engine.pausedUntil > world.schedule.now) return
  world.trace.note(`${engine.name} purges what is over for ${olderThan}`)
  const asked = engine.rota.jobs.purge({ olderThan, ...(limit && { limit }) })
  follow(world, engine, asked, ({ found, deleted }) => {
    world.ledger.check(deleted <= found, 'I17 edit', () => `${deleted} of ${found} jobs were purged`)
    if (deleted > 0) world.ledger.count('purge heard')
  })
}

/** What a handler stores, so that it belongs to the flow of its own job; also jobs that wait for this one. */
export async function storeWithin(
  world: World,
  engine: Engine,
  call: () => Promise<{ readonly id: string; readonly status: string }>,
  flow: string | null,
): Promise<void> {
  const { ledger } = world
  engine.openCalls++
  try {
    const { id, status } = await call()
    ledger.count('stored by a handler')
    const entry = ledger.entries.get(id)
    const known = entry !== undefined || ledger.deleted.has(id)
    ledger.check(known, 'I1 lost', () => `${id} was acknowledged to a handler and is not stored`)
    if (status !== 'created') return
    ledger.acknowledged.add(id)
    const same = entry === undefined || entry.flow === flow
    ledger.check(same, 'I6 flow', () => `${id} was stored by a handler of flow ${flow}; it is of ${entry?.flow}`)
  } catch (error) {
    const usual = ['storage_unreachable', 'storage_closed', 'closed', 'parent_not_found', 'lease_lost'] as const
    const known = usual.some((code) => isRotaError(error, code))
    ledger.check(known, 'I8 call', () => `${engine.name}: ${(error as Error)?.stack}`)
  } finally {
    engine.openCalls--
  }
}

/** Blocked jobs that wait for somebody: their parents run again, and in the end they are cancelled. */
export async function freeBlocked({ ledger, network }: World, round: number): Promise<void> {
  const blocked = ledger.open.map(({ id }) => id)
  if (round > 3) return void (await network.direct('edit', blocked, { kind: 'cancel', reason: 'nobody helps' }))
  const parents = blocked.flatMap((id) => ledger.links.ofChild(id).filter(({ open }) => open))
  const over = [...new Set(parents.map(({ parent }) => parent))].filter((id) =>
    finalStates.some((state) => ledger.entries.get(id)?.state === state),
  )
  await network.direct('edit', over, { kind: 'retry' })
}
