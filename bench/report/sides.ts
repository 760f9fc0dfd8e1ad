/** Who takes part in a workload, what was measured of each, and in which colour. */
import { type Figure, median, type WorkloadResult } from '../figures.ts'

const rotaColours = ['#0a4fc4', '#5b9bf5', '#a3c8fb', '#052a6b']
const peerColours = ['#d9b75c', '#208070', '#5f3349', '#dc9b85', '#696f3a']
const floorColour = '#c6cacf'

/** The names that occur in the figures of a workload, in the order of their first occurrence. */
export const sidesOf = ({ figures }: WorkloadResult): string[] => [
  ...new Set(figures.flatMap((figure) => Object.keys(figure.values))),
]

/** One value for each run that has one: JSON has no NaN and keeps it as null. */
export const valuesOf = (figure: Figure, side: string): number[] =>
  (figure.values[side] ?? []).filter((value) => Number.isFinite(value))

/** Who has a value. */
export const measuredSides = (figure: Figure): string[] =>
  Object.keys(figure.values).filter((side) => valuesOf(figure, side).length > 0)

/** Who has the best median. Nobody where all are the same, and never the floor: it shows what is possible, and does not compete. */
export function bestOf(figure: Figure): string[] {
  const medians = measuredSides(figure)
    .filter((side) => !isFloor(side))
    .map((side) => ({ side, value: median(valuesOf(figure, side)) }))
  const all = medians.map(({ value }) => value)
  const best = figure.better === 'more' ? Math.max(...all) : Math.min(...all)
  const bests = medians.filter(({ value }) => value === best)
  return bests.length < medians.length ? bests.map(({ side }) => side) : []
}

export const isFloor = (side: string): boolean => /\bfloor\b/i.test(side)

const isRota = (side: string): boolean => /^rota\b/i.test(side)

/**
 * A colour for each side by its place in the list, so that one list for all charts gives a side the same colour in each.
 * Blues are Rota's, the floor is grey; the others are told apart also by people who do not see red and green as two.
 */
export function coloursOf(sides: readonly string[]): Map<string, string> {
  const rota = sides.filter((side) => isRota(side) && !isFloor(side))
  const peers = sides.filter((side) => !isRota(side) && !isFloor(side))
  const colour = (side: string) => {
    if (isFloor(side)) return floorColour
    const [palette, among] = isRota(side) ? [rotaColours, rota] : [peerColours, peers]
    return palette[among.indexOf(side) % palette.length] as string
  }
  return new Map(sides.map((side) => [side, colour(side)]))
}
