/**
 * The moments of a rule, told a second time and as plainly as possible: minute by minute, on the clock that `Intl` shows. It shares
 * nothing with `src/` but the shape of a rule.
 */
import type { MonthDay, NaturalRule, Range, Run } from '../../src/schedule/natural/rule.ts'
import type { Dst } from '../../src/schedule/sequence.ts'

const day = 86_400
const formats = new Map<string, Intl.DateTimeFormat>()

/** Seconds by which the clock of a zone is before UTC. */
function offsetAt(zone: string, instant: number): number {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' })
  formats.set(zone, format)
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?$/.exec(
    format.format(instant * 1_000),
  ) as RegExpExecArray
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 3_600 + Number(minutes) * 60)
}

/** What the clock shows each minute of some days, in wall seconds. */
export interface Walk {
  readonly zone: string
  readonly from: number
  readonly wall: readonly number[]
}

/** @param from a whole minute, in seconds */
export function walk(zone: string, from: number, until: number): Walk {
  const wall: number[] = []
  for (let at = from; at < until; at += 60) wall.push(at + offsetAt(zone, at))
  return { zone, from, wall }
}

interface Date3 {
  readonly year: number
  readonly month: number
  readonly date: number
  /** 1 (Monday) to 7. */
  readonly weekday: number
  readonly number: number
}

function dateOf(number: number): Date3 {
  const date = new Date(number * day * 1_000)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    date: date.getUTCDate(),
    weekday: date.getUTCDay() === 0 ? 7 : date.getUTCDay(),
    number,
  }
}

const numberOf = (year: number, month: number, date: number) => Date.UTC(year, month - 1, date) / day / 1_000
const lengthOf = ({ year, month }: Date3) => new Date(Date.UTC(year, month, 0)).getUTCDate()
const daysOf = (d: Date3) => Array.from({ length: lengthOf(d) }, (_, i) => dateOf(numberOf(d.year, d.month, i + 1)))

function monthDay(d: Date3, rule: MonthDay): number {
  const all = daysOf(d)
  const working = all.filter(({ weekday }) => weekday <= 5)
  switch (rule.kind) {
    case 'day':
      return rule.day
    case 'first':
      return Math.min(all.length, 1 + rule.plus)
    case 'last':
      return Math.max(1, all.length - rule.minus)
    case 'weekday':
      return (working.at(rule.nth === 1 ? 0 : -1) as Date3).date
    case 'nearest': {
      if (rule.day > all.length) return 99
      // Of a Saturday and a Sunday both neighbours are nearer than two days, but for the ends of a month.
      const far = (one: Date3) => Math.abs(one.date - rule.day)
      return (working.toSorted((a, b) => far(a) - far(b))[0] as Date3).date
    }
    case 'nth': {
      const same = all.filter(({ weekday }) => weekday === rule.weekday)
      return same.at(rule.nth === -1 ? -1 : rule.nth - 1)?.date ?? 99
    }
  }
}

const within = (n: number, low: number, high: number, turned: boolean) =>
  turned ? n >= low || n <= high : n >= low && n <= high

const inNumbers = (n: number, ranges: readonly Range<number>[] | null) =>
  ranges === null || ranges.some(({ from, to }) => within(n, from, to, from > to))

function inDays(d: Date3, ranges: readonly Range<MonthDay>[] | null): boolean {
  if (ranges === null) return true
  const long = dateOf(numberOf(2026, 1, 1))
  return ranges.some(({ from, to }) => {
    const turned = monthDay(long, from) > monthDay(long, to)
    return within(d.date, monthDay(d, from), monthDay(d, to), turned)
  })
}

const modulo = (n: number, by: number) => ((n % by) + by) % by

function isDayOfRun(rule: NaturalRule, run: Run, d: Date3, start: Date3): boolean {
  const { windows, unit, every, anchor } = rule
  if (run.weekdays && !run.weekdays.includes(d.weekday)) return false
  if (run.months && !run.months.includes(d.month)) return false
  if (run.days && !run.days.some((one) => monthDay(d, one) === d.date)) return false
  if (
    run.dates &&
    !run.dates.some((one) => (one.year ?? d.year) === d.year && one.month === d.month && one.day === d.date)
  )
    return false
  if (!inNumbers(d.weekday, windows.weekdays) || !inNumbers(d.month, windows.months)) return false
  if (!inDays(d, windows.days)) return false
  /** Day by day from the start to the first that fits the anchor. */
  const find = (fits: (d: Date3) => boolean): Date3 => {
    let found = start
    while (!fits(found)) found = dateOf(found.number + 1)
    return found
  }
  const value = anchor?.kind === 'number' ? anchor.value : null
  const dated = anchor?.kind === 'date' ? dateOf(numberOf(anchor.year, anchor.month, anchor.day)) : null
  if (unit === 'day') {
    const base = dated ?? (value === null ? start : find(({ date }) => date === value))
    return modulo(d.number - base.number, every) === 0
  }
  if (unit === 'week') {
    const base = dated ?? (value === null ? start : find(({ weekday }) => weekday === value))
    if (run.weekdays === null) return modulo(d.number - base.number, 7 * every) === 0
    const monday = (one: Date3) => one.number - one.weekday + 1
    return modulo((monday(d) - monday(base)) / 7, every) === 0
  }
  const ofStart = d.date === Math.min(start.date, lengthOf(d))
  if (unit === 'month') {
    const base = value === null ? start : find(({ month }) => month === value)
    const on = modulo(d.year * 12 + d.month - base.year * 12 - base.month, every) === 0
    return on && (run.days !== null || ofStart)
  }
  if (unit === 'year') {
    const on = modulo(d.year - (value ?? start.year), every) === 0
    return on && (run.days !== null || run.dates !== null || (d.month === start.month && ofStart))
  }
  return true
}

/** Each day is looked at once. */
function dayTest(rule: NaturalRule, start: Date3): (run: Run, number: number) => boolean {
  const known = new Map<Run, Map<number, boolean>>(rule.runs.map((run) => [run, new Map()]))
  return (run, number) => {
    const of = known.get(run) as Map<number, boolean>
    const is = of.get(number) ?? isDayOfRun(rule, run, dateOf(number), start)
    of.set(number, is)
    return is
  }
}

/** Seconds since 1970 of the moments in a walk, three days at its beginning and end aside. */
export function momentsOf(
  rule: NaturalRule,
  { zone, from, wall }: Walk,
  dst: Required<Dst>,
  startMs: number,
): number[] {
  const startSecond = Math.floor(startMs / 1_000)
  const start = dateOf(Math.floor((startSecond + offsetAt(zone, startSecond)) / day))
  const seconds = { second: 1, minute: 60, hour: 3_600, day: 0, week: 0, month: 0, year: 0 }[rule.unit] * rule.every
  const found = seconds === 0 ? fixed(rule, wall, dst, start) : elapsed(rule, from, wall, seconds, start, startSecond)
  const moments = [...new Set(found)].sort((a, b) => a - b).map((i) => from + i * 60)
  return moments.filter((at) => at >= from + 3 * day && at < from + wall.length * 60 - 3 * day)
}

function fixed(rule: NaturalRule, wall: readonly number[], dst: Required<Dst>, start: Date3): number[] {
  const isDay = dayTest(rule, start)
  const isAsked = (shown: number) => {
    const time = modulo(shown, day)
    const { times } = rule.windows
    if (times && !times.some(({ from, to }) => within(time, from, to, from > to))) return false
    const today = Math.floor(shown / day)
    return rule.runs.some((run) => (run.times ?? [0]).includes(time) && isDay(run, today))
  }
  const shownAt = new Map<number, number[]>()
  const found: number[] = []
  for (const [i, shown] of wall.entries()) {
    const same = shownAt.get(shown)
    if (same) same.push(i)
    else if (isAsked(shown)) shownAt.set(shown, [i])
    for (let left = (wall[i - 1] ?? shown) + 60; left < shown && dst.gap === 'next'; left += 60)
      if (isAsked(left)) found.push(i)
  }
  for (const indexes of shownAt.values())
    found.push(...(dst.repeat === 'both' ? indexes : [indexes.at(dst.repeat === 'first' ? 0 : -1) as number]))
  return found
}

function elapsed(
  rule: NaturalRule,
  from: number,
  wall: readonly number[],
  step: number,
  start: Date3,
  startSecond: number,
): number[] {
  const unit = step >= day ? null : rule.unit === 'second' && step < 60 ? 60 : step < 3_600 ? 3_600 : day
  const scale = { second: 1, minute: 60, hour: 3_600 }[rule.unit as 'second'] ?? 0
  const phase = rule.anchor?.kind === 'number' ? (rule.anchor.value * scale) % step : 0
  const isDay = dayTest(rule, start)
  const passes = (shown: number) => {
    const time = modulo(shown, day)
    const today = Math.floor(shown / day)
    const isOn = (number: number) => rule.runs.some((run) => isDay(run, number))
    return (rule.windows.times ?? [{ from: 0, to: day }]).some(({ from, to }) => {
      if (from <= to) return time >= from && time <= to && isOn(today)
      return (time >= from && isOn(today)) || (time <= to && isOn(today - 1))
    })
  }
  const found: number[] = []
  let highest = Number.NEGATIVE_INFINITY
  let begin = 0
  for (const [i, shown] of wall.entries()) {
    const size = unit ?? day
    if (Math.floor(shown / size) > Math.floor(highest / size)) begin = i
    highest = Math.max(highest, shown)
    const since = unit === null ? from + i * 60 - startSecond : (i - begin) * 60 - phase
    if ((unit === null || since >= 0) && modulo(since, step) === 0 && passes(shown)) found.push(i)
  }
  return found
}
