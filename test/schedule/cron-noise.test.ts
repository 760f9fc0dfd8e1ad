/** A million strings by chance: each is understood or refused, at once. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isRotaError } from '../../src/job/errors.ts'
import { onTheClock } from '../../src/schedule/clock.ts'
import { parseCron } from '../../src/schedule/cron/cron.ts'
import { zoneOf } from '../../src/schedule/zone.ts'
import { Random } from '../simulation/random.ts'
import { randomNoise } from './expressions.ts'

/** Milliseconds; nobody who sends expressions shall keep the process busy for longer. */
const longest = 5
const rome = zoneOf('Europe/Rome')

const limit = Error.stackTraceLimit
beforeAll(() => {
  Error.stackTraceLimit = 0 // a million stacks are what would take the time
  for (let year = 2000; year < 2040; year++)
    for (let month = 0; month < 12; month++) rome.stretchAt(Date.UTC(year, month) / 1e3)
})
afterAll(() => {
  Error.stackTraceLimit = limit
})

interface Noise {
  readonly text: string
  readonly dialect: 'vixie' | 'quartz'
  readonly from: number
}

/** Parses and asks for the next and the last time; null where it was refused as it should. */
function use({ text, dialect, from }: Noise): string | null {
  try {
    const cron = parseCron(text, dialect)
    const sequence = onTheClock(cron.wall, rome, { gap: 'next', repeat: 'first' })
    sequence.next(from)
    sequence.previous(from)
    return cron.text
  } catch (error) {
    if (isRotaError(error, 'schedule_invalid')) return null
    throw new Error(`${JSON.stringify(text)} threw something else`, { cause: error })
  }
}

/** Milliseconds of this thread alone: other processes and the collector of garbage may have had their turn meanwhile. */
function timeOf(noise: Noise): number {
  const { user, system } = process.threadCpuUsage()
  use(noise)
  const used = process.threadCpuUsage({ user, system })
  return (used.user + used.system) / 1_000
}

test('a million strings: nothing but schedule_invalid is thrown, and none takes 5 ms', { timeout: 240_000 }, () => {
  const random = new Random(99)
  const slow: string[] = []
  let understood = 0
  for (let i = 0; i < 1_000_000; i++) {
    const dialect = random.chance(0.8) ? 'vixie' : 'quartz'
    const noise: Noise = {
      text: randomNoise(random),
      dialect,
      from: random.int(Date.UTC(2000, 0, 1), Date.UTC(2039, 0, 1)),
    }
    const start = performance.now()
    const text = use(noise)
    if (performance.now() - start > longest && [1, 2, 3].every(() => timeOf(noise) > longest)) slow.push(noise.text)
    if (text !== null) understood += 1
  }
  expect(slow).toEqual([])
  expect(understood).toBeGreaterThan(50_000)
  expect(understood).toBeLessThan(500_000)
})

test('what was understood is the same when its text is parsed again, and is told in words', () => {
  const random = new Random(100)
  for (let i = 0; i < 50_000; i++) {
    const noise: Noise = { text: randomNoise(random), dialect: random.chance(0.8) ? 'vixie' : 'quartz', from: 0 }
    const text = use(noise)
    if (text === null) continue
    const [cron, again] = [parseCron(noise.text, noise.dialect), parseCron(text, noise.dialect)]
    const from = random.int(0, 4e9)
    expect([noise.text, again.text, again.wall.next(from), again.followsClock]).toEqual([
      noise.text,
      text,
      cron.wall.next(from),
      cron.followsClock,
    ])
    expect(again.describe()).toBe(cron.describe())
    expect(cron.describe()).toMatch(/^(At|Every) [\w ,:]+$/)
  }
})
