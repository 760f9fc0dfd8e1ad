import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addHistogram,
  emptyHistogram,
  type Histogram,
  histogramText,
  percentilesOf,
  recordTime,
  storedHistogram,
} from './histogram.ts'

const of = (values: readonly number[]): Histogram => {
  const histogram = emptyHistogram()
  for (const value of values) recordTime(histogram, value)
  return histogram
}
const stored = (histogram: Histogram) => storedHistogram(histogramText(histogram))
const times = fc.array(fc.oneof(fc.nat(300), fc.nat(100_000), fc.nat(2_000_000_000)), { maxLength: 200 })

test('percentiles are within one percent of the exact ones, also when they were stored and added up', () => {
  const property = fc.property(times, times, (one, other) => {
    const sum = emptyHistogram()
    for (const part of [of(one), stored(of(other))]) addHistogram(sum, part)
    const sorted = [...one, ...other].sort((a, b) => a - b)
    const told = percentilesOf(stored(sum))
    if (sorted.length === 0) {
      expect(told).toBeNull()
      return
    }
    const exact = (percentile: number) =>
      sorted[Math.max(1, Math.ceil((sorted.length * percentile) / 100)) - 1] as number
    for (const [percentile, value] of [
      [50, told?.p50],
      [90, told?.p90],
      [99, told?.p99],
      [100, told?.max],
    ] as [number, number][])
      expect(Math.abs(value - exact(percentile))).toBeLessThanOrEqual(exact(percentile) / 100)
  })
  fc.assert(property)
})

test('what is added to is changed, and what is added is not', () => {
  const [one, other] = [of([10]), stored(of([1_000]))]
  const [sum, before] = [emptyHistogram(), histogramText(other)]
  for (const part of [other, one, other]) addHistogram(sum, part)
  recordTime(sum, 5)
  expect(histogramText(other)).toBe(before)
  expect(percentilesOf(other)).toEqual({ p50: 1_003, p90: 1_003, p99: 1_003, max: 1_003 })
  expect(percentilesOf(sum)).toMatchObject({ p50: 10, max: 1_003 })
})

test('times that cannot be count as the nearest that can', () => {
  expect(percentilesOf(of([-5]))).toEqual({ p50: 0, p90: 0, p99: 0, max: 0 })
  expect(percentilesOf(of([1e15]))).toEqual(percentilesOf(of([31 * 86_400_000])))
})

test('what cannot be read counts as nothing', () => {
  const whole = histogramText(of([1, 2, 3_000_000])) ?? ''
  const cut = Array.from(whole, (_, length) => whole.slice(0, length))
  for (const text of ['x', 'HISTFAAAABx4', 'BBBBB', `${whole}AA`, 'B///////fB', 'é', '€', ...cut]) {
    const sum = of([7])
    addHistogram(sum, storedHistogram(text))
    expect(percentilesOf(sum)?.max).toBe(7)
    expect(percentilesOf(storedHistogram(text))).toBeNull()
  }
})
