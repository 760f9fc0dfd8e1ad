/** Expressions by chance: valid ones of every kind, and what becomes of them when somebody types badly. */
import type { Random } from '../simulation/random.ts'

const monthNames = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC jan Feb dec'.split(' ')
const weekdayNames = 'SUN MON TUE WED THU FRI SAT sun Mon fri'.split(' ')

/** A valid expression in the dialect of crontab; it may have no day that exists. */
export function randomExpression(random: Random): string {
  const five = [
    field(random, 0, 59),
    field(random, 0, 23),
    random.weighted({ any: 5, plain: 4, special: 2 }),
    random.chance(0.7) ? '*' : field(random, 1, 12, monthNames),
    random.weighted({ any: 5, plain: 4, special: 1 }),
  ]
  five[2] = five[2] === 'any' ? '*' : five[2] === 'plain' ? field(random, 1, 31) : dayOfMonth(random)
  five[4] =
    five[4] === 'any'
      ? random.pick(['*', '*', '?'])
      : five[4] === 'plain'
        ? field(random, 0, 6, weekdayNames, 7)
        : dayOfWeek(random)
  if (random.chance(0.7)) return five.join(' ')
  const six = [random.chance(0.5) ? '0' : field(random, 0, 59), ...five]
  return (random.chance(0.8) ? six : [...six, years(random)]).join(' ')
}

/** As Quartz wants it: a second, and `?` in just one of the fields for days. */
export function randomQuartz(random: Random): string {
  const ofMonth = random.chance(0.5) ? '?' : random.chance(0.6) ? field(random, 1, 31) : dayOfMonth(random)
  const ofWeek = random.chance(0.6) ? field(random, 1, 7, weekdayNames) : dayOfWeek(random, 1)
  const month = random.chance(0.7) ? '*' : field(random, 1, 12, monthNames)
  const six = ['0', field(random, 0, 59), field(random, 0, 23), ofMonth, month, ofMonth === '?' ? ofWeek : '?']
  return (random.chance(0.8) ? six : [...six, years(random)]).join(' ')
}

function field(random: Random, min: number, max: number, names: readonly string[] = [], top = max): string {
  const parts = Array.from({ length: random.pick([1, 1, 1, 1, 1, 1, 1, 2, 3]) }, () =>
    range(random, min, max, names, top),
  )
  return parts.join(',')
}

function range(random: Random, min: number, max: number, names: readonly string[], top: number): string {
  const value = () => (names.length > 0 && random.chance(0.4) ? random.pick(names) : String(random.int(min, top)))
  const step = () => (random.chance(0.8) ? random.int(1, Math.ceil((max - min) / 2)) : random.int(1, max - min + 1))
  const between = () => {
    const [a, b] = [random.int(min, top), random.int(min, top)].sort((x, y) => x - y)
    return random.chance(0.15) ? `${value()}-${value()}` : `${a}-${b}`
  }
  const kind = random.weighted({ one: 6, range: 3, every: 1, steps: 3, rangeSteps: 2, from: 1 })
  if (kind === 'one') return value()
  if (kind === 'range') return between()
  if (kind === 'every') return '*'
  if (kind === 'steps') return `*/${step()}`
  return kind === 'rangeSteps' ? `${between()}/${step()}` : `${value()}/${step()}`
}

function dayOfMonth(random: Random): string {
  const one = () =>
    random.pick([
      'L',
      'L',
      'LW',
      'l',
      `L-${random.int(1, 30)}`,
      `L-${random.int(1, 9)}W`,
      `${random.int(1, 31)}W`,
      '1W',
      '31W',
    ])
  return random.chance(0.75) ? one() : random.chance(0.5) ? `${random.int(1, 31)},${one()}` : `${one()},${one()}`
}

function dayOfWeek(random: Random, shift = 0): string {
  const day = () => (random.chance(0.4) ? random.pick(weekdayNames) : String(random.int(0, 6) + shift))
  const one = () => (random.chance(0.5) ? `${day()}L` : `${day()}#${random.int(1, 5)}`)
  return random.chance(0.7) ? one() : random.chance(0.5) ? `${day()},${one()}` : `${one()},${one()}`
}

function years(random: Random): string {
  const year = () => random.int(1990, 2045)
  return random.pick([
    '*',
    `${year()}`,
    `${2020 + random.int(0, 5)}-${2026 + random.int(0, 20)}`,
    `*/${random.int(1, 9)}`,
    `${year()}/${random.int(1, 30)},${year()}`,
  ])
}

const alphabets = [
  '0123456789 *,-/',
  ' *?LW#/-,0123456789',
  'JANFEBSUNMON ,-/0159*',
  ' \t\n\r\u00a0\u200b*059',
  '@aeilyhourdwk ',
]

/** What people, programs and those who mean ill may send. */
export function randomNoise(random: Random): string {
  const kind = random.weighted({ typed: 6, letters: 3, long: 1, any: 1 })
  if (kind === 'typed') return mistyped(random, random.chance(0.8) ? randomExpression(random) : randomQuartz(random))
  if (kind === 'letters') return letters(random, random.pick(alphabets), random.int(0, random.pick([6, 15, 40])))
  if (kind === 'long') return longOne(random)
  return Array.from({ length: random.int(0, 20) }, () =>
    String.fromCodePoint(random.int(1, 0x1f_ffff) % 0x11_0000),
  ).join('')
}

const letters = (random: Random, alphabet: string, length: number) =>
  Array.from({ length }, () => alphabet[random.int(0, alphabet.length - 1)]).join('')

function mistyped(random: Random, expression: string): string {
  let text = expression
  for (let i = random.int(0, 2); i > 0; i--) {
    const at = random.int(0, text.length)
    const inserted = random.pick(['', ...'*,-/?LW# 0579@AZ', '61', '99999', '1e3', '0x1f', '-1', ',,', '*/0'])
    text = text.slice(0, at) + inserted + text.slice(at + random.int(0, 2))
  }
  return text
}

/** Full of digits, of elements, of steps, or of fields, and about as long as is allowed. */
function longOne(random: Random): string {
  const length = random.int(80, 520)
  const piece = random.pick([
    '1',
    '9',
    '0',
    '1,',
    '*,',
    '1W,',
    'L-1W,',
    '5#1,',
    '1970-9999,',
    '*/7,',
    '59-0/1,',
    '1 ',
    '? ',
    '- ',
    '/',
  ])
  const body = piece
    .repeat(Math.ceil(length / piece.length))
    .slice(0, length)
    .replace(/,$/, '')
  return random.pick([`${body} * * * *`, `0 0 ${body} * *`, `0 0 * * ${body}`, `0 0 0 29 2 ? ${body}`, body])
}
