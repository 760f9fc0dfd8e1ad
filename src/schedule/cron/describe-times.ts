/** The times of a day in English. */
import { timeText } from '../civil.ts'
import { evenStep, join, phrase, stretchesOf } from './lists.ts'
import type { Field, Fields } from './read.ts'

/** So many are told one by one. */
const few = 6
/** So many stretches of a day are told one by one: between 09:00 and 11:45 and between 14:00 and 16:45. */
const fewStretches = 2

export function describeTimes(fields: Fields): string {
  const { hour, minute, second } = fields
  const inHour = minute.values.length * second.values.length
  if (inHour === 1 && !hour.all) return describeHours(fields)
  if (hour.values.length * inHour <= few) return `At ${join(allTimes(fields))}`
  return describePeriod(fields) ?? describeFields(fields)
}

function allTimes({ hour, minute, second }: Fields): string[] {
  return hour.values.flatMap((h) =>
    minute.values.flatMap((m) => second.values.map((s) => timeText(h * 3_600 + m * 60 + s))),
  )
}

/** One time in each of some hours. */
function describeHours(fields: Fields): string {
  const times = allTimes(fields)
  const { values } = fields.hour
  const [first, last] = [times[0], times.at(-1)]
  if (values.length > few && stretchesOf(values).length === 1) return `Every hour between ${first} and ${last}`
  const step = values.length > few ? evenStep(values) : null
  return step === null ? `At ${join(times)}` : `Every ${step} hours between ${first} and ${last}`
}

/** What comes again and again through whole hours, if it is that: `Every 15 minutes between 09:00 and 17:45`. */
function describePeriod({ hour, minute, second }: Fields): string | null {
  const [seconds, minutes] = [evenCycle(second), evenCycle(minute)]
  const every = minute.all && second.values.length > 1 ? everyOf(seconds, 'second') : everyOf(minutes, 'minute')
  if (every === null || !(minute.all || second.values.length === 1)) return null
  const timeAt = (h: number, i: 0 | -1) =>
    timeText(h * 3_600 + (minute.values.at(i) as number) * 60 + (second.values.at(i) as number))
  if (hour.all) return timeAt(0, 0) === '00:00' ? every : null
  const stretches = stretchesOf(hour.values)
  if (stretches.length > fewStretches) return null
  return `${every} ${join(stretches.map(([a, b]) => `between ${timeAt(a, 0)} and ${timeAt(b, -1)}`))}`
}

/** The distance of numbers that divide the 60 evenly, whatever the first of them is; else null. */
function evenCycle({ values }: Field): number | null {
  const step = 60 / values.length
  return values.every((value, i) => value === (values[0] as number) + i * step) ? step : null
}

function everyOf(step: number | null, unit: string): string | null {
  if (step === 60) return 'Every hour'
  return step === null ? null : `Every ${step === 1 ? unit : `${step} ${unit}s`}`
}

/** Field by field, which can say anything: `At minutes 5 and 20 of every hour from 9 to 17`. */
function describeFields({ hour, minute, second }: Fields): string {
  const seconds = second.values.length === 1 && second.values[0] === 0 ? [] : [fieldText(second, 'second')]
  const minutes = fieldText(minute, 'minute')
  const hours = minute.all && hour.all ? [] : [fieldText(hour, 'hour')]
  const text = [...seconds, minutes, ...hours].join(' of ')
  return text.startsWith('every') ? `E${text.slice(1)}` : `At ${text}`
}

const fieldText = ({ values, all }: Field, unit: string): string => (all ? `every ${unit}` : phrase(values, unit))
