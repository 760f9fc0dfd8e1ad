/** A rule in plain English that is understood as the same rule. */
import { timeText } from '../civil.ts'
import type { Anchor, MonthDay, NamedDate, NaturalRule, Range, Run } from './rule.ts'
import { monthNames, weekdayNames } from './words.ts'

/** @example describeNatural(parseNatural('at 9 every weekday')) // 'every weekday at 09:00' */
export function describeNatural(rule: NaturalRule): string {
  const { windows, timezone } = rule
  const parts = [
    ...begin(rule),
    ...windowText(windows.weekdays, 'Sunday', weekdayText),
    ...windowText(windows.days, 'last day of the month', boundText),
    ...windowText(windows.months, 'December', monthText),
    ...windowText(windows.times, '23:59:59', timeText),
    ...(timezone === null ? [] : [`timezone ${timezone}`]),
  ]
  return parts.join(' ')
}

const list = (texts: readonly string[]): string =>
  texts.length < 3 ? texts.join(' and ') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`

const weekdayText = (weekday: number) => weekdayNames[weekday - 1] as string
const monthText = (month: number) => monthNames[month - 1] as string

function begin(rule: NaturalRule): string[] {
  const { every, unit, anchor, runs } = rule
  const [run] = runs
  const only = runs.length === 1 ? run : undefined
  if (only?.weekdays && unit === 'week' && every === 1 && anchor === null && only.days === null) {
    const { weekdays, ...rest } = only
    return [`every ${weekdaysText(weekdays)}`, ...runTexts({ ...rest, weekdays: null })]
  }
  const interval = every === 1 ? `every ${unit}` : `every ${every} ${unit}s`
  const texts = runs.map((one) => runTexts(one).join(' ')).filter((text) => text !== '')
  return [
    interval,
    ...(anchor === null ? [] : [`anchored on ${anchorText(rule, anchor)}`]),
    ...(texts.length > 0 ? [texts.join(' and ')] : []),
  ]
}

function anchorText({ unit }: NaturalRule, anchor: Anchor): string {
  if (anchor.kind === 'date') return dateText(anchor)
  if (unit === 'week') return weekdayText(anchor.value)
  if (unit === 'month') return monthText(anchor.value)
  return unit === 'day' ? ordinalText(anchor.value) : String(anchor.value)
}

const runTexts = ({ weekdays, days, dates, months, times }: Run): string[] => [
  ...(weekdays ? [`on ${weekdaysText(weekdays, 's')}`] : []),
  ...(days ? [`on ${daysText(days)}`] : []),
  ...(dates ? [`on ${list(dates.map(dateText))}`] : []),
  ...(months ? [`in ${list(months.map(monthText))}`] : []),
  ...(times ? [`at ${list(times.map(timeText))}`] : []),
]

function weekdaysText(weekdays: readonly number[], plural = ''): string {
  if (weekdays.join() === '1,2,3,4,5') return `weekday${plural}`
  return weekdays.join() === '6,7' ? `weekend${plural}` : list(weekdays.map(weekdayText))
}

/** A Monday draws the numbers before it to itself (`1st and 3rd Monday`), so beside one days are `day 1`. */
function daysText(days: readonly MonthDay[]): string {
  if (days.some(({ kind }) => kind === 'nth')) return list(days.map(dayText))
  return `the ${list(days.map(boundText))}`
}

const suffixes = ['th', 'st', 'nd', 'rd']

function ordinalText(n: number): string {
  const teen = n % 100 > 10 && n % 100 < 14
  return `${n}${teen ? 'th' : (suffixes[n % 10] ?? 'th')}`
}

const nthNames = ['first', 'second', 'third', 'fourth', 'fifth']
const nthText = (nth: number) => (nth === -1 ? 'last' : (nthNames[nth - 1] as string))

function dayText(day: MonthDay): string {
  switch (day.kind) {
    case 'day':
      return `day ${day.day}`
    case 'first':
      return `first day + ${day.plus}`
    case 'last':
      return day.minus === 0 ? 'last day of the month' : `last day - ${day.minus}`
    case 'nearest':
      return `closest weekday to ${ordinalText(day.day)}`
    case 'weekday':
      return `${nthText(day.nth)} weekday of the month`
    case 'nth':
      return `${nthText(day.nth)} ${weekdayText(day.weekday)} of the month`
  }
}

const boundText = (day: MonthDay) => (day.kind === 'day' ? ordinalText(day.day) : dayText(day))

function dateText({ year, month, day }: NamedDate): string {
  if (year === null) return `${monthText(month)} ${ordinalText(day)}`
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** @param end where a window ends of which only the beginning is said */
function windowText<T>(ranges: readonly Range<T>[] | null, end: string, text: (value: T) => string): string[] {
  if (ranges === null) return []
  const texts = ranges.map(({ from, to }) =>
    text(to) === end ? `from ${text(from)}` : `between ${text(from)} and ${text(to)}`,
  )
  return [texts.join(' and ')]
}
