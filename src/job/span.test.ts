import { expect, test } from 'vitest'
import { moment, span } from './span.ts'

test.each([
  [0, '0 ms'],
  [-5, '0 ms'],
  [999, '999 ms'],
  [12_000, '12 s'],
  [61_500, '1 min 1 s'],
  [3_600_000, '1 h'],
  [3_601_000, '1 h'],
  [93_600_000, '1 d 2 h'],
])('%i ms are %s', (ms, text) => {
  expect(span(ms)).toBe(text)
})

test('a moment is told in UTC', () => {
  expect(moment(Date.UTC(2027, 0, 31, 9, 0, 1, 999))).toBe('2027-01-31T09:00:01Z')
})
