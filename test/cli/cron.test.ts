/** `rota cron`: what people type and see; what expressions mean is tested in `src/schedule` and `test/schedule`. */
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { newFolder, rota, start } from './command.ts'

const cron = (...args: string[]) => rota(newFolder(), 'cron', ...args)

test('plain words, the zone, and the next runs by the clock there, in UTC and from then on', async () => {
  const ended = await cron('0 9 * * 1-5', '--tz', 'Europe/Rome', '--from', '2027-03-26T12:00:00Z', '--count', '2')
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(ended.stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, '  '))).toEqual([
    'At 09:00, Monday to Friday',
    'Europe/Rome',
    '',
    'LOCAL  UTC  IN  NOTE',
    '2027-03-29T09:00:00+02:00  2027-03-29 07:00:00Z  in 2d 19h',
    '2027-03-30T09:00:00+02:00  2027-03-30 07:00:00Z  in 3d 19h',
    '',
  ])
})

test('JSON is { description, next }, and nothing is read or stored', async () => {
  const folder = newFolder()
  const env = { ROTA_STORAGE: 'sqlite:none/rota.db' }
  const args = ['cron', '0 0 12 ? * 6#1', '--dialect', 'quartz', '--from', '2027-01-01T00:00:00Z', '--json']
  const { code, stdout, stderr } = await start([...args, '--count', '2'], { cwd: folder, env }).ended
  expect([code, stderr]).toEqual([0, ''])
  expect(JSON.parse(stdout)).toEqual({
    description: 'At 12:00, on the first Friday of the month',
    next: ['2027-01-01T12:00:00.000Z', '2027-02-05T12:00:00.000Z'],
  })
  expect(readdirSync(folder)).toEqual([])
})

test.each([
  ['0 9 * * *', 'At 09:00, every day', '2027-01-01T09:00:00.000Z'],
  ['*/10 * * * * *', 'Every 10 seconds', '2027-01-01T00:00:10.000Z'],
  ['@hourly', 'Every hour', '2027-01-01T01:00:00.000Z'],
  ['every weekday at 9am', 'every weekday at 09:00', '2027-01-01T09:00:00.000Z'],
  ['every day at 9am timezone Asia/Tokyo', 'every day at 09:00 timezone Asia/Tokyo', '2027-01-02T00:00:00.000Z'],
  ['5m', 'every 5 minutes', '2027-01-01T00:05:00.000Z'],
  ['1.5h', 'every 90 minutes', '2027-01-01T01:30:00.000Z'],
  ['every 3 days', 'every 3 days', '2027-01-04T00:00:00.000Z'],
])('%s is %s', async (text, description, first) => {
  const { stdout } = await cron(text, '--from', '2027-01-01T00:00:00Z', '--count', '1', '--json')
  expect(JSON.parse(stdout)).toEqual({ description, next: [first] })
})

test('intervals count from the instant that is asked about', async () => {
  const { stdout } = await cron('5m', '--from', '2027-01-01T00:00:07Z', '--count', '1', '--json')
  expect(JSON.parse(stdout).next).toEqual(['2027-01-01T00:05:07.000Z'])
})

test('words need no quotes; there are five runs from now on unless it is said otherwise', async () => {
  const { stdout } = await cron('every', 'day', 'at', '9am', '--json')
  const { next } = JSON.parse(stdout) as { next: string[] }
  expect(next).toHaveLength(5)
  const left = Date.parse(next[0] as string) - Date.now()
  expect(left > -60_000 && left < 86_400_000).toBe(true)
})

test('a run that a change of the clock shifts, and one that it shows twice, has a warning', async () => {
  const rome = ['--tz', 'Europe/Rome', '--count', '2']
  const gap = await cron('30 2 * * *', ...rome, '--from', '2027-03-27T00:00:00Z')
  expect(gap.stdout).toMatch(/^2027-03-28T03:00:00\+02:00 .* after a gap of the clock$/m)
  expect(gap.stderr).toMatch(/^warning: 2027-03-28T03:00:00\+02:00: the clock is put forward[^\n]+\n$/)
  const twice = await cron('*/30 * * * *', ...rome, '--from', '2027-10-31T00:15:00Z')
  expect(twice.stdout).toMatch(/T02:30:00\+02:00 .* the clock shows this twice\n.*T02:00:00\+01:00 .*twice\n$/)
  expect(twice.stderr).toMatch(/^(warning: 2027-10-31T02:\d0:00\+0\d:00: the clock is put back[^\n]+\n){2}$/)
  const json = await cron('30 2 * * *', ...rome, '--from', '2027-03-27T00:00:00Z', '--json')
  expect(json.stderr).toBe('')
})

test('an expression that is over says so', async () => {
  const over = ['0 0 12 1 1 ? 2027', '--dialect', 'quartz']
  const none = await cron(...over, '--from', '2028-01-01T00:00:00Z')
  expect(none).toMatchObject({ code: 0, stdout: 'At 12:00, on the 1st of January, in 2027\nUTC\n' })
  expect(none.stderr).toBe('it does not run after 2028-01-01 00:00:00Z\n')
  const one = await cron(...over, '--from', '2027-01-01T00:00:00Z')
  expect(one.stderr).toBe('it does not run after that\n')
})

const caret = (line: string, place: number) => `  ${line}\n  ${' '.repeat(place)}^\n`

test.each([
  ['99 9 * * *', 'schedule_invalid', caret('99 9 * * *', 0)],
  ['0 9 * * MOX', 'schedule_invalid', caret('0 9 * * MOX', 8)],
  ['every wekday at 9am', 'schedule_invalid', caret('every wekday at 9am', 6)],
  ['every \x1b[31mday', 'schedule_invalid', caret('every ?[31mday', 6)],
  ['0 9 31 2 *', 'schedule_invalid', ''],
  ['', 'schedule_invalid', ''],
  ['500ms', 'schedule_invalid', ''],
])('%j is exit code 2 with its place', async (text, error, place) => {
  const { code, stdout, stderr } = await cron(text)
  const [message, ...more] = stderr.split('\n')
  expect([code, stdout]).toEqual([2, ''])
  expect(message).toMatch(new RegExp(`^rota: .+ \\[${error}\\]$`))
  expect(more.join('\n')).toBe(place)
})

test.each([
  [['--from', 'tomorrow'], 'instant_invalid'],
  [['--from', '2027-01-01'], 'instant_invalid'],
  [['--count', '0'], 'option_invalid'],
  [['--count', 'x'], 'option_invalid'],
  [['--tz', 'Europe/Rom'], 'schedule_invalid'],
  [['--dialect', 'spring'], 'option_invalid'],
  [['--timezone', 'UTC'], 'usage'],
])('%j is exit code 2', async (flags, error) => {
  const ended = await cron('0 9 * * *', ...flags)
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toMatch(new RegExp(`^rota: [^\\n]+ \\[${error}\\]\\n$`))
})
