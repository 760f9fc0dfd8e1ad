/** From the text of a cron expression to the seconds of a clock on the wall. */
import { show } from '../../job/errors.ts'
import { monthLength } from '../civil.ts'
import { type DayRule, type WallPattern, wallPattern } from '../wall.ts'
import { type DayField, dayTable, firstWeekdayOf } from './days.ts'
import { describeCron } from './describe.ts'
import { type Fields, readFields } from './read.ts'
import { type CronDialect, split } from './split.ts'
import { timesOfFields } from './times.ts'
import { scheduleInvalid } from './word.ts'
import { inYears, type Years, yearsOf } from './years.ts'

export { type CronDialect, cronDialects } from './split.ts'

/** A cron expression that was understood. */
export interface Cron {
  /** The same expression in one spelling: numbers for names and macros, single blanks. It means the same when it is parsed again. */
  readonly text: string
  readonly dialect: CronDialect
  /** The seconds that are meant, zones aside. */
  readonly wall: WallPattern
  /**
   * Whether the hour field begins with `*`: such a pattern runs with the clock, so it leaves out the hour that is left out and
   * runs in both of those that come twice. Others name a time of the day, which is to come once on each day.
   */
  readonly followsClock: boolean
  /** Plain English, exactly what is meant: `At 09:00, Monday to Friday`. */
  describe(): string
}

/**
 * Understands a cron expression, or tells what is wrong with it and where.
 *
 * Five fields (minute, hour, day of month, month, day of week), six (a second before them) or seven (a year behind them); in the
 * dialect `quartz` six or seven. See docs/guides/cron.md.
 *
 * @param dialect how days of the week are counted and how the two fields for days work together
 * @param option the option that it was given in, for errors
 * @throws RotaError `schedule_invalid`
 * @example
 * parseCron('0 9 * * MON-FRI').text // '0 9 * * 1-5'
 * parseCron('0 0 12 ? * FRIL', 'quartz').describe() // 'At 12:00, on the last Friday of the month'
 * parseCron('61 * * * *') // cron: minute: 61 is too large at character 1 of "61 * * * *"; 0 to 59 are allowed
 */
export function parseCron(expression: string, dialect: CronDialect = 'vixie', option = 'cron'): Cron {
  const words = split(expression, dialect, option)
  const fields = readFields(words, dialect)
  if (dialect === 'quartz') demandOneMark(fields, option)
  const wall = wallOf(fields)
  if (wall.next(-1) === null) throw neverRuns(fields, expression, option)
  return {
    text: textOf(fields, words.count),
    dialect,
    wall,
    followsClock: fields.hour.text.startsWith('*'),
    describe: () => describeCron(fields),
  }
}

function wallOf(fields: Fields): WallPattern {
  const { second, minute, hour, ofMonth, month, ofWeek, year } = fields
  const years = year.all ? null : yearsOf(year.values)
  const times = timesOfFields(hour.values, minute.values, second.values)
  const pattern = wallPattern(dayRule(ofMonth, ofWeek, month.values, years), times)
  return years === null ? pattern : inYears(pattern, years)
}

function dayRule(ofMonth: DayField, ofWeek: DayField, months: readonly number[], years: Years | null): DayRule {
  const days = dayTable(ofMonth, ofWeek)
  const hasMonth = Array.from({ length: 13 }, (_, i) => months.includes(i))
  return {
    daysIn: (year, month) =>
      hasMonth[month] && (years === null || years.has(year))
        ? days(monthLength(year, month), firstWeekdayOf(year, month))
        : 0,
  }
}

/** As many fields as were given: a second of 0 or all years are not said where nobody said them. */
function textOf(fields: Fields, count: number): string {
  const { second, minute, hour, ofMonth, month, ofWeek, year } = fields
  const five = [minute, hour, ofMonth, month, ofWeek]
  const all = count === 5 ? five : [second, ...five, ...(count === 7 ? [year] : [])]
  return all.map(({ text }) => text).join(' ')
}

/** Quartz lets only one of the two fields for days speak, and wants `?` in the other. */
function demandOneMark({ ofMonth, ofWeek }: Fields, option: string): void {
  const marks = [ofMonth, ofWeek].filter(({ text }) => text === '?').length
  if (marks === 1) return
  const problem = marks === 2 ? 'both are "?"' : 'neither is "?"'
  const hint = marks === 2 ? 'write "*" in one' : `write "?" in one, or give a dialect of 'vixie'`
  throw scheduleInvalid(option, `day of month and day of week: ${problem}, and Quartz wants it in just one; ${hint}`)
}

function neverRuns({ ofMonth, ofWeek, month, year }: Fields, expression: string, option: string) {
  const days = ofWeek.all ? '' : ` that is also day of week "${ofWeek.text}"`
  const years = year.all ? '' : ` in year "${year.text}"`
  const problem = `there is no day "${ofMonth.text}"${days} in month "${month.text}"${years}`
  const hint = '"L" in day of month would be the last day of every month'
  return scheduleInvalid(option, `${show(expression)} can never run: ${problem}; ${hint}`)
}
