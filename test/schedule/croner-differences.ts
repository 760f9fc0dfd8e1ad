import type { Difference } from './difference.ts'
import { fieldsOf, goesOverTheEnd, hasLongStar, isWholeStar, someRange, withField } from './fields.ts'
import { meaningOf } from './oracle.ts'

/** One second, one minute and one hour, none of them with `*` or `/`. */
function isOneTime(expression: string): boolean {
  const times = fieldsOf(expression).slice(0, 3)
  const { seconds, minutes, hours } = meaningOf(expression)
  return times.every((field) => !/[*/]/.test(field)) && [seconds, minutes, hours].every(({ length }) => length === 1)
}

const spring = { zone: 'Europe/Rome', from: '2027-03-27T12:00:00Z' }

export const cronerDifferences: readonly Difference[] = [
  {
    name: 'a step from a number',
    example: { expression: '5/15 * * * *', from: '2027-01-01T00:00:00Z' },
    why: 'croner wants `5-59/15`. To Quartz, cron-parser and Rota `5/15` is the same.',
    concerns: (expression) => someRange(expression, (range) => /^[^*-]+\//.test(range)),
    refuses: /stepping with numeric prefix/,
  },
  {
    name: 'a range over the end',
    example: { expression: '0 22-2 * * *', from: '2027-01-01T00:00:00Z' },
    why: 'Quartz and Rota let a range go over the end, croner does not.',
    concerns: (expression) => someRange(expression, goesOverTheEnd),
    refuses: /From value is larger/,
  },
  {
    name: 'days counted from the last',
    example: { expression: '0 0 L-3 * *', from: '2027-01-01T00:00:00Z' },
    why: 'croner has no `L-3` or `L-3W`.',
    concerns: (expression) => /L-/i.test(fieldsOf(expression)[3]),
    refuses: /L has to be a value of its own|LW can not be in a list/,
  },
  {
    name: 'the last weekday in a list',
    example: { expression: '0 0 1,LW * *', from: '2027-01-01T00:00:00Z' },
    why: 'croner takes `LW` only alone.',
    concerns: (expression) => /,/.test(fieldsOf(expression)[3]) && /LW/i.test(fieldsOf(expression)[3]),
    refuses: /LW can not be in a list|L has to be a value of its own/,
  },
  {
    name: 'a step from * and the other field for days',
    example: { expression: '0 0 */2 * MON', from: '2027-01-01T00:00:00Z' },
    why: 'Vixie cron looks at the first character: `*/2` begins with `*`, so both fields must agree. To croner only a lone `*` is one, so a day of either is meant.',
    concerns: hasLongStar,
    isStar: isWholeStar,
  },
  {
    name: 'years in steps',
    example: { expression: '0 0 0 1 1 * */4', from: '2027-01-01T00:00:00Z' },
    why: 'croner counts from the year 0, Quartz and Rota from 1970, the first year that there is.',
    concerns: (expression) => /\*\//.test(fieldsOf(expression)[6]),
    as: (expression) =>
      withField(expression, 6, (year) =>
        year.replace(/\*\/(\d+)/g, (_, step) => `${Math.ceil(1970 / Number(step)) * Number(step)}/${step}`),
      ),
  },
  {
    name: 'from Sunday to Sunday',
    example: { expression: '0 0 * * SUN-SUN', from: '2027-01-01T00:00:00Z' },
    why: 'croner makes 7 of a `SUN` at the end of a range, so it is the whole week. Vixie cron knows `SUN` only as 0: it is one day.',
    concerns: (expression) => /(^|,)(0|sun)-sun/i.test(fieldsOf(expression)[5]),
    as: (expression) => withField(expression, 5, (week) => week.replace(/(^|,)(0|sun)-sun/gi, '$10-7')),
  },
  {
    name: 'several times at a change of the clock',
    example: { expression: '0,30 2 * * *', ...spring },
    why: 'To croner only an expression with one time of the day is a fixed time; all others follow the clock, so what falls into the gap is lost. To Rota, as to Vixie cron, the hour decides: `2` names a time, `*` follows the clock.',
    concerns: (expression) => !meaningOf(expression).followsClock && !isOneTime(expression),
    dst: { gap: 'skip', repeat: 'both' },
  },
  {
    name: 'a gap that ends on the next day',
    example: { expression: '30 23 * * *', zone: 'Asia/Dhaka', from: '2009-06-19T12:00:00Z' },
    why: 'Where the first moment after the gap is of another date, croner leaves the day out. Rota runs then.',
    concerns: isOneTime,
    near: ({ at, before, after }, slot) =>
      slot === at && Math.floor((at + before) / 86_400) !== Math.floor((at + after) / 86_400),
  },
]
