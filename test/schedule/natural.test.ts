import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRotaError } from '../../src/job/errors.ts'
import { describeNatural, type NaturalRule, naturalSequence, parseNatural } from '../../src/schedule/natural/natural.ts'
import type { Dst, Sequence } from '../../src/schedule/sequence.ts'
import { zoneOf } from '../../src/schedule/zone.ts'
import { examples, start } from './natural-examples.ts'
import { momentsOf, walk } from './natural-oracle.ts'
import { minuteSentences, sentences } from './natural-sentences.ts'

const usual: Required<Dst> = { gap: 'next', repeat: 'first' }

const sequenceOf = (sentence: string, zone = 'UTC', from = start, dst = usual): Sequence =>
  naturalSequence(parseNatural(sentence), { zone: zoneOf(zone), dst, start: from })

function firstOf(sequence: Sequence, after: number, count: number): (string | null)[] {
  const moments: (string | null)[] = []
  for (let at = after; moments.length < count; ) {
    const slot = sequence.next(at)
    moments.push(slot && new Date(slot.at).toISOString().slice(0, 19))
    if (slot === null) break
    at = slot.at
  }
  return moments
}

/** Null where the sentence is refused. */
function understood(sentence: string): NaturalRule | null {
  try {
    return parseNatural(sentence)
  } catch (error) {
    if (isRotaError(error, 'schedule_invalid')) return null
    throw error
  }
}

describe('what people say', () => {
  test.each(examples)('$sentence', ({ sentence, moments }) => {
    expect(firstOf(sequenceOf(sentence), start, moments.length)).toEqual(moments)
  })

  test.each(examples)('$sentence, said back', ({ sentence }) => {
    const rule = parseNatural(sentence)
    expect(parseNatural(describeNatural(rule))).toEqual(rule)
  })

  test('there are many of them', () => expect(examples.length).toBeGreaterThan(180))
})

describe('any sentence', () => {
  test('is understood nearly always, and said back it is the same rule', () => {
    let refused = 0
    const runs = 15_000
    fc.assert(
      fc.property(sentences, (sentence) => {
        const rule = understood(sentence)
        if (rule === null) refused += 1
        else expect(parseNatural(describeNatural(rule)), describeNatural(rule)).toEqual(rule)
      }),
      { numRuns: runs },
    )
    expect(refused / runs).toBeLessThan(0.3)
  })
})

/** Days around a change of the clock, or of none. */
const weeks = [
  ['UTC', '2026-03-11'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Europe/Rome', '2026-03-29'],
  ['Europe/Rome', '2026-10-25'],
  ['Australia/Lord_Howe', '2026-04-04'],
  ['Australia/Lord_Howe', '2026-10-03'],
  ['Pacific/Apia', '2011-12-30'],
  ['America/St_Johns', '2010-11-07'],
  ['America/St_Johns', '2010-03-14'],
  ['Africa/Cairo', '2026-10-29'],
  ['America/Sao_Paulo', '2017-10-15'],
] as const

const walks = weeks.map(([zone, on]) => {
  const middle = Date.parse(on) / 1_000
  return walk(zone, middle - 6 * 86_400, middle + 7 * 86_400)
})
const policies = fc.record({
  gap: fc.constantFrom('next', 'skip'),
  repeat: fc.constantFrom('first', 'last', 'both'),
}) as fc.Arbitrary<Required<Dst>>

describe('next, previous and count', () => {
  test.each(walks.map((one, i) => ({ one, name: weeks[i]?.join(' ') })))('as on the clock, $name', ({ one }) => {
    const [from, until] = [one.from + 3 * 86_400, one.from + one.wall.length * 60 - 3 * 86_400]
    const starts = fc.integer({ min: -3_000_000, max: 7 * 1_440 }).map((minutes) => (from + minutes * 60) * 1_000)
    let seen = 0
    fc.assert(
      fc.property(minuteSentences, policies, starts, fc.nat(), fc.nat(), (sentence, dst, begin, a, b) => {
        const rule = understood(sentence)
        if (rule === null) return
        const sequence = naturalSequence(rule, { zone: zoneOf(one.zone), dst, start: begin })
        const expected = momentsOf(rule, one, dst, begin)
        const differs = (seconds: readonly number[]) => {
          const i = expected.findIndex((at, at0) => at !== seconds[at0])
          return i >= 0 || seconds.length !== expected.length
            ? `${describeNatural(rule)}: ${[expected, seconds].map((all) => all.slice(Math.max(0, i - 1), i + 3).map((at) => new Date(at * 1_000).toISOString()))}`
            : null
        }
        const forwards: number[] = []
        for (let at = from * 1_000 - 1; ; ) {
          const slot = sequence.next(at)
          if (slot === null || slot.at >= until * 1_000) break
          forwards.push(slot.at / 1_000)
          at = slot.at
        }
        expect(differs(forwards)).toBe(null)
        const backwards: number[] = []
        for (let at = until * 1_000; ; ) {
          const slot = sequence.previous(at)
          if (slot === null || slot.at < from * 1_000) break
          backwards.unshift(slot.at / 1_000)
          at = slot.at
        }
        expect(differs(backwards)).toBe(null)
        const [low, high] = [a, b].map((n) => from + (n % (until - from))).sort((x, y) => x - y) as [number, number]
        const between = expected.filter((at) => at > low && at <= high).length
        expect(sequence.count(low * 1_000, high * 1_000)).toBe(between)
        seen += expected.length
      }),
      { numRuns: 200 },
    )
    expect(seen).toBeGreaterThan(2_000)
  })
})
