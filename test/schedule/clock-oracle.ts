/** What a clock on the wall shows, minute by minute, as `Intl` has it; and what that makes of an expression. */
import type { Dst, Shift } from '../../src/schedule/sequence.ts'
import { isMeant, type Meaning, wallSeconds } from './oracle.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

/** Seconds by which the clock of a zone is before UTC; whole minutes since 1972 everywhere. */
export function offsetAt(zone: string, instant: number): number {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' })
    formats.set(zone, format)
  }
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?$/.exec(
    format.format(instant * 1_000),
  ) as RegExpExecArray
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 3_600 + Number(minutes) * 60)
}

/** What a zone shows in some days, minute by minute. */
export interface Timeline {
  readonly from: number
  /** By minutes since `from`: the wall second that the clock shows. */
  readonly wall: readonly number[]
  /** For each minute of an hour when the clock shows it, as minutes since `from`. */
  readonly byMinute: readonly (readonly number[])[]
  /** By minutes since `from`: whether the same was shown before, will be shown again; and how much was left out before it. */
  readonly again: ReadonlySet<number>
  readonly beforeAgain: ReadonlySet<number>
  readonly leaps: ReadonlyMap<number, number>
}

/** @param from a whole hour (UTC), in seconds, as `until` is */
export function timelineOf(zone: string, from: number, until: number): Timeline {
  const wall: number[] = []
  for (let at = from; at < until; at += 3_600) {
    const [a, b] = [offsetAt(zone, at), offsetAt(zone, at + 3_600)]
    for (let instant = at; instant < at + 3_600; instant += 60)
      wall.push(instant + (a === b ? a : offsetAt(zone, instant)))
  }
  const leaps = new Map<number, number>()
  const seen = new Map<number, number>()
  const again = new Set<number>()
  const beforeAgain = new Set<number>()
  const byMinute = Array.from({ length: 60 }, (): number[] => [])
  wall.forEach((shown, i) => {
    byMinute[Math.floor(shown / 60) % 60]?.push(i)
    const left = shown - (wall[i - 1] ?? shown - 60) - 60
    if (left > 0) leaps.set(i, left)
    const first = seen.get(shown)
    if (first !== undefined) {
      again.add(i)
      beforeAgain.add(first)
    }
    seen.set(shown, i)
  })
  return { from, wall, byMinute, again, beforeAgain, leaps }
}

/** Seconds since 1970, with why it is not simply the time that was asked for. */
export type OracleSlot = readonly [at: number, shift: Shift | null]

/** All slots of a timeline, for an expression of whole minutes. */
export function slotsIn(timeline: Timeline, meaning: Meaning, { gap, repeat }: Required<Dst>): OracleSlot[] {
  const { from, wall, byMinute, again, beforeAgain, leaps } = timeline
  const isChosen = (i: number) => repeat === 'both' || (repeat === 'first' ? !again.has(i) : !beforeAgain.has(i))
  const meant = meaning.minutes
    .flatMap((minute) => byMinute[minute] ?? [])
    .filter((i) => isMeant(meaning, wall[i] as number))
  const slots = meant
    .filter(isChosen)
    .map((i): OracleSlot => [from + i * 60, again.has(i) || beforeAgain.has(i) ? 'repeat' : null])
  for (const [i, left] of gap === 'next' ? leaps : []) {
    const shown = wall[i] as number
    if (!isMeant(meaning, shown) && someMeant(meaning, shown - left, shown)) slots.push([from + i * 60, 'gap'])
  }
  return slots.sort(([a], [b]) => a - b)
}

function someMeant(meaning: Meaning, from: number, until: number): boolean {
  for (let wall = from; wall < until; wall += 60) if (isMeant(meaning, wall)) return true
  return false
}

/** Seconds; no clock was put back by more since 1972. */
const longestRepeat = 4 * 3_600

/** The first slots after an instant, wherever they are: every wall second that is meant is looked for on the clock. */
export function nextSlots(zone: string, meaning: Meaning, after: number, count: number, dst: Required<Dst>): number[] {
  const slots = new Set<number>()
  const inOrder = () => [...slots].filter((at) => at > after).sort((a, b) => a - b)
  const begin = after + Math.min(...offsetsAround(zone, after)) - longestRepeat
  let end = Number.POSITIVE_INFINITY
  for (const wall of wallSeconds(meaning, begin)) {
    if (wall > end) break
    for (const at of slotsOf(zone, wall, dst)) slots.add(at)
    // What is shown twice may come between what was found before.
    if (end === Number.POSITIVE_INFINITY && slots.size >= count && inOrder().length >= count) end = wall + longestRepeat
  }
  return inOrder().slice(0, count)
}

function slotsOf(zone: string, wall: number, { gap, repeat }: Required<Dst>): number[] {
  const found = instantsOf(zone, wall)
  const [first, last] = [found[0], found.at(-1)]
  if (first === undefined || last === undefined) return gap === 'next' ? [afterGap(zone, wall)] : []
  return repeat === 'both' ? found : [repeat === 'first' ? first : last]
}

const offsetsAround = (zone: string, at: number) =>
  new Set([-1, 0, 1].map((days) => offsetAt(zone, at + days * 86_400)))

function instantsOf(zone: string, wall: number): number[] {
  return [...offsetsAround(zone, wall)]
    .map((offset) => wall - offset)
    .filter((instant) => instant + offsetAt(zone, instant) === wall)
    .sort((a, b) => a - b)
}

/** The first minute at which the clock shows more than `wall`. */
function afterGap(zone: string, wall: number): number {
  let at = Math.floor(wall / 60) * 60 - 86_400 - 50_400
  while (at + offsetAt(zone, at) <= wall) at += 60
  return at
}
