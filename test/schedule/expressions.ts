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
