import { expect, test } from 'vitest'
import { lasting, relative } from './text.ts'

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000]

test.each([
  [0, '0ms'],
  [999, '999ms'],
  [second, '1s'],
  [4_250, '4.2s'],
  [9_999, '9.9s'],
  [59_999, '59s'],
  [minute, '1m'],
  [hour - 1, '59m 59s'],
  [2 * hour + 5 * minute + 59_000, '2h 5m'],
  [3 * day, '3d'],
  [400 * day + 23 * hour, '400d 23h'],
])('%d ms last %s', (ms, text) => {
  expect(lasting(ms)).toBe(text)
})

test('times from now and before now', () => {
  const now = Date.UTC(2027, 0, 1)
  const at = (ms: number) => relative(new Date(now + ms), now)
  expect([at(0), at(400), at(hour), at(-minute), at(-9.6 * second)]).toEqual([
    'now',
    'now',
    'in 1h',
    '1m ago',
    '10s ago',
  ])
})
