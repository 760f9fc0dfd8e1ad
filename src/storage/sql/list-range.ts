/** Between which ids and which times of a list the jobs lie. */
import type { Moment } from '../../job/filter.ts'
import type { ListQuery } from '../contract.ts'
import type { Bind, Condition, SqlDatabase } from './database.ts'

export interface Range {
  /** Ids below this one. */
  readonly before: string | null
  /** Ids from this one on. */
  readonly floor: string | null
  /** Where the rows of a window are counted from: what is above has ids of clocks that are fast, and little of it fits. */
  readonly countFrom: string | null
  /** What the clock of the database says of them, in milliseconds. */
  readonly since: number | null
  readonly until: number | null
  readonly overSince: number | null
}

/** An id begins with the time by the clock of whoever made it, which may be wrong by so much. */
const slack = 3_600_000

export async function rangeOf(db: SqlDatabase, query: ListQuery): Promise<Range> {
  const { since, until, overFor } = query
  const relative = overFor !== null || [since, until].some((moment) => moment !== null && 'ago' in moment)
  const now = relative ? (db.clock() ?? (await currentTime(db))) : 0
  const instant = (moment: Moment | null) => (moment === null ? null : 'at' in moment ? moment.at : now - moment.ago)
  const [from, to] = [instant(since), instant(until)]
  const overSince = overFor === null ? null : now - overFor
  const enqueued = [to, overSince].filter((ms) => ms !== null) // before it was over
  const last = enqueued.length === 0 ? null : Math.min(...enqueued)
  const highest = last === null ? null : firstId(last + slack)
  const lowest = (...ids: (string | null)[]) => ids.filter((id) => id !== null).sort()[0] ?? null
  const before = lowest(query.before, highest)
  const countFrom = last === null ? before : lowest(before, firstId(last))
  return { before, countFrom, floor: from === null ? null : firstId(from - slack), since: from, until: to, overSince }
}

async function currentTime(db: SqlDatabase): Promise<number> {
  const [row] = await db.read(`select ${db.now(1)} as now`, [null])
  return Number(row?.now)
}

/** The lowest id that could be made at this time. */
function firstId(ms: number): string {
  const hex = Math.min(Math.max(0, Math.trunc(ms)), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

export const within =
  ({ before, floor }: Range, column = 'id'): Condition =>
  (bind: Bind) =>
    [
      ...(before === null ? [] : [`${column} < $${bind(before)}`]),
      ...(floor === null ? [] : [`${column} >= $${bind(floor)}`]),
    ].join(' and ') || '1 = 1'
