/** The words of the language, in lower case. Only English: an expression means the same for everybody. */
import type { Unit } from './rule.ts'

const table = <T>(entries: readonly (readonly [T, string])[]): ReadonlyMap<string, T> =>
  new Map(entries.flatMap(([value, words]) => words.split(' ').map((word) => [word, value] as const)))

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

export const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const

export const units = table<Unit>([
  ['second', 'second seconds sec secs'],
  ['minute', 'minute minutes min mins'],
  ['hour', 'hour hours hr hrs'],
  ['day', 'day days dy dys'],
  ['week', 'week weeks wk wks'],
  ['month', 'month months mth mths'],
  ['year', 'year years yr yrs'],
])

export const shortcuts = table<Unit>([
  ['second', 'secondly'],
  ['minute', 'minutely'],
  ['hour', 'hourly'],
  ['day', 'daily'],
  ['week', 'weekly'],
  ['month', 'monthly'],
  ['year', 'yearly'],
])

export const months = table<number>(
  monthNames.map((name, i) => {
    const word = name.toLowerCase()
    return [i + 1, `${word} ${word.slice(0, 3)}${word === 'september' ? ' sept' : ''}`] as const
  }),
)

const shortDays = ['mon', 'tue tues', 'wed', 'thu thur thurs', 'fri', 'sat', 'sun']

export const weekdays = table<number>(
  weekdayNames.map((name, i) => [i + 1, `${name.toLowerCase()} ${name.toLowerCase()}s ${shortDays[i]}`] as const),
)

/** Words that mean several weekdays. */
export const weekdaySets = table<readonly number[]>([
  [[1, 2, 3, 4, 5], 'weekday weekdays'],
  [[6, 7], 'weekend weekends'],
])

export const ordinals = table<number>(
  [
    ...['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'],
    ...['eleventh', 'twelfth', 'thirteenth', 'fourteenth', 'fifteenth', 'sixteenth', 'seventeenth', 'eighteenth'],
    ...['nineteenth', 'twentieth'],
  ].map((word, i) => [i + 1, word] as const),
)

export const numbers = table<number>(
  ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'].map(
    (word, i) => [i + 1, word] as const,
  ),
)

export const namedTimes: ReadonlyMap<string, number> = new Map([
  ['midnight', 0],
  ['noon', 43_200],
])

/** `to` and the like are said between and before values. */
export const untilWords = ['upto', 'until', 'to']

const keywords = [
  ...['every', 'other', 'on', 'in', 'at', 'and', 'of', 'the', 'each', 'between', 'from', ...untilWords],
  ...['last', 'closest', 'anchored', 'timezone', 'tz'],
]

export const vocabulary: readonly string[] = [
  ...[units, shortcuts, months, weekdays, weekdaySets, ordinals, numbers, namedTimes].flatMap((map) => [...map.keys()]),
  ...keywords,
]

const known = new Set(vocabulary)
export const isWord = (word: string): boolean => known.has(word)

/** What people say that is not in the language, or has two meanings. */
export const advice: ReadonlyMap<string, string> = new Map([
  ['everyday', 'write "every day"'],
  ['annually', 'write "yearly"'],
  ['biannually', 'write "every 6 months"'],
  ['bimonthly', 'has two meanings; write "every 2 months", or the days as in "every 1st and 15th"'],
  ['biweekly', 'has two meanings; write "every 2 weeks", or the days as in "every Monday and Thursday"'],
  ['fortnightly', 'write "every 2 weeks"'],
  ['fortnight', 'write "every 2 weeks"'],
  ['quarterly', 'write "every 3 months"'],
  ['quarter', 'write "every 3 months", or "every 15 minutes"'],
  ['half', 'write "every 30 minutes"'],
  ['except', 'exceptions are not in the language; say the days that are meant, as in "every Monday and Friday"'],
  ['morning', 'is no time; write it as in "every day at 8am"'],
  ['afternoon', 'is no time; write it as in "every day at 2pm"'],
  ['evening', 'is no time; write it as in "every day at 6pm"'],
  ['night', 'is no time; write it as in "every day at 11pm"'],
  ['tomorrow', 'is another day each time; write a date as in "every year on 2027-01-23"'],
  ['today', 'is another day each time; write a date as in "every year on 2027-01-23"'],
  ['through', 'write "between Monday and Friday"'],
  ['after', 'write "from 9am"'],
  ['before', 'write "upto 5pm", which includes the end'],
  ['once', 'write an interval, as in "every day"'],
  ['twice', 'write the times, as in "every day at 9am and 5pm"'],
])
