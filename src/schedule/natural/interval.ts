/** `every 2 weeks`, `daily`, `every Monday`, and what an interval is anchored on. */
import { peek, refuseHere, take, takeNumber, takeOf, wordAt } from './cursor.ts'
import type { Draft } from './draft.ts'
import { type Item, ordinalAt, readItem } from './items.ts'
import { type Place, refuse } from './refuse.ts'
import { isSubDay, type Unit } from './rule.ts'
import { addItem } from './runs.ts'
import { months, namedTimes, numbers, shortcuts, units, weekdaySets, weekdays } from './words.ts'

/** A hundred years of each unit: longer is a slip of the keyboard. */
const most: Record<Unit, number> = {
  second: 3_155_760_000,
  minute: 52_596_000,
  hour: 876_600,
  day: 36_525,
  week: 5_218,
  month: 1_200,
  year: 100,
}

const wantedInterval = 'write an interval, as in "every day", "every 2 weeks", "every Monday" or "every 1st"'

/** The cursor stands before `every`, a shortcut such as `daily`, or `noon`. */
export function readEvery(draft: Draft): void {
  const { cursor } = draft
  const place = peek(cursor)
  const shortcut = takeOf(cursor, shortcuts)
  if (shortcut !== undefined) return nameInterval(draft, 1, shortcut, place)
  if (!take(cursor, 'every')) return readItemsOfEvery(draft, place)
  const other = take(cursor, 'other')
  const counted = other ? { every: 2, place } : readCount(draft)
  const unit = counted !== null || !isOrdinalNext(draft) ? takeOf(cursor, units) : undefined
  if (unit !== undefined) {
    const every = counted?.every ?? 1
    if (every < 1) refuse(cursor.source, counted?.place ?? place, 'is no interval: it is 1 or more.')
    if (every > most[unit])
      refuse(
        cursor.source,
        counted?.place ?? place,
        `is too long: an interval has at most 100 years${unit === 'year' ? '' : `, or ${most[unit]} ${unit}s`}.`,
      )
    return nameInterval(draft, every, unit, place)
  }
  if (other) return readOtherWeekday(draft, place)
  if (counted !== null) {
    const n = counted.every
    if (weekdays.has(wordAt(cursor)))
      refuse(cursor.source, peek(cursor), `cannot be counted; write "every ${n} weeks on ${peek(cursor).text}".`)
    refuseHere(cursor, 'write a unit: seconds, minutes, hours, days, weeks, months or years')
  }
  const nth = ordinalAt(cursor)
  if (nth !== null && nth > 1 && weekdaySets.has(wordAt(cursor, 1)) && wordAt(cursor, 1) !== 'weekday')
    refuse(cursor.source, peek(cursor), `has two meanings; write "every ${nth} weeks on ${wordAt(cursor, 1)}".`)
  readItemsOfEvery(draft, place)
}

/** `2`, `two`, or the `2nd` of `every 2nd week`. */
function readCount({ cursor }: Draft): { every: number; place: Place } | null {
  const place = peek(cursor)
  // `every 25 December` is a date.
  const number = months.has(wordAt(cursor, 1)) ? undefined : (takeNumber(cursor) ?? takeOf(cursor, numbers))
  if (number !== undefined) return { every: number, place }
  const nth = ordinalAt(cursor)
  // `every 3rd day of the month` is a day of the month, and so is `every first day`.
  const isInterval = nth !== null && nth > 1 && units.has(wordAt(cursor, 1)) && wordAt(cursor, 2) !== 'of'
  if (!isInterval) return null
  cursor.at += 1
  return { every: nth, place }
}

/** `second` is a unit, and in `every second Monday` it is none. */
const isOrdinalNext = ({ cursor }: Draft) =>
  wordAt(cursor) === 'second' && (weekdays.has(wordAt(cursor, 1)) || weekdaySets.has(wordAt(cursor, 1)))

function nameInterval(draft: Draft, every: number, unit: Unit, place: Place): void {
  if (draft.interval !== null) refuse(draft.cursor.source, place, 'is a second interval; write exactly one "every".')
  draft.interval = { every, unit, place: { at: place.at, text: textSince(draft, place) } }
}

/** What was read from a place on, as it was written. */
function textSince({ cursor }: Draft, { at }: Place): string {
  const last = cursor.tokens[cursor.at - 1] as Place
  return cursor.source.text.slice(at, last.at + last.text.length)
}

function readOtherWeekday(draft: Draft, place: Place): void {
  const { cursor } = draft
  const isOne = weekdays.has(wordAt(cursor)) || ['weekend', 'weekends'].includes(wordAt(cursor))
  if (!isOne) return refuseHere(cursor, 'write a unit or a weekday, as in "every other day" or "every other Monday"')
  nameInterval(draft, 2, 'week', place)
  addItem(draft.runs, cursor, readItem(cursor, false) as Item, 'phrase')
}

const unitOf: Record<Item['kind'], Unit> = {
  weekdays: 'week',
  days: 'month',
  dates: 'year',
  months: 'year',
  times: 'day',
}

/** `every Monday`, `every 1st`, `every January 1st`, `every noon`: the items say the interval. */
function readItemsOfEvery(draft: Draft, place: Place): void {
  const { cursor, runs } = draft
  const bracket = peek(cursor)
  if (bracket.kind === 'sign' && bracket.sign === '[')
    refuse(cursor.source, bracket, 'opens no list here; write "every day on [Monday, Friday]".')
  const item = readItem(cursor, false)
  if (item === null) return refuseHere(cursor, wantedInterval)
  if (item.kind === 'months')
    refuse(
      cursor.source,
      item.place,
      `names no day; write it as in "every ${item.place.text} 1st", or "every month in ${item.place.text}".`,
    )
  if (item.kind === 'times' && !namedTimes.has(item.place.text.toLowerCase()))
    refuse(cursor.source, item.place, `is no interval; write "every day at ${item.place.text}".`)
  if (item.kind === 'dates' && item.values.some(({ year }) => year !== null))
    refuse(cursor.source, item.place, 'comes only once; write it as in "every year on 2027-01-23".')
  if (item.kind === 'days' && item.unclear) {
    const of = item.values[0]
    const nth = of?.kind === 'nth' ? of.nth : 2
    const weekday = cursor.tokens[cursor.at - 1]?.text
    refuse(
      cursor.source,
      item.place,
      `has two meanings; write "every ${nth} weeks on ${weekday}", or "every month on ${item.place.text} ${weekday}".`,
    )
  }
  nameInterval(draft, 1, unitOf[item.kind], place)
  addItem(runs, cursor, item, 'phrase')
}

/** `anchored on November`; the cursor stands before it. */
export function readAnchor(draft: Draft): void {
  const { cursor } = draft
  const place = peek(cursor)
  cursor.at += 1
  if (!take(cursor, 'on', 'at', 'in')) refuseHere(cursor, 'write "anchoredOn"')
  if (draft.anchor !== null) refuse(cursor.source, place, 'is a second anchor.')
  if (draft.interval === null)
    return refuse(cursor.source, place, 'stands before its interval; write "every 2 months anchoredOn November".')
  draft.anchor = { value: readAnchorOf(draft, draft.interval.unit), place }
}

const anchors: Record<Unit, string> = {
  second: 'a number from 0 to 59',
  minute: 'a number from 0 to 59',
  hour: 'a number from 0 to 23',
  day: 'a day as in "10th" or "2027-01-23"',
  week: 'a weekday, or a day as in "2027-01-23"',
  month: 'a month, as in "November"',
  year: 'a year, as in "2027"',
}

function readAnchorOf(
  { cursor }: Draft,
  unit: Unit,
): { kind: 'number'; value: number } | NonNullable<Draft['anchor']>['value'] {
  const token = peek(cursor)
  const number = (value: number) => {
    cursor.at += 1
    return { kind: 'number', value } as const
  }
  if (token.kind === 'date' && token.date.year !== null && (unit === 'day' || unit === 'week')) {
    cursor.at += 1
    return { kind: 'date', year: token.date.year, month: token.date.month, day: token.date.day }
  }
  const named =
    unit === 'week' ? weekdays.get(wordAt(cursor)) : unit === 'month' ? months.get(wordAt(cursor)) : undefined
  if (named !== undefined) return number(named)
  if (unit === 'day' && token.kind === 'ordinal' && token.value >= 1 && token.value <= 31) return number(token.value)
  if (token.kind === 'number') {
    const fits = isSubDay(unit)
      ? token.value < (unit === 'hour' ? 24 : 60)
      : unit === 'year' && token.value >= 1970 && token.value <= 2300
    if (fits) return number(token.value)
  }
  return refuse(cursor.source, token, `is no anchor of ${unit}s; write ${anchors[unit]}.`)
}
