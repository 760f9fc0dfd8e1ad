/** From numbers to shades. */

const shades = 5

/**
 * Ends of the shades, all of them different: `[1, 3, 10, 32, 100]` for 1 to 100. Where all numbers are of a size they are told apart by their share
 * of the largest, so that small differences do not look large.
 */
export function stepsFor(numbers: readonly number[]): number[] {
  const some = numbers.filter((n) => n > 0)
  const [least, most] = [Math.min(...some), Math.max(...some)]
  if (most <= shades) return Array.from({ length: most }, (_, i) => i + 1)
  const end = (i: number) => (most < least * 2 ? (most * i) / shades : least * (most / least) ** (i / shades))
  const ends = Array.from({ length: shades }, (_, i) => (i === shades - 1 ? most : Math.max(1, Math.round(end(i + 1)))))
  return [...new Set(ends)]
}

/** Which shade a number has, from 0 for none. */
export const shadeOf = (n: number, steps: readonly number[]): number =>
  n === 0 ? 0 : steps.findIndex((end) => n <= end) + 1

/** The colour of a shade; the strongest still leaves the text on it easy to read. */
export const fillOf = (shade: number, of: number): string | undefined =>
  shade === 0 ? undefined : `color-mix(in oklab, var(--accent) ${Math.round(4 + (38 * shade) / of)}%, var(--surface))`

/** Three digits at most, so that it fits its cell: `999`, `3.1K`, `12K`. */
export const shortCount = (n: number): string =>
  n < 1_000 ? String(n) : new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 2 }).format(n)
