import { expect, test } from 'vitest'
import { Random } from '../../../test/simulation/random.ts'
import { parseCron } from './cron.ts'
import { dayTable } from './days.ts'
import { readFields } from './read.ts'
import { split } from './split.ts'

test.each([
  ['0 9 * * 1-5', 'At 09:00, Monday to Friday'],
  ['*/15 9-17 1,L * *', 'Every 15 minutes between 09:00 and 17:45, on the 1st and the last day of the month'],
  ['* * * * *', 'Every minute'],
  ['* * * * * *', 'Every second'],
  ['*/20 * * * * *', 'Every 20 seconds'],
  ['0 * * * *', 'Every hour'],
  ['5 * * * *', 'At minute 5 of every hour'],
  ['5-10 * * * *', 'At minutes 5 to 10 of every hour'],
  ['5/15 * * * *', 'Every 15th minute from 5 to 50 of every hour'],
  ['*/7 * * * *', 'Every 7th minute from 0 to 56 of every hour'],
  ['0 */2 * * *', 'Every 2 hours between 00:00 and 22:00'],
  ['30 9-17 * * *', 'Every hour between 09:30 and 17:30'],
  ['0 9,17 * * *', 'At 09:00 and 17:00, every day'],
  ['15 1,2,5,6,9,11,20 * * *', 'At 01:15, 02:15, 05:15, 06:15, 09:15, 11:15 and 20:15, every day'],
  ['* 9 * * *', 'Every minute between 09:00 and 09:59'],
  ['*/15 22-2 * * *', 'Every 15 minutes between 00:00 and 02:45 and between 22:00 and 23:45'],
  ['*/5 1,3,5 * * *', 'Every 5th minute from 0 to 55 of hours 1, 3 and 5'],
  ['* 8-17/3 * * *', 'Every minute of every 3rd hour from 8 to 17'],
  ['10,40 */7 * * * *', 'At seconds 10 and 40 of every 7th minute from 0 to 56 of every hour'],
  ['30 * * * * *', 'At second 30 of every minute'],
  ['15 0 9 * * *', 'At 09:00:15, every day'],
  ['0 0 * * FRI-MON', 'At 00:00, Friday to Monday'],
  ['0 0 * * 0,1,3', 'At 00:00, on Sunday, Monday and Wednesday'],
  ['0 0 * * 6,0', 'At 00:00, on Saturday and Sunday'],
  ['0 0 * * 0-6', 'At 00:00, every day'],
  ['0 0 * * 5L', 'At 00:00, on the last Friday of the month'],
  ['0 0 * * 5#3,1', 'At 00:00, on Monday and the third Friday of the month'],
  ['0 0 1,2,3,21,22,31 * *', 'At 00:00, on the 1st to the 3rd, the 21st, the 22nd and the 31st of the month'],
  ['0 0 10-15 * *', 'At 00:00, from the 10th to the 15th of the month'],
  ['0 0 */2 * *', 'At 00:00, every 2nd day from the 1st to the 31st of the month'],
  ['0 0 LW * *', 'At 00:00, on the last weekday of the month'],
  ['0 0 15W,L-1 * *', 'At 00:00, on the weekday nearest to the 15th and the day before the last day of the month'],
  ['0 0 L-3W * *', 'At 00:00, on the weekday nearest to 3 days before the last day of the month'],
  ['@yearly', 'At 00:00, on the 1st of January'],
  ['0 0 1 1,7 *', 'At 00:00, on the 1st of January and July'],
  ['0 0 1 NOV-FEB *', 'At 00:00, on the 1st of the month, from November to February'],
  ['0 0 1 1-3,7 *', 'At 00:00, on the 1st of the month, in January to March and July'],
  ['0 9 * 1-3 *', 'At 09:00, every day from January to March'],
  ['0 9 * 6 MON', 'At 09:00, on Monday, in June'],
  ['*/5 * * 2 *', 'Every 5 minutes, in February'],
  ['0 0 13 * FRI', 'At 00:00, on the 13th of the month and also on Friday'],
  ['0 0 13 1 MON-FRI', 'At 00:00, in January, on the 13th of the month and also Monday to Friday'],
  [
    '0 0 */2 * MON,TUE',
    'At 00:00, every 2nd day from the 1st to the 31st of the month, but only if it is Monday or Tuesday',
  ],
  ['0 0 12 1 1 ? 2027', 'At 12:00, on the 1st of January, in 2027'],
  ['0 0 12 1 1 ? 2027-2030', 'At 12:00, on the 1st of January, from 2027 to 2030'],
  ['0 0 12 * * ? 2027,2029', 'At 12:00, every day, in 2027 and 2029'],
  ['0 0 12 1 1 * */2', 'At 12:00, on the 1st of January, in every 2nd year from 1970 to 9998'],
])('%s: %s', (expression, text) => expect(parseCron(expression).describe()).toBe(text))

/** All that an expression means, so that two of them can be compared. */
function meaningOf(expression: string): string {
  const { second, minute, hour, ofMonth, month, ofWeek, year } = readFields(split(expression, 'vixie', 'cron'), 'vixie')
  const days = dayTable(ofMonth, ofWeek)
  const table = [28, 29, 30, 31].flatMap((length) => [0, 1, 2, 3, 4, 5, 6].map((first) => days(length, first)))
  return JSON.stringify([second, minute, hour, month, year].map(({ values }) => values).concat(table))
}

test('what is told the same is the same: nothing is left out', () => {
  const random = new Random(3)
  const some = (min: number, max: number) => {
    const numbers = Array.from({ length: random.int(1, 5) }, () => random.int(min, max))
    return random.pick([
      '*',
      '0',
      `*/${random.int(2, 9)}`,
      `${min + 1}-${random.int(min + 1, max)}/${random.int(1, 3)}`,
      numbers.join(),
    ])
  }
  const ofMonth = () =>
    random.pick(['*', '?', 'L', 'LW', `L-${random.int(1, 3)}`, '15W', '1,L', some(1, 31).replace(/^0$/, '1')])
  const ofWeek = () => random.pick(['*', '1-5', 'FRIL', '1#1', '1,FRIL', some(0, 6)])
  const known = new Map<string, string>()
  for (let i = 0; i < 20_000; i++) {
    const month = random.chance(0.6) ? '*' : some(1, 12).replace(/^0$/, '1')
    const expression = `${random.chance(0.7) ? '0' : some(0, 59)} ${some(0, 59)} ${some(0, 23)} ${ofMonth()} ${month} ${ofWeek()}`
    if (isImpossible(expression)) continue
    const [text, meaning] = [parseCron(expression).describe(), meaningOf(expression)]
    expect([expression, known.get(text) ?? meaning]).toEqual([expression, meaning])
    known.set(text, meaning)
  }
  expect(known.size).toBeGreaterThan(10_000)
})

function isImpossible(expression: string): boolean {
  try {
    parseCron(expression)
    return false
  } catch {
    return true
  }
}

test('every set of weekdays and every set of months is told in its own way', () => {
  const told = (size: number, first: number, expressionOf: (list: string) => string) => {
    const texts = Array.from({ length: 2 ** size - 1 }, (_, i) => {
      const list = Array.from({ length: size }, (_, bit) => bit).filter((bit) => ((i + 1) >> bit) % 2 === 1)
      return parseCron(expressionOf(list.map((bit) => bit + first).join())).describe()
    })
    return new Set(texts).size
  }
  expect(told(7, 0, (list) => `0 0 * * ${list}`)).toBe(127)
  expect(told(12, 1, (list) => `0 0 * ${list} *`)).toBe(4_095)
})
