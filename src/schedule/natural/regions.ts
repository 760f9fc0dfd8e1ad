/**
 * Most days have no change of their clock: there the same seconds of the day are meant on all of them, which `WallPattern` finds and
 * counts without looking at each. Around each change of a zone's offset lies a *knot*, a few days whose moments are listed one
 * by one.
 */
import { daySeconds } from '../civil.ts'
import type { Stretch, Zone } from '../zone.ts'
import type { Grid } from './grid.ts'

/** Seconds since 1970, `from <= instant < until`. */
export interface Region {
  readonly from: number
  readonly until: number
  /** Where it is regular: `wall second = instant + offset`. */
  readonly offset: number | null
}

/** Longer than any unit, and than what any change of a clock shows again. */
export const farther = 3 * daySeconds

/** The whole days of a stretch, behind all that was shown before it; empty where `from >= until`. */
function regularPart(zone: Zone, stretch: Stretch): Region {
  const { from, until, offset } = stretch
  const shown = Math.max(from + offset, shownBefore(zone, stretch))
  return {
    from: from === Number.NEGATIVE_INFINITY ? from : Math.ceil(shown / daySeconds) * daySeconds - offset,
    until: until === Number.POSITIVE_INFINITY ? until : Math.floor((until + offset) / daySeconds) * daySeconds - offset,
    offset,
  }
}

/** The wall second up to which (itself not included) the clock had come before a stretch. */
function shownBefore(zone: Zone, stretch: Stretch): number {
  let shown = Number.NEGATIVE_INFINITY
  for (let at = stretch.from; at !== Number.NEGATIVE_INFINITY && at > stretch.from - farther; ) {
    const before = zone.stretchAt(at - 1)
    shown = Math.max(shown, before.until + before.offset)
    at = before.from
  }
  return shown
}

export function regionAt(zone: Zone, instant: number): Region {
  const stretch = zone.stretchAt(instant)
  const here = regularPart(zone, stretch)
  if (here.from <= instant && instant < here.until) return here
  const isRegular = (part: Region) => part.from < part.until
  let before = here
  for (let { from } = stretch; !(isRegular(before) && before.until <= instant); ) {
    const earlier = zone.stretchAt(from - 1)
    before = regularPart(zone, earlier)
    from = earlier.from
  }
  let after = here
  for (let { until } = stretch; !(isRegular(after) && after.from > instant); ) {
    const later = zone.stretchAt(until)
    after = regularPart(zone, later)
    until = later.until
  }
  return { from: before.until, until: after.from, offset: null }
}

/** Each moment of a grid in a knot that `passes`. */
export function momentsIn(
  { unit, step, phase }: Grid,
  zone: Zone,
  from: number,
  until: number,
  passes: (wall: number) => boolean,
): number[] {
  const moments: number[] = []
  let at = from
  let begin = firstReaching(zone, from - farther, Math.floor(reached(zone, from) / unit) * unit)
  while (at < until) {
    const end = firstReaching(zone, at, (Math.floor(reached(zone, at) / unit) + 1) * unit)
    const first = Math.max(0, Math.ceil((at - begin - phase) / step))
    for (let moment = begin + phase + first * step; moment < Math.min(end, until); moment += step)
      if (passes(moment + zone.stretchAt(moment).offset)) moments.push(moment)
    at = end
    begin = end
  }
  return moments
}

/** The farthest that the clock has ever come at an instant, in wall seconds. */
function reached(zone: Zone, instant: number): number {
  const stretch = zone.stretchAt(instant)
  return Math.max(instant + stretch.offset, shownBefore(zone, stretch) - 1)
}

/** The first instant from `from` on at which the clock shows a wall second or a later one. */
function firstReaching(zone: Zone, from: number, wall: number): number {
  for (let at = from; ; ) {
    const stretch = zone.stretchAt(at)
    if (wall < stretch.until + stretch.offset) return Math.max(at, stretch.from, wall - stretch.offset)
    at = stretch.until
  }
}
