import { describe, expect, test } from 'vitest'
import type { Calendar } from './calendar.ts'
import { recurrence } from './recurrence.ts'

const iso = (date: Date | null) => date?.toISOString() ?? null

describe('what is left out', () => {
  const minutely = (exclude: Calendar | Calendar[], timezone = 'UTC') => recurrence('* * * * *', { exclude, timezone })

  test.each<[string, Calendar, string, string]>([
    ['a date of every year', { dates: ['12-25'] }, '2026-12-24T23:59:00Z', '2026-12-26T00:00:00.000Z'],
    ['a date of one year', { dates: ['2026-12-25'] }, '2027-12-24T23:59:00Z', '2027-12-25T00:00:00.000Z'],
    ['weekdays', { weekdays: ['sat', 'sun'] }, '2026-11-20T23:59:00Z', '2026-11-23T00:00:00.000Z'],
    ['what is outside of hours', { outside: ['09:00', '17:00'] }, '2026-11-22T17:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['hours over midnight', { outside: ['22:00', '02:00'] }, '2026-11-22T02:00:00Z', '2026-11-22T22:00:00.000Z'],
    ['minutes by cron', { cron: '10-19 * * * *' }, '2026-11-22T02:09:00Z', '2026-11-22T02:20:00.000Z'],
    ['three months by cron', { cron: '* * * 6-8 *' }, '2027-05-31T23:59:00Z', '2027-09-01T00:00:00.000Z'],
    ['a year and more by cron', { cron: '* * * * * * 2027-2028' }, '2026-12-31T23:59:00Z', '2029-01-01T00:00:00.000Z'],
  ])('%s', (_, exclude, after, expected) => {
    const left = minutely(exclude)
    expect(iso(left.next(after))).toBe(expected)
    expect(iso(left.previous(expected))).toBe(new Date(after).toISOString())
  })

  test('an every-second schedule leaves out weekends second by second', () => {
    const left = recurrence('* * * * * *', { exclude: { cron: '* * * * * SAT,SUN' } })
    expect(iso(left.next('2026-11-21T00:00:00Z'))).toBe('2026-11-23T00:00:00.000Z')
  })

  test('all of it is left out: never, or a plain word that it cannot be found, and soon', () => {
    const leap = recurrence('0 0 29 2 *', { exclude: { dates: ['02-29'] }, timezone: 'Europe/Rome' })
    const begin = performance.now()
    expect(leap.next('2026-11-22T00:00:00Z')).toBe(null)
    expect(performance.now() - begin).toBeLessThan(1_000) // what is meant is a bound: without it this takes minutes
    const half = recurrence('* * * * * *', { exclude: [{ cron: '*/2 * * * * *' }, { cron: '1-59/2 * * * * *' }] })
    expect(() => half.next('2026-11-22T00:00:00Z')).toThrow(expect.objectContaining({ field: 'exclude' }))
  })

  test('the clock of the zone counts', () => {
    const left = minutely({ outside: ['09:00', '17:00'] }, 'America/New_York')
    expect(iso(left.next('2026-11-22T00:00:00Z'))).toBe('2026-11-22T14:00:00.000Z')
  })

  test.each<[unknown, string]>([
    [{ dates: [] }, 'exclude'],
    [{ dates: [Symbol('x')] }, 'exclude.dates[0]'],
    [{ dates: ['02-30'] }, 'exclude.dates[0]'],
    [{ dates: Array.from({ length: 1_001 }, () => '12-25') }, 'exclude'],
    [{ weekdays: ['saturn'] }, 'exclude.weekdays[0]'],
    [{ weekdays: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] }, 'exclude.weekdays'],
    [{ cron: '* * * * *', dialect: 3 }, 'exclude.dialect'],
    [{ dates: ['12-25'], dialect: 'vixie' }, 'exclude'],
    [{ outside: ['09:00'] }, 'exclude'],
    [{ outside: ['09:00', '25:00'] }, 'exclude.outside[1]'],
    [{ days: ['sat'] }, 'exclude'],
  ])('%o is refused', (exclude, field) => {
    expect(() => recurrence('* * * * *', { exclude: exclude as Calendar })).toThrow(expect.objectContaining({ field }))
  })

  test('weekdays by their whole names, and in words', () => {
    const left = minutely({ weekdays: ['Saturday' as never, 'sun'] })
    expect(iso(left.next('2026-11-20T23:59:00Z'))).toBe('2026-11-23T00:00:00.000Z')
    expect(left.describe()).toContain('except on sat and sun')
  })
})
