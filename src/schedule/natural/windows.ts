/** `between A and B`, `from A`, `upto B`: how a sentence says which part of a day, week, month or year is meant. */
import { type Cursor, peek, refuseHere, take, takeNumber, takeOf, wordAt } from './cursor.ts'
import { dayNumbered, ordinalAt, readTime, takeOfTheMonth } from './items.ts'
import { isUnclear } from './month-day.ts'
import { type Place, refuse } from './refuse.ts'
import { inOrder, type MonthDay, plainDay, type Range, type Windows } from './rule.ts'
import { months, untilWords, weekdays } from './words.ts'

type Kind = keyof Windows
type Bound = { readonly kind: Kind; readonly value: number | MonthDay; readonly place: Place }
type AnyRange = Range<number | MonthDay>
export type WindowDraft = Partial<Record<Kind, AnyRange[]>> & {
  /** The kind of the last window of which only the beginning was said. */
  open?: Kind
}

const wanted = 'write a time, a weekday, a month or a day of the month, as in "9:00", "Monday", "November" or "10th"'
const nouns: Record<Kind, string> = {
  weekdays: 'a weekday',
  days: 'a day of the month',
  months: 'a month',
  times: 'a time',
}

/**
 * @param joined whether an `and` stands before: then the window is another of the same kind, not one more condition
 * @param behind what the list right before it holds
 */
export function readWindow(cursor: Cursor, draft: WindowDraft, joined: boolean, behind: string | null): void {
  const place = peek(cursor)
  if (take(cursor, 'from')) {
    const from = readBound(cursor)
    const to = readEnd(cursor, from)
    add(
      cursor,
      draft,
      place,
      joined,
      to === null ? { ...from, from: from.value, to: ends[from.kind].last } : rangeOf(cursor, from, to),
    )
    if (to === null) draft.open = from.kind
  } else if (take(cursor, ...untilWords)) {
    const to = readBound(cursor)
    if (to.kind === behind)
      refuse(
        cursor.source,
        place,
        'makes a range of what stands before it; write it as in "every hour between 9am and 5pm" or "every day between Monday and Friday".',
      )
    if (to.kind === draft.open)
      refuse(cursor.source, place, 'could end the window before it, or be another one; write "from … to …".')
    add(cursor, draft, place, joined, { kind: to.kind, from: ends[to.kind].first, to: to.value })
  } else {
    take(cursor, 'between')
    const isList = take(cursor, '[')
    add(cursor, draft, place, joined, readRange(cursor))
    if (!isList) return
    while (take(cursor, ',') || take(cursor, 'and')) add(cursor, draft, place, true, readRange(cursor))
    if (!take(cursor, ']')) refuseHere(cursor, 'write "]" behind the last window')
  }
}

/** The `to B` of `from A to B`; null where none comes, or one of another kind, which is a window of its own. */
function readEnd(cursor: Cursor, from: Bound): Bound | null {
  const before = cursor.at
  take(cursor, ',')
  if (take(cursor, ...untilWords)) {
    const to = readBound(cursor)
    if (to.kind === from.kind) return to
  }
  cursor.at = before
  return null
}

function add(
  cursor: Cursor,
  draft: WindowDraft,
  place: Place,
  joined: boolean,
  { kind, from, to }: AnyRange & { kind: Kind },
): void {
  const ranges = draft[kind]
  if (ranges === undefined) draft[kind] = [{ from, to }]
  else if (joined) ranges.push({ from, to })
  else
    refuse(
      cursor.source,
      place,
      `is a second window of ${nouns[kind]}; for either of them write "and" before it, for both write one.`,
    )
}

/** Where a window begins or ends of which only the other end is said. */
const ends: Record<Kind, { first: number | MonthDay; last: number | MonthDay }> = {
  weekdays: { first: 1, last: 7 },
  days: { first: { kind: 'day', day: 1 }, last: { kind: 'last', minus: 0 } },
  months: { first: 1, last: 12 },
  times: { first: 0, last: 86_399 },
}

function readRange(cursor: Cursor): AnyRange & { kind: Kind } {
  const from = readBound(cursor)
  if (!take(cursor, 'and')) refuseHere(cursor, 'write "and" and the end of the window, as in "between 9am and 5pm"')
  return rangeOf(cursor, from, readBound(cursor))
}

function rangeOf(cursor: Cursor, from: Bound, to: Bound): AnyRange & { kind: Kind } {
  if (from.kind !== to.kind)
    refuse(cursor.source, to.place, `is ${nouns[to.kind]}, and the window begins with ${nouns[from.kind]}.`)
  if (from.kind === 'days' && isUnclear(from.value as MonthDay, to.value as MonthDay))
    refuse(
      cursor.source,
      to.place,
      'is before the beginning of the window in some months and behind it in others; write it as in "between 10th and LastDay".',
    )
  return { kind: from.kind, from: from.value, to: to.value }
}

function readBound(cursor: Cursor): Bound {
  take(cursor, 'the')
  const place = peek(cursor)
  const bound = (kind: Kind, value: number | MonthDay): Bound => ({ kind, value, place })
  const time = readTime(cursor)
  if (time !== null) return bound('times', time)
  const weekday = takeOf(cursor, weekdays)
  if (weekday !== undefined) return bound('weekdays', weekday)
  const month = takeOf(cursor, months)
  if (month !== undefined) {
    const next = peek(cursor)
    if (next.kind === 'ordinal' || next.kind === 'number')
      refuse(cursor.source, next, 'makes it a date; windows go from month to month, or from day to day of each month.')
    return bound('months', month)
  }
  if (place.kind === 'date')
    refuse(cursor.source, place, 'is a date; windows go from month to month, or from day to day of each month.')
  if (['day', 'month'].includes(wordAt(cursor)) && peek(cursor, 1).kind === 'number') {
    const isMonth = take(cursor, 'month')
    if (!isMonth) cursor.at += 1
    const value = takeNumber(cursor) as number
    if (!isMonth) return bound('days', dayNumbered(cursor, value, place))
    if (value < 1 || value > 12) refuse(cursor.source, place, `has a number from 1 to 12, not ${value}.`)
    return bound('months', value)
  }
  if (place.kind === 'number') refuse(cursor.source, place, 'could be a time or a day; write it as in "9:00" or "9th".')
  return bound('days', dayBound(cursor, place))
}

function dayBound(cursor: Cursor, place: Place): MonthDay {
  const nth = ordinalAt(cursor)
  if (nth === null) return refuseHere(cursor, wanted)
  cursor.at += 1
  if (weekdays.has(wordAt(cursor)) || wordAt(cursor) === 'weekday')
    refuse(cursor.source, place, 'is another day in each month; windows take days as "10th", "FirstDay" and "LastDay".')
  if (months.has(wordAt(cursor)))
    refuse(cursor.source, place, 'begins a date; windows go from month to month, or from day to day of each month.')
  const isDay = take(cursor, 'day')
  if (nth === -1 && !isDay) return refuseHere(cursor, 'write "last day"')
  const sign = nth === -1 ? '-' : '+'
  const days = isDay && Math.abs(nth) === 1 && take(cursor, sign)
  const by = days ? (takeNumber(cursor) ?? refuseHere(cursor, 'write a number of days, as in "LastDay - 1"')) : 0
  takeOfTheMonth(cursor)
  if (nth === -1) return plainDay({ kind: 'last', minus: by })
  return plainDay(days ? { kind: 'first', plus: by } : dayNumbered(cursor, nth, place))
}

export function windowsOf(draft: WindowDraft): Windows {
  return {
    weekdays: draft.weekdays ? inOrder(draft.weekdays as Range<number>[]) : null,
    days: draft.days ? inOrder(draft.days as Range<MonthDay>[]) : null,
    months: draft.months ? inOrder(draft.months as Range<number>[]) : null,
    times: draft.times ? inOrder(draft.times as Range<number>[]) : null,
  }
}
