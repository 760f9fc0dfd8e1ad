import type { Difference } from './difference.ts'
import { fieldsOf, goesOverTheEnd, hasLongStar, isWholeStar, someRange, withField } from './fields.ts'
import { meaningOf } from './oracle.ts'
import type { Transition } from './transitions.ts'

const ofMonth = (expression: string) => fieldsOf(expression)[3]
const ofWeek = (expression: string) => fieldsOf(expression)[5]
const hasAllHours = (expression: string) => meaningOf(expression).hours.length === 24

/** By whole hours, at a whole hour: what cron-parser has in mind. */
const isWhole = ({ at, before, after }: Transition) => (at + before) % 3_600 === 0 && (after - before) % 3_600 === 0
const isGap = ({ before, after }: Transition) => after > before

export const cronParserDifferences: readonly Difference[] = [
  {
    name: 'a field for years',
    example: { expression: '0 0 0 1 1 * 2030', from: '2027-01-01T00:00:00Z' },
    why: 'cron-parser has at most six fields.',
    concerns: (expression) => expression.trim().split(/\s+/).length === 7,
    refuses: /too many fields/,
  },
  {
    name: 'a range over the end',
    example: { expression: '0 0 * * FRI-MON', from: '2027-01-01T00:00:00Z' },
    why: 'Quartz and Rota let a range go over the end, cron-parser does not.',
    concerns: (expression) => someRange(expression, goesOverTheEnd),
    refuses: /Invalid range/,
  },
  {
    name: 'a value twice',
    example: { expression: '0 9,8-10 * * *', from: '2027-01-01T00:00:00Z' },
    why: 'cron-parser refuses a list that names a value twice. It does no harm, so Rota takes it.',
    concerns: (expression) => fieldsOf(expression).some((field) => field.includes(',')),
    refuses: /duplicate values/,
  },
  {
    name: 'days counted from the last, weekdays nearest to a day',
    example: { expression: '0 0 15W * *', from: '2027-01-01T00:00:00Z' },
    why: 'cron-parser has `L`, but not `L-3`, `LW` or `15W`.',
    concerns: (expression) => /W|L-/i.test(ofMonth(expression)),
    refuses: /Invalid characters|Constraint error, got range/,
  },
  {
    name: 'a small l',
    example: { expression: '0 0 l * *', from: '2027-01-01T00:00:00Z' },
    why: 'cron-parser takes names in any case, but not `l`.',
    concerns: (expression) => /l/.test(ofMonth(expression)),
    refuses: /Invalid characters/,
  },
  {
    name: 'the nth weekday in a list',
    example: { expression: '0 0 * * MON#1,FRI', from: '2027-01-01T00:00:00Z' },
    why: 'cron-parser takes `#` only alone.',
    concerns: (expression) => ofWeek(expression).includes('#') && /[,L]/i.test(ofWeek(expression)),
    refuses: /invalid dayOfWeek `#`/,
  },
  {
    name: 'a step from * and the other field for days',
    example: { expression: '0 0 */2 * MON', from: '2027-01-01T00:00:00Z' },
    why: 'As croner: only a lone `*` is one to it, Vixie cron looks at the first character.',
    concerns: hasLongStar,
    isStar: isWholeStar,
  },
  {
    name: 'a step from a day of the week',
    example: { expression: '0 0 * * MON/2', from: '2027-01-01T00:00:00Z' },
    why: 'Vixie cron has no `MON/2`. To cron-parser the week ends with 7, a second Sunday; to Quartz and Rota with Saturday.',
    concerns: (expression) => /(^|,)\w+\//.test(ofWeek(expression)),
    as: (expression) => withField(expression, 5, (week) => week.replace(/(^|,)(\w+)\//g, '$1$2-7/')),
  },
  {
    name: 'all hours by number at a change of the clock',
    example: { expression: '30 0-23 * * *', zone: 'Europe/Rome', from: '2027-10-31T00:00:00Z' },
    why: 'cron-parser counts hours: all 24 follow the clock. To Rota, as to Vixie cron, only `*` does; `0-23` names times, and each of them comes once.',
    concerns: (expression) => hasAllHours(expression) && !meaningOf(expression).followsClock,
    dst: { gap: 'skip', repeat: 'both' },
  },
  {
    name: 'the hour after a gap',
    example: { expression: '30 2 * * *', zone: 'Europe/Rome', from: '2027-03-27T12:00:00Z' },
    why: 'cron-parser puts the hour after the gap in place of the one that is left out, with its minutes: 03:30. Rota runs at once when the gap is over, at 03:00. With `*/2` in the hours nothing is made good: it follows the clock.',
    concerns: (expression) => !hasAllHours(expression),
    near: (change, slot) => isGap(change) && isWhole(change) && slot >= change.at && slot < change.at + 3_600,
  },
  {
    name: 'hours in steps that come twice',
    example: { expression: '10 */2 * * *', zone: 'Europe/Rome', from: '2027-10-31T00:00:00Z' },
    why: 'cron-parser runs once in an hour that comes twice, unless all 24 are meant. To Rota and Vixie cron `*/2` follows the clock, so it runs in both.',
    concerns: (expression) => !hasAllHours(expression) && meaningOf(expression).followsClock,
    dst: { gap: 'skip', repeat: 'first' },
  },
  {
    name: 'the first hour of a day comes twice',
    example: { expression: '30 0 * * *', zone: 'America/Havana', from: '2027-11-06T12:00:00Z' },
    why: 'cron-parser begins a day at the second of the two, so it runs then. Rota runs in the first, as at any other hour.',
    concerns: (expression) => !hasAllHours(expression),
    near: (change, slot) => (change.at + change.after) % 86_400 === 0 && Math.abs(slot - change.at) <= 3_600,
  },
  {
    name: 'more than one hour comes twice',
    example: { expression: '30 2 * * *', zone: 'Antarctica/Troll', from: '2027-10-31T00:00:00Z' },
    why: 'cron-parser leaves out only one hour of those that come again.',
    concerns: (expression) => !hasAllHours(expression),
    near: ({ at, before, after }, slot) => before - after > 3_600 && Math.abs(slot - at) <= before - after,
  },
  {
    name: 'changes that are not of whole hours, at a whole hour',
    example: { expression: '15 2 * * *', zone: 'Australia/Lord_Howe', from: '2039-10-01T00:00:00Z' },
    why: 'cron-parser only looks for whole hours that are left out or come twice.',
    concerns: () => true,
    near: (change, slot) => !isWhole(change) && Math.abs(slot - change.at) < 86_400,
  },
  {
    name: 'a clock that is put back by or at a part of an hour',
    example: { expression: '0 2 * * *', zone: 'Australia/Lord_Howe', from: '2027-04-03T13:00:00Z' },
    why: 'cron-parser goes round in circles at such a change, gives up and from then on finds nothing.',
    concerns: () => true,
    endsAt: (change, slot) => !isWhole(change) && !isGap(change) && Math.abs(slot - change.at) < 7_200,
  },
]
