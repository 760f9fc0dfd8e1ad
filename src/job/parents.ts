/**
 * Jobs that wait for others. An edge leads from a parent to its child and stays open until the parent has ended in a way
 * that the rule of the edge accepts; the child is `blocked` as long as one of its edges is open.
 */
import type { FinalState } from './states.ts'

/** What becomes of a job when one it waits for ends without success: failed, cancelled or expired. */
export const onParentFails = Object.freeze(['cancel', 'run', 'wait'] as const)
export type OnParentFail = (typeof onParentFails)[number]

export interface Parent {
  readonly id: string
  readonly onFail: OnParentFail
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
