import { expect, test } from 'vitest'
import { shadeOf, shortCount, stepsFor } from '../src/screens/schedules/steps.ts'

test.each([
  { numbers: [0, 3, 1], steps: [1, 2, 3] },
  { numbers: [1, 100], steps: [3, 6, 16, 40, 100] },
  { numbers: [0, 90, 100], steps: [20, 40, 60, 80, 100] },
  { numbers: [1, 6], steps: [1, 2, 3, 4, 6] },
])('shades for $numbers end at $steps', ({ numbers, steps }) => {
  expect(stepsFor(numbers)).toEqual(steps)
  for (const n of numbers) expect(shadeOf(n, steps)).toBe(n === 0 ? 0 : steps.findIndex((end) => n <= end) + 1)
})

test('every number has a shade, the largest the last one', () => {
  for (let most = 1; most < 5_000; most += 7) {
    const steps = stepsFor([1, most])
    expect(shadeOf(most, steps)).toBe(steps.length)
    expect(shadeOf(1, steps)).toBe(1)
  }
})

test('numbers are short enough for their cell', () => {
  expect([7, 999, 3_110, 12_345, 4_567_890].map(shortCount)).toEqual(['7', '999', '3.1K', '12K', '4.6M'])
})
