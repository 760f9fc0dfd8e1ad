import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gridTimes } from './grid.ts'
import type { Range } from './rule.ts'

const none = { weekdays: null, days: null, months: null }
const windowOf = (times: Range<number>[] | null) => ({ ...none, times })

test('a window over midnight has a part of the day itself and one of the day before', () => {
  const parts = gridTimes({ unit: 86_400, step: 3_600, phase: 0 }, windowOf([{ from: 79_200, to: 7_200 }]))
  expect(parts.map(({ owner, times }) => [owner, times.count])).toEqual([
    ['before', 3],
    ['own', 2],
  ])
})

test('finds and counts what a walk through the day finds', () => {
  const grids = fc
    .record({ unit: fc.constantFrom(60, 3_600, 86_400), part: fc.nat(), shift: fc.nat() })
    .map(({ unit, part, shift }) => {
      const step = 1 + (part % (unit - 1))
      return { unit, step, phase: shift % step }
    })
  const second = fc.nat(86_399)
  const windows = fc.option(fc.array(fc.record({ from: second, to: second }), { minLength: 1, maxLength: 3 }))
  fc.assert(
    fc.property(grids, windows, fc.array(second, { minLength: 5, maxLength: 5 }), (grid, ranges, probes) => {
      const all = gridTimes(grid, windowOf(ranges))
      const isInside = (at: number) =>
        ranges === null || ranges.some(({ from, to }) => (from <= to ? at >= from && at <= to : at >= from || at <= to))
      const expected: number[] = []
      for (let at = 0; at < 86_400; at++) {
        const since = (at % grid.unit) - grid.phase
        if (since >= 0 && since % grid.step === 0 && isInside(at)) expected.push(at)
      }
      for (const probe of probes) {
        const next = all.flatMap(({ times }) => times.next(probe) ?? [])
        const previous = all.flatMap(({ times }) => times.previous(probe) ?? [])
        const before = all.reduce((sum, { times }) => sum + times.countBefore(probe), 0)
        expect(next.length === 0 ? undefined : Math.min(...next)).toBe(expected.find((at) => at >= probe))
        expect(previous.length === 0 ? undefined : Math.max(...previous)).toBe(expected.findLast((at) => at <= probe))
        expect(before).toBe(expected.filter((at) => at < probe).length)
      }
    }),
    { numRuns: 150 },
  )
})
