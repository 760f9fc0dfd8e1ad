/** The parts of a day that windows of times leave. A window over midnight goes on in the day after the one it belongs to. */
import { daySeconds } from '../civil.ts'
import type { NaturalRule, Range, Run } from './rule.ts'

/** Seconds of the day, `from <= second < until`. */
export interface Span {
  readonly from: number
  readonly until: number
}

/** Whose window it is: of the day itself, of the day before, or one of each. */
export type Owner = 'own' | 'before' | 'both'

export const isIn = (spans: readonly Span[], second: number): boolean =>
  spans.some(({ from, until }) => from <= second && second < until)

/** In order and without overlap, for each owner that has any. */
export function partsOfDay(windows: readonly Range<number>[] | null): ReadonlyMap<Owner, readonly Span[]> {
  const own: Span[] = []
  const before: Span[] = []
  for (const { from, to } of windows ?? [{ from: 0, to: daySeconds - 1 }]) {
    own.push({ from, until: from <= to ? to + 1 : daySeconds })
    if (from > to) before.push({ from: 0, until: to + 1 })
  }
  const edges = [...new Set([...own, ...before].flatMap(({ from, until }) => [from, until]))].sort((a, b) => a - b)
  const parts = new Map<Owner, Span[]>()
  for (const [i, from] of edges.slice(0, -1).entries()) {
    const [isOwn, isBefore] = [isIn(own, from), isIn(before, from)]
    if (!isOwn && !isBefore) continue
    const owner = isOwn && isBefore ? 'both' : isOwn ? 'own' : 'before'
    const spans = parts.get(owner) ?? []
    const last = spans.at(-1)
    const until = edges[i + 1] as number
    if (last?.until === from) spans[spans.length - 1] = { from: last.from, until }
    else spans.push({ from, until })
    parts.set(owner, spans)
  }
  return parts
}

/** The times of a run that its windows leave; midnight where it has none. They belong to their own day. */
export function keptTimes({ windows }: NaturalRule, { times }: Run): readonly number[] {
  const parts = [...partsOfDay(windows.times).values()].flat()
  return (times ?? [0]).filter((second) => isIn(parts, second))
}
