/** Where a value lies on the axis of a panel. */

export interface Scale {
  readonly logarithmic: boolean
  /** Round values for the axis. */
  readonly ticks: readonly number[]
  /** From 0 at the left end to 1 at the right one. */
  readonly at: (value: number) => number
}

/** Beyond this, the shortest bar of a linear scale would hardly be seen. */
const widestLinear = 50

/** From 0 to the largest of the values; logarithmic, from a power of ten below the least, where they lie far apart. */
export function scaleOf(values: readonly number[]): Scale {
  const most = Math.max(...values)
  const least = Math.min(...values.filter((value) => value > 0))
  return most > widestLinear * least ? logarithmic(least, most) : linear(most > 0 ? most : 1)
}

function linear(most: number): Scale {
  const step = roundStep(most / 5)
  const ticks = Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step)
  return { logarithmic: false, ticks, at: (value) => value / most }
}

/** The least value keeps a bit of bar: a seventh of a decade, or the axis starts a decade earlier. */
function logarithmic(least: number, most: number): Scale {
  const from = Math.floor(Math.log10(least) - 1 / 7)
  const to = Math.log10(most)
  const decades = Math.floor(to) - from + 1
  const every = Math.ceil(decades / 6)
  const ticks = Array.from({ length: Math.ceil(decades / every) }, (_, i) => 10 ** (from + i * every))
  const at = (value: number) => Math.max(0, (Math.log10(value) - from) / (to - from))
  return { logarithmic: true, ticks, at }
}

/** The next 1, 2 or 5 times a power of ten. */
function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return power * ([1, 2, 5].find((factor) => factor * power >= value) ?? 10)
}
