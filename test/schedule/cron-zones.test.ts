/** Every change of every clock from 2000 to 2039: what runs around it, against an oracle that walks minute by minute. */
import { expect, test } from 'vitest'
import { onTheClock } from '../../src/schedule/clock.ts'
import { parseCron } from '../../src/schedule/cron/cron.ts'
import type { Dst, Sequence } from '../../src/schedule/sequence.ts'
import { zoneOf } from '../../src/schedule/zone.ts'
import { expressionsAround } from './around.ts'
import { type OracleSlot, offsetAt, slotsIn, timelineOf } from './clock-oracle.ts'
import { meaningOf } from './oracle.ts'
import { allZones, distinctTransitions, type Transition, transitionsOf } from './transitions.ts'

const policies = (['next', 'skip'] as const).flatMap((gap) =>
  (['first', 'last', 'both'] as const).map((repeat): Required<Dst> => ({ gap, repeat })),
)
/** Seconds before and after the change that are looked at, and how much of them the oracle must know besides. */
const around = 27 * 3_600
const margin = 4 * 3_600

test('around every change of every clock we run when the oracle says', { timeout: 180_000 }, () => {
  const transitions = distinctTransitions()
  expect(transitions.length).toBeGreaterThan(3_000)
  expect(transitions.filter(({ before, after }) => after > before).length).toBeGreaterThan(1_000)
  const wrong = transitions.flatMap((transition, i) => mistakes(transition, i))
  expect(wrong).toEqual([])
})

/** All policies for each expression in turn: each of them meets each shape of a change many times. */
function mistakes(transition: Transition, turn: number): string[] {
  const { zone, at } = transition
  const timeline = timelineOf(zone, wholeHour(at - around - margin), wholeHour(at + around + margin))
  return expressionsAround(transition).flatMap((expression, i) => {
    const dst = policies[(turn + i) % policies.length] as Required<Dst>
    const [from, until] = [at - around, at + around]
    const expected = slotsIn(timeline, meaningOf(expression), dst).filter(([slot]) => slot > from && slot <= until)
    const sequence = onTheClock(parseCron(expression).wall, zoneOf(zone), dst)
    const found = difference(expected, sequence, from, until)
    return found === null
      ? []
      : [`${zone} ${new Date(at * 1e3).toISOString()} ${expression} ${JSON.stringify(dst)}: ${found}`]
  })
}

const wholeHour = (at: number) => Math.floor(at / 3_600) * 3_600

function difference(expected: readonly OracleSlot[], sequence: Sequence, from: number, until: number): string | null {
  const forward: OracleSlot[] = []
  for (let slot = sequence.next(from * 1e3); slot !== null && slot.at <= until * 1e3; slot = sequence.next(slot.at))
    forward.push([slot.at / 1e3, slot.shift])
  const backward: OracleSlot[] = []
  for (
    let slot = sequence.previous(until * 1e3 + 1);
    slot !== null && slot.at > from * 1e3;
    slot = sequence.previous(slot.at)
  )
    backward.unshift([slot.at / 1e3, slot.shift])
  const count = sequence.count(from * 1e3, until * 1e3)
  const [want, next, previous] = [expected, forward, backward].map(show)
  if (next !== want) return `next gives ${next}, the oracle ${want}`
  if (previous !== want) return `previous gives ${previous}, the oracle ${want}`
  return count === expected.length ? null : `count gives ${count}, the oracle ${expected.length}`
}

const show = (slots: readonly OracleSlot[]) =>
  slots.map(([at, shift]) => `${new Date(at * 1e3).toISOString().slice(0, 16)}${shift ? ` ${shift}` : ''}`).join(', ')

test('every zone has the offsets of Intl, at every change and between', { timeout: 180_000 }, () => {
  const wrong: string[] = []
  for (const id of allZones()) {
    const zone = zoneOf(id)
    const instants = transitionsOf(id).flatMap(({ at }) => [at - 1, at])
    for (let year = 2000; year < 2040; year += 4) instants.push(Date.UTC(year, (year / 4) % 12, 1) / 1_000)
    for (const at of instants) {
      const { offset, from, until } = zone.stretchAt(at)
      if (offset !== offsetAt(id, at) || from > at || until <= at)
        wrong.push(`${id} ${new Date(at * 1e3).toISOString()}`)
    }
  }
  expect(wrong).toEqual([])
})
