/** What the screens of jobs decide without a browser. */
import { describe, expect, test } from 'vitest'
import { emptyLog, type LogLine, linesThatFit, withLines } from '../src/screens/job/log.ts'
import { scaleOf } from '../src/screens/job/scale.ts'
import { outcomeOf, type Try, triesOf } from '../src/screens/job/tries.ts'
import { changesOf } from '../src/screens/jobs/snapshot.ts'
import { valueIn, withValue, wordAt } from '../src/ui/filter/words.ts'

describe('the text of a filter', () => {
  test.each([
    ['', 'failed', 'state:failed'],
    ['lane:mail', 'failed', 'state:failed lane:mail'],
    ['lane:mail state:ready,running error:"a b"', 'failed', 'lane:mail state:failed error:"a b"'],
    ['error:"state:ready" x:1', 'failed', 'state:failed error:"state:ready" x:1'],
    ['state:ready lane:mail', null, 'lane:mail'],
  ])('%j with state %j is %j', (filter, state, expected) => expect(withValue(filter, 'state', state)).toBe(expected))

  test('a word goes on in quotes, also in those that are open', () => {
    expect(wordAt('lane:a error:"x y', 14).text).toBe('error:"x y')
    expect(wordAt('lane:a  b', 7)).toEqual({ start: 7, end: 7, text: '' })
    expect(valueIn('lane:a metadata.state:b', 'state')).toBe(null)
  })
})

describe('a list beside its newest page', () => {
  const page = (ids: string, next: string | null) => ({ jobs: [...ids].map((id) => ({ id })), next }) as never
  test.each([
    { newest: page('cba', null), fresh: 0, left: 0, isMore: false },
    { newest: page('edcba', null), fresh: 2, left: 0, isMore: false },
    { newest: page('dca', null), fresh: 1, left: 1, isMore: false },
    { newest: page('edc', 'c'), fresh: 2, left: 0, isMore: false },
    { newest: page('zyx', 'x'), fresh: 3, left: 0, isMore: true },
    { newest: page('', null), fresh: 0, left: 3, isMore: false },
  ])('$fresh are new and $left are gone', ({ newest, ...expected }) =>
    expect(changesOf(newest, [page('cb', 'b'), page('ba', null)])).toEqual(expected),
  )
})

const one = (of: Partial<Try>): Try => ({
  attempt: 1,
  fence: 1,
  worker: 'w',
  startedAt: 1_000,
  endedAt: 2_000,
  to: 'failed',
  reason: null,
  error: null,
  ...of,
})

describe('tries', () => {
  const error = { name: 'Error', message: 'no' }
  test.each([
    ['running', one({ endedAt: null, to: 'running' })],
    ['again', one({ to: 'scheduled', error })],
    ['again', one({ to: 'ready', error, reason: 'timed_out' })],
    ['snoozed', one({ to: 'scheduled', reason: 'snoozed' })],
    ['lapsed', one({ to: 'ready', error, reason: 'lapsed' })],
    ['succeeded', one({ to: 'succeeded', reason: 'timed_out' })],
  ] as const)('one that ended as %s', (outcome, given) => expect(outcomeOf(given)).toBe(outcome))

  const job = (of: object) =>
    ({ id: 'x', state: 'succeeded', attempt: 2, fence: 2, worker: 'w', reason: null, error: null, ...of }) as never
  const first = {
    ...one({ to: 'scheduled', error }),
    worker: 'w',
    startedAt: '1970-01-01T00:00:01Z',
    endedAt: '1970-01-01T00:00:02Z',
  }
  test('a success leaves no record, and is shown all the same', () => {
    const tries = triesOf(job({ startedAt: '1970-01-01T00:00:05Z', finishedAt: '1970-01-01T00:00:06Z' }), [first])
    expect(tries.map(({ fence, startedAt, endedAt }) => [fence, startedAt, endedAt])).toEqual([
      [1, 1_000, 2_000],
      [2, 5_000, 6_000],
    ])
  })
  test('a job that waits again shows what was, once', () => {
    const waiting = job({ state: 'scheduled', fence: 1, startedAt: '1970-01-01T00:00:01Z', finishedAt: null })
    expect(triesOf(waiting, [first]).map(({ fence }) => fence)).toEqual([1])
    // given back by a worker that stopped: that start leaves no record, and is no try
    const given = job({ state: 'ready', fence: 2, startedAt: '1970-01-01T00:00:05Z', finishedAt: null })
    expect(triesOf(given, [first]).map(({ fence }) => fence)).toEqual([1])
  })

  test('stand to scale, with the wait before them where it leaves room for them', () => {
    const short = scaleOf([one({})], 500, 9_000, null)
    expect([short.from, short.to, short.at(1_250)]).toEqual([500, 2_000, 50])
    expect(scaleOf([one({})], -100_000, 9_000, null).from).toBe(1_000)
    expect(scaleOf([one({ endedAt: null })], 1_000, 5_000, null).to).toBe(5_000)
    expect(scaleOf([one({})], 1_000, 5_000, 8_000).to).toBe(8_000)
  })
})

describe('a log', () => {
  const line = (i: number, of: Partial<LogLine> = {}): LogLine => ({
    attempt: 1,
    fence: 1,
    at: '2027-01-31T09:00:00.000Z',
    level: 'info',
    message: `line ${i}`,
    data: null,
    ...of,
  })
  const many = Array.from({ length: 6_000 }, (_, i) => line(i))

  test('keeps its last 5 000 lines, numbered from the first; more while somebody reads', () => {
    const log = withLines(withLines(emptyLog, many.slice(0, 4_000)), many.slice(4_000))
    expect([log.read, log.lines.length, log.lines[0]?.n, log.lines[0]?.message]).toEqual([
      6_000,
      5_000,
      1_000,
      'line 1000',
    ])
    expect(withLines(emptyLog, many, true).lines.length).toBe(6_000)
  })

  test('is searched by text, level and try', () => {
    const { lines } = withLines(emptyLog, [
      line(0, { level: 'debug', fence: 1 }),
      line(1, { level: 'warn', fence: 2, data: { Sku: 'A1' } }),
      line(2, { level: 'error', fence: 3, message: 'Refused' }),
    ])
    const found = (filter: object) =>
      linesThatFit(lines, { text: '', level: 'debug', fence: '', ...filter }).map(({ n }) => n)
    expect(found({})).toEqual([0, 1, 2])
    expect(found({ level: 'warn' })).toEqual([1, 2])
    expect(found({ fence: '2' })).toEqual([1])
    expect(found({ text: 'REFUSED' })).toEqual([2])
    expect(found({ text: 'a1' })).toEqual([1])
  })
})
