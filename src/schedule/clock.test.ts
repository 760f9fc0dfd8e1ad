import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayOf, daySeconds } from './civil.ts'
import { onTheClock } from './clock.ts'
import type { Dst, Sequence, Slot } from './sequence.ts'
import { timesOf, type WallPattern, wallPattern } from './wall.ts'
import { zoneOf } from './zone.ts'

const every = { daysIn: () => 2 ** 31 - 1 }

/** Every day at such times, `02:30`. */
const dailyAt = (...times: string[]): WallPattern =>
  wallPattern(every, timesOf(times.map((time) => Date.parse(`1970-01-01T${time}Z`) / 1_000)))
const everyMinutes = (minutes: number): WallPattern =>
  wallPattern(every, timesOf(Array.from({ length: 1_440 / minutes }, (_, i) => i * minutes * 60)))

const at = (iso: string) => Date.parse(`${iso}:00Z`)
const slots = (sequence: Sequence, from: string, until: string): Slot[] => {
  const found: Slot[] = []
  for (let slot = sequence.next(at(from) - 1); slot !== null && slot.at < at(until); slot = sequence.next(slot.at))
    found.push(slot)
  return found
}
const told = (list: readonly Slot[]) =>
  list.map((slot) => `${new Date(slot.at).toISOString().slice(0, 16)}${slot.shift ? ` ${slot.shift}` : ''}`)

const run = (wall: WallPattern, zone: string, from: string, until: string, dst: Dst = {}) =>
  told(slots(onTheClock(wall, zoneOf(zone), { gap: 'next', repeat: 'first', ...dst }), from, until))

describe('a time that is left out', () => {
  const [from, until] = ['2027-03-27T12:00', '2027-03-29T12:00']

  test('is made good at the first moment after the gap, or not at all', () => {
    expect(run(dailyAt('02:30'), 'Europe/Rome', from, until)).toEqual(['2027-03-28T01:00 gap', '2027-03-29T00:30'])
    expect(run(dailyAt('02:30'), 'Europe/Rome', from, until, { gap: 'skip' })).toEqual(['2027-03-29T00:30'])
  })

  test('comes once for all that were left out, and not where something runs then anyway', () => {
    expect(run(dailyAt('02:10', '02:20'), 'Europe/Rome', from, '2027-03-28T12:00')).toEqual(['2027-03-28T01:00 gap'])
    expect(run(dailyAt('02:10', '03:00'), 'Europe/Rome', from, '2027-03-28T12:00')).toEqual(['2027-03-28T01:00'])
  })

  test('may be a time of the day before: the gap over midnight in Dhaka', () => {
    expect(run(dailyAt('23:30'), 'Asia/Dhaka', '2009-06-19T12:00', '2009-06-20T20:00')).toEqual([
      '2009-06-19T17:00 gap',
      '2009-06-20T16:30',
    ])
  })

  test('may be midnight: São Paulo 2018', () => {
    expect(run(dailyAt('00:00'), 'America/Sao_Paulo', '2018-11-03T00:00', '2018-11-05T12:00')).toEqual([
      '2018-11-03T03:00',
      '2018-11-04T03:00 gap',
      '2018-11-05T02:00',
    ])
  })

  test('may be a whole day: Samoa had no December 30, 2011', () => {
    expect(run(dailyAt('09:00'), 'Pacific/Apia', '2011-12-29T00:00', '2012-01-01T00:00')).toEqual([
      '2011-12-29T19:00',
      '2011-12-30T10:00 gap',
      '2011-12-30T19:00',
      '2011-12-31T19:00',
    ])
    expect(run(dailyAt('09:00'), 'Pacific/Apia', '2011-12-29T00:00', '2011-12-31T00:00', { gap: 'skip' })).toEqual([
      '2011-12-29T19:00',
      '2011-12-30T19:00',
    ])
  })

  test('may be half an hour: Lord Howe', () => {
    expect(run(dailyAt('02:15'), 'Australia/Lord_Howe', '2027-10-02T00:00', '2027-10-03T20:00')).toEqual([
      '2027-10-02T15:30 gap',
      '2027-10-03T15:15',
    ])
  })
})

describe('a time that comes twice', () => {
  const [from, until] = ['2027-10-30T12:00', '2027-10-31T12:00']

  test('runs in the first, in the last or in both', () => {
    const half = dailyAt('02:30')
    expect(run(half, 'Europe/Rome', from, until)).toEqual(['2027-10-31T00:30 repeat'])
    expect(run(half, 'Europe/Rome', from, until, { repeat: 'last' })).toEqual(['2027-10-31T01:30 repeat'])
    expect(run(half, 'Europe/Rome', from, until, { repeat: 'both' })).toEqual([
      '2027-10-31T00:30 repeat',
      '2027-10-31T01:30 repeat',
    ])
  })

  test('the end of it is no part of it', () => {
    expect(run(dailyAt('02:00', '03:00'), 'Europe/Rome', from, until)).toEqual([
      '2027-10-31T00:00 repeat',
      '2027-10-31T02:00',
    ])
  })

  test('is found where the pattern goes on only years later, or never', () => {
    const newYear = (year: number): WallPattern =>
      wallPattern({ daysIn: (y, month) => (y === year && month === 10 ? 1 << 30 : 0) }, timesOf([9_000]))
    expect(run(newYear(2027), 'Europe/Rome', from, '2040-01-01T00:00', { repeat: 'both' })).toHaveLength(2)
    const yearly = wallPattern({ daysIn: (_, month) => (month === 10 ? 1 << 30 : 0) }, timesOf([9_000]))
    expect(run(yearly, 'Europe/Rome', from, '2028-12-01T00:00', { repeat: 'both' })).toEqual([
      '2027-10-31T00:30 repeat',
      '2027-10-31T01:30 repeat',
      '2028-10-31T01:30',
    ])
    const sequence = onTheClock(yearly, zoneOf('Europe/Rome'), { gap: 'next', repeat: 'both' })
    expect(told([sequence.previous(at('2028-01-01T00:00')) as Slot])).toEqual(['2027-10-31T01:30 repeat'])
    expect(told([sequence.previous(at('2027-10-31T01:30')) as Slot])).toEqual(['2027-10-31T00:30 repeat'])
  })

  test('at one minute past midnight: Newfoundland until 2011', () => {
    expect(run(dailyAt('23:30', '00:00'), 'America/St_Johns', '2010-11-06T12:00', '2010-11-08T02:00')).toEqual([
      '2010-11-07T02:00 repeat',
      '2010-11-07T02:30 repeat',
    ])
    expect(
      run(dailyAt('23:30'), 'America/St_Johns', '2010-11-06T12:00', '2010-11-08T12:00', { repeat: 'last' }),
    ).toEqual(['2010-11-07T03:00 repeat', '2010-11-08T03:00'])
  })

  test('twice a year and around Ramadan: Casablanca', () => {
    const day = (month: number, of: number) => `2026-${String(month).padStart(2, '0')}-${of}T00:00`
    expect(run(dailyAt('02:30'), 'Africa/Casablanca', day(2, 14), day(2, 17))).toEqual([
      '2026-02-14T01:30',
      '2026-02-15T01:30 repeat',
      '2026-02-16T02:30',
    ])
    expect(run(dailyAt('02:30'), 'Africa/Casablanca', day(3, 21), day(3, 24))).toEqual([
      '2026-03-21T02:30',
      '2026-03-22T02:00 gap',
      '2026-03-23T01:30',
    ])
  })
})

test('what follows the clock leaves out what is left out and repeats what is repeated', () => {
  const dst = { gap: 'skip', repeat: 'both' } as const
  expect(run(everyMinutes(30), 'Europe/Rome', '2027-03-28T00:00', '2027-03-28T02:00', dst)).toHaveLength(4)
  expect(run(everyMinutes(30), 'Europe/Rome', '2027-10-31T00:00', '2027-10-31T03:00', dst)).toHaveLength(6)
})

test('midnights of a zone that keeps one offset are as far as the calendar goes', () => {
  const sequence = onTheClock(dailyAt('00:00'), zoneOf('UTC'), { gap: 'next', repeat: 'first' })
  const last = dayOf(9_999, 12, 31) * daySeconds * 1_000
  expect([sequence.next(last - 1), sequence.next(last), sequence.previous(1)]).toEqual([
    { at: last, shift: null },
    null,
    { at: 0, shift: null },
  ])
  expect([sequence.previous(0), sequence.count(-1e12, last)]).toEqual([null, dayOf(9_999, 12, 31) + 1])
})

describe('next, previous and count say the same', () => {
  const zones = [
    'Europe/Rome',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'America/Sao_Paulo',
    'Africa/Casablanca',
    'Asia/Gaza',
    'Antarctica/Troll',
    'Antarctica/Casey',
    'America/Caracas',
    'Asia/Pyongyang',
    'UTC',
  ]
  const times = fc
    .array(fc.nat(1_439), { minLength: 1, maxLength: 6 })
    .map((all) => timesOf(all.map((minute) => minute * 60)))
  const days = fc.constantFrom(2 ** 31 - 1, 0b1, 0b1010101010101010101010101010101, 1 << 28, 1 << 30)
  const dst = fc.record({
    gap: fc.constantFrom('next', 'skip'),
    repeat: fc.constantFrom('first', 'last', 'both'),
  }) as fc.Arbitrary<Required<Dst>>
  const instant = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2035, 0, 1) })

  /** Some days around a change of the zone, where the danger is; or anywhere. */
  const aroundChange = (zone: string, from: number) => {
    const { until } = zoneOf(zone).stretchAt(Math.floor(from / 1_000))
    return until === Number.POSITIVE_INFINITY ? from : (until - 100_000) * 1_000 + (from % 1_000)
  }

  test('around changes of the clock and everywhere', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        times,
        days,
        dst,
        instant,
        fc.boolean(),
        (zone, when, mask, policy, start, near) => {
          const sequence = onTheClock(wallPattern({ daysIn: () => mask }, when), zoneOf(zone), policy)
          const from = near ? aroundChange(zone, start) : start
          const forward: Slot[] = []
          for (let slot = sequence.next(from); slot !== null && forward.length < 25; slot = sequence.next(slot.at))
            forward.push(slot)
          const last = forward.at(-1)?.at ?? from
          expect(forward.every((slot, i) => slot.at > (forward[i - 1]?.at ?? from))).toBe(true)
          const backward: Slot[] = []
          for (
            let slot = sequence.previous(last + 1);
            slot !== null && slot.at > from;
            slot = sequence.previous(slot.at)
          )
            backward.unshift(slot)
          expect(told(backward)).toEqual(told(forward))
          forward.forEach((slot, i) => {
            expect(sequence.count(from, slot.at)).toBe(i + 1)
            expect(sequence.count(from, slot.at - 1)).toBe(i)
          })
        },
      ),
      { numRuns: 600 },
    )
  })

  test('counts add up over any stretches of time', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        times,
        dst,
        fc.tuple(instant, instant, instant),
        (zone, when, policy, instants) => {
          const [a, b, c] = instants.sort((x, y) => x - y) as [number, number, number]
          const sequence = onTheClock(wallPattern(every, when), zoneOf(zone), policy)
          expect(sequence.count(a, b) + sequence.count(b, c)).toBe(sequence.count(a, c))
          expect([sequence.count(b, b), sequence.count(c, a)]).toEqual([0, 0])
        },
      ),
      { numRuns: 200 },
    )
  })
})
