/** Numbers as people list them. */

/** `a`, `a and b`, `a, b and c` */
export function join(words: readonly string[], last: 'and' | 'or' = 'and'): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/** `1st`, `2nd`, `3rd`, `11th` */
export function ordinal(n: number): string {
  const endings: Readonly<Record<number, string>> = { 1: 'st', 2: 'nd', 3: 'rd' }
  return `${n}${(Math.floor(n / 10) % 10 !== 1 && endings[n % 10]) || 'th'}`
}

/** From the first to the last, one apart. */
export type Run = readonly [first: number, last: number]

/** A run of two is told as two. */
const shortestRun = 3

/** Numbers that follow each other, together. */
export function stretchesOf(values: readonly number[]): Run[] {
  const stretches: [number, number][] = []
  for (const value of values) {
    const stretch = stretches.at(-1)
    if (stretch && stretch[1] + 1 === value) stretch[1] = value
    else stretches.push([value, value])
  }
  return stretches
}

/**
 * Numbers as runs and single ones, in order.
 *
 * @param circle how many there are where the last is followed by the first, as December is by January; else 0
 */
export function runsOf(values: readonly number[], circle = 0): Run[] {
  return stretchesOf(unrolled(values, circle)).flatMap(([first, last]): Run[] =>
    last - first + 1 >= shortestRun
      ? [[first, last]]
      : Array.from({ length: last - first + 1 }, (_, i) => [first + i, first + i]),
  )
}

/** Where numbers go over the end of a circle, those before the end come first, and the others as if it went on. */
function unrolled(values: readonly number[], circle: number): readonly number[] {
  if (circle === 0 || values.length === circle || values.at(-1) !== (values[0] as number) + circle - 1) return values
  const afterGap = values.findLastIndex((value, i) => i > 0 && value !== (values[i - 1] as number) + 1)
  return [...values.slice(afterGap), ...values.slice(0, afterGap).map((value) => value + circle)]
}

export const hasRun = (values: readonly number[], circle = 0): boolean =>
  runsOf(values, circle).some(([first, last]) => first !== last)

/** The distance of four numbers or more that are equally far from each other, at least 2; else null. */
export function evenStep(values: readonly number[]): number | null {
  const step = (values[1] as number) - (values[0] as number)
  const even = values.length >= 4 && step > 1
  return even && values.every((value, i) => value === (values[0] as number) + i * step) ? step : null
}

/** `minute 5`, `minutes 5, 7 to 10 and 20`, `every 7th minute from 0 to 56` */
export function phrase(values: readonly number[], unit: string): string {
  const [first, last] = [values[0] as number, values.at(-1) as number]
  const step = evenStep(values)
  if (step !== null) return `every ${ordinal(step)} ${unit} from ${first} to ${last}`
  const texts = runsOf(values).map(([a, b]) => (a === b ? String(a) : `${a} to ${b}`))
  return `${unit}${values.length > 1 ? 's' : ''} ${join(texts)}`
}
