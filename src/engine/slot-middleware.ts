/** Jobs of schedules go through the middleware around enqueue as those of a call do: one by one, and stored together. */
import type { Enqueued } from '../job/enqueue-options.ts'
import { RotaError } from '../job/errors.ts'
import { fromJson } from '../job/payload.ts'
import type { InsertResult, NewJob } from '../storage/contract.ts'
import { type EnqueueCall, type EnqueueLayer, throughEnqueue } from './middleware.ts'
import { type Runtime, within } from './runtime.ts'
import type { ScheduleJobOptions } from './schedule-rule.ts'

/** A job of a slot, and how it is made again where a middleware changes what goes in. */
export interface SlotRun {
  readonly stored: NewJob
  readonly options: ScheduleJobOptions
  remake(input: unknown, options: ScheduleJobOptions): NewJob
}

/** What came through. */
export interface Through {
  /** By the id of the job; none for one that was refused. */
  readonly passed: ReadonlyMap<string, NewJob>
  /** Why, by the id of the job. */
  readonly refusals: ReadonlyMap<string, unknown>
  /** Tells the middleware what became of them. */
  settle(results: ReadonlyMap<string, InsertResult>): void
  /** Tells it that nobody knows what became of them, or that nothing was stored. */
  fail(error: unknown): void
}

/** Milliseconds that a middleware may take; the schedules behind it must not wait for ever. */
const patience = 10_000

export async function throughSlots(
  layers: readonly EnqueueLayer[],
  runs: readonly SlotRun[],
  cluster: string,
  runtime: Runtime,
): Promise<Through> {
  if (layers.length === 0)
    return {
      passed: new Map(runs.map(({ stored }) => [stored.id, stored])),
      refusals: new Map(),
      settle: () => {},
      fail: () => {},
    }
  const passed = new Map<string, NewJob>()
  const refusals = new Map<string, unknown>()
  const waiting = new Map<string, PromiseWithResolvers<Enqueued>>()
  let closed = false
  const pass = (run: SlotRun): Promise<void> => {
    const { id, job, input } = run.stored
    return new Promise((arrived) => {
      const call: EnqueueCall = { cluster, job, input: fromJson(input), options: run.options }
      const store = async (changed: EnqueueCall): Promise<Enqueued> => {
        if (closed) throw new RotaError('aborted', 'The slot was given up while the middleware took its time.')
        passed.set(id, changed === call ? run.stored : run.remake(changed.input, changed.options))
        const stored = Promise.withResolvers<Enqueued>()
        waiting.set(id, stored)
        arrived()
        return stored.promise
      }
      throughEnqueue(layers, call, store).then(
        () => {
          if (!passed.has(id)) refusals.set(id, new Error('A middleware did not let it through.'))
          arrived()
        },
        (error) => {
          if (!waiting.has(id)) refusals.set(id, error)
          arrived()
        },
      )
    })
  }
  await within(runtime, patience, Promise.all(runs.map(pass)))
  closed = true
  for (const { stored } of runs)
    if (!passed.has(stored.id) && !refusals.has(stored.id))
      refusals.set(stored.id, new Error(`A middleware took longer than ${patience / 1_000} s.`))
  return {
    passed,
    refusals,
    settle(results) {
      for (const [id, { resolve }] of waiting) {
        const result = results.get(id)
        const status =
          result === undefined || result.status === 'conflict' || result.status === 'orphan'
            ? 'duplicate'
            : result.status
        resolve({ id: result?.id ?? id, status }) // where another process fired it, its job is the one
      }
    },
    fail(error) {
      for (const { reject } of waiting.values()) reject(error)
    },
  }
}
