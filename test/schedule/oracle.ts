/**
 * What a cron expression means, told a second time and as plainly as possible, to judge the real thing and other libraries by.
 * It shares nothing with `src/`: the calendar is `Date` in UTC, the zone is `Intl`, and it walks instead of computing.
 */

/** Fields of an expression as what they allow. */
export interface Meaning {
  readonly seconds: readonly number[]
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  /** Whether a day is meant; midnight of it in UTC. */
  day(midnight: Date): boolean
  /** The hour field begins with `*`. */
  readonly followsClock: boolean
}

const monthNames = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')
const weekdayNames = 'SUN MON TUE WED THU FRI SAT'.split(' ')

/**
 * @param expression a valid one: nothing is checked here
 * @param isStar whether a field for days leaves the choice to the other; crontab looks at its first character
 */
export function meaningOf(
  expression: string,
  dialect: 'vixie' | 'quartz' = 'vixie',
  isStar = (field: string) => /^[*?]/.test(field),
): Meaning {
  const fields = expression.trim().toUpperCase().split(/\s+/)
  if (fields.length === 5) fields.unshift('0')
  const [second, minute, hour, ofMonth, month, ofWeek, year = '*'] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const months = new Set(numbers(numbered(month, monthNames, 1), 1, 12))
  const quartz = dialect === 'quartz'
  const week = numbered(ofWeek, weekdayNames, quartz ? 1 : 0)
  const years = year === '*' ? null : new Set(numbers(year, 1970, 9999))
  const ofMonthTests = ofMonth.split(',').map(dayOfMonthTest)
  const ofWeekTests = week.split(',').map((part) => dayOfWeekTest(part, quartz))
  const either = ![ofMonth, ofWeek].some(isStar)
  return {
    seconds: numbers(second, 0, 59),
    minutes: numbers(minute, 0, 59),
    hours: numbers(hour, 0, 23),
    followsClock: hour.startsWith('*'),
    day(midnight) {
      if (!months.has(midnight.getUTCMonth() + 1)) return false
      if (years !== null && !years.has(midnight.getUTCFullYear())) return false
      const a = ofMonthTests.some((test) => test(midnight))
      const b = ofWeekTests.some((test) => test(midnight))
      return either ? a || b : a && b
    },
  }
}

type DayTest = (midnight: Date) => boolean

const numbered = (field: string, names: readonly string[], first: number) =>
  field.replace(/[A-Z]{3}/g, (name) => String(names.indexOf(name) + first))

/** What a list of ranges names, by going round the field one by one. */
function numbers(field: string, min: number, max: number): number[] {
  const all = new Set<number>()
  for (const part of field.split(',')) {
    const [range, step] = part.split('/') as [string, string?]
    const [a, b] = range === '*' ? [min, max] : (range.split('-').map(Number) as [number, number?])
    const last = b ?? (step === undefined ? a : max)
    for (let value = a, i = 0; ; i++) {
      if (i % Number(step ?? 1) === 0) all.add(value)
      if (value === last) break
      value = value === max ? min : value + 1
    }
  }
  return [...all].sort((x, y) => x - y)
}

const oneDay = 86_400_000
const later = (day: Date, days: number) => new Date(day.getTime() + days * oneDay)
const sameMonth = (a: Date, b: Date) => a.getUTCMonth() === b.getUTCMonth()
const isWorkday = (day: Date) => ![0, 6].includes(day.getUTCDay())

function lastOfMonth(day: Date): Date {
  let last = day
  while (sameMonth(later(last, 1), day)) last = later(last, 1)
  return last
}

function dayOfMonthTest(part: string): DayTest {
  if (part === '?' || part === '*') return () => true
  const special = /^(?:(\d+)W|L(?:-(\d+))?(W?))$/.exec(part)
  if (!special) {
    const days = numbers(part, 1, 31)
    return (day) => days.includes(day.getUTCDate())
  }
  const [, number, before, w] = special
  return (day) => {
    const target =
      number === undefined
        ? later(lastOfMonth(day), -Number(before ?? 0))
        : later(day, Number(number) - day.getUTCDate())
    if (!sameMonth(target, day)) return false
    return (number !== undefined || w ? nearestWorkday(target) : target).getTime() === day.getTime()
  }
}

/** In the same month; one day before is nearer than one after it, as a Saturday has it. */
function nearestWorkday(target: Date): Date {
  const near = [0, -1, 1, -2, 2].map((days) => later(target, days))
  return near.find((day) => sameMonth(day, target) && isWorkday(day)) as Date
}

function dayOfWeekTest(part: string, quartz: boolean): DayTest {
  if (part === '?' || part === '*') return () => true
  const weekday = (text: string) => (quartz ? Number(text) - 1 : Number(text) % 7)
  if (part === 'L') return (day) => day.getUTCDay() === 6
  if (part.endsWith('L')) {
    const last = weekday(part.slice(0, -1))
    return (day) => day.getUTCDay() === last && !sameMonth(later(day, 7), day)
  }
  const [name, nth] = part.split('#') as [string, string?]
  if (nth !== undefined)
    return (day) => day.getUTCDay() === weekday(name) && Math.ceil(day.getUTCDate() / 7) === Number(nth)
  const days = quartz ? numbers(part, 1, 7).map((day) => day - 1) : weekdaysOf(part)
  return (day) => days.includes(day.getUTCDay())
}

/** Vixie: Sunday is 0, and 7 as the end of a range. */
function weekdaysOf(part: string): number[] {
  const [range, step] = part.split('/') as [string, string?]
  if (!range.includes('-') || /-[0-6]$/.test(range)) return numbers(part.replace(/^7/, '0'), 0, 6)
  const [from] = range.split('-').map(Number) as [number]
  const values: number[] = []
  for (let value = from; value <= 7; value += Number(step ?? 1)) values.push(value % 7)
  return values
}

/** Days; longer than any expression without years lets us wait, but for those that want a weekday in a leap year. */
const horizon = 30 * 366

/** Until when the oracle looks at all; seconds. */
export const horizonOf = (after: number): number => (Math.floor(after / 86_400) + horizon) * 86_400

/** Seconds of a clock on the wall that are meant and come after `after`, day by day. */
export function* wallSeconds(meaning: Meaning, after: number): Generator<number> {
  const start = Math.floor(after / 86_400) * oneDay
  for (let days = 0; days < horizon; days++) {
    const midnight = new Date(start + days * oneDay)
    if (!meaning.day(midnight)) continue
    for (const hour of meaning.hours)
      for (const minute of meaning.minutes)
        for (const second of meaning.seconds) {
          const wall = midnight.getTime() / 1_000 + hour * 3_600 + minute * 60 + second
          if (wall > after) yield wall
        }
  }
}

/** Whether a second of a clock on the wall is meant. */
export function isMeant(meaning: Meaning, wall: number): boolean {
  const second = ((wall % 86_400) + 86_400) % 86_400
  return (
    meaning.minutes.includes(Math.floor(second / 60) % 60) &&
    meaning.hours.includes(Math.floor(second / 3_600)) &&
    meaning.seconds.includes(second % 60) &&
    meaning.day(new Date((wall - second) * 1_000))
  )
}
