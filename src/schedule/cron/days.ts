/** The two fields for days: what they may hold beside numbers, and which days of a month they mean together. */
import { dayOf, weekdayOf } from '../civil.ts'
import {
  dayOfMonth,
  eachValue,
  type FieldRule,
  firstSpelling,
  readNumber,
  readRange,
  readValue,
  vixieWeekday,
} from './fields.ts'
import { cut, cutAtCommas, type Word, wrong } from './word.ts'

/** One element of the list in a field for days. Days of a week are 0 (Sunday) to 6 here, in both dialects. */
export type DayPart =
  | { readonly kind: 'days'; readonly days: readonly number[] }
  | { readonly kind: 'weekdays'; readonly weekdays: readonly number[] }
  /** `L`, `L-3`: so many days before the last of the month. With `nearest` (`LW`) moved to a Monday to Friday. */
  | { readonly kind: 'fromEnd'; readonly before: number; readonly nearest: boolean }
  /** `15W`: the Monday to Friday that is nearest to it in the same month. */
  | { readonly kind: 'nearest'; readonly day: number }
  /** `FRIL` */
  | { readonly kind: 'lastWeekday'; readonly weekday: number }
  /** `FRI#3` */
  | { readonly kind: 'nthWeekday'; readonly weekday: number; readonly nth: number }

export interface DayField {
  readonly text: string
  /** Begins with `*` or `?`, which decides how the two fields work together. `*\/2` does as well. */
  readonly star: boolean
  /** Means every day. */
  readonly all: boolean
  readonly parts: readonly DayPart[]
}

type Spelled = readonly [text: string, part: DayPart]

export const readDaysOfMonth = (word: Word): DayField => readDayField(word, everyDay, readDayOfMonth)

export const readDaysOfWeek = (word: Word, rule: FieldRule): DayField =>
  readDayField(word, everyWeekday, (part) => readDayOfWeek(part, rule))

const everyDay: DayPart = { kind: 'days', days: Array.from({ length: 31 }, (_, i) => i + 1) }
const everyWeekday: DayPart = { kind: 'weekdays', weekdays: [0, 1, 2, 3, 4, 5, 6] }

function readDayField(word: Word, every: DayPart, read: (part: Word) => Spelled): DayField {
  if (word.text === '?') return { text: '?', star: true, all: true, parts: [every] }
  const mark = word.text.indexOf('?')
  if (mark >= 0) throw wrong(cut(word, mark), '"?" stands with something else', 'it must be alone in its field')
  const spelled = cutAtCommas(word).map(read)
  const parts = spelled.map(([, part]) => part)
  const star = word.text.startsWith('*')
  return { text: spelled.map(([text]) => text).join(','), star, all: meansAll(parts), parts }
}

function meansAll(parts: readonly DayPart[]): boolean {
  const days = new Set(parts.flatMap((part) => (part.kind === 'days' ? part.days : [])))
  const weekdays = new Set(parts.flatMap((part) => (part.kind === 'weekdays' ? part.weekdays : [])))
  return days.size === 31 || weekdays.size === 7
}

function readDayOfMonth(word: Word): Spelled {
  const text = word.text.toUpperCase()
  if (/^L(W|-\d*W?)?$/.test(text)) {
    const nearest = text.endsWith('W')
    const number = cut(word, 2, nearest ? text.length - 1 : text.length)
    const before = text.includes('-') ? readNumber(number, 1, 30) : 0
    return [`L${before > 0 ? `-${before}` : ''}${nearest ? 'W' : ''}`, { kind: 'fromEnd', before, nearest }]
  }
  if (/^\d+W$/.test(text)) {
    const day = readNumber(cut(word, 0, text.length - 1), 1, 31)
    return [`${day}W`, { kind: 'nearest', day }]
  }
  const letter = text.search(/[LW]/)
  if (letter >= 0) throw wrong(cut(word, letter), misplaced(text.charAt(letter)), 'L, L-3, LW, L-3W and 15W are')
  const range = readRange(word, dayOfMonth)
  const days: number[] = []
  eachValue(range, dayOfMonth, (day) => days.push(day))
  return [range.text, { kind: 'days', days }]
}

const misplaced = (letter: string) => `"${letter}" is not understood like this`

function readDayOfWeek(word: Word, rule: FieldRule): Spelled {
  const hash = word.text.indexOf('#')
  if (hash >= 0) {
    const value = firstSpelling(readValue(cut(word, 0, hash), rule), rule)
    const nth = readNumber(cut(word, hash + 1), 1, 5)
    return [`${value}#${nth}`, { kind: 'nthWeekday', weekday: value - rule.min, nth }]
  }
  if (/^L$/i.test(word.text)) return readLoneL(word, rule)
  if (/^[^-/]+L$/i.test(word.text)) {
    const value = firstSpelling(readValue(cut(word, 0, word.text.length - 1), rule), rule)
    return [`${value}L`, { kind: 'lastWeekday', weekday: value - rule.min }]
  }
  const range = readRange(word, rule)
  const weekdays: number[] = []
  eachValue(range, rule, (value) => weekdays.push(value - rule.min))
  return [range.text, { kind: 'weekdays', weekdays }]
}

/** Quartz says that L by itself is 7, Saturday. Elsewhere nobody can know what is meant. */
function readLoneL(word: Word, rule: FieldRule): Spelled {
  if (rule === vixieWeekday)
    throw wrong(word, '"L" needs a day before it', 'FRIL would be the last Friday of the month')
  return ['7', { kind: 'weekdays', weekdays: [6] }]
}

/** The days of a month as bits, by the length of the month (28 to 31) and the weekday of its 1st: nothing else matters. */
export type DayTable = (length: number, firstWeekday: number) => number

/**
 * As Vixie cron has it: where both fields say something (neither begins with `*` or `?`), a day of either is meant; else
 * both must agree. So `13 * FRI` is every 13th and every Friday, but in `*\/2 * MON` Mondays with an odd number.
 */
export function dayTable(ofMonth: DayField, ofWeek: DayField): DayTable {
  const either = !ofMonth.star && !ofWeek.star
  const table = [28, 29, 30, 31].flatMap((length) =>
    everyWeekdayNumber.map((first) => {
      const [a, b] = [bitsOf(ofMonth, length, first), bitsOf(ofWeek, length, first)]
      return either ? a | b : a & b
    }),
  )
  return (length, first) => table[(length - 28) * 7 + first] as number
}

const everyWeekdayNumber = [0, 1, 2, 3, 4, 5, 6]

/** 0 (Sunday) to 6. */
export const firstWeekdayOf = (year: number, month: number): number => weekdayOf(dayOf(year, month, 1))

function bitsOf({ parts, all }: DayField, length: number, first: number): number {
  if (all) return 2 ** length - 1
  let bits = 0
  for (const part of parts) for (const day of daysOf(part, length, first)) bits |= dayBit(day, length)
  return bits
}

const dayBit = (day: number, length: number): number => (day >= 1 && day <= length ? 1 << (day - 1) : 0)

function daysOf(part: DayPart, length: number, first: number): readonly number[] {
  /** The first such weekday of the month, 1 to 7. */
  const firstOf = (weekday: number) => 1 + ((weekday - first + 7) % 7)
  switch (part.kind) {
    case 'days':
      return part.days
    case 'weekdays':
      return part.weekdays.flatMap((weekday) => [0, 7, 14, 21, 28].map((days) => firstOf(weekday) + days))
    case 'nthWeekday':
      return [firstOf(part.weekday) + 7 * (part.nth - 1)]
    case 'lastWeekday':
      return [firstOf(part.weekday) + 7 * Math.floor((length - firstOf(part.weekday)) / 7)]
    case 'nearest':
      return [nearestWorkday(part.day, length, first)]
    case 'fromEnd':
      return [part.nearest ? nearestWorkday(length - part.before, length, first) : length - part.before]
  }
}

/** Never in another month: for Saturday the 1st it is Monday the 3rd. A month without the day has none. */
function nearestWorkday(day: number, length: number, first: number): number {
  if (day < 1 || day > length) return 0
  const weekday = (first + day - 1) % 7
  if (weekday === 6) return day === 1 ? 3 : day - 1
  if (weekday === 0) return day === length ? day - 2 : day + 1
  return day
}
