/** What users do: they enqueue, keep what was acknowledged, and some wait for results. */

import type { Job } from '../../src/job/define.ts'
import type { Enqueued } from '../../src/job/enqueue-options.ts'
import { isRotaError } from '../../src/job/errors.ts'
import type { FinalState } from '../../src/job/states.ts'
import type { Engine } from './engine.ts'
import { linkOptions } from './families.ts'
import type { CallPlan } from './plan.ts'
import type { World } from './world.ts'

/** Ways a call may fail when storage or engine do. */
const usual = ['storage_unreachable', 'storage_closed', 'closed', 'idempotency_conflict', 'parent_not_found'] as const

export function makeCall(world: World, call: CallPlan): void {
  const engine = world.slots[call.engine]
  if (!engine || engine.pausedUntil > world.schedule.now) return
  world.trace.note(`${engine.name} enqueues ${call.inputs.length} ${call.job}`)
  follow(world, engine, enqueue(world, engine, call), (results) => {
    for (const [i, result] of results.entries()) acknowledged(world, engine, call, call.inputs[i] as number, result)
  })
}

async function enqueue(world: World, { rota, jobs }: Engine, call: CallPlan): Promise<readonly Enqueued<number>[]> {
  const { lane, priority, retries, timeout, due, inputs, expires, idempotencyKey: key } = call
  const job = jobs.get(call.job) as Job<number, number>
  const when = due === null ? {} : 'in' in due ? { in: due.in } : { at: new Date(world.base + due.at) }
  const until =
    expires === null
      ? {}
      : 'in' in expires
        ? { expiresIn: expires.in + (due !== null && 'in' in due ? due.in : 0) } // what expires before it is due is refused
        : { expiresAt: new Date(world.base + expires.at + (due !== null && 'at' in due ? due.at : 0)) }
  const options = { lane, priority, retries, timeout, ...when, ...until, ...linkOptions(world, call.links) }
  if (inputs.length > 1)
    return rota.enqueueMany(job, inputs, { ...options, ...(key && { idempotencyKey: (n: number) => `${key}-${n}` }) })
  return [await rota.enqueue(job, inputs[0] as number, { ...options, ...(key && { idempotencyKey: key }) })]
}

function acknowledged(world: World, engine: Engine, call: CallPlan, n: number, { id, status }: Enqueued<number>): void {
  const { ledger } = world
  const { acknowledged, deleted } = ledger
  ledger.check(ledger.entries.has(id) || deleted.has(id), 'I1 lost', () => `${id} was acknowledged and is not stored`)
  const fresh = status === 'created' || call.idempotencyKey !== null || call.links.unique !== null
  ledger.check(fresh, 'I1 key', () => `${id} is told to be a ${status} and had no key`)
  ledger.check(status !== 'created' || !acknowledged.has(id), 'I1 key', () => `${id} was created for two calls`)
  if (status === 'created') acknowledged.add(id)
  if (!call.waits || engine.state !== 'working') return
  follow(world, engine, result(world, engine, id, ledger.asStored.get(id)?.unique === null ? n : null), () => {})
}

async function result({ ledger }: World, { rota, name }: Engine, id: string, n: number | null): Promise<void> {
  // It may have been retried since then, or deleted.
  const ended = (...states: FinalState[]) => states.some((state) => ledger.ends.get(id)?.has(state))
  const state = () => ledger.entries.get(id)?.state
  try {
    const output = await rota.result<number>(id, { timeout: 20_000 })
    // What is unique may have another input than the call had.
    ledger.check(
      (n === null || output === n) && ended('succeeded'),
      'I10 result',
      () => `${name}: ${id} gave ${output}, ${state()}`,
    )
  } catch (error) {
    if (isRotaError(error, 'wait_timeout') || (isRotaError(error, 'job_not_found') && ledger.deleted.has(id))) return
    if (!isRotaError(error, 'job_failed')) throw error
    const failed = ended('failed', 'cancelled', 'expired')
    ledger.check(failed, 'I10 result', () => `${name} told that ${id} failed; it is ${state()}`)
  }
}

/** Keeps account of a call until it settles. */
export function follow<T>({ ledger }: World, engine: Engine, call: Promise<T>, then: (value: T) => void): void {
  engine.openCalls++
  call
    .then(then, (error) => {
      const known = usual.some((code) => isRotaError(error, code))
      ledger.check(known, 'I8 call', () => `${engine.name}: ${(error as Error)?.stack}`)
    })
    .finally(() => engine.openCalls--)
}
