/** What the model of the storage says of lanes. */
import { isFinalState, suspectAfter } from '../../src/job/states.ts'
import type { JobRecord, LaneRecord, Pause, Standing } from '../../src/storage/contract.ts'

export type PlaceInLane = Pick<JobRecord, 'id' | 'lane' | 'priority' | 'dueAt'>

export const byClaimOrder = (a: Omit<PlaceInLane, 'lane'>, b: Omit<PlaceInLane, 'lane'>): number =>
  a.priority - b.priority || a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1)

export function lanesOf(jobs: readonly JobRecord[], pauses: ReadonlyMap<string, Pause>, limit: number): LaneRecord[] {
  const rows = jobs.filter(({ state }) => !isFinalState(state))
  const names = new Set([...pauses.keys(), ...rows.map(({ lane }) => lane)])
  const next = rows.filter(({ state }) => state === 'scheduled').sort((a, b) => a.dueAt - b.dueAt)
  return [...names].sort().map((name) => {
    const own = rows.filter(({ lane }) => lane === name)
    const waiting = own.filter(({ state }) => state === 'ready')
    return {
      name,
      paused: pauses.get(name) ?? null,
      waiting: Math.min(limit, waiting.length),
      scheduled: next.slice(0, limit).filter(({ lane }) => lane === name).length,
      running: Math.min(limit, own.filter(({ state }) => state === 'running').length),
      oldestDueAt: waiting.length === 0 ? null : Math.min(...waiting.map(({ dueAt }) => dueAt)),
    }
  })
}

export function standingOf(
  jobs: readonly JobRecord[],
  job: PlaceInLane,
  limit: number,
): Pick<Standing, 'ahead' | 'held'> {
  const own = jobs.filter(({ lane }) => lane === job.lane)
  const ahead = own.filter(
    (row) => row.state === 'ready' && row.reason === null && row.lapses < suspectAfter && byClaimOrder(row, job) < 0,
  )
  const running = own.filter(({ state }) => state === 'running')
  const held = Map.groupBy(running, ({ worker }) => worker as string)
  return {
    ahead: Math.min(limit, ahead.length),
    held: [...held].map(([worker, { length }]) => ({ worker, jobs: length })),
  }
}
