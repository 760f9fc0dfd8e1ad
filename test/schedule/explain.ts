/**
 * Why a library says something else than we do. A class of differences is only accepted as the reason where it foretells what
 * the library says: it refuses this kind of expression, or the oracle, told the other meaning, gives just its answer.
 */
import type { Dst } from '../../src/schedule/sequence.ts'
import { nextSlots } from './clock-oracle.ts'
import { cronParserDifferences } from './cron-parser-differences.ts'
import { cronerDifferences } from './croner-differences.ts'
import type { Difference, Question } from './difference.ts'
import { type Answer, isRefused, type Library } from './libraries.ts'
import { horizonOf, meaningOf, wallSeconds } from './oracle.ts'
import { type Transition, transitionsOf } from './transitions.ts'

export const differencesOf: Readonly<Record<Library['name'], readonly Difference[]>> = {
  croner: cronerDifferences,
  'cron-parser': cronParserDifferences,
}

/** Ours where nobody says anything: a pattern that begins with `*` in the hours follows the clock. */
export const ourDst = (expression: string): Required<Dst> =>
  meaningOf(expression).followsClock ? { gap: 'skip', repeat: 'both' } : { gap: 'next', repeat: 'first' }

/** As far as the oracle looks, too. */
export const within = ({ from }: Question, slots: readonly number[]): readonly number[] =>
  slots.filter((at) => at < horizonOf(from / 1e3) * 1e3)

/** What an expression means, by the oracle, to somebody who is different in some ways; milliseconds. */
export function oracleAnswer({ expression, zone, from, count }: Question, ways: readonly Difference[] = []): number[] {
  const text = ways.reduce((written, way) => ('as' in way ? way.as(written) : written), expression)
  const dst = ways.reduce((rule, way) => ('dst' in way ? way.dst : rule), ourDst(expression))
  const isStar = ways.find((way) => 'isStar' in way)?.isStar
  const meaning = meaningOf(text, 'vixie', isStar)
  const after = Math.floor(from / 1e3)
  const slots =
    zone === 'UTC' ? firstOf(wallSeconds(meaning, after), count) : nextSlots(zone, meaning, after, count, dst)
  return slots.map((at) => at * 1e3)
}

function firstOf(numbers: Iterable<number>, count: number): number[] {
  const first: number[] = []
  for (const number of numbers) if (first.push(number) === count) break
  return first
}

/** What explains the answer of a library; null where nothing does. */
export function explain(library: Library['name'], question: Question, theirs: Answer): readonly Difference[] | null {
  const { expression, zone } = question
  const ways = differencesOf[library]
  if (isRefused(theirs))
    return some(ways.filter((way) => 'refuses' in way && way.refuses.test(theirs.refused) && way.concerns(expression)))
  const concerned = ways.filter((way) => !('refuses' in way) && way.concerns(expression))
  const meant = concerned.filter((way) => 'as' in way || 'isStar' in way || 'dst' in way)
  const expected = oracleAnswer(question, meant)
  if (String(within(question, expected)) === String(within(question, theirs))) return some(meant)
  const next = expected[theirs.length]
  if (next !== undefined && String(theirs) === String(expected.slice(0, theirs.length)))
    return some(
      concerned.filter((way) => 'endsAt' in way && changesOf(zone).some((one) => way.endsAt(one, next / 1e3))),
    )
  const near = nearChanges(concerned, zone, expected, theirs)
  return near === null ? null : some([...meant, ...near])
}

const some = (ways: readonly Difference[]) => (ways.length > 0 ? ways : null)

/**
 * Which classes explain each instant that one has and the other has not, as far as both go. Null where there is one that none
 * explains.
 */
function nearChanges(
  ways: readonly Difference[],
  zone: string,
  ours: readonly number[],
  theirs: readonly number[],
): Difference[] | null {
  const end = Math.min(ours.at(-1) ?? 0, theirs.at(-1) ?? 0)
  const different = [...ours.filter((at) => !theirs.includes(at)), ...theirs.filter((at) => !ours.includes(at))]
  const changes = changesOf(zone)
  const reasons = different
    .filter((at) => at <= end)
    .map((at) => ways.filter((way) => 'near' in way && changes.some((change) => way.near(change, at / 1e3))))
  return reasons.every(({ length }) => length > 0) ? [...new Set(reasons.flat())] : null
}

const known = new Map<string, Transition[]>()

function changesOf(zone: string): Transition[] {
  const changes = known.get(zone) ?? (zone === 'UTC' ? [] : transitionsOf(zone, 2060))
  known.set(zone, changes)
  return changes
}
