import { describe, expect, test } from 'vitest'
import { describeNatural } from './describe.ts'
import { parseNatural } from './parse.ts'

const same = (a: string, b: string) => expect(parseNatural(a)).toEqual(parseNatural(b))

test('a rule is plain data', () => {
  const rule = parseNatural('every 2 weeks on Mon and Fri at 9am between Nov and Feb tz Europe/Rome')
  expect(JSON.parse(JSON.stringify(rule))).toEqual(rule)
  expect(rule).toEqual({
    every: 2,
    unit: 'week',
    anchor: null,
    runs: [{ weekdays: [1, 5], days: null, dates: null, months: null, times: [32_400] }],
    windows: { weekdays: null, days: null, months: [{ from: 11, to: 2 }], times: null },
    timezone: 'Europe/Rome',
  })
})

describe('the same in other words', () => {
  test.each([
    ['@Every 15 Mins @Between 9AM and 5PM', 'every 15 minutes between 09:00 and 17:00'],
    ['every day, at 9am, in jan', 'in January at 9:00 every day'],
    ['every month on [15th, 1st, 1st]', 'every 1st and 15th'],
    ['every day at 17:00 and 9', 'every day at [9am, 5pm, 5pm]'],
    ['every month on FirstDay + 2', 'every 3rd'],
    ['every month on LastDay - 40', 'every 1st'],
    ['every mon at 9am and fri at 9am', 'every monday and friday at 9am'],
    ['every mon at 9am and fri at 9am and on [mon, fri] at 10am', 'every monday and friday at 9am and 10am'],
    ['every mon at 9am and mon at 5pm', 'every monday at 9am and 5pm'],
    ['every day upto Wednesday', 'every day between Monday and Wed'],
    ['every hour from 9am', 'every hour between 9am and 23:59:59'],
    ['every month on LastDayOfTheMonth', 'every last day of the month'],
    ['every other week on weekdays', 'every 2 weeks on mon, tue, wed, thu and fri'],
    ['every year on 1st of January 2027', 'every year on 2027-01-01'],
  ])('%s: %s', same)
})

describe('said back', () => {
  test.each([
    ['@every weekday @at 9', 'every weekday at 09:00'],
    ['every 1st and lastday at noon', 'every month on the 1st and last day of the month at 12:00'],
    ['every week on mon 2pm and wed 4pm', 'every week on Monday at 14:00 and on Wednesday at 16:00'],
    [
      'every 25 secs between [1pm and 3pm, 6pm and 8pm]',
      'every 25 seconds between 13:00 and 15:00 and between 18:00 and 20:00',
    ],
    ['hourly on weekends from 9am', 'every hour on weekends from 09:00'],
    ['every 2 months anchoredOn Nov on 1st', 'every 2 months anchored on November on the 1st'],
    ['every 12-31 14:00 tz UTC', 'every year on December 31st at 14:00 timezone UTC'],
    ['every 1st and 3rd mon', 'every month on first Monday of the month and third Monday of the month'],
  ])('%s', (sentence, said) => {
    expect(describeNatural(parseNatural(sentence))).toBe(said)
  })
})
