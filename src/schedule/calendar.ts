/** Calendars: times at which nothing is to run, whatever the expression says. */
import { RotaError, show } from '../job/errors.ts'
import { oneOf } from '../job/options.ts'
import { civilOf, dayOf, dayOfWall, daySeconds, monthLength, secondOfWall, timeText, weekdayOf } from './civil.ts'
import { type CronDialect, cronDialects, parseCron } from './cron/cron.ts'
import { listed, parseTime } from './daily.ts'
import type { Sequence, Slot } from './sequence.ts'
import type { Zone } from './zone.ts'

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
/** A day of the week. */
export type Weekday = (typeof weekdays)[number]
const fullNames = weekdays.map(
  (day) => `${{ sun: 'sun', mon: 'mon', tue: 'tues', wed: 'wednes', thu: 'thurs', fri: 'fri', sat: 'satur' }[day]}day`,
)
/** Entries of one calendar. */
const mostEntries = 1_000

/** Times to leave out, by the clock on the wall of the schedule's zone. */
export type Calendar =
  /** `'2027-12-24'`, or `'12-25'` for every year. */
  | { readonly dates: readonly string[] }
  | { readonly weekdays: readonly Weekday[] }
  /** Every minute that a cron expression names; every second where it has a field for seconds. */
  | { readonly cron: string; readonly dialect?: CronDialect }
  /** What is not between two times of day, both included; where the second is the earlier one, across midnight. */
  | { readonly outside: readonly [from: string, to: string] }

/** What a calendar leaves out, in wall seconds. */
interface Rule {
  /** The stretch `from <= wall < until` that is left out and holds `wall`; null where that is not left out. */
  covers(wall: number): { readonly from: number; readonly until: number } | null
  /** The first wall second after `wall`, which is not left out, that may be. */
  changesAfter(wall: number): number
  readonly text: string
}

const midnightAfter = (wall: number): number => (dayOfWall(wall) + 1) * daySeconds

/** Days that are left out whole. */
function wholeDays(isOut: (day: number) => boolean, text: string): Rule {
  return {
    text,
    changesAfter: midnightAfter,
    covers(wall) {
      const day = dayOfWall(wall)
      return isOut(day) ? { from: day * daySeconds, until: (day + 1) * daySeconds } : null
    },
  }
}

function dates(list: readonly string[], field: string): Rule {
  const days = new Set<number>()
  const everyYear = new Set<number>()
  for (const [i, text] of list.entries()) {
    const match = typeof text === 'string' ? /^(?:(\d{4})-)?(\d\d)-(\d\d)$/.exec(text) : null
    const [year, month, day] = [match?.[1], match?.[2], match?.[3]].map(Number) as [number, number, number]
    const isDate =
      match !== null && month >= 1 && month <= 12 && day >= 1 && day <= monthLength(match[1] ? year : 2000, month)
    if (!isDate) {
      const message = `${field}[${i}]: ${show(text)} is no date. Write '2027-12-24', or '12-25' for every year.`
      throw new RotaError('schedule_invalid', message, { field: `${field}[${i}]` })
    }
    if (match[1]) days.add(dayOf(year, month, day))
    else everyYear.add(month * 100 + day)
  }
  const isOut = (day: number) => {
    const { month, day: of } = civilOf(day)
    return days.has(day) || everyYear.has(month * 100 + of)
  }
  return wholeDays(isOut, `on ${listed(list)}`)
}

function onWeekdays(list: readonly string[], field: string): Rule {
  const out = list.map((name, i) => {
    const word = String(name).toLowerCase()
    const at = weekdays.findIndex((day, n) => word === day || word === fullNames[n])
    if (typeof name === 'string' && at >= 0) return at
    const message = `${field}[${i}]: ${show(name)} is no weekday. Write ${weekdays.join(', ')}.`
    throw new RotaError('schedule_invalid', message, { field: `${field}[${i}]` })
  })
  if (new Set(out).size === 7)
    throw new RotaError('schedule_invalid', `${field}: with all weekdays left out it can never run.`, { field })
  return wholeDays((day) => out.includes(weekdayOf(day)), `on ${listed(out.map((n) => weekdays[n] as string))}`)
}

function ofCron(text: string, dialect: CronDialect | undefined, field: string): Rule {
  const { wall, text: tidy } = parseCron(text, dialect, field)
  const length = tidy.split(' ').length === 5 ? 60 : 1
  return {
    text: `when cron ${tidy} matches`,
    changesAfter: (second) => wall.next(second) ?? Number.POSITIVE_INFINITY,
    covers(second) {
      if (wall.next(Math.floor(second / length) * length - 1) !== Math.floor(second / length) * length) return null
      // The longest of these that it matches throughout: so that a calendar of months is not walked minute by minute.
      for (const part of [daySeconds, 3_600, 60]) {
        const from = Math.floor(second / part) * part
        if (part >= length && wall.count(from, from + part) === part / length) return { from, until: from + part }
      }
      return { from: second, until: second + 1 }
    },
  }
}

function outside(window: readonly [string, string], field: string): Rule {
  const [first, last] = window.map((time, i) => parseTime(time, `${field}[${i}]`)) as [number, number]
  return {
    text: `outside of ${timeText(first)} to ${timeText(last)}`,
    changesAfter(wall) {
      const end = wall - secondOfWall(wall) + last + 1
      return end > wall ? end : end + daySeconds
    },
    covers(wall) {
      const second = secondOfWall(wall)
      const isIn = first <= last ? second >= first && second <= last : second >= first || second <= last
      if (isIn) return null
      const until = wall - second + first + (second < first ? 0 : daySeconds)
      const from = wall - second + last + 1 - (second > last ? 0 : daySeconds)
      return { from, until }
    },
  }
}

/** @throws RotaError `schedule_invalid`, naming the place below `field` */
function ruleOf(calendar: Calendar, field: string): Rule {
  if ('dates' in calendar) return dates(calendar.dates, `${field}.dates`)
  if ('weekdays' in calendar) return onWeekdays(calendar.weekdays, `${field}.weekdays`)
  if ('cron' in calendar) return ofCron(calendar.cron, calendar.dialect, `${field}.cron`)
  return outside(calendar.outside, `${field}.outside`)
}

const kinds = ['dates', 'weekdays', 'cron', 'outside'] as const

/** Calendars as they may be given, in their plain form. */
export function checkCalendars(value: unknown, field: string): Calendar[] {
  const list = Array.isArray(value) ? value : [value]
  return list.map((calendar, i) => {
    const at = Array.isArray(value) ? `${field}[${i}]` : field
    const kind = kinds.find((name) => typeof calendar === 'object' && calendar !== null && name in calendar)
    const also = kind === 'cron' ? ['cron', 'dialect'] : [kind]
    const names = kind === undefined ? [] : Object.keys(calendar).filter((name) => !(also as string[]).includes(name))
    const entries =
      kind === undefined || kind === 'cron' ? 1 : [(calendar as Record<string, unknown>)[kind]].flat().length
    const listed = kind === 'cron' || Array.isArray(calendar?.[kind as string])
    if (
      kind === undefined ||
      names.length > 0 ||
      !listed ||
      entries < 1 ||
      entries > mostEntries ||
      (kind === 'outside' && calendar.outside.length !== 2)
    ) {
      const message = `${at}: ${show(calendar)} is no calendar. Write { dates: ['12-25'] }, { weekdays: ['sat', 'sun'] }, { cron: '* * * 8 *' } or { outside: ['09:00', '17:00'] }.`
      throw new RotaError('schedule_invalid', message, { field: at })
    }
    if (calendar.dialect !== undefined) oneOf(cronDialects)(calendar.dialect, `${at}.dialect`)
    ruleOf(calendar, at)
    return calendar
  })
}

/** Jumps from one thing that is left out to the next before a search is given up. */
const mostJumps = 20_000

/** Milliseconds. What is left out for so long is left out for ever; looking further costs a look at each change of the zone. */
const farthest = 100 * 366 * 86_400_000

/** Not "never": that would end a schedule for ever. */
function givenUp(): RotaError {
  const message =
    'exclude: what is left out is so much, in so small parts, that no run was found. Leave out whole hours or days.'
  return new RotaError('schedule_invalid', message, { field: 'exclude' })
}

/** The moments of `sequence` that no calendar leaves out. */
export function leavingOut(sequence: Sequence, calendars: readonly Calendar[], zone: Zone): Sequence {
  const rules = calendars.map((calendar, i) => ruleOf(calendar, `exclude[${i}]`))

  /** From a second on: whether it is left out, and until when (not included) the answer stays. */
  const partAt = (instant: number): { readonly isOut: boolean; readonly from: number; readonly until: number } => {
    const { offset, from, until } = zone.stretchAt(instant)
    const wall = instant + offset
    for (const rule of rules) {
      const out = rule.covers(wall)
      if (out === null) continue
      return { isOut: true, from: Math.max(from, out.from - offset), until: Math.min(until, out.until - offset) }
    }
    const change = Math.min(...rules.map((rule) => rule.changesAfter(wall)))
    return { isOut: false, from: instant, until: Math.min(until, change - offset) }
  }
  const secondOf = (ms: number) => Math.floor(ms / 1_000)

  return {
    next(after) {
      let from = after
      for (let i = 0; i < mostJumps; i++) {
        const slot = sequence.next(from)
        if (slot === null || (i > 0 && slot.at - after > farthest)) return null
        const { isOut, until } = partAt(secondOf(slot.at))
        if (!isOut) return slot
        from = until * 1_000 - 1
      }
      throw givenUp()
    },
    previous(before) {
      let until = before
      for (let i = 0; i < mostJumps; i++) {
        const slot: Slot | null = sequence.previous(until)
        if (slot === null || (i > 0 && before - slot.at > farthest)) return null
        const part = partAt(secondOf(slot.at))
        if (!part.isOut) return slot
        until = part.from * 1_000
      }
      throw givenUp()
    },
    count(after, upTo) {
      let count = 0
      for (let from = after; from < upTo; ) {
        const { isOut, until } = partAt(secondOf(from + 1))
        const to = Math.min(upTo, until * 1_000 - 1)
        if (!isOut) count += sequence.count(from, to)
        from = to
      }
      return count
    },
  }
}

/** `except on sat and sun`, or nothing. */
export const describeCalendars = (calendars: readonly Calendar[]): string =>
  calendars.length === 0 ? '' : `, except ${calendars.map((one, i) => ruleOf(one, `exclude[${i}]`).text).join(' or ')}`
