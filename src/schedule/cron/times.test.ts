import fc from 'fast-check'
import { expect, test } from 'vitest'
import { timesOf } from '../wall.ts'
import { timesOfFields } from './times.ts'

const set = (size: number) =>
  fc.uniqueArray(fc.nat(size - 1), { minLength: 1, maxLength: 6 }).map((all) => all.sort((a, b) => a - b))

test('times of three sets are those of a list of all of them', () => {
  fc.assert(
    fc.property(set(24), set(60), set(60), fc.nat(86_400), (hours, minutes, seconds, second) => {
      const all = hours.flatMap((h) => minutes.flatMap((m) => seconds.map((s) => h * 3_600 + m * 60 + s)))
      const [listed, times] = [timesOf(all), timesOfFields(hours, minutes, seconds)]
      for (const at of [second, ...all, ...all.map((one) => one + 1), 0, 86_399]) {
        expect(times.countBefore(at)).toBe(listed.countBefore(at))
        expect(times.next(at)).toBe(listed.next(at))
        expect(times.previous(at)).toBe(listed.previous(at))
      }
      expect(times.count).toBe(listed.count)
      expect(times.countBefore(86_400)).toBe(listed.count)
    }),
    { numRuns: 300 },
  )
})

test('every second of a day', () => {
  const sixty = Array.from({ length: 60 }, (_, i) => i)
  const times = timesOfFields(sixty.slice(0, 24), sixty, sixty)
  expect(times.count).toBe(86_400)
  for (const at of [0, 1, 59, 60, 3_599, 3_600, 86_399])
    expect([times.next(at), times.previous(at), times.countBefore(at)]).toEqual([at, at, at])
  expect(times.countBefore(86_400)).toBe(86_400)
})
