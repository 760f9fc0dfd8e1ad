/** From a clock on the wall to moments: every change of the zone's offset leaves out some of its times, or shows some twice. */
import type { Dst, Sequence, Slot } from './sequence.ts'
import type { WallPattern } from './wall.ts'
import type { Stretch, Zone } from './zone.ts'

/** Seconds; more than the offsets of any two stretches may differ. */
const farther = 2 * 86_400

/** The part of a stretch in which times count, in wall seconds (`low <= wall < high`), and what a gap before it swallows. */
interface Span {
  readonly stretch: Stretch
  readonly low: number
  readonly high: number
  /** Up to here the stretch before showed the same times. */
  readonly shownBefore: number
  /** From here on the stretch after it shows the same times. */
  readonly shownAfter: number
  /** The first wall second that the leap before this stretch left out; equal to `low` where there was none. */
  readonly gapFrom: number
}

/** The times of `wall` in a zone. What `dst` says is done with those that are left out or shown twice. */
export function onTheClock(wall: WallPattern, zone: Zone, dst: Required<Dst>): Sequence {
  const spanOf = (stretch: Stretch): Span => {
    const { from, until, offset } = stretch
    const before = from === Number.NEGATIVE_INFINITY ? offset : zone.stretchAt(from - 1).offset
    const after = until === Number.POSITIVE_INFINITY ? offset : zone.stretchAt(until).offset
    const shownBefore = from + Math.max(before, offset)
    const shownAfter = until + Math.min(after, offset)
    return {
      stretch,
      low: dst.repeat === 'first' ? shownBefore : from + offset,
      high: dst.repeat === 'last' ? shownAfter : until + offset,
      shownBefore,
      shownAfter,
      gapFrom: dst.gap === 'next' ? from + Math.min(before, offset) : from + offset,
    }
  }

  /** The moment after the gap, where a time was left out that is asked for, and nothing else runs then. */
  const outOfGap = ({ stretch, gapFrom }: Span): Slot | null => {
    const end = stretch.from + stretch.offset
    if (!(gapFrom < end)) return null
    const left = wall.next(gapFrom - 1)
    if (left === null || left >= end) return null
    return { at: stretch.from * 1_000, shift: wall.next(end - 1) === end ? null : 'gap' }
  }

  const slotAt = (second: number, { stretch, shownBefore, shownAfter }: Span): Slot => ({
    at: (second - stretch.offset) * 1_000,
    shift: second < shownBefore || second >= shownAfter ? 'repeat' : null,
  })

  return {
    next(ms) {
      let after = Math.floor(ms / 1_000)
      for (;;) {
        const span = spanOf(zone.stretchAt(after + 1))
        const { stretch } = span
        const moved = stretch.from > after ? outOfGap(span) : null
        if (moved) return moved
        const second = wall.next(Math.max(after + 1 + stretch.offset, span.low) - 1)
        if (second !== null && second < span.high) return slotAt(second, span)
        if (stretch.until === Number.POSITIVE_INFINITY) return null
        // What the next stretch shows again may still come, before all else and even where nothing else ever does.
        const again = span.shownAfter < stretch.until + stretch.offset
        if (second === null && !again) return null
        const leap = second === null || again ? stretch.until : second - stretch.offset - farther
        after = Math.max(stretch.until - 1, leap - 1)
      }
    },

    previous(ms) {
      let before = Math.ceil(ms / 1_000)
      for (;;) {
        const span = spanOf(zone.stretchAt(before - 1))
        const { stretch } = span
        const second = wall.previous(Math.min(before + stretch.offset, span.high))
        if (second !== null && second >= span.low) return slotAt(second, span)
        const moved = outOfGap(span)
        if (moved) return moved
        if (stretch.from === Number.NEGATIVE_INFINITY) return null
        const again = span.shownBefore > stretch.from + stretch.offset
        if (second === null && !again) return null
        const leap = second === null || again ? stretch.from : second - stretch.offset + farther
        before = Math.min(stretch.from, leap)
      }
    },

    count(after, upTo) {
      let count = 0
      let from = Math.floor(after / 1_000) + 1
      const until = Math.floor(upTo / 1_000) + 1
      while (from < until) {
        const span = spanOf(zone.stretchAt(from))
        const { stretch, low, high } = span
        const moved = stretch.from >= from ? outOfGap(span) : null
        if (moved?.shift === 'gap') count += 1
        const last = Math.min(until, stretch.until)
        count += wall.count(Math.max(from + stretch.offset, low), Math.min(last + stretch.offset, high))
        from = last
      }
      return count
    },
  }
}
