/** Sentences of the language, put together by chance: nearly all of them are understood. */
import fc from 'fast-check'

type Text = fc.Arbitrary<string>

const two = (n: number) => String(n).padStart(2, '0')
const oneOf = (...texts: string[]): Text => fc.constantFrom(...texts)
const join = (...parts: Text[]): Text => fc.tuple(...parts).map((all) => all.filter((one) => one !== '').join(' '))
const maybe = (part: Text): Text => fc.oneof(fc.constant(''), part)
const ordinal = (n: number) => `${n}${n > 10 && n < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`
/** A list in one of the ways in which lists are said. */
const listOf = (item: Text, most = 3): Text =>
  fc.tuple(fc.array(item, { minLength: 1, maxLength: most }), fc.nat(2)).map(([items, way]) => {
    if (way === 0) return `[${items.join(', ')}]`
    return way === 1 ? items.join(' and ') : items.join(', ').replace(/, ([^,]*)$/, ' and $1')
  })

/** Of whole minutes, so that whoever walks in minutes meets them. */
const clock: Text = fc.tuple(fc.nat(23), fc.nat(59)).map(([h, m]) => `${h}:${two(m)}`)
const early: Text = fc.tuple(fc.nat(3), fc.constantFrom(0, 15, 30, 45, 59, 1)).map(([h, m]) => `${two(h)}:${two(m)}`)
export const minuteTimes: Text = fc.oneof(clock, early, oneOf('noon', 'midnight', '9am', '5 pm', '12am', '2:30 am'))
const secondTimes: Text = fc.oneof(
  minuteTimes,
  fc.tuple(fc.nat(23), fc.nat(59), fc.nat(59)).map(([h, m, s]) => `${h}:${two(m)}:${two(s)}`),
)

const weekday = oneOf('mon', 'Tue', 'Wednesday', 'thurs', 'FRI', 'saturdays', 'Sun')
const weekdays: Text = fc.oneof(listOf(weekday), oneOf('weekdays', 'weekends'))
const month = oneOf('Jan', 'february', 'mar', 'APR', 'may', 'June', 'jul', 'Aug', 'sept', 'October', 'month 11', 'dec')
const dayNumber = fc.integer({ min: 1, max: 31 })
const plainDay: Text = fc.oneof(
  dayNumber.map(ordinal),
  dayNumber.map((n) => `day ${n}`),
)
const specialDay: Text = fc.oneof(
  oneOf(
    'FirstDay',
    'LastDay',
    'last day of the month',
    'FirstWeekday',
    'LastWeekday',
    'the first weekday of the month',
  ),
  fc.nat(32).map((n) => `LastDay - ${n}`),
  fc.nat(32).map((n) => `FirstDay + ${n}`),
  dayNumber.map((n) => `ClosestWeekdayTo ${ordinal(n)}`),
  fc.tuple(oneOf('first', '2nd', 'third', '4th', 'fifth', 'last'), weekday).map(([n, d]) => `${n} ${d} of the month`),
  oneOf('1stMon', '5thFriday', 'LastSun', 'FirstTuesday'),
)
/** Without brackets, a number in front of a weekday would belong to it. */
const days: Text = fc.oneof(
  listOf(plainDay),
  specialDay,
  fc
    .array(
      fc.oneof(
        dayNumber.map((n) => `day ${n}`),
        specialDay,
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((all) => `[${all.join(', ')}]`),
)
const date: Text = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 })).map(([m, d]) => `${two(m)}-${two(d)}`),
  fc
    .tuple(oneOf('Jan', 'Feb', 'OCTOBER', 'mar'), fc.integer({ min: 1, max: 29 }))
    .map(([m, d]) => `${m} ${ordinal(d)}`),
  fc.tuple(fc.integer({ min: 1, max: 30 }), oneOf('April', 'nov', 'Oct')).map(([d, m]) => `${ordinal(d)} ${m}`),
  oneOf('2026-10-25', '2011-12-30', '2027-03-14', 'Jan-23', 'feb-29', 'Jan 1st 2027'),
)

const daysWindow: Text = fc
  .tuple(plainDay, fc.oneof(plainDay, oneOf('LastDay')))
  .chain(([a, b]) => oneOf(`between ${a} and ${b}`, `from ${a}`, `upto ${b}`))
const pairs = (value: Text): Text =>
  fc
    .tuple(value, value, value, value)
    .chain(([a, b, c, d]) =>
      oneOf(
        `between ${a} and ${b}`,
        `from ${a}`,
        `until ${b}`,
        `from ${a} to ${b}`,
        `between [${a} and ${b}, ${c} and ${d}]`,
      ),
    )
const dayWindows = join(maybe(pairs(weekday)), maybe(pairs(oneOf('Jan', 'March', 'OCT', 'nov'))), maybe(daysWindow))

const timesOf = (time: Text) => listOf(time).map((list) => `at ${list}`)

/** What may be said of days below an interval of days: each kind, and some at once. */
const dayFilter: Text = fc.oneof(
  fc.constant(''),
  weekdays.map((list) => `on ${list}`),
  days.map((list) => `on ${list}`),
  join(
    days.map((list) => `on ${list}`),
    listOf(month).map((list) => `in ${list}`),
  ),
  join(
    weekdays.map((list) => `on ${list}`),
    listOf(month).map((list) => `in ${list}`),
  ),
  listOf(date).map((list) => `on ${list}`),
)

const every = (unit: string, most: number): Text =>
  fc.oneof(
    oneOf(`every ${unit}`),
    fc.integer({ min: 2, max: most }).map((n) => `every ${n} ${unit}s`),
  )

function days1(time: Text): Text {
  const at = maybe(timesOf(time))
  const ownTimes = (item: Text): Text =>
    fc
      .array(fc.tuple(item, time), { minLength: 1, maxLength: 3 })
      .map((all) => `on ${all.map((one) => one.join(' ')).join(' and ')}`)
  const dayly = join(fc.oneof(every('day', 40), oneOf('daily', 'every other day')), dayFilter, at)
  const anchoredDays = join(
    fc
      .tuple(fc.integer({ min: 2, max: 40 }), fc.oneof(dayNumber.map(ordinal), oneOf('2026-03-10')))
      .map(([n, on]) => `every ${n} days anchoredOn ${on}`),
    at,
  )
  const weekly = join(
    fc.oneof(every('week', 6), oneOf('weekly')),
    fc.oneof(
      join(maybe(weekdays.map((list) => `on ${list}`)), maybe(month.map((one) => `in ${one}`)), at),
      ownTimes(weekday),
    ),
  )
  const anchoredWeeks = join(
    fc.tuple(fc.integer({ min: 2, max: 9 }), weekday).map(([n, on]) => `every ${n} weeks anchoredOn ${on}`),
    at,
  )
  const monthDays = fc.oneof(
    days.map((list) => `on ${list}`),
    fc.constant(''),
  )
  const monthly = join(
    every('month', 15),
    fc.oneof(join(monthDays, maybe(listOf(month).map((list) => `in ${list}`)), at), ownTimes(plainDay)),
  )
  const anchoredMonths = join(
    fc
      .tuple(fc.integer({ min: 2, max: 15 }), oneOf('Nov', 'feb', 'March'))
      .map(([n, on]) => `every ${n} months anchoredOn ${on}`),
    monthDays,
    at,
  )
  const yearly = join(
    every('year', 4),
    fc.oneof(
      listOf(date).map((list) => `on ${list}`),
      fc.constant(''),
      join(
        days.map((list) => `on ${list}`),
        listOf(month).map((list) => `in ${list}`),
      ),
    ),
    at,
  )
  const named = join(
    fc
      .oneof(
        listOf(weekday).filter((list) => !list.startsWith('[')),
        oneOf('weekday', 'weekend', 'last day of the month', 'first Monday', '1st and 15th', 'other friday'),
      )
      .map((what) => `every ${what}`),
    at,
  )
  return fc.oneof(dayly, anchoredDays, weekly, anchoredWeeks, monthly, anchoredMonths, yearly, named)
}

const windows = (time: Text) => join(dayWindows, maybe(pairs(time)))

/** Of whole minutes. */
export const minuteSentences: Text = fc.oneof(
  join(days1(minuteTimes), maybe(dayWindows)),
  join(days1(minuteTimes), maybe(windows(minuteTimes))),
  join(
    fc.oneof(
      every('minute', 90),
      every('hour', 30),
      oneOf(
        'hourly',
        'every 600 seconds',
        'every 47 minutes anchoredOn 13',
        'every 5 hours anchoredOn 3',
        'every 1440 minutes',
        'every 100 minutes',
      ),
    ),
    dayFilter,
    maybe(windows(minuteTimes)),
  ),
  join(fc.oneof(every('minute', 90), every('hour', 30)), windows(early)),
)

export const sentences: Text = join(
  fc.oneof(
    minuteSentences,
    join(days1(secondTimes), windows(secondTimes)),
    join(
      fc.oneof(every('second', 100), oneOf('every 20 seconds anchoredOn 7', 'every 86400 seconds', 'secondly')),
      dayFilter,
      windows(secondTimes),
    ),
  ),
  maybe(oneOf('tz Europe/Rome', 'timezone America/St_Johns', '@tz UTC')),
)
