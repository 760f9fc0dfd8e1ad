/**
 * Jobs that wait for others. An edge leads from a parent to its child and stays open until the parent has ended in a way
 * that the rule of the edge accepts; the child is `blocked` as long as one of its edges is open.
 */
import { parseDuration } from './duration.ts'
import { RotaError, show } from './errors.ts'
import { isJobId, type JobId } from './id.ts'
import { oneOf } from './options.ts'
import type { FinalState } from './states.ts'

/** What becomes of a job when one it waits for ends without success: failed, cancelled or expired. */
export const onParentFails = Object.freeze(['cancel', 'run', 'wait'] as const)
/** What becomes of a job when one that it waits for ends without success. */
export type OnParentFail = (typeof onParentFails)[number]

/** A job to wait for: its id, or what `enqueue` and `f.job` gave, with a rule of its own or without. */
export type Before = JobId<unknown> | { readonly id: JobId<unknown>; readonly onParentFail?: OnParentFail }
/** Jobs to wait for: ids, what `enqueue` gave, or nodes of a flow, each with a rule of its own if need be. */
export type After = Before | readonly Before[]

export interface Parent {
  readonly id: string
  readonly onFail: OnParentFail
}

const mostParents = 10_000

/** The parents that a call names, each once; a rule only where it has one of its own. */
export function checkAfter(value: unknown, field: string): { id: string; onFail?: OnParentFail }[] {
  const list = Array.isArray(value) ? value : [value]
  if (list.length > mostParents) {
    const message = `${field}: ${list.length} jobs are more than the ${mostParents} that one can wait for. Let it wait for one that waits for them.`
    throw new RotaError('option_invalid', message, { field })
  }
  const parents = list.map((one, i) => checkBefore(one, list === value ? `${field}[${i}]` : field))
  return [...new Map(parents.map((parent) => [parent.id, parent])).values()]
}

function checkBefore(value: unknown, field: string): { id: string; onFail?: OnParentFail } {
  const { id, onParentFail } = (typeof value === 'object' && value !== null ? value : { id: value }) as {
    readonly id?: unknown
    readonly onParentFail?: unknown
  }
  const lower = typeof id === 'string' ? id.toLowerCase() : id
  if (isJobId(lower))
    return { id: lower, ...(onParentFail !== undefined && { onFail: oneOf(onParentFails)(onParentFail, field) }) }
  const hint = isDuration(value) ? ` For a delay use \`in: ${show(value)}\`.` : ''
  const message = `${field}: ${show(value)} is not a job to wait for.${hint} Give the id of a job, or what enqueue returned.`
  throw new RotaError('option_invalid', message, { field })
}

function isDuration(value: unknown): boolean {
  try {
    return typeof value !== 'object' && parseDuration(value, '') >= 0
  } catch {
    return false
  }
}

/** What the end of a parent means for one of its edges: it is satisfied, it ends the child, or it stays open. */
export type EdgeVerdict = 'satisfied' | 'cancel' | 'open'

/** Pure. A parent that is retried by hand may end again: an open edge then is decided anew. */
export function decideEdge(onFail: OnParentFail, parent: FinalState): EdgeVerdict {
  if (parent === 'succeeded' || onFail === 'run') return 'satisfied'
  return onFail === 'cancel' ? 'cancel' : 'open'
}

/** Why a job was cancelled: one that it waits for ended without success, or was removed before it did. */
export const parentReasons = Object.freeze({ failed: 'parent_failed', gone: 'parent_gone' } as const)

/**
 * The jobs of a circle, in order, or null where there is none.
 *
 * @param parentsOf ids of the parents by the id of the child; parents outside of it are ignored
 */
export function findCircle(parentsOf: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>()
  for (const start of parentsOf.keys()) {
    // Depth first without recursion: a chain may be as long as a flow.
    const path: { readonly id: string; next: number }[] = done.has(start) ? [] : [{ id: start, next: 0 }]
    const onPath = new Set(path.map(({ id }) => id))
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const parent = parentsOf.get(top.id)?.[top.next++]
      if (parent === undefined) {
        done.add(top.id)
        onPath.delete(top.id)
        path.pop()
      } else if (onPath.has(parent)) {
        return path.slice(path.findIndex(({ id }) => id === parent)).map(({ id }) => id)
      } else if (parentsOf.has(parent) && !done.has(parent)) {
        path.push({ id: parent, next: 0 })
        onPath.add(parent)
      }
    }
  }
  return null
}

/**
 * Jobs of a batch as they wait when earlier jobs count instead of some of their parents. Two that are one may close a circle:
 * then nobody of it waits for the earlier one.
 *
 * @param instead the id of the job that counts, by the id of the one that was not stored
 */
export function waitingInstead<Job extends { readonly id: string; readonly parents: readonly Parent[] }>(
  jobs: readonly Job[],
  instead: ReadonlyMap<string, string>,
): readonly Job[] {
  const moved = new Set<string>()
  let waiting = jobs.map((job) => {
    const parents = job.parents.map((parent) => {
      const id = instead.get(parent.id)
      if (id !== undefined) moved.add(`${job.id} ${id}`)
      return id === undefined ? parent : { ...parent, id }
    })
    return { ...job, parents: [...new Map(parents.map((parent) => [parent.id, parent])).values()] }
  })
  for (;;) {
    const circle = findCircle(new Map(waiting.map(({ id, parents }) => [id, parents.map((parent) => parent.id)])))
    if (circle === null) return waiting
    const closes = (child: string, parent: string) => circle.includes(child) && moved.has(`${child} ${parent}`)
    waiting = waiting.map((job) => ({ ...job, parents: job.parents.filter(({ id }) => !closes(job.id, id)) }))
  }
}
