/** Days and months in English. */
import type { DayPart } from './days.ts'
import { evenStep, join, ordinal, type Run, runsOf } from './lists.ts'

/** Days in words. */
export interface DayWords {
  readonly text: string
  /** Whether it goes on with a month: `on the 1st of January`. */
  readonly ofMonth: boolean
}

const months = 'January February March April May June July August September October November December'.split(' ')
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')
const places = ['first', 'second', 'third', 'fourth', 'fifth']

const monthName = (month: number): string => months[(month - 1) % 12] as string
const dayName = (weekday: number): string => days[weekday % 7] as string

const runText = ([first, last]: Run, name: (value: number) => string): string =>
  first === last ? name(first) : `${name(first)} to ${name(last)}`

/** `January and July`, `November to February` */
export const monthNames = (values: readonly number[]): string =>
  join(runsOf(values, 12).map((run) => runText(run, monthName)))

/** `on the 1st and the last day`, `every 2nd day from the 1st to the 31st` */
export function monthDays(parts: readonly DayPart[]): DayWords {
  const numbers = inOrder(parts.flatMap((part) => (part.kind === 'days' ? part.days : [])))
  const special = unique(parts.map(specialDay))
  const step = special.length === 0 ? evenStep(numbers) : null
  if (step !== null) {
    const [first, last] = [numbers[0] as number, numbers.at(-1) as number]
    return { text: `every ${ordinal(step)} day from the ${ordinal(first)} to the ${ordinal(last)}`, ofMonth: true }
  }
  const runs = runsOf(numbers)
  const all = [...runs.map((run) => runText(run, (day) => `the ${ordinal(day)}`)), ...special]
  const isOneRun = runs.length === 1 && numbers.length > 1 && special.length === 0
  return { text: `${isOneRun ? 'from' : 'on'} ${join(all)}`, ofMonth: true }
}

function specialDay(part: DayPart): string {
  if (part.kind === 'nearest') return `the weekday nearest to the ${ordinal(part.day)}`
  if (part.kind !== 'fromEnd') return ''
  if (part.before === 0) return part.nearest ? 'the last weekday' : 'the last day'
  const day = `${part.before === 1 ? 'the day' : `${part.before} days`} before the last day`
  return part.nearest ? `the weekday nearest to ${day}` : day
}

/** `Monday to Friday`, `on Saturday and Sunday`, `on the last Friday` */
export function weekdays(parts: readonly DayPart[], last: 'and' | 'or'): DayWords {
  const numbers = inOrder(parts.flatMap((part) => (part.kind === 'weekdays' ? part.weekdays : [])))
  // A week begins with Monday for those who list its days; Sunday is the 7th here.
  const fromMonday = inOrder(numbers.map((weekday) => (weekday === 0 ? 7 : weekday)))
  const special = unique(parts.map(specialWeekday))
  const runs = runsOf(fromMonday, 7)
  const isOneRun = runs.length === 1 && numbers.length > 1 && special.length === 0
  const text = join([...runs.map((run) => runText(run, dayName)), ...special], last)
  return { text: isOneRun ? text : `on ${text}`, ofMonth: special.length > 0 }
}

function specialWeekday(part: DayPart): string {
  if (part.kind === 'lastWeekday') return `the last ${dayName(part.weekday)}`
  return part.kind === 'nthWeekday' ? `the ${places[part.nth - 1]} ${dayName(part.weekday)}` : ''
}

const inOrder = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b)
const unique = (texts: readonly string[]): string[] => [...new Set(texts)].filter(Boolean)
