/** Where the bars of tries stand on a line of time, in percent of its length. */
import type { Try } from './tries.ts'

export interface Scale {
  readonly from: number
  readonly to: number
  readonly at: (instant: number) => number
}

/**
 * From when it began to wait to its end, or to now. Where it waited much longer for its first try than it took from there, the line begins with
 * that try: nothing could be told apart otherwise.
 *
 * @param since when the wait for the first of these tries began
 * @param next when it is due again, where it waits for that
 */
export function scaleOf(tries: readonly Try[], since: number, now: number, next: number | null): Scale {
  const first = tries[0]?.startedAt ?? since
  const to = Math.max(next ?? 0, ...tries.map(({ endedAt }) => endedAt ?? now), first + 1)
  const from = first - since > to - first ? first : Math.min(since, first)
  return { from, to, at: (instant) => Math.min(100, Math.max(0, ((instant - from) / (to - from)) * 100)) }
}
