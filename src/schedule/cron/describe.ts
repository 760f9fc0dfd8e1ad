/** A cron expression in plain English, from what its fields mean and not from how they were written. Nothing is left out. */
import type { DayField } from './days.ts'
import { describeTimes } from './describe-times.ts'
import { type DayWords, monthDays, monthNames, weekdays } from './describe-words.ts'
import { hasRun, phrase } from './lists.ts'
import type { Fields } from './read.ts'

export function describeCron(fields: Fields): string {
  const times = describeTimes(fields)
  return [times, ...describeDays(fields, times.startsWith('At ') && /\d\d:\d\d/.test(times))].join(', ')
}

/** @param namesTimes whether it was said at which times of a day, so that the reader waits for the days */
function describeDays(fields: Fields, namesTimes: boolean): string[] {
  const { ofMonth, ofWeek, year } = fields
  const years = year.all ? [] : [yearsText(year.values)]
  const inMonths = monthsOf(fields)
  const isAll = ({ all }: DayField) => all
  const either = !ofMonth.star && !ofWeek.star
  if (either ? [ofMonth, ofWeek].some(isAll) : [ofMonth, ofWeek].every(isAll)) {
    const daily = namesTimes ? 'every day' : ''
    return [[daily, ...inMonths].filter(Boolean).join(' '), ...years].filter(Boolean)
  }
  if (!either && ofWeek.all) return oneField(fields, monthDays(ofMonth.parts), inMonths, years)
  if (!either && ofMonth.all) return oneField(fields, weekdays(ofWeek.parts, 'and'), inMonths, years)
  // What follows holds for the months and years before it, so they come first.
  const a = monthDays(ofMonth.parts)
  const b = weekdays(ofWeek.parts, either ? 'and' : 'or')
  const [first, second] = [ofTheMonth(a, 'the month'), ofTheMonth(b, 'the month')]
  const both = either ? `${first} and also ${second}` : `${first}, but only if it is ${second.replace(/^on /, '')}`
  return [...inMonths, ...years, both]
}

const ofTheMonth = ({ text, ofMonth }: DayWords, month: string) => (ofMonth ? `${text} of ${month}` : text)

function oneField({ month }: Fields, days: DayWords, inMonths: readonly string[], years: readonly string[]): string[] {
  if (month.all) return [ofTheMonth(days, 'the month'), ...years]
  if (days.ofMonth && !hasRun(month.values, 12)) return [ofTheMonth(days, monthNames(month.values)), ...years]
  return [ofTheMonth(days, 'the month'), ...inMonths, ...years]
}

/** `in January and July`, `from January to March`; nothing for all of them. */
function monthsOf({ month }: Fields): string[] {
  if (month.all) return []
  const names = monthNames(month.values)
  return [/^\w+ to \w+$/.test(names) ? `from ${names}` : `in ${names}`]
}

/** `in 2027`, `from 2027 to 2030`, `in every 2nd year from 1970 to 9998` */
function yearsText(years: readonly number[]): string {
  const text = phrase(years, 'year').replace(/^years? /, '')
  return /^\d+ to \d+$/.test(text) ? `from ${text}` : `in ${text}`
}
