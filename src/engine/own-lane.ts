/** Every worker serves a lane of its own beside those it was given: what is to run on every worker goes there, once for each. */
import { isJobId } from '../job/id.ts'
import type { WorkerLane, WorkerRecord } from '../storage/contract.ts'

const prefix = '@'

/** An application may have lanes that begin so, too, but hardly with an id behind it. */
const isOwn = (name: string): boolean => name.startsWith(prefix) && isJobId(name.slice(prefix.length))

/** @param token an id that no other worker has */
export const ownLane = (token: string): string => `${prefix}${token}`

/** The own lane among those of a worker. */
export const ownLaneOf = (lanes: readonly WorkerLane[]): string | null =>
  lanes.find(({ name }) => isOwn(name))?.name ?? null

/** Under which name a lane is counted: the own lanes of all workers are one. */
export const laneLabel = (name: string): string => (isOwn(name) ? prefix : name)

/** What people see of a worker's lanes. */
export const sharedLanes = <L extends { readonly name: string }>(lanes: readonly L[]): readonly L[] =>
  lanes.filter(({ name }) => !isOwn(name))

/** Whether a worker claims whatever one with these lanes and jobs would, but for their own lanes. */
export function isServedBy(
  { lanes, jobs, draining }: WorkerRecord,
  needed: readonly { readonly name: string }[],
  ids: readonly string[],
): boolean {
  if (draining) return false
  const its = new Set(lanes.map(({ name }) => name))
  const known = new Set(jobs)
  return sharedLanes(needed).every(({ name }) => its.has(name)) && ids.every((id) => known.has(id))
}
