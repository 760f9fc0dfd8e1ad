import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRotaError, type RotaError } from '../../src/job/errors.ts'
import { describeNatural, type NaturalRule, naturalSequence, parseNatural } from '../../src/schedule/natural/natural.ts'
import type { Dst, Sequence } from '../../src/schedule/sequence.ts'
import { zoneOf } from '../../src/schedule/zone.ts'
import { examples, start } from './natural-examples.ts'
import { momentsOf, walk } from './natural-oracle.ts'
import { refusals } from './natural-refusals.ts'
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

function refusalOf(sentence: string): RotaError | null {
  try {
    parseNatural(sentence)
    return null
  } catch (error) {
    if (isRotaError(error)) return error as RotaError
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

test('every sentence of the guide is understood', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/natural.md'), 'utf8')
  const sentences = [...guide.matchAll(/^\| `(.+?)` \|/gm)].map((match) => match[1] as string)
  expect(sentences.length).toBeGreaterThan(30)
  expect(sentences.filter((sentence) => understood(sentence) === null)).toEqual([])
})

describe('a clock that changes', () => {
  // Rome: 2026-03-29 from 02:00 to 03:00, at 01:00 UTC; 2026-10-25 from 03:00 to 02:00, at 01:00 UTC.
  test.each([
    ['every day at 2:30am', '2026-03-28T00:00Z', ['28T01:30', '29T01:00', '30T00:30']],
    ['every day at 2:30am', '2026-10-24T00:00Z', ['24T00:30', '25T00:30', '26T01:30']],
    ['every 40 minutes', '2026-03-29T00:00Z', ['29T00:40', '29T01:00', '29T01:40', '29T02:00']],
    ['every 40 minutes from 2am to 3am', '2026-10-24T23:59Z', ['25T00:00', '25T00:40', '25T01:20', '25T02:00']],
    ['every 12 hours', '2026-03-28T12:00Z', ['28T23:00', '29T11:00', '29T22:00', '30T10:00']],
    ['every 12 hours', '2026-10-24T12:00Z', ['24T22:00', '25T10:00', '25T22:00', '25T23:00', '26T11:00']],
    ['every 2 hours between 1am and 4am', '2026-03-29T00:00Z', ['29T01:00', '30T00:00', '30T02:00']],
    ['every day', '2026-03-28T12:00Z', ['28T23:00', '29T22:00']],
    ['every 24 hours', '2026-03-28T10:00Z', ['29T10:00', '30T10:00']],
  ] as const)('%s, from %s', (sentence, from, moments) => {
    const after = Date.parse(from)
    const found = firstOf(sequenceOf(sentence, 'Europe/Rome', after), after, moments.length)
    expect(found.map((at) => at?.slice(8, 16))).toEqual(moments)
  })

  test('what is shown again on the evening before is not passed over', () => {
    // St. John's went from 00:01 on Sunday 2010-11-07 back to 23:01 on Saturday, at 02:31 UTC.
    const sequence = sequenceOf('every 30 minutes on saturday', 'America/St_Johns')
    const evening = firstOf(sequence, Date.parse('2010-11-07T01:59Z'), 3)
    expect(evening).toEqual(['2010-11-07T02:00:00', '2010-11-07T03:00:00', '2010-11-13T03:30:00'])
    expect(sequence.previous(Date.parse('2010-11-13T03:30Z'))?.at).toBe(Date.parse('2010-11-07T03:00Z'))
  })

  test('a minute that is left and entered again is one unit', () => {
    // Cairo went from midnight back to 23:00 on 2026-10-29, at 21:00 UTC: the minute from 23:59 on lasts 61 of them.
    const found = firstOf(sequenceOf('every 7 seconds', 'Africa/Cairo'), Date.parse('2026-10-29T20:59:50Z'), 3)
    expect(found).toEqual(['2026-10-29T20:59:56', '2026-10-29T21:00:03', '2026-10-29T21:00:10'])
  })

  test('fixed times do as the policy says', () => {
    const spring = Date.parse('2026-03-28T12:00Z')
    const autumn = Date.parse('2026-10-24T12:00Z')
    const at = (from: number, dst: Partial<Dst>) =>
      firstOf(sequenceOf('every day at 2:30am', 'Europe/Rome', from, { ...usual, ...dst }), from, 2)
    expect(at(spring, { gap: 'skip' })).toEqual(['2026-03-30T00:30:00', '2026-03-31T00:30:00'])
    expect(at(autumn, { repeat: 'last' })).toEqual(['2026-10-25T01:30:00', '2026-10-26T01:30:00'])
    expect(at(autumn, { repeat: 'both' })).toEqual(['2026-10-25T00:30:00', '2026-10-25T01:30:00'])
  })
})

describe('what is refused', () => {
  test.each(refusals)('%j', (sentence, why) => {
    const error = refusalOf(sentence)
    expect(error).toMatchObject({ code: 'schedule_invalid', field: 'natural' })
    expect(error?.message).toContain(why)
  })

  test('what is proposed instead is understood', () => {
    const proposals = refusals.flatMap(([sentence]) => {
      const { message } = refusalOf(sentence) as RotaError
      return [...message.matchAll(/(?:did you mean|[Ww]rite|as in|or) "(every [^"…]*)"/g)].map(
        (match) => match[1] as string,
      )
    })
    expect(proposals.length).toBeGreaterThan(30)
    expect(proposals.filter((sentence) => understood(sentence) === null)).toEqual([])
  })

  test('the field is the one that is asked for', () => {
    expect(() => parseNatural('never', 'when.natural')).toThrow(/^when\.natural: "never" at character 1 /)
  })
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
      { numRuns: 130 },
    )
    expect(seen).toBeGreaterThan(2_000)
  })
})

describe('next, previous and count agree', () => {
  const zones = fc.constantFrom('UTC', 'Europe/Rome', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu')

  test('of any rule, seconds too', () => {
    let never = 0
    fc.assert(
      fc.property(
        sentences,
        policies,
        zones,
        fc.nat(400 * 86_400),
        fc.nat(86_400 * 1_000),
        (sentence, dst, zone, seconds, ms) => {
          const rule = understood(sentence)
          if (rule === null) return
          const begin = Date.parse('2026-01-01T00:00Z') + seconds * 1_000
          const sequence = naturalSequence(rule, { zone: zoneOf(zone), dst, start: begin })
          const after = begin + ms
          const moments: number[] = []
          for (let at = after; moments.length < 5; ) {
            const slot = sequence.next(at)
            if (slot === null) break
            expect(slot.at).toBeGreaterThan(at)
            moments.push(slot.at)
            at = slot.at
          }
          if (moments.length === 0) return void never++
          const last = moments.at(-1) as number
          expect(sequence.count(after, last)).toBe(moments.length)
          expect(sequence.count(after, last - 1)).toBe(moments.length - 1)
          const back: number[] = []
          for (let at = last + 1; back.length < moments.length; at = back[0] as number)
            back.unshift(sequence.previous(at)?.at as number)
          expect(back).toEqual(moments)
        },
      ),
      { numRuns: 3_000 },
    )
    expect(never).toBeLessThan(600)
  })

  test('parts of a long time add up', () => {
    const begin = Date.parse('2026-01-01T00:00Z')
    for (const sentence of [
      'every 7 seconds between 22:00 and 02:00 on weekdays',
      'every 90 minutes',
      'every 2 weeks on mon 9am and fri 5pm',
    ]) {
      const sequence = sequenceOf(sentence, 'Europe/Rome', begin)
      const days = Array.from({ length: 400 }, (_, i) =>
        sequence.count(begin + i * 86_400_000, begin + (i + 1) * 86_400_000),
      )
      expect(sequence.count(begin, begin + 400 * 86_400_000)).toBe(days.reduce((a, b) => a + b))
    }
  })

  test('every second of 400 days is counted at once', () => {
    const begin = Date.parse('2026-01-01T00:00Z')
    const sequence = sequenceOf('every second', 'Europe/Rome', begin)
    sequence.count(begin, begin + 400 * 86_400_000)
    const before = performance.now()
    expect(sequence.count(begin, begin + 400 * 86_400_000)).toBe(400 * 86_400)
    expect(performance.now() - before).toBeLessThan(1_000)
  })

  test.each([
    ['every year on 2020-01-01', 'UTC'],
    ['every 24 hours between 9am and 9:30am', 'UTC'],
    ['every 2 months on 1st in april', 'UTC'],
    ['every 24 hours on feb 29 between 9am and 9:30am', 'Europe/Rome'],
  ])('%s: never, and soon known', (sentence, zone) => {
    const sequence = sequenceOf(sentence, zone, start)
    const before = performance.now()
    expect(sequence.next(start)).toBe(null)
    expect(performance.now() - before).toBeLessThan(3_000)
  })
})

describe('any text', () => {
  test('is read or refused, and soon', () => {
    const random = randomOf(20_260_311)
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
    const all = [...examples.map(({ sentence }) => sentence), ...refusals.map(([sentence]) => sentence)]
    const pieces = [...new Set(all.flatMap((sentence) => sentence.split(' ')))]
    const change = (text: string): string => {
      const at = Math.floor(random() * (text.length + 1))
      const words = text.split(' ')
      const word = Math.floor(random() * words.length)
      switch (Math.floor(random() * 6)) {
        case 0:
          return text.slice(0, at) + text.slice(at + 1)
        case 1:
          return text.slice(0, at) + String.fromCharCode(32 + Math.floor(random() * 95)) + text.slice(at)
        case 2:
          return words.toSpliced(word, 0, pick(pieces)).join(' ')
        case 3:
          return words.toSpliced(word, 1).join(' ')
        case 4:
          return words.toSpliced(word, 1, pick(pieces)).join(' ')
        default:
          return `${text} ${pick(all)}`
      }
    }
    const took = (text: string): number => {
      const before = performance.now()
      understood(text)
      return performance.now() - before
    }
    const slow: string[] = []
    let read = 0
    for (let i = 0; i < 300_000; i++) {
      let text = pick(all)
      for (let n = random() < 0.3 ? 2 : 1; n > 0; n--) text = change(text)
      const before = performance.now()
      if (understood(text) !== null) read += 1
      if (performance.now() - before > 5) slow.push(text)
    }
    expect(read).toBeGreaterThan(10_000)
    // Somebody else may have had the processor.
    expect(slow.filter((text) => Math.min(took(text), took(text), took(text)) > 5)).toEqual([])
  })
})

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
