/** A hundred thousand expressions by chance, against croner and cron-parser, and against the oracle where they disagree. */
import { expect, test } from 'vitest'
import { onTheClock } from '../../src/schedule/clock.ts'
import { parseCron } from '../../src/schedule/cron/cron.ts'
import { zoneOf } from '../../src/schedule/zone.ts'
import { Random } from '../simulation/random.ts'
import { compare, instants, ourAnswer } from './compare.ts'
import type { Question } from './difference.ts'
import { oracleAnswer, within } from './explain.ts'
import { randomExpression, randomQuartz } from './expressions.ts'
import { croner, cronParser } from './libraries.ts'
import { horizonOf, meaningOf, wallSeconds } from './oracle.ts'
import { allZones } from './transitions.ts'

const libraries = [croner, cronParser]
const zones = allZones()

/** Most in UTC, where the libraries are fast and expressions are what matters; some anywhere. */
function randomQuestion(random: Random): Question {
  const zone = random.chance(0.98) ? 'UTC' : random.pick(zones)
  const from = random.int(Date.UTC(2000, 0, 1) / 1e3, Date.UTC(2039, 0, 1) / 1e3) * 1e3
  return { expression: randomExpression(random), zone, from, count: 3 }
}

test('100 000 expressions: the libraries agree, or the oracle is with us and we know why', { timeout: 240_000 }, () => {
  const random = new Random(20_261)
  const wrong: string[] = []
  const reasons = new Map<string, number>()
  let agreed = 0
  for (let i = 0; i < 100_000; i++) {
    const question = randomQuestion(random)
    const ours = ourAnswer(question)
    const verdicts = libraries.map((library) => compare(library, question, ours))
    const disagree = verdicts.some(
      ({ theirs, because, unexplained }) => Array.isArray(theirs) && (unexplained || because.length),
    )
    if (disagree || i % 25 === 0) {
      const oracle = oracleAnswer(question)
      if (String(within(question, oracle)) !== String(within(question, ours)))
        wrong.push(`${question.expression}: ours ${instants(ours)}, the oracle ${instants(oracle)}`)
    }
    for (const { because, unexplained } of verdicts) {
      if (unexplained) wrong.push(unexplained)
      for (const { name } of because) reasons.set(name, (reasons.get(name) ?? 0) + 1)
      if (because.length === 0) agreed += 1
    }
  }
  expect(wrong).toEqual([])
  expect(agreed).toBeGreaterThan(100_000)
  expect(reasons.size).toBeGreaterThan(12)
})

test('10 000 expressions of Quartz mean what the oracle says', { timeout: 180_000 }, () => {
  const random = new Random(7)
  const utc = zoneOf('UTC')
  const wrong: string[] = []
  for (let i = 0; i < 10_000; i++) {
    const expression = randomQuartz(random)
    const from = random.int(0, Date.UTC(2039, 0, 1) / 1e3)
    const [expected] = wallSeconds(meaningOf(expression, 'quartz'), from)
    try {
      const slot = onTheClock(parseCron(expression, 'quartz').wall, utc, { gap: 'next', repeat: 'first' }).next(
        from * 1e3,
      )
      const at = slot === null || slot.at >= horizonOf(from) * 1e3 ? undefined : slot.at / 1e3
      if (at !== expected) wrong.push(expression)
    } catch (error) {
      if (expected !== undefined || !String(error).includes('can never run')) wrong.push(`${expression}: ${error}`)
    }
  }
  expect(wrong).toEqual([])
})
