import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseBackoff } from './retry.ts'

const delays = (backoff: Parameters<typeof parseBackoff>[0], chance = 0) =>
  [1, 2, 3, 4].map((attempt) => parseBackoff(backoff)(attempt, () => chance))

describe('parseBackoff', () => {
  test('the kinds', () => {
    expect(delays('fixed')).toEqual([1_000, 1_000, 1_000, 1_000])
    expect(delays('linear')).toEqual([1_000, 2_000, 3_000, 4_000])
    expect(delays('exponential')).toEqual([1_000, 2_000, 4_000, 8_000])
    expect(delays({ type: 'exponential', base: '10s', max: '30s', jitter: 0 })).toEqual([
      10_000, 20_000, 30_000, 30_000,
    ])
    expect(delays((attempt) => attempt * 7)).toEqual([7, 14, 21, 28])
  })

  test('a plain fixed delay is exact; others are spread downwards by the jitter', () => {
    expect(delays({ type: 'fixed', delay: '5s' }, 0.999)).toEqual([5_000, 5_000, 5_000, 5_000])
    expect(delays({ type: 'linear', base: 1_000, jitter: 0.5 }, 0.5)).toEqual([750, 1_500, 2_250, 3_000])
  })

  test('never beyond the maximum, never negative, for any attempt and chance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (attempt, chance) => {
          const delay = parseBackoff({ type: 'exponential', max: '1h' })(attempt, () => chance)
          expect(delay >= 0 && delay <= 3_600_000).toBe(true)
        },
      ),
    )
  })

  test.each([
    ['expo'],
    [{ type: 'fixed' }],
    [{ type: 'exponential', bse: '1h' }],
    [{ type: 'fixed', delay: '5 min' }],
    [{ type: 'linear', jitter: 2 }],
    [null],
    [7],
  ])('%j is refused', (backoff) =>
    expect(() => parseBackoff(backoff as never)).toThrow(expect.objectContaining({ name: 'RotaError' })),
  )
})
