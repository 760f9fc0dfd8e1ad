/** Asks us and the libraries, and says what cannot be explained. */
import { isRotaError } from '../../src/job/errors.ts'
import { onTheClock } from '../../src/schedule/clock.ts'
import { parseCron } from '../../src/schedule/cron/cron.ts'
import type { Dst } from '../../src/schedule/sequence.ts'
import { zoneOf } from '../../src/schedule/zone.ts'
import type { Difference, Question } from './difference.ts'
import { explain } from './explain.ts'
import { type Answer, isRefused, type Library } from './libraries.ts'

const wildcard: Required<Dst> = { gap: 'skip', repeat: 'both' }
const fixedTime: Required<Dst> = { gap: 'next', repeat: 'first' }

/** What we say, as people have it who say nothing about changes of the clock. Nothing for what can never run. */
export function ourAnswer({ expression, zone, from, count }: Question): number[] {
  const slots: number[] = []
  const cron = parseOrNever(expression)
  if (cron === null) return slots
  const dst = cron.followsClock ? wildcard : fixedTime
  const sequence = onTheClock(cron.wall, zoneOf(zone), dst)
  for (let after = from; slots.length < count; ) {
    const slot = sequence.next(after)
    if (slot === null) break
    slots.push(slot.at)
    after = slot.at
  }
  return slots
}

function parseOrNever(expression: string) {
  try {
    return parseCron(expression)
  } catch (error) {
    if (isRotaError(error, 'schedule_invalid') && error.message.includes('can never run')) return null
    throw error
  }
}

export interface Verdict {
  readonly theirs: Answer
  /** None where both say the same. */
  readonly because: readonly Difference[]
  /** Where nothing explains it. */
  readonly unexplained: string | null
}

export function compare(library: Library, question: Question, ours: readonly number[]): Verdict {
  const { expression, zone, from, count } = question
  const theirs = library.next(expression, zone, from, count)
  // To refuse what can never run is as right as to say never.
  if (isRefused(theirs) ? ours.length === 0 : String(theirs) === String(ours))
    return { theirs, because: [], unexplained: null }
  const because = explain(library.name, question, theirs)
  const place = `${expression} in ${zone} after ${new Date(from).toISOString()}`
  const unexplained = because ? null : `${library.name}: ${place}: ours ${instants(ours)}, theirs ${instants(theirs)}`
  return { theirs, because: because ?? [], unexplained }
}

export const instants = (answer: Answer): string =>
  isRefused(answer)
    ? 'refused'
    : answer.map((at) => new Date(at).toISOString().replace('.000', '')).join(', ') || 'never'
