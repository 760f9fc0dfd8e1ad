import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { longestDuration, parseDuration, parseInstant } from './duration.ts'

describe('parseDuration', () => {
  test.each([
    [0, 0],
    [1500, 1500],
    ['250ms', 250],
    ['10s', 10_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    [' 5m ', 300_000],
  ])('%j is %i ms', (value, ms) => expect(parseDuration(value, 'in')).toBe(ms))

  test.each([
    '',
    '5',
    '5 minutes',
    '-1s',
    '1e3s',
    'Infinitys',
    '5M',
    '٥s',
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    {},
    '9999999d',
  ])('%j is refused and the field is named', (value) =>
    expect(() => parseDuration(value, 'in')).toThrow(
      expect.objectContaining({ code: 'duration_invalid', field: 'in' }),
    ),
  )

  test('any text gives a whole number of milliseconds in range, or the typed error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,20}(\.\d{1,20})? ?(ms|s|m|h|d)$/)), (text) => {
        try {
          const ms = parseDuration(text, 'in')
          expect(Number.isSafeInteger(ms) && ms >= 0 && ms <= longestDuration).toBe(true)
        } catch (error) {
          expect(error).toMatchObject({ code: 'duration_invalid' })
        }
      }),
    )
  })
})

describe('parseInstant', () => {
  test.each([
    [new Date(5), 5],
    ['1970-01-01T00:00:01Z', 1_000],
    ['1970-01-01T02:00:00+02:00', 0],
    [{ epochMilliseconds: 7 }, 7],
  ])('%j', (value, ms) => expect(parseInstant(value, 'at')).toBe(ms))

  test.each(['2027-01-31T09:00:00', '2027-01-31', 'tomorrow', 5, new Date('x'), null, '2027-13-01T00:00:00Z'])(
    '%j is refused',
    (value) =>
      expect(() => parseInstant(value, 'at')).toThrow(
        expect.objectContaining({ code: 'instant_invalid', field: 'at' }),
      ),
  )
})
