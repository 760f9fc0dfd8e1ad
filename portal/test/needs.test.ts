import { describe, expect, test } from 'vitest'
import { fragmentOf, type Group, isOf } from '../src/screens/failures/alike.ts'
import { type Lane, needsOf, type Told } from '../src/screens/overview/needs.ts'

const now = Date.parse('2027-01-31T09:00:00Z')
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString()

const lane = (name: string, set: Partial<Lane> = {}): Lane => ({
  name,
  paused: null,
  waiting: 3,
  workers: 1,
  concurrency: 5,
  oldestDueAt: ago(1),
  ...set,
})
const told = (set: Partial<Told> = {}): Told => ({
  lanes: [lane('default')],
  workers: 1,
  upcoming: { overdue: 0, schedules: [{ id: 'nightly', nextAt: ago(-60) }] },
  missed: [],
  failures: [],
  now,
  ...set,
})
const ids = (set: Partial<Told>) => needsOf(told(set)).map(({ id }) => id)

describe('what needs somebody', () => {
  test('nothing, where jobs wait a moment in lanes that are served', () => {
    expect(ids({})).toEqual([])
  })

  test('lanes with jobs that no worker serves, or whose workers take no more', () => {
    const lanes = [
      lane('mail', { workers: 0, concurrency: 0 }),
      lane('video', { concurrency: 0 }),
      lane('idle', { workers: 0, waiting: 0 }),
    ]
    expect(needsOf(told({ lanes })).map(({ id, text, tone }) => `${id} ${text} ${tone}`)).toEqual([
      'unserved mail unserved bad',
      'unserved video noSlots bad',
    ])
  })

  test('without any worker it is told once, with all jobs and the oldest of them', () => {
    const lanes = [
      lane('mail', { workers: 0, concurrency: 0, oldestDueAt: ago(2) }),
      lane('video', { workers: 0, concurrency: 0, oldestDueAt: ago(9) }),
    ]
    expect(needsOf(told({ lanes, workers: 0 }))).toMatchObject([
      { id: 'no-worker', tone: 'bad', values: { count: 6 }, since: ago(9) },
    ])
    expect(needsOf(told({ lanes: [], workers: 0 }))).toMatchObject([
      { id: 'no-worker', tone: 'warn', text: 'noWorker' },
    ])
  })

  test('a paused lane only where jobs wait in it, and then not also as old or unserved', () => {
    const paused = { reason: 'the provider is down', since: ago(30) }
    const lanes = [lane('mail', { paused, workers: 0, oldestDueAt: ago(30) }), lane('calm', { paused, waiting: 0 })]
    expect(needsOf(told({ lanes }))).toMatchObject([
      { id: 'paused mail', since: ago(30), go: { kind: 'resume', lane: 'mail', reason: 'the provider is down' } },
    ])
  })

  test('the job that waits longest, from five minutes on', () => {
    expect(ids({ lanes: [lane('a', { oldestDueAt: ago(4.9) })] })).toEqual([])
    const lanes = [lane('a', { oldestDueAt: ago(6) }), lane('b', { oldestDueAt: ago(60) })]
    expect(needsOf(told({ lanes }))).toMatchObject([
      { id: 'oldest', values: { lane: 'b' }, go: { search: { filter: 'state:ready lane:b' } } },
    ])
  })

  test('three groups of failures, late schedules, and missed runs by schedule; problems before warnings', () => {
    const failures = ['a', 'b', 'c', 'd'].map((job) => ({
      fingerprint: job,
      job,
      error: { name: 'Error', message: '' },
      count: 2,
      lastAt: ago(1),
    }))
    const miss = (schedule: string, count = 1) => ({ schedule, slot: ago(5), count, reason: 'no_worker' as const })
    const missed = [miss('s1', 2), miss('s1', 3), miss('s2'), miss('s3'), miss('s4'), miss('s5')]
    const upcoming = { overdue: 1, schedules: [{ id: 'nightly', nextAt: ago(7) }] }
    const needs = needsOf(told({ failures, missed, upcoming, lanes: [lane('old', { oldestDueAt: ago(20) })] }))
    expect(needs.map(({ id }) => id)).toEqual(
      'failing a,failing b,failing c,overdue,oldest,missed s1,missed s2,missed s3,missed more'.split(','),
    )
    expect(needs[0]?.values).toMatchObject({ count: 2, job: 'a', message: 'Error' })
    expect(needs[3]).toMatchObject({ since: ago(7), go: { kind: 'schedule', id: 'nightly' } })
    expect(needs[5]?.values).toEqual({ schedule: 's1', count: 5 })
    expect(needs[8]?.values).toEqual({ count: 2 })
  })
})

describe('failed jobs that are alike', () => {
  const group = (message: string, set: object = {}): Group => ({
    fingerprint: 'f',
    job: 'bill',
    error: { name: 'Error', message, code: null },
    count: 1,
    firstAt: ago(1),
    lastAt: ago(1),
    newest: '',
    ...set,
  })
  const failed = (message: string, set: object = {}) => ({
    job: 'bill',
    reason: 'exhausted',
    error: { name: 'Error', message },
    ...set,
  })

  test('differ only in ids, numbers and what stands in quotes', () => {
    const one = group('order 12 of "Ada" (01890a5d-ac96-774b-bcce-b302099a8057) has no address')
    expect(isOf(one, failed('order 345 of "Bob \\" 7" (01890a5d-ac96-774b-bcce-b302099a8058) has no address'))).toBe(
      false,
    )
    expect(isOf(one, failed('order 345 of "Bob" (01890a5d-ac96-774b-bcce-b302099a8058) has no address'))).toBe(true)
    expect(isOf(one, failed('order 345 of Bob (01890a5d-ac96-774b-bcce-b302099a8058) has no address'))).toBe(false)
    expect(isOf(one, failed(one.error.message, { job: 'send' }))).toBe(false)
    expect(isOf(one, failed(one.error.message, { error: { ...one.error, code: 'E1' } }))).toBe(false)
  })

  test('without an error they have their reason', () => {
    const one = group('timed_out', { error: { name: 'failed', message: 'timed_out', code: null } })
    expect(isOf(one, { job: 'bill', reason: 'timed_out', error: null })).toBe(true)
    expect(isOf(one, { job: 'bill', reason: 'exhausted', error: null })).toBe(false)
  })

  test('are found by the longest part of the message that does not change', () => {
    expect(fragmentOf('order 12 of "Ada" has no address at all')).toBe('has no address at all')
    expect(fragmentOf(`first line\n${'w'.repeat(300)}`)).toBe('w'.repeat(120))
    expect(fragmentOf('42')).toBe('')
  })
})
