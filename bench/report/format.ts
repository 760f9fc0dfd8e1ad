/** How figures are written for people: few digits, and never a 0 for what is not 0. */
import { median, type Unit } from '../figures.ts'

interface Writing {
  /** `jobs per second`, for the title of a chart. */
  readonly name: string
  /** What follows the number, for each thousand the next one. */
  readonly suffixes: readonly string[]
  /** The number, once it is scaled to its suffix. Never called with 0. */
  readonly digits: (value: number) => string
}

const writings: Readonly<Record<Unit, Writing>> = {
  'jobs/s': { name: 'jobs per second', suffixes: ['/s', 'k/s', 'M/s'], digits: (value) => significant(value, 3) },
  jobs: { name: 'jobs', suffixes: [' jobs'], digits: (value) => fixed(value, 0) },
  s: { name: 'seconds', suffixes: [' s'], digits: (value) => significant(value, 3) },
  ms: { name: 'milliseconds', suffixes: [' ms', ' s'], digits: (value) => significant(value, value < 1 ? 2 : 3) },
  'µs/job': { name: 'microseconds per job', suffixes: [' µs/job'], digits: (value) => fixed(value, 1) },
  'B/job': { name: 'bytes per job', suffixes: [' B/job'], digits: (value) => fixed(value, 0) },
  'statements/s': { name: 'statements per second', suffixes: [' stmt/s'], digits: (value) => fixed(value, 1) },
  '%': { name: 'percent', suffixes: [' %'], digits: (value) => fixed(value, value < 1 ? 2 : value < 100 ? 1 : 0) },
  MB: { name: 'megabytes', suffixes: [' MB'], digits: (value) => fixed(value, 0) },
  B: {
    name: 'bytes',
    suffixes: [' B', ' kB', ' MB', ' GB'],
    digits: (value) => (Number.isInteger(value) ? String(value) : significant(value, 3)),
  },
}

export const unitName = (unit: Unit): string => writings[unit].name

/** `67.4k/s`, `2.84 ms`, `13.7 µs/job`, `0.04 %`. */
export function format(value: number, unit: Unit): string {
  const { number, suffix } = write(value, unit)
  return number + suffix
}

/** A round number on an axis: `20k/s` rather than `20.0k/s`, and `0.005 %` rather than `0.01 %`. */
export function formatTick(value: number, unit: Unit): string {
  const { scaled, suffix } = scale(value, unit)
  return groupThousands(String(Number(scaled.toPrecision(3)))) + suffix
}

/** The lowest and the highest, `65.1–69.2`: with units only where these are not the one that the median has. */
export function formatRange(values: readonly number[], unit: Unit): string {
  const { suffix } = write(median(values), unit)
  const ends = [write(Math.min(...values), unit), write(Math.max(...values), unit)]
  const bare = ends.every((end) => end.suffix === suffix)
  return ends.map((end) => (bare ? end.number : end.number + end.suffix)).join('–')
}

/** `12345.6` as `12 345.6`. */
export const groupThousands = (number: string): string => number.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ' ')

function write(value: number, unit: Unit): { number: string; suffix: string } {
  const { scaled, suffix } = scale(value, unit)
  return { number: scaled === 0 ? '0' : groupThousands(writings[unit].digits(scaled)), suffix }
}

/** Goes on to the next suffix where the number would be written as 1000. */
function scale(value: number, unit: Unit): { scaled: number; suffix: string } {
  const { suffixes } = writings[unit]
  let scaled = value
  let step = 0
  while (Number(scaled.toPrecision(3)) >= 1_000 && step < suffixes.length - 1) {
    scaled /= 1_000
    step++
  }
  return { scaled, suffix: suffixes[step] as string }
}

/** So many digits that count, however small the value is; digits before the point are all written. */
function significant(value: number, digits: number): string {
  const exponent = Number(value.toExponential(digits - 1).split('e')[1])
  return value.toFixed(Math.min(100, Math.max(0, digits - 1 - exponent)))
}

/** So many decimals, or as many as it takes for one digit that counts. */
function fixed(value: number, decimals: number): string {
  return value < 10 ** -decimals ? significant(value, 1) : value.toFixed(decimals)
}
