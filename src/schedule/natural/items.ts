/** What stands behind `on`, `in` and `at`, piece by piece: a weekday, a day of the month, a date, a month, a time. */
import { type Cursor, peek, refuseHere, take, takeNumber, takeOf, wordAt } from './cursor.ts'
import { checkDate, type Token } from './lexer.ts'
import { type Place, refuse } from './refuse.ts'
import type { MonthDay, NamedDate } from './rule.ts'
import { months, namedTimes, ordinals, weekdayNames, weekdaySets, weekdays } from './words.ts'

export type Item = { readonly place: Place } & (
  | { readonly kind: 'weekdays'; readonly values: readonly number[] }
  | {
      readonly kind: 'days'
      readonly values: readonly MonthDay[]
      /** `2nd Monday` without `of the month`, which behind `every` could also be each second Monday. */
      readonly unclear: boolean
    }
  | { readonly kind: 'dates'; readonly values: readonly NamedDate[] }
  | { readonly kind: 'months'; readonly values: readonly number[] }
  | { readonly kind: 'times'; readonly values: readonly number[] }
)

export const wantedItems =
  'write a day, a month, a date or a time, as in "Monday", "15th", "January", "12-31" or "9:30"'

/**
 * The next item, or null where none begins.
 *
 * @param hours whether a bare number is an hour, as behind `at`
 */
export function readItem(cursor: Cursor, hours: boolean): Item | null {
  if (wordAt(cursor) === 'the' && peek(cursor, 1).kind !== 'end') cursor.at += 1
  const place = peek(cursor)
  const time = readTime(cursor)
  if (time !== null) return { kind: 'times', values: [time], place }
  if (place.kind === 'date') {
    cursor.at += 1
    return { kind: 'dates', values: [place.date], place }
  }
  const set = takeOf(cursor, weekdaySets)
  if (set !== undefined) return { kind: 'weekdays', values: set, place }
  const weekday = takeOf(cursor, weekdays)
  if (weekday !== undefined) return weekdayItem(cursor, weekday, place)
  const month = takeOf(cursor, months)
  if (month !== undefined) return monthItem(cursor, month, place)
  if (wordAt(cursor) === 'day' && peek(cursor, 1).kind === 'number') {
    cursor.at += 1
    return { kind: 'days', values: [dayNumbered(cursor, takeNumber(cursor) as number, place)], unclear: false, place }
  }
  if (wordAt(cursor) === 'month' && peek(cursor, 1).kind === 'number') {
    cursor.at += 1
    const value = takeNumber(cursor) as number
    if (value < 1 || value > 12) refuse(cursor.source, place, `has a number from 1 to 12, not ${value}.`)
    return { kind: 'months', values: [value], place }
  }
  if (place.kind === 'number') return numberItem(cursor, place, hours)
  return specialItem(cursor, place)
}

/** A time of day, or null where none comes. */
export function readTime(cursor: Cursor): number | null {
  const token = peek(cursor)
  if (token.kind === 'time') {
    cursor.at += 1
    return token.value
  }
  return takeOf(cursor, namedTimes) ?? null
}

function weekdayItem(cursor: Cursor, weekday: number, place: Place): Item {
  const next = peek(cursor)
  if (next.kind === 'sign' && next.sign === '-')
    refuse(cursor.source, place, 'begins a range of days; write "between Monday and Friday".')
  return { kind: 'weekdays', values: [weekday], place }
}

/** A month, or a date of it: `January`, `Jan 1st`, `January 1st, 2027`. */
function monthItem(cursor: Cursor, month: number, place: Place): Item {
  const skip = wordAt(cursor) === 'the' ? 1 : 0
  const next = peek(cursor, skip)
  if (next.kind === 'number' && next.text.length > 2)
    refuse(cursor.source, next, 'a year needs a date, as in "January 1st 2027".')
  const isDay = next.kind === 'ordinal' || (next.kind === 'number' && !isRangeOfDay(cursor, skip))
  if (!isDay) return { kind: 'months', values: [month], place }
  cursor.at += skip + 1
  return dateItem(cursor, month, next.value, place)
}

/** `in January 9 am` never gets here: `9 am` is one piece. */
const isRangeOfDay = (cursor: Cursor, skip: number): boolean => {
  const sign = peek(cursor, skip + 1)
  return sign.kind === 'sign' && sign.sign === '-'
}

function dateItem(cursor: Cursor, month: number, day: number, place: Place): Item {
  const comma = peek(cursor)
  const skip = comma.kind === 'sign' && comma.sign === ',' ? 1 : 0
  const year = peek(cursor, skip)
  const hasYear = year.kind === 'number' && year.text.length === 4
  if (hasYear) cursor.at += skip + 1
  const date = { year: hasYear ? year.value : null, month, day }
  checkDate(cursor.source, place, date)
  return { kind: 'dates', values: [date], place }
}

function numberItem(cursor: Cursor, place: Token & { kind: 'number' }, hours: boolean): Item {
  const month = months.get(wordAt(cursor, 1))
  if (month !== undefined) {
    cursor.at += 2
    return dateItem(cursor, month, place.value, place)
  }
  if (hours && place.value < 24) {
    cursor.at += 1
    return { kind: 'times', values: [place.value * 3_600], place }
  }
  const day = place.value >= 1 && place.value <= 31 ? ` or "day ${place.value}"` : ''
  const hour = place.value < 24 ? `"${place.value}:00"` : 'a time as in "9:30"'
  return refuse(cursor.source, place, `could be a time or a day; write ${hour}${day}.`)
}

export function dayNumbered(cursor: Cursor, day: number, place: Place): MonthDay {
  if (day < 1 || day > 31) refuse(cursor.source, place, 'is no day of a month: they are 1 to 31.')
  return { kind: 'day', day }
}

/** An ordinal in digits or as a word, or -1 for `last`; null where none comes. Nothing is taken. */
export function ordinalAt(cursor: Cursor, ahead = 0): number | null {
  const token = peek(cursor, ahead)
  if (token.kind === 'ordinal') return token.value
  const word = wordAt(cursor, ahead)
  return word === 'last' ? -1 : (ordinals.get(word) ?? null)
}

/** Days that are not the same in every month, and ordinals. */
function specialItem(cursor: Cursor, place: Place): Item | null {
  const nth = ordinalAt(cursor)
  if (wordAt(cursor) === 'closest') return nearestItem(cursor, place)
  if (nth === null) return null
  const listed = ordinalsBeforeWeekday(cursor)
  if (listed !== null) return weekdayOfMonth(cursor, listed, place)
  cursor.at += 1
  const noun = wordAt(cursor)
  if (noun === 'weekday') {
    cursor.at += 1
    if (nth !== 1 && nth !== -1)
      refuse(cursor.source, place, 'goes with no weekday; write "first weekday" or "last weekday".')
    return ofMonth(cursor, { kind: 'weekday', nth }, place)
  }
  if (noun === 'day') {
    cursor.at += 1
    if (nth === -1) return ofMonth(cursor, { kind: 'last', minus: held(cursor, '-') }, place)
    if (nth !== 1) return ofMonth(cursor, dayNumbered(cursor, nth, place), place)
    return ofMonth(cursor, { kind: 'first', plus: held(cursor, '+') }, place)
  }
  const month = months.get(noun === 'of' ? wordAt(cursor, 1) : noun)
  const year = noun === 'of' ? peek(cursor, 2) : null
  if (month !== undefined && nth > 0 && (year === null || (year.kind === 'number' && year.text.length === 4))) {
    cursor.at += year === null ? 1 : 2
    return dateItem(cursor, month, nth, place)
  }
  if (nth === -1) return refuseHere(cursor, 'write "last day", "last weekday" or "last Friday"')
  return ofMonth(cursor, dayNumbered(cursor, nth, place), place)
}

/** `1st and 3rd Monday`: the numbers before the weekday, when all of them belong to it. */
function ordinalsBeforeWeekday(cursor: Cursor): number[] | null {
  const found: number[] = []
  for (let ahead = 0; ; ) {
    const nth = ordinalAt(cursor, ahead)
    if (nth === null) return null
    found.push(nth)
    const noun = peek(cursor, ahead + 1)
    // Written in one, as `3rdMon`, it belongs to the number before it and to no other.
    if (noun.kind === 'word' && weekdays.has(noun.word)) {
      if (noun.glued && found.length > 1) return null
      cursor.at += ahead + 1
      return found
    }
    ahead += 1
    const isList = (noun.kind === 'sign' && noun.sign === ',') || (noun.kind === 'word' && noun.word === 'and')
    if (!isList) return null
    ahead += noun.kind === 'sign' && wordAt(cursor, ahead + 1) === 'and' ? 2 : 1
    if (wordAt(cursor, ahead) === 'the') ahead += 1
  }
}

function weekdayOfMonth(cursor: Cursor, nths: readonly number[], place: Place): Item {
  const noun = peek(cursor)
  const weekday = takeOf(cursor, weekdays) as number
  const wrong = nths.find((nth) => nth > 5)
  if (wrong !== undefined)
    refuse(
      cursor.source,
      place,
      `comes in no month: no ${weekdayNames[weekday - 1]} has more than five; write "first" to "fifth", or "last".`,
    )
  const glued = noun.kind === 'word' && noun.glued
  const values = nths.map((nth): MonthDay => ({ kind: 'nth', nth, weekday }))
  const clear = glued || nths.length > 1 || Math.abs(nths[0] as number) === 1
  return { kind: 'days', values, unclear: !takeOfTheMonth(cursor) && !clear, place }
}

const ofMonth = (cursor: Cursor, day: MonthDay, place: Place): Item => {
  takeOfTheMonth(cursor)
  return { kind: 'days', values: [day], unclear: false, place }
}

/** `of the month`, where it is not `of every month`: that is the interval too. */
export function takeOfTheMonth(cursor: Cursor): boolean {
  if (wordAt(cursor) !== 'of') return false
  const skip = ['the', 'each'].includes(wordAt(cursor, 1)) ? 2 : 1
  if (wordAt(cursor, skip) !== 'month') return false
  cursor.at += skip + 1
  return true
}

function nearestItem(cursor: Cursor, place: Place): Item {
  cursor.at += 1
  const wanted = 'write it as in "ClosestWeekdayTo 15th"'
  if (!take(cursor, 'weekday') || !take(cursor, 'to')) return refuseHere(cursor, wanted)
  take(cursor, 'the')
  const token = peek(cursor)
  const day = ordinalAt(cursor) ?? (token.kind === 'number' ? token.value : null)
  if (day === null || day === -1) return refuseHere(cursor, wanted)
  cursor.at += 1
  dayNumbered(cursor, day, token)
  return ofMonth(cursor, { kind: 'nearest', day }, place)
}

/** The number behind the sign of `LastDay - 1`; 0 without a sign. */
function held(cursor: Cursor, sign: '+' | '-'): number {
  const other = sign === '+' ? '-' : '+'
  const token = peek(cursor)
  if (token.kind === 'sign' && token.sign === other)
    refuse(cursor.source, token, `leads out of the month; write "FirstDay + 1" or "LastDay - 1".`)
  if (!take(cursor, sign)) return 0
  return takeNumber(cursor) ?? refuseHere(cursor, `write a number of days, as in "LastDay - 1"`)
}
