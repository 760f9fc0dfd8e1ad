import type { Sequence, Slot } from './sequence.ts'

/** What a Date can hold. */
const farthest = 8.64e15

/** Every so many milliseconds of time as it passes, whatever the clock on the wall does, counted from `start` both ways. */
export function everyInterval(every: number, start: number): Sequence {
  const slot = (n: number): Slot | null => {
    const at = start + n * every
    return Math.abs(at) > farthest ? null : { at, shift: null }
  }
  return {
    next: (after) => slot(Math.floor((after - start) / every) + 1),
    previous: (before) => slot(Math.ceil((before - start) / every) - 1),
    count: (after, upTo) => Math.max(0, Math.floor((upTo - start) / every) - Math.floor((after - start) / every)),
  }
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
  ['millisecond', 1],
] as const

/** `every 90 seconds`, in the largest unit that fits. */
export function describeInterval(every: number): string {
  const [unit, length] = units.find(([, ms]) => every % ms === 0) as (typeof units)[number]
  const n = every / length
  return n === 1 ? `every ${unit}` : `every ${n} ${unit}s`
}
