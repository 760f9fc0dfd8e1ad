/** What the model of the storage says of counts, of the job that comes next, and of new values for one that waits. */
import type { JobUpdate } from '../../src/job/edits.ts'
import { allStates, suspectAfter } from '../../src/job/states.ts'
import type { CounterRow, StateCounts } from '../../src/storage/contract.ts'
import { byClaimOrder } from './model-lanes.ts'
import type { Row } from './model-rows.ts'

export const countsOf = (jobs: readonly Row[], limit: number): StateCounts =>
  Object.fromEntries(
    allStates.map((state) => [state, Math.min(limit, jobs.filter((row) => row.state === state).length)]),
  ) as StateCounts

/** @param closed lanes of which nothing is claimed */
export function nextOf(
  jobs: readonly Row[],
  lane: string | null,
  closed: ReadonlyMap<string, unknown>,
  now: number,
): Row | null {
  const due = jobs
    .filter(({ state, reason }) => state === 'ready' && reason === null)
    .filter((row) => (lane === null || row.lane === lane) && !closed.has(row.lane))
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    .sort(byClaimOrder)
  return due.find(({ lapses }) => lapses < suspectAfter) ?? due[0] ?? null
}

export function changeRow(row: Row, { at, delay, ...fields }: JobUpdate, now: number): void {
  Object.assign(row, fields, { reason: null })
  if (at === undefined && delay === undefined) return
  const dueAt = at ?? now + (delay ?? 0)
  const state = row.state === 'blocked' ? row.state : dueAt > now ? 'scheduled' : 'ready'
  Object.assign(row, { dueAt, state })
}

const kept: Readonly<Record<CounterRow['span'], number>> = { minute: 48 * 3_600_000, hour: 400 * 86_400_000 }

export class ModelCounters {
  readonly #rows = new Map<string, CounterRow>()

  count(rows: readonly CounterRow[]): void {
    for (const row of rows) this.#rows.set(keyOf(row), row)
  }

  find(span: CounterRow['span'], from: number, to: number): CounterRow[] {
    return [...this.#rows.values()]
      .filter((row) => row.span === span && row.at >= from && row.at < to)
      .sort((a, b) => a.at - b.at || (a.worker < b.worker ? -1 : 1))
  }

  merge(rows: readonly CounterRow[], into: readonly CounterRow[]): boolean {
    for (const row of rows) this.#rows.delete(keyOf(row))
    this.count(into)
    return true
  }

  purge(now: number): void {
    for (const [key, { span, at }] of this.#rows) if (at < now - kept[span]) this.#rows.delete(key)
  }
}

const keyOf = ({ span, at, worker }: CounterRow): string => `${span} ${at} ${worker}`
