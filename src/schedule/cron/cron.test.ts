import { describe, expect, test } from 'vitest'
import { RotaError } from '../../job/errors.ts'
import { parseCron } from './cron.ts'

const from = Date.UTC(2027, 0, 1) / 1_000 // a Friday

/** The next times on the wall, as `2027-01-01 09:00:00`. */
function next(expression: string, count = 3, dialect: 'vixie' | 'quartz' = 'vixie'): string[] {
  const { wall } = parseCron(expression, dialect)
  const times: string[] = []
  for (let at = wall.next(from - 1); at !== null && times.length < count; at = wall.next(at))
    times.push(new Date(at * 1_000).toISOString().slice(0, 19).replace('T', ' ').replace(/:00$/, ''))
  return times
}

/** The days of 2027-01 that are meant. */
const daysOf = (expression: string, month = '2027-01'): number[] =>
  next(expression, 400)
    .filter((time) => time.startsWith(month))
    .map((time) => Number(time.slice(8, 10)))

function errorOf(expression: unknown, dialect?: 'vixie' | 'quartz', option?: string): RotaError {
  try {
    parseCron(expression as string, dialect, option)
  } catch (error) {
    if (error instanceof RotaError) return error
    throw error
  }
  throw new Error(`${expression} was understood`)
}

describe('fields', () => {
  test.each([
    ['0 9 * * *', ['2027-01-01 09:00', '2027-01-02 09:00', '2027-01-03 09:00']],
    ['*/20 * * * *', ['2027-01-01 00:00', '2027-01-01 00:20', '2027-01-01 00:40']],
    ['5/25 * * * *', ['2027-01-01 00:05', '2027-01-01 00:30', '2027-01-01 00:55']],
    ['10-20/5 8 * * *', ['2027-01-01 08:10', '2027-01-01 08:15', '2027-01-01 08:20']],
    ['15 */12 * * *', ['2027-01-01 00:15', '2027-01-01 12:15', '2027-01-02 00:15']],
    ['0 0 1 jan,Jul *', ['2027-01-01 00:00', '2027-07-01 00:00', '2028-01-01 00:00']],
    ['10,30 0 12 * * *', ['2027-01-01 12:00:10', '2027-01-01 12:00:30', '2027-01-02 12:00:10']],
    ['0 0 12 1 1 * 2028,2030', ['2028-01-01 12:00', '2030-01-01 12:00']],
    ['0 0 12 1 1 * 2028/4', ['2028-01-01 12:00', '2032-01-01 12:00', '2036-01-01 12:00']],
    ['0 0 12 1 1 * */4', ['2030-01-01 12:00', '2034-01-01 12:00', '2038-01-01 12:00']],
    ['0 0 29 2 *', ['2028-02-29 00:00', '2032-02-29 00:00', '2036-02-29 00:00']],
    [' \t0  9\t* * * ', ['2027-01-01 09:00', '2027-01-02 09:00', '2027-01-03 09:00']],
  ])('%s', (expression, expected) => expect(next(expression)).toEqual(expected))

  test('a range over the end goes on at the beginning, and its steps go with it', () => {
    expect(next('0 22-2/2 * * *', 4)).toEqual([
      '2027-01-01 00:00',
      '2027-01-01 02:00',
      '2027-01-01 22:00',
      '2027-01-02 00:00',
    ])
    expect(parseCron('0 0 1 NOV-FEB *').wall.count(from, from + 365 * 86_400)).toBe(4)
    expect(daysOf('0 0 29-2 * *')).toEqual([1, 2, 29, 30, 31])
    expect(daysOf('0 0 * * FRI-MON')).toEqual([1, 2, 3, 4, 8, 9, 10, 11, 15, 16, 17, 18, 22, 23, 24, 25, 29, 30, 31])
  })

  test.each(['0', '7', 'SUN', '7-7', 'SUN-SUN', '0-0', '7-0'])('Sunday is %s', (sunday) => {
    expect(daysOf(`0 0 * * ${sunday}`)).toEqual([3, 10, 17, 24, 31])
  })

  test.each([
    ['5-7', '5,6,0'],
    ['6-1', '6,0,1'],
    ['7-2', '0,1,2'],
    ['0-7', '*'],
    ['5-7/2', '5,0'],
    ['1-7/3', '1,4,0'],
    ['1/2', '1,3,5'],
    ['7/2', '0,2,4,6'],
    ['SAT-SUN', '6,0'],
  ])('day of week %s is %s', (short, long) => expect(daysOf(`0 0 * * ${short}`)).toEqual(daysOf(`0 0 * * ${long}`)))

  test('years reach to 9999, farther than the calendar needs to repeat itself', () => {
    const { wall } = parseCron('59 59 23 31 12 ? 9999')
    const last = Date.UTC(9999, 11, 31, 23, 59, 59) / 1_000
    expect(wall.next(from)).toBe(last)
    expect(wall.next(last)).toBeNull()
    expect(parseCron('0 0 0 1 1 ? 1970').wall.previous(last)).toBe(0)
    expect(parseCron('0 0 0 1 1 ? 1999').wall.next(from)).toBeNull()
    // A year without the day, and one with it just beyond the 400 that are searched from there.
    const [ahead, back] = ['0 0 0 29 2 ? 2023,2424', '0 0 0 29 2 ? 1976,2377'].map((text) => parseCron(text).wall)
    expect(ahead?.next(Date.UTC(2022, 0, 1) / 1_000)).toBe(Date.UTC(2424, 1, 29) / 1_000)
    expect(back?.previous(Date.UTC(2380, 0, 1) / 1_000)).toBe(Date.UTC(1976, 1, 29) / 1_000)
  })
})

describe('days', () => {
  test.each([
    ['L', '2027-02', [28]],
    ['L', '2027-01', [31]],
    ['L-3', '2027-01', [28]],
    ['L-30', '2027-01', [1]],
    ['L-30', '2027-02', []],
    ['LW', '2027-01', [29]],
    ['LW', '2027-02', [26]],
    ['L-1W', '2027-01', [29]],
    ['L-30W', '2027-05', [3]],
    ['15W', '2027-01', [15]],
    ['15W', '2027-05', [14]],
    ['15W', '2027-08', [16]],
    ['1W', '2027-05', [3]],
    ['31W', '2027-01', [29]],
    ['31W', '2027-06', []],
    ['1,L,lw', '2027-01', [1, 29, 31]],
  ])('day of month %s in %s', (field, month, expected) => expect(daysOf(`0 0 ${field} * *`, month)).toEqual(expected))

  test.each([
    ['5L', [29]],
    ['FRIl', [29]],
    ['7L', [31]],
    ['5#3', [15]],
    ['MON#1', [4]],
    ['0#5', [31]],
    ['MON#5', []],
    ['MON#1,5L,wed', [4, 6, 13, 20, 27, 29]],
  ])('day of week %s', (field, expected) => expect(daysOf(`0 0 * * ${field}`)).toEqual(expected))

  test('where both fields say something, a day of either is meant', () => {
    expect(daysOf('0 0 13 * FRI')).toEqual([1, 8, 13, 15, 22, 29])
    expect(daysOf('0 0 1-7 * MON')).toEqual([1, 2, 3, 4, 5, 6, 7, 11, 18, 25])
  })

  test('where one begins with * or ?, both must agree, as in Vixie cron', () => {
    expect(daysOf('0 0 */2 * MON')).toEqual([11, 25])
    expect(daysOf('0 0 13 * */2')).toEqual([])
    expect(daysOf('0 0 12 * */2')).toEqual([12])
    expect(daysOf('0 0 *,13 * FRI')).toEqual([1, 8, 15, 22, 29])
    expect(daysOf('0 0 13,* * FRI')).toHaveLength(31)
    expect(daysOf('0 0 ? * FRI')).toEqual([1, 8, 15, 22, 29])
    expect(daysOf('0 0 13 * ?')).toEqual([13])
  })
})

test.each([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
  ['  @Daily ', '0 0 * * *'],
  ['00 09 * jan-MAR fri', '0 9 * 1-3 5'],
  ['*/1 * ? * SUN', '* * ? * 0'],
  ['0 0 * * 7', '0 0 * * 0'],
  ['0 0 LW,l-03,05w * 7L,MON#1', '0 0 LW,L-3,5W * 0L,1#1'],
  ['1-1 5-5/2 * * *', '1 5 * * *'],
  ['1,1,01-1 * * * *', '1 * * * *'],
  ['0 0 0 1 1 * *', '0 0 0 1 1 * *'],
])('%s in one spelling is %s', (expression, text) => {
  expect(parseCron(expression).text).toBe(text)
  expect(parseCron(text).text).toBe(text)
})

test.each([
  ['* * * * *', true],
  ['0 */2 * * *', true],
  ['0 *,5 * * *', true],
  ['@hourly', true],
  ['0 0-23 * * *', false],
  ['* 2 * * *', false],
  ['0 0 * * *', false],
  ['*/5 0 2 * * *', false],
])('%s follows the clock: %s', (expression, follows) => expect(parseCron(expression).followsClock).toBe(follows))

describe('Quartz', () => {
  test('days of the week are 1 (Sunday) to 7', () => {
    expect(next('0 0 12 ? * 2', 2, 'quartz')).toEqual(next('0 0 12 ? * MON', 2))
    expect(next('0 0 12 ? * 6#3', 1, 'quartz')).toEqual(['2027-01-15 12:00'])
    expect(next('0 0 12 ? * 7-2', 3, 'quartz')).toEqual(['2027-01-02 12:00', '2027-01-03 12:00', '2027-01-04 12:00'])
    expect(next('0 0 12 ? * L', 1, 'quartz')).toEqual(['2027-01-02 12:00'])
    expect(parseCron('0 0 12 ? * FRIL', 'quartz').text).toBe('0 0 12 ? * 6L')
  })

  test.each([
    ['0 12 ? * 1', /has 5 fields; Quartz wants 6 or 7/],
    ['0 0 12 * * *', /neither is "\?".*dialect of 'vixie'/],
    ['0 0 12 ? * ?', /both are "\?"/],
    ['0 0 12 ? * 0', /day of week: 0 is too small at character 12.*1 to 7/],
    ['@daily', /Quartz knows no macros.*"0 0 \* \* \*"/],
  ])('%s is refused', (expression, message) => expect(errorOf(expression, 'quartz').message).toMatch(message))
})

describe('errors', () => {
  test('name the option, the field, the place and what would do', () => {
    const error = errorOf('61 * * * *', 'vixie', 'schedules.report.cron')
    expect([error.code, error.field]).toEqual(['schedule_invalid', 'schedules.report.cron'])
    expect(error.message).toBe(
      'schedules.report.cron: minute: 61 is too large at character 1 of "61 * * * *"; 0 to 59 are allowed',
    )
  })

  test.each([
    ['* * * *', /has 4 fields; 5 are needed \(minute, hour/],
    ['* * * * * * * *', /has 8 fields/],
    ['', /has 0 fields/],
    ['0 24 * * *', /hour: 24 is too large at character 3 .*0 to 23/],
    ['0 0 0 * *', /day of month: 0 is too small at character 5 .*1 to 31/],
    ['0 0 1 13 *', /month: 13 is too large at character 7 .*1 to 12/],
    ['0 0 * * 8', /day of week: 8 is too large at character 9 .*0 to 7/],
    ['60 0 0 1 1 *', /second: 60 is too large/],
    ['0 0 0 1 1 * 1969', /year: 1969 is too small at character 13 .*1970 to 9999/],
    ['0 0 0 1 1 * 2030-2020', /year: 2030 comes after 2020.*"2020-2030"/],
    ['0 9 * * MONDAY', /"MONDAY" is not known at character 9.*did you mean MON\?/],
    ['0 9 * * MOM', /did you mean MON\?/],
    ['0 9 1 JULY *', /did you mean JUL\?/],
    ['0 9 1 FOO *', /month: "FOO" is not known at character 7 of .*; 1 to 12 and JAN to DEC/],
    ['*/0 * * * *', /minute: 0 is too small at character 3/],
    ['*/90 * * * *', /a step of 90 is too large at character 3.*1 to 60 are allowed/],
    ['/5 * * * *', /nothing stands before "\/" at character 1.*"\*\/5"/],
    ['1/2/3 * * * *', /"2\/3" is no number at character 3/],
    ['5- * * * *', /a value is missing at character 3/],
    ['-5 * * * *', /a value is missing at character 1/],
    ['1,,2 * * * *', /a value is missing at character 3/],
    ['1-2-3 * * * *', /"-" is not understood at character 4/],
    ['1.5 * * * *', /"\." is not understood at character 2/],
    ['*5 * * * *', /"5" is not understood at character 2.*"\*" stands alone/],
    ['0 9\u00a0* * * *', /U\+00A0 is not understood at character 4/],
    ['0 0 * * *\n', /U\+000A is not understood at character 10/],
    ['0 0 \u{1f600} * *', /U\+1F600/],
    ['9'.repeat(30).concat(' * * * *'), /99999999999… is too large/],
    ['? * * * *', /minute: "\?" is not understood at character 1/],
    ['0 0 ?,1 * *', /"\?" stands with something else at character 5.*alone/],
    ['0 0 WL * *', /"W" is not understood like this at character 5.*LW/],
    ['0 0 L-31 * *', /day of month: 31 is too large at character 7.*1 to 30/],
    ['0 0 32W * *', /32 is too large at character 5/],
    ['0 0 * * L', /"L" needs a day before it at character 9.*FRIL/],
    ['0 0 * * 5#6', /6 is too large at character 11.*1 to 5/],
    ['0 0 * * 1-5#2', /"-" is not understood at character 10/],
    ['@every 5m', /"@every" is no time.*use \{ every: '5m' \}/],
    ['@every', /use \{ every: '5m' \}/],
    ['@reboot', /enqueue the job where the process starts/],
    ['@dayly', /did you mean "@daily"\?.*@hourly are allowed/],
    ['@constructor', /is not known/],
    ['0 0 30 2 *', /"0 0 30 2 \*" can never run: there is no day "30" in month "2"; "L"/],
    ['0 0 31 4,6 *', /can never run/],
    ['0 0 31W NOV *', /can never run/],
    ['0 0 0 29 2 * 2023', /can never run.*in year "2023"/],
    ['0 0 0 29 2 * 1971/2', /can never run/],
    ['0 0 */31 * 4#2', /can never run.*that is also day of week "4#2"/],
    ['1'.repeat(501), /has 501 characters; at most 500/],
    [42, /42 is no string/],
    [null, /null is no string/],
  ])('%j', (expression, message) => {
    const error = errorOf(expression)
    expect(error.code).toBe('schedule_invalid')
    expect(error.message).toMatch(message)
    expect(error.message.length).toBeLessThan(420)
  })
})
