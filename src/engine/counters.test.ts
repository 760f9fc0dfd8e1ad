import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CounterRow } from '../storage/contract.ts'
import {
  addTally,
  counterOf,
  depthOf,
  mergedHour,
  mergedMinute,
  newTally,
  readTally,
  sumOfMinute,
  type Tally,
  tallyText,
  tryEnds,
} from './counters.ts'
import { percentilesOf, recordTime } from './histogram.ts'

const name = fc.constantFrom('', 'a', 'b', 'a "quoted" one', '__proto__')
const entry = fc.record({
  lane: name,
  job: name,
  ends: fc.array(fc.nat(5), { minLength: tryEnds.length, maxLength: tryEnds.length }),
  times: fc.array(fc.nat(100_000), { maxLength: 5 }),
})
const depth = fc.dictionary(name, fc.record({ waiting: fc.nat(9), running: fc.nat(9), scheduled: fc.nat(9) }))
const tallies = fc
  .record({ entries: fc.array(entry, { maxLength: 5 }), depth: fc.option(depth) })
  .map(({ entries, depth }): Tally => {
    const tally = { ...newTally(), depth: depth && new Map(Object.entries(depth)) }
    for (const { lane, job, ends, times } of entries) {
      const counter = counterOf(tally, lane, job)
      for (const [i, end] of tryEnds.entries()) counter[end] += ends[i] as number
      for (const time of times) {
        recordTime(counter.wait, time)
        recordTime(counter.run, time * 2)
      }
    }
    return tally
  })

/** In an order of its own, so that tallies can be compared. */
const seen = ({ lanes, depth, of }: Tally) => ({
  lanes: Object.fromEntries(
    [...lanes].flatMap(([lane, jobs]) =>
      [...jobs].map(([job, { wait, run, ...ends }]) => [
        `${lane}/${job}`,
        { ...ends, wait: [percentilesOf(wait), wait.counts?.totalCount ?? 0], run: percentilesOf(run) },
      ]),
    ),
  ),
  depth: depth && Object.fromEntries(depth),
  of: [...of].sort(),
})
const sum = (...parts: readonly Tally[]): Tally => {
  const whole = newTally()
  for (const part of parts) addTally(whole, part)
  return whole
}
const again = (tally: Tally): Tally => readTally(tallyText(tally)) as Tally
const row = (worker: string, tally: Tally, at = 0): CounterRow => ({
  span: 'minute',
  at,
  worker,
  data: tallyText(tally),
})
const counted = (succeeded: number): Tally => {
  const tally = newTally()
  counterOf(tally, 'mail', 'send').succeeded = succeeded
  return tally
}

describe('adding up', () => {
  test('gives the same in any order and in any groups, stored in between or not', () => {
    const property = fc.property(tallies, tallies, tallies, (a, b, c) => {
      const whole = seen(sum(a, b, c))
      expect(seen(sum(c, a, b))).toEqual(whole)
      expect(seen(sum(a, again(sum(b, c))))).toEqual(whole)
      expect(seen(sum(again(sum(again(a), b)), again(c)))).toEqual(whole)
    })
    fc.assert(property)
  })

  test('rows of workers, too, of a minute and of an hour', () => {
    const property = fc.property(fc.array(tallies, { minLength: 2, maxLength: 5 }), fc.nat(), (parts, at) => {
      const rows = parts.map((part, i) => row(`worker-${i}`.padStart(36, '0'), part))
      const [first, ...others] = rows as [CounterRow, ...CounterRow[]]
      const early = mergedMinute([first])
      const merged = mergedMinute([...others, ...early])
      expect(merged).toMatchObject([{ span: 'minute', at: 0, worker: '' }])
      expect(seen({ ...sumOfMinute(merged), of: new Set() })).toEqual(seen(sum(...parts)))
      const twice = mergedHour(mergedHour(rows, at).slice(0, -1), at)
      const told = (some: readonly CounterRow[]) =>
        some.map(({ data, ...key }) => ({ ...key, tally: seen(readTally(data) as Tally) }))
      expect(told(twice)).toEqual(told(mergedHour(rows, at)))
      const hour = twice.at(-1) as CounterRow
      expect(hour).toMatchObject({ span: 'hour', at, worker: '' })
      expect(seen(readTally(hour.data) as Tally)).toEqual(seen(sum(...parts)))
    })
    fc.assert(property)
  })

  test('counts a worker once that writes its row again after it was added up', () => {
    const early = mergedMinute([row('worker-a', counted(3)), row('worker-b', counted(4))])
    const late = sumOfMinute([row('worker-a', counted(5)), row('worker-c', counted(2)), ...early])
    expect(counterOf(late, 'mail', 'send').succeeded).toBe(9)
  })

  test('reads a lane, or a job', () => {
    const tally = newTally()
    for (const [lane, job] of ['a', 'b'].flatMap((lane) => ['x', 'y'].map((job) => [lane, job] as const)))
      counterOf(tally, lane, job).failed = 1
    tally.depth = new Map([['a', { waiting: 1, running: 2, scheduled: 3 }]])
    const keys = (wanted: { lane: string | null; job: string | null }) =>
      Object.keys(seen(readTally(tallyText(tally), wanted) as Tally).lanes)
    expect(keys({ lane: 'a', job: null })).toEqual(['a/x', 'a/y'])
    expect(keys({ lane: null, job: 'y' })).toEqual(['a/y', 'b/y'])
    expect(keys({ lane: 'c', job: null })).toEqual([])
    expect(readTally(tallyText(tally), { lane: 'b', job: null })?.depth).toEqual(new Map())
  })
})

describe('what is not understood', () => {
  const texts = [
    '',
    'null',
    '[]',
    '{}',
    '{"v":2,"counts":[]}',
    '{"v":1,"counts":[["a","b"]]}',
    '{"v":1,"counts":[["a","b",[-1],null,null]]}',
    '{"v":1,"counts":[["a","b",["1"],null,null]]}',
    '{"v":1,"counts":{}}',
    '{"v":1,"counts":[],"depth":[["a",1]]}',
  ]

  test('is not read, and nothing is thrown', () => {
    expect(texts.map((text) => readTally(text))).toEqual(texts.map(() => null))
    fc.assert(fc.property(fc.json(), (text) => readTally(text) === null))
  })

  test('is left out of a sum and left where it stands', () => {
    for (const data of texts) {
      const strange = { span: 'minute', at: 0, worker: 'later', data } as const
      expect(counterOf(sumOfMinute([strange, row('a', counted(2))]), 'mail', 'send').succeeded).toBe(2)
      expect(mergedMinute([strange, row('a', counted(2))])).toMatchObject([{ worker: '' }, strange])
      expect(mergedMinute([{ ...strange, worker: '' }, row('a', counted(2))])).toHaveLength(2)
    }
  })

  test('a histogram that is damaged takes nothing with it', () => {
    const text = '{"v":1,"counts":[["mail","send",[2,0,0,0,0,0],"broken","HISTFA"]]}'
    const tally = sumOfMinute([row('a', counted(1)), { span: 'minute', at: 0, worker: 'b', data: text }])
    const { succeeded, wait } = counterOf(again(tally), 'mail', 'send')
    expect([succeeded, percentilesOf(wait)]).toEqual([3, null])
  })
})

test('of thousands of lanes the deepest are told apart', () => {
  const lanes = Array.from({ length: 1_000 }, (_, i) => ({
    name: `lane-${i}`,
    paused: null,
    waiting: i,
    running: 1,
    scheduled: 2,
    oldestDueAt: null,
  }))
  const depth = depthOf(lanes, (lane) => lane)
  expect(depth.size).toBe(201)
  expect(depth.get('lane-999')).toEqual({ waiting: 999, running: 1, scheduled: 2 })
  expect(depth.get('')).toEqual({ waiting: (799 * 800) / 2, running: 800, scheduled: 1_600 })
})
